//! A tenant, compiled.
//!
//! What a change of one member does not touch sits behind an `Arc` or in a
//! [`Table`], so that the changed tenant shares it with the one it came from.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::index::{FeatureIx, GroupIx, PartIx, PrincipalTypeIx, RestrictionIx, RoleIx, TypeIx};
use super::model::{ByName, Coverage, Model};
use super::order::Order;
use super::permissions::PermissionSet;
use super::reach::Reach;
use super::role::{Role, RoleSet};
use super::table::Table;
use crate::condition::AttributeIx;
use crate::document::definition::{OverrideMode, RestrictionMode};
use crate::model::{Revision, Timestamp, Value};

/// A tenant.
#[derive(Clone, Debug)]
pub(crate) struct Tenant {
    pub(crate) revision: Revision,
    pub(crate) frame: Arc<Frame>,
    /// By principal type and id.
    pub(crate) members: Table<Member>,
    /// By principal type and id: what those in groups hold through them who are
    /// no members, and count as ones when they assert a role.
    pub(crate) guests: Table<Arc<Standing>>,
    /// By resource type and id.
    pub(crate) resources: Table<Arc<Resource>>,
    /// By principal type and id.
    pub(crate) installs: Table<Arc<Install>>,
    /// What is listed, in order.
    pub(crate) orders: Arc<Orders>,
    /// How far its ACLs reach.
    pub(crate) reach: Arc<Reach>,
}

/// The keys of what is listed, in order.
#[derive(Debug)]
pub(crate) struct Orders {
    pub(crate) members: Order,
    pub(crate) resources: Order,
    pub(crate) installs: Order,
}

/// What all members of a tenant have in common.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) overrides: OverrideMode,
    pub(crate) restrictions: RestrictionMode,
    /// By feature number; empty when the model has no plans and all are on.
    features: Box<[bool]>,
    all_features: bool,
    /// The built-in roles come first in the numbering; they are the model's.
    pub(crate) builtin_roles: u32,
    pub(crate) roles: Vec<Role>,
    pub(crate) role_names: ByName<RoleIx>,
    pub(crate) role_switches: BTreeMap<RoleIx, Box<[Switch]>>,
    pub(crate) groups: Vec<Group>,
    pub(crate) group_names: ByName<GroupIx>,
}

/// A group.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) id: Box<str>,
    /// What its members hold through it.
    pub(crate) roles: Arc<RoleSet>,
}

/// A member's row. Whatever members can share is shared.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) standing: Arc<Standing>,
    pub(crate) overrides: Option<Arc<Overrides>>,
    pub(crate) switches: Option<Arc<Switches>>,
    pub(crate) extra: Option<Arc<MemberExtra>>,
}

/// The roles and groups of a member, until the next of its roles expires.
#[derive(Debug)]
pub(crate) struct Standing {
    /// With those of its groups, `everyone` and `anyone`.
    pub(crate) roles: RoleSet,
    /// At any depth, in order of id.
    pub(crate) groups: Arc<[GroupIx]>,
    /// The instant from which on the next one holds.
    pub(crate) then: Option<(Timestamp, Arc<Standing>)>,
}

/// A member's overrides.
#[derive(Debug, Eq, Hash, PartialEq)]
pub(crate) struct Overrides {
    /// Reserved permissions left out.
    pub(crate) allow: PermissionSet,
    pub(crate) deny: PermissionSet,
}

/// The restrictions switched on for a member.
#[derive(Debug, Eq, Hash, PartialEq)]
pub(crate) struct Switches(pub(crate) Box<[Switch]>);

/// A restriction, switched on.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Switch {
    pub(crate) restriction: RestrictionIx,
    /// In order of the params' names.
    pub(crate) params: Box<[Value]>,
}

/// What few members have.
#[derive(Debug, Default)]
pub(crate) struct MemberExtra {
    pub(crate) suspended: bool,
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) attributes: Stored,
}

/// Stored attribute values, by number.
#[derive(Debug, Default)]
pub(crate) struct Stored(pub(crate) Box<[(AttributeIx, Value)]>);

/// A registered resource.
#[derive(Debug)]
pub(crate) struct Resource {
    pub(crate) parents: Box<[(TypeIx, Box<str>)]>,
    pub(crate) attributes: Stored,
    /// In order of subject.
    pub(crate) acl: Box<[AclEntry]>,
}

/// An ACL entry.
#[derive(Debug)]
pub(crate) struct AclEntry {
    pub(crate) subject: Subject,
    /// As written, which is what causes cite and ties are broken by.
    pub(crate) text: Box<str>,
    /// What its levels give, reserved permissions left out; `None` without a
    /// level that still exists.
    pub(crate) gives: Option<Arc<Coverage>>,
    pub(crate) denies: Option<Arc<Coverage>>,
    pub(crate) expires_at: Option<Timestamp>,
}

