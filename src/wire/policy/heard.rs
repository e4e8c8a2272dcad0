//! Responses, read: what a sidecar tells the command line of the policy it holds.
//!
//! A word that this build does not know is passed on as such where people read it,
//! and is no success where something hangs on it.

use super::read::read_changes;
use crate::document::definition::App;
use crate::document::{Change, Spanned};
use crate::model::{Key, Revision};
use crate::wire::api;
use crate::wire::told::{Unreadable, read_revision};

/// What came of a push or a rollback.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    /// What it says is in force, or would be.
    pub(crate) done: bool,
    /// As people spell it: `APPLIED`.
    pub(crate) word: String,
    pub(crate) revision: Option<Revision>,
    pub(crate) durable: bool,
    /// Why it is not on disk. May be empty.
    pub(crate) not_durable: String,
    pub(crate) faults: Vec<Fault>,
    pub(crate) warnings: Vec<Fault>,
    pub(crate) widened: u64,
    pub(crate) narrowed: u64,
    pub(crate) digest: String,
    pub(crate) quarantined: Vec<String>,
}

/// Something wrong with a policy, or doubtful.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) path: String,
    pub(crate) message: String,
    pub(crate) help: String,
    /// In the model's document; 0 elsewhere.
    pub(crate) line: u32,
    pub(crate) column: u32,
}

/// What is held and how it came.
#[derive(Clone, Debug)]
pub(crate) struct Status {
    pub(crate) revision: Option<Revision>,
    pub(crate) digest: String,
    pub(crate) source: String,
    pub(crate) stale: bool,
    pub(crate) silent_ms: Option<u64>,
    pub(crate) durable: Option<Revision>,
    pub(crate) not_durable: String,
    pub(crate) model: String,
    pub(crate) model_revision: Option<Revision>,
    pub(crate) tenants: u64,
    pub(crate) members: u64,
    pub(crate) resources: u64,
    pub(crate) apps: u64,
    pub(crate) quarantined: Vec<String>,
    pub(crate) version: String,
    /// The newest that was ever held, if that is newer than what is.
    pub(crate) lost: Option<Revision>,
}

/// A tenant, in short.
#[derive(Clone, Debug)]
pub(crate) struct Tenant {
    pub(crate) id: String,
    pub(crate) digest: String,
    pub(crate) quarantined: bool,
}

/// A page of a list.
#[derive(Clone, Debug)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    /// Where the list goes on; empty if it does not.
    pub(crate) next: String,
}

/// Reads the response to a push or a rollback.
pub(crate) fn outcome(response: api::PushResponse) -> Outcome {
    let api::PushResponse {
        outcome,
        revision,
        durable,
        not_durable,
        faults,
        warnings,
        widened,
        narrowed,
        digest,
        quarantined,
    } = response;
    let known = api::PushOutcome::try_from(outcome);
    let word = known.map_or_else(
        |_| format!("PUSH_OUTCOME_{outcome}"),
        |known| known.as_str_name().trim_start_matches("PUSH_OUTCOME_").to_owned(),
    );
    let done = match known {
        Ok(api::PushOutcome::Applied | api::PushOutcome::Repeated | api::PushOutcome::Valid) => true,
        Ok(api::PushOutcome::Refused | api::PushOutcome::Unspecified) | Err(_) => false,
    };
    Outcome {
        done,
        word,
        revision: revision.map(read_revision),
        durable,
        not_durable,
        faults: faults.into_iter().map(fault).collect(),
        warnings: warnings.into_iter().map(fault).collect(),
        widened,
        narrowed,
        digest,
        quarantined,
    }
}

fn fault(told: api::PolicyFault) -> Fault {
    let api::PolicyFault { path, message, help, line, column } = told;
    Fault { path, message, help, line, column }
}

/// Reads what is held.
pub(crate) fn status(response: api::GetStatusResponse) -> Status {
    let api::GetStatusResponse {
        revision,
        digest,
        source,
        stale,
        silent_ms,
        durable_revision,
        not_durable,
        model,
        model_revision,
        tenants,
        members,
        resources,
        apps,
        quarantined,
        version,
        lost_revision,
    } = response;
    Status {
        revision: revision.map(read_revision),
        digest,
        source,
        stale,
        silent_ms,
        durable: durable_revision.map(read_revision),
        not_durable,
        model,
        model_revision: model_revision.map(read_revision),
        tenants,
        members,
        resources,
        apps,
        quarantined,
        version,
        lost: lost_revision.map(read_revision),
    }
}

/// Reads a page of tenants.
pub(crate) fn tenants(response: api::ListTenantsResponse) -> Page<Tenant> {
    let api::ListTenantsResponse { tenants, next_page_token } = response;
    let tenant = |told: api::TenantSummary| {
        // Only what tells it from another is asked for.
        let api::TenantSummary {
            tenant,
            tenant_revision: _,
            digest,
            members: _,
            resources: _,
            quarantined,
            plan: _,
        } = told;
        Tenant { id: tenant, digest, quarantined }
    };
    Page { items: tenants.into_iter().map(tenant).collect(), next: next_page_token }
}

/// Reads a page of the changes that would bring a tenant.
pub(crate) fn tenant(response: api::GetTenantResponse) -> Result<Page<Change>, Unreadable> {
    let api::GetTenantResponse { changes, next_page_token, tenant_revision: _, digest: _ } = response;
    let changes = read_changes(changes, 1).map_err(|_| Unreadable)?;
    let items = changes.into_iter().map(|Spanned { at: _, value }| value).collect();
    Ok(Page { items, next: next_page_token })
}

/// Reads a page of apps.
pub(crate) fn apps(response: api::ListAppsResponse) -> Result<Page<(Key, App)>, Unreadable> {
    let api::ListAppsResponse { apps, next_page_token } = response;
    let put = |told: api::ListedApp| {
        let api::ListedApp { app, content, revision: _ } = told;
        api::Change { kind: Some(api::change::Kind::PutApp(api::PutApp { app, content })) }
    };
    let changes = read_changes(apps.into_iter().map(put).collect(), 1).map_err(|_| Unreadable)?;
    let app = |change: Spanned<Change>| match change.value {
        Change::PutApp(app) => Ok((app.id.clone(), *app)),
        _ => Err(Unreadable),
    };
    Ok(Page { items: changes.into_iter().map(app).collect::<Result<_, _>>()?, next: next_page_token })
}

/// Reads the model's document.
pub(crate) fn model(response: api::GetModelResponse) -> String {
    let api::GetModelResponse { document, revision: _ } = response;
    document
}
