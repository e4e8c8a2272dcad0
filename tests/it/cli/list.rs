//! `list`, of a directory and of a sidecar that runs.

use std::fs;

use serde_json::json;
use tempfile::TempDir;

use super::fake::Answering;
use super::remote::same;
use super::run;
use super::running::{Ran, text};
use super::small::policy;
use crate::serving::Serving;

/// The small policy, with notes registered, behind both doors.
struct Doors {
    directory: TempDir,
    serving: Serving,
}

impl Doors {
    fn open() -> Self {
        let directory = policy("");
        let tenant = directory.path().join("tenants/home.yaml");
        let mut written = fs::read_to_string(&tenant).unwrap();
        written.push_str("resources:\n");
        for (id, author) in [("n2", "bob"), ("n1", "bob"), ("n3", "ann")] {
            written.push_str(&format!("  note:{id}: {{ attributes: {{ author: {author} }} }}\n"));
        }
        fs::write(&tenant, written).unwrap();
        let serving = Serving::start(text(directory.path()));
        Self { directory, serving }
    }

    /// Both say the same.
    #[track_caller]
    fn list(&self, args: &[&str]) -> Ran {
        let args = [&["--tenant", "home"], args].concat();
        same(text(self.directory.path()), self.serving.address(), "list", &args)
    }
}

const BOB: [&str; 6] = ["--principal", "user:bob", "--context", "hour=9", "--resource", "note"];

#[test]
fn without_an_action_actions_are_listed() {
    let doors = Doors::open();
    let of_type = doors.list(&BOB).ends(0);
    assert_eq!(of_type.out, "CONDITIONAL edit\nALWAYS view\n");
    let bob = &BOB[..4];
    let mine = [bob, &["--resource", "note:x", "--attr", "author=bob"]].concat();
    assert_eq!(doors.list(&mine).ends(0).out, "allow edit\nallow view\n");
    let hers = [bob, &["--resource", "note:n3"]].concat();
    assert_eq!(doors.list(&hers).ends(0).out, "deny edit\nallow view\n");
    let ann = doors.list(&["--principal", "user:ann", "--resource", "note"]).ends(0);
    assert_eq!(ann.out, "NEVER edit\nALWAYS view\n");
    let told = doors.list(&[&hers[..], &["--output", "json"]].concat()).ends(0).json();
    assert_eq!(told["actions"][0], json!({ "action": "edit", "result": "deny" }));
    assert_eq!(told["revision"], "0.1");
    let told = doors.list(&[&BOB[..], &["--output", "json"]].concat()).ends(0).json();
    assert_eq!(told["actions"][0], json!({ "action": "edit", "result": "CONDITIONAL" }));
}

#[test]
fn without_an_id_resources_are_listed() {
    let doors = Doors::open();
    let edit = [&BOB[..], &["--action", "edit"]].concat();
    for size in [&[][..], &["--page-size", "1"], &["--page-size", "2"], &["--page-size", "100"]] {
        assert_eq!(doors.list(&[&edit[..], size].concat()).ends(0).out, "note:n1\nnote:n2\n");
    }
    let named =
        [&edit[..], &["--candidate", "note:n3", "--candidate", "note:n2", "--candidate", "note:n1"]].concat();
    assert_eq!(doors.list(&named).ends(0).out, "note:n2\nnote:n1\n");
    let none = doors.list(&["--principal", "user:ann", "--action", "edit", "--resource", "note"]).ends(0);
    assert_eq!(none.out, "");
    let told = doors.list(&[&edit[..], &["--page-size", "1", "--output", "json"]].concat()).ends(0).json();
    assert_eq!(told["resources"], json!([{ "type": "note", "id": "n1" }, { "type": "note", "id": "n2" }]));
}

#[test]
fn without_a_principal_principals_are_listed() {
    let doors = Doors::open();
    for size in [&[][..], &["--page-size", "1"]] {
        let all = [&["--action", "view", "--resource", "note:n1", "--types", "user"], size].concat();
        assert_eq!(doors.list(&all).ends(0).out, "user:ann\nuser:bob\n");
    }
    let edit = ["--action", "edit", "--resource", "note:n1", "--context", "hour=9"];
    assert_eq!(doors.list(&edit).ends(0).out, "user:bob\n");
    let told = doors.list(&[&edit[..], &["--output", "json"]].concat()).ends(0).json();
    assert_eq!(told["principals"], json!([{ "type": "user", "id": "bob" }]));
    assert_eq!(told["anyone"], false);
    doors.list(&["--action", "view", "--resource", "note", "--types", "robot"]).ends(2).complains("types[0]");
}

