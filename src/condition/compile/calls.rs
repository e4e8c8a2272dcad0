//! Functions, methods and macros: a closed list.

use super::{Compiler, Typed};
use crate::condition::ast::{Expr, ExprKind, Span, quantifier};
use crate::condition::node::{Node, Place, Quantifier};
use crate::condition::types::Type;
use crate::model::{Duration, Timestamp};

/// What can be called, for the help of a fault.
const AVAILABLE: &str = "there are `has()`, `size()`, `startsWith()`, `endsWith()`, `contains()`, \
                         `timestamp()`, `duration()`, `exists()` and `all()`";

impl Compiler<'_, '_> {
    pub(super) fn call(
        &mut self,
        span: Span,
        name: &str,
        name_span: Span,
        target: Option<&Expr>,
        arguments: &[Expr],
    ) -> Option<Typed> {
        match (name, target, arguments) {
            ("has", None, [of]) => self.has(span, of),
            ("size", None, [of]) | ("size", Some(of), []) => self.size(span, of),
            ("timestamp", None, [of]) => self.timestamp(span, of),
            ("duration", None, [of]) => self.duration(span, of),
            ("startsWith", Some(text), [part]) => self.part(span, Place::Start, text, part),
            ("endsWith", Some(text), [part]) => self.part(span, Place::End, text, part),
            ("contains", Some(text), [part]) => self.part(span, Place::Anywhere, text, part),
            ("exists" | "all", Some(list), [variable, body]) => {
                self.each(span, quantifier(name)?, list, variable, body)
            }
            _ => {
                self.misused(span, name, name_span, target.is_some());
                None
            }
        }
    }

    /// A call that is none of ours, or not in this form.
    fn misused(&mut self, span: Span, name: &str, name_span: Span, is_method: bool) {
        let form = match name {
            "has" => "write `has(resource.x)`",
            "size" => "write `size(x)` or `x.size()`",
            "timestamp" => "write `timestamp(\"2026-12-24T00:00:00Z\")`",
            "duration" => "write `duration(\"1h30m\")`",
            "startsWith" => "write `x.startsWith(y)`",
            "endsWith" => "write `x.endsWith(y)`",
            "contains" => "write `x.contains(y)`",
            "exists" => "write `list.exists(x, x == 1)`",
            "all" => "write `list.all(x, x == 1)`",
            "matches" => {
                self.report_with_help(name_span, "regular expressions are not available", AVAILABLE);
                return;
            }
            _ => {
                let dot = if is_method { "." } else { "" };
                self.report_with_help(name_span, format!("`{dot}{name}()` is not available"), AVAILABLE);
                return;
            }
        };
        self.report_with_help(span, format!("this is not how `{name}()` is written"), form);
    }

    fn size(&mut self, span: Span, of: &Expr) -> Option<Typed> {
        let found = self.expr(of)?;
        if found.ty != Type::String && !found.ty.is_list() {
            self.report(of.span, format!("`size()` needs a string or a list; this is `{}`", found.ty));
            return None;
        }
        self.push(span, Node::Size(found.node), Type::Int)
    }

    fn timestamp(&mut self, span: Span, of: &Expr) -> Option<Typed> {
        if let ExprKind::Text(text) = &of.kind {
            let Some(at) = Timestamp::parse(text) else {
                let help = "write RFC 3339 within the years 1 to 9999, such as `2026-12-24T00:00:00Z`";
                self.report_with_help(of.span, "this is no timestamp", help);
                return None;
            };
            return self.push(span, Node::Timestamp(at), Type::Timestamp);
        }
        let of = self.typed(of, Type::String, "`timestamp()`")?;
        self.push(span, Node::ToTimestamp(of), Type::Timestamp)
    }

    fn duration(&mut self, span: Span, of: &Expr) -> Option<Typed> {
        if let ExprKind::Text(text) = &of.kind {
            let Some(time) = Duration::parse(text) else {
                let help = "write numbers with `h`, `m`, `s`, `ms`, `us` or `ns`, such as `1h30m`";
                self.report_with_help(of.span, "this is no duration", help);
                return None;
            };
            return self.push(span, Node::Duration(time), Type::Duration);
        }
        let of = self.typed(of, Type::String, "`duration()`")?;
        self.push(span, Node::ToDuration(of), Type::Duration)
    }

    fn part(&mut self, span: Span, at: Place, text: &Expr, part: &Expr) -> Option<Typed> {
        let whose = format!("`{}()`", at.name());
        let found = self.expr(text);
        let part = self.typed(part, Type::String, &whose);
        let found = found?;
        if found.ty != Type::String {
            let message = format!("{whose} needs `string`; this is `{}`", found.ty);
            if found.ty.is_list() && at == Place::Anywhere {
                self.report_with_help(text.span, message, "write `x in list`");
            } else {
                self.report(text.span, message);
            }
            return None;
        }
        self.push(span, Node::Part { at, text: found.node, part: part? }, Type::Bool)
    }

    fn each(
        &mut self,
        span: Span,
        quantifier: Quantifier,
        list: &Expr,
        variable: &Expr,
        body: &Expr,
    ) -> Option<Typed> {
        let whose = format!("`{}()`", quantifier.name());
        let found = self.expr(list);
        let of = found.and_then(|found| found.ty.item());
        if let Some(found) = found
            && of.is_none()
        {
            let message = match found.ty {
                Type::EmptyList => "the items of `[]` have no type".to_owned(),
                other => format!("{whose} needs a list; this is `{other}`"),
            };
            self.report(list.span, message);
        }
        let name = self.variable_name(variable)?;
        let (body, slot) =
            self.within(span, &name, of, |this, slot| Some((this.typed(body, Type::Bool, &whose), slot)))?;
        let (list, body) = (found.filter(|_| of.is_some())?.node, body?);
        self.push(span, Node::Each { quantifier, list, body, slot }, Type::Bool)
    }
}
