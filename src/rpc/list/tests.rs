//! Lists against the reference evaluator, over generated worlds: a list is what is
//! left when the reference is asked about each thing that could be in it.
//!
//! Every list is walked with every page size, and with pages that end by their
//! decisions, through messages and tokens as a caller would.

mod injective;
pub(in crate::rpc) mod messages;
mod pages;
mod universe;
mod whole;
mod walks;

use std::collections::BTreeMap;

use super::*;
use crate::client::v1;
use crate::decide::reference::question::Question;
use crate::decide::reference::reference;
use crate::decide::reference::world::{Rng, World, any_value, ask};
use crate::decide::{Call, Extent, Target};
use crate::document::definition::Policy;
use crate::document::{PolicyLimits, check as check_policy};
use crate::model::{Revision, Value};
use messages::{request, resource};

/// Questions that lists are made of; each makes five.
const QUESTIONS: usize = 25;

/// What came of all lists.
#[derive(Default)]
struct Tally {
    lists: usize,
    pages: usize,
    listed: usize,
    left_out: usize,
    extents: BTreeMap<String, usize>,
    anyone: BTreeMap<bool, usize>,
}

#[test]
fn i06_i07_lists_are_what_checks_leave() {
    let asked = std::env::var("SIDEGATE_PROPERTY_LISTS").ok().and_then(|text| text.parse().ok());
    let wanted: usize = asked.unwrap_or(20_000);
    let mut tally = Tally::default();
    let mut seed = 3_000_000;
    while tally.lists < wanted {
        let world = World::generate(seed);
        let snapshot = compiled(&world.policy, Revision::new(1, 1));
        for asked in ask(&world, QUESTIONS) {
            let case = Case {
                world: &world,
                snapshot: &snapshot,
                question: &asked.question,
                now: asked.now,
                rng: Rng::new(seed),
            };
            if asked.judged.is_ok() {
                case.lists(&mut tally);
            }
        }
        seed += 1;
    }
    let Tally { lists, pages, listed, left_out, extents, anyone } = &tally;
    println!("{lists} lists on {pages} pages: {listed} things in them, {left_out} left out");
    println!("whole types: {extents:?}; anyone: {anyone:?}");
    for outcome in ["Always", "Never", "Conditional"] {
        assert!(
            extents.get(outcome).is_some_and(|count| *count * 20 > extents.values().sum()),
            "{extents:?}"
        );
    }
    assert!(*listed > lists / 2 && *left_out > lists / 2, "hardly a list has anything in it");
    assert!(anyone.get(&true).is_some_and(|count| *count * 100 > anyone.values().sum()), "{anyone:?}");
}

fn compiled(policy: &Policy, revision: Revision) -> Snapshot {
    let (checked, faults) = check_policy(policy.clone(), &PolicyLimits::default());
    Snapshot::compile(&checked.unwrap_or_else(|| panic!("{faults:?}")), revision)
}

/// A question, as the seed of lists.
struct Case<'a> {
    world: &'a World,
    snapshot: &'a Snapshot,
    question: &'a Question,
    now: Timestamp,
    rng: Rng,
}

