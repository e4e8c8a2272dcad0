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
        let before = source.text.get(..start)?;
        let line_start = before.rfind('\n').map_or(0, |at| at.saturating_add(1));
        let line = source.text.get(line_start..)?.lines().next().unwrap_or_default();
        let column = source.text.get(line_start..start)?.chars().count();
        let spanned = source.text.get(start..end)?.lines().next().unwrap_or_default().chars().count();
        let line_width = line.chars().count();
        // A place at the end of a line still gets a caret, just behind it.
        let width = spanned.min(line_width.saturating_sub(column)).max(1);
        let skip = if line_width > WINDOW { column.saturating_sub(WINDOW / 4) } else { 0 };
        let mut shown: String =
            line.chars().skip(skip).take(WINDOW).map(|c| if c.is_control() { ' ' } else { c }).collect();
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
            line: source.text.get(..line_start)?.matches('\n').count().saturating_add(1),
            column: column.saturating_add(1),
            shown,
            before,
            width: width.min(WINDOW),
        })
    }
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
