//! What changes are taken, and what is said of those that are not.

mod counted;
mod pieces;

use super::*;
use crate::document::definition::{AclEntry, AclSubject, GivenRole, GrantedModes, Review, ScopeRequest};
use crate::document::definition::{
    App, Entry, Group, GroupMember, Install, Member, Registered, Role, Tenant,
};
use crate::document::{Place, References, Source, Sources, TenantChange, load};
use crate::model::{Key, Pattern};

const MODEL: &str = "\
sidegate: v1
kind: Model
name: small
principals: { user: {}, plugin: {} }
resources:
  member: { actions: [manage] }
  folder: { actions: [view] }
  doc: { actions: [view, edit], parents: [folder, member], levels: { reader: [view] } }
roles:
  reader: { allow: [doc:view] }
  writer: { allow: ['doc:*'] }
restrictions:
  frozen: { permissions: [doc:edit], allow_when: 'false' }
plans:
  free: { custom_roles: 1, member_restrictions: off }
  pro: {}
scopes:
  docs: { modes: { read: [doc:view], write: [doc:edit] } }
";

const ACME: &str = "\
sidegate: v1
kind: Tenant
id: acme
plan: pro
roles:
  own: { allow: [doc:edit], extends: [reader] }
  spare: { allow: [doc:view] }
groups:
  staff: { members: [user:ana, user:ben], roles: [own] }
  inner: { members: [group:staff] }
members:
  user:ana: { roles: [reader], restrictions: { frozen: {} } }
  user:ben: { roles: [spare] }
  user:eve: { suspended: true, roles: [writer] }
resources:
  folder:f: {}
  doc:d: { parents: [folder:f], acl: { role:spare: reader, group:inner: reader, user:ben: { deny: [edit] } } }
  doc:e: { parents: ['member:user:eve'] }
role_restrictions:
  own: { frozen: {} }
installs:
  plugin:sync: { granted: { docs: [read] } }
";

const SYNC: &str = "\
sidegate: v1
kind: App
id: plugin:sync
requests: { docs: { modes: [read], justification: Reads. } }
review: approved
";

fn held() -> Snapshot {
    let source = |(path, text): &(&str, &str)| Source { path: (*path).to_owned(), text: (*text).to_owned() };
    let files = [("model.yaml", MODEL), ("tenants/acme.yaml", ACME), ("apps/sync.yaml", SYNC)];
    let loaded = load(&Sources::new(files.iter().map(source).collect()), &PolicyLimits::default());
    let checked = loaded.checked.unwrap_or_else(|| panic!("{:?}", loaded.diagnostics));
    Snapshot::compile(&checked, Revision::new(1, 1))
}

fn key(text: &str) -> Key {
    Key::parse(text).unwrap()
}

fn acme(change: TenantChange) -> Change {
    Change::InTenant("acme".to_owned(), change)
}

fn numbered(changes: Vec<Change>) -> Vec<Spanned<Change>> {
    let place = |source| Place { source, start: 0, end: 0 };
    (1..).map(place).zip(changes).map(|(at, change)| Spanned::new(at, change)).collect()
}

fn nowhere<T>(value: T) -> Spanned<T> {
    Spanned::nowhere(value)
}

fn given(role: &str) -> Spanned<GivenRole> {
    nowhere(GivenRole { role: role.to_owned(), expires_at: None })
}

fn member(roles: &[&str]) -> Box<Member> {
    Box::new(Member { roles: roles.iter().map(|role| given(role)).collect(), ..Member::default() })
}

fn role(pattern: &str) -> Box<Role> {
    let entry = Entry { permissions: vec![nowhere(Pattern::parse(pattern).unwrap())], ..Entry::default() };
    Box::new(Role { allow: vec![entry], ..Role::default() })
}

/// Changes are applied to what is held; each fault is shown as `where: what`.
#[track_caller]
fn check(changes: Vec<Change>, faults: &[&str]) -> Option<Applied> {
    check_with(&Rules::default(), changes, faults)
}

#[track_caller]
fn check_with(rules: &Rules, changes: Vec<Change>, faults: &[&str]) -> Option<Applied> {
    let before = held();
    match before.apply(Revision::new(1, 2), numbered(changes), rules) {
        Ok(applied) => {
            assert!(faults.is_empty(), "taken, expected {faults:?}");
            Some(applied)
        }
        Err(told) => {
            assert_eq!(shown(&told), faults);
            None
        }
    }
}

