//! Where a conversion is in a message: paths that cost nothing until somebody
//! wants to see one, and places that count what was met.
//!
//! Invariants:
//!
//! 1. A path lives on the stack. It becomes text for a fault, or for a place that
//!    is looked for, and else never.
//! 2. The same message counts the same. So a place that the core hands back becomes
//!    a path by reading the message again and looking out for that count.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::decide::{FaultKind, FieldFault};
use crate::document::{Place, Spanned};

/// The most faults that are told of one message. A message of nothing but faults
/// must not become many times its size.
const MOST_FAULTS: usize = 1000;
/// The most characters of a name in a path.
const SHOWN: usize = 64;
/// Lists up to this long are searched for repeats without a set.
const SHORT: usize = 8;

/// Where in a message a conversion is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Path<'a> {
    above: Option<&'a Path<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Step<'a> {
    /// `.roles`
    Field(&'static str),
    /// `[3]`
    Item(usize),
    /// `[sales]`
    Key(&'a str),
    /// `.department`: what attributes are named by.
    Name(&'a str),
}

impl Path<'static> {
    /// A field that no message is around.
    pub(super) const fn root(field: &'static str) -> Self {
        Self { above: None, step: Step::Field(field) }
    }
}

impl Path<'_> {
    /// A field of what is here.
    pub(super) const fn field(&self, name: &'static str) -> Path<'_> {
        Path { above: Some(self), step: Step::Field(name) }
    }

    /// An item of the list that is here, from 0.
    pub(super) const fn item(&self, number: usize) -> Path<'_> {
        Path { above: Some(self), step: Step::Item(number) }
    }

    /// What the map that is here has under a key.
    pub(super) const fn key<'b>(&'b self, key: &'b str) -> Path<'b> {
        Path { above: Some(self), step: Step::Key(key) }
    }

    /// What the attributes that are here have under a name.
    pub(super) const fn name<'b>(&'b self, name: &'b str) -> Path<'b> {
        Path { above: Some(self), step: Step::Name(name) }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(above) = self.above {
            above.fmt(f)?;
        }
        match self.step {
            Step::Field(name) if self.above.is_none() => f.write_str(name),
            Step::Field(name) => write!(f, ".{name}"),
            Step::Item(number) => write!(f, "[{number}]"),
            Step::Key(key) => write!(f, "[{}]", shown(key)),
            Step::Name(name) => write!(f, ".{}", shown(name)),
        }
    }
}

/// A name that somebody sent, as a path may have it: it can neither forge a line of
/// a log nor grow large.
pub(in crate::wire) fn shown(name: &str) -> String {
    let short: String = name.chars().take(SHOWN).collect();
    let cut = if short.len() < name.len() { "…" } else { "" };
    format!("{}{cut}", short.escape_debug())
}

/// What goes along with a conversion: it counts what is met, and collects faults.
#[derive(Debug, Default)]
pub(super) struct Walk {
    source: u32,
    met: u32,
    /// Counts of which the path is wanted.
    wanted: BTreeSet<u32>,
    found: BTreeMap<u32, String>,
    faults: Vec<FieldFault>,
}

impl Walk {
    /// Looks out for what has these counts.
    pub(super) fn looking_for(wanted: BTreeSet<u32>) -> Self {
        Self { wanted, ..Self::default() }
    }

    /// Begins with another change: the count starts again.
    pub(super) const fn begin(&mut self, source: u32) {
        self.source = source;
        self.met = 0;
    }

    /// Meets something that a fault could be about.
    pub(super) fn place(&mut self, path: &Path<'_>) -> Place {
        let start = self.met;
        self.met = start.saturating_add(1);
        if !self.wanted.is_empty() && self.wanted.contains(&start) {
            self.found.insert(start, path.to_string());
        }
        Place { source: self.source, start, end: start }
    }

    /// The paths that were looked for, by count, as far as they were met.
    pub(super) fn found(self) -> BTreeMap<u32, String> {
        self.found
    }

    /// What was read, if it has no fault.
    pub(super) fn done<T>(self, read: T) -> Result<T, Vec<FieldFault>> {
        if self.faults.is_empty() { Ok(read) } else { Err(self.faults) }
    }

    /// Tells a fault.
    pub(super) fn fault(&mut self, path: &Path<'_>, kind: FaultKind, message: impl Into<String>) {
        if self.faults.len() < MOST_FAULTS {
            self.faults.push(FieldFault::new(path.to_string(), kind, message));
        }
    }

    /// Tells of something that does not have the form it must have.
    pub(super) fn malformed(&mut self, path: &Path<'_>, message: impl Into<String>) {
        self.fault(path, FaultKind::Malformed, message);
    }

    /// Tells of something that must be there and is not.
    pub(super) fn missing(&mut self, path: &Path<'_>) {
        if self.faults.len() < MOST_FAULTS {
            self.faults.push(FieldFault::missing(path.to_string()));
        }
    }

    /// Tells of something that is there a second time.
    pub(super) fn twice(&mut self, path: &Path<'_>) {
        self.malformed(path, "is listed twice");
    }

    /// Reads a list.
    pub(super) fn list<S, T>(
        &mut self,
        sent: Vec<S>,
        path: &Path<'_>,
        mut read: impl FnMut(&mut Self, S, &Path<'_>) -> Option<T>,
    ) -> Vec<T> {
        let items = sent.into_iter().enumerate();
        items.filter_map(|(number, item)| read(self, item, &path.item(number))).collect()
    }

    /// Reads a list of things that are each named once.
    pub(super) fn set<S, T: Ord>(
        &mut self,
        sent: Vec<S>,
        path: &Path<'_>,
        read: impl FnMut(&mut Self, S, &Path<'_>) -> Option<Spanned<T>>,
    ) -> Vec<Spanned<T>> {
        self.set_by(sent, path, read, |item| &item.value)
    }

    /// The same, for things of which a part is the name.
    pub(super) fn set_by<S, T, K: Ord>(
        &mut self,
        sent: Vec<S>,
        path: &Path<'_>,
        read: impl FnMut(&mut Self, S, &Path<'_>) -> Option<T>,
        name: impl Fn(&T) -> &K,
    ) -> Vec<T> {
        let sent_items = sent.len();
        let items = self.list(sent, path, read);
        // A list that lost an item has a fault already, and others would be told at the
        // wrong numbers.
        if items.len() == sent_items {
            self.once(&items, path, name);
        }
        items
    }

    fn once<T, K: Ord>(&mut self, items: &[T], path: &Path<'_>, name: impl Fn(&T) -> &K) {
        let mut seen = BTreeSet::new();
        for (number, item) in items.iter().enumerate() {
            let again = if items.len() <= SHORT {
                items.iter().take(number).any(|before| name(before) == name(item))
            } else {
                !seen.insert(name(item))
            };
            if again {
                self.twice(&path.item(number));
            }
        }
    }
}
