//! A batch is its checks: in any order, twice, split, mixed, and however alike.

use super::*;
use crate::decide::reference::world::{Rng, ask};
use crate::model::Value;

#[test]
fn i05_a_batch_is_its_checks_in_any_order_twice_or_split() {
    let (mut items, mut refused, mut allowed) = (0, 0, 0);
    for world in worlds(60) {
        let mut door = Door::of(&world.policy);
        let questions = ask(&world, 24);
        let mut rng = Rng::new(world.seed);
        for one in questions.iter().step_by(6) {
            door.now = one.now;
            let about = |other: &Question| {
                let Question { kind, id, resource, parents, action, .. } = other.clone();
                single(&Question { kind, id, resource, parents, action, ..one.question.clone() })
            };
            let checks: Vec<v1::CheckRequest> =
                questions.iter().map(|other| about(&other.question)).collect();
            let expected: Vec<Said> = checks.iter().map(|check| said(door.check(check))).collect();
            let Ok(whole) = door.batch(&together(&checks, true)) else {
                assert!(
                    expected.iter().all(Option::is_none),
                    "seed {}: a caller is let in alone",
                    world.seed
                );
                continue;
            };
            let whole: Vec<Said> = whole.items.into_iter().map(said_of_item).collect();
            assert_eq!(whole, expected, "seed {}", world.seed);
            // In another order, and some of them twice or thrice.
            let mut places: Vec<usize> = (0..checks.len()).chain([0, 0, 3, 3, 7]).collect();
            rng.shuffle(&mut places);
            let turned: Vec<_> = places.iter().map(|at| checks[*at].clone()).collect();
            let told = door.batch(&together(&turned, true)).unwrap().items.into_iter().map(said_of_item);
            let wanted: Vec<Said> = places.iter().map(|at| expected[*at].clone()).collect();
            assert_eq!(told.collect::<Vec<_>>(), wanted, "seed {}", world.seed);
            // In two halves, of any size.
            let cut = 1 + rng.below(checks.len() - 1);
            let halves = [&checks[..cut], &checks[cut..]];
            let told = halves.into_iter().flat_map(|half| door.batch(&together(half, true)).unwrap().items);
            assert_eq!(told.map(said_of_item).collect::<Vec<_>>(), expected, "seed {}", world.seed);
            items += expected.len();
            refused += expected.iter().filter(|said| said.is_none()).count();
            allowed += expected.iter().flatten().filter(|said| said.0 == v1::Decision::Allow).count();
        }
    }
    assert!(items > 3_000 && refused > 20 && allowed > 500, "{items} {refused} {allowed}");
}

/// Whoever asks is part of every question: callers that take turns in one batch, and at
/// one door, are each answered as if nobody else had asked.
#[test]
fn b27_callers_that_take_turns_are_told_apart() {
    let mut differ = 0;
    for world in worlds(12) {
        let mut door = Door::of(&world.policy);
        let questions = ask(&world, 20);
        let Some(first) = questions.iter().find(|asked| asked.judged.is_ok() && asked.question.via.is_none())
        else {
            continue;
        };
        door.now = first.now;
        // One thing asked about, by everybody.
        let mut checks: Vec<v1::CheckRequest> = Vec::new();
        for asked in questions.iter().filter(|asked| asked.question.principal != first.question.principal) {
            let Question { principal, roles, attributes, .. } = asked.question.clone();
            checks.push(single(&first.question));
            checks.push(single(&Question { principal, roles, attributes, ..first.question.clone() }));
        }
        if checks.is_empty() {
            continue;
        }
        let expected: Vec<Said> =
            checks.iter().map(|check| said(Door::of(&world.policy).at(door.now).check(check))).collect();
        let alone: Vec<Said> = checks.iter().map(|check| said(door.check(check))).collect();
        assert_eq!(alone, expected, "seed {}", world.seed);
        let mixed = door.batch(&together(&checks, false)).unwrap().items.into_iter().map(said_of_item);
        assert_eq!(mixed.collect::<Vec<_>>(), expected, "seed {}", world.seed);
        differ += expected.windows(2).filter(|pair| pair[0] != pair[1]).count();
    }
    assert!(differ > 40, "hardly two callers are answered differently: {differ}");
}

impl Door {
    fn at(mut self, now: Timestamp) -> Self {
        self.now = now;
        self
    }
}

const LISTS: &str = "sidegate: v1
kind: Model
name: lists
principals: { user: {} }
resources:
  item:
    actions: [has, two, same, one, first, empty, marked]
    attributes: { labels: list<string>, marks: list<int>, name: string }
