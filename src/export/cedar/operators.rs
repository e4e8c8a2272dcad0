//! Operators on terms: comparing, arithmetic, looking for an item, parts of
//! texts.
//!
//! Owns what Cedar would err on (a sum that overflows) and what it cannot say.
//! Spans are milliseconds here; the door of the export lets no finer one in.

use super::cond::Cond;
use super::term::{Alternative, Set, Term, Tri, Value};
use super::text::{number, pattern, quoted};
use crate::condition::{Comparison, Place};

/// What Cedar cannot say.
pub(super) type Refused = &'static str;

/// The first and the last instant, in milliseconds since 1970.
const INSTANTS: (i64, i64) = (-62_135_596_800_000, 253_402_300_799_999);
/// As many whole milliseconds as fit 64 bits of nanoseconds.
const SPAN: i64 = 9_223_372_036_854;
/// The longest text whose every part is written out.
const PARTS: usize = 24;

/// `a == b`, `a < b`.
pub(super) fn compare(by: Comparison, a: &Term, b: &Term) -> Result<Tri, Refused> {
    if let (Term::Bool(a), Term::Bool(b)) = (a, b) {
        let same = Tri {
            yes: Cond::any([
                Cond::all([a.yes.clone(), b.yes.clone()]),
                Cond::all([a.no.clone(), b.no.clone()]),
            ]),
            no: Cond::any([
                Cond::all([a.yes.clone(), b.no.clone()]),
                Cond::all([a.no.clone(), b.yes.clone()]),
            ]),
        };
        return Ok(if by == Comparison::Equal { same } else { same.negated() });
    }
    let mut outcomes = Vec::new();
    for (guard, a, b) in a.pairs(b) {
        outcomes.push(Tri::of(compared(by, a, b)?).guarded(&guard));
    }
    Ok(Tri::either(outcomes))
}

fn compared(by: Comparison, a: &Value, b: &Value) -> Result<Cond, Refused> {
    let positive = |by| match by {
        Comparison::NotEqual => (Comparison::Equal, true),
        by => (by, false),
    };
    let code = |a: &str, b: &str| {
        let (by, negated) = positive(by);
        let found = Cond::text(format!("{a} {} {b}", by.symbol()));
        if negated { found.negated() } else { found }
    };
    Ok(match (a, b) {
        (Value::Text(a), Value::Text(b)) => Cond::constant(holds(by, a, b)),
        (Value::Int(a), Value::Int(b)) => Cond::constant(holds(by, a, b)),
        (Value::LengthOf(_) | Value::SizeOf(_), Value::Int(bound)) => sized(by, a, *bound)?,
        (Value::Int(bound), Value::LengthOf(_) | Value::SizeOf(_)) => sized(turned(by), b, *bound)?,
        (Value::Instant(a), Value::Instant(b)) => code(a, b),
        (Value::Set(_) | Value::Items(_), _) => return Err("lists compared as a whole"),
        (a, b) => match (a.comparable(), b.comparable()) {
            (Some(a), Some(b)) => code(&a, &b),
            _ => return Err(a.size().or(b.size()).unwrap_or("this comparison")),
        },
    })
}

fn holds<T: Ord>(by: Comparison, a: &T, b: &T) -> bool {
    match by {
        Comparison::Equal => a == b,
        Comparison::NotEqual => a != b,
        Comparison::Less => a < b,
        Comparison::LessOrEqual => a <= b,
        Comparison::Greater => a > b,
        Comparison::GreaterOrEqual => a >= b,
    }
}

const fn turned(by: Comparison) -> Comparison {
    match by {
        Comparison::Less => Comparison::Greater,
        Comparison::LessOrEqual => Comparison::GreaterOrEqual,
        Comparison::Greater => Comparison::Less,
        Comparison::GreaterOrEqual => Comparison::LessOrEqual,
        same => same,
    }
}

/// A size compared with a number. Cedar knows only whether it is 0, so the
/// answer must be the same for every other size.
fn sized(by: Comparison, size: &Value, bound: i64) -> Result<Cond, Refused> {
    let (none, one, more) = (holds(by, &0, &bound), holds(by, &1, &bound), holds(by, &i64::MAX, &bound));
    let splits_the_rest =
        one != more || (bound > 1 && matches!(by, Comparison::Equal | Comparison::NotEqual));
    if splits_the_rest {
        return Err(size.size().unwrap_or("this comparison"));
    }
    let empty = match size {
        Value::LengthOf(code) => Cond::text(format!("{code} == \"\"")),
        Value::SizeOf(code) => Cond::text(format!("{code}.isEmpty()")),
        _ => return Err("this comparison"),
    };
    Ok(match (none, one) {
        (true, false) => empty,
        (false, true) => empty.negated(),
        (same, _) => Cond::constant(same),
    })
}

