//! The parser's faults, in words.
//!
//! The parser lists what it could have taken at a place, dozens of tokens of
//! which none is the one meant. What helps is where it stopped and whether an
//! operand or an operator was due there, which the token before tells.
//! Of its syntax faults only the first is told: it guesses after that.

use cel::{ParseError, ParseErrors};

use super::token_at;
use crate::condition::ast::Span;
use crate::condition::lex::{self, Token, TokenKind};
use crate::condition::scope::Diagnostic;

/// Says what the parser did not take.
pub(super) fn explain(text: &str, tokens: &[Token], faults: &ParseErrors) -> Vec<Diagnostic> {
    let syntax = faults.errors.iter().find(|fault| is_syntax(fault));
    if let Some(fault) = syntax {
        return vec![unexpected(text, tokens, place(text, fault.pos))];
    }
    let mut told: Vec<Diagnostic> =
        faults.errors.iter().filter_map(|fault| literal(text, tokens, fault)).collect();
    if told.is_empty() {
        let message = "this is not an expression".to_owned();
        told.push(lex::fault(super::whole(text), message, None));
    }
    told
}

fn is_syntax(fault: &ParseError) -> bool {
    fault.msg.starts_with("Syntax error") || fault.msg.starts_with("error recovery")
}

/// A fault that the parser finds in a token of its own.
fn literal(text: &str, tokens: &[Token], fault: &ParseError) -> Option<Diagnostic> {
    let at = place(text, fault.pos);
    let span = token_at(tokens, at).and_then(|at| tokens.get(at)).map(|token| token.span);
    let span = span.unwrap_or(Span { start: at, end: at });
    let word = lex::slice(text, span);
    let (message, help) = if fault.msg.starts_with("reserved identifier") {
        (format!("`{word}` is a reserved word"), None)
    } else if fault.msg.starts_with("invalid int") {
        (format!("`{word}` does not fit in 64 bits"), None)
    } else if fault.msg.starts_with("invalid string") {
        return Some(bad_escape(span));
    } else if fault.msg.starts_with("invalid") {
        (format!("`{word}` is not available"), None)
    } else if fault.msg.contains("ecursion") {
        return Some(lex::too_deep(span));
    } else if fault.msg.starts_with("unsupported") {
        (format!("unexpected `{word}`"), None)
    } else {
        return None;
    };
    Some(lex::fault(span, message, help))
}

/// The token at a place, or the end, where another was due.
fn unexpected(text: &str, tokens: &[Token], at: u32) -> Diagnostic {
    let index = tokens.partition_point(|token| token.span.end <= at);
    let before = index.checked_sub(1).and_then(|before| tokens.get(before));
    let operand_before =
        before.is_some_and(|token| matches!(token.kind, TokenKind::Operand | TokenKind::Close));
    let due = if operand_before { "an operator" } else { "an expression" };
    let Some(token) = tokens.get(index) else {
        let end = super::whole(text).end;
        let message = format!("unexpected end; expected {due}");
        return lex::fault(Span { start: end, end }, message, None);
    };
    let word = lex::slice(text, token.span);
    if !operand_before && token.kind == TokenKind::Operand && word.ends_with(['"', '\'']) {
        return bad_escape(token.span);
    }
    let word_before = before.map_or("", |token| lex::slice(text, token.span));
    let help = match (word_before, word) {
        (_, "and") if operand_before => Some("write `&&`".to_owned()),
        (_, "or") if operand_before => Some("write `||`".to_owned()),
        ("not", _) => Some("write `!`".to_owned()),
        _ => None,
    };
    lex::fault(token.span, format!("unexpected `{word}`; expected {due}"), help)
}

/// A text that the lexer here took and the parser did not: all that can be
/// wrong with it is an escape.
fn bad_escape(span: Span) -> Diagnostic {
    let help = "write `\\\\` for a backslash".to_owned();
    lex::fault(span, "this text has an escape that is none".to_owned(), Some(help))
}

/// The byte of a line and a column, both counted from 1, columns in characters.
fn place(text: &str, (line, column): (isize, isize)) -> u32 {
    let lines_before = usize::try_from(line).unwrap_or(1).saturating_sub(1);
    let characters_before = usize::try_from(column).unwrap_or(1).saturating_sub(1);
    let line_start: usize = text.split_inclusive('\n').take(lines_before).map(str::len).sum();
    let within: usize =
        text.get(line_start..).unwrap_or_default().chars().take(characters_before).map(char::len_utf8).sum();
    u32::try_from(line_start.saturating_add(within)).unwrap_or(u32::MAX)
}
