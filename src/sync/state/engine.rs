//! Decides what is written when, and whose ticket is told what. No thread, no
//! clock: whoever runs it hands over what has come, and is told what to do.
//!
//! What has come since the newest base on disk is a *chain*: sets, each made
//! against the one before, in one log after another. A set on disk counts as kept
//! when its chain begins at a base on disk. What does not lead on from the end of
//! the chain (a whole load, or a set after some that were not written) begins a
//! new one, which is *ahead* until a base of it, or of a later set of it, is on
//! disk.
//!
//! When a base is begun, the log is ended: sets that come meanwhile go to another.
//! So every set after the base's revision is in a log with a greater number, and
//! all files with numbers below the older of the two newest bases can go.
//!
//! A log that could not be written is never gone on with, and neither is a number
//! used twice.

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use super::codec::Codec;
use super::highest;
use super::log::Log;
use super::names::{Kind, Name, Named};
use super::recover::{Files, raise, set_aside};
use super::storage::Storage;
use super::told::Told;
use super::work::{Growth, Item, Job, Newest, Standing, Waiting};
use crate::model::Revision;
use crate::sync::keep::Kept;
use crate::wire::kept::{Highest, LogHeader, LoggedSet};

/// Bytes of the changes of a set above which it is not logged: a base takes its place.
const LONGEST: usize = 64 * 1024 * 1024;

/// How long to wait after the first failure, and at most.
const PATIENCE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

#[derive(Debug)]
pub(super) struct Engine<S: Storage, K: Codec> {
    storage: Arc<S>,
    codec: Arc<K>,
    growth: Growth,
    files: Files,
    highest: Option<Highest>,
    log: Option<Log<S::File>>,
    /// The end of the chain; `None` if there is none to go on with.
    end: Option<Revision>,
    /// Where the chain begins, if no base on disk has that.
    ahead: Option<Revision>,
    /// Who waits for a base, and whether it is enough that the chain leads on from it.
    waiting: Vec<(Waiting, bool)>,
    writing: bool,
    /// Nothing is written until a base is tried.
    stopped: bool,
    /// What the logs had when the base was begun that is being written.
    before: (u64, usize, usize),
    trouble: Option<Trouble>,
    standing: Standing,
    told: Vec<Told>,
    /// Whose tickets are to be told what, once the standing that says so can be seen.
    answers: Vec<(Waiting, Kept)>,
}

#[derive(Clone, Debug)]
struct Trouble {
    why: String,
    wait: Duration,
}

impl<S: Storage, K: Codec> Engine<S, K> {
    /// Goes on after what was found; `held` is what was loaded of it.
    pub(super) fn new(
        storage: Arc<S>,
        codec: Arc<K>,
        growth: Growth,
        files: Files,
        highest: Option<Highest>,
        held: Option<Revision>,
    ) -> Self {
        let unsynced = files.unsynced;
        Self {
            storage,
            codec,
            growth,
            files,
            highest,
            log: None,
            end: held,
            ahead: held.filter(|_| unsynced),
            waiting: Vec::new(),
            writing: false,
            stopped: false,
            before: (0, 0, 0),
            trouble: None,
            standing: Standing { durable: held.filter(|_| !unsynced), ..Standing::default() },
            told: Vec::new(),
            answers: Vec::new(),
        }
    }

    /// How far it has come.
    pub(super) const fn standing(&self) -> &Standing {
        &self.standing
    }

    /// What there is to tell, once.
    pub(super) fn told(&mut self) -> Vec<Told> {
        std::mem::take(&mut self.told)
    }

    /// Tells the tickets what has become of what they are for. To be done after the
    /// standing is shown, so that nobody who has been told finds it older.
    pub(super) fn answer(&mut self) {
        for (waiting, kept) in self.answers.drain(..) {
            waiting.ticket.send_replace(kept);
        }
    }

    /// How long to wait before [`Self::again`], if something is wrong.
    pub(super) fn patience(&self) -> Option<Duration> {
        self.trouble.as_ref().filter(|_| !self.writing).map(|trouble| trouble.wait)
    }

    /// Whether a base is being written.
    pub(super) const fn is_writing(&self) -> bool {
        self.writing
    }

