//! Questions that own their text, so that they can be generated, changed and
//! printed.
//!
//! Owns the way from an owned question to the borrowed one that the door
//! takes. Whether a question makes sense is not its matter.

use crate::decide::{Asker, Attributes, Call, KeyRef, Target, Via, ViaScope};
use crate::model::Value;

/// Attributes as sent; [`Value::Null`] is null.
pub(crate) type Sent = Vec<(String, Value)>;

/// A whole question.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Question {
    pub(crate) tenant: String,
    /// Type and id of the principal.
    pub(crate) principal: (String, String),
    pub(crate) roles: Vec<String>,
    pub(crate) attributes: Sent,
    pub(crate) context: Sent,
    pub(crate) via: Option<Through>,
    pub(crate) kind: String,
    pub(crate) id: Option<String>,
    pub(crate) resource: Sent,
    pub(crate) parents: Vec<(String, String)>,
    pub(crate) action: String,
}

/// Through what the principal acts.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Through {
    pub(crate) app: Option<(String, String)>,
    pub(crate) scopes: Vec<(String, Vec<String>)>,
    pub(crate) all_scopes: bool,
}

impl Question {
    /// Who asks, as the door takes it.
    pub(crate) fn call(&self) -> Call<'_> {
        Call {
            tenant: &self.tenant,
            principal: Asker {
                key: key(&self.principal),
                roles: self.roles.iter().map(String::as_str).collect(),
                attributes: sent(&self.attributes),
            },
            context: sent(&self.context),
            via: self.via.as_ref().map(|via| Via {
                app: via.app.as_ref().map(key),
                scopes: via.scopes.iter().map(listed).collect(),
                all_scopes: via.all_scopes,
            }),
        }
    }

    /// About what, as the door takes it.
    pub(crate) fn target(&self) -> Target<'_> {
        Target {
            kind: &self.kind,
            id: self.id.as_deref(),
            attributes: sent(&self.resource),
            parents: self.parents.iter().map(key).collect(),
        }
    }
}

fn key((kind, id): &(String, String)) -> KeyRef<'_> {
    KeyRef { kind, id }
}

fn listed((scope, modes): &(String, Vec<String>)) -> ViaScope<'_> {
    ViaScope { scope, modes: modes.iter().map(String::as_str).collect() }
}

fn sent(attributes: &Sent) -> Attributes<'_> {
    attributes.iter().map(|(name, value)| (name.as_str(), value.as_ref())).collect()
}
