//! Instants and spans, with the bounds that conditions promise.
//!
//! An instant lies in the years 1 to 9999; a span is a 64-bit count of
//! nanoseconds. Arithmetic that leaves either is `None`, never a wrong value.

mod read;

use std::fmt;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// An instant, to the nanosecond, in the years 1 to 9999.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Timestamp {
    seconds: i64,
    nanos: u32,
}

impl Default for Timestamp {
    /// 1970-01-01T00:00:00Z.
    fn default() -> Self {
        Self { seconds: 0, nanos: 0 }
    }
}

/// A span of time in nanoseconds.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Duration(i64);

const NANOS_PER_SECOND: i64 = 1_000_000_000;

impl Timestamp {
    /// 0001-01-01T00:00:00Z, in seconds since 1970.
    const MIN_SECONDS: i64 = -62_135_596_800;
    /// 9999-12-31T23:59:59Z, in seconds since 1970.
    const MAX_SECONDS: i64 = 253_402_300_799;
    /// The last instant there is.
    pub const MAX: Self = Self { seconds: Self::MAX_SECONDS, nanos: 999_999_999 };

    /// Makes an instant of seconds since 1970 and nanoseconds within the
    /// second; `None` outside the years 1 to 9999.
    #[must_use]
    pub const fn new(seconds: i64, nanos: u32) -> Option<Self> {
        if seconds < Self::MIN_SECONDS || seconds > Self::MAX_SECONDS || nanos >= 1_000_000_000 {
            return None;
        }
        Some(Self { seconds, nanos })
    }

    /// Reads RFC 3339 text, such as `2026-12-24T00:00:00Z`, strictly: `T` and
    /// `Z` in upper case, at most nine digits of a second, no leap second, and
    /// the years 1 to 9999 once the offset is taken off. Allocates nothing.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        read::timestamp(text)
    }

    /// Seconds since 1970, rounded down.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.seconds
    }

    /// Nanoseconds within the second, 0 to 999,999,999.
    #[must_use]
    pub const fn nanos(self) -> u32 {
        self.nanos
    }

    /// This instant moved by `span`; `None` outside the years 1 to 9999.
    #[must_use]
    pub fn plus(self, span: Duration) -> Option<Self> {
        self.moved(i128::from(span.0))
    }

    fn moved(self, nanos: i128) -> Option<Self> {
        let total = i128::from(self.seconds)
            .checked_mul(i128::from(NANOS_PER_SECOND))?
            .checked_add(i128::from(self.nanos))?
            .checked_add(nanos)?;
        let seconds = i64::try_from(total.div_euclid(i128::from(NANOS_PER_SECOND))).ok()?;
        let nanos = u32::try_from(total.rem_euclid(i128::from(NANOS_PER_SECOND))).ok()?;
        Self::new(seconds, nanos)
    }

    /// This instant moved back by `span`; `None` outside the years 1 to 9999.
    #[must_use]
    pub fn minus(self, span: Duration) -> Option<Self> {
        self.moved(i128::from(span.0).checked_neg()?)
    }

    /// The span from `earlier` to this instant; `None` when it does not fit.
    #[must_use]
    pub fn since(self, earlier: Self) -> Option<Duration> {
        let seconds = self.seconds.checked_sub(earlier.seconds)?;
        let nanos = i64::from(self.nanos).checked_sub(i64::from(earlier.nanos))?;
        let total =
            i128::from(seconds).checked_mul(i128::from(NANOS_PER_SECOND))?.checked_add(i128::from(nanos))?;
        i64::try_from(total).ok().map(Duration)
    }
}

impl Duration {
    /// A span of so many nanoseconds.
    #[must_use]
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// Reads a span as CEL writes it: an optional sign, then numbers with the
    /// units `h`, `m`, `s`, `ms`, `us` and `ns`, such as `1h30m` or `-1.5h`;
    /// or `0`. `None` for anything else, for more than 64 bits of nanoseconds
    /// and for parts of a nanosecond. Allocates nothing.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        read::duration(text)
    }

    /// The span in nanoseconds.
    #[must_use]
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// Both spans together; `None` when that does not fit.
    #[must_use]
    pub const fn plus(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(nanos) => Some(Self(nanos)),
            None => None,
        }
    }

    /// This span without `other`; `None` when that does not fit.
    #[must_use]
    pub const fn minus(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(nanos) => Some(Self(nanos)),
            None => None,
        }
    }

    /// The span turned round; `None` when it does not fit.
    #[must_use]
    pub const fn negated(self) -> Option<Self> {
        match self.0.checked_neg() {
            Some(nanos) => Some(Self(nanos)),
            None => None,
        }
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = OffsetDateTime::from_unix_timestamp(self.seconds)
            .ok()
            .and_then(|at| at.replace_nanosecond(self.nanos).ok())
            .and_then(|at| at.format(&Rfc3339).ok());
        f.write_str(text.as_deref().unwrap_or("an instant out of range"))
    }
}

impl fmt::Display for Duration {
    /// Seconds with as many decimals as there are: `5400s`, `-0.25s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = self.0.unsigned_abs();
        let (whole, part) =
            (nanos / NANOS_PER_SECOND.unsigned_abs(), nanos % NANOS_PER_SECOND.unsigned_abs());
        let sign = if self.0 < 0 { "-" } else { "" };
        if part == 0 {
            return write!(f, "{sign}{whole}s");
        }
        let decimals = format!("{part:09}");
        write!(f, "{sign}{whole}.{}s", decimals.trim_end_matches('0'))
    }
}
