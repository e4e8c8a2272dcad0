//! Tokens and brackets: what must hold before the grammar is asked.
//!
//! The parser's own faults are terse and its recursion follows the text, so
//! this pass goes first. It finds what is no token at all, what is not closed
//! and what is nested too deep, each with a friendly word; and it keeps the
//! tokens, which tell where a call ends and what stood at a fault.
//!
//! Invariants of what is handed on:
//!
//! 1. *Balanced.* Every bracket has its partner.
//! 2. *Shallow.* A tree of it is no deeper than [`MAX_NESTING`].
//! 3. *Whole tokens.* A token begins and ends between characters.
//!
//! It reads no grammar: `a b` passes.

mod scan;

use super::ast::Span;
use super::scope::Diagnostic;
use scan::Scanner;

/// How deep a tree of the text can be, counted from above: operators in a row
/// count, as `a + b + c` is a tree that leans.
const MAX_NESTING: u32 = 256;

/// How many brackets may stand open at once.
const MAX_OPEN: usize = 64;

/// A token.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) span: Span,
    /// The place of the partner, for a bracket.
    pub(super) partner: Option<usize>,
}

/// As much of what a token is as the passes here need.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum TokenKind {
    /// A name, a number, a text: what can be an operand.
    Operand,
    /// The word `in`.
    In,
    Open,
    Close,
    Comma,
    /// `&&` or `||`, whose operands stand side by side, not in a row.
    Logical,
    /// `?` or `:`
    Conditional,
    Not,
    Minus,
    Dot,
    /// Any other operator.
    Operator,
}

/// How long any text may be, in tokens.
const MAX_TOKENS: usize = 1 << 16;

/// How many tokens a node can take, brackets included.
const TOKENS_A_NODE: usize = 16;

/// Splits the text into tokens. Text with more of them than `nodes` can need
/// is not read to its end.
pub(super) fn lex(text: &str, nodes: usize) -> Result<Vec<Token>, Vec<Diagnostic>> {
    let max_tokens = nodes.saturating_mul(TOKENS_A_NODE).min(MAX_TOKENS);
    let mut tokens = Vec::new();
    let mut scanner = Scanner::new(text);
    while let Some(next) = scanner.next_token() {
        let (kind, span) = next.map_err(|fault| vec![fault])?;
        tokens.push(Token { kind, span, partner: None });
        if tokens.len() > max_tokens {
            let message = format!("the condition is too long for {nodes} nodes");
            return Err(vec![fault(span, message, None)]);
        }
    }
    pair_brackets(text, &mut tokens)?;
    check_nesting(&tokens)?;
    check_doubles(text, &tokens)?;
    Ok(tokens)
}

/// Finds each bracket's partner.
fn pair_brackets(text: &str, tokens: &mut [Token]) -> Result<(), Vec<Diagnostic>> {
    let mut open: Vec<(usize, Token)> = Vec::new();
    let mut pairs = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        match token.kind {
            TokenKind::Open => open.push((at, *token)),
            TokenKind::Close => {
                let Some((partner, opening)) = open.pop() else {
                    let message = format!("unexpected `{}`; nothing is open", slice(text, token.span));
                    return Err(vec![fault(token.span, message, None)]);
                };
                let wanted = closing(slice(text, opening.span));
                if slice(text, token.span) != wanted {
                    let message = format!("unexpected `{}`; expected `{wanted}`", slice(text, token.span));
                    return Err(vec![fault(token.span, message, None)]);
                }
                pairs.push((partner, at));
            }
            _ => {}
        }
        if open.len() > MAX_OPEN {
            let message = format!("more than {MAX_OPEN} brackets are open here");
            return Err(vec![fault(token.span, message, None)]);
        }
    }
    if let Some((_, opening)) = open.last() {
        let message = format!("`{}` is never closed", slice(text, opening.span));
        return Err(vec![fault(opening.span, message, None)]);
    }
    for (one, other) in pairs {
        if let Some(token) = tokens.get_mut(one) {
            token.partner = Some(other);
        }
        if let Some(token) = tokens.get_mut(other) {
            token.partner = Some(one);
        }
    }
    Ok(())
}

