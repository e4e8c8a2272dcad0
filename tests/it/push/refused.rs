//! What is no push, or a bad one: refused whole, and nothing of what can be seen has
//! changed after it.

use prost::Message;
use sidegate::client::v1;
use tonic::Code;

use super::{Sidecar, ana, assert_said, changes, header, pushed, put_member, put_tenant, who, whole};
use crate::raw::{Raw, framed, socket};
use crate::support::told;

const PUSH: &str = "/sidegate.v1.PolicyService/Push";

/// Pushes these bytes, as messages or as they are.
async fn refusal(sidecar: &Sidecar, bytes: Vec<u8>) -> (Code, String, String) {
    let mut raw = Raw::connect(&socket(sidecar.admin_address())).await;
    let mut call = raw.hang(PUSH).await;
    call.send(bytes, true);
    told(&call.refusal().await)
}

/// A set that is fine, as bytes.
fn fine() -> Vec<u8> {
    ana(1, 2, 1, "writer")[0].encode_to_vec()
}

/// A field of a message, as bytes.
fn field(number: u8, held: &[u8]) -> Vec<u8> {
    let mut bytes = vec![number << 3 | 2, u8::try_from(held.len()).unwrap()];
    bytes.extend_from_slice(held);
    bytes
}

#[tokio::test]
async fn f06_i23_garbage_is_refused_and_changes_nothing() {
    let mut sidecar = Sidecar::holding(pushed()).await;
    let before = sidecar.seen().await;
    let header =
        v1::PushHeader { epoch: 1, revision: 2, base_revision: Some(1), ..v1::PushHeader::default() };
    let with = |change: Vec<u8>| {
        let mut bytes = field(1, &header.encode_to_vec());
        bytes.extend(field(2, &change));
        framed(&bytes)
    };
    // The fifteenth field of a change, of its kind, of its content: none knows it.
    let unknown = field(15, b"x");
    let delete = v1::DeleteRole { tenant: "acme".to_owned(), role: "r".to_owned(), references: 77 };
    let rows: Vec<(&str, Vec<u8>, &str)> = vec![
        ("no bytes at all", Vec::new(), "FIELD_MISSING"),
        ("an empty message", framed(&[]), "FIELD_MISSING"),
        ("not a message", framed(&[0xff; 40]), "REQUEST_UNREADABLE"),
        ("half of a message", framed(&fine()[..fine().len() - 3]), "REQUEST_UNREADABLE"),
        (
            "a message that ends in another",
            [framed(&fine()), framed(&[0x0a, 0x7f])].concat(),
            "REQUEST_UNREADABLE",
        ),
        ("an unknown field of the message", framed(&[fine(), unknown.clone()].concat()), "FIELD_MALFORMED"),
        ("an unknown kind of change", with(vec![0xfa, 0x0f, 1, b'x']), "FIELD_MALFORMED"),
        (
            "an unknown field of a kind",
            with(field(1, &[field(1, b"x"), unknown].concat())),
            "FIELD_MALFORMED",
        ),
        ("no kind", with(Vec::new()), "FIELD_MISSING"),
        (
            "an unknown word",
            with([vec![0x3a], field(0, &delete.encode_to_vec())[1..].to_vec()].concat()),
            "FIELD_MALFORMED",
        ),
        ("a second header", [framed(&fine()), framed(&fine())].concat(), "FIELD_MALFORMED"),
        ("a frame that says it is compressed", [&[1, 0, 0, 0, 1][..], b"x"].concat(), "NOT_IMPLEMENTED"),
    ];
    for (what, bytes, reason) in rows {
        if reason == "NOT_IMPLEMENTED" {
            // tonic's own word, without a reason.
            let mut raw = Raw::connect(&socket(sidecar.admin_address())).await;
            let mut call = raw.hang(PUSH).await;
            call.send(bytes, true);
            assert_ne!(call.code().await, "0", "{what}");
        } else {
            let (code, told, _) = refusal(&sidecar, bytes).await;
            assert_eq!((code, told.as_str()), (Code::InvalidArgument, reason), "{what}");
        }
        assert_eq!(sidecar.seen().await, before, "{what}");
    }
    assert_said(&sidecar.push(ana(1, 2, 1, "writer")).await, ("APPLIED", "1.2"), "after all of it");
}

