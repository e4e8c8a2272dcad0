//! Operators: what they take and what comes of it. Types fit exactly; there is
//! no conversion.

use super::{Compiler, Typed};
use crate::condition::ast::{Expr, ExprKind, Operator, Span};
use crate::condition::node::{Comparison, Node, NodeIx};
use crate::condition::types::Type;

impl Compiler<'_, '_> {
    /// The operands of `&&` or `||`.
    pub(super) fn logical(&mut self, of: &[Expr], whose: &str) -> Option<Vec<NodeIx>> {
        // Not `map` straight into an Option: every operand is to be looked at.
        let operands: Vec<_> = of.iter().map(|each| self.typed(each, Type::Bool, whose)).collect();
        operands.into_iter().collect()
    }

    pub(super) fn conditional(
        &mut self,
        span: Span,
        condition: &Expr,
        then: &Expr,
        otherwise: &Expr,
    ) -> Option<Typed> {
        let condition = self.typed(condition, Type::Bool, "`?:`");
        let (then, otherwise) = (self.expr(then), self.expr(otherwise));
        let (condition, then, otherwise) = (condition?, then?, otherwise?);
        let Some(ty) = then.ty.common(otherwise.ty) else {
            let message =
                format!("both sides of `:` need one type; these are `{}` and `{}`", then.ty, otherwise.ty);
            self.report(span, message);
            return None;
        };
        self.push(span, Node::If { condition, then: then.node, otherwise: otherwise.node }, ty)
    }

    pub(super) fn compare(&mut self, span: Span, by: Comparison, left: &Expr, right: &Expr) -> Option<Typed> {
        if matches!(by, Comparison::Equal | Comparison::NotEqual)
            && let Some((null, other)) = one_is_null(left, right)
        {
            return self.compare_with_null(null.span, by, other);
        }
        let (found_left, found_right) = (self.expr(left), self.expr(right));
        let (left_typed, right_typed) = (found_left?, found_right?);
        let (left_ty, right_ty) = (left_typed.ty, right_typed.ty);
        let Some(common) = left_ty.common(right_ty) else {
            let message = format!("cannot compare `{left_ty}` with `{right_ty}`");
            match text_for_time(left, left_ty, right, right_ty) {
                Some(help) => self.report_with_help(span, message, help),
                None => self.report(span, message),
            }
            return None;
        };
        if !matches!(by, Comparison::Equal | Comparison::NotEqual) && !common.is_ordered() {
            let message = format!("`{}` does not compare `{common}`", by.symbol());
            self.report_with_help(span, message, "only int, timestamp and duration have an order");
            return None;
        }
        let node = Node::Compare { by, left: left_typed.node, right: right_typed.node };
        self.push(span, node, Type::Bool)
    }

    fn compare_with_null(&mut self, null: Span, by: Comparison, other: &Expr) -> Option<Typed> {
        // What stands beside it may be faulty too.
        let _ = self.expr(other);
        let help = match (dotted(other), by) {
            (Some(name), Comparison::Equal) => format!("use `has()`: `!has({name})`"),
            (Some(name), _) => format!("use `has()`: `has({name})`"),
            (None, _) => "use `has()`".to_owned(),
        };
        self.report_with_help(null, "nothing can be compared with `null`", help);
        None
    }

    pub(super) fn is_in(&mut self, span: Span, item: &Expr, list: &Expr) -> Option<Typed> {
        let (found_item, found_list) = (self.expr(item), self.expr(list));
        let found_list = found_list?;
        if !found_list.ty.is_list() {
            let message = format!("`in` needs a list on its right; this is `{}`", found_list.ty);
            match found_list.ty {
                Type::String => {
                    self.report_with_help(list.span, message, "`contains()` looks for a part of a text");
                }
                _ => self.report(list.span, message),
            }
            return None;
        }
        let found_item = found_item?;
        if found_item.ty.is_list() {
            self.report(
                item.span,
                format!("`in` needs a single value on its left; this is `{}`", found_item.ty),
            );
            return None;
        }
        if found_list.ty.item().is_some_and(|ty| ty != found_item.ty) {
            self.report(span, format!("`{}` cannot be in `{}`", found_item.ty, found_list.ty));
            return None;
        }
        self.push(span, Node::In { item: found_item.node, list: found_list.node }, Type::Bool)
    }

