//! Diagnostics for people and for tools.

use std::fmt::Write as _;

use serde::Serialize;

use super::diagnostic::{Diagnostic, Severity};
use super::source::Sources;

/// The most characters of a source line that are shown.
const WINDOW: usize = 160;

/// A diagnostic with its place counted in lines and characters.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Located {
    /// The source's path; `None` for what no text says.
    pub path: Option<String>,
    /// The line, from 1.
    pub line: Option<usize>,
    /// The column in characters, from 1.
    pub column: Option<usize>,
    /// `fault` or `warning`.
    pub severity: &'static str,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

/// Counts where a diagnostic stands.
#[must_use]
pub fn locate(diagnostic: &Diagnostic, sources: &Sources) -> Located {
    let found = Spot::find(diagnostic, sources);
    Located {
        path: found.as_ref().map(|spot| spot.path.to_owned()),
        line: found.as_ref().map(|spot| spot.line),
        column: found.as_ref().map(|spot| spot.column),
        severity: diagnostic.severity.name(),
        message: diagnostic.message.clone(),
        help: diagnostic.help.clone(),
    }
}

/// A diagnostic as text: what is wrong and where, the source line with the
/// place underlined, what to do about it. Ends with a line feed.
#[must_use]
pub fn render(diagnostic: &Diagnostic, sources: &Sources, color: bool) -> String {
    let paint = Paint { color, severity: diagnostic.severity };
    let mut text = String::new();
    let spot = Spot::find(diagnostic, sources);
    if let Some(spot) = &spot {
        let _ = write!(text, "{}:{}:{}: ", spot.path, spot.line, spot.column);
    }
    let _ =
        writeln!(text, "{}: {}", paint.severity(diagnostic.severity.name()), paint.bold(&diagnostic.message));
    if let Some(spot) = &spot {
        let number = spot.line.to_string();
        let _ = writeln!(text, "{} {}", paint.margin(&format!("{number} |")), spot.shown);
        let pad = " ".repeat(spot.before);
        let blank = " ".repeat(number.len());
        let _ = writeln!(
            text,
            "{} {pad}{}",
            paint.margin(&format!("{blank} |")),
            paint.severity(&"^".repeat(spot.width))
        );
    }
    if let Some(help) = &diagnostic.help {
        let _ = writeln!(text, "{} {help}", paint.margin("help:"));
    }
    text
}

/// A place in a text, counted.
struct Spot<'a> {
    path: &'a str,
    line: usize,
    column: usize,
    /// What is shown of the line.
    shown: String,
    /// How many characters of that stand before the place.
    before: usize,
    /// How many characters of that are the place; at least one.
    width: usize,
}

impl<'a> Spot<'a> {
    fn find(diagnostic: &Diagnostic, sources: &'a Sources) -> Option<Self> {
        let source = sources.of(diagnostic.at)?;
        let start = boundary(&source.text, diagnostic.at.start);
        let end = boundary(&source.text, diagnostic.at.end).max(start);
        let line = sources.line(diagnostic.at)?;
        let count = |start, end| sources.characters(diagnostic.at, start, end);
        let column = count(line.start, start)?;
        let spanned = count(start, end.min(line.end).max(start))?;
        let line_width = count(line.start, line.end)?;
        // A place at the end of a line still gets a caret, just behind it.
        let width = spanned.min(line_width.saturating_sub(column)).max(1);
        let skip = if line_width > WINDOW { column.saturating_sub(WINDOW / 4) } else { 0 };
        let first = if skip == 0 {
            line.start
        } else {
            back(source.text.get(line.start..start)?, WINDOW / 4, line.start)
        };
        let rest = source.text.get(first..line.end.max(first))?;
        let mut shown: String =
            rest.chars().take(WINDOW).map(|c| if c.is_control() { ' ' } else { c }).collect();
        let mut before = column.saturating_sub(skip);
        if skip > 0 {
            shown.insert(0, '…');
            before = before.saturating_add(1);
        }
        if line_width > skip.saturating_add(WINDOW) {
            shown.push('…');
        }
        Some(Self {
            path: &source.path,
            line: line.number,
            column: column.saturating_add(1),
            shown,
            before,
            width: width.min(WINDOW),
        })
    }
}

/// Where the last `count` characters of a text begin that itself begins at `base`.
fn back(text: &str, count: usize, base: usize) -> usize {
    let last = text.char_indices().rev().take(count).last();
    base.saturating_add(last.map_or(text.len(), |(at, _)| at))
}

