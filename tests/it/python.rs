//! A client in another language against the real program.

use std::path::Path;
use std::process::Command;

use crate::serving::Serving;
use crate::support::policy;

#[test]
fn a_python_client_makes_every_call() {
    let python = python();
    let sidecar = Serving::start(&policy("helpdesk"));

    let script = root().join("tests/python/client_test.py");
    let tested =
        Command::new(python).arg(script).env("SIDEGATE_ADDRESS", sidecar.address()).output().unwrap();
    assert!(tested.status.success(), "{}", String::from_utf8_lossy(&tested.stderr));

    assert_eq!(sidecar.terminate().code(), Some(0), "stops when asked to");
}

/// The python of the suite's own environment, made if need be.
fn python() -> String {
    let made = Command::new(root().join("scripts/python-env")).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    String::from_utf8(made.stdout).unwrap().trim().to_owned()
}

<<<<<<< HEAD
=======
/// Starts `sidegate serve` on a free port, and reads which from what it prints.
fn serving(name: &str) -> (Guarded, String) {
    let child = Command::new(env!("CARGO_BIN_EXE_sidegate"))
        .args(["serve", "--policy", &policy(name), "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut sidecar = Guarded(child);
    let mut printed = BufReader::new(sidecar.0.stdout.take().unwrap());
    let mut line = String::new();
    let address = loop {
        line.clear();
        assert!(printed.read_line(&mut line).unwrap() > 0, "no address was printed");
        if let Some(address) = line.trim().strip_prefix("listening on ") {
            break address.to_owned();
        }
    };
    // It may go on printing, and nobody reads it any more.
    std::thread::spawn(move || std::io::copy(&mut printed, &mut std::io::sink()));
    (sidecar, address)
}

>>>>>>> shell
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
