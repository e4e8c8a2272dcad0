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
    /// Pieces of answers that wait for the other side to make room.
    waiting: AtomicUsize,
    /// Pieces for which it has.
    moved: AtomicU64,
}

/// A call in flight, until it is dropped.
#[derive(Debug)]
pub(super) struct InFlight {
    activity: Arc<Activity>,
    /// A piece of its answer waits.
    waits: bool,
}

/// How far answers had come.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Progress {
    waits: bool,
    moved: u64,
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
            waiting: AtomicUsize::new(0),
            moved: AtomicU64::new(0),
        })
    }

    /// A call begins.
    pub(super) fn begin(self: &Arc<Self>) -> InFlight {
        self.in_flight.fetch_add(1, ORDER);
        InFlight { activity: Arc::clone(self), waits: false }
    }

    /// Since when there has been no call; `None` while there is one.
    pub(super) fn quiet_since(&self) -> Option<Instant> {
        if self.in_flight.load(Ordering::Acquire) > 0 {
            return None;
        }
        Some(self.began + Duration::from_nanos(self.last_end.load(ORDER)))
    }

    /// How far answers have come.
    pub(super) fn progress(&self) -> Progress {
        Progress { waits: self.waiting.load(ORDER) > 0, moved: self.moved.load(ORDER) }
    }
}

impl Progress {
    /// Whether nothing has moved between the two, though something waited.
    pub(super) fn stalled(self, since: Self) -> bool {
        self.waits && since.waits && self.moved == since.moved
    }
}

impl InFlight {
    /// A piece of the answer was handed on, and waits to be sent.
    pub(super) fn piece_waits(&mut self) {
        if !std::mem::replace(&mut self.waits, true) {
            self.activity.waiting.fetch_add(1, ORDER);
        }
    }

    /// It has been sent.
    pub(super) fn piece_moved(&mut self) {
        if std::mem::take(&mut self.waits) {
            self.activity.waiting.fetch_sub(1, ORDER);
            self.activity.moved.fetch_add(1, ORDER);
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
    fn an_answer_stalls_when_its_piece_does_not_move() {
        let activity = Activity::new();
        let mut call = activity.begin();
        let nothing = activity.progress();
        assert!(!activity.progress().stalled(nothing));
        call.piece_waits();
        let waiting = activity.progress();
        assert!(!waiting.stalled(nothing) && activity.progress().stalled(waiting));
        call.piece_moved();
        call.piece_waits();
        assert!(!activity.progress().stalled(waiting), "another piece");
        drop(call);
        assert_eq!(activity.progress(), Progress { waits: false, moved: 2 });
    }
}
