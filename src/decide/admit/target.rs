//! What is asked about: the resource, what it sits in, and whose ACLs count.

use std::collections::BTreeSet;

use smallvec::SmallVec;

use super::RequestLimits;
use super::attributes::{self, Known, Load, Sent};
use super::fault::{self, FaultKind, FieldFault, shown};
use crate::decide::question::{KeyRef, Target};
use crate::model::{List, Text, ValueRef, ValueType};
use crate::snapshot::Snapshot;
use crate::snapshot::index::{RoleIx, TypeIx};
use crate::snapshot::model::{Attribute, Builtin, Model, ResourceType};
use crate::snapshot::role::RoleSet;
use crate::snapshot::tenant::{Member, Resource, Tenant};

/// What is asked about, resolved.
#[derive(Debug)]
pub struct AdmittedTarget<'a> {
    pub(in crate::decide) kind: TypeIx,
    pub(in crate::decide) kind_name: &'a str,
    pub(in crate::decide) id: Option<&'a str>,
    pub(in crate::decide) sent: Sent<'a>,
    pub(in crate::decide) registered: Option<&'a Resource>,
    /// Resources whose ACLs count, nearest first, then by `type:id`.
    pub(in crate::decide) carriers: Vec<Carrier<'a>>,
    /// The built-in attribute `roles`.
    pub(in crate::decide) roles: TargetRoles<'a>,
    /// The built-in attributes `builtin` and `reserved`; `None` is unsent.
    pub(in crate::decide) role_flags: Option<(bool, bool)>,
    pub(in crate::decide) ignored: Vec<String>,
}

/// A registered resource that carries an ACL.
#[derive(Clone, Copy, Debug)]
pub(in crate::decide) struct Carrier<'a> {
    /// It is the resource asked about, not one above it.
    pub(in crate::decide) itself: bool,
    pub(in crate::decide) kind: TypeIx,
    pub(in crate::decide) id: &'a str,
    pub(in crate::decide) resource: &'a Resource,
}

/// The built-in attribute `roles` of a member, role or group.
#[derive(Clone, Debug)]
pub(in crate::decide) enum TargetRoles<'a> {
    /// Not sent, or sent with a role that the tenant does not have.
    Unsent,
    /// Sent as null.
    Null,
    /// Those of a member, which depend on the time.
    Member(&'a Member),
    /// Those of a role or a group.
    Set(&'a RoleSet),
    /// Those sent for what does not exist yet, with all they extend.
    Sent(SmallVec<[RoleIx; 4]>),
}

impl<'a> AdmittedTarget<'a> {
    /// A type alone, nothing sent: what a gate is asked about.
    pub(in crate::decide) fn bare(model: &'a Model, kind: TypeIx) -> Self {
        Self {
            kind,
            kind_name: model.kind_name(kind),
            id: None,
            sent: Sent::default(),
            registered: None,
            carriers: Vec::new(),
            roles: TargetRoles::Unsent,
            role_flags: None,
            ignored: Vec::new(),
        }
    }

    /// A registered resource, nothing sent of it.
    pub(in crate::decide) fn registered(
        model: &'a Model,
        tenant: &'a Tenant,
        kind: TypeIx,
        id: &'a str,
    ) -> Self {
        let mut admitted = Self::bare(model, kind);
        admitted.id = Some(id);
        let known = tenant.resources.get(kind.0, id);
        admitted.registered = known.map(|(_, resource)| resource.as_ref());
        if let Some(row) = model.kind(kind) {
            builtin(model, row, Some(tenant), None, &mut admitted);
        }
        admitted.carriers = carriers(model, tenant, (kind, Some(id)), &[]);
        admitted
    }

    /// The id asked about; `None` is the type alone.
    #[must_use]
    pub const fn id(&self) -> Option<&'a str> {
        self.id
    }

    /// The paths of attributes that were sent and are ignored, because nothing
    /// declares them or because only the snapshot may say them.
    #[must_use]
    pub fn ignored(&self) -> &[String] {
        &self.ignored
    }
}

