//! One question, spelled in flags.

use std::path::PathBuf;

use super::exit::Failure;
use super::values::{self, Pair};
use crate::decide::{self, Asker, Attributes, Call, KeyRef, Target, ViaScope};
use crate::document::definition::{Model, ScopeCover};
use crate::model::{Timestamp, Value, ValueType};

/// Questions to start from, for `--help`.
pub(super) const EXAMPLES: &str = "\
Examples:
  May sara send in the chat c1, which is assigned to her?
    sidegate check --policy examples/whatsapp-crm --tenant acme --principal user:sara \\
      --action send --resource conversation:c1 --attr instance=wa-1 --attr assignee=sara

  May she create contacts, whichever? (the type alone)
    sidegate check --policy examples/whatsapp-crm --tenant acme --principal user:sara \\
      --action create --resource contact

  May a plugin read a profile for omar, with one of its scopes?
    sidegate check --policy examples/plugin-permissions --tenant acme --principal user:omar \\
      --action view --resource profile:p1 --via-app plugin:observer --scope website:people:profiles=read

Values are read as the model declares them: `--attr creator=null` is null, lists are separated
by commas or written as JSON, and a text in JSON quotes is taken as it is.

Exit codes: 0 allowed; 1 denied; 2 the question is wrong; 3 the directory does not load.";

/// A question.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(super) struct Args {
    /// The policy directory.
    #[arg(long, value_name = "DIR", env = "SIDEGATE_POLICY", allow_hyphen_values = true)]
    pub(super) policy: PathBuf,

    /// The tenant.
    #[arg(long, value_name = "ID", env = "SIDEGATE_TENANT", allow_hyphen_values = true)]
    tenant: String,

    /// Who asks.
    #[arg(long, value_name = "TYPE:ID", value_parser = split, env = "SIDEGATE_PRINCIPAL")]
    principal: Split,

    /// A role that the caller vouches for; may be repeated.
    #[arg(long = "role", value_name = "ROLE")]
    roles: Vec<String>,

    /// An attribute of the principal; may be repeated.
    #[arg(long = "principal-attr", value_name = "NAME=VALUE", value_parser = values::pair)]
    principal_attributes: Vec<Pair>,

    /// May it do this?
    #[arg(long, value_name = "ACTION", env = "SIDEGATE_ACTION")]
    action: String,

    /// About what: one resource, or a type alone.
    #[arg(long, value_name = "TYPE[:ID]", env = "SIDEGATE_RESOURCE")]
    resource: String,

    /// An attribute of the resource; may be repeated.
    #[arg(long = "attr", value_name = "NAME=VALUE", value_parser = values::pair)]
    attributes: Vec<Pair>,

    /// What the resource sits in; may be repeated.
    #[arg(long = "parent", value_name = "TYPE:ID", value_parser = split)]
    parents: Vec<Split>,

    /// An attribute of the environment; may be repeated.
    #[arg(long = "context", value_name = "NAME=VALUE", value_parser = values::pair)]
    context: Vec<Pair>,

    /// The principal acts through this app.
    #[arg(long, value_name = "TYPE:ID", value_parser = split)]
    via_app: Option<Split>,

    /// The principal acts through a personal token.
    #[arg(long, conflicts_with = "via_app")]
    token: bool,

    /// A scope in use, with its modes or `all`; may be repeated.
    #[arg(long = "scope", value_name = "SCOPE[=MODE,…]")]
    scopes: Vec<String>,

    /// Every scope of the app's install is in use.
    #[arg(long)]
    all_scopes: bool,

    /// Decide as of this instant, instead of now.
    #[arg(long, value_name = "RFC3339", value_parser = instant, env = "SIDEGATE_AT")]
    at: Option<Timestamp>,
}

/// A type and an id, as written.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Split {
    kind: String,
    id: String,
}

/// The question, with its values read.
#[derive(Debug)]
pub(super) struct Question<'q> {
    args: &'q Args,
    principal_attributes: Vec<(String, Value)>,
    attributes: Vec<(String, Value)>,
    context: Vec<(String, Value)>,
    scopes: Vec<(&'q str, Vec<&'q str>)>,
}