/// An offset as an index of the text, moved left to a character's boundary.
fn boundary(text: &str, offset: u32) -> usize {
    let mut at = usize::try_from(offset).unwrap_or(usize::MAX).min(text.len());
    while !text.is_char_boundary(at) {
        at = at.saturating_sub(1);
    }
    at
}

struct Paint {
    color: bool,
    severity: Severity,
}

impl Paint {
    fn severity(&self, text: &str) -> String {
        let code = if self.severity == Severity::Fault { "1;31" } else { "1;33" };
        self.with(code, text)
    }

    fn bold(&self, text: &str) -> String {
        self.with("1", text)
    }

    fn margin(&self, text: &str) -> String {
        self.with("1;34", text)
    }

    fn with(&self, code: &str, text: &str) -> String {
        if self.color { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::place::Place;
    use crate::document::source::Source;

    #[track_caller]
    fn check(text: &str, start: u32, end: u32, expected: &str) {
        let sources = Sources::new(vec![Source { path: "a.yaml".to_owned(), text: text.to_owned() }]);
        let at = Place { source: 1, start, end };
        let diagnostic =
            Diagnostic { at, severity: Severity::Fault, message: "it is wrong".to_owned(), help: None };
        assert_eq!(render(&diagnostic, &sources, false), expected);
    }

    #[test]
    fn columns_count_characters() {
        check("žluť: č\n", 8, 10, "a.yaml:1:7: fault: it is wrong\n1 | žluť: č\n  |       ^\n");
        check("a\n\tb\n", 3, 4, "a.yaml:2:2: fault: it is wrong\n2 |  b\n  |  ^\n");
    }

    #[test]
    fn every_place_has_a_caret() {
        check("a: \nb", 3, 3, "a.yaml:1:4: fault: it is wrong\n1 | a: \n  |    ^\n");
        check("a\nb\n", 4, 4, "a.yaml:3:1: fault: it is wrong\n3 | \n  | ^\n");
        check("", 0, 0, "a.yaml:1:1: fault: it is wrong\n1 | \n  | ^\n");
        check("abc\ndef\n", 1, 7, "a.yaml:1:2: fault: it is wrong\n1 | abc\n  |  ^^\n");
        check("ab\r\ncd", 1, 3, "a.yaml:1:2: fault: it is wrong\n1 | ab\n  |  ^\n");
    }

    #[test]
    fn a_place_no_text_has_is_moved_into_it() {
        check("č", 1, 99, "a.yaml:1:1: fault: it is wrong\n1 | č\n  | ^\n");
    }

    #[test]
    fn long_lines_are_cut() {
        let text = format!("{}x{}", "a".repeat(300), "b".repeat(300));
        let sources = Sources::new(vec![Source { path: "a.yaml".to_owned(), text }]);
        let at = Place { source: 1, start: 300, end: 301 };
        let diagnostic = Diagnostic {
            at,
            severity: Severity::Warning,
            message: "long".to_owned(),
            help: Some("cut".to_owned()),
        };
        let rendered = render(&diagnostic, &sources, false);
        let lines: Vec<&str> = rendered.lines().collect();
        assert_eq!(lines[0], "a.yaml:1:301: warning: long");
        assert_eq!(lines[1].chars().count(), "1 | ".len() + WINDOW + 2);
        assert_eq!(lines[1].chars().position(|c| c == 'x'), lines[2].find('^'));
        assert_eq!(lines[3], "help: cut");
    }

    #[test]
    fn columns_of_a_long_line_are_those_counted_one_by_one() {
        let text = format!("ab\n{}\r\nc", "ačž𝄞".repeat(1000));
        let sources = Sources::new(vec![Source { path: "a.yaml".to_owned(), text: text.clone() }]);
        for (nth, (at, _)) in text.char_indices().skip(3).take(4000).enumerate() {
            let start = u32::try_from(at).unwrap();
            let at = Place { source: 1, start, end: start };
            assert_eq!(sources.position(at).map(|found| (found.line, found.column)), Some((2, nth + 1)));
        }
    }

    #[test]
    fn what_stands_nowhere_has_no_place() {
        let diagnostic = Diagnostic {
            at: Place::NOWHERE,
            severity: Severity::Tolerated,
            message: "it is odd".to_owned(),
            help: None,
        };
        assert_eq!(render(&diagnostic, &Sources::default(), false), "warning: it is odd\n");
        assert_eq!(
            render(&diagnostic, &Sources::default(), true),
            "\u{1b}[1;33mwarning\u{1b}[0m: \u{1b}[1mit is odd\u{1b}[0m\n"
        );
    }
}
