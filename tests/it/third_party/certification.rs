//! The certification scenario of AuthZEN: evaluations, batches, searches, and
//! what must be refused, as requests of its HTTP API.
//!
//! The requests are put into messages, as a front for that API would, and each is
//! answered by the sidecar. 400 is `INVALID_ARGUMENT`; a type or an action that the
//! model does not have finds nothing. What cannot be put into a message, because
//! an object is no object, is sent as a message that says it all the same.

use prost::Message;
use serde_json::{Map, Value, json};
use sidegate::client::v1;
use tonic::Code;

use super::doors::{Case, Doors, note};
use super::fixtures::{Fixtures, items, text};
use super::message::question;
use super::table::Tally;
use crate::raw::{CHECK, Raw, framed, socket};
use crate::support::principal;

const TENANT: &str = "acme";
const SOURCE: &str = "authzen-certification";

/// What a case expects.
#[derive(Debug)]
enum Expected {
    /// 400.
    Refused,
    /// A decision for each evaluation, or any where there is none.
    Decisions(Vec<Option<bool>>),
    /// At least these results, as `type:id` or an action.
    AtLeast(Vec<String>),
    /// None.
    Nothing,
    /// What another case finds.
    Same(String),
    /// A page of something.
    Page,
}

pub(super) async fn run(fixtures: &Fixtures) -> Tally {
    let file = fixtures.json("authzen/certification_scenario_cases.json");
    let mut doors = Doors::open(SOURCE).await;
    let all = items(&file, "cases");
    let mut cases = Vec::new();
    for case in all {
        let name = format!("{} {}", text(case, "section"), text(case, "label"));
        let expected = expected(case);
        let body = &case["request"];
        let wrong = match text(case, "endpoint").strip_prefix("/access/v1/").unwrap() {
            "evaluation" => evaluation(&mut doors, &name, body, &expected).await,
            "evaluations" => several(&mut doors, &name, body, &expected).await,
            search => {
                let kind = search.strip_prefix("search/").unwrap();
                let same = |section: &String| {
                    &all.iter().find(|case| case["section"] == **section).unwrap()["request"]
                };
                match expected {
                    Expected::Refused => found(&mut doors, kind, body).await.err().map_or_else(
                        || Some("it is not refused".to_owned()),
                        |code| (code != Code::InvalidArgument).then(|| code.to_string()),
                    ),
                    Expected::Page => pages(&mut doors, body).await,
                    Expected::Same(section) => {
                        let (here, there) = (
                            found(&mut doors, kind, body).await.unwrap(),
                            found(&mut doors, kind, same(&section)).await.unwrap(),
                        );
                        (here.is_empty() || here != there).then(|| format!("{here:?} and not {there:?}"))
                    }
                    Expected::Nothing => {
                        let found = found(&mut doors, kind, body).await.unwrap();
                        (!found.is_empty()).then(|| format!("{found:?}"))
                    }
                    Expected::AtLeast(least) => {
                        let found = found(&mut doors, kind, body).await.unwrap();
                        let all = !least.is_empty() && least.iter().all(|result| found.contains(result));
                        (!all).then(|| format!("{found:?}"))
                    }
                    Expected::Decisions(_) => panic!("{name}"),
                }
            }
        };
        cases.push((name, wrong));
    }
    Tally { source: SOURCE, cases, lists: doors.lists() }
}

/// The evaluations of a batch, each with what it takes from the batch.
pub(super) fn evaluations(body: &Value) -> Vec<Value> {
    let inherited = |evaluation: &Value| {
        let mut whole = Map::new();
        for key in ["subject", "action", "resource", "context"] {
            if let Some(value) = evaluation.get(key).or(body.get(key)) {
                whole.insert(key.to_owned(), value.clone());
            }
        }
        Value::Object(whole)
    };
    let listed = items(body, "evaluations");
    // A batch of none is an evaluation.
    if listed.is_empty() { vec![inherited(&json!({}))] } else { listed.iter().map(inherited).collect() }
}

