//! What Check and BatchCheck have in common: one question answered, and what the
//! answer rests on.

use super::limits::RevisionLimits;
use super::refusal::{ByteLimit, Refusal};
use crate::decide::{FieldFault, Reason, Request, check, explain, missing_attributes};
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
pub(super) fn as_new_as(
    snapshot: &Snapshot,
    wanted: Option<Revision>,
    limits: &RevisionLimits,
) -> Result<(), Refusal> {
    let Some(wanted) = wanted else { return Ok(()) };
    let installed = snapshot.revision();
    if installed.epoch == 0 {
        // Epoch 0 is a directory, counted by each process for itself.
        return Err(Refusal::RevisionNotComparable);
    }
    if wanted <= installed {
        return Ok(());
    }
    let ahead = wanted.number.saturating_sub(installed.number);
    if wanted.epoch == installed.epoch && ahead > limits.ahead {
        let (limit, most) = ("revision_ahead_wait", limits.ahead);
        let message = format!("{ahead} above what is in force, over the limit `{limit}` of {most}");
        return Err(Refusal::Fields(vec![FieldFault::of_limit("at_least_revision", limit, message)]));
    }
    Err(Refusal::RevisionNotReached { wanted, installed })
}

/// Checks that a response is not too large to be sent.
pub(super) fn fits<T: prost::Message>(response: T, limit: ByteLimit) -> Result<T, Refusal> {
    if response.encoded_len() > limit.bytes { Err(Refusal::ResponseTooLarge(limit)) } else { Ok(response) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{PolicyLimits, Source, Sources, load};

    #[test]
    fn i11_a_revision_is_reached_or_to_be_waited_for_or_too_far_ahead() {
        let text = "sidegate: v1\nkind: Model\nname: least\n".to_owned();
        let sources = Sources::new(vec![Source { path: "model.yaml".to_owned(), text }]);
        let checked = load(&sources, &PolicyLimits::default()).checked.unwrap();
        let limits = RevisionLimits::default();
        let check = |installed: (u64, u64), wanted: Option<(u64, u64)>, expected: &str| {
            let revision = |(epoch, number)| Revision::new(epoch, number);
            let snapshot = Snapshot::compile(&checked, revision(installed));
            let outcome = as_new_as(&snapshot, wanted.map(revision), &limits);
            let told = match &outcome {
                Ok(()) => "reached",
                Err(Refusal::RevisionNotReached { .. }) => "to be waited for",
                Err(Refusal::Fields(faults)) => faults[0].limit.unwrap(),
                Err(Refusal::RevisionNotComparable) => "not comparable",
                Err(other) => panic!("{other:?}"),
            };
            assert_eq!(told, expected, "{wanted:?} of {installed:?}");
        };
        check((2, 7), None, "reached");
        check((2, 7), Some((2, 6)), "reached");
        check((2, 7), Some((2, 7)), "reached");
        check((2, 7), Some((1, u64::MAX)), "reached");
        check((2, 7), Some((0, 1)), "reached");
        check((2, 7), Some((2, 8)), "to be waited for");
        check((2, 7), Some((2, 10_007)), "to be waited for");
        check((2, 7), Some((2, 10_008)), "revision_ahead_wait");
        check((2, 7), Some((2, u64::MAX)), "revision_ahead_wait");
        check((2, 7), Some((3, u64::MAX)), "to be waited for");
        check((0, 7), Some((0, 7)), "not comparable");
        check((0, 7), Some((1, 1)), "not comparable");
        check((0, 7), None, "reached");
    }
}
