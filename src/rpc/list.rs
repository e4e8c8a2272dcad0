//! ListAllowed: one page of one list, from one snapshot at one instant.
//!
//! What is wrong with any part of the query is told before anything is decided,
//! on every page. A page token is looked at only once the query has been admitted.

mod query;

use std::collections::BTreeMap;

use prost::Message;

use super::answer::{as_new_as, basis, fits};
use super::limits::Limits;
use super::page_token::{self, Place, Position, QueryDigest, TokenError};
use super::refusal::{Refusal, absorb};
use crate::decide::list::{self, PATIENCE, Page, PageLimit, PrincipalKey, Stopped, Subject};
use crate::decide::{Caller, Extent, FaultKind, FieldFault, Reason, Request, admit, check};
use crate::model::Timestamp;
use crate::snapshot::Snapshot;
use crate::telemetry::{Metrics, Rpc};
use crate::wire::api;
use crate::wire::list::{Listed, list as written};
use crate::wire::question::{self, ListQuery};
use query::Query;

/// The refusal of a list that comes with more candidates than a list may.
pub(super) fn too_many_candidates(most: usize) -> Refusal {
    Refusal::Fields(vec![query::too_many(most)])
}

/// What all lists of a process go by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules<'a> {
    pub(super) limits: &'a Limits,
    /// Tells this process from others: each counts the revisions of a directory
    /// for itself.
    pub(super) origin: u64,
    /// Where decisions are counted, if anywhere.
    pub(super) metrics: Option<&'a Metrics>,
}

/// A query, and the page of it that is asked for.
#[derive(Debug)]
pub(super) struct Asked {
    query: api::ListAllowedRequest,
    digest: QueryDigest,
    page_size: i32,
    page_token: String,
}

impl Asked {
    /// Parts a request into the query, which tokens are bound to, and its page.
    pub(super) fn new(mut request: api::ListAllowedRequest, go_on: &mut dyn FnMut() -> bool) -> Self {
        let page_size = std::mem::take(&mut request.page_size);
        let page_token = std::mem::take(&mut request.page_token);
        let at_least = request.at_least_revision.take();
        let digest = digest(&mut request, go_on);
        request.at_least_revision = at_least;
        Self { query: request, digest, page_size, page_token }
    }

    /// What tokens are bound to.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(super) const fn digest(&self) -> QueryDigest {
        self.digest
    }

    /// Frees a long query bit by bit.
    pub(super) fn take_apart(mut self, go_on: &mut dyn FnMut() -> bool) {
        let Some(resources) = candidates(&mut self.query) else { return };
        while !resources.is_empty() {
            resources.truncate(resources.len().saturating_sub(PATIENCE));
            go_on();
        }
    }
}

/// The digest of a query: of all but its candidates, and of each candidate. Maps
/// are ordered, so the same query has the same bytes whoever wrote them.
fn digest(request: &mut api::ListAllowedRequest, go_on: &mut dyn FnMut() -> bool) -> QueryDigest {
    let sent = candidates(request).map(std::mem::take).unwrap_or_default();
    let mut digest = QueryDigest::begin(&request.encode_to_vec());
    let mut bytes = Vec::new();
    for some in sent.chunks(PATIENCE) {
        for resource in some {
            bytes.clear();
            // A vector has room for whatever is written.
            let _ = resource.encode(&mut bytes);
            digest.add(&bytes);
        }
        go_on();
    }
    if let Some(resources) = candidates(request) {
        *resources = sent;
    }
    digest.end()
}

fn candidates(request: &mut api::ListAllowedRequest) -> Option<&mut Vec<api::Resource>> {
    match &mut request.query {
        Some(api::list_allowed_request::Query::Resources(api::ResourcesQuery {
            source: Some(api::resources_query::Source::Candidates(api::CandidateResources { resources })),
            ..
        })) => Some(resources),
        _ => None,
    }
}

