//! The thread that takes pushes.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};

use tokio::sync::{OwnedSemaphorePermit, oneshot};
use tokio::time::Instant;

use super::board::Board;
use super::desk::{Desk, Judged, Kept, LoadId, Next};
use super::rollback::Rollback;
use super::told::Told;
use super::verdict::{Acknowledged, Outcome, Refused, Verdict};
use super::{Loading, Tell};
use crate::document::{Change, ChangeSet, Header, Spanned};
use crate::model::Revision;
use crate::snapshot::Snapshot;
use crate::sync::Sink;
use crate::sync::keep::{self, Keep, Ticket};
use crate::telemetry::Pushed;

/// The most changes of sets that are put in force together, but for the last set:
/// the first must not wait too long for the others.
const TOGETHER: usize = 10_000;
/// The most that is taken up at a time.
const TAKEN_UP: usize = 4096;

/// What the thread is handed.
#[derive(Debug)]
pub(super) enum Job {
    /// A set that has a base.
    Set { set: Arc<ChangeSet>, rehearsed: bool, tell: Tell, place: OwnedSemaphorePermit },
    /// Going back.
    RollBack { wanted: Rollback, tell: Tell, place: OwnedSemaphorePermit },
    /// The beginning of a whole load.
    Open {
        header: Header,
        rehearsed: bool,
        /// For whoever brings its pieces.
        jobs: Sender<Job>,
        place: OwnedSemaphorePermit,
        tell: oneshot::Sender<Result<Loading, Refused>>,
    },
    /// A piece of a whole load.
    Piece {
        id: LoadId,
        changes: Vec<Spanned<Change>>,
        tell: oneshot::Sender<Option<Result<Acknowledged, Refused>>>,
    },
    /// The end of a whole load.
    Close { id: LoadId, tell: Tell },
    /// A whole load is given up.
    GiveUp { id: LoadId },
}

/// The thread that takes pushes.
pub(super) struct Worker<K, S> {
    desk: Desk,
    keep: K,
    sink: S,
    board: Arc<Board>,
    told: Told,
    /// Looked at, and not yet answered: what is to be put in force first.
    settled: Vec<Settled>,
    /// How many changes those have.
    changes: usize,
}

/// A push that was looked at.
struct Settled {
    outcome: Result<Judged, Refused>,
    tell: Tell,
    _place: Option<OwnedSemaphorePermit>,
}

impl<K: Keep, S: Sink> Worker<K, S> {
    pub(super) fn new(desk: Desk, keep: K, sink: S, board: Arc<Board>) -> Self {
        Self { desk, keep, sink, board, told: Told::default(), settled: Vec::new(), changes: 0 }
    }

    /// Works until nobody can hand it anything any more.
    pub(super) fn run(mut self, handed: &Receiver<Job>) {
        while let Ok(first) = handed.recv() {
            let mut waiting: VecDeque<Job> = VecDeque::from([first]);
            waiting.extend(handed.try_iter().take(TAKEN_UP));
            let superseded = self.superseded(&waiting);
            while let Some(job) = waiting.pop_front() {
                self.take(job, &superseded);
            }
            self.settle();
        }
    }

    /// The whole loads, of those that wait to be closed, that a newer one which waits
    /// too takes the place of.
    fn superseded(&self, waiting: &VecDeque<Job>) -> Vec<LoadId> {
        let closed = |job: &Job| match job {
            Job::Close { id, .. } => Some((*id, self.desk.promises(*id)?)),
            _ => None,
        };
        let loads: Vec<(LoadId, Revision)> = waiting.iter().filter_map(closed).collect();
        let newest = loads.iter().map(|(_, revision)| *revision).max();
        loads.into_iter().filter(|(_, revision)| Some(*revision) < newest).map(|(id, _)| id).collect()
    }

    fn take(&mut self, job: Job, superseded: &[LoadId]) {
        match job {
            Job::Set { set, rehearsed, tell, place } => {
                let outcome = self.guarded(|desk| desk.take(&set, rehearsed));
                self.changes = self.changes.saturating_add(set.changes.len());
                self.settled.push(Settled { outcome, tell, _place: Some(place) });
            }
            Job::RollBack { wanted, tell, place } => {
                let outcome = self.guarded(|desk| desk.roll_back(&wanted));
                self.settled.push(Settled { outcome, tell, _place: Some(place) });
            }
            Job::Close { id, tell } => {
                let outcome = if superseded.contains(&id) {
                    self.desk.give_up(id);
                    Err(Refused::Superseded)
                } else {
                    self.guarded(|desk| desk.close(id))
                };
                self.settled.push(Settled { outcome, tell, _place: None });
            }
            Job::Open { header, rehearsed, jobs, place, tell } => {
                let opened = match catch_unwind(AssertUnwindSafe(|| self.desk.open(header, rehearsed))) {
                    Ok(Ok(id)) => Ok(Loading::new(id, jobs, place)),
                    Ok(Err(refused)) => Err(refused),
                    Err(_) => Err(Refused::Internal),
                };
                if let Err(refused) = &opened {
                    self.tell(pushed(refused), "");
                }
                // Nobody may be there any more to hear of it.
                let _ = tell.send(opened);
            }
            Job::Piece { id, changes, tell } => {
                // Those who wait must not wait for this too.
                self.settle();
                let outcome = catch_unwind(AssertUnwindSafe(|| self.desk.piece(id, changes)));
                let ended = outcome.unwrap_or(Some(Err(Refused::Internal)));
                let _ = tell.send(ended.map(|ended| self.answer(ended, None)));
            }
            Job::GiveUp { id } => self.desk.give_up(id),
        }
        if self.changes > TOGETHER {
            self.settle();
        }
    }

