//! What a sidecar finds in its state directory. The first byte says what the rest is: files as they are; a sound
//! directory whose records say other things, with every check as it should be; or a sound directory that was damaged.
//! Laws:
//!
//! 1. Whatever is there, reading ends, with something or with nothing; what cannot be read is set aside or left.
//! 2. What is found is the same when it is saved and loaded, and when it is put again as definitions.
//! 3. What is found once is found again: looking changes nothing about what there is.
//! 4. What is found in a directory that was only damaged was in force, as it was; and it is not older than the highest
//!    that was kept, as far as that can be read.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use super::input::Input;
use super::{Came, scene};
use crate::document::definition::{GivenRole, Member};
use crate::document::{Change, ChangeSet, Header, References, Spanned, TenantChange};
use crate::model::{Digest, Key, Revision};
use crate::snapshot::Snapshot;
use crate::snapshot::apply::Rules;
use crate::sync::state::fuzzing::{self as state, Files};

/// The most that is done to a directory.
const DEEDS: usize = 24;

/// How much of that is remembered.
const REMEMBERED: usize = 4096;

static LIFE: LazyLock<Life> = LazyLock::new(Life::lead);

thread_local! {
    /// What has been held against laws that follow from what it is: mostly it is the same.
    static HELD: RefCell<BTreeSet<Digest>> = const { RefCell::new(BTreeSet::new()) };
}

/// A sidecar's life: its files, and all that was in force.
struct Life {
    files: Files,
    shown: Vec<(Revision, Digest)>,
}

pub(super) fn run(data: &[u8]) -> Came {
    let mut input = Input::new(data);
    match input.byte() % 3 {
        0 => found(&raw(&mut input)).0,
        1 => found(&forged(&mut input)).0,
        _ => {
            let (came, wholes) = found(&damaged(&mut input));
            for whole in wholes {
                let this = (whole.revision(), whole.digest());
                assert!(LIFE.shown.contains(&this), "{} was never in force as it is", whole.revision());
            }
            came
        }
    }
}

/// Files as they are: a kind, a number, a length of two bytes, and so many bytes.
fn raw(input: &mut Input<'_>) -> Files {
    let mut files = Files::new();
    while !input.is_empty() {
        let end = ["", "", "", ".tmp", ".bad"].get(input.below(5)).copied().unwrap_or_default();
        let name = state::name(input.byte() % 3, input.byte()) + end;
        let length = input.number();
        files.insert(name, input.take(length).to_vec());
    }
    files
}

/// Records that say other things.
fn forged(input: &mut Input<'_>) -> Files {
    let mut parted: Vec<(String, state::Parted)> = LIFE
        .files
        .iter()
        .map(|(name, bytes)| (name.clone(), state::part(name, bytes).expect("a sound file")))
        .collect();
    for _ in 0..DEEDS {
        if input.is_empty() {
            break;
        }
        let (deed, file) = (input.byte(), input.below(parted.len()));
        let Some((_, file)) = parted.get_mut(file) else { continue };
        if file.records.is_empty() {
            continue;
        }
        let (at, other) = (input.below(file.records.len()), input.below(file.records.len()));
        match deed % 8 {
            0 => drop(file.records.remove(at)),
            1 => file.records.insert(other, file.records.get(at).cloned().unwrap_or_default()),
            2 => file.records.swap(at, other),
            3 => file.records.push((input.byte(), input.part().to_vec())),
            _ => {
                let Some((tag, payload)) = file.records.get_mut(at) else { continue };
                match deed % 8 {
                    4 => *tag = input.byte(),
                    5 => *payload = input.part().to_vec(),
                    _ => change(payload, input),
                }
            }
        }
    }
    parted.into_iter().map(|(name, file)| (name, state::put_together(&file))).collect()
}

/// Files that were damaged, lost, named otherwise or doubled.
fn damaged(input: &mut Input<'_>) -> Files {
    let mut files = LIFE.files.clone();
    for _ in 0..DEEDS {
        if input.is_empty() {
            break;
        }
        let (deed, number) = (input.byte(), input.below(files.len().max(1)));
        let Some(name) = files.keys().nth(number).cloned() else { break };
        match deed % 8 {
            0 => drop(files.remove(&name)),
            1 | 2 => {
                let other = state::name(input.byte() % 3, input.byte());
                let Some(bytes) = files.get(&name).cloned() else { continue };
                if deed % 8 == 1 {
                    files.remove(&name);
                }
                files.entry(other).or_insert(bytes);
            }
            3 => {
                let Some(bytes) = files.get(&name).cloned() else { continue };
                files.entry(format!("{name}.tmp")).or_insert(bytes);
            }
            _ => {
                if let Some(bytes) = files.get_mut(&name) {
                    change(bytes, input);
                }
            }
        }
    }
    files
}

