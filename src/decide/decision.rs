//! The answer: allowed or not, why, and what settled it.
//!
//! A decision borrows its cause from the snapshot and the question, so making
//! one allocates nothing. Its zero value is a denial.

use std::fmt;

use super::question::KeyRef;

/// An answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Decision<'a> {
    /// Why. Says also whether it is allowed.
    pub reason: Reason,
    /// What settled it.
    pub cause: Cause<'a>,
    /// The caller must answer as if the resource did not exist.
    pub hidden: bool,
}

impl Decision<'_> {
    /// Whether it is allowed.
    #[must_use]
    pub const fn allowed(&self) -> bool {
        self.reason.allows()
    }
}

/// Why a decision is what it is. Closed: a new reason must be named in the
/// proto, the docs and the reference evaluator before the crate builds.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Reason {
    /// Allowed: a held role's own entry covers the permission.
    RoleGrant,
    /// Allowed: a member override.
    OverrideGrant,
    /// Allowed: an ACL level on the resource or an ancestor.
    AclGrant,
    /// Allowed: an app acting for itself, by a scope of its install.
    ScopeGrant,
    /// Step 1: the tenant does not exist.
    UnknownTenant,
    /// Step 1: the tenant's document has faults, and it was left out (quarantine).
    TenantInvalid,
    /// Steps 2 and 9: the app is not installed and approved here.
    AppNotInstalled,
    /// Step 2: not a member, and `anyone` does not cover the permission.
    UnknownPrincipal,
    /// Step 3: the member is suspended.
    Suspended,
    /// Step 3: the membership has ended.
    Expired,
    /// Step 4: the plan lacks a feature that the permission needs.
    PlanFeature,
    /// Step 5: a member override denies.
    OverrideDeny,
    /// Step 5: an ACL entry denies.
    AclDeny,
    /// Steps 6, 8 and 9: a condition that covers the permission is unknown.
    MissingAttribute,
    /// Step 6: only conditional grants cover the permission, and none holds.
    ConditionFalse,
    /// Step 6: nothing grants the permission.
    NotGranted,
    /// Step 7: a gate of the resource type is closed.
    GateClosed,
    /// Step 8: a restriction in force does not let it through.
    Restricted,
    /// Step 9: a scope would do, but for the principal's authority.
    AuthorityTooLow,
    /// Step 9: no scope in force covers the permission.
    ScopeNotGranted,
}

impl Reason {
    /// Every reason, allows first, denials in the order of the steps.
    pub const ALL: [Self; 20] = [
        Self::RoleGrant,
        Self::OverrideGrant,
        Self::AclGrant,
        Self::ScopeGrant,
        Self::UnknownTenant,
        Self::TenantInvalid,
        Self::AppNotInstalled,
        Self::UnknownPrincipal,
        Self::Suspended,
        Self::Expired,
        Self::PlanFeature,
        Self::OverrideDeny,
        Self::AclDeny,
        Self::MissingAttribute,
        Self::ConditionFalse,
        Self::NotGranted,
        Self::GateClosed,
        Self::Restricted,
        Self::AuthorityTooLow,
        Self::ScopeNotGranted,
    ];

    /// Whether it is a reason to allow.
    #[must_use]
    pub const fn allows(self) -> bool {
        matches!(self, Self::RoleGrant | Self::OverrideGrant | Self::AclGrant | Self::ScopeGrant)
    }

    /// The reason as documents, logs and people spell it: `ROLE_GRANT`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RoleGrant => "ROLE_GRANT",
            Self::OverrideGrant => "OVERRIDE_GRANT",
            Self::AclGrant => "ACL_GRANT",
            Self::ScopeGrant => "SCOPE_GRANT",
            Self::UnknownTenant => "UNKNOWN_TENANT",
            Self::TenantInvalid => "TENANT_INVALID",
            Self::AppNotInstalled => "APP_NOT_INSTALLED",
            Self::UnknownPrincipal => "UNKNOWN_PRINCIPAL",
            Self::Suspended => "SUSPENDED",
            Self::Expired => "EXPIRED",
            Self::PlanFeature => "PLAN_FEATURE",
            Self::OverrideDeny => "OVERRIDE_DENY",
            Self::AclDeny => "ACL_DENY",
            Self::MissingAttribute => "MISSING_ATTRIBUTE",
            Self::ConditionFalse => "CONDITION_FALSE",
            Self::NotGranted => "NOT_GRANTED",
            Self::GateClosed => "GATE_CLOSED",
            Self::Restricted => "RESTRICTED",
            Self::AuthorityTooLow => "AUTHORITY_TOO_LOW",
            Self::ScopeNotGranted => "SCOPE_NOT_GRANTED",
        }
    }
}

/// What settled a decision. Its text is what tests, logs and people read.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Cause<'a> {
    /// Nothing in particular. An empty text.
    #[default]
    None,
    /// `app:<type>:<id>`
    App(KeyRef<'a>),
    /// `member`
    Member,
    /// `feature:<id>`
    Feature(&'a str),
    /// `override`
    Override,
    /// `acl:<type>:<id>/<entry>`
    Acl {
        /// The resource that carries the entry.
        resource: KeyRef<'a>,
        /// Whom the entry names, as written.
        entry: &'a str,
    },
    /// `role:<id>`
    Role(&'a str),
    /// `gate:<type>:<action>`
    Gate {
        /// The gate's resource type.
        kind: &'a str,
        /// The gate's action.
        action: &'a str,
    },
    /// `restriction:<id>`
    Restriction(&'a str),
    /// `scope:<id>`
    Scope(&'a str),
    /// `token`
    Token,
}

impl fmt::Display for Cause<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => Ok(()),
            Self::App(key) => write!(f, "app:{}:{}", key.kind, key.id),
            Self::Member => f.write_str("member"),
            Self::Feature(id) => write!(f, "feature:{id}"),
            Self::Override => f.write_str("override"),
            Self::Acl { resource, entry } => {
                write!(f, "acl:{}:{}/{entry}", resource.kind, resource.id)
            }
            Self::Role(id) => write!(f, "role:{id}"),
            Self::Gate { kind, action } => write!(f, "gate:{kind}:{action}"),
            Self::Restriction(id) => write!(f, "restriction:{id}"),
            Self::Scope(id) => write!(f, "scope:{id}"),
            Self::Token => f.write_str("token"),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
