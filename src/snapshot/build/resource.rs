//! Registered resources and their ACLs, compiled.

use std::sync::Arc;

use super::member::Shared;
use super::model::{coverage, values};
use crate::document::definition::{self as def, AclSubject, Map};
use crate::model::{Key, LevelItem, Value};
use crate::snapshot::index::TypeIx;
use crate::snapshot::model::{Coverage, Model, ResourceType};
use crate::snapshot::table::Item;
use crate::snapshot::tenant::{AclEntry, Frame, Resource, Stored, Subject, Terms};

/// Compiles the registered resources of a tenant.
pub(in crate::snapshot) fn resources<'a>(
    model: &Model,
    frame: &Frame,
    rows: impl IntoIterator<Item = (&'a Key, &'a def::Registered)>,
    shared: &mut Shared,
) -> Vec<Item<'a, Arc<Resource>>> {
    rows.into_iter()
        .filter_map(|(key, row)| {
            let kind = *model.type_names.get(key.kind())?;
            let row = resource(model, frame, kind, row, shared)?;
            Some(Item { kind: kind.0, text: key.id(), row: Arc::new(row) })
        })
        .collect()
}

/// Compiles stored attribute values. A name that no type declares is none.
pub(in crate::snapshot) fn stored(model: &Model, values: &Map<Value>) -> Stored {
    // Names are numbered in their order, so this ascends.
    Stored(
        values
            .iter()
            .filter_map(|(name, value)| Some((model.names.find(name)?, value.value.clone())))
            .collect(),
    )
}

/// Compiles a registered resource.
pub(in crate::snapshot) fn resource(
    model: &Model,
    frame: &Frame,
    kind: TypeIx,
    def: &def::Registered,
    shared: &mut Shared,
) -> Option<Resource> {
    let carrier = model.kind(kind)?;
    let (mut acl, mut retired) = (Vec::new(), Vec::new());
    for (who, entry) in &def.acl {
        match subject(model, frame, who) {
            Some(subject) => acl.push(AclEntry {
                subject,
                text: who.to_string().into(),
                terms: terms(model, (kind, carrier), entry, shared),
                expires_at: entry.expires_at,
            }),
            None => retired.push((who.clone(), entry.value.clone())),
        }
    }
    acl.sort_by(|a, b| a.subject.cmp(&b.subject));
    Some(Resource {
        parents: values(&def.parents)
            .filter_map(|key| Some((*model.type_names.get(key.kind())?, key.id().into())))
            .collect(),
        attributes: stored(model, &def.attributes),
        acl: acl.into_boxed_slice(),
        label: (def.label != def::Label::default()).then(|| Box::new(def.label.clone())),
        retired: retired.into_boxed_slice(),
    })
}

fn subject(model: &Model, frame: &Frame, who: &AclSubject) -> Option<Subject> {
    Some(match who {
        AclSubject::Everyone => Subject::Everyone,
        AclSubject::Anyone => Subject::Anyone,
        AclSubject::Role(id) => Subject::Role(frame.find_role(model, id)?),
        AclSubject::Group(id) => Subject::Group(*frame.group_names.get(id.as_str())?),
        AclSubject::Principal(key) => {
            Subject::Principal(*model.principal_type_names.get(key.kind())?, key.id().into())
        }
    })
}

fn terms(
    model: &Model,
    (kind, carrier): (TypeIx, &ResourceType),
    def: &def::AclEntry,
    shared: &mut Shared,
) -> Arc<Terms> {
    let mut names: Vec<Box<str>> = values(&def.levels).map(|level| level.as_str().into()).collect();
    names.sort_unstable();
    let mut deny: Vec<LevelItem> = values(&def.deny).cloned().collect();
    deny.sort_unstable();
    let known = shared.terms.entry((kind, names.into_boxed_slice(), deny.into_boxed_slice()));
    let made = known.or_insert_with_key(|(_, names, deny)| {
        let denies = (!deny.is_empty()).then(|| Arc::new(coverage(model, &carrier.name, deny.iter())));
        Arc::new(Terms { gives: levels(carrier, names), denies, levels: names.clone(), deny: deny.clone() })
    });
    Arc::clone(made)
}

/// What levels give together; `None` when none of them exists any more.
fn levels(carrier: &ResourceType, names: &[Box<str>]) -> Option<Arc<Coverage>> {
    let mut live = names.iter().filter_map(|name| carrier.levels.get(name));
    let first = live.next()?;
    let mut sum: Option<Coverage> = None;
    for more in live {
        let sum = sum.get_or_insert_with(|| Coverage::clone(first));
        sum.own.union(&more.own);
        sum.below.union(&more.below);
    }
    Some(sum.map_or_else(|| Arc::clone(first), Arc::new))
}
