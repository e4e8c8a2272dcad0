//! ACLs: which resources a question reaches, and which entries there speak.
//!
//! Owns distance, "below", precedence and what a level or deny covers. An
//! expired entry is no entry.

use std::collections::{BTreeMap, BTreeSet};

use super::Case;
use super::who::Actor;
use crate::document::definition::{AclEntry, AclSubject, Precedence, ResourceType};
use crate::document::place::Spanned;
use crate::model::{Key, LevelItem};

/// An entry that names somebody who counts, and where it stands.
struct Found<'a> {
    /// Steps up: 0 is the resource asked about.
    distance: usize,
    resource: Key,
    subject: &'a AclSubject,
    entry: &'a AclEntry,
}

impl<'a> Case<'a> {
    /// The cause of the ACL deny that denies: the nearest, then the least.
    pub(super) fn acl_deny(&self) -> Option<String> {
        let names = |subject: &AclSubject| self.names(subject) || self.names_app_in_use(subject);
        let mut denying: Vec<Found<'_>> = self.entries(names);
        denying.retain(|found| self.covered(found, found.entry.deny.iter()));
        nearest(&denying)
    }

    /// The cause of the ACL level that grants: the nearest, then the least.
    pub(super) fn acl_grant(&self) -> Option<String> {
        let mut granting: Vec<Found<'_>> = self.entries(|subject| self.names(subject));
        let own = AclSubject::Principal(self.key());
        if matches!(self.actor(), Actor::Member(_)) {
            // A principal's own entry with a level replaces what others give there.
            let replaced: BTreeSet<Key> = granting
                .iter()
                .filter(|found| *found.subject == own && self.gives_a_level(found))
                .filter(|found| self.kind(found).precedence == Precedence::Principal)
                .map(|found| found.resource.clone())
                .collect();
            granting.retain(|found| *found.subject == own || !replaced.contains(&found.resource));
        } else {
            granting.retain(|found| *found.subject == AclSubject::Anyone);
        }
        granting.retain(|found| self.level_covers(found));
        nearest(&granting)
    }

    /// Whether a level given to `anyone` covers the permission.
    pub(super) fn acl_covers_anyone(&self) -> bool {
        let entries = self.entries(|subject| *subject == AclSubject::Anyone);
        entries.iter().any(|found| self.level_covers(found))
    }

    /// The resource asked about and all it sits in, each with its distance.
    fn chain(&self) -> BTreeMap<Key, usize> {
        let mut chain = BTreeMap::new();
        let this = self.target.id.map(|id| Key::new(self.target.kind, id).expect("the door"));
        let sent = self.target.parents.iter().map(|key| Key::new(key.kind, key.id).expect("the door"));
        let mut level: Vec<Key> = sent.collect();
        if let Some(this) = this {
            level.extend(self.parents(&this));
            chain.insert(this, 0);
        }
        let mut distance = 1;
        while !level.is_empty() {
            let mut next = Vec::new();
            for key in level {
                if chain.contains_key(&key) {
                    continue;
                }
                next.extend(self.parents(&key));
                chain.insert(key, distance);
            }
            level = next;
            distance += 1;
        }
        chain
    }

    fn parents(&self, key: &Key) -> Vec<Key> {
        let registered = self.tenant.resources.get(key);
        registered.iter().flat_map(|registered| &registered.parents).map(|key| key.value.clone()).collect()
    }

    /// The unexpired entries on the chain whose subject counts. None for a
    /// gate.
    fn entries(&self, counts: impl Fn(&AclSubject) -> bool) -> Vec<Found<'a>> {
        let mut found = Vec::new();
        if self.gate {
            return found;
        }
        for (resource, distance) in self.chain() {
            let Some(registered) = self.tenant.resources.get(&resource) else { continue };
            for (subject, entry) in &registered.value.acl {
                let expired = entry.expires_at.is_some_and(|end| end <= self.now);
                if !expired && counts(subject) {
                    let entry = &entry.value;
                    found.push(Found { distance, resource: resource.clone(), subject, entry });
                }
            }
        }
        found
    }

    /// Whether an entry for `subject` is about the principal.
    fn names(&self, subject: &AclSubject) -> bool {
        match subject {
            AclSubject::Anyone => true,
            AclSubject::Everyone => matches!(self.actor(), Actor::Member(_)),
            AclSubject::Role(role) => self.named_roles().contains(role),
            AclSubject::Group(group) => self.groups().contains(group),
            AclSubject::Principal(key) => *key == self.key(),
        }
    }

    fn names_app_in_use(&self, subject: &AclSubject) -> bool {
        let app = self.via.and_then(|via| via.app);
        let app = app.and_then(|app| Key::new(app.kind, app.id).ok());
        app.is_some_and(|app| *subject == AclSubject::Principal(app))
    }

    /// The type of the carrying resource.
    fn kind(&self, found: &Found<'_>) -> &'a ResourceType {
        &self.policy.model.resources[found.resource.kind()]
    }

    /// Whether an entry has a level that exists: a retired one gives nothing
    /// and replaces nothing.
    fn gives_a_level(&self, found: &Found<'_>) -> bool {
        found.entry.levels.iter().any(|level| self.kind(found).levels.contains_key(&level.value))
    }

    /// Whether the levels of an entry cover the permission. Reserved ones are
    /// never given away.
    fn level_covers(&self, found: &Found<'_>) -> bool {
        let kind = self.kind(found);
        let mut open: Vec<&str> = found.entry.levels.iter().map(|level| level.as_str()).collect();
        let mut items: Vec<&Spanned<LevelItem>> = Vec::new();
        while let Some(level) = open.pop() {
            let Some(level) = kind.levels.get(level) else { continue };
            open.extend(level.includes.iter().map(|level| level.as_str()));
            items.extend(&level.permissions);
        }
        !self.is_reserved() && self.covered(found, items)
    }

    /// Whether items written on a resource cover the permission asked about.
    fn covered<'b>(
        &self,
        found: &Found<'_>,
        items: impl IntoIterator<Item = &'b Spanned<LevelItem>>,
    ) -> bool {
        let (asked, below) = (self.target.kind, found.distance > 0);
        self.is_declared()
            && items.into_iter().any(|item| match &item.value {
                LevelItem::Own(action) => !below && **action == *self.action,
                LevelItem::OwnAll => !below,
                LevelItem::Below { kind, action } => below && **kind == *asked && **action == *self.action,
                LevelItem::BelowAll(kind) => below && **kind == *asked,
            })
    }
}

fn nearest(found: &[Found<'_>]) -> Option<String> {
    let order = |found: &&Found<'_>| (found.distance, found.resource.to_string(), found.subject.to_string());
    let found = found.iter().min_by_key(order)?;
    Some(format!("acl:{}/{}", found.resource, found.subject))
}
