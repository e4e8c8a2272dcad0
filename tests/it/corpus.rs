//! The decision corpus: every policy of `tests/policies` and `examples`, with
//! the answers that its own documents expect. A new case needs no Rust.
//!
//! The library's own tests put the expectations to the engine; here the same are
//! put to a sidecar over gRPC, one by one and as batches: no door may answer
//! otherwise than another.

mod asked;
mod golden;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use asked::{Asked, answer, asked};
use sidegate::app::{Config, Listener};
use sidegate::client::v1;
use sidegate::clock::Clock;
use sidegate::document::{Loaded, PolicyLimits, Severity, load};
use sidegate::model::Timestamp;
use sidegate::policy_dir;

use crate::support::{Client, started};

/// What a directory is called in which `validate` has something to say.
const TOLERATED: &str = "-tolerated";

/// How many questions go into one batch.
const BATCH: usize = 50;

#[test]
fn what_is_not_called_tolerated_has_no_faults() {
    for directory in directories() {
        let name = directory.file_name().unwrap().to_str().unwrap();
        let worst = loaded(&directory).diagnostics.iter().map(|diagnostic| diagnostic.severity).max();
        if !name.ends_with(TOLERATED) {
            assert!(worst < Some(Severity::Tolerated), "{name} has something to tolerate");
        }
    }
}

#[tokio::test]
async fn b16_grpc_gives_every_expected_answer() {
    let mut count = 0;
    for directory in directories() {
        for (now, questions) in by_instant(&directory) {
            let mut config = Config::new(&directory);
            config.listeners = vec![Listener::at("127.0.0.1:0".parse().unwrap())];
            config.probes = None;
            config.clock = Clock::Fixed(now);
            let (_running, mut client) = started(config).await;
            for question in &questions {
                let got =
                    answer(client.check(question.request.clone()).await.map(tonic::Response::into_inner));
                let why = question.why.as_deref().unwrap_or_default();
                assert!(question.expects(&got), "{}: {why}: {question:#?}\ngot {got:?}", directory.display());
            }
            in_batches(&mut client, &questions).await;
            count += questions.len();
        }
    }
    assert!(count > 3_000, "only {count} questions were found");
}

/// Asks the same again in batches, one tenant, caller and setting at a time.
async fn in_batches(client: &mut Client, questions: &[Asked]) {
    let mut calls: BTreeMap<String, Vec<&Asked>> = BTreeMap::new();
    for question in questions {
        let v1::CheckRequest { tenant, principal, context, via, .. } = &question.request;
        calls.entry(format!("{tenant:?} {principal:?} {context:?} {via:?}")).or_default().push(question);
    }
    for questions in calls.values().flat_map(|same| same.chunks(BATCH)) {
        let first = &questions[0].request;
        let request = v1::BatchCheckRequest {
            tenant: first.tenant.clone(),
            principal: first.principal.clone(),
            context: first.context.clone(),
            via: first.via.clone(),
            items: questions.iter().map(|question| question.item()).collect(),
            ..v1::BatchCheckRequest::default()
        };
        match client.batch_check(request).await {
            Ok(response) => {
                let items = response.into_inner().items;
                assert_eq!(items.len(), questions.len());
                for (question, item) in questions.iter().zip(items) {
                    let got = asked::item_answer(item);
                    assert!(question.expects(&got), "batched: {question:#?}\ngot {got:?}");
                }
            }
            // What is wrong with the caller is wrong with each of its questions.
            Err(status) => {
                let got = answer(Err(status));
                assert!(
                    questions.iter().all(|question| question.expects(&got)),
                    "{questions:#?}\ngot {got:?}"
                );
            }
        }
    }
}

/// Every question of a directory, by the instant it is asked at.
fn by_instant(directory: &Path) -> BTreeMap<Timestamp, Vec<Asked>> {
    let loaded = loaded(directory);
    let model = loaded.checked.unwrap().policy().model.clone();
    let mut questions: BTreeMap<Timestamp, Vec<Asked>> = BTreeMap::new();
    for test in &loaded.tests {
        for (instant, question) in asked(&model, test) {
            questions.entry(instant).or_default().push(question);
        }
    }
    questions
}

fn loaded(directory: &Path) -> Loaded {
    let loaded = load(&policy_dir::read(directory).unwrap(), &PolicyLimits::default());
    assert!(loaded.checked.is_some(), "{}: {:#?}", directory.display(), loaded.diagnostics);
    loaded
}

fn directories() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found: Vec<PathBuf> = ["tests/policies", "examples"]
        .iter()
        .flat_map(|folder| fs::read_dir(root.join(folder)).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("model.yaml").exists())
        .collect();
    found.sort();
    assert!(found.len() > 20, "the corpus was not found");
    found
}
