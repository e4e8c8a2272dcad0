//! The end, in three steps.

use std::time::Duration;

use sidegate::app::{self, Config, Phase};
use sidegate::client::v1;
use sidegate::rpc::Limits;
use tokio::time::Instant;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

use super::counts;
use crate::raw::{CHECK, PREFACE, Raw, SETTINGS, says, socket, until};
use crate::support::{Client, channel, config, question, started};

fn asked() -> v1::CheckRequest {
    question("user:ana", "view", "inbox:i1")
}

fn drained(keep_serving: Duration, finish: Duration) -> Config {
    let mut config = config();
    config.limits.drain.keep_serving = keep_serving;
    config.limits.drain.finish = finish;
    config
}

const LONG: Duration = Duration::from_secs(120);
/// What starting and ending may take on a busy machine.
const SLACK: Duration = Duration::from_secs(5);

#[tokio::test]
async fn f41_whoever_has_not_heard_is_served_as_before() {
    let (running, mut client) = started(drained(LONG, LONG)).await;
    let address = running.addresses()[0].clone();
    let stop = running.stop_handle();
    let waiting = tokio::spawn(running.wait());
    stop.stop();
    assert_eq!(stop.phase(), Phase::Announced);

    client.check(asked()).await.unwrap();
    let mut newcomer = Client::new(channel(&address).await);
    newcomer.check(asked()).await.unwrap();
    let mut health = HealthClient::new(channel(&address).await);
    let said = health.check(HealthCheckRequest::default()).await.unwrap().into_inner();
    assert_eq!(said.status(), ServingStatus::NotServing);
    assert!(!waiting.is_finished());

    // F-42: told again, at once.
    let began = Instant::now();
    stop.stop_now();
    waiting.await.unwrap().unwrap();
    assert!(began.elapsed() < SLACK, "{:?}", began.elapsed());
    assert!(client.check(asked()).await.is_err());
}

#[tokio::test]
async fn f41_calls_in_flight_are_answered_and_nothing_new_is_accepted() {
    let (running, _client) = started(drained(Duration::ZERO, LONG)).await;
    let address = socket(&running.addresses()[0]);
    let installer = running.installer();
    let in_flight = |line: &str| installer.metrics().render().lines().any(|shown| shown == line);
    let mut raw = Raw::connect(&address).await;
    let hanging = raw.hang(CHECK).await;
    until("in flight", || in_flight("sidegate_calls_in_flight 1")).await;

    let stop = running.stop_handle();
    let waiting = tokio::spawn(running.wait());
    stop.stop();
    until("finishing", || stop.phase() == Phase::Finishing).await;
    let refused = || std::net::TcpStream::connect(&address).is_err();
    until("nothing new is accepted", refused).await;
    assert!(!waiting.is_finished());
    assert_eq!(hanging.say(&asked()).await, "0", "what was begun is answered");
    waiting.await.unwrap().unwrap();
    assert!(in_flight("sidegate_connections 0"));
}

#[tokio::test]
async fn f41_nobody_holds_up_the_end() {
    let finish = Duration::from_millis(300);
    let (running, _idle) = started(drained(Duration::ZERO, finish)).await;
    let address = socket(&running.addresses()[0]);
    let _silent = says(&address, b"").await;
    let _half = says(&address, &PREFACE[..12]).await;
    let _half_open = says(&address, &[PREFACE, SETTINGS].concat()).await;
    let mut raw = Raw::connect(&address).await;
    let _hanging = raw.hang(CHECK).await;
    let mut health = HealthClient::new(channel(&running.addresses()[0]).await);
    let _watch = health.watch(HealthCheckRequest::default()).await.unwrap();
    until("all have begun", || counts(&running, "sidegate_connections 6")).await;
    until("one hangs", || counts(&running, "sidegate_calls_in_flight 1")).await;

    let installer = running.installer();
    let stop = running.stop_handle();
    let began = Instant::now();
    stop.stop();
    running.wait().await.unwrap();
    let took = began.elapsed();
    assert!(took >= finish && took < finish + SLACK, "{took:?}");
    let metrics = || installer.metrics().render();
    until("nothing is left", || {
        metrics().contains("sidegate_connections 0\n") && metrics().contains("sidegate_calls_in_flight 0\n")
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn f41_by_default_it_serves_on_for_five_seconds() {
    let mut config = config();
    config.limits.drain = Limits::default().drain;
    let running = app::listen(&config).await.unwrap();
    let _silent = std::net::TcpStream::connect(socket(&running.addresses()[0])).unwrap();
    let began = Instant::now();
    running.stop_handle().stop();
    running.wait().await.unwrap();
    let took = began.elapsed();
    assert!(took >= Duration::from_secs(5) && took < Duration::from_millis(5050), "{took:?}");
}
