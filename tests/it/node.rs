//! A client that reads the protos as they are, in a language without C, against the
//! real program.

use std::path::Path;
use std::process::Command;

use crate::serving::Serving;
use crate::support::policy;

#[test]
fn a_node_client_asks_and_lists() {
    let folder = tempfile::tempdir().unwrap();
    let socket = format!("unix:{}", folder.path().join("sidegate.sock").display());
    let packages = packages();
    let sidecar = Serving::start_at(&policy("helpdesk"), &["127.0.0.1:0", &socket]);

    let tested = Command::new("node")
        .arg(root().join("tests/node/client_test.js"))
        .env("NODE_PATH", packages)
        .env("SIDEGATE_ADDRESS", sidecar.address())
        .env("SIDEGATE_SOCKET", socket)
        .output()
        .unwrap();
    // Node's test runner tells failures on its standard output.
    assert!(
        tested.status.success(),
        "{}{}",
        String::from_utf8_lossy(&tested.stdout),
        String::from_utf8_lossy(&tested.stderr)
    );

    assert_eq!(sidecar.terminate().code(), Some(0), "stops when asked to");
}

/// The folder of the client's packages, installed if need be.
fn packages() -> String {
    let made = Command::new(root().join("scripts/node-env")).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    String::from_utf8(made.stdout).unwrap().trim().to_owned()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