/// A batch of AuthZEN: one call for each run of evaluations in the same context. An
/// evaluation that is refused is denied.
///
/// One without a subject, of a batch that names none either, would be the fault of
/// the whole call.
pub(super) async fn batch(doors: &mut Doors, tenant: &str, bodies: &[Value]) -> Result<Vec<bool>, Code> {
    let questions: Vec<v1::CheckRequest> = bodies.iter().map(|body| question(tenant, body)).collect();
    let mut decided = Vec::new();
    for same in questions.chunk_by(|a, b| a.context == b.context) {
        let item = |question: &v1::CheckRequest| v1::BatchCheckItem {
            resource: question.resource.clone(),
            actions: vec![question.action.clone()],
            principal: question.principal.clone(),
            ..v1::BatchCheckItem::default()
        };
        let request = v1::BatchCheckRequest {
            tenant: tenant.to_owned(),
            context: same[0].context.clone(),
            items: same.iter().map(item).collect(),
            ..v1::BatchCheckRequest::default()
        };
        let answer = doors.client.batch_check(request).await.map_err(|status| status.code())?.into_inner();
        decided.extend(answer.items.iter().map(|item| {
            assert_eq!(item.error.is_some(), item.results.is_empty());
            item.results.first().is_some_and(|result| result.decision() == v1::Decision::Allow)
        }));
    }
    Ok(decided)
}

async fn evaluation(doors: &mut Doors, name: &str, body: &Value, expected: &Expected) -> Option<String> {
    match expected {
        Expected::Refused if is_message(body) => {
            let single = doors.client.check(question(TENANT, body)).await.err().map(|status| status.code());
            // In a batch it is the item that is refused, or the call for want of a principal.
            let batched = match batch(doors, TENANT, std::slice::from_ref(body)).await {
                Ok(decided) => decided == [false],
                Err(code) => code == Code::InvalidArgument,
            };
            (single != Some(Code::InvalidArgument) || !batched).then(|| format!("{single:?}, {batched}"))
        }
        Expected::Refused => {
            let code = undecodable(doors, body).await;
            (code != Code::InvalidArgument).then(|| code.to_string())
        }
        Expected::Decisions(decisions) => {
            let [Some(expected)] = decisions[..] else { panic!("{name}") };
            let case = Case { name: name.to_owned(), request: question(TENANT, body), expected };
            doors.judge(&[case]).await.remove(0)
        }
        other => panic!("{name}: {other:?}"),
    }
}

/// A batch: as a whole, each of its evaluations at every door, and cut short.
async fn several(doors: &mut Doors, name: &str, body: &Value, expected: &Expected) -> Option<String> {
    let Expected::Decisions(expected) = expected else { panic!("{name}") };
    let bodies = evaluations(body);
    let decided = batch(doors, TENANT, &bodies).await.unwrap();
    let mut wrong = None;
    let fits = expected.iter().zip(&decided).all(|(want, got)| want.is_none_or(|want| want == *got));
    note(&mut wrong, "the batch", expected.len() == decided.len() && fits);
    let whole = bodies.iter().zip(&decided).filter(|(body, _)| body.get("resource").is_some());
    let each: Vec<Case> = whole
        .map(|(body, expected)| Case {
            name: name.to_owned(),
            request: question(TENANT, body),
            expected: *expected,
        })
        .collect();
    for first in doors.judge(&each).await.into_iter().flatten().take(1) {
        wrong.get_or_insert(first);
    }
    // `deny_on_first_deny` and `permit_on_first_permit`: whoever asks one by one and
    // stops must have seen what the batch says up to there.
    for trigger in [false, true] {
        let mut one_by_one = Vec::new();
        for body in &bodies {
            let answer = doors.client.check(question(TENANT, body)).await;
            let allowed = answer.is_ok_and(|answer| answer.into_inner().decision() == v1::Decision::Allow);
            one_by_one.push(allowed);
            if allowed == trigger {
                break;
            }
        }
        let end = decided.iter().position(|decision| *decision == trigger).map_or(decided.len(), |at| at + 1);
        note(&mut wrong, "the batch that is cut short", decided[..end] == one_by_one);
    }
    wrong
}

