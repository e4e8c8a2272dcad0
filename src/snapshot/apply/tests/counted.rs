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
