//! `AuthorizationService`: the data plane.
//!
//! Each method lends the snapshot in force to one function, which answers from
//! it or says why not. Nothing here waits.

use std::sync::Arc;

use tonic::{Request, Response, Status};

use super::refusal::Refusal;
use super::{Limits, batch, check};
use crate::clock::Clock;
use crate::snapshot::Snapshot;
use crate::store::Store;
use crate::wire::api::authorization_service_server::AuthorizationService;
use crate::wire::{api, capabilities, status};

/// The service.
#[derive(Debug)]
pub(super) struct Authorization {
    store: Arc<Store>,
    clock: Clock,
    limits: Limits,
}

impl Authorization {
    pub(super) const fn new(store: Arc<Store>, clock: Clock, limits: Limits) -> Self {
        Self { store, clock, limits }
    }

    /// Answers from the snapshot in force, or says that there is none.
    fn answer<T>(&self, answer: impl FnOnce(&Snapshot) -> Result<T, Refusal>) -> Result<Response<T>, Status> {
        match self.store.read(answer).unwrap_or(Err(Refusal::NoSnapshot)) {
            Ok(response) => Ok(Response::new(response)),
            Err(refusal) => Err(status::status(&refusal)),
        }
    }
}

#[tonic::async_trait]
impl AuthorizationService for Authorization {
    async fn check(
        &self,
        request: Request<api::CheckRequest>,
    ) -> Result<Response<api::CheckResponse>, Status> {
        let now = self.clock.now();
        self.answer(|snapshot| check::check(snapshot, now, &self.limits, request.get_ref()))
    }

    async fn batch_check(
        &self,
        request: Request<api::BatchCheckRequest>,
    ) -> Result<Response<api::BatchCheckResponse>, Status> {
        let now = self.clock.now();
        self.answer(|snapshot| batch::batch(snapshot, now, &self.limits, request.get_ref()))
    }

    async fn list_allowed(
        &self,
        _request: Request<api::ListAllowedRequest>,
    ) -> Result<Response<api::ListAllowedResponse>, Status> {
        Err(status::status(&Refusal::NotImplemented { method: "ListAllowed" }))
    }

    async fn get_capabilities(
        &self,
        request: Request<api::GetCapabilitiesRequest>,
    ) -> Result<Response<api::GetCapabilitiesResponse>, Status> {
        let api::GetCapabilitiesRequest {} = request.into_inner();
        Ok(Response::new(capabilities::capabilities(&self.limits, self.store.revision())))
    }
}
