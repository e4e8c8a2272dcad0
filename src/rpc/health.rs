//! `grpc.health.v1.Health`: whether questions should be sent here.
//!
//! It says the same of the whole and of the data plane, and reads it from the
//! lifecycle alone. What tonic brings says of the whole that it is serving, from
//! the start, and can be told otherwise only by waiting for a lock.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio_stream::Stream;
use tokio_stream::wrappers::WatchStream;
use tonic::{Request, Response, Status};
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_server::Health;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

use super::SERVICE_NAME;
use crate::lifecycle::{Lifecycle, Phase, State};
use crate::wire::status;

/// The service; the same for all listeners.
#[derive(Clone, Debug)]
pub(crate) struct HealthOf(pub(crate) Lifecycle);

/// What is said to whoever watches: the present status, and each after it. It
/// ends when nothing new is accepted any more.
pub(crate) struct Watching {
    states: WatchStream<State>,
    told: Option<ServingStatus>,
    over: bool,
}

#[tonic::async_trait]
impl Health for HealthOf {
    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        known(request.get_ref())?;
        Ok(Response::new(said(serving(self.0.state()))))
    }

    type WatchStream = Watching;

    async fn watch(&self, request: Request<HealthCheckRequest>) -> Result<Response<Watching>, Status> {
        known(request.get_ref())?;
        Ok(Response::new(Watching { states: WatchStream::new(self.0.watch()), told: None, over: false }))
    }
}

impl Stream for Watching {
    type Item = Result<HealthCheckResponse, Status>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        while !self.over {
            let Some(state) = ready!(Pin::new(&mut self.states).poll_next(cx)) else { break };
            self.over = state.phase >= Phase::Finishing;
            let status = serving(state);
            if self.told.replace(status) != Some(status) {
                return Poll::Ready(Some(Ok(said(status))));
            }
        }
        Poll::Ready(None)
    }
}

fn known(HealthCheckRequest { service }: &HealthCheckRequest) -> Result<(), Status> {
    if service.is_empty() || service == SERVICE_NAME { Ok(()) } else { Err(status::unknown_service()) }
}

fn serving(state: State) -> ServingStatus {
    if state.ready().is_ok() { ServingStatus::Serving } else { ServingStatus::NotServing }
}

fn said(status: ServingStatus) -> HealthCheckResponse {
    HealthCheckResponse { status: status.into() }
}