/// One of a few changes of bytes.
fn change(bytes: &mut Vec<u8>, input: &mut Input<'_>) {
    let at = input.below(bytes.len().saturating_add(1)).min(bytes.len());
    match input.byte() % 5 {
        0 => bytes.truncate(at),
        1 => {
            let mask = 1_u8.wrapping_shl(input.byte().into());
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= mask;
            }
        }
        2 => {
            let end = at.saturating_add(input.byte().into()).min(bytes.len());
            drop(bytes.drain(at..end));
        }
        3 => drop(bytes.splice(at..at, input.part().iter().copied())),
        _ => {
            let value = input.byte();
            if let Some(byte) = bytes.get_mut(at) {
                *byte = value;
            }
        }
    }
}

/// Looks at a directory as a sidecar that starts, and holds what it finds against the laws.
fn found(files: &Files) -> (Came, Vec<Snapshot>) {
    let begins = files.iter().any(|(name, bytes)| state::begins(name, bytes));
    let found = state::found(files.clone());
    let all = |found: &state::Found| -> Vec<(Revision, Digest)> {
        found.wholes.iter().map(|whole| (whole.revision(), whole.digest())).collect()
    };
    if found.files != *files {
        let again = state::found(found.files.clone());
        assert_eq!(all(&again), all(&found), "looking changes what is found");
        assert_eq!(again.highest, found.highest, "looking changes how far what was kept had come");
    }
    let unfinished = found.files.keys().any(|name| state::is_unfinished(name));
    assert!(!unfinished, "what nobody had finished is still there");
    let Some(newest) = found.wholes.last() else {
        return (if begins { Came::Read } else { Came::Nowhere }, Vec::new());
    };
    assert!(found.highest.is_none_or(|highest| highest <= newest.revision()), "older than what was kept");
    let saved = state::kept(newest);
    if HELD.with_borrow(|held| held.contains(&Digest::of(&saved))) {
        return (Came::Whole, found.wholes);
    }
    let loaded = state::found([(state::name(0, 1), saved.clone())].into());
    let loaded = loaded.wholes.last().expect("what was saved is refused");
    assert_eq!(
        (loaded.revision(), loaded.digest()),
        (newest.revision(), newest.digest()),
        "saved and loaded"
    );
    assert!(state::kept(loaded) == saved, "saved again in other bytes");
    scene::comes_to_the_same(newest);
    HELD.with_borrow_mut(|held| {
        if held.len() == REMEMBERED {
            held.clear();
        }
        held.insert(Digest::of(&saved));
    });
    (Came::Whole, found.wholes)
}

impl Life {
    /// A whole and six sets, of the kinds that logs hold; a base after the third.
    fn lead() -> Self {
        let inside = |change| Change::InTenant("acme".to_owned(), change);
        let key = |text| Key::parse(text).expect("a key");
        let role = |role: &str| GivenRole { role: role.to_owned(), expires_at: None };
        let member = |roles: &[&str]| {
            let roles = roles.iter().map(|id| Spanned::nowhere(role(id))).collect();
            Box::new(Member { roles, ..Member::default() })
        };
        let sets = [
            inside(TenantChange::PutMember(key("user:new"), member(&["writer", "own"]))),
            inside(TenantChange::DeleteResource(key("doc:e"), References::Refuse)),
            inside(TenantChange::DeleteRole("spare".to_owned(), References::Remove)),
            inside(TenantChange::PutPlan(Spanned::nowhere("free".to_owned()))),
            Change::DeleteTenant("b".to_owned()),
            inside(TenantChange::PutMember(key("user:new"), member(&[]))),
        ];
        let whole = scene::kept();
        let mut shown = vec![(whole.revision(), whole.digest())];
        let mut held = whole.clone();
        let mut led = Vec::new();
        for change in sets {
            let base = held.revision();
            let revision = Revision::new(base.epoch, base.number.saturating_add(1));
            let changes = vec![Spanned::nowhere(change)];
            let applied = held.apply(revision, changes.clone(), &Rules::default());
            held = applied.unwrap_or_else(|told| panic!("{told:?}")).snapshot;
            shown.push((held.revision(), held.digest()));
            let header = Header { revision, base: Some(base), ..Header::default() };
            led.push((Arc::new(ChangeSet { header, changes }), held.clone()));
        }
        Self { files: state::life(&whole, &led, 2), shown }
    }
}
