//! What in a tree does not fit its table, all of it.

use std::collections::BTreeMap;

use super::scalar::Misfit;
use super::test::CANDIDATES;
use super::{List, Map, Record, Rule, Scalar, Shape, Unique};
use crate::document::diagnostic::{Diagnostic, Severity};
use crate::document::nearest::nearest;
use crate::document::place::Place;
use crate::document::yaml::{Body, Node, shorten};

/// Tells every fault of a document against the table of its kind.
pub(crate) fn check(node: &Node, record: &'static Record, faults: &mut Vec<Diagnostic>) {
    let start = Place { end: node.at.start, ..node.at };
    Checker { faults }.record(node, record, start);
}

/// Tells every fault of a list of resources sent along.
pub(crate) fn check_candidates(node: &Node, faults: &mut Vec<Diagnostic>) {
    Checker { faults }.shape(node, &CANDIDATES, node.at);
}

struct Checker<'a> {
    faults: &'a mut Vec<Diagnostic>,
}

impl Checker<'_> {
    /// `owner` is where to point when something is missing: the key that the
    /// node stands under.
    fn shape(&mut self, node: &Node, shape: &'static Shape, owner: Place) {
        if matches!(node.body, Body::Broken) {
            return;
        }
        match shape {
            Shape::Scalar(scalar) => {
                if let Some(misfit) = scalar.misfit(node) {
                    self.misfit(node, misfit);
                }
            }
            Shape::Words(words) => self.words(node, words),
            Shape::List(list) => self.list(node, list),
            Shape::Map(map) => self.map(node, map),
            Shape::Record(record) => {
                if !(is_null(node) && record.may_be_empty()) {
                    self.record(node, record, owner);
                }
            }
            Shape::Either(shapes) => self.either(node, shapes, owner),
        }
    }

    fn words(&mut self, node: &Node, words: &[&str]) {
        let Some(word) = node.text() else {
            let known = one_of(words.iter().copied());
            self.fault(node.at, format!("expected {known}, found {}", node.describe()), None);
            return;
        };
        if !words.contains(&word) {
            let help = nearest(word, words.iter().copied())
                .unwrap_or_else(|| format!("expected {}", one_of(words.iter().copied())));
            self.fault(node.at, format!("unknown word `{}`", shorten(word)), Some(help));
        }
    }

    fn list(&mut self, node: &Node, list: &'static List) {
        let Body::List(items) = &node.body else {
            if !(is_null(node) && list.min == 0) {
                self.fault(node.at, format!("expected a list, found {}", node.describe()), None);
            }
            return;
        };
        if items.len() < list.min {
            self.fault(node.at, "the list is empty".to_owned(), None);
        }
        let mut seen = BTreeMap::new();
        for item in items {
            self.shape(item, &list.item, item.at);
            let named = match list.unique {
                Unique::No => None,
                Unique::Scalars => item.text().map(|text| (text, item.at)),
                Unique::Named(key) => item
                    .text()
                    .map(|text| (text, item.at))
                    .or_else(|| item.get(key).and_then(|name| Some((name.text()?, name.at)))),
            };
            if let Some((text, at)) = named
                && seen.insert(text, at).is_some()
            {
                self.fault(at, format!("`{}` is listed twice", shorten(text)), None);
            }
        }
    }

    fn map(&mut self, node: &Node, map: &'static Map) {
        let Body::Map(pairs) = &node.body else {
            if !(is_null(node) && map.min == 0) {
                self.fault(node.at, format!("expected a map, found {}", node.describe()), None);
            }
            return;
        };
        if pairs.len() < map.min {
            self.fault(node.at, "the map is empty".to_owned(), None);
        }
        for pair in pairs {
            if let Some(Misfit { message, help }) = map.key.misfit_text(&pair.key) {
                self.fault(pair.key.at, message, help);
            }
            self.shape(&pair.value, &map.value, pair.key.at);
        }
    }

    fn record(&mut self, node: &Node, record: &'static Record, owner: Place) {
        let Body::Map(pairs) = &node.body else {
            self.fault(node.at, format!("expected {}, found {}", record.name, node.describe()), None);
            return;
        };
        let keys = || record.fields.iter().map(|field| field.key);
        for pair in pairs {
            match record.fields.iter().find(|field| field.key == pair.key.value) {
                Some(field) => self.shape(&pair.value, &field.shape, pair.key.at),
                None => {
                    let help =
                        nearest(&pair.key, keys()).unwrap_or_else(|| format!("known are {}", listed(keys())));
                    let message = format!("unknown key `{}` in {}", shorten(&pair.key), record.name);
                    self.fault(pair.key.at, message, Some(help));
                }
            }
        }
        let has = |key: &str| node.get(key).is_some();
        for field in record.fields.iter().filter(|field| field.required && !has(field.key)) {
            self.fault(owner, format!("{} needs the key `{}`", record.name, field.key), None);
        }
        for rule in record.rules {
            let broken = match *rule {
                Rule::ExactlyOne(keys) => (keys.iter().filter(|key| has(key)).count() != 1).then(|| {
                    format!("{} has exactly one of the keys {}", record.name, listed(keys.iter().copied()))
                }),
                Rule::AtLeastOne(keys) => (!keys.iter().any(|key| has(key)))
                    .then(|| format!("{} needs {}", record.name, one_of(keys.iter().copied()))),
                Rule::Apart(one, other) => (has(one) && has(other))
                    .then(|| format!("{} does not have both `{one}` and `{other}`", record.name)),
            };
            if let Some(message) = broken {
                self.fault(owner, message, None);
            }
        }
    }

    fn either(&mut self, node: &Node, shapes: &'static [Shape], owner: Place) {
        let fitting = |shape: &&Shape| {
            matches!(
                (*shape, &node.body),
                (Shape::Scalar(_) | Shape::Words(_), Body::Scalar(_))
                    | (Shape::List(_), Body::List(_))
                    | (Shape::Map(_) | Shape::Record(_), Body::Map(_))
            )
        };
        let mut candidates = shapes.iter().filter(fitting);
        match (candidates.next(), candidates.next()) {
            (Some(only), None) => self.shape(node, only, owner),
            (Some(_), Some(_)) => {
                let fits = shapes.iter().filter(fitting).any(|shape| {
                    let mut faults = Vec::new();
                    Checker { faults: &mut faults }.shape(node, shape, owner);
                    faults.is_empty()
                });
                if !fits {
                    self.unexpected(node, shapes);
                }
            }
            (None, _) => self.unexpected(node, shapes),
        }
    }

    fn unexpected(&mut self, node: &Node, shapes: &[Shape]) {
        let expected = joined(shapes.iter().map(noun));
        self.fault(node.at, format!("expected {expected}, found {}", node.describe()), None);
    }

    fn misfit(&mut self, node: &Node, misfit: Misfit) {
        self.fault(node.at, misfit.message, misfit.help);
    }

    fn fault(&mut self, at: Place, message: String, help: Option<String>) {
        self.faults.push(Diagnostic { at, severity: Severity::Fault, message, help });
    }
}

