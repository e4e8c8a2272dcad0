//! Cases that nobody here wrote: the test data of other projects, answered by
//! policies of `tests/third_party`.
//!
//! The policies are the project's and are checked always. The data is not: it is
//! read from beside the checkout (`../shared/fixtures`), or from where
//! `SIDEGATE_FIXTURES` says, and where it is absent the run says so.
//!
//! A case passes when every door gives the expected answer: Check, BatchCheck, and
//! each list that the case implies. `cargo test --test it third_party -- --nocapture`
//! prints the table of docs/reliability.md, which is held against it.

mod authzen;
mod cedar;
mod cerbos;
mod certification;
mod doors;
mod fixtures;
mod message;
mod openfga;
mod table;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use fixtures::Fixtures;
use sidegate::document::{PolicyLimits, load};
use sidegate::policy_dir;
use table::{Excluded, SOURCES, Tally, complaints, printed};

#[test]
fn every_policy_is_valid_and_has_a_source() {
    let folders: BTreeSet<String> = fs::read_dir(root())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let sources: BTreeSet<String> = SOURCES.iter().map(|source| source.name.to_owned()).collect();
    assert_eq!(folders, sources);
    for folder in folders {
        let loaded = load(&policy_dir::read(&directory(&folder)).unwrap(), &PolicyLimits::default());
        assert!(loaded.diagnostics.is_empty(), "{folder}: {:#?}", loaded.diagnostics);
        assert!(loaded.checked.is_some(), "{folder}");
    }
}

#[tokio::test]
async fn the_cases_of_others_are_answered_as_they_expect() {
    let fixtures = match Fixtures::find() {
        Ok(fixtures) => fixtures,
        Err(folder) => return println!("skipped: no fixtures at {}", folder.display()),
    };
    let mut tallies = authzen::run(&fixtures).await;
    tallies.extend(cerbos::run(&fixtures).await);
    tallies.extend(openfga::run(&fixtures).await);
    tallies.extend(cedar::run(&fixtures).await);

    let table = printed(&tallies);
    println!("{table}");
    let found = complaints(&tallies, table::EXCLUDED);
    assert!(found.is_empty(), "{found:#?}");
    let stated = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/reliability.md")).unwrap();
    assert!(stated.contains(&table), "docs/reliability.md has another table");
}

#[test]
fn a_table_that_is_not_as_it_should_be_is_complained_about() {
    let all = || -> Vec<Tally> {
        let full = |source: &table::Source| Tally {
            source: source.name,
            cases: (0..source.cases).map(|number| (format!("case {number}"), None)).collect(),
            lists: 1,
        };
        SOURCES.iter().map(full).collect()
    };
    assert_eq!(complaints(&all(), &[]), Vec::<String>::new());

    let mut failed = all();
    failed[0].cases[3].1 = Some("denied".to_owned());
    let name = failed[0].source;
    assert_eq!(
        complaints(&failed, &[]),
        [format!("{name}: 49 passed of 50, and 50 must"), format!("{name}: case 3: denied")]
    );

    let listed = [Excluded { source: name, case: "case 3", why: "" }];
    assert_eq!(complaints(&failed, &listed), [format!("{name}: 49 passed of 50, and 50 must")]);
    assert_eq!(
        complaints(&all(), &listed),
        [format!("{name}: case 3 is listed as not expressible, and passes")]
    );

    let nothing = [Excluded { source: name, case: "case 50", why: "" }];
    assert_eq!(
        complaints(&all(), &nothing),
        [format!("{name}: case 50 is listed as not expressible, and is no case")]
    );

    let mut short = all();
    short[1].cases.pop();
    short.pop();
    let (one, gone) = (short[1].source, SOURCES[SOURCES.len() - 1].name);
    assert_eq!(
        complaints(&short, &[]),
        [
            format!("{one}: {} cases were read, and there are {}", SOURCES[1].cases - 1, SOURCES[1].cases),
            format!(
                "{one}: {} passed of {}, and {} must",
                SOURCES[1].cases - 1,
                SOURCES[1].cases,
                SOURCES[1].cases
            ),
            format!("{gone}: was not run"),
        ]
    );
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/third_party")
}

/// The policy for a source.
fn directory(source: &str) -> PathBuf {
    root().join(source)
}
