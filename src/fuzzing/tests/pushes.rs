//! Seeds of change sets: changes of every kind, of the fixed policy.

use prost::Message;

use crate::document::definition::{
    AclEntry, AclSubject, Entry, GivenRole, Group, GroupMember, Member, Registered, Role, Tenant,
};
use crate::document::{Change, References, Spanned, TenantChange as C};
use crate::fuzzing::scene;
use crate::model::{Key, Pattern};
use crate::wire::api;
use crate::wire::policy::write_change;

fn key(text: &str) -> Key {
    Key::parse(text).unwrap()
}

fn inside(change: C) -> Change {
    Change::InTenant("acme".to_owned(), change)
}

fn member(roles: &[&str]) -> Box<Member> {
    let given = |role: &&str| Spanned::nowhere(GivenRole { role: (*role).to_owned(), expires_at: None });
    Box::new(Member { roles: roles.iter().map(given).collect(), ..Member::default() })
}

fn role(pattern: &str) -> Box<Role> {
    let entry =
        Entry { permissions: vec![Spanned::nowhere(Pattern::parse(pattern).unwrap())], ..Entry::default() };
    Box::new(Role { allow: vec![entry], ..Role::default() })
}

fn group(members: Vec<GroupMember>) -> Group {
    Group { members: members.into_iter().map(Spanned::nowhere).collect(), ..Group::default() }
}

fn registered(parent: &str) -> Box<Registered> {
    Box::new(Registered { parents: vec![Spanned::nowhere(key(parent))], ..Registered::default() })
}

fn entry(level: &str) -> AclEntry {
    AclEntry { levels: vec![Spanned::nowhere(level.to_owned())], ..AclEntry::default() }
}

/// What is held, change by change, to be put again.
fn held() -> Vec<Change> {
    scene::content(scene::snapshot()).into_iter().map(|change| change.value).collect()
}

fn sets() -> Vec<(&'static str, Vec<Change>)> {
    let plan = |plan: &str| inside(C::PutPlan(Spanned::nowhere(plan.to_owned())));
    let (refuse, remove) = (References::Refuse, References::Remove);
    let acme = || scene::snapshot().tenant_content("acme").unwrap();
    let installs = acme().installs.into_iter();
    let mut put: Vec<Change> =
        installs.map(|(key, install)| inside(C::PutInstall(key, install.value))).collect();
    put.extend(acme().members.into_iter().map(|(key, it)| inside(C::PutMember(key, Box::new(it.value)))));
    let resources = acme().resources.into_iter();
    let rows: Vec<Change> =
        resources.map(|(key, it)| inside(C::PutResource(key, Box::new(it.value)))).collect();
    let frame: Vec<Change> = acme()
        .roles
        .into_iter()
        .map(|(id, it)| inside(C::PutRole(id, Box::new(it.value))))
        .chain(acme().groups.into_iter().map(|(id, it)| inside(C::PutGroup(id, it.value))))
        .chain(
            acme().role_restrictions.into_iter().map(|(id, it)| inside(C::PutRoleRestrictions(id, it.value))),
        )
        .collect();
    let empty = Tenant { id: "new".to_owned(), ..Tenant::default() };
    let faulty = Tenant {
        id: "bad".to_owned(),
        members: [(key("user:x"), Spanned::nowhere(*member(&["nope"])))].into(),
        ..Tenant::default()
    };
    let circle = GroupMember::Group("inner".to_owned());
    vec![
        ("nothing", vec![]),
        ("apps", held().drain(1..3).collect()),
        ("tenant", held().drain(3..4).collect()),
        ("other-tenant", held().drain(4..).collect()),
        ("members-and-installs", put),
        ("resources", rows),
        ("frame", frame),
        ("put-member", vec![inside(C::PutMember(key("user:new"), member(&["writer", "own"])))]),
        ("put-plan", vec![plan("free")]),
        ("delete-plan", vec![inside(C::DeletePlan)]),
        ("put-role", vec![inside(C::PutRole("third".to_owned(), role("doc:*")))]),
        (
            "put-group",
            vec![inside(C::PutGroup("g".to_owned(), group(vec![GroupMember::Principal(key("user:ben"))])))],
        ),
        ("group-circle", vec![inside(C::PutGroup("staff".to_owned(), group(vec![circle])))]),
        ("delete-role-named", vec![inside(C::DeleteRole("spare".to_owned(), refuse))]),
        ("delete-role", vec![inside(C::DeleteRole("spare".to_owned(), remove))]),
        ("delete-group", vec![inside(C::DeleteGroup("staff".to_owned(), remove))]),
        ("delete-member", vec![inside(C::DeleteMember(key("user:ben"), remove))]),
        ("delete-resource-named", vec![inside(C::DeleteResource(key("folder:f"), refuse))]),
        ("delete-resource", vec![inside(C::DeleteResource(key("folder:f"), remove))]),
        ("move-resource", vec![inside(C::PutResource(key("folder:top"), registered("folder:f")))]),
        ("add-resource", vec![inside(C::PutResource(key("doc:n"), registered("folder:f")))]),
        ("put-acl", vec![inside(C::PutAclEntry(key("doc:d"), AclSubject::Anyone, entry("reader")))]),
        ("delete-acl", vec![inside(C::DeleteAclEntry(key("page:p"), AclSubject::Everyone))]),
        ("delete-install", vec![inside(C::DeleteInstall(key("plugin:sync")))]),
        ("delete-restrictions", vec![inside(C::DeleteRoleRestrictions("writer".to_owned()))]),
        ("put-empty-tenant", vec![Change::PutTenant(Box::new(empty))]),
        ("put-faulty-tenant", vec![Change::PutTenant(Box::new(faulty))]),
        ("delete-tenant", vec![Change::DeleteTenant("b".to_owned())]),
        ("delete-app", vec![Change::DeleteApp(key("plugin:sync"))]),
        (
            "several",
            vec![
                inside(C::PutMember(key("user:new"), member(&["late"]))),
                inside(C::PutRole("late".to_owned(), role("doc:view"))),
                inside(C::DeleteRole("spare".to_owned(), remove)),
                Change::DeleteTenant("b".to_owned()),
            ],
        ),
    ]
}

pub(super) fn seeds() -> Vec<(String, Vec<u8>)> {
    let mut seeds = Vec::new();
    for (number, (name, changes)) in sets().into_iter().enumerate() {
        let header = api::PushHeader {
            epoch: 3,
            revision: 8,
            base_revision: (number % 2 == 0).then_some(7),
            replace_all: number % 2 == 1,
            ..api::PushHeader::default()
        };
        let changes = changes.iter().map(write_change).collect();
        let message = api::PushRequest { header: Some(header), changes }.encode_to_vec();
        let hows: &[u8] = match name {
            "apps" | "tenant" | "other-tenant" | "put-faulty-tenant" | "put-empty-tenant" => &[0, 1, 4, 5],
            _ => &[0],
        };
        for how in hows {
            seeds.push((format!("{name}-{how}"), [&[*how], message.as_slice()].concat()));
        }
    }
    // A model of its own: as many bytes as a seed may have are too few for the fixed one.
    let model = "sidegate: v1\nkind: Model\nname: n\nprincipals: { user: {} }\nresources: { doc: { actions: [view] } }\n";
    let change = Change::PutModel(model.to_owned());
    for how in [0, 4] {
        let message = api::PushRequest { header: None, changes: vec![write_change(&change)] }.encode_to_vec();
        seeds.push((format!("model-{how}"), [&[how], message.as_slice()].concat()));
    }
    seeds
}
