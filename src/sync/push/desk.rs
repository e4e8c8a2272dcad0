//! What is held, and what becomes of a push.
//!
//! Pure: no thread, clock, disk or log. Sets, pieces of wholes and rollbacks come
//! in; verdicts go out, with what to put in force and what to keep.
//!
//! Invariants:
//!
//! 1. *Whole or not at all.* Nothing of what is held changes before a set has been
//!    applied without a fault.
//! 2. *Never back.* What is held only grows newer.
//! 3. *Once.* The same set again is acknowledged again, and not applied.
//! 4. *The order of refusal is fixed*: who has pushed this already is told so
//!    whatever else is wrong, and what cannot be applied is not looked at.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::history::{History, Past, rows_brought, rows_of};
use super::load::Session;
use super::rollback::{self, Rollback};
use super::verdict::{Outcome, Refused, Verdict};
use crate::decide::{FaultKind, FieldFault};
use crate::document::{Change, ChangeSet, Expected, Header, Part, Spanned};
use crate::model::{Digest, Revision};
use crate::snapshot::Snapshot;
use crate::snapshot::apply::{Applied, Rules, Told, Touched};
use crate::sync::keep::Recovered;

/// How pushes are looked at.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// What is asked of changes.
    pub rules: Rules,
    /// How far a revision may be ahead of the one held.
    pub revision_ahead: u64,
    /// How many of what was in force are held, to be rolled back to.
    pub history: usize,
    /// Whole loads at a time.
    pub whole_loads: usize,
}

/// Holds policy, and says what becomes of pushes.
#[derive(Debug)]
pub(super) struct Desk {
    settings: Settings,
    held: Option<Snapshot>,
    /// What was held once, if that is newer than all that was found of it again.
    once: Option<Revision>,
    history: History,
    loads: BTreeMap<LoadId, Session>,
    next: LoadId,
}

/// Which whole load of those under way.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct LoadId(u64);

/// The revision that cannot be reached without a panic.
#[cfg(test)]
pub(super) const PANICS_AT: &str = "1.666666";

/// A verdict, and what follows from it.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) verdict: Verdict,
    /// What is to be put in force and kept.
    pub(super) next: Option<Next>,
}

/// What is to be put in force and kept.
#[derive(Debug)]
pub(super) struct Next {
    pub(super) snapshot: Snapshot,
    pub(super) kept: Kept,
}

/// What is to be kept of it.
#[derive(Debug)]
pub(super) enum Kept {
    /// The set.
    Set(Arc<ChangeSet>),
    /// The whole, with which sets have led there.
    Whole(Vec<(Revision, Digest)>),
}

impl Default for Settings {
    fn default() -> Self {
        Self { rules: Rules::default(), revision_ahead: 1 << 32, history: 100, whole_loads: 2 }
    }
}

impl Desk {
    /// Begins with what was kept, if anything was. `once` is the newest that was ever
    /// held.
    pub(super) fn new(settings: Settings, recovered: Option<Recovered>, once: Option<Revision>) -> Self {
        let mut history = History::new(settings.history);
        let mut held = None;
        if let Some(Recovered { snapshot, history: past, recent }) = recovered {
            // What was kept goes back to one base, and so shares nearly everything.
            for past in past.into_iter().chain([snapshot.clone()]) {
                history.hold(past, Touched::Everything, 0);
            }
            recent.into_iter().for_each(|(revision, digest)| history.remember(revision, digest));
            held = Some(snapshot);
        }
        Self { settings, held, once, history, loads: BTreeMap::new(), next: LoadId::default() }
    }

    /// What is held.
    pub(super) const fn held(&self) -> Option<&Snapshot> {
        self.held.as_ref()
    }

    /// What was in force, the newest first.
    pub(super) fn past(&self) -> impl Iterator<Item = &Past> {
        self.history.past()
    }

    /// Looks at a set that has a base.
    pub(super) fn take(&mut self, set: &Arc<ChangeSet>, rehearsed: bool) -> Result<Judged, Refused> {
        let rules = self.settings.rules;
        self.take_by(&rules, set, rehearsed)
    }

    fn take_by(&mut self, rules: &Rules, set: &Arc<ChangeSet>, rehearsed: bool) -> Result<Judged, Refused> {
        let header = &set.header;
        let digest = set.digest();
        if let Some(known) = self.ahead(header)? {
            return self.again(header.revision, known, digest);
        }
        let held = self.based_on(header.base, header.revision)?.clone();
        self.as_expected(&header.expected)?;
        let applied = match held.apply(header.revision, set.changes.clone(), rules) {
            Ok(applied) => applied,
            Err(faults) => return Ok(self.faulty(faults)),
        };
        Ok(self.settle(applied, digest, rehearsed, Some(set)))
    }

