//! The door of `AuthorizationService`: how much is taken on, how long a call may
//! take, how large a request may be, and what a caller is told when it cannot be
//! read.
//!
//! tonic checks a message's size before it makes room for it, but knows one limit
//! for all methods of a service. So the service stands here once for each limit,
//! and the path says which one answers. What tonic refuses by itself is then told
//! in the words of this API: `OUT_OF_RANGE` and `INTERNAL` say nothing of whose
//! fault it was.
//!
//! Invariants:
//!
//! 1. *No way round.* Whatever reaches the service has come through here.
//! 2. *Refused at once.* What is over a limit waits for nothing.
//! 3. *No timer for what does not wait.* An answer that is there when it is first
//!    asked for has armed none.
//! 4. *A panic ends its call.* Its caller is told `INTERNAL`, which allows nothing.

use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response};
use tokio::time::{Sleep, sleep_until};
use tonic::body::Body;
use tonic::{Code, Status};
use tower::Service;

use super::authorization::Authorization;
use super::deadline::Deadline;
use super::load::{Call, Places};
use super::plane::Plane;
use super::refusal::{ByteLimit, Refusal};
use super::scope::ListenerScope;
use super::shared::Shared;
use crate::telemetry::Rpc;
use crate::wire::api::authorization_service_server;

/// The service's name, as health and reflection have it.
pub(crate) use authorization_service_server::SERVICE_NAME;

/// What the path of each of the service's methods begins with.
const PREFIX: &str = "/sidegate.v1.AuthorizationService/";

/// The service behind its limits.
#[derive(Clone, Debug)]
pub(crate) struct Door<S> {
    shared: Arc<Shared>,
    check: Limited<S>,
    batch: Limited<S>,
    list: Limited<S>,
}

/// The door of the data plane.
pub(crate) type AuthorizationDoor = Door<Plane>;

#[derive(Clone, Debug)]
struct Limited<S> {
    limit: ByteLimit,
    service: S,
}

impl AuthorizationDoor {
    /// The door of one listener.
    pub(crate) fn new(shared: Arc<Shared>, scope: ListenerScope) -> Self {
        let response_bytes = shared.limits.response_bytes;
        let service = Arc::new(Authorization::new(Arc::clone(&shared), scope));
        Self::before(shared, |limit| Plane::new(&service, limit, response_bytes))
    }
}

impl<S, F> Door<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future = F> + Clone,
    F: Future<Output = Result<Response<Body>, Infallible>> + Unpin,
{
    fn before(shared: Arc<Shared>, service: impl Fn(ByteLimit) -> S) -> Self {
        let limited = |limit| Limited { limit, service: service(limit) };
        let limits = &shared.limits;
        let (check, batch, list) = (limits.check_request(), limits.batch_request(), limits.list_request());
        Self { check: limited(check), batch: limited(batch), list: limited(list), shared }
    }

    /// Whether a path is the service's.
    pub(crate) fn is_at(path: &str) -> bool {
        path.starts_with(PREFIX)
    }

    /// Begins to answer a call of a connection that has so many places.
    pub(crate) fn answer(&self, mut request: Request<Body>, connection: &Places) -> Answering<F> {
        // Any other path is one that the server does not know, or that takes the
        // least message of all.
        let rpc = Rpc::at(request.uri().path());
        let Limited { limit, service } = match rpc {
            Rpc::Batch => &self.batch,
            Rpc::List => &self.list,
            Rpc::Check | Rpc::Capabilities | Rpc::Push | Rpc::Rollback | Rpc::PolicyRead | Rpc::Other => {
                &self.check
            }
        };
        let deadline = Deadline::of(rpc, request.headers(), &self.shared.limits.deadlines);
        let (stage, places) = match self.places(connection) {
            Ok(places) => {
                // A list is stopped by being given up; a batch has to look for itself.
                if rpc == Rpc::Batch {
                    request.extensions_mut().insert(deadline);
                }
                (Stage::Begun(service.clone().call(request)), Some(places))
            }
            Err(refusal) => (Stage::Refused(refusal), None),
        };
        let call = Call::new(Arc::clone(&self.shared.metrics), rpc, places);
        let deadline = Some(deadline);
        Answering { stage, deadline, limit: *limit, shared: Arc::clone(&self.shared), call: Some(call) }
    }

    fn places(&self, connection: &Places) -> Result<(super::load::Place, super::load::Place), Refusal> {
        let of_connection = connection.take().ok_or(Refusal::Overloaded { limit: "connection_calls" })?;
        let of_all = self.shared.calls.take().ok_or(Refusal::Overloaded { limit: "calls" })?;
        Ok((of_connection, of_all))
    }
}

