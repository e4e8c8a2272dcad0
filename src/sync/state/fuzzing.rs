//! State directories without a disk: what fuzzing may do with them. Files are bytes under names.
//!
//! Owns the way from files to their records and back, with every check as it should be: so that what fuzzing makes of a
//! record gets past the checks that tell what is broken.

#![expect(clippy::expect_used, reason = "a simulated disk has room")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::base;
use super::engine::Engine;
use super::frame::{self, HEAD, OPENING, Opening, Tag};
use super::names::{Kind, Name, Named};
use super::policy::Policy;
use super::recover::{Good, Recovery, recover};
use super::storage::simulated::Simulated;
use super::work::{Growth, Item, Newest, Waiting};
use crate::document::ChangeSet;
use crate::model::{Digest, Revision};
use crate::snapshot::Snapshot;
use crate::snapshot::apply::Rules;
use crate::sync::keep::{Kept, Ticket};
use crate::wire::kept::{BaseEnd, Record};

/// Files by name.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

/// What was found in a directory.
#[derive(Debug)]
pub(crate) struct Found {
    /// What may be put in force, and what was before it.
    pub(crate) wholes: Vec<Snapshot>,
    /// The highest that anything says was kept.
    pub(crate) highest: Option<Revision>,
    /// What is there afterwards.
    pub(crate) files: Files,
}

/// A file in records. Its last one, if it is a base's end, is not among them: it follows from the others.
#[derive(Clone, Debug)]
pub(crate) struct Parted {
    kind: Kind,
    /// What each is, and what it says.
    pub(crate) records: Vec<(u8, Vec<u8>)>,
}

fn codec() -> Arc<Policy> {
    Arc::new(Policy { rules: Rules::default() })
}

/// Reads a directory as a sidecar that starts.
pub(crate) fn found(files: Files) -> Found {
    let disk = Simulated::of(files);
    let Recovery { good, highest, .. } = recover(&disk, codec().as_ref(), 16).expect("names");
    let wholes = good.into_iter().flat_map(|Good { whole, history, .. }| history.into_iter().chain([whole]));
    Found { wholes: wholes.collect(), highest: highest.map(|highest| highest.revision), files: disk.files() }
}

/// The base that keeps a snapshot.
pub(crate) fn kept(whole: &Snapshot) -> Vec<u8> {
    let (disk, name) = (Simulated::default(), Name { kind: Kind::Base, number: 1 });
    let recent = [(whole.revision(), Digest::of(b"set"))];
    base::write(&disk, codec().as_ref(), name, whole, &recent, &AtomicBool::new(false)).expect("room");
    disk.files().into_values().next().expect("a base")
}

/// What a sidecar leaves that took a whole and sets one after another, and wrote a base after some of them.
pub(crate) fn life(whole: &Snapshot, sets: &[(Arc<ChangeSet>, Snapshot)], base_after: usize) -> Files {
    let disk = Simulated::default();
    let mut engine =
        Engine::new(Arc::new(disk.clone()), codec(), Growth::default(), <_>::default(), None, None);
    let mut tickets = Vec::new();
    let mut waiting = |revision| {
        let (ticket, told) = Ticket::new(Kept::Pending);
        tickets.push(told);
        Waiting { revision, ticket }
    };
    engine.take(vec![Item::Whole(waiting(whole.revision()))]);
    let mut recent = vec![(whole.revision(), Digest::of(b"whole"))];
    let base = |engine: &mut Engine<Simulated, Policy>, whole: &Snapshot, recent: &[(Revision, Digest)]| {
        let job = engine.job(Newest { whole: whole.clone(), recent: recent.to_vec() });
        let written = job.run(&AtomicBool::new(false));
        engine.written(&job, written);
    };
    base(&mut engine, whole, &recent);
    for (number, (set, after)) in sets.iter().enumerate() {
        engine.take(vec![Item::Set(Arc::clone(set), after.digest(), waiting(after.revision()))]);
        recent.push((after.revision(), set.digest()));
        if number == base_after {
            base(&mut engine, after, &recent);
        }
    }
    engine.answer();
    assert!(tickets.iter().all(|ticket| ticket.now() == Kept::Durable), "all of it is kept");
    disk.files()
}

/// The name of a file of a kind: 0 a base, 1 a log, else a highest.
pub(crate) fn name(kind: u8, number: u8) -> String {
    let kind = Kind::ALL.into_iter().nth(usize::from(kind)).unwrap_or(Kind::Highest);
    Name { kind, number: number.into() }.to_string()
}

/// Parts a file into records; `None` if it is not one of ours, or not whole.
pub(crate) fn part(name: &str, bytes: &[u8]) -> Option<Parted> {
    let Named::File(Name { kind, .. }) = Named::of(name) else { return None };
    let Opening::Ours(file) = frame::read_opening(kind, bytes) else { return None };
    let (mut records, mut at) = (Vec::new(), OPENING);
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        let framed = frame::read(file, u64::try_from(at).ok()?, rest)?;
        at = at.saturating_add(framed.bytes);
        if framed.tag != Tag::End {
            records.push((framed.tag as u8, framed.payload.to_vec()));
        }
    }
    Some(Parted { kind, records })
}

/// Puts records together again, each with its checks; a base with its end.
pub(crate) fn put_together(Parted { kind, records }: &Parted) -> Vec<u8> {
    let mut bytes = frame::opening(*kind).to_vec();
    let mut checks = blake3::Hasher::new();
    let mut pieces = 0_u64;
    for (tag, payload) in records {
        let tag = match tag {
            1 => Tag::Header,
            3 => Tag::Set,
            4 => Tag::End,
            _ => Tag::Piece,
        };
        pieces = pieces.saturating_add(u64::from(tag == Tag::Piece));
        checks.update(&added(&mut bytes, *kind, tag, payload));
    }
    if *kind == Kind::Base {
        let end = BaseEnd { pieces, digest: Digest::from_bytes(*checks.finalize().as_bytes()) };
        added(&mut bytes, *kind, Tag::End, &end.to_bytes());
    }
    bytes
}

fn added(bytes: &mut Vec<u8>, kind: Kind, tag: Tag, payload: &[u8]) -> [u8; 16] {
    let at = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    frame::add(bytes, kind, at, tag, payload).expect("a record of a file that is small")
}

/// Whether a file reads as far as its opening and the head of its first record.
pub(crate) fn begins(name: &str, bytes: &[u8]) -> bool {
    let Named::File(Name { kind, .. }) = Named::of(name) else { return false };
    matches!(frame::read_opening(kind, bytes), Opening::Ours(_))
        && bytes.get(OPENING..).is_some_and(|rest| rest.len() >= HEAD)
}

/// Whether a name says that nobody has finished the file.
pub(crate) fn is_unfinished(name: &str) -> bool {
    matches!(Named::of(name), Named::Unfinished(_))
}
