//! How fresh policy is, and what is answered from one that is not.

use std::time::Duration;

use sidegate::client::v1;
use tonic::Code;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

use super::{Sidecar, ana, assert_said, header, pushed};
use crate::raw::{get, until};
use crate::support::{channel, question, told};

#[tokio::test]
async fn f03_by_default_silence_changes_nothing() {
    let mut sidecar = Sidecar::holding(pushed()).await;
    let status = sidecar.status().await;
    assert!(!status.stale && status.silent_ms.is_some());
    assert_eq!(sidecar.counted("policy_stale"), 0);
    let before = status.silent_ms.unwrap();
    let mut now = before;
    while now < before + 50 {
        now = sidecar.status().await.silent_ms.unwrap();
    }
    assert!(!sidecar.status().await.stale);
    sidecar.push(vec![header(1, 2, 1)]).await.unwrap();
    assert!(sidecar.status().await.silent_ms.unwrap() < now, "it was heard of again");
}

fn stale(sidecar: &Sidecar) -> bool {
    sidecar.counted("policy_stale") == 1
}

#[tokio::test]
async fn c6_a_source_that_is_silent_for_too_long_ends_the_answers_until_it_is_heard_of() {
    let mut config = pushed();
    config.max_staleness = Some(Duration::from_millis(1500));
    config.probes = Some("127.0.0.1:0".parse().unwrap());
    let mut sidecar = Sidecar::holding(config).await;
    let probes = sidecar.running.probe_address().unwrap().to_string();
    let health = async |sidecar: &Sidecar| {
        let mut client = HealthClient::new(channel(&sidecar.running.addresses()[0]).await);
        client.check(HealthCheckRequest::default()).await.unwrap().into_inner().status()
    };
    for round in 1..=2 {
        // Heard of just now.
        let messages = vec![header(1, round + 1, round)];
        assert_said(&sidecar.push(messages).await, ("APPLIED", &format!("1.{}", round + 1)), "heard of");
        assert!(!stale(&sidecar));
        sidecar.client.check(question("user:ana", "view", "doc:d")).await.unwrap();
        until("it is too old", || stale(&sidecar)).await;
        let mut refusals = Vec::new();
        refusals.push(sidecar.client.check(question("user:ana", "view", "doc:d")).await.unwrap_err());
        let batch = v1::BatchCheckRequest { tenant: "acme".to_owned(), ..v1::BatchCheckRequest::default() };
        refusals.push(sidecar.client.batch_check(batch).await.unwrap_err());
        let list = v1::ListAllowedRequest { tenant: "acme".to_owned(), ..v1::ListAllowedRequest::default() };
        refusals.push(sidecar.client.list_allowed(list).await.unwrap_err());
        for refusal in &refusals {
            assert_eq!(told(refusal), (Code::Unavailable, "POLICY_STALE".to_owned(), String::new()));
        }
        let mut said = String::new();
        while !said.contains("silent for too long") {
            said = get(&probes, "/readyz").await.1;
        }
        assert_eq!(health(&sidecar).await, ServingStatus::NotServing);
        assert!(get(&probes, "/livez").await.0.starts_with("http/1.1 200"));
        // Policy can still be looked at.
        assert!(sidecar.status().await.stale);
    }
    // What is refused for its order says nothing; what is found faulty does.
    assert_said(&sidecar.push(ana(1, 9, 8, "writer")).await, ("NEED_FULL", "1.3"), "not heard of");
    assert!(sidecar.client.check(question("user:ana", "view", "doc:d")).await.is_err());
    assert_said(&sidecar.push(ana(1, 4, 3, "raeder")).await, ("REFUSED", "1.3"), "heard of");
    sidecar.client.check(question("user:ana", "view", "doc:d")).await.unwrap();
    let mut said = String::new();
    while said != "ready\n" {
        said = get(&probes, "/readyz").await.1;
    }
}

#[tokio::test]
async fn a_directory_is_heard_of_whenever_it_is_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let tenants = folder.path().join("tenants");
    std::fs::create_dir_all(&tenants).unwrap();
    std::fs::write(folder.path().join("model.yaml"), super::MODEL).unwrap();
    let acme = "sidegate: v1\nkind: Tenant\nid: acme\nmembers: { user:ana: { roles: [reader] } }\n";
    std::fs::write(tenants.join("acme.yaml"), acme).unwrap();
    let mut config = crate::support::config();
    config.policy = folder.path().to_owned();
    config.watch.poll = Duration::from_millis(20);
    config.watch.settle = Duration::from_millis(10);
    config.max_staleness = Some(Duration::from_millis(1500));
    let (running, mut client) = crate::support::started(config).await;
    let silent = || {
        let text = running.installer().metrics().render();
        let line = text.lines().find_map(|line| line.strip_prefix("sidegate_policy_silent_seconds "));
        line.unwrap().parse::<f64>().unwrap()
    };
    let stale = || running.installer().metrics().render().contains("\nsidegate_policy_stale 1");
    // It is looked at again and again, and never silent for long.
    let began = tokio::time::Instant::now();
    let mut most: f64 = 0.0;
    while began.elapsed() < Duration::from_millis(1800) {
        most = most.max(silent());
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert!(!stale() && most < 1.5, "{most}");
    client.check(question("user:ana", "view", "doc:d")).await.unwrap();
    // A broken one is not what is in force.
    std::fs::write(tenants.join("acme.yaml"), "sidegate: v1\nkind: Tenant\nid: acme\nmembers: {").unwrap();
    until("it is too old", stale).await;
    let refused = client.check(question("user:ana", "view", "doc:d")).await.unwrap_err();
    assert_eq!(told(&refused).1, "POLICY_STALE");
    // Mended, it is heard of; and unreadable, it is not.
    std::fs::write(tenants.join("acme.yaml"), acme).unwrap();
    until("it is heard of", || !stale()).await;
    client.check(question("user:ana", "view", "doc:d")).await.unwrap();
    std::fs::rename(folder.path().join("model.yaml"), folder.path().join("model.gone")).unwrap();
    until("it is too old", stale).await;
}
