//! What says nothing allows nothing: the zero of every enum, the default of every
//! answer, and what no bytes at all are read as.

use prost::Message;

use super::*;
use crate::wire::api;

#[test]
fn i02_what_says_nothing_allows_nothing() {
    let files = prost_types::FileDescriptorSet::decode(api::DESCRIPTORS).unwrap().file;
    let enums: Vec<_> = files
        .iter()
        .filter(|file| file.package().starts_with("sidegate."))
        .flat_map(|file| {
            let inside = file.message_type.iter().flat_map(|message| &message.enum_type);
            file.enum_type.iter().chain(inside)
        })
        .collect();
    assert!(enums.len() >= 8, "only {} enums were found", enums.len());
    for all in enums {
        let zero = all.value.iter().find(|value| value.number() == 0).map(|value| value.name());
        assert!(zero.is_some_and(|name| name.ends_with("_UNSPECIFIED")), "{}: {zero:?}", all.name());
    }
    for answer in [v1::CheckResponse::default(), v1::CheckResponse::decode(&[] as &[u8]).unwrap()] {
        assert_eq!(answer.decision(), v1::Decision::Unspecified);
    }
    for answer in [v1::ActionResult::default(), v1::ActionResult::decode(&[] as &[u8]).unwrap()] {
        assert_eq!(answer.decision(), v1::Decision::Unspecified);
    }
    assert_eq!(v1::BatchCheckResponse::decode(&[] as &[u8]).unwrap().items.len(), 0);
    let list = v1::ListAllowedResponse::decode(&[] as &[u8]).unwrap();
    assert_eq!((list.answer.is_some(), list.complete), (false, false));
    assert!(!v1::PrincipalsAnswer::default().anyone);
    assert_eq!(v1::FilterAnswer::default().result(), v1::ListResult::Unspecified);
    assert_eq!(v1::ActionAllowed::default().result(), v1::ListResult::Unspecified);
}

#[test]
fn i02_a_message_without_anything_is_refused() {
    let door = Door::of(&Policy::default());
    assert!(matches!(door.check(&v1::CheckRequest::default()), Err(Refusal::Fields(_))));
    assert!(matches!(door.batch(&v1::BatchCheckRequest::default()), Err(Refusal::Fields(_))));
    assert!(matches!(door.list(v1::ListAllowedRequest::default()), Err(Refusal::Fields(_))));
}
