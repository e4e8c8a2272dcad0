//! What becomes of files that are not as they were left.

use std::collections::BTreeMap;

use super::*;
use crate::sync::state::fake::{Held, Numbers};
use crate::sync::state::frame;
use crate::sync::state::scene::{LIFE, Scene, Step};
use crate::sync::state::storage::simulated::Simulated;

type Disk = BTreeMap<String, Vec<u8>>;

/// A life's files, and what was in force at its end.
fn lived(steps: &[Step]) -> (Scene, Disk, Held) {
    let mut scene = Scene::new();
    scene.play(steps);
    let (files, held) = (scene.disk().files(), scene.held().clone());
    (scene, files, held)
}

/// Two generations of one load: sets before the second base and after it.
const PLAIN: &[Step] = &[
    Step::Whole,
    Step::Take,
    Step::Base(&[]),
    Step::Set,
    Step::Take,
    Step::Set,
    Step::Take,
    Step::Base(&[]),
    Step::Set,
    Step::Take,
    Step::Set,
    Step::Set,
    Step::Take,
];

fn found(files: &Disk) -> (Recovery<Held>, Disk) {
    let disk = Simulated::of(files.clone());
    let found = recover(&disk, &Numbers, 100).unwrap();
    (found, disk.files())
}

fn errors(found: &Recovery<Held>) -> Vec<&str> {
    let error = |told: &'_ Told| matches!(told, Told::Error(_));
    found
        .told
        .iter()
        .filter(|told| error(told))
        .map(|told| match told {
            Told::Note(text) | Told::Warning(text) | Told::Error(text) => text.as_str(),
        })
        .collect()
}

fn whole(found: &Recovery<Held>) -> Option<&Held> {
    found.good.as_ref().map(|good| &good.whole)
}

/// The names of a kind, the oldest first.
fn names(files: &Disk, word: &str) -> Vec<String> {
    let number = |name: &String| name.strip_prefix(word)?.strip_prefix('.')?.parse::<u64>().ok();
    let mut names: Vec<(u64, String)> =
        files.keys().filter_map(|name| Some((number(name)?, name.clone()))).collect();
    names.sort();
    names.into_iter().map(|(_, name)| name).collect()
}

#[test]
fn f19_files_that_are_cut_or_have_a_flipped_bit_give_what_was_in_force_or_nothing() {
    let mut tried = 0;
    for steps in [LIFE, PLAIN] {
        let (scene, files, held) = lived(steps);
        let newest_base = names(&files, "base").iter().map(|name| header(&files, name)).max().unwrap();
        let mut check = |name: &str, bytes: Vec<u8>, what: &str| {
            let mut files = files.clone();
            let sound = files.insert(name.to_owned(), bytes).unwrap();
            let (found, after) = found(&files);
            tried += 1;
            if let Some(whole) = whole(&found) {
                assert!(scene.was_in_force(whole), "{name}, {what}: {whole:?}");
                assert!(whole.revision >= newest_base, "{name}, {what}: {}", whole.revision);
                assert!(*whole == held || name.starts_with("log"), "{name}, {what}: {whole:?}");
            }
            // Nothing is thrown away.
            let kept = after.values().any(|bytes| *bytes == files[name]);
            assert!(kept || files[name] == sound, "{name}, {what}");
        };
        for (name, bytes) in &files {
            for length in 0..bytes.len() {
                check(name, bytes[..length].to_vec(), &format!("cut at {length}"));
            }
            for at in 0..bytes.len() {
                for bit in 0..8 {
                    let mut flipped = bytes.clone();
                    flipped[at] ^= 1 << bit;
                    check(name, flipped, &format!("bit {bit} of byte {at}"));
                }
            }
            check(name, [bytes.as_slice(), &[0]].concat(), "longer");
            check(name, vec![0; bytes.len()], "zeros");
        }
    }
    assert!(tried > 20_000, "{tried} files were tried");
}

fn header(files: &Disk, name: &str) -> Revision {
    let disk = Simulated::of(files.clone());
    let number = name.strip_prefix("base.").unwrap().parse().unwrap();
    base::read_header(&disk, Name { kind: Kind::Base, number }).unwrap().revision
}

#[test]
fn f19_with_the_newer_base_broken_the_older_leads_to_the_same() {
    let (_, mut files, held) = lived(PLAIN);
    let newest = names(&files, "base").pop().unwrap();
    let broken = files[&newest][..100].to_vec();
    files.insert(newest.clone(), broken.clone());
    let (found, after) = found(&files);
    assert_eq!(whole(&found), Some(&held));
    assert!(found.files.wants_base, "and the next base is not put off");
    assert_eq!(after.get(&format!("{newest}.bad")), Some(&broken), "it is set aside, not removed");
    assert!(errors(&found)[0].contains(&newest), "{:?}", found.told);
}

