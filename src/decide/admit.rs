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
mod target;

pub use call::Caller;
pub(super) use call::{Acting, Who};
pub use fault::{FaultKind, FieldFault};
pub use target::AdmittedTarget;
pub(super) use target::{Carrier, TargetRoles};

use super::question::{Call, Target};
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
    target::admit(snapshot, caller, target, limits)
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
    if action.is_empty() {
        return Err(FieldFault::missing("action"));
    }
    let kind = snapshot.model().kind(target.kind);
    kind.and_then(|kind| kind.actions.get(action)).copied().ok_or_else(|| FieldFault {
        field: "action".to_owned(),
        kind: FaultKind::UnknownAction,
        message: format!("`{}` has no action `{}`", target.kind_name, fault::shown(action)),
    })
}
