//! Where the data of others lies, and how it is read.
//!
//! YAML becomes the same tree as JSON. Of scalars only plain `true` and `false` are
//! not text: nothing that is read here is a number, and an id never is one.

use std::fs;
use std::path::{Path, PathBuf};

use granit_parser::{Event, Parser, ScalarStyle};
use serde_json::Value;

/// The folder of all fixtures.
pub(super) struct Fixtures(PathBuf);

impl Fixtures {
    /// The folder, or where there is none. One that somebody names must be there.
    pub(super) fn find() -> Result<Self, PathBuf> {
        if let Some(named) = std::env::var_os("SIDEGATE_FIXTURES") {
            let folder = PathBuf::from(named);
            assert!(folder.is_dir(), "SIDEGATE_FIXTURES: there is no folder {}", folder.display());
            return Ok(Self(folder));
        }
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/fixtures");
        if folder.is_dir() { Ok(Self(folder)) } else { Err(folder) }
    }

    pub(super) fn text(&self, path: &str) -> String {
        let path = self.0.join(path);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    pub(super) fn json(&self, path: &str) -> Value {
        serde_json::from_str(&self.text(path)).unwrap()
    }

    pub(super) fn yaml(&self, path: &str) -> Value {
        yaml(&self.text(path))
    }

    /// The names of the files of a folder, in order.
    pub(super) fn files(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.0.join(folder)).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

/// The text at a place.
pub(super) fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("no text `{key}` in {value}"))
}

/// The items at a place; none where there is nothing.
pub(super) fn items<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    match &value[key] {
        Value::Null => &[],
        Value::Array(items) => items,
        other => panic!("no list at `{key}`: {other}"),
    }
}

/// The pairs at a place; none where there is nothing.
pub(super) fn pairs<'a>(value: &'a Value, key: &str) -> Vec<(&'a str, &'a Value)> {
    match &value[key] {
        Value::Null => Vec::new(),
        Value::Object(pairs) => pairs.iter().map(|(key, value)| (key.as_str(), value)).collect(),
        other => panic!("no map at `{key}`: {other}"),
    }
}

/// The texts of a list.
pub(super) fn texts(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|item| item.as_str().unwrap()).collect()
}

/// A collection that is not complete yet, with the key that a map waits for.
enum Open {
    List(Vec<Value>),
    Map(serde_json::Map<String, Value>, Option<String>),
}

fn yaml(text: &str) -> Value {
    let mut open: Vec<Open> = Vec::new();
    let mut root = None;
    for event in Parser::new_from_str(text) {
        let done = match event.unwrap().0 {
            Event::SequenceStart(..) => {
                open.push(Open::List(Vec::new()));
                continue;
            }
            Event::MappingStart(..) => {
                open.push(Open::Map(serde_json::Map::new(), None));
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => match open.pop().unwrap() {
                Open::List(items) => Value::Array(items),
                Open::Map(pairs, _) => Value::Object(pairs),
            },
            Event::Scalar(text, ScalarStyle::Plain, ..) if text == "true" || text == "false" => {
                Value::Bool(text == "true")
            }
            Event::Scalar(text, ..) => Value::String(text.into_owned()),
            Event::Alias(..) => panic!("an alias"),
            _ => continue,
        };
        match open.last_mut() {
            None => assert!(root.replace(done).is_none(), "several documents"),
            Some(Open::List(items)) => items.push(done),
            Some(Open::Map(pairs, key)) => match key.take() {
                None => *key = Some(done.as_str().unwrap().to_owned()),
                Some(key) => assert!(pairs.insert(key, done).is_none(), "a key that stands twice"),
            },
        }
    }
    root.unwrap()
}

#[test]
fn yaml_is_read_as_it_is_meant() {
    let read = yaml("---\na: [x, 'true']\nb:\n  - { c: true, d: \"1\" }\n# no data\ne: |\n  two\n  lines\n");
    let meant = serde_json::json!({
        "a": ["x", "true"], "b": [{ "c": true, "d": "1" }], "e": "two\nlines\n"
    });
    assert_eq!(read, meant);
}
