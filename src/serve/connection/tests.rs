//! Connections over a pipe, in time that stands still until it is moved on.

use bytes::Bytes;
use h2::client::SendRequest;
use http::{Request, Response};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::task::JoinHandle;
use tonic::service::Routes;
use tonic_health::pb::health_server::HealthServer;

use super::*;
use crate::clock::Clock;
use crate::lifecycle::Freshness;
use crate::rpc::{AuthorizationDoor, HealthOf, Limits, ListenerScope, Shared};
use crate::serve::{Doors, http2};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// An empty SETTINGS frame.
const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];
const CHECK: &str = "/sidegate.v1.AuthorizationService/Check";
const CAPABILITIES: &str = "/sidegate.v1.AuthorizationService/GetCapabilities";
const WATCH: &str = "/grpc.health.v1.Health/Watch";
/// An empty message.
const EMPTY: &[u8] = &[0, 0, 0, 0, 0];

/// A connection that is served, and when its serving ended.
struct Served {
    rules: Arc<Rules>,
    began: Instant,
    ended: JoinHandle<Instant>,
}

impl Served {
    /// Begins to serve the other end of a pipe.
    fn begin() -> (DuplexStream, Self) {
        let (client, server) = duplex(1 << 20);
        let lifecycle = Lifecycle::default();
        let shared = Arc::new(Shared::new(Clock::System, Limits::default(), Freshness::default()));
        let limits = shared.limits.connection.clone();
        let rules = Arc::new(Rules {
            http2: http2::builder(&limits),
            limits,
            metrics: Arc::clone(&shared.metrics),
            lifecycle: lifecycle.clone(),
        });
        let services = Arc::new(Services {
            door: Doors::DataPlane(AuthorizationDoor::new(shared, ListenerScope::everything())),
            standard: Routes::new(HealthServer::new(HealthOf(lifecycle))),
        });
        let serving = Arc::clone(&rules);
        let ended = tokio::spawn(async move {
            serving.serve(server, services, None, None).await;
            Instant::now()
        });
        (client, Self { rules, began: Instant::now(), ended })
    }

    /// How long it was served.
    async fn lasted(self) -> Duration {
        self.ended.await.unwrap() - self.began
    }

    fn hits(&self, limit: &str) -> bool {
        let line = format!("sidegate_limit_hit_total{{limit=\"{limit}\"}} 1");
        self.rules.metrics.render().lines().any(|shown| shown == line)
    }
}

/// A client that behaves, and goes on behaving in the background.
async fn client(io: DuplexStream) -> SendRequest<Bytes> {
    client_with(io, &h2::client::Builder::new()).await
}

async fn client_with(io: DuplexStream, builder: &h2::client::Builder) -> SendRequest<Bytes> {
    let (send, connection) = builder.handshake(io).await.unwrap();
    tokio::spawn(connection);
    send.ready().await.unwrap()
}

/// Begins a call. Without a message it is left hanging.
async fn call(
    send: &mut SendRequest<Bytes>,
    path: &str,
    message: Option<&'static [u8]>,
) -> (h2::client::ResponseFuture, h2::SendStream<Bytes>) {
    let uri = format!("http://sidegate{path}");
    let request = Request::post(uri).header("content-type", "application/grpc").body(()).unwrap();
    *send = send.clone().ready().await.unwrap();
    let (response, mut body) = send.send_request(request, false).unwrap();
    if let Some(message) = message {
        body.send_data(Bytes::from_static(message), true).unwrap();
    }
    (response, body)
}

/// The gRPC code of an answer that has one in its head.
fn code(response: &Response<h2::RecvStream>) -> &str {
    response.headers().get("grpc-status").map_or("none", |code| code.to_str().unwrap())
}

#[track_caller]
fn assert_about(took: Duration, expected: Duration) {
    assert!(took >= expected && took < expected + Duration::from_millis(20), "{took:?}, not {expected:?}");
}

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[tokio::test(start_paused = true)]
async fn f27_a_connection_says_in_time_what_it_is_or_is_closed() {
    for said in [&b""[..], &PREFACE[..10], PREFACE, &[PREFACE, &SETTINGS[..8]].concat()] {
        let (mut io, served) = Served::begin();
        io.write_all(said).await.unwrap();
        let mut answer = Vec::new();
        io.read_to_end(&mut answer).await.unwrap();
        assert!(answer.is_empty(), "nothing is said to who says nothing");
        assert!(served.hits("preface"));
        assert_about(served.lasted().await, seconds(5));
    }
}

