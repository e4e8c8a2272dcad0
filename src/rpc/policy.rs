//! `PolicyService`: where policy is pushed and read.
//!
//! What a message says is read apart from what serves connections, as lists are:
//! a set may be as large as sixteen thousand checks. Sets go to the thread that takes
//! them; what is read comes from one snapshot a call, in pages.
//!
//! Invariants:
//!
//! 1. *Undecoded.* Messages come here as bytes, so that what this version does not
//!    know in a set is seen, and refused.
//! 2. *A push takes as long as it takes.* Each of its messages has a deadline, and all
//!    of them together have none.
//! 3. *Who may not learns nothing.* What a caller may do is asked before anything that
//!    depends on what is held.

mod page;
mod push;
mod reads;
mod respond;

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use prost::Message;
use tokio::sync::Semaphore;
use tonic::body::Body;
use tonic::codegen::BoxFuture;
use tonic::server::{ClientStreamingService, Grpc, UnaryService};
use tonic::{Request as Call, Response as Answer, Status, Streaming};
use tower::Service;

use super::answer::fits;
use super::apart::Wanted;
use super::identity::Caller;
use super::plane::Undecoded;
use super::refusal::Refusal;
use super::shared::Shared;
use crate::snapshot::Snapshot;
use crate::sync::push::Pusher;
use crate::wire::status;

/// What the path of each of the service's methods begins with.
const PREFIX: &str = "/sidegate.v1.PolicyService/";

/// The service of all admin listeners.
#[derive(Debug)]
pub(crate) struct Policy {
    shared: Arc<Shared>,
    /// Where pushes go; `None` where policy does not come by push.
    pusher: Option<Pusher>,
    /// Where policy comes from, as configured.
    source: &'static str,
    /// Room for the bytes of sets under way, in pieces of [`ROOM`].
    room: Arc<Semaphore>,
}

/// A piece of room.
const ROOM: usize = 1024;
/// How many of the largest sets there is room for at a time.
const SETS: usize = 4;

/// The service, from bytes to bytes.
#[derive(Clone, Debug)]
pub(crate) struct PolicyPlane(Arc<Policy>);

/// A method of the service.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Method {
    Push,
    Rollback,
    GetStatus,
    ListRevisions,
    ListTenants,
    GetTenant,
    ListRoles,
    ListMembers,
    DescribeApp,
    GetModel,
    ListApps,
}

impl Method {
    fn at(path: &str) -> Option<Self> {
        Some(match path.strip_prefix(PREFIX)? {
            "Push" => Self::Push,
            "Rollback" => Self::Rollback,
            "GetStatus" => Self::GetStatus,
            "ListRevisions" => Self::ListRevisions,
            "ListTenants" => Self::ListTenants,
            "GetTenant" => Self::GetTenant,
            "ListRoles" => Self::ListRoles,
            "ListMembers" => Self::ListMembers,
            "DescribeApp" => Self::DescribeApp,
            "GetModel" => Self::GetModel,
            "ListApps" => Self::ListApps,
            _ => return None,
        })
    }
}

impl PolicyPlane {
    /// The service; without a pusher, policy is read there and not pushed.
    pub(crate) fn new(shared: Arc<Shared>, source: &'static str, pusher: Option<Pusher>) -> Self {
        let limits = &shared.limits.push;
        let bytes = limits.set_bytes.max(limits.message_bytes).saturating_mul(SETS);
        let room = Arc::new(Semaphore::new(bytes.div_ceil(ROOM).min(Semaphore::MAX_PERMITS)));
        Self(Arc::new(Policy { shared, pusher, source, room }))
    }
}

impl Service<Request<Body>> for PolicyPlane {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Response<Body>, Infallible>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let service = Arc::clone(&self.0);
        let limits = &service.shared.limits;
        let (request_bytes, response_bytes) = (limits.push.message_bytes, limits.response_bytes);
        let mut grpc =
            Grpc::new(Undecoded).apply_max_message_size_config(Some(request_bytes), Some(response_bytes));
        let caller = request.extensions().get::<Caller>().cloned().ok_or(Refusal::NoIdentity);
        let method = Method::at(request.uri().path());
        Box::pin(async move {
            Ok(match caller.map(|caller| (caller, method)) {
                Err(refusal) => service.shared.refuse(&refusal).into_http(),
                Ok((_, None)) => status::no_such_method().into_http(),
                Ok((caller, Some(Method::Push))) => {
                    grpc.client_streaming(Pushed { service, caller }, request).await
                }
                Ok((caller, Some(method))) => grpc.unary(Asked { service, caller, method }, request).await,
            })
        })
    }
}

