//! How many may do more, and how many less.

use super::*;

#[test]
fn widened_and_narrowed_are_counted_by_member() {
    let cases: Vec<(Vec<Change>, (usize, usize))> = vec![
        (vec![], (0, 0)),
        // Of ana the group still has her switched; eve is suspended no longer.
        (vec![acme(C::PutMember(key("user:ana"), member(&["writer"])))], (0, 0)),
        (vec![acme(C::PutMember(key("user:eve"), member(&["writer"])))], (1, 0)),
        (vec![acme(C::PutMember(key("user:new"), member(&["reader"])))], (1, 0)),
        (vec![acme(C::DeleteMember(key("user:ana"), References::Refuse))], (0, 1)),
        // A restriction more is less, and a suspended member that stays so has nothing.
        (vec![acme(C::DeleteRoleRestrictions("own".to_owned()))], (1, 0)),
        (vec![acme(C::PutRole("own".to_owned(), role("folder:view")))], (2, 2)),
        (vec![Change::DeleteTenant("acme".to_owned())], (0, 2)),
    ];
    for (changes, expected) in cases {
        let shown = format!("{changes:?}");
        let applied = check(changes, &[]).unwrap();
        assert_eq!((applied.widened, applied.narrowed), expected, "{shown}");
    }
}

#[test]
fn another_model_counts_what_it_takes_away() {
    let put = |text: String| vec![Change::PutModel(text)];
    // Ana and ben may edit by their group; nothing else of theirs goes.
    let without =
        MODEL.replace("actions: [view, edit]", "actions: [view, sign]").replace("doc:edit", "doc:sign");
    let tenant = acme(TenantChange::PutRole("own".to_owned(), role("doc:sign")));
    let deny = acme(TenantChange::DeleteAclEntry(key("doc:d"), AclSubject::Principal(key("user:ben"))));
    let changes = vec![Change::PutModel(without), tenant, deny];
    let applied = check(changes, &[]).unwrap();
    assert_eq!(applied.narrowed, 2, "what the new model does not know is gone");

    let always = MODEL.replace(
        "restrictions:\n",
        "restrictions:\n  shut: { permissions: ['doc:*'], always: true, allow_when: 'false' }\n",
    );
    let applied = check(put(always), &[]).unwrap();
    assert_eq!((applied.widened, applied.narrowed), (0, 2), "a restriction for everybody");
    let other = MODEL.replace("allow_when: 'false'", "allow_when: 'true'");
    let applied = check(put(other), &[]).unwrap();
    assert_eq!(
        (applied.widened, applied.narrowed),
        (2, 2),
        "what it says is not weighed, only that it changed"
    );
    let moved = format!("# a line more\n{MODEL}");
    let applied = check(put(moved), &[]).unwrap();
    assert_eq!((applied.widened, applied.narrowed), (0, 0));
}
