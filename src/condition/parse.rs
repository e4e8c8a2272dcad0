//! Text to [`Expr`]: the one place that knows the `cel` crate.
//!
//! `cel` parses; its tree is turned into ours at once, with positions that
//! cover what they are about (its own mark a selection by the dot and a call
//! by the bracket). Macros are not expanded, so `exists` and `has` arrive as
//! the calls they are written as.
//!
//! Nothing here resolves a name or checks a type.

mod convert;
mod syntax;

use cel::Env;

use super::ast::{Expr, Span};
use super::lex::{self, Token};
use super::scope::Diagnostic;
use convert::Converter;

/// Reads an expression. Text that has more tokens than `nodes` can need is
/// refused unread.
pub(super) fn parse(text: &str, nodes: usize) -> Result<Expr, Vec<Diagnostic>> {
    let tokens = lex::lex(text, nodes)?;
    if tokens.is_empty() {
        let message = "the condition is empty; expected an expression".to_owned();
        return Err(vec![lex::fault(whole(text), message, None)]);
    }
    // An environment of its own has no macros and no optional syntax.
    let parser = Env::default().with_optional_support(false).parser();
    match parser.parse_with_source_info(text) {
        Ok((tree, source)) => Ok(Converter::new(&tokens, &source).expr(&tree)),
        Err(faults) => Err(syntax::explain(text, &tokens, &faults)),
    }
}

/// The tree of an expression that has been checked: for whoever translates it.
/// `None` for what is no expression.
pub(crate) fn read(text: &str) -> Option<Expr> {
    parse(text, usize::from(u16::MAX)).ok()
}

/// The range of the whole text.
pub(super) fn whole(text: &str) -> Span {
    Span { start: 0, end: u32::try_from(text.len()).unwrap_or(u32::MAX) }
}

/// The place among `tokens` of the one that begins at `start`.
fn token_at(tokens: &[Token], start: u32) -> Option<usize> {
    tokens.binary_search_by_key(&start, |token| token.span.start).ok()
}
