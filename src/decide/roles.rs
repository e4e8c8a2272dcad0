//! The roles a principal holds, without copying them together.
//!
//! A member's stored roles are one compiled set; roles asserted with a request
//! add the compiled set of each. They are walked as one list, in order of id,
//! each role once.

use crate::model::{Names, work};
use crate::snapshot::index::{GroupIx, RoleIx};
use crate::snapshot::model::Model;
use crate::snapshot::permissions::{PermissionIx, PermissionSet};
use crate::snapshot::role::{Role, RoleSet};
use crate::snapshot::tenant::Frame;

/// Roles held.
#[derive(Clone, Copy, Debug)]
pub(super) struct RoleList<'a> {
    pub(super) model: &'a Model,
    pub(super) frame: &'a Frame,
    /// Compiled sets.
    pub(super) sets: [Option<&'a RoleSet>; 2],
    /// Roles held besides, with all they extend.
    pub(super) more: &'a [RoleIx],
}

impl<'a> RoleList<'a> {
    /// Every role held, in order of id.
    pub(super) fn iter(self) -> impl Iterator<Item = (RoleIx, &'a Role)> {
        // The usual case is one set, which is in order already.
        let single = match (self.sets, self.more) {
            ([Some(set), None] | [None, Some(set)], []) => Some(set),
            _ => None,
        };
        let mut at = 0usize;
        let mut previous: Option<&'a str> = None;
        std::iter::from_fn(move || match single {
            Some(set) => {
                work::step();
                let ix = *set.roles.get(at)?;
                at = at.saturating_add(1);
                Some((ix, self.frame.role(self.model, ix)?))
            }
            None => {
                let found = self.next_after(previous)?;
                previous = Some(&found.1.id);
                Some(found)
            }
        })
    }

    /// Whether a role is held.
    pub(super) fn holds(&self, role: RoleIx) -> bool {
        self.all_sets().any(|set| set.holds(role))
    }

    /// Whether some role covers the permission without a condition.
    pub(super) fn always(&self, permission: PermissionIx) -> bool {
        self.all_sets().any(|set: &RoleSet| PermissionSet::contains(&set.always, permission))
    }

    /// Whether some role covers the permission with one.
    pub(super) fn sometimes(&self, permission: PermissionIx) -> bool {
        self.all_sets().any(|set| set.sometimes.contains(permission))
    }

    /// The highest authority among them; 0 is the weakest.
    pub(super) fn authority(&self) -> u32 {
        self.all_sets().map(|set| set.authority).max().unwrap_or(0)
    }

    fn all_sets(&self) -> impl Iterator<Item = &'a RoleSet> {
        let (model, frame) = (self.model, self.frame);
        let more = self.more.iter().filter_map(move |ix| frame.role(model, *ix)).map(|role| &*role.closure);
        self.sets.into_iter().flatten().chain(more)
    }

    fn next_after(&self, previous: Option<&str>) -> Option<(RoleIx, &'a Role)> {
        let (model, frame) = (self.model, self.frame);
        let id = move |ix: &RoleIx| frame.role(model, *ix).map_or("", |role| &*role.id);
        self.all_sets()
            .filter_map(|set| {
                work::step();
                let from = previous.map_or(0, |last| set.roles.partition_point(|ix| id(ix) <= last));
                let ix = *set.roles.get(from)?;
                Some((ix, frame.role(model, ix)?))
            })
            .min_by(|(_, a), (_, b)| a.id.cmp(&b.id))
    }
}

impl Names for RoleList<'_> {
    /// `everyone` and `anyone` are held, but are no names to test for.
    fn after(&self, previous: Option<&str>) -> Option<&str> {
        let (mut ix, mut role) = self.next_after(previous)?;
        while ix == self.model.everyone || ix == self.model.anyone {
            (ix, role) = self.next_after(Some(&role.id))?;
        }
        Some(&role.id)
    }
}

/// The groups a principal is in, at any depth, in order of id.
#[derive(Clone, Copy, Debug)]
pub(super) struct GroupList<'a> {
    pub(super) frame: &'a Frame,
    pub(super) groups: &'a [GroupIx],
}

impl Names for GroupList<'_> {
    fn after(&self, previous: Option<&str>) -> Option<&str> {
        let id = |ix: &GroupIx| self.frame.groups.get(ix.at()).map_or("", |group| &*group.id);
        let from = previous.map_or(0, |last| self.groups.partition_point(|ix| id(ix) <= last));
        self.groups.get(from).map(id)
    }
}
