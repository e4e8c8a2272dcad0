//! `name=value` flags, read as the model declares the name, or by their form
//! where there is no model.
//!
//! A text that does not fit the declared type is passed on as text, so that the
//! door refuses it with the same words as for any other caller.

use crate::model::{Timestamp, Value, ValueType};

/// A `name=value` flag.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Pair {
    /// The name.
    pub(super) name: String,
    /// The value as written.
    pub(super) text: String,
}

/// Reads `name=value`.
pub(super) fn pair(text: &str) -> Result<Pair, String> {
    let (name, value) = text.split_once('=').ok_or("expected `name=value`")?;
    Ok(Pair { name: name.to_owned(), text: value.to_owned() })
}

/// The values of several flags, each read by `one`. Fails on a name that stands
/// twice, naming it.
pub(super) fn read(
    flag: &str,
    pairs: &[Pair],
    one: impl Fn(&Pair) -> Value,
) -> Result<Vec<(String, Value)>, String> {
    let mut values: Vec<(String, Value)> = Vec::new();
    for pair in pairs {
        let name = &pair.name;
        if values.iter().any(|(known, _)| known == name) {
            return Err(format!("`{flag} {name}=…` is given twice"));
        }
        values.push((name.clone(), one(pair)));
    }
    Ok(values)
}

/// One value. `null` is null; a text in JSON quotes is that text, so that
/// `"null"` is a text too; lists are separated by commas, or JSON.
pub(super) fn value(text: &str, declared: Option<ValueType>) -> Value {
    if text == "null" {
        return Value::Null;
    }
    let read = match declared {
        Some(ValueType::Bool) => text.parse().ok().map(Value::Bool),
        Some(ValueType::Int) => text.parse().ok().map(Value::Int),
        Some(ValueType::Timestamp) => Timestamp::parse(text).map(Value::Timestamp),
        Some(ValueType::StringList) => Some(Value::StringList(strings(text))),
        Some(ValueType::IntList) => ints(text).map(Value::IntList),
        Some(ValueType::String) | None => None,
    };
    read.unwrap_or_else(|| Value::String(plain(text)))
}

/// One value by its form alone: `null`, `true` or `false`, a whole number, an
/// instant, a JSON list of texts or of whole numbers; all else is text, and so is
/// whatever stands in JSON quotes.
pub(super) fn by_form(text: &str) -> Value {
    let list = || {
        let strings = || serde_json::from_str(text).ok().map(Value::StringList);
        text.starts_with('[')
            .then(|| strings().or_else(|| serde_json::from_str(text).ok().map(Value::IntList)))
            .flatten()
    };
    match text {
        "null" => Value::Null,
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ => text
            .parse()
            .ok()
            .map(Value::Int)
            .or_else(|| Timestamp::parse(text).map(Value::Timestamp))
            .or_else(list)
            .unwrap_or_else(|| Value::String(plain(text))),
    }
}

fn plain(text: &str) -> String {
    if text.starts_with('"') {
        serde_json::from_str(text).unwrap_or_else(|_| text.to_owned())
    } else {
        text.to_owned()
    }
}

fn strings(text: &str) -> Vec<String> {
    if text.is_empty() {
        return Vec::new();
    }
    serde_json::from_str(text).unwrap_or_else(|_| text.split(',').map(ToOwned::to_owned).collect())
}

fn ints(text: &str) -> Option<Vec<i64>> {
    if text.is_empty() {
        return Some(Vec::new());
    }
    serde_json::from_str(text).ok().or_else(|| text.split(',').map(|item| item.parse().ok()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, declared: Option<ValueType>, expected: Value) {
        assert_eq!(value(text, declared), expected, "`{text}` as {declared:?}");
    }

    fn text(text: &str) -> Value {
        Value::String(text.to_owned())
    }

    fn texts(items: &[&str]) -> Value {
        Value::StringList(items.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn values_are_read_as_declared() {
        check("wa-1", Some(ValueType::String), text("wa-1"));
        check("12", Some(ValueType::String), text("12"));
        check("12", Some(ValueType::Int), Value::Int(12));
        check("true", Some(ValueType::Bool), Value::Bool(true));
        check("1970-01-01T00:00:00Z", Some(ValueType::Timestamp), Value::Timestamp(Timestamp::default()));
        check("a,b", Some(ValueType::StringList), texts(&["a", "b"]));
        check(r#"["a,b"]"#, Some(ValueType::StringList), texts(&["a,b"]));
        check("", Some(ValueType::StringList), texts(&[]));
        check("1,2", Some(ValueType::IntList), Value::IntList(vec![1, 2]));
        check("[]", Some(ValueType::IntList), Value::IntList(Vec::new()));
    }

    #[test]
    fn null_is_null_unless_it_is_quoted() {
        check("null", Some(ValueType::Int), Value::Null);
        check(r#""null""#, Some(ValueType::String), text("null"));
    }

    #[test]
    fn what_does_not_fit_is_left_to_the_door() {
        check("twelve", Some(ValueType::Int), text("twelve"));
        check("yes", Some(ValueType::Bool), text("yes"));
        check("1,x", Some(ValueType::IntList), text("1,x"));
        check("anything", None, text("anything"));
    }

    #[test]
    fn without_a_model_a_value_is_read_by_its_form() {
        for (written, expected) in [
            ("null", Value::Null),
            ("true", Value::Bool(true)),
            ("-12", Value::Int(-12)),
            ("1970-01-01T00:00:00Z", Value::Timestamp(Timestamp::default())),
            (r#"["a","b"]"#, texts(&["a", "b"])),
            ("[1,2]", Value::IntList(vec![1, 2])),
            ("[]", texts(&[])),
            ("[a]", text("[a]")),
            ("a,b", text("a,b")),
            (r#""12""#, text("12")),
            (r#""null""#, text("null")),
            ("1.5", text("1.5")),
            ("99999999999999999999", text("99999999999999999999")),
            ("", text("")),
        ] {
            assert_eq!(by_form(written), expected, "{written}");
        }
    }

    #[test]
    fn a_name_stands_once() {
        let twice = [pair("a=1").unwrap(), pair("a=2").unwrap()];
        assert_eq!(
            read("--attr", &twice, |pair| by_form(&pair.text)),
            Err("`--attr a=…` is given twice".to_owned())
        );
        assert!(pair("a").is_err());
    }
}
