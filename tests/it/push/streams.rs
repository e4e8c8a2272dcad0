//! Pushes whose connection fails: before, in the middle, and just too late.

use std::time::Duration;

use h2::Reason;
use prost::Message;
use sidegate::client::v1;
use tokio::time::timeout;
use tonic::Code;

use super::proxy::Proxy;
use super::watched::Watched;
use super::{Admin, Sidecar, ana, assert_said, changes, pushed, put_member, whole};
use crate::raw::{Raw, framed, get, socket, until};
use crate::support::{channel, question, told};

const PUSH: &str = "/sidegate.v1.PolicyService/Push";
/// Before this a test has failed.
const BOUND: Duration = Duration::from_secs(20);

#[tokio::test]
async fn f01_before_anything_is_pushed_it_lives_and_is_not_ready() {
    let mut config = pushed();
    config.probes = Some("127.0.0.1:0".parse().unwrap());
    let mut sidecar = Sidecar::start(config).await;
    let probes = sidecar.running.probe_address().unwrap().to_string();
    assert!(get(&probes, "/livez").await.0.starts_with("http/1.1 200"));
    let (head, body) = get(&probes, "/readyz").await;
    assert!(head.starts_with("http/1.1 503"), "{head}");
    assert_eq!(body, "not ready: no policy yet\n");
    let refused = sidecar.client.check(question("user:ana", "view", "doc:d")).await.unwrap_err();
    assert_eq!(told(&refused), (Code::Unavailable, "NO_SNAPSHOT".to_owned(), String::new()));
    let status = sidecar.status().await;
    assert_eq!((status.revision, status.stale, status.source.as_str()), (None, true, "push"));
    let reads = sidecar.admin.get_model(v1::GetModelRequest {}).await.unwrap_err();
    assert_eq!(told(&reads).1, "NO_SNAPSHOT");

    // The first good push makes it ready, and a bad one does not.
    let mut bad = whole(1, 1, &["acme"]);
    bad.push(changes(vec![put_member("acme", "user:ana", &["raeder"])]));
    assert_said(&sidecar.push(bad).await, ("REFUSED", ""), "a bad one");
    assert!(get(&probes, "/readyz").await.0.starts_with("http/1.1 503"));
    assert_said(&sidecar.push(whole(1, 1, &["acme"])).await, ("APPLIED", "1.1"), "a good one");
    assert!(get(&probes, "/readyz").await.0.starts_with("http/1.1 200"));
    assert!(sidecar.may("view").await);
    assert!(!sidecar.status().await.stale);
}

/// Says the first so many messages of a push and then ends it in some way.
async fn broken_off(sidecar: &Sidecar, messages: &[v1::PushRequest], how: &str) {
    let mut raw = Raw::connect(&socket(sidecar.admin_address())).await;
    let mut call = raw.hang(PUSH).await;
    for message in messages {
        call.send(framed(&message.encode_to_vec()), false);
    }
    match how {
        "cancelled" => call.reset(Reason::CANCEL),
        "without an error" => call.reset(Reason::NO_ERROR),
        "with an error" => call.reset(Reason::INTERNAL_ERROR),
        "cut in a message" => {
            call.send(vec![0, 0, 0, 1, 0, 1, 2, 3], false);
            call.reset(Reason::CANCEL);
        }
        _ => drop(call),
    }
    // What was sent is sent before the connection ends.
    tokio::task::yield_now().await;
    raw.cut();
}

/// However many messages of it have come: a push that was not ended is none.
#[tokio::test]
async fn f03_f14_a_push_that_is_broken_off_at_any_message_changes_nothing() {
    let mut sidecar = Sidecar::holding(pushed()).await;
    let watched = Watched::begin(&sidecar.running.addresses()[0], 2).await;
    watched.expect((1, 2), "writer");
    let before = sidecar.seen().await;
    let delta = {
        let mut messages = ana(1, 2, 1, "writer");
        messages.push(changes(vec![put_member("bolt", "user:ana", &["writer"])]));
        messages
    };
    let whole = {
        let mut messages = whole(1, 2, &["acme", "bolt"]);
        messages.push(changes(vec![put_member("acme", "user:ana", &["writer"])]));
        messages
    };
    for messages in [&delta, &whole] {
        for so_many in 0..=messages.len() {
            for how in ["cancelled", "without an error", "with an error", "cut in a message", "dropped"] {
                broken_off(&sidecar, &messages[..so_many], how).await;
                assert_eq!(sidecar.seen().await, before, "{how} after {so_many}");
            }
        }
    }
    // Nothing is left behind of all of them: whole loads are as many at a time.
    let pending =
        || sidecar.running.installer().metrics().render().contains("sidegate_admin_calls_in_flight 0");
    until("every call has ended", pending).await;
    assert_eq!(sidecar.seen().await, before);
    let told = sidecar.push(whole.clone()).await;
    assert_said(&told, ("APPLIED", "1.2"), "the same, to its end");
    assert!(sidecar.may("edit").await);

    // Somebody who was never interrupted holds the same.
    let mut other = Sidecar::holding(pushed()).await;
    assert_said(&other.push(whole).await, ("APPLIED", "1.2"), "elsewhere");
    assert_eq!(other.status().await.digest, sidecar.status().await.digest);
    watched.end(100).await;
}

