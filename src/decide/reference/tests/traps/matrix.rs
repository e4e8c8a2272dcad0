//! Every way to be given a thing with every way to be denied it, on resources whose
//! ids stand before, between and after the one that the facts are about.

use super::{Both, by, choices};
use crate::model::Value;

const MODEL: &str = "sidegate: v1
kind: Model
name: matrix
principals: { user: {} }
resources:
  doc:
    actions: [view]
    attributes: { owner: string }
    acl: { precedence: PRECEDENCE }
    levels: { viewer: [view] }
roles:
  reader: { allow: [doc:view] }
  owner: { allow: [{ permissions: [doc:view], when: resource.owner == principal.id }] }
  public: {}
restrictions: { shut: { permissions: [doc:view], allow_when: 'resource.id != \"m\"' } }
";

const GIVES: [&str; 6] = ["direct", "role", "group", "all", "my", "public"];
const DENIES: [&str; 6] = ["override", "direct", "role", "group", "public", "restriction"];

/// `direct` is the user's own entry, `all` one for everyone, `my` a condition about the
/// owner, `public` one for anyone. On every resource but `m` an entry of somebody else
/// stands where the user's would.
#[test]
fn b12_every_grant_with_every_restriction_between_other_ids() {
    let (mut allowed, mut denied) = (0, 0);
    for precedence in ["principal", "union"] {
        let model = MODEL.replace("PRECEDENCE", precedence);
        let pairs = choices(&GIVES, 6)
            .into_iter()
            .flat_map(|gives| choices(&DENIES, 2).into_iter().map(move |denies| (gives.clone(), denies)));
        let pairs: Vec<_> = pairs.collect();
        let tenants: Vec<String> =
            pairs.iter().enumerate().map(|(number, (gives, denies))| tenant(number, gives, denies)).collect();
        let texts: Vec<&str> =
            [model.as_str()].into_iter().chain(tenants.iter().map(String::as_str)).collect();
        let both = Both::of(&texts);
        for (number, (gives, denies)) in pairs.iter().enumerate() {
            for (id, about) in [("a", false), ("m", true), ("z", false)] {
                let mut question = by(&format!("t{number}"), "u", "view", &format!("doc:{id}"));
                let owner = if about { "u" } else { "v" };
                question.resource = vec![("owner".into(), Value::String(owner.into()))];
                // A role's own entry is about every resource, and so is an override.
                let given = gives.iter().any(|it| about || *it == "role");
                let taken = denies.iter().any(|it| about || *it == "override");
                let told = both.ask(&question);
                assert_eq!(told.reason.allows(), given && !taken, "{gives:?} {denies:?} {id}: {told:?}");
                if told.reason.allows() { allowed += 1 } else { denied += 1 }
            }
        }
    }
    assert!(allowed > 1_500 && denied > 4_000, "{allowed} {denied}");
}

fn tenant(number: usize, gives: &[&str], denies: &[&str]) -> String {
    let has = |from: &[&str], what: &str| from.contains(&what);
    let mut roles = vec!["owner"; usize::from(has(gives, "my"))];
    roles.extend(vec!["reader"; usize::from(has(gives, "role"))]);
    roles.push("public");
    let member = format!(
        "roles: [{}], overrides: {{ deny: [{}] }}, restrictions: {{ {} }}",
        roles.join(", "),
        if has(denies, "override") { "doc:view" } else { "" },
        if has(denies, "restriction") { "shut: {}" } else { "" },
    );
    let entry = |subject: &str, given: bool, taken: bool| match (given, taken) {
        (false, false) => String::new(),
        (true, false) => format!("'{subject}': viewer, "),
        (false, true) => format!("'{subject}': {{ deny: [view] }}, "),
        (true, true) => format!("'{subject}': {{ level: viewer, deny: [view] }}, "),
    };
    let acl = [
        entry("user:u", has(gives, "direct"), has(denies, "direct")),
        entry("role:public", false, has(denies, "role")),
        entry("group:g", has(gives, "group"), has(denies, "group")),
        entry("everyone", has(gives, "all"), false),
        entry("anyone", has(gives, "public"), has(denies, "public")),
    ];
    let acl = acl.concat();
    format!(
        "sidegate: v1\nkind: Tenant\nid: t{number}\nmembers: {{ user:u: {{ {member} }}, user:v: {{}} }}\n\
         groups: {{ g: {{ members: [user:u] }}, h: {{ members: [user:v] }} }}\nresources:\n  \
         doc:a: {{ acl: {{ user:v: viewer, group:h: {{ deny: [view] }} }} }}\n  \
         doc:m: {{ acl: {{ {acl} }} }}\n  doc:z: {{ acl: {{ user:v: {{ deny: [view] }}, group:h: viewer }} }}\n"
    )
}
