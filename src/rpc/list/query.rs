//! The query of a list, with every name resolved.
//!
//! Paths of faults start where the message's own do: `actions.resource.type`,
//! `resources.candidates.resources[3].attributes.kind`, `principals.types[0]`.

use crate::decide::admit::{self, AdmittedTarget, Caller, PrincipalTypes};
use crate::decide::list::PATIENCE;
use crate::decide::{FaultKind, FieldFault, Target};
use crate::rpc::limits::Limits;
use crate::rpc::refusal::absorb;
use crate::snapshot::{PermissionIx, Snapshot};
use crate::wire::question::{self, ListQuery};

/// A query, admitted.
pub(super) enum Query<'q> {
    Actions { target: AdmittedTarget<'q>, actions: Vec<(String, PermissionIx)> },
    Registered { kind: &'q str, permission: PermissionIx },
    Candidates { kind: &'q str, permission: PermissionIx, targets: Vec<AdmittedTarget<'q>> },
    Principals { target: AdmittedTarget<'q>, permission: PermissionIx, types: PrincipalTypes },
}

impl Query<'_> {
    /// The paths of what was sent and is ignored.
    pub(super) fn ignored(&self) -> impl Iterator<Item = &[String]> {
        let (one, many) = match self {
            Self::Actions { target, .. } | Self::Principals { target, .. } => (Some(target), &[] as &[_]),
            Self::Candidates { targets, .. } => (None, targets.as_slice()),
            Self::Registered { .. } => (None, &[] as &[_]),
        };
        one.into_iter().chain(many).map(AdmittedTarget::ignored)
    }
}

/// Reads the candidates of a query, if it has any. Of too many none is read.
pub(super) fn candidates<'a>(
    query: &ListQuery<'a>,
    limits: &Limits,
    faults: &mut Vec<FieldFault>,
    go_on: &mut dyn FnMut() -> bool,
) -> Vec<Target<'a>> {
    let ListQuery::Candidates { kind, resources, .. } = *query else { return Vec::new() };
    if resources.len() > limits.candidates {
        faults.push(FieldFault::over("resources.candidates.resources", "candidates", limits.candidates));
        return Vec::new();
    }
    let read = resources.iter().enumerate().map(|(n, sent)| {
        let (target, mut more) = question::candidate(sent);
        if target.id.is_none() {
            more.push(FieldFault::missing("resource.id"));
        }
        if target.kind != kind && !target.kind.is_empty() {
            let message = "not of the query's type";
            more.push(FieldFault::new("resource.type", FaultKind::Malformed, message));
        }
        faults.extend(at_candidate(n, more));
        if n.is_multiple_of(PATIENCE) {
            go_on();
        }
        target
    });
    read.collect()
}

/// Admits a query; `None` when a part of it cannot be made out at all. It is to be
/// answered only if there are no faults.
pub(super) fn admit<'q>(
    snapshot: &'q Snapshot,
    caller: &Caller<'q>,
    (query, candidates): (&'q ListQuery<'q>, &'q [Target<'q>]),
    limits: &Limits,
    faults: &mut Vec<FieldFault>,
    go_on: &mut dyn FnMut() -> bool,
) -> Option<Query<'q>> {
    let limits = &limits.question;
    match query {
        ListQuery::Nothing | ListQuery::Filter => None,
        ListQuery::Actions { target, actions } => {
            let target = admit::target(snapshot, caller, target, limits);
            let target = target.map_err(|more| absorb(faults, below("actions", more))).ok()?;
            let mut known = Vec::with_capacity(actions.len());
            for (n, action) in actions.iter().enumerate() {
                match admit::action(snapshot, &target, action) {
                    Ok(permission) => known.push((action.clone(), permission)),
                    Err(fault) => {
                        faults.push(FieldFault { field: format!("actions.actions[{n}]"), ..fault });
                    }
                }
            }
            if actions.is_empty() {
                let all = admit::every_action(snapshot, &target).into_iter();
                known = all.map(|(action, permission)| (action.to_owned(), permission)).collect();
            }
            Some(Query::Actions { target, actions: known })
        }
        ListQuery::Registered { kind, action } => {
            let permission = admit::permission(snapshot, kind, action, limits);
            let permission = permission.map_err(|more| absorb(faults, below("resources", more))).ok()?;
            Some(Query::Registered { kind, permission })
        }
        ListQuery::Candidates { kind, action, .. } => {
            let permission = admit::permission(snapshot, kind, action, limits);
            let permission = permission.map_err(|more| absorb(faults, below("resources", more))).ok();
            let mut targets = Vec::with_capacity(candidates.len());
            for (n, candidate) in candidates.iter().enumerate() {
                if n.is_multiple_of(PATIENCE) {
                    go_on();
                }
                match admit::target(snapshot, caller, candidate, limits) {
                    Ok(target) => targets.push(target),
                    Err(more) => absorb(faults, at_candidate(n, more)),
                }
            }
            Some(Query::Candidates { kind, permission: permission?, targets })
        }
        ListQuery::Principals { target, action, types } => {
            let types = admit::principal_types(snapshot, types.iter().map(String::as_str), limits);
            let types = types.map_err(|more| absorb(faults, below("principals", more))).ok();
            let target = admit::target(snapshot, caller, target, limits);
            let target = target.map_err(|more| absorb(faults, below("principals", more))).ok();
            let permission = target.as_ref().and_then(|target| {
                let permission = admit::action(snapshot, target, action);
                permission.map_err(|fault| absorb(faults, below("principals", vec![fault]))).ok()
            });
            Some(Query::Principals { target: target?, permission: permission?, types: types? })
        }
    }
}

fn below(path: &str, faults: Vec<FieldFault>) -> Vec<FieldFault> {
    let prefixed = |fault: FieldFault| FieldFault { field: format!("{path}.{}", fault.field), ..fault };
    faults.into_iter().map(prefixed).collect()
}

/// The faults of a candidate, whose paths start with `resource`.
fn at_candidate(n: usize, faults: Vec<FieldFault>) -> Vec<FieldFault> {
    let placed = |fault: FieldFault| {
        let rest = fault.field.strip_prefix("resource").unwrap_or(&fault.field);
        FieldFault { field: format!("resources.candidates.resources[{n}]{rest}"), ..fault }
    };
    faults.into_iter().map(placed).collect()
}
