//! The door of `AuthorizationService`: how large a request may be, and what a
//! caller is told when it cannot be read.
//!
//! tonic checks a message's size before it makes room for it, but knows one limit
//! for all methods of a service. So the service stands here once for each limit,
//! and the path says which one answers. What tonic refuses by itself is then told
//! in the words of this API: `OUT_OF_RANGE` and `INTERNAL` say nothing of whose
//! fault it was.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tonic::body::Body;
use tonic::codegen::http::{Request, Response};
use tonic::codegen::{BoxFuture, Service};
use tonic::server::NamedService;
use tonic::{Code, Status};

use super::authorization::{Authorization, Shared};
use super::refusal::{ByteLimit, Refusal};
use super::scope::ListenerScope;
use crate::wire::api::authorization_service_server::{self, AuthorizationServiceServer};
use crate::wire::status;

/// The service's name, as health and reflection have it.
pub(crate) use authorization_service_server::SERVICE_NAME;

type Server = AuthorizationServiceServer<Authorization>;

/// The service behind its limits.
#[derive(Clone, Debug)]
pub(crate) struct AuthorizationDoor {
    check: Limited,
    batch: Limited,
    list: Limited,
}

#[derive(Clone, Debug)]
struct Limited {
    limit: ByteLimit,
    server: Server,
}

impl AuthorizationDoor {
    /// The door of one listener.
    pub(crate) fn new(shared: Arc<Shared>, scope: ListenerScope) -> Self {
        let limits = &shared.limits;
        let (check, batch, list) = (limits.check_request(), limits.batch_request(), limits.list_request());
        let response_bytes = limits.response_bytes;
        let service = Arc::new(Authorization::new(shared, scope));
        let limited = |limit: ByteLimit| Limited {
            limit,
            server: Server::from_arc(Arc::clone(&service))
                .max_decoding_message_size(limit.bytes)
                .max_encoding_message_size(response_bytes),
        };
        Self { check: limited(check), batch: limited(batch), list: limited(list) }
    }
}

impl NamedService for AuthorizationDoor {
    const NAME: &'static str = SERVICE_NAME;
}

impl Service<Request<Body>> for AuthorizationDoor {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Answering;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Answering {
        // Any other path is one that the server does not know, or that takes the
        // least message of all.
        let limited = match request.uri().path() {
            "/sidegate.v1.AuthorizationService/BatchCheck" => &mut self.batch,
            "/sidegate.v1.AuthorizationService/ListAllowed" => &mut self.list,
            _ => &mut self.check,
        };
        Answering { answer: limited.server.call(request), limit: limited.limit }
    }
}

/// An answer to come.
pub(crate) struct Answering {
    answer: BoxFuture<Response<Body>, Infallible>,
    limit: ByteLimit,
}

impl Future for Answering {
    type Output = Result<Response<Body>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let response = ready!(self.answer.as_mut().poll(cx))?;
        Poll::Ready(Ok(in_our_words(response, self.limit)))
    }
}

/// Replaces what tonic says of a request that it could not read.
fn in_our_words(response: Response<Body>, limit: ByteLimit) -> Response<Body> {
    // Only a refusal has its status at hand; every refusal of ours has details.
    let refusal = match response.extensions().get::<Status>() {
        Some(refused) if refused.details().is_empty() => match refused.code() {
            Code::OutOfRange => Refusal::RequestTooLarge(limit),
            Code::Internal => Refusal::RequestUnreadable,
            _ => return response,
        },
        _ => return response,
    };
    status::status(&refusal).into_http()
}
