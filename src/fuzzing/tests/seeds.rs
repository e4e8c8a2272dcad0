//! The seeds that are made here: `SIDEGATE_BLESS=1 cargo test --lib seeds_are_the_committed_ones` writes them. Seeds of
//! other names are findings, and are left alone.

use std::fs;

use super::*;
use crate::decide::reference::world::Rng;
use crate::fuzzing::page_tokens::{LISTS, here};
use crate::rpc::fuzzing::{Position, write};

type Seeds = Vec<(String, Vec<u8>)>;
/// A target, and what makes its seeds.
type Made = (&'static str, fn() -> Seeds);

#[test]
fn seeds_are_the_committed_ones() {
    let made: [Made; 7] = [
        ("documents", documents),
        ("requests", questions::seeds),
        ("change_sets", pushes::seeds),
        ("state_files", state_files),
        ("page_tokens", page_tokens),
        ("conditions", conditions),
        ("engine", engine),
    ];
    let bless = std::env::var_os("SIDEGATE_BLESS").is_some();
    for (target, seeds) in made {
        let folder = root().join("fuzz/corpus").join(target);
        for (name, bytes) in seeds() {
            let path = folder.join(&name);
            if bless {
                fs::create_dir_all(&folder).unwrap();
                fs::write(&path, &bytes).unwrap();
            }
            assert!(fs::read(&path).is_ok_and(|found| found == bytes), "{} is another", path.display());
        }
    }
}

/// The YAML files of a folder and its folders, in order, as one input.
fn texts(folder: &Path) -> Vec<String> {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    let mut found = Vec::new();
    for path in entries {
        if path.is_dir() {
            found.extend(texts(&path));
        } else if path.extension().is_some_and(|end| end == "yaml") {
            found.extend(String::from_utf8(fs::read(path).unwrap()).ok());
        }
    }
    found
}

/// Small policies with their tests, and every second faulty one.
fn documents() -> Seeds {
    let mut seeds = Seeds::new();
    for (folder, step, most) in [("tests/policies", 1, 24), ("tests/faults", 2, 35)] {
        let mut names: Vec<String> = fs::read_dir(root().join(folder))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        for name in names.into_iter().step_by(step).take(most) {
            let texts = texts(&root().join(folder).join(&name));
            let mut whole = String::new();
            for text in texts {
                let between = if whole.is_empty() { "" } else { "\n%%%\n" };
                if whole.len() + between.len() + text.len() < SEED_BYTES {
                    whole = whole + between + &text;
                }
            }
            if !whole.is_empty() {
                seeds.push((name, whole.into_bytes()));
            }
        }
    }
    seeds
}

/// What a version wrote, and deeds drawn blindly.
fn state_files() -> Seeds {
    let fixture = root().join("tests/state-v1");
    let mut raw = vec![0];
    for (kind, name) in [(0, "base.1"), (1, "log.2"), (2, "highest.1")] {
        let bytes = fs::read(fixture.join(name)).unwrap();
        let number: u8 = name.rsplit('.').next().unwrap().parse().unwrap();
        raw.extend([0, kind, number]);
        raw.extend(u16::try_from(bytes.len()).unwrap().to_le_bytes());
        raw.extend(bytes);
    }
    let mut seeds = vec![
        ("fixture".to_owned(), raw),
        ("sound-records".to_owned(), vec![1]),
        ("sound-files".to_owned(), vec![2]),
    ];
    let mut rng = Rng::new(5);
    for (mode, name) in [(1, "records"), (2, "files")] {
        for number in 0..20 {
            let mut bytes = vec![mode];
            for _ in 0..=rng.below(3) {
                bytes.extend((0..3 + rng.below(8)).map(|_| u8::try_from(rng.below(256)).unwrap()));
            }
            seeds.push((format!("{name}-{number}"), bytes));
        }
    }
    seeds
}

/// Texts, positions and bodies, of every list.
fn page_tokens() -> Seeds {
    // What each list goes on from, and everything that one can.
    let fitting = [
        Position::Sent(1),
        Position::Sent(1),
        Position::Resource("d".to_owned()),
        Position::Sent(1),
        Position::Principal { kind: "user".to_owned(), id: "ben".to_owned() },
    ];
    let positions: [&[u8]; 4] = [&[0, 0, 0, 0, 1], b"\x01d", b"\x02user:ben", b"\x03\x01doc:d"];
    let mut seeds = Seeds::new();
    for (list, ((_, query, _), position)) in (0_u8..).zip(LISTS.iter().zip(&fitting)) {
        let token = write(*query, here(), position);
        let body = {
            use base64::Engine;
            let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(&token).unwrap();
            bytes[..bytes.len() - 16].to_vec()
        };
        let moved = [&body[..24], &[8], &body[25..]].concat();
        seeds.push((format!("text-{list}"), [&[0, list], token.as_bytes()].concat()));
        seeds.push((format!("body-{list}"), [&[3, list], body.as_slice()].concat()));
        seeds.push((format!("moved-{list}"), [&[3, list], moved.as_slice()].concat()));
        for (number, position) in positions.iter().enumerate() {
            seeds.push((format!("sealed-{list}-{number}"), [&[2, list], *position].concat()));
        }
    }
    for form in 0..4 {
        let said = [1, form, 0, 3, 7, 0, form, 4, b'u', b's', b'e', b'r', 3, b'b', b'e', b'n', 1, b'q', 5, 3];
        seeds.push((format!("position-{form}"), said.to_vec()));
    }
    seeds
}

/// Expressions of every part of the language, and some that are no program; what is known is drawn blindly.
#[rustfmt::skip] // Columns of expressions.
const EXPRESSIONS: [&str; 56] = [
    "true", "!resource.a", "resource.a && resource.b", "resource.a || !resource.b", "resource.a == resource.b",
    "resource.a ? resource.i > 1 : resource.b", "resource.i == resource.j", "resource.i != 3", "resource.i + resource.j > 0",
    "resource.i - 9223372036854775807 < resource.j", "-resource.i >= -1", "resource.i <= 0 || resource.j + 1 > resource.i",
    "resource.s == resource.t", "resource.s != \"a\"", "resource.s == 'user:u'", "resource.s.startsWith(resource.t)",
    "resource.s.endsWith(\"b\")", "resource.s.contains(\"a\")", "size(resource.s) == 2", "resource.s.size() > size(resource.t)",
    "resource.s in resource.l", "\"a\" in resource.l", "!(\"b\" in [resource.s, resource.t])", "resource.i in [1, 2, resource.j]",
    "resource.i in resource.n", "resource.l == resource.m", "resource.n != resource.o", "resource.l == []", "size(resource.l) == size([1, 2])",
    "resource.l.exists(x, x == resource.s)", "resource.l.all(x, x.startsWith(\"a\"))", "resource.n.exists(x, x + resource.i > 2)",
    "resource.n.all(x, resource.o.exists(y, x == y))", "[resource.a, resource.b].exists(x, x)", "[1, resource.i].all(x, x > 0)",
    "has(resource.s) && resource.s == \"a\"", "!has(resource.s) || has(context.x)", "has(principal.g)", "principal.g == resource.s",
    "principal.v + 1 == context.h", "principal.id == \"u\"", "principal.key == resource.s", "resource.s in principal.roles",
    "\"k\" in principal.groups", "resource.id == \"k:1\" && resource.type == \"doc\"", "context.on", "context.h < 18 && context.w <= now",
    "resource.d < resource.e", "timestamp(resource.s) <= now", "now - resource.d > duration(\"1h\")", "resource.d + duration(resource.t) < now",
    "yes && mine", "each || !mine", "resource.q == 1", "resource.i == \"a\"", "resource.l.map(x, x)",
];

fn conditions() -> Seeds {
    let mut rng = Rng::new(7);
    let seed = |(number, text): (usize, &&str)| {
        let known = (0..60).map(|_| u8::try_from(rng.below(256)).unwrap());
        (format!("{number:02}"), text.bytes().chain([0]).chain(known).collect())
    };
    EXPRESSIONS.iter().enumerate().map(seed).collect()
}

/// Questions of generated worlds, and changes of them.
fn engine() -> Seeds {
    let mut rng = Rng::new(8);
    let mut seeds = Seeds::new();
    for world in 0..40_u16 {
        let question = u8::try_from(rng.below(4)).unwrap();
        let mut bytes = [world.to_le_bytes().as_slice(), &[question]].concat();
        bytes.extend((0..rng.below(8) * 2).map(|_| u8::try_from(rng.below(256)).unwrap()));
        seeds.push((format!("world-{world}"), bytes));
    }
    seeds
}
