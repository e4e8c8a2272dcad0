//! The bytes of answers, as they are committed.
//!
//! Every build, profile and machine gives these bytes. `SIDEGATE_BLESS=1` writes what is
//! answered now; read the difference before committing it.

use std::fmt::Write;
use std::fs;

use prost::Message;
use sidegate::app::{Config, Listener};
use sidegate::clock::Clock;

use super::by_instant;
use crate::support::{policy, started};

#[tokio::test]
async fn i01_the_bytes_of_answers_are_those_committed() {
    let mut told = String::new();
    let mut count = 0;
    let directory = policy("every-reason");
    for (now, questions) in by_instant(directory.as_ref()) {
        let mut config = Config::new(&directory);
        config.listeners = vec![Listener::at("127.0.0.1:0".parse().unwrap())];
        config.probes = None;
        config.clock = Clock::Fixed(now);
        let (_running, mut client) = started(config).await;
        for question in questions {
            let mut request = question.request.clone();
            request.explain = true;
            // What is refused has no answer.
            let Ok(answer) = client.check(request.clone()).await else { continue };
            let answer = answer.into_inner();
            let bytes = answer.encode_to_vec();
            let who = request.principal.unwrap_or_default();
            let what = request.resource.unwrap_or_default();
            let digest = blake3::hash(&bytes).to_hex();
            writeln!(
                told,
                "{digest} {:>5} {} {}:{} {} {}:{}",
                bytes.len(),
                answer.reason().as_str_name(),
                who.r#type,
                who.id,
                request.action,
                what.r#type,
                what.id.unwrap_or_default(),
            )
            .unwrap();
            count += 1;
        }
    }
    assert!(count >= 20, "only {count} answers");
    let path = format!("{}/tests/it/corpus/answers.txt", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("SIDEGATE_BLESS").is_some() {
        fs::write(&path, &told).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(told == committed, "other bytes than committed:\n{told}");
}
