//! Changes, one after the other, to drafts.
//!
//! What can be told of a change by itself is told here: that it deletes what is not
//! there, or changes what is not there. All else is judged by what is left in the
//! end.

use std::sync::Arc;

use super::Rules;
use super::draft::{Draft, Drafts, Gone};
use super::references;
use super::told::{Told, part};
use crate::document::{Change, Checked, Place, References, Source, Sources, Spanned, TenantChange, load};
use crate::snapshot::Snapshot;
use crate::snapshot::model::Model;
use crate::snapshot::tenant::Tenant;

/// Folds changes to a snapshot into drafts. If they are a piece of a whole policy that
/// is `loading`, what is for a tenant that was left out for its faults is left out too.
pub(super) fn fold<'b>(
    base: &'b Snapshot,
    changes: Vec<Spanned<Change>>,
    rules: &Rules,
    loading: bool,
) -> Result<Drafts<'b>, Vec<Told>> {
    let drafts = Drafts { loading, ..Drafts::default() };
    let mut editor = Editor { drafts, base, rules, faults: Vec::new() };
    for change in changes {
        editor.change(change);
    }
    let Editor { drafts, faults, .. } = editor;
    if faults.is_empty() { Ok(drafts) } else { Err(faults) }
}

struct Editor<'b, 'r> {
    drafts: Drafts<'b>,
    base: &'b Snapshot,
    rules: &'r Rules,
    faults: Vec<Told>,
}

impl<'b> Editor<'b, '_> {
    fn change(&mut self, change: Spanned<Change>) {
        let at = change.at;
        match change.value {
            Change::PutModel(document) => match model(&document, at.source, self.rules) {
                Ok((checked, mut warnings)) => {
                    self.drafts.model = Some(Spanned::new(at, checked));
                    self.drafts.warnings.append(&mut warnings);
                }
                Err(mut faults) => self.faults.append(&mut faults),
            },
            Change::PutTenant(tenant) => {
                let was = self.before(&tenant.id);
                let id = tenant.id.clone();
                self.drafts.tenants.insert(id, Some(Draft::whole(*tenant, was, at)));
            }
            Change::DeleteTenant(id) => self.delete_tenant(id, at),
            Change::InTenant(id, change) => {
                let base = self.base;
                if self.drafts.loading && base.is_quarantined(&id) && !self.drafts.tenants.contains_key(&id) {
                    return;
                }
                match self.tenant(&id) {
                    Some(draft) => {
                        if let Err(message) = apply(draft, base.model(), change, at) {
                            self.faults.push(Told::of(at, message));
                        }
                    }
                    None if base.is_quarantined(&id) => self.faults.push(Told::of(
                        at,
                        format!("the tenant `{id}` was left out for its faults: put it whole, or delete it"),
                    )),
                    None => self.faults.push(Told::of(at, format!("there is no tenant `{id}`"))),
                }
            }
            Change::PutApp(app) => {
                self.drafts.apps.insert(app.id.clone(), Some(Spanned::new(at, *app)));
            }
            Change::DeleteApp(key) => {
                let there = match self.drafts.apps.get(&key) {
                    Some(draft) => draft.is_some(),
                    None => self.base.app_source(&key).is_some(),
                };
                if !there {
                    self.faults.push(Told::of(at, format!("there is no app `{key}`")));
                    return;
                }
                self.uninstall(&key, at);
                self.drafts.apps.insert(key, None);
            }
        }
    }

    fn before(&self, id: &str) -> Option<&'b Arc<Tenant>> {
        self.base.tenants.get(0, id).map(|(_, tenant)| tenant)
    }

    /// A tenant's draft, to be changed.
    fn tenant(&mut self, id: &str) -> Option<&mut Draft<'b>> {
        if !self.drafts.tenants.contains_key(id) {
            let draft = Draft::of(self.before(id)?);
            self.drafts.tenants.insert(id.to_owned(), Some(draft));
        }
        self.drafts.tenants.get_mut(id)?.as_mut()
    }

    fn delete_tenant(&mut self, id: String, at: Place) {
        let there = match self.drafts.tenants.get(&id) {
            Some(draft) => draft.is_some(),
            None => self.before(&id).is_some() || self.base.is_quarantined(&id),
        };
        if there {
            self.drafts.tenants.insert(id, None);
        } else {
            self.faults.push(Told::of(at, format!("there is no tenant `{id}`")));
        }
    }

    /// Takes an app's install away from every tenant.
    fn uninstall(&mut self, key: &crate::model::Key, at: Place) {
        let model = self.base.model();
        let Some(kind) = model.principal_type_names.get(key.kind()) else { return };
        let installed = |tenant: &Tenant| tenant.installs.get(kind.0, key.id()).is_some();
        let held = self.base.tenants.iter().filter(|(.., tenant)| installed(tenant)).map(|(_, id, _)| id);
        let drafted = self.drafts.tenants.keys().map(String::as_str);
        let ids: std::collections::BTreeSet<String> = held.chain(drafted).map(str::to_owned).collect();
        for id in ids {
            let Some(draft) = self.tenant(&id) else { continue };
            if draft.has_install(model, key) {
                references::remove(draft, model, &Gone::Install(key.clone()), at);
                draft.installs.insert(key.clone(), None);
            }
        }
    }
}

