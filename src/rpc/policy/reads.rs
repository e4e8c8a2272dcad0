//! What is held, in pages.
//!
//! Pages of a tenant are bound to its revision: a walk never mixes two of them. Lists
//! of tenants and of apps go on whatever changes meanwhile.

use std::sync::Arc;

use bytes::Bytes;
use prost::Message;

use super::page::{Walk, key, no_token, room};
use super::{Policy, Reading};
use crate::decide::FieldFault;
use crate::model::{Key, Revision};
use crate::rpc::answer::fits;
use crate::rpc::identity::Caller;
use crate::rpc::page_token::Position;
use crate::rpc::refusal::Refusal;
use crate::snapshot::apply::Touched;
use crate::snapshot::describe::Unknown;
use crate::sync::push::Revisited;
use crate::wire::policy::told::{self, Held, Page, Standing, Told};
use crate::wire::{answer, api};

/// The most tenants that are named in what is told of a revision. One that touched
/// more may have touched every one.
const NAMED: usize = 100;

impl Policy {
    /// Answers a GetStatus.
    pub(super) fn status(&self, caller: &Caller) -> Result<Bytes, Refusal> {
        let shared = &self.shared;
        let held = shared.store.revision();
        let durable = self.pusher.as_ref().map(|pusher| pusher.board().durable(held)).unwrap_or_default();
        let standing = Standing {
            source: self.source,
            stale: shared.freshness.stale(),
            silent: shared.freshness.silent(),
            durable: durable.revision,
            not_durable: durable.why_not,
            lost: self.pusher.as_ref().and_then(|pusher| pusher.board().lost(held)),
        };
        let held = shared.store.read(|snapshot| told::status(Some(snapshot), &standing));
        let mut status = held.unwrap_or_else(|| told::status(None, &standing));
        status.quarantined.retain(|id| caller.sees(id));
        Ok(fits(status, shared.limits.response())?.encode_to_vec().into())
    }

    /// Answers a ListRevisions.
    pub(super) fn revisions(&self, caller: &Caller) -> Result<Bytes, Refusal> {
        let past = self.pusher.as_ref().map(|pusher| pusher.board().past());
        let held = |Revisited { revision, digest, touched }: &Revisited| {
            let tenants = match Arc::as_ref(touched) {
                Touched::Tenants(tenants) if tenants.len() <= NAMED => {
                    Some(tenants.iter().filter(|id| caller.sees(id)).cloned().collect())
                }
                Touched::Tenants(_) | Touched::Everything => None,
            };
            Held { revision: *revision, digest: *digest, tenants }
        };
        let response = told::revisions(past.as_deref().unwrap_or_default().iter().map(held));
        Ok(fits(response, self.shared.limits.response())?.encode_to_vec().into())
    }
}

/// Answers a ListTenants.
pub(super) fn tenants(
    reading: &Reading<'_>,
    api::ListTenantsRequest { page_size, page_token }: api::ListTenantsRequest,
) -> Result<api::ListTenantsResponse, Refusal> {
    let walk = Walk::through_changes("tenants");
    let after = match walk.position(&page_token)? {
        None => None,
        Some(Position::Resource(id)) => Some(id),
        Some(_) => return Err(no_token()),
    };
    let may = |id: &str| reading.caller.sees(id) && reading.wanted.still();
    let Page { items: tenants, last } =
        told::tenants(reading.snapshot, after.as_deref(), room(page_size)?, may);
    reading.go_on()?;
    let next_page_token = last.map(|id| walk.next(&Position::Resource(id))).unwrap_or_default();
    Ok(api::ListTenantsResponse { tenants, next_page_token })
}

/// The sorts of what a tenant holds.
const FRAME: u8 = 0;
const MEMBERS: u8 = 1;
const RESOURCES: u8 = 2;
const INSTALLS: u8 = 3;

/// Answers a GetTenant.
pub(super) fn tenant(
    reading: &Reading<'_>,
    api::GetTenantRequest { tenant: id, page_size, page_token }: api::GetTenantRequest,
) -> Result<api::GetTenantResponse, Refusal> {
    let revision = of_tenant(reading, &id)?;
    let walk = Walk::of_tenant(reading, "tenant", [&id, ""], revision);
    let told = match walk.position(&page_token)? {
        None => Told::Nothing,
        Some(Position::Part { sort: FRAME, .. }) => Told::Frame,
        Some(Position::Part { sort: MEMBERS, kind, id }) => Told::Member(key(&kind, &id)?),
        Some(Position::Part { sort: RESOURCES, kind, id }) => Told::Resource(key(&kind, &id)?),
        Some(Position::Part { sort: INSTALLS, kind, id }) => Told::Install(key(&kind, &id)?),
        Some(_) => return Err(no_token()),
    };
    let page = told::tenant(reading.snapshot, &id, &told, room(page_size)?).ok_or(NO_TENANT)?;
    let part =
        |sort, key: &Key| Position::Part { sort, kind: key.kind().to_owned(), id: key.id().to_owned() };
    let next = page.last.map(|told| match &told {
        Told::Nothing | Told::Frame => Position::Part { sort: FRAME, kind: String::new(), id: String::new() },
        Told::Member(key) => part(MEMBERS, key),
        Told::Resource(key) => part(RESOURCES, key),
        Told::Install(key) => part(INSTALLS, key),
    });
    let digest = reading.snapshot.tenant_digest(&id);
    Ok(api::GetTenantResponse {
        changes: page.items,
        next_page_token: next.map(|next| walk.next(&next)).unwrap_or_default(),
        tenant_revision: Some(answer::revision(revision)),
        digest: digest.map(|digest| digest.to_string()).unwrap_or_default(),
    })
}

