//! The words of metrics' labels: closed sets, so that a series exists from the
//! start and is found by its place.

use tonic::Code;

/// A method of the data plane, or a kind of method of admin listeners.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Rpc {
    /// Check.
    Check,
    /// BatchCheck.
    Batch,
    /// ListAllowed.
    List,
    /// GetCapabilities.
    Capabilities,
    /// Push.
    Push,
    /// Rollback.
    Rollback,
    /// Any method that tells what policy is held.
    PolicyRead,
    /// Whatever the services do not know.
    Other,
}

/// What a question may send that is ignored because nothing declares it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Ignored {
    Attribute,
    Role,
    Scope,
}

/// What became of a push.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Pushed {
    /// It is in force.
    Applied,
    /// It had been applied before.
    Repeated,
    /// It was to be told whether it would be applied, and it would.
    Valid,
    /// It has faults.
    Faulty,
    /// Its messages could not be read, or its header is wrong.
    Unreadable,
    /// It goes back.
    Stale,
    /// Another one was applied with its revision.
    Conflict,
    /// It was made against something else than what is held.
    NeedFull,
    /// A part was not where it was believed to be.
    PartChanged,
    /// It would remove too much.
    Shrinks,
    /// A newer one took its place.
    Superseded,
    /// What it goes back to is not held.
    NotHeld,
    /// There was too much to do, or it was too large.
    Overloaded,
    /// Its caller may not do that, or policy does not come by push.
    NotAllowed,
    /// The rest of it did not come.
    CutOff,
    /// A fault of ours.
    Internal,
}

impl Pushed {
    /// Everything that may become of one, in the order of their places.
    pub(super) const ALL: [Self; 16] = [
        Self::Applied,
        Self::Repeated,
        Self::Valid,
        Self::Faulty,
        Self::Unreadable,
        Self::Stale,
        Self::Conflict,
        Self::NeedFull,
        Self::PartChanged,
        Self::Shrinks,
        Self::Superseded,
        Self::NotHeld,
        Self::Overloaded,
        Self::NotAllowed,
        Self::CutOff,
        Self::Internal,
    ];

    /// As a label, and in the log.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Repeated => "repeated",
            Self::Valid => "valid",
            Self::Faulty => "faulty",
            Self::Unreadable => "unreadable",
            Self::Stale => "stale",
            Self::Conflict => "conflict",
            Self::NeedFull => "need_full",
            Self::PartChanged => "part_changed",
            Self::Shrinks => "shrinks",
            Self::Superseded => "superseded",
            Self::NotHeld => "not_held",
            Self::Overloaded => "overloaded",
            Self::NotAllowed => "not_allowed",
            Self::CutOff => "cut_off",
            Self::Internal => "internal",
        }
    }
}

impl Rpc {
    /// Every method, in the order of their places.
    pub const ALL: [Self; 8] = [
        Self::Check,
        Self::Batch,
        Self::List,
        Self::Capabilities,
        Self::Push,
        Self::Rollback,
        Self::PolicyRead,
        Self::Other,
    ];

    /// The method as the proto has it; in small letters what is none.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Check => "Check",
            Self::Batch => "BatchCheck",
            Self::List => "ListAllowed",
            Self::Capabilities => "GetCapabilities",
            Self::Push => "Push",
            Self::Rollback => "Rollback",
            Self::PolicyRead => "policy_read",
            Self::Other => "other",
        }
    }

    /// The method at a path, by the service's own names.
    #[must_use]
    pub(crate) fn at(path: &str) -> Self {
        match path {
            "/sidegate.v1.AuthorizationService/Check" => Self::Check,
            "/sidegate.v1.AuthorizationService/BatchCheck" => Self::Batch,
            "/sidegate.v1.AuthorizationService/ListAllowed" => Self::List,
            "/sidegate.v1.AuthorizationService/GetCapabilities" => Self::Capabilities,
            _ => Self::Other,
        }
    }

    /// The method at a path that is one of `PolicyService`.
    #[must_use]
    pub(crate) fn of_policy(path: &str) -> Self {
        match path {
            "/sidegate.v1.PolicyService/Push" => Self::Push,
            "/sidegate.v1.PolicyService/Rollback" => Self::Rollback,
            _ => Self::PolicyRead,
        }
    }
}

