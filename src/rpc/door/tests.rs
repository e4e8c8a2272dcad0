//! The door, before services that misbehave.

use std::future::{pending, ready};
use std::task::Waker;
use std::time::Duration;

use tonic::codegen::BoxFuture;
use tower::service_fn;

use super::*;
use crate::clock::Clock;
use crate::lifecycle::Freshness;
use crate::rpc::Limits;
use crate::rpc::limits::LoadLimits;
use crate::telemetry::Gauge;

type Outcome = BoxFuture<Response<Body>, Infallible>;

const CHECK: &str = "/sidegate.v1.AuthorizationService/Check";
const LIST: &str = "/sidegate.v1.AuthorizationService/ListAllowed";

/// A door before a service that does this with every call.
fn door(
    change: impl FnOnce(&mut Limits),
    service: impl Fn() -> Outcome + Clone,
) -> Door<impl Service<Request<Body>, Response = Response<Body>, Error = Infallible, Future = Outcome> + Clone>
{
    let mut limits = Limits::default();
    change(&mut limits);
    let shared = Arc::new(Shared::new(Clock::System, limits, Freshness::default()));
    Door::before(shared, |_| {
        let service = service.clone();
        service_fn(move |_: Request<Body>| service())
    })
}

fn asked_for(path: &str, timeout: Option<&str>) -> Request<Body> {
    let mut request = Request::builder().uri(path);
    if let Some(timeout) = timeout {
        request = request.header("grpc-timeout", timeout);
    }
    request.body(Body::empty()).unwrap()
}

fn connection() -> Places {
    Places::new(Gauge::default(), 200)
}

fn answered() -> Outcome {
    Box::pin(ready(Ok(Response::new(Body::empty()))))
}

fn code(response: &Response<Body>) -> Code {
    response.extensions().get::<Status>().map_or(Code::Ok, Status::code)
}

/// Whether a line stands in what is counted.
fn counted<S>(door: &Door<S>, line: &str) -> bool {
    door.shared.metrics.render().lines().any(|shown| shown == line)
}

#[tokio::test]
async fn f34_a_panic_ends_its_call_and_nothing_else() {
    let door = door(|_| {}, || Box::pin(async { panic!("injected") }));
    let places = connection();
    for _ in 0..3 {
        let (response, call) = door.answer(asked_for(CHECK, None), &places).await;
        assert_eq!(code(&response), Code::Internal);
        drop(call);
    }
    assert!(counted(&door, r#"sidegate_calls_total{rpc="Check",code="INTERNAL"} 3"#));
    assert!(counted(&door, "sidegate_calls_in_flight 0"));
}

#[tokio::test]
async fn f33_a_call_that_is_given_up_counts_no_more() {
    let door = door(|_| {}, || Box::pin(pending()));
    let places = connection();
    let mut cx = Context::from_waker(Waker::noop());
    for _ in 0..1000 {
        let mut never_asked = door.answer(asked_for(CHECK, None), &places);
        drop(door.answer(asked_for(CHECK, None), &places));
        assert!(Pin::new(&mut never_asked).poll(&mut cx).is_pending());
        assert!(counted(&door, "sidegate_calls_in_flight 1"));
    }
    assert!(counted(&door, "sidegate_calls_in_flight 0"));
    assert!(counted(&door, r#"sidegate_calls_total{rpc="Check",code="CANCELLED"} 2000"#));
    assert!(!places.full());
}

#[tokio::test(start_paused = true)]
async fn f25_a_call_ends_when_its_time_is_up() {
    let door = door(|_| {}, || Box::pin(pending()));
    let ms = Duration::from_millis;
    let cases = [
        (CHECK, None, ms(1000)),
        (CHECK, Some("1m"), ms(1)),
        (CHECK, Some("250m"), ms(250)),
        (CHECK, Some("10S"), ms(10_000)),
        (CHECK, Some("11S"), ms(10_000)),
        (CHECK, Some("99999999H"), ms(10_000)),
        (CHECK, Some("soon"), ms(1000)),
        (LIST, None, ms(3000)),
        (LIST, Some("31S"), ms(30_000)),
    ];
    for (path, timeout, expected) in cases {
        let began = tokio::time::Instant::now();
        let (response, _call) = door.answer(asked_for(path, timeout), &connection()).await;
        assert_eq!(code(&response), Code::DeadlineExceeded, "{path} {timeout:?}");
        let took = began.elapsed();
        assert!(took >= expected && took < expected + ms(5), "{path} {timeout:?} took {took:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn f25_a_call_without_time_is_not_begun() {
    let door = door(|_| {}, answered);
    for timeout in ["0S", "0n", "00000000H"] {
        let (response, _call) = door.answer(asked_for(CHECK, Some(timeout)), &connection()).await;
        assert_eq!(code(&response), Code::DeadlineExceeded, "{timeout}");
    }
    // Its time passes before it is first asked for.
    let answering = door.answer(asked_for(CHECK, Some("5m")), &connection());
    tokio::time::advance(Duration::from_millis(5)).await;
    assert_eq!(code(&answering.await.0), Code::DeadlineExceeded);
    let answering = door.answer(asked_for(CHECK, Some("5m")), &connection());
    tokio::time::advance(Duration::from_millis(4)).await;
    assert_eq!(code(&answering.await.0), Code::Ok);
}

#[test]
fn an_answer_that_is_there_arms_no_timer() {
    // A timer cannot be armed where none is driven: there is no runtime here.
    let door = door(|_| {}, answered);
    let mut answering = door.answer(asked_for(CHECK, None), &connection());
    let mut cx = Context::from_waker(Waker::noop());
    assert!(Pin::new(&mut answering).poll(&mut cx).is_ready());
}

#[tokio::test]
async fn over_the_limit_is_refused_at_once_and_told_which() {
    let limits = |limits: &mut Limits| limits.load = LoadLimits { calls: 3, ..limits.load };
    let door = door(limits, || Box::pin(pending()));
    let two = || Places::new(Gauge::default(), 2);
    let (first, second) = (two(), two());
    let _held: Vec<_> = [&first, &first, &second].map(|of| door.answer(asked_for(CHECK, None), of)).into();

    let refused = async |of: &Places, limit: &str| {
        let (response, _call) = door.answer(asked_for(CHECK, None), of).await;
        let told = response.extensions().get::<Status>().unwrap().clone();
        assert_eq!(told.code(), Code::ResourceExhausted);
        assert_eq!(told.message(), format!("the limit `{limit}` is reached: retry later"));
        assert!(counted(&door, &format!("sidegate_limit_hit_total{{limit=\"{limit}\"}} 1")));
        assert!(counted(&door, "sidegate_calls_in_flight 3"), "who is refused takes no place");
    };
    refused(&first, "connection_calls").await;
    refused(&second, "calls").await;
    assert!(!second.full(), "who is refused for one limit takes no place of the other");
}