/// Reads and checks the document of a model.
pub(super) fn model(document: &str, change: u32, rules: &Rules) -> Result<(Checked, Vec<Told>), Vec<Told>> {
    let source = Source { path: "model".to_owned(), text: document.to_owned() };
    let sources = Sources::new(vec![source]);
    let loaded = load(&sources, &rules.limits);
    let (faults, warnings) = part(loaded.diagnostics);
    let tell = |found: &crate::document::Diagnostic| Told::in_document(found, &sources, change);
    match loaded.checked {
        Some(checked) => Ok((checked, warnings.iter().map(tell).collect())),
        None => Err(faults.iter().map(tell).collect()),
    }
}

/// Makes a change of a tenant, or says why it cannot be made.
fn apply(draft: &mut Draft<'_>, model: &Model, change: TenantChange, at: Place) -> Result<(), String> {
    match change {
        TenantChange::PutPlan(plan) => {
            draft.frame_mut().plan = Some(plan);
            draft.plan = Some(at);
        }
        TenantChange::DeletePlan => {
            there(draft.frame_mut().plan.take().is_some(), "the tenant has no plan".to_owned())?;
            draft.plan = Some(at);
        }
        TenantChange::PutRole(id, role) => {
            draft.frame_mut().roles.insert(id.clone(), Spanned::new(at, *role));
            draft.put_roles.insert(id, at);
        }
        TenantChange::DeleteRole(id, references) => {
            let was = draft.frame_mut().roles.remove(&id).is_some();
            there(was, format!("the tenant has no custom role `{id}`"))?;
            gone(draft, model, Gone::Role(id), references, at);
        }
        TenantChange::PutGroup(id, group) => {
            draft.frame_mut().groups.insert(id, Spanned::new(at, group));
        }
        TenantChange::DeleteGroup(id, references) => {
            there(draft.frame_mut().groups.remove(&id).is_some(), format!("the tenant has no group `{id}`"))?;
            gone(draft, model, Gone::Group(id), references, at);
        }
        TenantChange::PutMember(key, member) => {
            draft.members.insert(key, Some(Spanned::new(at, *member)));
        }
        TenantChange::DeleteMember(key, references) => {
            there(draft.has_member(model, &key), format!("the tenant has no member `{key}`"))?;
            gone(draft, model, Gone::Member(key.clone()), references, at);
            draft.members.insert(key, None);
        }
        TenantChange::PutResource(key, resource) => {
            draft.resources.insert(key, Some(Spanned::new(at, *resource)));
        }
        TenantChange::DeleteResource(key, references) => {
            there(draft.has_resource(model, &key), format!("the tenant has no resource `{key}`"))?;
            gone(draft, model, Gone::Resource(key.clone()), references, at);
            draft.resources.insert(key, None);
        }
        TenantChange::PutAclEntry(key, whom, entry) => {
            let put = draft.put_acl_entry(model, &key, whom, Spanned::new(at, entry));
            there(put, format!("the tenant has no resource `{key}`"))?;
        }
        TenantChange::DeleteAclEntry(key, whom) => {
            let resource = draft.resource_mut(model, &key, at);
            let resource = resource.ok_or_else(|| format!("the tenant has no resource `{key}`"))?;
            let was = resource.value.acl.remove(&whom).is_some();
            there(was, format!("the ACL of `{key}` has no entry for `{whom}`"))?;
        }
        TenantChange::PutInstall(key, install) => {
            draft.installs.insert(key, Some(Spanned::new(at, install)));
        }
        TenantChange::DeleteInstall(key) => {
            there(draft.has_install(model, &key), format!("the tenant has not installed `{key}`"))?;
            gone(draft, model, Gone::Install(key.clone()), References::Refuse, at);
            draft.installs.insert(key, None);
        }
        TenantChange::PutRoleRestrictions(role, on) => {
            draft.frame_mut().role_restrictions.insert(role, Spanned::new(at, on));
        }
        TenantChange::DeleteRoleRestrictions(role) => {
            let was = draft.frame_mut().role_restrictions.remove(&role).is_some();
            there(was, format!("nothing is switched on for the role `{role}`"))?;
        }
    }
    Ok(())
}

fn there(it_is: bool, else_why: String) -> Result<(), String> {
    if it_is { Ok(()) } else { Err(else_why) }
}

fn gone(draft: &mut Draft<'_>, model: &Model, gone: Gone, references: References, at: Place) {
    if references == References::Remove {
        references::remove(draft, model, &gone, at);
    }
    draft.gone.push((gone, at));
}
