//! Messages of a push, held against a fixed policy. The first byte says how they are taken; the rest are the bytes of
//! the message. Laws:
//!
//! 1. Whatever the bytes are, they are read whole or refused, with a path for every fault.
//! 2. What was read is written and read again as the same, and has the same digest.
//! 3. Changes are applied whole or not at all: what is refused has changed nothing.
//! 4. What they come to is what putting it at once comes to, by its digests; and by each change in turn where each is
//!    sound by itself.
//! 5. No member is both said to gain and to lose without a change; applying the same again changes nothing.

use bytes::Bytes;

use super::{Came, requests, scene};
use crate::document::{Change, ChangeSet, Header, PolicyLimits, Spanned};
use crate::model::{Digest, Revision};
use crate::snapshot::Snapshot;
use crate::snapshot::apply::{Load, Rules, Told};
use crate::wire::policy::{faults, read_changes, read_header, write_change};
use crate::wire::{api, unknown};

pub(super) fn run(data: &[u8]) -> Came {
    let Some((how, bytes)) = data.split_first() else { return Came::Nowhere };
    let request = match unknown::push_request(&Bytes::copy_from_slice(bytes), 1) {
        Ok(request) => request,
        Err(refusal) => {
            requests::refused(&refusal);
            return Came::Nowhere;
        }
    };
    if let Some(header) = request.header
        && let Err(found) = read_header(header)
    {
        assert!(
            !found.is_empty() && found.iter().all(|fault| fault.field.starts_with("header")),
            "{found:?}"
        );
    }
    let sent = request.changes;
    let changes = match read_changes(sent.clone(), 1) {
        Ok(changes) => changes,
        Err(found) => {
            assert!(
                !found.is_empty() && found.iter().all(|fault| fault.field.starts_with("changes[")),
                "{found:?}"
            );
            return Came::Read;
        }
    };
    written_again(&changes);
    let rules = Rules { quarantine: how & 1 == 1, lenient: how & 2 == 2, limits: PolicyLimits::default() };
    if how & 4 == 4 { load(&sent, changes, rules) } else { apply(&sent, changes, &rules) }
}

fn set(changes: Vec<Spanned<Change>>) -> ChangeSet {
    ChangeSet { header: Header::default(), changes }
}

fn written_again(changes: &[Spanned<Change>]) {
    let sent = changes.iter().map(|change| write_change(&change.value)).collect();
    let again =
        read_changes(sent, 1).unwrap_or_else(|found| panic!("what was written is refused: {found:?}"));
    let values = |changes: &[Spanned<Change>]| -> Vec<Change> {
        changes.iter().map(|change| change.value.clone()).collect()
    };
    assert_eq!(values(&again), values(changes), "written and read again");
    assert_eq!(set(again).digest(), set(changes.to_vec()).digest());
    for change in changes {
        assert!(!change.value.to_string().is_empty());
    }
}

/// Changes of what is held.
fn apply(sent: &[api::Change], changes: Vec<Spanned<Change>>, rules: &Rules) -> Came {
    let held = scene::snapshot();
    let revision = Revision::new(3, 8);
    let before = seen(held);
    let outcome = held.apply(revision, changes.clone(), rules);
    assert_eq!(seen(held), before, "what is in force was changed");
    let applied = match outcome {
        Ok(applied) => applied,
        Err(told) => return refused(&told, sent),
    };
    shown(&applied.warnings, sent);
    let next = applied.snapshot;
    assert_eq!(next.revision(), revision);
    scene::comes_to_the_same(&next);
    // The rules that are asked of it newly may refuse it, for it is there already.
    let lenient = Rules { lenient: true, ..*rules };
    if changes.iter().all(|change| is_put(&change.value)) {
        let again = next.apply(Revision::new(3, 9), changes.clone(), &lenient);
        let again = again.unwrap_or_else(|told| panic!("twice is refused: {told:?}"));
        assert_eq!(again.snapshot.digest(), next.digest(), "twice is not once");
        assert_eq!((again.widened, again.narrowed), (0, 0), "twice changes who may do what");
    }
    one_by_one(held, changes, &lenient, &next);
    Came::Whole
}

/// Where each change is sound by itself, one after the other comes to the same.
fn one_by_one(held: &Snapshot, changes: Vec<Spanned<Change>>, rules: &Rules, whole: &Snapshot) {
    let mut now = held.clone();
    for change in changes {
        let Ok(applied) = now.apply(whole.revision(), vec![change], rules) else { return };
        now = applied.snapshot;
    }
    assert_eq!(now.digest(), whole.digest(), "one by one");
}

/// A whole policy: the model in force, unless the changes bring one, and the changes.
fn load(sent: &[api::Change], changes: Vec<Spanned<Change>>, rules: Rules) -> Came {
    let mut load = Load::begin(Revision::new(4, 1), rules);
    if !matches!(changes.first().map(|change| &change.value), Some(Change::PutModel(_))) {
        let model = Change::PutModel(scene::MODEL.to_owned());
        load.take(vec![Spanned::nowhere(model)]).unwrap_or_else(|told| panic!("{told:?}"));
    }
    if let Err(told) = load.take(changes) {
        return refused(&told, sent);
    }
    let applied = match load.finish(Some(scene::snapshot())) {
        Ok(applied) => applied,
        Err(told) => return refused(&told, sent),
    };
    shown(&applied.warnings, sent);
    scene::comes_to_the_same(&applied.snapshot);
    Came::Whole
}

fn refused(told: &[Told], sent: &[api::Change]) -> Came {
    assert!(!told.is_empty(), "refused without a fault");
    shown(told, sent);
    Came::Read
}

/// Whatever is told can be told in the words of the messages.
fn shown(told: &[Told], sent: &[api::Change]) {
    let number = |number: u32| usize::try_from(number).ok()?.checked_sub(1);
    let shown = faults(told, &|change| sent.get(number(change)?).cloned());
    assert_eq!(shown.len(), told.len());
    assert!(shown.iter().all(|fault| !fault.message.is_empty()), "{shown:?}");
}

/// What a snapshot holds, as far as it can be told by digests.
fn seen(snapshot: &Snapshot) -> (Digest, Vec<(String, Option<Digest>, usize)>) {
    let tenants = snapshot.tenants_after(None).map(|id| {
        let members = snapshot.members_after(id, None).count();
        (id.to_owned(), snapshot.tenant_digest(id), members)
    });
    (snapshot.digest(), tenants.collect())
}

fn is_put(change: &Change) -> bool {
    let words = change.to_string();
    words.starts_with("put")
}