/// Whom an ACL entry names.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Subject {
    Anyone,
    Everyone,
    Role(RoleIx),
    Group(GroupIx),
    Principal(PrincipalTypeIx, Box<str>),
}

/// An installed app.
#[derive(Debug)]
pub(crate) struct Install {
    pub(crate) granted: Granted,
    pub(crate) attributes: Stored,
}

/// The scope parts that an install grants, in order.
#[derive(Debug, Default)]
pub(crate) struct Granted(pub(crate) Box<[PartIx]>);

/// An app, whoever installs it.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) approved: bool,
    /// The scope parts it asks for, in order.
    pub(crate) requested: Box<[PartIx]>,
}

impl Frame {
    /// A frame under a plan; `plan` is `None` when the model has no plans.
    pub(crate) fn new(model: &Model, plan: Option<&super::model::Plan>) -> Self {
        Self {
            overrides: plan.map_or(OverrideMode::On, |plan| plan.overrides),
            restrictions: plan.map_or(RestrictionMode::On, |plan| plan.restrictions),
            features: plan.map(|plan| plan.features.clone()).unwrap_or_default(),
            all_features: plan.is_none(),
            builtin_roles: RoleIx::of(model.roles.len()).0,
            roles: Vec::new(),
            role_names: ByName::default(),
            role_switches: BTreeMap::new(),
            groups: Vec::new(),
            group_names: ByName::default(),
        }
    }

    /// Whether the plan has a feature.
    pub(crate) fn has_feature(&self, feature: FeatureIx) -> bool {
        self.all_features || self.features.get(feature.at()).copied().unwrap_or(false)
    }

    /// The number of a role that the tenant has, built-in or its own.
    pub(crate) fn find_role(&self, model: &Model, id: &str) -> Option<RoleIx> {
        model.role_names.get(id).or_else(|| self.role_names.get(id)).copied()
    }

    /// A role's row.
    pub(crate) fn role<'a>(&'a self, model: &'a Model, role: RoleIx) -> Option<&'a Role> {
        match role.0.checked_sub(self.builtin_roles) {
            None => model.roles.get(role.at()),
            Some(own) => self.roles.get(usize::try_from(own).ok()?),
        }
    }

    /// The restrictions switched on for every holder of a role.
    pub(crate) fn switches_of(&self, role: RoleIx) -> &[Switch] {
        self.role_switches.get(&role).map_or(&[], AsRef::as_ref)
    }
}

impl Standing {
    /// The standing that holds at an instant.
    pub(crate) fn at(&self, now: Timestamp) -> &Self {
        let mut standing = self;
        while let Some((instant, next)) = &standing.then {
            if now < *instant {
                break;
            }
            standing = next;
        }
        standing
    }
}

impl Stored {
    /// A stored value; `None` when nothing is stored.
    pub(crate) fn get(&self, name: AttributeIx) -> Option<&Value> {
        let at = self.0.binary_search_by_key(&name, |(known, _)| *known).ok()?;
        self.0.get(at).map(|(_, value)| value)
    }
}

impl AclEntry {
    /// Whether it has not expired.
    pub(crate) fn in_force(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|instant| now < instant)
    }
}

impl Resource {
    /// The entry that names a subject.
    pub(crate) fn entry(&self, subject: &SubjectRef<'_>) -> Option<&AclEntry> {
        let at = self.acl.binary_search_by(|entry| subject.cmp_stored(&entry.subject)).ok()?;
        self.acl.get(at)
    }
}

/// A subject to look for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum SubjectRef<'a> {
    Anyone,
    Everyone,
    Role(RoleIx),
    Group(GroupIx),
    Principal(PrincipalTypeIx, &'a str),
}

impl SubjectRef<'_> {
    /// How a stored subject stands to this one, in the order of [`Subject`].
    pub(super) fn cmp_stored(&self, stored: &Subject) -> std::cmp::Ordering {
        let rank = |subject: &Subject| match subject {
            Subject::Anyone => 0,
            Subject::Everyone => 1,
            Subject::Role(_) => 2,
            Subject::Group(_) => 3,
            Subject::Principal(..) => 4,
        };
        let own_rank = match self {
            Self::Anyone => 0,
            Self::Everyone => 1,
            Self::Role(_) => 2,
            Self::Group(_) => 3,
            Self::Principal(..) => 4,
        };
        match (stored, self) {
            (Subject::Role(a), Self::Role(b)) => a.cmp(b),
            (Subject::Group(a), Self::Group(b)) => a.cmp(b),
            (Subject::Principal(a, x), Self::Principal(b, y)) => (a, x.as_ref()).cmp(&(b, *y)),
            _ => rank(stored).cmp(&own_rank),
        }
    }
}
