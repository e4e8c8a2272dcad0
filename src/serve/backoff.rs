//! Waiting a little longer after each failure, and telling of something now and
//! then at most.

use std::time::Duration;

use tokio::time::Instant;

/// The wait after a first failure, and after ever so many.
const FIRST: Duration = Duration::from_millis(5);
const LONGEST: Duration = Duration::from_secs(1);
/// How often the same thing is told.
const TOLD_EVERY: Duration = Duration::from_secs(10);

/// How long to wait after a failure.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// It failed again: wait so long.
    pub(super) fn failed(&mut self) -> Duration {
        let wait = FIRST.saturating_mul(1_u32.checked_shl(self.failures).unwrap_or(u32::MAX)).min(LONGEST);
        // So often doubled it is the longest already.
        self.failures = self.failures.saturating_add(1).min(16);
        wait
    }

    /// It went well.
    pub(super) fn succeeded(&mut self) {
        self.failures = 0;
    }
}

/// Tells of something that may happen very often.
#[derive(Debug, Default)]
pub(super) struct NowAndThen {
    last: Option<Instant>,
    untold: u64,
}

impl NowAndThen {
    /// It happened. Returns how often, this time included, if it is to be told now.
    pub(super) fn happened(&mut self) -> Option<u64> {
        self.untold = self.untold.saturating_add(1);
        let now = Instant::now();
        if self.last.is_some_and(|last| now < last + TOLD_EVERY) {
            return None;
        }
        self.last = Some(now);
        Some(std::mem::take(&mut self.untold))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f36_waits_double_up_to_a_second_and_begin_anew() {
        let mut backoff = Backoff::default();
        let waits: Vec<u128> = (0..10).map(|_| backoff.failed().as_millis()).collect();
        assert_eq!(waits, [5, 10, 20, 40, 80, 160, 320, 640, 1000, 1000]);
        for _ in 0..1000 {
            assert_eq!(backoff.failed(), LONGEST);
        }
        backoff.succeeded();
        assert_eq!(backoff.failed(), FIRST);
    }

    #[tokio::test(start_paused = true)]
    async fn what_happens_often_is_told_now_and_then() {
        let mut told = NowAndThen::default();
        assert_eq!(told.happened(), Some(1));
        assert_eq!((0..100).find_map(|_| told.happened()), None);
        tokio::time::advance(TOLD_EVERY).await;
        assert_eq!(told.happened(), Some(101));
    }
}
