//! App documents: what they ask for exists, and is asked for properly.

use super::catalogue::Catalogue;
use super::model::{check_modes, modes};
use super::report::Report;
use crate::document::definition::{App, KeyMap};

/// Checks every app.
pub(super) fn check(catalogue: &Catalogue<'_>, apps: &KeyMap<App>, report: &mut Report) {
    let model = catalogue.model;
    for (key, app) in apps {
        match model.principals.get(key.kind()) {
            None => report.unknown(
                app.at,
                "principal type",
                key.kind(),
                model.principals.keys().map(String::as_str),
            ),
            Some(principal) if principal.roles_from_request => {
                let message =
                    format!("an app is no `{}`: requests may assert roles for that type", key.kind());
                report.fault(app.at, message);
            }
            Some(_) => {}
        }
        for (name, request) in &app.requests {
            let Some(scope) = model.scopes.get(name) else {
                if catalogue.retired.scopes.contains(name.as_str()) {
                    report.warn(request.at, format!("the scope `{name}` is retired: it has no effect"), None);
                } else {
                    report.unknown(request.at, "scope", name, model.scopes.keys().map(String::as_str));
                }
                continue;
            };
            if let (Some(known), true) = (modes(&scope.covers), request.modes.is_empty()) {
                let known: Vec<String> = known.keys().map(|mode| format!("`{mode}`")).collect();
                let message = format!("the scope `{name}` has modes, and none is asked for");
                report.fault_with(request.at, message, format!("modes: {}", known.join(", ")));
            }
            check_modes(catalogue, name, &request.modes, report);
        }
    }
}