/// Answers with one page. `go_on` is asked now and then whether anybody still
/// waits for it.
pub(super) fn list(
    snapshot: &Snapshot,
    now: Timestamp,
    rules: Rules<'_>,
    asked: &Asked,
    go_on: &mut dyn FnMut() -> bool,
) -> Result<api::ListAllowedResponse, Refusal> {
    let (read, mut faults) = question::list(&asked.query);
    let limits = rules.limits;
    if faults.is_empty() {
        // Before admission: what an older policy does not know may be no fault.
        as_new_as(snapshot, read.at_least, &limits.revisions)?;
    }
    if matches!(read.query, ListQuery::Filter) {
        return Err(Refusal::NotImplemented { method: "a filter of ListAllowed" });
    }
    let size = page_size(asked.page_size, limits).map_err(|fault| faults.push(fault));
    let caller = match read.query {
        ListQuery::Principals { .. } => admit::anonymous(snapshot, &read.call, &limits.question),
        _ => admit::caller(snapshot, &read.call, &limits.question),
    };
    let caller = caller.map_err(|more| absorb(&mut faults, more)).ok();
    // The query is looked at even when who asks is not let in.
    let nobody = admit::nobody(snapshot);
    let candidates = query::candidates(&read.query, limits, &mut faults, go_on).map_err(stopped)?;
    let admitter = caller.as_ref().unwrap_or(&nobody);
    let query = query::admit(snapshot, admitter, (&read.query, &candidates), limits, &mut faults, go_on);
    let query = query.map_err(stopped)?;
    let (Ok(size), Some(caller), Some(query), true) = (size, &caller, query, faults.is_empty()) else {
        return Err(Refusal::Fields(faults));
    };

    rules.count(|metrics| {
        metrics.ignored(caller.ignored());
        query.ignored().for_each(|ignored| metrics.ignored(ignored));
    });
    let basis = basis(snapshot, &asked.query.tenant);
    // A tenant that is not there will have come later than all that is.
    let revision = basis.tenant_revision.unwrap_or(basis.revision);
    // A numbered source counts alike for every process.
    let origin = if revision.epoch == 0 { rules.origin } else { 0 };
    let content = snapshot.tenant_digest(&asked.query.tenant).unwrap_or_default();
    let place = Place { origin, revision, content };
    let after = position(asked, place)?;
    let limit = PageLimit { answers: size, decisions: limits.page_decisions };
    let Answered { page, last, reasons } =
        Walk { snapshot, now, caller, limit, go_on }.page(&query, after)?;
    rules.count(|metrics| {
        reasons.iter().for_each(|(reason, decisions)| metrics.decided_many(Rpc::List, *reason, *decisions));
    });
    let next = last.map(|last| page_token::write(asked.digest, place, &last));
    fits(written(page, next, basis), limits.response())
}

impl Rules<'_> {
    fn count(&self, count: impl FnOnce(&Metrics)) {
        if let Some(metrics) = self.metrics {
            count(metrics);
        }
    }
}

/// A page, and how it came about.
struct Answered {
    page: Listed,
    /// The position it ends at, if more is to come.
    last: Option<Position>,
    reasons: BTreeMap<Reason, u64>,
}

/// One page under way.
struct Walk<'w> {
    snapshot: &'w Snapshot,
    now: Timestamp,
    caller: &'w Caller<'w>,
    limit: PageLimit,
    go_on: &'w mut dyn FnMut() -> bool,
}

