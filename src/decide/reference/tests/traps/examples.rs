//! The five systems' restrictions and roles, in every combination that a tenant could
//! make of them.

use super::{Both, by, choices};
use crate::decide::reference::question::{Question, Sent};
use crate::model::Value;

const CRM: &str = include_str!("../../../../../examples/whatsapp-crm/model.yaml");
const TEAM: &str = include_str!("../../../../../examples/team-roles/model.yaml");

const LIMITS: [&str; 6] = [
    "instance_access",
    "only_assigned_chats",
    "only_created_deals",
    "assigned_pipelines",
    "export off",
    "chats off",
];

/// Alone, in pairs and in threes, for every role and on every plan.
#[test]
fn b15_every_restriction_with_every_other_and_every_role() {
    let sets = choices(&LIMITS, 3);
    let member = |role: &str, number: usize, set: &[&str]| {
        let has = |what: &str| set.contains(&what);
        let lists =
            [("instance_access", "instances: [wa-1]"), ("assigned_pipelines", "pipelines: [inbound]")];
        let switch = |id: &&str| {
            let params = lists.iter().find(|(name, _)| name == id).map_or("", |(_, params)| params);
            LIMITS[..4].contains(id).then(|| format!("{id}: {{ {params} }}"))
        };
        let switches: Vec<String> = set.iter().filter_map(switch).collect();
        let denies = [("export off", "contact:export"), ("chats off", "'conversation:*'")];
        let denies: Vec<&str> = denies.iter().filter(|(what, _)| has(what)).map(|(_, deny)| *deny).collect();
        format!(
            "  user:{role}-{number}: {{ roles: [{role}], restrictions: {{ {} }}, overrides: {{ deny: [{}] }} }}\n",
            switches.join(", "),
            denies.join(", "),
        )
    };
    let members = |roles: &[&str]| -> String {
        let all = roles.iter().flat_map(|role| sets.iter().enumerate().map(move |(n, set)| (role, n, set)));
        all.map(|(role, number, set)| member(role, number, set)).collect()
    };
    let members = members(&["owner", "admin", "member"]);
    let tenant =
        |plan: &str| format!("sidegate: v1\nkind: Tenant\nid: {plan}\nplan: {plan}\nmembers:\n{members}");
    let tenants = ["pro", "starter", "free"].map(tenant);
    let both = Both::of(&[CRM, &tenants[0], &tenants[1], &tenants[2]]);
    let mut tally = [0_usize; 2];
    let mut by_limit = std::collections::BTreeMap::new();
    for plan in ["pro", "starter", "free"] {
        for role in ["owner", "admin", "member"] {
            for (number, set) in sets.iter().enumerate() {
                let user = format!("{role}-{number}");
                for (resource, action, attributes) in asked(&user, plan == "pro") {
                    let mut question = by(plan, &user, action, resource);
                    question.resource = attributes;
                    let told = both.ask(&question);
                    tally[usize::from(told.reason.allows())] += 1;
                    if let Some(limit) = told.cause.strip_prefix("restriction:") {
                        assert!(plan == "pro" && set.contains(&limit), "{plan} {set:?}: {told:?}");
                        *by_limit.entry(limit.to_owned()).or_insert(0) += 1;
                    }
                }
            }
        }
    }
    assert!(tally.iter().all(|count| *count > 2_000), "{tally:?}");
    assert_eq!(by_limit.len(), 4, "{by_limit:?}");
}

/// Resources as the limits tell them apart. Below `pro` no limit is in force, so fewer
/// do there.
fn asked(user: &str, all: bool) -> Vec<(&'static str, &'static str, Sent)> {
    let text = |value: &str| Value::String(value.to_owned());
    let mut asked = Vec::new();
    let chats =
        ["wa-1", "wa-2"].into_iter().flat_map(|instance| [user, "else"].map(|assignee| (instance, assignee)));
    for (instance, assignee) in chats {
        let chat: Sent = vec![("instance".into(), text(instance)), ("assignee".into(), text(assignee))];
        asked.extend(["view", "send", "assign"].map(|action| ("conversation:c", action, chat.clone())));
        let contact: Sent = vec![("instance".into(), text(instance))];
        asked.extend(["view", "export", "delete"].map(|action| ("contact:c", action, contact.clone())));
    }
    let creators = [text(user), text("else"), Value::Null];
    for (creator, pipeline) in creators.into_iter().zip(["inbound", "other", "inbound"]) {
        let deal: Sent = vec![
            ("creator".into(), creator.clone()),
            ("created_by".into(), if creator == Value::Null { Value::Null } else { text("workflow") }),
            ("assignee".into(), text("else")),
            ("pipeline".into(), text(pipeline)),
        ];
        asked.extend(["view", "create", "delete"].map(|action| ("deal:d", action, deal.clone())));
    }
    asked.extend(
        [
            ("instance:wa-1", "view"),
            ("instance:wa-2", "manage"),
            ("pipeline:inbound", "view"),
            ("pipeline:other", "view"),
        ]
        .map(|(it, action)| (it, action, Sent::new())),
    );
    asked.extend(
        [("conversation", "view"), ("deal:d", "view"), ("contact", "export"), ("workflow", "manage")]
            .map(|(it, action)| (it, action, Sent::new())),
    );
    if !all {
        asked.truncate(12);
    }
    asked
}

