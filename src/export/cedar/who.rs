//! Who holds which roles through what, at the instant of the export.
//!
//! Owns "held": given and not expired, through groups, and extended. Names that
//! are gone are left out.

use std::collections::BTreeSet;

use super::text::{own, within};
use crate::document::definition::{Group, GroupMember, Install, Member, Policy, Review, Role, Tenant};
use crate::model::{Key, Timestamp};

/// One tenant of a policy, at an instant.
#[derive(Clone, Copy)]
pub(super) struct Here<'a> {
    pub(super) policy: &'a Policy,
    pub(super) tenant: &'a Tenant,
    pub(super) now: Timestamp,
}

/// Where a role comes from.
#[derive(Clone, Copy)]
pub(super) enum Known<'a> {
    BuiltIn(&'a Role),
    Custom(&'a Role),
}

impl<'a> Here<'a> {
    /// A role that there is, other than `everyone` and `anyone`.
    pub(super) fn role(self, id: &str) -> Option<Known<'a>> {
        if id == "everyone" || id == "anyone" {
            return None;
        }
        let built_in = self.policy.model.roles.get(id).map(|role| Known::BuiltIn(&role.value));
        built_in.or_else(|| self.tenant.roles.get(id).map(|role| Known::Custom(&role.value)))
    }

    /// The entity of a role that there is.
    pub(super) fn role_entity(self, id: &str) -> Option<(&'static str, String)> {
        Some(match self.role(id)? {
            Known::BuiltIn(_) => ("Role", id.to_owned()),
            Known::Custom(_) => ("CustomRole", within(&self.tenant.id, id)),
        })
    }

    /// A role as a policy writes it.
    pub(super) fn role_text(self, id: &str) -> Option<String> {
        self.role_entity(id).map(|(kind, id)| own(kind, &id))
    }

    /// Roles, and all that they extend.
    pub(super) fn expand(self, named: impl IntoIterator<Item = &'a str>) -> BTreeSet<&'a str> {
        let mut open: Vec<&str> = named.into_iter().collect();
        let mut found = BTreeSet::new();
        while let Some(id) = open.pop() {
            let Some(Known::BuiltIn(role) | Known::Custom(role)) = self.role(id) else { continue };
            if found.insert(id) {
                open.extend(role.extends.iter().map(|role| role.value.as_str()));
            }
        }
        found
    }

    /// The roles that a member itself is given.
    pub(super) fn given(self, member: &'a Member) -> impl Iterator<Item = &'a str> {
        let held = move |given: &&crate::document::Spanned<crate::document::definition::GivenRole>| {
            given.expires_at.is_none_or(|end| self.now < end)
        };
        member.roles.iter().filter(held).map(|given| given.role.as_str())
    }

    /// The groups that name somebody.
    pub(super) fn groups_naming(self, who: &GroupMember) -> BTreeSet<&'a str> {
        let names = |group: &Group| group.members.iter().any(|member| member.value == *who);
        self.tenant.groups.iter().filter(|(_, group)| names(group)).map(|(id, _)| id.as_str()).collect()
    }

    /// Groups, and all that they sit in.
    pub(super) fn groups_around(self, named: BTreeSet<&'a str>) -> BTreeSet<&'a str> {
        let mut open: Vec<&str> = named.into_iter().collect();
        let mut found = BTreeSet::new();
        while let Some(id) = open.pop() {
            if self.tenant.groups.contains_key(id) && found.insert(id) {
                open.extend(self.groups_naming(&GroupMember::Group(id.to_owned())));
            }
        }
        found
    }

    /// What groups give.
    pub(super) fn roles_of_groups(self, groups: &BTreeSet<&'a str>) -> BTreeSet<&'a str> {
        let groups = groups.iter().filter_map(|id| self.tenant.groups.get(*id));
        self.expand(groups.flat_map(|group| group.roles.iter().map(|role| role.value.as_str())))
    }

    /// Every role of a member, and its groups.
    pub(super) fn held(self, key: &Key, member: &'a Member) -> (BTreeSet<&'a str>, BTreeSet<&'a str>) {
        let groups = self.groups_around(self.groups_naming(&GroupMember::Principal(key.clone())));
        let mut roles = self.expand(self.given(member));
        roles.extend(self.roles_of_groups(&groups));
        (roles, groups)
    }

    /// Whether a key is an app's.
    pub(super) fn is_app(self, key: &Key) -> bool {
        self.policy.apps.contains_key(key)
    }

    /// The install of an app, if the app is approved.
    pub(super) fn install(self, app: &Key) -> Option<&'a Install> {
        let approved = self.policy.apps.get(app)?.review == Review::Approved;
        self.tenant.installs.get(app).filter(|_| approved).map(|install| &install.value)
    }
}
