//! What becomes of pushes, row by row.

mod past;

use super::*;
use crate::model::Key;
use crate::sync::push::testing::{MODEL, member, numbered, put, revision, whole};

/// A desk that holds the tenants `acme` and `bolt` at 1.1.
fn desk() -> Desk {
    let mut desk = Desk::new(Settings::default(), None, None);
    load(&mut desk, &whole("1.1", &["acme", "bolt"]), false).unwrap();
    desk
}

/// Brings a whole, change by change.
fn load(desk: &mut Desk, set: &ChangeSet, rehearsed: bool) -> Result<Judged, Refused> {
    let id = desk.open(set.header.clone(), rehearsed)?;
    for change in &set.changes {
        if let Some(ended) = desk.piece(id, vec![change.clone()]) {
            return ended;
        }
    }
    desk.close(id)
}

/// Pushes a set, of either kind.
fn push(desk: &mut Desk, set: &ChangeSet, rehearsed: bool) -> Result<Judged, Refused> {
    if set.is_whole() { load(desk, set, rehearsed) } else { desk.take(&Arc::new(set.clone()), rehearsed) }
}

/// What is said of a push, in short.
pub(super) fn said(outcome: &Result<Judged, Refused>) -> String {
    let held = |held: &Option<Revision>| held.map_or_else(|| "nothing".to_owned(), |held| held.to_string());
    match outcome {
        Ok(Judged { verdict, next }) => {
            let Verdict { outcome, revision, faults, .. } = verdict;
            assert_eq!(next.is_some(), *outcome == Outcome::Applied, "{verdict:?}");
            assert_eq!(!faults.is_empty(), *outcome == Outcome::Faulty, "{verdict:?}");
            format!("{outcome:?} at {}", held(revision)).to_lowercase()
        }
        Err(Refused::Header(fault)) => format!("{} {}", fault.field, fault.limit.unwrap_or("missing")),
        Err(Refused::Stale { held }) => format!("stale at {held}"),
        Err(Refused::NeedFull { held: at }) => format!("need full at {}", held(at)),
        Err(Refused::PartChanged { revision, .. }) => format!("part at {}", held(revision)),
        Err(Refused::Conflict { revision }) => format!("conflict at {revision}"),
        Err(other) => format!("{other:?}").to_lowercase(),
    }
}

/// Pushes sets one after the other; whatever is not applied must change nothing.
#[track_caller]
fn check(desk: &mut Desk, pushes: &[(ChangeSet, &str)]) {
    for (at, (set, expected)) in pushes.iter().enumerate() {
        let before = desk.held().map(|held| (held.revision(), held.digest()));
        let remembered = desk.history.sets().len();
        let outcome = push(desk, set, false);
        assert_eq!(said(&outcome), *expected, "push {at}");
        let after = desk.held().map(|held| (held.revision(), held.digest()));
        if expected.starts_with("applied") {
            assert_eq!(after.map(|(revision, _)| revision), Some(set.header.revision), "push {at}");
            assert_eq!(desk.history.sets().len(), remembered + 1, "push {at}");
        } else {
            assert_eq!(after, before, "push {at} changed something");
            assert_eq!(desk.history.sets().len(), remembered, "push {at}");
        }
        assert!(desk.loads.is_empty(), "push {at} left a load behind");
    }
}

/// A set that makes `user:ana` of `acme` a writer.
fn ana(at: &str, base: &str) -> ChangeSet {
    put(at, base, vec![member("acme", "user:ana", &["writer"])])
}

fn empty(at: &str, base: &str) -> ChangeSet {
    put(at, base, Vec::new())
}

#[test]
fn f13_a_set_is_applied_to_what_it_was_made_against_and_to_nothing_else() {
    check(
        &mut Desk::new(Settings::default(), None, None),
        &[
            (ana("1.2", "1.1"), "need full at nothing"),
            (empty("1.2", "1.1"), "need full at nothing"),
            (whole("1.5", &["acme"]), "applied at 1.5"),
            (ana("1.6", "1.4"), "need full at 1.5"),
            (ana("1.7", "1.6"), "need full at 1.5"),
            (ana("2.1", "1.5"), "need full at 1.5"),
            (ana("2.1", "2.0"), "need full at 1.5"),
            (ana("1.9", "1.5"), "applied at 1.9"),
            (whole("2.1", &["acme"]), "applied at 2.1"),
            (ana("2.2", "2.1"), "applied at 2.2"),
        ],
    );
}

