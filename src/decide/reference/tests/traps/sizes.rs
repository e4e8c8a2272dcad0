//! Sizes at and beside powers of two: nothing is counted in a number that is too small,
//! and nothing beyond a limit is dropped silently.

use super::super::compile;
use super::{Both, by};
use crate::decide::list::{self, PageLimit, Subject};
use crate::decide::reference::build::{at, key, map, names, role};
use crate::decide::{AdmittedTarget, RequestLimits, admit};
use crate::document::definition::*;
use crate::document::{PolicyLimits, Source, Sources, load};
use crate::model::Timestamp;
use crate::snapshot::Snapshot;
use crate::snapshot::table::{Item, Table};

/// 2ⁿ − 1, 2ⁿ and 2ⁿ + 1.
fn beside(exponents: &[u32]) -> impl Iterator<Item = u32> {
    exponents.iter().flat_map(|exponent| [(1 << exponent) - 1, 1 << exponent, (1 << exponent) + 1])
}

#[test]
fn b21_members_and_resources_at_powers_of_two() {
    for count in [0, 1].into_iter().chain(beside(&[7, 8, 15, 16])) {
        let snapshot = compile(&crowd(count)).expect("within the limits");
        let ask = |user: u32| by("t", &format!("u{user:07}"), "view", "doc:d0000000");
        let may = |user: u32| {
            super::answer(&snapshot, &ask(user), Timestamp::default()).is_ok_and(|it| it.reason.allows())
        };
        assert!(!may(count), "{count} is nobody");
        for user in [0, count / 2, count.saturating_sub(1)].into_iter().filter(|user| *user < count) {
            assert!(may(user), "{user} of {count}");
        }
        assert_eq!(snapshot.tenant_size("t"), Some((whole(count), whole(count))));
        assert_eq!(listed(&snapshot, count > 0), if count > 0 { whole(count) } else { 0 }, "{count}");
    }
}

fn whole(count: u32) -> usize {
    usize::try_from(count).expect("small")
}

/// How many documents are listed for the first member, on one page.
fn listed(snapshot: &Snapshot, any: bool) -> usize {
    let question = by("t", "u0000000", "view", "doc");
    let (call, target) = (question.call(), question.target());
    let limits = RequestLimits::default();
    let caller = admit::caller(snapshot, &call, &limits).expect("well formed");
    let target: AdmittedTarget<'_> = admit::target(snapshot, &caller, &target, &limits).expect("well formed");
    let permission = admit::action(snapshot, &target, "view").expect("known");
    let subject = Subject { caller: &caller, permission, now: Timestamp::default() };
    let limit = PageLimit { answers: usize::MAX, decisions: usize::MAX };
    let page = list::registered(snapshot, subject, None, limit, &mut || true).expect("not stopped");
    assert!(page.next.is_none() && page.items.is_sorted() && (any || page.items.is_empty()));
    page.items.len()
}

fn crowd(count: u32) -> Policy {
    let model = Model {
        principals: map([("user", PrincipalType::default())]),
        resources: map([("doc", ResourceType { actions: names(["view"]), ..ResourceType::default() })]),
        roles: map([("reader", role(&["doc:view"]))]),
        ..Model::default()
    };
    let given = || vec![at(GivenRole { role: "reader".into(), expires_at: None })];
    let members = (0..count)
        .map(|user| (key(&format!("user:u{user:07}")), at(Member { roles: given(), ..Member::default() })));
    let resources = (0..count).map(|doc| (key(&format!("doc:d{doc:07}")), at(Registered::default())));
    let tenant = Tenant {
        id: "t".into(),
        members: members.collect(),
        resources: resources.collect(),
        ..Tenant::default()
    };
    Policy { model, tenants: map([("t", tenant)]), apps: KeyMap::new() }
}

/// Two to the twentieth and one, where whole policies take too long for a test.
#[test]
fn b21_rows_of_a_table_beyond_a_million() {
    let count = (1_u32 << 20) + 1;
    let texts: Vec<String> = (0..count).map(|row| format!("{row}")).collect();
    let table =
        Table::build(texts.iter().zip(0..).map(|(text, row)| Item { kind: row % 3, text, row }).collect());
    assert_eq!(table.len(), whole(count));
    for row in beside(&[0, 7, 8, 15, 16, 17, 20]).filter(|row| *row < count) {
        let text = &texts[whole(row)];
        assert_eq!(table.get(row % 3, text), Some((text.as_str(), &row)));
        assert_eq!(table.get((row + 1) % 3, text), None);
    }
}

/// A member is in as many groups as the limit says, and each counts; one more is
/// refused, not forgotten.
#[test]
fn b21_groups_of_a_member_up_to_the_limit() {
    let policy = |count: u32| {
        let mut policy = crowd(1);
        let tenant = &mut policy.tenants.get_mut("t").expect("there").value;
        tenant.members.values_mut().for_each(|member| member.value.roles.clear());
        for number in 0..count {
            let last = number + 1 == count;
            let members = vec![at(GroupMember::Principal(key("user:u0000000")))];
            // Only the last gives anything.
            let roles = names(last.then_some("reader"));
            tenant.groups.insert(format!("g{number:07}"), at(Group { members, roles, ..Group::default() }));
        }
        policy
    };
    for count in beside(&[0, 7, 8, 9]).chain([1023, 1024]).filter(|count| *count > 0) {
        let snapshot = compile(&policy(count)).expect("within the limits");
        let told = super::answer(&snapshot, &by("t", "u0000000", "view", "doc"), Timestamp::default());
        assert!(told.is_ok_and(|it| it.reason.allows()), "{count} groups");
    }
    assert!(compile(&policy(1025)).is_err(), "over the limit and not refused");
}

/// The instances of a member: the last of a list counts as the first does.
#[test]
fn b21_instances_of_a_member_up_to_the_limit() {
    let model = "sidegate: v1\nkind: Model\nname: m\nprincipals: { user: {} }\nresources: { instance: { actions: [view] } }\n\
        roles: { all: { allow: ['*'] } }\nrestrictions: { some: { permissions: ['*'], params: { instances: list<string> }, allow_when: resource.id in params.instances } }\n";
    let tenant = |count: u32| {
        let instances: Vec<String> = (0..count).map(|number| format!("i{number}")).collect();
        let list = instances.join(", ");
        format!(
            "sidegate: v1\nkind: Tenant\nid: t\nmembers: {{ user:u: {{ roles: [all], restrictions: {{ some: {{ instances: [{list}] }} }} }} }}\n"
        )
    };
    for count in beside(&[0, 7, 8, 9]).chain([1023, 1024]) {
        let both = Both::of(&[model, &tenant(count)]);
        assert!(!both.allows(&by("t", "u", "view", &format!("instance:i{count}"))), "{count}");
        for number in [0, count / 2, count.saturating_sub(1)].into_iter().filter(|number| *number < count) {
            assert!(
                both.allows(&by("t", "u", "view", &format!("instance:i{number}"))),
                "{number} of {count}"
            );
        }
    }
    let source = |(path, text): (&str, String)| Source { path: path.to_owned(), text };
    let texts = [("m.yaml", model.to_owned()), ("t.yaml", tenant(1025))];
    let loaded = load(&Sources::new(texts.into_iter().map(source).collect()), &PolicyLimits::default());
    assert!(loaded.checked.is_none(), "over the limit and not refused");
}
