//! The core schema of YAML 1.2: what a plain scalar is.
//!
//! Not the rules of YAML 1.1: `on`, `off`, `yes`, `no` are strings, and so is
//! `1_000` and `12:30`.

use super::Core;

/// Resolves a plain scalar.
pub(super) fn resolve(text: &str) -> Core {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Core::Null,
        "true" | "True" | "TRUE" => Core::Bool(true),
        "false" | "False" | "FALSE" => Core::Bool(false),
        _ => number(text).unwrap_or(Core::String),
    }
}

/// A number, if `text` is one.
fn number(text: &str) -> Option<Core> {
    if let Some(digits) = text.strip_prefix("0o") {
        return in_base(digits, 8);
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return in_base(digits, 16);
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return Some(Core::Number);
    }
    if !unsigned.is_empty() && unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(text.parse().map_or(Core::Number, Core::Int));
    }
    is_fraction(unsigned).then_some(Core::Number)
}

/// Digits after `0o` or `0x`, which take no sign.
fn in_base(digits: &str, base: u32) -> Option<Core> {
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(base)) {
        return None;
    }
    Some(i64::from_str_radix(digits, base).map_or(Core::Number, Core::Int))
}

/// `( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`
fn is_fraction(text: &str) -> bool {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, rest) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mantissa_fits = digits(whole) && digits(rest) && !(whole.is_empty() && rest.is_empty());
    let exponent_fits = exponent.is_none_or(|exponent| {
        let power = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !power.is_empty() && digits(power)
    });
    mantissa_fits && exponent_fits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Core) {
        assert_eq!(resolve(text), expected, "{text:?}");
    }

    #[test]
    #[rustfmt::skip] // One row, one line: the columns are the point.
    fn plain_scalars() {
        for text in ["", "~", "null", "Null", "NULL"] { check(text, Core::Null); }
        for text in ["true", "True", "TRUE"] { check(text, Core::Bool(true)); }
        for text in ["false", "False", "FALSE"] { check(text, Core::Bool(false)); }
        for text in ["on", "off", "yes", "no", "y", "n", "tRUE", "nil", "1_000", "12:30", "0b1", "1.2.3", "e3", ".",
                     "-", "+", "0x", "0o8", "-0x1", "1e", "1e+", "2026-12-24", "2026-12-24T00:00:00Z", "--1"] {
            check(text, Core::String);
        }
        check("0",                    Core::Int(0));
        check("007",                  Core::Int(7));
        check("+12",                  Core::Int(12));
        check("-12",                  Core::Int(-12));
        check("0o17",                 Core::Int(15));
        check("0xff",                 Core::Int(255));
        check("9223372036854775807",  Core::Int(i64::MAX));
        check("-9223372036854775808", Core::Int(i64::MIN));
        for text in ["9223372036854775808", "1.5", ".5", "1.", "-1e3", "1.5E-3", ".inf", "-.INF", "+.Inf", ".nan", ".NaN",
                     "0xffffffffffffffff"] {
            check(text, Core::Number);
        }
    }
}
