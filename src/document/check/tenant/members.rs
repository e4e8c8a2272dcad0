//! Members.

use super::Subject;
use super::roles::check_reserved;
use crate::document::check::patterns::{self, Lister};
use crate::document::check::report::Report;
use crate::document::definition::Member;

pub(super) fn check(subject: Subject<'_>, report: &mut Report) {
    for (key, member) in &subject.rows.members {
        subject.principal_type(member.at, key.kind(), report);
        if subject.rows.installs.contains_key(key) || subject.ground.around.has_install(key) {
            report.fault(member.at, format!("`{key}` stands under both `members` and `installs`"));
        } else if subject.ground.around.app(key).is_some() {
            report.fault_with(
                member.at,
                format!("`{key}` is an app and cannot be a member"),
                "list it under `installs`",
            );
        }
        check_member(subject, member, report);
    }
}

fn check_member(subject: Subject<'_>, member: &crate::document::place::Spanned<Member>, report: &mut Report) {
    let limit = subject.ground.limits.roles_a_member;
    subject.over_limit(member.at, member.roles.len(), limit, "roles of a member", report);
    for given in &member.roles {
        subject.given_role(given.at, &given.role, report);
    }
    let lister = Lister::Tenant(subject.id);
    patterns::check(subject.catalogue, lister, &member.overrides.allow, report);
    patterns::check(subject.catalogue, lister, &member.overrides.deny, report);
    check_reserved(subject, "an override", &member.overrides.allow, report);
}
