//! What is acknowledged is never lost, whatever the disk does and whenever it all
//! ends: tried at every call.

use super::*;
use crate::sync::state::scene::{LIFE, Scene, Step};
use crate::sync::state::storage::simulated::{Done, Fault};

const ENOSPC: i32 = 28;
const EROFS: i32 = 30;
const EIO: i32 = 5;

#[test]
fn a_life_without_faults_keeps_everything() {
    let mut scene = Scene::new();
    scene.play(LIFE);
    assert_eq!(scene.pending(), 0);
    assert_eq!(scene.failed(), 0);
    assert_eq!(scene.acknowledged(), Some(scene.held().revision));
    assert_eq!(scene.engine().standing().durable, Some(scene.held().revision));
    scene.recovers_from(&scene.disk().files(), "at the end");
}

#[test]
fn two_generations_are_kept_and_no_more() {
    let mut scene = Scene::new();
    scene.play(LIFE);
    let names: Vec<String> = scene.disk().files().into_keys().collect();
    let of = |word: &str| names.iter().filter(|name| name.starts_with(word)).count();
    assert_eq!((of("base."), of("highest.")), (2, 2), "{names:?}");
    let oldest = names.iter().find_map(|name| name.strip_prefix("base.")?.parse::<u64>().ok()).unwrap();
    for log in names.iter().filter_map(|name| name.strip_prefix("log.")?.parse::<u64>().ok()) {
        assert!(log > oldest, "{names:?}");
    }
}

#[test]
fn f16_f17_whatever_the_power_leaves_is_old_or_new_and_has_all_that_was_acknowledged() {
    let mut scene = Scene::new();
    scene.play(LIFE);
    let (calls, mut disks) = (scene.disk().calls(), 0);
    assert!(calls > 100, "{calls} calls are no life");
    for call in 0..=calls {
        let mut scene = Scene::new();
        scene.disk().dies_at(call);
        scene.play(LIFE);
        scene.recovers_from(&scene.disk().files(), &format!("killed at call {call}"));
        for files in scene.disk().after_power_loss() {
            scene.recovers_from(&files, &format!("power lost at call {call}"));
            disks += 1;
        }
    }
    assert!(disks > 500, "{disks} disks");
}

#[test]
fn f17_power_is_lost_after_a_kill() {
    let mut scene = Scene::new();
    scene.play(LIFE);
    let calls = scene.disk().calls();
    for call in 0..=calls {
        let mut scene = Scene::new();
        scene.disk().dies_at(call);
        scene.play(LIFE);
        scene.disk().dies_at(usize::MAX);
        // The next process reads what the one before has written, but not synced.
        scene.play(&[Step::Restart, Step::Set, Step::Take]);
        for files in scene.disk().after_power_loss() {
            scene.recovers_from(&files, &format!("killed at call {call}, and power lost later"));
        }
    }
}

#[test]
fn f18_a_disk_that_fails_and_mends_loses_nothing_and_is_gone_on_with() {
    let mut scene = Scene::new();
    scene.play(LIFE);
    let total = scene.disk().calls();
    for from in 0..total {
        for (errno, done, calls) in [
            (ENOSPC, Done::Half, 1),
            (ENOSPC, Done::Nothing, 7),
            (EROFS, Done::Nothing, usize::MAX - total),
            (EIO, Done::Nothing, 1),
            (EIO, Done::All, 1),
            (EIO, Done::Half, 3),
        ] {
            let why = format!("error {errno} at call {from}, {calls} times, {done:?} done");
            let mut scene = Scene::new().unsound();
            scene.disk().fails(Some(Fault { from, calls, errno, done }));
            scene.play(LIFE);
            scene.recovers_from(&scene.disk().files(), &why);
            scene.disk().fails(None);
            for files in scene.disk().after_power_loss() {
                scene.recovers_from(&files, &why);
            }
            scene.mends(&why);
        }
    }
}

#[test]
fn f18_while_it_fails_tickets_say_so_and_nothing_is_written() {
    let mut scene = Scene::new();
    scene.play(&[Step::Whole, Step::Take, Step::Base(&[]), Step::Set, Step::Take]);
    let from = scene.disk().calls();
    scene.disk().fails(Some(Fault { from, calls: usize::MAX - from, errno: ENOSPC, done: Done::Nothing }));
    scene.play(&[Step::Set, Step::Take]);
    assert_eq!(scene.failed(), 1);
    let calls = scene.disk().calls();
    scene.play(&[Step::Set, Step::Set, Step::Take]);
    assert_eq!((scene.failed(), scene.disk().calls()), (3, calls), "nothing is tried before its time");
    let standing = scene.engine().standing().clone();
    assert_eq!(standing.durable, scene.acknowledged());
    assert!(standing.trouble.is_some_and(|why| why.contains("os error 28")));
    assert_eq!(scene.engine().patience(), Some(PATIENCE.0));
    scene.play(&[Step::Again]);
    assert_eq!(scene.engine().patience(), Some(PATIENCE.0 * 2));
    scene.disk().fails(None);
    scene.mends("it was full");
    assert_eq!(scene.engine().standing().trouble, None);
}

#[test]
fn a_log_that_grows_asks_for_a_base() {
    let mut scene = Scene::new();
    scene.play(&[Step::Whole, Step::Take]);
    assert!(scene.engine().wants_base(false), "a load needs a base");
    scene.play(&[Step::Base(&[])]);
    assert!(!scene.engine().wants_base(false));
    let mut sets = 0;
    while !scene.engine().wants_base(false) {
        scene.play(&[Step::Set, Step::Take]);
        sets += 1;
    }
    // The least is 2,000 bytes in a scene, and a set has about 180.
    assert!((9..20).contains(&sets), "{sets} sets");
    scene.play(&[Step::Base(&[])]);
    assert!(!scene.engine().wants_base(false));
}

#[test]
fn a_log_that_no_base_relieves_ends_at_its_bound() {
    let mut scene = Scene::new();
    scene.play(&[Step::Whole, Step::Take, Step::Base(&[])]);
    for _ in 0..1000 {
        scene.play(&[Step::Set, Step::Take]);
    }
    assert!(scene.failed() > 0);
    let bytes: usize = scene.disk().files().values().map(Vec::len).sum();
    assert!(bytes < 25_000, "{bytes} bytes");
    scene.recovers_from(&scene.disk().files(), "a long log");
    scene.mends("a base can be written after all");
}
