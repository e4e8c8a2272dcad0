//! From before the first policy to the last answer.

use std::time::Duration;

use sidegate::app::{self, ListenAddress, Listener};
use sidegate::client::v1;
use tonic::Code;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;

use crate::support::{Client, channel, config, question, started, told};

const SERVICES: [&str; 2] = ["", "sidegate.v1.AuthorizationService"];

async fn health(address: &ListenAddress) -> Vec<ServingStatus> {
    let mut client = HealthClient::new(channel(address).await);
    let mut told = Vec::new();
    for service in SERVICES {
        let request = HealthCheckRequest { service: service.to_owned() };
        told.push(client.check(request).await.unwrap().into_inner().status());
    }
    told
}

#[tokio::test]
async fn without_a_policy_nothing_is_answered() {
    let config = config();
    let mut running = app::listen(&config).await.unwrap();
    let address = running.addresses()[0].clone();
    let mut client = Client::new(channel(&address).await);
    assert_eq!(health(&address).await, [ServingStatus::NotServing; 2]);

    let unavailable = (Code::Unavailable, "NO_SNAPSHOT".to_owned(), String::new());
    let check = client.check(question("user:ana", "view", "inbox")).await.unwrap_err();
    assert_eq!(told(&check), unavailable);
    let batch = client.batch_check(v1::BatchCheckRequest::default()).await.unwrap_err();
    assert_eq!(told(&batch), unavailable);
    let capabilities = client.get_capabilities(v1::GetCapabilitiesRequest {}).await.unwrap().into_inner();
    assert_eq!(capabilities.revision, None);

    running.install(app::load_directory(&config.policy, &config.policy_limits).unwrap()).await;
    assert_eq!(health(&address).await, [ServingStatus::Serving; 2]);
    client.check(question("user:ana", "view", "inbox")).await.unwrap();
}

#[tokio::test]
async fn a_stop_is_told_to_whoever_watches_and_takes_no_time() {
    let (running, mut client) = started(config()).await;
    let address = running.addresses()[0].clone();
    let stop = running.stop_handle();
    let waiting = tokio::spawn(running.wait());

    let mut watcher = HealthClient::new(channel(&address).await);
    let request = HealthCheckRequest { service: SERVICES[1].to_owned() };
    let mut watch = watcher.watch(request).await.unwrap().into_inner();
    assert_eq!(watch.message().await.unwrap().unwrap().status(), ServingStatus::Serving);

    client.check(question("user:ana", "view", "inbox")).await.unwrap();
    stop.stop();
    assert_eq!(watch.message().await.unwrap().unwrap().status(), ServingStatus::NotServing);
    tokio::time::timeout(Duration::from_secs(5), waiting).await.unwrap().unwrap().unwrap();
    assert!(client.check(question("user:ana", "view", "inbox")).await.is_err());
}

#[tokio::test]
async fn whoever_holds_a_call_open_does_not_hold_up_the_end() {
    let mut config = config();
    config.limits.drain.finish = Duration::from_millis(100);
    let (running, _client) = started(config).await;
    let mut reflection = ServerReflectionClient::new(channel(&running.addresses()[0]).await);
    let _open = reflection.server_reflection_info(tokio_stream::pending()).await.unwrap();

    running.stop_handle().stop();
    tokio::time::timeout(Duration::from_secs(5), running.wait()).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_unix_socket_answers_as_tcp_does_and_goes_at_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("sidegate.sock");
    let mut config = config();
    config.listeners.push(Listener::at(ListenAddress::Unix(socket.clone())));
    let (running, mut over_tcp) = started(config).await;
    let mut over_unix = Client::new(channel(&running.addresses()[1]).await);
    let request = question("user:tom", "view", "conversation:c1");
    let answers = (
        over_tcp.check(request.clone()).await.unwrap().into_inner(),
        over_unix.check(request).await.unwrap().into_inner(),
    );
    assert_eq!(answers.0, answers.1);
    assert!(socket.exists());

    running.stop_handle().stop();
    running.wait().await.unwrap();
    assert!(!socket.exists());
}

#[tokio::test]
async fn a_sidecar_that_cannot_start_says_why() {
    let taken = app::listen(&config()).await.unwrap();
    let mut second = config();
    second.listeners = taken.addresses().iter().cloned().map(Listener::at).collect();
    let error = app::build(second).await.unwrap_err().to_string();
    assert!(error.starts_with(&format!("cannot listen at `{}`: ", taken.addresses()[0])), "{error}");

    let mut nowhere = config();
    nowhere.listeners.clear();
    assert_eq!(app::build(nowhere).await.unwrap_err().to_string(), "no address to listen at");

    let mut without = config();
    without.policy = "/nowhere/at/all".into();
    let error = app::build(without).await.unwrap_err().to_string();
    assert!(error.starts_with("`/nowhere/at/all` cannot be read: "), "{error}");
}
