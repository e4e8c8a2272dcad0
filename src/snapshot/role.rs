//! Roles, compiled: what a role grants by itself, and what its holder holds.

use std::sync::Arc;

use super::index::RoleIx;
use super::permissions::{PermissionIx, PermissionSet};
use crate::condition::Program;

/// A role.
#[derive(Debug)]
pub(crate) struct Role {
    pub(crate) id: Box<str>,
    /// What its own entries cover. Extended roles are held beside it, and
    /// grant by themselves.
    pub(crate) grant: Grant,
    pub(crate) authority: u32,
    pub(crate) extends: Box<[RoleIx]>,
    /// Itself and every role it extends.
    pub(crate) closure: Arc<RoleSet>,
}

/// What a list of entries covers: a role's `allow`, a scope's.
#[derive(Clone, Debug, Default)]
pub(crate) struct Grant {
    /// Covered by an entry without a condition.
    pub(crate) always: PermissionSet,
    /// Covered by an entry with one.
    pub(crate) sometimes: PermissionSet,
    /// The entries with one.
    pub(crate) conditional: Box<[Conditional]>,
}

/// An entry with a condition.
#[derive(Clone, Debug)]
pub(crate) struct Conditional {
    pub(crate) covers: PermissionSet,
    /// All must hold.
    pub(crate) when: Box<[Arc<Program>]>,
}

/// Roles held together, with all they extend, and what they come to.
///
/// Members with the same roles share one of these.
#[derive(Clone, Debug, Default)]
pub(crate) struct RoleSet {
    /// In order of id, each once.
    pub(crate) roles: Box<[RoleIx]>,
    /// What some role covers without a condition.
    pub(crate) always: PermissionSet,
    /// What some role covers with one.
    pub(crate) sometimes: PermissionSet,
    /// The highest authority among them.
    pub(crate) authority: u32,
}

impl Grant {
    /// The entries with a condition that cover a permission.
    pub(crate) fn conditional(&self, permission: PermissionIx) -> impl Iterator<Item = &Conditional> {
        let entries = if self.sometimes.contains(permission) { &*self.conditional } else { &[] };
        entries.iter().filter(move |entry| entry.covers.contains(permission))
    }
}

impl RoleSet {
    /// Whether the role is among them.
    pub(crate) fn holds(&self, role: RoleIx) -> bool {
        self.roles.contains(&role)
    }
}

/// Adds up roles that are held together. `role` finds a role's own row.
pub(crate) fn role_set<'a>(
    mut held: Vec<RoleIx>,
    role: impl Fn(RoleIx) -> Option<(&'a str, &'a Grant, u32)>,
) -> RoleSet {
    held.sort_by_key(|ix| role(*ix).map(|(id, _, _)| id));
    held.dedup();
    let mut set = RoleSet::default();
    for (_, grant, authority) in held.iter().filter_map(|ix| role(*ix)) {
        set.always.union(&grant.always);
        set.sometimes.union(&grant.sometimes);
        set.authority = set.authority.max(authority);
    }
    set.roles = held.into_boxed_slice();
    set
}
