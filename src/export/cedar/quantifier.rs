//! `exists` and `all`, which Cedar does not have.
//!
//! Over a list that is written out, each item is asked. Over a set, those bodies
//! are said that Cedar's operators on sets can say: the variable compared, or
//! looked for. The rest is written out where the names that a set could hold
//! are known: of roles and of groups.

use super::cond::Cond;
use super::condition::Translator;
use super::operators::{self, Refused};
use super::term::{Alternative, Set, Term, Tri, Value};
use super::text::quoted;
use crate::condition::Comparison;
use crate::condition::ast::{Expr, ExprKind, Operator};

/// How many names are asked one by one.
const NAMES: usize = 64;

/// A quantifier over one set.
#[derive(Clone, Copy)]
struct Each<'a> {
    set: &'a Set,
    exists: bool,
    variable: &'a str,
}

impl Translator<'_> {
    /// `list.exists(variable, body)`, or `all`.
    pub(super) fn quantifier(
        &mut self,
        exists: bool,
        list: &Term,
        variable: &str,
        body: &Expr,
    ) -> Result<Tri, Refused> {
        let mut outcomes = Vec::new();
        for Alternative { guard, value } in list.alternatives() {
            let found = match value {
                Value::Items(items) => self.each_item(exists, items, variable, body),
                Value::Set(set) => self.each(Each { set, exists, variable }, body)?,
                _ => return Err("this quantifier"),
            };
            outcomes.push(found.guarded(guard));
        }
        Ok(Tri::either(outcomes))
    }

    fn each_item(&mut self, exists: bool, items: &[Term], variable: &str, body: &Expr) -> Tri {
        let mut outcomes = Vec::new();
        for item in items {
            outcomes.push(self.with(variable, item.clone(), |this| this.boolean(body)));
        }
        if exists { Tri::any(outcomes) } else { Tri::all(outcomes) }
    }

    fn each(&mut self, over: Each<'_>, body: &Expr) -> Result<Tri, Refused> {
        match self.said_by_sets(over, body)? {
            Some(said) => Ok(said),
            None => self.each_name(over, body),
        }
    }

    /// What Cedar's operators on sets can say.
    fn said_by_sets(&mut self, over: Each<'_>, body: &Expr) -> Result<Option<Tri>, Refused> {
        let turned = Each { exists: !over.exists, ..over };
        let reads = |expr: &Expr| mentions(expr, over.variable);
        if !reads(body) {
            return Ok(Some(over.constant(&self.boolean(body))));
        }
        Ok(match &body.kind {
            ExprKind::Not(of) => self.said_by_sets(turned, of)?.map(Tri::negated),
            ExprKind::Name(_) => None,
            ExprKind::Or(parts) if over.exists => self.spread(over, parts)?.map(Tri::any),
            ExprKind::And(parts) if !over.exists => self.spread(over, parts)?.map(Tri::all),
            ExprKind::And(parts) | ExprKind::Or(parts) => {
                let (within, outside): (Vec<&Expr>, Vec<&Expr>) = parts.iter().partition(|part| reads(part));
                let [within] = within.as_slice() else { return Ok(None) };
                let Some(found) = self.said_by_sets(over, within)? else { return Ok(None) };
                let parts: Vec<Tri> =
                    outside.into_iter().map(|part| self.boolean(part)).chain([found]).collect();
                Some(if over.exists { Tri::all(parts) } else { Tri::any(parts) })
            }
            ExprKind::If { condition, then, otherwise } if !reads(condition) => {
                let condition = self.boolean(condition);
                let (then, otherwise) = (self.said_by_sets(over, then)?, self.said_by_sets(over, otherwise)?);
                let (Some(then), Some(otherwise)) = (then, otherwise) else { return Ok(None) };
                let chosen = Tri::choose(&condition, then, otherwise);
                Some(over.of_empty(chosen))
            }
            ExprKind::Binary { operator: Operator::Compare(by), left, right } => {
                let other = match (is_variable(left, over.variable), is_variable(right, over.variable)) {
                    (true, false) if !reads(right) => right,
                    (false, true) if !reads(left) => left,
                    _ => return Ok(None),
                };
                let other = self.term(other);
                match (by, over.exists) {
                    (Comparison::Equal, true) => Some(operators::in_set(&other, over.set)?),
                    (Comparison::NotEqual, false) => Some(operators::in_set(&other, over.set)?.negated()),
                    (Comparison::Equal, false) => Some(over.only(&other)?),
                    (Comparison::NotEqual, true) => Some(over.only(&other)?.negated()),
                    _ => None,
                }
            }
            ExprKind::Binary { operator: Operator::In, left, right }
                if is_variable(left, over.variable) && !reads(right) =>
            {
                let list = self.term(right);
                over.among(&list)?
            }
            _ => None,
        })
    }

    fn spread(&mut self, over: Each<'_>, parts: &[Expr]) -> Result<Option<Vec<Tri>>, Refused> {
        parts.iter().map(|part| self.said_by_sets(over, part)).collect()
    }

    /// Every name that the set could hold, one by one.
    fn each_name(&mut self, over: Each<'_>, body: &Expr) -> Result<Tri, Refused> {
        let names = over.set.names.map(|names| self.names_of(names));
        let Some(names) = names.filter(|names| names.len() <= NAMES) else {
            return Err(if over.exists {
                "`exists()` with this condition on the items of a list that is not written out"
            } else {
                "`all()` with this condition on the items of a list that is not written out"
            });
        };
        let mut outcomes = Vec::new();
        for name in names {
            let held = Tri::of(over.set.has(&quoted(&name)));
            let item = Term::known(Value::Text(name));
            let found = self.with(over.variable, item, |this| this.boolean(body));
            outcomes.push(match over.exists {
                true => Tri::all([held, found]),
                false => Tri::any([held.negated(), found]),
            });
        }
        Ok(if over.exists { Tri::any(outcomes) } else { Tri::all(outcomes) })
    }
}

