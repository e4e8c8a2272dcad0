//! What was kept by the process before: which files count, and what they come to.
//!
//! Names only tell files apart. The newest base is the one that says so and is
//! whole; every log is then read in the order in which they begin, and a set that
//! leads on from where one is is applied, one that led there before is passed
//! over. So whichever base is whole, the sets that came while another was being
//! written are found.
//!
//! Nothing is loaded that is older than the highest that was ever kept: what was
//! taken away since would be given again. Then one starts without policy, as on
//! the first day.
//!
//! Nothing is removed here but what nobody had finished, and logs that lead on from
//! what was never kept. What is broken is set
//! aside under another name; what is whole and of another version, or not taken,
//! stays as it is.

use std::collections::{BTreeSet, VecDeque};
use std::io;

use super::base::{self, Unusable};
use super::codec::Codec;
use super::highest;
use super::log;
use super::names::{Kind, Name, Named};
use super::replay::{Replay, replay};
use super::storage::Storage;
use super::told::Told;
use crate::model::{Digest, Revision};
use crate::wire::kept::{BaseHeader, Highest};

/// How often a file is read at most that cannot be.
const READS: usize = 3;

/// What was found.
#[derive(Debug)]
pub(super) struct Recovery<W> {
    /// What may be put in force.
    pub(super) good: Option<Good<W>>,
    /// The highest that was ever kept, as far as anything says so.
    pub(super) highest: Option<Highest>,
    /// What there is to tell.
    pub(super) told: Vec<Told>,
    /// The files as they are now.
    pub(super) files: Files,
}

/// What may be put in force.
#[derive(Clone, Debug)]
pub(super) struct Good<W> {
    /// The newest.
    pub(super) whole: W,
    /// What was in force before it, the oldest first.
    pub(super) history: VecDeque<W>,
    /// The sets that have led there, the newest last.
    pub(super) recent: VecDeque<(Revision, Digest)>,
}

/// The files that are there.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Files {
    /// The number that the next one gets.
    pub(super) next: u64,
    /// The bases that could be read, by number.
    pub(super) bases: BTreeSet<u64>,
    /// Bytes of the base that was loaded.
    pub(super) base_bytes: u64,
    /// Bytes of all logs.
    pub(super) log_bytes: u64,
    /// Sets of all logs.
    pub(super) log_sets: usize,
    /// How many logs there are.
    pub(super) logs: usize,
    /// A new base is wanted, however short the logs are.
    pub(super) wants_base: bool,
    /// What was loaded may not be on disk, only read from memory: a base is wanted
    /// before anything counts that leads on from it.
    pub(super) unsynced: bool,
    /// What is not ours to touch.
    pub(super) foreign: BTreeSet<Name>,
    /// Logs to be set aside once what is good of them is in a base.
    pub(super) broken: BTreeSet<Name>,
}

