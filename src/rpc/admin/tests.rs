//! The door, before services that misbehave.

use std::future::{pending, ready};
use std::time::Duration;

use tokio::time::{Instant, advance, timeout};
use tonic::{Code, Status};
use tower::service_fn;

use super::*;
use crate::clock::Clock;
use crate::lifecycle::Freshness;
use crate::rpc::identity::{Callers, Peer};
use crate::rpc::limits::Limits;
use crate::rpc::refusal::Lacking;
use crate::telemetry::Gauge;

type Outcome = BoxFuture<Response<Body>, Infallible>;

const PUSH: &str = "/sidegate.v1.PolicyService/Push";
const ROLLBACK: &str = "/sidegate.v1.PolicyService/Rollback";
const STATUS: &str = "/sidegate.v1.PolicyService/GetStatus";

/// A door before a service that does this with every call.
fn door(service: impl Fn(Request<Body>) -> Outcome + Clone + Send + Sync + 'static) -> AdminDoor {
    let shared = Arc::new(Shared::new(Clock::System, Limits::default(), Freshness::default()));
    let limit = shared.limits.push_message();
    AdminDoor { shared, limit, service: BoxCloneSyncService::new(service_fn(service)) }
}

fn anyone() -> Result<Caller, Refusal> {
    Callers::Anyone.resolve(&Peer::Unproved)
}

fn begin(
    door: &AdminDoor,
    path: &str,
    timeout: Option<&str>,
    caller: &Result<Caller, Refusal>,
) -> Answering<Outcome> {
    let mut request = Request::builder().uri(path);
    if let Some(timeout) = timeout {
        request = request.header("grpc-timeout", timeout);
    }
    door.answer(request.body(Body::empty()).unwrap(), &Places::new(Gauge::default(), 200), caller)
}

fn code(response: &Response<Body>) -> Code {
    response.extensions().get::<Status>().map_or(Code::Ok, Status::code)
}

fn counted(door: &AdminDoor, line: &str) -> bool {
    door.shared.metrics.render().lines().any(|shown| shown == line)
}

#[tokio::test]
async fn f46_who_may_not_call_reaches_nothing() {
    let door = door(|_| panic!("it was reached"));
    for (refusal, expected) in [
        (Refusal::NoIdentity, Code::Unauthenticated),
        (Refusal::CallerNotAllowed(Lacking::Identity), Code::PermissionDenied),
    ] {
        for path in [PUSH, ROLLBACK, STATUS, "/sidegate.v1.PolicyService/Drop"] {
            let (response, _call) = begin(&door, path, None, &Err(refusal.clone())).await;
            assert_eq!(code(&response), expected, "{path}");
        }
    }
    assert!(counted(&door, "sidegate_admin_calls_refused_total 8"));
    assert!(counted(&door, r#"sidegate_calls_total{rpc="Push",code="UNAUTHENTICATED"} 1"#));
    assert!(counted(&door, r#"sidegate_calls_total{rpc="Rollback",code="PERMISSION_DENIED"} 1"#));
    assert!(counted(&door, r#"sidegate_calls_total{rpc="policy_read",code="PERMISSION_DENIED"} 1"#));
    assert!(counted(&door, r#"sidegate_calls_total{rpc="other",code="PERMISSION_DENIED"} 1"#));
}

#[tokio::test]
async fn the_service_is_told_who_calls() {
    let door = door(|request| {
        let caller = request.extensions().get::<Caller>().unwrap();
        assert_eq!(caller.name(), "anyone");
        Box::pin(ready(Ok(Response::new(Body::empty()))))
    });
    assert_eq!(code(&begin(&door, PUSH, None, &anyone()).await.0), Code::Ok);
}

#[tokio::test]
async fn a_panic_ends_its_call_alone() {
    let door = door(|request| {
        let falls = request.uri().path() == STATUS;
        Box::pin(async move {
            assert!(!falls, "of the service");
            Ok(Response::new(Body::empty()))
        })
    });
    assert_eq!(code(&begin(&door, STATUS, None, &anyone()).await.0), Code::Internal);
    assert_eq!(code(&begin(&door, PUSH, None, &anyone()).await.0), Code::Ok);
    assert!(counted(&door, "sidegate_admin_calls_in_flight 0"));
}

#[tokio::test(start_paused = true)]
async fn a_push_takes_as_long_as_it_takes_and_nothing_else_does() {
    let door = door(|_| Box::pin(pending()));
    let seconds = Duration::from_secs;
    for (path, asked, expected) in [
        (STATUS, None, seconds(1)),
        (STATUS, Some("5S"), seconds(5)),
        (STATUS, Some("1H"), seconds(10)),
        (ROLLBACK, None, seconds(3)),
        (ROLLBACK, Some("1H"), seconds(30)),
    ] {
        let began = Instant::now();
        let (response, _call) = begin(&door, path, asked, &anyone()).await;
        assert_eq!(code(&response), Code::DeadlineExceeded, "{path}");
        let took = began.elapsed();
        assert!(took >= expected && took < expected + Duration::from_millis(5), "{path} took {took:?}");
    }
    for asked in [None, Some("1S")] {
        assert!(timeout(seconds(3600), begin(&door, PUSH, asked, &anyone())).await.is_err());
    }
    // Nor is it given up before it begins.
    let answering = begin(&door, PUSH, Some("1m"), &anyone());
    advance(seconds(1)).await;
    assert!(timeout(seconds(1), answering).await.is_err());
}

#[tokio::test]
async fn over_the_limit_is_refused_at_once() {
    let door = door(|_| Box::pin(pending()));
    let two = Places::new(Gauge::default(), 2);
    let request = || Request::builder().uri(PUSH).body(Body::empty()).unwrap();
    let _held: Vec<_> = (0..2).map(|_| door.answer(request(), &two, &anyone())).collect();
    let (response, _call) = door.answer(request(), &two, &anyone()).await;
    assert_eq!(code(&response), Code::ResourceExhausted);
    assert!(counted(&door, "sidegate_limit_hit_total{limit=\"connection_calls\"} 1"));
    assert!(counted(&door, "sidegate_admin_calls_in_flight 2"));
    assert!(counted(&door, "sidegate_calls_in_flight 0"), "the data plane has places of its own");
}
