//! What was in force, and what was kept of it.

use super::*;

#[test]
fn going_back_brings_what_was_as_a_new_revision() {
    let mut desk = desk();
    let was = desk.held().unwrap().digest();
    let acme = desk.held().unwrap().tenant_digest("acme");
    check(
        &mut desk,
        &[
            (ana("1.2", "1.1"), "applied at 1.2"),
            (put("1.3", "1.2", vec![member("bolt", "user:ana", &["writer"])]), "applied at 1.3"),
        ],
    );
    let back = |tenant: Option<&str>, to: &str, at: &str, base: &str| Rollback {
        tenant: tenant.map(str::to_owned),
        to: revision(to),
        revision: revision(at),
        base: revision(base),
        rehearsed: false,
    };
    for (wanted, expected) in [
        (back(Some("acme"), "1.9", "1.4", "1.3"), "notheld"),
        (back(Some("zeta"), "1.1", "1.4", "1.3"), "notheld"),
        (back(None, "1.9", "1.4", "1.3"), "notheld"),
        (back(None, "1.9", "1.3", "1.2"), "conflict at 1.3"),
        (back(None, "1.1", "1.4", "1.2"), "need full at 1.3"),
        (back(None, "1.1", "1.3", "1.2"), "conflict at 1.3"),
        (back(Some("acme"), "1.1", "1.4", "1.2"), "need full at 1.3"),
        (Rollback { rehearsed: true, ..back(Some("acme"), "1.1", "1.4", "1.3") }, "valid at 1.3"),
        (Rollback { rehearsed: true, ..back(None, "1.1", "1.4", "1.3") }, "valid at 1.3"),
        (back(Some("acme"), "1.1", "1.4", "1.3"), "applied at 1.4"),
        (back(Some("acme"), "1.1", "1.4", "1.3"), "repeated at 1.4"),
        (back(Some("acme"), "1.2", "1.4", "1.3"), "conflict at 1.4"),
    ] {
        let outcome = desk.roll_back(&wanted);
        assert_eq!(said(&outcome), expected, "{wanted:?}");
    }
    let held = desk.held().unwrap();
    assert_eq!(held.tenant_digest("acme"), acme);
    assert_eq!(held.tenant_revision("acme"), Some(revision("1.4")), "it is a change");
    assert_eq!(held.tenant_revision("bolt"), Some(revision("1.3")));
    assert_ne!(held.digest(), was, "the other tenant is as it was pushed");
    for expected in ["applied at 1.5", "repeated at 1.5"] {
        assert_eq!(said(&desk.roll_back(&back(None, "1.1", "1.5", "1.4"))), expected);
    }
    let held = desk.held().unwrap();
    assert_eq!(held.digest(), was);
    assert_eq!(held.tenant_revision("bolt"), Some(revision("1.5")), "nothing seems not to have changed");
}

#[test]
fn only_so_much_is_held_and_remembered() {
    let mut desk = Desk::new(Settings { history: 3, ..Settings::default() }, None, None);
    push(&mut desk, &whole("1.1", &["acme"]), false).unwrap();
    for number in 2..=1100_u64 {
        push(&mut desk, &empty(&format!("1.{number}"), &format!("1.{}", number - 1)), false).unwrap();
    }
    let held: Vec<u64> = desk.past().map(|past| past.snapshot.revision().number).collect();
    assert_eq!(held, [1100, 1099, 1098]);
    assert_eq!(desk.history.sets().len(), 1024);
    check(
        &mut desk,
        &[
            (empty("1.77", "1.76"), "repeated at 1.77"),
            // It is forgotten, and so no more than old.
            (empty("1.76", "1.75"), "stale at 1.1100"),
        ],
    );
}

#[test]
fn f02_what_was_kept_is_gone_on_from() {
    let mut before = desk();
    push(&mut before, &ana("1.2", "1.1"), false).unwrap();
    let recovered = Recovered {
        snapshot: before.held().unwrap().clone(),
        history: vec![before.history.at(revision("1.1")).unwrap().clone()],
        recent: before.history.sets(),
    };
    let mut desk = Desk::new(Settings::default(), Some(recovered), Some(revision("1.2")));
    check(
        &mut desk,
        &[
            (ana("1.2", "1.1"), "repeated at 1.2"),
            (whole("1.1", &["acme", "bolt"]), "repeated at 1.1"),
            (whole("1.2", &["acme", "bolt"]), "conflict at 1.2"),
            (put("1.3", "1.2", vec![member("bolt", "user:ana", &["writer"])]), "applied at 1.3"),
        ],
    );
    assert_eq!(desk.past().count(), 3);
}

#[test]
fn f22_what_was_held_once_is_not_gone_back_behind() {
    let mut desk = Desk::new(Settings::default(), None, Some(revision("2.7")));
    check(
        &mut desk,
        &[
            (whole("1.9", &["acme"]), "stale at 2.7"),
            (whole("2.7", &["acme"]), "stale at 2.7"),
            (ana("2.8", "2.7"), "need full at nothing"),
            (whole("2.8", &["acme"]), "applied at 2.8"),
        ],
    );
}

#[test]
fn what_is_kept_of_a_set_says_it_all() {
    let mut desk = desk();
    let kept = |outcome: Result<Judged, Refused>| outcome.unwrap().next.unwrap().kept;
    let set = ana("1.2", "1.1");
    let Kept::Set(told) = kept(push(&mut desk, &set, false)) else { panic!("a set is kept as it is") };
    assert_eq!(*told, set);
    let Kept::Whole(recent) = kept(push(&mut desk, &whole("1.3", &["acme"]), false)) else {
        panic!("a whole is kept as what came of it")
    };
    assert_eq!(recent.iter().map(|(at, _)| at.number).collect::<Vec<_>>(), [1, 2, 3]);
    let back = Rollback {
        tenant: Some("acme".to_owned()),
        to: revision("1.1"),
        revision: revision("1.4"),
        base: revision("1.3"),
        rehearsed: false,
    };
    assert!(matches!(kept(desk.roll_back(&back)), Kept::Set(_)));
    let back = Rollback { tenant: None, revision: revision("1.5"), base: revision("1.4"), ..back };
    assert!(matches!(kept(desk.roll_back(&back)), Kept::Whole(_)));
}
