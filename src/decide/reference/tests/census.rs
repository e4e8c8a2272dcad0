//! What generated questions came to: how often each reason, and each pair of
//! denials of which the first had to win.
//!
//! Owns the list of pairs that are possible. A suite that never sees two
//! denials meet does not test their order.

use std::collections::BTreeMap;

use crate::decide::Reason;
use crate::decide::reference::{Denial, Faults, Judgement};

/// Counts.
#[derive(Debug, Default)]
pub(super) struct Census {
    reasons: BTreeMap<Reason, u32>,
    /// What won over what else would have denied.
    pairs: BTreeMap<(Kind, Kind), u32>,
    faults: BTreeMap<String, u32>,
    hidden: u32,
}

/// A step and a reason that it may give.
type Kind = (u8, Reason);

impl Census {
    /// Counts one question.
    pub(super) fn count(&mut self, judged: &Result<Judgement, Faults>) {
        let judgement = match judged {
            Ok(judgement) => judgement,
            Err(faults) => {
                for (_, kind) in faults {
                    *self.faults.entry(format!("{kind:?}")).or_default() += 1;
                }
                return;
            }
        };
        *self.reasons.entry(judgement.answer.reason).or_default() += 1;
        self.hidden += u32::from(judgement.answer.hidden);
        let mut kinds: Vec<Kind> =
            judgement.denials.iter().map(|Denial { step, reason, .. }| (*step, *reason)).collect();
        kinds.dedup();
        if let Some((first, rest)) = kinds.split_first() {
            for other in rest {
                *self.pairs.entry((*first, *other)).or_default() += 1;
            }
        }
    }

    /// Prints everything.
    pub(super) fn print(&self) {
        let total: u32 = self.reasons.values().sum();
        let allowed: u32 =
            self.reasons.iter().filter(|(reason, _)| reason.allows()).map(|(_, count)| count).sum();
        println!("{total} decided, {} % allowed, {} hidden", allowed * 100 / total, self.hidden);
        for reason in Reason::ALL {
            println!("{:>7} {reason}", self.reasons.get(&reason).copied().unwrap_or(0));
        }
        println!("faults {:?}", self.faults);
        for ((first, second), count) in &self.pairs {
            println!("{count:>7} {} {} > {} {}", first.0, first.1, second.0, second.1);
        }
    }
}