/// Each byte of a set that is fine changed in several ways, and each cut: none is taken
/// for what it is not, and whatever is refused changes nothing.
#[tokio::test]
async fn f06_mutated_sets_are_applied_whole_or_refused_whole() {
    let mut sidecar = Sidecar::holding(pushed()).await;
    let mut number = 1;
    let mut applied = 0;
    let fine = |number: u64| ana(1, number + 1, number, "writer")[0].encode_to_vec();
    for at in 0..fine(1).len() {
        for flip in [0x01, 0x80, 0xff] {
            let mut bytes = fine(number);
            let Some(byte) = bytes.get_mut(at) else { continue };
            *byte ^= flip;
            let before = sidecar.seen().await;
            let mut raw = Raw::connect(&socket(sidecar.admin_address())).await;
            let mut call = raw.hang(PUSH).await;
            call.send(framed(&bytes), true);
            let code = call.code().await;
            let after = sidecar.seen().await;
            if after.revision == before.revision {
                assert_eq!(after, before, "byte {at} changed by {flip:#x}: {code}");
            } else {
                assert_eq!(code, "0", "byte {at} changed by {flip:#x}");
                let (epoch, reached) = after.revision.unwrap();
                if epoch != 1 || reached > 1000 {
                    // It says another revision now: begin anew.
                    sidecar = Sidecar::holding(pushed()).await;
                    number = 1;
                } else {
                    number = reached;
                }
                applied += 1;
            }
        }
    }
    assert!(applied < 100, "{applied} of them say something else, and well");
}

#[tokio::test]
async fn f06_i23_faults_of_the_policy_are_all_told_with_their_paths() {
    let mut sidecar = Sidecar::holding(pushed()).await;
    let before = sidecar.seen().await;
    let rows: Vec<(Vec<v1::change::Kind>, &[&str])> = vec![
        (
            vec![
                put_member("acme", "user:ana", &["reader"]),
                put_member("acme", "user:bob", &["reader", "raeder"]),
                put_member("acme", "robot:x", &[]),
            ],
            &["changes[1].put_member.content.roles[1].role", "changes[2].put_member"],
        ),
        (vec![put_member("zeta", "user:ana", &[])], &["changes[0].put_member"]),
        (
            vec![v1::change::Kind::DeleteMember(v1::DeleteMember {
                tenant: "acme".to_owned(),
                member: Some(who("user:zoe")),
                references: 0,
            })],
            &["changes[0].delete_member"],
        ),
        (
            vec![v1::change::Kind::PutModel(v1::PutModel {
                document: "sidegate: v1\nkind: Modle\n".to_owned(),
            })],
            &["changes[0].put_model.document"],
        ),
    ];
    for (kinds, paths) in rows {
        let mut message = changes(kinds);
        message.header = header(1, 2, 1).header;
        let told = sidecar.push(vec![message]).await.unwrap();
        assert_eq!(told.outcome(), v1::PushOutcome::Refused, "{told:?}");
        assert_eq!(told.revision, super::revision(1, 1), "what is held");
        for path in paths {
            assert!(told.faults.iter().any(|fault| fault.path.starts_with(path)), "{path} in {told:?}");
        }
        assert_eq!(sidecar.seen().await, before);
    }
    // A whole is refused by its first bad piece, wherever that comes.
    for at in 0..3 {
        let mut messages = whole(1, 2, &["acme", "bolt", "core"]);
        messages[2 + at] = changes(vec![put_tenant("acme", "raeder")]);
        let told = sidecar.push(messages).await.unwrap();
        assert_eq!(told.outcome(), v1::PushOutcome::Refused);
        let expected = format!("changes[{}].put_tenant.content.members[0]", at + 1);
        assert!(told.faults[0].path.starts_with(&expected), "{expected} in {told:?}");
        assert_eq!(sidecar.seen().await, before);
    }
}

