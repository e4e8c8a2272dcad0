//! A policy directory, loaded and followed.
//!
//! A thread of its own waits for a change, waits until nothing changes any more,
//! reads, and begins anew if something changed meanwhile. Whether something
//! changed is told by a fingerprint, never by an event: events only wake. So a
//! lost event costs a wait for the next look, and never an edit.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use super::Watch;
use super::keeper::{Keeper, Next, Verdict};
use super::load::{LoadError, Read, Rules};
use super::told::{Line, tell};
use super::watcher::Watcher;
use crate::document::Checked;
use crate::document::definition::Policy;
use crate::policy_dir::{Fingerprint, fingerprint};
use crate::snapshot::Snapshot;
use crate::store::InstallError;
use crate::telemetry::Metrics;

/// How often a directory that keeps changing is read at the start.
const ATTEMPTS: usize = 10;

/// The least time that nothing may have changed: times of change are kept in ticks
/// of the system, and two changes in one tick can look like one.
const LEAST_SETTLE: Duration = Duration::from_millis(10);

/// How long a directory may keep changing before that is told.
const RESTLESS: Duration = Duration::from_secs(10);

/// What a source brings policy to.
pub trait Sink: Send + 'static {
    /// Puts a snapshot in force.
    ///
    /// # Errors
    ///
    /// [`InstallError`] if what is in force is as new.
    fn install(&self, snapshot: Snapshot) -> Result<(), InstallError>;

    /// What is counted.
    fn metrics(&self) -> &Metrics;

    /// The source was heard of: a directory that is as it was read, a push that was
    /// looked at.
    fn heard(&self);
}

/// A policy directory that has been loaded, and can be followed.
#[derive(Debug)]
pub struct Loaded {
    directory: Directory,
    snapshot: Snapshot,
    checked: Checked,
}

/// A directory and what is known of it.
#[derive(Debug)]
struct Directory {
    root: PathBuf,
    keeper: Keeper,
    /// What it looked like when it was read; `None` if that has to be done again
    /// however it looks.
    seen: Option<Fingerprint>,
    /// What was read then is in force.
    good: bool,
}

/// Wakes whoever follows a directory, to look at once.
#[derive(Clone, Debug)]
pub struct Bell(SyncSender<()>);

/// A directory is being followed, until this is dropped.
#[derive(Debug)]
pub struct Following {
    bell: Bell,
    stop: Arc<AtomicBool>,
}

impl Loaded {
    /// Loads a policy directory as the first revision of this process, and tells
    /// its warnings in the log.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it.
    pub fn directory(root: &Path, rules: Rules) -> Result<Self, LoadError> {
        // Without a slash at its end, which would hide that it is a link.
        let root: &Path = &root.components().collect::<PathBuf>();
        let mut attempts = 1..ATTEMPTS;
        let (read, seen) = loop {
            let before = fingerprint(root);
            let read = Read::directory(root);
            if fingerprint(root) == before {
                break (read, Some(before));
            }
            // Following will read it again when it has come to rest.
            if attempts.next().is_none() {
                break (read, None);
            }
        };
        let seen = seen.filter(|_| !read.failed());
        let (keeper, Next { snapshot, checked, news, .. }) = Keeper::begin(read, rules)?;
        tell(&news);
        tell_quarantine(&snapshot, false);
        let directory = Directory { root: root.to_owned(), keeper, seen, good: true };
        Ok(Self { directory, snapshot, checked })
    }

    /// What was loaded, ready to decide.
    #[must_use]
    pub const fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// What was loaded, as it is written.
    #[must_use]
    pub const fn policy(&self) -> &Policy {
        self.checked.policy()
    }

    /// What was loaded, ready to decide, alone.
    #[must_use]
    pub fn into_snapshot(self) -> Snapshot {
        self.snapshot
    }

    /// Puts in force what was loaded, and from then on what the directory is
    /// changed to.
    ///
    /// # Errors
    ///
    /// The system's, if it gives no thread.
    pub fn follow(self, watch: Watch, sink: impl Sink) -> std::io::Result<Following> {
        let Self { directory, snapshot, checked } = self;
        // The definitions are many times the snapshot, and of no more use.
        drop(checked);
        match sink.install(snapshot) {
            Ok(()) => sink.heard(),
            Err(error) => tracing::warn!("policy not taken: {error}"),
        }
        let (bell, heard) = sync_channel(1);
        let stop = Arc::new(AtomicBool::new(false));
        let bell = Bell(bell);
        let following = Following { bell: bell.clone(), stop: Arc::clone(&stop) };
        let watcher = watch.events.then(|| Watcher::new(&directory.root, Arc::new(move || bell.ring())));
        let mut follower = Follower { directory, watch, watcher, heard, stop, sink };
        thread::Builder::new().name("sidegate-policy".to_owned()).spawn(move || {
            // A fault of ours must not pass for a directory that never changes.
            if catch_unwind(AssertUnwindSafe(|| follower.run())).is_err() {
                follower.sink.metrics().policy_source_is_faulty(true);
                tracing::error!("the policy is no longer followed, and the last good one is kept");
            }
        })?;
        Ok(following)
    }
}

