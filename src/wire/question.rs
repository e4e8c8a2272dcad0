//! Requests, read as questions.
//!
//! Everything is borrowed from the message. Only what a message can get wrong is
//! a fault here: a part that is not there, a value that cannot be read. Empty
//! texts, unknown names and limits are for admission.

use super::api;
use super::attributes::attributes;
use crate::decide::{Asker, Call, FaultKind, FieldFault, KeyRef, Target, Via, ViaScope};
use crate::model::Revision;

/// A Check, taken apart.
#[derive(Debug)]
pub(crate) struct Check<'a> {
    pub(crate) call: Call<'a>,
    pub(crate) target: Target<'a>,
    pub(crate) action: &'a str,
    pub(crate) at_least: Option<Revision>,
    pub(crate) explain: bool,
}

/// A BatchCheck, taken apart, but for its items.
#[derive(Debug)]
pub(crate) struct Batch<'a> {
    /// The principal is the default one if [`Batch::anonymous`].
    pub(crate) call: Call<'a>,
    /// The call names no principal; every item must.
    pub(crate) anonymous: bool,
    pub(crate) items: &'a [api::BatchCheckItem],
    pub(crate) at_least: Option<Revision>,
    pub(crate) explain: bool,
}

/// An item of a batch, taken apart.
#[derive(Debug)]
pub(crate) struct Item<'a> {
    pub(crate) target: Target<'a>,
    pub(crate) actions: &'a [String],
    pub(crate) principal: Option<Asker<'a>>,
}

/// A ListAllowed, taken apart.
#[derive(Debug)]
pub(crate) struct List<'a> {
    /// The principal is the default one in a list of principals.
    pub(crate) call: Call<'a>,
    pub(crate) at_least: Option<Revision>,
    pub(crate) query: ListQuery<'a>,
}

