//! The engine against the reference evaluator. The first bytes say which world is generated and which of its questions
//! are asked; the rest changes the questions. Laws:
//!
//! 1. A generated world has no fault, and compiles.
//! 2. The engine's answer is the reference's: decision, reason, cause, hidden and missing attributes, or the fields at
//!    fault.
//! 3. Lists are what the reference leaves: the actions of a resource, the registered resources, who may.
//!
//! A fuzzer changes questions better than worlds, so there are not many worlds.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use bytes::Bytes;
use prost::Message;

use super::Came;
use super::input::Input;
use crate::decide::reference::compare::{agree, answer, compile};
use crate::decide::reference::question::{Question, Through};
use crate::decide::reference::reference;
use crate::decide::reference::world::{Rng, World, any_value, ask};
use crate::model::{Timestamp, Value};
use crate::rpc::fuzzing::Plane;
use crate::snapshot::Snapshot;
use crate::wire::api;
use crate::wire::api::list_allowed_response::Answer;
use crate::wire::ask::{ListOf, list};

/// Questions of a world.
const QUESTIONS: usize = 4;
/// Worlds. They are remembered all, for making one takes as long as a thousand questions; of other worlds the tests and
/// `scripts/differential` ask.
const WORLDS: u64 = 1024;

/// A world, and questions about it with the instants they are asked at.
struct Scene {
    world: World,
    snapshot: Snapshot,
    asked: Vec<(Question, Timestamp)>,
}

thread_local! {
    static SCENES: RefCell<BTreeMap<u64, Rc<Scene>>> = const { RefCell::new(BTreeMap::new()) };
    static PLANES: RefCell<BTreeMap<Timestamp, Rc<Plane>>> = const { RefCell::new(BTreeMap::new()) };
}

pub(super) fn run(data: &[u8]) -> Came {
    let mut input = Input::new(data);
    let Ok(seed) = u64::try_from(input.number()) else { return Came::Nowhere };
    let seed = seed % WORLDS;
    let scene = scene(seed);
    let Some((question, now)) = scene.asked.get(input.below(QUESTIONS)) else { return Came::Nowhere };
    let (mut question, now) = (question.clone(), *now);
    let mut rng = Rng::new(seed);
    while !input.is_empty() {
        change(&mut question, &scene.world, &mut input, &mut rng);
    }
    let policy = &scene.world.policy;
    let judged = reference(policy, &question.call(), &question.target(), &question.action, now);
    let answered = answer(&scene.snapshot, &question, now);
    assert!(
        agree(&judged, &answered),
        "world {seed}, {question:?} at {now}: {judged:?}, the engine {answered:?}"
    );
    if judged.is_err() {
        return Came::Read;
    }
    lists(&scene, &question, now);
    Came::Whole
}

fn scene(seed: u64) -> Rc<Scene> {
    SCENES.with_borrow_mut(|scenes| {
        if let Some(scene) = scenes.get(&seed) {
            return Rc::clone(scene);
        }
        let world = World::generate(seed);
        let snapshot = compile(&world.policy).unwrap_or_else(|fault| panic!("world {seed}: {fault}"));
        let asked = ask(&world, QUESTIONS).into_iter().map(|asked| (asked.question, asked.now)).collect();
        let scene = Rc::new(Scene { world, snapshot, asked });
        scenes.insert(seed, Rc::clone(&scene));
        scene
    })
}

fn plane(now: Timestamp) -> Rc<Plane> {
    PLANES.with_borrow_mut(|planes| Rc::clone(planes.entry(now).or_insert_with(|| Rc::new(Plane::new(now)))))
}

