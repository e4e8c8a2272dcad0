//! From the expression as written to a typed program.
//!
//! Every fault is found, not the first: an operand that is faulty is said once
//! and then fits everywhere. A name becomes a [`Path`](super::Path) and a
//! named condition its nodes; nothing of the text but its faults' positions is
//! needed after.
//!
//! Invariants: those of [`node`](super::node).

mod arena;
mod calls;
mod names;
mod operators;

use super::ast::{Expr, ExprKind, Operator, Span};
use super::lex::fault;
use super::node::{MAX_LOOPS, Node, NodeIx};
use super::parse;
use super::program::Program;
use super::scope::{Diagnostic, Scope};
use super::types::Type;
use arena::Arena;

/// Compiles the text of a condition.
///
/// # Errors
///
/// Everything that is wrong with it, in the order of the text. Nothing, when
/// all that is wrong is a faulty named condition that it uses.
pub fn compile(text: &str, scope: &Scope<'_>) -> Result<Program, Vec<Diagnostic>> {
    let expr = parse::parse(text, scope.node_limit)?;
    let mut compiler = Compiler::new(scope);
    let root = compiler.expr(&expr);
    if let Some(root) = root
        && root.ty != Type::Bool
    {
        compiler.report(expr.span, format!("a condition is `bool`; this is `{}`", root.ty));
    }
    compiler.finish(text, root)
}

/// One text being compiled.
struct Compiler<'s, 'a> {
    scope: &'s Scope<'a>,
    arena: Arena,
    faults: Vec<Diagnostic>,
    /// The variables of the quantifiers around, outermost first; without a
    /// type where that is faulty.
    variables: Vec<(String, Option<Type>)>,
}

/// A compiled operand. There is none (`None`) where a fault has been told.
#[derive(Clone, Copy, Debug)]
struct Typed {
    node: NodeIx,
    ty: Type,
}

impl<'s, 'a> Compiler<'s, 'a> {
    fn new(scope: &'s Scope<'a>) -> Self {
        Self { scope, arena: Arena::new(scope.node_limit), faults: Vec::new(), variables: Vec::new() }
    }

    fn finish(mut self, text: &str, root: Option<Typed>) -> Result<Program, Vec<Diagnostic>> {
        if self.arena.is_full() {
            let message = format!("a condition has at most {} nodes", self.arena.limit());
            let help = "named conditions count written out".to_owned();
            self.faults.push(fault(parse::whole(text), message, Some(help)));
        }
        if root.is_some() && self.faults.is_empty() {
            return Ok(self.arena.into_program(text));
        }
        self.faults.sort_by_key(|fault| (fault.start, fault.end));
        Err(self.faults)
    }

    fn report(&mut self, span: Span, message: impl Into<String>) {
        self.faults.push(fault(span, message.into(), None));
    }

    fn report_with_help(&mut self, span: Span, message: impl Into<String>, help: impl Into<String>) {
        self.faults.push(fault(span, message.into(), Some(help.into())));
    }

    /// Adds a node. There is none when the program is full, which is told once
    /// at the end, or too deep.
    fn push(&mut self, span: Span, node: Node, ty: Type) -> Option<Typed> {
        match self.arena.push(node, ty) {
            Ok(node) => Some(Typed { node, ty }),
            Err(arena::Refused::Full) => None,
            Err(arena::Refused::Deep) => {
                self.report(span, format!("conditions nest at most {} deep", super::node::MAX_DEPTH));
                None
            }
        }
    }

    fn expr(&mut self, expr: &Expr) -> Option<Typed> {
        let span = expr.span;
        match &expr.kind {
            ExprKind::Bool(value) => self.push(span, Node::Bool(*value), Type::Bool),
            ExprKind::Int(value) => self.push(span, Node::Int(*value), Type::Int),
            ExprKind::Text(text) => self.push(span, Node::Text(text.as_str().into()), Type::String),
            ExprKind::Null => {
                self.report_with_help(span, "`null` is not available", "use `has()`");
                None
            }
            ExprKind::Name(name) => self.name(span, name),
            ExprKind::Select { operand, field } => self.select(span, operand, field),
            ExprKind::Call { name, name_span, target, arguments } => {
                self.call(span, name, *name_span, target.as_deref(), arguments)
            }
            ExprKind::List(items) => self.list(span, items),
            ExprKind::Not(of) => {
                let of = self.typed(of, Type::Bool, "`!`")?;
                self.push(span, Node::Not(of), Type::Bool)
            }
            ExprKind::Negate(of) => self.negate(span, of),
            ExprKind::And(of) => {
                let children = self.logical(of, "`&&`")?;
                let children = self.arena.children(&children)?;
                self.push(span, Node::And(children), Type::Bool)
            }
            ExprKind::Or(of) => {
                let children = self.logical(of, "`||`")?;
                let children = self.arena.children(&children)?;
                self.push(span, Node::Or(children), Type::Bool)
            }
            ExprKind::If { condition, then, otherwise } => self.conditional(span, condition, then, otherwise),
            ExprKind::Binary { operator, left, right } => match operator {
                Operator::Compare(by) => self.compare(span, *by, left, right),
                Operator::In => self.is_in(span, left, right),
                Operator::Add | Operator::Subtract => self.arithmetic(span, *operator, left, right),
            },
            ExprKind::Unsupported(what) => {
                self.report(span, format!("{what} is not available in a condition"));
                None
            }
        }
    }

    /// An operand that must have a type.
    fn typed(&mut self, expr: &Expr, wanted: Type, whose: &str) -> Option<NodeIx> {
        let found = self.expr(expr)?;
        if found.ty == wanted {
            return Some(found.node);
        }
        self.report(expr.span, format!("{whose} needs `{wanted}`; this is `{}`", found.ty));
        None
    }

    /// Compiles `body` with one more variable in reach.
    fn within<T>(
        &mut self,
        span: Span,
        variable: &str,
        ty: Option<Type>,
        body: impl FnOnce(&mut Self, u8) -> Option<T>,
    ) -> Option<T> {
        let slot = u8::try_from(self.variables.len()).unwrap_or(u8::MAX);
        if slot >= MAX_LOOPS {
            self.report(span, format!("more than {MAX_LOOPS} `exists` and `all` stand within one another"));
            return None;
        }
        self.variables.push((variable.to_owned(), ty));
        let compiled = body(self, slot);
        self.variables.pop();
        compiled
    }
}
