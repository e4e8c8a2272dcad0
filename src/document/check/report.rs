//! Where checks put what they find.
//!
//! Names that do not exist are counted: of one name the first hundred uses are
//! told one by one, and the rest as a number. Uses of a retired name are told
//! once a tenant, with their number.

use std::collections::{BTreeMap, BTreeSet};

use crate::document::diagnostic::{Diagnostic, Severity};
use crate::document::nearest::nearest;
use crate::document::place::Place;

/// How many uses of one unknown name are told one by one.
const USES_TOLD: usize = 100;

/// For how many unknown names the nearest known one is looked for.
const NAMES_HELPED: usize = 200;

/// What has been found so far.
#[derive(Debug, Default)]
pub(super) struct Report {
    diagnostics: Vec<Diagnostic>,
    at_fault: BTreeSet<u32>,
    unknown: BTreeMap<(&'static str, String), (Place, usize)>,
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
        self.at_fault.insert(at.source);
        let uses = self.unknown.entry((kind, name.to_owned())).or_default();
        uses.0 = at;
        uses.1 = uses.1.saturating_add(1);
        if uses.1 <= USES_TOLD {
            // Looking for the nearest of many names, many times, would take long.
            let help = if self.unknown.len() <= NAMES_HELPED {
                nearest(name, known.into_iter().take(10_000))
            } else {
                None
            };
            self.push(at, Severity::Fault, format!("there is no {kind} `{name}`"), help);
        }
    }

    /// A tenant uses a retired name of this kind (`role`).
    pub(super) fn retired(&mut self, at: Place, tenant: &str, kind: &'static str, name: &str) {
        let uses = self.retired.entry((tenant.to_owned(), kind, name.to_owned())).or_insert((at, 0));
        uses.0 = uses.0.min(at);
        uses.1 = uses.1.saturating_add(1);
    }

    /// The sources that have a fault, also where it is one of many that are not
    /// told; 0 for a fault that no source has.
    pub(super) fn at_fault(&self) -> &BTreeSet<u32> {
        &self.at_fault
    }

    /// Everything found, in the order of the sources and of their lines.
    pub(super) fn finish(mut self) -> Vec<Diagnostic> {
        for ((_, kind, name), (at, count)) in std::mem::take(&mut self.retired) {
            let effect = match kind {
                "plan" => "the tenant has no features, and else a plan's defaults",
                "permission" => "nothing grants it",
                "restriction" => "it no longer restricts, which widens access",
                _ => "it has no effect",
            };
            let more = match count.saturating_sub(1) {
                0 => String::new(),
                1 => ", here and in 1 more place".to_owned(),
                more => format!(", here and in {more} more places"),
            };
            self.warn(at, format!("the {kind} `{name}` is retired: {effect}{more}"), None);
        }
        for ((kind, name), (at, count)) in std::mem::take(&mut self.unknown) {
            if let Some(more) = count.checked_sub(USES_TOLD).filter(|more| *more > 0) {
                self.fault(
                    at,
                    format!("there is no {kind} `{name}`; {more} more uses up to here are not shown"),
                );
            }
        }
        let mut diagnostics = self.diagnostics;
        sort(&mut diagnostics);
        diagnostics
    }

    fn push(&mut self, at: Place, severity: Severity, message: String, help: Option<String>) {
        if severity == Severity::Fault {
            self.at_fault.insert(at.source);
        }
        self.diagnostics.push(Diagnostic { at, severity, message, help });
    }
}

/// Orders by source and line. What stands nowhere comes first.
pub(in crate::document) fn sort(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by(|a, b| (a.at, &a.message).cmp(&(b.at, &b.message)));
    diagnostics.dedup();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundred_uses_are_told_one_by_one() {
        let mut report = Report::default();
        for start in 1..=102 {
            report.unknown(Place { source: 1, start, end: start }, "role", "agnet", ["agent"]);
        }
        report.unknown(Place { source: 2, start: 1, end: 1 }, "role", "agnet", ["agent"]);
        assert_eq!(report.at_fault().iter().collect::<Vec<_>>(), [&1, &2]);
        let told = report.finish();
        assert_eq!(told.len(), 101);
        assert_eq!(told.first().map(|first| first.message.as_str()), Some("there is no role `agnet`"));
        assert_eq!(told.first().and_then(|first| first.help.as_deref()), Some("did you mean `agent`?"));
        let last = told.last().map(|last| (last.at.start, last.message.as_str()));
        assert_eq!(last, Some((1, "there is no role `agnet`; 3 more uses up to here are not shown")));
    }
}
