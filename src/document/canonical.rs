//! Content as canonical bytes, for digests: equal where the content is equal.
//!
//! Lists whose order says nothing are taken in order; where something stands is no
//! part of it. Every text and every list has its length before it, and every
//! alternative its number, so that two contents never run together into the same
//! bytes. The bytes are part of what the state directory and control planes
//! compare: a change of them is a change of format.

mod changes;
mod values;

use super::definition::{
    AclEntry, AclSubject, App, Entry, GivenRole, GrantedModes, Group, GroupMember, Install, Label, Map,
    Member, Params, Registered, Role, Tenant, When,
};
use super::place::Spanned;
use crate::model::{Digest, Key};

/// Something with canonical bytes.
pub trait Canonical {
    /// Writes them.
    fn write(&self, to: &mut Bytes);
}

/// Canonical bytes.
#[derive(Debug, Default)]
pub struct Bytes(Vec<u8>);

impl Bytes {
    /// What stands for them.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(&self.0)
    }

    /// Empties them, to be used again.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Those of one thing alone.
    fn of(content: &impl Canonical) -> Vec<u8> {
        let mut bytes = Self::default();
        content.write(&mut bytes);
        bytes.0
    }

    fn tag(&mut self, tag: u8) {
        self.0.push(tag);
    }

    fn count(&mut self, count: usize) {
        // What counts more cannot be held.
        self.0.extend_from_slice(&u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes());
    }

    fn raw(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// A list in the order it has.
    fn list<'a, T: Canonical + 'a>(&mut self, items: impl ExactSizeIterator<Item = &'a T>) {
        self.count(items.len());
        for item in items {
            item.write(self);
        }
    }

    /// A list whose order says nothing.
    fn set<'a, T: Canonical + Ord + 'a>(&mut self, items: impl Iterator<Item = &'a T>) {
        let mut sorted: Vec<&T> = items.collect();
        sorted.sort_unstable();
        self.list(sorted.into_iter());
    }
}

/// Stands for one part of a policy: what kind of part, which one, and its content.
#[must_use]
pub fn part(kind: &str, name: &impl Canonical, content: &impl Canonical) -> Digest {
    let mut bytes = Bytes::default();
    kind.write(&mut bytes);
    name.write(&mut bytes);
    content.write(&mut bytes);
    bytes.digest()
}

/// A digest as part of another.
impl Canonical for Digest {
    fn write(&self, to: &mut Bytes) {
        to.raw(&self.to_bytes());
    }
}

impl Canonical for Label {
    fn write(&self, to: &mut Bytes) {
        let Self { title, description } = self;
        title.write(to);
        description.write(to);
    }
}

impl Canonical for GivenRole {
    fn write(&self, to: &mut Bytes) {
        let Self { role, expires_at } = self;
        role.write(to);
        expires_at.write(to);
    }
}

impl Canonical for Member {
    fn write(&self, to: &mut Bytes) {
        let Self { label, roles, attributes, overrides, restrictions, expires_at, suspended } = self;
        label.write(to);
        let mut given: Vec<&GivenRole> = roles.iter().map(|given| &given.value).collect();
        given.sort_unstable_by(|a, b| (&a.role, a.expires_at).cmp(&(&b.role, b.expires_at)));
        to.list(given.into_iter());
        attributes.write(to);
        to.set(overrides.allow.iter().map(|pattern| &pattern.value));
        to.set(overrides.deny.iter().map(|pattern| &pattern.value));
        restrictions.write(to);
        expires_at.write(to);
        suspended.write(to);
    }
}

impl Canonical for Registered {
    fn write(&self, to: &mut Bytes) {
        let Self { label, parents, attributes, acl } = self;
        label.write(to);
        to.set(parents.iter().map(|parent| &parent.value));
        attributes.write(to);
        to.count(acl.len());
        for (whom, entry) in acl {
            whom.write(to);
            entry.value.write(to);
        }
    }
}

impl Canonical for AclEntry {
    fn write(&self, to: &mut Bytes) {
        let Self { levels, deny, expires_at } = self;
        to.set(levels.iter().map(|level| &level.value));
        to.set(deny.iter().map(|item| &item.value));
        expires_at.write(to);
    }
}