#[tokio::test]
async fn f07_sets_are_bounded_in_messages_bytes_and_changes() {
    let mut config = pushed();
    config.limits.push.message_bytes = 4096;
    config.limits.push.set_bytes = 10_000;
    config.limits.push.set_changes = 20;
    let mut sidecar = Sidecar::holding(config).await;
    let before = sidecar.seen().await;
    let label = |bytes: usize| {
        let content = v1::Member { title: Some("x".repeat(bytes)), ..v1::Member::default() };
        v1::change::Kind::PutMember(v1::PutMember {
            tenant: "acme".to_owned(),
            member: Some(who("user:ana")),
            content: Some(content),
        })
    };
    let set = |first: usize, others: &[usize]| {
        let mut messages = vec![header(1, 2, 1)];
        messages[0].changes = changes(vec![label(first)]).changes;
        let most = 4096 - 100;
        messages.extend(others.iter().map(|bytes| changes(vec![label(*bytes.min(&most))])));
        messages
    };
    let padded = |bytes: usize| {
        let message = |title: usize| {
            let mut message = set(0, &[]).remove(0);
            message.changes = changes(vec![label(title)]).changes;
            message
        };
        (0..bytes).map(message).find(|message| message.encoded_len() == bytes).unwrap()
    };
    let over = padded(4097);
    assert_eq!(over.encoded_len(), 4097);
    assert_said(&sidecar.push(vec![over]).await, ("REQUEST_TOO_LARGE", "push_message_bytes"), "a message");
    assert_said(
        &sidecar.push(set(3900, &[3900, 3900])).await,
        ("REQUEST_TOO_LARGE", "change_set_bytes"),
        "a set",
    );
    let many = |count: usize| {
        let mut messages = vec![header(1, 2, 1)];
        messages.push(changes((0..count).map(|_| label(1)).collect()));
        messages
    };
    assert_said(&sidecar.push(many(21)).await, ("FIELD_OVER_LIMIT", "changes"), "changes");
    // A frame that says it holds four gigabytes is refused before they come.
    let mut raw = Raw::connect(&socket(sidecar.admin_address())).await;
    let mut call = raw.hang(PUSH).await;
    call.send(vec![0, 0xff, 0xff, 0xff, 0xff, 1, 2, 3], false);
    let (code, reason, _) = told(&call.refusal().await);
    assert_eq!((code, reason.as_str()), (Code::InvalidArgument, "REQUEST_TOO_LARGE"));
    assert_eq!(sidecar.seen().await, before);
    assert_eq!(sidecar.counted(r#"limit_hit_total{limit="push_message_bytes"}"#), 2);
    assert_eq!(sidecar.counted(r#"limit_hit_total{limit="change_set_bytes"}"#), 1);
    assert_eq!(sidecar.counted(r#"limit_hit_total{limit="change_set_changes"}"#), 1);

    assert_said(&sidecar.push(vec![padded(4096)]).await, ("APPLIED", "1.2"), "at the limit");
    let mut messages = many(20);
    messages[0] = header(1, 3, 2);
    assert_said(&sidecar.push(messages).await, ("APPLIED", "1.3"), "at the limit");
    // A whole has no limit of its own.
    let mut messages = whole(1, 4, &["acme", "bolt"]);
    messages.extend((0..10).map(|_| changes(vec![label(3900)])));
    assert_said(&sidecar.push(messages).await, ("APPLIED", "1.4"), "a whole");
}

#[tokio::test]
async fn f08_a_storm_of_the_same_bad_set_is_answered_and_counted() {
    let mut sidecar = Sidecar::holding(pushed()).await;
    let before = sidecar.seen().await;
    let bad = || {
        let mut message = changes(vec![put_member("acme", "user:ana", &["raeder"])]);
        message.header = header(1, 2, 1).header;
        vec![message]
    };
    let mut pushers = Vec::new();
    for _ in 0..4 {
        let mut admin = sidecar.admin.clone();
        pushers.push(tokio::spawn(async move {
            for _ in 0..250 {
                let told = admin.push(tokio_stream::iter(bad())).await.unwrap().into_inner();
                assert_eq!(told.outcome(), v1::PushOutcome::Refused);
                assert_eq!(told.faults.len(), 1);
            }
        }));
    }
    for pusher in pushers {
        pusher.await.unwrap();
    }
    assert_eq!(sidecar.counted(r#"pushes_total{outcome="faulty"}"#), 1000);
    assert_eq!(sidecar.seen().await, before);
}

#[tokio::test]
async fn where_policy_comes_from_a_directory_none_is_pushed() {
    let mut config = crate::support::config();
    config.admin = vec![super::insecure()];
    let mut sidecar = Sidecar::start(config).await;
    let refused = |status: &tonic::Status| (told(status).0, told(status).1);
    let expected = (Code::FailedPrecondition, "NOT_PUSHED_HERE".to_owned());
    assert_eq!(refused(&sidecar.push(whole(1, 1, &["acme"])).await.unwrap_err()), expected);
    assert_eq!(refused(&sidecar.push(Vec::new()).await.unwrap_err()), expected);
    let back = v1::RollbackRequest { to: super::revision(0, 1), ..v1::RollbackRequest::default() };
    assert_eq!(refused(&sidecar.admin.rollback(back).await.unwrap_err()), expected);
    let status = sidecar.status().await;
    assert_eq!((status.source.as_str(), status.stale, status.tenants), ("dir", false, 1));
    let model = sidecar.admin.get_model(v1::GetModelRequest {}).await.unwrap().into_inner();
    assert!(model.document.starts_with("sidegate: v1"), "{model:?}");
    let revisions = sidecar.admin.list_revisions(v1::ListRevisionsRequest {}).await.unwrap().into_inner();
    assert_eq!(revisions.revisions, []);
}
