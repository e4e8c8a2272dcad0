//! The decision: pure and total.
//!
//! A [`Call`] and a [`Target`] are admitted against a snapshot ([`admit`]),
//! which resolves every name or says what is wrong with which field; [`check`]
//! then cannot fail. [`explain`] and [`missing_attributes`] run the same steps
//! and tell more.

pub mod admit;
pub mod decision;
pub mod explanation;
pub mod question;
#[cfg(test)]
mod reference;

pub use admit::{AdmittedTarget, Caller, FaultKind, FieldFault, RequestLimits};
pub use decision::{Cause, Decision, Reason};
pub use explanation::{Explanation, Finding, FindingOutcome, Step, StepOutcome};
pub use question::{Asker, Attributes, Call, KeyRef, Target, Via, ViaScope};

use crate::model::Timestamp;
use crate::snapshot::{PermissionIx, Snapshot};

/// A question with every name resolved.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Who asks, in which tenant, through what, in which environment.
    pub caller: &'a Caller<'a>,
    /// About what.
    pub target: &'a AdmittedTarget<'a>,
    /// May it do this?
    pub permission: PermissionIx,
}

/// Decides. Total; allocates nothing.
#[must_use]
pub fn check<'a>(_snapshot: &'a Snapshot, _request: Request<'a>, _now: Timestamp) -> Decision<'a> {
    Decision { reason: Reason::NotGranted, cause: Cause::None, hidden: false }
}

/// The attributes a [`Reason::MissingAttribute`] is about: dotted, sorted,
/// each once. Empty for every other reason.
#[must_use]
pub fn missing_attributes(_snapshot: &Snapshot, _request: Request<'_>, _now: Timestamp) -> Vec<String> {
    Vec::new()
}

/// Decides, and tells every step with what it looked at.
#[must_use]
pub fn explain<'a>(
    snapshot: &'a Snapshot,
    request: Request<'a>,
    now: Timestamp,
) -> (Decision<'a>, Explanation) {
    (check(snapshot, request, now), Explanation::default())
}
