//! Page tokens. The first byte says what the rest is: a text; a position; or bytes of either a position or a whole body that are given the right tag. The
//! second says of which list. Laws:
//!
//! 1. No text makes a list panic; one that is no token of it is INVALID_ARGUMENT, one of another revision ABORTED.
//! 2. A token says where it was written; with one bit flipped, cut or of another query it is none.
//! 3. A token that says anything at all, and has the right tag, gains its holder nothing: a page after it has no more
//!    than the whole list.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use prost::Message;
use tonic::Code;

use super::input::Input;
use super::requests::PLANE;
use super::{Came, scene};
use crate::model::{Digest, Revision};
use crate::rpc::fuzzing::{
    Place, Position, QueryDigest, TOKEN_BYTES, TokenError, bound_to, read, seal, tagged, write,
};
use crate::rpc::refusal::Refusal;
use crate::wire::api::list_allowed_request::Query;
use crate::wire::api::resources_query::Source;
use crate::wire::{api, status};

/// The most bytes of an id, in any policy.
const ID_BYTES: usize = 256;

/// Lists of every kind that has pages, each with what its tokens are bound to and all that is in it.
pub(super) static LISTS: LazyLock<Vec<(api::ListAllowedRequest, QueryDigest, api::ListAllowedResponse)>> =
    LazyLock::new(lists);

pub(super) fn run(data: &[u8]) -> Came {
    let mut input = Input::new(data);
    let mode = input.byte();
    let number = input.below(LISTS.len());
    let Some((request, query, whole)) = LISTS.get(number) else { return Came::Nowhere };
    match mode % 4 {
        0 => text(request, *query, &String::from_utf8_lossy(input.rest())),
        1 => position(*query, &mut input),
        tag => {
            let bytes = input.rest();
            let token = if tag == 2 { seal(*query, here(), bytes.to_vec()) } else { tagged(*query, bytes) };
            let came = text(request, *query, &token);
            if let Ok(page) = ask(request, &token) {
                subset(&page, whole);
            }
            came
        }
    }
}

/// Where all of these lists are decided.
pub(super) fn here() -> Place {
    let content = scene::snapshot().tenant_digest("acme").expect("a tenant");
    Place { origin: 0, revision: Revision::new(3, 7), content }
}

/// Holds what a token reads as against what a list makes of it.
fn text(request: &api::ListAllowedRequest, query: QueryDigest, token: &str) -> Came {
    let answer = ask(request, token);
    if token.is_empty() {
        assert!(answer.is_ok(), "without a token: {answer:?}");
        return Came::Nowhere;
    }
    let code = answer.as_ref().err().map(|refusal| status::status(refusal).code());
    match read(token, query, here()) {
        Err(TokenError::Invalid) => {
            assert_eq!(code, Some(Code::InvalidArgument));
            Came::Nowhere
        }
        Err(TokenError::Moved) => {
            assert_eq!(code, Some(Code::Aborted));
            Came::Read
        }
        Ok(position) => {
            assert!(token.len() <= TOKEN_BYTES);
            assert_eq!(write(query, here(), &position), token, "a position is written in one way");
            assert!(code.is_none_or(|code| code == Code::InvalidArgument), "{code:?}");
            if code.is_none() { Came::Whole } else { Came::Read }
        }
    }
}

