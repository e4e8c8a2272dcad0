//! What can be read and what cannot, and where it is said to be.

mod header;
mod pages;
mod places;
mod round_trip;

use std::collections::BTreeMap;

use super::*;
use crate::decide::FieldFault;
use crate::document::{Change, Part, Place, References, Spanned, TenantChange};
use crate::model::Revision;
use crate::snapshot::apply::{At, Told};
use crate::wire::api;
use crate::wire::api::change::Kind;

/// What a change is read as, or all its faults.
fn read(kind: Kind) -> Result<Change, String> {
    let changes = read_changes(vec![api::Change { kind: Some(kind) }], 1).map_err(|faults| lines(&faults))?;
    assert_eq!(changes.len(), 1);
    Ok(changes[0].value.clone())
}

fn lines(faults: &[FieldFault]) -> String {
    let told = faults.iter().map(|fault| format!("{}: {:?}: {}", fault.field, fault.kind, fault.message));
    told.collect::<Vec<_>>().join("\n")
}

/// Holds the faults of a change against those expected.
fn check(kind: Kind, faults: &str) {
    assert_eq!(read(kind).unwrap_err(), faults);
}

fn user(id: &str) -> Option<api::PrincipalRef> {
    Some(api::PrincipalRef { r#type: "user".to_owned(), id: id.to_owned() })
}

fn doc(id: &str) -> Option<api::ResourceRef> {
    Some(api::ResourceRef { r#type: "doc".to_owned(), id: id.to_owned() })
}

fn texts(items: &[&str]) -> Vec<String> {
    items.iter().map(|item| (*item).to_owned()).collect()
}

fn put_member(content: api::Member) -> Kind {
    Kind::PutMember(api::PutMember { tenant: "t".into(), member: user("mia"), content: Some(content) })
}

fn put_role(content: api::Role) -> Kind {
    Kind::PutRole(api::PutRole { tenant: "t".into(), role: "r".into(), content: Some(content) })
}

fn put_group(members: Vec<api::GroupMember>) -> Kind {
    let content = api::Group { members, ..api::Group::default() };
    Kind::PutGroup(api::PutGroup { tenant: "t".into(), group: "g".into(), content: Some(content) })
}

fn put_resource(content: api::RegisteredResource) -> Kind {
    Kind::PutResource(api::PutResource { tenant: "t".into(), resource: doc("d"), content: Some(content) })
}

fn put_app(content: api::App) -> Kind {
    Kind::PutApp(api::PutApp { app: user("bot"), content: Some(content) })
}

fn put_install(content: api::Install) -> Kind {
    Kind::PutInstall(api::PutInstall { tenant: "t".into(), app: user("bot"), content: Some(content) })
}

fn put_tenant(content: api::Tenant) -> Kind {
    Kind::PutTenant(api::PutTenant { tenant: "t".into(), content: Some(content) })
}

fn given(role: &str) -> api::GivenRole {
    api::GivenRole { role: role.to_owned(), expires_at: None }
}

fn subject(kind: api::acl_subject::Kind) -> Option<api::AclSubject> {
    Some(api::AclSubject { kind: Some(kind) })
}

#[test]
fn f06_a_change_that_names_nothing_is_refused() {
    assert_eq!(
        lines(&read_changes(vec![api::Change { kind: None }], 3).unwrap_err()),
        "changes[2].kind: Missing: must be set"
    );
    check(Kind::PutModel(api::PutModel::default()), "changes[0].put_model.document: Missing: must be set");
    check(Kind::PutTenant(api::PutTenant::default()), "changes[0].put_tenant.tenant: Missing: must be set");
    check(
        Kind::DeleteTenant(api::DeleteTenant::default()),
        "changes[0].delete_tenant.tenant: Missing: must be set",
    );
    check(
        Kind::PutPlan(api::PutPlan::default()),
        "changes[0].put_plan.tenant: Missing: must be set\nchanges[0].put_plan.plan: Missing: must be set",
    );
    check(
        Kind::PutMember(api::PutMember::default()),
        "changes[0].put_member.tenant: Missing: must be set\n\
         changes[0].put_member.member: Missing: must be set",
    );
    check(
        Kind::PutAclEntry(api::PutAclEntry { tenant: "t".into(), resource: doc(""), entry: None }),
        "changes[0].put_acl_entry.resource.id: Missing: must be set\n\
         changes[0].put_acl_entry.entry: Missing: must be set",
    );
    check(
        Kind::PutApp(api::PutApp { app: user("bot"), content: None }),
        "changes[0].put_app.content: Missing: must be set",
    );
}

#[test]
fn f06_ids_and_keys_have_the_forms_of_documents() {
    let id = "not an id: 1 to 256 bytes without control characters, `:` and `/`";
    for tenant in ["a:b", "a/b", "a\nb", &"x".repeat(257)] {
        check(
            Kind::DeleteTenant(api::DeleteTenant { tenant: tenant.to_owned() }),
            &format!("changes[0].delete_tenant.tenant: Malformed: {id}"),
        );
    }
    let app = Some(api::PrincipalRef { r#type: "a b".into(), id: "x".into() });
    check(
        Kind::DeleteApp(api::DeleteApp { app }),
        "changes[0].delete_app.app.type: Malformed: \
         a type is letters, digits and `_`, and does not start with a digit",
    );
    check(
        Kind::DeleteApp(api::DeleteApp { app: user("a\u{7f}b") }),
        "changes[0].delete_app.app.id: Malformed: an id is 1 to 256 bytes without control characters",
    );
}

#[test]
fn f06_every_fault_of_a_member_is_told_with_its_path() {
    let value = |kind| api::Value { kind };
    let out_of_range = prost_types::Timestamp { seconds: i64::MAX, nanos: 0 };
    let content = api::Member {
        roles: vec![given(""), api::GivenRole { role: "r".into(), expires_at: Some(out_of_range) }],
        attributes: BTreeMap::from([
            ("a b".to_owned(), value(Some(api::value::Kind::BoolValue(true)))),
            ("empty".to_owned(), value(None)),
            ("null".to_owned(), value(Some(api::value::Kind::NullValue(1)))),
        ]),
        override_allow: texts(&["deal:view", "deal", "deal:view"]),
        override_deny: texts(&["*", "deal:view", "*"]),
        restrictions: BTreeMap::from([(
            "a/b".to_owned(),
            api::RestrictionParams { params: BTreeMap::from([("p".to_owned(), value(None))]) },
        )]),
        expires_at: Some(prost_types::Timestamp { seconds: 0, nanos: -1 }),
        ..api::Member::default()
    };
    let instant = "not an instant of the years 1 to 9999";
    check(
        put_member(content),
        &[
            "roles[0].role: Missing: must be set".to_owned(),
            format!("roles[1].expires_at: Malformed: {instant}"),
            "attributes.a b: Malformed: not a name: letters, digits and `_`, and no digit first".to_owned(),
            "attributes.empty: Missing: kind is missing".to_owned(),
            "attributes.null: Malformed: `null_value` is not NULL_VALUE".to_owned(),
            "override_allow[1]: Malformed: \
             expected `type:action`, `type:*`, `*:action`, `*` or `section/<id>`"
                .to_owned(),
            "override_deny[2]: Malformed: is listed twice".to_owned(),
            "restrictions[a/b]: Malformed: \
             not an id: 1 to 256 bytes without control characters, `:` and `/`"
                .to_owned(),
            "restrictions[a/b].params.p: Missing: kind is missing".to_owned(),
            format!("expires_at: Malformed: {instant}"),
        ]
        .map(|line| format!("changes[0].put_member.content.{line}"))
        .join("\n"),
    );
}

#[test]
fn f06_what_a_list_names_twice_is_refused() {
    let twice = "Malformed: is listed twice";
    let long: Vec<api::GivenRole> = (0..20).map(|number| given(&format!("r{}", number % 19))).collect();
    for (roles, at) in [(vec![given("a"), given("b"), given("a")], 2), (long, 19)] {
        check(
            put_member(api::Member { roles, ..api::Member::default() }),
            &format!("changes[0].put_member.content.roles[{at}]: {twice}"),
        );
    }
    check(
        put_role(api::Role {
            allow: vec![api::RoleEntry {
                permissions: texts(&["a:b", "a:b"]),
                except: texts(&["c:*", "c:*"]),
                when: texts(&["mine", "mine"]),
            }],
            extends: texts(&["a", "a"]),
            no_sections: texts(&["s", "s"]),
            ..api::Role::default()
        }),
        &[
            "allow[0].permissions[1]",
            "allow[0].except[1]",
            "allow[0].when[1]",
            "extends[1]",
            "no_sections[1]",
        ]
        .map(|path| format!("changes[0].put_role.content.{path}: {twice}"))
        .join("\n"),
    );
    let member = |kind| api::GroupMember { kind: Some(kind) };
    let inner = || member(api::group_member::Kind::Group("g2".into()));
    check(
        put_group(vec![inner(), member(api::group_member::Kind::Principal(user("g2").unwrap())), inner()]),
        &format!("changes[0].put_group.content.members[2]: {twice}"),
    );
    let entry = |kind| api::AclEntry { subject: subject(kind), levels: texts(&["l"]), ..Default::default() };
    let everyone = || entry(api::acl_subject::Kind::Everyone(api::Everyone {}));
    let listed = entry(api::acl_subject::Kind::Role("everyone".into()));
    check(
        put_resource(api::RegisteredResource {
            parents: vec![doc("p").unwrap(), doc("p").unwrap()],
            acl: vec![everyone(), listed, everyone()],
            ..Default::default()
        }),
        &format!(
            "changes[0].put_resource.content.parents[1]: {twice}\n\
             changes[0].put_resource.content.acl[2].subject: {twice}"
        ),
    );
    let member = || api::TenantMember { member: user("mia"), content: None };
    let resource = || api::TenantResource { resource: doc("d"), content: None };
    let install = || api::TenantInstall { app: user("bot"), content: None };
    check(
        put_tenant(api::Tenant {
            members: vec![member(), member()],
            resources: vec![resource(), resource()],
            installs: vec![install(), install()],
            ..Default::default()
        }),
        &["members[1]", "resources[1]", "installs[1]"]
            .map(|path| format!("changes[0].put_tenant.content.{path}: {twice}"))
            .join("\n"),
    );
}

#[test]
fn f06_an_unknown_word_is_refused() {
    let delete =
        |references| Kind::DeleteRole(api::DeleteRole { tenant: "t".into(), role: "r".into(), references });
    check(delete(7), "changes[0].delete_role.references: Malformed: 7 is no value of References");
    for (sent, meant) in [(0, References::Refuse), (1, References::Refuse), (2, References::Remove)] {
        let expected = Change::InTenant("t".into(), TenantChange::DeleteRole("r".into(), meant));
        assert_eq!(read(delete(sent)).unwrap(), expected);
    }
    check(
        put_app(api::App { review: 9, ..Default::default() }),
        "changes[0].put_app.content.review: Malformed: 9 is no value of Review",
    );
}

#[test]
fn f06_one_of_several_is_exactly_one() {
    let scope = |all, modes: &[&str]| {
        let granted = BTreeMap::from([("s:x".to_owned(), api::GrantedScope { all, modes: texts(modes) })]);
        put_install(api::Install { granted, ..Default::default() })
    };
    let message = "changes[0].put_install.content.granted[s:x]: Malformed: \
                   exactly one of `all` and `modes` must be set";
    check(scope(false, &[]), message);
    check(scope(true, &["read"]), message);
    read(scope(true, &[])).unwrap();
    read(scope(false, &["read"])).unwrap();

    check(
        put_group(vec![api::GroupMember { kind: None }]),
        "changes[0].put_group.content.members[0].kind: Missing: must be set",
    );
    let entry = |subject, levels: &[&str]| {
        let entry = api::AclEntry { subject, levels: texts(levels), ..Default::default() };
        put_resource(api::RegisteredResource { acl: vec![entry], ..Default::default() })
    };
    let path = "changes[0].put_resource.content.acl[0]";
    check(entry(None, &["l"]), &format!("{path}.subject: Missing: must be set"));
    let nobody = Some(api::AclSubject { kind: None });
    check(entry(nobody, &["l"]), &format!("{path}.subject.kind: Missing: must be set"));
    let anyone = subject(api::acl_subject::Kind::Anyone(api::Anyone {}));
    check(entry(anyone, &[]), &format!("{path}: Malformed: an ACL entry needs `levels` or `deny`"));
    let role = api::PrincipalRef { r#type: "role".into(), id: "r".into() };
    check(
        entry(subject(api::acl_subject::Kind::Principal(role)), &["l"]),
        &format!("{path}.subject.principal.type: Malformed: a role or a group is no principal"),
    );
}

#[test]
fn an_entry_needs_permissions_and_a_request_its_reason() {
    check(
        put_role(api::Role { allow: vec![api::RoleEntry::default()], ..Default::default() }),
        "changes[0].put_role.content.allow[0].permissions: Missing: must be set",
    );
    let requests = BTreeMap::from([(
        "s".to_owned(),
        api::ScopeRequest { modes: Vec::new(), justification: " \n".to_owned() },
    )]);
    check(
        put_app(api::App { requests, ..Default::default() }),
        "changes[0].put_app.content.requests[s].justification: Missing: must be set",
    );
}

#[test]
fn a_name_cannot_forge_a_line_or_fill_a_status() {
    let name = format!("a\n{}", "é".repeat(200));
    let granted = BTreeMap::from([(name, api::GrantedScope::default())]);
    let told = read(put_install(api::Install { granted, ..Default::default() })).unwrap_err();
    let first = told.lines().next().unwrap();
    assert!(first.starts_with("changes[0].put_install.content.granted[a\\nééé"), "{first}");
    assert!(first.len() < 300, "{first}");
    assert_eq!(told.lines().count(), 2);
}

#[test]
fn a_message_of_faults_does_not_grow() {
    let roles = vec![given(""); 100_000];
    let kind = put_member(api::Member { roles, ..Default::default() });
    let faults = read_changes(vec![api::Change { kind: Some(kind) }], 1).unwrap_err();
    assert_eq!(faults.len(), 1000);
}