/// An answer to come.
pub(crate) struct Answering<F> {
    pub(super) stage: Stage<F>,
    /// None for what takes as long as it takes.
    pub(super) deadline: Option<Deadline>,
    pub(super) limit: ByteLimit,
    pub(super) shared: Arc<Shared>,
    /// Until the answer is there.
    pub(super) call: Option<Call>,
}

pub(super) enum Stage<F> {
    /// Refused before it was begun.
    Refused(Refusal),
    /// Begun, and not yet asked for.
    Begun(F),
    /// Asked for, and not yet there; with what ends the wait.
    Waiting(F, Option<Pin<Box<Sleep>>>),
    /// Over.
    Told,
}

impl<F> Future for Answering<F>
where
    F: Future<Output = Result<Response<Body>, Infallible>> + Unpin,
{
    /// The answer, and what is to be kept until it has been sent.
    type Output = (Response<Body>, Option<Call>);

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let outcome = match std::mem::replace(&mut self.stage, Stage::Told) {
            Stage::Refused(refusal) => Err(refusal),
            Stage::Begun(_) if self.deadline.is_some_and(Deadline::passed) => Err(Refusal::DeadlineExceeded),
            Stage::Begun(mut answer) => match asked(&mut answer, cx) {
                Poll::Ready(outcome) => outcome,
                Poll::Pending => {
                    let mut timer = self.deadline.map(|deadline| Box::pin(sleep_until(deadline.0)));
                    // Its first look is what arms it.
                    if still_time(&mut timer, cx) {
                        self.stage = Stage::Waiting(answer, timer);
                        return Poll::Pending;
                    }
                    Err(Refusal::DeadlineExceeded)
                }
            },
            Stage::Waiting(mut answer, mut timer) => match asked(&mut answer, cx) {
                Poll::Ready(outcome) => outcome,
                Poll::Pending if still_time(&mut timer, cx) => {
                    self.stage = Stage::Waiting(answer, timer);
                    return Poll::Pending;
                }
                Poll::Pending => Err(Refusal::DeadlineExceeded),
            },
            // Nobody asks again for what was told.
            Stage::Told => return Poll::Pending,
        };
        let (response, code) = match outcome.and_then(|response| in_our_words(response, self.limit)) {
            Ok((response, code)) => (response, code),
            Err(refusal) => {
                let status = self.shared.refuse(&refusal);
                let code = status.code();
                (status.into_http(), code)
            }
        };
        let mut call = self.call.take();
        if let Some(call) = &mut call {
            call.answered(code);
        }
        Poll::Ready((response, call))
    }
}

/// Looks whether the time is up.
fn still_time(timer: &mut Option<Pin<Box<Sleep>>>, cx: &mut Context<'_>) -> bool {
    timer.as_mut().is_none_or(|timer| timer.as_mut().poll(cx).is_pending())
}

/// Asks for an answer. A panic on the way is an answer too.
fn asked<F>(answer: &mut F, cx: &mut Context<'_>) -> Poll<Result<Response<Body>, Refusal>>
where
    F: Future<Output = Result<Response<Body>, Infallible>> + Unpin,
{
    // Nothing is looked at again that a panic could have left half done: the future
    // is dropped, and what calls share is never changed in place.
    match catch_unwind(AssertUnwindSafe(|| Pin::new(answer).poll(cx))) {
        Ok(Poll::Ready(Ok(response))) => Poll::Ready(Ok(response)),
        Ok(Poll::Ready(Err(never))) => match never {},
        Ok(Poll::Pending) => Poll::Pending,
        Err(_) => Poll::Ready(Err(Refusal::Internal)),
    }
}

/// Replaces what tonic says of a request that it could not read.
fn in_our_words(response: Response<Body>, limit: ByteLimit) -> Result<(Response<Body>, Code), Refusal> {
    // Only a refusal has its status at hand; every refusal of ours has details.
    let code = match response.extensions().get::<Status>() {
        // What tonic knows no method for has its code in a header alone.
        None => {
            response.headers().get("grpc-status").map_or(Code::Ok, |code| Code::from_bytes(code.as_bytes()))
        }
        Some(refused) if !refused.details().is_empty() => refused.code(),
        Some(refused) => match refused.code() {
            Code::OutOfRange => return Err(Refusal::RequestTooLarge(limit)),
            Code::Internal => return Err(Refusal::RequestUnreadable),
            // The rest of the request did not come: nobody is there to be told.
            Code::Unknown => Code::Cancelled,
            other => other,
        },
    };
    Ok((response, code))
}

#[cfg(test)]
mod tests;
