//! What there is beside a draft, for whoever checks it.

use super::draft::Deleted;
use crate::document::definition::App;
use crate::document::inspect::Around;
use crate::document::{Spanned, definition as def};
use crate::model::Key;
use crate::snapshot::Snapshot;
use crate::snapshot::model::Model;
use crate::snapshot::tenant::Tenant;

/// The apps as they will be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Apps<'a> {
    pub(super) base: &'a Snapshot,
    pub(super) changed: &'a std::collections::BTreeMap<Key, Option<Spanned<App>>>,
}

/// The apps, and of a tenant what no draft touches.
#[derive(Debug)]
pub(super) struct Beside<'a> {
    pub(super) apps: Apps<'a>,
    pub(super) base: &'a Tenant,
    pub(super) deleted: &'a Deleted,
    /// The model that the tenant's rows are of.
    pub(super) model: &'a Model,
}

/// The apps alone: all of the tenant is being checked.
impl Around for Apps<'_> {
    fn app(&self, key: &Key) -> Option<&App> {
        match self.changed.get(key) {
            Some(changed) => changed.as_ref().map(|app| &app.value),
            None => self.base.app_source(key).map(|(app, _)| app),
        }
    }

    fn has_member(&self, _: &Key) -> bool {
        false
    }

    fn has_install(&self, _: &Key) -> bool {
        false
    }

    fn has_resource(&self, _: &Key) -> bool {
        false
    }
}

impl Around for Beside<'_> {
    fn app(&self, key: &Key) -> Option<&App> {
        self.apps.app(key)
    }

    fn has_member(&self, key: &Key) -> bool {
        let kind = self.model.principal_type_names.get(key.kind());
        let row = kind.and_then(|kind| self.base.members.get(kind.0, key.id()));
        row.is_some() && !self.deleted.members.contains(key)
    }

    fn has_install(&self, key: &Key) -> bool {
        let kind = self.model.principal_type_names.get(key.kind());
        let row = kind.and_then(|kind| self.base.installs.get(kind.0, key.id()));
        row.is_some() && !self.deleted.installs.contains(key)
    }

    fn has_resource(&self, key: &Key) -> bool {
        let kind = self.model.type_names.get(key.kind());
        let row = kind.and_then(|kind| self.base.resources.get(kind.0, key.id()));
        row.is_some() && !self.deleted.resources.contains(key)
    }
}

/// Whether an install asks for no more than its app, and its app may be installed;
/// else, what is wrong with it.
pub(super) fn too_much(app: &App, install: &def::Install) -> Option<String> {
    if app.review != def::Review::Approved {
        return Some(format!("the app `{}` is not approved: it cannot be installed", app.id));
    }
    install.granted.iter().find_map(|(scope, granted)| {
        let Some(request) = app.requests.get(scope) else {
            return Some(format!("the app `{}` does not ask for the scope `{scope}`", app.id));
        };
        let def::GrantedModes::Modes(modes) = &granted.value else { return None };
        let asked = |mode: &str| request.modes.iter().any(|asked| asked.value == mode);
        let mode = modes.iter().find(|mode| !asked(mode))?;
        let mode = &mode.value;
        Some(format!("the app `{}` does not ask for the mode `{mode}` of the scope `{scope}`", app.id))
    })
}
