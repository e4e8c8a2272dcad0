//! Registered resources and their ACLs, compiled.

use std::sync::Arc;

use super::model::{coverage, values};
use crate::document::definition::{self as def, AclSubject, Map};
use crate::model::Value;
use crate::snapshot::model::{Coverage, Model, ResourceType};
use crate::snapshot::table::Item;
use crate::snapshot::tenant::{AclEntry, Frame, Resource, Stored, Subject};

/// Compiles the registered resources of a tenant.
pub(super) fn resources<'a>(
    model: &Model,
    frame: &Frame,
    def: &'a def::Tenant,
) -> Vec<Item<'a, Arc<Resource>>> {
    def.resources
        .iter()
        .filter_map(|(key, row)| {
            let kind = *model.type_names.get(key.kind())?;
            let carrier = model.kind(kind)?;
            Some(Item { kind: kind.0, text: key.id(), row: Arc::new(resource(model, frame, carrier, row)) })
        })
        .collect()
}

/// Compiles stored attribute values. A name that no type declares is none.
pub(super) fn stored(model: &Model, values: &Map<Value>) -> Stored {
    // Names are numbered in their order, so this ascends.
    Stored(
        values
            .iter()
            .filter_map(|(name, value)| Some((model.names.find(name)?, value.value.clone())))
            .collect(),
    )
}

fn resource(model: &Model, frame: &Frame, carrier: &ResourceType, def: &def::Registered) -> Resource {
    let mut acl: Vec<AclEntry> =
        def.acl.iter().filter_map(|(who, entry)| acl_entry(model, frame, carrier, who, entry)).collect();
    acl.sort_by(|a, b| a.subject.cmp(&b.subject));
    Resource {
        parents: values(&def.parents)
            .filter_map(|key| Some((*model.type_names.get(key.kind())?, key.id().into())))
            .collect(),
        attributes: stored(model, &def.attributes),
        acl: acl.into_boxed_slice(),
    }
}

fn acl_entry(
    model: &Model,
    frame: &Frame,
    carrier: &ResourceType,
    who: &AclSubject,
    def: &def::AclEntry,
) -> Option<AclEntry> {
    let subject = match who {
        AclSubject::Everyone => Subject::Everyone,
        AclSubject::Anyone => Subject::Anyone,
        AclSubject::Role(id) => Subject::Role(frame.find_role(model, id)?),
        AclSubject::Group(id) => Subject::Group(*frame.group_names.get(id.as_str())?),
        AclSubject::Principal(key) => {
            Subject::Principal(*model.principal_type_names.get(key.kind())?, key.id().into())
        }
    };
    let denies = (!def.deny.is_empty()).then(|| Arc::new(coverage(model, &carrier.name, values(&def.deny))));
    Some(AclEntry {
        subject,
        text: who.to_string().into(),
        gives: levels(carrier, values(&def.levels)),
        denies,
        expires_at: def.expires_at,
    })
}

/// What levels give together; `None` when none of them exists any more.
fn levels<'a>(carrier: &ResourceType, names: impl Iterator<Item = &'a String>) -> Option<Arc<Coverage>> {
    let mut live = names.filter_map(|name| carrier.levels.get(name.as_str()));
    let first = live.next()?;
    let mut sum: Option<Coverage> = None;
    for more in live {
        let sum = sum.get_or_insert_with(|| Coverage::clone(first));
        sum.own.union(&more.own);
        sum.below.union(&more.below);
    }
    Some(sum.map_or_else(|| Arc::clone(first), Arc::new))
}
