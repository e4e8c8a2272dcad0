//! A sidecar with a simulated disk and no threads, played step by step.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::codec::Codec;
use super::engine::Engine;
use super::fake::{Held, Numbers, Rows};
use super::recover::{Recovery, recover};
use super::replay::keep;
use super::storage::simulated::Simulated;
use super::work::{Growth, Item, Newest, Waiting};
use crate::model::{Digest, Revision};
use crate::sync::keep::{Kept, RECENT, Ticket};

/// A life with everything in it: a first load, sets one by one and in groups, a
/// base with sets in the middle of it, another load, a load while a base is being
/// written, a restart, and a restart after that.
pub(super) const LIFE: &[Step] = &[
    Step::Whole,
    Step::Take,
    Step::Base(&[]),
    Step::Set,
    Step::Take,
    Step::Set,
    Step::Set,
    Step::Set,
    Step::Take,
    Step::Base(&[Step::Set, Step::Take, Step::Set]),
    Step::Set,
    Step::Take,
    Step::Restart,
    Step::Set,
    Step::Take,
    Step::Base(&[]),
    Step::Set,
    Step::Set,
    Step::Take,
    Step::Whole,
    Step::Set,
    Step::Take,
    Step::Base(&[Step::Set, Step::Take]),
    Step::Set,
    Step::Take,
    Step::Base(&[Step::Set, Step::Whole, Step::Take, Step::Set, Step::Take]),
    Step::Base(&[]),
    Step::Set,
    Step::Take,
    Step::Restart,
    Step::Restart,
    Step::Set,
    Step::Take,
];

/// Something that happens.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// A set is put in force.
    Set,
    /// A whole is put in force.
    Whole,
    /// What has come is written.
    Take,
    /// A base is begun if one is wanted or nothing is wrong; it is written; these
    /// things happen; it gets its name.
    Base(&'static [Step]),
    /// It is time to try again.
    Again,
    /// The process ends and another begins.
    Restart,
}

type Life = Engine<Simulated, Numbers>;

pub(super) struct Scene {
    disk: Simulated,
    engine: Option<Life>,
    held: Option<Held>,
    recent: Vec<(Revision, Digest)>,
    items: Vec<Item<Rows>>,
    tickets: Vec<(Revision, Ticket)>,
    /// Everything that was ever in force. What was not acknowledged can be followed by
    /// something else of the same revision, in a later process.
    shown: BTreeMap<Revision, Vec<Held>>,
    acknowledged: Option<Revision>,
    failed: usize,
    epoch: u64,
    /// Nothing that a sidecar leaves may look broken to the next.
    sound: bool,
}

impl Scene {
    pub(super) fn new() -> Self {
        Self::on(Simulated::default())
    }

    pub(super) fn on(disk: Simulated) -> Self {
        let mut scene = Self {
            disk,
            engine: None,
            held: None,
            recent: Vec::new(),
            items: Vec::new(),
            tickets: Vec::new(),
            shown: BTreeMap::new(),
            acknowledged: None,
            failed: 0,
            epoch: 1,
            sound: true,
        };
        scene.restart();
        scene
    }

    /// Something is broken here, or reading fails, and so files may be set aside.
    pub(super) fn unsound(mut self) -> Self {
        self.sound = false;
        self
    }

    pub(super) fn play(&mut self, steps: &[Step]) {
        for step in steps {
            // A sidecar whose directory cannot be read does not start.
            if self.engine.is_none() {
                return;
            }
            match step {
                Step::Set => self.set(),
                Step::Whole => self.whole(),
                Step::Take => {
                    let items = std::mem::take(&mut self.items);
                    self.engine_mut().take(items);
                    self.engine_mut().answer();
                }
                Step::Base(meanwhile) => self.base(false, meanwhile),
                Step::Again => self.base(true, &[]),
                Step::Restart => self.restart(),
            }
            self.look();
        }
    }

    /// The disk works again; after at most two tries everything is kept.
    pub(super) fn mends(&mut self, why: &str) {
        if self.engine.is_none() {
            self.restart();
        }
        let Some(_) = self.held else { return };
        self.play(&[Step::Set, Step::Take, Step::Again, Step::Take, Step::Again, Step::Set, Step::Take]);
        let held = self.held().revision;
        assert_eq!(self.acknowledged, Some(held), "{why}: kept again");
        assert_eq!(self.engine().standing().durable, Some(held), "{why}");
        assert_eq!(self.engine().standing().trouble, None, "{why}");
        self.recovers_from(&self.disk.files(), why);
    }

    /// What is found in these files is something that was in force, and not older
    /// than what was acknowledged; and it can be gone on with.
    pub(super) fn recovers_from(&self, files: &BTreeMap<String, Vec<u8>>, why: &str) {
        let disk = Simulated::of(files.clone());
        let found = recover(&disk, &Numbers, 100).unwrap();
        let Some(good) = &found.good else {
            assert_eq!(self.acknowledged, None, "{why}: all is lost\n{:#?}", found.told);
            return;
        };
        let revision = good.whole.revision;
        assert!(Some(revision) >= self.acknowledged, "{why}: {revision} is old\n{:#?}", found.told);
        assert!(self.was_in_force(&good.whole), "{why}: {:?} was never in force", good.whole);
        assert!(good.history.iter().all(|past| self.was_in_force(past)), "{why}: {:?}", good.history);
        if Some(revision) == self.acknowledged {
            assert_eq!(self.shown[&revision].last(), Some(&good.whole), "{why}");
        }
        assert_eq!(good.recent.back().map(|recent| recent.0), Some(revision), "{why}: which set it was");
        let names: Vec<String> = disk.files().into_keys().collect();
        assert!(!names.iter().any(|name| name.ends_with(".tmp")), "{why}: {names:?}");
        assert!(!self.sound || !names.iter().any(|name| name.ends_with(".bad")), "{why}: {names:?}");

        let mut next = Self::on(disk);
        if next.engine().wants_base(false) {
            next.play(&[Step::Base(&[])]);
        }
        next.play(&[Step::Set, Step::Take]);
        assert_eq!(next.acknowledged, Some(next.held().revision), "{why}: it is gone on with");
        let last = next.held().clone();
        next.restart();
        assert_eq!(next.held(), &last, "{why}: and found again");
    }