#[test]
fn f09_what_is_older_is_not_loaded_at_the_second_start_either() {
    // All that says what was kept is the header of a base that is broken behind it.
    let (_, mut files, _) = lived(PLAIN);
    let [_, newest] = names(&files, "base").try_into().unwrap();
    files.retain(|name, _| !name.starts_with("highest") && !name.starts_with("log"));
    files.get_mut(&newest).unwrap().pop();
    let mut starts = 0;
    while starts < 3 {
        let (found, after) = found(&files);
        assert_eq!(whole(&found), None, "start {starts}: {:?}", found.told);
        assert!(after.contains_key(&format!("{newest}.bad")), "start {starts}");
        (files, starts) = (after, starts + 1);
    }
    // Whoever says that what is left is good enough has it.
    files.retain(|name, _| !name.starts_with("highest"));
    assert!(whole(&found(&files).0).is_some());
}

#[test]
fn f16_what_leads_on_from_what_was_never_kept_is_gone_before_its_numbers_are_given_again() {
    let mut scene = Scene::new();
    scene.play(&[Step::Whole, Step::Take, Step::Base(&[]), Step::Set, Step::Take]);
    // A load whose base is never written, and sets that lead on from it.
    scene.play(&[Step::Whole, Step::Take, Step::Set, Step::Set, Step::Set, Step::Set, Step::Take]);
    assert_eq!(names(&scene.disk().files(), "log").len(), 2);
    scene.play(&[Step::Restart]);
    assert_eq!(names(&scene.disk().files(), "log").len(), 1);
    for _ in 0..20 {
        scene.play(&[Step::Set, Step::Take]);
        let (found, _) = found(&scene.disk().files());
        assert_eq!(whole(&found), Some(scene.held()));
        assert_eq!(found.told, Vec::new());
    }
}

#[test]
fn f19_swapped_generations_come_to_the_same() {
    for word in ["base", "log", "highest"] {
        let (_, mut files, held) = lived(PLAIN);
        let names = names(&files, word);
        let (first, last) = (&names[0], &names[names.len() - 1]);
        let (a, b) = (files[first].clone(), files[last].clone());
        files.extend([(first.clone(), b), (last.clone(), a)]);
        let (found, _) = found(&files);
        assert_eq!(whole(&found), Some(&held), "{word}");
        assert_eq!(errors(&found), Vec::<&str>::new(), "{word}");
    }
}

#[test]
fn f19_a_file_of_another_kind_is_not_used() {
    let (_, files, held) = lived(PLAIN);
    let pick = |word: &str| names(&files, word).pop().unwrap();
    for (name, other) in [("base", "log"), ("log", "base"), ("highest", "log"), ("base", "highest")] {
        let mut changed = files.clone();
        changed.insert(pick(name), files[&pick(other)].clone());
        let (found, after) = found(&changed);
        let expected = (name != "log").then_some(&held);
        if let Some(expected) = expected {
            assert_eq!(whole(&found), Some(expected), "{name} is {other}");
        }
        assert!(after.contains_key(&format!("{}.bad", pick(name))), "{name} is {other}");
    }
}

#[test]
fn f19_a_broken_set_is_told_from_a_torn_one() {
    let (_, files, held) = lived(PLAIN);
    let log = names(&files, "log").pop().unwrap();
    // Three sets, of which the first is broken; then the last.
    for (from_end, sets, loud) in [(400, 3, true), (10, 1, false)] {
        let mut files = files.clone();
        let bytes = files.get_mut(&log).unwrap();
        let at = bytes.len() - from_end;
        bytes[at] ^= 1;
        let (found, _) = found(&files);
        let number = held.revision.number - sets;
        assert_eq!(whole(&found).unwrap().revision.number, number, "{:?}", found.told);
        assert_eq!((errors(&found).len() == 1, found.files.wants_base), (loud, loud), "{:?}", found.told);

        let mut next = Scene::on(Simulated::of(files)).unsound();
        if loud {
            assert!(next.engine().wants_base(false));
        }
        next.play(&[Step::Set, Step::Take, Step::Base(&[]), Step::Set, Step::Take]);
        assert_eq!(next.acknowledged(), Some(next.held().revision));
        let set_aside = next.disk().files().contains_key(&format!("{log}.bad"));
        assert_eq!(set_aside, loud, "what is broken is set aside once a base has what is good of it");
        next.recovers_from(&next.disk().files(), "it goes on");
    }
}

