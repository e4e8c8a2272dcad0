//! Paths that are almost those of a method reach nothing.

use sidegate::client::v1;

use super::counts;
use crate::raw::{
    CHECK, END_HEADERS, END_STREAM, GO_AWAY, HEADERS, PREFACE, RESET, Raw, SETTINGS, frame, headers,
    read_frame, says, socket,
};
use crate::support::{config, question, started};

fn asked() -> v1::CheckRequest {
    question("user:ana", "view", "inbox:i1")
}

#[tokio::test]
async fn b29_odd_paths_are_unimplemented() {
    let (running, _client) = started(config()).await;
    let mut raw = Raw::connect(&socket(&running.addresses()[0])).await;
    assert_eq!(raw.call(CHECK, &asked()).await, "0");
    for path in [
        "//sidegate.v1.AuthorizationService/Check",
        "/sidegate.v1.AuthorizationService//Check",
        "/sidegate.v1.AuthorizationService/Check/",
        "/sidegate.v1.AuthorizationService/Check/x",
        "/sidegate.v1.AuthorizationService%2fCheck",
        "/sidegate.v1.AuthorizationService/%43heck",
        "/sidegate.v1.AuthorizationService/check",
        "/Sidegate.v1.AuthorizationService/Check",
        "/sidegate.V1.AuthorizationService/Check",
        "/sidegate.v1.AuthorizationService/",
        "/sidegate.v1.AuthorizationService",
        "/sidegate.v1.AuthorizationService/./Check",
        "/x/../sidegate.v1.AuthorizationService/Check",
        "/sidegate.v1.AuthorizationService/Drop",
        "/",
        "/grpc.health.v1.Health/check",
    ] {
        assert_eq!(raw.call(path, &asked()).await, "12", "{path}");
    }
    assert!(counts(&running, r#"sidegate_calls_total{rpc="Check",code="OK"} 1"#));
    let metrics = running.installer().metrics().render();
    let told_as = |code: &str| {
        let series = format!(r#"sidegate_calls_total{{rpc="other",code="{code}"}} "#);
        metrics.lines().find_map(|line| line.strip_prefix(&series)).unwrap_or_default().to_owned()
    };
    assert_eq!(told_as("OK"), "0", "none of them is counted as answered");
    assert_ne!(told_as("UNIMPLEMENTED"), "0");
    assert!(counts(
        &running,
        r#"sidegate_decisions_total{rpc="Check",decision="ALLOW",reason="ROLE_GRANT"} 1"#
    ));
}

#[tokio::test]
async fn b29_paths_that_no_client_can_write_reach_nothing() {
    let (running, mut client) = started(config()).await;
    let address = socket(&running.addresses()[0]);
    for path in [
        "sidegate.v1.AuthorizationService/Check",
        "http://x/sidegate.v1.AuthorizationService/Check",
        "*",
        "",
        "?/sidegate.v1.AuthorizationService/Check",
    ] {
        let call = frame(HEADERS, END_HEADERS | END_STREAM, 1, &headers(path));
        let mut stream = says(&address, &[PREFACE, SETTINGS, &call].concat()).await;
        while let Some((kind, flags, _, _)) = read_frame(&mut stream).await {
            assert_ne!(kind, 0, "an answer to `{path}`");
            // A head that ends the call, a reset, or the end of the connection.
            if matches!(kind, HEADERS | RESET | GO_AWAY) {
                assert!(kind != HEADERS || flags & END_STREAM != 0, "`{path}` is answered");
                break;
            }
        }
    }
    for rpc in ["Check", "BatchCheck", "ListAllowed", "GetCapabilities", "other"] {
        assert!(counts(&running, &format!(r#"sidegate_calls_total{{rpc="{rpc}",code="OK"}} 0"#)));
    }
    client.check(asked()).await.unwrap();
}