/// A position, written, read, and spoiled.
fn position(query: QueryDigest, input: &mut Input<'_>) -> Came {
    let place = Place {
        origin: input.byte().into(),
        revision: Revision::new(input.byte().into(), u64::try_from(input.number()).unwrap_or(0)),
        content: Digest::of(b"what is held"),
    };
    // Of ids there are no longer ones, and a type has no colon.
    let text = |input: &mut Input<'_>| -> String {
        let text = input.text();
        let ends = text.char_indices().map(|(at, char)| at.saturating_add(char.len_utf8()));
        let end = ends.take_while(|end| *end <= ID_BYTES).last().unwrap_or(0);
        text.get(..end).unwrap_or_default().to_owned()
    };
    let kind = |input: &mut Input<'_>| text(input).replace(':', "");
    let position = match input.byte() % 4 {
        0 => Position::Sent(u32::try_from(input.number()).unwrap_or(u32::MAX)),
        1 => Position::Resource(text(input)),
        2 => Position::Principal { kind: kind(input), id: text(input) },
        _ => Position::Part { sort: input.byte(), kind: kind(input), id: text(input) },
    };
    let token = write(query, place, &position);
    assert_eq!(read(&token, query, place), Ok(position.clone()), "as it was written");
    let moved = Place { origin: place.origin.wrapping_add(1), ..place };
    assert_eq!(read(&token, query, moved), Err(TokenError::Moved));
    let other = QueryDigest::begin(input.part()).end();
    assert_eq!(read(&token, other, place), Err(TokenError::Invalid), "of another query");
    let bytes = URL_SAFE_NO_PAD.decode(&token).expect("a token");
    let at = input.below(bytes.len());
    let mut flipped = bytes.clone();
    if let Some(byte) = flipped.get_mut(at) {
        *byte ^= 1_u8.wrapping_shl(input.byte().into());
    }
    for spoiled in
        [flipped.as_slice(), bytes.get(..at).unwrap_or_default(), &[bytes.as_slice(), &[0]].concat()]
    {
        let spoiled = URL_SAFE_NO_PAD.encode(spoiled);
        assert_eq!(read(&spoiled, query, place), Err(TokenError::Invalid), "{position:?}, spoiled at {at}");
    }
    Came::Whole
}

fn ask(request: &api::ListAllowedRequest, token: &str) -> Result<api::ListAllowedResponse, Refusal> {
    let request = api::ListAllowedRequest { page_token: token.to_owned(), ..request.clone() };
    PLANE.list(scene::snapshot(), &Bytes::from(request.encode_to_vec()))
}

/// A page has nothing that the whole list has not.
fn subset(page: &api::ListAllowedResponse, whole: &api::ListAllowedResponse) {
    use api::list_allowed_response::Answer;

    let is_in = match (&page.answer, &whole.answer) {
        (Some(Answer::Actions(page)), Some(Answer::Actions(whole))) => {
            page.items.iter().all(|item| whole.items.contains(item))
        }
        (Some(Answer::Resources(page)), Some(Answer::Resources(whole))) => {
            page.resources.iter().all(|item| whole.resources.contains(item))
        }
        (Some(Answer::Principals(page)), Some(Answer::Principals(whole))) => {
            page.anyone == whole.anyone && page.principals.iter().all(|item| whole.principals.contains(item))
        }
        _ => false,
    };
    assert!(is_in, "{page:?} of {whole:?}");
}

fn lists() -> Vec<(api::ListAllowedRequest, QueryDigest, api::ListAllowedResponse)> {
    let doc = |id: Option<&str>| api::Resource {
        r#type: "doc".to_owned(),
        id: id.map(str::to_owned),
        ..api::Resource::default()
    };
    let resources = |source| {
        Query::Resources(api::ResourcesQuery {
            r#type: "doc".to_owned(),
            action: "view".to_owned(),
            source: Some(source),
        })
    };
    let actions = |id| Query::Actions(api::ActionsQuery { resource: Some(doc(id)), actions: Vec::new() });
    let sent = ["e", "x", "d", "y"].map(|id| doc(Some(id))).to_vec();
    let queries = [
        actions(Some("d")),
        actions(None),
        resources(Source::Registered(api::RegisteredResources {})),
        resources(Source::Candidates(api::CandidateResources { resources: sent })),
        Query::Principals(api::PrincipalsQuery {
            action: "view".to_owned(),
            resource: Some(doc(Some("d"))),
            types: Vec::new(),
        }),
    ];
    let mut lists = Vec::new();
    for query in queries {
        let of_principals = matches!(query, Query::Principals(_));
        let cyd =
            api::Principal { r#type: "user".to_owned(), id: "cyd".to_owned(), ..api::Principal::default() };
        let request = api::ListAllowedRequest {
            tenant: "acme".to_owned(),
            principal: (!of_principals).then_some(cyd),
            query: Some(query),
            ..api::ListAllowedRequest::default()
        };
        let whole = ask(&request, "").unwrap_or_else(|refusal| panic!("{refusal:?}"));
        assert!(whole.complete);
        let request = api::ListAllowedRequest { page_size: 1, ..request };
        lists.push((request.clone(), bound_to(request), whole));
    }
    lists
}
