//! `AuthorizationService`: the data plane.
//!
//! Each method lends the snapshot in force to one function, which answers from
//! it or says why not. Nothing here waits.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use bytes::Bytes;
use prost::Message;
use tonic::{Request, Response, Status};

use super::apart::Apart;
use super::deadline::Deadline;
use super::list::{self, Asked, Rules};
use super::load::Places;
use super::paced::Paced;
use super::refusal::Refusal;
use super::{Limits, ListenerScope, Question, batch, check};
use crate::clock::Clock;
use crate::snapshot::Snapshot;
use crate::store::Store;
use crate::telemetry::Metrics;
use crate::wire::api::authorization_service_server::AuthorizationService;
use crate::wire::{api, capabilities, status};

/// What the services of all listeners share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) store: Arc<Store>,
    pub(crate) clock: Clock,
    pub(crate) limits: Limits,
    pub(crate) metrics: Arc<Metrics>,
    /// Tells this process from others that count the revisions of a directory.
    pub(crate) origin: u64,
    /// Calls in flight, of all connections.
    pub(super) calls: Places,
    /// Where lists are answered.
    apart: Apart,
}

/// The service of one listener.
#[derive(Debug)]
pub(crate) struct Authorization {
    shared: Arc<Shared>,
    scope: Arc<ListenerScope>,
}

impl Shared {
    /// Nothing in force, nothing counted.
    pub(crate) fn new(clock: Clock, limits: Limits) -> Self {
        let metrics = Arc::new(Metrics::new());
        let calls = Places::new(metrics.calls_in_flight().clone(), limits.load.calls);
        Self {
            store: Arc::new(Store::default()),
            clock,
            limits,
            metrics,
            // A number that another process is not likely to draw: the seed of this
            // process's hash maps.
            origin: RandomState::new().hash_one(()),
            calls,
            apart: Apart::new(),
        }
    }

    /// Counts a refusal, and tells it to the caller.
    pub(super) fn refuse(&self, refusal: &Refusal) -> Status {
        self.count(refusal);
        status::status(refusal)
    }

    /// Counts the limits that a refusal is about.
    pub(super) fn count(&self, refusal: &Refusal) {
        refusal.limits().for_each(|limit| self.metrics.limit_hit(limit));
    }
}

impl Authorization {
    pub(super) fn new(shared: Arc<Shared>, scope: ListenerScope) -> Self {
        Self { shared, scope: Arc::new(scope) }
    }

    /// Whether this listener answers such a question about a tenant.
    fn permitted(&self, question: Question, explain: bool, tenant: &str) -> Result<(), Status> {
        let questions = [question, Question::Explain];
        let asked = if explain { &questions[..] } else { &questions[..1] };
        self.scope.permits(asked, tenant).map_err(|refusal| self.shared.refuse(&refusal))
    }

    /// Answers a ListAllowed, apart, from the bytes of its request with those of its
    /// response.
    pub(super) async fn list(&self, request: Bytes) -> Result<Bytes, Status> {
        let (shared, scope) = (Arc::clone(&self.shared), Arc::clone(&self.scope));
        let page = self.shared.apart.run(move |wanted| {
            let paced = Paced::new(request, || _ = wanted.still());
            let request = api::ListAllowedRequest::decode(paced).map_err(|_| Refusal::RequestUnreadable)?;
            let question = match request.query {
                Some(api::list_allowed_request::Query::Principals(_)) => Question::Principals,
                _ => Question::List,
            };
            scope.permits(&[question], &request.tenant)?;
            let mut go_on = || wanted.still();
            let asked = Asked::new(request, &mut go_on);
            let now = shared.clock.now();
            let Shared { limits, origin, metrics, .. } = &*shared;
            let rules = Rules { limits, origin: *origin, metrics: Some(metrics) };
            let page = shared.store.read(|snapshot| list::list(snapshot, now, rules, &asked, &mut go_on));
            asked.take_apart(&mut go_on);
            Ok(page.unwrap_or(Err(Refusal::NoSnapshot))?.encode_to_vec().into())
        });
        page.await.map_err(|refusal| self.shared.refuse(&refusal))
    }

    /// Answers from the snapshot in force, or says that there is none.
    fn answer<T>(&self, answer: impl FnOnce(&Snapshot) -> Result<T, Refusal>) -> Result<Response<T>, Status> {
        match self.shared.store.read(answer).unwrap_or(Err(Refusal::NoSnapshot)) {
            Ok(response) => Ok(Response::new(response)),
            Err(refusal) => Err(self.shared.refuse(&refusal)),
        }
    }
}

#[tonic::async_trait]
impl AuthorizationService for Authorization {
    async fn check(
        &self,
        request: Request<api::CheckRequest>,
    ) -> Result<Response<api::CheckResponse>, Status> {
        let request = request.get_ref();
        self.permitted(Question::Check, request.explain, &request.tenant)?;
        let now = self.shared.clock.now();
        self.answer(|snapshot| check::check(snapshot, now, &self.shared, request))
    }

    async fn batch_check(
        &self,
        request: Request<api::BatchCheckRequest>,
    ) -> Result<Response<api::BatchCheckResponse>, Status> {
        let deadline = request.extensions().get::<Deadline>().copied();
        let request = request.get_ref();
        self.permitted(Question::Batch, request.explain, &request.tenant)?;
        let now = self.shared.clock.now();
        self.answer(|snapshot| batch::batch(snapshot, now, &self.shared, deadline, request))
    }

    async fn list_allowed(
        &self,
        request: Request<api::ListAllowedRequest>,
    ) -> Result<Response<api::ListAllowedResponse>, Status> {
        // The door's way to lists is `Self::list`; this one serves whoever holds the
        // generated service by itself.
        let page = self.list(request.into_inner().encode_to_vec().into()).await?;
        api::ListAllowedResponse::decode(page)
            .map(Response::new)
            .map_err(|_| self.shared.refuse(&Refusal::Internal))
    }

    async fn get_capabilities(
        &self,
        request: Request<api::GetCapabilitiesRequest>,
    ) -> Result<Response<api::GetCapabilitiesResponse>, Status> {
        let api::GetCapabilitiesRequest {} = request.into_inner();
        Ok(Response::new(capabilities::capabilities(&self.shared.limits, self.shared.store.revision())))
    }
}
