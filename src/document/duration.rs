//! Spans of time as configurations and flags write them: `250ms`, `5s`, `5m`,
//! `1h`.
//!
//! Whole milliseconds, as many as fit 32 bits: that is how limits are told on
//! the wire. A number without a unit is none.

use std::time::Duration;

/// The units, greatest first, in milliseconds.
const UNITS: [(&str, u64); 4] = [("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];

/// Reads a span.
#[must_use]
pub fn parse(text: &str) -> Option<Duration> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at_checked(digits)?;
    let (_, factor) = UNITS.into_iter().find(|(name, _)| *name == unit)?;
    let milliseconds = number.parse::<u64>().ok()?.checked_mul(factor)?;
    u32::try_from(milliseconds).ok().map(|fits| Duration::from_millis(fits.into()))
}

/// Writes a span in the greatest unit that says it whole.
#[must_use]
pub fn text(span: Duration) -> String {
    let milliseconds = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    if milliseconds == 0 {
        return "0s".to_owned();
    }
    let whole = UNITS.into_iter().find(|(_, factor)| milliseconds.is_multiple_of(*factor));
    let (unit, factor) = whole.unwrap_or(("ms", 1));
    format!("{}{unit}", milliseconds.checked_div(factor).unwrap_or(milliseconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_written_as_it_is_read() {
        for (written, milliseconds) in [
            ("0s", 0),
            ("1ms", 1),
            ("250ms", 250),
            ("1500ms", 1500),
            ("5s", 5000),
            ("90s", 90_000),
            ("5m", 300_000),
            ("2h", 7_200_000),
            ("4294967295ms", u64::from(u32::MAX)),
        ] {
            assert_eq!(parse(written), Some(Duration::from_millis(milliseconds)), "{written}");
            assert_eq!(text(Duration::from_millis(milliseconds)), written);
        }
        assert_eq!(parse("60s").map(text), Some("1m".to_owned()));
    }

    #[test]
    fn what_is_no_span_is_refused() {
        for written in
            ["", "5", "s", "-5s", "+5s", "5 s", "5S", "1.5s", "1m30s", "5d", "٣s", "4294967296ms", "1194h"]
        {
            assert_eq!(parse(written), None, "{written}");
        }
    }
}