#[test]
fn f13_an_empty_set_moves_the_revision_and_nothing_else() {
    let mut desk = desk();
    let before = desk.held().unwrap().digest();
    check(&mut desk, &[(empty("1.2", "1.1"), "applied at 1.2"), (empty("1.3", "1.2"), "applied at 1.3")]);
    let held = desk.held().unwrap();
    assert_eq!(held.digest(), before);
    assert_eq!(held.size().tenants, 2);
    assert_eq!(held.tenant_revision("acme"), Some(revision("1.1")));
}

#[test]
fn f09_what_is_older_is_refused() {
    check(
        &mut desk(),
        &[
            (whole("1.9", &["acme", "bolt"]), "applied at 1.9"),
            (ana("1.8", "1.7"), "stale at 1.9"),
            (whole("1.8", &["acme", "bolt"]), "stale at 1.9"),
            (whole("3.1", &["acme", "bolt"]), "applied at 3.1"),
            (whole("1.10", &["acme", "bolt"]), "stale at 3.1"),
            (whole("2.9", &["acme", "bolt"]), "stale at 3.1"),
            (ana("3.0", "2.9"), "revision missing"),
            (ana("0.9", "0.8"), "epoch missing"),
        ],
    );
}

#[test]
fn f13_the_same_set_again_is_acknowledged_again() {
    check(
        &mut desk(),
        &[
            (ana("1.2", "1.1"), "applied at 1.2"),
            (ana("1.2", "1.1"), "repeated at 1.2"),
            (ana("1.3", "1.2"), "applied at 1.3"),
            (ana("1.2", "1.1"), "repeated at 1.2"),
            (whole("1.1", &["acme", "bolt"]), "repeated at 1.1"),
            (empty("1.4", "1.3"), "applied at 1.4"),
            (empty("1.4", "1.3"), "repeated at 1.4"),
        ],
    );
}

#[test]
fn f10_another_set_of_the_same_revision_is_a_conflict() {
    check(
        &mut desk(),
        &[
            (ana("1.2", "1.1"), "applied at 1.2"),
            (put("1.2", "1.1", vec![member("acme", "user:ana", &["reader"])]), "conflict at 1.2"),
            (empty("1.2", "1.1"), "conflict at 1.2"),
            (ana("1.2", "1.0"), "conflict at 1.2"),
            (whole("1.2", &["acme", "bolt"]), "conflict at 1.2"),
            (whole("1.1", &["acme"]), "conflict at 1.1"),
            (whole("1.1", &["bolt", "acme"]), "conflict at 1.1"),
            (ana("1.1", "1.0"), "conflict at 1.1"),
        ],
    );
}

#[test]
fn f13_how_a_whole_is_cut_into_pieces_says_nothing() {
    let set = whole("1.5", &["acme", "bolt"]);
    for pieces in 1..=set.changes.len() {
        let mut desk = desk();
        let load = |desk: &mut Desk| {
            let id = desk.open(set.header.clone(), false).unwrap();
            for piece in set.changes.chunks(pieces) {
                assert!(desk.piece(id, piece.to_vec()).is_none());
                assert!(desk.piece(id, Vec::new()).is_none());
            }
            desk.close(id)
        };
        assert_eq!(said(&load(&mut desk)), "applied at 1.5");
        assert_eq!(said(&push(&mut desk, &set, false)), "repeated at 1.5");
    }
}

