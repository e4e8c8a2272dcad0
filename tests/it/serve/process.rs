//! The real program and its system: signals, descriptors.

use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use sidegate::client::v1;
use tokio::time::Instant;

use crate::raw::{CHECK, PREFACE, Raw, SETTINGS, says, until};
use crate::serving::Serving;
use crate::support::{Client, channel, policy, question};

/// What starting and ending may take on a busy machine.
///
/// Less than a hanging call has left: it must not be what ends the process.
const SLACK: Duration = Duration::from_secs(4);

fn asked() -> v1::CheckRequest {
    question("user:ana", "view", "inbox:i1")
}

/// A sidecar that goes on serving, and finishes, for so long.
fn sidecar(keep_serving: &str, finish: &str) -> Serving {
    Serving::start_with(&[
        "--policy",
        &policy("helpdesk"),
        "--listen",
        "127.0.0.1:0",
        "--drain-keep-serving",
        keep_serving,
        "--drain-finish",
        finish,
    ])
}

/// Waits until it has ended: its exit code, and how long that took.
async fn end(mut serving: Serving) -> (Option<i32>, Duration) {
    let began = Instant::now();
    let mut code = None;
    until("the process ends", || {
        code = serving.ended();
        code.is_some()
    })
    .await;
    (code.unwrap().code(), began.elapsed())
}

/// One round: a process with every kind of connection is told to stop.
async fn round() {
    let (keep_serving, finish) = (Duration::from_secs(1), Duration::from_millis(350));
    let serving = sidecar("1s", "350ms");
    let address = serving.address().to_owned();
    let _silent = says(&address, b"").await;
    let _half = says(&address, &PREFACE[..12]).await;
    let _half_open = says(&address, &[PREFACE, SETTINGS].concat()).await;
    let _idle = channel(&address.parse().unwrap()).await;
    let mut raw = Raw::connect(&address).await;
    let _hanging = raw.hang(CHECK).await;
    let late = raw.hang(CHECK).await;

    let enough = AtomicBool::new(false);
    let answered = AtomicU32::new(0);
    let caller = async || {
        let mut client = Client::new(channel(&address.parse().unwrap()).await);
        while !enough.load(Ordering::Relaxed) {
            let response = client.check(asked()).await.unwrap().into_inner();
            assert_eq!(response.decision(), v1::Decision::Allow);
            answered.fetch_add(1, Ordering::Relaxed);
        }
    };
    let stop = async {
        until("calls are answered", || answered.load(Ordering::Relaxed) > 3).await;
        serving.signal("TERM");
        let before = answered.load(Ordering::Relaxed);
        until("calls are answered after the signal", || answered.load(Ordering::Relaxed) > before + 5).await;
        enough.store(true, Ordering::Relaxed);
    };
    tokio::join!(caller(), caller(), stop);
    // In flight since before the signal.
    assert_eq!(late.say(&asked()).await, "0");

    let (code, took) = end(serving).await;
    assert_eq!(code, Some(0));
    assert!(took < keep_serving + finish + SLACK, "{took:?}");
}

#[test]
fn f41_it_ends_in_time_whatever_is_open_a_hundred_times_out_of_a_hundred() {
    const ROUNDS: u32 = 100;
    let (next, done) = (AtomicU32::new(0), AtomicU32::new(0));
    std::thread::scope(|scope| {
        for _ in 0..12 {
            scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                while next.fetch_add(1, Ordering::Relaxed) < ROUNDS {
                    runtime.block_on(round());
                    done.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    assert_eq!(done.into_inner(), ROUNDS);
}

#[tokio::test]
async fn f42_told_twice_it_ends_at_once() {
    for second in ["TERM", "INT", "QUIT"] {
        let mut serving = sidecar("60s", "60s");
        let mut client = Client::new(channel(&serving.address().parse().unwrap()).await);
        serving.signal("TERM");
        client.check(asked()).await.unwrap();
        assert_eq!(serving.ended(), None);
        // Two of the same kind may be heard as one: not before the first was.
        let mut health = tonic_health::pb::health_client::HealthClient::new(
            channel(&serving.address().parse().unwrap()).await,
        );
        loop {
            let said = health.check(tonic_health::pb::HealthCheckRequest::default()).await.unwrap();
            if said.into_inner().status()
                == tonic_health::pb::health_check_response::ServingStatus::NotServing
            {
                break;
            }
        }
        serving.signal(second);
        let (code, took) = end(serving).await;
        assert_eq!(code, Some(0), "{second}");
        assert!(took < SLACK, "{took:?}");
    }
}

#[tokio::test]
async fn f42_quit_is_at_once_and_hangup_ends_nothing() {
    let mut serving = sidecar("60s", "60s");
    let mut client = Client::new(channel(&serving.address().parse().unwrap()).await);
    serving.signal("HUP");
    for _ in 0..20 {
        client.check(asked()).await.unwrap();
    }
    assert_eq!(serving.ended(), None);
    serving.signal("QUIT");
    let (code, took) = end(serving).await;
    assert_eq!(code, Some(0));
    assert!(took < SLACK, "{took:?}");
}

#[tokio::test]
async fn f36_out_of_descriptors_it_waits_and_goes_on() {
    let mut limited = Command::new("sh");
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let script = "ulimit -n 40; log=$1; shift; exec \"$@\" 2>\"$log\"";
    limited.args(["-c", script, "sh", log.to_str().unwrap(), env!("CARGO_BIN_EXE_sidegate")]);
    let serving = Serving::start_as(limited, &["--policy", &policy("helpdesk"), "--listen", "127.0.0.1:0"]);
    let address = serving.address().to_owned();
    let mut before = Client::new(channel(&address.parse().unwrap()).await);
    before.check(asked()).await.unwrap();

    let mut hoard = Vec::new();
    for _ in 0..60 {
        hoard.push(says(&address, &PREFACE[..3]).await);
    }
    let warnings = || std::fs::read_to_string(&log).unwrap().matches("cannot accept a connection").count();
    until("it runs out of descriptors", || warnings() > 0).await;
    // Whoever is connected is answered as ever.
    for _ in 0..50 {
        before.check(asked()).await.unwrap();
    }
    drop(hoard);
    let mut after = Client::new(channel(&address.parse().unwrap()).await);
    after.check(asked()).await.unwrap();
    assert_eq!(warnings(), 1, "not told each time");
    assert_eq!(serving.terminate().code(), Some(0));
}