const ROLES: [&str; 7] =
    ["administrator", "supervisor", "agent", "support", "deputy", "inbox_only", "analyst"];

fn studio() -> Both {
    let sets = choices(&ROLES, 3);
    let members: String = sets
        .iter()
        .enumerate()
        .map(|(number, set)| format!("  user:m{number}: {{ roles: [{}] }}\n", set.join(", ")))
        .collect();
    // A deputy's role matches everything; what is reserved it does not give.
    let tenant = format!(
        "sidegate: v1\nkind: Tenant\nid: studio\nplan: unlimited\nroles:\n  deputy: {{ allow: ['*'] }}\n  \
         inbox_only: {{ sections: {{ inbox: full }} }}\n  analyst: {{ extends: [agent], sections: {{ reports: full }} }}\n\
         groups: {{ g: {{ members: [user:m0], roles: [support] }}, h: {{ members: [user:m0], roles: [inbox_only] }} }}\nmembers:\n{members}"
    );
    Both::of(&[TEAM, &tenant])
}

/// What several roles give is what each of them gives, and a custom role that says
/// nothing of a thing gives nothing of it.
#[test]
fn b18_roles_add_up_and_say_nothing_of_the_rest() {
    let both = studio();
    let sets = choices(&ROLES, 3);
    let may = |number: usize, (kind, action): &(String, String)| {
        both.allows(&by("studio", &format!("m{number}"), action, kind))
    };
    let kinds = both.policy.model.resources.iter();
    let permissions: Vec<(String, String)> = kinds
        .flat_map(|(kind, it)| it.value.actions.iter().map(|action| (kind.clone(), action.value.clone())))
        .collect();
    let alone = |role: &str| sets.iter().position(|set| *set == [role]).expect("each alone");
    let mut added = 0;
    for (number, set) in sets.iter().enumerate().filter(|(_, set)| !set.is_empty()) {
        for permission in &permissions {
            let each = set.iter().any(|role| may(alone(role), permission));
            assert_eq!(may(number, permission), each, "{set:?} {permission:?}");
            added += usize::from(each && set.iter().any(|role| !may(alone(role), permission)));
        }
    }
    assert!(added > 500, "hardly a role adds to another: {added}");
    for permission in &permissions {
        assert_eq!(may(alone("inbox_only"), permission), permission.0 == "chat", "{permission:?}");
        // The member of two groups has what each of them gives, and nothing else.
        let groups = ["support", "inbox_only"].iter().any(|role| may(alone(role), permission));
        assert_eq!(may(0, permission), groups, "{permission:?}");
    }
}

/// Restrictions that are in force for everybody, with every mix of roles on either side.
#[test]
fn b15_restrictions_of_all_hold_for_every_mix_of_roles() {
    let both = studio();
    let sets = choices(&ROLES, 3);
    let roles = |ids: &[&str]| -> Sent {
        vec![("roles".into(), Value::StringList(ids.iter().map(|id| (*id).to_owned()).collect()))]
    };
    let mut targets: Vec<(String, Sent)> =
        ROLES.iter().map(|role| (format!("role:{role}"), Sent::new())).collect();
    targets.extend((0..sets.len()).step_by(5).map(|number| (format!("member:user:m{number}"), Sent::new())));
    targets.extend([
        ("member:user:new".to_owned(), roles(&["agent"])),
        ("role:new".to_owned(), roles(&["administrator"])),
    ]);
    targets.extend([("member".to_owned(), roles(&["administrator"])), ("role".to_owned(), Sent::new())]);
    let mut tally = [0_usize; 2];
    for (number, set) in sets.iter().enumerate() {
        for (target, attributes) in &targets {
            let actions: &[&str] = if target.starts_with("role") {
                &["create", "edit", "assign"]
            } else {
                &["invite", "manage"]
            };
            for action in actions {
                let mut question: Question = by("studio", &format!("m{number}"), action, target);
                question.resource.clone_from(attributes);
                let allowed = both.allows(&question);
                let above = target.contains("administrator") && *action != "create";
                assert!(
                    !allowed || !above || set.contains(&"administrator") && *action == "assign",
                    "{set:?} {action} {target}"
                );
                tally[usize::from(allowed)] += 1;
            }
        }
    }
    assert!(tally.iter().all(|count| *count > 300), "{tally:?}");
}
