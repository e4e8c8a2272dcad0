//! Who of a tenant holds certain roles, whatever else is faulty.

use std::collections::BTreeSet;

use super::Subject;
use crate::document::check::catalogue::HELD_BY_ALL;
use crate::document::definition::GroupMember;
use crate::model::Key;

/// How many members hold one of these roles: directly, by a group, or by a
/// role that extends it.
pub(super) fn count<'a>(subject: Subject<'a>, roles: impl Iterator<Item = &'a str>) -> usize {
    let members = &subject.rows.members;
    let roles = extending(subject, roles.collect());
    if HELD_BY_ALL.iter().any(|name| roles.contains(name)) {
        return members.len();
    }
    let grouped = in_groups(subject, &roles);
    let direct = |given: &crate::document::definition::GivenRole| roles.contains(given.role.as_str());
    members
        .iter()
        .filter(|(key, member)| member.roles.iter().any(|given| direct(given)) || grouped.contains(key))
        .count()
}

/// These roles, and every one that extends one of them.
fn extending<'a>(subject: Subject<'a>, mut reached: BTreeSet<&'a str>) -> BTreeSet<&'a str> {
    loop {
        let before = reached.len();
        for (name, role) in subject.catalogue.model.roles.iter().chain(&subject.tenant.roles) {
            if role.extends.iter().any(|extended| reached.contains(extended.as_str())) {
                reached.insert(name);
            }
        }
        if reached.len() == before {
            return reached;
        }
    }
}

/// Every principal in a group with one of these roles, or in a group inside it.
fn in_groups<'a>(subject: Subject<'a>, roles: &BTreeSet<&str>) -> BTreeSet<&'a Key> {
    let groups = &subject.tenant.groups;
    let holds = |names: &[crate::document::place::Spanned<String>]| {
        names.iter().any(|role| roles.contains(role.as_str()))
    };
    let holding = groups.iter().filter(|(_, group)| holds(&group.roles));
    let mut queue: Vec<&str> = holding.map(|(name, _)| name.as_str()).collect();
    let mut seen: BTreeSet<&str> = queue.iter().copied().collect();
    let mut found = BTreeSet::new();
    while let Some(group) = queue.pop() {
        for member in groups.get(group).into_iter().flat_map(|group| &group.members) {
            match &member.value {
                GroupMember::Principal(key) => {
                    found.insert(key);
                }
                GroupMember::Group(inner) => {
                    if seen.insert(inner) {
                        queue.push(inner);
                    }
                }
            }
        }
    }
    found
}