#[test]
fn anyone_is_told_at_the_end() {
    let directory = policy("");
    let model = directory.path().join("model.yaml");
    let written =
        fs::read_to_string(&model).unwrap().replace("roles:\n", "roles:\n  anyone: { allow: [note:view] }\n");
    fs::write(&model, written).unwrap();
    let asked = ["list", "--policy", text(directory.path()), "--tenant", "home", "--action", "view"];
    assert_eq!(
        run(&[&asked[..], &["--resource", "note"]].concat()).ends(0).out,
        "user:ann\nuser:bob\nanyone\n"
    );
}

#[test]
fn candidates_come_from_a_file_with_what_is_said_of_them() {
    let doors = Doors::open();
    let edit = [&BOB[..], &["--action", "edit", "--candidates"]].concat();
    let file = doors
        .directory
        .path()
        .parent()
        .unwrap()
        .join(format!("{}.candidates", doors.directory.path().file_name().unwrap().to_string_lossy()));
    let list = |written: &str| {
        fs::write(&file, written).unwrap();
        let ran = doors.list(&[&edit[..], &[text(&file)]].concat());
        fs::remove_file(&file).unwrap();
        ran
    };
    let yaml = "\
# as in a test document
- { key: note:x, attributes: { author: bob, due: \"2026-01-01T00:00:00Z\", length: 3, tags: [a], pinned: true } }
- { key: note:y, attributes: { author: ann } }
- note:n2
- { key: note:z, attributes: { author: null } }
";
    assert_eq!(list(yaml).ends(0).out, "note:x\nnote:n2\n");
    let lines = "{\"key\":\"note:y\",\"attributes\":{\"author\":\"ann\"}}\n\n{\"key\":\"note:x\",\"attributes\":{\"author\":\"bob\"}}\n";
    assert_eq!(list(lines).ends(0).out, "note:x\n");
    assert_eq!(list("[]").ends(0).out, "");
    list("- { key: note:x, atributes: {} }\n- nonsense\n")
        .ends(2)
        .complains(".candidates:1:18: fault: unknown key `atributes`")
        .complains(".candidates:2:3: fault: `nonsense` is not a key")
        .complains("has 2 faults");
    list("- { key: note:x, attributes: { length: long } }\n")
        .ends(2)
        .complains("resources.candidates.resources[0].attributes.length: expected int");
    list("- { type: note }\n").ends(2).complains("resources.candidates.resources[0].id: must be set");
    doors.list(&[&edit[..], &["no/such/file"]].concat()).ends(2).complains("cannot read `no/such/file`");
}

#[test]
fn what_is_listed_must_be_clear() {
    let base = ["list", "--policy", "examples/whatsapp-crm", "--tenant", "acme"];
    let wrong = |args: &[&str], told: &str| {
        run(&[&base[..], args].concat()).ends(2).complains(told);
    };
    wrong(&["--resource", "contact"], "give `--principal`, `--action` or both");
    wrong(&["--principal", "user:a", "--action", "view"], "--resource");
    let whole = ["--principal", "user:a", "--action", "view", "--resource", "contact:c1"];
    wrong(&whole, "ask `sidegate check`");
    let resources = ["--principal", "user:a", "--action", "view", "--resource", "contact"];
    wrong(&[&resources[..], &["--filter"]].concat(), "not answered by this build");
    wrong(&[&resources[..], &["--types", "user"]].concat(), "leave out `--principal`");
    wrong(&[&resources[..], &["--attr", "a=1"]].concat(), "`--candidates`");
    wrong(&[&resources[..], &["--page-size", "0"]].concat(), "--page-size");
    wrong(&[&resources[..], &["--candidate", "contact:c", "--candidates", "f"]].concat(), "--candidates");
    let actions = ["--principal", "user:a", "--resource", "contact"];
    wrong(&[&actions[..], &["--candidate", "contact:c"]].concat(), "`--principal` and `--action`");
    let principals = ["--action", "view", "--resource", "contact"];
    wrong(&[&principals[..], &["--role", "admin"]].concat(), "there is none");
    wrong(&["--principal", "user:a", "--resource", "nothing"], "actions.resource.type: ");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_changes_under_way_is_begun_again_three_times() {
    for (aborts, code) in [(0, 0), (3, 0), (4, 3)] {
        let fake = Answering::start().await;
        let address = fake.address.clone();
        let ran = tokio::task::spawn_blocking(move || {
            let tenant = format!("aborts-{aborts}");
            run(&[
                "list",
                "--to",
                &address,
                "--tenant",
                &tenant,
                "--principal",
                "user:a",
                "--action",
                "view",
                "--resource",
                "note",
            ])
        })
        .await
        .unwrap()
        .ends(code);
        let expected = if code == 0 { "note:first\nnote:second\n" } else { "" };
        assert_eq!(ran.out, expected, "{aborts}");
    }
}
