//! Why a call was not answered.
//!
//! Plain data: what it becomes on the wire is the business of `wire::status`.

use super::identity::May;
use crate::decide::FieldFault;
use crate::model::Revision;
use crate::sync::push::Refused;

/// Why there is no answer. The caller must take it for a denial.
///
/// Exhaustive on purpose: a new one does not compile until it has a status code
/// and a public reason.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Refusal {
    /// Fields are at fault. At least one.
    Fields(Vec<FieldFault>),
    /// The request is larger than its method takes.
    RequestTooLarge(ByteLimit),
    /// The request is not a message of its method's type.
    RequestUnreadable,
    /// The response would be larger than the sidecar sends.
    ResponseTooLarge(ByteLimit),
    /// There is no policy yet.
    NoSnapshot,
    /// The policy is older than the caller wants it.
    RevisionNotReached {
        /// What the caller wants at least.
        wanted: Revision,
        /// What is in force.
        installed: Revision,
    },
    /// The source of policy has been silent for longer than is answered without it.
    PolicyStale,
    /// The policy's revisions mean nothing outside of this process.
    RevisionNotComparable,
    /// This build does not answer the call.
    NotImplemented {
        /// The method, or the part of it.
        method: &'static str,
    },
    /// The tenant has changed since the page token was made.
    TenantChanged,
    /// There is more to do than is taken on at a time.
    Overloaded {
        /// The limit's name in `Limits`.
        limit: &'static str,
    },
    /// The call's time is up.
    DeadlineExceeded,
    /// The listener answers no such question.
    QuestionNotAllowed {
        /// The question, as configured: `explain`.
        question: &'static str,
    },
    /// The listener answers nothing about this tenant.
    TenantNotAllowed,
    /// A push was not looked at.
    Push(Refused),
    /// Policy does not come by push here.
    NotPushedHere,
    /// What is asked for is not held.
    NotHeld {
        /// What it is.
        what: &'static str,
    },
    /// The rest of the call did not come.
    CutOff,
    /// The connection says nothing of who calls.
    NoIdentity,
    /// The caller is not one that may do this.
    CallerNotAllowed(Lacking),
    /// A fault of ours.
    Internal,
}

/// What a caller would have to have.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Lacking {
    /// An identity that the configuration names.
    Identity,
    /// The right to change parts of this kind.
    May(May),
    /// This tenant among its tenants.
    Tenant,
    /// The right to change everything, of every tenant.
    Everything,
}

impl Refusal {
    /// The limits that were reached, each as often as it was.
    pub(crate) fn limits(&self) -> impl Iterator<Item = &'static str> + '_ {
        let (one, faults) = match self {
            Self::Fields(faults) => (None, faults.as_slice()),
            Self::RequestTooLarge(limit) | Self::ResponseTooLarge(limit) => (Some(limit.name), &[][..]),
            Self::Overloaded { limit } | Self::Push(Refused::Overloaded { limit }) => (Some(*limit), &[][..]),
            Self::Push(Refused::Header(fault)) => (None, std::slice::from_ref(fault)),
            Self::Push(_)
            | Self::RequestUnreadable
            | Self::NoSnapshot
            | Self::RevisionNotReached { .. }
            | Self::PolicyStale
            | Self::RevisionNotComparable
            | Self::NotImplemented { .. }
            | Self::TenantChanged
            | Self::DeadlineExceeded
            | Self::QuestionNotAllowed { .. }
            | Self::TenantNotAllowed
            | Self::NotPushedHere
            | Self::NotHeld { .. }
            | Self::CutOff
            | Self::NoIdentity
            | Self::CallerNotAllowed(_)
            | Self::Internal => (None, &[][..]),
        };
        one.into_iter().chain(faults.iter().filter_map(|fault| fault.limit))
    }
}

/// A limit on the size of a message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct ByteLimit {
    /// Its name in `Limits`.
    pub(crate) name: &'static str,
    /// The bytes allowed.
    pub(crate) bytes: usize,
}

/// Adds what admission says to what the message's own faults are. A field that
/// is told already is not told again by way of its parts.
pub(super) fn absorb(told: &mut Vec<FieldFault>, more: Vec<FieldFault>) {
    let below = |field: &str, of: &str| {
        field.strip_prefix(of).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    // What is added is not told of itself, and there may be a lot of it.
    let known = told.len();
    for fault in more {
        if !told.iter().take(known).any(|known| below(&fault.field, &known.field)) {
            told.push(fault);
        }
    }
}
