//! Questions spoilt on purpose: each has a field that the door must refuse.
//!
//! Owns which fields and how.

use super::World;
use super::rng::Rng;
use crate::decide::reference::question::{Question, Through};
use crate::document::definition::ScopeCover;
use crate::model::Value;

/// Spoils a question. Some ways do nothing to some questions.
pub(super) fn spoil(rng: &mut Rng, world: &World, question: &mut Question) {
    let model = &world.policy.model;
    // A value that no list, text or number is declared with by that name.
    let wrong = || Value::Bool(true);
    match rng.below(19) {
        0 => question.principal.0 = "robot".into(),
        1 => question.kind = "ship".into(),
        2 => question.action = "sink".into(),
        3 => question.id = Some(String::new()),
        4 => question.id = Some("line\nbreak".into()),
        5 => question.principal.1 = "\0".into(),
        6 => question.principal.1 = "x".repeat(257),
        7 => question.tenant = (*rng.pick(&["a:b", "a/b", "tab\t"])).into(),
        8 => question.tenant = String::new(),
        9 => question.action = String::new(),
        10 => question.parents.push(("ship".into(), "a".into())),
        11 => question.parents.push(((*rng.pick(&["note", "desk", "gone", "member"])).into(), "a".into())),
        12 => question.roles.push("a".into()),
        13 => question.via = Some(Through { all_scopes: true, ..Through::default() }),
        14 => {
            let app = Some(("robot".to_owned(), "a".to_owned()));
            question.via = Some(Through { app, ..Through::default() });
        }
        15 => {
            let moded = model.scopes.iter().find(|(_, it)| matches!(it.covers, ScopeCover::Modes(_)));
            if let (Some((scope, _)), Some(via)) = (moded, &mut question.via) {
                via.scopes.retain(|(listed, _)| listed != scope);
                via.scopes.push((scope.clone(), Vec::new()));
            }
        }
        16 => {
            question.resource.retain(|(name, _)| !["owner", "weight", "roles"].contains(&name.as_str()));
            question.resource.extend(["owner", "weight", "roles"].map(|name| (name.to_owned(), wrong())));
        }
        17 => {
            question.context.retain(|(name, _)| !["country", "networks"].contains(&name.as_str()));
            question.context.push(("country".into(), Value::Int(1)));
            question.context.push(("networks".into(), Value::IntList(vec![1])));
        }
        _ => {
            question.attributes.retain(|(name, _)| !["team", "since"].contains(&name.as_str()));
            question.attributes.extend(["team", "since"].map(|name| (name.to_owned(), wrong())));
        }
    }
}