/// One change of a question.
fn change(question: &mut Question, world: &World, input: &mut Input<'_>, rng: &mut Rng) {
    let model = &world.policy.model;
    let nth = |keys: Vec<String>, input: &mut Input<'_>| {
        let at = input.below(keys.len().max(1));
        keys.into_iter().nth(at)
    };
    let ids = || ["a", "A", "my", "all", "*", "a:b", "", "none", "user:a"].map(str::to_owned).to_vec();
    match input.byte() % 16 {
        0 => question.tenant = nth(world.policy.tenants.keys().cloned().collect(), input).unwrap_or_default(),
        1 => {
            question.principal.0 = nth(model.principals.keys().cloned().collect(), input).unwrap_or_default()
        }
        2 => question.principal.1 = nth(ids(), input).unwrap_or_default(),
        3 => question.kind = nth(model.resources.keys().cloned().collect(), input).unwrap_or_default(),
        4 => {
            let actions = model.resources.get(&question.kind).into_iter().flat_map(|kind| &kind.actions);
            question.action =
                nth(actions.map(|action| action.value.clone()).collect(), input).unwrap_or_default();
        }
        5 => question.id = nth(ids(), input).filter(|id| !id.is_empty()),
        6 => question.via = None,
        7 => {
            let app = nth(world.policy.apps.keys().map(ToString::to_string).collect(), input);
            let app =
                app.and_then(|app| app.split_once(':').map(|(kind, id)| (kind.to_owned(), id.to_owned())));
            question.via = Some(Through { all_scopes: app.is_some(), app, scopes: Vec::new() });
        }
        8 => {
            if let Some(scope) = nth(model.scopes.keys().cloned().collect(), input) {
                question.via.get_or_insert_default().scopes.push((scope, Vec::new()));
            }
        }
        9 => question.roles.extend(nth(model.roles.keys().cloned().collect(), input)),
        10 => drop(question.resource.pop()),
        11 => drop(question.context.pop()),
        12 => {
            let at = input.below(question.resource.len().max(1));
            if let Some((_, value)) = question.resource.get_mut(at) {
                *value = Value::Null;
            }
        }
        13 => {
            let kind = model.resources.get(&question.kind);
            let declared = kind.into_iter().flat_map(|kind| &kind.attributes);
            let at = input.below(declared.clone().count().max(1));
            if let Some((name, attribute)) = declared.clone().nth(at) {
                question.resource.retain(|(own, _)| own != name);
                question.resource.push((name.clone(), any_value(rng, attribute.value_type)));
            }
        }
        14 => {
            let parents = model.resources.get(&question.kind).into_iter().flat_map(|kind| &kind.parents);
            let parent = nth(parents.map(|parent| parent.value.clone()).collect(), input);
            if let Some((parent, id)) = parent.zip(nth(ids(), input)) {
                question.parents.push((parent, id));
            }
        }
        _ => question.parents.clear(),
    }
}

/// Holds lists of a question that can be answered against the reference.
fn lists(scene: &Scene, question: &Question, now: Timestamp) {
    let Scene { world, snapshot, .. } = scene;
    let plane = plane(now);
    let policy = &world.policy;
    let (call, target) = (question.call(), question.target());
    let page = |of: ListOf<'_>| {
        let request = list(&call, of, 0, String::new());
        let page = plane.list(snapshot, &Bytes::from(request.encode_to_vec()));
        let page = page.unwrap_or_else(|refusal| panic!("world {}, {question:?}: {refusal:?}", world.seed));
        assert!(page.complete);
        page.answer
    };
    let allows = |question: &Question| {
        let judged = reference(policy, &question.call(), &question.target(), &question.action, now);
        judged.is_ok_and(|judged| judged.reason.allows())
    };

    if question.id.is_some() {
        let Some(Answer::Actions(answer)) = page(ListOf::Actions(&target)) else {
            panic!("a list of actions")
        };
        for item in &answer.items {
            let one = Question { action: item.action.clone(), ..question.clone() };
            assert_eq!(
                item.result() == api::ListResult::Always,
                allows(&one),
                "world {}, {one:?}",
                world.seed
            );
        }
    }

    let of = ListOf::Registered { kind: &question.kind, action: &question.action };
    let Some(Answer::Resources(answer)) = page(of) else { panic!("a list of resources") };
    let listed: BTreeSet<String> = answer.resources.into_iter().map(|key| key.id).collect();
    let tenant = policy.tenants.get(&question.tenant);
    let keys = tenant.into_iter().flat_map(|tenant| tenant.resources.keys());
    let keys = keys.filter(|key| key.kind() == question.kind);
    let one = |id: &str| Question {
        id: Some(id.to_owned()),
        resource: Vec::new(),
        parents: Vec::new(),
        ..question.clone()
    };
    let kept: BTreeSet<String> = keys.map(|key| key.id().to_owned()).filter(|id| allows(&one(id))).collect();
    // Built-in types list what is no registered resource.
    let built_in = ["member", "role", "group", "app"].contains(&question.kind.as_str());
    assert!(built_in || listed == kept, "world {}, {question:?}: {listed:?}, not {kept:?}", world.seed);
    for id in listed {
        assert!(allows(&one(&id)), "world {}, {question:?}: {id:?} is listed", world.seed);
    }

    let of = ListOf::Principals { action: &question.action, target: &target, types: &[] };
    let Some(Answer::Principals(answer)) = page(of) else { panic!("a list of principals") };
    for who in answer.principals {
        let one = Question {
            principal: (who.r#type, who.id),
            roles: Vec::new(),
            attributes: Vec::new(),
            ..question.clone()
        };
        assert!(allows(&one), "world {}, {one:?} is listed", world.seed);
    }
}