    pub(super) fn arithmetic(
        &mut self,
        span: Span,
        operator: Operator,
        left: &Expr,
        right: &Expr,
    ) -> Option<Typed> {
        let (left, right) = (self.expr(left), self.expr(right));
        let (left, right) = (left?, right?);
        let adds = operator == Operator::Add;
        let ty = match (left.ty, right.ty) {
            (Type::Int, Type::Int) => Type::Int,
            (Type::Duration, Type::Duration) => Type::Duration,
            (Type::Timestamp, Type::Duration) => Type::Timestamp,
            (Type::Duration, Type::Timestamp) if adds => Type::Timestamp,
            (Type::Timestamp, Type::Timestamp) if !adds => Type::Duration,
            (left, right) => {
                let symbol = operator.symbol();
                self.report(span, format!("`{symbol}` does not take `{left}` and `{right}`"));
                return None;
            }
        };
        let node =
            if adds { Node::Add(left.node, right.node) } else { Node::Subtract(left.node, right.node) };
        self.push(span, node, ty)
    }

    pub(super) fn negate(&mut self, span: Span, of: &Expr) -> Option<Typed> {
        let of = self.expr(of)?;
        if !matches!(of.ty, Type::Int | Type::Duration) {
            self.report(span, format!("`-` does not take `{}`", of.ty));
            return None;
        }
        self.push(span, Node::Negate(of.node), of.ty)
    }

    pub(super) fn list(&mut self, span: Span, items: &[Expr]) -> Option<Typed> {
        let found: Vec<_> = items.iter().map(|item| (item.span, self.expr(item))).collect();
        let mut of: Option<Type> = None;
        let mut nodes = Some(Vec::new());
        for (span, item) in found {
            let fits = match (item, of) {
                (None, _) => false,
                (Some(item), _) if item.ty.is_list() => {
                    self.report(span, "a list cannot hold lists");
                    false
                }
                (Some(item), Some(of)) if item.ty != of => {
                    self.report(span, format!("this is `{}` in a list of `{of}`", item.ty));
                    false
                }
                (Some(item), _) => {
                    of = Some(item.ty);
                    true
                }
            };
            match (&mut nodes, item) {
                (Some(nodes), Some(item)) if fits => nodes.push(item.node),
                _ => nodes = None,
            }
        }
        let ty = match of {
            Some(of) => of.list()?,
            None => Type::EmptyList,
        };
        let children = self.arena.children(&nodes?)?;
        self.push(span, Node::List(children), ty)
    }
}

/// The `null` of two operands, and the other.
fn one_is_null<'e>(left: &'e Expr, right: &'e Expr) -> Option<(&'e Expr, &'e Expr)> {
    match (&left.kind, &right.kind) {
        (_, ExprKind::Null) => Some((right, left)),
        (ExprKind::Null, _) => Some((left, right)),
        _ => None,
    }
}

/// `a.b`, if that is what is written.
fn dotted(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Select { operand, field } => match &operand.kind {
            ExprKind::Name(root) => Some(format!("{root}.{field}")),
            _ => None,
        },
        _ => None,
    }
}

/// What to write when an instant or a span meets a text literal.
fn text_for_time(left: &Expr, left_ty: Type, right: &Expr, right_ty: Type) -> Option<&'static str> {
    let is_text = |expr: &Expr| matches!(expr.kind, ExprKind::Text(_));
    let other = match (is_text(left), is_text(right)) {
        (true, false) => right_ty,
        (false, true) => left_ty,
        _ => return None,
    };
    match other {
        Type::Timestamp => Some("write `timestamp(\"…\")`"),
        Type::Duration => Some("write `duration(\"…\")`"),
        _ => None,
    }
}
