//! Where checks put what they find.
//!
//! Names that do not exist are counted: of one name the first hundred uses are
//! told one by one, and the rest as a number. Uses of a retired name are told
//! once a tenant, with their number.

use std::collections::BTreeMap;

use crate::document::diagnostic::{Diagnostic, Severity};
use crate::document::nearest::nearest;
use crate::document::place::Place;

/// How many uses of one unknown name are told one by one.
const USES_TOLD: usize = 100;

/// What has been found so far.
#[derive(Debug, Default)]
pub(super) struct Report {
    diagnostics: Vec<Diagnostic>,
    unknown: BTreeMap<(&'static str, String), usize>,
    retired: BTreeMap<(String, &'static str, String), (Place, usize)>,
}

impl Report {
    /// A fault.
    pub(super) fn fault(&mut self, at: Place, message: impl Into<String>) {
        self.push(at, Severity::Fault, message.into(), None);
    }

    /// A fault, and what to do about it.
    pub(super) fn fault_with(&mut self, at: Place, message: impl Into<String>, help: impl Into<String>) {
        self.push(at, Severity::Fault, message.into(), Some(help.into()));
    }

    /// A fault that loads all the same.
    pub(super) fn tolerate(&mut self, at: Place, message: impl Into<String>) {
        self.push(at, Severity::Tolerated, message.into(), None);
    }

    /// A warning.
    pub(super) fn warn(&mut self, at: Place, message: impl Into<String>, help: Option<&str>) {
        self.push(at, Severity::Warning, message.into(), help.map(str::to_owned));
    }

    /// A fault: there is no such thing of this kind (`role`).
    pub(super) fn unknown<'a>(
        &mut self,
        at: Place,
        kind: &'static str,
        name: &str,
        known: impl IntoIterator<Item = &'a str>,
    ) {
        let uses = self.unknown.entry((kind, name.to_owned())).or_default();
        *uses = uses.saturating_add(1);
        if *uses <= USES_TOLD {
            self.push(at, Severity::Fault, format!("there is no {kind} `{name}`"), nearest(name, known));
        }
    }

    /// A tenant uses a retired name of this kind (`role`).
    pub(super) fn retired(&mut self, at: Place, tenant: &str, kind: &'static str, name: &str) {
        let uses = self.retired.entry((tenant.to_owned(), kind, name.to_owned())).or_insert((at, 0));
        uses.0 = uses.0.min(at);
        uses.1 = uses.1.saturating_add(1);
    }

    /// Everything found, in the order of the sources and of their lines.
    pub(super) fn finish(mut self) -> Vec<Diagnostic> {
        for ((_, kind, name), (at, count)) in std::mem::take(&mut self.retired) {
            let times = if count == 1 {
                String::new()
            } else {
                format!(", here and in {} more places", count.saturating_sub(1))
            };
            self.warn(at, format!("the {kind} `{name}` is retired: it has no effect{times}"), None);
        }
        for ((kind, name), count) in std::mem::take(&mut self.unknown) {
            if let Some(more) = count.checked_sub(USES_TOLD).filter(|more| *more > 0) {
                self.fault(
                    Place::NOWHERE,
                    format!("there is no {kind} `{name}`, and it is used {more} more times"),
                );
            }
        }
        let mut diagnostics = self.diagnostics;
        sort(&mut diagnostics);
        diagnostics
    }

    fn push(&mut self, at: Place, severity: Severity, message: String, help: Option<String>) {
        self.diagnostics.push(Diagnostic { at, severity, message, help });
    }
}

/// Orders by source and line. What stands nowhere comes first.
pub(in crate::document) fn sort(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by(|a, b| (a.at, &a.message).cmp(&(b.at, &b.message)));
    diagnostics.dedup();
}
