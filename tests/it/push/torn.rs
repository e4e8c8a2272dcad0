//! Answers while policy is pushed under them: each comes from one snapshot, and none
//! is older than one before it.
//!
//! With an even number `user:ana` may view and not edit, with an odd one edit and not
//! view. So an answer that names its revision tells by itself whether it is right.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use sidegate::client::v1;

use super::{Sidecar, ana, changes, pushed, put_member, whole};
use crate::support::{Client, channel, principal, question, resource};

const PUSHES: u64 = 1000;

#[track_caller]
fn assert_of_one(may: (bool, bool), at: Option<v1::Revision>, what: &str) -> (u64, u64) {
    let v1::Revision { epoch, number } = at.unwrap();
    let expected = (number.is_multiple_of(2), !number.is_multiple_of(2));
    assert_eq!(may, expected, "{what} at {epoch}.{number}");
    (epoch, number)
}

async fn batch(client: &mut Client) -> (u64, u64) {
    let item = |action: &str| v1::BatchCheckItem {
        resource: Some(resource("doc:d")),
        actions: vec![action.to_owned()],
        ..v1::BatchCheckItem::default()
    };
    let request = v1::BatchCheckRequest {
        tenant: "acme".to_owned(),
        principal: Some(principal("user:ana")),
        items: vec![item("view"), item("edit")],
        ..v1::BatchCheckRequest::default()
    };
    let answer = client.batch_check(request).await.unwrap().into_inner();
    let allowed = |at: usize| answer.items[at].results[0].decision() == v1::Decision::Allow;
    assert_of_one((allowed(0), allowed(1)), answer.revision, "BatchCheck")
}

/// The explanation must tell the decision's own story.
async fn explained(client: &mut Client) -> (u64, u64) {
    let request = v1::CheckRequest { explain: true, ..question("user:ana", "view", "doc:d") };
    let answer = client.check(request).await.unwrap().into_inner();
    let steps = &answer.explanation.as_ref().unwrap().steps;
    let denied = steps.iter().any(|step| step.outcome() == v1::StepOutcome::Denied);
    let allowed = answer.decision() == v1::Decision::Allow;
    assert_ne!(allowed, denied, "{answer:?}");
    assert_of_one((allowed, !allowed), answer.revision, "explain")
}

async fn listed(client: &mut Client) -> (u64, u64) {
    let query = v1::ActionsQuery { resource: Some(resource("doc:d")), actions: Vec::new() };
    let request = v1::ListAllowedRequest {
        tenant: "acme".to_owned(),
        principal: Some(principal("user:ana")),
        query: Some(v1::list_allowed_request::Query::Actions(query)),
        ..v1::ListAllowedRequest::default()
    };
    let answer = client.list_allowed(request).await.unwrap().into_inner();
    let Some(v1::list_allowed_response::Answer::Actions(actions)) = answer.answer else { panic!() };
    let may = |action: &str| {
        let found = actions.items.iter().find(|item| item.action == action).unwrap();
        found.result() == v1::ListResult::Always
    };
    assert_of_one((may("view"), may("edit")), answer.revision, "ListAllowed")
}

/// What is pushed at a number: mostly sets, now and then a whole, now and then another
/// epoch.
fn next(epoch: u64, number: u64) -> Vec<v1::PushRequest> {
    let role = if number.is_multiple_of(2) { "reader" } else { "writer" };
    if number.is_multiple_of(50) || number == 2 {
        let mut messages = whole(epoch, number, &["acme", "bolt"]);
        messages.push(changes(vec![put_member("acme", "user:ana", &[role])]));
        return messages;
    }
    ana(epoch, number, number - 1, role)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i09_i10_every_answer_comes_from_one_snapshot_and_none_goes_back() {
    let mut sidecar = Sidecar::start(pushed()).await;
    sidecar.push(next(1, 2)).await.unwrap();
    let (done, answers) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let mut askers = Vec::new();
    for _ in 0..3 {
        let mut client = Client::new(channel(&sidecar.running.addresses()[0]).await);
        let (done, answers) = (Arc::clone(&done), Arc::clone(&answers));
        askers.push(tokio::spawn(async move {
            let mut last = (0, 0);
            while !done.load(Ordering::Relaxed) {
                for seen in
                    [batch(&mut client).await, explained(&mut client).await, listed(&mut client).await]
                {
                    assert!(seen >= last, "went back from {last:?} to {seen:?}");
                    last = seen;
                    answers.fetch_add(1, Ordering::Relaxed);
                }
            }
        }));
    }
    let mut epoch = 1;
    for number in 3..=PUSHES {
        if number.is_multiple_of(300) {
            epoch += 1;
        }
        let told = sidecar.push(next(epoch, number)).await.unwrap();
        assert_eq!(told.outcome(), v1::PushOutcome::Applied, "{number}: {told:?}");
        // So that the pushes happen among the answers.
        while answers.load(Ordering::Relaxed) < number {
            tokio::task::yield_now().await;
        }
    }
    done.store(true, Ordering::Relaxed);
    for asker in askers {
        asker.await.unwrap();
    }
}
