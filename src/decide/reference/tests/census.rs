//! What generated questions came to: how often each reason, and each pair of
//! denials of which the first had to win.
//!
//! Owns the list of pairs that are possible. A suite that never sees two
//! denials meet does not test their order.

use std::collections::{BTreeMap, BTreeSet};

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

/// No document gives it, and no generated question meets it: a tenant is put in
/// quarantine by whoever loads the policy.
const OF_LOADING: Reason = Reason::TenantInvalid;

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

    /// Fails unless every reason and every pair that is possible was seen so
    /// often, none that is impossible was, and the mix is fair.
    pub(super) fn demand(&self, least: u32) {
        let total: u32 = self.reasons.values().sum();
        let allowed: u32 =
            self.reasons.iter().filter(|(reason, _)| reason.allows()).map(|(_, count)| count).sum();
        assert!((35..=65).contains(&(allowed * 100 / total)), "{allowed} of {total} allowed");
        let count = |reason: &Reason| self.reasons.get(reason).copied().unwrap_or(0);
        assert_eq!(count(&OF_LOADING), 0);
        let expected = Reason::ALL.into_iter().filter(|reason| *reason != OF_LOADING);
        let rare: Vec<Reason> = expected.filter(|reason| count(reason) < least).collect();
        assert!(rare.is_empty(), "seen less than {least} times: {rare:?}");
        let possible: BTreeSet<(Kind, Kind)> = possible_pairs().collect();
        let seen = |pair: &(Kind, Kind)| self.pairs.get(pair).copied().unwrap_or(0);
        let rare: Vec<_> =
            possible.iter().map(|pair| (pair, seen(pair))).filter(|(_, seen)| *seen < least).collect();
        assert!(rare.is_empty(), "seen less than {least} times: {rare:#?}");
        let strange: Vec<_> = self.pairs.keys().filter(|pair| !possible.contains(*pair)).collect();
        assert!(strange.is_empty(), "thought impossible: {strange:#?}");
    }
}

/// Every step with every reason that it may give, in order.
const KINDS: [Kind; 18] = [
    (1, Reason::UnknownTenant),
    (2, Reason::AppNotInstalled),
    (2, Reason::UnknownPrincipal),
    (3, Reason::Suspended),
    (3, Reason::Expired),
    (4, Reason::PlanFeature),
    (5, Reason::OverrideDeny),
    (5, Reason::AclDeny),
    (6, Reason::MissingAttribute),
    (6, Reason::ConditionFalse),
    (6, Reason::NotGranted),
    (7, Reason::GateClosed),
    (8, Reason::Restricted),
    (8, Reason::MissingAttribute),
    (9, Reason::AppNotInstalled),
    (9, Reason::AuthorityTooLow),
    (9, Reason::MissingAttribute),
    (9, Reason::ScopeNotGranted),
];

/// The pairs of denials that one question can meet, the one that wins first.
fn possible_pairs() -> impl Iterator<Item = (Kind, Kind)> {
    let pairs = KINDS
        .iter()
        .enumerate()
        .flat_map(|(place, first)| KINDS.iter().skip(place + 1).map(move |second| (*first, *second)));
    pairs.filter(|(first, second)| !is_impossible(*first, *second))
}

/// Why two denials never meet.
fn is_impossible(first: Kind, second: Kind) -> bool {
    match (first, second) {
        // Without a tenant there is nothing else to ask.
        ((1, _), _) => true,
        // An app is no stranger and no member; it has no roles and no gates;
        // and acting for itself, what is not installed has no scope at all.
        ((2, Reason::AppNotInstalled), (2 | 3 | 7, _) | (5, Reason::OverrideDeny)) => true,
        ((2, Reason::AppNotInstalled), (6, reason)) => reason != Reason::NotGranted,
        ((2, Reason::AppNotInstalled), (9, reason)) => reason != Reason::ScopeNotGranted,
        // A stranger is no member, and no entry of `anyone` covers what it
        // asks, whether or not its condition holds.
        ((2, Reason::UnknownPrincipal), (3, _) | (5, Reason::OverrideDeny)) => true,
        ((2, Reason::UnknownPrincipal), (6, reason)) => reason != Reason::NotGranted,
        // Steps 6 and 9 give these only when nothing else of theirs is to say.
        ((6, _), (6, Reason::NotGranted)) | ((9, _), (9, Reason::ScopeNotGranted)) => true,
        ((9, Reason::AppNotInstalled), (9, _)) => true,
        _ => false,
    }
}
