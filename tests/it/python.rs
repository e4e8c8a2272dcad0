//! A client in another language against the real program.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::support::policy;

/// A process that does not outlive its test.
struct Guarded(Child);

impl Drop for Guarded {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_python_client_makes_every_call() {
    let python = python();
    let (mut sidecar, address) = serving("helpdesk");

    let script = root().join("tests/python/client_test.py");
    let tested = Command::new(python).arg(script).env("SIDEGATE_ADDRESS", &address).output().unwrap();
    assert!(tested.status.success(), "{}", String::from_utf8_lossy(&tested.stderr));

    let pid = sidecar.0.id().to_string();
    assert!(Command::new("kill").args(["-s", "TERM", &pid]).status().unwrap().success());
    assert_eq!(sidecar.0.wait().unwrap().code(), Some(0), "stops when asked to");
}

/// The python of the suite's own environment, made if need be.
fn python() -> String {
    let made = Command::new(root().join("scripts/python-env")).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    String::from_utf8(made.stdout).unwrap().trim().to_owned()
}

/// Starts `sidegate serve` on a free port, and reads which from what it prints.
fn serving(name: &str) -> (Guarded, String) {
    let child = Command::new(env!("CARGO_BIN_EXE_sidegate"))
        .args(["serve", "--policy", &policy(name), "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut sidecar = Guarded(child);
    let mut line = String::new();
    BufReader::new(sidecar.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.split_whitespace().next_back().unwrap_or_else(|| panic!("no address was printed"));
    (sidecar, address.to_owned())
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
