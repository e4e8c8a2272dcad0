//! Answers while policy is swapped under them: each comes from one snapshot.
//!
//! Policies with an even number let x be opened and not y, those with an odd one y
//! and not x. So an answer that names its revision tells by itself whether it is
//! right, and one that saw two policies shows both doors open, or neither.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use sidegate::app;
use sidegate::client::v1;
use sidegate::document::{Checked, PolicyLimits, Source, Sources, load};
use sidegate::model::Revision;
use sidegate::snapshot::Snapshot;

use crate::support::{Client, channel, config, principal, resource};

/// Policies put in force.
const SWAPS: u64 = 10_000;

/// A policy that lets one of the two doors be opened.
fn policy(door: &str) -> Checked {
    let model = format!(
        "sidegate: v1\nkind: Model\nname: doors\nprincipals: {{ user: {{}} }}\n\
         resources: {{ x: {{ actions: [open, shut] }}, y: {{ actions: [open, shut] }} }}\n\
         roles: {{ keeper: {{ allow: [\"{door}:open\"] }} }}\n"
    );
    let tenant = "sidegate: v1\nkind: Tenant\nid: acme\nmembers: { user:ana: { roles: [keeper] } }\n";
    let source = |path: &str, text: String| Source { path: path.to_owned(), text };
    let sources =
        Sources::new(vec![source("model.yaml", model), source("tenants/acme.yaml", tenant.to_owned())]);
    load(&sources, &PolicyLimits::default()).checked.unwrap()
}

fn ana() -> Option<v1::Principal> {
    Some(principal("user:ana"))
}

/// What each answer says of (x, y).
type Doors = (bool, bool);

#[track_caller]
fn assert_of_one(doors: Doors, revision: Option<v1::Revision>, what: &str) {
    let v1::Revision { epoch: _, number } = revision.unwrap();
    assert_eq!(doors, (number.is_multiple_of(2), !number.is_multiple_of(2)), "{what} at {number}");
}

async fn batch(client: &mut Client) -> u64 {
    let item = |kind: &str| v1::BatchCheckItem {
        resource: Some(resource(kind)),
        actions: vec!["open".to_owned()],
        ..v1::BatchCheckItem::default()
    };
    let request = v1::BatchCheckRequest {
        tenant: "acme".to_owned(),
        principal: ana(),
        items: vec![item("x"), item("y")],
        ..v1::BatchCheckRequest::default()
    };
    let answer = client.batch_check(request).await.unwrap().into_inner();
    let allowed = |at: usize| answer.items[at].results[0].decision() == v1::Decision::Allow;
    assert_of_one((allowed(0), allowed(1)), answer.revision, "BatchCheck");
    answer.revision.unwrap().number
}

/// The explanation must tell the decision's own story.
async fn explained(client: &mut Client, door: &str) -> u64 {
    let request = v1::CheckRequest {
        tenant: "acme".to_owned(),
        principal: ana(),
        action: "open".to_owned(),
        resource: Some(resource(door)),
        explain: true,
        ..v1::CheckRequest::default()
    };
    let answer = client.check(request).await.unwrap().into_inner();
    let steps = &answer.explanation.as_ref().unwrap().steps;
    let denied = steps.iter().any(|step| step.outcome() == v1::StepOutcome::Denied);
    let allowed = answer.decision() == v1::Decision::Allow;
    assert_ne!(allowed, denied, "{answer:?}");
    let doors = if door == "x" { (allowed, !allowed) } else { (!allowed, allowed) };
    assert_of_one(doors, answer.revision, "explain");
    answer.revision.unwrap().number
}

/// Two lists whose answers are in one message: what may be done with each door.
async fn listed(client: &mut Client, door: &str) -> u64 {
    let query = v1::ActionsQuery { resource: Some(resource(door)), actions: Vec::new() };
    let request = v1::ListAllowedRequest {
        tenant: "acme".to_owned(),
        principal: ana(),
        query: Some(v1::list_allowed_request::Query::Actions(query)),
        ..v1::ListAllowedRequest::default()
    };
    let answer = client.list_allowed(request).await.unwrap().into_inner();
    let Some(v1::list_allowed_response::Answer::Actions(actions)) = answer.answer else { panic!() };
    let results: Vec<_> = actions.items.iter().map(|item| (item.action.as_str(), item.result())).collect();
    let [("open", open), ("shut", v1::ListResult::Never)] = results.as_slice() else { panic!("{results:?}") };
    let open = *open == v1::ListResult::Always;
    let doors = if door == "x" { (open, !open) } else { (!open, open) };
    assert_of_one(doors, answer.revision, "ListAllowed of actions");
    answer.revision.unwrap().number
}

/// Who may open a door, with what the answer says of nobody else.
async fn who(client: &mut Client, door: &str) -> u64 {
    let query =
        v1::PrincipalsQuery { action: "open".to_owned(), resource: Some(resource(door)), types: Vec::new() };
    let request = v1::ListAllowedRequest {
        tenant: "acme".to_owned(),
        query: Some(v1::list_allowed_request::Query::Principals(query)),
        ..v1::ListAllowedRequest::default()
    };
    let answer = client.list_allowed(request).await.unwrap().into_inner();
    let Some(v1::list_allowed_response::Answer::Principals(found)) = answer.answer else { panic!() };
    let open = found.principals.len() == 1;
    let doors = if door == "x" { (open, !open) } else { (!open, open) };
    assert_of_one(doors, answer.revision, "ListAllowed of principals");
    answer.revision.unwrap().number
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i09_every_answer_comes_from_one_snapshot() {
    let running = app::listen(&config()).await.unwrap();
    let installer = running.installer();
    let policies = [policy("x"), policy("y")];
    let put = move |number: u64| {
        let checked = if number.is_multiple_of(2) { &policies[0] } else { &policies[1] };
        installer.install(Snapshot::compile(checked, Revision::new(1, number))).unwrap();
    };
    put(1);

    let done = Arc::new(AtomicBool::new(false));
    let answers = Arc::new(AtomicU64::new(0));
    let mut askers = Vec::new();
    for _ in 0..4 {
        let mut client = Client::new(channel(&running.addresses()[0]).await);
        let (done, answers) = (Arc::clone(&done), Arc::clone(&answers));
        askers.push(tokio::spawn(async move {
            let mut last = 0;
            while !done.load(Ordering::Relaxed) {
                let seen = [
                    batch(&mut client).await,
                    explained(&mut client, "x").await,
                    explained(&mut client, "y").await,
                    listed(&mut client, "x").await,
                    who(&mut client, "y").await,
                ];
                for number in seen {
                    assert!(number >= last, "went back from {last} to {number}");
                    last = number;
                }
                answers.fetch_add(5, Ordering::Relaxed);
            }
        }));
    }
    // The swaps wait for answers now and then, so that they happen among them.
    let swaps = tokio::task::spawn_blocking({
        let answers = Arc::clone(&answers);
        move || {
            for number in 2..=SWAPS {
                put(number);
                while answers.load(Ordering::Relaxed) < number / 2 {
                    std::thread::yield_now();
                }
            }
        }
    });
    swaps.await.unwrap();
    done.store(true, Ordering::Relaxed);
    for asker in askers {
        asker.await.unwrap();
    }
    println!("{SWAPS} policies in force one after the other, {} answers", answers.load(Ordering::Relaxed));
}
