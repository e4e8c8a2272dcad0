//! What arrives over gRPC: texts that are none, texts that other systems would take
//! apart, metadata that nobody asked for, and what is hidden.

use prost::Message;
use sidegate::app::Config;
use sidegate::client::v1;
use tonic::{Code, Request};

use crate::raw::{CHECK, Raw, framed, socket};
use crate::support::{Client, config, question, started, told};

async fn decision(client: &mut Client, request: impl tonic::IntoRequest<v1::CheckRequest>) -> v1::Decision {
    client.check(request).await.unwrap().into_inner().decision()
}

#[tokio::test]
async fn b07_a_text_that_is_none_is_refused() {
    let (running, mut client) = started(config()).await;
    let sound = question("user:ana", "view", "conversation:c1");
    let mut fields = 0;
    for control in ['\0', '\u{1}', '\u{8}', '\t', '\n', '\r', '\u{1b}', '\u{1f}', '\u{7f}', '\u{85}'] {
        let spoilt = |field: &str| {
            let mut request = sound.clone();
            match field {
                "tenant" => request.tenant.push(control),
                "principal.id" => request.principal.as_mut().unwrap().id.push(control),
                _ => request.resource.as_mut().unwrap().id.as_mut().unwrap().push(control),
            }
            request
        };
        for field in ["tenant", "principal.id", "resource.id"] {
            let status = client.check(spoilt(field)).await.unwrap_err();
            assert_eq!(
                told(&status),
                (Code::InvalidArgument, "FIELD_MALFORMED".to_owned(), field.to_owned()),
                "{control:?}"
            );
            fields += 1;
        }
    }
    assert_eq!(fields, 30);
    // Bytes that are no text at all: whatever is said of them, it is no answer.
    let bytes = sound.encode_to_vec();
    let at = bytes.windows(3).position(|three| three == b"ana").unwrap();
    for broken in [[0xff, b'n', b'a'], [b'a', 0xc3, b'a'], [0xed, 0xa0, 0x80], [0xc0, 0x80, b'a']] {
        let mut message = bytes.clone();
        message[at..at + 3].copy_from_slice(&broken);
        let mut raw = Raw::connect(&socket(&running.addresses()[0])).await;
        let mut call = raw.hang(CHECK).await;
        call.send(framed(&message), true);
        assert_eq!(call.code().await, "3", "{broken:x?}");
    }
}

/// Nothing in an id is an address, a domain or a path, and no metadata says who asks.
#[tokio::test]
async fn b08_nothing_is_taken_apart_and_metadata_says_nothing() {
    let (_running, mut client) = started(config()).await;
    assert_eq!(
        decision(&mut client, question("user:ana", "view", "conversation:c1")).await,
        v1::Decision::Allow
    );
    for other in [
        "ana@example.com",
        "evil@ana",
        "ana@evil@good",
        "ana.",
        "ANA",
        "ana%00",
        "ana/",
        "//ana",
        "ana#",
        "ana?x",
        "https://host/ana",
        "ana_",
        "ana-",
        "%61na",
        "ana,ana",
        "ana;",
        "[ana]",
        "user:ana",
        "xn--ana",
        "ana:ana",
    ] {
        let told = decision(&mut client, question(&format!("user:{other}"), "view", "conversation:c1")).await;
        assert_eq!(told, v1::Decision::Deny, "{other}");
    }
    // Whatever metadata says, the message says who asks.
    for (name, value) in [
        ("authorization", "Bearer user:ana"),
        ("x-user", "ana"),
        ("x_user", "ana"),
        ("x-forwarded-user", "user:ana"),
        ("tenant", "other"),
        ("x-tenant", "other"),
        ("x-principal", "user:ana"),
        ("x-roles", "admin"),
        ("host", "ana"),
        ("cookie", "user=ana"),
    ] {
        for (who, expected) in [("user:nobody", v1::Decision::Deny), ("user:ana", v1::Decision::Allow)] {
            let mut request = Request::new(question(who, "view", "conversation:c1"));
            request.metadata_mut().append(name, value.parse().unwrap());
            assert_eq!(decision(&mut client, request).await, expected, "{name}: {value}");
        }
    }
}

