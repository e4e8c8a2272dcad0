//! What an admin listener takes on: it holds up neither others nor the data plane.

use std::time::Duration;

use sidegate::app::{self, Protection};
use sidegate::client::v1::GetTenantRequest;
use sidegate::client::v1::policy_service_client::PolicyServiceClient;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tonic::Code;
use tonic_types::StatusExt;

use super::pki::{Ca, Folder};
use super::reach::{Client, Reached, STATUS, plain};
use super::{KNOWN, guarded, with_tls};
use crate::raw::until;
use crate::support::{channel, question};

#[tokio::test]
async fn a_message_is_as_large_as_a_push_message_may_be() {
    let mut config = guarded(Protection::Insecure);
    config.limits.push.message_bytes = 1000;
    let running = app::build(config).await.unwrap();
    let mut client = PolicyServiceClient::new(channel(&running.admin_addresses()[0]).await);
    let mut told = async |bytes: usize| {
        let request = GetTenantRequest { tenant: "x".repeat(bytes), ..GetTenantRequest::default() };
        client.get_tenant(request).await.unwrap_err()
    };
    // The tag and the length of the text take three bytes.
    let status = told(998).await;
    let details = status.get_error_details();
    let info = details.error_info().unwrap();
    assert_eq!(
        (status.code(), info.reason.as_str()),
        (Code::InvalidArgument, "ERROR_REASON_REQUEST_TOO_LARGE")
    );
    assert_eq!(info.metadata["limit"], "push_message_bytes");
    let details = told(997).await.get_error_details();
    assert_ne!(details.error_info().unwrap().reason, "ERROR_REASON_REQUEST_TOO_LARGE");
}

#[tokio::test]
async fn admin_connections_have_places_of_their_own() {
    let mut config = guarded(Protection::Insecure);
    config.limits.push.connections = 2;
    config.limits.load.connections = 1;
    let running = app::build(config).await.unwrap();
    let at = &running.admin_addresses()[0];
    let (mut first, mut second) = (plain(at).await, plain(at).await);
    assert_eq!(first.call(STATUS).await, Reached::Service);
    assert_eq!(second.call(STATUS).await, Reached::Service);
    let installer = running.installer();
    let shows = |line: &str| installer.metrics().render().lines().any(|shown| shown == line);
    assert!(shows("sidegate_admin_connections 2") && shows("sidegate_connections 0"));
    assert!(shows(r#"sidegate_limit_hit_total{limit="admin_connections"} 1"#));

    // The data plane goes on.
    let mut client = crate::support::Client::new(channel(&running.addresses()[0]).await);
    client.check(question("user:ana", "view", "inbox:i1")).await.unwrap();
    // One more waits until another ends.
    let mut third = plain(at).await;
    let waiting = third.call(STATUS);
    tokio::pin!(waiting);
    assert!(tokio::time::timeout(Duration::from_millis(50), waiting.as_mut()).await.is_err());
    drop(first);
    assert_eq!(waiting.await, Reached::Service);
}

#[tokio::test]
async fn f27_a_handshake_that_does_not_come_is_not_waited_for() {
    let ca = Ca::new("ours");
    let folder = Folder::new(&ca);
    let mut config = with_tls(&folder.files());
    config.limits.connection.handshake = Duration::from_millis(50);
    let running = app::build(config).await.unwrap();
    let at = running.admin_addresses()[0].to_string();
    // Nothing, and half of what a client says first.
    for said in [&b""[..], b"\x16\x03\x01\x02\x00\x01"] {
        let mut stream = TcpStream::connect(&at).await.unwrap();
        tokio::io::AsyncWriteExt::write_all(&mut stream, said).await.unwrap();
        // An end, or a reset for what was not read.
        let _ = stream.read_to_end(&mut Vec::new()).await;
    }
    let installer = running.installer();
    until("both are counted", || {
        installer.metrics().render().contains("sidegate_limit_hit_total{limit=\"handshake\"} 2\n")
    })
    .await;
    // Beside many that say nothing, whoever does is served.
    let mut silent = Vec::new();
    for _ in 0..20 {
        silent.push(TcpStream::connect(&at).await.unwrap());
    }
    let pair = ca.client(KNOWN);
    let mut link = Client::new(Some(&pair)).link(&running.admin_addresses()[0], &ca).await;
    assert_eq!(link.call(STATUS).await, Reached::Service);
}
