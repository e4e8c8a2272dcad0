//! A client in another language against the real program.

use std::path::Path;
use std::process::Command;

use crate::serving::Serving;
use crate::support::policy;

#[test]
fn a_python_client_makes_every_call() {
    let python = python();
    let folder = tempfile::tempdir().unwrap();
    let socket = format!("unix:{}", folder.path().join("sidegate.sock").display());
    let sidecar = Serving::start_at(&policy("helpdesk"), &["127.0.0.1:0", &socket]);

    let script = root().join("tests/python/client_test.py");
    let tested = Command::new(python)
        .arg(script)
        .env("SIDEGATE_ADDRESS", sidecar.address())
        .env("SIDEGATE_SOCKET", socket)
        .output()
        .unwrap();
    assert!(tested.status.success(), "{}", String::from_utf8_lossy(&tested.stderr));

    assert_eq!(sidecar.terminate().code(), Some(0), "stops when asked to");
}

/// The python of the suite's own environment, made if need be.
pub(crate) fn python() -> String {
    let made = Command::new(root().join("scripts/python-env")).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    String::from_utf8(made.stdout).unwrap().trim().to_owned()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
