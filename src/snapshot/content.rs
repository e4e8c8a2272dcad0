//! What a snapshot holds, told as the definitions that it was made of.
//!
//! Nothing is kept twice for it: rows keep what compiling would lose, shared as they
//! are, and a definition is put together again when somebody asks.
//!
//! Lists whose order says nothing come in order; everything else comes as it was
//! put.

mod walk;

use super::model::Model;
use super::tenant::{AclEntry, Install, Member, Resource, Stored};
use super::{Snapshot, index};
use crate::document::Spanned;
use crate::document::definition::{self as def, AclSubject, GivenRole, Map, Params};
use crate::model::{Digest, Key, Pattern, Revision, Value};

/// A member as it was put.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MemberRow {
    /// Who.
    pub key: Key,
    /// Equal only for members that were put with equal content.
    pub profile: Profile,
    /// What it is.
    pub content: def::Member,
}

/// Stands for the content of a member; compared only within one tenant of one
/// snapshot.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Profile([usize; 4]);

impl Profile {
    pub(super) fn of(row: &Member) -> Self {
        use std::sync::Arc;

        let Member { standing, overrides, switches, extra } = row;
        Self([
            Arc::as_ptr(standing).addr(),
            overrides.as_ref().map_or(0, |one| Arc::as_ptr(one).addr()),
            switches.as_ref().map_or(0, |one| Arc::as_ptr(one).addr()),
            extra.as_ref().map_or(0, |one| Arc::as_ptr(one).addr()),
        ])
    }
}

impl Snapshot {
    /// Stands for everything that is held.
    #[must_use]
    pub const fn digest(&self) -> Digest {
        self.digest
    }

    /// Stands for all that a tenant holds.
    #[must_use]
    pub fn tenant_digest(&self, tenant: &str) -> Option<Digest> {
        self.tenant(tenant).map(|tenant| tenant.digest)
    }

    /// The model's document as it was written; empty if it was not made of a text.
    #[must_use]
    pub fn model_document(&self) -> &str {
        &self.model.source.document
    }

    /// The model's name.
    #[must_use]
    pub fn model_name(&self) -> &str {
        &self.model.source.checked.policy().model.name
    }

    /// The revision of the last change of the model.
    #[must_use]
    pub fn model_revision(&self) -> Revision {
        self.model.source.revision
    }

    /// Every app in order, with the revision of its last change.
    #[must_use]
    pub fn apps(&self) -> Vec<(Key, &def::App, Revision)> {
        let mut apps: Vec<(Key, &def::App, Revision)> =
            self.apps.iter().map(|(.., app)| (app.source.id.clone(), &app.source, app.revision)).collect();
        apps.sort_by(|(a, ..), (b, ..)| a.cmp(b));
        apps
    }

    /// An app as it was put, and the revision of its last change.
    #[must_use]
    pub fn app_source(&self, key: &Key) -> Option<(&def::App, Revision)> {
        let kind = *self.model.principal_type_names.get(key.kind())?;
        self.app(kind, key.id()).map(|app| (&app.source, app.revision))
    }

    /// A tenant as it was put, without members, resources and installs.
    #[must_use]
    pub fn frame(&self, tenant: &str) -> Option<&def::Tenant> {
        self.tenant(tenant).map(|tenant| tenant.frame.source.as_ref())
    }

    /// How many members and resources a tenant has.
    #[must_use]
    pub fn tenant_size(&self, tenant: &str) -> Option<(usize, usize)> {
        self.tenant(tenant).map(|tenant| (tenant.members.len(), tenant.resources.len()))
    }

    /// A member as it was put.
    #[must_use]
    pub fn member(&self, tenant: &str, key: &Key) -> Option<def::Member> {
        let kind = self.model.principal_type_names.get(key.kind())?;
        let (_, row) = self.tenant(tenant)?.members.get(kind.0, key.id())?;
        Some(member(&self.model, row))
    }
}

