//! Access lists.
//!
//! Owns whom an entry speaks of, and how far: on the carrying resource itself,
//! and below it. An expired entry is no entry.

use std::collections::BTreeSet;

use super::cond::Cond;
use super::cover;
use super::policies::push;
use super::steps::{Steps, holds_built_in};
use super::text::{own, principal, resource, within};
use super::who::Here;
use super::writer::{Rule, Writer};
use crate::document::definition::{AclEntry, AclSubject, Precedence, Registered, ResourceType};
use crate::model::Key;

/// An entry, where it stands.
#[derive(Clone, Copy)]
struct Entry<'a> {
    here: Here<'a>,
    carrying: &'a Key,
    kind: &'a ResourceType,
    subject: &'a AclSubject,
    entry: &'a AclEntry,
}

impl Steps<'_> {
    /// What access lists permit, or forbid.
    pub(super) fn access_lists(&self, permit: bool, out: &mut Writer) {
        for here in self.tenants() {
            for (carrying, registered) in &here.tenant.resources {
                let Some(kind) = self.policy.model.resources.get(carrying.kind()) else { continue };
                let replaced = replacing(here, kind, registered);
                for (subject, entry) in &registered.acl {
                    let expired = entry.expires_at.is_some_and(|end| end <= here.now);
                    let entry = Entry { here, carrying, kind: &kind.value, subject, entry: &entry.value };
                    let Some((head, named)) = entry.named(permit).filter(|_| !expired) else { continue };
                    let own = matches!(subject, AclSubject::Principal(_));
                    let unless = if permit && !own { replaced.clone() } else { Cond::False };
                    self.entry(entry, permit, &head, &named, &unless, out);
                }
            }
        }
    }

    fn entry(
        &self,
        Entry { here, carrying, kind, subject, entry }: Entry<'_>,
        permit: bool,
        head: &str,
        named: &Cond,
        unless: &Cond,
        out: &mut Writer,
    ) {
        let items = if permit { cover::level_items(kind, entry) } else { entry.deny.iter().collect() };
        let place = resource(&here.tenant.id, carrying);
        let from = format!("acl:{carrying}/{subject} of {}", here.tenant.id);
        for below in [false, true] {
            let mut covered = cover::items(&self.policy.model, carrying.kind(), items.iter().copied(), below);
            covered.retain(|permission| !permit || !self.reserved.contains(permission));
            let elsewhere = Cond::text(format!("resource != {place}"));
            let when = Cond::all([named.clone(), if below { elsewhere } else { Cond::True }]);
            push(
                out,
                &covered,
                &Rule {
                    from: &from,
                    permit,
                    principal: head,
                    resource: &format!("{} {place}", if below { "in" } else { "==" }),
                    when: Some(when),
                    unless: Some(unless.clone()),
                    ..Rule::default()
                },
            );
        }
    }
}

impl Entry<'_> {
    /// Whom it names: the head of the policy, and a condition. `None` for
    /// nobody.
    fn named(&self, permit: bool) -> Option<(String, Cond)> {
        let tenant =
            Cond::text(format!("context.sidegate.tenant == {}", own("Tenant", &self.here.tenant.id)));
        let not_app = Cond::text("!(principal.sidegate has install)");
        Some(match self.subject {
            AclSubject::Anyone => (String::new(), if permit { not_app } else { Cond::True }),
            AclSubject::Everyone => (format!("in {}", own("Role", "everyone")), Cond::True),
            AclSubject::Role(id) => (format!("in {}", self.here.role_text(id)?), Cond::True),
            AclSubject::Group(id) => {
                self.here.tenant.groups.get(id)?;
                (format!("in {}", own("Group", &within(&self.here.tenant.id, id))), Cond::True)
            }
            AclSubject::Principal(key) => {
                let this = principal(&self.here.tenant.id, key);
                if self.here.is_app(key) {
                    // An app gets from its scopes alone; a deny holds for whoever acts via it, too.
                    let install = own("Install", &within(&self.here.tenant.id, &key.to_string()));
                    let app = Cond::text(format!("context.sidegate.app == {install}"));
                    let some = Cond::text("context.sidegate has app");
                    (!permit).then(|| (String::new(), Cond::all([tenant, some, app])))?
                } else {
                    let member = if permit { holds_built_in("everyone") } else { Cond::True };
                    (format!("== {this}"), member)
                }
            }
        })
    }
}

/// That the principal has an entry of its own with a level, which replaces what
/// others give there.
fn replacing(here: Here<'_>, kind: &ResourceType, registered: &Registered) -> Cond {
    if kind.precedence == Precedence::Union {
        return Cond::False;
    }
    let mut own = BTreeSet::new();
    for (subject, entry) in &registered.acl {
        let AclSubject::Principal(key) = subject else { continue };
        let expired = entry.expires_at.is_some_and(|end| end <= here.now);
        let gives = entry.levels.iter().any(|level| kind.levels.contains_key(&level.value));
        if gives && !expired && !here.is_app(key) {
            own.insert(principal(&here.tenant.id, key));
        }
    }
    if own.is_empty() {
        return Cond::False;
    }
    // A set of entities of several types has no type.
    let named = Cond::any(own.into_iter().map(|own| Cond::text(format!("principal == {own}"))));
    // What names a stranger replaces nothing.
    Cond::all([holds_built_in("everyone"), named])
}