    /// Whether somebody waits for a base.
    pub(super) fn is_awaited(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Whether a base is to be written now. When something is wrong, that is so once
    /// [`Self::patience`] is over.
    pub(super) fn wants_base(&self, patience_is_over: bool) -> bool {
        let part = self.files.base_bytes.checked_div(self.growth.part).unwrap_or(0);
        let too_long = self.files.log_bytes > self.growth.least.max(part)
            || self.files.log_sets > self.growth.sets
            || self.files.logs > self.growth.logs;
        let wanted = self.stopped || self.ahead.is_some() || self.files.wants_base || too_long;
        wanted && !self.writing && (self.trouble.is_none() || patience_is_over)
    }

    /// Writes what has come, in groups with one sync each.
    pub(super) fn take(&mut self, items: Vec<Item<K::Set>>) {
        self.waiting.retain(|(waiting, _)| !waiting.ticket.is_closed());
        let mut group = Vec::new();
        let mut end = self.end;
        for item in items {
            match item {
                Item::Set(set, held, waiting) => {
                    let logged = self.codec.log(&set, held);
                    if end == Some(logged.base) && logged.changes.len() <= LONGEST {
                        end = Some(logged.revision);
                        group.push((logged, waiting));
                        continue;
                    }
                    self.append(std::mem::take(&mut group));
                    self.begin(waiting);
                }
                Item::Whole(waiting) => {
                    self.append(std::mem::take(&mut group));
                    self.begin(waiting);
                }
            }
            end = self.end;
        }
        self.append(group);
    }

    /// Begins a base of what is in force.
    pub(super) fn job(&mut self, newest: Newest<K::Whole>) -> Job<S, K> {
        if self.stopped {
            self.stopped = false;
            self.chain(K::revision(&newest.whole));
        }
        let number = self.number();
        self.writing = true;
        self.log = None;
        self.before = (self.files.log_bytes, self.files.log_sets, self.files.logs);
        (self.files.log_bytes, self.files.log_sets, self.files.logs) = (0, 0, 0);
        Job { storage: Arc::clone(&self.storage), codec: Arc::clone(&self.codec), newest, number }
    }

    /// A base has been written, or could not be.
    pub(super) fn written(&mut self, job: &Job<S, K>, result: io::Result<u64>) {
        self.writing = false;
        match result.and_then(|bytes| self.install(job).map(|()| bytes)) {
            Ok(bytes) => {
                self.before = (0, 0, 0);
                self.installed(job, bytes);
            }
            Err(error) => {
                // A part of it takes space that is needed; the start removes it otherwise.
                let _ = self.storage.remove(&job.name().unfinished());
                self.files.log_bytes = self.files.log_bytes.saturating_add(self.before.0);
                self.files.log_sets = self.files.log_sets.saturating_add(self.before.1);
                self.files.logs = self.files.logs.saturating_add(self.before.2);
                self.before = (0, 0, 0);
                self.fail(&format!("no base can be written: {error}"));
                if self.ahead.is_some() {
                    self.stop();
                    let why = self.why();
                    let failed =
                        self.waiting.drain(..).map(|(waiting, _)| (waiting, Kept::Failed(why.clone())));
                    self.answers.extend(failed);
                }
            }
        }
    }

    /// Gives a base its name, and removes what it makes useless.
    fn install(&mut self, job: &Job<S, K>) -> io::Result<()> {
        let name = job.name();
        self.storage.rename(&name.unfinished(), &name.to_string())?;
        self.storage.sync()?;
        let whole = &job.newest.whole;
        let mut highest = self.highest;
        raise(&mut highest, Highest { revision: K::revision(whole), digest: K::digest(whole) });
        if let Some(highest) = &highest {
            highest::write(self.storage.as_ref(), job.number, highest)?;
        }
        self.highest = highest;
        Ok(())
    }

    fn installed(&mut self, job: &Job<S, K>, bytes: u64) {
        let revision = K::revision(&job.newest.whole);
        self.files.bases.insert(job.number);
        self.files.base_bytes = bytes;
        self.files.wants_base = false;
        if self.ahead.is_some_and(|ahead| ahead <= revision) {
            self.ahead = None;
        }
        let leads_on = self.ahead.is_none();
        let chained = self.end.filter(|_| leads_on).unwrap_or(revision);
        self.standing.durable = self.standing.durable.max(Some(revision.max(chained)));
        let kept = |one: &mut (Waiting, bool)| one.0.revision <= revision || (one.1 && leads_on);
        let kept = self.waiting.extract_if(.., kept).map(|(waiting, _)| (waiting, Kept::Durable));
        self.answers.extend(kept);
        if !self.stopped && self.trouble.take().is_some() {
            self.standing.trouble = None;
            self.told.push(Told::Note(format!("policy is kept again, at revision {revision}")));
        }
        self.clean();
    }

    /// Removes what is older than the older of the two newest bases.
    fn clean(&mut self) {
        for name in std::mem::take(&mut self.files.broken) {
            let result = set_aside(self.storage.as_ref(), name);
            self.complain(name, "set aside", result);
        }
        let keep: BTreeSet<u64> = self.files.bases.iter().rev().take(2).copied().collect();
        let Some(oldest) = keep.first().copied() else { return };
        self.files.bases = keep;
        // What cannot be removed takes space, and does no harm.
        for text in self.storage.names().unwrap_or_default() {
            let Named::File(name) = Named::of(&text) else { continue };
            if name.number < oldest && !self.files.foreign.contains(&name) {
                let result = self.storage.remove(&text);
                self.complain(name, "removed", result);
            }
        }
    }

    /// Appends sets that lead on from the end of the chain.
    fn append(&mut self, group: Vec<(LoggedSet, Waiting)>) {
        let Some((last, _)) = group.last() else { return };
        let last = last.revision;
        let (sets, tickets): (Vec<_>, Vec<_>) = group.into_iter().unzip();
        match self.write(sets) {
            Ok(()) => {
                self.end = Some(last);
                if self.ahead.is_none() {
                    self.standing.durable = Some(last);
                    self.answers.extend(tickets.into_iter().map(|waiting| (waiting, Kept::Durable)));
                } else {
                    self.waiting.extend(tickets.into_iter().map(|waiting| (waiting, true)));
                }
            }
            Err(error) => {
                self.fail(&format!("no set can be written: {error}"));
                self.stop();
                let why = self.why();
                let failed = tickets.into_iter().map(|waiting| (waiting, Kept::Failed(why.clone())));
                self.answers.extend(failed);
            }
        }
    }

    fn write(&mut self, sets: Vec<LoggedSet>) -> io::Result<()> {
        if self.files.log_bytes.saturating_add(self.before.0) > self.growth.most {
            return Err(io::Error::other("the log is too long, and no base can be written"));
        }
        let mut log = match self.log.take() {
            Some(log) => log,
            None => {
                let name = Name { kind: Kind::Log, number: self.number() };
                let header = LogHeader { start: self.end.unwrap_or_default(), ahead: self.ahead.is_some() };
                self.files.logs = self.files.logs.saturating_add(1);
                Log::begin(self.storage.as_ref(), name, &header)?
            }
        };
        let (before, count) = (log.bytes(), sets.len());
        log.append(self.storage.as_ref(), sets.into_iter())?;
        self.files.log_bytes = self.files.log_bytes.saturating_add(log.bytes().saturating_sub(before));
        self.files.log_sets = self.files.log_sets.saturating_add(count);
        self.log = Some(log);
        Ok(())
    }

    /// Begins a chain with what can be had by a base only.
    fn begin(&mut self, waiting: Waiting) {
        if self.stopped {
            // Until it is tried again, nothing is written at all.
            let why = self.why();
            self.answers.push((waiting, Kept::Failed(why)));
        } else {
            self.chain(waiting.revision);
            self.waiting.push((waiting, false));
        }
    }

    fn chain(&mut self, start: Revision) {
        (self.log, self.end, self.ahead) = (None, Some(start), Some(start));
    }

    /// Writes nothing more until a base is tried.
    fn stop(&mut self) {
        (self.stopped, self.log, self.end) = (true, None, None);
    }

    fn fail(&mut self, why: &str) {
        let wait = match &self.trouble {
            None => PATIENCE.0,
            Some(trouble) => trouble.wait.saturating_mul(2).min(PATIENCE.1),
        };
        let message = format!("{why}; it is tried again in {} s", wait.as_secs());
        self.told.push(Told::Warning(message));
        self.trouble = Some(Trouble { why: why.to_owned(), wait });
        self.files.wants_base = true;
        self.standing.trouble = Some(why.to_owned());
        self.standing.failures = self.standing.failures.saturating_add(1);
    }

    fn why(&self) -> String {
        self.trouble.as_ref().map(|trouble| trouble.why.clone()).unwrap_or_default()
    }

    fn complain(&mut self, name: Name, what: &str, result: io::Result<()>) {
        if let Err(error) = result {
            self.told.push(Told::Warning(format!("`{name}` cannot be {what}: {error}")));
        }
    }

    fn number(&mut self) -> u64 {
        let number = self.files.next;
        self.files.next = number.saturating_add(1);
        number
    }
}

#[cfg(test)]
mod tests;
