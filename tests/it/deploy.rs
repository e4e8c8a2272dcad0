//! The manifests of `deploy/` against the real program.

use std::path::Path;
use std::process::Command;

use crate::python::python;

#[test]
fn s09_s13_the_manifests_hold_together_and_say_what_the_program_understands() {
    let checked = Command::new(python())
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/deploy/check.py"))
        .env("SIDEGATE", env!("CARGO_BIN_EXE_sidegate"))
        .output()
        .unwrap();
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
}
