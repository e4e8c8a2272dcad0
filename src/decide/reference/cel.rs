//! Conditions, read straight from their text.
//!
//! Owns three-valued logic: the outcome of an expression is a value or
//! `None`, unknown. The `cel` crate parses; nothing is typed or compiled. Parsed
//! texts are kept per thread, because generated worlds are asked often.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use cel::common::ast::{CallExpr, ComprehensionExpr, Expr, IdedExpr, LiteralValue, SelectExpr, operators};

use super::Case;
use super::value::{Known, Val, span};
use crate::document::definition::{Params, When};
use crate::model::Timestamp;

/// How many texts are kept.
const REMEMBERED: usize = 4096;

thread_local! {
    static PARSED: RefCell<BTreeMap<String, Rc<IdedExpr>>> = const { RefCell::new(BTreeMap::new()) };
}

/// An expression's surroundings.
struct Scope<'a> {
    case: &'a Case<'a>,
    params: Option<&'a Params>,
    /// Variables of `exists` and `all`, innermost last.
    variables: Vec<(String, Option<Val>)>,
}

impl Case<'_> {
    /// Whether a `when` holds; `None` is unknown.
    pub(super) fn holds(&self, when: &When) -> Option<bool> {
        let texts = self.texts(when);
        texts.iter().map(|text| self.truth(None, text)).fold(Some(true), and)
    }

    /// Whether an expression is true; `None` is unknown.
    pub(super) fn truth(&self, params: Option<&Params>, text: &str) -> Option<bool> {
        Scope { case: self, params, variables: Vec::new() }.boolean(&parse(text).expr)
    }

    /// The texts of a `when`, all of which must be true.
    pub(super) fn texts(&self, when: &When) -> Vec<String> {
        match when {
            When::Always => Vec::new(),
            When::Expression(expression) => vec![expression.text.clone()],
            When::Conditions(names) => {
                let conditions = names.iter().map(|name| &self.policy.model.conditions[&name.value]);
                conditions.map(|condition| condition.expression.text.clone()).collect()
            }
        }
    }

    /// The names that those of the texts that are unknown read, and that are
    /// unsent, or null where more than `has` asks.
    pub(super) fn missing(&self, params: Option<&Params>, texts: &[String]) -> Vec<String> {
        let mut missing = Vec::new();
        for text in texts.iter().filter(|text| self.truth(params, text).is_none()) {
            let mut mentions = BTreeMap::new();
            self.mentions(&parse(text).expr, &mut mentions);
            for ((root, name), only_in_has) in mentions {
                match self.known(params, &root, &name) {
                    Known::Unsent => missing.push(format!("{root}.{name}")),
                    Known::Null if !only_in_has => missing.push(format!("{root}.{name}")),
                    Known::Null | Known::Value(_) => {}
                }
            }
        }
        missing
    }

    /// Every `root.name` below `expr`, and whether it stands only in `has`.
    fn mentions(&self, expr: &Expr, found: &mut BTreeMap<(String, String), bool>) {
        match expr {
            Expr::Select(SelectExpr { operand, field, test }) => {
                let Expr::Ident(root) = &operand.expr else { panic!("no attribute has attributes") };
                let only_in_has = found.entry((root.clone(), field.clone())).or_insert(true);
                *only_in_has &= *test;
            }
            Expr::Ident(name) => {
                if let Some(condition) = self.policy.model.conditions.get(name) {
                    self.mentions(&parse(&condition.expression.text).expr, found);
                }
            }
            Expr::Call(CallExpr { func_name: _, target, args }) => {
                for part in target.iter().map(AsRef::as_ref).chain(args) {
                    self.mentions(&part.expr, found);
                }
            }
            Expr::List(list) => list.elements.iter().for_each(|item| self.mentions(&item.expr, found)),
            Expr::Comprehension(loop_) => {
                self.mentions(&loop_.iter_range.expr, found);
                self.mentions(&loop_.loop_step.expr, found);
            }
            Expr::Literal(_) => {}
            _ => panic!("checked"),
        }
    }
}