/// What a search finds, or the code of its refusal.
async fn found(doors: &mut Doors, kind: &str, body: &Value) -> Result<Vec<String>, Code> {
    let mut request = question(TENANT, body);
    // What is searched for is a type; an id beside it says nothing.
    let searched = match kind {
        "subject" => {
            let types: Vec<String> =
                request.principal.take().map(|subject| subject.r#type).into_iter().collect();
            v1::list_allowed_request::Query::Principals(v1::PrincipalsQuery {
                action: request.action.clone(),
                resource: request.resource.clone(),
                types,
            })
        }
        "resource" => v1::list_allowed_request::Query::Resources(v1::ResourcesQuery {
            r#type: request.resource.clone().unwrap_or_default().r#type,
            action: request.action.clone(),
            source: Some(v1::resources_query::Source::Registered(v1::RegisteredResources {})),
        }),
        "action" => v1::list_allowed_request::Query::Actions(v1::ActionsQuery {
            resource: request.resource.clone(),
            actions: Vec::new(),
        }),
        other => panic!("{other}"),
    };
    let list = v1::ListAllowedRequest {
        tenant: TENANT.to_owned(),
        principal: request.principal.clone(),
        context: request.context.clone(),
        query: Some(searched),
        ..v1::ListAllowedRequest::default()
    };
    let answer = match doors.client.list_allowed(list).await {
        Ok(answer) => answer.into_inner(),
        // A type that nobody has is nobody's.
        Err(status) if is_unknown_type(&status) => return Ok(Vec::new()),
        Err(status) => return Err(status.code()),
    };
    assert!(answer.complete);
    let found = results(answer.answer.unwrap());
    let agrees = match kind {
        "subject" => {
            request.principal = Some(principal("user:alice"));
            doors.principals(&request).await.as_ref() == Some(&found)
        }
        "resource" => doors.registered(&request).await.as_ref() == Some(&found),
        _ => {
            let mut agrees = true;
            for (action, listed) in doors.actions(&request).await {
                let question = v1::CheckRequest { action: action.clone(), ..request.clone() };
                agrees &= listed == found.contains(&action) && listed == doors.check(&question).await;
            }
            agrees
        }
    };
    assert!(agrees, "what is found is not what the checks allow: {body}: {found:?}");
    Ok(found)
}

fn results(answer: v1::list_allowed_response::Answer) -> Vec<String> {
    use v1::list_allowed_response::Answer;
    match answer {
        Answer::Actions(page) => {
            let allowed = page.items.into_iter().filter(|item| item.result() == v1::ListResult::Always);
            allowed.map(|item| item.action).collect()
        }
        Answer::Resources(page) => {
            page.resources.iter().map(|found| format!("{}:{}", found.r#type, found.id)).collect()
        }
        Answer::Principals(page) => {
            page.principals.iter().map(|found| format!("{}:{}", found.r#type, found.id)).collect()
        }
        Answer::Filter(filter) => panic!("{filter:?}"),
    }
}

/// A search for subjects in pages of one: together they are the whole.
async fn pages(doors: &mut Doors, body: &Value) -> Option<String> {
    let whole = found(doors, "subject", body).await.unwrap();
    let request = question(TENANT, body);
    let mut list = v1::ListAllowedRequest {
        tenant: TENANT.to_owned(),
        page_size: 1,
        query: Some(v1::list_allowed_request::Query::Principals(v1::PrincipalsQuery {
            action: request.action,
            resource: request.resource,
            types: vec!["user".to_owned()],
        })),
        ..v1::ListAllowedRequest::default()
    };
    let mut together = Vec::new();
    let mut count = 0;
    loop {
        let page = doors.client.list_allowed(list.clone()).await.unwrap().into_inner();
        let here = results(page.answer.unwrap());
        assert!(here.len() <= 1);
        together.extend(here);
        count += 1;
        if page.complete {
            break;
        }
        list.page_token = page.next_page_token;
    }
    (together != whole || whole.len() < 2 || count < 2).then(|| format!("{together:?} and not {whole:?}"))
}

/// Whether everything is of the kind that a message has.
fn is_message(body: &Value) -> bool {
    let object = |key| body.get(key).is_none_or(Value::is_object);
    ["subject", "action", "resource"].into_iter().all(object)
        && body["action"].get("name").is_none_or(Value::is_string)
}

/// Sends a question in which the subject is a text, or the action's name a number:
/// the code with which it is refused.
async fn undecodable(doors: &Doors, body: &Value) -> Code {
    let mut bytes = question(TENANT, body).encode_to_vec();
    if let Some(subject) = body["subject"].as_str() {
        // Field 2, of a length, where a message should follow.
        bytes.extend([2 << 3 | 2, u8::try_from(subject.len()).unwrap()]);
        bytes.extend(subject.as_bytes());
    } else {
        // Field 3, a number.
        bytes.extend([3 << 3, u8::try_from(body["action"]["name"].as_u64().unwrap()).unwrap()]);
    }
    let mut raw = Raw::connect(&socket(&doors.running.addresses()[0])).await;
    let mut call = raw.hang(CHECK).await;
    call.send(framed(&bytes), true);
    Code::from_bytes(call.code().await.as_bytes())
}

fn is_unknown_type(status: &tonic::Status) -> bool {
    let (code, reason, _) = crate::support::told(status);
    code == Code::InvalidArgument
        && ["UNKNOWN_PRINCIPAL_TYPE", "UNKNOWN_RESOURCE_TYPE"].contains(&reason.as_str())
}

/// Reads what a case expects. One that says nothing that is understood is no case
/// that could pass.
fn expected(case: &Value) -> Expected {
    let said = case["expected_text"].as_str().unwrap();
    if said.starts_with("HTTP 400") {
        return Expected::Refused;
    }
    if let Some(decision) = case["expected"]["decision"].as_bool() {
        return Expected::Decisions(vec![Some(decision)]);
    }
    if let Some(decisions) = case["expected"]["evaluations"].as_array() {
        return Expected::Decisions(decisions.iter().map(|item| item["decision"].as_bool()).collect());
    }
    if let Some(shape) = case["expected"]["_nonjson"].as_str() {
        let decision = |line: &str| match line.split_once("\"decision\": ")?.1.split([' ', ',']).next()? {
            "true" => Some(Some(true)),
            "false" => Some(Some(false)),
            "<boolean>" => Some(None),
            other => panic!("{other}"),
        };
        return Expected::Decisions(shape.lines().filter_map(decision).collect());
    }
    if let Some(results) = case["expected"]["results"].as_array() {
        let result = |found: &Value| match found.get("name") {
            Some(name) => name.as_str().unwrap().to_owned(),
            None => format!("{}:{}", text(found, "type"), text(found, "id")),
        };
        return match results.is_empty() {
            true => Expected::Nothing,
            false => Expected::AtLeast(results.iter().map(result).collect()),
        };
    }
    if said.contains("`\"decision\": true`") {
        return Expected::Decisions(vec![Some(true)]);
    }
    if let Some((_, rest)) = said.split_once("identical to [](#") {
        return Expected::Same(rest.split_once(')').unwrap().0.to_owned());
    }
    assert!(said.starts_with("HTTP 200 with a `results` array."), "not understood: {case}");
    Expected::Page
}
