//! Whether what changes leave is sound; and if a tenant is, what it compiles to.

use std::collections::BTreeMap;

use super::around::{Apps, Beside, too_much};
use super::draft::{Draft, Settled};
use super::held;
use super::told::{HELD, Told, part};
use super::{Rules, compile, references};
use crate::document::definition::{self as def, KeyMap};
use crate::document::inspect::{Around, Findings, Frame, Inspector, Part};
use crate::document::{Place, Spanned};
use crate::model::{Key, Revision};
use crate::snapshot::model::Model;
use crate::snapshot::tenant::Tenant;
use crate::snapshot::{Snapshot, build, content};

/// What is held, what is to come, and what has been found wrong with it.
#[derive(Debug)]
pub(super) struct Judge<'s> {
    pub(super) base: &'s Snapshot,
    pub(super) rules: &'s Rules,
    /// The model to come.
    pub(super) model: &'s Model,
    /// It is another than that of the base.
    pub(super) another_model: bool,
    pub(super) inspector: &'s Inspector<'s>,
    pub(super) apps: Apps<'s>,
    /// It is a piece of a whole policy.
    pub(super) loading: bool,
    pub(super) faults: Vec<Told>,
    pub(super) warnings: Vec<Told>,
}

impl Judge<'_> {
    /// Checks apps that are put, or all of them against another model.
    pub(super) fn check_apps(&mut self, drafts: &BTreeMap<String, Option<Draft<'_>>>) {
        let mut apps: KeyMap<def::App> = KeyMap::new();
        for (key, app, _) in self.base.apps().into_iter().filter(|_| self.another_model) {
            apps.insert(key, placed(app.clone(), Place { source: HELD, start: 0, end: 0 }));
        }
        for (key, app) in self.apps.changed {
            match app {
                Some(app) => _ = apps.insert(key.clone(), app.clone()),
                None => _ = apps.remove(key),
            }
        }
        // Each by itself, so that one that is held can be told by its name.
        for (key, app) in apps {
            let at = app.at;
            let mut found = Findings::default();
            self.inspector.apps(&KeyMap::from([(key.clone(), app)]), &mut found);
            self.note(found, |_| format!("apps[{key}]"));
            if let Some(tenant) = self.tenant_with_member(&key, drafts).filter(|_| at.source != HELD) {
                let message =
                    format!("`{key}` is a member of the tenant `{tenant}`, and so cannot be an app");
                self.faults.push(Told::of(at, message));
            }
        }
    }

    /// Judges what a draft leaves of a tenant, and compiles it; `None` if there is a
    /// fault in it. With quarantine, the faults of a tenant that is put whole are
    /// warnings.
    pub(super) fn tenant(&mut self, id: &str, draft: Draft<'_>, revision: Revision) -> Option<Tenant> {
        let draft = draft.settle();
        // A tenant of a whole policy is put whole, in however many pieces it comes.
        let put_whole = draft.base.is_none() || self.loading;
        let before = self.faults.len();
        self.strict(&draft);
        let tenant = match draft.base {
            Some(base) if !self.another_model && draft.plan.is_none() => {
                self.part(id, base, draft, before, revision)
            }
            _ => self.whole(draft, before, revision),
        };
        if put_whole && self.rules.quarantine && tenant.is_none() {
            let mut faults = self.faults.split_off(before);
            self.warnings.append(&mut faults);
        }
        tenant
    }

    /// All of a tenant is checked and compiled.
    fn whole(&mut self, draft: Settled<'_>, before: usize, revision: Revision) -> Option<Tenant> {
        let untouched = draft.was.filter(|_| draft.is_untouched());
        let revision = untouched.map_or(revision, |was| was.revision);
        let at = draft.plan.unwrap_or(draft.at);
        let (mut def, held) = held::whole(draft, &self.base.model);
        let mut found = Findings::default();
        self.inspector.tenant(at, &mut def, &self.apps, &mut found);
        self.note(found, |number| held.name(number));
        (self.faults.len() == before).then(|| build::tenant(self.model, &def, revision))
    }

    /// What a draft touches of a tenant is checked and compiled.
    fn part(
        &mut self,
        id: &str,
        base: &Tenant,
        mut draft: Settled<'_>,
        before: usize,
        revision: Revision,
    ) -> Option<Tenant> {
        let mut found = Findings::default();
        let mut rows = std::mem::take(&mut draft.rows);
        let mut changed = draft.frame.take();
        {
            let around = Beside { apps: self.apps, base, deleted: &draft.deleted, model: self.model };
            let frame = match &mut changed {
                Some(frame) => Frame::Changed(frame),
                None => Frame::Same(&base.frame.source),
            };
            self.inspector.part(Part { id, frame, rows: &mut rows }, &around, &mut found);
        }
        (draft.rows, draft.frame) = (rows, changed);
        if self.moves_resources(base, &draft) {
            let all = references::with_parents(&draft, self.model);
            self.inspector.nesting(id, &all, &self.apps, &mut found);
        }
        self.note(found, |number| draft.held.name(number));
        self.faults.extend(references::refuse(&draft, self.model));
        if self.faults.len() > before {
            return None;
        }
        let members: Vec<(Key, Place)> =
            draft.rows.members.iter().map(|(key, member)| (key.clone(), member.at)).collect();
        let tenant = compile::tenant(self.model, base, draft, revision);
        self.memberships(&tenant, &members);
        (self.faults.len() == before).then_some(tenant)
    }

    /// Whether a resource sits elsewhere than before.
    fn moves_resources(&self, base: &Tenant, draft: &Settled<'_>) -> bool {
        draft.rows.resources.iter().filter(|(_, row)| !row.parents.is_empty()).any(|(key, row)| {
            let kind = self.model.type_names.get(key.kind());
            let was = kind.and_then(|kind| base.resources.get(kind.0, key.id()));
            was.is_none_or(|(_, was)| content::resource(self.model, was).parents != row.parents)
        })
    }

    /// No member that is put is in more groups than the limit.
    fn memberships(&mut self, tenant: &Tenant, members: &[(Key, Place)]) {
        let limit = self.rules.limits.groups_a_member;
        for (key, at) in members {
            let Some(kind) = self.model.principal_type_names.get(key.kind()) else { continue };
            let Some((_, row)) = tenant.members.get(kind.0, key.id()) else { continue };
            let count = row.standing.groups.len();
            if count > limit {
                let message = format!("{count} groups of a member exceed the limit of {limit}");
                self.faults.push(Told::of(*at, message));
            }
        }
    }

    /// What may be in force, but may not be newly put: custom roles beyond what the
    /// plan allows, and installs of more than an app asks for.
    fn strict(&mut self, draft: &Settled<'_>) {
        if self.rules.lenient {
            return;
        }
        let had = |id: &str| draft.was.is_some_and(|was| was.frame.source.roles.contains_key(id));
        let checked = self.inspector.model();
        if let Some(frame) = draft.frame()
            && let Some(name) = &frame.plan
            && let Some(plan) = checked.plans.get(&name.value)
            && let Some(allowed) = plan.custom_roles.and_then(|allowed| usize::try_from(allowed).ok())
            && frame.roles.len() > allowed
        {
            for (id, at) in draft.put_roles.iter().filter(|(id, _)| frame.roles.contains_key(*id) && !had(id))
            {
                let roles = if allowed == 1 { "role" } else { "roles" };
                let message = format!(
                    "the plan `{}` allows {allowed} custom {roles}: `{id}` cannot be added",
                    name.value
                );
                self.faults.push(Told::of(*at, message));
            }
        }
        for (key, install) in &draft.rows.installs {
            let kind = self.base.model.principal_type_names.get(key.kind());
            let was = draft.was.zip(kind).and_then(|(was, kind)| was.installs.get(kind.0, key.id()));
            let same = was.is_some_and(|(_, was)| content::install(&self.base.model, was) == install.value);
            if !same && let Some(message) = self.apps.app(key).and_then(|app| too_much(app, &install.value)) {
                self.faults.push(Told::of(install.at, message));
            }
        }
    }

    /// A tenant of which a principal is a member.
    fn tenant_with_member(&self, key: &Key, drafts: &BTreeMap<String, Option<Draft<'_>>>) -> Option<&str> {
        let model = &self.base.model;
        let kind = model.principal_type_names.get(key.kind())?;
        let has = |id: &str, tenant: &Tenant| match drafts.get(id) {
            Some(draft) => draft.as_ref().is_some_and(|draft| draft.has_member(model, key)),
            None => tenant.members.get(kind.0, key.id()).is_some(),
        };
        self.base.tenants.iter().find(|(_, id, tenant)| has(id, tenant)).map(|(_, id, _)| id)
    }

    fn note(&mut self, found: Findings, held: impl Fn(u32) -> String) {
        let (faults, warnings) = part(found.finish());
        self.faults.extend(faults.into_iter().map(|fault| Told::found(fault, &held)));
        self.warnings.extend(warnings.into_iter().map(|warning| Told::found(warning, &held)));
    }
}

fn placed(mut app: def::App, at: Place) -> Spanned<def::App> {
    for request in app.requests.values_mut() {
        request.at = at;
        request.value.modes.iter_mut().for_each(|mode| mode.at = at);
    }
    Spanned::new(at, app)
}
