//! The query of a list, with every name resolved.
//!
//! Paths of faults start where the message's own do: `actions.resource.type`,
//! `resources.candidates.resources[3].attributes.kind`, `principals.types[0]`.

use crate::decide::admit::{self, AdmittedTarget, Caller, PrincipalTypes};
use crate::decide::list::{PATIENCE, Stopped};
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

/// A candidate as it was read, and what is wrong with its message.
type Candidate<'a> = (Target<'a>, Vec<FieldFault>);

/// Reads the candidates of a query, if it has any. Of too many none is read.
pub(super) fn candidates<'a>(
    query: &ListQuery<'a>,
    limits: &Limits,
    faults: &mut Vec<FieldFault>,
    go_on: &mut dyn FnMut() -> bool,
) -> Result<Vec<Candidate<'a>>, Stopped> {
    let ListQuery::Candidates { kind, resources, .. } = *query else { return Ok(Vec::new()) };
    if resources.len() > limits.candidates {
        faults.push(too_many(limits.candidates));
        return Ok(Vec::new());
    }
    let mut read = Vec::with_capacity(resources.len());
    for (n, sent) in resources.iter().enumerate() {
        if n.is_multiple_of(PATIENCE) && !go_on() {
            return Err(Stopped);
        }
        let (target, mut own) = question::candidate(sent);
        if target.id.is_none() {
            own.push(FieldFault::missing("resource.id"));
        }
        if target.kind != kind && !target.kind.is_empty() {
            let message = "not of the query's type";
            own.push(FieldFault::new("resource.type", FaultKind::Malformed, message));
        }
        read.push((target, own));
    }
    Ok(read)
}

/// Admits a query; `None` when a part of it cannot be made out at all. It is to be
/// answered only if there are no faults.
pub(super) fn admit<'q>(
    snapshot: &'q Snapshot,
    caller: &Caller<'q>,
    (query, candidates): (&'q ListQuery<'q>, &'q [Candidate<'q>]),
    limits: &Limits,
    faults: &mut Vec<FieldFault>,
    go_on: &mut dyn FnMut() -> bool,
) -> Result<Option<Query<'q>>, Stopped> {
    let question = &limits.question;
    let found = match query {
        ListQuery::Nothing | ListQuery::Filter => None,
        ListQuery::Actions { target, actions } => {
            let target = admit::target(snapshot, caller, target, question);
            let target = target.map_err(|more| absorb(faults, below("actions", more))).ok();
            let few = few_enough("actions.actions", actions, limits, faults);
            match target {
                Some(target) if few => {
                    let actions = named(snapshot, &target, actions, faults, go_on)?;
                    Some(Query::Actions { target, actions })
                }
                _ => None,
            }
        }
        ListQuery::Registered { kind, action } => {
            let permission = admit::permission(snapshot, kind, action, question);
            let permission = permission.map_err(|more| absorb(faults, below("resources", more))).ok();
            permission.map(|permission| Query::Registered { kind, permission })
        }
        ListQuery::Candidates { kind, action, .. } => {
            let permission = admit::permission(snapshot, kind, action, question);
            let permission = permission.map_err(|more| absorb(faults, below("resources", more))).ok();
            let mut targets = Vec::with_capacity(candidates.len());
            for (n, (candidate, read)) in candidates.iter().enumerate() {
                if n.is_multiple_of(PATIENCE) && !go_on() {
                    return Err(Stopped);
                }
                let mut own = read.clone();
                match admit::target(snapshot, caller, candidate, question) {
                    Ok(target) => targets.push(target),
                    Err(more) => absorb(&mut own, more),
                }
                faults.extend(at_candidate(n, own));
            }
            permission.map(|permission| Query::Candidates { kind, permission, targets })
        }
        ListQuery::Principals { target, action, types } => {
            let types = if few_enough("principals.types", types, limits, faults) {
                let types = admit::principal_types(snapshot, types.iter().map(String::as_str), question);
                types.map_err(|more| absorb(faults, below("principals", more))).ok()
            } else {
                None
            };
            let target = admit::target(snapshot, caller, target, question);
            let target = target.map_err(|more| absorb(faults, below("principals", more))).ok();
            let permission = target.as_ref().and_then(|target| {
                let permission = admit::action(snapshot, target, action);
                permission.map_err(|fault| absorb(faults, below("principals", vec![fault]))).ok()
            });
            match (target, permission, types) {
                (Some(target), Some(permission), Some(types)) => {
                    Some(Query::Principals { target, permission, types })
                }
                _ => None,
            }
        }
    };
    Ok(found)
}

/// The fault of more candidates than there may be.
pub(super) fn too_many(most: usize) -> FieldFault {
    FieldFault::over("resources.candidates.resources", "candidates", most)
}

/// Whether no more things are named than candidates may be sent.
fn few_enough(field: &str, named: &[String], limits: &Limits, faults: &mut Vec<FieldFault>) -> bool {
    let few = named.len() <= limits.candidates;
    if !few {
        faults.push(FieldFault::over(field, "candidates", limits.candidates));
    }
    few
}

/// The actions that are named, or every one of the type.
fn named(
    snapshot: &Snapshot,
    target: &AdmittedTarget<'_>,
    actions: &[String],
    faults: &mut Vec<FieldFault>,
    go_on: &mut dyn FnMut() -> bool,
) -> Result<Vec<(String, PermissionIx)>, Stopped> {
    if actions.is_empty() {
        let all = admit::every_action(snapshot, target).into_iter();
        return Ok(all.map(|(action, permission)| (action.to_owned(), permission)).collect());
    }
    let mut known = Vec::with_capacity(actions.len());
    for (n, action) in actions.iter().enumerate() {
        if n.is_multiple_of(PATIENCE) && !go_on() {
            return Err(Stopped);
        }
        match admit::action(snapshot, target, action) {
            Ok(permission) => known.push((action.clone(), permission)),
            Err(fault) => faults.push(FieldFault { field: format!("actions.actions[{n}]"), ..fault }),
        }
    }
    Ok(known)
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
