//! Every kind of change that a difference can come to, and that nothing is missing.

use super::*;
use crate::document::{PolicyLimits, Source, Sources, load};

const MODEL: &str = "\
sidegate: v1
kind: Model
name: small
principals: { user: { attributes: { team: string } }, plugin: {} }
resources:
  doc: { actions: [view, edit], attributes: { owner: string }, levels: { read: { permissions: [view] } } }
roles: { reader: { allow: ['doc:view'] } }
restrictions: { own: { permissions: ['doc:edit'], allow_when: resource.owner == principal.id } }
plans: { free: {}, pro: {} }
scopes: { docs: { allow: ['doc:view'] } }
";

const APP: &str = "\
sidegate: v1
kind: App
id: plugin:crm
requests: { docs: { justification: It reads. } }
review: approved
";

const ACME: &str = "\
sidegate: v1
kind: Tenant
id: acme
plan: free
roles: { desk: { extends: [reader], allow: ['doc:edit'] } }
groups: { all: { members: ['user:mia', 'user:bob'], roles: [reader, desk] } }
members:
  user:mia: { roles: [desk, reader], attributes: { team: a } }
  user:bob: {}
resources:
  doc:a: { acl: { 'role:desk': read, 'user:bob': { deny: [edit, view] } } }
  doc:b: {}
installs: { 'plugin:crm': { granted: { docs: all } } }
role_restrictions: { desk: { own: {} } }
";

fn policy(model: &str, apps: &[&str], tenants: &[&str]) -> Policy {
    let texts = std::iter::once(&model).chain(apps).chain(tenants);
    let files = texts
        .enumerate()
        .map(|(number, text)| Source { path: format!("{number}.yaml"), text: (*text).to_owned() });
    let loaded = load(&Sources::new(files.collect()), &PolicyLimits::default());
    loaded.checked.unwrap_or_else(|| panic!("{:?}", loaded.diagnostics)).policy().clone()
}

fn held(policy: &Policy, model: &str) -> Held {
    Held {
        model: model.to_owned(),
        apps: policy.apps.clone(),
        tenants: policy
            .tenants
            .iter()
            .map(|(id, it)| (id.clone(), Was::Known(Box::new(it.value.clone()))))
            .collect(),
    }
}

/// Holds what takes the first policy to the second against the changes expected, and
/// against what they come to.
fn check(before: (&str, &[&str], &[&str]), after: (&str, &[&str], &[&str]), expected: &[&str]) {
    let [from, to] = [before, after].map(|(model, apps, tenants)| policy(model, apps, tenants));
    let changes = changes(&held(&from, before.0), &to, after.0);
    let told: Vec<String> = changes.iter().map(ToString::to_string).collect();
    assert_eq!(told, expected);
    assert!(alike(&applied(from, changes), &to), "{expected:?}");
}

/// Whether two policies say the same of apps and tenants.
fn alike(one: &Policy, other: &Policy) -> bool {
    one.apps.len() == other.apps.len()
        && one.tenants.len() == other.tenants.len()
        && other.apps.iter().all(|(key, app)| is_as(one.apps.get(key), app))
        && other.tenants.iter().all(|(id, tenant)| is_as(one.tenants.get(id), tenant))
}

/// The same for one tenant, of which a stretch of text changes to another.
fn edit(from: &str, to: &str, expected: &[&str]) {
    assert!(ACME.contains(from), "{from}");
    let changed = ACME.replace(from, to);
    check((MODEL, &[APP], &[ACME]), (MODEL, &[APP], &[&changed]), expected);
}

/// What changes make of definitions. Whether that is allowed is not asked.
fn applied(mut policy: Policy, changes: Vec<Change>) -> Policy {
    for change in changes {
        match change {
            Change::PutModel(_) => {}
            Change::PutTenant(tenant) => {
                policy.tenants.insert(tenant.id.clone(), Spanned::nowhere(*tenant));
            }
            Change::DeleteTenant(id) => drop(policy.tenants.remove(&id).unwrap()),
            Change::InTenant(id, change) => inside(&mut policy.tenants.get_mut(&id).unwrap().value, change),
            Change::PutApp(app) => {
                policy.apps.insert(app.id.clone(), Spanned::nowhere(*app));
            }
            Change::DeleteApp(key) => {
                policy.apps.remove(&key).unwrap();
                for tenant in policy.tenants.values_mut() {
                    tenant.value.installs.remove(&key);
                }
            }
        }
    }
    policy
}

