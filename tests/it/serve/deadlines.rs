//! How long a call may take.

use std::time::Duration;

use sidegate::client::v1;
use tokio::time::Instant;
use tonic::Code;

use crate::raw::{CHECK, Raw, socket};
use crate::support::{config, question, started, told};

fn asked() -> v1::CheckRequest {
    question("user:ana", "view", "inbox:i1")
}

/// The code of a Check that was sent with a `grpc-timeout`, which a proper client
/// would see to itself.
async fn sent_with(raw: &mut Raw, timeout: &str) -> String {
    raw.begin(CHECK, timeout).await.say(&asked()).await
}

#[tokio::test]
async fn f25_a_sweep_of_timeouts() {
    let (running, _client) = started(config()).await;
    let mut raw = Raw::connect(&socket(&running.addresses()[0])).await;
    for none in ["0H", "0M", "0S", "0m", "0u", "0n", "00000000S"] {
        assert_eq!(sent_with(&mut raw, none).await, "4", "{none}");
    }
    // What is malformed is as if it were not there.
    for enough in ["1H", "1M", "10S", "5000m", "5000000u", "99999999H", "soon", "-1S", "1s", "123456789S"] {
        assert_eq!(sent_with(&mut raw, enough).await, "0", "{enough}");
    }
}

#[tokio::test]
async fn f25_what_does_not_come_is_waited_for_as_long_as_there_is_time() {
    let mut config = config();
    config.limits.deadlines.call_most = Duration::from_millis(200);
    let (running, mut client) = started(config).await;
    let mut raw = Raw::connect(&socket(&running.addresses()[0])).await;
    let began = Instant::now();
    // It asks for ten seconds.
    assert_eq!(raw.hang(CHECK).await.code().await, "4");
    assert!(began.elapsed() >= Duration::from_millis(200), "{:?}", began.elapsed());
    client.check(asked()).await.unwrap();
}

#[tokio::test]
async fn a_call_without_a_timeout_has_the_default() {
    let mut config = config();
    config.limits.deadlines.call = Duration::ZERO;
    let (running, mut client) = started(config).await;
    let status = client.check(asked()).await.unwrap_err();
    assert_eq!(told(&status).0, Code::DeadlineExceeded);
    assert_eq!(told(&status).1, "DEADLINE_EXCEEDED");
    let mut raw = Raw::connect(&socket(&running.addresses()[0])).await;
    assert_eq!(sent_with(&mut raw, "5S").await, "0");
    // A list has one of its own.
    let list = client.list_allowed(v1::ListAllowedRequest::default()).await.unwrap_err();
    assert_eq!(list.code(), Code::InvalidArgument);
}
