//! A sidecar that runs, asked from the command line; `healthcheck`.

use std::path::Path;

use sidegate::document::{PolicyLimits, load};
use sidegate::policy_dir;
use tempfile::TempDir;

use super::examples::EXAMPLES;
use super::fake::Answering;
use super::running::{Ran, text};
use super::small::policy;
use super::{run, run_with};
use crate::serving::Serving;
use crate::support::config;

/// Holds that a directory and a sidecar give the same answer, to the letter.
#[track_caller]
pub(super) fn same(directory: &str, to: &str, command: &str, question: &[&str]) -> Ran {
    let ask = |door: [&str; 2]| run(&[&[command], &door[..], question].concat());
    let of_directory = ask(["--policy", directory]);
    let of_sidecar = ask(["--to", to]);
    assert_eq!(
        (of_sidecar.code, &of_sidecar.out, &of_sidecar.err),
        (of_directory.code, &of_directory.out, &of_directory.err),
        "{command} {question:?}"
    );
    of_sidecar
}

/// Some questions of a policy: a member of each tenant, about an action of some
/// types.
fn questions(directory: &str) -> Vec<[String; 8]> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(directory);
    let loaded = load(&policy_dir::read_policy(&path).unwrap(), &PolicyLimits::default());
    let checked = loaded.checked.unwrap();
    let policy = checked.policy();
    let mut questions = Vec::new();
    for (number, (id, tenant)) in policy.tenants.iter().enumerate() {
        let member =
            tenant.members.keys().cycle().nth(number).map_or("user:x".to_owned(), ToString::to_string);
        for (kind, ty) in policy.model.resources.iter().take(4) {
            let action = ty.actions.first().unwrap().value.clone();
            let words = ["--tenant", id, "--principal", &member, "--action", &action, "--resource"];
            let [a, b, c, d, e, f, g] = words.map(str::to_owned);
            questions.push([a, b, c, d, e, f, g, format!("{kind}:r1")]);
        }
    }
    questions
}

#[test]
fn a_sidecar_answers_as_its_directory_does() {
    for example in EXAMPLES {
        let directory = format!("examples/{example}");
        let serving = Serving::start(&directory);
        let asked = questions(&directory);
        assert!(asked.len() >= 4, "{example}");
        for (question, command) in asked.iter().take(8).zip(["explain", "check"].into_iter().cycle()) {
            let question = question.each_ref().map(String::as_str);
            same(&directory, serving.address(), command, &question);
        }
    }
}

