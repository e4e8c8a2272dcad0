//! Many threads that mix every kind of call on one snapshot are answered as one is.

use super::*;
use crate::decide::reference::world::ask;

#[test]
fn b04_eight_threads_that_mix_calls_are_answered_as_one() {
    let mut answered = 0;
    for world in worlds(12) {
        let door = Door::of(&world.policy);
        let questions: Vec<Question> = ask(&world, 12).into_iter().map(|asked| asked.question).collect();
        let all = |turn: usize| -> Vec<String> {
            let of = |number: usize| {
                let question = &questions[number];
                let mut told = single(question);
                told.explain = number.is_multiple_of(2);
                let list =
                    messages::request(question, messages::registered(&question.kind, &question.action));
                match (number + turn) % 3 {
                    // Whichever comes first, the three say the same of a question.
                    0 => [
                        format!("{:?}", door.list(list.clone())),
                        format!("{:?}", door.check(&told)),
                        batched(&door, question),
                    ],
                    1 => [
                        format!("{:?}", door.list(list.clone())),
                        format!("{:?}", door.check(&told)),
                        batched(&door, question),
                    ],
                    _ => {
                        let (check, batch) = (format!("{:?}", door.check(&told)), batched(&door, question));
                        [format!("{:?}", door.list(list)), check, batch]
                    }
                }
            };
            let mut said: Vec<(usize, [String; 3])> =
                (0..questions.len()).map(|at| (at + turn) % questions.len()).map(|at| (at, of(at))).collect();
            said.sort();
            said.into_iter().flat_map(|(_, said)| said).collect()
        };
        let expected = all(0);
        std::thread::scope(|scope| {
            for thread in 0..8 {
                let (all, expected, seed) = (&all, &expected, world.seed);
                scope.spawn(move || {
                    for turn in 0..5 {
                        assert_eq!(&all(thread + turn), expected, "seed {seed}");
                    }
                });
            }
        });
        answered += expected.len() * 40;
    }
    assert!(answered > 15_000, "{answered}");
}

fn batched(door: &Door, question: &Question) -> String {
    let check = single(question);
    format!("{:?}", door.batch(&together(&[check.clone(), check], true)))
}