impl Each<'_> {
    /// A body that does not read the variable.
    fn constant(self, body: &Tri) -> Tri {
        let some = Tri::of(self.set.is_empty()).negated();
        match self.exists {
            true => Tri::all([some, body.clone()]),
            false => Tri::any([some.negated(), body.clone()]),
        }
    }

    /// An outcome that an empty list settles, whatever else is unknown.
    fn of_empty(self, found: Tri) -> Tri {
        let empty = self.set.is_empty();
        match self.exists {
            true => Tri { no: Cond::any([empty, found.no]), ..found },
            false => Tri { yes: Cond::any([empty, found.yes]), ..found },
        }
    }

    /// Whether every item is this one.
    fn only(self, item: &Term) -> Result<Tri, Refused> {
        let empty = self.set.is_empty();
        let mut outcomes = vec![Tri { yes: empty, no: Cond::False }];
        for Alternative { guard, value } in item.alternatives() {
            let code = value.scalar().ok_or(value.size().unwrap_or("this comparison"))?;
            let found = Cond::text(format!("[{code}].containsAll({})", self.set.code));
            outcomes.push(Tri::of(found).guarded(guard));
        }
        Ok(Tri::either(outcomes))
    }

    /// Whether an item, or every item, is in another list.
    fn among(self, list: &Term) -> Result<Option<Tri>, Refused> {
        let mut outcomes = Vec::new();
        for Alternative { guard, value } in list.alternatives() {
            let found = match value {
                Value::Set(other) => self.among_set(&other.code),
                Value::Items(items) if items.is_empty() => self.constant(&Tri::constant(false)),
                Value::Items(items) => match operators::literals(items) {
                    Some(code) => self.among_set(&code),
                    None if self.exists => {
                        let each = items.iter().map(|item| operators::in_set(item, self.set));
                        Tri::any(each.collect::<Result<Vec<_>, _>>()?)
                    }
                    None => match items.as_slice() {
                        [item] => self.only(item)?,
                        _ => return Ok(None),
                    },
                },
                _ => return Err("this `in`"),
            };
            outcomes.push(found.guarded(guard));
        }
        Ok(Some(self.of_empty(Tri::either(outcomes))))
    }

    fn among_set(self, other: &str) -> Tri {
        let set = &self.set.code;
        Tri::of(Cond::text(match self.exists {
            true => format!("{set}.containsAny({other})"),
            false => format!("{other}.containsAll({set})"),
        }))
    }
}

fn is_variable(expr: &Expr, variable: &str) -> bool {
    matches!(&expr.kind, ExprKind::Name(name) if name == variable)
}

/// Whether an expression reads a variable that stands outside it.
fn mentions(expr: &Expr, variable: &str) -> bool {
    match &expr.kind {
        ExprKind::Name(name) => name == variable,
        ExprKind::Bool(_)
        | ExprKind::Int(_)
        | ExprKind::Text(_)
        | ExprKind::Null
        | ExprKind::Select { .. }
        | ExprKind::Unsupported(_) => false,
        ExprKind::Not(of) | ExprKind::Negate(of) => mentions(of, variable),
        ExprKind::List(parts) | ExprKind::And(parts) | ExprKind::Or(parts) => {
            parts.iter().any(|part| mentions(part, variable))
        }
        ExprKind::If { condition, then, otherwise } => {
            [condition, then, otherwise].into_iter().any(|part| mentions(part, variable))
        }
        ExprKind::Binary { left, right, .. } => mentions(left, variable) || mentions(right, variable),
        ExprKind::Call { target, arguments, .. } => {
            target.iter().any(|target| mentions(target, variable))
                || arguments.iter().any(|part| mentions(part, variable))
        }
    }
}