/// Reads everything that is there.
///
/// # Errors
///
/// The folder cannot be read.
pub(super) fn recover<S: Storage, K: Codec>(
    storage: &S,
    codec: &K,
    history: usize,
) -> io::Result<Recovery<K::Whole>> {
    let mut looking = Looking { storage, told: Vec::new(), files: Files::default(), remembered: None };
    let names = looking.names()?;
    looking.remembered = looking.highest(&names);
    let mut highest = looking.remembered;
    let bases = looking.bases(&names);
    for (header, _) in &bases {
        raise(&mut highest, Highest { revision: header.revision, digest: header.digest });
    }
    let newest = looking.files.bases.last().copied();
    let logs = looking.logs(&names);
    let newer = looking.files.foreign.iter().find(|name| newest.is_none_or(|newest| name.number > newest));
    let (mut good, mut logs_read, mut abandoned) = (None, Vec::new(), Vec::new());
    if let Some(newer) = newer {
        let message = format!("`{newer}` is of a newer version of the sidecar, and so nothing is loaded");
        looking.told.push(Told::Error(message));
    } else {
        good = looking.load(codec, bases).map(|base| {
            looking.count(K::revision(&base.whole), &logs);
            logs_read = logs.iter().map(|(name, _)| *name).collect();
            let Replay { good, told, wants_base, abandoned: alone, broken } =
                replay(codec, base, logs, history);
            looking.told.extend(told);
            looking.files.wants_base |= wants_base;
            looking.files.broken.extend(broken);
            abandoned = alone;
            good
        });
    }
    if let Some((held, highest)) = good.as_ref().map(|good| K::revision(&good.whole)).zip(highest)
        && held < highest.revision
    {
        good = None;
        looking.told.push(Told::Error(format!(
            "what is left on disk is of revision {held}, but {} was kept once: it is not loaded, for what \
             was taken away since would be given again. To load it all the same, remove `highest.*` from `{}`",
            highest.revision,
            storage.place()
        )));
    }
    if good.is_some() {
        // Numbers are given again to what was never kept. What leads on from it must
        // be gone before something else has its revision.
        abandoned.iter().for_each(|name| looking.remove(&name.to_string()));
        logs_read.retain(|name| !abandoned.contains(name));
        looking.sync(&logs_read);
    }
    let Looking { told, files, .. } = looking;
    Ok(Recovery { good, highest, told, files })
}

/// Takes what is higher.
pub(super) fn raise(highest: &mut Option<Highest>, other: Highest) {
    if highest.is_none_or(|highest| highest.revision < other.revision) {
        *highest = Some(other);
    }
}

/// Reads once more what could not be read: what is passed over here is gone back
/// behind.
fn patiently<T>(read: impl Fn() -> Result<T, Unusable>) -> Result<T, Unusable> {
    let mut result = read();
    for _ in 1..READS {
        if matches!(result, Err(Unusable::Unreadable(_))) {
            result = read();
        }
    }
    result
}

/// Gives a broken file the name of what is set aside, unless something has it: what
/// was set aside is never lost to something else.
pub(super) fn set_aside<S: Storage>(storage: &S, name: Name) -> io::Result<()> {
    let aside = name.set_aside();
    if storage.names()?.contains(&aside) {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    storage.rename(&name.to_string(), &aside)
}

struct Looking<'a, S> {
    storage: &'a S,
    told: Vec<Told>,
    files: Files,
    /// The highest that files of their own say was kept.
    remembered: Option<Highest>,
}