#[tokio::test]
async fn f03_f05_a_connection_that_stalls_is_given_up_and_nobody_waits_for_it() {
    let mut config = pushed();
    config.limits.push.message_deadline = Duration::from_millis(200);
    config.limits.push.whole_loads = 1;
    let mut sidecar = Sidecar::holding(config).await;
    let watched = Watched::begin(&sidecar.running.addresses()[0], 2).await;
    watched.expect((1, 2), "reader");
    let before = sidecar.seen().await;
    let mut raw = Raw::connect(&socket(sidecar.admin_address())).await;
    let mut call = raw.hang(PUSH).await;
    // It has begun a whole load, and half of a message.
    call.send(framed(&whole(1, 2, &[])[0].encode_to_vec()), false);
    call.send(framed(&whole(1, 2, &[])[1].encode_to_vec()), false);
    call.send(vec![0, 0, 0, 1, 0, 1, 2, 3], false);
    let (code, reason, _) = told(&timeout(BOUND, call.refusal()).await.unwrap());
    assert_eq!((code, reason.as_str()), (Code::DeadlineExceeded, "DEADLINE_EXCEEDED"));
    assert_eq!(sidecar.counted(r#"limit_hit_total{limit="push_message_deadline"}"#), 1);
    assert_eq!(sidecar.counted(r#"pushes_total{outcome="cut_off"}"#), 1);
    assert_eq!(sidecar.seen().await, before);
    let told = sidecar.push(whole(1, 2, &["acme", "bolt"])).await;
    assert_said(&told, ("APPLIED", "1.2"), "its place is free again");
    watched.end(100).await;
}

#[tokio::test]
async fn f05_a_slow_push_arrives_and_checks_do_not_wait_for_it() {
    let mut sidecar = Sidecar::holding(pushed()).await;
    let proxy = Proxy::before(sidecar.admin_address()).await;
    let watched = Watched::begin(&sidecar.running.addresses()[0], 2).await;
    watched.expect((1, 2), "reader");
    let mut slow = Admin::new(channel(&proxy.address()).await);
    proxy.throttle(64);
    let mut messages = whole(1, 2, &["acme", "bolt"]);
    messages.extend((0..50).map(|n| changes(vec![put_member("bolt", &format!("user:u{n}"), &["reader"])])));
    let pushing = tokio::spawn(async move { slow.push(tokio_stream::iter(messages)).await });
    let before = sidecar.seen().await;
    let asked = watched.answers();
    while !pushing.is_finished() {
        if proxy.let_through() < 1000 {
            assert_eq!(sidecar.seen().await, before, "nothing is in force before it has come to its end");
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let told = pushing.await.unwrap().unwrap().into_inner();
    assert_eq!(told.outcome(), v1::PushOutcome::Applied);
    assert!(watched.answers() > asked, "they were answered all the while");
    assert_eq!(sidecar.status().await.members, 52);
    watched.end(100).await;
}

#[tokio::test]
async fn f15d_a_push_whose_answer_is_lost_is_applied_once() {
    let mut sidecar = Sidecar::holding(pushed()).await;
    let proxy = Proxy::before(sidecar.admin_address()).await;
    let watched = Watched::begin(&sidecar.running.addresses()[0], 2).await;
    let mut back = None;
    for number in 2..20 {
        let role = if number % 2 == 0 { "writer" } else { "reader" };
        watched.expect((1, number), role);
        let swaps = sidecar.counted("policy_swaps_total");
        let mut admin = Admin::new(channel(&proxy.address()).await);
        proxy.swallow_answers(true);
        let messages = if number % 5 == 0 {
            let mut messages = whole(1, number, &["acme", "bolt"]);
            messages.push(changes(vec![put_member("acme", "user:ana", &[role])]));
            messages
        } else {
            ana(1, number, number - 1, role)
        };
        let again = messages.clone();
        let pushing = tokio::spawn(async move { admin.push(tokio_stream::iter(messages)).await });
        // It is in force, and its pusher does not hear of it.
        let swapped = || sidecar.running.installer().store().revision().is_some_and(|at| at.number >= number);
        until("it is in force", swapped).await;
        proxy.cut();
        assert!(pushing.await.unwrap().is_err(), "nobody has told it");
        proxy.swallow_answers(false);

        // It asks what is held, and knows; or pushes again, and is told.
        let held = sidecar.status().await.revision.unwrap();
        assert_eq!((held.epoch, held.number), (1, number));
        let before = sidecar.seen().await;
        let told = sidecar.push(again).await;
        assert_said(&told, ("REPEATED", &format!("1.{number}")), "the same again");
        assert_eq!(sidecar.seen().await, before);
        assert_eq!(sidecar.counted("policy_swaps_total"), swaps + 1, "no double apply");
        back = Some(held);
    }
    assert_eq!(back.unwrap().number, 19);
    watched.end(100).await;
}