impl Scope<'_> {
    fn boolean(&mut self, expr: &Expr) -> Option<bool> {
        match self.value(expr) {
            None => None,
            Some(Val::Bool(value)) => Some(value),
            Some(other) => panic!("{other:?} is no boolean"),
        }
    }

    fn value(&mut self, expr: &Expr) -> Option<Val> {
        match expr {
            Expr::Literal(literal) => Some(constant(literal)),
            Expr::List(list) => {
                Some(Val::List(list.elements.iter().map(|item| self.value(&item.expr)).collect()))
            }
            Expr::Ident(name) => self.name(name),
            Expr::Select(select) => self.attribute(select),
            Expr::Call(call) => self.call(call),
            Expr::Comprehension(loop_) => self.quantifier(loop_).map(Val::Bool),
            _ => panic!("{expr:?} is no part of the language"),
        }
    }

    fn name(&mut self, name: &str) -> Option<Val> {
        if let Some((_, value)) = self.variables.iter().rev().find(|(variable, _)| variable == name) {
            return value.clone();
        }
        if name == "now" {
            return Some(Val::time(self.case.now));
        }
        let condition = &self.case.policy.model.conditions[name];
        self.case.truth(None, &condition.expression.text).map(Val::Bool)
    }

    fn attribute(&mut self, SelectExpr { operand, field, test }: &SelectExpr) -> Option<Val> {
        let Expr::Ident(root) = &operand.expr else { panic!("no attribute has attributes") };
        match (self.case.known(self.params, root, field), *test) {
            (Known::Value(_), true) => Some(Val::Bool(true)),
            (Known::Null, true) => Some(Val::Bool(false)),
            (Known::Value(value), false) => Some(value),
            (Known::Null, false) | (Known::Unsent, _) => None,
        }
    }

    fn call(&mut self, CallExpr { func_name, target, args }: &CallExpr) -> Option<Val> {
        let exprs: Vec<&Expr> =
            target.iter().map(|target| &target.expr).chain(args.iter().map(|arg| &arg.expr)).collect();
        match (func_name.as_str(), exprs.as_slice()) {
            (operators::LOGICAL_AND, parts) => {
                parts.iter().map(|part| self.boolean(part)).fold(Some(true), and).map(Val::Bool)
            }
            (operators::LOGICAL_OR, parts) => {
                parts.iter().map(|part| self.boolean(part)).fold(Some(false), or).map(Val::Bool)
            }
            (operators::LOGICAL_NOT, [part]) => self.boolean(part).map(|value| Val::Bool(!value)),
            (operators::CONDITIONAL, [condition, yes, no]) => {
                if self.boolean(condition)? {
                    self.value(yes)
                } else {
                    self.value(no)
                }
            }
            (operators::IN, [item, list]) => {
                let (item, list) = (self.value(item), self.list(list)?);
                let equal = |other: Option<Val>| Some(other? == item.clone()?);
                list.into_iter().map(equal).fold(Some(false), or).map(Val::Bool)
            }
            (operator, [a]) => apply_one(operator, self.value(a)?),
            (operator, [a, b]) => {
                let (a, b) = (self.value(a), self.value(b));
                apply_two(operator, &a?, &b?)
            }
            _ => panic!("{func_name} is no part of the language"),
        }
    }

    fn list(&mut self, expr: &Expr) -> Option<Vec<Option<Val>>> {
        match self.value(expr)? {
            Val::List(items) => Some(items),
            other => panic!("{other:?} is no list"),
        }
    }

    /// `list.exists(x, p)` and `list.all(x, p)`, which arrive written out: the
    /// first value says which, the second part of the step is `p`.
    fn quantifier(&mut self, loop_: &ComprehensionExpr) -> Option<bool> {
        let list = self.list(&loop_.iter_range.expr)?;
        let Expr::Literal(LiteralValue::Boolean(start)) = &loop_.accu_init.expr else { panic!("checked") };
        let Expr::Call(CallExpr { args, .. }) = &loop_.loop_step.expr else { panic!("checked") };
        let all = **start;
        let mut outcome = Some(all);
        for item in list {
            self.variables.push((loop_.iter_var.clone(), item));
            let one = self.boolean(&args[1].expr);
            self.variables.pop();
            outcome = if all { and(outcome, one) } else { or(outcome, one) };
        }
        outcome
    }
}

fn apply_one(operator: &str, a: Val) -> Option<Val> {
    match (operator, a) {
        ("size", Val::Text(text)) => i64::try_from(text.len()).ok().map(Val::Int),
        ("size", Val::List(items)) => i64::try_from(items.len()).ok().map(Val::Int),
        ("timestamp", Val::Text(text)) => Timestamp::parse(&text).map(Val::time),
        ("duration", Val::Text(text)) => span(&text).map(Val::Span),
        (operators::NEGATE, Val::Int(value)) => value.checked_neg().map(Val::Int),
        (operators::NEGATE, Val::Span(value)) => value.checked_neg().map(Val::Span),
        (operator, a) => panic!("{operator}({a:?}) is no part of the language"),
    }
}

fn apply_two(operator: &str, a: &Val, b: &Val) -> Option<Val> {
    let outcome = match (operator, a, b) {
        (operators::ADD, ..) => return a.plus(b),
        (operators::SUBSTRACT, ..) => return a.minus(b),
        (operators::EQUALS, ..) => a == b,
        (operators::NOT_EQUALS, ..) => a != b,
        (operators::LESS, ..) => a.below(b),
        (operators::LESS_EQUALS, ..) => !b.below(a),
        (operators::GREATER, ..) => b.below(a),
        (operators::GREATER_EQUALS, ..) => !a.below(b),
        ("startsWith", Val::Text(a), Val::Text(b)) => a.starts_with(b.as_str()),
        ("endsWith", Val::Text(a), Val::Text(b)) => a.ends_with(b.as_str()),
        ("contains", Val::Text(a), Val::Text(b)) => a.contains(b.as_str()),
        _ => panic!("{a:?} {operator} {b:?} is no part of the language"),
    };
    Some(Val::Bool(outcome))
}

fn constant(literal: &LiteralValue) -> Val {
    match literal {
        LiteralValue::Boolean(value) => Val::Bool(**value),
        LiteralValue::Int(value) => Val::Int(**value),
        LiteralValue::String(value) => Val::Text(value.inner().to_owned()),
        other => panic!("{other:?} is no part of the language"),
    }
}

fn and(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    match (a, b) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

fn or(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    match (a, b) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        _ => None,
    }
}

fn parse(text: &str) -> Rc<IdedExpr> {
    PARSED.with_borrow_mut(|parsed| {
        if let Some(expr) = parsed.get(text) {
            return Rc::clone(expr);
        }
        let expr = cel::parser::Parser::new().parse(text).unwrap_or_else(|fault| panic!("`{text}`: {fault}"));
        let expr = Rc::new(expr);
        if parsed.len() == REMEMBERED {
            parsed.clear();
        }
        parsed.insert(text.to_owned(), Rc::clone(&expr));
        expr
    })
}
