//! The door: a question is resolved against a snapshot, or its faults are told.
//!
//! Invariants:
//!
//! 1. An admitted question has no name left to look up and no value of a wrong
//!    type; deciding it cannot fail.
//! 2. Every fault is told, each with the path of its field.
//! 3. What is merely unknown to policy (a tenant, a principal, an asserted role,
//!    an undeclared attribute) is no fault: it is denied or ignored, never an
//!    error that an outsider could probe with.

mod attributes;
mod call;
mod fault;
mod listed;
mod target;

pub use call::Caller;
pub(super) use call::{Acting, Who};
pub use fault::{FaultKind, FieldFault};
pub use listed::{PrincipalTypes, every_action, permission, principal_types};
pub use target::AdmittedTarget;
pub(super) use target::{Carrier, TargetRoles};

use super::Request;
use super::question::{Call, Target};
use crate::snapshot::index::TypeIx;
use crate::snapshot::{PermissionIx, Snapshot};

/// The limits on what one question may carry.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RequestLimits {
    /// Bytes of an id, a type, a name or a tenant.
    pub id_bytes: usize,
    /// Bytes of one attribute text.
    pub text_bytes: usize,
    /// Attributes in one question, of all kinds.
    pub attributes: usize,
    /// Bytes of all attributes of one question, names and values.
    pub attribute_bytes: usize,
    /// Values in one list.
    pub list_values: usize,
    /// Roles asserted.
    pub roles: usize,
    /// Parents sent.
    pub parents: usize,
    /// Scopes listed.
    pub scopes: usize,
}

impl Default for RequestLimits {
    fn default() -> Self {
        Self {
            id_bytes: 256,
            text_bytes: 4096,
            attributes: 256,
            attribute_bytes: 65_536,
            list_values: 1024,
            roles: 32,
            parents: 16,
            scopes: 256,
        }
    }
}

/// A whole question, admitted.
#[derive(Debug)]
pub struct Admitted<'a> {
    caller: Caller<'a>,
    target: AdmittedTarget<'a>,
    permission: PermissionIx,
}

impl<'a> Admitted<'a> {
    /// The question as the engine takes it.
    #[must_use]
    pub const fn request(&'a self) -> Request<'a> {
        Request { caller: &self.caller, target: &self.target, permission: self.permission }
    }
}

/// Admits a whole question.
///
/// # Errors
///
/// Every fault of every field: what is asked about is looked at even when who
/// asks is not let in, so that one answer tells all there is to mend.
pub fn question<'a>(
    snapshot: &'a Snapshot,
    call: &'a Call<'a>,
    target: &'a Target<'a>,
    action: &str,
    limits: &RequestLimits,
) -> Result<Admitted<'a>, Vec<FieldFault>> {
    let mut faults = Vec::new();
    let caller = caller(snapshot, call, limits).map_err(|more| faults.extend(more)).ok();
    let load = caller.as_ref().map(|caller| caller.load).unwrap_or_default();
    let scene = (snapshot.tenant(call.tenant), load);
    let admitted = target::admit(snapshot, scene, target, limits).map_err(|more| faults.extend(more)).ok();
    let kind = snapshot.model().type_names.get(target.kind);
    if kind.is_none() && action.is_empty() {
        faults.push(FieldFault::missing("action"));
    }
    // Of a type that does not exist no action can be told right from wrong.
    let permission =
        kind.and_then(|kind| of_kind(snapshot, *kind, action).map_err(|fault| faults.push(fault)).ok());
    match (caller, admitted, permission) {
        (Some(caller), Some(target), Some(permission)) => Ok(Admitted { caller, target, permission }),
        _ => Err(faults),
    }
}

/// Admits who asks.
///
/// # Errors
///
/// Every fault of the call's fields.
pub fn caller<'a>(
    snapshot: &'a Snapshot,
    call: &'a Call<'a>,
    limits: &RequestLimits,
) -> Result<Caller<'a>, Vec<FieldFault>> {
    call::admit(snapshot, call, limits)
}

/// Admits what a call says besides who asks, when that is asked or said elsewhere.
/// What is returned is nobody, and not to be decided for.
///
/// # Errors
///
/// Every fault of the call's fields, the principal left out.
pub fn anonymous<'a>(
    snapshot: &'a Snapshot,
    call: &'a Call<'a>,
    limits: &RequestLimits,
) -> Result<Caller<'a>, Vec<FieldFault>> {
    call::admit_anonymous(snapshot, call, limits)
}

/// Nobody, in no tenant: for admitting the rest of a question whose caller is not
/// let in, so that all its faults are told. Not to be decided for.
#[must_use]
pub fn nobody(snapshot: &Snapshot) -> Caller<'_> {
    call::nobody(snapshot, "")
}

/// Admits what is asked about.
///
/// # Errors
///
/// Every fault of the target's fields.
pub fn target<'a>(
    snapshot: &'a Snapshot,
    caller: &Caller<'a>,
    target: &'a Target<'a>,
    limits: &RequestLimits,
) -> Result<AdmittedTarget<'a>, Vec<FieldFault>> {
    target::admit(snapshot, (caller.tenant, caller.load), target, limits)
}

/// Admits an action of the target's type.
///
/// # Errors
///
/// The fault of the field `action`.
pub fn action(
    snapshot: &Snapshot,
    target: &AdmittedTarget<'_>,
    action: &str,
) -> Result<PermissionIx, FieldFault> {
    of_kind(snapshot, target.kind, action)
}

fn of_kind(snapshot: &Snapshot, kind: TypeIx, action: &str) -> Result<PermissionIx, FieldFault> {
    if action.is_empty() {
        return Err(FieldFault::missing("action"));
    }
    let model = snapshot.model();
    model.kind(kind).and_then(|kind| kind.actions.get(action)).copied().ok_or_else(|| {
        let message = format!("`{}` has no action `{}`", model.kind_name(kind), fault::shown(action));
        FieldFault::new("action", FaultKind::UnknownAction, message)
    })
}