#[test]
fn f11_a_revision_may_be_so_far_ahead_and_no_further() {
    let far = 1_u64 << 32;
    let settings = |most| Settings { revision_ahead: most, ..Settings::default() };
    for most in [10, far] {
        let at = |epoch: u64, number: u64| format!("{epoch}.{number}");
        let all = &["acme", "bolt"];
        let mut desk = Desk::new(settings(most), None, None);
        check(
            &mut desk,
            &[
                (whole(&at(most + 1, 1), all), "epoch revision_ahead"),
                (whole("1.1", all), "applied at 1.1"),
                (ana(&at(1, most + 2), "1.1"), "revision revision_ahead"),
                (ana(&at(1, u64::MAX), "1.1"), "revision revision_ahead"),
                (whole(&at(1, most + 2), all), "revision revision_ahead"),
                (whole(&at(most + 2, 1), all), "epoch revision_ahead"),
                (whole(&at(u64::MAX, 1), all), "epoch revision_ahead"),
            ],
        );
        let highest = at(1, most + 1);
        check(&mut desk, &[(ana(&highest, "1.1"), &format!("applied at {highest}"))]);
        // Whoever has used up an epoch begins another.
        let next = at(most + 1, u64::MAX);
        check(&mut desk, &[(whole(&next, all), &format!("applied at {next}"))]);
        let after = at(most + 2, 1);
        check(&mut desk, &[(whole(&after, all), &format!("applied at {after}"))]);
    }
}

#[test]
fn parts_are_to_be_where_they_are_expected() {
    let tenant = |id: &str| Part::Tenant(id.to_owned());
    let app = Part::App(Key::parse("plugin:x").unwrap());
    let rows = [
        (tenant("acme"), Some("1.1"), "valid at 1.2"),
        (tenant("acme"), Some("1.2"), "valid at 1.2"),
        (tenant("acme"), Some("2.1"), "valid at 1.2"),
        (tenant("acme"), Some("1.0"), "part at 1.1"),
        (tenant("acme"), Some("0.9"), "part at 1.1"),
        (tenant("acme"), None, "part at 1.1"),
        (tenant("bolt"), Some("1.1"), "part at 1.2"),
        (tenant("bolt"), Some("1.2"), "valid at 1.2"),
        (tenant("zeta"), None, "valid at 1.2"),
        (tenant("zeta"), Some("1.2"), "part at nothing"),
        (Part::Model, Some("1.1"), "valid at 1.2"),
        (Part::Model, Some("1.0"), "part at 1.1"),
        (Part::Model, None, "part at 1.1"),
        (app.clone(), None, "valid at 1.2"),
        (app, Some("1.2"), "part at nothing"),
    ];
    let mut desk = desk();
    let bolt = put("1.2", "1.1", vec![member("bolt", "user:ana", &["reader"])]);
    push(&mut desk, &bolt, false).unwrap();
    for (part, at, expected) in rows {
        let expects = |mut set: ChangeSet| {
            set.header.expected = vec![Expected { part: part.clone(), revision: at.map(revision) }];
            set
        };
        for set in [ana("1.3", "1.2"), whole("1.3", &["acme", "bolt"])] {
            let outcome = push(&mut desk, &expects(set), true);
            assert_eq!(said(&outcome), expected, "{part:?} at {at:?}");
        }
    }
    let mut fresh = Desk::new(Settings::default(), None, None);
    let mut set = whole("1.1", &["acme"]);
    set.header.expected = vec![Expected { part: Part::Model, revision: None }];
    assert_eq!(said(&push(&mut fresh, &set, false)), "applied at 1.1");
    set.header.revision = revision("1.2");
    assert_eq!(said(&push(&mut fresh, &set, false)), "part at 1.1", "it exists now");
}

#[test]
fn f13_a_whole_without_a_model_is_no_policy() {
    let mut desk = desk();
    let only = |keep: &dyn Fn(&Change) -> bool| {
        let mut set = whole("1.2", &["acme", "bolt"]);
        set.changes.retain(|change| keep(&change.value));
        set.header.shrink = true;
        set
    };
    check(
        &mut desk,
        &[
            (only(&|_| false), "faulty at 1.1"),
            (only(&|change| !matches!(change, Change::PutModel(_))), "faulty at 1.1"),
        ],
    );
    let mut fresh = Desk::new(Settings::default(), None, None);
    check(&mut fresh, &[(only(&|_| false), "faulty at nothing")]);
}

