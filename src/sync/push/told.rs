//! What is told of refusals in the log: each kind now and then, however often it
//! comes. There are only so many kinds, so what is known of them is bounded, and so
//! is the log.

use std::time::Duration;

use tokio::time::Instant;

use crate::telemetry::Pushed;

/// How often the same kind of refusal is told.
const TOLD_EVERY: Duration = Duration::from_secs(60);

/// The kinds of refusal that were told of.
#[derive(Debug, Default)]
pub(super) struct Told(Vec<Kind>);

#[derive(Debug)]
struct Kind {
    is: Pushed,
    told: Instant,
    untold: u64,
}

impl Told {
    /// A push was refused. Returns how often for this reason, this time included, if
    /// it is to be told now.
    pub(super) fn refused(&mut self, is: Pushed, now: Instant) -> Option<u64> {
        let Some(kind) = self.0.iter_mut().find(|kind| kind.is == is) else {
            self.0.push(Kind { is, told: now, untold: 0 });
            return Some(1);
        };
        kind.untold = kind.untold.saturating_add(1);
        if now.duration_since(kind.told) < TOLD_EVERY {
            return None;
        }
        kind.told = now;
        Some(std::mem::take(&mut kind.untold))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f08_the_same_refusal_is_told_once_a_minute_with_a_count() {
        let mut told = Told::default();
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let lines: Vec<u64> = (0..120_001).filter_map(|n| told.refused(Pushed::Stale, at(n))).collect();
        assert_eq!(lines, [1, 60_000, 60_000]);
        assert_eq!(told.refused(Pushed::Conflict, at(120_001)), Some(1), "another is told at once");
    }
}
