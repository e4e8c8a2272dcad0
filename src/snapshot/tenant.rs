//! A tenant, compiled.
//!
//! What a change of one member does not touch sits behind an `Arc` or in a
//! [`Table`], so that the changed tenant shares it with the one it came from.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use super::index::{FeatureIx, GroupIx, PartIx, PrincipalTypeIx, RestrictionIx, RoleIx, TypeIx};
use super::model::{ByName, Coverage, Model};
use super::order::Order;
use super::permissions::PermissionSet;
use super::reach::Reach;
use super::role::{Role, RoleSet};
use super::table::Table;
use crate::condition::AttributeIx;
use crate::document::definition::{self as def, AclSubject, GrantedModes, Label, Map};
use crate::document::definition::{OverrideMode, RestrictionMode};
use crate::model::{Digest, LevelItem, Pattern, Revision, Timestamp, Value, work};

/// A tenant.
#[derive(Clone, Debug)]
pub(crate) struct Tenant {
    pub(crate) revision: Revision,
    /// Stands for its content.
    pub(crate) digest: Digest,
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
    pub(crate) orders: Orders,
    /// What members that are put later may share.
    pub(crate) pool: Arc<Pool>,
    /// How far its ACLs reach. Added up when it is first asked for, which few
    /// questions do: adding up takes as long as the ACLs are many.
    pub(crate) reach: Arc<OnceLock<Reach>>,
}

/// The keys of what is listed, in order.
#[derive(Clone, Debug)]
pub(crate) struct Orders {
    pub(crate) members: Order,
    pub(crate) resources: Order,
    pub(crate) installs: Order,
}

/// Some of what members share, so that a member that is put alone can share it
/// too. Bounded, whatever members there are.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    pub(crate) standings: Box<[Arc<Standing>]>,
    pub(crate) overrides: Box<[Arc<Overrides>]>,
    pub(crate) switches: Box<[Arc<Switches>]>,
}

/// What all members of a tenant have in common.
#[derive(Debug)]
pub(crate) struct Frame {
    /// What it was made of: the tenant without members, resources and installs.
    pub(crate) source: Arc<def::Tenant>,
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
    /// What it was made of: the roles given, retired ones too.
    pub(crate) given: Arc<[Given]>,
}

/// A role given to a member, as it was put.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct Given {
    pub(crate) role: Box<str>,
    pub(crate) expires_at: Option<Timestamp>,
}

/// A member's overrides.
#[derive(Debug, Eq, Hash, PartialEq)]
pub(crate) struct Overrides {
    /// Reserved permissions left out.
    pub(crate) allow: PermissionSet,
    pub(crate) deny: PermissionSet,
    /// What `allow` was made of.
    pub(crate) allow_patterns: Box<[Pattern]>,
    /// What `deny` was made of.
    pub(crate) deny_patterns: Box<[Pattern]>,
}

/// The restrictions switched on for a member.
#[derive(Debug, Eq, Hash, PartialEq)]
pub(crate) struct Switches {
    pub(crate) live: Box<[Switch]>,
    /// Those of restrictions that are retired, as they were put.
    pub(crate) retired: Box<[RetiredSwitch]>,
}

/// A retired restriction with its params, as it was put.
pub(crate) type RetiredSwitch = (Box<str>, Box<[(Box<str>, Value)]>);

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
    pub(crate) label: Label,
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
    pub(crate) label: Option<Box<Label>>,
    /// Entries for roles that are retired, as they were put.
    pub(crate) retired: Box<[(AclSubject, def::AclEntry)]>,
}

/// An ACL entry.
#[derive(Debug)]
pub(crate) struct AclEntry {
    pub(crate) subject: Subject,
    /// As written, which is what causes cite and ties are broken by.
    pub(crate) text: Box<str>,
    pub(crate) terms: Arc<Terms>,
    pub(crate) expires_at: Option<Timestamp>,
}

/// What an ACL entry gives and denies. Entries that say the same share it.
#[derive(Debug)]
pub(crate) struct Terms {
    /// What its levels give, reserved permissions left out; `None` without a
    /// level that still exists.
    pub(crate) gives: Option<Arc<Coverage>>,
    pub(crate) denies: Option<Arc<Coverage>>,
    /// What `gives` was made of, retired levels too.
    pub(crate) levels: Box<[Box<str>]>,
    /// What `denies` was made of.
    pub(crate) deny: Box<[LevelItem]>,
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
    /// What `granted` was made of.
    pub(crate) source: Map<GrantedModes>,
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
    /// What it was made of.
    pub(crate) source: def::App,
    /// That of its last change.
    pub(crate) revision: Revision,
}

impl Tenant {
    /// How far its ACLs reach.
    pub(crate) fn reach(&self) -> &Reach {
        self.reach.get_or_init(|| Reach::of(self.resources.iter().flat_map(|(.., resource)| &resource.acl)))
    }
}

impl Frame {
    /// A frame under a plan; `plan` is `None` when the model has no plans.
    pub(crate) fn new(model: &Model, plan: Option<&super::model::Plan>, source: Arc<def::Tenant>) -> Self {
        Self {
            source,
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
    /// What its levels give.
    pub(crate) fn gives(&self) -> Option<&Coverage> {
        self.terms.gives.as_deref()
    }

    /// What it denies.
    pub(crate) fn denies(&self) -> Option<&Coverage> {
        self.terms.denies.as_deref()
    }

    /// Whether it has not expired.
    pub(crate) fn in_force(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|instant| now < instant)
    }
}

impl Resource {
    /// The entry that names a subject.
    pub(crate) fn entry(&self, subject: &SubjectRef<'_>) -> Option<&AclEntry> {
        let compared = |entry: &AclEntry| {
            work::step();
            subject.cmp_stored(&entry.subject)
        };
        let at = self.acl.binary_search_by(compared).ok()?;
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
