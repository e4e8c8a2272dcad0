//! The text of instants and spans, read strictly and without allocation.
//!
//! Invariants:
//!
//! 1. *One reading.* Text that could be cut, rounded or guessed is refused: a
//!    tenth digit of a second, a leap second, half a nanosecond.
//! 2. *Upper case.* RFC 3339 lets a reader refuse a lower-case `t` or `z`;
//!    this one does, as protobuf's and Go's do, so that what is accepted here
//!    is accepted elsewhere.
//!
//! No calendar but the Gregorian, no zone names, no local time.

use time::{Date, Month};

use super::{Duration, NANOS_PER_SECOND, Timestamp};

/// Reads `2026-12-24T18:30:00.5+01:00`.
pub(super) fn timestamp(text: &str) -> Option<Timestamp> {
    let mut rest = Digits(text.as_bytes());
    let year = rest.number(4)?;
    rest.byte(b'-')?;
    let month = Month::try_from(u8::try_from(rest.number(2)?).ok()?).ok()?;
    rest.byte(b'-')?;
    let date =
        Date::from_calendar_date(i32::try_from(year).ok()?, month, u8::try_from(rest.number(2)?).ok()?)
            .ok()?;
    rest.byte(b'T')?;
    let hour = rest.below(24)?;
    rest.byte(b':')?;
    let minute = rest.below(60)?;
    rest.byte(b':')?;
    let second = rest.below(60)?;
    let nanos = if rest.byte(b'.').is_some() { rest.fraction()? } else { 0 };
    let offset_seconds = rest.offset()?;
    if !rest.0.is_empty() {
        return None;
    }
    let days = i64::from(date.to_julian_day()).checked_sub(UNIX_EPOCH_JULIAN_DAY)?;
    let seconds = days
        .checked_mul(86_400)?
        .checked_add(hour.checked_mul(3_600)?)?
        .checked_add(minute.checked_mul(60)?)?
        .checked_add(second)?
        .checked_sub(offset_seconds)?;
    Timestamp::new(seconds, nanos)
}

/// Reads `1h30m`, `-1.5h`, `250ms`, `0`.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let (negative, digits) = match text.as_bytes() {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    if digits == b"0" {
        return Some(Duration(0));
    }
    let mut rest = Digits(digits);
    // Summed in 128 bits, so that the least span, which has no positive
    // counterpart, can be read too.
    let mut total: i128 = 0;
    loop {
        let whole = rest.whole()?;
        let (part, scale) = if rest.byte(b'.').is_some() { rest.part()? } else { (0, 1) };
        let unit = rest.unit()?;
        let part = part.checked_mul(unit)?;
        if part.checked_rem(scale)? != 0 {
            return None;
        }
        let nanos = whole.checked_mul(unit)?.checked_add(part.checked_div(scale)?)?;
        total = total.checked_add(nanos)?;
        if rest.0.is_empty() {
            break;
        }
    }
    let total = if negative { total.checked_neg()? } else { total };
    i64::try_from(total).ok().map(Duration)
}

/// 1970-01-01 as a Julian day.
const UNIX_EPOCH_JULIAN_DAY: i64 = 2_440_588;

/// What is left to read.
struct Digits<'a>(&'a [u8]);

impl Digits<'_> {
    fn byte(&mut self, wanted: u8) -> Option<()> {
        let (first, rest) = self.0.split_first()?;
        if *first != wanted {
            return None;
        }
        self.0 = rest;
        Some(())
    }

    fn digit(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        if !first.is_ascii_digit() {
            return None;
        }
        self.0 = rest;
        first.checked_sub(b'0')
    }

    /// Exactly so many digits.
    fn number(&mut self, digits: u8) -> Option<i64> {
        let mut value: i64 = 0;
        for _ in 0..digits {
            value = value.checked_mul(10)?.checked_add(i64::from(self.digit()?))?;
        }
        Some(value)
    }

    /// Two digits, below `limit`.
    fn below(&mut self, limit: i64) -> Option<i64> {
        self.number(2).filter(|value| *value < limit)
    }

    /// One to nine digits after a point, as nanoseconds.
    fn fraction(&mut self) -> Option<u32> {
        let mut nanos: u32 = u32::from(self.digit()?);
        for _ in 0..8 {
            nanos = nanos.checked_mul(10)?.checked_add(u32::from(self.digit().unwrap_or(0)))?;
        }
        Some(nanos)
    }

    /// `Z`, `+hh:mm` or `-hh:mm`, as seconds east.
    fn offset(&mut self) -> Option<i64> {
        if self.byte(b'Z').is_some() {
            return Some(0);
        }
        let west = if self.byte(b'+').is_some() {
            false
        } else {
            self.byte(b'-')?;
            true
        };
        let hours = self.below(24)?;
        self.byte(b':')?;
        let minutes = self.below(60)?;
        let east = hours.checked_mul(3_600)?.checked_add(minutes.checked_mul(60)?)?;
        if west { east.checked_neg() } else { Some(east) }
    }

    /// One digit or more.
    fn whole(&mut self) -> Option<i128> {
        let mut value = i128::from(self.digit()?);
        while let Some(digit) = self.digit() {
            value = value.checked_mul(10)?.checked_add(i128::from(digit))?;
        }
        Some(value)
    }

    /// One digit or more after a point, and ten to the power of how many there were.
    /// Of no unit is a digit behind the twentieth a whole number of nanoseconds.
    fn part(&mut self) -> Option<(i128, i128)> {
        const LAST: i128 = 10_i128.pow(20);
        let mut value = i128::from(self.digit()?);
        let mut scale: i128 = 10;
        while let Some(digit) = self.digit() {
            if scale < LAST {
                value = value.checked_mul(10)?.checked_add(i128::from(digit))?;
                scale = scale.checked_mul(10)?;
            } else if digit != 0 {
                return None;
            }
        }
        Some((value, scale))
    }

    /// A unit, in nanoseconds.
    fn unit(&mut self) -> Option<i128> {
        let (nanos, rest): (i64, &[u8]) = match self.0 {
            [b'm', b's', rest @ ..] => (1_000_000, rest),
            [b'u', b's', rest @ ..] => (1_000, rest),
            [b'n', b's', rest @ ..] => (1, rest),
            [b's', rest @ ..] => (NANOS_PER_SECOND, rest),
            [b'm', rest @ ..] => (60_000_000_000, rest),
            [b'h', rest @ ..] => (3_600_000_000_000, rest),
            _ => return None,
        };
        self.0 = rest;
        Some(i128::from(nanos))
    }
}

#[cfg(test)]
mod tests;
