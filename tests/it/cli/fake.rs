//! A sidecar that answers as a test wants it to: what the tenant of a question
//! says.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use sidegate::client::v1;
use sidegate::client::v1::authorization_service_server::{AuthorizationService, AuthorizationServiceServer};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Code, Request, Response, Status};

/// The tenants: `code-14` gets the status of code 14; `aborts-2` gets ABORTED for
/// its second page, twice; `later` gets a reason that is not known yet.
#[derive(Debug)]
pub(super) struct Fake {
    aborted: AtomicUsize,
    timeouts: &'static Mutex<Vec<String>>,
}

/// Where a fake answers, and the deadlines that it was sent.
pub(super) struct Answering {
    pub(super) address: String,
    timeouts: &'static Mutex<Vec<String>>,
}

impl Answering {
    /// Starts one; it lives as long as the test's runtime.
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let timeouts: &'static Mutex<Vec<String>> = Box::leak(Box::default());
        let fake = Fake { aborted: AtomicUsize::new(0), timeouts };
        let router = tonic::transport::Server::builder().add_service(AuthorizationServiceServer::new(fake));
        tokio::spawn(router.serve_with_incoming(TcpListenerStream::new(listener)));
        Self { address, timeouts }
    }

    /// The deadlines it was sent, as HTTP spells them.
    pub(super) fn timeouts(&self) -> Vec<String> {
        self.timeouts.lock().unwrap().clone()
    }
}

impl Fake {
    fn note<T>(&self, request: &Request<T>) {
        let timeout = request.metadata().get("grpc-timeout").unwrap().to_str().unwrap().to_owned();
        self.timeouts.lock().unwrap().push(timeout);
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "statuses that no sidecar of ours would send are what is tested"
)]
fn status(code: Code) -> Status {
    Status::new(code, "so it is")
}

#[tonic::async_trait]
impl AuthorizationService for Fake {
    async fn check(&self, request: Request<v1::CheckRequest>) -> Result<Response<v1::CheckResponse>, Status> {
        self.note(&request);
        let tenant = request.into_inner().tenant;
        if let Some(code) = tenant.strip_prefix("code-") {
            return Err(status(Code::from_i32(code.parse().unwrap())));
        }
        let decision = v1::Decision::Allow.into();
        Ok(Response::new(v1::CheckResponse { decision, reason: 4711, ..v1::CheckResponse::default() }))
    }

    async fn batch_check(
        &self,
        _request: Request<v1::BatchCheckRequest>,
    ) -> Result<Response<v1::BatchCheckResponse>, Status> {
        Err(status(Code::Unimplemented))
    }

    async fn list_allowed(
        &self,
        request: Request<v1::ListAllowedRequest>,
    ) -> Result<Response<v1::ListAllowedResponse>, Status> {
        self.note(&request);
        let request = request.into_inner();
        let more = |id: &str, next: &str| {
            let resource = v1::ResourceRef { r#type: "note".to_owned(), id: id.to_owned() };
            let resources = vec![resource];
            Response::new(v1::ListAllowedResponse {
                answer: Some(v1::list_allowed_response::Answer::Resources(v1::ResourcesAnswer { resources })),
                complete: next.is_empty(),
                next_page_token: next.to_owned(),
                ..v1::ListAllowedResponse::default()
            })
        };
        let times: usize = request.tenant.strip_prefix("aborts-").unwrap().parse().unwrap();
        match request.page_token.as_str() {
            "" => Ok(more("first", "there")),
            _ if self.aborted.fetch_add(1, Ordering::SeqCst) < times => Err(status(Code::Aborted)),
            _ => Ok(more("second", "")),
        }
    }

    async fn get_capabilities(
        &self,
        _request: Request<v1::GetCapabilitiesRequest>,
    ) -> Result<Response<v1::GetCapabilitiesResponse>, Status> {
        Err(status(Code::Unimplemented))
    }
}
