//! The door of `PolicyService`: who calls, how much is taken on, how long a call
//! may take, how large a message may be.
//!
//! As the door of the data plane, and before all of that: a caller that the
//! configuration does not name learns nothing and costs nothing.
//!
//! Invariants:
//!
//! 1. *No way round.* Whatever reaches the service has come through here, with its
//!    [`Caller`] in its extensions.
//! 2. *Only what the table has.* A method without an entry is not answered.
//! 3. *A push takes as long as it takes.* It has no deadline of its own: the
//!    messages of it have.
//!
//! What a caller may change is found out by the service, for each change.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;

use http::{Request, Response};
use tonic::body::Body;
use tonic::codegen::BoxFuture;
use tower::ServiceExt;
use tower::util::BoxCloneSyncService;

use super::access::{Method, On};
use super::deadline::Deadline;
use super::door::{Answering, Stage};
use super::identity::Caller;
use super::load::{Call, Place, Places};
use super::policy::PolicyPlane;
use super::refusal::{ByteLimit, Refusal};
use super::shared::Shared;
use crate::telemetry::Rpc;

/// What the path of each of the service's methods begins with.
const PREFIX: &str = "/sidegate.v1.PolicyService/";

/// The service behind its limits.
#[derive(Clone)]
pub(crate) struct AdminDoor {
    shared: Arc<Shared>,
    limit: ByteLimit,
    service: BoxCloneSyncService<Request<Body>, Response<Body>, Infallible>,
}

impl AdminDoor {
    /// The door of all admin listeners.
    pub(crate) fn new(shared: Arc<Shared>, service: PolicyPlane) -> Self {
        let limit = shared.limits.push_message();
        Self { shared, limit, service: BoxCloneSyncService::new(service) }
    }

    /// Whether a path is the service's.
    pub(crate) fn is_at(path: &str) -> bool {
        path.starts_with(PREFIX)
    }

    /// Begins to answer a call of a caller, on a connection that has so many places.
    pub(crate) fn answer(
        &self,
        mut request: Request<Body>,
        connection: &Places,
        caller: &Result<Caller, Refusal>,
    ) -> Answering<BoxFuture<Response<Body>, Infallible>> {
        let path = request.uri().path();
        let known = Method::at(path).is_some_and(|method| method.on != On::Data);
        let rpc = if known { Rpc::of_policy(path) } else { Rpc::Other };
        let limits = &self.shared.limits.deadlines;
        let deadline = (rpc != Rpc::Push).then(|| Deadline::of(rpc, request.headers(), limits));
        let admitted = caller.clone().and_then(|caller| Ok((caller, self.places(connection)?)));
        let (stage, places) = match admitted {
            Ok((caller, places)) => {
                request.extensions_mut().insert(caller);
                (Stage::Begun(self.begin(request, known)), Some(places))
            }
            Err(refusal) => (Stage::Refused(refusal), None),
        };
        let call = Call::new(Arc::clone(&self.shared.metrics), rpc, places);
        let shared = Arc::clone(&self.shared);
        Answering { stage, deadline, limit: self.limit, shared, call: Some(call) }
    }

    fn begin(&self, mut request: Request<Body>, known: bool) -> BoxFuture<Response<Body>, Infallible> {
        if !known {
            // The service says of a path that it does not know what it is to be told of
            // one that has no entry.
            *request.uri_mut() = http::Uri::from_static("/sidegate.v1.PolicyService/");
        }
        Box::pin(self.service.clone().oneshot(request))
    }

    fn places(&self, connection: &Places) -> Result<(Place, Place), Refusal> {
        let of_connection = connection.take().ok_or(Refusal::Overloaded { limit: "connection_calls" })?;
        let of_all = self.shared.admin_calls.take().ok_or(Refusal::Overloaded { limit: "calls" })?;
        Ok((of_connection, of_all))
    }
}

impl fmt::Debug for AdminDoor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AdminDoor").field("limit", &self.limit).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