impl Ignored {
    pub(super) const ALL: [Self; 3] = [Self::Attribute, Self::Role, Self::Scope];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Attribute => "attribute",
            Self::Role => "role",
            Self::Scope => "scope",
        }
    }

    /// What stands at a path that admission has noted.
    pub(super) fn at(path: &str) -> Self {
        if path.starts_with("principal.roles") {
            Self::Role
        } else if path.starts_with("via.") {
            Self::Scope
        } else {
            Self::Attribute
        }
    }
}

/// The gRPC codes, each at the place of its number.
pub(super) const CODES: [(Code, &str); 17] = [
    (Code::Ok, "OK"),
    (Code::Cancelled, "CANCELLED"),
    (Code::Unknown, "UNKNOWN"),
    (Code::InvalidArgument, "INVALID_ARGUMENT"),
    (Code::DeadlineExceeded, "DEADLINE_EXCEEDED"),
    (Code::NotFound, "NOT_FOUND"),
    (Code::AlreadyExists, "ALREADY_EXISTS"),
    (Code::PermissionDenied, "PERMISSION_DENIED"),
    (Code::ResourceExhausted, "RESOURCE_EXHAUSTED"),
    (Code::FailedPrecondition, "FAILED_PRECONDITION"),
    (Code::Aborted, "ABORTED"),
    (Code::OutOfRange, "OUT_OF_RANGE"),
    (Code::Unimplemented, "UNIMPLEMENTED"),
    (Code::Internal, "INTERNAL"),
    (Code::Unavailable, "UNAVAILABLE"),
    (Code::DataLoss, "DATA_LOSS"),
    (Code::Unauthenticated, "UNAUTHENTICATED"),
];

/// The limits that a caller can reach, by their keys in the configuration.
pub(super) const LIMITS: [&str; 30] = [
    "check_request_bytes",
    "batch_request_bytes",
    "batch_checks",
    "list_request_bytes",
    "response_bytes",
    "id_bytes",
    "text_bytes",
    "attributes",
    "attribute_bytes",
    "list_values",
    "roles",
    "parents",
    "scopes",
    "candidates",
    "connections",
    "calls",
    "connection_calls",
    "handshake",
    "preface",
    "idle",
    "admin_connections",
    "push_message_bytes",
    "push_message_deadline",
    "change_set_bytes",
    "change_set_changes",
    "pushes_waiting",
    "whole_loads",
    "revision_waiters",
    "revision_ahead_wait",
    "revision_ahead",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::Reason;

    #[test]
    fn everything_stands_at_its_place() {
        for (place, reason) in Reason::ALL.into_iter().enumerate() {
            assert_eq!(reason as usize, place, "{reason}");
        }
        for (place, rpc) in Rpc::ALL.into_iter().enumerate() {
            assert_eq!(rpc as usize, place, "{rpc:?}");
        }
        for (place, pushed) in Pushed::ALL.into_iter().enumerate() {
            assert_eq!(pushed as usize, place, "{pushed:?}");
        }
        for (place, ignored) in Ignored::ALL.into_iter().enumerate() {
            assert_eq!(ignored as usize, place, "{ignored:?}");
        }
        for (place, (code, _)) in CODES.into_iter().enumerate() {
            assert_eq!(usize::try_from(i32::from(code)).unwrap(), place, "{code:?}");
        }
    }

    #[test]
    fn what_is_ignored_is_told_apart() {
        let told =
            ["principal.roles[3]", "via.scopes[0].modes[1]", "context.a", "principal.attributes.roles"];
        let expected = [Ignored::Role, Ignored::Scope, Ignored::Attribute, Ignored::Attribute];
        assert_eq!(told.map(Ignored::at), expected);
    }
}
