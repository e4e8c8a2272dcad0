//! Installed apps. What an app no longer asks for is no fault of the tenant's:
//! it counts for nothing, and is told.

use super::Subject;
use crate::document::check::model::modes;
use crate::document::check::report::Report;
use crate::document::definition::{App, GrantedModes, Install, Review};
use crate::document::place::{Place, Spanned};

pub(super) fn check(subject: Subject<'_>, report: &mut Report) {
    for (key, install) in &subject.rows.installs {
        let Some(app) = subject.ground.around.app(key) else {
            if subject.ground.all_read {
                let message = format!("there is no app `{key}`");
                report.fault_with(install.at, message, "an app needs a document of `kind: App`");
            }
            continue;
        };
        let word = match app.review {
            Review::Approved => None,
            Review::Pending => Some("is not reviewed"),
            Review::Rejected => Some("was rejected"),
        };
        if let Some(word) = word {
            report.tolerate(install.at, format!("the app `{key}` {word}: its install counts for nothing"));
        }
        check_granted(subject, app, install, report);
    }
}

fn check_granted(subject: Subject<'_>, app: &App, install: &Install, report: &mut Report) {
    for (name, granted) in &install.granted {
        let Some(scope) = subject.catalogue.model.scopes.get(name) else {
            if subject.catalogue.retired.scopes.contains(name.as_str()) {
                report.retired(granted.at, subject.id, "scope", name);
            } else {
                report.unknown(
                    granted.at,
                    "scope",
                    name,
                    subject.catalogue.model.scopes.keys().map(String::as_str),
                );
            }
            continue;
        };
        let Some(request) = app.requests.get(name) else {
            report.tolerate(
                granted.at,
                format!("the app does not ask for the scope `{name}`: it counts for nothing"),
            );
            continue;
        };
        let (GrantedModes::Modes(listed), known) = (&granted.value, modes(&scope.covers)) else { continue };
        let Some(known) = known else {
            report.fault_with(granted.at, format!("the scope `{name}` has no modes"), "write `all`");
            continue;
        };
        for mode in listed {
            if !known.contains_key(&mode.value) {
                report.unknown(mode.at, "mode", mode, known.keys().map(String::as_str));
            } else if !request.modes.iter().any(|asked| asked.value == mode.value) {
                not_asked(name, mode, mode.at, report);
            }
        }
    }
}

fn not_asked(scope: &str, mode: &Spanned<String>, at: Place, report: &mut Report) {
    let message = format!(
        "the app does not ask for the mode `{}` of the scope `{scope}`: it counts for nothing",
        mode.value
    );
    report.tolerate(at, message);
}
