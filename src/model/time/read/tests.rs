//! The text of instants and spans, row by row.

use proptest::prelude::*;

use crate::model::{Duration, Timestamp};

#[track_caller]
fn instant(text: &str, expected: Option<(i64, u32)>) {
    let read = Timestamp::parse(text).map(|at| (at.seconds(), at.nanos()));
    assert_eq!(read, expected, "{text}");
}

#[track_caller]
fn span(text: &str, expected: Option<i64>) {
    assert_eq!(Duration::parse(text).map(Duration::nanos), expected, "{text}");
}

#[test]
#[rustfmt::skip] // One row, one line: the columns are the point.
fn instants() {
    instant("1970-01-01T00:00:00Z",                Some((0, 0)));
    instant("2026-12-24T00:00:00Z",                Some((1_798_070_400, 0)));
    instant("2026-12-24T00:00:00.5Z",              Some((1_798_070_400, 500_000_000)));
    instant("2026-12-24T00:00:00.123456789Z",      Some((1_798_070_400, 123_456_789)));
    instant("2026-12-24T01:30:00+01:30",           Some((1_798_070_400, 0)));
    instant("2026-12-23T22:30:00-01:30",           Some((1_798_070_400, 0)));
    instant("2026-12-24T00:00:00-00:00",           Some((1_798_070_400, 0)));
    instant("2024-02-29T00:00:00Z",                Some((1_709_164_800, 0)));
    instant("0001-01-01T00:00:00Z",                Some((-62_135_596_800, 0)));
    instant("9999-12-31T23:59:59.999999999Z",      Some((253_402_300_799, 999_999_999)));
    // The bounds hold for the instant, not for the year as written.
    instant("0000-12-31T23:30:00-01:00",           Some((-62_135_596_800 + 1_800, 0)));
    instant("0001-01-01T00:30:00+01:00",           None);
    instant("9999-12-31T23:30:00-01:00",           None);
    instant("0000-12-31T23:59:59Z",                None);
    instant("2023-02-29T00:00:00Z",                None);
    instant("2026-13-01T00:00:00Z",                None);
    instant("2026-00-01T00:00:00Z",                None);
    instant("2026-12-00T00:00:00Z",                None);
    instant("2026-12-24T24:00:00Z",                None);
    instant("2026-12-24T00:60:00Z",                None);
    instant("2016-12-31T23:59:60Z",                None);
    instant("2026-12-24T00:00:00.1234567890Z",     None);
    instant("2026-12-24T00:00:00.Z",               None);
    instant("2026-12-24T00:00:00,5Z",              None);
    instant("2026-12-24t00:00:00Z",                None);
    instant("2026-12-24T00:00:00z",                None);
    instant("2026-12-24 00:00:00Z",                None);
    instant("2026-12-24T00:00:00",                 None);
    instant("2026-12-24T00:00Z",                   None);
    instant("2026-12-24T00:00:00+24:00",           None);
    instant("2026-12-24T00:00:00+01:60",           None);
    instant("2026-12-24T00:00:00+0100",            None);
    instant("2026-12-24T00:00:00+01",              None);
    instant("2026-12-24",                          None);
    instant("+2026-12-24T00:00:00Z",               None);
    instant("12026-12-24T00:00:00Z",               None);
    instant(" 2026-12-24T00:00:00Z",               None);
    instant("2026-12-24T00:00:00Z ",               None);
    instant("２026-12-24T00:00:00Z",               None);
    instant("",                                    None);
}

#[test]
#[rustfmt::skip] // One row, one line: the columns are the point.
fn spans() {
    span("0",                        Some(0));
    span("-0",                       Some(0));
    span("0s",                       Some(0));
    span("1h30m",                    Some(5_400_000_000_000));
    span("-1.5h",                    Some(-5_400_000_000_000));
    span("+1s",                      Some(1_000_000_000));
    span("250ms",                    Some(250_000_000));
    span("3us",                      Some(3_000));
    span("7ns",                      Some(7));
    span("1m1ms",                    Some(60_001_000_000));
    span("1s1s",                     Some(2_000_000_000));
    span("0.000000001s",             Some(1));
    span("9223372036854775807ns",    Some(i64::MAX));
    span("-9223372036854775808ns",   Some(i64::MIN));
    span("9223372036854775808ns",    None);
    span("-9223372036854775809ns",   None);
    span("9999999999999999999999h",  None);
    span("99999999999999999999999999999999999999999999999h", None);
    span("0.0000000001s",            None);
    span("1.50000000000000000000000000000000000000000000h", Some(5_400_000_000_000));
    span("1.50000000000000000000000000000000000000000001h", None);
    span("0.00000000000025h",        None);
    span("0.0000000000025h",         Some(9));
    span("1.5ns",                    None);
    span("",                         None);
    span("-",                        None);
    span("1",                        None);
    span("00",                       None);
    span("h",                        None);
    span("1d",                       None);
    span(".5h",                      None);
    span("1.h",                      None);
    span("1h-1m",                    None);
    span("1 h",                      None);
    span("1h ",                      None);
    span("1H",                       None);
    span("1µs",                      None);
    span("1e3s",                     None);
}

proptest! {
    #[test]
    fn an_instant_is_read_as_it_is_shown(seconds in -62_135_596_800_i64..=253_402_300_799, nanos in 0_u32..1_000_000_000) {
        let at = Timestamp::new(seconds, nanos).expect("within the years 1 to 9999");
        prop_assert_eq!(Timestamp::parse(&at.to_string()), Some(at));
    }

    #[test]
    fn a_span_is_read_as_it_is_shown(nanos in any::<i64>()) {
        let span = Duration::from_nanos(nanos);
        prop_assert_eq!(Duration::parse(&span.to_string()), Some(span));
    }

    #[test]
    fn reading_is_total(text in "[0-9T:.Z+hmsun-]{0,40}") {
        let _ = (Timestamp::parse(&text), Duration::parse(&text));
    }
}
