//! The named conditions that a text may use, before any is compiled: what an
//! order and a search for cycles need.

use super::ast::{Expr, ExprKind, quantifier};
use super::parse;
use super::words::is_taken;

/// The bare identifiers of a text that can name conditions, with their ranges
/// of bytes, in the order of the text. The roots of dotted names, `now` and
/// the variables of macros are none. A text that cannot be read has none: its
/// faults are told when it is compiled.
#[must_use]
pub fn references(text: &str) -> Vec<(String, u32, u32)> {
    let mut found = Vec::new();
    if let Ok(expr) = parse::parse(text, usize::MAX) {
        collect(&expr, &mut Vec::new(), &mut found);
    }
    found.sort_by_key(|(_, start, _)| *start);
    found
}

fn collect<'e>(expr: &'e Expr, variables: &mut Vec<&'e str>, found: &mut Vec<(String, u32, u32)>) {
    match &expr.kind {
        ExprKind::Bool(_)
        | ExprKind::Int(_)
        | ExprKind::Text(_)
        | ExprKind::Null
        | ExprKind::Unsupported(_) => {}
        ExprKind::Name(name) => {
            if !is_taken(name) && !variables.contains(&name.as_str()) {
                found.push((name.clone(), expr.span.start, expr.span.end));
            }
        }
        ExprKind::Select { operand, field: _ } => {
            // `a.b` reads no condition, whatever `a` is.
            if !matches!(operand.kind, ExprKind::Name(_)) {
                collect(operand, variables, found);
            }
        }
        ExprKind::Call { name, name_span: _, target, arguments } => {
            target.iter().for_each(|target| collect(target, variables, found));
            match (quantifier(name), arguments.as_slice()) {
                (Some(_), [Expr { kind: ExprKind::Name(variable), span: _ }, body]) if target.is_some() => {
                    variables.push(variable);
                    collect(body, variables, found);
                    variables.pop();
                }
                _ => arguments.iter().for_each(|argument| collect(argument, variables, found)),
            }
        }
        ExprKind::List(of) | ExprKind::And(of) | ExprKind::Or(of) => {
            of.iter().for_each(|each| collect(each, variables, found));
        }
        ExprKind::Not(of) | ExprKind::Negate(of) => collect(of, variables, found),
        ExprKind::If { condition, then, otherwise } => {
            [condition, then, otherwise].into_iter().for_each(|each| collect(each, variables, found));
        }
        ExprKind::Binary { operator: _, left, right } => {
            collect(left, variables, found);
            collect(right, variables, found);
        }
    }
}
