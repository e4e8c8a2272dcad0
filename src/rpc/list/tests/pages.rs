//! What a page is bound to, and what it refuses.

use super::*;
use crate::document::definition::Tenant;
use crate::document::{Change, Source, Sources, Spanned, load};
use crate::snapshot::apply;

const MODEL: &str = "sidegate: v1
kind: Model
name: pages
principals: { user: {} }
resources: { box: { actions: [open, shut], attributes: { colour: string } } }
roles: { keeper: { allow: ['*'] } }
";

fn tenant(id: &str, boxes: &[&str]) -> String {
    let boxes: String = boxes.iter().map(|id| format!("  box:{id}: {{}}\n")).collect();
    format!(
        "sidegate: v1\nkind: Tenant\nid: {id}\nmembers: {{ user:ana: {{ roles: [keeper] }} }}\nresources:\n{boxes}"
    )
}

fn policy(tenants: &[String]) -> Policy {
    let texts = std::iter::once(MODEL.to_owned()).chain(tenants.iter().cloned());
    let sources = texts.enumerate().map(|(n, text)| Source { path: format!("{n}.yaml"), text }).collect();
    load(&Sources::new(sources), &PolicyLimits::default()).checked.unwrap().policy().clone()
}

fn two_tenants() -> Policy {
    policy(&[tenant("a", &["x", "y", "z"]), tenant("b", &["x"])])
}

fn boxes_of(tenant: &str, token: &str) -> v1::ListAllowedRequest {
    let question = Question {
        tenant: tenant.to_owned(),
        principal: ("user".to_owned(), "ana".to_owned()),
        ..Question::default()
    };
    v1::ListAllowedRequest {
        page_size: 1,
        page_token: token.to_owned(),
        ..request(&question, messages::registered("box", "open"))
    }
}

fn page(snapshot: &Snapshot, request: v1::ListAllowedRequest) -> Result<v1::ListAllowedResponse, Refusal> {
    page_of(snapshot, request, 7, &Limits::default())
}

fn page_of(
    snapshot: &Snapshot,
    request: v1::ListAllowedRequest,
    origin: u64,
    limits: &Limits,
) -> Result<v1::ListAllowedResponse, Refusal> {
    list(
        snapshot,
        Timestamp::default(),
        Rules { limits, origin, metrics: None },
        &Asked::new(request, &mut || true),
        &mut || true,
    )
}

fn ids(page: &v1::ListAllowedResponse) -> Vec<&str> {
    let Some(v1::list_allowed_response::Answer::Resources(answer)) = &page.answer else { panic!("{page:?}") };
    answer.resources.iter().map(|key| key.id.as_str()).collect()
}

fn with_tenant(snapshot: &Snapshot, def: &Tenant, revision: Revision) -> Snapshot {
    let put = Spanned::nowhere(Change::PutTenant(Box::new(def.clone())));
    snapshot.apply(revision, vec![put], &apply::Rules::default()).unwrap().snapshot
}

#[track_caller]
fn assert_fault(refusal: Refusal, field: &str) {
    let Refusal::Fields(faults) = refusal else { panic!("{refusal:?}") };
    assert!(faults.iter().any(|fault| fault.field == field), "{field}: {faults:?}");
}

#[test]
fn i07_a_walk_ends_with_its_tenant_and_goes_on_without_others() {
    let policy = two_tenants();
    let snapshot = compiled(&policy, Revision::new(1, 1));
    let first = page(&snapshot, boxes_of("a", "")).unwrap();
    assert_eq!(ids(&first), ["x"]);

    let other = with_tenant(&snapshot, &policy.tenants["b"].value, Revision::new(1, 2));
    let second = page(&other, boxes_of("a", &first.next_page_token)).unwrap();
    assert_eq!((ids(&second), second.revision.unwrap().number), (vec!["y"], 2));

    let own = with_tenant(&other, &policy.tenants["a"].value, Revision::new(1, 3));
    for token in [&first.next_page_token, &second.next_page_token] {
        assert_eq!(page(&own, boxes_of("a", token)).unwrap_err(), Refusal::TenantChanged);
    }
    // Back at the old one, which a replica may still hold, they are good.
    let third = page(&snapshot, boxes_of("a", &second.next_page_token)).unwrap();
    assert_eq!((ids(&third), third.complete), (vec!["z"], true));
}