/// `a in l`.
pub(super) fn contained(item: &Term, list: &Term) -> Result<Tri, Refused> {
    let mut outcomes = Vec::new();
    for Alternative { guard, value } in list.alternatives() {
        let found = match value {
            Value::Set(set) => in_set(item, set)?,
            Value::Items(items) => in_items(item, items)?,
            _ => return Err("this `in`"),
        };
        outcomes.push(found.guarded(guard));
    }
    Ok(Tri::either(outcomes))
}

/// Whether a set has an item.
pub(super) fn in_set(item: &Term, set: &Set) -> Result<Tri, Refused> {
    let mut outcomes = Vec::new();
    // Nothing is in an empty list, whatever it is.
    if !matches!(item.alternatives(), [Alternative { guard: Cond::True, .. }]) {
        outcomes.push(Tri { yes: Cond::False, no: set.is_empty() });
    }
    for Alternative { guard, value } in item.alternatives() {
        let code = value.scalar().ok_or(value.size().unwrap_or("this `in`"))?;
        outcomes.push(Tri::of(set.has(&code)).guarded(guard));
    }
    Ok(Tri::either(outcomes))
}

fn in_items(item: &Term, items: &[Term]) -> Result<Tri, Refused> {
    if items.is_empty() {
        return Ok(Tri::constant(false));
    }
    if let Some(code) = literals(items)
        && item.alternatives().iter().all(|one| one.value.scalar().is_some())
        && !matches!(item, Term::Bool(_))
    {
        // It has items, so what is unknown is unknown.
        let set = Set { code, names: None };
        let found = item.alternatives().iter().map(|one| {
            let code = one.value.scalar().unwrap_or_default();
            Tri::of(set.has(&code)).guarded(&one.guard)
        });
        return Ok(Tri::either(found));
    }
    let each = items.iter().map(|one| compare(Comparison::Equal, item, one));
    Ok(Tri::any(each.collect::<Result<Vec<_>, _>>()?))
}

/// A list of two or more literals, as a Cedar set.
pub(super) fn literals(items: &[Term]) -> Option<String> {
    let literal = |item: &Term| match item {
        Term::Value(alternatives) => match alternatives.as_slice() {
            [Alternative { guard: Cond::True, value: Value::Text(text) }] => Some(quoted(text)),
            [Alternative { guard: Cond::True, value: Value::Int(value) }] => Some(number(*value)),
            _ => None,
        },
        Term::Bool(_) => None,
    };
    let codes = items.iter().map(literal).collect::<Option<Vec<_>>>()?;
    (codes.len() > 1).then(|| format!("[{}]", codes.join(", ")))
}

/// `a + b`, or `a - b`.
pub(super) fn sum(a: &Term, b: &Term, minus: bool) -> Result<Term, Refused> {
    let mut alternatives = Vec::new();
    for (guard, a, b) in a.pairs(b) {
        let Some((fits, value)) = added(a, b, minus)? else { continue };
        alternatives.push(Alternative { guard: Cond::all([guard, fits]), value });
    }
    Ok(Term::Value(alternatives))
}

/// The value, and when it fits; `None` where it never does.
fn added(a: &Value, b: &Value, minus: bool) -> Result<Option<(Cond, Value)>, Refused> {
    let sign = if minus { "-" } else { "+" };
    let joined = |a: &str, b: &str| format!("({a} {sign} {b})");
    let within = |code: &str, (least, most): (i64, i64)| {
        Cond::all([
            Cond::text(format!("{code} >= {}", number(least))),
            Cond::text(format!("{code} <= {}", number(most))),
        ])
    };
    if let (Value::Int(a), Value::Int(b)) = (a, b) {
        let sum = if minus { a.checked_sub(*b) } else { a.checked_add(*b) };
        return Ok(sum.map(|sum| (Cond::True, Value::Int(sum))));
    }
    let spans = match (a, b) {
        (Value::Instant(a), Value::Instant(b)) => Some(format!("{a}.durationSince({b}).toMilliseconds()")),
        (a, b) => match (a.span(), b.span(), a.milliseconds(), b.milliseconds()) {
            (Some(a), Some(b), ..) | (_, _, Some(a), Some(b)) => Some(joined(&a, &b)),
            _ => None,
        },
    };
    if let Some(code) = spans {
        return Ok(Some((within(&code, (-SPAN, SPAN)), Value::SpanOf(code))));
    }
    let moved = match (a.milliseconds(), b.span(), a.span(), b.milliseconds()) {
        (Some(at), Some(span), ..) | (_, _, Some(span), Some(at)) => Some(joined(&at, &span)),
        _ => None,
    };
    if let Some(code) = moved {
        return Ok(Some((within(&code, INSTANTS), Value::Milliseconds(code))));
    }
    let (Some(left), Some(right)) = (a.scalar(), b.scalar()) else {
        return Err(a.size().or(b.size()).unwrap_or("this arithmetic"));
    };
    let code = joined(&left, &right);
    let (most, least) = (i64::MAX, number(i64::MIN));
    // Which side of 0 the right one is says which end a sum could pass.
    let (upper, lower) = match minus {
        false => (format!("{left} <= {most} - {right}"), format!("{left} >= {least} - {right}")),
        true => (format!("{left} >= {least} + {right}"), format!("{left} <= {most} + {right}")),
    };
    let fits = match b {
        Value::Int(right) if *right >= 0 => upper,
        Value::Int(_) => lower,
        _ => format!("(if {right} >= 0 then {upper} else {lower})"),
    };
    Ok(Some((Cond::text(fits), Value::IntOf(code))))
}

