//! How long a call may take: what its caller says, within what the sidecar allows.

use std::time::Duration;

use http::HeaderMap;
use tokio::time::Instant;

use super::limits::Deadlines;
use crate::telemetry::Rpc;

/// How long it takes to say that something has not come in time.
const TO_SAY_SO: Duration = Duration::from_millis(10);

/// When a call's time is up. Whatever takes long asks for it now and then; it
/// stands in the extensions of BatchCheck requests.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Deadline(pub(crate) Instant);

impl Deadline {
    /// The deadline of a call that begins now.
    pub(super) fn of(rpc: Rpc, headers: &HeaderMap, limits: &Deadlines) -> Self {
        let Deadlines { call, call_most, list, list_most } = *limits;
        let (unsaid, most) = match rpc {
            // A rollback of everything takes as long as a list of all.
            Rpc::List | Rpc::Rollback => (list, list_most),
            Rpc::Check | Rpc::Batch | Rpc::Capabilities | Rpc::Push | Rpc::PolicyRead | Rpc::Other => {
                (call, call_most)
            }
        };
        let asked = headers.get("grpc-timeout").and_then(|value| read(value.as_bytes()));
        Self(Instant::now() + asked.unwrap_or(unsaid).min(most))
    }

    /// A little before the time is up: when there is still time to say what has not
    /// come.
    pub(super) fn in_time(self) -> Instant {
        let left = self.0.saturating_duration_since(Instant::now());
        self.0.checked_sub(TO_SAY_SO.min(left / 4)).unwrap_or(self.0)
    }

    /// Whether the time is up.
    pub(crate) fn passed(self) -> bool {
        Instant::now() >= self.0
    }
}

/// Reads a `grpc-timeout`: one to eight digits and a unit. Anything else is as if
/// there were none, for the default is stricter than no answer is helpful.
fn read(value: &[u8]) -> Option<Duration> {
    let (unit, digits) = value.split_last()?;
    if digits.is_empty() || digits.len() > 8 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number =
        digits.iter().fold(0_u64, |number, digit| number * 10 + u64::from(digit.saturating_sub(b'0')));
    match unit {
        b'H' => Some(Duration::from_secs(number * 3600)),
        b'M' => Some(Duration::from_secs(number * 60)),
        b'S' => Some(Duration::from_secs(number)),
        b'm' => Some(Duration::from_millis(number)),
        b'u' => Some(Duration::from_micros(number)),
        b'n' => Some(Duration::from_nanos(number)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_is_digits_and_a_unit() {
        let cases = [
            ("2H", Duration::from_secs(7200)),
            ("3M", Duration::from_secs(180)),
            ("4S", Duration::from_secs(4)),
            ("005m", Duration::from_millis(5)),
            ("6u", Duration::from_micros(6)),
            ("7n", Duration::from_nanos(7)),
            ("0S", Duration::ZERO),
            ("99999999H", Duration::from_secs(99_999_999 * 3600)),
        ];
        for (text, expected) in cases {
            assert_eq!(read(text.as_bytes()), Some(expected), "{text}");
        }
        for text in ["", "S", "1", "123456789m", "1s", "1h", "-1S", "+1S", "1.5S", " 1S", "1S ", "1 S", "1mS"]
        {
            assert_eq!(read(text.as_bytes()), None, "{text}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_asked_is_capped_and_what_is_not_said_has_a_default() {
        let limits = Deadlines::default();
        let left = |rpc, text: Option<&str>| {
            let headers = text.map(|text| ("grpc-timeout".parse().unwrap(), text.parse().unwrap()));
            Deadline::of(rpc, &headers.into_iter().collect(), &limits).0 - Instant::now()
        };
        let seconds = Duration::from_secs;
        for rpc in [Rpc::Check, Rpc::Batch, Rpc::Capabilities, Rpc::Other] {
            assert_eq!(left(rpc, None), seconds(1));
            assert_eq!(left(rpc, Some("nonsense")), seconds(1));
            assert_eq!(left(rpc, Some("10S")), seconds(10));
            assert_eq!(left(rpc, Some("10001m")), seconds(10));
        }
        assert_eq!(left(Rpc::List, None), seconds(3));
        assert_eq!(left(Rpc::List, Some("30S")), seconds(30));
        assert_eq!(left(Rpc::List, Some("31S")), seconds(30));
        assert_eq!(left(Rpc::List, Some("99999999H")), seconds(30));
        assert_eq!(left(Rpc::Check, Some("0m")), seconds(0));
        assert!(
            Deadline::of(Rpc::Check, &HeaderMap::new(), &Deadlines { call: seconds(0), ..limits }).passed()
        );
    }
}
