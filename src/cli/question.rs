//! One question, spelled in flags.

use super::door;
use super::exit::Failure;
use super::values::{self, Pair};
use crate::decide::{self, Asker, Attributes, Call, KeyRef, Target, ViaScope};
use crate::document::definition::{Model, ScopeCover};
use crate::model::{Value, ValueType};

/// Questions to start from, for `--help`.
pub(super) const EXAMPLES: &str = "\
Examples:
  May sara send in the chat c1, which is assigned to her?
    sidegate check --policy examples/whatsapp-crm --tenant acme --principal user:sara \\
      --action send --resource conversation:c1 --attr instance=wa-1 --attr assignee=sara

  May she create contacts, whichever? (the type alone)
    sidegate check --policy examples/whatsapp-crm --tenant acme --principal user:sara \\
      --action create --resource contact

  The same of a sidecar that runs:
    sidegate check --to 127.0.0.1:7700 --tenant acme --principal user:sara \\
      --action send --resource conversation:c1 --attr instance=wa-1 --attr assignee=sara

  May a plugin read a profile for omar, with one of its scopes?
    sidegate check --policy examples/plugin-permissions --tenant acme --principal user:omar \\
      --action view --resource profile:p1 --via-app plugin:observer --scope website:people:profiles=read

Values are read as the model declares them: `--attr creator=null` is null, lists are separated
by commas or written as JSON, and a text in JSON quotes is taken as it is. With --to there is no
model, and values are read by their form: null, true and false, whole numbers, instants such as
2026-12-24T00:00:00Z, JSON lists; all else, and what stands in JSON quotes, is text.

Exit codes: 0 allowed; 1 denied; 2 the question is wrong, or is not answered there; 3 the directory
does not load, or the sidecar cannot be reached or has no answer.";

/// A question.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(super) struct Args {
    #[command(flatten)]
    pub(super) door: door::Args,

    /// Who asks.
    #[arg(long, value_name = "TYPE:ID", value_parser = split, env = "SIDEGATE_PRINCIPAL")]
    principal: Split,

    /// May it do this?
    #[arg(long, value_name = "ACTION", env = "SIDEGATE_ACTION")]
    action: String,

    /// About what: one resource, or a type alone.
    #[arg(long, value_name = "TYPE[:ID]", env = "SIDEGATE_RESOURCE")]
    resource: String,

    #[command(flatten)]
    pub(super) circumstances: Circumstances,

    #[command(flatten)]
    pub(super) particulars: Particulars,
}

/// In which tenant, and in what circumstances, the principal asks.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(super) struct Circumstances {
    /// The tenant.
    #[arg(long, value_name = "ID", env = "SIDEGATE_TENANT", allow_hyphen_values = true)]
    tenant: String,

    /// A role that the caller vouches for; may be repeated.
    #[arg(long = "role", value_name = "ROLE")]
    roles: Vec<String>,

    /// An attribute of the principal; may be repeated.
    #[arg(long = "principal-attr", value_name = "NAME=VALUE", value_parser = values::pair)]
    principal_attributes: Vec<Pair>,

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
}

/// What is said of the resource.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(super) struct Particulars {
    /// An attribute of the resource; may be repeated.
    #[arg(long = "attr", value_name = "NAME=VALUE", value_parser = values::pair)]
    attributes: Vec<Pair>,

    /// What the resource sits in; may be repeated.
    #[arg(long = "parent", value_name = "TYPE:ID", value_parser = split)]
    parents: Vec<Split>,
}

/// A type and an id, as written.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Split {
    pub(super) kind: String,
    pub(super) id: String,
}

/// The question, with its values read.
#[derive(Debug)]
pub(super) struct Question<'q> {
    /// `None` where the question is who may.
    principal: Option<&'q Split>,
    circumstances: &'q Circumstances,
    about: (&'q str, Option<&'q str>),
    parents: &'q [Split],
    principal_attributes: Vec<(String, Value)>,
    attributes: Vec<(String, Value)>,
    context: Vec<(String, Value)>,
    scopes: Vec<(&'q str, Vec<&'q str>)>,
}

/// How values are read.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reading<'m> {
    /// As the model declares them.
    Declared(&'m Model),
    /// By their form: the model is not at hand.
    Form,
}

impl Args {
    /// The question, with its values read.
    pub(super) fn question<'q>(&'q self, reading: Reading<'q>) -> Result<Question<'q>, Failure> {
        Question::new(
            reading,
            Some(&self.principal),
            &self.circumstances,
            (about(&self.resource), &self.particulars),
        )
    }

    /// The action asked about.
    pub(super) fn action(&self) -> &str {
        &self.action
    }
}

