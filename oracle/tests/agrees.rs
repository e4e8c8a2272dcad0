//! Sidegate's engine and Cedar give the same answers.

use cedar_oracle::Cedar;
use sidegate::oracle;

#[test]
fn engine_agrees_with_cedar() {
    let asked = std::env::var("SIDEGATE_CEDAR_REQUESTS").ok();
    let wanted = asked.map_or(5_000, |text| text.parse().expect("SIDEGATE_CEDAR_REQUESTS is a number"));
    println!("{}", oracle::generated_worlds::<Cedar>(wanted));
}

#[test]
fn cedar_gives_every_expected_answer() {
    println!("{}", oracle::expected_answers::<Cedar>());
}

#[test]
fn what_is_wrong_is_noticed() {
    oracle::wrongs::<Cedar>();
}
