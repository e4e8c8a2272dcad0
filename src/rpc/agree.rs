//! Every way to ask comes to the same answer: messages in, messages out, over generated
//! policies and over small ones made for a trap.
//!
//! Owns a door that asks and never listens. Tests of one kind of call alone stand beside
//! that call.

mod batches;
mod fields;
mod lists;
mod threads;
mod zero;

use super::list::tests::messages;
use super::refusal::Refusal;
use super::{Limits, Shared, batch, check, list};
use crate::client::v1;
use crate::clock::Clock;
use crate::decide::reference::compare::{compile, documents};
use crate::decide::reference::question::Question;
use crate::decide::reference::world::World;
use crate::document::definition::Policy;
use crate::lifecycle::Freshness;
use crate::model::Timestamp;
use crate::snapshot::Snapshot;

/// A snapshot that is asked by messages, at one instant.
struct Door {
    snapshot: Snapshot,
    shared: Shared,
    now: Timestamp,
}

impl Door {
    fn on(snapshot: Snapshot) -> Self {
        let shared = Shared::new(Clock::Fixed(Timestamp::default()), Limits::default(), Freshness::default());
        let now = Timestamp::parse("2026-06-01T12:00:00Z").unwrap();
        Self { snapshot, shared, now }
    }

    fn of(policy: &Policy) -> Self {
        Self::on(compile(policy).unwrap_or_else(|refusal| panic!("{refusal}")))
    }

    fn of_texts(texts: &[&str]) -> Self {
        Self::of(&documents(texts))
    }

    fn check(&self, request: &v1::CheckRequest) -> Result<v1::CheckResponse, Refusal> {
        check::check(&self.snapshot, self.now, &self.shared, request)
    }

    fn batch(&self, request: &v1::BatchCheckRequest) -> Result<v1::BatchCheckResponse, Refusal> {
        batch::batch(&self.snapshot, self.now, &self.shared, None, request)
    }

    fn list(&self, request: v1::ListAllowedRequest) -> Result<v1::ListAllowedResponse, Refusal> {
        self.list_while(request, &mut || true)
    }

    fn list_while(
        &self,
        request: v1::ListAllowedRequest,
        go_on: &mut dyn FnMut() -> bool,
    ) -> Result<v1::ListAllowedResponse, Refusal> {
        let rules = list::Rules { limits: &self.shared.limits, origin: 7, metrics: None };
        list::list(&self.snapshot, self.now, rules, &list::Asked::new(request, &mut || true), go_on)
    }

    /// The ids of every page of a list of resources.
    fn walk(&self, mut request: v1::ListAllowedRequest) -> Vec<String> {
        let mut ids = Vec::new();
        loop {
            let page = self.list(request.clone()).unwrap();
            let Some(v1::list_allowed_response::Answer::Resources(answer)) = page.answer else { panic!() };
            ids.extend(answer.resources.into_iter().map(|key| key.id));
            if page.complete {
                return ids;
            }
            request.page_token = page.next_page_token;
        }
    }

    fn allows(&self, request: &v1::CheckRequest) -> bool {
        self.check(request).is_ok_and(|answer| answer.decision() == v1::Decision::Allow)
    }
}

/// A question as a Check.
fn single(question: &Question) -> v1::CheckRequest {
    let v1::ListAllowedRequest { tenant, principal, context, via, .. } =
        messages::request(question, messages::registered("", ""));
    v1::CheckRequest {
        tenant,
        principal,
        context,
        via,
        action: question.action.clone(),
        resource: Some(messages::resource(question)),
        ..v1::CheckRequest::default()
    }
}

/// Checks as one batch. Those who ask stand beside each item, or, if `shared`, are that
/// of the first for all.
fn together(checks: &[v1::CheckRequest], shared: bool) -> v1::BatchCheckRequest {
    let first = &checks[0];
    let item = |check: &v1::CheckRequest| v1::BatchCheckItem {
        resource: check.resource.clone(),
        actions: vec![check.action.clone()],
        principal: check.principal.clone().filter(|_| !shared),
        ..v1::BatchCheckItem::default()
    };
    v1::BatchCheckRequest {
        tenant: first.tenant.clone(),
        principal: first.principal.clone().filter(|_| shared),
        context: first.context.clone(),
        via: first.via.clone(),
        items: checks.iter().map(item).collect(),
        ..v1::BatchCheckRequest::default()
    }
}

/// What came of a question: all that is said of it, or that it was refused.
type Said = Option<(v1::Decision, v1::Reason, Option<v1::Cause>, bool, Vec<String>)>;

fn said(result: Result<v1::CheckResponse, Refusal>) -> Said {
    let it = result.ok()?;
    Some((it.decision(), it.reason(), it.cause, it.hidden, it.missing_attributes))
}

fn said_of_item(item: v1::BatchCheckItemResult) -> Said {
    if item.error.is_some() {
        assert!(item.results.is_empty());
        return None;
    }
    let [it] = item.results.try_into().unwrap();
    Some((it.decision(), it.reason(), it.cause, it.hidden, it.missing_attributes))
}

/// Other worlds than elsewhere.
fn worlds(count: u64) -> impl Iterator<Item = World> {
    (3_200_000..3_200_000 + count).map(World::generate)
}
