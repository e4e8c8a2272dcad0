//! The decision: pure and total.
//!
//! A [`Call`] and a [`Target`] are admitted against a snapshot ([`admit`]),
//! which resolves every name or says what is wrong with which field; [`check`]
//! then cannot fail. [`explain`] and [`missing_attributes`] run the same steps
//! and tell more.
//!
//! Architecture invariant: there is one order of steps, in `steps`, and every
//! answer of every door comes from it. There is no cache, no clock, no log.

mod acl;
pub mod admit;
pub mod decision;
pub mod explanation;
mod facts;
mod grants;
pub mod list;
pub mod question;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod reference;
mod restrict;
mod roles;
mod scope;
mod steps;
mod tell;
mod watch;

pub use admit::{Admitted, AdmittedTarget, Caller, FaultKind, FieldFault, RequestLimits};
pub use decision::{Cause, Decision, Reason};
pub use explanation::{Explanation, Finding, FindingOutcome, Step, StepOutcome};
pub use list::Extent;
pub use question::{Asker, Attributes, Call, KeyRef, Target, Via, ViaScope};

use self::watch::{Missing, Silent};
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
///
/// The request must have been admitted against this snapshot; against another
/// one its numbers would mean other names.
#[must_use]
pub fn check<'a>(snapshot: &'a Snapshot, request: Request<'a>, now: Timestamp) -> Decision<'a> {
    steps::decide(snapshot, (request.caller, request.target), request.permission, now, &mut Silent).0
}

/// The attributes a [`Reason::MissingAttribute`] is about: dotted, sorted by
/// bytes, each once. Empty for every other reason.
#[must_use]
pub fn missing_attributes<'a>(snapshot: &'a Snapshot, request: Request<'a>, now: Timestamp) -> Vec<String> {
    let mut missing = Missing::default();
    let Request { caller, target, permission } = request;
    let (decision, _) = steps::decide(snapshot, (caller, target), permission, now, &mut missing);
    if decision.reason == Reason::MissingAttribute { missing.names.into_iter().collect() } else { Vec::new() }
}

/// Decides, and tells every step with what it looked at.
#[must_use]
pub fn explain<'a>(
    snapshot: &'a Snapshot,
    request: Request<'a>,
    now: Timestamp,
) -> (Decision<'a>, Explanation) {
    tell::explain(snapshot, request, now)
}