#[test]
fn f21_what_a_newer_version_has_written_is_not_used_and_kept() {
    let (_, mut files, _) = lived(PLAIN);
    for kind in Kind::ALL {
        let newest = names(&files, kind.word()).pop().unwrap();
        let bytes = files.get_mut(&newest).unwrap();
        let newer = frame::opening_of(kind, frame::VERSION + 1);
        bytes[..frame::OPENING].copy_from_slice(&newer);
    }
    let newest: Vec<String> =
        Kind::ALL.iter().map(|kind| names(&files, kind.word()).pop().unwrap()).collect();
    let (found, after) = found(&files);
    assert_eq!(whole(&found), None, "what is older than it is not loaded");
    assert_eq!(errors(&found).len(), 4, "{:?}", found.told);
    assert_eq!(after, files, "nothing is touched");

    // The process goes on, and removes only what is its own.
    let mut next = Scene::on(Simulated::of(files.clone()));
    let load = [Step::Whole, Step::Take, Step::Base(&[]), Step::Set, Step::Take];
    for _ in 0..3 {
        next.play(&load);
    }
    next.recovers_from(&next.disk().files(), "it has a policy of its own now");
    for name in newest {
        assert_eq!(next.disk().files().get(&name), Some(&files[&name]), "{name}");
    }
}

#[test]
fn f22_what_is_older_than_the_highest_is_not_loaded() {
    let (_, files, _) = lived(PLAIN);
    let (bases, logs) = (names(&files, "base"), names(&files, "log"));
    let mut old = files.clone();
    for name in [&bases[1], &logs[0], &logs[1]] {
        old.remove(name);
    }
    let (refused, after) = found(&old);
    assert_eq!(whole(&refused), None);
    assert!(errors(&refused)[0].contains("remove `highest.*`"), "{:?}", refused.told);
    assert_eq!(after, old, "nothing is touched");
    assert!(refused.highest.is_some());

    // The highest is told to whoever may put something in force, and never lowered.
    let mut next = Scene::on(Simulated::of(old.clone()));
    next.play(&[Step::Whole, Step::Take, Step::Base(&[])]);
    let (later, _) = found(&next.disk().files());
    assert_eq!(whole(&later), Some(next.held()));
    assert!(later.highest.map(|highest| highest.revision) > refused.highest.map(|highest| highest.revision));

    // What the operator has decided.
    old.retain(|name, _| !name.starts_with("highest"));
    let (loaded, _) = found(&old);
    assert_eq!(whole(&loaded).unwrap().revision, header(&files, &bases[0]));
}

#[test]
fn f22_a_broken_base_counts_for_what_its_header_says() {
    let (_, mut files, _) = lived(PLAIN);
    files.retain(|name, _| !name.starts_with("highest") && !name.starts_with("log"));
    let newest = names(&files, "base").pop().unwrap();
    let bytes = files.get_mut(&newest).unwrap();
    bytes.truncate(bytes.len() - 1);
    let (found, _) = found(&files);
    assert_eq!(whole(&found), None, "the older base is older than it");
}

#[test]
fn what_is_whole_and_not_taken_stays_where_it_is() {
    let disk = Simulated::default();
    let bad = Held { revision: Revision::new(1, 1), rows: [(13, 13)].into(), quarantined: Vec::new() };
    let name = Name { kind: Kind::Base, number: 4 };
    let stop = std::sync::atomic::AtomicBool::new(false);
    base::write(&disk, &Numbers, name, &bad, &[], &stop).unwrap();
    disk.rename(&name.unfinished(), &name.to_string()).unwrap();
    let (found, after) = found(&disk.files());
    assert_eq!(whole(&found), None);
    assert_eq!(after, disk.files(), "another version of the sidecar may take it");
    assert!(errors(&found)[0].contains("not liked"), "{:?}", found.told);
}

#[test]
fn an_empty_directory_is_no_fault() {
    let (found, _) = found(&Disk::new());
    assert_eq!((whole(&found), &found.told, found.files.next), (None, &Vec::new(), 1));
    let others = [("lost+found", b"".to_vec()), ("notes.txt", b"mine".to_vec())];
    let others: Disk = others.map(|(name, bytes)| (name.to_owned(), bytes)).into();
    let disk = Simulated::of(others.clone());
    assert!(recover(&disk, &Numbers, 1).unwrap().told.is_empty());
    assert_eq!(disk.files(), others, "what is not ours is left alone");
}

#[test]
fn i13_equal_content_is_kept_in_equal_bytes() {
    let whole =
        Held { revision: Revision::new(2, 7), rows: [(1, 2), (3, 4)].into(), quarantined: vec!["a".into()] };
    let write = |whole: &Held, number| {
        let (disk, name) = (Simulated::default(), Name { kind: Kind::Base, number });
        let stop = std::sync::atomic::AtomicBool::new(false);
        base::write(&disk, &Numbers, name, whole, &[(whole.revision, Digest::of(b"set"))], &stop).unwrap();
        disk.files().into_values().next().unwrap()
    };
    let bytes = write(&whole, 1);
    assert_eq!(write(&whole, 2), bytes);
    let disk = Simulated::of([("base.9".to_owned(), bytes.clone())].into());
    let (read, header, length) = base::read(&disk, &Numbers, Name { kind: Kind::Base, number: 9 }).unwrap();
    assert_eq!((&read, length), (&whole, bytes.len() as u64));
    assert_eq!(header.recent, vec![(whole.revision, Digest::of(b"set"))]);
    assert_eq!(write(&read, 3), bytes);
}
