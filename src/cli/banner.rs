//! What a policy holds, in a line, and a question about it to start with.

use std::fmt;
use std::path::Path;

use serde_json::{Value, json};

use super::policy::counted;
use crate::decide::{self, Asker, Call, KeyRef, RequestLimits, Target};
use crate::document::definition::{Policy, Tenant};
use crate::model::{Key, Timestamp};
use crate::snapshot::Snapshot;

/// How much a policy holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Summary {
    tenants: usize,
    members: usize,
    roles: usize,
    permissions: usize,
    apps: usize,
}

impl Summary {
    /// Counts what a policy holds: roles are the model's and the tenants' own.
    pub(super) fn of(policy: &Policy) -> Self {
        let tenants = || policy.tenants.values();
        Self {
            tenants: policy.tenants.len(),
            members: tenants().map(|tenant| tenant.members.len()).sum(),
            roles: tenants()
                .map(|tenant| tenant.roles.len())
                .sum::<usize>()
                .saturating_add(policy.model.roles.len()),
            permissions: policy.model.resources.values().map(|ty| ty.actions.len()).sum(),
            apps: policy.apps.len(),
        }
    }

    /// The counts for programs.
    pub(super) fn json(self, tests: usize) -> Value {
        let Self { tenants, members, roles, permissions, apps } = self;
        json!({
            "tenants": tenants, "members": members, "roles": roles,
            "permissions": permissions, "apps": apps, "test_documents": tests,
        })
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tenants, members, roles, permissions, apps } = *self;
        let parts = [
            counted(tenants, "tenant", "tenants"),
            counted(members, "member", "members"),
            counted(roles, "role", "roles"),
            counted(permissions, "permission", "permissions"),
            counted(apps, "app", "apps"),
        ];
        f.write_str(&parts.join(", "))
    }
}

/// A command line that asks a question of this policy, and its answer as a
/// comment: about the first tenant, its first member, and the first permission
/// that the member has, or else the first of all. `None` where there is nobody
/// or nothing to ask about.
pub(super) fn check_line(
    policy: &Policy,
    snapshot: &Snapshot,
    directory: &Path,
    now: Timestamp,
) -> Option<String> {
    let (tenant, member) = first_member(policy)?;
    let mut permissions =
        policy.model.resources.iter().flat_map(|(kind, ty)| {
            ty.actions.iter().map(move |action| (kind.as_str(), action.value.as_str()))
        });
    let allowed = permissions.clone().find(|asked| allows(snapshot, (tenant, member), *asked, now));
    let verdict = if allowed.is_some() { "allow" } else { "deny" };
    let (kind, action) = allowed.or_else(|| permissions.next())?;
    let words = [
        program().as_str(),
        "check",
        "--policy",
        &directory.to_string_lossy(),
        "--tenant",
        &tenant.id,
        "--principal",
        &member.to_string(),
        "--action",
        action,
        "--resource",
        kind,
    ]
    .map(quoted);
    Some(format!("{}  # {verdict}", words.join(" ")))
}

fn first_member(policy: &Policy) -> Option<(&Tenant, &Key)> {
    policy.tenants.values().find_map(|tenant| Some((&tenant.value, tenant.members.keys().next()?)))
}

fn allows(
    snapshot: &Snapshot,
    (tenant, member): (&Tenant, &Key),
    (kind, action): (&str, &str),
    now: Timestamp,
) -> bool {
    let key = KeyRef { kind: member.kind(), id: member.id() };
    let call = Call { tenant: &tenant.id, principal: Asker { key, ..Asker::default() }, ..Call::default() };
    let target = Target { kind, ..Target::default() };
    let limits = RequestLimits::default();
    decide::admit::question(snapshot, &call, &target, action, &limits)
        .is_ok_and(|admitted| decide::check(snapshot, admitted.request(), now).allowed())
}

/// What to call this program by: the path it was started with if it was
/// started by path, because then its name alone would find another or none.
pub(super) fn program() -> String {
    let started = std::env::args().next().unwrap_or_default();
    if started.contains('/') { started } else { "sidegate".to_owned() }
}

/// A word as a shell takes it.
pub(super) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:=,@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_through_a_shell() {
        assert_eq!(quoted("user:mia"), "user:mia");
        assert_eq!(quoted("it's here"), r"'it'\''s here'");
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted("$HOME"), "'$HOME'");
    }
}