roles:
  all:
    allow:
      - { permissions: [item:has], when: '\"a\" in resource.labels' }
      - { permissions: [item:two], when: size(resource.labels) == 2 }
      - { permissions: [item:same], when: 'resource.labels == [\"a\", \"b\"]' }
      - { permissions: [item:one], when: 'resource.labels == [\"a,b\"]' }
      - { permissions: [item:first], when: 'resource.labels.exists(x, x.startsWith(\"a\"))' }
      - { permissions: [item:empty], when: '\"\" in resource.labels' }
      - { permissions: [item:marked], when: 'resource.marks == [1, 2] || resource.name == \"a,b\"' }
";

/// A hundred thousand pairs that differ in a list alone, and there often in nothing but
/// where a comma stands.
#[test]
fn b01_near_duplicates_are_each_answered_for_themselves() {
    let door = Door::of_texts(&[
        LISTS,
        "sidegate: v1\nkind: Tenant\nid: t\nmembers: { user:u: { roles: [all] } }\n",
    ]);
    let pool: [&[&str]; 12] = [
        &[],
        &[""],
        &["a"],
        &["a,b"],
        &["a", "b"],
        &["b", "a"],
        &["a", "b", ""],
        &["a", ",b"],
        &["a,", "b"],
        &["[a", "b]"],
        &["a\",\"b"],
        &["a", "a"],
    ];
    let actions = ["has", "two", "same", "one", "first", "empty", "marked"];
    let mut rng = Rng::new(0xb01);
    let mut item = |action: &str| {
        let text = |texts: &[&str]| Value::StringList(texts.iter().map(|text| (*text).to_owned()).collect());
        let marks: [&[i64]; 4] = [&[], &[1, 2], &[12], &[2, 1]];
        single(&Question {
            tenant: "t".into(),
            principal: ("user".into(), "u".into()),
            kind: "item".into(),
            action: action.to_owned(),
            resource: vec![
                ("labels".into(), text(pool[rng.below(pool.len())])),
                ("marks".into(), Value::IntList(rng.pick(&marks).to_vec())),
                ("name".into(), Value::String((*rng.pick(&["a,b", "a", ""])).to_owned())),
            ],
            ..Question::default()
        })
    };
    let (mut pairs, mut differ) = (0, 0);
    while pairs < 100_000 {
        let action = actions[pairs / 500 % actions.len()];
        let checks: Vec<v1::CheckRequest> = (0..1_000).map(|_| item(action)).collect();
        let alone: Vec<Said> = checks.iter().map(|check| said(door.check(check))).collect();
        let batch = door.batch(&together(&checks, true)).unwrap().items.into_iter().map(said_of_item);
        assert_eq!(batch.collect::<Vec<_>>(), alone);
        pairs += checks.len() / 2;
        differ += alone.chunks(2).filter(|pair| pair[0] != pair[1]).count();
    }
    assert!(differ > 10_000, "only {differ} of {pairs} pairs differ");
}

/// Batches of every size beside a power of two up to the limit; one more is refused.
#[test]
fn b21_batches_of_every_size_up_to_the_limit() {
    let door = Door::of_texts(&[
        LISTS,
        "sidegate: v1\nkind: Tenant\nid: t\nmembers: { user:u: { roles: [all] } }\n",
    ]);
    let check = |number: usize| {
        let last = Value::StringList(vec![if number.is_multiple_of(3) { "a" } else { "b" }.to_owned()]);
        single(&Question {
            tenant: "t".into(),
            principal: ("user".into(), "u".into()),
            kind: "item".into(),
            action: "has".into(),
            resource: vec![("labels".into(), last)],
            ..Question::default()
        })
    };
    for size in [1, 2, 127, 128, 129, 255, 256, 257, 511, 512, 513, 999, 1_000] {
        let checks: Vec<_> = (0..size).map(check).collect();
        let items = door.batch(&together(&checks, true)).unwrap().items;
        assert_eq!(items.len(), size);
        for (number, item) in items.into_iter().enumerate() {
            let allowed = said_of_item(item).is_some_and(|said| said.0 == v1::Decision::Allow);
            assert_eq!(allowed, number.is_multiple_of(3), "{number} of {size}");
        }
    }
    let checks: Vec<_> = (0..1_001).map(check).collect();
    assert!(matches!(door.batch(&together(&checks, true)), Err(Refusal::Fields(_))));
}