impl Case<'_> {
    fn lists(mut self, tally: &mut Tally) {
        self.actions(tally);
        self.whole_type(tally);
        self.registered(tally);
        self.candidates(tally);
        self.principals(tally);
        tally.lists += 5;
    }

    /// Whether the reference allows it.
    fn allows(&self, call: &Call<'_>, target: &Target<'_>, action: &str) -> bool {
        let answer = reference(&self.world.policy, call, target, action, self.now);
        answer.unwrap_or_else(|faults| panic!("seed {}: {faults:?}", self.world.seed)).reason.allows()
    }

    /// Every action of a type that is not retired.
    fn every_action(&self) -> Vec<String> {
        let kind = self.world.policy.model.resources.get(&self.question.kind);
        let mut actions: Vec<String> =
            kind.into_iter().flat_map(|kind| &kind.actions).map(|action| action.value.clone()).collect();
        actions.sort();
        actions
    }

    fn actions(&self, tally: &mut Tally) {
        let mut question = self.question.clone();
        question.id.get_or_insert_with(|| "a".to_owned());
        let expected: Vec<(String, Extent)> = self
            .every_action()
            .into_iter()
            .map(|action| {
                let allowed = self.allows(&question.call(), &question.target(), &action);
                (action, if allowed { Extent::Always } else { Extent::Never })
            })
            .collect();
        let allowed = expected.iter().filter(|(_, extent)| *extent == Extent::Always).count();
        tally.listed += allowed;
        tally.left_out += expected.len() - allowed;
        let asked = request(
            &question,
            v1::list_allowed_request::Query::Actions(v1::ActionsQuery {
                resource: Some(resource(&question)),
                actions: Vec::new(),
            }),
        );
        self.every_page(&asked, &walks::actions(&expected), tally);
    }

    fn registered(&self, tally: &mut Tally) {
        let Question { tenant, kind, action, .. } = self.question;
        let call = self.question.call();
        let ids = universe::resources(&self.world.policy, tenant, kind);
        let all = ids.len();
        let kept = ids.into_iter().filter(|id| {
            let target = Target { kind, id: Some(id), ..Target::default() };
            self.allows(&call, &target, action)
        });
        let expected: Vec<String> = kept.collect();
        tally.listed += expected.len();
        tally.left_out += all - expected.len();
        let asked = request(self.question, messages::registered(kind, action));
        self.every_page(&asked, &walks::resources(kind, &expected), tally);
    }

    /// Resources as an application has them at hand: some registered, some not,
    /// some twice, with all sorts of attributes.
    fn candidates(&mut self, tally: &mut Tally) {
        let Question { tenant, kind, action, .. } = self.question;
        let mut ids: Vec<String> =
            universe::resources(&self.world.policy, tenant, kind).into_iter().collect();
        ids.extend(["a", "x", "x", "a:b"].map(str::to_owned));
        let mut questions: Vec<Question> = Vec::new();
        for id in ids {
            let mut question = self.question.clone();
            question.id = Some(id);
            self.vary(&mut question);
            questions.push(question);
        }
        let mut rng = self.rng.clone();
        rng.shuffle(&mut questions);
        let kept: Vec<String> = questions
            .iter()
            .filter(|question| self.allows(&question.call(), &question.target(), action))
            .filter_map(|question| question.id.clone())
            .collect();
        tally.listed += kept.len();
        tally.left_out += questions.len() - kept.len();
        let sent = questions.iter().map(resource).collect();
        let asked = request(self.question, messages::candidates(kind, action, sent));
        self.every_page(&asked, &walks::resources(kind, &kept), tally);
    }

    fn principals(&mut self, tally: &mut Tally) {
        let policy = &self.world.policy;
        let kinds: Vec<String> = policy.model.principals.keys().cloned().collect();
        let types = if self.rng.chance(50) { Vec::new() } else { self.rng.some(&kinds, 1, kinds.len()) };
        let wanted = |kind: &str| types.is_empty() || types.iter().any(|wanted| wanted == kind);
        let by = |kind: &str, id: &str| {
            let mut question = self.question.clone();
            question.principal = (kind.to_owned(), id.to_owned());
            question.roles.clear();
            question.attributes.clear();
            question
        };
        let may = |question: &Question| self.allows(&question.call(), &question.target(), &question.action);
        let all = universe::principals(policy, &self.question.tenant, self.question.via.is_some());
        let count = all.len();
        let expected: Vec<PrincipalKey> = all
            .into_iter()
            .filter(|key| wanted(key.kind()) && may(&by(key.kind(), key.id())))
            .map(|key| PrincipalKey { kind: key.kind().to_owned(), id: key.id().to_owned() })
            .collect();
        // Whoever the tenant knows nothing of, and no ACL names.
        let anyone = kinds.iter().filter(|kind| wanted(kind)).all(|kind| may(&by(kind, "nobody-at-all")));
        let asks_for_ids = universe::asks_for_principal_ids(policy);
        let shown = self.anyone(&types);
        assert!(!shown || anyone, "seed {}: anyone may, and nobody does", self.world.seed);
        assert!(asks_for_ids || shown == anyone, "seed {}: anyone {shown}, not {anyone}", self.world.seed);
        *tally.anyone.entry(shown).or_default() += 1;
        tally.listed += expected.len();
        tally.left_out += count - expected.len();
        let asked = self.who(&types);
        self.every_page(&asked, &walks::principals(&expected, shown), tally);
    }

    fn who(&self, types: &[String]) -> v1::ListAllowedRequest {
        let query = v1::list_allowed_request::Query::Principals(v1::PrincipalsQuery {
            action: self.question.action.clone(),
            resource: Some(resource(self.question)),
            types: types.to_vec(),
        });
        v1::ListAllowedRequest { principal: None, ..request(self.question, query) }
    }

    /// What the list says of those that the tenant does not know.
    fn anyone(&self, types: &[String]) -> bool {
        match self.page(self.who(types), 20_000).answer {
            Some(v1::list_allowed_response::Answer::Principals(answer)) => answer.anyone,
            other => panic!("{other:?}"),
        }
    }

    /// Every resource of a type at once, against many of them one by one.
    fn whole_type(&mut self, tally: &mut Tally) {
        let mut question = self.question.clone();
        question.id = None;
        let mut concrete: Vec<Question> = Vec::new();
        let mut ids: Vec<String> =
            universe::resources(&self.world.policy, &question.tenant, &question.kind).into_iter().collect();
        ids.extend(["x".to_owned(), "user:x".to_owned(), self.question.principal.1.clone()]);
        for id in ids {
            for _ in 0..4 {
                let mut one = question.clone();
                one.id = Some(id.clone());
                self.fill_in(&mut one);
                concrete.push(one);
            }
        }
        let asked = request(
            &question,
            v1::list_allowed_request::Query::Actions(v1::ActionsQuery {
                resource: Some(resource(&question)),
                actions: Vec::new(),
            }),
        );
        let shown = walks::extents(&self.page(asked.clone(), 20_000));
        assert_eq!(shown.iter().map(|(action, _)| action.clone()).collect::<Vec<_>>(), self.every_action());
        for (action, extent) in &shown {
            let outcomes = concrete.iter().map(|one| self.allows(&one.call(), &one.target(), action));
            let outcomes: Vec<bool> = outcomes.collect();
            let sound = match extent {
                Extent::Always => outcomes.iter().all(|allowed| *allowed),
                Extent::Never => outcomes.iter().all(|allowed| !*allowed),
                Extent::Conditional => universe::may_depend(&self.world.policy, &question.tenant),
            };
            assert!(sound, "seed {}: {action} is {extent:?}, of {question:?}", self.world.seed);
            *tally.extents.entry(format!("{extent:?}")).or_default() += 1;
        }
        self.every_page(&asked, &walks::actions(&shown), tally);
    }

    /// Sends something of what was not sent, and more parents.
    fn fill_in(&mut self, question: &mut Question) {
        let kind = self.world.policy.model.resources.get(&question.kind);
        let declared = kind.into_iter().flat_map(|kind| &kind.attributes);
        for (name, attribute) in declared {
            let sent = question.resource.iter().any(|(known, _)| known == name);
            if !sent && self.rng.chance(70) {
                let mine = Value::String(question.principal.1.clone());
                let value = any_value(&mut self.rng, attribute.value_type);
                let is_text = matches!(value, Value::String(_));
                let value = if is_text && self.rng.chance(30) { mine } else { value };
                question.resource.push((name.clone(), value));
            }
        }
        let registered = universe::keys(&self.world.policy, &question.tenant);
        for parent in kind.into_iter().flat_map(|kind| &kind.parents) {
            let of_type: Vec<_> = registered.iter().filter(|key| key.kind() == parent.value).collect();
            if !of_type.is_empty() && self.rng.chance(50) {
                let key = *self.rng.pick(&of_type);
                question.parents.push((key.kind().to_owned(), key.id().to_owned()));
            }
        }
    }

    /// Sends less, and then other things.
    fn vary(&mut self, question: &mut Question) {
        let keep = self.rng.chance(50);
        question.resource.retain(|(name, _)| keep || name == "roles");
        self.fill_in(question);
    }
}
