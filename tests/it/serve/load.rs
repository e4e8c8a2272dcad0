//! What is taken on at a time: up to the limit it is answered, one above is not.

use sidegate::app::Listener;
use sidegate::client::v1;
use tonic::Code;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use tonic_types::StatusExt;

use super::counts;
use crate::raw::{CHECK, Raw, get, socket, until};
use crate::support::{Client, channel, config, question, started};

fn asked() -> v1::CheckRequest {
    question("user:ana", "view", "inbox:i1")
}

async fn refused(client: &mut Client, limit: &str) {
    let status = client.check(asked()).await.unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted);
    let details = status.get_error_details();
    let info = details.error_info().unwrap();
    assert_eq!((info.reason.as_str(), info.metadata["limit"].as_str()), ("ERROR_REASON_OVERLOADED", limit));
}

#[tokio::test]
async fn so_many_calls_are_in_flight_and_one_more_is_refused() {
    let mut config = config();
    config.limits.load.calls = 3;
    config.probes = Some("127.0.0.1:0".parse().unwrap());
    let (running, mut client) = started(config).await;
    let mut raw = Raw::connect(&socket(&running.addresses()[0])).await;
    let first = raw.hang(CHECK).await;
    let _second = raw.hang(CHECK).await;
    until("two in flight", || counts(&running, "sidegate_calls_in_flight 2")).await;
    client.check(asked()).await.unwrap();
    let _third = raw.hang(CHECK).await;
    until("three in flight", || counts(&running, "sidegate_calls_in_flight 3")).await;
    refused(&mut client, "calls").await;
    assert!(counts(&running, r#"sidegate_limit_hit_total{limit="calls"} 1"#));

    // Whoever watches over it is still answered.
    let mut health = HealthClient::new(channel(&running.addresses()[0]).await);
    let said = health.check(HealthCheckRequest::default()).await.unwrap().into_inner();
    assert_eq!(said.status(), ServingStatus::Serving);
    let probes = running.probe_address().unwrap().to_string();
    assert!(get(&probes, "/readyz").await.0.starts_with("http/1.1 200"));

    // A place that is given back is there for the next.
    assert_eq!(first.say(&asked()).await, "0");
    until("two in flight", || counts(&running, "sidegate_calls_in_flight 2")).await;
    client.check(asked()).await.unwrap();
}

#[tokio::test]
async fn so_many_calls_are_in_flight_on_a_connection_and_one_more_is_refused() {
    let mut config = config();
    config.limits.connection.calls = 2;
    let (running, mut client) = started(config).await;
    let mut raw = Raw::connect(&socket(&running.addresses()[0])).await;
    let _held = [raw.hang(CHECK).await, raw.hang(CHECK).await];
    until("two in flight", || counts(&running, "sidegate_calls_in_flight 2")).await;
    assert_eq!(raw.call(CHECK, &asked()).await, "8", "refused without waiting for its message");
    assert!(counts(&running, r#"sidegate_limit_hit_total{limit="connection_calls"} 1"#));
    client.check(asked()).await.unwrap();
    client.check(asked()).await.unwrap();
}

#[tokio::test]
async fn f33_calls_that_are_given_up_leave_nothing_behind() {
    let (running, mut client) = started(config()).await;
    let address = socket(&running.addresses()[0]);
    for round in 0..20 {
        let mut raw = Raw::connect(&address).await;
        let mut held = Vec::new();
        for _ in 0..10 {
            held.push(raw.hang(CHECK).await);
        }
        until("ten in flight", || counts(&running, "sidegate_calls_in_flight 10")).await;
        if round % 2 == 0 {
            drop(held);
        } else {
            raw.cut();
        }
        until("none in flight", || counts(&running, "sidegate_calls_in_flight 0")).await;
    }
    until("one connection", || counts(&running, "sidegate_connections 1")).await;
    client.check(asked()).await.unwrap();
    let metrics = running.installer().metrics().render();
    let ended: Vec<&str> = metrics
        .lines()
        .filter(|line| line.contains("calls_total{rpc=\"Check\"") && !line.ends_with(" 0"))
        .collect();
    let expected = [r#"code="OK"} 1"#, r#"code="CANCELLED"} 200"#];
    assert!(
        ended.len() == 2 && expected.iter().all(|end| ended.iter().any(|line| line.ends_with(end))),
        "{ended:?}"
    );
}

#[tokio::test]
async fn so_many_connections_are_served_and_one_more_waits() {
    let mut config = config();
    config.limits.load.connections = 2;
    config.listeners.push(Listener::at("127.0.0.1:0".parse().unwrap()));
    let (running, mut first) = started(config).await;
    let second = Raw::connect(&socket(&running.addresses()[1])).await;
    until("two connections", || counts(&running, "sidegate_connections 2")).await;
    assert!(counts(&running, r#"sidegate_limit_hit_total{limit="connections"} 1"#));

    // The system takes its connection, on either listener; the sidecar does not.
    let mut waiting = Vec::new();
    for address in running.addresses() {
        let address = socket(address);
        waiting.push(tokio::spawn(async move { Raw::connect(&address).await.call(CHECK, &asked()).await }));
    }
    for _ in 0..50 {
        first.check(asked()).await.unwrap();
    }
    assert!(waiting.iter().all(|waiting| !waiting.is_finished()));
    assert!(counts(&running, "sidegate_connections 2"));

    drop(second);
    for waiting in waiting {
        assert_eq!(waiting.await.unwrap(), "0", "its turn came");
    }
    first.check(asked()).await.unwrap();
}
