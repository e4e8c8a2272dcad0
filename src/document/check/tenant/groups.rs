//! Groups.

use std::collections::{BTreeMap, BTreeSet};

use super::Subject;
use crate::document::check::graph::Graph;
use crate::document::check::report::Report;
use crate::document::definition::GroupMember;
use crate::document::place::Place;
use crate::model::Key;

pub(super) fn check(subject: Subject<'_>, report: &mut Report) {
    let groups = &subject.tenant.groups;
    let mut graph = Graph::new();
    for (name, group) in groups {
        graph.node(name.as_str());
        for member in &group.members {
            match &member.value {
                GroupMember::Principal(key) => subject.principal_type(member.at, key.kind(), report),
                GroupMember::Group(inner) if groups.contains_key(inner) => {
                    graph.edge(name.as_str(), inner.as_str(), member.at);
                }
                GroupMember::Group(inner) => {
                    report.unknown(member.at, "group", inner, groups.keys().map(String::as_str));
                }
            }
        }
        for role in &group.roles {
            subject.given_role(role.at, role, report);
        }
    }
    let walk = graph.walk();
    for cycle in &walk.cycles {
        report.fault(cycle.at, format!("the groups form a cycle: {}", cycle.names()));
    }
    let limit = subject.ground.limits.nesting;
    for (name, depth) in graph.depths(&walk) {
        if depth == limit.saturating_add(1)
            && let Some(group) = groups.get(name)
        {
            report.fault(group.at, format!("the group `{name}` nests deeper than the limit of {limit}"));
        }
    }
    check_memberships(subject, report);
}

/// No member is in more groups than the limit, counted at any depth.
fn check_memberships(subject: Subject<'_>, report: &mut Report) {
    let groups = &subject.tenant.groups;
    let limit = subject.ground.limits.groups_a_member;
    if groups.len() <= limit {
        return;
    }
    let mut around: Graph<&str> = Graph::new();
    let mut direct: BTreeMap<&Key, (Vec<&str>, Place)> = BTreeMap::new();
    for (name, group) in groups {
        for member in &group.members {
            match &member.value {
                GroupMember::Principal(key) => {
                    let known = direct.entry(key).or_insert((Vec::new(), member.at));
                    known.0.push(name);
                }
                GroupMember::Group(inner) => around.edge(inner, name, member.at),
            }
        }
    }
    for (key, (names, named)) in direct {
        let at = match subject.rows.members.get(key) {
            Some(member) => member.at,
            None if subject.ground.around.has_member(key) => named,
            None => continue,
        };
        let all: BTreeSet<&str> = names.iter().flat_map(|name| around.reach(name)).collect();
        subject.over_limit(at, all.len(), limit, "groups of a member", report);
    }
}