fn inside(tenant: &mut Tenant, change: TenantChange) {
    let at = Spanned::nowhere;
    match change {
        TenantChange::PutPlan(plan) => tenant.plan = Some(plan),
        TenantChange::DeletePlan => drop(tenant.plan.take().unwrap()),
        TenantChange::PutRole(id, it) => drop(tenant.roles.insert(id, Spanned::nowhere(*it))),
        TenantChange::DeleteRole(id, _) => drop(tenant.roles.remove(&id).unwrap()),
        TenantChange::PutGroup(id, it) => drop(tenant.groups.insert(id, Spanned::nowhere(it))),
        TenantChange::DeleteGroup(id, _) => drop(tenant.groups.remove(&id).unwrap()),
        TenantChange::PutMember(key, it) => drop(tenant.members.insert(key, Spanned::nowhere(*it))),
        TenantChange::DeleteMember(key, _) => drop(tenant.members.remove(&key).unwrap()),
        TenantChange::PutResource(key, it) => drop(tenant.resources.insert(key, Spanned::nowhere(*it))),
        TenantChange::DeleteResource(key, _) => drop(tenant.resources.remove(&key).unwrap()),
        TenantChange::PutAclEntry(key, whom, it) => {
            tenant.resources.get_mut(&key).unwrap().value.acl.insert(whom, at(it));
        }
        TenantChange::DeleteAclEntry(key, whom) => {
            tenant.resources.get_mut(&key).unwrap().value.acl.remove(&whom).unwrap();
        }
        TenantChange::PutInstall(key, it) => drop(tenant.installs.insert(key, Spanned::nowhere(it))),
        TenantChange::DeleteInstall(key) => drop(tenant.installs.remove(&key).unwrap()),
        TenantChange::PutRoleRestrictions(id, it) => {
            tenant.role_restrictions.insert(id, Spanned::nowhere(it));
        }
        TenantChange::DeleteRoleRestrictions(id) => drop(tenant.role_restrictions.remove(&id).unwrap()),
    }
}

#[test]
fn what_is_equal_is_not_put() {
    check((MODEL, &[APP], &[ACME]), (MODEL, &[APP], &[ACME]), &[]);
    edit("plan: free", "plan:   free # the same", &[]);
    // Lists whose order says nothing.
    edit("roles: [desk, reader]", "roles: [reader, desk]", &[]);
    edit("['user:mia', 'user:bob']", "['user:bob', 'user:mia']", &[]);
    edit("deny: [edit, view]", "deny: [view, edit]", &[]);
}

#[test]
fn what_is_not_known_is_put_whole() {
    let wanted = policy(MODEL, &[APP], &[ACME]);
    for (was, expected) in [(Was::Wanted, vec![]), (Was::Unknown, vec!["put tenant acme"])] {
        let tenants = BTreeMap::from([("acme".to_owned(), was)]);
        let held = Held { tenants, ..held(&wanted, MODEL) };
        let told: Vec<String> = changes(&held, &wanted, MODEL).iter().map(ToString::to_string).collect();
        assert_eq!(told, expected);
    }
}

#[test]
fn models_apps_and_tenants_come_and_go() {
    let all: (&str, &[&str], &[&str]) = (MODEL, &[APP], &[ACME]);
    let bare = ACME.replace("installs: { 'plugin:crm': { granted: { docs: all } } }\n", "");
    let other = ACME.replace("id: acme", "id: other");
    let commented = format!("# A word.\n{MODEL}");
    check(all, (&commented, &[APP], &[ACME]), &["put model"]);
    check(all, (MODEL, &[APP], &[]), &["delete tenant acme"]);
    check(all, (MODEL, &[APP], &[ACME, &other]), &["put tenant other"]);
    check(all, (MODEL, &[APP], &[&other]), &["delete tenant acme", "put tenant other"]);
    check((MODEL, &[], &[&bare]), all, &["put app plugin:crm", "put install plugin:crm of acme"]);
    // The install goes with the app.
    check(all, (MODEL, &[], &[&bare]), &["delete app plugin:crm"]);
    let rejected = APP.replace("approved", "rejected");
    check(all, (MODEL, &[&rejected], &[ACME]), &["put app plugin:crm"]);
}

