//! Policies that would be traps if they were taken: each is refused whole, with its reason.

use sidegate::document::Severity;

use super::of_texts;

const MODEL: &str = r#"sidegate: v1
kind: Model
name: strict
principals: { user: { attributes: { team: string } }, plugin: { attributes: { token: string } } }
resources:
  doc: { actions: [view, edit], attributes: { owner: string }, levels: { reader: [view] } }
  box: { actions: [open], levels: { keeper: [open] } }
roles: { administrator: { allow: ["*"] }, agent: { allow: [doc:view] } }
conditions: { mine: 'resource.owner == principal.key' }
restrictions:
  some: { permissions: [doc:view], params: { ids: list<string> }, allow_when: resource.id in params.ids }
  every: { permissions: [doc:view], allow_when: 'true', always: true }
plans: { small: { custom_roles: 1 }, none: { custom_roles: 0 } }
scopes:
  docs: { modes: { read: [doc:view], write: [doc:edit] } }
  boxes: { allow: [box:open] }
reserved: { permissions: [doc:edit], roles: [administrator] }
"#;
const APP: &str = "sidegate: v1\nkind: App\nid: plugin:p\nreview: approved\nrequests: { docs: { modes: [read], justification: it must } }\n";

fn tenant(body: &str) -> String {
    format!("sidegate: v1\nkind: Tenant\nid: t\nplan: small\n{body}\n")
}

/// Holds a policy to be taken, and, with the rows' bodies, to be refused for their reasons.
#[track_caller]
fn check(rows: &[(&str, &str, &str)]) {
    for (why, body, reason) in rows {
        let loaded = of_texts(&[MODEL, &tenant(body), APP]);
        let told: Vec<&str> = loaded
            .diagnostics
            .iter()
            .filter(|told| told.severity >= Severity::Tolerated)
            .map(|told| told.message.as_str())
            .collect();
        assert!(!told.is_empty() && told.iter().any(|told| told.contains(reason)), "{why}: {told:?}");
        let faulty = loaded.diagnostics.iter().any(|told| told.severity == Severity::Fault);
        assert_eq!(loaded.checked.is_none(), faulty, "{why}");
    }
}

#[test]
fn the_sound_one_is_taken() {
    let sound = tenant(
        "roles: { desk: { allow: [{ permissions: [doc:view], when: mine }] } }\nmembers: { user:u: { roles: [agent, desk], restrictions: { some: { ids: [a] } }, attributes: { team: x } } }\nresources: { 'doc:d': { acl: { user:u: reader }, attributes: { owner: u } } }\ninstalls: { 'plugin:p': { granted: { docs: [read] }, attributes: { token: k } } }",
    );
    let loaded = of_texts(&[MODEL, &sound, APP]);
    assert!(loaded.checked.is_some() && loaded.diagnostics.is_empty(), "{:?}", loaded.diagnostics);
}

/// What is given is of the very kind that is declared.
#[test]
#[rustfmt::skip] // One row, one line: the columns are the point.
fn b13_what_is_given_is_what_is_declared() {
    check(&[
        ("a level of another type", "resources: { 'doc:d': { acl: { user:u: keeper } } }", "keeper"),
        ("a level that is none", "resources: { 'doc:d': { acl: { user:u: view } } }", "view"),
        ("a deny of another type's action", "resources: { 'doc:d': { acl: { user:u: { deny: [open] } } } }", "open"),
        ("a condition in place of an expression", "roles: { desk: { allow: [{ permissions: [doc:view], when: 'resource.owner == principal.id' }] } }", "resource.owner"),
        ("an override with a condition", "members: { user:u: { overrides: { allow: [{ permissions: [doc:view], when: mine }] } } }", "expected"),
        ("a restriction without its params", "members: { user:u: { restrictions: { some: {} } } }", "ids"),
        ("params of another type", "members: { user:u: { restrictions: { some: { ids: 7 } } } }", "ids"),
        ("params that are not declared", "members: { user:u: { restrictions: { some: { ids: [], more: 1 } } } }", "more"),
        ("a restriction of all, switched on", "members: { user:u: { restrictions: { every: {} } } }", "every"),
        ("modes of a scope without any", "installs: { 'plugin:p': { granted: { boxes: [read] } } }", "boxes"),
        ("a mode that is none", "installs: { 'plugin:p': { granted: { docs: [run] } } }", "run"),
        ("an attribute of another type", "members: { user:u: { attributes: { team: 7 } } }", "team"),
        ("an attribute that is not declared", "members: { user:u: { attributes: { rank: x } } }", "rank"),
        ("an app among members", "members: { plugin:p: {} }", "plugin"),
    ]);
}

/// A star stands where patterns do, and nowhere else.
#[test]
#[rustfmt::skip] // One row, one line: the columns are the point.
fn b11_a_star_stands_only_where_patterns_do() {
    check(&[
        ("as a role", "members: { user:u: { roles: ['*'] } }", "*"),
        ("as a level", "resources: { 'doc:d': { acl: { user:u: '*' } } }", "*"),
        ("as a group's member", "groups: { g: { members: ['*'] } }", "*"),
        ("as a scope", "installs: { 'plugin:p': { granted: { '*': all } } }", "*"),
        ("as a mode", "installs: { 'plugin:p': { granted: { docs: ['*'] } } }", "*"),
        ("as a restriction", "members: { user:u: { restrictions: { '*': {} } } }", "*"),
        ("as a part of a type", "members: { user:u: { overrides: { allow: ['do*:view'] } } }", "do*"),
        ("as a part of an action", "members: { user:u: { overrides: { allow: ['doc:vi*'] } } }", "vi*"),
        ("as a subject", "resources: { 'doc:d': { acl: { '*': reader } } }", "*"),
        ("as a type of subjects", "resources: { 'doc:d': { acl: { 'user:*:x:': reader, '*:u': reader } } }", "*"),
    ]);
}

