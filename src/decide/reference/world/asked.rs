//! Which questions are asked: of those drawn, the ones worth asking.
//!
//! Owns the choice. The judge is asked beforehand, because most of what is
//! drawn blindly is denied for one dull reason.

use super::rng::Rng;
use super::{World, faults, noon, questions};
use crate::decide::Reason;
use crate::decide::reference::question::Question;
use crate::decide::reference::{Denial, Faults, Judgement, judge};
use crate::model::Timestamp;

/// A question, the instant it is asked at, and what the judge says.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) question: Question,
    pub(crate) now: Timestamp,
    pub(crate) judged: Result<Judgement, Faults>,
}

/// So many questions about a world.
pub(crate) fn ask(world: &World, count: usize) -> Vec<Asked> {
    let mut rng = Rng::new(world.seed ^ 0x5eed);
    (0..count).map(|_| chosen(&mut rng, world)).collect()
}

/// One question. Half of them are the best of a few: one that is allowed, or
/// one that is denied for several reasons that seldom meet.
fn chosen(rng: &mut Rng, world: &World) -> Asked {
    let (tries, allowed) = [(1, false), (4, true), (6, false)][rng.weighted(&[37, 39, 24])];
    let worth = |asked: &Asked| match &asked.judged {
        Err(_) => 0,
        Ok(Judgement { denials, .. }) if allowed => u32::from(denials.is_empty()),
        Ok(Judgement { denials, .. }) => denials.iter().map(rarity).sum(),
    };
    let mut best = asked(rng, world);
    for _ in 1..tries {
        let other = asked(rng, world);
        if worth(&other) > worth(&best) {
            best = other;
        }
    }
    best
}

fn rarity(denial: &Denial) -> u32 {
    match (denial.step, denial.reason) {
        (6 | 8 | 9, Reason::MissingAttribute) | (_, Reason::ConditionFalse | Reason::AuthorityTooLow) => 6,
        (2, Reason::AppNotInstalled) | (_, Reason::Restricted) | (5, _) => 4,
        (9, Reason::AppNotInstalled) | (_, Reason::UnknownPrincipal) => 3,
        _ => 1,
    }
}

fn asked(rng: &mut Rng, world: &World) -> Asked {
    let mut question = questions::question(rng, world);
    if rng.chance(world.dials.faults) {
        faults::spoil(rng, world, &mut question);
    }
    let now = noon(*rng.pick(&[0, 0, 0, 0, -1, 1, 86_400]));
    let judged = judge(&world.policy, &question.call(), &question.target(), &question.action, now);
    Asked { question, now, judged }
}
