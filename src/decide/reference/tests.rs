//! The engine against the judge, over generated worlds.
//!
//! Owns the property tests and the counting that says whether they test
//! anything.

mod census;

use census::Census;

use super::judge;
use super::world::{World, questions};

#[test]
fn generated_questions_cover_every_reason_and_pair() {
    let mut census = Census::default();
    for seed in 0..200 {
        let world = World::generate(seed);
        for (question, now) in questions(&world, 100) {
            census.count(&judge(&world.policy, &question.call(), &question.target(), &question.action, now));
        }
    }
    census.print();
}
