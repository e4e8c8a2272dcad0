//! The resources that a list of resources is made of, given along.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::Format;
use super::exit::{Exit, Failure};
use super::out::Out;
use super::question::{Reading, Split, lend, split};
use crate::decide::{KeyRef, Target};
use crate::document::definition::{self, Map};
use crate::document::{self, Located, Source, Sources, read};
use crate::model::{Timestamp, Value, ValueType};

/// The flags.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(super) struct Candidates {
    /// List of these resources, instead of those that the tenant registers; may be repeated.
    #[arg(long = "candidate", value_name = "TYPE:ID", value_parser = split, conflicts_with = "candidates")]
    candidate: Vec<Split>,

    /// List of the resources in this file, with what is said of them: a YAML list as in
    /// `candidates` of a test document, or JSON, one resource a line.
    #[arg(long, value_name = "FILE")]
    candidates: Option<PathBuf>,
}

/// Resources, with their values read.
#[derive(Debug)]
pub(super) struct Resources(Vec<Resource>);

#[derive(Debug)]
struct Resource {
    kind: String,
    id: Option<String>,
    attributes: Vec<(String, Value)>,
    parents: Vec<(String, String)>,
}

impl Candidates {
    /// Whether there are any flags.
    pub(super) fn are_given(&self) -> bool {
        !self.candidate.is_empty() || self.candidates.is_some()
    }

    /// Reads them; `None` if none are given.
    pub(super) fn read(&self, reading: Reading<'_>, out: &Out) -> Result<Option<Resources>, Failure> {
        if let Some(path) = &self.candidates {
            let targets = targets(path, out)?;
            return Ok(Some(Resources(
                targets.into_iter().map(|target| resource(target, reading)).collect(),
            )));
        }
        let named = self.candidate.iter().map(|Split { kind, id }| Resource {
            kind: kind.clone(),
            id: Some(id.clone()),
            attributes: Vec::new(),
            parents: Vec::new(),
        });
        Ok((!self.candidate.is_empty()).then(|| Resources(named.collect())))
    }
}

impl Resources {
    /// As a question takes them.
    pub(super) fn targets(&self) -> Vec<Target<'_>> {
        self.0
            .iter()
            .map(|Resource { kind, id, attributes, parents }| Target {
                kind,
                id: id.as_deref(),
                attributes: lend(attributes),
                parents: parents.iter().map(|(kind, id)| KeyRef { kind, id }).collect(),
            })
            .collect()
    }
}

fn targets(path: &Path, out: &Out) -> Result<Vec<definition::Target>, Failure> {
    let shown = path.to_string_lossy().into_owned();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::usage(format!("cannot read `{shown}`: {error}")))?;
    let sources = Sources::new(vec![Source { path: shown.clone(), text }]);
    let mut targets = Vec::new();
    let mut faults = Vec::new();
    for (number, source) in sources.iter() {
        let (read, told) = read::candidates(number, source);
        targets.extend(read);
        faults.extend(told);
    }
    if faults.is_empty() {
        return Ok(targets);
    }
    if out.format == Format::Json {
        let told: Vec<Located> = faults.iter().map(|fault| document::locate(fault, &sources)).collect();
        out.json(&json!({ "error": { "code": "CANDIDATES_INVALID", "diagnostics": told } }));
    } else {
        for fault in &faults {
            out.message(document::render(fault, &sources, out.colored_messages()).trim_end());
        }
    }
    let message = format!("`{shown}` has {}", super::policy::faults_counted(faults.len()));
    Err(Failure { message, exit: Exit::Usage })
}

fn resource(target: definition::Target, reading: Reading<'_>) -> Resource {
    let definition::Target { at: _, kind, id, attributes, parents } = target;
    let attributes = read_values(attributes, |name| match reading {
        Reading::Declared(model) => Some(model.resource_attribute(&kind, name)),
        Reading::Form => None,
    });
    let parents = parents.iter().map(|key| (key.kind().to_owned(), key.id().to_owned())).collect();
    Resource { kind, id, attributes, parents }
}

/// Values as declared. `declared` is `None` where there is no model to ask, and
/// the inner one where the model does not know the name.
fn read_values(
    values: Map<Value>,
    declared: impl Fn(&str) -> Option<Option<ValueType>>,
) -> Vec<(String, Value)> {
    let read = |(name, value): (String, document::Spanned<Value>)| {
        let ty = declared(&name);
        let value = match (value.value, ty) {
            (Value::String(text), None | Some(Some(ValueType::Timestamp))) => {
                Timestamp::parse(&text).map_or(Value::String(text), Value::Timestamp)
            }
            // An empty list is of no type yet.
            (Value::StringList(texts), Some(Some(ValueType::IntList))) if texts.is_empty() => {
                Value::IntList(Vec::new())
            }
            (value, _) => value,
        };
        (name, value)
    };
    values.into_iter().map(read).collect()
}
