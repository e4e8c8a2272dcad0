//! Conditions, translated from their syntax.
//!
//! Owns what each form of an expression becomes, and the list of what Cedar
//! cannot say. A condition is translated once for each resource type that it
//! meets, because the type says which attributes there are.

use super::cond::Cond;
use super::names::{Meets, Names};
use super::operators::{self, Refused, compare, contained};
use super::term::{self, Alternative, Term, Tri, Value};
use super::text::{instant, span};
use crate::condition::ast::{Expr, ExprKind, Operator, Span};
use crate::condition::{self, Place};
use crate::document::definition::{Expression, When};
use crate::document::{Diagnostic, Place as SourcePlace, Severity};
use crate::model::{Duration, Timestamp};

/// The longest Cedar text that one condition may come to.
const LONGEST: usize = 64 * 1024;

/// Translates one condition.
pub(super) struct Translator<'a> {
    names: &'a Names<'a>,
    meets: Meets<'a>,
    /// Variables of quantifiers, innermost last.
    variables: Vec<(String, Term)>,
    /// What is being translated, to say where.
    expression: &'a Expression,
    refused: Vec<(SourcePlace, Refused)>,
}

impl Names<'_> {
    /// When an entry holds.
    pub(super) fn when(&self, when: &When, meets: Meets<'_>, refused: &mut Vec<Diagnostic>) -> Tri {
        match when {
            When::Always => Tri::constant(true),
            When::Expression(expression) => self.expression(expression, meets, refused),
            When::Conditions(names) => Tri::all(names.iter().map(|name| {
                let condition = self.model.conditions.get(&name.value);
                condition
                    .map_or(Tri::UNKNOWN, |condition| self.expression(&condition.expression, meets, refused))
            })),
        }
    }

    /// What an expression comes to. What is refused is never true here.
    pub(super) fn expression(
        &self,
        expression: &Expression,
        meets: Meets<'_>,
        refused: &mut Vec<Diagnostic>,
    ) -> Tri {
        let mut tell = |at: SourcePlace, what: &str| {
            refused.push(Diagnostic {
                at,
                severity: Severity::Fault,
                message: format!("Cedar cannot say {what}"),
                help: None,
            });
        };
        let Some(tree) = condition::read(&expression.text) else {
            tell(expression.at, "this expression");
            return Tri::UNKNOWN;
        };
        let mut translator =
            Translator { names: self, meets, variables: Vec::new(), expression, refused: Vec::new() };
        let found = translator.boolean(&tree);
        let told = translator.refused;
        for (at, what) in &told {
            tell(*at, what);
        }
        if told.is_empty() && found.yes.weight().max(found.no.weight()) > LONGEST {
            tell(expression.at, "this in less than 64 KiB");
        }
        found
    }
}

