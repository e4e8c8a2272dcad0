//! After a change nothing of what was is left: not a row, not a summary, not a name.

use std::collections::BTreeMap;

use super::super::deltas::{apply, difference, spoiled};
use super::super::laws::{compiled, worlds};
use super::super::{answer, compile};
use crate::decide::reference::world::{Asked, Rng, ask};
use crate::decide::{Extent, Request, RequestLimits, admit, list};
use crate::snapshot::Snapshot;

/// Everything of the old snapshot is used first, so that whatever it makes on the way
/// is made; then the next snapshot is held against one that never had another before it.
#[test]
fn b25_nothing_of_the_policy_before_is_left() {
    let (mut changed, mut extents) = (0, BTreeMap::new());
    for world in worlds(250) {
        let mut rng = Rng::new(world.seed ^ 0x25);
        let other = spoiled(&world.policy, &mut rng);
        let Ok(less) = compile(&other) else { continue };
        let full = compiled(&world.policy);
        let questions = ask(&world, 20);
        // Away from it and back again: deleted, renamed, edited, and as it was.
        for (before, after, changes) in [
            (&full, &less, difference(&world.policy, &other)),
            (&less, &full, difference(&other, &world.policy)),
        ] {
            let was: Vec<_> = questions.iter().map(|asked| told(before, asked)).collect();
            let next = apply(before, changes, world.seed);
            for (asked, was) in questions.iter().zip(was) {
                let is = told(&next, asked);
                assert_eq!(is, told(after, asked), "seed {}: {:?}", world.seed, asked.question);
                changed += usize::from(is != was);
                *extents.entry(format!("{:?}", is.1)).or_insert(0) += 1;
            }
        }
    }
    assert!(changed > 300 && extents.len() >= 3, "{changed} {extents:?}");
}

/// The answer about one resource, and about all of its type.
fn told(snapshot: &Snapshot, asked: &Asked) -> (String, Option<Extent>) {
    let question = &asked.question;
    let all = || {
        let (call, mut target) = (question.call(), question.target());
        target.id = None;
        let limits = RequestLimits::default();
        let caller = admit::caller(snapshot, &call, &limits).ok()?;
        let target = admit::target(snapshot, &caller, &target, &limits).ok()?;
        let permission = admit::action(snapshot, &target, &question.action).ok()?;
        Some(list::extent(snapshot, Request { caller: &caller, target: &target, permission }, asked.now))
    };
    (format!("{:?}", answer(snapshot, question, asked.now)), all())
}
