//! `AuthorizationService`: the data plane.
//!
//! Each method lends the snapshot in force to one function, which answers from
//! it or says why not. Nothing here waits but for a list, which is answered apart,
//! and for a policy that is as new as the caller wants it: then the function is lent
//! that one, and answers anew.

use std::sync::Arc;

use bytes::Bytes;
use prost::Message;
use tonic::metadata::MetadataMap;
use tonic::{Request, Response, Status};

use super::deadline::Deadline;
use super::list::{self, Asked, Rules};
use super::paced::Paced;
use super::refusal::Refusal;
use super::shared::Shared;
use super::{ListenerScope, Question, batch, check};
use crate::model::Timestamp;
use crate::snapshot::Snapshot;
use crate::telemetry::Rpc;
use crate::wire::api::authorization_service_server::AuthorizationService;
use crate::wire::{api, capabilities, count};

/// The service of one listener.
#[derive(Debug)]
pub(crate) struct Authorization {
    shared: Arc<Shared>,
    scope: Arc<ListenerScope>,
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
    pub(super) async fn list(&self, request: Bytes, deadline: Deadline) -> Result<Bytes, Status> {
        let mut page = self.page(request.clone()).await;
        if let Err(Refusal::RevisionNotReached { wanted, .. }) = page {
            page = match self.shared.reach(wanted, deadline).await {
                Ok(()) => self.page(request).await,
                Err(refusal) => Err(refusal),
            };
        }
        page.map_err(|refusal| self.shared.refuse(&refusal))
    }

    async fn page(&self, request: Bytes) -> Result<Bytes, Refusal> {
        let (shared, scope) = (Arc::clone(&self.shared), Arc::clone(&self.scope));
        let page = self.shared.apart.run(move |wanted| {
            // Before room is made for them.
            let most = shared.limits.candidates;
            if count::candidates(&request) > most {
                return Err(list::too_many_candidates(most));
            }
            let paced = Paced::new(request, || wanted.still());
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
            let page = shared.lend(|snapshot| list::list(snapshot, now, rules, &asked, &mut go_on));
            asked.take_apart(&mut go_on);
            Ok(page?.encode_to_vec().into())
        });
        page.await
    }

    /// Answers from the snapshot in force, or says why not.
    async fn answer<T>(
        &self,
        deadline: impl FnOnce() -> Deadline,
        answer: impl Fn(&Snapshot, Timestamp) -> Result<T, Refusal>,
    ) -> Result<Response<T>, Status> {
        let answered = || {
            let now = self.shared.clock.now();
            self.shared.lend(|snapshot| answer(snapshot, now))
        };
        let mut outcome = answered();
        if let Err(Refusal::RevisionNotReached { wanted, .. }) = outcome {
            // In a box, so that no call has to make room for it that does not wait.
            outcome = match Box::pin(self.shared.reach(wanted, deadline())).await {
                Ok(()) => answered(),
                Err(refusal) => Err(refusal),
            };
        }
        outcome.map(Response::new).map_err(|refusal| self.shared.refuse(&refusal))
    }

    /// When the time of a call is up that has just begun.
    pub(super) fn deadline(&self, rpc: Rpc, metadata: &MetadataMap) -> Deadline {
        Deadline::of(rpc, metadata.as_ref(), &self.shared.limits.deadlines)
    }
}

#[tonic::async_trait]
impl AuthorizationService for Authorization {
    async fn check(
        &self,
        request: Request<api::CheckRequest>,
    ) -> Result<Response<api::CheckResponse>, Status> {
        let metadata = request.metadata();
        let request = request.get_ref();
        self.permitted(Question::Check, request.explain, &request.tenant)?;
        let deadline = || self.deadline(Rpc::Check, metadata);
        self.answer(deadline, |snapshot, now| check::check(snapshot, now, &self.shared, request)).await
    }

    async fn batch_check(
        &self,
        request: Request<api::BatchCheckRequest>,
    ) -> Result<Response<api::BatchCheckResponse>, Status> {
        let deadline = request.extensions().get::<Deadline>().copied();
        let metadata = request.metadata();
        let request = request.get_ref();
        self.permitted(Question::Batch, request.explain, &request.tenant)?;
        let until = || deadline.unwrap_or_else(|| self.deadline(Rpc::Batch, metadata));
        self.answer(until, |snapshot, now| batch::batch(snapshot, now, &self.shared, deadline, request)).await
    }

    async fn list_allowed(
        &self,
        request: Request<api::ListAllowedRequest>,
    ) -> Result<Response<api::ListAllowedResponse>, Status> {
        // The door's way to lists is `Self::list`; this one serves whoever holds the
        // generated service by itself.
        let deadline = self.deadline(Rpc::List, request.metadata());
        let page = self.list(request.into_inner().encode_to_vec().into(), deadline).await?;
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
