//! The hand-made policy of the examples: one tenant of a product that has a
//! little of everything.
//!
//! Owns facts only; what follows from them stands in the tables.

use super::super::build::{at, attribute, cel, entry, entry_when, items, key, map, names, patterns, role};
use super::NOON;
use crate::document::definition::*;
use crate::model::{Timestamp, Value, ValueType};

/// The policy.
#[rustfmt::skip] // Read like the document it stands for.
pub(super) fn policy() -> Policy {
    let string = || attribute(ValueType::String);
    let kind = |actions: &[&str]| ResourceType { actions: names(actions), ..ResourceType::default() };
    let attributes = |list: &[&'static str]| map(list.iter().map(|name| (*name, string())));
    let view = || Some(at("view".to_owned()));
    let level = |list: &[&str]| Level { permissions: items(list), ..Level::default() };
    let reserved_role = "reserved_role";
    let mut admin = role(&["*"]);
    admin.authority = Some(at("administrator".to_owned()));
    let supervisor = Role {
        allow: vec![entry_when(&["member:manage", "role:assign"], r#"!("admin" in resource.roles)"#)],
        ..Role::default()
    };
    let restriction = |covers: &str, when: &str| Restriction {
        permissions: patterns([covers]),
        allow_when: cel(when),
        ..Restriction::default()
    };
    let model = Model {
        principals: map(["user", "plugin"].map(|name| (name, PrincipalType::default()))),
        resources: map([
            ("instance", kind(&["view", "manage"])),
            ("contact", kind(&["view", "update", "delete", "export"])),
            ("campaign", kind(&["view", "manage"])),
            ("conversation", ResourceType {
                attributes: attributes(&["instance", "assignee"]), hidden_without: view(), ..kind(&["view", "send"])
            }),
            ("deal", ResourceType {
                attributes: attributes(&["creator", "created_by", "assignee"]),
                hidden_without: view(), ..kind(&["view", "update"])
            }),
            ("inbox", ResourceType {
                levels: map([("below", level(&["messenger:view"]))]), ..kind(&["view"])
            }),
            ("messenger", ResourceType {
                parents: names(["inbox"]), hidden_without: view(),
                levels: map([("read_only", level(&["view"])), ("full", level(&["*"])), ("none", level(&[]))]),
                ..kind(&["view", "reply"])
            }),
            ("vault", ResourceType { requires: patterns(["campaign:view", "campaign:manage"]), ..kind(&["open"]) }),
            ("member", kind(&["manage"])),
            ("role", kind(&["assign"])),
        ]),
        conditions: map([
            ("assigned_to_me", Condition { expression: cel("resource.assignee == principal.id"), ..Condition::default() }),
        ]),
        roles: map([
            ("admin", admin),
            ("member", role(&["contact:view", "contact:update", "conversation:*", "deal:*", "vault:open", "campaign:view"])),
            ("support", Role::default()),
            ("supervisor", supervisor),
            ("anyone", role(&["campaign:view"])),
            (reserved_role, Role::default()),
        ]),
        restrictions: map([
            ("instance_access", Restriction {
                params: map([("instances", attribute(ValueType::StringList))]),
                ..restriction("conversation:*", r#"(resource.type == "instance" ? resource.id : resource.instance) in params.instances"#)
            }),
            ("only_assigned_chats", restriction("conversation:*", "assigned_to_me")),
            ("only_created_deals", Restriction {
                exempt_roles: names(["admin"]),
                ..restriction("deal:*", r#"(!has(resource.creator) && !has(resource.created_by)) || resource.creator == principal.id ||
                    (resource.created_by in ["workflow", "automation"] && resource.assignee == principal.id)"#)
            }),
        ]),
        plans: map([("free", Plan::default())]),
        features: map([("data_export", Feature { permissions: patterns(["contact:export"]), ..Feature::default() })]),
        authorities: names(["normal", "administrator"]),
        scopes: map([
            ("contacts:rw", Scope {
                covers: ScopeCover::Modes(map([
                    ("read", vec![entry(&["contact:view"], &[], When::Always)]),
                    ("write", vec![entry(&["contact:update"], &[], When::Always)]),
                ])),
                ..Scope::default()
            }),
            ("deals", Scope {
                authority: Some(at("administrator".to_owned())),
                covers: ScopeCover::Allow(vec![entry(&["deal:*"], &[], When::Always)]),
                ..Scope::default()
            }),
            ("mine", Scope {
                covers: ScopeCover::Allow(vec![entry_when(&["campaign:*"], "app.id == principal.id")]),
                ..Scope::default()
            }),
        ]),
        reserved: Reserved { roles: names([reserved_role]), ..Reserved::default() },
        retired: Retired { permissions: patterns(["messenger:old"]), ..Retired::default() },
        ..Model::default()
    };
    let app = |id: &str, review| App {
        id: key(id), label: Label::default(), review,
        requests: map([("contacts:rw", ScopeRequest { modes: names(["read"]), justification: "why".into() })]),
    };
    let apps = [app("plugin:crm", Review::Approved), app("plugin:spy", Review::Pending)];
    Policy {
        model,
        tenants: map([("acme", tenant())]),
        apps: apps.into_iter().map(|app| (app.id.clone(), at(app))).collect(),
    }
}

#[rustfmt::skip] // Likewise.
fn tenant() -> Tenant {
    let given = |roles: &[&str]| Member {
        roles: roles.iter().map(|role| at(GivenRole { role: (*role).to_owned(), expires_at: None })).collect(),
        ..Member::default()
    };
    let mia = Member {
        overrides: Overrides { allow: patterns(["campaign:manage"]), deny: patterns(["contact:export", "contact:delete"]) },
        restrictions: map([
            ("instance_access", map([("instances", Value::StringList(vec!["wa-1".into()]))])),
            ("only_assigned_chats", Params::new()),
            ("only_created_deals", Params::new()),
        ]),
        ..given(&["member"])
    };
    let level = |name: &str| at(AclEntry { levels: names([name]), ..AclEntry::default() });
    let messenger = Registered {
        parents: vec![at(key("inbox:eu"))],
        acl: [
            (AclSubject::Role("support".into()), level("full")),
            (AclSubject::Principal(key("user:sue")), level("none")),
            (AclSubject::Principal(key("user:bob")), at(AclEntry { deny: items(["reply"]), ..AclEntry::default() })),
            (AclSubject::Anyone, level("read_only")),
        ].into(),
        ..Registered::default()
    };
    let inbox = Registered { acl: [(AclSubject::Everyone, level("below"))].into(), ..Registered::default() };
    let install = Install { granted: map([("contacts:rw", GrantedModes::All)]), ..Install::default() };
    let boss = Role { extends: names(["admin"]), ..Role::default() };
    Tenant {
        id: "acme".into(),
        plan: Some(at("free".into())),
        roles: map([("boss", boss)]),
        members: [
            ("user:ana", given(&["admin"])), ("user:tom", given(&["member"])), ("user:mia", mia),
            ("user:leo", Member { suspended: true, ..given(&["admin"]) }),
            ("user:old", Member { expires_at: Timestamp::parse(NOON), ..given(&["admin"]) }),
            ("user:sam", given(&["support"])), ("user:sue", given(&["support"])), ("user:bob", given(&["support"])),
            ("user:sup", given(&["supervisor"])),
        ].map(|(id, member)| (key(id), at(member))).into(),
        resources: [("messenger:tg", messenger), ("inbox:eu", inbox)].map(|(id, it)| (key(id), at(it))).into(),
        installs: [(key("plugin:crm"), at(install.clone())), (key("plugin:spy"), at(install))].into(),
        ..Tenant::default()
    }
}