/// What names something that this model does not have is refused, not looked for elsewhere.
#[test]
#[rustfmt::skip] // One row, one line: the columns are the point.
fn b26_data_of_what_is_not_there_is_refused() {
    check(&[
        ("a role", "members: { user:u: { roles: [manager] } }", "manager"),
        ("a type", "resources: { 'shelf:s': {} }", "shelf"),
        ("an action", "members: { user:u: { overrides: { allow: [doc:share] } } }", "share"),
        ("a type of an override", "members: { user:u: { overrides: { deny: [shelf:view] } } }", "shelf"),
        ("a level", "resources: { 'doc:d': { acl: { everyone: editor } } }", "editor"),
        ("a group", "resources: { 'doc:d': { acl: { 'group:g': reader } } }", "g"),
        ("a restriction", "members: { user:u: { restrictions: { other: {} } } }", "other"),
        ("a condition", "roles: { desk: { allow: [{ permissions: [doc:view], when: other }] } }", "other"),
        ("a principal type", "members: { robot:r: {} }", "robot"),
        ("a scope", "installs: { 'plugin:p': { granted: { other: all } } }", "other"),
        ("an app", "installs: { 'plugin:q': { granted: {} } }", "q"),
        ("a parent of no such type", "resources: { 'doc:d': { parents: ['shelf:s'] } }", "shelf"),
        ("a role that another extends", "roles: { desk: { extends: [manager] } }", "manager"),
        ("roles that are restricted", "role_restrictions: { manager: { some: { ids: [] } } }", "manager"),
    ]);
}

/// What the product defines tenants cannot define again, reach by extension, or outgrow.
#[test]
#[rustfmt::skip] // One row, one line: the columns are the point.
fn b50_default_roles_are_the_products() {
    check(&[
        ("a default role", "roles: { administrator: { allow: [doc:view] } }", "administrator"),
        ("another", "roles: { agent: { allow: ['*'] } }", "agent"),
        ("everyone", "roles: { everyone: { allow: ['*'] } }", "everyone"),
        ("one that extends what is reserved", "roles: { desk: { extends: [administrator] } }", "administrator"),
        ("one that names what is reserved", "roles: { desk: { allow: [doc:edit] } }", "doc:edit"),
        ("more than the plan has", "roles: { a: { allow: [doc:view] }, b: { allow: [doc:view] } }", "allows 1 custom role"),
    ]);
}

/// A condition of the wrong type is found when the policy is loaded.
#[test]
#[rustfmt::skip] // One row, one line: the columns are the point.
fn b17_a_restriction_of_the_wrong_type_is_refused() {
    let rows = [
        ("a name that is not declared", "resource.creator == principal.id", "creator"),
        ("two types", "resource.owner == 7", "int"),
        ("no truth", "resource.owner", "bool"),
        ("a function that is none", "resource.owner.matches('a')", "regular expressions"),
        ("a constant that is no instant", "now < timestamp('yesterday')", "timestamp"),
    ];
    for (why, condition, reason) in rows {
        let model = MODEL.replace("allow_when: 'true'", &format!("allow_when: \"{condition}\""));
        assert!(model != MODEL);
        let loaded = of_texts(&[&model, &tenant(""), APP]);
        assert!(loaded.checked.is_none(), "{why}");
        assert!(loaded.diagnostics.iter().any(|told| told.message.contains(reason)), "{why}: {:?}", loaded.diagnostics);
    }
}

/// Circles of every length, of everything that can go round, are named and refused.
#[test]
fn b19_circles_of_any_length_are_refused_by_name() {
    let ring = |length: usize, row: &dyn Fn(usize, usize) -> String| -> String {
        let rows: Vec<String> = (0..length).map(|at| row(at, (at + 1) % length)).collect();
        rows.join(", ")
    };
    for length in [1, 2, 3, 17, 100, 1_000, 10_000] {
        let groups = ring(length, &|at, next| format!("g{at}: {{ members: ['group:g{next}'] }}"));
        let parents = ring(length, &|at, next| format!("'dir:d{at}': {{ parents: ['dir:d{next}'] }}"));
        let roles = ring(length, &|at, next| format!("r{at}: {{ extends: [r{next}] }}"));
        let conditions = ring(length, &|at, next| format!("c{at}: '!c{next}'"));
        let head = "sidegate: v1\nkind: Model\nname: rings\nprincipals: { user: {} }\n";
        let model = format!("{head}resources: {{ dir: {{ actions: [view], parents: [dir] }} }}\n");
        let of_tenant = |body: &str| format!("sidegate: v1\nkind: Tenant\nid: t\n{body}\n");
        let rows = [
            ("groups", model.clone(), of_tenant(&format!("groups: {{ {groups} }}"))),
            ("parents", model.clone(), of_tenant(&format!("resources: {{ {parents} }}"))),
            ("roles", format!("{model}roles: {{ {roles} }}\n"), of_tenant("")),
            ("custom roles", model.clone(), of_tenant(&format!("roles: {{ {roles} }}"))),
            ("conditions", format!("{model}conditions: {{ {conditions} }}\n"), of_tenant("")),
        ];
        for (what, model, tenant) in rows {
            let loaded = of_texts(&[&model, &tenant]);
            assert!(loaded.checked.is_none(), "{what}, a circle of {length}");
            let named = loaded
                .diagnostics
                .iter()
                .any(|told| told.message.contains("cycle") && told.message.contains("->"));
            assert!(named, "{what}, a circle of {length}: {:?}", loaded.diagnostics.first());
        }
    }
}