impl Circumstances {
    /// Whether something is said that only a principal can have.
    pub(super) fn describe_a_principal(&self) -> bool {
        !self.roles.is_empty() || !self.principal_attributes.is_empty()
    }
}

impl Particulars {
    /// Whether nothing is said.
    pub(super) fn is_empty(&self) -> bool {
        self.attributes.is_empty() && self.parents.is_empty()
    }
}

impl<'q> Question<'q> {
    /// A question about a type, and an id if there is one.
    pub(super) fn new(
        reading: Reading<'q>,
        principal: Option<&'q Split>,
        circumstances: &'q Circumstances,
        (about, particulars): ((&'q str, Option<&'q str>), &'q Particulars),
    ) -> Result<Self, Failure> {
        let Circumstances { via_app, token, all_scopes, scopes, principal_attributes, context, .. } =
            circumstances;
        if !token && via_app.is_none() && (*all_scopes || !scopes.is_empty()) {
            return Err(Failure::usage("scopes belong to an app or a token: add `--via-app` or `--token`"));
        }
        let read = |flag, pairs, declared: &dyn Fn(&Model, &str) -> Option<ValueType>| {
            let one = |Pair { name, text }: &Pair| match reading {
                Reading::Declared(model) => values::value(text, declared(model, name)),
                Reading::Form => values::by_form(text),
            };
            values::read(flag, pairs, one).map_err(Failure::usage)
        };
        let asker = principal.map_or("", |principal| &principal.kind);
        Ok(Self {
            principal,
            circumstances,
            about,
            parents: &particulars.parents,
            principal_attributes: read("--principal-attr", principal_attributes, &|model, name| {
                model.principal_attribute(asker, name)
            })?,
            attributes: read("--attr", &particulars.attributes, &|model, name| {
                model.resource_attribute(about.0, name)
            })?,
            context: read("--context", context, &Model::context_attribute)?,
            scopes: scopes.iter().map(|text| scope(reading, text)).collect::<Result<_, _>>()?,
        })
    }

    /// Who asks. Where the question is who may, nobody.
    pub(super) fn call(&self) -> Call<'_> {
        let Circumstances { tenant, roles, via_app, token, all_scopes, .. } = self.circumstances;
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
                key: self.principal.map(Split::lend).unwrap_or_default(),
                roles: roles.iter().map(String::as_str).collect(),
                attributes: lend(&self.principal_attributes),
            },
            context: lend(&self.context),
            via,
        }
    }

    /// About what.
    pub(super) fn target(&self) -> Target<'_> {
        let (kind, id) = self.about;
        let parents = self.parents.iter().map(Split::lend).collect();
        Target { kind, id, attributes: lend(&self.attributes), parents }
    }
}

/// The type, and the id if there is one.
pub(super) fn about(resource: &str) -> (&str, Option<&str>) {
    match resource.split_once(':') {
        Some((kind, id)) => (kind, Some(id)),
        None => (resource, None),
    }
}

impl Split {
    /// The key.
    pub(super) fn lend(&self) -> KeyRef<'_> {
        KeyRef { kind: &self.kind, id: &self.id }
    }
}

/// Attributes as a question takes them.
pub(super) fn lend(values: &[(String, Value)]) -> Attributes<'_> {
    values.iter().map(|(name, value)| (name.as_str(), value.as_ref())).collect()
}

/// Reads `type:id`.
pub(super) fn split(text: &str) -> Result<Split, String> {
    let (kind, id) = text.split_once(':').ok_or("expected `type:id`")?;
    Ok(Split { kind: kind.to_owned(), id: id.to_owned() })
}

/// A scope and its modes. A scope's name may hold anything, `=` included, so
/// the model says where it ends; without one, the last `=` does.
fn scope<'q>(reading: Reading<'q>, text: &'q str) -> Result<(&'q str, Vec<&'q str>), Failure> {
    let model = match reading {
        Reading::Declared(model) => Some(model),
        Reading::Form => None,
    };
    if model.is_some_and(|model| model.scopes.contains_key(text)) {
        return Ok((text, Vec::new()));
    }
    Ok(match (text.rsplit_once('='), model) {
        (Some((scope, "all")), Some(model)) => match model.scopes.get(scope).map(|known| &known.value.covers)
        {
            Some(ScopeCover::Modes(modes)) => (scope, modes.keys().map(String::as_str).collect()),
            Some(ScopeCover::Allow(_)) | None => (scope, Vec::new()),
        },
        (Some((scope, "all")), None) => {
            let message =
                format!("which modes are all is in the model: name them, as in `--scope {scope}=read`");
            return Err(Failure::usage(message));
        }
        (Some((scope, modes)), _) => (scope, modes.split(',').collect()),
        (None, _) => (text, Vec::new()),
    })
}