#[test]
fn every_part_of_a_question_reaches_the_sidecar() {
    let crm = Serving::start("examples/whatsapp-crm");
    let base =
        ["--tenant", "acme", "--principal", "user:sara", "--action", "send", "--resource", "conversation:c1"];
    let with = |more: &[&'static str]| [&base[..], more].concat();
    let attributes = ["--attr", "instance=wa-1", "--attr", "assignee=sara"];
    for command in ["check", "explain"] {
        for output in ["text", "json"] {
            let output = ["--output", output];
            let ask = |more: &[&'static str], code: i32| {
                let question = [&with(more)[..], &output].concat();
                same("examples/whatsapp-crm", crm.address(), command, &question).ends(code)
            };
            ask(&attributes, 0);
            ask(&[], 1);
            ask(&["--attr", "instance=wa-9", "--attr", "assignee=null"], 1);
            ask(&["--attr", "colour=red", "--context", "moon=full"], 1);
            // Quoted: without a model, a whole number is none but a number.
            ask(&["--attr", "instance=\"12\""], 1);
            ask(&["--attr", "priority=[1]", "--context", "ip_country=[1]"], 1);
            ask(&["--parent", "contact:c1"], 2);
        }
    }
    same("examples/whatsapp-crm", crm.address(), "check", &[&with(&attributes)[..], &["--explain"]].concat());

    let plugins = Serving::start("examples/plugin-permissions");
    let question =
        ["--tenant", "acme", "--principal", "user:omar", "--action", "view", "--resource", "profile:p1"];
    for via in [
        &["--via-app", "plugin:observer", "--scope", "website:people:profiles=read"][..],
        &["--via-app", "plugin:observer", "--all-scopes"],
        &["--via-app", "plugin:nobody", "--scope", "website:people:profiles=read,write"],
        &["--token", "--scope", "nothing=read"],
    ] {
        let question = [&question[..], via].concat();
        same("examples/plugin-permissions", plugins.address(), "explain", &question);
    }
}

#[test]
fn a_unix_socket_is_asked_too() {
    let directory = TempDir::new().unwrap();
    let address = format!("unix:{}", directory.path().join("s").display());
    let policy = policy("");
    let _serving = Serving::start_at(text(policy.path()), &[&address]);
    let question = ["--tenant", "home", "--principal", "user:ann", "--action", "view", "--resource", "note"];
    same(text(policy.path()), &address, "check", &question).ends(0);
    run(&["healthcheck", "--to", &address]).ends(0);
    run(&["list", "--to", &address, "--tenant", "home", "--action", "view", "--resource", "note"])
        .ends(0)
        .says("user:ann\nuser:bob\n");
}

#[test]
fn every_field_at_fault_is_told() {
    let policy = policy("");
    let serving = Serving::start(text(policy.path()));
    let question =
        ["--tenant", "home", "--principal", "robot:ann", "--action", "burn", "--resource", "note:n1"];
    let ran = same(text(policy.path()), serving.address(), "check", &question).ends(2);
    assert_eq!(ran.err, "principal.type: no principal type `robot`\naction: `note` has no action `burn`\n");
    let json = [&question[..], &["--output", "json"]].concat();
    let told = same(text(policy.path()), serving.address(), "check", &json).ends(2).json();
    assert_eq!(told["error"]["fields"][1]["field"], "action");
}

const WHOLE: [&str; 8] =
    ["--tenant", "home", "--principal", "user:ann", "--action", "view", "--resource", "note:n1"];

/// `check` of the small question.
fn check(more: &[&str], variables: &[(&str, &str)]) -> Ran {
    run_with(&[&["check"], &WHOLE[..], more].concat(), variables)
}

#[test]
fn whom_to_ask_must_be_clear() {
    let policy = policy("");
    let serving = Serving::start(text(policy.path()));
    let (directory, to) = (text(policy.path()), serving.address());
    check(&[], &[]).ends(2).complains("`--policy DIR` or `--to ADDR`");
    check(&["--policy", directory, "--to", to], &[]).ends(2).complains("`--policy` or `--to`");
    let both = [("SIDEGATE_POLICY", "no/such"), ("SIDEGATE_TO", "127.0.0.1:1")];
    check(&[], &both).ends(2).complains("SIDEGATE_POLICY and SIDEGATE_TO");
    check(&["--policy", directory], &both).ends(0);
    check(&["--to", to], &both).ends(0);
    check(&[], &[("SIDEGATE_TO", to)]).ends(0);
    check(&[], &[("SIDEGATE_POLICY", directory)]).ends(0);
    check(&["--to", to, "--at", "2026-01-01T00:00:00Z"], &[])
        .ends(2)
        .complains("`--at` goes with `--policy`");
    check(&["--to", "not an address"], &[]).ends(2).complains("not an address");
    check(&["--to", to, "--token", "--scope", "notes=all"], &[]).ends(2).complains("name them");
    check(&["--to", to, "--timeout", "2"], &[]).ends(2).complains("expected a duration");
}

#[test]
fn what_cannot_be_reached_is_3() {
    // Free a moment ago, and with nobody behind it.
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    check(&["--to", &closed], &[]).ends(3).complains("cannot reach a sidecar at");
    run(&["healthcheck", "--to", &closed]).ends(3).complains("cannot reach a sidecar at");
    check(&["--to", "unix:/no/such/socket"], &[]).ends(3).complains("cannot reach a sidecar at");
    // Accepts, and says nothing.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap().to_string();
    let told = format!("no answer from `{address}` in 150ms");
    check(&["--to", &address, "--timeout", "150ms"], &[]).ends(3).complains(&told);
    run(&["healthcheck", "--to", &address, "--timeout", "150ms"]).ends(3).complains(&told);
}

#[test]
fn a_listener_that_does_not_explain_still_answers() {
    let policy = policy("");
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("c.yaml");
    std::fs::write(&file, "listeners: [{ address: \"127.0.0.1:0\", tenants: [home], allow: [check] }]\n")
        .unwrap();
    let serving = Serving::start_with(&["--config", text(&file), "--policy", text(policy.path())]);
    let to = ["--to", serving.address()];
    assert_eq!(check(&to, &[]).ends(0).out, "allow ROLE_GRANT role:reader\n");
    let explain = [&to[..], &["--explain"]].concat();
    check(&explain, &[]).ends(2).complains("PERMISSION_DENIED: this listener does not answer `explain`");
    let list = ["list", "--tenant", "home", "--principal", "user:ann", "--resource", "note"];
    run(&[&list[..], &to].concat()).ends(2).complains("this listener does not answer `list`");
    let elsewhere = ["check", "--tenant", "away", "--principal", "user:ann", "--action", "view"];
    run(&[&elsewhere[..], &["--resource", "note"], &to].concat())
        .ends(2)
        .complains("nothing about this tenant");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sidecar_without_a_policy_does_not_serve() {
    let running = sidegate::app::listen(&config()).await.unwrap();
    let address = running.addresses()[0].to_string();
    tokio::task::spawn_blocking(move || {
        check(&["--to", &address], &[]).ends(3).complains("UNAVAILABLE: there is no policy yet");
        assert_eq!(run(&["healthcheck", "--to", &address]).ends(1).out, "not serving\n");
        let told = run(&["healthcheck", "--to", &address, "--output", "json"]).ends(1).json();
        assert_eq!(told["status"], "not serving");
    })
    .await
    .unwrap();
}

#[test]
fn a_sidecar_that_serves_is_healthy() {
    let serving = Serving::start("examples/whatsapp-crm");
    assert_eq!(run(&["healthcheck", "--to", serving.address()]).ends(0).out, "serving\n");
    run_with(&["healthcheck"], &[("SIDEGATE_TO", serving.address())]).ends(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_code_has_its_exit_code() {
    let fake = Answering::start().await;
    let address = fake.address.clone();
    tokio::task::spawn_blocking(move || {
        for (code, exit) in (1..=16).zip([3, 3, 2, 3, 2, 3, 2, 3, 2, 3, 2, 2, 3, 3, 3, 2]) {
            let tenant = format!("code-{code}");
            let ran = run(&[
                "check",
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
                "--timeout",
                "30s",
            ]);
            assert_eq!((ran.code, ran.out.as_str()), (exit, ""), "{code}: {}", ran.err);
        }
        // A reason of a later version allows or denies as the decision says.
        let later =
            ["check", "--to", &address, "--tenant", "later", "--principal", "user:a", "--action", "view"];
        run(&[&later[..], &["--resource", "note"]].concat()).ends(0).says("allow REASON_4711\n");
    })
    .await
    .unwrap();
    assert!(fake.timeouts()[0].starts_with("30"), "{:?}", fake.timeouts());
    assert!(fake.timeouts().last().unwrap().starts_with('2'), "{:?}", fake.timeouts());
}