fn shown(told: &[Told]) -> Vec<String> {
    let place = |at: &At| match at {
        At::Whole => String::new(),
        At::Change(at) => format!("{}: ", at.source),
        At::Document { change, line, column } => format!("{change} {line}:{column}: "),
        At::Held(name) => format!("{name}: "),
    };
    told.iter().map(|told| format!("{}{}", place(&told.at), told.message)).collect()
}

use TenantChange as C;

#[test]
fn what_is_not_there_cannot_be_deleted_or_changed() {
    let refuse = References::Refuse;
    let cases: Vec<(Change, &str)> = vec![
        (Change::DeleteTenant("nope".to_owned()), "1: there is no tenant `nope`"),
        (Change::InTenant("nope".to_owned(), C::DeletePlan), "1: there is no tenant `nope`"),
        (Change::DeleteApp(key("plugin:no")), "1: there is no app `plugin:no`"),
        (acme(C::DeleteRole("no".to_owned(), refuse)), "1: the tenant has no custom role `no`"),
        (acme(C::DeleteRole("reader".to_owned(), refuse)), "1: the tenant has no custom role `reader`"),
        (acme(C::DeleteGroup("no".to_owned(), refuse)), "1: the tenant has no group `no`"),
        (acme(C::DeleteMember(key("user:no"), refuse)), "1: the tenant has no member `user:no`"),
        (acme(C::DeleteResource(key("doc:no"), refuse)), "1: the tenant has no resource `doc:no`"),
        (acme(C::DeleteInstall(key("plugin:no"))), "1: the tenant has not installed `plugin:no`"),
        (
            acme(C::DeleteRoleRestrictions("spare".to_owned())),
            "1: nothing is switched on for the role `spare`",
        ),
        (
            acme(C::DeleteAclEntry(key("doc:d"), AclSubject::Anyone)),
            "1: the ACL of `doc:d` has no entry for `anyone`",
        ),
        (
            acme(C::PutAclEntry(key("doc:no"), AclSubject::Anyone, AclEntry::default())),
            "1: the tenant has no resource `doc:no`",
        ),
    ];
    for (change, fault) in cases {
        check(vec![change], &[fault]);
    }
}

#[test]
fn what_others_name_is_deleted_only_if_they_no_longer_do() {
    let refuse = References::Refuse;
    let remove = References::Remove;
    check(
        vec![acme(C::DeleteRole("spare".to_owned(), refuse))],
        &["1: the role `spare` is still named: member `user:ben`, resource `doc:d`"],
    );
    check(
        vec![acme(C::DeleteRole("own".to_owned(), refuse))],
        &[
            "tenants[acme].groups[staff]: there is no role `own`",
            "tenants[acme].role_restrictions[own]: there is no role `own`",
        ],
    );
    check(
        vec![acme(C::DeleteGroup("inner".to_owned(), refuse))],
        &["1: the group `inner` is still named: resource `doc:d`"],
    );
    check(
        vec![acme(C::DeleteResource(key("folder:f"), refuse))],
        &["1: the resource `folder:f` is still named: resource `doc:d`"],
    );
    check(
        vec![acme(C::DeleteMember(key("user:eve"), refuse))],
        &["1: the member `user:eve` is still named: resource `doc:e`"],
    );
    // Groups and entries need no member.
    check(vec![acme(C::DeleteMember(key("user:ben"), refuse))], &[]);

    let applied = check(vec![acme(C::DeleteRole("spare".to_owned(), remove))], &[]).unwrap();
    let next = applied.snapshot;
    assert!(next.member("acme", &key("user:ben")).unwrap().roles.is_empty());
    let doc = next.resources_after("acme", None).find(|(known, _)| *known == key("doc:d")).unwrap().1;
    assert_eq!(doc.acl.len(), 2, "{:?}", doc.acl);

    let applied = check(vec![acme(C::DeleteRole("own".to_owned(), remove))], &[]).unwrap();
    let frame = applied.snapshot.frame("acme").unwrap();
    assert!(frame.role_restrictions.is_empty() && frame.groups["staff"].roles.is_empty());

    let applied = check(vec![acme(C::DeleteMember(key("user:ben"), remove))], &[]).unwrap();
    let frame = applied.snapshot.frame("acme").unwrap();
    assert_eq!(frame.groups["staff"].members, [nowhere(GroupMember::Principal(key("user:ana")))]);
    check(vec![acme(C::DeleteResource(key("folder:f"), remove))], &[]);
    check(vec![acme(C::DeleteGroup("staff".to_owned(), remove))], &[]);
}

