//! What is told of a tenant, page by page, brings the tenant.

use std::path::Path;

use prost::Message;

use super::*;
use crate::document::{PolicyLimits, load};
use crate::policy_dir;
use crate::snapshot::Snapshot;
use crate::snapshot::apply::{Load, Rules};
use crate::wire::policy::told::{self, Page, Room};

/// The changes of a tenant, collected in pages of so many.
fn pages(held: &Snapshot, id: &str, room: Room) -> Vec<api::Change> {
    let mut changes = Vec::new();
    let mut place = told::Told::default();
    loop {
        let Page { items, last } = told::tenant(held, id, &place, room).unwrap();
        assert!(!items.is_empty() && items.len() <= room.items);
        changes.extend(items);
        match last {
            Some(next) => {
                assert_ne!(next, place, "{id} goes on");
                place = next;
            }
            None => return changes,
        }
    }
}

#[test]
fn i12_the_pages_of_a_tenant_bring_it_whole() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    for example in ["license-scopes", "messenger-acl", "plugin-permissions", "team-roles", "whatsapp-crm"] {
        let sources = policy_dir::read_policy(&examples.join(example)).unwrap();
        let checked = load(&sources, &PolicyLimits::default()).checked.unwrap();
        let held = Snapshot::compile(&checked, Revision::new(1, 1));
        let model = write_change(&Change::PutModel(held.model_document().to_owned()));
        let apps = held.apps();
        let apps = apps.iter().map(|(_, app, _)| write_change(&Change::PutApp(Box::new((*app).clone()))));
        let shared: Vec<api::Change> = std::iter::once(model).chain(apps).collect();
        for room in [(1, usize::MAX), (3, usize::MAX), (1000, 200), (1000, usize::MAX)] {
            let room = Room { items: room.0, bytes: room.1 };
            let mut sent = shared.clone();
            for id in held.tenants_after(None) {
                sent.extend(pages(&held, id, room));
            }
            let mut load = Load::begin(Revision::new(1, 2), Rules::default());
            load.take(read_changes(sent, 1).unwrap()).unwrap();
            let brought = load.finish(None).unwrap().snapshot;
            assert_eq!(brought.digest(), held.digest(), "{example}, {room:?}");
        }
    }
}

#[test]
fn a_push_is_cut_into_messages_that_are_not_full() {
    let member = |number: u32| {
        let key = crate::model::Key::new("user", &format!("u{number}")).unwrap();
        let title = Some("x".repeat(1000));
        let label = crate::document::definition::Label { title, description: None };
        (key, Spanned::nowhere(crate::document::definition::Member { label, ..Default::default() }))
    };
    let members = (0..5000).map(member).collect();
    let tenant = crate::document::definition::Tenant { id: "big".into(), members, ..Default::default() };
    let header = crate::document::Header { revision: Revision::new(1, 1), ..Default::default() };
    let changes = [Change::PutModel("m".into()), Change::PutTenant(Box::new(tenant))];
    let messages = push_requests(&header, false, &changes);
    assert!(messages.len() >= 5);
    assert!(messages.iter().all(|message| message.encoded_len() <= (1 << 20) + 100));
    assert!(messages[0].header.is_some() && messages[1..].iter().all(|message| message.header.is_none()));
    let (count, bytes) = weight(&messages);
    assert_eq!(count, 5002, "the model, the tenant without members, and those");
    assert!(bytes > 5_000_000);
    assert_eq!(change_named(&messages, 0).as_deref(), Some("put model"));
    assert_eq!(change_named(&messages, 5001).as_deref(), Some("put member user:u999 of big"));
    assert_eq!(change_named(&messages, 5002), None);
    // An empty set is a message all the same.
    assert_eq!(push_requests(&header, true, &[]).len(), 1);
}
