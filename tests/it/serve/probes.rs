//! Probes and metrics.

use std::time::Duration;

use sidegate::app::{self, Config, Running};

use crate::raw::{ask, get};
use crate::support::{attribute, config, question, started, text};

fn with_probes() -> Config {
    let mut config = config();
    config.probes = Some("127.0.0.1:0".parse().unwrap());
    config
}

fn probes(running: &Running) -> String {
    running.probe_address().unwrap().to_string()
}

/// The code and the text of a page.
async fn page(address: &str, path: &str) -> (u16, String) {
    let (head, body) = get(address, path).await;
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body)
}

#[tokio::test]
async fn ready_is_with_a_policy_and_until_it_stops() {
    let mut config = with_probes();
    config.limits.drain.keep_serving = Duration::from_secs(60);
    let running = app::listen(&config).await.unwrap();
    let address = probes(&running);
    assert_eq!(page(&address, "/livez").await, (200, "alive\n".to_owned()));
    assert_eq!(page(&address, "/readyz").await, (503, "not ready: no policy yet\n".to_owned()));

    let snapshot = app::load_directory(&config.policy, &config.policy_limits).unwrap();
    running.installer().install(snapshot).unwrap();
    assert_eq!(page(&address, "/readyz").await, (200, "ready\n".to_owned()));

    let stop = running.stop_handle();
    let waiting = tokio::spawn(running.wait());
    stop.stop();
    assert_eq!(page(&address, "/readyz").await, (503, "not ready: stopping\n".to_owned()));
    assert_eq!(page(&address, "/livez").await.0, 200, "alive to the end");
    stop.stop_now();
    waiting.await.unwrap().unwrap();
    assert!(tokio::net::TcpStream::connect(&address).await.is_err());
}

#[tokio::test]
async fn what_is_counted_is_shown_without_ids() {
    let (running, mut client) = started(with_probes()).await;
    let address = probes(&running);
    client.check(question("user:ana", "view", "inbox:i1")).await.unwrap();
    let mut ignored = question("user:zoe", "view", "inbox:i1");
    ignored.context = attribute("no_such_thing", text("x"));
    client.check(ignored).await.unwrap();
    client.check(question(&format!("user:{}", "x".repeat(257)), "view", "inbox")).await.unwrap_err();

    let (head, body) = get(&address, "/metrics").await;
    assert!(
        head.contains("content-type: application/openmetrics-text; version=1.0.0; charset=utf-8"),
        "{head}"
    );
    assert!(body.ends_with("# EOF\n"));
    for line in [
        "sidegate_policy_swaps_total 1",
        r#"sidegate_decisions_total{rpc="Check",decision="ALLOW",reason="ROLE_GRANT"} 1"#,
        r#"sidegate_decisions_total{rpc="Check",decision="DENY",reason="UNKNOWN_PRINCIPAL"} 1"#,
        r#"sidegate_calls_total{rpc="Check",code="OK"} 2"#,
        r#"sidegate_calls_total{rpc="Check",code="INVALID_ARGUMENT"} 1"#,
        r#"sidegate_limit_hit_total{limit="id_bytes"} 1"#,
        r#"sidegate_ignored_total{what="attribute"} 1"#,
        "sidegate_connections 1",
    ] {
        assert!(body.lines().any(|shown| shown == line), "{line} in\n{body}");
    }
    for id in ["ana", "zoe", "acme", "no_such_thing", "i1"] {
        assert!(!body.contains(&format!("\"{id}\"")), "{id}");
    }
}

#[tokio::test]
async fn anything_else_is_refused() {
    let (running, _client) = started(with_probes()).await;
    let address = probes(&running);
    assert_eq!(page(&address, "/").await.0, 404);
    assert_eq!(page(&address, "/metrics/").await.0, 404);
    let posted = ask(&address, "POST /livez HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n").await;
    assert!(posted.0.starts_with("http/1.1 405"), "{posted:?}");
    let head = ask(&address, "HEAD /livez HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(head.0.starts_with("http/1.1 200") && head.1.is_empty(), "{head:?}");
}

#[tokio::test]
async fn a_probe_address_that_is_taken_is_told() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut config = config();
    config.probes = Some(taken.local_addr().unwrap());
    let error = app::build(config).await.unwrap_err().to_string();
    assert!(error.starts_with(&format!("cannot listen at `{}`: ", taken.local_addr().unwrap())), "{error}");
}