    /// What the desk says. A panic there is an answer too: what the desk holds changes
    /// last of all, and by assignments alone.
    fn guarded(
        &mut self,
        judge: impl FnOnce(&mut Desk) -> Result<Judged, Refused>,
    ) -> Result<Judged, Refused> {
        catch_unwind(AssertUnwindSafe(|| judge(&mut self.desk))).unwrap_or(Err(Refused::Internal))
    }

    /// Puts in force what has been taken, has it kept, and answers.
    fn settle(&mut self) {
        self.changes = 0;
        let settled = std::mem::take(&mut self.settled);
        let next = settled.iter().rev().find_map(|settled| settled.outcome.as_ref().ok()?.next.as_ref());
        let in_force = match next {
            None => Ok(()),
            Some(next) => self.sink.install(next.snapshot.clone()),
        };
        if next.is_some() {
            self.board.show(self.desk.past());
        }
        if let Err(error) = &in_force {
            // Nobody else puts policy in force where it is pushed.
            tracing::error!("pushed policy was not taken: {error}");
        }
        for Settled { outcome, tell, _place } in settled {
            let outcome = match outcome {
                Ok(Judged { next: Some(_), .. }) if in_force.is_err() => Err(Refused::Internal),
                outcome => outcome,
            };
            let next = outcome.as_ref().ok().and_then(|judged| judged.next.as_ref());
            let ticket = next.map(|next| self.kept(next));
            let answer = self.answer(outcome, ticket);
            // Whoever has given up finds out by asking again.
            let _ = tell.send(answer);
        }
    }

    /// Has what is in force kept.
    fn kept(&mut self, Next { snapshot, kept }: &Next) -> Ticket {
        let kept = catch_unwind(AssertUnwindSafe(|| match kept {
            Kept::Set(set) => self.keep.set(set, snapshot),
            Kept::Whole(recent) => self.keep.whole(snapshot, recent),
        }));
        let ticket = kept
            .unwrap_or_else(|_| Ticket::new(keep::Kept::Failed("a fault of the sidecar's own".to_owned())).1);
        self.board.keeps(snapshot.revision(), ticket.clone());
        ticket
    }

    /// What is told of a push, counted.
    fn answer(
        &mut self,
        outcome: Result<Judged, Refused>,
        ticket: Option<Ticket>,
    ) -> Result<Acknowledged, Refused> {
        match outcome {
            Ok(Judged { verdict, next: _ }) => {
                let first = verdict.faults.first();
                self.tell(looked_at(&verdict), first.map_or("", |first| &first.message));
                let ticket = ticket.or_else(|| self.board.ticket(verdict.revision));
                Ok(Acknowledged { verdict, ticket })
            }
            Err(refused) => {
                self.tell(pushed(&refused), "");
                Err(refused)
            }
        }
    }

    /// Counts what became of a push, and now and then tells of a refusal.
    fn tell(&mut self, became: Pushed, why: &str) {
        self.sink.metrics().pushed(became);
        if matches!(became, Pushed::Applied | Pushed::Repeated | Pushed::Valid | Pushed::Faulty) {
            self.sink.heard();
        }
        if matches!(became, Pushed::Applied | Pushed::Repeated | Pushed::Valid) {
            return;
        }
        let Some(times) = self.told.refused(became, Instant::now()) else { return };
        let (reason, held) = (became.name(), self.desk.held().map(Snapshot::revision));
        let held = held.map_or_else(|| "nothing".to_owned(), |held| held.to_string());
        match became {
            // Two are at work who think that they are the only one, or we are at fault.
            Pushed::Conflict | Pushed::Internal => {
                tracing::error!(reason, times, held, "a push was refused");
            }
            _ => tracing::warn!(reason, times, held, why, "a push was refused"),
        }
    }
}

fn looked_at(verdict: &Verdict) -> Pushed {
    match verdict.outcome {
        Outcome::Applied => Pushed::Applied,
        Outcome::Repeated => Pushed::Repeated,
        Outcome::Valid => Pushed::Valid,
        Outcome::Faulty => Pushed::Faulty,
    }
}

const fn pushed(refused: &Refused) -> Pushed {
    match refused {
        Refused::Header(_) => Pushed::Unreadable,
        Refused::Conflict { .. } => Pushed::Conflict,
        Refused::Stale { .. } => Pushed::Stale,
        Refused::NeedFull { .. } => Pushed::NeedFull,
        Refused::PartChanged { .. } => Pushed::PartChanged,
        Refused::Shrinks { .. } => Pushed::Shrinks,
        Refused::Superseded => Pushed::Superseded,
        Refused::NotHeld => Pushed::NotHeld,
        Refused::Overloaded { .. } => Pushed::Overloaded,
        Refused::Internal => Pushed::Internal,
    }
}
