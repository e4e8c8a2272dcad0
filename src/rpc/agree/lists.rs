//! Lists say what checks say: of scopes that are about everything, when they are cut
//! off, from whatever source the policy came.

use super::*;
use crate::decide::reference::question::Through;
use crate::decide::reference::world::ask;
use crate::document::{Change, Spanned, TenantChange, diff};
use crate::model::Revision;
use crate::snapshot::apply::{Load, Rules};

const MODEL: &str = "sidegate: v1
kind: Model
name: boxes
principals: { user: {}, plugin: {} }
resources: { box: { actions: [open], attributes: { owner: string } } }
roles: { keeper: { allow: ['box:*'] } }
scopes:
  'boxes--all:open': { allow: [box:open] }
  'boxes--my:open': { allow: [{ permissions: [box:open], when: resource.owner == principal.id }] }
";

fn tenant(id: &str, boxes: u32) -> String {
    let row = |number: u32| {
        format!(
            "  'box:{id}{number:04}': {{ attributes: {{ owner: {} }} }}\n",
            ["ana", "bob"][usize::from(!number.is_multiple_of(7))]
        )
    };
    let boxes: String = (0..boxes).map(row).collect();
    format!(
        "sidegate: v1\nkind: Tenant\nid: {id}\nmembers: {{ user:ana: {{ roles: [keeper] }} }}\nresources:\n{boxes}"
    )
}

fn boxes_of(tenant: &str, scope: &str, page_size: i32) -> v1::ListAllowedRequest {
    let question = Question {
        tenant: tenant.into(),
        principal: ("user".into(), "ana".into()),
        via: Some(Through { scopes: vec![(scope.into(), Vec::new())], ..Through::default() }),
        ..Question::default()
    };
    v1::ListAllowedRequest { page_size, ..messages::request(&question, messages::registered("box", "open")) }
}

/// A scope about all of a kind lists every one of the tenant, and none of another's.
#[test]
fn b14_all_is_every_one_of_the_tenant_and_none_of_another() {
    let door = Door::of_texts(&[MODEL, &tenant("a", 300), &tenant("b", 50)]);
    for size in [1, 7, 299, 300, 301, 0] {
        for (id, count) in [("a", 300_u32), ("b", 50)] {
            let every: Vec<String> = (0..count).map(|number| format!("{id}{number:04}")).collect();
            assert_eq!(door.walk(boxes_of(id, "boxes--all:open", size)), every, "{id}, pages of {size}");
            let mine: Vec<String> = (0..count).step_by(7).map(|number| format!("{id}{number:04}")).collect();
            assert_eq!(door.walk(boxes_of(id, "boxes--my:open", size)), mine, "{id}, pages of {size}");
            assert_eq!(door.walk(boxes_of(id, "boxes--all", size)), Vec::<String>::new());
        }
    }
}

/// A short page says that it is one.
#[test]
fn b22_a_list_that_is_cut_short_says_so() {
    let mut door = Door::of_texts(&[MODEL, &tenant("a", 300), &tenant("b", 50)]);
    for decisions in [1, 2, 50, 299, 300, 301] {
        door.shared.limits.page_decisions = decisions;
        let mut request = boxes_of("a", "boxes--my:open", 0);
        let (mut pages, mut ids) = (0, 0);
        loop {
            let page = door.list(request.clone()).unwrap();
            let Some(v1::list_allowed_response::Answer::Resources(answer)) = &page.answer else { panic!() };
            ids += answer.resources.len();
            pages += 1;
            assert_eq!(page.complete, page.next_page_token.is_empty());
            assert_eq!(page.complete, pages == 300_usize.div_ceil(decisions), "page {pages} of {decisions}");
            if page.complete {
                break;
            }
            request.page_token = page.next_page_token;
        }
        assert_eq!(ids, 43, "{decisions} decisions a page");
    }
}

/// Wherever a list is stopped there is no answer: never a part of one, and nothing of it
/// is left behind.
#[test]
fn b20_a_list_that_is_stopped_is_no_answer() {
    let door = Door::of_texts(&[MODEL, &tenant("a", 700), &tenant("b", 1)]);
    let request = || boxes_of("a", "boxes--my:open", 0);
    let mut asked = 0;
    let whole = door.list_while(request(), &mut || {
        asked += 1;
        true
    });
    let whole = whole.unwrap();
    assert!(asked > 8, "it was asked {asked} times whether to go on");
    for stop in 0..asked {
        let mut times = 0;
        let stopped = door.list_while(request(), &mut || {
            times += 1;
            times <= stop
        });
        assert_eq!(stopped.unwrap_err(), Refusal::DeadlineExceeded, "stopped at {stop}");
        assert_eq!(door.list(request()).unwrap(), whole, "after a stop at {stop}");
    }
}

const CRM: &str = include_str!("../../../examples/whatsapp-crm/model.yaml");
const ACME: &str = include_str!("../../../examples/whatsapp-crm/tenants/acme.yaml");