/// Admits what is asked about, in a tenant, on top of what the call has sent.
pub(super) fn admit<'a>(
    snapshot: &'a Snapshot,
    (tenant, mut load): (Option<&'a Tenant>, Load),
    target: &'a Target<'a>,
    limits: &RequestLimits,
) -> Result<AdmittedTarget<'a>, Vec<FieldFault>> {
    let model = snapshot.model();
    let mut faults = Vec::new();
    let kind = resource_type(model, "resource.type", target.kind, limits, &mut faults);
    match target.id {
        Some("") => {
            let message = "present and empty; leave it out to ask about the type alone";
            faults.push(FieldFault::new("resource.id", FaultKind::Malformed, message));
        }
        Some(id) => faults.extend(fault::of_id("resource.id", id, id_bytes(model, kind, limits))),
        None => {}
    }
    parents_allowed(model, kind, target, limits, &mut faults);
    let Some(kind) = kind else { return Err(faults) };
    let Some(row) = model.kind(kind) else { return Err(faults) };
    let mut admitted = AdmittedTarget::bare(model, kind);
    admitted.id = target.id;
    let registered = |id| tenant.and_then(|tenant| tenant.resources.get(kind.0, id));
    admitted.registered = target.id.and_then(registered).map(|(_, resource)| resource.as_ref());
    let has_roles = matches!(row.builtin, Some(Builtin::Member | Builtin::Role | Builtin::Group));
    let roles = target.attributes.iter().find(|(name, _)| *name == "roles").map(|(_, value)| value.as_ref());
    builtin(model, row, tenant, roles, &mut admitted);
    admitted.sent = attributes::admit(
        "resource.attributes",
        &model.names,
        &target.attributes,
        |ix| match row.attributes.get(ix) {
            Some(attribute) => Known::Declared(attribute),
            // Asked of every built-in type, whether what is asked about exists
            // or not, so that a fault tells nobody what exists.
            None if has_roles && model.builtin_names.roles == Some(ix) => {
                Known::Declared(Attribute { value_type: ValueType::StringList, from_request: true })
            }
            None => Known::Ignored,
        },
        (limits, &mut load),
        (&mut faults, &mut admitted.ignored),
    );
    if let Some(tenant) = tenant {
        admitted.carriers = carriers(model, tenant, (kind, target.id), &target.parents);
    }
    if faults.is_empty() { Ok(admitted) } else { Err(faults) }
}

pub(super) fn resource_type(
    model: &Model,
    field: &str,
    kind: &str,
    limits: &RequestLimits,
    faults: &mut Vec<FieldFault>,
) -> Option<TypeIx> {
    let found = model.type_names.get(kind).copied();
    if kind.is_empty() {
        faults.push(FieldFault::missing(field));
    } else if kind.len() > limits.id_bytes {
        faults.push(FieldFault::over(field, "id_bytes", limits.id_bytes));
    } else if found.is_none() {
        let message = format!("no resource type `{}`", shown(kind));
        faults.push(FieldFault::new(field, FaultKind::UnknownResourceType, message));
    }
    found
}

/// The most bytes of a resource's id. Those of members and apps are a type, a colon
/// and an id.
fn id_bytes(model: &Model, kind: Option<TypeIx>, limits: &RequestLimits) -> usize {
    match kind.and_then(|kind| model.kind(kind)).and_then(|row| row.builtin) {
        Some(Builtin::Member | Builtin::App) => limits.id_bytes.saturating_mul(2).saturating_add(1),
        Some(Builtin::Role | Builtin::Group) | None => limits.id_bytes,
    }
}

fn parents_allowed(
    model: &Model,
    kind: Option<TypeIx>,
    target: &Target<'_>,
    limits: &RequestLimits,
    faults: &mut Vec<FieldFault>,
) {
    if target.parents.len() > limits.parents {
        faults.push(FieldFault::over("resource.parents", "parents", limits.parents));
        return;
    }
    for (n, parent) in target.parents.iter().enumerate() {
        let field = format!("resource.parents[{n}].type");
        let found = resource_type(model, &field, parent.kind, limits, faults);
        let row = kind.and_then(|kind| model.kind(kind));
        if let (Some(found), Some(row)) = (found, row)
            && !row.parents.contains(&found)
        {
            let message = format!("`{}` does not sit in `{}`", row.name, shown(parent.kind));
            faults.push(FieldFault::new(field, FaultKind::ParentNotAllowed, message));
        }
        faults.extend(fault::of_id(&format!("resource.parents[{n}].id"), parent.id, limits.id_bytes));
    }
}

