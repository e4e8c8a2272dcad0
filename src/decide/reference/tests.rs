//! The engine against the judge, over generated worlds.
//!
//! Owns the property tests and the counting that says whether they test
//! anything.

mod census;

use census::Census;

use super::world::{World, questions};

#[test]
fn generated_questions_cover_every_reason_and_pair() {
    let mut census = Census::default();
    for seed in 0..1000 {
        let world = World::generate(seed);
        for asked in questions(&world, 100) {
            census.count(&asked.judged);
        }
    }
    census.print();
}