#[test]
fn a_token_is_good_where_revisions_mean_the_same() {
    let policy = two_tenants();
    let limits = Limits::default();
    let numbered = compiled(&policy, Revision::new(1, 1));
    let token = page_of(&numbered, boxes_of("a", ""), 7, &limits).unwrap().next_page_token;
    page_of(&numbered, boxes_of("a", &token), 8, &limits).unwrap();

    // A directory's are counted by each process for itself.
    let counted = compiled(&policy, Revision::new(0, 1));
    let token = page_of(&counted, boxes_of("a", ""), 7, &limits).unwrap().next_page_token;
    page_of(&counted, boxes_of("a", &token), 7, &limits).unwrap();
    let elsewhere = page_of(&counted, boxes_of("a", &token), 8, &limits).unwrap_err();
    assert_eq!(elsewhere, Refusal::TenantChanged);
}

#[test]
fn b38_a_token_of_another_query_is_none() {
    let snapshot = compiled(&two_tenants(), Revision::new(1, 1));
    let token = page(&snapshot, boxes_of("a", "")).unwrap().next_page_token;
    let mut other_action = boxes_of("a", &token);
    other_action.query = Some(messages::registered("box", "shut"));
    for request in
        [other_action, boxes_of("b", &token), boxes_of("a", "nonsense"), boxes_of("a", &format!("{token}A"))]
    {
        assert_fault(page(&snapshot, request).unwrap_err(), "page_token");
    }
    // The size of a page is not part of the query.
    let larger = v1::ListAllowedRequest { page_size: 5, ..boxes_of("a", &token) };
    assert_eq!(ids(&page(&snapshot, larger).unwrap()), ["y", "z"]);
}

