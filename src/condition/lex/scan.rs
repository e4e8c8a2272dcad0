//! One token after another: white space, comments, names, numbers, texts and
//! signs, as CEL's lexical grammar has them.

use super::{TokenKind, fault};
use crate::condition::ast::Span;
use crate::condition::scope::Diagnostic;

/// What is left of the text.
pub(super) struct Scanner<'t> {
    text: &'t str,
    at: usize,
}

/// The signs, longest first, with what they are.
const SIGNS: [(&str, TokenKind); 25] = [
    ("&&", TokenKind::Logical),
    ("||", TokenKind::Logical),
    ("==", TokenKind::Operator),
    ("!=", TokenKind::Operator),
    ("<=", TokenKind::Operator),
    (">=", TokenKind::Operator),
    ("<", TokenKind::Operator),
    (">", TokenKind::Operator),
    ("+", TokenKind::Operator),
    ("*", TokenKind::Operator),
    ("/", TokenKind::Operator),
    ("%", TokenKind::Operator),
    ("-", TokenKind::Minus),
    ("!", TokenKind::Not),
    ("?", TokenKind::Conditional),
    (":", TokenKind::Conditional),
    (",", TokenKind::Comma),
    (".", TokenKind::Dot),
    ("(", TokenKind::Open),
    ("[", TokenKind::Open),
    ("{", TokenKind::Open),
    (")", TokenKind::Close),
    ("]", TokenKind::Close),
    ("}", TokenKind::Close),
    // The escape of a field's name, which the parser is told to refuse.
    ("`", TokenKind::Operand),
];

impl<'t> Scanner<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    /// The next token, or what is wrong with it; `None` at the end.
    pub(super) fn next_token(&mut self) -> Option<Result<(TokenKind, Span), Diagnostic>> {
        self.skip_blank();
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
        let token = if let Some(body) = quoted(rest) {
            match quoted_len(body.text, body.raw) {
                Some(len) => Ok((TokenKind::Operand, body.prefix.saturating_add(len))),
                None => Err("this text is never closed"),
            }
        } else if starts_number(rest) {
            Ok((TokenKind::Operand, number_len(rest)))
        } else if let len @ 1.. = word_len(rest) {
            let word = rest.get(..len).unwrap_or_default();
            Ok((if word == "in" { TokenKind::In } else { TokenKind::Operand }, len))
        } else if let Some((sign, kind)) = SIGNS.iter().find(|(sign, _)| rest.starts_with(sign)) {
            Ok((*kind, sign.len()))
        } else {
            return Some(Err(self.stray(rest)));
        };
        Some(match token {
            Ok((kind, len)) => Ok((kind, self.take(len))),
            Err(message) => {
                let span = self.take(rest.len());
                Err(fault(span, message.to_owned(), None))
            }
        })
    }

    fn skip_blank(&mut self) {
        while let Some(rest) = self.text.get(self.at..) {
            let blank =
                rest.len().saturating_sub(rest.trim_start_matches([' ', '\t', '\r', '\n', '\u{c}']).len());
            let comment = rest.get(blank..).filter(|rest| rest.starts_with("//"));
            let skipped = comment
                .map_or(blank, |comment| blank.saturating_add(comment.find('\n').unwrap_or(comment.len())));
            if skipped == 0 {
                return;
            }
            self.at = self.at.saturating_add(skipped);
        }
    }

    fn take(&mut self, len: usize) -> Span {
        let start = self.at;
        self.at = self.at.saturating_add(len);
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Span { start: offset(start), end: offset(self.at) }
    }

    /// What begins no token.
    fn stray(&mut self, rest: &str) -> Diagnostic {
        let character = rest.chars().next().unwrap_or_default();
        let span = self.take(character.len_utf8());
        let help = match character {
            '=' => Some("write `==`".to_owned()),
            '&' => Some("write `&&`".to_owned()),
            '|' => Some("write `||`".to_owned()),
            _ => None,
        };
        fault(span, format!("unexpected `{}`", character.escape_debug()), help)
    }
}

/// A text literal from its first quote on.
struct Quoted<'t> {
    prefix: usize,
    raw: bool,
    text: &'t str,
}

/// The text literal that stands here, if one does: `"a"`, `'a'`, `r"a"`, `b"a"`.
fn quoted(rest: &str) -> Option<Quoted<'_>> {
    let text = rest.trim_start_matches(['r', 'R', 'b', 'B']);
    let prefix = rest.len().checked_sub(text.len()).filter(|len| *len <= 2)?;
    let raw = rest.get(..prefix)?.contains(['r', 'R']);
    text.starts_with(['"', '\'']).then_some(Quoted { prefix, raw, text })
}

/// How long a text literal is, quotes included; `None` when it is never closed.
fn quoted_len(text: &str, raw: bool) -> Option<usize> {
    let triple = ["\"\"\"", "'''"].into_iter().find(|quotes| text.starts_with(quotes));
    let quotes = match triple {
        Some(quotes) => quotes,
        None => text.get(..1)?,
    };
    let mut at = quotes.len();
    loop {
        let rest = text.get(at..)?;
        if rest.starts_with(quotes) {
            return Some(at.saturating_add(quotes.len()));
        }
        let mut characters = rest.chars();
        let first = characters.next()?;
        let escaped = if first == '\\' && !raw { characters.next()?.len_utf8() } else { 0 };
        if triple.is_none() && matches!(first, '\n' | '\r') {
            return None;
        }
        at = at.saturating_add(first.len_utf8()).saturating_add(escaped);
    }
}

fn starts_number(rest: &str) -> bool {
    let mut bytes = rest.bytes();
    match bytes.next() {
        Some(b'.') => bytes.next().is_some_and(|second| second.is_ascii_digit()),
        first => first.is_some_and(|first| first.is_ascii_digit()),
    }
}

/// A number with all that clings to it, so that a fault underlines the whole.
fn number_len(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let mut len: usize = 0;
    while let Some(byte) = bytes.get(len) {
        let next_is_digit = bytes.get(len.saturating_add(1)).is_some_and(u8::is_ascii_digit);
        let before = len.checked_sub(1).and_then(|before| bytes.get(before));
        let of_exponent = matches!(before, Some(b'e' | b'E')) && !rest.starts_with("0x");
        let belongs = match byte {
            b'.' => next_is_digit,
            b'+' | b'-' => of_exponent && next_is_digit,
            byte => byte.is_ascii_alphanumeric() || *byte == b'_',
        };
        if !belongs {
            break;
        }
        len = len.saturating_add(1);
    }
    len
}

fn word_len(rest: &str) -> usize {
    rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count()
}