/// What a shape is, for people.
fn noun(shape: &Shape) -> String {
    match shape {
        Shape::Scalar(scalar) => scalar.noun().into_owned(),
        Shape::Words(words) => one_of(words.iter().copied()),
        Shape::List(list) => match list.item {
            Shape::Scalar(Scalar::Text) => "a list of strings".to_owned(),
            Shape::Scalar(Scalar::Int) => "a list of whole numbers".to_owned(),
            _ => "a list".to_owned(),
        },
        Shape::Map(_) => "a map".to_owned(),
        Shape::Record(record) => record.name.to_owned(),
        Shape::Either(shapes) => joined(shapes.iter().map(noun)),
    }
}

/// `` `a`, `b` or `c` ``
fn one_of<'a>(words: impl DoubleEndedIterator<Item = &'a str>) -> String {
    joined(words.map(|word| format!("`{word}`")))
}

/// `a, b or c`
fn joined(mut words: impl DoubleEndedIterator<Item = String>) -> String {
    let last = words.next_back().unwrap_or_default();
    let before: Vec<String> = words.collect();
    if before.is_empty() { last } else { format!("{} or {last}", before.join(", ")) }
}

/// `` `a`, `b`, `c` ``
fn listed<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

fn is_null(node: &Node) -> bool {
    matches!(&node.body, Body::Scalar(scalar) if scalar.core == crate::document::yaml::Core::Null)
}
