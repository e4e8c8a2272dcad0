//! What lists name besides a question's parts: a permission without a resource,
//! all actions of a type, types of principals.

use super::RequestLimits;
use super::call::principal_type;
use super::fault::FieldFault;
use super::target::{AdmittedTarget, resource_type};
use crate::snapshot::index::PrincipalTypeIx;
use crate::snapshot::{PermissionIx, Snapshot};

/// Principal types, resolved.
#[derive(Clone, Debug)]
pub struct PrincipalTypes(pub(in crate::decide) Vec<PrincipalTypeIx>);

/// Admits a permission by its resource type and action.
///
/// # Errors
///
/// The faults of the fields `type` and `action`.
pub fn permission(
    snapshot: &Snapshot,
    kind: &str,
    action: &str,
    limits: &RequestLimits,
) -> Result<PermissionIx, Vec<FieldFault>> {
    let mut faults = Vec::new();
    let kind = resource_type(snapshot.model(), "type", kind, limits, &mut faults);
    let permission = kind.map(|kind| super::of_kind(snapshot, kind, action));
    match permission {
        Some(Ok(permission)) => return Ok(permission),
        Some(Err(fault)) => faults.push(fault),
        None if action.is_empty() => faults.push(FieldFault::missing("action")),
        // Of a type that does not exist no action can be told right from wrong.
        None => {}
    }
    Err(faults)
}

/// Every action of a target's type that is not retired, by the bytes of its name.
#[must_use]
pub fn every_action<'a>(snapshot: &'a Snapshot, target: &AdmittedTarget<'_>) -> Vec<(&'a str, PermissionIx)> {
    let model = snapshot.model();
    let actions = model.kind(target.kind).into_iter().flat_map(|row| &row.actions);
    let live = |permission| model.permission(permission).is_some_and(|row| !row.retired);
    actions
        .filter(|(_, permission)| live(**permission))
        .map(|(action, permission)| (&**action, *permission))
        .collect()
}

/// Admits principal types by name; none are all of the model's.
///
/// # Errors
///
/// The fault of each `types[n]`.
pub fn principal_types<'n>(
    snapshot: &Snapshot,
    names: impl Iterator<Item = &'n str>,
    limits: &RequestLimits,
) -> Result<PrincipalTypes, Vec<FieldFault>> {
    let mut faults = Vec::new();
    let mut types = Vec::new();
    for (n, name) in names.enumerate() {
        types.extend(principal_type(snapshot, &format!("types[{n}]"), name, limits, &mut faults));
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    if types.is_empty() {
        types.extend(snapshot.model().principal_kinds().map(|(kind, _)| kind));
    }
    types.sort_unstable();
    types.dedup();
    Ok(PrincipalTypes(types))
}