#[test]
fn the_end_counts_not_the_order() {
    let refuse = References::Refuse;
    // The role goes, and in the same set nobody has it any more.
    let doc = Registered { parents: vec![nowhere(key("folder:f"))], ..Registered::default() };
    check(
        vec![
            acme(C::DeleteRole("spare".to_owned(), refuse)),
            acme(C::PutMember(key("user:ben"), member(&["reader"]))),
            acme(C::PutResource(key("doc:d"), Box::new(doc))),
        ],
        &[],
    );
    // A member is given a role that comes later.
    check(
        vec![
            acme(C::PutMember(key("user:new"), member(&["late"]))),
            acme(C::PutRole("late".to_owned(), role("doc:view"))),
        ],
        &[],
    );
    check(vec![acme(C::PutMember(key("user:new"), member(&["late"])))], &["there is no role `late`"]);
    // What was deleted comes back.
    check(
        vec![
            acme(C::DeleteGroup("inner".to_owned(), refuse)),
            acme(C::PutGroup("inner".to_owned(), Group::default())),
        ],
        &[],
    );
}

#[test]
fn a_plan_limits_what_is_added_not_what_is_there() {
    let free = || acme(C::PutPlan(nowhere("free".to_owned())));
    let applied = check(vec![free()], &[]).unwrap();
    assert!(
        shown(&applied.warnings).iter().any(|told| told.contains("allows 1 custom role, and there are 2")),
        "{:?}",
        applied.warnings
    );
    assert_eq!((applied.widened, applied.narrowed), (2, 0), "restrictions are set aside for ana and ben");
    let roles = check(
        vec![free(), acme(C::PutRole("third".to_owned(), role("doc:view")))],
        &["2: the plan `free` allows 1 custom role: `third` cannot be added"],
    );
    assert!(roles.is_none());
    // Changing one that is there adds none.
    check(vec![free(), acme(C::PutRole("own".to_owned(), role("doc:view")))], &[]);
}

#[test]
fn an_install_is_put_only_for_what_an_approved_app_asks_for() {
    let install = |modes: &[&str]| {
        let modes = GrantedModes::Modes(modes.iter().map(|mode| nowhere((*mode).to_owned())).collect());
        Install { granted: [("docs".to_owned(), nowhere(modes))].into(), ..Install::default() }
    };
    let put = |modes: &[&str]| acme(C::PutInstall(key("plugin:sync"), install(modes)));
    check(vec![put(&["read"])], &[]);
    check(
        vec![put(&["read", "write"])],
        &["1: the app `plugin:sync` does not ask for the mode `write` of the scope `docs`"],
    );
    let request =
        ScopeRequest { modes: vec![nowhere("read".to_owned())], justification: "Reads.".to_owned() };
    let app = |review| {
        Change::PutApp(Box::new(App {
            id: key("plugin:sync"),
            label: Default::default(),
            requests: [("docs".to_owned(), nowhere(request.clone()))].into(),
            review,
        }))
    };
    // Withdrawing it is never refused because it is installed.
    let applied = check(vec![app(Review::Rejected)], &[]).unwrap();
    assert_eq!(applied.touched, Touched::Everything);
    assert_eq!(applied.snapshot.tenant_revision("acme"), Some(Revision::new(1, 2)));
    let rejected = check(
        vec![app(Review::Rejected), put(&[])],
        &["2: the app `plugin:sync` is not approved: it cannot be installed"],
    );
    assert!(rejected.is_none());
    let gone = check(vec![Change::DeleteApp(key("plugin:sync"))], &[]).unwrap().snapshot;
    assert_eq!(gone.installs_after("acme", None).count(), 0);
    assert_eq!(gone.size().apps, 0);
}