/// Answers a ListRoles.
pub(super) fn roles(
    reading: &Reading<'_>,
    api::ListRolesRequest { tenant }: api::ListRolesRequest,
) -> Result<api::ListRolesResponse, Refusal> {
    let revision = of_tenant(reading, &tenant)?;
    let now = reading.shared.clock.now();
    let go_on = || reading.wanted.still();
    let roles = reading.snapshot.describe_roles(&tenant, now, &go_on).map_err(unknown)?;
    reading.go_on()?;
    Ok(told::roles(roles, Some(revision)))
}

/// Answers a ListMembers.
pub(super) fn members(
    reading: &Reading<'_>,
    api::ListMembersRequest { tenant, role, page_size, page_token }: api::ListMembersRequest,
) -> Result<api::ListMembersResponse, Refusal> {
    let revision = of_tenant(reading, &tenant)?;
    let walk = Walk::of_tenant(reading, "members", [&tenant, &role], revision);
    let after = after(&walk, &page_token)?;
    let role = Some(role.as_str()).filter(|role| !role.is_empty());
    let now = reading.shared.clock.now();
    let go_on = || reading.wanted.still();
    let members = reading.snapshot.describe_members(&tenant, role, after.as_ref(), now, &go_on);
    let Page { items: members, last } = told::members(members.map_err(unknown)?, room(page_size)?);
    reading.go_on()?;
    let tenant_revision = Some(answer::revision(revision));
    Ok(api::ListMembersResponse { members, next_page_token: next(&walk, last), tenant_revision })
}

/// Answers a DescribeApp.
pub(super) fn app(
    reading: &Reading<'_>,
    api::DescribeAppRequest { app }: api::DescribeAppRequest,
) -> Result<api::DescribeAppResponse, Refusal> {
    let missing = || Refusal::Fields(vec![FieldFault::missing("app")]);
    let api::PrincipalRef { r#type, id } = app.ok_or_else(missing)?;
    let snapshot = reading.snapshot;
    let found = Key::new(&r#type, &id).ok().and_then(|key| snapshot.app_source(&key));
    let (app, revision) = found.ok_or(Refusal::NotHeld { what: "app" })?;
    Ok(told::app(app, snapshot.describe_app(app), revision))
}

/// Answers a GetModel.
pub(super) fn model(
    reading: &Reading<'_>,
    api::GetModelRequest {}: api::GetModelRequest,
) -> Result<api::GetModelResponse, Refusal> {
    Ok(told::model(reading.snapshot))
}

/// Answers a ListApps.
pub(super) fn apps(
    reading: &Reading<'_>,
    api::ListAppsRequest { page_size, page_token }: api::ListAppsRequest,
) -> Result<api::ListAppsResponse, Refusal> {
    let walk = Walk::through_changes("apps");
    let after = after(&walk, &page_token)?;
    let Page { items: apps, last } = told::apps(reading.snapshot, after.as_ref(), room(page_size)?);
    Ok(api::ListAppsResponse { apps, next_page_token: next(&walk, last) })
}

const NO_TENANT: Refusal = Refusal::NotHeld { what: "tenant" };

/// The revision of a tenant, if the caller may see it. Who may not is not told
/// whether there is one.
fn of_tenant(reading: &Reading<'_>, id: &str) -> Result<Revision, Refusal> {
    reading.caller.may_see(id)?;
    reading.snapshot.tenant_revision(id).ok_or(NO_TENANT)
}

const fn unknown(unknown: Unknown) -> Refusal {
    match unknown {
        Unknown::Tenant => NO_TENANT,
        Unknown::Role => Refusal::NotHeld { what: "role" },
    }
}

fn after(walk: &Walk, token: &str) -> Result<Option<Key>, Refusal> {
    match walk.position(token)? {
        None => Ok(None),
        Some(Position::Principal { kind, id }) => key(&kind, &id).map(Some),
        Some(_) => Err(no_token()),
    }
}

fn next(walk: &Walk, last: Option<Key>) -> String {
    let position = |key: Key| Position::Principal { kind: key.kind().to_owned(), id: key.id().to_owned() };
    last.map(|last| walk.next(&position(last))).unwrap_or_default()
}
