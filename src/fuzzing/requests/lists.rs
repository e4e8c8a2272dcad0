//! Lists against checks. Everything that could be in a list is asked about by itself.

use bytes::Bytes;
use prost::Message;

use super::PLANE;
use crate::fuzzing::scene;
use crate::wire::api;
use crate::wire::api::list_allowed_request::Query;
use crate::wire::api::list_allowed_response::Answer;
use crate::wire::api::resources_query::Source;

/// Pages of a list that are looked at.
const PAGES: usize = 24;

/// What a list has, as lines.
type Lines = Vec<String>;

/// Holds a list that is answered against checks, and its pages against the whole.
pub(super) fn judge(request: api::ListAllowedRequest) {
    let mut whole = request.clone();
    whole.page_token.clear();
    whole.page_size = 0;
    let Some(first) = page(&whole) else { return };
    against_checks(&whole, &first);
    let lines = of(&first);
    let mut paged = request;
    paged.page_token.clear();
    let mut seen = Lines::new();
    for _ in 0..PAGES {
        let page = page(&paged).expect("a page of a list that was answered");
        seen.extend(of(&page));
        assert_eq!(page.complete, page.next_page_token.is_empty());
        if page.complete {
            if first.complete {
                assert_eq!(seen, lines, "the pages of a list");
            }
            return;
        }
        paged.page_token = page.next_page_token;
    }
    let most = seen.len().min(lines.len());
    assert_eq!(seen.get(..most), lines.get(..most), "the first pages of a list");
}

fn page(request: &api::ListAllowedRequest) -> Option<api::ListAllowedResponse> {
    match PLANE.list(scene::snapshot(), &Bytes::from(request.encode_to_vec())) {
        Ok(page) => Some(page),
        Err(refusal) => {
            super::refused(&refusal);
            None
        }
    }
}

/// What a page has, as lines.
fn of(page: &api::ListAllowedResponse) -> Lines {
    match page.answer.as_ref().expect("an answer") {
        Answer::Actions(answer) => {
            answer.items.iter().map(|item| format!("{} {}", item.action, item.result)).collect()
        }
        Answer::Resources(answer) => {
            answer.resources.iter().map(|key| format!("{}:{}", key.r#type, key.id)).collect()
        }
        Answer::Principals(answer) => {
            answer.principals.iter().map(|key| format!("{}:{}", key.r#type, key.id)).collect()
        }
        Answer::Filter(_) => panic!("a filter, which no list is answered with"),
    }
}

/// What the checks of a list have in common.
fn question(request: &api::ListAllowedRequest) -> api::CheckRequest {
    api::CheckRequest {
        tenant: request.tenant.clone(),
        principal: request.principal.clone(),
        action: String::new(),
        resource: None,
        context: request.context.clone(),
        via: request.via.clone(),
        at_least_revision: request.at_least_revision,
        explain: false,
    }
}

/// Whether a Check allows; `None` if it is refused.
fn may(request: &api::CheckRequest) -> Option<bool> {
    let response = PLANE.check(scene::snapshot(), request).ok()?;
    Some(response.decision() == api::Decision::Allow)
}

fn against_checks(request: &api::ListAllowedRequest, page: &api::ListAllowedResponse) {
    let question = question(request);
    let snapshot = scene::snapshot();
    let listed = of(page);
    match (request.query.as_ref().expect("a query"), page.answer.as_ref().expect("an answer")) {
        (Query::Actions(query), Answer::Actions(answer)) => {
            let resource = query.resource.clone().expect("a resource");
            let whole_type = resource.id.is_none();
            for item in &answer.items {
                let mut resource = resource.clone();
                resource.id.get_or_insert_with(|| "zz".to_owned());
                let check = api::CheckRequest {
                    action: item.action.clone(),
                    resource: Some(resource),
                    ..question.clone()
                };
                let Some(may) = may(&check) else { continue };
                let expected = match item.result() {
                    api::ListResult::Always => true,
                    api::ListResult::Never => false,
                    api::ListResult::Conditional => {
                        assert!(whole_type, "a condition of one resource: {item:?}");
                        continue;
                    }
                    api::ListResult::Unspecified => panic!("{item:?}"),
                };
                assert_eq!(may, expected, "{item:?}");
            }
        }
        (Query::Resources(query), Answer::Resources(_)) => {
            let check = |resource| {
                let action = query.action.clone();
                may(&api::CheckRequest { action, resource: Some(resource), ..question.clone() })
            };
            let sent = match query.source.as_ref() {
                Some(Source::Candidates(sent)) => sent.resources.clone(),
                _ => {
                    let keys = snapshot.resources_after(&request.tenant, None).map(|(key, _)| key);
                    let keys = keys.filter(|key| key.kind() == query.r#type);
                    let resource = |id: &str| api::Resource {
                        r#type: query.r#type.clone(),
                        id: Some(id.to_owned()),
                        ..api::Resource::default()
                    };
                    keys.map(|key| resource(key.id())).collect()
                }
            };
            let kept = sent.into_iter().filter(|resource| check(resource.clone()) == Some(true));
            let kept =
                kept.map(|resource| format!("{}:{}", resource.r#type, resource.id.unwrap_or_default()));
            let kept: Lines = kept.collect();
            let most = if page.complete { kept.len().max(listed.len()) } else { listed.len() };
            assert_eq!(kept.get(..most), Some(listed.as_slice()), "of what is there");
        }
        (Query::Principals(query), Answer::Principals(_)) => {
            let members = snapshot.members_after(&request.tenant, None).map(|row| row.key.to_string());
            for who in members.chain(listed.iter().cloned()) {
                let (kind, id) = who.split_once(':').expect("a key");
                let principal = api::Principal {
                    r#type: kind.to_owned(),
                    id: id.to_owned(),
                    ..api::Principal::default()
                };
                let check = api::CheckRequest {
                    principal: Some(principal),
                    action: query.action.clone(),
                    resource: query.resource.clone(),
                    ..question.clone()
                };
                let wanted = query.types.is_empty() || query.types.iter().any(|wanted| wanted == kind);
                let is_listed = listed.contains(&who);
                if let Some(may) = may(&check) {
                    assert!(!page.complete || is_listed == (may && wanted), "{who}");
                }
            }
        }
        (query, answer) => panic!("{query:?} is answered by {answer:?}"),
    }
}