impl Bell {
    /// Has the directory looked at now. Nothing is read unless it has changed.
    pub fn ring(&self) {
        // One that is waiting to be heard is enough.
        let _ = self.0.try_send(());
    }
}

impl Following {
    /// What wakes it.
    #[must_use]
    pub fn bell(&self) -> Bell {
        self.bell.clone()
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        self.bell.ring();
    }
}

struct Follower<S> {
    directory: Directory,
    watch: Watch,
    watcher: Option<Watcher>,
    heard: Receiver<()>,
    stop: Arc<AtomicBool>,
    sink: S,
}

impl<S: Sink> Follower<S> {
    fn run(&mut self) {
        while !self.stopped() {
            if let Some((read, seen)) = self.rested() {
                self.directory.seen = Some(seen).filter(|_| !read.failed());
                let verdict = self.directory.keeper.take(read);
                self.directory.good = self.act(verdict);
            }
            // It is readable, and says what is in force.
            if self.directory.good && self.directory.seen.is_some() && !self.stopped() {
                self.sink.heard();
            }
            // Whether woken or not, the next thing to do is to look.
            let _ = self.heard.recv_timeout(self.watch.poll);
        }
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Acquire)
    }

    /// Reads the directory when it has come to rest, if it looks other than when
    /// it was last read.
    fn rested(&mut self) -> Option<(Read, Fingerprint)> {
        let mut last = self.look();
        if Some(&last) == self.directory.seen.as_ref() {
            return None;
        }
        let settle = self.watch.settle.max(LEAST_SETTLE);
        let mut waited = Duration::ZERO;
        while !self.stopped() {
            thread::sleep(settle);
            let mut now = self.look();
            if now == last {
                let read = Read::directory(&self.directory.root);
                now = self.look();
                if now == last {
                    return Some((read, now));
                }
            }
            last = now;
            let told = waited >= RESTLESS;
            waited = waited.saturating_add(settle);
            if waited >= RESTLESS && !told {
                self.sink.metrics().policy_source_is_faulty(true);
                tracing::warn!("the policy directory keeps changing, and is not read until it comes to rest");
            }
        }
        None
    }

    /// What the directory looks like. Watches are set first, so that a change
    /// after the look is told.
    fn look(&mut self) -> Fingerprint {
        if let Some(watcher) = &mut self.watcher {
            watcher.arm();
        }
        fingerprint(&self.directory.root)
    }

    /// Does what is to be done. Returns whether what was read is now in force.
    fn act(&self, verdict: Verdict) -> bool {
        let metrics = self.sink.metrics();
        match verdict {
            Verdict::Same { mended } => {
                metrics.policy_source_is_faulty(false);
                if mended {
                    tracing::info!("the policy is mended: it is again what is in force");
                }
                true
            }
            Verdict::Next { next, mended } => {
                let Next { snapshot, news, had_quarantine, .. } = *next;
                tell(&news);
                tell_quarantine(&snapshot, had_quarantine);
                if mended {
                    tracing::info!("the policy is mended");
                }
                if let Err(error) = self.sink.install(snapshot) {
                    tracing::warn!("policy not taken: {error}");
                }
                metrics.policy_source_is_faulty(false);
                true
            }
            Verdict::Refused { error, new } => {
                metrics.policy_source_is_faulty(true);
                if new {
                    metrics.policy_refused();
                    tell(&Line::of_refusal(&error));
                    tracing::error!(
                        "the policy was refused, and the last good one is kept: {}",
                        error.brief()
                    );
                }
                false
            }
        }
    }
}

/// Says which tenants are left out, or that none is any more.
fn tell_quarantine(snapshot: &Snapshot, had: bool) {
    let ids: Vec<&str> = snapshot.quarantined().collect();
    if !ids.is_empty() {
        let tenants = ids.join(", ");
        tracing::warn!(tenants, "tenants left out, and denied everything until their files are mended");
    } else if had {
        tracing::info!("no tenant is left out any more");
    }
}