impl<S: Storage> Looking<'_, S> {
    /// The files that somebody has finished.
    fn names(&mut self) -> io::Result<Vec<Name>> {
        let mut found = Vec::new();
        for text in self.storage.names()? {
            let named = Named::of(&text);
            if let Some(name) = named.name() {
                self.files.next = self.files.next.max(name.number.saturating_add(1));
            }
            match named {
                Named::File(name) => found.push(name),
                Named::Unfinished(_) => self.remove(&text),
                Named::SetAside(_) | Named::Other => {}
            }
        }
        self.files.next = self.files.next.max(1);
        found.sort_unstable();
        Ok(found)
    }

    fn highest(&mut self, names: &[Name]) -> Option<Highest> {
        let mut found = None;
        for name in names.iter().filter(|name| name.kind == Kind::Highest) {
            match patiently(|| highest::read(self.storage, *name)) {
                Ok(highest) => raise(&mut found, highest),
                Err(why) => self.unusable(*name, &why),
            }
        }
        found
    }

    /// The bases whose headers are whole, the newest first.
    fn bases(&mut self, names: &[Name]) -> Vec<(BaseHeader, Name)> {
        let mut found = Vec::new();
        for name in names.iter().filter(|name| name.kind == Kind::Base) {
            match patiently(|| base::read_header(self.storage, *name)) {
                Ok(header) => {
                    self.files.bases.insert(name.number);
                    found.push((header, *name));
                }
                Err(why) => self.unusable(*name, &why),
            }
        }
        found.sort_by_key(|(header, name)| std::cmp::Reverse((header.revision, name.number)));
        found
    }

    /// The logs, in the order in which they begin.
    fn logs(&mut self, names: &[Name]) -> Vec<(Name, log::Found)> {
        let mut found = Vec::new();
        for name in names.iter().filter(|name| name.kind == Kind::Log) {
            match patiently(|| log::read(self.storage, *name)) {
                Ok(Some(log)) => {
                    found.push((*name, log));
                }
                Ok(None) => {}
                Err(why) => self.unusable(*name, &why),
            }
        }
        found.sort_by_key(|(name, log)| (log.header.start, name.number));
        found
    }

    /// Counts the logs that lead on from a base.
    fn count(&mut self, base: Revision, logs: &[(Name, log::Found)]) {
        let leads_on = |log: &&(Name, log::Found)| log.1.sets.last().is_some_and(|set| set.revision > base);
        for (_, log) in logs.iter().filter(leads_on) {
            self.files.logs = self.files.logs.saturating_add(1);
            self.files.log_bytes = self.files.log_bytes.saturating_add(log.bytes);
            self.files.log_sets = self.files.log_sets.saturating_add(log.sets.len());
        }
    }

    fn remove(&mut self, name: &str) {
        if let Err(error) = self.storage.remove(name) {
            self.told.push(Told::Warning(format!("`{name}` cannot be removed: {error}")));
        }
    }

    /// Brings to the disk what is read. The process before may have been killed
    /// before it could, and then what is read would not outlive a loss of power.
    fn sync(&mut self, logs: &[Name]) {
        let result = logs.iter().try_for_each(|name| self.storage.sync_file(&name.to_string()));
        if let Err(error) = result.and_then(|()| self.storage.sync()) {
            self.files.unsynced = true;
            self.told.push(Told::Warning(format!("what was read cannot be brought to the disk: {error}")));
        }
    }

    /// The newest base that is whole and taken.
    fn load<K: Codec>(&mut self, codec: &K, bases: Vec<(BaseHeader, Name)>) -> Option<Good<K::Whole>> {
        for (header, name) in bases {
            match patiently(|| base::read(self.storage, codec, name)) {
                Ok((whole, header, bytes)) => {
                    self.files.base_bytes = bytes;
                    let recent = header.recent.into();
                    return Some(Good { whole, history: VecDeque::new(), recent });
                }
                Err(why @ Unusable::Broken(_)) => {
                    // Once it is set aside, nothing else may say how far it was.
                    self.remember(Highest { revision: header.revision, digest: header.digest });
                    self.unusable(name, &why);
                }
                Err(why) => self.unusable(name, &why),
            }
        }
        None
    }

    /// Writes down, for the starts to come, what was kept, unless something says so.
    fn remember(&mut self, highest: Highest) {
        if self.remembered.is_some_and(|known| known.revision >= highest.revision) {
            return;
        }
        let number = self.files.next;
        self.files.next = number.saturating_add(1);
        match highest::write(self.storage, number, &highest) {
            Ok(()) => self.remembered = Some(highest),
            Err(error) => {
                let message = format!("the highest revision cannot be written down: {error}");
                self.told.push(Told::Warning(message));
            }
        }
    }

    /// Tells of a file that is of no use, and sets it aside if it is broken.
    fn unusable(&mut self, name: Name, why: &Unusable) {
        self.told.push(Told::Error(format!("`{name}` is not used: {why}")));
        match why {
            Unusable::Version(_) => {
                self.files.foreign.insert(name);
            }
            Unusable::Broken(_) => {
                self.files.wants_base = true;
                if name.kind == Kind::Base {
                    self.files.bases.remove(&name.number);
                }
                if let Err(error) = set_aside(self.storage, name) {
                    self.told.push(Told::Warning(format!("`{name}` cannot be set aside: {error}")));
                }
            }
            Unusable::Refused(_) | Unusable::Unreadable(_) => self.files.wants_base = true,
        }
    }
}

#[cfg(test)]
mod tests;