impl Args {
    /// Reads the values as the model declares them.
    pub(super) fn question<'q>(&'q self, model: &'q Model) -> Result<Question<'q>, Failure> {
        if !self.token && self.via_app.is_none() && (self.all_scopes || !self.scopes.is_empty()) {
            return Err(Failure::usage("scopes belong to an app or a token: add `--via-app` or `--token`"));
        }
        let read = |flag, pairs, declared: &dyn Fn(&str) -> Option<ValueType>| {
            values::read(flag, pairs, declared).map_err(Failure::usage)
        };
        let principal = |name: &str| model.principal_attribute(&self.principal.kind, name);
        let resource = |name: &str| model.resource_attribute(self.about().0, name);
        let context = |name: &str| model.context_attribute(name);
        Ok(Question {
            args: self,
            principal_attributes: read("--principal-attr", &self.principal_attributes, &principal)?,
            attributes: read("--attr", &self.attributes, &resource)?,
            context: read("--context", &self.context, &context)?,
            scopes: self.scopes.iter().map(|text| scope(model, text)).collect(),
        })
    }

    /// The instant that was asked for.
    pub(super) const fn instant(&self) -> Option<Timestamp> {
        self.at
    }

    /// The action asked about.
    pub(super) fn action(&self) -> &str {
        &self.action
    }

    /// The type asked about, and the id if there is one.
    fn about(&self) -> (&str, Option<&str>) {
        match self.resource.split_once(':') {
            Some((kind, id)) => (kind, Some(id)),
            None => (&self.resource, None),
        }
    }
}

impl Question<'_> {
    /// Who asks.
    pub(super) fn call(&self) -> Call<'_> {
        let Args { tenant, principal, roles, via_app, token, all_scopes, .. } = self.args;
        let via = (*token || via_app.is_some()).then(|| decide::Via {
            app: via_app.as_ref().map(Split::lend),
            scopes: self
                .scopes
                .iter()
                .map(|(scope, modes)| ViaScope { scope, modes: modes.clone() })
                .collect(),
            all_scopes: *all_scopes,
        });
        Call {
            tenant,
            principal: Asker {
                key: principal.lend(),
                roles: roles.iter().map(String::as_str).collect(),
                attributes: lend(&self.principal_attributes),
            },
            context: lend(&self.context),
            via,
        }
    }

    /// About what.
    pub(super) fn target(&self) -> Target<'_> {
        let (kind, id) = self.args.about();
        let parents = self.args.parents.iter().map(Split::lend).collect();
        Target { kind, id, attributes: lend(&self.attributes), parents }
    }
}

impl Split {
    fn lend(&self) -> KeyRef<'_> {
        KeyRef { kind: &self.kind, id: &self.id }
    }
}

fn lend(values: &[(String, Value)]) -> Attributes<'_> {
    values.iter().map(|(name, value)| (name.as_str(), value.as_ref())).collect()
}

fn split(text: &str) -> Result<Split, String> {
    let (kind, id) = text.split_once(':').ok_or("expected `type:id`")?;
    Ok(Split { kind: kind.to_owned(), id: id.to_owned() })
}

fn instant(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse(text).ok_or_else(|| "expected an instant such as `2026-12-24T00:00:00Z`".to_owned())
}

/// A scope and its modes. A scope's name may hold anything, `=` included, so
/// the model says where it ends.
fn scope<'q>(model: &'q Model, text: &'q str) -> (&'q str, Vec<&'q str>) {
    if model.scopes.contains_key(text) {
        return (text, Vec::new());
    }
    match text.rsplit_once('=') {
        Some((scope, "all")) => match model.scopes.get(scope).map(|known| &known.value.covers) {
            Some(ScopeCover::Modes(modes)) => (scope, modes.keys().map(String::as_str).collect()),
            Some(ScopeCover::Allow(_)) | None => (scope, Vec::new()),
        },
        Some((scope, modes)) => (scope, modes.split(',').collect()),
        None => (text, Vec::new()),
    }
}
