//! What could be in a list, from the documents alone.

use std::collections::BTreeSet;

use crate::document::definition::{Model, Policy, ScopeCover, When};
use crate::model::Key;

/// The ids of a tenant's resources of a type, sorted by bytes.
pub(super) fn resources(policy: &Policy, tenant: &str, kind: &str) -> BTreeSet<String> {
    let Some(facts) = policy.tenants.get(tenant) else { return BTreeSet::new() };
    match kind {
        "member" => facts.members.keys().map(ToString::to_string).collect(),
        "app" => facts.installs.keys().map(ToString::to_string).collect(),
        "group" => facts.groups.keys().cloned().collect(),
        "role" => {
            let built_in = policy.model.roles.keys().filter(|id| *id != "everyone" && *id != "anyone");
            built_in.chain(facts.roles.keys()).cloned().collect()
        }
        _ => {
            let of_kind = facts.resources.keys().filter(|key| key.kind() == kind);
            of_kind.map(|key| key.id().to_owned()).collect()
        }
    }
}

/// A tenant's members and installed apps, by type and id.
pub(super) fn principals<'p>(policy: &'p Policy, tenant: &str, via: bool) -> Vec<&'p Key> {
    let Some(facts) = policy.tenants.get(tenant) else { return Vec::new() };
    let apps = facts.installs.keys().filter(|_| !via);
    let mut all: Vec<&Key> = facts.members.keys().chain(apps).collect();
    all.sort_by_key(|key| (key.kind(), key.id()));
    all
}

/// Every registered resource of a tenant.
pub(super) fn keys(policy: &Policy, tenant: &str) -> Vec<Key> {
    policy.tenants.get(tenant).into_iter().flat_map(|facts| facts.resources.keys().cloned()).collect()
}

/// Whether anything of this policy could depend on the resource: a condition that
/// reads one, or an ACL.
pub(super) fn may_depend(policy: &Policy, tenant: &str) -> bool {
    let acls = policy.tenants.get(tenant).into_iter().flat_map(|facts| facts.resources.values());
    acls.into_iter().any(|registered| !registered.acl.is_empty()) || mentions(&policy.model, "resource.")
}

/// Whether a condition asks for the id of who asks.
pub(super) fn asks_for_principal_ids(policy: &Policy) -> bool {
    mentions(&policy.model, "principal.id") || mentions(&policy.model, "principal.key")
}

fn mentions(model: &Model, name: &str) -> bool {
    let named = model.conditions.values().map(|condition| condition.expression.text.to_string());
    let roles = model.roles.values().flat_map(|role| &role.allow);
    let scopes = model.scopes.values().flat_map(|scope| match &scope.covers {
        ScopeCover::Allow(entries) => entries.iter().collect::<Vec<_>>(),
        ScopeCover::Modes(modes) => modes.values().flat_map(|entries| entries.iter()).collect(),
    });
    let entries = roles.chain(scopes).map(|entry| match &entry.when {
        When::Expression(text) => text.text.to_string(),
        When::Conditions(_) | When::Always => String::new(),
    });
    let restrictions = model.restrictions.values().map(|restriction| restriction.allow_when.text.to_string());
    named.chain(entries).chain(restrictions).any(|text| text.contains(name))
}