    /// Begins a whole load.
    pub(super) fn open(&mut self, header: Header, rehearsed: bool) -> Result<LoadId, Refused> {
        let again = self.ahead(&header)?.is_some();
        if self.loads.len() >= self.settings.whole_loads {
            return Err(Refused::Overloaded { limit: "whole_loads" });
        }
        let id = self.next;
        self.next = LoadId(id.0.saturating_add(1));
        self.loads.insert(id, Session::new(header, rehearsed, again, self.settings.rules));
        Ok(id)
    }

    /// Takes a piece of a whole load. Returns what is said of the load if that has
    /// ended it.
    pub(super) fn piece(
        &mut self,
        id: LoadId,
        changes: Vec<Spanned<Change>>,
    ) -> Option<Result<Judged, Refused>> {
        // Out of the desk while it is worked on: should that panic, it is gone.
        let Some(mut session) = self.loads.remove(&id) else { return Some(Err(Refused::Internal)) };
        if let Err(faults) = session.take(changes) {
            return Some(Ok(self.faulty(faults)));
        }
        self.loads.insert(id, session);
        None
    }

    /// Ends a whole load, and looks at it.
    pub(super) fn close(&mut self, id: LoadId) -> Result<Judged, Refused> {
        let session = self.loads.remove(&id).ok_or(Refused::Internal)?;
        let (rehearsed, digest) = (session.rehearsed, session.digest());
        if let Some(known) = self.ahead(&session.header)? {
            return self.again(session.header.revision, known, digest);
        }
        self.as_expected(&session.header.expected)?;
        let (held, offered) = (self.tenants(), session.tenants());
        if offered.saturating_mul(2) < held && !session.header.shrink {
            return Err(Refused::Shrinks { held, offered });
        }
        let applied = match session.finish(self.held.as_ref()) {
            Ok(applied) => applied,
            Err(faults) => return Ok(self.faulty(faults)),
        };
        Ok(self.settle(applied, digest, rehearsed, None))
    }

    /// Whether a whole load that is to be closed would be applied for all that is
    /// known: and at which revision.
    pub(super) fn promises(&self, id: LoadId) -> Option<Revision> {
        let session = self.loads.get(&id)?;
        (session.is_new() && !session.rehearsed).then_some(session.header.revision)
    }

    /// Forgets a whole load.
    pub(super) fn give_up(&mut self, id: LoadId) {
        self.loads.remove(&id);
    }

    /// Goes back to what a tenant, or everything, was.
    pub(super) fn roll_back(&mut self, wanted: &Rollback) -> Result<Judged, Refused> {
        let Rollback { tenant, to, revision, base, rehearsed } = wanted;
        let header = Header { revision: *revision, base: Some(*base), ..Header::default() };
        let known = self.ahead(&header)?;
        let asked = rollback::stands_for(wanted);
        if let (Some(known), None) = (known, tenant) {
            return self.again(*revision, known, asked);
        }
        let Some(past) = self.history.at(*to) else {
            // It cannot be told whether it is the same again.
            return Err(known.map_or(Refused::NotHeld, |_| Refused::Stale { held: self.revision() }));
        };
        let Some(tenant) = tenant else {
            let held = self.based_on(Some(*base), *revision)?;
            let applied = past.again(held, *revision);
            return Ok(self.settle(applied, asked, *rehearsed, None));
        };
        let Some(changes) = rollback::tenant(past, tenant) else { return Err(Refused::NotHeld) };
        // It was in force, whatever a customer may add now; but what has faults by now
        // must not take the place of what has none.
        let rules = Rules { lenient: true, quarantine: false, ..self.settings.rules };
        let mut judged = self.take_by(&rules, &Arc::new(ChangeSet { header, changes }), *rehearsed)?;
        rollback::tell(&mut judged.verdict, tenant);
        Ok(judged)
    }

    /// Looks at what a set is: whether a set of its revision was applied, and if
    /// not, whether its revision may come next.
    fn ahead(&self, header: &Header) -> Result<Option<Digest>, Refused> {
        let Revision { epoch, number } = header.revision;
        for (field, value) in [("epoch", epoch), ("revision", number)] {
            if value == 0 {
                return Err(Refused::Header(FieldFault::new(
                    field,
                    FaultKind::Missing,
                    "must be at least 1",
                )));
            }
        }
        if let Some(known) = self.history.set(header.revision) {
            return Ok(Some(known));
        }
        let newest = self.held.as_ref().map(Snapshot::revision).max(self.once);
        if let Some(held) = newest.filter(|newest| header.revision <= *newest) {
            return Err(Refused::Stale { held });
        }
        let most = self.settings.revision_ahead;
        let from = newest.unwrap_or_default();
        let too_far = |field, ahead: u64, from| {
            let message = format!("{ahead} above {from}, over the limit `revision_ahead` of {most}");
            Refused::Header(FieldFault::of_limit(field, "revision_ahead", message))
        };
        // It is newer, so neither goes below zero.
        let (epochs, numbers) = (epoch.saturating_sub(from.epoch), number.saturating_sub(from.number));
        if epochs > most {
            return Err(too_far("epoch", epochs, from.epoch));
        }
        if epochs == 0 && numbers > most {
            return Err(too_far("revision", numbers, from.number));
        }
        Ok(None)
    }

