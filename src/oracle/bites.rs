//! The oracle bites: what is done wrongly is noticed.
//!
//! Owns a table of wrongs: policies left out, parts of a question left out, an
//! answer turned round. Each must make the two differ in some generated world.

use serde_json::json;

use super::Judge;
use super::ask::Put;
use super::worlds::{SEEDS, Translated, compare, read, translate};
use crate::export::cedar::Export;

/// As many worlds are asked at most.
const WORLDS: u64 = 60;

/// What is done wrongly.
#[derive(Clone, Copy, Debug)]
enum Wrong {
    /// Policies that come from this are left out.
    Without(&'static str),
    /// A stretch of the policies is written otherwise.
    Written(&'static str, &'static str),
    /// A question is put otherwise.
    Put(fn(&mut Put)),
    /// The engine's answers are turned round.
    Turned,
}

pub(super) fn run<J: Judge>() {
    let wrongs: [(&str, Wrong); 18] = [
        ("no tenant is asked for", Wrong::Without("tenant")),
        ("nobody is suspended", Wrong::Without("member")),
        ("every plan has every feature", Wrong::Without("feature:")),
        ("no overrides", Wrong::Without("override")),
        ("no access lists", Wrong::Without("acl:")),
        ("no roles", Wrong::Without("role:")),
        ("no gates", Wrong::Without("gate:")),
        ("no restrictions", Wrong::Without("restriction:")),
        ("apps get nothing", Wrong::Without("scope:")),
        ("apps and tokens are not bounded", Wrong::Without("acting via")),
        (
            "unsent is taken for null",
            Wrong::Written("resource.sidegate.null.contains(", "!resource.sidegate.null.contains("),
        ),
        ("below is there too", Wrong::Written("resource != ", "resource == ")),
        ("a null is forgotten", Wrong::Put(|put| put.entities[1]["attrs"]["sidegate"]["null"] = json!([]))),
        ("parents are forgotten", Wrong::Put(|put| put.entities[1]["parents"] = json!([]))),
        ("roles are forgotten", Wrong::Put(|put| put.entities[0]["parents"] = json!([]))),
        (
            "what is acted through is forgotten",
            Wrong::Put(|put| {
                put.context["sidegate"].as_object_mut().expect("a record").remove("via");
            }),
        ),
        (
            "the context is forgotten",
            Wrong::Put(|put| {
                put.context.as_object_mut().expect("a record").retain(|name, _| name == "sidegate");
            }),
        ),
        ("an answer is turned round", Wrong::Turned),
    ];
    let mut unnoticed: Vec<(&str, Wrong)> = wrongs.to_vec();
    for seed in SEEDS..SEEDS + WORLDS {
        if unnoticed.is_empty() {
            break;
        }
        let Ok(translated) = translate(seed) else { continue };
        unnoticed.retain(|(_, wrong)| !notices::<J>(&translated, *wrong));
    }
    let unnoticed: Vec<&str> = unnoticed.into_iter().map(|(what, _)| what).collect();
    assert!(unnoticed.is_empty(), "nobody noticed that {unnoticed:?}");
}

fn notices<J: Judge>(translated: &Translated, wrong: Wrong) -> bool {
    let export = match wrong {
        Wrong::Without(from) => without(&translated.export, from),
        Wrong::Written(this, that) => {
            let policies = translated.export.policies.replace(this, that);
            Export { policies, ..translated.export.clone() }
        }
        Wrong::Put(_) | Wrong::Turned => translated.export.clone(),
    };
    let unchanged = export.policies == translated.export.policies;
    if unchanged && matches!(wrong, Wrong::Without(_) | Wrong::Written(..)) {
        return false;
    }
    let cedar: J = read(translated, &export);
    let tally = match wrong {
        Wrong::Put(change) => compare(
            translated,
            &cedar,
            |mut put| {
                change(&mut put);
                put
            },
            |engine| engine,
        ),
        Wrong::Turned => compare(translated, &cedar, |put| put, |engine| !engine),
        Wrong::Without(_) | Wrong::Written(..) => compare(translated, &cedar, |put| put, |engine| engine),
    };
    tally.difference.is_some()
}

/// Leaves policies out, by what they come from.
fn without(export: &Export, from: &str) -> Export {
    let mut parts = export.policies.split("\n@from(\"");
    let mut policies = parts.next().expect("a head").to_owned();
    let mut count = 0;
    for part in parts.filter(|part| !part.starts_with(from)) {
        policies.push_str("\n@from(\"");
        policies.push_str(part);
        count += 1;
    }
    Export { policies, count, ..export.clone() }
}
