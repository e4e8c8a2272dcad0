//! What a snapshot holds, worked out for people: what an app asks for, what a role
//! comes to, who is a member and holds what now.
//!
//! A description and no decision: conditions are named as such and not weighed, and
//! plans, restrictions and ACLs play no part. The words for people come from the
//! definitions, what a name covers from what decides.

use std::collections::BTreeSet;

use super::Snapshot;
use super::content::MemberRow;
use super::index::{PartIx, RoleIx};
use super::model::{Model, ScopeModes};
use super::permissions::PermissionSet;
use super::role::Grant;
use super::tenant::{Frame, Standing, Tenant};
use crate::document::definition::{self, App, Role, ScopeRequest};
use crate::model::{Key, Timestamp};

/// A scope that an app asks for.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct RequestedScope {
    /// Its name.
    pub scope: String,
    /// Its display group.
    pub group: Option<String>,
    /// Why it is asked for.
    pub justification: String,
    /// The authority that whoever uses it must have.
    pub authority: Option<String>,
    /// What each mode that is asked for unlocks; for a scope without modes, one with
    /// no name.
    pub modes: Vec<Unlocked>,
}

/// What a mode unlocks.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Unlocked {
    /// The mode; `None` for a scope without modes.
    pub mode: Option<String>,
    /// `type:action`, sorted.
    pub permissions: Vec<String>,
}

/// What there is to know of a role.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct DescribedRole {
    /// Its id.
    pub role: String,
    /// It is the model's.
    pub builtin: bool,
    /// Tenant data may not give away what it has.
    pub reserved: bool,
    /// Its title.
    pub title: Option<String>,
    /// Roles that it extends by itself.
    pub extends: Vec<String>,
    /// `type:action` of what it grants without a condition, with what it extends;
    /// sorted.
    pub grants: Vec<String>,
    /// The same of what it grants on conditions only.
    pub grants_on_conditions: Vec<String>,
    /// How many members hold it, through groups and other roles too.
    pub members: usize,
    /// A custom role as it was put.
    pub content: Option<Role>,
}

/// What there is to know of a member.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DescribedMember {
    /// The roles that it holds with all they extend, but `everyone` and `anyone`;
    /// sorted.
    pub roles: Vec<String>,
    /// The groups that it is in, at any depth; sorted.
    pub groups: Vec<String>,
    /// The member as it was put.
    pub row: MemberRow,
}

/// There is no such thing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Unknown {
    /// The tenant.
    Tenant,
    /// The role.
    Role,
}

impl Snapshot {
    /// The scopes that an app asks for, in order, with what each unlocks. Those that
    /// are retired unlock nothing.
    #[must_use]
    pub fn describe_app(&self, app: &App) -> Vec<RequestedScope> {
        let scopes = app.requests.iter();
        scopes.map(|(name, request)| self.requested(name, request)).collect()
    }

    fn requested(&self, name: &str, request: &ScopeRequest) -> RequestedScope {
        let known = self.defined().scopes.get(name);
        let unlocked = |mode: Option<&str>, part: PartIx| Unlocked {
            mode: mode.map(str::to_owned),
            permissions: self
                .model
                .parts
                .get(part.at())
                .map(|part| self.covered(&part.grant))
                .unwrap_or_default(),
        };
        let modes = match self.model.part_names.get(name) {
            None => Vec::new(),
            Some(ScopeModes::Plain(part)) => vec![unlocked(None, *part)],
            Some(ScopeModes::Modes(parts)) => {
                let asked: BTreeSet<&str> = request.modes.iter().map(|mode| mode.value.as_str()).collect();
                let parts = parts.iter().filter(|(mode, _)| asked.contains(mode.as_ref()));
                parts.map(|(mode, part)| unlocked(Some(mode), *part)).collect()
            }
        };
        RequestedScope {
            scope: name.to_owned(),
            group: known.and_then(|scope| scope.group.clone()),
            justification: request.justification.clone(),
            authority: known.and_then(|scope| scope.authority.as_ref()).map(|name| name.value.clone()),
            modes,
        }
    }

    /// What the model was made of.
    fn defined(&self) -> &definition::Model {
        &self.model.source.checked.policy().model
    }

    /// What a grant covers, with or without conditions.
    fn covered(&self, grant: &Grant) -> Vec<String> {
        let Grant { always, sometimes, conditional: _ } = grant;
        let mut all = always.clone();
        all.union(sometimes);
        permissions(&self.model, &all)
    }