/// Bounds the depth of the tree, whatever the precedence of its operators:
/// within brackets it is at most the operators between two `&&` or `||`, and
/// the `?:` between two commas.
fn check_nesting(tokens: &[Token]) -> Result<(), Vec<Diagnostic>> {
    #[derive(Clone, Copy, Default)]
    struct Level {
        row: u32,
        conditionals: u32,
    }
    let mut around: Vec<Level> = Vec::new();
    let mut level = Level::default();
    // What the levels around add up to.
    let mut depth: u32 = 0;
    for token in tokens {
        match token.kind {
            TokenKind::Operand => {}
            TokenKind::Comma => level = Level::default(),
            TokenKind::Logical => level.row = 0,
            TokenKind::Conditional => {
                level = Level { row: 0, conditionals: level.conditionals.saturating_add(1) };
            }
            TokenKind::In | TokenKind::Not | TokenKind::Minus | TokenKind::Dot | TokenKind::Operator => {
                level.row = level.row.saturating_add(1);
            }
            TokenKind::Open => {
                level.row = level.row.saturating_add(1);
                depth = depth.saturating_add(level.row).saturating_add(level.conditionals);
                around.push(level);
                level = Level::default();
            }
            TokenKind::Close => {
                level = around.pop().unwrap_or_default();
                depth = depth.saturating_sub(level.row.saturating_add(level.conditionals));
            }
        }
        if depth.saturating_add(level.row).saturating_add(level.conditionals) > MAX_NESTING {
            return Err(vec![too_deep(token.span)]);
        }
    }
    Ok(())
}

/// Refuses `!!a` and `--a`: the grammar drops both signs, and with them the
/// check of what they stand before.
fn check_doubles(text: &str, tokens: &[Token]) -> Result<(), Vec<Diagnostic>> {
    let mut faults = Vec::new();
    let mut before: Option<Token> = None;
    let mut before_is_prefix = false;
    for token in tokens {
        let after_operand =
            before.is_some_and(|before| matches!(before.kind, TokenKind::Operand | TokenKind::Close));
        let is_prefix = matches!(token.kind, TokenKind::Not | TokenKind::Minus) && !after_operand;
        if let Some(before) = before
            && is_prefix
            && before_is_prefix
            && before.kind == token.kind
        {
            let sign = slice(text, token.span);
            let message = format!("`{sign}{sign}` undoes itself");
            faults.push(fault(before.span.to(token.span), message, Some("leave both out".to_owned())));
        }
        before = Some(*token);
        before_is_prefix = is_prefix;
    }
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

/// A fault at a place.
pub(super) fn fault(span: Span, message: String, help: Option<String>) -> Diagnostic {
    Diagnostic { start: span.start, end: span.end, message, help }
}

/// The fault of a tree that is too deep.
pub(super) fn too_deep(span: Span) -> Diagnostic {
    fault(span, format!("the text of a condition nests at most {MAX_NESTING} deep"), None)
}

/// The text in a range; empty for a range of another text.
pub(super) fn slice(text: &str, span: Span) -> &str {
    let range =
        usize::try_from(span.start).unwrap_or(usize::MAX)..usize::try_from(span.end).unwrap_or(usize::MAX);
    text.get(range).unwrap_or_default()
}

fn closing(opening: &str) -> &'static str {
    match opening {
        "(" => ")",
        "[" => "]",
        _ => "}",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_exact() {
        let row = |count: usize| vec!["a"; count + 1].join(" + ");
        let deepest = usize::try_from(MAX_NESTING).unwrap();
        let texts = [
            (vec!["a"; TOKENS_A_NODE].join(" "), 1, true),
            (vec!["a"; TOKENS_A_NODE + 1].join(" "), 1, false),
            (row(deepest), 1000, true),
            (row(deepest + 1), 1000, false),
            (["(".repeat(MAX_OPEN), ")".repeat(MAX_OPEN)].concat(), 1000, true),
            (["(".repeat(MAX_OPEN + 1), ")".repeat(MAX_OPEN + 1)].concat(), 1000, false),
        ];
        for (text, nodes, is_read) in texts {
            assert_eq!(lex(&text, nodes).is_ok(), is_read, "{text}");
        }
    }
}
