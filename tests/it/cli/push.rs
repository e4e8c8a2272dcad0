//! `push`, `status` and `rollback` against the real program.

use std::fs;
use std::path::Path;

use serde_json::json;

use super::examples::EXAMPLES;
use super::run;
use super::running::{Ran, text};
use super::small::policy;
use crate::serving::Serving;

/// Replaces a text in a file of a directory.
fn edit(directory: &Path, file: &str, from: &str, to: &str) {
    let path = directory.join(file);
    let before = fs::read_to_string(&path).unwrap();
    assert!(before.contains(from), "{file} has no `{from}`");
    fs::write(path, before.replace(from, to)).unwrap();
}

#[track_caller]
fn push(directory: &Path, sidecar: &Serving, flags: &[&str]) -> Ran {
    run(&[&["push", text(directory), "--to", sidecar.admin()], flags].concat())
}

#[track_caller]
fn may_edit(sidecar: &Serving, expected: bool) {
    let question = ["--tenant", "home", "--principal", "user:ann", "--action", "edit"];
    let about = ["--resource", "note:n1", "--attr", "author=ann", "--context", "hour=9"];
    run(&[&["check", "--to", sidecar.address()], &question[..], &about].concat()).ends(i32::from(!expected));
}

#[test]
fn what_differs_is_pushed_and_can_be_rolled_back() {
    let sidecar = Serving::start_pushed(&[]);
    let folder = policy("");
    let directory = folder.path();
    run(&["status", "--to", sidecar.admin()]).ends(0).says("revision   none").says("source     push");

    push(directory, &sidecar, &["--dry-run"])
        .ends(0)
        .says("put model\nput tenant home\n")
        .complains("the whole policy in 2 changes would bring")
        .complains("to revision 1.1; nothing was sent");
    push(directory, &sidecar, &[]).ends(0).says("pushed the whole policy in 2 changes: revision 1.1");
    may_edit(&sidecar, false);
    push(directory, &sidecar, &[]).ends(0).says("nothing to change");
    push(directory, &sidecar, &["--dry-run"]).ends(0).says("nothing to change");

    edit(directory, "tenants/home.yaml", "user:ann: { roles: [reader] }", "user:ann: { roles: [writer] }");
    let dry = push(directory, &sidecar, &["--dry-run"]).ends(0);
    assert_eq!(dry.out, "put member user:ann of home\n");
    let dry = push(directory, &sidecar, &["--dry-run", "--output", "json"]).ends(0).json();
    let expected = json!({
        "outcome": "DRY_RUN", "whole": false, "revision": "1.2", "base_revision": "1.1",
        "changes": ["put member user:ann of home"],
    });
    assert_eq!(dry, expected);
    may_edit(&sidecar, false);
    push(directory, &sidecar, &[])
        .ends(0)
        .says("pushed 1 change: revision 1.2")
        .says("1 member may do more, 0 members may do less");
    may_edit(&sidecar, true);

    run(&["rollback", "1.1", "--to", sidecar.admin()]).ends(0).says("rolled back: revision 1.3");
    may_edit(&sidecar, false);
    run(&["rollback", "2", "--to", sidecar.admin(), "--tenant", "home"]).ends(0).says("revision 1.4");
    may_edit(&sidecar, true);
    push(directory, &sidecar, &[]).ends(0).says("nothing to change");
    run(&["rollback", "1.77", "--to", sidecar.admin()]).ends(2).complains("NOT_FOUND");

    let told = run(&["status", "--to", sidecar.admin(), "--output", "json"]).ends(0).json();
    assert_eq!(
        (&told["revision"], &told["tenants"], &told["members"]),
        (&json!("1.4"), &json!(1), &json!(2))
    );

    fs::remove_file(directory.join("tenants/home.yaml")).unwrap();
    let dry = push(directory, &sidecar, &["--dry-run"]).ends(0);
    assert_eq!(dry.out, "delete tenant home\n");
    push(directory, &sidecar, &[]).ends(2).complains("1 of 1 tenants would be deleted").complains("--shrink");
    let outcome = push(directory, &sidecar, &["--shrink", "--output", "json"]).ends(0).json();
    assert_eq!((&outcome["outcome"], &outcome["narrowed"]), (&json!("APPLIED"), &json!(2)));
}

#[test]
fn each_example_is_brought_where_another_was() {
    let sidecar = Serving::start_pushed(&[]);
    for (number, example) in EXAMPLES.iter().chain(&EXAMPLES[..1]).enumerate() {
        let directory = format!("examples/{example}");
        let directory = Path::new(&directory);
        let revision = format!("revision 1.{}", number + 1);
        push(directory, &sidecar, &["--shrink"]).ends(0).says(&revision);
        push(directory, &sidecar, &[]).ends(0).says("nothing to change");
    }
}

#[test]
fn the_whole_policy_begins_an_epoch() {
    let sidecar = Serving::start_pushed(&[]);
    let folder = policy("");
    push(folder.path(), &sidecar, &["--epoch", "7"]).ends(0).says("revision 7.1");
    push(folder.path(), &sidecar, &["--whole"]).ends(0).says("the whole policy").says("revision 7.2");
    push(folder.path(), &sidecar, &["--epoch", "8"]).ends(0).says("the whole policy").says("revision 8.1");
    push(folder.path(), &sidecar, &["--epoch", "7"]).ends(2).complains("of epoch 8: a lower one is refused");
}

#[test]
fn what_does_not_validate_is_not_sent() {
    let sidecar = Serving::start_pushed(&[]);
    let folder = policy("");
    edit(folder.path(), "tenants/home.yaml", "[reader]", "[reeder]");
    push(folder.path(), &sidecar, &[]).ends(1).complains("there is no role `reeder`");
    let told = push(folder.path(), &sidecar, &["--output", "json"]).ends(1).json();
    assert_eq!(told["error"]["code"], "POLICY_NOT_LOADED");
    run(&["status", "--to", sidecar.admin()]).ends(0).says("revision   none");
}

#[test]
fn who_cannot_be_pushed_to_says_so() {
    let folder = policy("");
    let directory = text(folder.path());
    run(&["push", directory]).ends(2);
    run(&["push", directory, "--to", "nowhere"]).ends(2).complains("is not an address");
    run(&["push", directory, "--to", "127.0.0.1:1"]).ends(3).complains("cannot reach");
    run(&["status", "--to", "unix:/no/such/socket"]).ends(3);
    run(&["rollback", "x", "--to", "127.0.0.1:1"]).ends(2).complains("expected a revision");
    run(&["status", "--to", "unix:/x", "--ca", "Cargo.toml"]).ends(2).complains("has no TLS");
    run(&["status", "--to", "127.0.0.1:1", "--cert", "Cargo.toml"]).ends(2).complains("--ca");
    run(&["status", "--to", "127.0.0.1:1", "--ca", "no/such/file"]).ends(2).complains("cannot read");

    // The data plane takes no pushes.
    let sidecar = Serving::start_pushed(&[]);
    run(&["push", directory, "--to", sidecar.address()]).ends(2).complains("UNIMPLEMENTED");
    run(&["rollback", "1", "--to", sidecar.admin()]).ends(2).complains("holds no policy yet");

    let admin = ["--policy", directory, "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"];
    let followed = Serving::start_with(&[&admin[..], &["--admin-insecure"]].concat());
    run(&["push", directory, "--to", followed.admin()])
        .ends(2)
        .complains("from a directory, not from pushes");
    run(&["status", "--to", followed.admin()]).ends(0).says("source     dir").says("model      small");
}
