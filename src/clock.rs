//! The clock: the one place that reads the time of day.
//!
//! The core is handed `now`. A call reads the clock once, so that everything in
//! it is decided at one instant.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::model::Timestamp;

/// What tells the time.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// An instant at which time stands still, for tests and replays.
    Fixed(Timestamp),
}

impl Clock {
    /// The present instant.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => system_time(),
            Self::Fixed(instant) => *instant,
        }
    }
}

fn system_time() -> Timestamp {
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    let now = SystemTime::now();
    // A clock set before 1970 or after 9999 tells nothing. The last instant of
    // all is the safe reading of it: whatever can have expired has.
    now.duration_since(UNIX_EPOCH)
        .ok()
        .and_then(|since| Timestamp::new(i64::try_from(since.as_secs()).ok()?, since.subsec_nanos()))
        .unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_clock_moves_on_and_a_fixed_one_does_not() {
        let year_2025 = Timestamp::new(1_735_689_600, 0).unwrap();
        assert!(Clock::System.now() > year_2025);
        assert!(Clock::System.now() < Timestamp::MAX);
        assert_eq!(Clock::Fixed(year_2025).now(), year_2025);
    }
}
