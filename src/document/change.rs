//! Change sets: what every source of policy produces, and what is pushed,
//! persisted and replayed.
//!
//! A set says what it is made against and what it does, in order. Whether it may
//! be applied is not known here; that is for whoever holds the policy.
//!
//! Invariants, kept by whoever makes one:
//!
//! 1. Keys, patterns and level items are well formed; their types prove it.
//! 2. The ids in it are labels or scopes of the right form.
//! 3. A change's [`Place::source`](super::Place) is its number in the set, from 1,
//!    and so is that of everything in it.
//!
//! It deliberately lacks a change that deletes the model: a policy has one.

use std::fmt;

use super::definition::{AclEntry, AclSubject, App, Group, Install, Map, Member, Params, Registered, Role};
use super::definition::{GroupMember, Tenant};
use super::place::Spanned;
use crate::model::{Key, Revision};

/// A set of changes, to be applied whole or not at all.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ChangeSet {
    /// What it is and what it is made against.
    pub header: Header,
    /// The changes, in order.
    pub changes: Vec<Spanned<Change>>,
}

/// What a change set is and what it is made against.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Header {
    /// The revision that is reached with it.
    pub revision: Revision,
    /// The revision it was made against; `None` for the whole policy.
    pub base: Option<Revision>,
    /// The whole may have less than half of the tenants that are held.
    pub shrink: bool,
    /// What its maker believes that parts are at.
    pub expected: Vec<Expected>,
}

/// What the maker of a set believes a part to be at.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Expected {
    /// The part.
    pub part: Part,
    /// The revision of its last change, or a later one; `None`: there is no such part.
    pub revision: Option<Revision>,
}

/// A part of a policy that has a revision of its own.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Part {
    /// The model.
    Model,
    /// A tenant.
    Tenant(String),
    /// An app.
    App(Key),
}

/// What becomes of those that name what is deleted.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum References {
    /// If any names it, that is a fault.
    #[default]
    Refuse,
    /// They no longer name it.
    Remove,
}

/// One change.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Change {
    /// Puts the model, given as its document's text.
    PutModel(String),
    /// Puts a tenant in place of all that it had. The place is its id's.
    PutTenant(Box<Tenant>),
    /// Deletes a tenant.
    DeleteTenant(String),
    /// Changes a part of a tenant.
    InTenant(String, TenantChange),
    /// Puts an app; its id says which.
    PutApp(Box<App>),
    /// Deletes an app, with its installs in every tenant.
    DeleteApp(Key),
}

/// A change of a part of a tenant.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum TenantChange {
    /// Puts the tenant under a plan.
    PutPlan(Spanned<String>),
    /// Takes its plan away.
    DeletePlan,
    /// Puts a custom role.
    PutRole(String, Box<Role>),
    /// Deletes a custom role.
    DeleteRole(String, References),
    /// Puts a group.
    PutGroup(String, Group),
    /// Deletes a group.
    DeleteGroup(String, References),
    /// Puts a member.
    PutMember(Key, Box<Member>),
    /// Deletes a member.
    DeleteMember(Key, References),
    /// Registers a resource.
    PutResource(Key, Box<Registered>),
    /// Deletes a registered resource.
    DeleteResource(Key, References),
    /// Puts an entry of a registered resource's ACL.
    PutAclEntry(Key, AclSubject, AclEntry),
    /// Deletes an entry of a registered resource's ACL.
    DeleteAclEntry(Key, AclSubject),
    /// Installs an app.
    PutInstall(Key, Install),
    /// Takes an install away.
    DeleteInstall(Key),
    /// Puts what is switched on for every holder of a role.
    PutRoleRestrictions(String, Map<Params>),
    /// Switches off what is switched on for every holder of a role.
    DeleteRoleRestrictions(String),
}

impl ChangeSet {
    /// Whether it is the whole policy.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.header.base.is_none()
    }
}

impl TenantChange {
    /// Whether it touches one member, resource or install, and none but that.
    #[must_use]
    pub const fn is_of_one_row(&self) -> bool {
        match self {
            Self::PutMember(..)
            | Self::DeleteMember(_, References::Refuse)
            | Self::PutResource(..)
            | Self::DeleteResource(_, References::Refuse)
            | Self::PutAclEntry(..)
            | Self::DeleteAclEntry(..)
            | Self::PutInstall(..)
            | Self::DeleteInstall(_) => true,
            Self::PutPlan(_)
            | Self::DeletePlan
            | Self::PutRole(..)
            | Self::DeleteRole(..)
            | Self::PutGroup(..)
            | Self::DeleteGroup(..)
            | Self::DeleteMember(_, References::Remove)
            | Self::DeleteResource(_, References::Remove)
            | Self::PutRoleRestrictions(..)
            | Self::DeleteRoleRestrictions(_) => false,
        }
    }
}

impl GroupMember {
    /// Whether it names a principal.
    #[must_use]
    pub fn is(&self, key: &Key) -> bool {
        matches!(self, Self::Principal(own) if own == key)
    }
}

/// As people are told: `put member user:mia of acme`.
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PutModel(_) => f.write_str("put model"),
            Self::PutTenant(tenant) => write!(f, "put tenant {}", tenant.id),
            Self::DeleteTenant(id) => write!(f, "delete tenant {id}"),
            Self::InTenant(tenant, change) => write!(f, "{change} of {tenant}"),
            Self::PutApp(app) => write!(f, "put app {}", app.id),
            Self::DeleteApp(key) => write!(f, "delete app {key}"),
        }
    }
}

impl fmt::Display for TenantChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PutPlan(plan) => write!(f, "put plan {}", plan.value),
            Self::DeletePlan => f.write_str("delete plan"),
            Self::PutRole(id, _) => write!(f, "put role {id}"),
            Self::DeleteRole(id, _) => write!(f, "delete role {id}"),
            Self::PutGroup(id, _) => write!(f, "put group {id}"),
            Self::DeleteGroup(id, _) => write!(f, "delete group {id}"),
            Self::PutMember(key, _) => write!(f, "put member {key}"),
            Self::DeleteMember(key, _) => write!(f, "delete member {key}"),
            Self::PutResource(key, _) => write!(f, "put resource {key}"),
            Self::DeleteResource(key, _) => write!(f, "delete resource {key}"),
            Self::PutAclEntry(key, whom, _) => write!(f, "put ACL entry {whom} on {key}"),
            Self::DeleteAclEntry(key, whom) => write!(f, "delete ACL entry {whom} on {key}"),
            Self::PutInstall(key, _) => write!(f, "put install {key}"),
            Self::DeleteInstall(key) => write!(f, "delete install {key}"),
            Self::PutRoleRestrictions(role, _) => write!(f, "put restrictions of role {role}"),
            Self::DeleteRoleRestrictions(role) => write!(f, "delete restrictions of role {role}"),
        }
    }
}
