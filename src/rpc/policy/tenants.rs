//! ListTenants and GetTenant, and what can be rolled back to, and what is held.

use std::sync::Arc;

use bytes::Bytes;
use prost::Message;

use super::page::{Page, Walk, key, no_token};
use super::{Policy, Reading};
use crate::model::Key;
use crate::rpc::answer::fits;
use crate::rpc::identity::Caller;
use crate::rpc::page_token::Position;
use crate::rpc::refusal::Refusal;
use crate::snapshot::Snapshot;
use crate::snapshot::apply::Touched;
use crate::sync::push::Revisited;
use crate::wire::policy as wire;
use crate::wire::{answer, api};

/// The most tenants that are named in what is told of a revision, and of which are
/// left out. A revision that touched more may have touched every one.
const NAMED: usize = 100;
const QUARANTINED: usize = 1000;

impl Policy {
    /// Answers a GetStatus.
    pub(super) fn status(&self, caller: &Caller) -> Result<Bytes, Refusal> {
        let shared = &self.shared;
        let durable = self.pusher.as_ref().map(|pusher| pusher.board().durable()).unwrap_or_default();
        let silent = shared.freshness.silent();
        let mut status = shared.store.read(|snapshot| held(snapshot, caller)).unwrap_or_default();
        self.source.clone_into(&mut status.source);
        status.stale = shared.freshness.stale();
        status.silent_ms = silent.map(|silent| u64::try_from(silent.as_millis()).unwrap_or(u64::MAX));
        status.durable_revision = durable.revision.map(answer::revision);
        status.not_durable = durable.why_not;
        env!("CARGO_PKG_VERSION").clone_into(&mut status.version);
        Ok(fits(status, shared.limits.response())?.encode_to_vec().into())
    }

    /// Answers a ListRevisions.
    pub(super) fn revisions(&self, caller: &Caller) -> Result<Bytes, Refusal> {
        let past = self.pusher.as_ref().map(|pusher| pusher.board().past());
        let past = past.as_deref().unwrap_or_default();
        let response = api::ListRevisionsResponse { revisions: past.iter().map(|past| revisited(past, caller)).collect() };
        Ok(fits(response, self.shared.limits.response())?.encode_to_vec().into())
    }
}

fn held(snapshot: &Snapshot, caller: &Caller) -> api::GetStatusResponse {
    let size = snapshot.size();
    let quarantined = snapshot.quarantined().filter(|id| caller.may_see(id).is_ok());
    api::GetStatusResponse {
        revision: Some(answer::revision(snapshot.revision())),
        digest: snapshot.digest().to_string(),
        model: snapshot.model_name().to_owned(),
        model_revision: Some(answer::revision(snapshot.model_revision())),
        tenants: count(size.tenants),
        members: count(size.members),
        resources: count(size.resources),
        apps: count(size.apps),
        quarantined: quarantined.take(QUARANTINED).map(str::to_owned).collect(),
        ..api::GetStatusResponse::default()
    }
}

fn revisited(
    Revisited { revision, digest, touched }: &Revisited,
    caller: &Caller,
) -> api::HeldRevision {
    let seen = |id: &&String| caller.may_see(id).is_ok();
    let tenants = match Arc::as_ref(touched) {
        Touched::Tenants(tenants) if tenants.len() <= NAMED => {
            Some(tenants.iter().filter(seen).cloned().collect())
        }
        Touched::Tenants(_) | Touched::Everything => None,
    };
    api::HeldRevision {
        revision: Some(answer::revision(*revision)),
        digest: digest.to_string(),
        everything: tenants.is_none(),
        tenants: tenants.unwrap_or_default(),
    }
}

/// Answers a ListTenants.
pub(super) fn list(
    reading: &Reading<'_>,
    api::ListTenantsRequest { page_size, page_token }: api::ListTenantsRequest,
) -> Result<api::ListTenantsResponse, Refusal> {
    let mut page = Page::new(page_size)?;
    let walk = Walk::through_changes("tenants");
    let after = match walk.position(&page_token)? {
        None => None,
        Some(Position::Resource(id)) => Some(id),
        Some(_) => return Err(no_token()),
    };
    let mut last = None;
    // Those that were left out have their place among the others.
    let snapshot = reading.snapshot;
    let mut left_out = snapshot.quarantined().skip_while(|id| after.as_deref() >= Some(*id)).peekable();
    let mut tenants = snapshot.tenants_after(after.as_deref()).peekable();
    let mut next_page_token = String::new();
    loop {
        reading.go_on()?;
        let id = match (tenants.peek(), left_out.peek()) {
            (None, None) => break,
            (Some(id), None) => *id,
            (None, Some(id)) => *id,
            (Some(one), Some(other)) => (*one).min(*other),
        };
        if page.full() {
            next_page_token = last.map(|last: &str| walk.next(&Position::Resource(last.to_owned()))).unwrap_or_default();
            break;
        }
        if reading.caller.may_see(id).is_ok() {
            page.put(summary(snapshot, id));
        }
        last = Some(id);
        tenants.next_if_eq(&id);
        left_out.next_if_eq(&id);
    }
    Ok(api::ListTenantsResponse { tenants: page.items, next_page_token })
}

