//! Who asks: whose facts count, which roles and groups they have.
//!
//! Owns step 2's kinds of principal and the meaning of "held". Everything is
//! found by going through the documents again and again until nothing new
//! comes.

use std::collections::BTreeSet;

use super::Case;
use crate::document::definition::{GivenRole, GroupMember, Install, Member, Review, Role, Tenant};
use crate::model::{Key, Timestamp};

/// Each member holds it.
pub(super) const EVERYONE: &str = "everyone";
/// Every principal holds it.
pub(super) const ANYONE: &str = "anyone";

/// What a principal is to the tenant.
#[derive(Clone, Copy)]
pub(super) enum Actor<'a> {
    /// An App document has its key. The install, if it is installed here and
    /// approved.
    App(Option<&'a Install>),
    /// A stored member, or one that asserts a role of the tenant.
    Member(Option<&'a Member>),
    /// Anyone else.
    Stranger,
}

impl<'a> Case<'a> {
    /// The principal's key.
    pub(super) fn key(&self) -> Key {
        let key = self.call.principal.key;
        Key::new(key.kind, key.id).expect("the door lets only keys in")
    }

    /// What the principal is.
    pub(super) fn actor(&self) -> Actor<'a> {
        let key = self.key();
        if self.policy.apps.contains_key(&key) {
            return Actor::App(self.install(&key));
        }
        let stored = self.tenant.members.get(&key).map(|member| &member.value);
        if stored.is_some() || !self.asserted().is_empty() {
            return Actor::Member(stored);
        }
        Actor::Stranger
    }

    /// The install of an app in this tenant, if the app is approved: any other
    /// counts as nothing.
    pub(super) fn install(&self, key: &Key) -> Option<&'a Install> {
        let app = self.policy.apps.get(key)?;
        let install = self.tenant.installs.get(key)?;
        (app.review == Review::Approved).then_some(&install.value)
    }

    /// The app in play: the one the principal acts via, or the principal.
    pub(super) fn app(&self) -> Option<Key> {
        if let Some(app) = self.via.and_then(|via| via.app) {
            return Key::new(app.kind, app.id).ok();
        }
        Some(self.key()).filter(|key| self.policy.apps.contains_key(key))
    }

    /// A role that the tenant has, `everyone` and `anyone` left aside; and
    /// whether it is built in.
    pub(super) fn role(&self, id: &str) -> Option<(&'a Role, bool)> {
        if id == EVERYONE || id == ANYONE {
            return None;
        }
        let built_in = self.policy.model.roles.get(id).map(|role| (&role.value, true));
        built_in.or_else(|| self.tenant.roles.get(id).map(|role| (&role.value, false)))
    }

    /// The roles that the call asserts and the tenant has.
    fn asserted(&self) -> BTreeSet<String> {
        let roles = self.call.principal.roles.iter().map(|role| (*role).to_owned());
        roles.filter(|role| self.role(role).is_some()).collect()
    }

    /// The roles, of those named, that the tenant has, and every role these
    /// extend.
    pub(super) fn expand(&self, named: impl IntoIterator<Item = String>) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut open: Vec<String> = named.into_iter().collect();
        while let Some(id) = open.pop() {
            let Some((role, _)) = self.role(&id) else { continue };
            if found.insert(id) {
                open.extend(role.extends.iter().map(|other| other.value.clone()));
            }
        }
        found
    }

    /// The groups of the principal. Only members have any.
    pub(super) fn groups(&self) -> BTreeSet<String> {
        match self.actor() {
            Actor::Member(_) => groups_above(self.tenant, &GroupMember::Principal(self.key())),
            Actor::App(..) | Actor::Stranger => BTreeSet::new(),
        }
    }

    /// Every held role.
    pub(super) fn held(&self) -> BTreeSet<String> {
        let mut held = BTreeSet::from([ANYONE.to_owned()]);
        if let Actor::Member(stored) = self.actor() {
            held.insert(EVERYONE.to_owned());
            held.extend(self.roles_of(&self.key(), stored));
            held.extend(self.expand(self.asserted()));
        }
        held
    }

    /// The held roles that conditions see.
    pub(super) fn named_roles(&self) -> BTreeSet<String> {
        self.held().into_iter().filter(|role| role != EVERYONE && role != ANYONE).collect()
    }

    /// What the documents give a member: its own roles, those of its groups,
    /// and all they extend.
    pub(super) fn roles_of(&self, key: &Key, stored: Option<&Member>) -> BTreeSet<String> {
        let given = stored.map(|member| member.roles.as_slice()).unwrap_or_default();
        let own = given.iter().filter(|given| held_at(given, self.now)).map(|given| given.role.clone());
        let groups = groups_above(self.tenant, &GroupMember::Principal(key.clone()));
        self.expand(own.chain(self.roles_of_groups(&groups)))
    }

    /// What groups give.
    pub(super) fn roles_of_groups(&self, groups: &BTreeSet<String>) -> Vec<String> {
        let groups = groups.iter().filter_map(|group| self.tenant.groups.get(group));
        groups.flat_map(|group| group.roles.iter().map(|role| role.value.clone())).collect()
    }
}

/// The groups that hold `member`, at any depth.
pub(super) fn groups_above(tenant: &Tenant, member: &GroupMember) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open = vec![member.clone()];
    while let Some(inner) = open.pop() {
        for (id, group) in &tenant.groups {
            if group.members.iter().any(|member| member.value == inner) && found.insert(id.clone()) {
                open.push(GroupMember::Group(id.clone()));
            }
        }
    }
    found
}

fn held_at(given: &GivenRole, now: Timestamp) -> bool {
    given.expires_at.is_none_or(|end| now < end)
}
