//! Answers of the judge that the specification states in words.
//!
//! Owns tables of questions about one hand-made policy ([`crm`]): they say that
//! the judge itself reads the specification rightly. Nothing here is generated.

mod crm;

use crm::policy;

use super::question::{Question, Through};
use super::reference;
use crate::document::definition::Policy;
use crate::model::{Timestamp, Value};

/// The instant of every question.
const NOON: &str = "2026-06-01T12:00:00Z";

#[test]
#[rustfmt::skip] // One row, one line: the columns are the point.
fn roles_overrides_and_restrictions_decide_in_order() {
    let legacy = [("creator", Value::Null), ("created_by", Value::Null)];
    let bobs = [("creator", text("bob"))];
    let flow = [("creator", text("x")), ("created_by", text("workflow")), ("assignee", text("mia"))];
    let chat = |assignee: &str| [("instance", text("wa-1")), ("assignee", text(assignee))];
    check(ask("user:ana", "deal:d1", "view"), "ROLE_GRANT role:admin");
    check(ask("user:tom", "contact", "delete"), "NOT_GRANTED ");
    check(ask("user:mia", "deal:d1", "view"), "MISSING_ATTRIBUTE restriction:only_created_deals hidden resource.assignee resource.created_by resource.creator");
    check(ask("user:mia", "deal:d1", "view").resource(&legacy), "ROLE_GRANT role:member");
    check(ask("user:mia", "deal:d1", "view").resource(&bobs), "MISSING_ATTRIBUTE restriction:only_created_deals hidden resource.assignee resource.created_by");
    check(ask("user:mia", "deal:d1", "view").resource(&flow), "ROLE_GRANT role:member");
    check(ask("user:mia", "contact:c", "export"), "PLAN_FEATURE feature:data_export");
    check(ask("user:mia", "contact:c", "delete"), "OVERRIDE_DENY override");
    check(ask("user:mia", "campaign", "manage"), "OVERRIDE_GRANT override");
    check(ask("user:mia", "conversation:c1", "view").resource(&chat("mia")), "ROLE_GRANT role:member");
    check(ask("user:mia", "conversation:c1", "view").resource(&chat("bob")), "RESTRICTED restriction:only_assigned_chats hidden");
    check(ask("user:mia", "conversation", "view"), "MISSING_ATTRIBUTE restriction:instance_access resource.assignee resource.id resource.instance");
    check(ask("user:leo", "deal:d1", "view"), "SUSPENDED member");
    check(ask("user:old", "deal:d1", "view"), "EXPIRED member");
    check(ask("user:nobody", "deal:d1", "view"), "UNKNOWN_PRINCIPAL ");
    check(ask("user:nobody", "campaign", "view"), "ROLE_GRANT role:anyone");
    check(ask("user:ana", "contact:c", "export"), "PLAN_FEATURE feature:data_export");
    check(Question { tenant: "other".into(), ..ask("user:ana", "deal", "view") }, "UNKNOWN_TENANT ");
}

#[test]
#[rustfmt::skip] // One row, one line: the columns are the point.
fn acls_add_up_across_resources_and_own_entries_replace() {
    check(ask("user:sam", "messenger:tg", "reply"), "ACL_GRANT acl:messenger:tg/role:support");
    check(ask("user:sue", "messenger:tg", "reply"), "NOT_GRANTED ");
    check(ask("user:sue", "messenger:tg", "view"), "ACL_GRANT acl:inbox:eu/everyone");
    check(ask("user:bob", "messenger:tg", "reply"), "ACL_DENY acl:messenger:tg/user:bob");
    check(ask("user:bob", "messenger:tg", "view"), "ACL_GRANT acl:messenger:tg/anyone");
    check(ask("user:sam", "inbox:eu", "view"), "NOT_GRANTED ");
    check(ask("user:sam", "messenger:new", "view"), "NOT_GRANTED  hidden");
    check(ask("user:sam", "messenger:new", "view").parent("inbox", "eu"), "ACL_GRANT acl:inbox:eu/everyone");
    check(ask("user:sam", "messenger", "view").parent("inbox", "eu"), "ACL_GRANT acl:inbox:eu/everyone");
    check(ask("user:nobody", "messenger:tg", "view"), "ACL_GRANT acl:messenger:tg/anyone");
    check(ask("user:sam", "messenger:tg", "old"), "NOT_GRANTED ");
}

#[test]
#[rustfmt::skip] // One row, one line: the columns are the point.
fn gates_close_what_lies_behind_them() {
    check(ask("user:sam", "messenger:closed", "view"), "NOT_GRANTED  hidden");
    check(ask("user:ana", "vault", "open"), "ROLE_GRANT role:admin");
    check(ask("user:tom", "vault", "open"), "GATE_CLOSED gate:campaign:manage");
}