fn summary(snapshot: &Snapshot, id: &str) -> api::TenantSummary {
    let (members, resources) =
        snapshot.tenant(id).map_or((0, 0), |tenant| (tenant.members.len(), tenant.resources.len()));
    let plan = snapshot.frame(id).and_then(|frame| frame.plan.as_ref());
    api::TenantSummary {
        tenant: id.to_owned(),
        tenant_revision: snapshot.tenant_revision(id).map(answer::revision),
        digest: snapshot.tenant_digest(id).map(|digest| digest.to_string()).unwrap_or_default(),
        members: count(members),
        resources: count(resources),
        quarantined: snapshot.is_quarantined(id),
        plan: plan.map(|plan| plan.value.clone()).unwrap_or_default(),
    }
}

/// The sorts of what a tenant holds, in the order in which they are told.
const FRAME: u8 = 0;
const MEMBERS: u8 = 1;
const RESOURCES: u8 = 2;
const INSTALLS: u8 = 3;

/// Answers a GetTenant.
pub(super) fn get(
    reading: &Reading<'_>,
    api::GetTenantRequest { tenant: id, page_size, page_token }: api::GetTenantRequest,
) -> Result<api::GetTenantResponse, Refusal> {
    let snapshot = reading.snapshot;
    let mut page = Page::new(page_size)?;
    reading.caller.may_see(&id)?;
    let (Some(frame), Some(revision)) = (snapshot.frame(&id), snapshot.tenant_revision(&id)) else {
        return Err(no_tenant());
    };
    let walk = Walk::of_tenant(reading, "tenant", &id, "", revision);
    let (from, after) = match walk.position(&page_token)? {
        None => (FRAME, None),
        Some(Position::Part { sort: FRAME, .. }) => (MEMBERS, None),
        Some(Position::Part { sort, kind, id }) => (sort, Some(key(&kind, &id)?)),
        Some(_) => return Err(no_token()),
    };
    // Where a sort goes on that the page before has begun.
    let after = |sort: u8| after.as_ref().filter(|_| sort == from);
    let of_frame = (from == FRAME).then(|| {
        let change = api::PutTenant { tenant: id.clone(), content: Some(wire::write_tenant(frame)) };
        (FRAME, None, api::change::Kind::PutTenant(change))
    });
    let members = snapshot.members_after(&id, after(MEMBERS)).map(|row| {
        let change = api::PutMember {
            tenant: id.clone(),
            member: Some(wire::write_principal(&row.key)),
            content: Some(wire::write_member(&row.content)),
        };
        (MEMBERS, Some(row.key), api::change::Kind::PutMember(change))
    });
    let resources = snapshot.resources_after(&id, after(RESOURCES)).map(|(key, content)| {
        let change = api::PutResource {
            tenant: id.clone(),
            resource: Some(wire::write_resource(&key)),
            content: Some(wire::write_registered(&content)),
        };
        (RESOURCES, Some(key), api::change::Kind::PutResource(change))
    });
    let installs = snapshot.installs_after(&id, after(INSTALLS)).map(|(key, content)| {
        let change = api::PutInstall {
            tenant: id.clone(),
            app: Some(wire::write_principal(&key)),
            content: Some(wire::write_install(&content)),
        };
        (INSTALLS, Some(key), api::change::Kind::PutInstall(change))
    });
    let all = of_frame
        .into_iter()
        .chain(members.filter(|_| from <= MEMBERS))
        .chain(resources.filter(|_| from <= RESOURCES))
        .chain(installs);
    let mut last = None;
    let mut next_page_token = String::new();
    for (sort, key, kind) in all {
        reading.go_on()?;
        if page.full() {
            next_page_token = last.map(|last| walk.next(&last)).unwrap_or_default();
            break;
        }
        page.put(api::Change { kind: Some(kind) });
        let (kind, id) = key.as_ref().map_or(("", ""), |key: &Key| (key.kind(), key.id()));
        last = Some(Position::Part { sort, kind: kind.to_owned(), id: id.to_owned() });
    }
    Ok(api::GetTenantResponse {
        changes: page.items,
        next_page_token,
        tenant_revision: Some(answer::revision(revision)),
        digest: snapshot.tenant_digest(&id).map(|digest| digest.to_string()).unwrap_or_default(),
    })
}

pub(super) fn no_tenant() -> Refusal {
    Refusal::NotHeld { what: "tenant" }
}

pub(super) fn count(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
