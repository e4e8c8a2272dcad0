//! Going back: what a tenant was, as the changes that would bring it.

use super::verdict::Verdict;
use crate::document::{Change, Place, Spanned};
use crate::model::{Digest, Revision};
use crate::snapshot::Snapshot;
use crate::snapshot::apply::At;

/// What is to be as it was.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Rollback {
    /// The tenant; `None`: everything.
    pub tenant: Option<String>,
    /// The revision that it was in force at.
    pub to: Revision,
    /// The revision that is reached with it.
    pub revision: Revision,
    /// The revision that it is asked against.
    pub base: Revision,
    /// It is only to be told what would come of it.
    pub rehearsed: bool,
}

/// The changes that bring what a tenant was; `None` if there was none.
pub(super) fn tenant(past: &Snapshot, id: &str) -> Option<Vec<Spanned<Change>>> {
    let tenant = past.tenant_content(id)?;
    // The one change, which nobody has sent.
    let at = Place { source: 1, ..Place::NOWHERE };
    Some(vec![Spanned::new(at, Change::PutTenant(Box::new(tenant)))])
}

/// Stands for going back with everything: for what was asked, which a process that has
/// forgotten what was can tell too.
pub(super) fn stands_for(wanted: &Rollback) -> Digest {
    let mut hasher = blake3::Hasher::new_derive_key("sidegate.v1 rollback of everything");
    for revision in [wanted.to, wanted.revision, wanted.base] {
        hasher.update(&revision.epoch.to_be_bytes()).update(&revision.number.to_be_bytes());
    }
    Digest::from_bytes(*hasher.finalize().as_bytes())
}

/// Tells what is wrong with a tenant that was, of which nobody has sent a message.
pub(super) fn tell(verdict: &mut Verdict, tenant: &str) {
    for told in verdict.faults.iter_mut().chain(&mut verdict.warnings) {
        if matches!(told.at, At::Change(_)) {
            told.at = At::Held(format!("tenants[{tenant}]"));
        }
    }
}
