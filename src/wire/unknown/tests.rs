//! Messages with something more in them than this build knows.

use std::collections::BTreeMap;

use prost::Message;

use super::*;
use crate::wire::api::change::Kind;

/// A member with some of everything, as the third change of a message.
fn request(more: &[u8]) -> api::PushRequest {
    let role = |role: &str| api::GivenRole {
        role: role.to_owned(),
        expires_at: Some(prost_types::Timestamp { seconds: 1, nanos: 2 }),
    };
    let numbers = api::IntList { values: vec![1, 2, 300] };
    let value = api::Value { kind: Some(api::value::Kind::IntList(numbers)) };
    let params = BTreeMap::from([("p".to_owned(), value.clone()), ("q".to_owned(), value.clone())]);
    let content = api::Member {
        title: Some("Mia".to_owned()),
        roles: vec![role("a"), role("b")],
        attributes: BTreeMap::from([("x".to_owned(), value.clone()), ("y".to_owned(), value)]),
        restrictions: BTreeMap::from([("own".to_owned(), api::RestrictionParams { params })]),
        suspended: true,
        ..Default::default()
    };
    let member = Some(api::PrincipalRef { r#type: "user".into(), id: "mia".into() });
    let put = Kind::PutMember(api::PutMember { tenant: "t".into(), member, content: Some(content) });
    let model = Kind::PutModel(api::PutModel { document: String::from_utf8_lossy(more).into() });
    let header = api::PushHeader { epoch: 1, revision: 2, base_revision: Some(1), ..Default::default() };
    let change = |kind| api::Change { kind: Some(kind) };
    api::PushRequest {
        header: Some(header),
        changes: vec![change(model.clone()), change(model), change(put)],
    }
}

/// What is told of bytes, a line for each fault.
fn told(bytes: &[u8]) -> String {
    match push_request(&Bytes::copy_from_slice(bytes), 11) {
        Ok(_) => "read".to_owned(),
        Err(Refusal::Fields(faults)) => {
            let lines = faults.iter().map(|fault| format!("{}: {}", fault.field, fault.message));
            lines.collect::<Vec<_>>().join("\n")
        }
        Err(Refusal::RequestUnreadable) => "unreadable".to_owned(),
        Err(other) => panic!("{other:?}"),
    }
}

/// A field with a length.
fn field(number: u8, held: &[u8]) -> Vec<u8> {
    let mut bytes = vec![number << 3 | 2, u8::try_from(held.len()).unwrap()];
    bytes.extend(held);
    bytes
}

/// The bytes of a field inside of others, from the outermost number to the innermost.
fn inside(numbers: &[u8], held: &[u8]) -> Vec<u8> {
    numbers.iter().rev().fold(held.to_vec(), |held, number| field(*number, &held))
}

const UNKNOWN: &str = "this version does not know the field: it may restrict the rest";

#[test]
fn what_this_version_writes_it_reads() {
    let bytes = request(b"x").encode_to_vec();
    assert_eq!(push_request(&Bytes::from(bytes), 1).unwrap(), request(b"x"));
    assert_eq!(told(&[]), "read");
}

#[test]
fn f06_a_field_that_is_not_known_is_refused_wherever_it_stands() {
    let unknown = [0x98, 0x06, 1]; // field 99, a varint
    let mut bytes = request(b"").encode_to_vec();
    bytes.extend(unknown);
    assert_eq!(told(&bytes), format!("99: {UNKNOWN}"));

    // changes / put_member / content
    let member = |held: &[u8]| inside(&[2, 10, 3], held);
    for (held, path) in [
        (member(&unknown), "changes[10].put_member.content.99"),
        (inside(&[1], &unknown), "header.99"),
        (inside(&[2], &unknown), "changes[10].99"),
        (member(&[field(3, b""), field(3, &unknown)].concat()), "changes[10].put_member.content.roles[1].99"),
        (member(&field(3, &field(2, &unknown))), "changes[10].put_member.content.roles[0].expires_at.99"),
        (
            member(&field(7, &[field(1, b"own"), field(2, &unknown)].concat())),
            "changes[10].put_member.content.restrictions[own].99",
        ),
        (
            member(&field(7, &[field(2, &field(1, &unknown)), field(1, b"a\n")].concat())),
            "changes[10].put_member.content.restrictions[a\\n].params[].99",
        ),
    ] {
        assert_eq!(told(&held), format!("{path}: {UNKNOWN}"));
    }
    let two = [field(2, b""), inside(&[2, 10, 3], &[field(15, b"x"), unknown.to_vec()].concat())].concat();
    assert_eq!(
        told(&two),
        format!("changes[11].put_member.content.15: {UNKNOWN}\nchanges[11].put_member.content.99: {UNKNOWN}")
    );
}

#[test]
fn f06_what_generated_code_would_overwrite_is_refused() {
    let twice = "is set twice, or beside one that excludes it";
    let tenant = field(1, b"t");
    for (bytes, path) in [
        (inside(&[2, 10], &[tenant.clone(), tenant.clone()].concat()), "changes[10].put_member.tenant"),
        // Two kinds of one change.
        (inside(&[2], &[field(3, &tenant), field(2, &tenant)].concat()), "changes[10].put_tenant"),
        ([field(1, b""), field(1, b"")].concat(), "header"),
    ] {
        assert_eq!(told(&bytes), format!("{path}: {twice}"));
    }
    let entry = field(7, &[field(1, b"own"), field(2, b"")].concat());
    let other = field(7, &field(1, b"other"));
    assert_eq!(
        told(&inside(&[2, 10, 3], &[entry.clone(), other.clone(), entry.clone()].concat())),
        "changes[10].put_member.content.restrictions[own]: is there twice"
    );
    // The same key in two messages is no repeat.
    let member = |held: &[u8]| inside(&[2, 10, 3], held);
    assert_eq!(told(&[member(&entry), member(&entry), member(&other)].concat()), "read");
}

#[test]
fn f06_another_type_of_a_known_field_is_refused() {
    let other = "has another type than this version knows";
    // `suspended` as a text, a title as a number, a tenant as fixed bytes.
    for (bytes, path) in [
        (inside(&[2, 10, 3], &field(9, b"x")), "changes[10].put_member.content.suspended"),
        (inside(&[2, 10, 3], &[1 << 3, 1]), "changes[10].put_member.content.title"),
        (inside(&[2, 10], &[1 << 3 | 5, 0, 0, 0, 0]), "changes[10].put_member.tenant"),
        (inside(&[2, 10], &[1 << 3 | 1, 0, 0, 0, 0, 0, 0, 0, 0]), "changes[10].put_member.tenant"),
    ] {
        assert_eq!(told(&bytes), format!("{path}: {other}"));
    }
    // A list of numbers may come one by one.
    let numbers = [1 << 3, 1, 1 << 3, 2];
    let value = inside(&[7], &numbers);
    let attribute = [field(1, b"x"), field(2, &value)].concat();
    assert_eq!(told(&inside(&[2, 10, 3, 4], &attribute)), "read");
}

#[test]
fn f07_what_is_no_message_is_told_as_such() {
    let text = request(b"x").encode_to_vec();
    for cut in 1..text.len() {
        let told = told(&text[..cut]);
        assert!(told == "read" || told == "unreadable", "{cut}: {told}");
    }
    for bytes in [
        &[0x12, 0xff, 0xff, 0xff, 0xff, 0x0f][..], // 4 GiB, declared
        &[0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
        &[0x00, 0x01],
        &[0xff; 20],
        &[0x13, 0x14],                // a group
        &inside(&[2, 2, 1], b"\xff"), // no UTF-8
    ] {
        assert_eq!(told(bytes), "unreadable", "{bytes:?}");
    }
}

#[test]
fn a_message_of_faults_does_not_grow() {
    let bytes = [0x98, 0x06, 1].repeat(100_000);
    assert_eq!(told(&bytes).lines().count(), MOST_FAULTS);
}

#[test]
fn every_message_of_the_api_is_in_the_table() {
    for name in ["PushRequest", "PushResponse", "RollbackRequest", "GetTenantResponse", "CheckRequest"] {
        assert!(table::get().named(&format!("sidegate.v1.{name}")).is_some(), "{name}");
    }
    assert!(table::get().named("google.protobuf.Timestamp").is_some());
    assert!(table::get().named("sidegate.v1.Nothing").is_none());
}
