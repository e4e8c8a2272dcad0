//! Questions whose answers are known, asked all the while: none may be wrong, and none
//! may go unanswered.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, RwLock};
use std::time::Duration;

use sidegate::app::ListenAddress;
use sidegate::client::v1::Decision;
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;

use crate::support::{Client, channel, question};

/// By revision, the role of `user:ana`; to be written before it is pushed.
pub(super) type Expected = Arc<RwLock<BTreeMap<(u64, u64), &'static str>>>;

/// Askers, until they are told to end.
pub(super) struct Watched {
    pub(super) expected: Expected,
    tally: Arc<Tally>,
    askers: Vec<JoinHandle<Vec<String>>>,
}

#[derive(Default)]
struct Tally {
    answers: AtomicU64,
    done: AtomicBool,
}

impl Watched {
    /// Begins to ask a sidecar that holds `1.1`, of which `user:ana` is a reader.
    pub(super) async fn begin(address: &ListenAddress, askers: usize) -> Self {
        let expected: Expected = Arc::new(RwLock::new(BTreeMap::from([((1, 1), "reader")])));
        let tally = Arc::new(Tally::default());
        let mut asking = Vec::new();
        for _ in 0..askers {
            let client = Client::new(channel(address).await);
            asking.push(tokio::spawn(ask(client, Arc::clone(&expected), Arc::clone(&tally))));
        }
        Self { expected, tally, askers: asking }
    }

    /// A push may bring this from now on.
    pub(super) fn expect(&self, revision: (u64, u64), role: &'static str) {
        self.expected.write().unwrap().insert(revision, role);
    }

    /// How many answers there were.
    pub(super) fn answers(&self) -> u64 {
        self.tally.answers.load(Ordering::Relaxed)
    }

    /// Waits for so many more answers, and ends: none may have been wrong.
    pub(super) async fn end(self, more: u64) -> u64 {
        let most = self.answers() + more;
        while self.answers() < most && !self.askers.iter().all(JoinHandle::is_finished) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        self.tally.done.store(true, Ordering::Release);
        for asker in self.askers {
            let wrong = asker.await.unwrap();
            assert!(wrong.is_empty(), "{} wrong: {:?}", wrong.len(), &wrong[..wrong.len().min(5)]);
        }
        self.tally.answers.load(Ordering::Relaxed)
    }
}

async fn ask(mut client: Client, expected: Expected, tally: Arc<Tally>) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut last = (0, 0);
    let mut pace = tokio::time::interval(Duration::from_millis(1));
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for n in 0_u64.. {
        if tally.done.load(Ordering::Acquire) || wrong.len() > 100 {
            break;
        }
        pace.tick().await;
        let action = if n % 2 == 0 { "view" } else { "edit" };
        let answer = match client.check(question("user:ana", action, "doc:d")).await {
            Ok(answer) => answer.into_inner(),
            Err(status) => {
                wrong.push(format!("no answer: {status:?}"));
                continue;
            }
        };
        let revision = answer.revision.as_ref().map_or((0, 0), |at| (at.epoch, at.number));
        let role = expected.read().unwrap().get(&revision).copied();
        let right = match role {
            Some("reader") => action == "view",
            Some(_) => action == "edit",
            None => {
                wrong.push(format!("nobody pushed revision {revision:?}"));
                continue;
            }
        };
        if (answer.decision() == Decision::Allow) != right || revision < last {
            wrong.push(format!("{action} at {revision:?} after {last:?}: {:?}, {role:?}", answer.decision()));
        }
        last = revision;
        tally.answers.fetch_add(1, Ordering::Relaxed);
    }
    wrong
}