/// A principal type's name.
pub(super) fn principal_name(model: &Model, kind: u32) -> &str {
    model.principal_kind_name(index::PrincipalTypeIx(kind))
}

/// A resource type's name.
pub(super) fn type_name(model: &Model, kind: u32) -> &str {
    model.kind_name(index::TypeIx(kind))
}

/// A member's row as a definition.
pub(super) fn member(model: &Model, row: &Member) -> def::Member {
    let Member { standing, overrides, switches, extra } = row;
    let given = |given: &super::tenant::Given| {
        Spanned::nowhere(GivenRole { role: given.role.to_string(), expires_at: given.expires_at })
    };
    let patterns = |patterns: &[Pattern]| patterns.iter().cloned().map(Spanned::nowhere).collect();
    let mut restrictions: Map<Params> = Map::new();
    if let Some(switches) = switches {
        for switch in &switches.live {
            if let Some(row) = model.restrictions.get(switch.restriction.at()) {
                let names = row.params.iter().map(|(name, _)| name.as_ref());
                let params = self::params(names.zip(&switch.params));
                restrictions.insert(row.id.to_string(), Spanned::nowhere(params));
            }
        }
        for (id, values) in &switches.retired {
            let params = self::params(values.iter().map(|(name, value)| (name.as_ref(), value)));
            restrictions.insert(id.to_string(), Spanned::nowhere(params));
        }
    }
    let overrides = overrides.as_ref().map_or_else(def::Overrides::default, |overrides| def::Overrides {
        allow: patterns(&overrides.allow_patterns),
        deny: patterns(&overrides.deny_patterns),
    });
    let extra = extra.as_deref();
    def::Member {
        label: extra.map(|extra| extra.label.clone()).unwrap_or_default(),
        roles: standing.given.iter().map(given).collect(),
        attributes: extra.map(|extra| stored(model, &extra.attributes)).unwrap_or_default(),
        overrides,
        restrictions,
        expires_at: extra.and_then(|extra| extra.expires_at),
        suspended: extra.is_some_and(|extra| extra.suspended),
    }
}

/// A resource's row as a definition.
pub(super) fn resource(model: &Model, row: &Resource) -> def::Registered {
    let Resource { parents, attributes, acl, label, retired } = row;
    let key = |kind: index::TypeIx, id: &str| Key::new(model.kind_name(kind), id).ok();
    let entries = acl.iter().filter_map(|entry| Some((subject(entry)?, acl_entry(entry))));
    let dormant = retired.iter().cloned();
    def::Registered {
        label: label.as_deref().cloned().unwrap_or_default(),
        parents: parents.iter().filter_map(|(kind, id)| key(*kind, id)).map(Spanned::nowhere).collect(),
        attributes: stored(model, attributes),
        acl: entries.chain(dormant).map(|(whom, entry)| (whom, Spanned::nowhere(entry))).collect(),
    }
}

/// An install's row as a definition.
pub(super) fn install(model: &Model, row: &Install) -> def::Install {
    def::Install { granted: row.source.clone(), attributes: stored(model, &row.attributes) }
}

fn acl_entry(entry: &AclEntry) -> def::AclEntry {
    def::AclEntry {
        levels: entry.terms.levels.iter().map(|level| Spanned::nowhere(level.to_string())).collect(),
        deny: entry.terms.deny.iter().cloned().map(Spanned::nowhere).collect(),
        expires_at: entry.expires_at,
    }
}

/// Whom an entry names. Its text is how a document writes it.
fn subject(entry: &AclEntry) -> Option<AclSubject> {
    AclSubject::parse(&entry.text)
}

fn stored(model: &Model, values: &Stored) -> Map<Value> {
    let named = values.0.iter().map(|(name, value)| (model.names.name(*name), value));
    params(named)
}

fn params<'a>(values: impl Iterator<Item = (&'a str, &'a Value)>) -> Params {
    values.map(|(name, value)| (name.to_owned(), Spanned::nowhere(value.clone()))).collect()
}
