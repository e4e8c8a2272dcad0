//! Pushers that do not behave, before the real program: what it takes of memory,
//! descriptors and threads is the same after as before.

use std::fs;
use std::time::Duration;

use sidegate::app::ListenAddress;
use sidegate::client::v1;
use tokio::time::Instant;
use tonic::Code;

use super::proxy::Proxy;
use super::watched::Watched;
use super::{Admin, ana, assert_said, changes, header, put_member, setting, whole};
use crate::raw::{Raw, until};
use crate::serving::Serving;
use crate::support::{channel, told};

const PUSH: &str = "/sidegate.v1.PolicyService/Push";
const MIB: u64 = 1 << 20;
/// What one message of a push may take, unless configured otherwise.
const MESSAGE: u64 = 4 * MIB;

/// The program, holding `1.1`.
struct Program {
    serving: Serving,
    admin: Admin,
}

impl Program {
    async fn holding() -> Self {
        let serving = Serving::start_pushed(&[]);
        let address: ListenAddress = serving.admin().parse().unwrap();
        let mut admin = Admin::new(channel(&address).await);
        let told = push(&mut admin, whole(1, 1, &["acme", "bolt"])).await;
        assert_said(&told, ("APPLIED", "1.1"), "the first");
        Self { serving, admin }
    }

    /// The revision in force.
    async fn number(&mut self) -> u64 {
        let held = self.admin.get_status(v1::GetStatusRequest {}).await.unwrap().into_inner();
        held.revision.unwrap().number
    }

    async fn reaches(&mut self, number: u64) {
        let waited = tokio::time::timeout(Duration::from_secs(20), async {
            while self.number().await < number {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        });
        assert!(waited.await.is_ok(), "in vain: revision {number}");
    }

    /// What `/proc` says of it in kilobytes, in bytes: `VmRSS`, or `VmHWM` for the most it ever was.
    fn memory(&self, name: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.serving.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
    }

    /// How many of something it has: `fd`, `task`.
    fn count(&self, what: &str) -> usize {
        fs::read_dir(format!("/proc/{}/{what}", self.serving.id())).unwrap().count()
    }
}

async fn push(admin: &mut Admin, messages: Vec<v1::PushRequest>) -> Result<v1::PushResponse, tonic::Status> {
    admin.push(tokio_stream::iter(messages)).await.map(tonic::Response::into_inner)
}

/// For about five seconds, or as long as `SIDEGATE_FLAPPING_SECONDS` says.
#[tokio::test]
async fn f04_a_flapping_pusher_leaves_nothing_behind() {
    let mut program = Program::holding().await;
    let proxy = Proxy::before(&program.serving.admin().parse().unwrap()).await;
    let watched = Watched::begin(&program.serving.address().parse().unwrap(), 2).await;
    let length = Duration::from_secs(setting("SIDEGATE_FLAPPING_SECONDS", 5));
    let (began, mut number, mut round, mut lost) = (Instant::now(), 1, 0_u64, 0);
    let mut warm = None;
    while round < 200 || began.elapsed() < length {
        let mut admin = Admin::new(channel(&proxy.address()).await);
        admin.get_status(v1::GetStatusRequest {}).await.unwrap();
        watched.expect((1, number + 1), "reader");
        let messages = ana(1, number + 1, number, "reader");
        // One in three is cut before it comes, one in three before its answer does.
        let how = round % 3;
        proxy.stall(how == 0);
        proxy.swallow_answers(how == 1);
        let pushing = tokio::spawn(async move { push(&mut admin, messages).await });
        if how == 0 {
            tokio::time::sleep(Duration::from_millis(round % 5)).await;
            proxy.cut();
        } else if how == 1 {
            program.reaches(number + 1).await;
            proxy.cut();
        }
        proxy.stall(false);
        proxy.swallow_answers(false);
        lost += u64::from(pushing.await.unwrap().is_err());
        // Whether it got through before the cut, only the sidecar knows.
        let held = program.number().await;
        assert!(held == number || held == number + 1, "{held} after {number}");
        number = held;
        round += 1;
        // The sets and versions that it remembers are as many as they become.
        if round == 100 {
            warm = Some((program.memory("VmRSS"), program.count("fd"), program.count("task")));
        }
    }
    let (memory, descriptors, threads) = warm.expect("so many rounds");
    assert!(number > round / 2, "most of {round} got through: {number}");
    assert!(number <= round && lost > round / 2, "{number} and {lost} of {round}: what was cut is felt");
    proxy.cut();
    until("the connections are closed", || program.count("fd") <= descriptors).await;
    assert!(program.count("task") <= threads + 1, "{} threads, {threads} before", program.count("task"));
    let grown = program.memory("VmRSS").saturating_sub(memory);
    assert!(grown < 16 * MIB, "{grown} bytes more after {round} rounds");
    let answers = watched.end(100).await;
    println!(
        "{round} rounds, {lost} without an answer, {number} sets applied, {} KiB more, {answers} answers",
        grown / 1024
    );
}

#[tokio::test]
async fn f07_what_is_too_large_is_refused_before_it_takes_memory() {
    let mut program = Program::holding().await;
    let before = program.memory("VmRSS");
    for _ in 0..8 {
        // It says that it holds four gigabytes; and it really holds more than it may.
        let mut raw = Raw::connect(program.serving.admin()).await;
        let mut call = raw.hang(PUSH).await;
        call.send(vec![0, 0xff, 0xff, 0xff, 0xff, 1, 2, 3], false);
        let (code, reason, _) = told(&call.refusal().await);
        assert_eq!((code, reason.as_str()), (Code::InvalidArgument, "REQUEST_TOO_LARGE"));
        let large = "x".repeat(usize::try_from(MESSAGE).unwrap());
        let mut message = changes(vec![put_member("acme", "user:ana", &[&large])]);
        message.header = header(1, 2, 1).header;
        let told = push(&mut program.admin, vec![message]).await;
        assert_said(&told, ("REQUEST_TOO_LARGE", "push_message_bytes"), "a message");
    }
    let most = program.memory("VmHWM");
    assert!(most < before + 2 * MESSAGE, "{before} before and {most} at most");
}

#[tokio::test]
async fn f08_a_storm_of_the_same_bad_set_takes_no_memory() {
    let program = Program::holding().await;
    let bad = || {
        let mut message = changes(vec![put_member("acme", "user:ana", &["raeder"])]);
        message.header = header(1, 2, 1).header;
        vec![message]
    };
    let mut after = Vec::new();
    for _ in 0..3 {
        let mut pushers = Vec::new();
        for _ in 0..4 {
            let mut admin = program.admin.clone();
            pushers.push(tokio::spawn(async move {
                for _ in 0..250 {
                    let told = push(&mut admin, bad()).await.unwrap();
                    assert_eq!((told.outcome(), told.faults.len()), (v1::PushOutcome::Refused, 1));
                }
            }));
        }
        for pusher in pushers {
            pusher.await.unwrap();
        }
        after.push(program.memory("VmRSS"));
    }
    assert!(after[2] < after[0] + 4 * MIB, "{after:?}");
}