/// What is listed.
#[derive(Debug)]
pub(crate) enum ListQuery<'a> {
    /// What the principal may do.
    Actions { target: Target<'a>, actions: &'a [String] },
    /// Which registered resources it may act on.
    Registered { kind: &'a str, action: &'a str },
    /// Which of those sent along.
    Candidates { kind: &'a str, action: &'a str, resources: &'a [api::Resource] },
    /// Which, as a condition.
    Filter,
    /// Who may do it.
    Principals { target: Target<'a>, action: &'a str, types: &'a [String] },
    /// Nothing that can be told: a fault.
    Nothing,
}

/// Reads a Check as far as it can be read, and tells every fault of the message.
/// What is at fault is left out, for admission to look at the rest.
pub(crate) fn check(request: &api::CheckRequest) -> (Check<'_>, Vec<FieldFault>) {
    let api::CheckRequest { tenant, principal, action, resource, context, via, at_least_revision, explain } =
        request;
    let mut faults = Vec::new();
    let principal = asker(principal.as_ref(), &mut faults);
    let target = target(resource.as_ref(), &mut faults);
    let context = attributes(context, "context", &mut faults);
    let call = Call { tenant, principal, context, via: via.as_ref().map(read_via) };
    (Check { call, target, action, at_least: at_least(*at_least_revision), explain: *explain }, faults)
}

/// Reads a BatchCheck but for its items, as far as it can be read, and tells
/// every fault of the message outside of them.
pub(crate) fn batch(request: &api::BatchCheckRequest) -> (Batch<'_>, Vec<FieldFault>) {
    let api::BatchCheckRequest { tenant, principal, context, via, at_least_revision, explain, items } =
        request;
    let mut faults = Vec::new();
    let anonymous = principal.is_none();
    let principal = if anonymous && items.iter().all(|item| item.principal.is_some()) {
        Asker::default()
    } else {
        asker(principal.as_ref(), &mut faults)
    };
    let context = attributes(context, "context", &mut faults);
    let call = Call { tenant, principal, context, via: via.as_ref().map(read_via) };
    let at_least = at_least(*at_least_revision);
    (Batch { call, anonymous, items, at_least, explain: *explain }, faults)
}

/// Reads an item of a batch as far as it can be read, and tells every fault of
/// it, with paths that start at it. Its id is not for reading, only for returning.
pub(crate) fn item(sent: &api::BatchCheckItem) -> (Item<'_>, Vec<FieldFault>) {
    let api::BatchCheckItem { id: _, resource, actions, principal } = sent;
    let mut faults = Vec::new();
    let target = target(resource.as_ref(), &mut faults);
    if actions.is_empty() {
        faults.push(FieldFault::missing("actions"));
    }
    let principal = principal.as_ref().map(|principal| asker(Some(principal), &mut faults));
    (Item { target, actions, principal }, faults)
}

/// Reads a ListAllowed as far as it can be read, and tells every fault of the
/// message. Its page is the business of whoever answers it.
pub(crate) fn list(request: &api::ListAllowedRequest) -> (List<'_>, Vec<FieldFault>) {
    let api::ListAllowedRequest {
        tenant,
        principal,
        context,
        via,
        at_least_revision,
        page_size: _,
        page_token: _,
        query,
    } = request;
    let mut faults = Vec::new();
    let of_principals = matches!(query, Some(api::list_allowed_request::Query::Principals(_)));
    let principal = match principal {
        None if of_principals => Asker::default(),
        Some(_) if of_principals => {
            let message = "a list of principals is asked by none";
            faults.push(FieldFault::new("principal", FaultKind::Malformed, message));
            Asker::default()
        }
        sent => asker(sent.as_ref(), &mut faults),
    };
    let context = attributes(context, "context", &mut faults);
    let call = Call { tenant, principal, context, via: via.as_ref().map(read_via) };
    let query = list_query(query.as_ref(), &mut faults);
    (List { call, at_least: at_least(*at_least_revision), query }, faults)
}

fn list_query<'a>(
    query: Option<&'a api::list_allowed_request::Query>,
    faults: &mut Vec<FieldFault>,
) -> ListQuery<'a> {
    use api::list_allowed_request::Query;
    use api::resources_query::Source;

    match query {
        None => {
            faults.push(FieldFault::missing("query"));
            ListQuery::Nothing
        }
        Some(Query::Actions(api::ActionsQuery { resource, actions })) => {
            let target = below("actions", faults, |faults| target(resource.as_ref(), faults));
            ListQuery::Actions { target, actions }
        }
        Some(Query::Principals(api::PrincipalsQuery { action, resource, types })) => {
            let target = below("principals", faults, |faults| target(resource.as_ref(), faults));
            ListQuery::Principals { target, action, types }
        }
        Some(Query::Resources(api::ResourcesQuery { r#type: kind, action, source })) => match source {
            None => {
                faults.push(FieldFault::missing("resources.source"));
                ListQuery::Nothing
            }
            Some(Source::Registered(api::RegisteredResources {})) => ListQuery::Registered { kind, action },
            Some(Source::Candidates(api::CandidateResources { resources })) => {
                ListQuery::Candidates { kind, action, resources }
            }
            Some(Source::Filter(_)) => ListQuery::Filter,
        },
    }
}

/// Reads a candidate, and tells every fault of it, with paths that start with
/// `resource`.
pub(crate) fn candidate(sent: &api::Resource) -> (Target<'_>, Vec<FieldFault>) {
    let mut faults = Vec::new();
    let target = target(Some(sent), &mut faults);
    (target, faults)
}

/// Puts a path before the faults that reading a part adds.
fn below<T>(path: &str, faults: &mut Vec<FieldFault>, read: impl FnOnce(&mut Vec<FieldFault>) -> T) -> T {
    let mut found = Vec::new();
    let part = read(&mut found);
    faults.extend(
        found.into_iter().map(|fault| FieldFault { field: format!("{path}.{}", fault.field), ..fault }),
    );
    part
}

fn asker<'a>(sent: Option<&'a api::Principal>, faults: &mut Vec<FieldFault>) -> Asker<'a> {
    let Some(api::Principal { r#type, id, roles, attributes: sent }) = sent else {
        faults.push(FieldFault::missing("principal"));
        return Asker::default();
    };
    Asker {
        key: KeyRef { kind: r#type, id },
        roles: roles.iter().map(String::as_str).collect(),
        attributes: attributes(sent, "principal.attributes", faults),
    }
}

fn target<'a>(sent: Option<&'a api::Resource>, faults: &mut Vec<FieldFault>) -> Target<'a> {
    let Some(api::Resource { r#type, id, attributes: sent, parents }) = sent else {
        faults.push(FieldFault::missing("resource"));
        return Target::default();
    };
    Target {
        kind: r#type,
        id: id.as_deref(),
        attributes: attributes(sent, "resource.attributes", faults),
        parents: parents.iter().map(|api::ResourceRef { r#type, id }| KeyRef { kind: r#type, id }).collect(),
    }
}

fn read_via(sent: &api::Via) -> Via<'_> {
    let api::Via { app, scopes, all_scopes } = sent;
    Via {
        app: app.as_ref().map(|api::PrincipalRef { r#type, id }| KeyRef { kind: r#type, id }),
        scopes: scopes
            .iter()
            .map(|api::ViaScope { scope, modes }| ViaScope {
                scope,
                modes: modes.iter().map(String::as_str).collect(),
            })
            .collect(),
        all_scopes: *all_scopes,
    }
}

fn at_least(sent: Option<api::Revision>) -> Option<Revision> {
    let api::Revision { epoch, number } = sent?;
    Some(Revision::new(epoch, number))
}