    /// A set whose revision was reached with a set that `known` stands for.
    fn again(&self, revision: Revision, known: Digest, digest: Digest) -> Result<Judged, Refused> {
        if known != digest {
            return Err(Refused::Conflict { revision });
        }
        let content = self.held.as_ref().map(Snapshot::digest);
        Ok(Judged { verdict: Verdict::of(Outcome::Repeated, Some(revision), content), next: None })
    }

    /// What is held, if a set was made against it.
    fn based_on(&self, base: Option<Revision>, next: Revision) -> Result<&Snapshot, Refused> {
        let Some(base) = base else {
            return Err(Refused::Header(FieldFault::missing("base_revision")));
        };
        match &self.held {
            Some(held) if held.revision() == base && base.epoch == next.epoch => Ok(held),
            held => Err(Refused::NeedFull { held: held.as_ref().map(Snapshot::revision) }),
        }
    }

    /// Whether every part is where the maker of a set believes it to be.
    fn as_expected(&self, expected: &[Expected]) -> Result<(), Refused> {
        for Expected { part, revision: believed } in expected {
            let revision = self.held.as_ref().and_then(|held| at(held, part));
            let left_out = |held: &Snapshot| match part {
                Part::Tenant(id) => held.is_quarantined(id),
                Part::Model | Part::App(_) => false,
            };
            // It is there, and nobody can have read it.
            if self.held.as_ref().is_some_and(left_out) {
                return Err(Refused::PartChanged { part: part.clone(), revision });
            }
            let as_believed = match (revision, believed) {
                (None, None) => true,
                (Some(revision), Some(believed)) => revision <= *believed,
                _ => false,
            };
            if !as_believed {
                return Err(Refused::PartChanged { part: part.clone(), revision });
            }
        }
        Ok(())
    }

    /// Takes what came of changes for what is held, unless it was only to be known.
    /// `set` is the set that it came of, if that says it all.
    fn settle(
        &mut self,
        applied: Applied,
        digest: Digest,
        rehearsed: bool,
        set: Option<&Arc<ChangeSet>>,
    ) -> Judged {
        let Applied { snapshot, warnings, widened, narrowed, touched } = applied;
        let quarantined = quarantined(&snapshot, &touched);
        let told = Verdict { warnings, widened, narrowed, quarantined, ..self.verdict(Outcome::Valid) };
        if rehearsed {
            return Judged { verdict: told, next: None };
        }
        let revision = snapshot.revision();
        #[cfg(test)]
        assert_ne!(revision.to_string(), PANICS_AT, "on purpose");
        self.history.remember(revision, digest);
        let rows = match (set, &self.held) {
            (Some(set), Some(held)) => rows_brought(held, &set.changes),
            _ => rows_of(&snapshot),
        };
        self.history.hold(snapshot.clone(), touched, rows);
        self.held = Some(snapshot.clone());
        let outcome = Outcome::Applied;
        let verdict = Verdict { outcome, revision: Some(revision), digest: Some(snapshot.digest()), ..told };
        let kept = set.map_or_else(|| Kept::Whole(self.history.sets()), |set| Kept::Set(Arc::clone(set)));
        Judged { verdict, next: Some(Next { snapshot, kept }) }
    }

    fn faulty(&self, faults: Vec<Told>) -> Judged {
        Judged { verdict: Verdict { faults, ..self.verdict(Outcome::Faulty) }, next: None }
    }

    /// What is said of a push that changes nothing.
    fn verdict(&self, outcome: Outcome) -> Verdict {
        let held = self.held.as_ref();
        Verdict::of(outcome, held.map(Snapshot::revision), held.map(Snapshot::digest))
    }

    fn revision(&self) -> Revision {
        self.held.as_ref().map(Snapshot::revision).unwrap_or_default()
    }

    /// How many tenants are held, those left out included.
    fn tenants(&self) -> usize {
        let held = self.held.as_ref();
        held.map_or(0, |held| held.size().tenants.saturating_add(held.quarantined().len()))
    }
}

/// The revision of a part.
fn at(held: &Snapshot, part: &Part) -> Option<Revision> {
    match part {
        Part::Model => Some(held.model_revision()),
        Part::Tenant(id) => held.tenant_revision(id),
        Part::App(app) => held.app_source(app).map(|(_, at)| at),
    }
}

/// The tenants that were left out of a snapshot by changes.
fn quarantined(snapshot: &Snapshot, touched: &Touched) -> Vec<String> {
    let is_touched = |id: &&str| match touched {
        Touched::Everything => true,
        Touched::Tenants(tenants) => tenants.contains(*id),
    };
    snapshot.quarantined().filter(is_touched).map(str::to_owned).collect()
}

#[cfg(test)]
mod sequence;
#[cfg(test)]
mod tests;
