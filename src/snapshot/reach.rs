//! How far the ACLs of a tenant reach: what they give and deny whom, on whatever
//! resource.
//!
//! A question about every resource of a type at once cannot look at the ACL of
//! each. This says whether there is any entry that could matter to it.

use super::model::Coverage;
use super::permissions::{PermissionIx, PermissionSet};
use super::tenant::{AclEntry, Subject, SubjectRef};
use crate::model::Timestamp;

/// What the entries of a tenant give and deny, by whom they name.
#[derive(Debug, Default)]
pub(crate) struct Reach(Box<[(Subject, Vec<Span>)]>);

/// What entries that expire at one instant, or never, give and deny.
#[derive(Debug)]
struct Span {
    until: Option<Timestamp>,
    gives: PermissionSet,
    denies: PermissionSet,
}

impl Reach {
    /// Adds up entries.
    pub(crate) fn of<'a>(entries: impl Iterator<Item = &'a AclEntry>) -> Self {
        let mut sorted: Vec<&AclEntry> = entries.collect();
        sorted.sort_by(|a, b| (&a.subject, a.expires_at).cmp(&(&b.subject, b.expires_at)));
        let mut reach: Vec<(Subject, Vec<Span>)> = Vec::new();
        for entry in sorted {
            if reach.last().is_none_or(|(subject, _)| *subject != entry.subject) {
                reach.push((entry.subject.clone(), Vec::new()));
            }
            let Some((_, spans)) = reach.last_mut() else { continue };
            if spans.last().is_none_or(|span| span.until != entry.expires_at) {
                let until = entry.expires_at;
                spans.push(Span { until, gives: PermissionSet::default(), denies: PermissionSet::default() });
            }
            if let Some(span) = spans.last_mut() {
                add(&mut span.gives, entry.gives());
                add(&mut span.denies, entry.denies());
            }
        }
        Self(reach.into_boxed_slice())
    }

    /// Whether an entry in force gives a subject the permission somewhere.
    pub(crate) fn gives(&self, subject: &SubjectRef<'_>, permission: PermissionIx, now: Timestamp) -> bool {
        self.spans(subject, now).any(|span| span.gives.contains(permission))
    }

    /// Whether an entry in force denies a subject the permission somewhere.
    pub(crate) fn denies(&self, subject: &SubjectRef<'_>, permission: PermissionIx, now: Timestamp) -> bool {
        self.spans(subject, now).any(|span| span.denies.contains(permission))
    }

    fn spans(&self, subject: &SubjectRef<'_>, now: Timestamp) -> impl Iterator<Item = &Span> {
        let found = self.0.binary_search_by(|(known, _)| subject.cmp_stored(known));
        let spans = found.ok().and_then(|at| self.0.get(at)).map_or(&[] as &[_], |(_, spans)| spans);
        spans.iter().filter(move |span| span.until.is_none_or(|instant| now < instant))
    }
}

fn add(sum: &mut PermissionSet, coverage: Option<&Coverage>) {
    if let Some(Coverage { own, below }) = coverage {
        sum.union(own);
        sum.union(below);
    }
}