#[test]
fn another_model_is_held_against_everything_that_is_there() {
    let put = |text: String| vec![Change::PutModel(text)];
    let applied =
        check(put(MODEL.replace("actions: [view, edit]", "actions: [view, edit, sign]")), &[]).unwrap();
    assert_eq!(applied.snapshot.model_revision(), Revision::new(1, 2));
    assert_eq!(applied.snapshot.tenant_revision("acme"), Some(Revision::new(1, 2)));
    assert_eq!(applied.widened, 0, "only eve has all of `doc`, and she is suspended");

    // Whoever drops a name that is in use is told by whom.
    check(
        put(MODEL.replace("  reader: { allow: [doc:view] }\n", "")),
        &[
            "tenants[acme].roles[own]: there is no role `reader`",
            "tenants[acme].members[user:ana]: there is no role `reader`",
        ],
    );
    let retired = MODEL.replace("  reader: { allow: [doc:view] }\n", "") + "retired: { roles: [reader] }\n";
    let applied = check(put(retired), &[]).unwrap();
    let told = shown(&applied.warnings);
    assert!(told.iter().any(|told| told.contains("the role `reader` is retired")), "{told:?}");
    assert_eq!(applied.snapshot.member("acme", &key("user:ana")).unwrap().roles, [given("reader")]);

    // A fault of the document has a line and a column.
    check(
        put(MODEL.replace("[doc:view]", "[doc:vew]")),
        &["1 10:21: the type `doc` has no action `vew`", "1 18:27: the type `doc` has no action `vew`"],
    );
}

#[test]
fn a_tenant_with_faults_is_left_out_if_that_is_wanted() {
    let bad = || {
        let mut tenant = Tenant { id: "bad".to_owned(), ..Tenant::default() };
        tenant.plan = Some(nowhere("pro".to_owned()));
        tenant.members.insert(key("user:x"), nowhere(*member(&["nope"])));
        Change::PutTenant(Box::new(tenant))
    };
    check(vec![bad()], &["there is no role `nope`"]);
    let rules = Rules { quarantine: true, ..Rules::default() };
    let next = check_with(&rules, vec![bad()], &[]).unwrap();
    assert_eq!(shown(&next.warnings), ["there is no role `nope`"]);
    let next = next.snapshot;
    assert_eq!(next.quarantined().collect::<Vec<_>>(), ["bad"]);
    assert_ne!(next.digest(), held().digest());

    // It comes back whole, or goes; nothing else can be done with it.
    let change = Change::InTenant("bad".to_owned(), C::DeletePlan);
    let told = next.apply(Revision::new(1, 3), numbered(vec![change]), &rules).unwrap_err();
    assert_eq!(shown(&told), ["1: the tenant `bad` was left out for its faults: put it whole, or delete it"]);
    let gone = vec![Change::DeleteTenant("bad".to_owned())];
    let gone = next.apply(Revision::new(1, 3), numbered(gone), &rules).unwrap().snapshot;
    assert_eq!((gone.quarantined().len(), gone.digest()), (0, held().digest()));
    // A change of a sound tenant is refused, and the tenant stays as it was.
    let put = acme(C::PutMember(key("user:x"), member(&["nope"])));
    check_with(&rules, vec![put], &["there is no role `nope`"]);
}

#[test]
fn resources_sit_in_no_circle_and_members_are_no_apps() {
    let inside = |parent: &str| Registered { parents: vec![nowhere(key(parent))], ..Registered::default() };
    check(
        vec![acme(C::PutResource(key("doc:e"), Box::new(inside("folder:none"))))],
        &["there is no resource `folder:none`"],
    );
    check(
        vec![acme(C::PutMember(key("plugin:sync"), member(&[])))],
        &["1: `plugin:sync` stands under both `members` and `installs`"],
    );
}

#[test]
fn nothing_changes_nothing_but_the_revision() {
    let before = held();
    let next = before.apply(Revision::new(1, 2), Vec::new(), &Rules::default()).unwrap();
    assert_eq!(next.snapshot.digest(), before.digest());
    assert_eq!(next.snapshot.revision(), Revision::new(1, 2));
    assert_eq!(next.snapshot.tenant_revision("acme"), Some(Revision::new(1, 1)));
    assert_eq!(next.touched, Touched::Tenants(BTreeSet::new()));
}
