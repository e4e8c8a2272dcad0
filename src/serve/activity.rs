//! What goes on in a connection: how many calls are in flight, since when there
//! is none, and whether answers are being read.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// What goes on in one connection.
#[derive(Debug)]
pub(super) struct Activity {
    began: Instant,
    in_flight: AtomicUsize,
    /// When a call last ended, in nanoseconds from the beginning.
    last_end: AtomicU64,
    /// Pieces of answers that wait for the other side to make room, by the turn in
    /// which they began to, counted round and round.
    waiting: [AtomicUsize; TURNS],
    /// The turn that it is.
    turn: AtomicUsize,
}

/// Turns that are told apart.
const TURNS: usize = 8;
/// Whole turns that a piece may wait.
const PATIENT_TURNS: usize = 3;

/// A call in flight, until it is dropped.
#[derive(Debug)]
pub(super) struct InFlight {
    activity: Arc<Activity>,
    /// A piece of its answer waits, since this turn.
    waits: Option<usize>,
}

// Each of these numbers is looked at for itself, now and then, by the one task of
// the connection: no order between them matters.
const ORDER: Ordering = Ordering::Relaxed;

impl Activity {
    /// A connection that begins now.
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            began: Instant::now(),
            in_flight: AtomicUsize::new(0),
            last_end: AtomicU64::new(0),
            waiting: Default::default(),
            turn: AtomicUsize::new(0),
        })
    }

    /// A call begins.
    pub(super) fn begin(self: &Arc<Self>) -> InFlight {
        self.in_flight.fetch_add(1, ORDER);
        InFlight { activity: Arc::clone(self), waits: None }
    }

    /// Since when there has been no call; `None` while there is one.
    pub(super) fn quiet_since(&self) -> Option<Instant> {
        if self.in_flight.load(Ordering::Acquire) > 0 {
            return None;
        }
        Some(self.began + Duration::from_nanos(self.last_end.load(ORDER)))
    }

    /// Begins another turn, and tells whether a piece of an answer has waited for
    /// three whole ones. Each answer counts for itself: what moves beside it does not
    /// speak for it.
    pub(super) fn turn(&self) -> bool {
        let turn = self.turn.fetch_add(1, ORDER).wrapping_add(1);
        let since = |age: usize| turn.wrapping_sub(age) % TURNS;
        // Of eight turns the newest four are those that are waited for.
        (PATIENT_TURNS.saturating_add(1)..TURNS)
            .filter_map(|age| self.waiting.get(since(age)))
            .any(|waiting| waiting.load(ORDER) > 0)
    }
}

impl InFlight {
    /// A piece of the answer was handed on, and waits to be sent.
    pub(super) fn piece_waits(&mut self) {
        if self.waits.is_none() {
            let turn = self.activity.turn.load(ORDER) % TURNS;
            if let Some(waiting) = self.activity.waiting.get(turn) {
                waiting.fetch_add(1, ORDER);
                self.waits = Some(turn);
            }
        }
    }

    /// It has been sent.
    pub(super) fn piece_moved(&mut self) {
        if let Some(waiting) = self.waits.take().and_then(|turn| self.activity.waiting.get(turn)) {
            waiting.fetch_sub(1, ORDER);
        }
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.piece_moved();
        let since = Instant::now().saturating_duration_since(self.activity.began);
        // Written before the call is no longer counted, so that whoever finds none
        // does not find an older end.
        self.activity.last_end.fetch_max(u64::try_from(since.as_nanos()).unwrap_or(u64::MAX), ORDER);
        self.activity.in_flight.fetch_sub(1, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_connection_is_quiet_from_its_last_call_on() {
        let activity = Activity::new();
        assert_eq!(activity.quiet_since(), Some(activity.began));
        let (first, second) = (activity.begin(), activity.begin());
        assert_eq!(activity.quiet_since(), None);
        tokio::time::advance(Duration::from_secs(7)).await;
        drop(first);
        assert_eq!(activity.quiet_since(), None);
        tokio::time::advance(Duration::from_secs(1)).await;
        drop(second);
        assert_eq!(activity.quiet_since(), Some(activity.began + Duration::from_secs(8)));
    }

    #[test]
    fn f26_an_answer_stalls_whatever_moves_beside_it() {
        let activity = Activity::new();
        let (mut stuck, mut other) = (activity.begin(), activity.begin());
        stuck.piece_waits();
        for _ in 0..PATIENT_TURNS {
            assert!(!activity.turn());
            other.piece_waits();
            other.piece_moved();
        }
        assert!(activity.turn(), "it has waited for three whole turns");
        stuck.piece_moved();
        stuck.piece_waits();
        assert!(!activity.turn(), "another piece");
        drop(stuck);
        for _ in 0..3 * TURNS {
            assert!(!activity.turn(), "nothing waits");
        }
    }
}