/// A push that is being received.
struct Pushed {
    service: Arc<Policy>,
    caller: Caller,
}

impl ClientStreamingService<Bytes> for Pushed {
    type Response = Bytes;
    type Future = BoxFuture<Answer<Bytes>, Status>;

    fn call(&mut self, request: Call<Streaming<Bytes>>) -> Self::Future {
        let (service, caller) = (Arc::clone(&self.service), self.caller.clone());
        Box::pin(async move {
            let pushed = service.push(&caller, request.into_inner()).await;
            service.said(pushed)
        })
    }
}

/// Any other call.
struct Asked {
    service: Arc<Policy>,
    caller: Caller,
    method: Method,
}

impl UnaryService<Bytes> for Asked {
    type Response = Bytes;
    type Future = BoxFuture<Answer<Bytes>, Status>;

    fn call(&mut self, request: Call<Bytes>) -> Self::Future {
        let (service, caller, method) = (Arc::clone(&self.service), self.caller.clone(), self.method);
        Box::pin(async move {
            let answered = service.asked(caller, method, request.into_inner()).await;
            service.said(answered)
        })
    }
}

impl Policy {
    fn said(&self, outcome: Result<Bytes, Refusal>) -> Result<Answer<Bytes>, Status> {
        outcome.map(Answer::new).map_err(|refusal| self.shared.refuse(&refusal))
    }

    async fn asked(
        self: &Arc<Self>,
        caller: Caller,
        method: Method,
        request: Bytes,
    ) -> Result<Bytes, Refusal> {
        match method {
            Method::Rollback => self.roll_back(&caller, request).await,
            Method::GetStatus => self.status(&caller),
            Method::ListRevisions => self.revisions(&caller),
            Method::ListTenants => self.read(caller, request, reads::tenants).await,
            Method::GetTenant => self.read(caller, request, reads::tenant).await,
            Method::ListRoles => self.read(caller, request, reads::roles).await,
            Method::ListMembers => self.read(caller, request, reads::members).await,
            Method::DescribeApp => self.read(caller, request, reads::app).await,
            Method::GetModel => self.read(caller, request, reads::model).await,
            Method::ListApps => self.read(caller, request, reads::apps).await,
            // It is a stream, and was told apart before.
            Method::Push => Err(Refusal::Internal),
        }
    }

    /// Answers from the snapshot in force, apart.
    async fn read<Q, A>(
        self: &Arc<Self>,
        caller: Caller,
        request: Bytes,
        answer: impl FnOnce(&Reading<'_>, Q) -> Result<A, Refusal> + Send + 'static,
    ) -> Result<Bytes, Refusal>
    where
        Q: Message + Default,
        A: Message,
    {
        let shared = Arc::clone(&self.shared);
        let page = self.shared.apart.run(move |wanted| {
            let request = Q::decode(request).map_err(|_| Refusal::RequestUnreadable)?;
            let page = shared.store.read(|snapshot| {
                answer(&Reading { snapshot, caller: &caller, shared: &shared, wanted }, request)
            });
            let page = fits(page.unwrap_or(Err(Refusal::NoSnapshot))?, shared.limits.response())?;
            Ok(page.encode_to_vec().into())
        });
        page.await
    }
}

/// What a read answers from.
struct Reading<'r> {
    caller: &'r Caller,
    snapshot: &'r Snapshot,
    shared: &'r Shared,
    wanted: &'r Wanted,
}

impl Reading<'_> {
    /// Whether to go on. To be asked often.
    fn go_on(&self) -> Result<(), Refusal> {
        if self.wanted.still() { Ok(()) } else { Err(Refusal::DeadlineExceeded) }
    }
}