impl Walk<'_> {
    /// The page from a position on.
    fn page(self, query: &Query<'_>, after: Option<Position>) -> Result<Answered, Refusal> {
        let Self { snapshot, now, caller, limit, go_on } = self;
        let subject = |permission| Subject { caller, permission, now };
        match query {
            Query::Actions { target, actions } => {
                let page = list::page(&mut not_yet(actions.len(), after)?, limit, go_on, |at| {
                    let Some((action, permission)) = actions.get(*at) else { return (None, None) };
                    let request = Request { caller, target, permission: *permission };
                    if target.id().is_none() {
                        return (None, Some((action.clone(), list::extent(snapshot, request, now))));
                    }
                    let reason = check(snapshot, request, now).reason;
                    let extent = if reason.allows() { Extent::Always } else { Extent::Never };
                    (Some(reason), Some((action.clone(), extent)))
                });
                let Page { items, next, reasons } = page.map_err(stopped)?;
                Ok(Answered { page: Listed::Actions(items), last: next.map(sent), reasons })
            }
            Query::Candidates { kind, permission, targets } => {
                let page = list::page(&mut not_yet(targets.len(), after)?, limit, go_on, |at| {
                    let Some(target) = targets.get(*at) else { return (None, None) };
                    let request = Request { caller, target, permission: *permission };
                    let reason = check(snapshot, request, now).reason;
                    (Some(reason), target.id().filter(|_| reason.allows()).map(str::to_owned))
                });
                let Page { items: ids, next, reasons } = page.map_err(stopped)?;
                let page = Listed::Resources { kind: (*kind).to_owned(), ids };
                Ok(Answered { page, last: next.map(sent), reasons })
            }
            Query::Registered { kind, permission } => {
                let after = match &after {
                    None => None,
                    Some(Position::Resource(id)) => Some(id.as_str()),
                    Some(_) => return Err(no_token()),
                };
                let page = list::registered(snapshot, subject(*permission), after, limit, go_on);
                let Page { items: ids, next, reasons } = page.map_err(stopped)?;
                let page = Listed::Resources { kind: (*kind).to_owned(), ids };
                Ok(Answered { page, last: next.map(Position::Resource), reasons })
            }
            Query::Principals { target, permission, types } => {
                let after = match after {
                    None => None,
                    Some(Position::Principal { kind, id }) => Some(PrincipalKey { kind, id }),
                    Some(_) => return Err(no_token()),
                };
                let subject = subject(*permission);
                let page = list::principals(snapshot, subject, target, types, (after.as_ref(), limit), go_on);
                let Page { items: known, next, reasons } = page.map_err(stopped)?;
                let anyone = list::anyone(snapshot, subject, target, types);
                let last = next.map(|PrincipalKey { kind, id }| Position::Principal { kind, id });
                Ok(Answered { page: Listed::Principals { known, anyone }, last, reasons })
            }
        }
    }
}

/// The places of what was sent, from the first one after a position on.
fn not_yet(sent: usize, after: Option<Position>) -> Result<std::ops::Range<usize>, Refusal> {
    match after {
        None => Ok(0..sent),
        Some(Position::Sent(at)) => {
            let from = usize::try_from(at).unwrap_or(usize::MAX).saturating_add(1);
            Ok(from.min(sent)..sent)
        }
        Some(_) => Err(no_token()),
    }
}

/// A position in what was sent. More than a `u32` counts cannot be sent at once.
fn sent(at: usize) -> Position {
    Position::Sent(u32::try_from(at).unwrap_or(u32::MAX))
}

fn page_size(asked: i32, limits: &Limits) -> Result<usize, FieldFault> {
    match usize::try_from(asked) {
        Ok(0) => Ok(limits.page_size),
        Ok(size) => Ok(size.min(limits.page_size)),
        Err(_) => Err(FieldFault::new("page_size", FaultKind::Malformed, "is negative")),
    }
}

/// Where the page starts, if not at the start.
fn position(asked: &Asked, place: Place) -> Result<Option<Position>, Refusal> {
    if asked.page_token.is_empty() {
        return Ok(None);
    }
    match page_token::read(&asked.page_token, asked.digest, place) {
        Ok(position) => Ok(Some(position)),
        Err(TokenError::Invalid) => Err(no_token()),
        Err(TokenError::Moved) => Err(Refusal::TenantChanged),
    }
}

fn no_token() -> Refusal {
    let message = "no token of this query: repeat the query that it came with, word for word";
    Refusal::Fields(vec![FieldFault::new("page_token", FaultKind::Malformed, message)])
}

const fn stopped(Stopped: Stopped) -> Refusal {
    Refusal::DeadlineExceeded
}

#[cfg(test)]
pub(super) mod tests;