    pub(super) fn was_in_force(&self, held: &Held) -> bool {
        self.shown.get(&held.revision).is_some_and(|shown| shown.contains(held))
    }

    pub(super) fn disk(&self) -> &Simulated {
        &self.disk
    }

    pub(super) fn engine(&self) -> &Life {
        self.engine.as_ref().unwrap()
    }

    pub(super) fn held(&self) -> &Held {
        self.held.as_ref().unwrap()
    }

    pub(super) fn acknowledged(&self) -> Option<Revision> {
        self.acknowledged
    }

    pub(super) fn failed(&self) -> usize {
        self.failed
    }

    pub(super) fn pending(&self) -> usize {
        self.tickets.len()
    }

    fn engine_mut(&mut self) -> &mut Life {
        self.engine.as_mut().unwrap()
    }

    fn restart(&mut self) {
        self.items.clear();
        self.tickets.clear();
        self.engine = None;
        let Ok(found) = recover(&self.disk, &Numbers, 100) else { return };
        let Recovery { good, highest, files, .. } = found;
        let held = good.as_ref().map(|good| good.whole.revision);
        // The control plane never gives a number twice, whatever the sidecar has.
        let given = self.shown.keys().last().copied().max(highest.map(|highest| highest.revision));
        self.epoch = given.map_or(1, |given| given.epoch + 1);
        let growth = Growth { least: 2000, part: 4, sets: 1000, logs: 20, most: 20_000 };
        let disk = Arc::new(self.disk.clone());
        self.engine = Some(Engine::new(disk, Arc::new(Numbers), growth, files, highest, held));
        self.recent = good.as_ref().map(|good| good.recent.iter().copied().collect()).unwrap_or_default();
        self.held = good.map(|good| good.whole);
        self.look();
    }

    fn set(&mut self) {
        let Some(held) = &self.held else { return self.whole() };
        let base = held.revision;
        let number = base.number + 1;
        let rows = vec![(u8::try_from(number % 11).unwrap(), number), (200, number * number)];
        let set = Rows { revision: Revision::new(base.epoch, number), base, rows };
        let next = held.after(&set);
        self.recent.push((set.revision, Numbers::stands_for(&set)));
        let digest = Numbers::digest(&next);
        let waiting = self.waits(set.revision);
        self.items.push(Item::Set(Arc::new(set), digest, waiting));
        self.shows(next);
    }

    fn whole(&mut self) {
        let epoch = self.epoch;
        let before = self.held.as_ref().map(|held| held.revision).filter(|held| held.epoch >= epoch);
        let revision =
            before.map_or(Revision::new(epoch, 10), |held| Revision::new(held.epoch, held.number + 5));
        let rows = [(1, revision.number), (2, revision.epoch), (3, 3)].into();
        self.recent.push((revision, Digest::of(b"whole")));
        let waiting = self.waits(revision);
        self.items.push(Item::Whole(waiting));
        self.shows(Held { revision, rows, quarantined: vec!["left-out".to_owned()] });
    }

    fn waits(&mut self, revision: Revision) -> Waiting {
        let (tell, ticket) = Ticket::new(Kept::Pending);
        self.tickets.push((revision, ticket));
        Waiting { revision, ticket: tell }
    }

    fn shows(&mut self, held: Held) {
        self.shown.entry(held.revision).or_default().push(held.clone());
        self.held = Some(held);
    }

    fn base(&mut self, patience_is_over: bool, meanwhile: &[Step]) {
        let Some(held) = self.held.clone() else { return };
        let wanted = self.engine().wants_base(patience_is_over);
        let free = self.engine().patience().is_none() && !patience_is_over;
        if !wanted && !free {
            return;
        }
        let mut recent = std::collections::VecDeque::new();
        self.recent.iter().for_each(|one| keep(&mut recent, *one, RECENT));
        let newest = Newest { whole: held, recent: recent.into() };
        let job = self.engine_mut().job(newest);
        let result = job.run(&AtomicBool::new(false));
        self.play(meanwhile);
        self.engine_mut().written(&job, result);
        self.engine_mut().answer();
    }

    /// Looks at what the tickets say.
    fn look(&mut self) {
        let (acknowledged, failed) = (&mut self.acknowledged, &mut self.failed);
        self.tickets.retain(|(revision, ticket)| match ticket.now() {
            Kept::Pending => true,
            Kept::Durable => {
                *acknowledged = (*acknowledged).max(Some(*revision));
                false
            }
            Kept::Failed(_) => {
                *failed += 1;
                false
            }
        });
    }
}
