//! Trees to definitions.
//!
//! A tree is first held against the table of its kind, which tells everything
//! that does not fit; what is read here is read as if it did. A part that does
//! not fit is left out or takes its default, so that the rest can be checked
//! too: with a fault told, nothing made of it is ever put in force.

mod app;
mod candidates;
mod model;
mod node;
mod tenant;
mod test;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

pub(crate) use candidates::candidates;

use super::definition::{App, Model, Policy, Tenant, Test};
use super::diagnostic::{Diagnostic, Severity};
use super::nearest::nearest;
use super::place::{Place, Spanned};
use super::shape::{self, Kind};
use super::source::{Source, Sources};
use super::yaml::{self, Node};

/// What was read of a set of sources.
#[derive(Debug, Default)]
pub(super) struct Collected {
    /// The policy, as far as it could be read.
    pub policy: Policy,
    /// Whether there is a model in it.
    pub has_model: bool,
    /// Whether there was a source that could not be told the kind of.
    pub has_unread: bool,
    /// The tests that could be read.
    pub tests: Vec<Spanned<Test>>,
    /// What each source says that it is.
    pub documents: BTreeMap<u32, Identity>,
    /// Every fault.
    pub faults: Vec<Diagnostic>,
}

/// What a source says that it is, as far as it can be told.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Identity {
    /// The kind of document.
    pub kind: Option<Kind>,
    /// The id, of a tenant's document.
    pub tenant: Option<String>,
}

enum Document {
    Model(Place, Box<Model>),
    Tenant(Spanned<String>, Box<Tenant>),
    App(Spanned<App>),
    Test(Spanned<Test>),
}

/// Reads every source but those left out.
pub(super) fn read(sources: &Sources, left_out: &BTreeSet<u32>) -> Collected {
    let mut collected = Collected::default();
    for (number, source) in sources.iter().filter(|(number, _)| !left_out.contains(number)) {
        let identity = collected.documents.entry(number).or_default();
        match read_one(number, source, identity, &mut collected.faults) {
            Some(document) => collected.add(document),
            None => collected.has_unread = true,
        }
    }
    collected
}

impl Collected {
    fn add(&mut self, document: Document) {
        match document {
            Document::Model(at, model) => {
                if self.has_model {
                    self.faults.push(fault(at, "this is a second model; a policy has one".to_owned(), None));
                } else {
                    self.has_model = true;
                    self.policy.model = *model;
                }
            }
            Document::Tenant(id, tenant) => match self.policy.tenants.entry(id.value) {
                Entry::Occupied(known) => {
                    self.faults.push(again(id.at, &format!("tenant `{}`", known.key())));
                }
                Entry::Vacant(free) => {
                    free.insert(Spanned::new(id.at, *tenant));
                }
            },
            Document::App(app) => match self.policy.apps.entry(app.id.clone()) {
                Entry::Occupied(known) => {
                    self.faults.push(again(app.at, &format!("app `{}`", known.key())));
                }
                Entry::Vacant(free) => {
                    free.insert(app);
                }
            },
            Document::Test(test) => self.tests.push(test),
        }
    }
}

fn again(at: Place, what: &str) -> Diagnostic {
    fault(at, format!("the {what} has another document"), None)
}

/// Reads one source of a kind that says nothing of itself, such as a
/// configuration, as a tree. What in it does not fit its table is told; an empty
/// text is an empty map.
pub(crate) fn tree(number: u32, source: &Source, kind: Kind) -> (Option<Node>, Vec<Diagnostic>) {
    let (node, mut faults) = yaml::parse(&source.text, number);
    if let Some(node) = &node {
        shape::check(node, kind.record(), &mut faults);
    }
    (node, faults)
}

/// Reads one source. `None` if what it is cannot be told; a fault says why.
fn read_one(
    number: u32,
    source: &Source,
    identity: &mut Identity,
    faults: &mut Vec<Diagnostic>,
) -> Option<Document> {
    let (node, syntax) = yaml::parse(&source.text, number);
    faults.extend(syntax);
    let Some(node) = node else {
        *identity = yaml::parse_start(&source.text).as_ref().map(identify).unwrap_or_default();
        return None;
    };
    *identity = identify(&node);
    let start = Place { end: node.at.start, ..node.at };
    if !matches!(node.body, yaml::Body::Map(_)) {
        faults.push(fault(node.at, format!("expected a document, found {}", node.describe()), None));
        return None;
    }
    let Some(word) = node.get("kind") else {
        faults.push(fault(start, "a document needs the key `kind`".to_owned(), Some(known_kinds())));
        return None;
    };
    let Some(kind) = word.text().and_then(Kind::of_document) else {
        let help = word.text().and_then(|word| nearest(word, KINDS)).unwrap_or_else(known_kinds);
        faults.push(fault(
            word.at,
            format!("expected a kind of document, found {}", word.describe()),
            Some(help),
        ));
        return None;
    };
    shape::check(&node, kind.record(), faults);
    document(kind, word.at, &node, &source.text)
}

fn identify(node: &Node) -> Identity {
    let kind = node.get("kind").and_then(Node::text).and_then(Kind::of_document);
    let id = node.get("id").filter(|_| kind == Some(Kind::Tenant)).and_then(node::spanned_text);
    Identity { kind, tenant: id.map(|id| id.value) }
}

fn document(kind: Kind, at: Place, node: &Node, source: &str) -> Option<Document> {
    match kind {
        Kind::Model => Some(Document::Model(at, Box::new(model::model(node, source)))),
        Kind::Tenant => {
            let id = node::spanned_text(node.get("id")?)?;
            Some(Document::Tenant(id, Box::new(tenant::tenant(node))))
        }
        Kind::App => app::app(node).map(Document::App),
        Kind::Test => test::test(node).map(|test| Document::Test(Spanned::new(at, test))),
        Kind::Config => None,
    }
}

const KINDS: [&str; 4] = ["Model", "Tenant", "App", "Test"];

fn known_kinds() -> String {
    "expected `Model`, `Tenant`, `App` or `Test`".to_owned()
}

const fn fault(at: Place, message: String, help: Option<String>) -> Diagnostic {
    Diagnostic { at, severity: Severity::Fault, message, help }
}