    /// The roles of a tenant in order of id, `everyone` and `anyone` left out, as they
    /// are at an instant. `go_on` is asked often whether anybody still wants to know; if
    /// not, this is not the whole.
    ///
    /// # Errors
    ///
    /// There is no such tenant.
    pub fn describe_roles(
        &self,
        tenant: &str,
        now: Timestamp,
        go_on: &dyn Fn() -> bool,
    ) -> Result<Vec<DescribedRole>, Unknown> {
        let row = self.tenant(tenant).ok_or(Unknown::Tenant)?;
        let custom = self.frame(tenant).map(|frame| &frame.roles);
        let mut holders = vec![0_usize; self.model.roles.len().saturating_add(row.frame.roles.len())];
        for (_, _, member) in row.members.iter() {
            if !go_on() {
                break;
            }
            for role in &member.standing.at(now).roles.roles {
                if let Some(count) = holders.get_mut(role.at()) {
                    *count = count.saturating_add(1);
                }
            }
        }
        let names = self.model.role_names.iter().chain(&row.frame.role_names);
        let named = names.filter(|(_, ix)| **ix != self.model.everyone && **ix != self.model.anyone);
        let mut roles: Vec<DescribedRole> = named
            .filter_map(|(id, ix)| {
                let compiled = row.frame.role(&self.model, *ix)?;
                let builtin = self.model.roles.get(ix.at()).is_some();
                let defined = if builtin {
                    self.defined().roles.get(&**id)
                } else {
                    custom.and_then(|all| all.get(&**id))
                };
                let mut on_conditions = compiled.closure.sometimes.clone();
                on_conditions.subtract(&compiled.closure.always);
                Some(DescribedRole {
                    role: id.to_string(),
                    builtin,
                    reserved: self.model.reserved_roles.contains(ix),
                    title: defined.and_then(|role| role.label.title.clone()),
                    extends: defined
                        .map(|role| role.extends.iter().map(|name| name.value.clone()).collect())
                        .unwrap_or_default(),
                    grants: permissions(&self.model, &compiled.closure.always),
                    grants_on_conditions: permissions(&self.model, &on_conditions),
                    members: holders.get(ix.at()).copied().unwrap_or_default(),
                    content: defined.filter(|_| !builtin).map(|role| role.value.clone()),
                })
            })
            .collect();
        roles.sort_by(|one, other| one.role.cmp(&other.role));
        Ok(roles)
    }

    /// The members of a tenant in order, from the first after `previous` on, that hold
    /// a role at an instant; all of them if none is named.
    ///
    /// # Errors
    ///
    /// There is no such tenant, or it has no such role.
    pub fn describe_members<'a>(
        &'a self,
        tenant: &'a str,
        role: Option<&str>,
        previous: Option<&'a Key>,
        now: Timestamp,
        go_on: &'a dyn Fn() -> bool,
    ) -> Result<impl Iterator<Item = DescribedMember> + use<'a>, Unknown> {
        let row = self.tenant(tenant).ok_or(Unknown::Tenant)?;
        let find = |id| row.frame.find_role(&self.model, id).ok_or(Unknown::Role);
        let role = role.map(find).transpose()?;
        let members = self.members_after(tenant, previous).take_while(move |_| go_on());
        Ok(members.filter_map(move |member| {
            let standing = self.standing(row, &member.key, now)?;
            let holds = role.is_none_or(|role| standing.roles.holds(role));
            holds.then(|| DescribedMember {
                roles: self.role_names(&row.frame, &standing.roles.roles),
                groups: group_names(&row.frame, standing),
                row: member,
            })
        }))
    }

    fn standing<'a>(&self, tenant: &'a Tenant, key: &Key, now: Timestamp) -> Option<&'a Standing> {
        let kind = self.model.principal_type_names.get(key.kind())?;
        let (_, member) = tenant.members.get(kind.0, key.id())?;
        Some(member.standing.at(now))
    }

    fn role_names(&self, frame: &Frame, held: &[RoleIx]) -> Vec<String> {
        let named = held.iter().filter(|ix| **ix != self.model.everyone && **ix != self.model.anyone);
        named.filter_map(|ix| frame.role(&self.model, *ix)).map(|role| role.id.to_string()).collect()
    }
}

fn group_names(frame: &Frame, standing: &Standing) -> Vec<String> {
    standing
        .groups
        .iter()
        .filter_map(|ix| frame.groups.get(ix.at()))
        .map(|group| group.id.to_string())
        .collect()
}

/// `type:action` of each permission of a set, sorted.
fn permissions(model: &Model, set: &PermissionSet) -> Vec<String> {
    let covered = model.numbered().filter(|(permission, _)| set.contains(*permission));
    let mut names: Vec<String> =
        covered.map(|(_, row)| format!("{}:{}", model.kind_name(row.kind), row.action)).collect();
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Checked, PolicyLimits, Source, Sources, load};
    use crate::model::Revision;

    const MODEL: &str = "\
sidegate: v1
kind: Model
name: small
principals: { user: {}, plugin: {} }
resources:
  deal: { actions: [view, edit, delete], attributes: { owner: string } }
  note: { actions: [view] }