/// Every restriction on every call, and on the policy as it comes from every source:
/// files at once, a whole load in pieces, a tenant put anew, members put one by one.
#[test]
fn b16_every_restriction_on_every_call_and_from_every_source() {
    let loaded = Door::of_texts(&[CRM, ACME]);
    let rules = Rules::default();
    let held = &loaded.snapshot;
    let content = held.tenant_content("acme").unwrap();
    let pieces: Vec<_> = diff::pieces(&content).map(Spanned::nowhere).collect();
    let whole = || Change::PutTenant(Box::new(content.clone()));
    let mut load = Load::begin(Revision::new(1, 2), rules);
    load.take(vec![Spanned::nowhere(Change::PutModel(CRM.to_owned()))]).unwrap();
    pieces.iter().for_each(|piece| load.take(vec![piece.clone()]).unwrap());
    let members = content.members.iter().map(|(key, member)| {
        let put = TenantChange::PutMember(key.clone(), Box::new(member.value.clone()));
        Spanned::nowhere(Change::InTenant("acme".into(), put))
    });
    let put = |changes| held.apply(Revision::new(1, 2), changes, &rules).unwrap().snapshot;
    let sources = [
        Door::on(load.finish(None).unwrap().snapshot),
        Door::on(put(vec![Spanned::nowhere(whole())])),
        Door::on(put(members.collect())),
        Door::on(put(pieces)),
    ];
    let mut restricted = std::collections::BTreeSet::new();
    for question in restricted_questions(&content) {
        let check = single(&question);
        let said = said(loaded.check(&check));
        if let Some((_, v1::Reason::Restricted, Some(cause), ..)) = &said {
            restricted.insert(cause.id.clone());
        }
        let allowed = loaded.allows(&check);
        for door in sources.iter().chain([&loaded]) {
            let mut told = check.clone();
            told.explain = true;
            assert_eq!(super::said(door.check(&told)), said, "{question:?}");
            let items = door.batch(&together(std::slice::from_ref(&check), false)).unwrap().items;
            assert_eq!(items.into_iter().map(said_of_item).collect::<Vec<_>>(), std::slice::from_ref(&said));
            let sent = vec![messages::resource(&question)];
            let candidates = messages::candidates(&question.kind, &question.action, sent);
            assert_eq!(
                door.walk(messages::request(&question, candidates)).len(),
                usize::from(allowed),
                "{question:?}"
            );
        }
    }
    assert_eq!(restricted.len(), 4, "{restricted:?}");
}

fn restricted_questions(tenant: &crate::document::definition::Tenant) -> Vec<Question> {
    let text = |value: &str| crate::model::Value::String(value.to_owned());
    let mut questions = Vec::new();
    for member in tenant.members.keys() {
        for (kind, actions, own) in [
            ("conversation", &["view", "assign"][..], ["instance", "assignee"]),
            ("contact", &["view", "export"], ["instance", "instance"]),
            ("deal", &["view", "delete"], ["creator", "pipeline"]),
            ("pipeline", &["view"], ["", ""]),
            ("instance", &["view"], ["", ""]),
        ] {
            for (first, second) in
                [("wa-1", member.id()), (member.id(), "inbound"), ("x", "x"), ("x", "inbound"), ("wa-1", "x")]
            {
                let mut resource = vec![(own[0].to_owned(), text(first)), (own[1].to_owned(), text(second))];
                resource.dedup_by(|a, b| a.0 == b.0);
                resource.retain(|(name, _)| !name.is_empty());
                if kind == "deal" {
                    let null =
                        ["created_by", "assignee"].map(|name| (name.to_owned(), crate::model::Value::Null));
                    resource.extend(null);
                }
                questions.extend(actions.iter().map(|action| Question {
                    tenant: "acme".into(),
                    principal: (member.kind().to_owned(), member.id().to_owned()),
                    kind: kind.into(),
                    id: Some(first.to_owned()),
                    action: (*action).to_owned(),
                    resource: resource.clone(),
                    ..Question::default()
                }));
            }
        }
    }
    questions
}

/// On generated policies: a walk that is under way when its tenant changes is refused,
/// and one whose neighbour changes goes on as if nothing had been.
#[test]
fn i07_a_walk_under_way_is_refused_or_goes_on_exactly() {
    let (mut refused, mut went_on) = (0, 0);
    let rules = Rules { lenient: true, ..Rules::default() };
    for world in worlds(120).filter(|world| world.policy.tenants.len() > 1) {
        let mut door = Door::of(&world.policy);
        for asked in ask(&world, 10).into_iter().filter(|asked| asked.judged.is_ok()) {
            door.now = asked.now;
            let question = &asked.question;
            let query = messages::registered(&question.kind, &question.action);
            let request = v1::ListAllowedRequest { page_size: 1, ..messages::request(question, query) };
            let whole = door.walk(request.clone());
            let first = door.list(request.clone()).unwrap();
            if first.complete || !world.policy.tenants.contains_key(&question.tenant) {
                continue;
            }
            for (id, content) in &world.policy.tenants {
                let put = Spanned::nowhere(Change::PutTenant(Box::new(content.value.clone())));
                let next = door.snapshot.apply(Revision::new(1, 2), vec![put], &rules).unwrap().snapshot;
                let mut later = Door::on(next);
                later.now = asked.now;
                let rest =
                    v1::ListAllowedRequest { page_token: first.next_page_token.clone(), ..request.clone() };
                if *id == question.tenant {
                    assert_eq!(later.list(rest).unwrap_err(), Refusal::TenantChanged, "seed {}", world.seed);
                    refused += 1;
                } else {
                    let Some(v1::list_allowed_response::Answer::Resources(answer)) = first.answer.clone()
                    else {
                        panic!()
                    };
                    let ids: Vec<String> =
                        answer.resources.into_iter().map(|key| key.id).chain(later.walk(rest)).collect();
                    assert_eq!(ids, whole, "seed {}", world.seed);
                    went_on += 1;
                }
            }
        }
    }
    assert!(refused > 50 && went_on > 50, "{refused} {went_on}");
}
