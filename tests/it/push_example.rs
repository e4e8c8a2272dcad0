//! The example of a back end that pushes, as its README says to run it.

use std::path::Path;
use std::process::Command;

use crate::python::python;
use crate::serving::Serving;

#[test]
fn the_back_end_edits_a_role_and_asks_with_what_it_changed() {
    let python = python();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sidecar = Serving::start_pushed(&[]);
    let pushed = Command::new(env!("CARGO_BIN_EXE_sidegate"))
        .args(["push", "examples/team-roles", "--to", sidecar.admin()])
        .current_dir(root)
        .output()
        .unwrap();
    assert!(pushed.status.success(), "{}", String::from_utf8_lossy(&pushed.stderr));

    let ran = || {
        let output = Command::new(&python)
            .arg(root.join("examples/push/backend.py"))
            .env("SIDEGATE_ADDRESS", sidecar.address())
            .env("SIDEGATE_ADMIN", sidecar.admin())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let told = |before, revision, after| {
        format!(
            "noa may contact:view: {before}\nnight_desk saved at revision {revision}\n\
             noa may contact:view: {after}\nnight_desk was changed by somebody else: nothing overwritten\n"
        )
    };
    assert_eq!(ran(), told("False", "1.2", "True"));
    assert_eq!(ran(), told("True", "1.3", "False"), "and back again");

    let readme = std::fs::read_to_string(root.join("examples/push/README.md")).unwrap();
    assert!(readme.contains(&told("False", "1.2", "True")), "the README says what it prints");
    assert_eq!(sidecar.terminate().code(), Some(0), "stops when asked to");
}
