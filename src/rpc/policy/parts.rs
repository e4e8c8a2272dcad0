//! Roles and members of a tenant, the model, and apps.

use super::Reading;
use super::page::{Page, Walk, key, no_token};
use super::tenants::{count, no_tenant};
use crate::decide::FieldFault;
use crate::model::Key;
use crate::rpc::page_token::Position;
use crate::rpc::refusal::Refusal;
use crate::wire::policy as wire;
use crate::wire::{answer, api};

/// Answers a GetModel.
pub(super) fn model(
    reading: &Reading<'_>,
    api::GetModelRequest {}: api::GetModelRequest,
) -> Result<api::GetModelResponse, Refusal> {
    let snapshot = reading.snapshot;
    Ok(api::GetModelResponse {
        document: snapshot.model_document().to_owned(),
        revision: Some(answer::revision(snapshot.model_revision())),
    })
}

/// Answers a ListApps.
pub(super) fn apps(
    reading: &Reading<'_>,
    api::ListAppsRequest { page_size, page_token }: api::ListAppsRequest,
) -> Result<api::ListAppsResponse, Refusal> {
    let mut page = Page::new(page_size)?;
    let walk = Walk::through_changes("apps");
    let after = after(&walk, &page_token)?;
    let mut next_page_token = String::new();
    let mut last = None;
    let apps = reading.snapshot.apps();
    for (key, content, revision) in apps.into_iter().skip_while(|(key, ..)| Some(key) <= after.as_ref()) {
        reading.go_on()?;
        if page.full() {
            next_page_token = next(&walk, last.as_ref());
            break;
        }
        page.put(api::ListedApp {
            app: Some(wire::write_principal(&key)),
            content: Some(wire::write_app(content)),
            revision: Some(answer::revision(revision)),
        });
        last = Some(key);
    }
    Ok(api::ListAppsResponse { apps: page.items, next_page_token })
}

/// Answers a DescribeApp.
pub(super) fn app(
    reading: &Reading<'_>,
    api::DescribeAppRequest { app }: api::DescribeAppRequest,
) -> Result<api::DescribeAppResponse, Refusal> {
    let missing = |field| Refusal::Fields(vec![FieldFault::missing(field)]);
    let api::PrincipalRef { r#type, id } = app.ok_or_else(|| missing("app"))?;
    let no_app = || Refusal::NotHeld { what: "app" };
    let key = Key::new(&r#type, &id).map_err(|_| no_app())?;
    let snapshot = reading.snapshot;
    let (content, revision) = snapshot.app_source(&key).ok_or_else(no_app)?;
    let scopes = snapshot.unlocked(content).into_iter().map(|scope| api::RequestedScope {
        scope: scope.id.to_owned(),
        group: scope.group.unwrap_or_default().to_owned(),
        justification: scope.justification.to_owned(),
        modes: scope
            .modes
            .into_iter()
            .map(|(mode, permissions)| api::UnlockedMode { mode: mode.to_owned(), permissions })
            .collect(),
        authority: scope.authority.unwrap_or_default().to_owned(),
    });
    Ok(api::DescribeAppResponse {
        scopes: scopes.collect(),
        content: Some(wire::write_app(content)),
        revision: Some(answer::revision(revision)),
    })
}

/// Answers a ListRoles.
pub(super) fn roles(
    reading: &Reading<'_>,
    api::ListRolesRequest { tenant }: api::ListRolesRequest,
) -> Result<api::ListRolesResponse, Refusal> {
    reading.caller.may_see(&tenant)?;
    let snapshot = reading.snapshot;
    let revision = snapshot.tenant_revision(&tenant).ok_or_else(no_tenant)?;
    let now = reading.shared.clock.now();
    let members = snapshot.holders(&tenant, now, &mut || reading.wanted.still());
    let members = members.ok_or(Refusal::DeadlineExceeded)?;
    let roles = snapshot.roles_of(&tenant).into_iter().map(|role| api::RoleSummary {
        members: members.get(role.id).map_or(0, |members| count(*members)),
        role: role.id.to_owned(),
        builtin: role.builtin,
        reserved: role.reserved,
        title: role.title.unwrap_or_default().to_owned(),
        extends: role.extends.into_iter().map(str::to_owned).collect(),
        grants: role.grants,
        grants_on_conditions: role.grants_on_conditions,
        content: role.content.map(wire::write_role),
    });
    Ok(api::ListRolesResponse { roles: roles.collect(), tenant_revision: Some(answer::revision(revision)) })
}

/// The most members that are looked at for one page of those who hold a role.
const LOOKED_AT: usize = 100_000;

/// Answers a ListMembers.
pub(super) fn members(
    reading: &Reading<'_>,
    api::ListMembersRequest { tenant, role, page_size, page_token }: api::ListMembersRequest,
) -> Result<api::ListMembersResponse, Refusal> {
    let mut page = Page::new(page_size)?;
    reading.caller.may_see(&tenant)?;
    let snapshot = reading.snapshot;
    let revision = snapshot.tenant_revision(&tenant).ok_or_else(no_tenant)?;
    if !role.is_empty() && !snapshot.has_role(&tenant, &role) {
        return Err(Refusal::NotHeld { what: "role" });
    }
    let walk = Walk::of_tenant(reading, "members", &tenant, &role, revision);
    let after = after(&walk, &page_token)?;
    let now = reading.shared.clock.now();
    let mut last = None;
    let mut next_page_token = String::new();
    for (looked_at, row) in snapshot.members_after(&tenant, after.as_ref()).enumerate() {
        reading.go_on()?;
        if page.full() || looked_at >= LOOKED_AT {
            next_page_token = next(&walk, last.as_ref());
            break;
        }
        let held = snapshot.held_by(&tenant, &row.key, now).unwrap_or_default();
        if role.is_empty() || held.roles.contains(&role.as_str()) {
            page.put(api::MemberSummary {
                member: Some(wire::write_principal(&row.key)),
                roles: held.roles.into_iter().map(str::to_owned).collect(),
                groups: held.groups.into_iter().map(str::to_owned).collect(),
                content: Some(wire::write_member(&row.content)),
            });
        }
        last = Some(row.key);
    }
    Ok(api::ListMembersResponse {
        members: page.items,
        next_page_token,
        tenant_revision: Some(answer::revision(revision)),
    })
}

fn after(walk: &Walk, token: &str) -> Result<Option<Key>, Refusal> {
    match walk.position(token)? {
        None => Ok(None),
        Some(Position::Principal { kind, id }) => key(&kind, &id).map(Some),
        Some(_) => Err(no_token()),
    }
}

fn next(walk: &Walk, last: Option<&Key>) -> String {
    let position = |key: &Key| Position::Principal { kind: key.kind().to_owned(), id: key.id().to_owned() };
    last.map(|last| walk.next(&position(last))).unwrap_or_default()
}
