//! Generated worlds, decided by both.
//!
//! Owns the mode of the generator: a condition that Cedar cannot say makes way
//! for a plain one, and a third of them ask what is null. That so few have to is asserted, and told.

use super::ask::{Asker, Put, can_be_put};
use super::{Judge, Unanswered};
use crate::decide::reference::compare::answer;
use crate::decide::reference::world::{World, ask};
use crate::document::definition::{Entry, Expression, Policy, ScopeCover, When};
use crate::document::{Checked, Place, PolicyLimits, check};
use crate::export::cedar::{Export, export};
use crate::model::{Revision, Timestamp};
use crate::snapshot::Snapshot;

/// The first seed: others than elsewhere.
pub(super) const SEEDS: u64 = 2_000_000;
/// Questions a world.
const QUESTIONS: usize = 100;
/// 2026-06-01T12:00:00Z, about which the worlds' instants lie.
const NOON: i64 = 1_780_315_200;
/// What takes the place of what Cedar cannot say.
const PLAIN: [&str; 4] =
    ["principal.id == \"a\"", "has(resource.id)", "\"a\" in principal.roles", "resource.id != principal.id"];

/// A world that Cedar can be asked about.
pub(super) struct Translated {
    pub(super) world: World,
    pub(super) checked: Checked,
    pub(super) export: Export,
    pub(super) now: Timestamp,
    pub(super) conditions: usize,
    pub(super) replaced: usize,
}

/// What came of the questions about one world.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) decided: usize,
    allowed: usize,
    /// Questions whose sent parents make a circle, which Cedar refuses.
    circles: usize,
    /// Questions that the door refuses.
    faults: usize,
    /// The first question that the two answer differently.
    pub(super) difference: Option<String>,
}

pub(super) fn run<J: Judge>(wanted: usize) -> String {
    let mut all = Tally::default();
    let (mut conditions, mut replaced, mut excluded, mut policies) = (0, 0, Vec::new(), 0);
    let mut differences = Vec::new();
    let mut seed = SEEDS;
    while all.decided < wanted && differences.len() < 5 {
        let translated = translate(seed);
        seed += 1;
        let translated = match translated {
            Ok(translated) => translated,
            Err(why) => {
                excluded.push(format!("{}: {why}", seed - 1));
                continue;
            }
        };
        conditions += translated.conditions;
        replaced += translated.replaced;
        policies += translated.export.count;
        let cedar = read::<J>(&translated, &translated.export);
        let told = cedar.validate();
        assert!(told.is_empty(), "seed {}: {told:#?}", seed - 1);
        let Tally { decided, allowed, circles, faults, difference } =
            compare(&translated, &cedar, |put| put, |engine| engine);
        all.decided += decided;
        all.allowed += allowed;
        all.circles += circles;
        all.faults += faults;
        differences.extend(difference);
    }
    assert!(differences.is_empty(), "{}", differences.join("\n\n"));
    let Tally { decided, allowed, circles, faults, difference: _ } = all;
    assert!(excluded.is_empty(), "a world that cannot be translated");
    assert!(replaced * 5 <= conditions, "more than a fifth of the conditions are not Cedar's");
    assert!(circles * 50 <= decided, "too many questions make a circle");
    let share = allowed * 100 / decided;
    assert!((30..=70).contains(&share), "{share} % are allowed: the questions tell little");
    format!(
        "{decided} decisions over worlds of seeds {SEEDS}..{seed}, {policies} policies; {allowed} allowed\n\
         {} worlds excluded\n\
         {replaced} of {conditions} conditions replaced; {faults} questions refused at the door\n\
         {circles} questions whose sent parents make a circle, which Cedar refuses",
        excluded.len()
    )
}

/// Reads what was exported of a world.
pub(super) fn read<J: Judge>(translated: &Translated, export: &Export) -> J {
    J::read(export).unwrap_or_else(|error| panic!("seed {}: {error}", translated.world.seed))
}