const MODEL: &str = "sidegate: v1
kind: Model
name: hidden
principals: { user: {} }
resources: { box: { actions: [see, open, shut], attributes: { owner: string }, levels: { keeper: [see, open] }, hidden_without: see } }
roles:
  owner: { allow: [{ permissions: ['box:*'], when: resource.owner == principal.id }] }
  shutter: { allow: [box:shut] }
";
const TENANT: &str = "sidegate: v1
kind: Tenant
id: acme
members: { user:ana: { roles: [owner, shutter] }, user:bob: { roles: [shutter] } }
resources:
  'box:anas': { attributes: { owner: ana } }
  'box:bobs': { attributes: { owner: bob } }
  'box:shared': { attributes: { owner: bob }, acl: { user:ana: keeper } }
  'box:denied': { attributes: { owner: ana }, acl: { user:ana: { deny: [see, open] } } }
";

/// A thing that is hidden and one that is not there are told alike: both are denied, both
/// say `hidden`, for every action; no list and no number of pages gives one away.
#[tokio::test]
async fn b49_hidden_and_absent_are_told_alike() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir(directory.path().join("tenants")).unwrap();
    std::fs::write(directory.path().join("model.yaml"), MODEL).unwrap();
    std::fs::write(directory.path().join("tenants/acme.yaml"), TENANT).unwrap();
    let config = Config { policy: directory.path().to_owned(), ..config() };
    let (_running, mut client) = started(config).await;
    for action in ["see", "open"] {
        let mut told = Vec::new();
        for id in ["bobs", "denied", "gone"] {
            let mut request = question("user:ana", action, &format!("box:{id}"));
            // What the application says of a row that it does not have is what it knows: nothing.
            let owner = v1::Value { kind: Some(v1::value::Kind::NullValue(0)) };
            if id == "gone" {
                request.resource.as_mut().unwrap().attributes.insert("owner".to_owned(), owner);
            }
            let answer = client.check(request).await.unwrap().into_inner();
            told.push((answer.decision(), answer.hidden));
        }
        assert_eq!(told, [(v1::Decision::Deny, true); 3], "{action}");
    }
    // Even an action that is granted says no more of what may not be seen when it is denied
    // otherwise; and what may be seen is not hidden.
    let seen = client.check(question("user:ana", "shut", "box:shared")).await.unwrap().into_inner();
    assert_eq!((seen.decision(), seen.hidden), (v1::Decision::Allow, false));
    for (action, expected) in [("see", &["anas", "shared"][..]), ("open", &["anas", "shared"])] {
        for page_size in [1, 2, 100] {
            let query = v1::ResourcesQuery {
                r#type: "box".to_owned(),
                action: action.to_owned(),
                source: Some(v1::resources_query::Source::Registered(v1::RegisteredResources {})),
            };
            let mut request = v1::ListAllowedRequest {
                tenant: "acme".to_owned(),
                principal: question("user:ana", "see", "box").principal,
                query: Some(v1::list_allowed_request::Query::Resources(query)),
                page_size,
                ..v1::ListAllowedRequest::default()
            };
            let (mut ids, mut pages) = (Vec::new(), 0);
            loop {
                let page = client.list_allowed(request.clone()).await.unwrap().into_inner();
                let Some(v1::list_allowed_response::Answer::Resources(answer)) = page.answer else {
                    panic!()
                };
                ids.extend(answer.resources.into_iter().map(|key| key.id));
                pages += 1;
                if page.complete {
                    break;
                }
                request.page_token = page.next_page_token;
            }
            assert_eq!(ids, expected, "{action}");
            // One more page than answers need is for whatever comes after the last of them.
            assert!(pages <= expected.len() + 1, "{action}: {pages} pages");
        }
    }
}
