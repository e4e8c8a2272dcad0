//! Decisions, written as responses.

use super::api;
use super::explanation::explanation;
use crate::decide::{Cause, Decision, Explanation, KeyRef, Reason};
use crate::model::Revision;

/// All there is to say of one decision.
#[derive(Debug)]
pub(crate) struct Answer<'a> {
    pub(crate) decision: Decision<'a>,
    pub(crate) missing_attributes: Vec<String>,
    pub(crate) explanation: Option<Explanation>,
}

/// What an answer rests on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Basis {
    pub(crate) revision: Revision,
    pub(crate) tenant_revision: Option<Revision>,
}

/// Writes the response to a Check.
pub(crate) fn check(answer: Answer<'_>, basis: Basis) -> api::CheckResponse {
    let Answer {
        decision: Decision { reason: why, cause: settled_by, hidden },
        missing_attributes,
        explanation: told,
    } = answer;
    api::CheckResponse {
        decision: decision(why).into(),
        reason: reason(why).into(),
        cause: cause(settled_by),
        hidden,
        missing_attributes,
        revision: Some(revision(basis.revision)),
        tenant_revision: basis.tenant_revision.map(revision),
        explanation: told.map(explanation),
    }
}

/// Writes the result for one action of an item.
pub(crate) fn result(action: &str, answer: Answer<'_>) -> api::ActionResult {
    let Answer {
        decision: Decision { reason: why, cause: settled_by, hidden },
        missing_attributes,
        explanation: told,
    } = answer;
    api::ActionResult {
        action: action.to_owned(),
        decision: decision(why).into(),
        reason: reason(why).into(),
        cause: cause(settled_by),
        hidden,
        missing_attributes,
        explanation: told.map(explanation),
    }
}

/// Writes the response to a batch.
pub(crate) fn batch(items: Vec<api::BatchCheckItemResult>, basis: Basis) -> api::BatchCheckResponse {
    api::BatchCheckResponse {
        items,
        revision: Some(revision(basis.revision)),
        tenant_revision: basis.tenant_revision.map(revision),
    }
}

/// Writes a revision.
pub(crate) const fn revision(Revision { epoch, number }: Revision) -> api::Revision {
    api::Revision { epoch, number }
}

const fn decision(why: Reason) -> api::Decision {
    if why.allows() { api::Decision::Allow } else { api::Decision::Deny }
}

fn cause(settled_by: Cause<'_>) -> Option<api::Cause> {
    let (kind, id, resource, entry) = match settled_by {
        Cause::None => return None,
        Cause::App(key) => ("app", String::new(), Some(key), ""),
        Cause::Member => ("member", String::new(), None, ""),
        Cause::Feature(id) => ("feature", id.to_owned(), None, ""),
        Cause::Override => ("override", String::new(), None, ""),
        Cause::Acl { resource, entry } => ("acl", String::new(), Some(resource), entry),
        Cause::Role(id) => ("role", id.to_owned(), None, ""),
        Cause::Gate { kind, action } => ("gate", format!("{kind}:{action}"), None, ""),
        Cause::Restriction(id) => ("restriction", id.to_owned(), None, ""),
        Cause::Scope(id) => ("scope", id.to_owned(), None, ""),
        Cause::Token => ("token", String::new(), None, ""),
    };
    let resource =
        resource.map(|KeyRef { kind, id }| api::ResourceRef { r#type: kind.to_owned(), id: id.to_owned() });
    Some(api::Cause { kind: kind.to_owned(), id, resource, entry: entry.to_owned() })
}

const fn reason(why: Reason) -> api::Reason {
    match why {
        Reason::RoleGrant => api::Reason::RoleGrant,
        Reason::OverrideGrant => api::Reason::OverrideGrant,
        Reason::AclGrant => api::Reason::AclGrant,
        Reason::ScopeGrant => api::Reason::ScopeGrant,
        Reason::UnknownTenant => api::Reason::UnknownTenant,
        Reason::TenantInvalid => api::Reason::TenantInvalid,
        Reason::AppNotInstalled => api::Reason::AppNotInstalled,
        Reason::UnknownPrincipal => api::Reason::UnknownPrincipal,
        Reason::Suspended => api::Reason::Suspended,
        Reason::Expired => api::Reason::Expired,
        Reason::PlanFeature => api::Reason::PlanFeature,
        Reason::OverrideDeny => api::Reason::OverrideDeny,
        Reason::AclDeny => api::Reason::AclDeny,
        Reason::MissingAttribute => api::Reason::MissingAttribute,
        Reason::ConditionFalse => api::Reason::ConditionFalse,
        Reason::NotGranted => api::Reason::NotGranted,
        Reason::GateClosed => api::Reason::GateClosed,
        Reason::Restricted => api::Reason::Restricted,
        Reason::AuthorityTooLow => api::Reason::AuthorityTooLow,
        Reason::ScopeNotGranted => api::Reason::ScopeNotGranted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::told::cause_text;

    #[test]
    fn reasons_are_spelled_alike_and_allow_alike() {
        for why in Reason::ALL {
            assert_eq!(reason(why).as_str_name(), format!("REASON_{why}"));
            assert_eq!(decision(why) == api::Decision::Allow, why.allows(), "{why}");
        }
    }

    #[test]
    fn a_cause_prints_as_the_core_prints_it() {
        let key = KeyRef { kind: "inbox", id: "a/b:c" };
        let causes = [
            Cause::App(key),
            Cause::Member,
            Cause::Feature("export"),
            Cause::Override,
            Cause::Acl { resource: key, entry: "role:support" },
            Cause::Role("admin"),
            Cause::Gate { kind: "section", action: "open" },
            Cause::Restriction("own"),
            Cause::Scope("chats--my:read"),
            Cause::Token,
        ];
        for settled_by in causes {
            assert_eq!(cause_text(&cause(settled_by).unwrap()), settled_by.to_string());
        }
        assert_eq!(cause(Cause::None), None);
    }
}
