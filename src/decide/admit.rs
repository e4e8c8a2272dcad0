//! The door: a question is resolved against a snapshot, or its faults are told.

use super::question::{Call, Target};
use crate::snapshot::{PermissionIx, Snapshot};

/// Who asks, resolved.
#[derive(Debug)]
pub struct Caller<'a> {
    call: &'a Call<'a>,
}

/// What is asked about, resolved.
#[derive(Debug)]
pub struct AdmittedTarget<'a> {
    target: &'a Target<'a>,
}

/// What is wrong with one field of a question.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FieldFault {
    /// The field's path, from the call or the target on: `principal.type`,
    /// `resource.attributes.creator`, `action`.
    pub field: String,
    /// What kind of fault.
    pub kind: FaultKind,
    /// What is wrong, in lower case and without a full stop.
    pub message: String,
}

/// The kinds of fault of a field.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FaultKind {
    /// Required, and not there.
    Missing,
    /// Not of the form that such a field has.
    Malformed,
    /// Over a limit; the message names it.
    OverLimit,
    /// A principal type that the model does not have.
    UnknownPrincipalType,
    /// A resource type that the model does not have.
    UnknownResourceType,
    /// An action that the resource type does not have.
    UnknownAction,
    /// A value of another type than declared.
    WrongType,
    /// A parent of a type that the resource type does not sit in.
    ParentNotAllowed,
    /// Roles asserted for a type that takes none from requests.
    RolesNotAccepted,
    /// A listed scope that has modes, without one.
    ModeMissing,
    /// `via` beside a principal that is itself an app.
    AppWithVia,
    /// `all_scopes` for a personal token.
    AllScopesWithoutApp,
}

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
    _snapshot: &'a Snapshot,
    call: &'a Call<'a>,
    _limits: &RequestLimits,
) -> Result<Caller<'a>, Vec<FieldFault>> {
    Ok(Caller { call })
}

/// Admits what is asked about. `actions` are checked with it.
///
/// # Errors
///
/// Every fault of the target's fields.
pub fn target<'a>(
    _snapshot: &'a Snapshot,
    caller: &Caller<'a>,
    target: &'a Target<'a>,
    _limits: &RequestLimits,
) -> Result<AdmittedTarget<'a>, Vec<FieldFault>> {
    let _ = caller.call;
    Ok(AdmittedTarget { target })
}

/// Admits an action of the target's type.
///
/// # Errors
///
/// The fault of the field `action`.
pub fn action(
    _snapshot: &Snapshot,
    target: &AdmittedTarget<'_>,
    _action: &str,
) -> Result<PermissionIx, FieldFault> {
    let _ = target.target;
    Ok(PermissionIx(0))
}