/// Asks both about a world, up to the first difference. What Cedar is asked and
/// what the engine says may be spoilt on the way, to see that it is noticed.
pub(super) fn compare<J: Judge>(
    translated: &Translated,
    cedar: &J,
    spoil: impl Fn(Put) -> Put,
    hear: impl Fn(bool) -> bool,
) -> Tally {
    let Translated { world, checked, export, now, .. } = translated;
    let snapshot = Snapshot::compile(checked, Revision::new(1, 1));
    let asker = Asker::new(&world.policy.model, &export.entities);
    let mut tally = Tally::default();
    for question in ask(world, QUESTIONS).into_iter().map(|asked| asked.question) {
        let Ok(engine) = answer(&snapshot, &question, *now) else {
            tally.faults += 1;
            continue;
        };
        let engine = hear(engine.reason.allows());
        assert!(can_be_put(&question), "the generator makes no finer instants");
        match cedar.allows(&spoil(asker.put(&question, *now))) {
            Ok(cedar) if cedar == engine => {
                tally.decided += 1;
                tally.allowed += usize::from(engine);
            }
            Err(Unanswered::Circle) => tally.circles += 1,
            cedar => {
                let seed = world.seed;
                tally.difference = Some(format!(
                    "seed {seed}, at {now}: {question:#?}\nengine allows: {engine}\nCedar allows: {cedar:?}"
                ));
                break;
            }
        }
    }
    tally
}

/// Makes the world of a seed and translates it.
pub(super) fn translate(seed: u64) -> Result<Translated, String> {
    let mut world = World::generate(seed);
    let offset = [0, 0, 1, -1, 86_400][usize::try_from(seed % 5).expect("small")];
    let now = Timestamp::new(NOON + offset, 0).expect("an instant of this age");
    // A place tells which condition is refused.
    let mut conditions = 0;
    each_expression(&mut world.policy, &mut |expression| {
        conditions += 1;
        // Null and unsent differ only under a negated `has`, which is seldom drawn.
        if conditions % 3 == 0 {
            expression.text = expression.text.replacen("has(", "!has(", 1);
        }
        expression.at = Place { source: 1, start: conditions, end: conditions };
    });
    let mut replaced = 0;
    loop {
        let (checked, told) = check(world.policy.clone(), &PolicyLimits::default());
        let checked = checked.ok_or_else(|| format!("checking refuses the world: {told:?}"))?;
        let refused = match export(&checked, now) {
            Ok(export) => {
                let conditions = usize::try_from(conditions).expect("few");
                return Ok(Translated { world, checked, export, now, conditions, replaced });
            }
            Err(refused) => refused,
        };
        let before = replaced;
        each_expression(&mut world.policy, &mut |expression| {
            let is_plain = PLAIN.contains(&expression.text.as_str());
            if !is_plain && refused.iter().any(|told| told.at == expression.at) {
                expression.text = PLAIN[replaced % PLAIN.len()].to_owned();
                replaced += 1;
            }
        });
        if replaced == before {
            return Err(format!("{:?}", refused.into_iter().map(|told| told.message).collect::<Vec<_>>()));
        }
    }
}

fn each_expression(policy: &mut Policy, change: &mut impl FnMut(&mut Expression)) {
    let entries = |entries: &mut [Entry], change: &mut dyn FnMut(&mut Expression)| {
        for entry in entries {
            if let When::Expression(expression) = &mut entry.when {
                change(expression);
            }
        }
    };
    for condition in policy.model.conditions.values_mut() {
        change(&mut condition.value.expression);
    }
    for role in policy.model.roles.values_mut() {
        entries(&mut role.value.allow, change);
    }
    for restriction in policy.model.restrictions.values_mut() {
        change(&mut restriction.value.allow_when);
    }
    for scope in policy.model.scopes.values_mut() {
        match &mut scope.value.covers {
            ScopeCover::Allow(list) => entries(list, change),
            ScopeCover::Modes(modes) => {
                modes.values_mut().for_each(|mode| entries(&mut mode.value, change));
            }
        }
    }
}
