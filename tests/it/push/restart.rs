//! A sidecar that ends and starts again, from what it kept.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use sidegate::app::{self, StartError};
use sidegate::client::v1;
use tempfile::TempDir;

use super::{Admin, Sidecar, ana, assert_said, changes, header, kept, put_member, whole};
use crate::serving::forget_the_environment;
use crate::support::{Client, channel, question};

/// A folder whose `state` a sidecar keeps policy in.
fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// Starts a sidecar there, as soon as the one before has let go of it.
async fn again(folder: &TempDir) -> Sidecar {
    for _ in 0..1000 {
        match app::build(kept(&folder.path().join("state"))).await {
            Ok(running) => {
                let client = Client::new(channel(&running.addresses()[0]).await);
                let admin = Admin::new(channel(&running.admin_addresses()[0]).await);
                return Sidecar { running, client, admin };
            }
            Err(StartError::State(error)) => {
                let locked = error.to_string();
                assert!(locked.contains("another"), "{locked}");
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            Err(other) => panic!("{other}"),
        }
    }
    panic!("the sidecar before never let go");
}

async fn stop(sidecar: Sidecar) {
    let Sidecar { running, client, admin } = sidecar;
    drop((client, admin));
    running.stop_handle().stop();
    running.wait().await.unwrap();
}

/// Every file of a state directory that says something, with its bytes.
fn bytes(folder: &TempDir) -> BTreeMap<String, Vec<u8>> {
    let files = fs::read_dir(folder.path().join("state")).unwrap().map(|entry| entry.unwrap());
    files.map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())).collect()
}

