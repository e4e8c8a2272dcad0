//! The expression as written: untyped, with positions.
//!
//! Holds what the language's grammar has and we may say something about;
//! whatever else it has is [`ExprKind::Unsupported`], with the words for it.
//! How deep it can be is bounded by the lexer, so walking it may recurse.

use super::node::{Comparison, Quantifier};

/// A range of bytes of the text.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Span {
    /// The first byte.
    pub(crate) start: u32,
    /// The byte after the last.
    pub(crate) end: u32,
}

/// An expression.
#[derive(Debug)]
pub(crate) struct Expr {
    pub(crate) span: Span,
    pub(crate) kind: ExprKind,
}

/// What an expression is.
#[derive(Debug)]
pub(crate) enum ExprKind {
    Bool(bool),
    Int(i64),
    Text(String),
    Null,
    /// A bare identifier.
    Name(String),
    /// `operand.field`
    Select {
        operand: Box<Expr>,
        field: String,
    },
    /// `name(…)` or `target.name(…)`, macros included.
    Call {
        name: String,
        name_span: Span,
        target: Option<Box<Expr>>,
        arguments: Vec<Expr>,
    },
    List(Vec<Expr>),
    Not(Box<Expr>),
    Negate(Box<Expr>),
    /// Two or more, none of them itself an `&&`.
    And(Vec<Expr>),
    /// Two or more, none of them itself an `||`.
    Or(Vec<Expr>),
    If {
        condition: Box<Expr>,
        then: Box<Expr>,
        otherwise: Box<Expr>,
    },
    Binary {
        operator: Operator,
        left: Box<Expr>,
        right: Box<Expr>,
    },
    /// In the language, and not in ours: said as `… is not available`.
    Unsupported(&'static str),
}

/// An operator between two operands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Operator {
    Compare(Comparison),
    In,
    Add,
    Subtract,
}

impl Span {
    /// The least range that holds both.
    pub(crate) fn to(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

impl Operator {
    /// The operator as written.
    pub(crate) const fn symbol(self) -> &'static str {
        match self {
            Self::Compare(by) => by.symbol(),
            Self::In => "in",
            Self::Add => "+",
            Self::Subtract => "-",
        }
    }
}

/// The macro that a method name stands for.
pub(crate) fn quantifier(method: &str) -> Option<Quantifier> {
    [Quantifier::Exists, Quantifier::All].into_iter().find(|quantifier| quantifier.name() == method)
}