#[test]
fn a_whole_that_removes_too_much_says_so() {
    let ids = ["a", "b", "c", "d", "e"];
    let shrinking = |at: &str, tenants: usize| {
        let mut set = whole(at, &ids[..tenants]);
        set.header.shrink = true;
        set
    };
    for (held, left, expected) in [
        (4, 2, "applied at 1.2"),
        (4, 1, "shrinks { held: 4, offered: 1 }"),
        (5, 3, "applied at 1.2"),
        (5, 2, "shrinks { held: 5, offered: 2 }"),
        (1, 0, "shrinks { held: 1, offered: 0 }"),
        (0, 0, "applied at 1.2"),
        (2, 5, "applied at 1.2"),
    ] {
        let mut desk = Desk::new(Settings::default(), None, None);
        check(
            &mut desk,
            &[
                (whole("1.1", &ids[..held]), "applied at 1.1"),
                (whole("1.2", &ids[..left]), expected),
                (shrinking("1.3", left), "applied at 1.3"),
            ],
        );
        assert_eq!(desk.held().unwrap().size().tenants, left);
    }
}

#[test]
fn f06_what_has_faults_changes_nothing() {
    let unknown_role = vec![member("acme", "user:ana", &["writer"]), member("acme", "user:bob", &["nobody"])];
    let no_tenant = vec![numbered(1, Change::DeleteTenant("zeta".to_owned()))];
    let mut broken = whole("1.2", &["acme", "bolt"]);
    broken.changes[0].value = Change::PutModel(MODEL.replace("doc:view", "doc:vjew"));
    check(
        &mut desk(),
        &[
            (put("1.2", "1.1", unknown_role), "faulty at 1.1"),
            (put("1.2", "1.1", no_tenant), "faulty at 1.1"),
            (broken, "faulty at 1.1"),
            (ana("1.2", "1.1"), "applied at 1.2"),
        ],
    );
}

#[test]
fn a_rehearsal_says_what_would_be_and_changes_nothing() {
    let mut desk = desk();
    let digest = desk.held().unwrap().digest();
    let faulty = put("1.2", "1.1", vec![member("acme", "user:bob", &["nobody"])]);
    for (set, expected) in [
        (ana("1.2", "1.1"), "valid at 1.1"),
        (empty("1.2", "1.1"), "valid at 1.1"),
        (whole("1.2", &["acme", "bolt"]), "valid at 1.1"),
        (whole("1.2", &[]), "shrinks { held: 2, offered: 0 }"),
        (faulty, "faulty at 1.1"),
        (ana("1.3", "1.2"), "need full at 1.1"),
        (whole("1.1", &["acme", "bolt"]), "repeated at 1.1"),
        (whole("1.1", &["bolt"]), "conflict at 1.1"),
    ] {
        let outcome = push(&mut desk, &set, true);
        assert_eq!(said(&outcome), expected);
        let held = desk.held().unwrap();
        assert_eq!((held.revision(), held.digest()), (revision("1.1"), digest));
    }
    assert_eq!(said(&push(&mut desk, &ana("1.2", "1.1"), false)), "applied at 1.2");
}

#[test]
fn whole_loads_are_taken_side_by_side_and_not_too_many() {
    let mut desk = desk();
    let all = ["acme", "bolt"];
    let [one, two, three] = ["1.5", "1.6", "1.7"].map(|at| whole(at, &all));
    let first = desk.open(one.header.clone(), false).unwrap();
    let second = desk.open(two.header.clone(), false).unwrap();
    assert_eq!(
        desk.open(three.header.clone(), false).unwrap_err(),
        Refused::Overloaded { limit: "whole_loads" }
    );
    for (of_one, of_two) in one.changes.iter().zip(&two.changes) {
        assert!(desk.piece(first, vec![of_one.clone()]).is_none());
        assert!(desk.piece(second, vec![of_two.clone()]).is_none());
    }
    assert_eq!(said(&push(&mut desk, &ana("1.2", "1.1"), false)), "applied at 1.2", "meanwhile");
    assert_eq!(said(&desk.close(second)), "applied at 1.6");
    assert_eq!(said(&desk.close(first)), "stale at 1.6");
    let third = desk.open(three.header.clone(), false).unwrap();
    desk.give_up(third);
    assert_eq!(said(&desk.close(third)), "internal", "it was given up");
    assert!(desk.loads.is_empty());
}
