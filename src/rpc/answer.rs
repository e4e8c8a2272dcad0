//! What Check and BatchCheck have in common: one question answered, and what the
//! answer rests on.

use super::refusal::{ByteLimit, Refusal};
use crate::decide::{Reason, Request, check, explain, missing_attributes};
use crate::model::{Revision, Timestamp};
use crate::snapshot::Snapshot;
use crate::wire::answer::{Answer, Basis};

/// Decides, and tells as much as was asked for.
pub(super) fn answer<'a>(
    snapshot: &'a Snapshot,
    request: Request<'a>,
    now: Timestamp,
    explained: bool,
) -> Answer<'a> {
    let (decision, explanation) = if explained {
        let (decision, explanation) = explain(snapshot, request, now);
        (decision, Some(explanation))
    } else {
        (check(snapshot, request, now), None)
    };
    let missing_attributes = if decision.reason == Reason::MissingAttribute {
        missing_attributes(snapshot, request, now)
    } else {
        Vec::new()
    };
    Answer { decision, missing_attributes, explanation }
}

/// What answers about a tenant rest on.
pub(super) fn basis(snapshot: &Snapshot, tenant: &str) -> Basis {
    Basis { revision: snapshot.revision(), tenant_revision: snapshot.tenant_revision(tenant) }
}

/// Checks that the snapshot is as new as the caller wants it.
pub(super) fn as_new_as(snapshot: &Snapshot, wanted: Option<Revision>) -> Result<(), Refusal> {
    let Some(wanted) = wanted else { return Ok(()) };
    let installed = snapshot.revision();
    if installed.epoch == 0 {
        // Epoch 0 is a directory, counted by each process for itself.
        return Err(Refusal::RevisionNotComparable);
    }
    if installed < wanted {
        return Err(Refusal::RevisionNotReached { wanted, installed });
    }
    Ok(())
}

/// Checks that a response is not too large to be sent.
pub(super) fn fits<T: prost::Message>(response: T, limit: ByteLimit) -> Result<T, Refusal> {
    if response.encoded_len() > limit.bytes { Err(Refusal::ResponseTooLarge(limit)) } else { Ok(response) }
}
