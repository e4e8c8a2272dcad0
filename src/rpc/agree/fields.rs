//! Every field of a question is part of it: whatever one field alone changes, changes
//! the answer wherever it should, however soon the other was asked before.

use super::*;
use crate::decide::reference::question::Through;
use crate::model::Value;

const MODEL: &str = r#"sidegate: v1
kind: Model
name: fields
principals:
  user: { attributes: { team: { type: string, source: request } }, roles_from_request: true }
  robot: {}
  plugin: {}
context: { hour: int }
resources:
  folder: { actions: [view], levels: { reader: [view, "doc:view"] } }
  doc: { actions: [view, edit], attributes: { owner: string }, parents: [folder] }
  note: { actions: [view] }
roles:
  reader: { allow: [{ permissions: [doc:view], when: 'resource.owner == principal.id || principal.team == "red" || context.hour == 9' }] }
  helper: { allow: [doc:view] }
scopes:
  docs: { modes: { read: [doc:view], write: [doc:edit] } }
  notes: { allow: [note:view] }
"#;
const ACME: &str = "sidegate: v1\nkind: Tenant\nid: acme\nmembers: { user:ana: { roles: [reader] } }\n\
    resources: { 'folder:f': { acl: { user:ana: reader } } }\n\
    installs: { 'plugin:p': { granted: { docs: [read] } }, 'plugin:q': { granted: { notes: all } } }\n";
const BOLT: &str = "sidegate: v1\nkind: Tenant\nid: bolt\n";
const APPS: [&str; 2] = [
    "sidegate: v1\nkind: App\nid: plugin:p\nreview: approved\nrequests: { docs: { modes: [read], justification: it must } }\n",
    "sidegate: v1\nkind: App\nid: plugin:q\nreview: approved\nrequests: { notes: { justification: it must } }\n",
];

fn base() -> Question {
    Question {
        tenant: "acme".into(),
        principal: ("user".into(), "ana".into()),
        kind: "doc".into(),
        id: Some("d".into()),
        action: "view".into(),
        resource: vec![("owner".into(), Value::String("ana".into()))],
        attributes: vec![("team".into(), Value::String("blue".into()))],
        context: vec![("hour".into(), Value::Int(8))],
        ..Question::default()
    }
}

type Change = fn(&mut Question);

/// Pairs of questions that differ in one field, the first allowed and the second not.
#[rustfmt::skip] // One row, one line: the columns are the point.
const PAIRS: [(&str, Change, Change); 14] = [
    ("tenant", |_| {}, |it| it.tenant = "bolt".into()),
    ("principal id", |_| {}, |it| it.principal.1 = "bob".into()),
    ("principal type", |_| {}, |it| { it.principal.0 = "robot".into(); it.attributes.clear(); }),
    ("roles", |it| { no_owner(it); it.roles = vec!["helper".into()] }, no_owner),
    ("principal attribute", |it| { no_owner(it); it.attributes = vec![("team".into(), Value::String("red".into()))] }, no_owner),
    ("context", |it| { no_owner(it); it.context = vec![("hour".into(), Value::Int(9))] }, no_owner),
    ("resource attribute", |_| {}, no_owner),
    ("parent", |it| { no_owner(it); it.parents = vec![("folder".into(), "f".into())] }, |it| { no_owner(it); it.parents = vec![("folder".into(), "g".into())] }),
    ("resource type", |_| {}, |it| { it.kind = "note".into(); it.resource.clear(); }),
    ("resource id", |it| { it.kind = "folder".into(); it.id = Some("f".into()); it.resource.clear(); }, |it| { it.kind = "folder".into(); it.id = Some("g".into()); it.resource.clear(); }),
    ("action", |_| {}, |it| it.action = "edit".into()),
    ("via app", |it| it.via = app("p", true), |it| it.via = app("q", true)),
    ("via all scopes", |it| it.via = app("p", true), |it| it.via = app("p", false)),
    ("via mode", |it| it.via = token("read"), |it| it.via = token("write")),
];

fn no_owner(question: &mut Question) {
    question.resource = vec![("owner".into(), Value::Null)];
}

fn app(id: &str, all_scopes: bool) -> Option<Through> {
    Some(Through { app: Some(("plugin".into(), id.into())), all_scopes, ..Through::default() })
}

fn token(mode: &str) -> Option<Through> {
    Some(Through { scopes: vec![("docs".into(), vec![mode.into()])], ..Through::default() })
}

#[test]
fn b03_every_field_alone_changes_the_answer() {
    let door = Door::of_texts(&[MODEL, ACME, BOLT, APPS[0], APPS[1]]);
    for (field, allowed, denied) in PAIRS {
        let question = |change: Change| {
            let mut question = base();
            change(&mut question);
            single(&question)
        };
        let (yes, no) = (question(allowed), question(denied));
        // In turns, so that neither can be answered by what is left of the other.
        for _ in 0..3 {
            assert!(door.allows(&yes), "{field}: {yes:?}: {:?}", door.check(&yes));
            assert!(!door.allows(&no), "{field}: {no:?}: {:?}", door.check(&no));
        }
        // And in one batch, wherever a batch can hold both.
        if (&yes.tenant, &yes.context, &yes.via) == (&no.tenant, &no.context, &no.via) {
            let items = door.batch(&together(&[yes.clone(), no.clone(), yes, no], false)).unwrap().items;
            let allowed =
                items.into_iter().map(|it| said_of_item(it).is_some_and(|it| it.0 == v1::Decision::Allow));
            assert_eq!(allowed.collect::<Vec<_>>(), [true, false, true, false], "{field}");
        }
    }
}
