//! `cel`'s tree to ours.

use cel::IdedExpr;
use cel::common::ast::{CallExpr, Expr as CelExpr, LiteralValue, SourceInfo, operators};

use super::token_at;
use crate::condition::ast::{Expr, ExprKind, Operator, Span};
use crate::condition::lex::{Token, TokenKind};
use crate::condition::node::Comparison;

/// One text's tree, with what tells its positions.
pub(super) struct Converter<'t> {
    tokens: &'t [Token],
    source: &'t SourceInfo,
}

impl<'t> Converter<'t> {
    pub(super) fn new(tokens: &'t [Token], source: &'t SourceInfo) -> Self {
        Self { tokens, source }
    }

    /// Turns a tree, with all below it.
    pub(super) fn expr(&self, tree: &IdedExpr) -> Expr {
        let mark = self.mark(tree.id);
        match &tree.expr {
            CelExpr::Ident(name) => Expr { span: mark, kind: ExprKind::Name(name.clone()) },
            CelExpr::Literal(literal) => {
                Expr { span: self.signed(mark, literal), kind: literal_kind(literal) }
            }
            CelExpr::Select(select) => {
                let operand = Box::new(self.expr(&select.operand));
                let field = self.token_after(mark).map_or(mark, |token| token.span);
                let span = self.balanced(operand.span.to(field));
                Expr { span, kind: ExprKind::Select { operand, field: select.field.clone() } }
            }
            CelExpr::List(list) => {
                let items = list.elements.iter().map(|item| self.expr(item)).collect();
                Expr { span: self.balanced(mark), kind: ExprKind::List(items) }
            }
            CelExpr::Call(call) => self.call(call, mark),
            CelExpr::Map(_) => self.unsupported(mark, "a map"),
            CelExpr::Struct(_) => self.unsupported(mark, "a message"),
            CelExpr::Comprehension(_) | CelExpr::Unspecified => self.unsupported(mark, "this"),
        }
    }

    fn call(&self, call: &CallExpr, mark: Span) -> Expr {
        let name = call.func_name.as_str();
        let logical = matches!(name, operators::LOGICAL_AND | operators::LOGICAL_OR);
        let arguments: Vec<Expr> = if logical {
            self.operands(name, &call.args)
        } else {
            call.args.iter().map(|argument| self.expr(argument)).collect()
        };
        if let Some(target) = &call.target {
            return self.function(name, mark, Some(self.expr(target)), arguments);
        }
        let span = self.balanced(arguments.iter().map(|argument| argument.span).fold(mark, Span::to));
        match operator(name, arguments) {
            Ok(kind) => Expr { span, kind },
            Err(arguments) => self.function(name, mark, None, arguments),
        }
    }

    fn function(&self, name: &str, mark: Span, target: Option<Expr>, arguments: Vec<Expr>) -> Expr {
        let name_span = self.token_before(mark).map_or(mark, |token| token.span);
        let start = target.as_ref().map_or(name_span, |target| target.span.to(name_span));
        let target = target.map(Box::new);
        let kind = ExprKind::Call { name: name.to_owned(), name_span, target, arguments };
        Expr { span: self.balanced(start.to(mark)), kind }
    }

    /// The operands of a row of one logical operator, which the parser pairs up.
    fn operands(&self, name: &str, arguments: &[IdedExpr]) -> Vec<Expr> {
        let mut operands = Vec::new();
        for argument in arguments {
            match &argument.expr {
                CelExpr::Call(call) if call.func_name == name && call.target.is_none() => {
                    operands.extend(self.operands(name, &call.args));
                }
                _ => operands.push(self.expr(argument)),
            }
        }
        operands
    }

    fn unsupported(&self, mark: Span, what: &'static str) -> Expr {
        Expr { span: self.balanced(mark), kind: ExprKind::Unsupported(what) }
    }

    /// Where the parser says that a node stands.
    fn mark(&self, id: u64) -> Span {
        let (start, last) = self.source.offset_for(id).unwrap_or_default();
        Span { start, end: last.saturating_add(1) }
    }

    fn token_after(&self, mark: Span) -> Option<&Token> {
        self.tokens.get(token_at(self.tokens, mark.start)?.checked_add(1)?)
    }