/// `-a`.
pub(super) fn negative(of: &Term) -> Result<Term, Refused> {
    let mut alternatives = Vec::new();
    for Alternative { guard, value } in of.alternatives() {
        let (fits, value) = match value {
            Value::Int(value) => match value.checked_neg() {
                Some(value) => (Cond::True, Value::Int(value)),
                None => continue,
            },
            Value::IntOf(code) => {
                let fits = Cond::text(format!("{code} != {}", number(i64::MIN)));
                (fits, Value::IntOf(format!("(0 - {code})")))
            }
            Value::Span(_) | Value::SpanOf(_) => {
                (Cond::True, Value::SpanOf(format!("(0 - {})", value.span().unwrap_or_default())))
            }
            other => return Err(other.size().unwrap_or("this arithmetic")),
        };
        alternatives.push(Alternative { guard: Cond::all([guard.clone(), fits]), value });
    }
    Ok(Term::Value(alternatives))
}

/// `size(a)`.
pub(super) fn size(of: &Term) -> Result<Term, Refused> {
    let mut alternatives = Vec::new();
    for Alternative { guard, value } in of.alternatives() {
        let value = match value {
            Value::Text(text) => Value::Int(i64::try_from(text.len()).unwrap_or(i64::MAX)),
            Value::Items(items) => Value::Int(i64::try_from(items.len()).unwrap_or(i64::MAX)),
            Value::TextOf(code) => Value::LengthOf(code.clone()),
            Value::Set(set) => Value::SizeOf(set.code.clone()),
            _ => return Err("this `size()`"),
        };
        alternatives.push(Alternative { guard: guard.clone(), value });
    }
    Ok(Term::Value(alternatives))
}

/// `a.startsWith(b)`, `a.endsWith(b)`, `a.contains(b)`.
pub(super) fn part(at: Place, whole: &Term, part: &Term) -> Result<Tri, Refused> {
    let mut outcomes = Vec::new();
    for (guard, whole, part) in whole.pairs(part) {
        outcomes.push(Tri::of(has_part(at, whole, part)?).guarded(&guard));
    }
    Ok(Tri::either(outcomes))
}

fn has_part(at: Place, whole: &Value, part: &Value) -> Result<Cond, Refused> {
    Ok(match (whole, part) {
        (Value::Text(whole), Value::Text(part)) => Cond::constant(match at {
            Place::Start => whole.starts_with(part.as_str()),
            Place::End => whole.ends_with(part.as_str()),
            Place::Anywhere => whole.contains(part.as_str()),
        }),
        (Value::TextOf(code), Value::Text(part)) => {
            let (before, after) = match at {
                Place::Start => ("", "*"),
                Place::End => ("*", ""),
                Place::Anywhere => ("*", "*"),
            };
            Cond::text(format!("{code} like {}", pattern(before, part, after)))
        }
        (Value::Text(whole), Value::TextOf(code)) if whole.len() <= PARTS => {
            let parts: Vec<String> = parts(at, whole).into_iter().map(quoted).collect();
            Cond::text(format!("[{}].contains({code})", parts.join(", ")))
        }
        _ => {
            return Err(match at {
                Place::Start => "`startsWith()` of a text that is not written out",
                Place::End => "`endsWith()` of a text that is not written out",
                Place::Anywhere => "`contains()` of a text that is not written out",
            });
        }
    })
}

/// Every text that stands in another at that place, the empty one included.
fn parts(at: Place, whole: &str) -> Vec<&str> {
    let cuts: Vec<usize> = whole.char_indices().map(|(cut, _)| cut).chain([whole.len()]).collect();
    let mut found = vec![""];
    for start in &cuts {
        for end in cuts.iter().filter(|end| *end > start) {
            let fits = match at {
                Place::Start => *start == 0,
                Place::End => *end == whole.len(),
                Place::Anywhere => true,
            };
            let part = whole.get(*start..*end).unwrap_or_default();
            if fits && !found.contains(&part) {
                found.push(part);
            }
        }
    }
    found
}
