//! Where the text of a scalar stands in its source, stretch by stretch.
//!
//! YAML undoes escapes, drops indentation and folds lines, so the bytes of a
//! scalar's text are not the bytes that follow one another in the source. The
//! two are walked side by side here; a new pair is noted wherever they part.
//! Should they ever disagree, the last pair stands for the rest: a place is
//! then too far left, never out of bounds.

use super::{Node, Scalar, Style};

/// Pairs of an offset in the text and an offset in the source, ascending.
/// Between two pairs both advance together.
pub(crate) fn offsets(node: &Node, scalar: &Scalar, source: &str) -> Vec<(u32, u32)> {
    let range = usize::try_from(node.at.start).ok().zip(usize::try_from(node.at.end).ok());
    let Some((start, raw)) = range.and_then(|(start, end)| Some((start, source.get(start..end)?))) else {
        return Vec::new();
    };
    let mut walk = Walk { text: &scalar.text, raw, text_at: 0, raw_at: 0, pairs: Vec::new(), base: start };
    match scalar.style {
        Style::Plain => walk.flow(None),
        Style::Single => {
            walk.raw_at = 1;
            walk.flow(Some('\''));
        }
        Style::Double => {
            walk.raw_at = 1;
            walk.flow(Some('"'));
        }
        Style::Literal | Style::Folded => {
            let line = source.get(..start).unwrap_or_default();
            let indent = line.rsplit('\n').next().map_or(0, |before| before.chars().count());
            walk.block(indent);
        }
    }
    // What follows the last character, for it may be an escape.
    walk.note();
    walk.pairs
}

struct Walk<'a> {
    text: &'a str,
    raw: &'a str,
    text_at: usize,
    raw_at: usize,
    pairs: Vec<(u32, u32)>,
    base: usize,
}

impl Walk<'_> {
    /// Plain and quoted scalars: lines fold to blanks, quotes may be escaped.
    fn flow(&mut self, quote: Option<char>) {
        while let (Some(wanted), Some(found)) = (self.peek_text(), self.peek_raw()) {
            if quote == Some('"') && found == '\\' {
                if !self.escape() {
                    return;
                }
            } else if quote == Some('\'') && found == '\'' {
                self.note();
                self.raw_at = self.raw_at.saturating_add(2);
                self.skip_text();
            } else if is_break(found) || (found.is_ascii_whitespace() && self.breaks_ahead()) {
                self.fold(quote == Some('"'));
            } else if wanted == found {
                self.note();
                self.skip_text();
                self.skip_raw();
            } else {
                return;
            }
        }
    }

    /// Block scalars: each line gives up its indentation.
    fn block(&mut self, indent: usize) {
        // The place begins with the first line that has something on it.
        while self.peek_text() == Some('\n') && !self.peek_raw().is_some_and(is_break) {
            self.skip_text();
        }
        while let (Some(wanted), Some(found)) = (self.peek_text(), self.peek_raw()) {
            if is_break(found) {
                while self.peek_raw().is_some_and(is_break) {
                    self.skip_raw();
                    self.skip_indent(indent);
                }
                if self.peek_text() == Some(' ') && self.peek_raw() != Some(' ') {
                    self.skip_text();
                }
                while self.peek_text() == Some('\n') {
                    self.skip_text();
                }
            } else if wanted == found {
                self.note();
                self.skip_text();
                self.skip_raw();
            } else {
                return;
            }
        }
    }

    /// One escape of a double-quoted scalar; `false` if it is none known.
    fn escape(&mut self) -> bool {
        let rest = self.raw.get(self.raw_at.saturating_add(1)..).unwrap_or_default();
        let Some(letter) = rest.chars().next() else { return false };
        let length: usize = match letter {
            'x' => 4,
            'u' => 6,
            'U' => 10,
            found if is_break(found) => {
                // An escaped line break stands for nothing at all.
                self.raw_at = self.raw_at.saturating_add(1);
                while self.peek_raw().is_some_and(|c| c.is_ascii_whitespace()) {
                    self.skip_raw();
                }
                return true;
            }
            other => other.len_utf8().saturating_add(1),
        };
        self.note();
        self.raw_at = self.raw_at.saturating_add(length);
        self.skip_text();
        true
    }

    /// Line breaks with the blanks around them, against the blank or the line
    /// feeds that they fold to.
    fn fold(&mut self, double: bool) {
        while self.peek_raw().is_some_and(|c| c.is_ascii_whitespace()) {
            self.skip_raw();
        }
        // Before an escape nothing more than the fold itself may be skipped.
        let escaped = double && self.peek_raw() == Some('\\');
        if self.peek_text() == Some(' ') {
            self.skip_text();
        } else {
            while self.peek_text() == Some('\n') {
                self.skip_text();
                if escaped {
                    break;
                }
            }
        }
    }

    fn skip_indent(&mut self, indent: usize) {
        for _ in 0..indent {
            if self.peek_raw() != Some(' ') {
                break;
            }
            self.skip_raw();
        }
    }

    /// Whether only blanks stand between here and the end of the line.
    fn breaks_ahead(&self) -> bool {
        let rest = self.raw.get(self.raw_at..).unwrap_or_default();
        rest.chars().find(|c| !matches!(c, ' ' | '\t')).is_some_and(is_break)
    }

    /// Notes that text and source stand here, unless that follows.
    fn note(&mut self) {
        let here = (narrow(self.text_at), narrow(self.base.saturating_add(self.raw_at)));
        let follows =
            self.pairs.last().is_some_and(|last| here.0.wrapping_sub(last.0) == here.1.wrapping_sub(last.1));
        if !follows {
            self.pairs.push(here);
        }
    }

    fn peek_text(&self) -> Option<char> {
        self.text.get(self.text_at..)?.chars().next()
    }

    fn peek_raw(&self) -> Option<char> {
        self.raw.get(self.raw_at..)?.chars().next()
    }

    fn skip_text(&mut self) {
        self.text_at = self.text_at.saturating_add(self.peek_text().map_or(0, char::len_utf8));
    }

    fn skip_raw(&mut self) {
        self.raw_at = self.raw_at.saturating_add(self.peek_raw().map_or(0, char::len_utf8));
    }
}

const fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r')
}

fn narrow(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}
