//! The table against the descriptors, and what each change needs.

use prost::Message;
use prost_types::FileDescriptorSet;

use super::*;
use crate::document::definition::{App, Label, Map, Review, Tenant};
use crate::document::{References, TenantChange};
use crate::model::Key;
use crate::rpc::identity::{Callers, Identity, Peer, Who};
use crate::wire::api;

#[test]
fn b34_every_method_of_every_service_has_an_entry_and_every_entry_a_method() {
    let mut described = Vec::new();
    for encoded in [
        api::DESCRIPTORS,
        tonic_health::pb::FILE_DESCRIPTOR_SET,
        tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET,
    ] {
        for file in FileDescriptorSet::decode(encoded).unwrap().file {
            for service in &file.service {
                let service_name = format!("{}.{}", file.package(), service.name());
                for method in &service.method {
                    described.push(format!("/{service_name}/{}", method.name()));
                }
            }
        }
    }
    let entries: Vec<String> =
        METHODS.iter().map(|method| format!("/{}/{}", method.service, method.name)).collect();
    for path in &described {
        assert!(entries.contains(path), "who may call {path}? it has no entry in the table of methods");
    }
    for path in &entries {
        assert!(described.contains(path), "{path} is in the table and nowhere else");
        assert!(Method::at(path).is_some(), "{path}");
        assert_eq!(entries.iter().filter(|entry| *entry == path).count(), 1, "{path}");
    }
    assert_eq!(described.len(), METHODS.len());
}

#[test]
fn b34_what_changes_policy_is_on_admin_listeners_alone() {
    for method in METHODS {
        let admin_service = method.service == POLICY;
        assert_eq!(method.on == On::Admin, admin_service, "{method:?}");
        assert_eq!(method.needs == Needs::Nothing, !admin_service, "{method:?}");
    }
    assert!(is_of_the_data_plane(AUTHORIZATION) && is_of_the_data_plane(REFLECTION));
    assert!(!is_of_the_data_plane(POLICY) && !is_of_the_data_plane("sidegate.v1.Other"));
}

#[test]
fn odd_paths_are_no_methods() {
    for path in ["", "/", "sidegate.v1.PolicyService/Push", "/sidegate.v1.PolicyService/Push/", "//Push"] {
        assert_eq!(Method::at(path), None, "{path}");
    }
}

fn caller(may: &[May], tenants: Option<&[&str]>) -> Caller {
    let identity = Identity {
        who: Who::System { uids: [7].into(), gids: [].into() },
        may: may.iter().copied().collect(),
        tenants: tenants.map(|ids| ids.iter().map(|id| (*id).to_owned()).collect()),
    };
    Callers::Listed(vec![identity]).resolve(&Peer::System { uid: 7, gid: 7 }).unwrap()
}

fn key() -> Key {
    Key::parse("plugin:x").unwrap()
}

fn put_tenant(id: &str) -> Change {
    Change::PutTenant(Box::new(Tenant { id: id.to_owned(), ..Tenant::default() }))
}

fn in_tenant(id: &str, change: TenantChange) -> Change {
    Change::InTenant(id.to_owned(), change)
}

fn app() -> App {
    App { id: key(), label: Label::default(), requests: Map::new(), review: Review::default() }
}

/// What each kind of change needs; of changes in a tenant, some.
fn changes() -> Vec<(Change, May)> {
    let role = || "r".to_owned();
    vec![
        (Change::PutModel(String::new()), May::Model),
        (Change::PutApp(Box::new(app())), May::Apps),
        (Change::DeleteApp(key()), May::Apps),
        (put_tenant("acme"), May::Tenants),
        (Change::DeleteTenant("acme".to_owned()), May::Tenants),
        (in_tenant("acme", TenantChange::DeletePlan), May::Tenants),
        (in_tenant("acme", TenantChange::DeleteRole(role(), References::Remove)), May::Tenants),
        (in_tenant("acme", TenantChange::DeleteMember(key(), References::Refuse)), May::Tenants),
        (in_tenant("acme", TenantChange::DeleteInstall(key())), May::Tenants),
        (in_tenant("acme", TenantChange::DeleteRoleRestrictions(role())), May::Tenants),
    ]
}

#[test]
fn a_change_needs_its_own_right_and_no_other() {
    for (change, needed) in changes() {
        for right in May::ALL {
            let expected = if right == needed { Ok(()) } else { Err(lacks(Lacking::May(needed))) };
            assert_eq!(caller(&[right], None).may_change(&change), expected, "{right:?}: {change:?}");
        }
        assert_eq!(caller(&May::ALL, None).may_change(&change), Ok(()), "{change:?}");
    }
}

fn lacks(lacking: Lacking) -> Refusal {
    Refusal::CallerNotAllowed(lacking)
}

#[test]
fn a_caller_of_some_tenants_changes_and_sees_no_other() {
    let bound = caller(&May::ALL, Some(&["acme", "bolt"]));
    for (change, _) in changes() {
        assert_eq!(bound.may_change(&change), Ok(()), "{change:?}");
    }
    let others = [
        put_tenant("acm"),
        put_tenant("acme2"),
        put_tenant("Acme"),
        put_tenant(""),
        Change::DeleteTenant("zed".to_owned()),
        in_tenant("zed", TenantChange::DeletePlan),
    ];
    for change in others {
        assert_eq!(bound.may_change(&change), Err(lacks(Lacking::Tenant)), "{change:?}");
    }
    assert_eq!(bound.may_see("acme"), Ok(()));
    assert_eq!(bound.may_see("zed"), Err(lacks(Lacking::Tenant)));
    // To see a tenant is not to change it.
    let reads = caller(&[May::Apps], Some(&["acme"]));
    assert_eq!(reads.may_see("acme"), Ok(()));
    assert_eq!(reads.may_change_tenant("acme"), Err(lacks(Lacking::May(May::Tenants))));
}

#[test]
fn everything_needs_everything_of_everyone() {
    let refused = Err(lacks(Lacking::Everything));
    assert_eq!(caller(&May::ALL, None).may_change_everything(), Ok(()));
    assert_eq!(caller(&May::ALL, Some(&["acme"])).may_change_everything(), refused);
    for missing in May::ALL {
        let others: Vec<May> = May::ALL.into_iter().filter(|may| *may != missing).collect();
        assert_eq!(caller(&others, None).may_change_everything(), refused, "without {missing:?}");
    }
}