#[test]
#[rustfmt::skip] // One row, one line: the columns are the point.
fn scopes_bound_apps_and_tokens() {
    let all = Some(Through { app: pair("plugin:crm"), all_scopes: true, ..Through::default() });
    let token = |scope: &str, modes: &[&str]| {
        let modes = modes.iter().map(|mode| (*mode).to_owned()).collect();
        Some(Through { scopes: vec![(scope.to_owned(), modes)], ..Through::default() })
    };
    check(ask("plugin:crm", "contact:c", "view"), "SCOPE_GRANT scope:contacts:rw");
    check(ask("plugin:crm", "contact:c", "update"), "SCOPE_NOT_GRANTED app:plugin:crm");
    check(ask("plugin:spy", "contact:c", "view"), "APP_NOT_INSTALLED app:plugin:spy");
    check(ask("plugin:none", "contact:c", "view"), "UNKNOWN_PRINCIPAL ");
    check(ask("user:tom", "contact:c", "view").via(all.clone()), "ROLE_GRANT role:member");
    check(ask("user:tom", "contact:c", "update").via(all), "SCOPE_NOT_GRANTED app:plugin:crm");
    check(ask("user:tom", "contact:c", "update").via(token("contacts:rw", &["write", "x"])), "ROLE_GRANT role:member");
    check(ask("user:tom", "deal:d", "view").via(token("deals", &[])), "AUTHORITY_TOO_LOW scope:deals hidden");
    check(ask("user:ana", "deal:d", "view").via(token("deals", &[])), "ROLE_GRANT role:admin");
    check(ask("user:ana", "deal:d", "view").via(token("deals", &["read"])), "SCOPE_NOT_GRANTED token hidden");
    check(ask("user:ana", "campaign:c", "view").via(token("mine", &[])), "MISSING_ATTRIBUTE scope:mine app.id");
}

#[test]
#[rustfmt::skip] // One row, one line: the columns are the point.
fn members_and_roles_are_resources() {
    let roles = |ids: &[&str]| [("roles", Value::StringList(ids.iter().map(|id| (*id).to_owned()).collect()))];
    check(ask("user:sup", "member:user:tom", "manage"), "ROLE_GRANT role:supervisor");
    check(ask("user:sup", "member:user:ana", "manage"), "CONDITION_FALSE role:supervisor");
    check(ask("user:sup", "member:user:new", "manage"), "MISSING_ATTRIBUTE role:supervisor resource.roles");
    check(ask("user:sup", "member:user:new", "manage").resource(&roles(&["boss"])), "CONDITION_FALSE role:supervisor");
    check(ask("user:sup", "member:user:new", "manage").resource(&roles(&["member"])), "ROLE_GRANT role:supervisor");
    check(ask("user:sup", "member", "manage").resource(&roles(&["member", "none"])), "MISSING_ATTRIBUTE role:supervisor resource.roles");
    check(ask("user:sup", "role:boss", "assign"), "CONDITION_FALSE role:supervisor");
    check(ask("user:sup", "role:member", "assign"), "ROLE_GRANT role:supervisor");
}

#[test]
#[rustfmt::skip] // One row, one line: the columns are the point.
fn the_door_names_fields() {
    let bad = |question: Question, expected: &str| assert_eq!(told(&policy(), &question), expected);
    bad(ask("robot:r", "deal", "view"), "principal.type UnknownPrincipalType");
    bad(ask("user:ana", "ship", "view"), "resource.type UnknownResourceType");
    bad(ask("user:ana", "deal", "sink"), "action UnknownAction");
    bad(ask("user:ana", "deal", "view").resource(&[("creator", Value::Int(1))]), "resource.attributes.creator WrongType");
    bad(ask("user:ana", "deal:d", "view").parent("inbox", "eu"), "resource.parents[0].type ParentNotAllowed");
    bad(Question { roles: vec!["a".into()], ..ask("user:ana", "deal", "view") }, "principal.roles RolesNotAccepted");
    bad(ask("plugin:crm", "deal", "view").via(Some(Through::default())), "via AppWithVia");
    bad(ask("user:ana", "deal", "view").via(Some(Through { all_scopes: true, ..Through::default() })), "via.all_scopes AllScopesWithoutApp");
}

fn ask(principal: &str, resource: &str, action: &str) -> Question {
    let (kind, id) =
        resource.split_once(':').map_or((resource, None), |(kind, id)| (kind, Some(id.to_owned())));
    Question {
        tenant: "acme".into(),
        principal: pair(principal).expect("a key"),
        kind: kind.into(),
        id,
        action: action.into(),
        ..Question::default()
    }
}

impl Question {
    fn resource(mut self, attributes: &[(&str, Value)]) -> Self {
        self.resource = attributes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        self
    }

    fn parent(mut self, kind: &str, id: &str) -> Self {
        self.parents.push((kind.to_owned(), id.to_owned()));
        self
    }

    fn via(mut self, via: Option<Through>) -> Self {
        self.via = via;
        self
    }
}

fn pair(text: &str) -> Option<(String, String)> {
    text.split_once(':').map(|(kind, id)| (kind.to_owned(), id.to_owned()))
}

fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

#[track_caller]
fn check(question: Question, expected: &str) {
    assert_eq!(told(&policy(), &question), expected);
}

fn told(policy: &Policy, question: &Question) -> String {
    let now = Timestamp::parse(NOON).expect("an instant");
    match reference(policy, &question.call(), &question.target(), &question.action, now) {
        Ok(answer) => {
            let hidden = if answer.hidden { " hidden" } else { "" };
            let missing: String = answer.missing.iter().map(|name| format!(" {name}")).collect();
            format!("{} {}{hidden}{missing}", answer.reason, answer.cause)
        }
        Err(faults) => {
            let told: Vec<String> = faults.iter().map(|(field, kind)| format!("{field} {kind:?}")).collect();
            told.join(", ")
        }
    }
}