    fn token_before(&self, mark: Span) -> Option<&Token> {
        self.tokens.get(token_at(self.tokens, mark.start)?.checked_sub(1)?)
    }

    /// The range of a literal, which the parser marks without its sign.
    fn signed(&self, mark: Span, literal: &LiteralValue) -> Span {
        let negative = matches!(literal, LiteralValue::Int(value) if *value.inner() < 0);
        let sign = self.token_before(mark).filter(|token| negative && token.kind == TokenKind::Minus);
        sign.map_or(mark, |sign| sign.span.to(mark))
    }

    /// The least range with whole pairs of brackets that holds this one.
    fn balanced(&self, span: Span) -> Span {
        let first = self.tokens.partition_point(|token| token.span.end <= span.start);
        let within = self.tokens.iter().skip(first).take_while(|token| token.span.start < span.end);
        let partners = within.filter_map(|token| self.tokens.get(token.partner?));
        partners.fold(span, |span, partner| span.to(partner.span))
    }
}

fn literal_kind(literal: &LiteralValue) -> ExprKind {
    match literal {
        LiteralValue::Boolean(value) => ExprKind::Bool(*value.inner()),
        LiteralValue::Int(value) => ExprKind::Int(*value.inner()),
        LiteralValue::String(text) => ExprKind::Text(text.inner().to_owned()),
        LiteralValue::Null => ExprKind::Null,
        LiteralValue::Bytes(_) => ExprKind::Unsupported("a bytes literal"),
        LiteralValue::Double(_) => ExprKind::Unsupported("a decimal number"),
        LiteralValue::UInt(_) => ExprKind::Unsupported("an unsigned number"),
    }
}

/// The operator that a call stands for; its arguments back if it is a function's.
fn operator(name: &str, arguments: Vec<Expr>) -> Result<ExprKind, Vec<Expr>> {
    if let Some(what) = unsupported_operator(name) {
        return Ok(ExprKind::Unsupported(what));
    }
    match name {
        operators::LOGICAL_AND => return Ok(ExprKind::And(arguments)),
        operators::LOGICAL_OR => return Ok(ExprKind::Or(arguments)),
        _ => {}
    }
    let arguments = match <[Expr; 1]>::try_from(arguments) {
        Ok([of]) if name == operators::LOGICAL_NOT => return Ok(ExprKind::Not(Box::new(of))),
        Ok([of]) if name == operators::NEGATE => return Ok(ExprKind::Negate(Box::new(of))),
        Ok([of]) => vec![of],
        Err(arguments) => arguments,
    };
    let arguments = match (<[Expr; 2]>::try_from(arguments), binary(name)) {
        (Ok([left, right]), Some(operator)) => {
            return Ok(ExprKind::Binary { operator, left: Box::new(left), right: Box::new(right) });
        }
        (Ok(arguments), None) => arguments.into(),
        (Err(arguments), _) => arguments,
    };
    match <[Expr; 3]>::try_from(arguments) {
        Ok([condition, then, otherwise]) if name == operators::CONDITIONAL => Ok(ExprKind::If {
            condition: Box::new(condition),
            then: Box::new(then),
            otherwise: Box::new(otherwise),
        }),
        Ok(arguments) => Err(arguments.into()),
        Err(arguments) => Err(arguments),
    }
}

fn binary(name: &str) -> Option<Operator> {
    Some(match name {
        operators::EQUALS => Operator::Compare(Comparison::Equal),
        operators::NOT_EQUALS => Operator::Compare(Comparison::NotEqual),
        operators::LESS => Operator::Compare(Comparison::Less),
        operators::LESS_EQUALS => Operator::Compare(Comparison::LessOrEqual),
        operators::GREATER => Operator::Compare(Comparison::Greater),
        operators::GREATER_EQUALS => Operator::Compare(Comparison::GreaterOrEqual),
        operators::IN => Operator::In,
        operators::ADD => Operator::Add,
        operators::SUBSTRACT => Operator::Subtract,
        _ => return None,
    })
}

fn unsupported_operator(name: &str) -> Option<&'static str> {
    Some(match name {
        operators::MULTIPLY => "`*`",
        operators::DIVIDE => "`/`",
        operators::MODULO => "`%`",
        operators::INDEX => "indexing",
        _ => return None,
    })
}
