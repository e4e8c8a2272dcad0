//! From a base through the logs to the newest that they lead to.

use super::codec::Codec;
use super::log::{End, Found};
use super::names::Name;
use super::recover::Good;
use super::told::Told;
use crate::sync::keep::RECENT;
use crate::wire::kept::LoggedSet;

/// What the logs have led to.
#[derive(Debug)]
pub(super) struct Replay<W> {
    /// The newest.
    pub(super) good: Good<W>,
    /// What there is to tell.
    pub(super) told: Vec<Told>,
    /// Sets are lost to whoever reads these files, so they had better be replaced.
    pub(super) wants_base: bool,
    /// Logs that lead on from what was never kept.
    pub(super) abandoned: Vec<Name>,
    /// Logs that were broken after they were written, or have what is not used.
    pub(super) broken: Vec<Name>,
}

/// Why a set does not lead on.
enum Stop {
    /// It was made against something else.
    Gap,
    /// It is not taken.
    Refused(String),
}

/// Applies what leads on from `good`. The logs come in the order in which they
/// begin; at most `history` wholes that were in force before are kept.
pub(super) fn replay<K: Codec>(
    codec: &K,
    good: Good<K::Whole>,
    logs: Vec<(Name, Found)>,
    history: usize,
) -> Replay<K::Whole> {
    let mut replay =
        Replay { good, told: Vec::new(), wants_base: false, abandoned: Vec::new(), broken: Vec::new() };
    for (name, log) in logs {
        replay.log(codec, name, &log, history);
    }
    replay
}

impl<W: Clone> Replay<W> {
    fn log<K: Codec<Whole = W>>(&mut self, codec: &K, name: Name, log: &Found, history: usize) {
        let held = K::revision(&self.good.whole);
        if log.header.ahead && log.header.start > held {
            // The process ended before its base was written; nothing of this was
            // said to be kept.
            self.told.push(Told::Note(format!("`{name}` leads on from what was never kept")));
            self.abandoned.push(name);
            return;
        }
        for set in &log.sets {
            let held = K::revision(&self.good.whole);
            if set.revision <= held {
                continue;
            }
            if let Err(stop) = self.set(codec, set, history) {
                let why = match stop {
                    Stop::Gap => format!("is made against {}", set.base),
                    Stop::Refused(why) => format!("is not taken: {why}"),
                };
                let message = format!("revision {} in `{name}` {why}; it stays at {held}", set.revision);
                self.told.push(Told::Error(message));
                self.wants_base = true;
                self.broken.push(name);
                break;
            }
        }
        match log.end {
            End::Clean => {}
            End::Torn { at } => {
                self.told
                    .push(Told::Note(format!("`{name}` is torn at byte {at}; what is before it is used")));
            }
            End::Broken { at } => {
                let message =
                    format!("`{name}` is broken at byte {at}, before its end; what is before it is used");
                self.told.push(Told::Error(message));
                self.wants_base = true;
                self.broken.push(name);
            }
        }
    }

    fn set<K: Codec<Whole = W>>(&mut self, codec: &K, set: &LoggedSet, history: usize) -> Result<(), Stop> {
        if set.base != K::revision(&self.good.whole) {
            return Err(Stop::Gap);
        }
        let next = codec.apply(&self.good.whole, set).map_err(Stop::Refused)?;
        if (K::revision(&next), K::digest(&next)) != (set.revision, set.held) {
            return Err(Stop::Refused("it does not lead to what it led to".to_owned()));
        }
        let before = std::mem::replace(&mut self.good.whole, next);
        keep(&mut self.good.history, before, history);
        keep(&mut self.good.recent, (set.revision, set.digest), RECENT);
        Ok(())
    }
}

/// Adds one more, and lets go of the oldest of more than so many.
pub(super) fn keep<T>(kept: &mut std::collections::VecDeque<T>, one: T, most: usize) {
    kept.push_back(one);
    while kept.len() > most {
        kept.pop_front();
    }
}
