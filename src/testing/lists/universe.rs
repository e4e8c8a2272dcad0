//! Whom and what a list question goes over.

use std::collections::BTreeSet;

use crate::document::definition::Policy;
use crate::model::Key;

/// The ids of a tenant's registered resources of a type. Members, roles,
/// groups and installed apps are resources of the built-in types.
pub(super) fn resources(policy: &Policy, tenant: &str, kind: &str) -> BTreeSet<String> {
    let Some(facts) = policy.tenants.get(tenant) else { return BTreeSet::new() };
    let keys = |keys: &mut dyn Iterator<Item = &Key>| keys.map(ToString::to_string).collect();
    match kind {
        "member" => keys(&mut facts.members.keys()),
        "app" => keys(&mut facts.installs.keys()),
        "group" => facts.groups.keys().cloned().collect(),
        "role" => policy
            .model
            .roles
            .keys()
            .filter(|id| !matches!(id.as_str(), "everyone" | "anyone"))
            .chain(facts.roles.keys())
            .cloned()
            .collect(),
        _ => {
            let of_kind = facts.resources.keys().filter(|key| key.kind() == kind);
            of_kind.map(|key| key.id().to_owned()).collect()
        }
    }
}

/// A tenant's members, and its installed apps unless the question acts through
/// something: an app cannot.
pub(super) fn principals<'p>(policy: &'p Policy, tenant: &str, via: bool) -> BTreeSet<&'p Key> {
    let Some(facts) = policy.tenants.get(tenant) else { return BTreeSet::new() };
    let apps = facts.installs.keys().filter(|_| !via);
    facts.members.keys().chain(apps).collect()
}

/// A principal that the tenant knows nothing of.
pub(super) fn stranger<'p>(policy: &'p Policy, tenant: &str) -> (&'p str, String) {
    let app_types: BTreeSet<&str> = policy.apps.keys().map(Key::kind).collect();
    let types = || policy.model.principals.keys().map(String::as_str);
    let kind = types().find(|kind| !app_types.contains(kind)).or_else(|| types().next()).unwrap_or_default();
    let mut id = "stranger".to_owned();
    // Nobody has every id that starts like this.
    while policy.tenants.get(tenant).is_some_and(|facts| facts.members.keys().any(|key| key.id() == id)) {
        id.push('_');
    }
    (kind, id)
}