#[tokio::test(start_paused = true)]
async fn f27_just_in_time_is_in_time() {
    let (mut io, served) = Served::begin();
    io.write_all(PREFACE).await.unwrap();
    tokio::time::sleep(Duration::from_millis(4999)).await;
    io.write_all(SETTINGS).await.unwrap();
    let mut head = [0; 9];
    io.read_exact(&mut head).await.unwrap();
    assert_eq!(head[3], 4, "it answers with its settings");
    tokio::time::sleep(seconds(1)).await;
    assert!(!served.ended.is_finished());
}

#[tokio::test(start_paused = true)]
async fn f52_what_is_not_http2_is_closed_at_once() {
    for said in ["GET / HTTP/1.1\r\nhost: x\r\n\r\n", "\x16\x03\x01\x02\x00\x01", "POST"] {
        let (mut io, served) = Served::begin();
        io.write_all(said.as_bytes()).await.unwrap();
        assert_about(served.lasted().await, Duration::ZERO);
    }
}

#[tokio::test(start_paused = true)]
async fn every_limit_of_http2_is_announced() {
    let (mut io, _served) = Served::begin();
    io.write_all(&[PREFACE, SETTINGS].concat()).await.unwrap();
    let mut head = [0; 9];
    io.read_exact(&mut head).await.unwrap();
    let mut announced = vec![0; usize::from(head[2])];
    io.read_exact(&mut announced).await.unwrap();
    let mut settings: Vec<(u8, u32)> = announced
        .chunks(6)
        .map(|entry| (entry[1], u32::from_be_bytes(entry[2..].try_into().unwrap())))
        .collect();
    settings.sort_unstable();
    // Header table, streams, window of a stream, frame, header list.
    assert_eq!(settings, [(1, 4096), (3, 200), (4, 65_536), (5, 16_384), (6, 16_384)]);
    // The window of the connection begins at 65,535 and can only be widened.
    // Its settings were agreed to first, which is an empty frame.
    let mut frames = [0; 9 + 13];
    io.read_exact(&mut frames).await.unwrap();
    let (agreed, update) = frames.split_at(9);
    assert_eq!(agreed, [0, 0, 0, 4, 1, 0, 0, 0, 0]);
    assert_eq!((update[3], u32::from_be_bytes(update[9..].try_into().unwrap())), (8, 1_048_576 - 65_535));
}

#[tokio::test(start_paused = true)]
async fn a_connection_without_a_call_ends_after_five_minutes() {
    let (io, served) = Served::begin();
    let mut send = client(io).await;
    tokio::time::sleep(seconds(200)).await;
    let (response, _body) = call(&mut send, CAPABILITIES, Some(EMPTY)).await;
    let response = response.await.unwrap();
    assert_eq!(response.status(), 200);
    drop(response);
    tokio::time::sleep(seconds(299)).await;
    assert!(!served.ended.is_finished() && !served.hits("idle"));
    tokio::time::sleep(seconds(2)).await;
    assert!(served.hits("idle"));
    assert_about(served.lasted().await, seconds(500));
}

#[tokio::test(start_paused = true)]
async fn a_connection_with_a_call_is_not_idle() {
    let (io, served) = Served::begin();
    let mut send = client(io).await;
    let (response, _body) = call(&mut send, WATCH, Some(EMPTY)).await;
    let watching = response.await.unwrap();
    tokio::time::sleep(seconds(1000)).await;
    assert!(!served.ended.is_finished(), "somebody watches");
    drop((watching, _body));
    assert_about(served.lasted().await, seconds(1300));
}

#[tokio::test(start_paused = true)]
async fn who_does_not_answer_a_ping_is_gone() {
    let (mut io, served) = Served::begin();
    io.write_all(&[PREFACE, SETTINGS].concat()).await.unwrap();
    assert_about(served.lasted().await, seconds(30));
    drop(io);
}

#[tokio::test(start_paused = true)]
async fn f26_who_does_not_read_its_answer_is_cut_off() {
    let (io, served) = Served::begin();
    let mut send = client_with(io, h2::client::Builder::new().initial_window_size(0)).await;
    let (response, _body) = call(&mut send, CAPABILITIES, Some(EMPTY)).await;
    let response = response.await.unwrap();
    let in_flight = || served.rules.metrics.calls_in_flight().get();
    tokio::time::sleep(seconds(29)).await;
    assert!(!served.ended.is_finished());
    assert_eq!(in_flight(), 1, "in flight until it is read");
    tokio::time::sleep(seconds(12)).await;
    assert!(served.ended.is_finished());
    assert_eq!(in_flight(), 0);
    drop(response);
}