authorities: [staff, boss]
roles:
  reader: { title: Reader, allow: ['*:view'] }
  chief:
    extends: [reader]
    authority: boss
    allow: [{ permissions: ['deal:*'], when: resource.owner == principal.id }]
reserved: { roles: [chief] }
scopes:
  'deals:rw':
    group: Sales
    authority: boss
    modes:
      read: ['deal:view']
      write: ['deal:edit', { permissions: ['deal:delete'], when: resource.owner == principal.id }]
      gone: ['note:view']
  notes: { allow: ['note:*'] }
";

    const APP: &str = "\
sidegate: v1
kind: App
id: plugin:crm
requests:
  'deals:rw': { modes: [write, read], justification: It writes. }
  notes: { justification: It notes. }
";

    const TENANT: &str = "\
sidegate: v1
kind: Tenant
id: acme
roles:
  desk: { title: Desk, extends: [reader], allow: ['deal:edit'] }
groups:
  outer: { members: ['group:inner'], roles: [desk] }
  inner: { members: ['user:bob'] }
members:
  user:ana: { roles: [chief] }
  user:bob: {}
  user:mia: { roles: [{ role: desk, expires_at: 2026-06-01T00:00:00Z }] }
";

    fn checked() -> Checked {
        let file = |path: &str, text: &str| Source { path: path.to_owned(), text: text.to_owned() };
        let files =
            vec![file("model.yaml", MODEL), file("apps/a.yaml", APP), file("tenants/acme.yaml", TENANT)];
        let loaded = load(&Sources::new(files), &PolicyLimits::default());
        loaded.checked.unwrap_or_else(|| panic!("{:?}", loaded.diagnostics))
    }

    #[test]
    fn an_app_is_described_by_what_its_scopes_unlock() {
        let checked = checked();
        let policy = checked.policy();
        let snapshot = Snapshot::compile(&checked, Revision::new(0, 1));
        let scopes = snapshot.describe_app(policy.apps.values().next().unwrap());
        let told: Vec<String> = scopes
            .iter()
            .map(|scope| {
                let modes =
                    scope.modes.iter().map(|it| format!("{:?} {}", it.mode, it.permissions.join(" ")));
                let words =
                    [&scope.group, &scope.authority].map(|it| it.clone().unwrap_or_default()).join(" ");
                format!("{} [{words}] {}", scope.scope, modes.collect::<Vec<_>>().join("; "))
            })
            .collect();
        assert_eq!(
            told,
            [
                "deals:rw [Sales boss] Some(\"read\") deal:view; Some(\"write\") deal:delete deal:edit",
                "notes [ ] None note:view",
            ]
        );
        assert_eq!(scopes[0].justification, "It writes.");
    }

    /// What is told of each role of the tenant at an instant.
    fn roles(now: &str) -> Vec<String> {
        let checked = checked();
        let snapshot = Snapshot::compile(&checked, Revision::new(0, 1));
        let now = Timestamp::parse(now).unwrap();
        let roles = snapshot.describe_roles("acme", now, &|| true).unwrap();
        roles
            .iter()
            .map(|role| {
                let flags = [(role.builtin, "builtin"), (role.reserved, "reserved")];
                let flags: Vec<&str> = flags.into_iter().filter(|(is, _)| *is).map(|(_, it)| it).collect();
                format!(
                    "{} {}: {} | {} | {}",
                    role.role,
                    flags.join(" "),
                    role.grants.join(" "),
                    role.grants_on_conditions.join(" "),
                    role.members
                )
            })
            .collect()
    }

    #[test]
    fn a_role_is_described_by_what_it_comes_to_now() {
        assert_eq!(
            roles("2026-05-01T00:00:00Z"),
            [
                "chief builtin reserved: deal:view note:view | deal:delete deal:edit | 1",
                "desk : deal:edit deal:view note:view |  | 2",
                "reader builtin: deal:view note:view |  | 3",
            ]
        );
        let later: Vec<String> = roles("2026-07-01T00:00:00Z");
        assert!(
            later[1].ends_with("| 1") && later[2].ends_with("| 2"),
            "what expired is not held: {later:?}"
        );
    }

    #[test]
    fn what_is_not_there_is_told_apart() {
        let checked = checked();
        let snapshot = Snapshot::compile(&checked, Revision::new(0, 1));
        let now = Timestamp::default();
        assert_eq!(snapshot.describe_roles("none", now, &|| true).unwrap_err(), Unknown::Tenant);
        let members = |tenant, role| snapshot.describe_members(tenant, role, None, now, &|| true).err();
        assert_eq!(members("none", None), Some(Unknown::Tenant));
        assert_eq!(members("acme", Some("none")), Some(Unknown::Role));
        assert_eq!(members("acme", Some("desk")), None);
    }
}
