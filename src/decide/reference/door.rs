//! The door: what is refused before anything is decided.
//!
//! Owns the faults of a question's fields, as pairs of path and kind. It knows
//! no messages, and of the limits only those that generated questions reach.

use super::Faults;
use super::value::fits;
use crate::decide::{Attributes, Call, FaultKind, KeyRef, RequestLimits, Target};
use crate::document::definition::{Policy, ScopeCover};
use crate::model::key::{is_id, is_label};
use crate::model::{Key, Pattern, ValueType};

/// Tells the faults of the call, else those of the target, else the action's.
pub(super) fn admit(
    policy: &Policy,
    call: &Call<'_>,
    target: &Target<'_>,
    action: &str,
) -> Result<(), Faults> {
    for faults in [of_call(policy, call), of_target(policy, target), of_action(policy, target.kind, action)] {
        if !faults.is_empty() {
            return Err(faults);
        }
    }
    Ok(())
}

fn of_call(policy: &Policy, call: &Call<'_>) -> Faults {
    let mut faults = Faults::new();
    let model = &policy.model;
    of_name("tenant", call.tenant, is_label, &mut faults);
    let asker = &call.principal;
    of_name("principal.id", asker.key.id, is_id, &mut faults);
    of_principal_type("principal.type", policy, asker.key.kind, &mut faults);
    if let Some(kind) = model.principals.get(asker.key.kind) {
        if !asker.roles.is_empty() && !kind.roles_from_request {
            fault(&mut faults, "principal.roles", FaultKind::RolesNotAccepted);
        }
        let from_request = |name: &str| {
            kind.attributes.get(name).filter(|attribute| attribute.from_request).map(|it| it.value_type)
        };
        of_attributes("principal.attributes", &asker.attributes, from_request, &mut faults);
    }
    if asker.roles.len() > RequestLimits::default().roles {
        fault(&mut faults, "principal.roles", FaultKind::OverLimit);
    }
    let context = |name: &str| model.context.get(name).map(|attribute| attribute.value_type);
    of_attributes("context", &call.context, context, &mut faults);
    of_via(policy, call, &mut faults);
    faults
}

fn of_via(policy: &Policy, call: &Call<'_>, faults: &mut Faults) {
    let Some(via) = &call.via else { return };
    let KeyRef { kind, id } = call.principal.key;
    if Key::new(kind, id).is_ok_and(|key| policy.apps.contains_key(&key)) {
        fault(faults, "via", FaultKind::AppWithVia);
    }
    match via.app {
        Some(app) => {
            of_principal_type("via.app.type", policy, app.kind, faults);
            of_name("via.app.id", app.id, is_id, faults);
        }
        None if via.all_scopes => fault(faults, "via.all_scopes", FaultKind::AllScopesWithoutApp),
        None => {}
    }
    for (place, listed) in via.scopes.iter().enumerate() {
        let known = policy.model.scopes.get(listed.scope).map(|scope| &scope.covers);
        if matches!(known, Some(ScopeCover::Modes(_))) && listed.modes.is_empty() {
            fault(faults, format!("via.scopes[{place}].modes"), FaultKind::ModeMissing);
        }
    }
}

fn of_target(policy: &Policy, target: &Target<'_>) -> Faults {
    let mut faults = Faults::new();
    let model = &policy.model;
    if target.kind.is_empty() {
        fault(&mut faults, "resource.type", FaultKind::Missing);
    } else if !is_known(policy, target.kind) {
        fault(&mut faults, "resource.type", FaultKind::UnknownResourceType);
    }
    match target.id {
        Some("") => fault(&mut faults, "resource.id", FaultKind::Malformed),
        // The id of a member or of an app is a whole key: a type, a colon, an id.
        Some(id) if matches!(target.kind, "member" | "app") => {
            if id.len() > 2 * RequestLimits::default().id_bytes + 1 {
                fault(&mut faults, "resource.id", FaultKind::OverLimit);
            } else if id.chars().any(char::is_control) {
                fault(&mut faults, "resource.id", FaultKind::Malformed);
            }
        }
        Some(id) => of_name("resource.id", id, is_id, &mut faults),
        None => {}
    }
    let kind = model.resources.get(target.kind);
    let declared = |name: &str| match (target.kind, name) {
        ("member" | "role" | "group", "roles") => Some(ValueType::StringList),
        _ => kind?.attributes.get(name).map(|attribute| attribute.value_type),
    };
    if kind.is_some() {
        of_attributes("resource.attributes", &target.attributes, declared, &mut faults);
    }
    for (place, parent) in target.parents.iter().enumerate() {
        let may_hold = kind.is_some_and(|kind| kind.parents.iter().any(|kind| kind.value == parent.kind));
        let field = format!("resource.parents[{place}].type");
        if !is_known(policy, parent.kind) {
            fault(&mut faults, field, FaultKind::UnknownResourceType);
        } else if is_known(policy, target.kind) && !may_hold {
            fault(&mut faults, field, FaultKind::ParentNotAllowed);
        }
        of_name(&format!("resource.parents[{place}].id"), parent.id, is_id, &mut faults);
    }
    if target.parents.len() > RequestLimits::default().parents {
        fault(&mut faults, "resource.parents", FaultKind::OverLimit);
    }
    faults
}

fn of_action(policy: &Policy, kind: &str, action: &str) -> Faults {
    let mut faults = Faults::new();
    let declared = policy.model.resources.get(kind);
    let declared = declared.is_some_and(|kind| kind.actions.iter().any(|known| known.value == action));
    if action.is_empty() {
        fault(&mut faults, "action", FaultKind::Missing);
    } else if !declared && !is_retired(policy, kind, Some(action)) {
        fault(&mut faults, "action", FaultKind::UnknownAction);
    }
    faults
}

/// Whether a resource type is known: declared, or one that is gone.
fn is_known(policy: &Policy, kind: &str) -> bool {
    policy.model.resources.contains_key(kind) || is_retired(policy, kind, None)
}

/// Whether a permission of this type, and of this action if one is given, is
/// retired.
fn is_retired(policy: &Policy, asked: &str, asked_action: Option<&str>) -> bool {
    policy.model.retired.permissions.iter().any(|pattern| match &pattern.value {
        Pattern::Exact { kind, action } => {
            **kind == *asked && asked_action.is_none_or(|asked_action| **action == *asked_action)
        }
        _ => false,
    })
}

fn of_principal_type(field: &str, policy: &Policy, kind: &str, faults: &mut Faults) {
    if kind.is_empty() {
        fault(faults, field, FaultKind::Missing);
    } else if !policy.model.principals.contains_key(kind) {
        fault(faults, field, FaultKind::UnknownPrincipalType);
    }
}

fn of_name(field: &str, text: &str, is_well_formed: fn(&str) -> bool, faults: &mut Faults) {
    if text.is_empty() {
        fault(faults, field, FaultKind::Missing);
    } else if text.len() > RequestLimits::default().id_bytes {
        fault(faults, field, FaultKind::OverLimit);
    } else if !is_well_formed(text) {
        fault(faults, field, FaultKind::Malformed);
    }
}

fn of_attributes(
    field: &str,
    sent: &Attributes<'_>,
    declared: impl Fn(&str) -> Option<ValueType>,
    faults: &mut Faults,
) {
    for (name, value) in sent {
        if declared(name).is_some_and(|declared| !fits(*value, declared)) {
            fault(faults, format!("{field}.{name}"), FaultKind::WrongType);
        }
    }
}

fn fault(faults: &mut Faults, field: impl Into<String>, kind: FaultKind) {
    faults.push((field.into(), kind));
}
