//! Policies of any size, for benchmarks and allocation counts.
//!
//! They are made of definitions, not of text, so that a million members need
//! no gigabyte of YAML; they are checked all the same.

use sidegate::document::definition::{
    AclEntry, AclSubject, Entry, GivenRole, Member, Overrides, Policy, Registered, Role, Tenant,
};
use sidegate::document::{Checked, PolicyLimits, Source, Sources, Spanned, check, load};
use sidegate::model::{Key, Pattern, Value};

/// The model of every benchmark: roles, an ACL level, a restriction, a gate, a
/// feature and a scope.
pub(crate) const MODEL: &str = r#"
sidegate: v1
kind: Model
name: bench
principals:
  user: { attributes: { department: string } }
  plugin: {}
resources:
  inbox: { actions: [view] }
  instance: { actions: [view, manage] }
  contact:
    actions: [view, create, update, delete, export]
    attributes: { instance: string }
  conversation:
    actions: [view, send, assign, archive]
    parents: [inbox]
    attributes: { instance: string, assignee: string }
    hidden_without: view
    levels: { read_only: [view], full: ["*"] }
  report: { actions: [view], requires: [instance:manage] }
  secret: { actions: [view] }
roles:
  owner: { allow: ["*"] }
  member:
    allow:
      - contact:view
      - contact:create
      - conversation:view
      - conversation:send
      - instance:view
      - report:view
      - { permissions: [conversation:assign], when: resource.assignee == principal.id }
restrictions:
  instance_access:
    permissions: ["conversation:*", "contact:*"]
    params: { instances: list<string> }
    allow_when: resource.instance in params.instances
features: { secrets: [secret:view] }
plans: { free: {}, pro: { features: [secrets] } }
authorities: [normal, administrator]
scopes:
  chats:read: { allow: [conversation:view] }
  chats:send: { allow: [conversation:send], authority: administrator }
"#;

/// How large a policy is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    /// Tenants.
    pub(crate) tenants: usize,
    /// Members of each.
    pub(crate) members: usize,
    /// Custom roles of each, beside those of the model.
    pub(crate) roles: usize,
}

/// Builds the definitions.
pub(crate) fn policy(shape: Shape) -> Policy {
    let source = Source { path: "model.yaml".into(), text: MODEL.into() };
    let loaded = load(&Sources::new(vec![source]), &PolicyLimits::default());
    let Some(checked) = loaded.checked else { panic!("the model is faulty: {:?}", loaded.diagnostics) };
    let mut policy = checked.policy().clone();
    for t in 0..shape.tenants {
        let id = tenant_id(t);
        policy.tenants.insert(id.clone(), Spanned::nowhere(tenant(id, shape)));
    }
    policy
}

/// The id of the `t`-th tenant.
pub(crate) fn tenant_id(t: usize) -> String {
    format!("tenant-{t}")
}

/// The id of the `m`-th member.
pub(crate) fn member_id(m: usize) -> String {
    format!("agent-{m:07}")
}

/// The `m`-th member: roles, an override and a restriction.
pub(crate) fn member(m: usize, shape: Shape) -> Member {
    let given = |role: &str| Spanned::nowhere(GivenRole { role: role.into(), expires_at: None });
    let mut roles = vec![given("member")];
    if shape.roles > 0 {
        roles.push(given(&format!("custom-{}", m % shape.roles)));
    }
    let instances = Value::StringList(vec![format!("wa-{}", m % 10), "wa-10".into()]);
    let params = [("instances".to_owned(), Spanned::nowhere(instances))].into();
    Member {
        roles,
        overrides: Overrides {
            allow: vec![exact("contact", "update")],
            deny: vec![exact("contact", "export")],
        },
        restrictions: [("instance_access".to_owned(), Spanned::nowhere(params))].into(),
        ..Member::default()
    }
}

fn tenant(id: String, shape: Shape) -> Tenant {
    let key = |kind: &str, id: &str| Key::new(kind, id).expect("a key");
    let acl = AclEntry { levels: vec![Spanned::nowhere("full".into())], ..AclEntry::default() };
    let registered = Registered {
        acl: [(AclSubject::Principal(key("user", &member_id(0))), Spanned::nowhere(acl))].into(),
        ..Registered::default()
    };
    Tenant {
        id,
        plan: Some(Spanned::nowhere("free".into())),
        roles: (0..shape.roles)
            .map(|r| {
                let entry = Entry { permissions: vec![exact("instance", "manage")], ..Entry::default() };
                (format!("custom-{r}"), Spanned::nowhere(Role { allow: vec![entry], ..Role::default() }))
            })
            .collect(),
        members: (0..shape.members)
            .map(|m| (key("user", &member_id(m)), Spanned::nowhere(member(m, shape))))
            .collect(),
        resources: [(key("conversation", "c0"), Spanned::nowhere(registered))].into(),
        ..Tenant::default()
    }
}

/// Checks definitions, with limits that no benchmark reaches.
pub(crate) fn checked(policy: Policy) -> Checked {
    let limits = PolicyLimits { custom_roles: usize::MAX, members: usize::MAX, ..PolicyLimits::default() };
    let (checked, diagnostics) = check(policy, &limits);
    checked.unwrap_or_else(|| panic!("the policy is faulty: {:?}", diagnostics.first()))
}

fn exact(kind: &str, action: &str) -> Spanned<Pattern> {
    Spanned::nowhere(Pattern::Exact { kind: kind.into(), action: action.into() })
}