async fn durable(sidecar: &mut Sidecar, messages: Vec<v1::PushRequest>) {
    let told = sidecar.push(messages).await.unwrap();
    assert_eq!(told.outcome(), v1::PushOutcome::Applied, "{told:?}");
    // A slow disk is no fault: the answer only waits so long for it.
    let at = told.revision.unwrap();
    let numbers = |at: v1::Revision| (at.epoch, at.number);
    while sidecar.status().await.durable_revision.map(numbers) < Some(numbers(at)) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn f02_f09_i10_a_sidecar_goes_on_from_what_it_held() {
    let folder = folder();
    let mut sidecar = again(&folder).await;
    assert_eq!(sidecar.status().await.revision, None);
    durable(&mut sidecar, whole(3, 1, &["acme", "bolt"])).await;
    durable(&mut sidecar, ana(3, 2, 1, "writer")).await;
    for round in 0..3_u64 {
        let before = sidecar.status().await;
        stop(sidecar).await;
        sidecar = again(&folder).await;
        let status = sidecar.status().await;
        assert_eq!((status.revision, &status.digest), (before.revision, &before.digest));
        assert_eq!((status.stale, status.silent_ms), (true, None), "the source was not heard of");
        assert_eq!(sidecar.counted("policy_stale"), 1);
        // It is ready, and answers, with no network.
        sidecar.client.check(question("user:ana", "view", "doc:d")).await.unwrap();
        while sidecar.status().await.durable_revision != before.revision {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }

        // Nothing that it knew before is taken for new, and nothing old is taken.
        let held = before.revision.unwrap().number;
        let role = if round % 2 == 0 { "writer" } else { "reader" };
        assert_said(
            &sidecar.push(ana(3, held, held - 1, role)).await,
            ("REPEATED", &format!("3.{held}")),
            "again",
        );
        assert_said(
            &sidecar.push(ana(3, held, held - 1, "raeder")).await,
            ("REVISION_CONFLICT", &format!("3.{held}")),
            "another",
        );
        assert_said(
            &sidecar.push(whole(2, 900, &["acme", "bolt"])).await,
            ("STALE_REVISION", &format!("3.{held}")),
            "old",
        );
        assert_said(&sidecar.push(whole(3, 1, &["acme", "bolt"])).await, ("REPEATED", "3.1"), "the first");
        assert!(!sidecar.status().await.stale, "a repeated one is a word of the source");
        let role = if round % 2 == 0 { "reader" } else { "writer" };
        durable(&mut sidecar, ana(3, held + 1, held, role)).await;
        assert_eq!(sidecar.may("edit").await, role == "writer");
    }
    let revisions = sidecar.admin.list_revisions(v1::ListRevisionsRequest {}).await.unwrap().into_inner();
    assert_eq!(revisions.revisions.len(), 5, "what was in force before is known: {revisions:?}");
    let back = v1::RollbackRequest {
        tenant: None,
        to: super::revision(3, 2),
        epoch: 3,
        revision: 6,
        base_revision: 5,
        validate_only: false,
    };
    let told = sidecar.admin.rollback(back).await.map(tonic::Response::into_inner);
    assert_said(&told, ("APPLIED", "3.6"), "what a process before had applied");
    assert!(sidecar.may("edit").await);
}

#[tokio::test]
async fn i23_what_is_refused_is_not_kept() {
    let folder = folder();
    let mut sidecar = again(&folder).await;
    durable(&mut sidecar, whole(1, 1, &["acme", "bolt"])).await;
    durable(&mut sidecar, ana(1, 2, 1, "writer")).await;
    // The base of the whole may still be on its way into a file of its own.
    let mut before = bytes(&folder);
    while before.keys().any(|name| name.contains("tmp")) {
        before = bytes(&folder);
    }
    let seen = sidecar.seen().await;
    let mut faulty = changes(vec![put_member("acme", "user:ana", &["raeder"])]);
    faulty.header = header(1, 3, 2).header;
    let mut rehearsed = ana(1, 3, 2, "reader");
    rehearsed[0].header.as_mut().unwrap().validate_only = true;
    let pushes = [
        vec![faulty],
        rehearsed,
        ana(1, 2, 1, "writer"),
        ana(1, 2, 1, "reader"),
        ana(1, 5, 4, "reader"),
        whole(1, 1, &["acme"]),
        whole(1, 3, &[]),
        Vec::new(),
    ];
    for messages in pushes {
        let outcome = sidecar.push(messages).await;
        assert_ne!(super::said(&outcome).0, "APPLIED");
        assert_eq!(sidecar.seen().await, seen, "{outcome:?}");
        assert_eq!(bytes(&folder), before, "{outcome:?}");
    }
}

/// A sidecar in a process of its own.
struct Process {
    process: Child,
    data: String,
    admin: String,
}

impl Process {
    fn start(state: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sidegate"));
        forget_the_environment(&mut command);
        let socket = state.with_extension("sock");
        let mut process = command
            .args(["serve", "--source", "push", "--probe-listen", "off", "--listen", "127.0.0.1:0"])
            .arg("--state-dir")
            .arg(state)
            .arg("--admin-listen")
            .arg(format!("unix:{}", socket.display()))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let stdout = process.stdout.take().unwrap();
        let (mut data, mut admin) = (None, None);
        for line in BufReader::new(stdout).lines() {
            let line = line.unwrap();
            data = line.strip_prefix("listening on ").map(str::to_owned).or(data);
            admin = line.strip_prefix("answering admin calls on ").map(str::to_owned).or(admin);
            if admin.is_some() {
                break;
            }
        }
        Self { process, data: data.unwrap(), admin: admin.unwrap() }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // SIGKILL: it is told nothing.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Killed at any moment: it comes back with at least what it had said to be durable,
/// and never with less than it has shown to anybody who was told so.
#[tokio::test]
async fn f09_f22_a_sidecar_that_is_killed_holds_what_it_said_was_durable() {
    let folder = folder();
    let state = folder.path().join("state");
    let mut said_durable = 0;
    let mut held = 0;
    for round in 0..12_u64 {
        let process = Process::start(&state);
        let mut admin = Admin::new(channel(&process.admin.parse().unwrap()).await);
        let mut client = Client::new(channel(&process.data.parse().unwrap()).await);
        let status = admin.get_status(v1::GetStatusRequest {}).await.unwrap().into_inner();
        let found = status.revision.map_or(0, |at| at.number);
        assert!(found >= said_durable, "{found} after {said_durable} was durable, round {round}");
        assert!(found <= held, "{found} after {held} was pushed, round {round}");
        if found > 0 {
            let answer = client.check(question("user:ana", "edit", "doc:d")).await.unwrap().into_inner();
            let allowed = answer.decision() == v1::Decision::Allow;
            assert_eq!(allowed, found % 2 == 0 && found != 1, "as it was pushed at {found}");
        }
        held = found;
        let pushes = 3 + round * 2;
        for n in 0..pushes {
            let number = held + 1;
            let role = if number.is_multiple_of(2) { "writer" } else { "reader" };
            let messages =
                if held == 0 { whole(1, 1, &["acme", "bolt"]) } else { ana(1, number, held, role) };
            let last = n + 1 == pushes;
            let pushing = admin.push(tokio_stream::iter(messages));
            if last {
                // Killed while it is at it.
                held = number;
                let mut pushing = Box::pin(pushing);
                tokio::select! {
                    biased;
                    told = &mut pushing => drop(told),
                    () = tokio::time::sleep(Duration::from_micros(200 * round)) => {}
                }
                break;
            }
            let told = pushing.await.unwrap().into_inner();
            assert_eq!(told.outcome(), v1::PushOutcome::Applied, "{told:?}");
            held = number;
            if told.durable {
                said_durable = number;
            }
        }
    }
    assert!(said_durable > 20, "{said_durable}");
}
