//! The one place that prints.
//!
//! Answers go to standard output, messages to standard error. A reader that
//! goes away (`| head`) is no fault: what is left is not printed, and nothing
//! is said about it. Any other answer that cannot be written (a full disk) makes
//! the command fail. Colour is for terminals, and not where `NO_COLOR` is set.

use std::cell::{Cell, RefCell};
use std::fmt::Display;
use std::io::{self, ErrorKind, IsTerminal, Write};

use serde_json::json;

use super::Format;
use super::exit::Failure;

/// Standard output and standard error.
#[derive(Debug)]
pub(super) struct Out {
    /// How answers are printed.
    pub(super) format: Format,
    colored: bool,
    colored_messages: bool,
    /// Why an answer could not be written.
    lost: RefCell<Option<io::Error>>,
    /// Whether an answer for programs has been printed.
    told: Cell<bool>,
}

/// A meaning that has a colour.
#[derive(Clone, Copy, Debug)]
pub(super) enum Tone {
    /// Allowed, passed.
    Good,
    /// Denied, failed.
    Bad,
    /// Beside the point.
    Faint,
}

impl Out {
    /// Looks at what the process prints to.
    pub(super) fn new(format: Format) -> Self {
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
            && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
        Self {
            format,
            colored: wanted && io::stdout().is_terminal(),
            colored_messages: wanted && io::stderr().is_terminal(),
            lost: RefCell::default(),
            told: Cell::default(),
        }
    }

    /// Whether answers may be coloured.
    pub(super) const fn colored(&self) -> bool {
        self.colored
    }

    /// Whether messages may be coloured.
    pub(super) const fn colored_messages(&self) -> bool {
        self.colored_messages
    }

    /// Prints a part of the answer as a line.
    pub(super) fn line(&self, text: impl Display) {
        // Flushed line by line, so that `serve` is heard before it waits.
        if let Err(error) = writeln!(io::stdout().lock(), "{text}")
            && error.kind() != ErrorKind::BrokenPipe
        {
            self.lost.borrow_mut().get_or_insert(error);
        }
    }

    /// Why an answer could not be written, if one could not.
    pub(super) fn lost(&self) -> Option<String> {
        self.lost.borrow().as_ref().map(ToString::to_string)
    }

    /// Prints the answer for programs.
    pub(super) fn json(&self, value: &serde_json::Value) {
        self.told.set(true);
        self.line(format_args!("{value:#}"));
    }

    /// Tells why there is no answer; programs get one all the same, if they have not
    /// had one that says more.
    pub(super) fn failure(&self, failure: &Failure) {
        if self.format == Format::Json && !self.told.get() {
            let code = failure.exit.name();
            self.json(&json!({ "error": { "code": code, "message": failure.message } }));
        }
        self.message(&failure.message);
    }

    /// Tells the person at the terminal something beside the answer.
    pub(super) fn message(&self, text: impl Display) {
        // There is nobody to tell that a message could not be told.
        let _ = writeln!(io::stderr().lock(), "{text}");
    }

    /// A word of an answer, coloured if answers are.
    pub(super) fn paint(&self, tone: Tone, text: impl Display) -> String {
        let code = match tone {
            Tone::Good => "32",
            Tone::Bad => "31",
            Tone::Faint => "2",
        };
        if self.colored { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_string() }
    }
}