impl Canonical for AclSubject {
    fn write(&self, to: &mut Bytes) {
        match self {
            Self::Everyone => to.tag(0),
            Self::Anyone => to.tag(1),
            Self::Role(id) => {
                to.tag(2);
                id.write(to);
            }
            Self::Group(id) => {
                to.tag(3);
                id.write(to);
            }
            Self::Principal(key) => {
                to.tag(4);
                key.write(to);
            }
        }
    }
}

impl Canonical for Install {
    fn write(&self, to: &mut Bytes) {
        let Self { granted, attributes } = self;
        granted.write(to);
        attributes.write(to);
    }
}

impl Canonical for GrantedModes {
    fn write(&self, to: &mut Bytes) {
        match self {
            Self::All => to.tag(0),
            Self::Modes(modes) => {
                to.tag(1);
                to.set(modes.iter().map(|mode| &mode.value));
            }
        }
    }
}

impl Canonical for App {
    fn write(&self, to: &mut Bytes) {
        let Self { id, label, requests, review } = self;
        id.write(to);
        label.write(to);
        to.count(requests.len());
        for (scope, request) in requests {
            scope.write(to);
            to.set(request.modes.iter().map(|mode| &mode.value));
            request.justification.write(to);
        }
        to.tag(match review {
            super::definition::Review::Pending => 0,
            super::definition::Review::Approved => 1,
            super::definition::Review::Rejected => 2,
        });
    }
}

/// All of a tenant; without members, resources and installs, its frame.
impl Canonical for Tenant {
    fn write(&self, to: &mut Bytes) {
        let Self { id, label, plan, roles, groups, members, resources, installs, role_restrictions } = self;
        id.write(to);
        label.write(to);
        plan.as_ref().map(|plan| plan.value.clone()).write(to);
        roles.write(to);
        groups.write(to);
        role_restrictions.write(to);
        keyed(members, to);
        keyed(resources, to);
        keyed(installs, to);
    }
}

impl Canonical for Role {
    fn write(&self, to: &mut Bytes) {
        let Self { label, allow, extends, no_sections, authority } = self;
        label.write(to);
        let mut entries: Vec<Vec<u8>> = allow.iter().map(Bytes::of).collect();
        entries.sort_unstable();
        to.count(entries.len());
        entries.iter().for_each(|entry| to.raw(entry));
        to.set(extends.iter().map(|role| &role.value));
        to.set(no_sections.iter().map(|section| &section.value));
        authority.as_ref().map(|authority| authority.value.clone()).write(to);
    }
}

impl Canonical for Entry {
    fn write(&self, to: &mut Bytes) {
        let Self { at: _, permissions, except, when } = self;
        to.set(permissions.iter().map(|pattern| &pattern.value));
        to.set(except.iter().map(|pattern| &pattern.value));
        match when {
            When::Always => to.tag(0),
            When::Expression(expression) => {
                to.tag(1);
                expression.text.write(to);
            }
            When::Conditions(names) => {
                to.tag(2);
                to.set(names.iter().map(|name| &name.value));
            }
        }
    }
}

impl Canonical for Group {
    fn write(&self, to: &mut Bytes) {
        let Self { label, members, roles } = self;
        label.write(to);
        to.set(members.iter().map(|member| &member.value));
        to.set(roles.iter().map(|role| &role.value));
    }
}

impl Canonical for GroupMember {
    fn write(&self, to: &mut Bytes) {
        match self {
            Self::Group(id) => {
                to.tag(0);
                id.write(to);
            }
            Self::Principal(key) => {
                to.tag(1);
                key.write(to);
            }
        }
    }
}

impl Canonical for Map<Params> {
    fn write(&self, to: &mut Bytes) {
        to.count(self.len());
        for (name, params) in self {
            name.write(to);
            params.value.write(to);
        }
    }
}

fn keyed<T: Canonical>(map: &std::collections::BTreeMap<Key, Spanned<T>>, to: &mut Bytes) {
    to.count(map.len());
    for (key, content) in map {
        key.write(to);
        content.value.write(to);
    }
}