#[tokio::test(start_paused = true)]
async fn f25_a_message_that_does_not_come_is_not_waited_for() {
    let (io, _served) = Served::begin();
    let mut send = client(io).await;
    let began = Instant::now();
    let (response, _body) = call(&mut send, CHECK, None).await;
    assert_eq!(code(&response.await.unwrap()), "4");
    assert_about(began.elapsed(), seconds(1));
}

#[tokio::test(start_paused = true)]
async fn f33_a_call_that_is_reset_counts_no_more() {
    let (io, served) = Served::begin();
    let mut send = client(io).await;
    for _ in 0..100 {
        let (response, mut body) = call(&mut send, CHECK, None).await;
        while served.rules.metrics.calls_in_flight().get() == 0 {
            tokio::task::yield_now().await;
        }
        body.send_reset(h2::Reason::CANCEL);
        assert!(response.await.is_err());
        while served.rules.metrics.calls_in_flight().get() != 0 {
            tokio::task::yield_now().await;
        }
    }
    let (response, _body) = call(&mut send, CAPABILITIES, Some(EMPTY)).await;
    assert_eq!(response.await.unwrap().status(), 200, "the connection lives");
}

#[tokio::test(start_paused = true)]
async fn f41_who_has_nothing_in_flight_ends_when_the_end_has_come() {
    let (io, served) = Served::begin();
    let _send = client(io).await;
    let (mut silent, never_began) = Served::begin();
    silent.write_all(&PREFACE[..20]).await.unwrap();
    tokio::time::sleep(seconds(2)).await;
    for lifecycle in [&served.rules.lifecycle, &never_began.rules.lifecycle] {
        lifecycle.advance(Phase::Announced);
    }
    tokio::time::sleep(seconds(1)).await;
    assert!(!served.ended.is_finished() && !never_began.ended.is_finished(), "served as before");
    for lifecycle in [&served.rules.lifecycle, &never_began.rules.lifecycle] {
        lifecycle.advance(Phase::Finishing);
    }
    assert_about(served.lasted().await, seconds(3));
    assert_about(never_began.lasted().await, seconds(3));
}

#[tokio::test(start_paused = true)]
async fn f41_a_call_in_flight_is_answered_first() {
    let (io, served) = Served::begin();
    let mut send = client(io).await;
    let (response, mut body) = call(&mut send, CAPABILITIES, None).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    served.rules.lifecycle.advance(Phase::Finishing);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!served.ended.is_finished());
    body.send_data(Bytes::from_static(EMPTY), true).unwrap();
    let mut answer = response.await.unwrap().into_body();
    assert!(!answer.data().await.unwrap().unwrap().is_empty());
    assert_eq!(answer.trailers().await.unwrap().unwrap()["grpc-status"], "0");
    assert_about(served.lasted().await, Duration::from_millis(600));
}

#[tokio::test(start_paused = true)]
async fn f41_half_open_connections_are_not_waited_for() {
    let (mut io, served) = Served::begin();
    io.write_all(&[PREFACE, SETTINGS].concat()).await.unwrap();
    tokio::time::sleep(seconds(1)).await;
    served.rules.lifecycle.advance(Phase::Finishing);
    // It never says that it has understood.
    assert_about(served.lasted().await, seconds(2));
    drop(io);
}

/// Whether a call with headers of so many bytes, as HTTP/2 counts them, is let in.
async fn let_in(send: &mut SendRequest<Bytes>, bytes: usize) -> bool {
    let uri = format!("http://sidegate{CAPABILITIES}");
    let mut request = Request::post(uri).header("content-type", "application/grpc").body(()).unwrap();
    let fixed: usize = [
        (":method", "POST"),
        (":scheme", "http"),
        (":authority", "sidegate"),
        (":path", CAPABILITIES),
        ("content-type", "application/grpc"),
        ("x", ""),
    ]
    .iter()
    .map(|(name, value)| name.len() + value.len() + 32)
    .sum();
    request.headers_mut().insert("x", "v".repeat(bytes - fixed).parse().unwrap());
    *send = send.clone().ready().await.unwrap();
    let (response, mut body) = send.send_request(request, false).unwrap();
    body.send_data(Bytes::from_static(EMPTY), true).unwrap();
    response.await.is_ok_and(|response| response.status() == 200)
}

#[tokio::test(start_paused = true)]
async fn headers_are_let_in_below_16_kib() {
    let (io, served) = Served::begin();
    let mut send = client(io).await;
    // h2 takes what is exactly at the limit for over it.
    assert!(let_in(&mut send, 16 * 1024 - 1).await);
    assert!(!let_in(&mut send, 16 * 1024).await);
    assert!(let_in(&mut send, 16 * 1024 - 1).await, "only the call was refused");
    assert!(!served.ended.is_finished());
}