#[test]
fn a_tenant_that_is_not_there_has_pages_too() {
    let policy = two_tenants();
    let snapshot = compiled(&policy, Revision::new(1, 1));
    let actions = |token: &str| v1::ListAllowedRequest {
        query: Some(v1::list_allowed_request::Query::Actions(v1::ActionsQuery {
            resource: Some(v1::Resource { r#type: "box".to_owned(), ..v1::Resource::default() }),
            actions: Vec::new(),
        })),
        ..boxes_of("c", token)
    };
    let first = page(&snapshot, actions("")).unwrap();
    assert_eq!(walks::extents(&first), [("open".to_owned(), Extent::Never)]);
    let second = page(&snapshot, actions(&first.next_page_token)).unwrap();
    assert_eq!(walks::extents(&second), [("shut".to_owned(), Extent::Never)]);

    let mut born = policy.tenants["a"].value.clone();
    born.id = "c".to_owned();
    let later = with_tenant(&snapshot, &born, Revision::new(1, 2));
    assert_eq!(page(&later, actions(&first.next_page_token)).unwrap_err(), Refusal::TenantChanged);
}

#[test]
fn a_page_holds_what_its_limits_say() {
    let snapshot = compiled(&two_tenants(), Revision::new(1, 1));
    let limits = Limits { page_size: 2, ..Limits::default() };
    for (size, held) in [(0, 2), (1, 1), (2, 2), (3, 2), (i32::MAX, 2)] {
        let asked = v1::ListAllowedRequest { page_size: size, ..boxes_of("a", "") };
        assert_eq!(ids(&page_of(&snapshot, asked, 7, &limits).unwrap()).len(), held, "{size}");
    }
    let negative = v1::ListAllowedRequest { page_size: -1, ..boxes_of("a", "") };
    assert_fault(page(&snapshot, negative).unwrap_err(), "page_size");

    for (decisions, held) in [(1, 1), (2, 2), (3, 3)] {
        let limits = Limits { page_decisions: decisions, ..Limits::default() };
        let asked = v1::ListAllowedRequest { page_size: 0, ..boxes_of("a", "") };
        let page = page_of(&snapshot, asked, 7, &limits).unwrap();
        assert_eq!((ids(&page).len(), page.complete), (held, held == 3));
    }

    let limits = Limits { candidates: 2, ..Limits::default() };
    let sent = |count: usize| {
        let one =
            v1::Resource { r#type: "box".to_owned(), id: Some("x".to_owned()), ..v1::Resource::default() };
        let query = messages::candidates("box", "open", vec![one; count]);
        v1::ListAllowedRequest { page_size: 0, query: Some(query), ..boxes_of("a", "") }
    };
    assert_eq!(ids(&page_of(&snapshot, sent(2), 7, &limits).unwrap()), ["x", "x"]);
    assert_fault(page_of(&snapshot, sent(3), 7, &limits).unwrap_err(), "resources.candidates.resources");
}

#[test]
fn every_fault_of_a_query_is_told_at_once() {
    let snapshot = compiled(&two_tenants(), Revision::new(1, 1));
    let resource = |kind: &str, id: Option<&str>| v1::Resource {
        r#type: kind.to_owned(),
        id: id.map(str::to_owned),
        ..v1::Resource::default()
    };
    let mut coloured = resource("box", Some("x"));
    coloured.attributes.insert("colour".to_owned(), v1::Value { kind: Some(v1::value::Kind::IntValue(1)) });
    let sent = vec![resource("box", Some("x")), resource("crate", None), coloured, resource("box", Some(""))];
    let asked = v1::ListAllowedRequest {
        principal: Some(v1::Principal {
            r#type: "robot".to_owned(),
            id: "r".to_owned(),
            ..v1::Principal::default()
        }),
        query: Some(messages::candidates("box", "burn", sent)),
        page_size: -1,
        ..boxes_of("a:b", "")
    };
    let Refusal::Fields(faults) = page(&snapshot, asked).unwrap_err() else { panic!() };
    let mut fields: Vec<&str> = faults.iter().map(|fault| fault.field.as_str()).collect();
    fields.sort_unstable();
    assert_eq!(
        fields,
        [
            "page_size",
            "principal.type",
            "resources.action",
            "resources.candidates.resources[1].id",
            "resources.candidates.resources[1].type",
            "resources.candidates.resources[2].attributes.colour",
            "resources.candidates.resources[3].id",
            "tenant",
        ]
    );
}

#[test]
fn who_may_is_asked_by_nobody() {
    let snapshot = compiled(&two_tenants(), Revision::new(1, 1));
    let who = |types: &[&str]| {
        let query = v1::list_allowed_request::Query::Principals(v1::PrincipalsQuery {
            action: "open".to_owned(),
            resource: Some(v1::Resource { r#type: "box".to_owned(), ..v1::Resource::default() }),
            types: types.iter().map(|kind| (*kind).to_owned()).collect(),
        });
        v1::ListAllowedRequest { query: Some(query), principal: None, ..boxes_of("a", "") }
    };
    page(&snapshot, who(&["user"])).unwrap();
    assert_fault(page(&snapshot, who(&["user", "robot"])).unwrap_err(), "principals.types[1]");
    let named = v1::ListAllowedRequest { principal: boxes_of("a", "").principal, ..who(&[]) };
    assert_fault(page(&snapshot, named).unwrap_err(), "principal");
}

#[test]
fn nothing_asked_and_filters_are_refused() {
    let snapshot = compiled(&two_tenants(), Revision::new(1, 1));
    let nothing = v1::ListAllowedRequest { query: None, ..boxes_of("a", "") };
    assert_fault(page(&snapshot, nothing).unwrap_err(), "query");
    let of = |source| {
        let query = v1::ResourcesQuery { r#type: "box".to_owned(), action: "open".to_owned(), source };
        let query = Some(v1::list_allowed_request::Query::Resources(query));
        v1::ListAllowedRequest { query, ..boxes_of("a", "") }
    };
    assert_fault(page(&snapshot, of(None)).unwrap_err(), "resources.source");
    let filter = of(Some(v1::resources_query::Source::Filter(v1::ResourceFilter::default())));
    assert!(matches!(page(&snapshot, filter), Err(Refusal::NotImplemented { .. })));
}

#[test]
fn f25_whoever_waits_no_longer_is_not_answered() {
    let snapshot = compiled(&two_tenants(), Revision::new(1, 1));
    let limits = Limits::default();
    let rules = Rules { limits: &limits, origin: 7, metrics: None };
    let asked = Asked::new(boxes_of("a", ""), &mut || true);
    let refused = list(&snapshot, Timestamp::default(), rules, &asked, &mut || false).unwrap_err();
    assert_eq!(refused, Refusal::DeadlineExceeded);
}

#[test]
fn as_many_faults_as_there_are_take_no_more_than_their_time() {
    let snapshot = compiled(&two_tenants(), Revision::new(1, 1));
    let who = |count: usize| {
        let query = v1::list_allowed_request::Query::Principals(v1::PrincipalsQuery {
            action: "open".to_owned(),
            resource: Some(v1::Resource { r#type: "box".to_owned(), ..v1::Resource::default() }),
            types: vec![String::new(); count],
        });
        v1::ListAllowedRequest { query: Some(query), principal: None, ..boxes_of("a", "") }
    };
    let Refusal::Fields(faults) = page(&snapshot, who(10_000)).unwrap_err() else { panic!() };
    assert_eq!(faults.len(), 10_000);
    let Refusal::Fields(faults) = page(&snapshot, who(10_001)).unwrap_err() else { panic!() };
    assert_eq!((faults.len(), faults[0].limit), (1, Some("candidates")));

    // Every candidate is wrong in seventeen ways.
    let parent = v1::ResourceRef { r#type: "crate".to_owned(), id: "p".to_owned() };
    let sent =
        v1::Resource { r#type: "box".to_owned(), parents: vec![parent; 16], ..v1::Resource::default() };
    let query = messages::candidates("box", "open", vec![sent; 10_000]);
    let asked = v1::ListAllowedRequest { query: Some(query), ..boxes_of("a", "") };
    let Refusal::Fields(faults) = page(&snapshot, asked).unwrap_err() else { panic!() };
    assert_eq!(faults.len(), 170_000);
}

#[test]
fn what_is_listed_can_be_asked_about() {
    let id = "u".repeat(256);
    let model = MODEL.replace("resources: {", "resources: { member: { actions: [see] },");
    let tenant = format!(
        "sidegate: v1\nkind: Tenant\nid: a\nmembers: {{ user:ana: {{ roles: [keeper] }}, 'user:{id}': {{}} }}\n"
    );
    let texts = [model, tenant].into_iter().enumerate();
    let sources = texts.map(|(n, text)| Source { path: format!("{n}.yaml"), text }).collect();
    let policy = load(&Sources::new(sources), &PolicyLimits::default()).checked.unwrap();
    let snapshot = Snapshot::compile(&policy, Revision::new(1, 1));
    let ids_of = |query| {
        let asked = v1::ListAllowedRequest { page_size: 0, query: Some(query), ..boxes_of("a", "") };
        ids(&page(&snapshot, asked).unwrap()).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let listed = ids_of(messages::registered("member", "see"));
    assert_eq!(listed, ["user:ana".to_owned(), format!("user:{id}")]);
    let sent = listed.iter().map(|id| v1::Resource {
        r#type: "member".to_owned(),
        id: Some(id.clone()),
        ..v1::Resource::default()
    });
    assert_eq!(ids_of(messages::candidates("member", "see", sent.collect())), listed);
}
