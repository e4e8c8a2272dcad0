//! Lists of permissions: every pattern finds something, and every exception
//! takes something away.

use super::catalogue::{Catalogue, Found};
use super::report::Report;
use crate::document::definition::Entry;
use crate::document::place::Spanned;
use crate::model::Pattern;

/// Who lists the permissions.
#[derive(Clone, Copy, Debug)]
pub(super) enum Lister<'a> {
    /// The model, which may not name what it retired.
    Model,
    /// A tenant, whose uses of retired names have no effect.
    Tenant(&'a str),
}

/// Checks that every pattern finds something.
pub(super) fn check(
    catalogue: &Catalogue<'_>,
    lister: Lister<'_>,
    patterns: &[Spanned<Pattern>],
    report: &mut Report,
) {
    for pattern in patterns {
        match (catalogue.find(pattern), lister) {
            (Found::Something, _) => {}
            (Found::Retired, Lister::Tenant(tenant)) => {
                report.retired(pattern.at, tenant, "permission", &pattern.value.to_string());
            }
            (Found::Retired, Lister::Model) => {
                report.fault(pattern.at, format!("the permission `{}` is retired", pattern.value));
            }
            (Found::Nothing(message, Some(help)), _) => report.fault_with(pattern.at, message, help),
            (Found::Nothing(message, None), _) => report.fault(pattern.at, message),
        }
    }
}

/// Checks an entry: its patterns, and that its exceptions take something away.
pub(super) fn check_entry(catalogue: &Catalogue<'_>, lister: Lister<'_>, entry: &Entry, report: &mut Report) {
    check(catalogue, lister, &entry.permissions, report);
    check(catalogue, lister, &entry.except, report);
    if entry.except.is_empty() {
        return;
    }
    let covered = catalogue.cover(&entry.permissions);
    for pattern in &entry.except {
        let takes_nothing = catalogue.cover([pattern]).is_disjoint(&covered);
        if takes_nothing && catalogue.find(pattern) == Found::Something {
            let message = format!("`{}` takes nothing away: the entry does not cover it", pattern.value);
            report.fault(pattern.at, message);
        }
    }
}