/// Fills in the built-in attributes. The `roles` of what exists are the
/// snapshot's to say; of what does not exist yet, the request's.
fn builtin<'a>(
    model: &'a Model,
    row: &ResourceType,
    tenant: Option<&'a Tenant>,
    sent: Option<Option<&ValueRef<'a>>>,
    admitted: &mut AdmittedTarget<'a>,
) {
    let frame = tenant.map(|tenant| &*tenant.frame);
    let role = |id: &str| {
        let frame = frame?;
        frame.find_role(model, id).and_then(|ix| Some((ix, frame.role(model, ix)?)))
    };
    let existing = match (row.builtin, admitted.id) {
        (None | Some(Builtin::App), _) => return,
        (Some(_), None) => None,
        (Some(Builtin::Member), Some(id)) => id.split_once(':').and_then(|(kind, id)| {
            let kind = model.principal_type_names.get(kind)?;
            let (_, member) = tenant?.members.get(kind.0, id)?;
            Some(TargetRoles::Member(member))
        }),
        (Some(Builtin::Role), Some(id)) => {
            let found = role(id);
            admitted.role_flags = Some(match found {
                Some((ix, _)) => (model.roles.get(ix.at()).is_some(), model.reserved_roles.contains(&ix)),
                None => (false, false),
            });
            found.map(|(_, role)| TargetRoles::Set(&role.closure))
        }
        (Some(Builtin::Group), Some(id)) => frame.and_then(|frame| {
            let ix = frame.group_names.get(id)?;
            Some(TargetRoles::Set(&frame.groups.get(ix.at())?.roles))
        }),
    };
    if let Some(existing) = existing {
        admitted.roles = existing;
        admitted.ignored.extend(sent.map(|_| "resource.attributes.roles".to_owned()));
        return;
    }
    match sent {
        Some(Some(ValueRef::List(List::Strings(ids)))) => {
            let found: Option<SmallVec<[RoleIx; 4]>> = ids.iter().map(|id| Some(role(id)?.0)).collect();
            admitted.roles = found.map_or(TargetRoles::Unsent, TargetRoles::Sent);
        }
        Some(None) => admitted.roles = TargetRoles::Null,
        // Unsent, or of a wrong type, which is a fault told elsewhere.
        Some(Some(_)) | None => {}
    }
}

/// Collects the resource and all above it that carry an ACL: what was sent and
/// what is registered add up, and each counts at its shortest distance.
fn carriers<'a>(
    model: &Model,
    tenant: &'a Tenant,
    (kind, id): (TypeIx, Option<&'a str>),
    parents: &[KeyRef<'a>],
) -> Vec<Carrier<'a>> {
    let mut carriers: Vec<Carrier<'a>> = Vec::new();
    if tenant.resources.is_empty() {
        return carriers;
    }
    let mut seen: BTreeSet<(TypeIx, &'a str)> = BTreeSet::new();
    let mut level: Vec<(TypeIx, &'a str)> = id.map(|id| (kind, id)).into_iter().collect();
    let mut next: Vec<(TypeIx, &'a str)> =
        parents.iter().filter_map(|parent| Some((*model.type_names.get(parent.kind)?, parent.id))).collect();
    let mut itself = true;
    while !level.is_empty() || !next.is_empty() {
        // Equally near resources stand in the order of their text, `type:id`.
        level.sort_by(|(a, x), (b, y)| {
            let text = |kind, id| Text::Key { kind: model.kind_name(kind), id };
            text(*a, x).bytes().cmp(text(*b, y).bytes())
        });
        for (kind, id) in level {
            if !seen.insert((kind, id)) {
                continue;
            }
            let Some((id, resource)) = tenant.resources.get(kind.0, id) else { continue };
            if !resource.acl.is_empty() {
                carriers.push(Carrier { itself, kind, id, resource });
            }
            next.extend(resource.parents.iter().map(|(kind, id)| (*kind, id.as_ref())));
        }
        itself = false;
        level = std::mem::take(&mut next);
    }
    carriers
}
