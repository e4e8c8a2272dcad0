//! Last known good: policy on disk, so that a sidecar starts with what it had.
//!
//! What is put in force is handed over and kept by threads of its own; nobody who
//! serves or applies waits for a disk. What files there are, and what is done in
//! which order, is told to operators in docs/state.md.
//!
//! Invariants:
//!
//! 1. *Durable is durable.* Once a ticket says so, neither a kill nor a loss of
//!    power takes it back.
//! 2. *Old or new.* What is found is something that was in force, as it was, by its
//!    digest; never a mixture.
//! 3. *Never back.* What is older than the highest that was kept is not loaded.
//! 4. *Serving goes on.* No fault of a disk reaches it, but in what tickets and the
//!    status say.
//!
//! `names`, `frame`, `base`, `log` and `highest` are the format; `recover` and
//! `replay` read it; `engine` decides what is written when, and `worker` has the
//! threads. They know policy by way of `codec` only; `policy` and `restore` are
//! that. `storage` is the disk.

mod base;
mod codec;
mod engine;
#[cfg(test)]
mod fake;
mod frame;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod highest;
mod log;
mod names;
mod policy;
mod recover;
mod replay;
mod restore;
#[cfg(test)]
mod scene;
mod storage;
mod told;
mod work;
mod worker;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

pub use storage::StateError;
pub use work::Standing;

use self::engine::Engine;
use self::policy::Policy;
use self::recover::{Recovery, recover};
use self::storage::Disk;
use self::work::Growth;
use self::worker::{Shared, Worker};
use super::keep::{HowFar, Keep, Recovered, Ticket};
use crate::document::ChangeSet;
use crate::model::{Digest, Revision};
use crate::snapshot::Snapshot;
use crate::snapshot::apply::Rules;
use crate::telemetry::Metrics;

/// A state directory that is being written. A clone is the same one; when the last
/// is gone, what waits is still written, without anybody waiting for it.
#[derive(Clone, Debug)]
pub struct State(Arc<Open>);

/// What was found in a state directory, and what keeps policy in it from now on.
#[derive(Debug)]
pub struct Opened {
    /// Keeps policy.
    pub state: State,
    /// What was in force; `None` if there is nothing that may be.
    pub recovered: Option<Recovered>,
    /// The highest revision that was ever kept here. Nothing lower is to be put in
    /// force, also when there was nothing to recover.
    pub highest: Option<Revision>,
}

struct Open(Arc<Shared<Disk, Policy>>);

/// Opens a state directory, and reads what is in it. `rules` say what is asked of
/// policy; at most `history` of what was in force before are found again.
///
/// What is broken, or of another version, is told in the log and is no error: then
/// there is less to recover, or nothing.
///
/// # Errors
///
/// The directory, or a file in it, is not fit to hold policy, or cannot be read.
pub fn open(
    directory: &Path,
    rules: Rules,
    history: usize,
    metrics: &Arc<Metrics>,
) -> Result<Opened, StateError> {
    let system = |reason| StateError::System { path: directory.to_owned(), reason };
    let disk = Arc::new(Disk::open(directory)?);
    let codec = Arc::new(Policy { rules });
    let found = recover(disk.as_ref(), codec.as_ref(), history).map_err(system)?;
    let Recovery { good, highest, told, files } = found;
    let place = directory.display().to_string();
    told.iter().for_each(|told| told.tell(&place));
    let held = good.as_ref().map(|good| good.whole.revision());
    let engine = Engine::new(Arc::clone(&disk), codec, Growth::default(), files, highest, held);
    let shared = Shared::new(good.as_ref());
    Worker::start(&shared, engine, &disk, metrics).map_err(system)?;
    let recovered = good.map(|good| Recovered {
        snapshot: good.whole,
        history: good.history.into(),
        recent: good.recent.into(),
    });
    let highest = highest.map(|highest| highest.revision);
    Ok(Opened { state: State(Arc::new(Open(shared))), recovered, highest })
}

impl State {
    /// How far keeping has come.
    #[must_use]
    pub fn standing(&self) -> Standing {
        self.0.0.standing()
    }

    /// Writes what waits, and ends. Whether it did so within `at_most`.
    #[must_use]
    pub fn close(&self, at_most: Duration) -> bool {
        self.0.0.close(at_most)
    }
}

impl Keep for State {
    fn set(&mut self, set: &Arc<ChangeSet>, after: &Snapshot) -> Ticket {
        self.0.0.set(set, after)
    }

    fn whole(&mut self, after: &Snapshot, recent: &[(Revision, Digest)]) -> Ticket {
        self.0.0.whole(after, recent)
    }

    fn gauge(&self) -> Box<dyn Fn() -> HowFar + Send + Sync> {
        // It must not keep the directory from being closed.
        let shared = Arc::downgrade(&self.0);
        Box::new(move || {
            let Some(open) = shared.upgrade() else { return HowFar::default() };
            let Standing { durable, trouble, failures: _ } = open.0.standing();
            HowFar { durable, trouble }
        })
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.close(Duration::ZERO);
    }
}

impl std::fmt::Debug for Open {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Open").field(&self.0.standing()).finish()
    }
}
