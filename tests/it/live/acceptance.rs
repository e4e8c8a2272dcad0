//! The directory is broken and mended two hundred times under load: no answer is
//! wrong, none fails, and each good edit is in force within a second.

use std::collections::BTreeMap;
use std::fs;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, RwLock};
use std::time::Duration;

use sidegate::app::Watch;
use sidegate::client::v1::Decision;
use tokio::time::{Instant, MissedTickBehavior};

use super::{BOUND, Directory, MODEL, Sidecar, acme};
use crate::support::{Client, channel, question};

const ROUNDS: u64 = 200;
const ASKERS: usize = 4;
/// What the edits must be in force within.
const WITHIN: Duration = Duration::from_secs(1);
/// The fewest answers a second that make it a load.
const RATE: u64 = 1000;

/// By revision, the role of `user:ana`; written before the edit is.
type Expected = Arc<RwLock<BTreeMap<u64, &'static str>>>;

/// What the askers found.
#[derive(Default)]
struct Tally {
    answers: AtomicU64,
    /// The highest revision that an answer named.
    highest: AtomicU64,
    done: AtomicBool,
}

/// Asks until told to end. Each answer is held against the revision it names.
async fn ask(mut client: Client, expected: Expected, tally: Arc<Tally>) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut last = 0;
    let mut pace = tokio::time::interval(Duration::from_millis(1));
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for n in 0u64.. {
        if tally.done.load(Ordering::Acquire) {
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
        let revision = answer.revision.as_ref().map_or(0, |revision| revision.number);
        let role = expected.read().unwrap().get(&revision).copied();
        let right = match role {
            Some("reader") => action == "view",
            Some(_) => action == "edit",
            None => {
                wrong.push(format!("nobody wrote revision {revision}"));
                continue;
            }
        };
        if (answer.decision() == Decision::Allow) != right || revision < last {
            wrong.push(format!("{action} at {revision} after {last}: {:?}, {role:?}", answer.decision()));
        }
        last = revision;
        tally.highest.fetch_max(revision, Ordering::AcqRel);
        tally.answers.fetch_add(1, Ordering::Relaxed);
    }
    wrong
}

/// Breaks the directory in one of several ways.
fn spoil(directory: &Directory, round: u64) {
    match round % 8 {
        0 => directory.write("tenants/acme.yaml", &acme("raeder")),
        1 => directory.replace("tenants/acme.yaml", "sidegate: v1\nkind: Tenant\nid: acme\nmembers: {"),
        2 => fs::write(directory.at("tenants/acme.yaml"), b"\xff\xfe").unwrap(),
        3 => fs::remove_file(directory.at("model.yaml")).unwrap(),
        4 => fs::remove_file(directory.at("tenants/acme.yaml")).unwrap(),
        5 => fs::rename(directory.path(), directory.above.path().join("away")).unwrap(),
        6 => directory.write("model.yaml", &MODEL.replace("[doc:view]", "[doc:veiw]")),
        _ => fs::remove_dir_all(directory.path()).unwrap(),
    }
}

/// Mends the directory and gives `user:ana` a role, the edit that counts last.
fn mend(directory: &Directory, round: u64, role: &str) {
    let away = directory.above.path().join("away");
    if away.exists() {
        fs::rename(away, directory.path()).unwrap();
    }
    fs::create_dir_all(directory.at("tenants")).unwrap();
    if fs::read_to_string(directory.at("model.yaml")).ok().as_deref() != Some(MODEL) {
        directory.replace("model.yaml", MODEL);
    }
    if round.is_multiple_of(3) {
        directory.replace("tenants/acme.yaml", &acme(role));
    } else {
        directory.write("tenants/acme.yaml", &acme(role));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broken_and_mended_two_hundred_times_under_load_no_answer_is_wrong() {
    let directory = Directory::new("reader");
    let watch = Watch { settle: Duration::from_millis(20), ..Watch::default() };
    let sidecar = Sidecar::start(&directory.path(), watch).await;
    let expected: Expected = Arc::new(RwLock::new(BTreeMap::from([(1, "reader")])));
    let tally = Arc::new(Tally::default());
    let mut askers = Vec::new();
    for _ in 0..ASKERS {
        let client = Client::new(channel(&sidecar.running.addresses()[0]).await);
        askers.push(tokio::spawn(ask(client, Arc::clone(&expected), Arc::clone(&tally))));
    }

    let began = Instant::now();
    let mut slowest = Duration::ZERO;
    for round in 1..=ROUNDS {
        spoil(&directory, round);
        wait(|| sidecar.counted("policy_refusals_total") == round, &format!("round {round} is refused"))
            .await;

        let role = if round % 2 == 0 { "reader" } else { "writer" };
        expected.write().unwrap().insert(round + 1, role);
        mend(&directory, round, role);
        let written = Instant::now();
        wait(|| tally.highest.load(Ordering::Acquire) == round + 1, &format!("round {round} is in force"))
            .await;
        slowest = slowest.max(written.elapsed());
    }
    let took = began.elapsed();
    tally.done.store(true, Ordering::Release);
    let mut wrong = Vec::new();
    for asker in askers {
        wrong.extend(asker.await.unwrap());
    }

    let answers = tally.answers.load(Ordering::Relaxed);
    let rate = u64::try_from(u128::from(answers) * 1000 / took.as_millis()).unwrap();
    println!(
        "{ROUNDS} rounds in {took:.1?}, {answers} answers ({rate}/s), slowest good edit in force after {slowest:.0?}"
    );
    assert!(wrong.is_empty(), "{} of {answers} wrong: {:#?}", wrong.len(), &wrong[..wrong.len().min(10)]);
    assert!(rate >= RATE, "{rate} answers a second are no load");
    assert!(slowest <= WITHIN, "a good edit took {slowest:?}");
    assert_eq!(sidecar.counted("policy_swaps_total"), ROUNDS + 1);
    assert_eq!(sidecar.counted("policy_refusals_total"), ROUNDS);
}

async fn wait(come: impl Fn() -> bool, what: &str) {
    let began = Instant::now();
    while !come() {
        assert!(began.elapsed() < BOUND, "never: {what}");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}