impl Translator<'_> {
    /// An expression that is a boolean.
    pub(super) fn boolean(&mut self, expr: &Expr) -> Tri {
        self.term(expr).boolean()
    }

    /// Any expression. What is refused is unknown.
    pub(super) fn term(&mut self, expr: &Expr) -> Term {
        match self.said(expr) {
            Ok(term) => term,
            Err(what) => {
                let Span { start, end } = expr.span;
                self.refused.push((self.expression.place(start, end), what));
                Term::UNKNOWN
            }
        }
    }

    /// What `then` comes to where a variable is bound.
    pub(super) fn with<T>(&mut self, variable: &str, item: Term, then: impl FnOnce(&mut Self) -> T) -> T {
        self.variables.push((variable.to_owned(), item));
        let found = then(self);
        self.variables.pop();
        found
    }

    /// Every name there is of a kind.
    pub(super) fn names_of(&self, names: term::Names) -> Vec<String> {
        self.names.every(names)
    }

    fn said(&mut self, expr: &Expr) -> Result<Term, Refused> {
        Ok(match &expr.kind {
            ExprKind::Bool(value) => Term::Bool(Tri::constant(*value)),
            ExprKind::Int(value) => Term::known(Value::Int(*value)),
            ExprKind::Text(text) => Term::known(Value::Text(text.clone())),
            ExprKind::Null => return Err("`null`"),
            ExprKind::Unsupported(what) => return Err(what),
            ExprKind::Name(name) => self.name(name)?,
            ExprKind::Select { operand, field } => self.names.read(root(operand), field, self.meets)?,
            ExprKind::List(items) => {
                let items = items.iter().map(|item| self.term(item)).collect();
                Term::known(Value::Items(items))
            }
            ExprKind::Not(of) => Term::Bool(self.boolean(of).negated()),
            ExprKind::And(parts) => Term::Bool(Tri::all(self.booleans(parts))),
            ExprKind::Or(parts) => Term::Bool(Tri::any(self.booleans(parts))),
            ExprKind::Negate(of) => operators::negative(&self.term(of))?,
            ExprKind::If { condition, then, otherwise } => {
                let condition = self.boolean(condition);
                choose(&condition, self.term(then), self.term(otherwise))
            }
            ExprKind::Binary { operator, left, right } => {
                let (left, right) = (self.term(left), self.term(right));
                match operator {
                    Operator::Compare(by) => Term::Bool(compare(*by, &left, &right)?),
                    Operator::In => Term::Bool(contained(&left, &right)?),
                    Operator::Add => operators::sum(&left, &right, false)?,
                    Operator::Subtract => operators::sum(&left, &right, true)?,
                }
            }
            ExprKind::Call { name, target, arguments, .. } => {
                let operands: Vec<&Expr> = target.iter().map(AsRef::as_ref).chain(arguments).collect();
                self.call(name, &operands)?
            }
        })
    }

    fn booleans(&mut self, parts: &[Expr]) -> Vec<Tri> {
        parts.iter().map(|part| self.boolean(part)).collect()
    }

    fn name(&mut self, name: &str) -> Result<Term, Refused> {
        if let Some((_, bound)) = self.variables.iter().rev().find(|(variable, _)| variable == name) {
            return Ok(bound.clone());
        }
        if name == "now" {
            return Ok(Term::known(Value::Instant("context.sidegate.now".to_owned())));
        }
        let condition = self.names.model.conditions.get(name).ok_or("this name")?;
        let expression = &condition.expression;
        let tree = condition::read(&expression.text).ok_or("this expression")?;
        // It sees no variables of whoever uses it, and none of the parameters.
        let meets = Meets { params: None, ..self.meets };
        let mut inner =
            Translator { names: self.names, meets, variables: Vec::new(), expression, refused: Vec::new() };
        let found = inner.boolean(&tree);
        // It is refused where it stands.
        self.refused.append(&mut inner.refused);
        Ok(Term::Bool(found))
    }

    fn call(&mut self, name: &str, operands: &[&Expr]) -> Result<Term, Refused> {
        Ok(match (name, operands) {
            ("has", [of]) => {
                let ExprKind::Select { operand, field } = &of.kind else { return Err("this `has()`") };
                Term::Bool(self.names.has(root(operand), field, self.meets))
            }
            ("size", [of]) => operators::size(&self.term(of))?,
            ("timestamp", [of]) => {
                self.literal(of, "`timestamp()` of a text that is not written out", |text| {
                    Timestamp::parse(text).map(instant_value)
                })?
            }
            ("duration", [of]) => {
                self.literal(of, "`duration()` of a text that is not written out", |text| {
                    Duration::parse(text).map(span_value)
                })?
            }
            ("startsWith", [whole, part]) => self.part(Place::Start, whole, part)?,
            ("endsWith", [whole, part]) => self.part(Place::End, whole, part)?,
            ("contains", [whole, part]) => self.part(Place::Anywhere, whole, part)?,
            ("exists" | "all", [list, variable, body]) => {
                let ExprKind::Name(variable) = &variable.kind else { return Err("this quantifier") };
                let list = self.term(list);
                Term::Bool(self.quantifier(name == "exists", &list, variable, body)?)
            }
            _ => return Err("this function"),
        })
    }

    fn part(&mut self, at: Place, whole: &Expr, part: &Expr) -> Result<Term, Refused> {
        let (whole, part) = (self.term(whole), self.term(part));
        Ok(Term::Bool(operators::part(at, &whole, &part)?))
    }

    /// What a text that is written out is read as.
    fn literal(
        &mut self,
        of: &Expr,
        otherwise: Refused,
        read: impl Fn(&str) -> Option<Result<Value, Refused>>,
    ) -> Result<Term, Refused> {
        let mut alternatives = Vec::new();
        for Alternative { guard, value } in self.term(of).alternatives() {
            let Value::Text(text) = value else { return Err(otherwise) };
            // What cannot be read is unknown.
            if let Some(value) = read(text) {
                alternatives.push(Alternative { guard: guard.clone(), value: value? });
            }
        }
        Ok(Term::Value(alternatives))
    }
}

/// An instant that is written out.
pub(super) fn instant_value(at: Timestamp) -> Result<Value, Refused> {
    let text = instant(at).ok_or("an instant finer than a millisecond")?;
    Ok(Value::Instant(format!("datetime(\"{text}\")")))
}

fn span_value(of: Duration) -> Result<Value, Refused> {
    let text = span(of).ok_or("a span finer than a millisecond")?;
    Ok(Value::Span(text))
}

fn choose(condition: &Tri, then: Term, otherwise: Term) -> Term {
    if let (Term::Value(then), Term::Value(otherwise)) = (&then, &otherwise) {
        let under = |guard: &Cond, from: &[Alternative]| {
            let guarded = from.iter().map(|one| Alternative {
                guard: Cond::all([guard.clone(), one.guard.clone()]),
                value: one.value.clone(),
            });
            guarded.collect::<Vec<_>>()
        };
        let mut alternatives = under(&condition.yes, then);
        alternatives.extend(under(&condition.no, otherwise));
        return Term::Value(alternatives);
    }
    Term::Bool(Tri::choose(condition, then.boolean(), otherwise.boolean()))
}

fn root(operand: &Expr) -> &str {
    match &operand.kind {
        ExprKind::Name(name) => name,
        _ => "",
    }
}
