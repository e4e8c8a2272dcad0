//! Generated worlds: whole policies that checking accepts, and questions about
//! them.
//!
//! Owns the seed, the instant of the world and its dials. Invariants:
//!
//! 1. A seed says everything: the same seed makes the same policy and the same
//!    questions, on every machine.
//! 2. A world has no fault. What would be one (a cycle, a name that is not
//!    there) is never generated; what is tolerated often is.
//!
//! Ids come from a tiny hostile alphabet, so that a role, a group, a user and
//! a resource often have the same one.

mod apps;
mod asked;
mod conditions;
mod faults;
mod grants;
mod model;
mod permissions;
mod questions;
mod rng;
mod tenant;
mod values;

#[cfg(test)]
pub(crate) use asked::Asked;
pub(crate) use asked::ask;
pub(crate) use rng::Rng;
pub(crate) use values::any_value;

use super::build::{at, map};
use crate::document::definition::Policy;
use crate::model::Timestamp;

/// Ids that are labels too: similar, equal after folding, or looking like
/// words of the language.
const LABELS: [&str; 8] = ["a", "A", "á", "a\u{301}", "a--b", "*", "my", "all"];
/// Ids.
const IDS: [&str; 9] = ["a", "A", "á", "a\u{301}", "a--b", "*", "my", "all", "a:b"];
/// 2026-06-01T12:00:00Z, when most questions are asked.
const NOON: i64 = 1_780_315_200;

/// A generated policy.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) seed: u64,
    pub(crate) policy: Policy,
    pub(crate) dials: Dials,
}

/// How often this world has a thing, in percent. Each world turns its dials to
/// other places, so that rare things meet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dials {
    pub(crate) suspended: u64,
    pub(crate) expired: u64,
    pub(crate) override_deny: u64,
    pub(crate) acl_deny: u64,
    /// Conditions on what roles grant, and on what scopes cover.
    pub(crate) conditional: u64,
    pub(crate) scoped: u64,
    pub(crate) restricted: u64,
    pub(crate) always: u64,
    pub(crate) gated: u64,
    pub(crate) featured: u64,
    pub(crate) unsent: u64,
    pub(crate) strangers: u64,
    pub(crate) apps: u64,
    pub(crate) via: u64,
    pub(crate) faults: u64,
}

impl World {
    /// Makes the world of a seed.
    pub(crate) fn generate(seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let dials = Dials::turn(&mut rng);
        let model = model::model(&mut rng, &dials);
        let apps = apps::apps(&mut rng, &model);
        let mut ids = LABELS;
        rng.shuffle(&mut ids);
        let count = 1 + rng.below(3);
        let tenants: Vec<_> = ids
            .iter()
            .take(count)
            .map(|id| (*id, tenant::tenant(&mut rng, &dials, &model, &apps, id)))
            .collect();
        let apps = apps.into_iter().map(|app| (app.id.clone(), at(app))).collect();
        Self { seed, policy: Policy { model, tenants: map(tenants), apps }, dials }
    }
}

impl Dials {
    fn turn(rng: &mut Rng) -> Self {
        let mut dial = |settings: &[u64]| *rng.pick(settings);
        Self {
            suspended: dial(&[0, 0, 0, 30]),
            expired: dial(&[0, 0, 0, 50]),
            override_deny: dial(&[0, 5, 50]),
            acl_deny: dial(&[0, 20, 90]),
            conditional: dial(&[0, 15, 45, 90]),
            scoped: dial(&[20, 60, 90]),
            restricted: dial(&[0, 5, 20, 60]),
            always: dial(&[0, 0, 20, 40]),
            gated: dial(&[0, 20, 50]),
            featured: dial(&[0, 30, 80]),
            unsent: dial(&[0, 5, 35]),
            strangers: dial(&[2, 2, 5, 25]),
            apps: dial(&[1, 4, 30]),
            via: dial(&[0, 15, 50, 90]),
            faults: dial(&[0, 3, 6]),
        }
    }
}

/// An instant so many seconds from noon.
fn noon(offset: i64) -> Timestamp {
    Timestamp::new(NOON + offset, 0).expect("an instant of this age")
}

/// An end: long past, just past, now, near, or far.
fn end(rng: &mut Rng) -> Timestamp {
    noon(*rng.pick(&[-86_400, -1, 0, 1, 86_400, 86_400, 864_000]))
}
