//! Clients that mean no good: their connection ends, and nobody else's.

use sidegate::client::v1;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::counts;
use crate::raw::{
    CHECK, CONTINUATION, END_HEADERS, END_STREAM, GO_AWAY, HEADERS, PREFACE, RESET, SETTINGS, frame, headers,
    read_frame, says, socket, until,
};
use crate::support::{config, question, started};

/// The error of HTTP/2 that means: you are doing this too much.
const ENHANCE_YOUR_CALM: u32 = 11;
const REFUSED_STREAM: u32 = 7;
const CANCEL: [u8; 4] = [0, 0, 0, 8];

fn asked() -> v1::CheckRequest {
    question("user:ana", "view", "inbox:i1")
}

/// The number at a place of a payload.
fn number(payload: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(payload[at..at + 4].try_into().unwrap())
}

/// The error that a connection is ended with; `None` if it just ends.
async fn ended_with(stream: &mut TcpStream) -> Option<u32> {
    while let Some((kind, _, _, payload)) = read_frame(stream).await {
        if kind == GO_AWAY {
            return Some(number(&payload, 4));
        }
    }
    None
}

#[tokio::test]
async fn f28_rapid_resets_end_the_connection() {
    let (running, mut other) = started(config()).await;
    let mut stream = says(&socket(&running.addresses()[0]), &[PREFACE, SETTINGS].concat()).await;
    let call = headers(CHECK);
    let mut flood = Vec::new();
    for stream in (1..20_000).step_by(2) {
        flood.extend(frame(HEADERS, END_HEADERS, stream, &call));
        flood.extend(frame(RESET, 0, stream, &CANCEL));
    }
    // It may be closed before all of it is written.
    let _ = stream.write_all(&flood).await;
    assert!(matches!(ended_with(&mut stream).await, Some(ENHANCE_YOUR_CALM) | None));
    other.check(asked()).await.unwrap();
    until("nothing is left", || counts(&running, "sidegate_calls_in_flight 0")).await;
    until("one connection is left", || counts(&running, "sidegate_connections 1")).await;
}

#[tokio::test]
async fn f28_headers_without_end_end_the_connection() {
    let (running, mut other) = started(config()).await;
    let mut stream = says(&socket(&running.addresses()[0]), &[PREFACE, SETTINGS].concat()).await;
    let mut flood = frame(HEADERS, 0, 1, &headers(CHECK));
    for _ in 0..2000 {
        flood.extend(frame(CONTINUATION, 0, 1, &[0, 1, b'x', 1, b'y'].repeat(1000)));
    }
    let _ = stream.write_all(&flood).await;
    assert!(matches!(ended_with(&mut stream).await, Some(ENHANCE_YOUR_CALM) | None));
    other.check(asked()).await.unwrap();
    until("one connection is left", || counts(&running, "sidegate_connections 1")).await;
}

#[tokio::test]
async fn two_hundred_streams_are_taken_and_the_next_is_refused() {
    let mut config = config();
    // Not to be refused for being calls.
    config.limits.connection.calls = 1000;
    let (running, mut other) = started(config).await;
    let mut stream = says(&socket(&running.addresses()[0]), &[PREFACE, SETTINGS].concat()).await;
    let mut calls = Vec::new();
    for call in 0..201 {
        calls.extend(frame(HEADERS, END_HEADERS, 2 * call + 1, &headers(CHECK)));
    }
    stream.write_all(&calls).await.unwrap();
    loop {
        let (kind, _, of, payload) = read_frame(&mut stream).await.unwrap();
        assert!(kind != HEADERS && kind != GO_AWAY, "{kind} of {of}");
        if kind == RESET {
            assert_eq!((of, number(&payload, 0)), (401, REFUSED_STREAM));
            break;
        }
    }
    until("the others are in flight", || counts(&running, "sidegate_calls_in_flight 200")).await;
    other.check(asked()).await.unwrap();
}

#[tokio::test]
async fn f27_those_that_say_nothing_take_places_until_they_are_closed() {
    let mut config = config();
    config.limits.connection.preface = std::time::Duration::from_millis(300);
    config.limits.load.connections = 50;
    let (running, mut other) = started(config).await;
    let address = socket(&running.addresses()[0]);
    let mut silent = Vec::new();
    for _ in 0..300 {
        silent.push(says(&address, b"").await);
    }
    other.check(asked()).await.unwrap();
    // Each waits for a place, has it for as long as it may, and is closed.
    for stream in &mut silent {
        assert!(read_frame(stream).await.is_none());
    }
    until("one connection is left", || counts(&running, "sidegate_connections 1")).await;
    assert!(counts(&running, r#"sidegate_limit_hit_total{limit="preface"} 300"#));
    other.check(asked()).await.unwrap();
}

#[tokio::test]
async fn f52_what_is_not_http2_is_closed_without_a_word() {
    let (running, _other) = started(config()).await;
    let address = socket(&running.addresses()[0]);
    for said in
        ["GET / HTTP/1.1\r\nhost: x\r\n\r\n", "POST /sidegate.v1.AuthorizationService/Check HTTP/1.1\r\n\r\n"]
    {
        assert!(read_frame(&mut says(&address, said.as_bytes()).await).await.is_none());
    }
    let message_without_end = frame(HEADERS, END_HEADERS | END_STREAM, 1, &headers(CHECK));
    let mut stream = says(&address, &[PREFACE, SETTINGS, &message_without_end].concat()).await;
    let mut told = false;
    while let Some((kind, flags, of, _)) = read_frame(&mut stream).await {
        if kind == HEADERS {
            assert_eq!((of, flags & END_STREAM), (1, END_STREAM), "a refusal");
            told = true;
            break;
        }
    }
    assert!(told);
}