#[test]
fn parts_of_a_tenant_come_and_go() {
    edit("plan: free", "plan: pro", &["put plan pro of acme"]);
    edit("allow: ['doc:edit']", "allow: ['doc:view']", &["put role desk of acme"]);
    edit("user:bob: {}", "user:bob: {}\n  user:eve: {}", &["put member user:eve of acme"]);
    edit("team: a", "team: b", &["put member user:mia of acme"]);
    edit("\n  user:bob: {}", "", &["delete member user:bob of acme"]);
    edit("groups: {", "groups: { new: {},", &["put group new of acme"]);
    edit("'user:mia', ", "", &["put group all of acme"]);
    edit("doc:b: {}", "doc:b: { attributes: { owner: x } }", &["put resource doc:b of acme"]);
    edit("\n  doc:b: {}", "", &["delete resource doc:b of acme"]);
    edit("docs: all", "", &["put install plugin:crm of acme"]);
    edit(
        "installs: { 'plugin:crm': { granted: { docs: all } } }\n",
        "",
        &["delete install plugin:crm of acme"],
    );
    edit("{ desk: { own: {} } }", "{}", &["delete restrictions of role desk of acme"]);
    edit(
        "{ desk: { own: {} } }",
        "{ reader: { own: {} }, desk: { own: {} } }",
        &["put restrictions of role reader of acme"],
    );
    // What a tenant is called comes with the whole of it.
    edit("id: acme", "id: acme\ntitle: Acme", &["put tenant acme"]);
}

#[test]
fn what_is_named_is_deleted_after_what_names_it() {
    let gone = "\
sidegate: v1
kind: Tenant
id: acme
plan: free
members: { 'user:mia': {} }
";
    check(
        (MODEL, &[APP], &[ACME]),
        (MODEL, &[APP], &[gone]),
        &[
            "put member user:mia of acme",
            "delete restrictions of role desk of acme",
            "delete install plugin:crm of acme",
            "delete resource doc:b of acme",
            "delete resource doc:a of acme",
            "delete member user:bob of acme",
            "delete group all of acme",
            "delete role desk of acme",
        ],
    );
}

#[test]
fn of_an_acl_only_the_entries_that_differ_are_put() {
    edit(
        "'role:desk': read,",
        "'role:desk': read, everyone: read,",
        &["put ACL entry everyone on doc:a of acme"],
    );
    edit("'role:desk': read, ", "", &["delete ACL entry role:desk on doc:a of acme"]);
    edit("deny: [edit, view]", "deny: [edit]", &["put ACL entry user:bob on doc:a of acme"]);
    // None of it stays, or something else changes too.
    edit(
        "{ 'role:desk': read, 'user:bob': { deny: [edit, view] } }",
        "{ everyone: read }",
        &["put resource doc:a of acme"],
    );
    edit(
        "doc:a: { acl: { 'role:desk': read,",
        "doc:a: { attributes: { owner: x }, acl: {",
        &["put resource doc:a of acme"],
    );
}

#[test]
fn a_tenant_in_pieces_is_the_tenant() {
    let policy = policy(MODEL, &[APP], &[ACME]);
    let pieces: Vec<Change> = pieces(&policy.tenants["acme"]).collect();
    let told: Vec<String> = pieces.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "put tenant acme",
            "put member user:bob of acme",
            "put member user:mia of acme",
            "put resource doc:a of acme",
            "put resource doc:b of acme",
            "put install plugin:crm of acme",
        ]
    );
    assert!(brought(pieces.clone()).is_some_and(|tenant| same(&tenant, &policy.tenants["acme"].value)));
    assert!(brought(pieces.iter().skip(1).cloned()).is_none());
    assert!(brought([pieces[0].clone(), Change::DeleteTenant("acme".to_owned())]).is_none());
    let apps = policy.apps.values().map(|app| Change::PutApp(Box::new(app.value.clone())));
    assert!(alike(&applied(Policy::default(), apps.chain(pieces).collect()), &policy));
}
