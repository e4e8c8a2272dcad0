//! Drafts to the next snapshot: checked, compiled, compared with what was.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::around::Apps;
use super::compare::{Changes, compare};
use super::draft::{Draft, Drafts};
use super::judge::Judge;
use super::told::Told;
use super::{Applied, Rules, Touched, compile};
use crate::document::inspect::Inspector;
use crate::model::Revision;
use crate::snapshot::table::Item;
use crate::snapshot::tenant::Tenant;
use crate::snapshot::{Size, Snapshot, build, digest};

/// How many faults are told.
const TOLD: usize = 1_000;

/// Makes the next snapshot of drafts, or tells everything that is wrong with them.
pub(super) fn next(
    base: &Snapshot,
    revision: Revision,
    drafts: Drafts<'_>,
    rules: &Rules,
) -> Result<Applied, Vec<Told>> {
    let Drafts { model: put, apps: changed, mut tenants, loading, warnings } = drafts;
    let checked = put.as_ref().map_or(&base.model.source.checked, |put| &put.value);
    let inspector = Inspector::new(checked, &rules.limits);
    let mut next = base.clone();
    next.revision = revision;
    if let Some(put) = &put {
        next.model = Arc::new(build::model(&put.value, revision));
        for (_, id, tenant) in base.tenants.iter() {
            tenants.entry(id.to_owned()).or_insert_with(|| Some(Draft::of(tenant)));
        }
    }
    let model = Arc::clone(&next.model);
    let apps = Apps { base, changed: &changed };
    let mut judge = Judge {
        base,
        rules,
        model: &model,
        another_model: put.is_some(),
        inspector: &inspector,
        apps,
        loading,
        faults: Vec::new(),
        warnings,
    };
    judge.check_apps(&tenants);
    let mut outcome = Outcome { loading, ..Outcome::default() };
    for (id, draft) in tenants {
        let kept = draft.map(|draft| judge.tenant(&id, draft, revision));
        let left_out = matches!(kept, Some(None));
        outcome.replace(&id, kept.flatten().map(Arc::new), left_out, (base, &mut next));
        outcome.touched.insert(id);
    }
    let Judge { mut faults, warnings, .. } = judge;
    let everything = put.is_some() || !changed.is_empty();
    if everything {
        next.shared_revision = revision;
        rework_apps(base, &mut next, &apps, revision);
    }
    if next.size.members > rules.limits.members {
        let limit = rules.limits.members;
        faults.push(Told::whole(format!("the members of all tenants exceed the limit of {limit}")));
    }
    if !faults.is_empty() {
        return Err(bounded(faults));
    }
    let Outcome { changes: Changes { widened, narrowed }, touched, loading: _ } = outcome;
    let touched = if everything { Touched::Everything } else { Touched::Tenants(touched) };
    Ok(Applied { snapshot: next, warnings: bounded(warnings), widened, narrowed, touched })
}

/// What has come of the tenants so far.
#[derive(Debug, Default)]
struct Outcome {
    /// Nobody compares a piece of a whole policy with the pieces before.
    loading: bool,
    changes: Changes,
    touched: BTreeSet<String>,
}

impl Outcome {
    /// Puts a tenant in place of the one that was; `None` for none.
    fn replace(
        &mut self,
        id: &str,
        tenant: Option<Arc<Tenant>>,
        left_out: bool,
        (base, next): (&Snapshot, &mut Snapshot),
    ) {
        let was = base.tenants.get(0, id).map(|(_, tenant)| tenant);
        if !self.loading {
            self.changes.add(&compare((&base.model, was), (&next.model, tenant.as_ref())));
        }
        let digests = (was.map(|was| was.digest), tenant.as_ref().map(|tenant| tenant.digest));
        next.digest = compile::everything(next.digest, id, digests.0, digests.1);
        let count = |of: fn(&Tenant) -> usize, all: usize| {
            let (old, new) = (was.map_or(0, |was| of(was)), tenant.as_deref().map_or(0, of));
            all.saturating_sub(old).saturating_add(new)
        };
        next.size.members = count(|tenant| tenant.members.len(), next.size.members);
        next.size.resources = count(|tenant| tenant.resources.len(), next.size.resources);
        if next.quarantined.contains(id) != left_out {
            let sum = next.digest;
            let of = digest::quarantined(id);
            next.digest = if left_out { sum.with(of) } else { sum.without(of) };
            let quarantined = Arc::make_mut(&mut next.quarantined);
            if left_out {
                quarantined.insert(id.into());
            } else {
                quarantined.remove(id);
            }
        }
        match tenant {
            Some(row) => {
                if was.is_none() {
                    next.tenant_order = next.tenant_order.with(vec![(0, id)]);
                }
                next.tenants = next.tenants.with(Item { kind: 0, text: id, row });
            }
            None if was.is_some() => {
                next.tenants = next.tenants.without(0, id);
                next.tenant_order = next.tenant_order.without(0, id);
            }
            None => {}
        }
        next.size = Size { tenants: next.tenants.len(), ..next.size };
    }
}

/// Compiles the apps anew where they or the model have changed.
fn rework_apps(base: &Snapshot, next: &mut Snapshot, apps: &Apps<'_>, revision: Revision) {
    let another_model = !Arc::ptr_eq(&base.model, &next.model);
    if another_model {
        let (old, new) = (&base.model.source.document, &next.model.source.document);
        next.digest = next.digest.without(digest::model(old)).with(digest::model(new));
        // A type of principals may have another number now.
        let kept = base.apps();
        let items =
            kept.iter().filter(|(key, ..)| !apps.changed.contains_key(key)).filter_map(|(key, app, at)| {
                let kind = next.model.principal_type_names.get(key.kind())?;
                Some(Item { kind: kind.0, text: key.id(), row: build::app(&next.model, app, *at) })
            });
        next.apps = crate::snapshot::table::Table::build(items.collect());
    }
    for (key, put) in apps.changed {
        if let Some((old, _)) = base.app_source(key) {
            next.digest = next.digest.without(digest::app(key, old));
        }
        let Some(kind) = next.model.principal_type_names.get(key.kind()).copied() else { continue };
        next.apps = match put {
            Some(app) => {
                next.digest = next.digest.with(digest::app(key, &app.value));
                let row = build::app(&next.model, &app.value, revision);
                next.apps.with(Item { kind: kind.0, text: key.id(), row })
            }
            None => next.apps.without(kind.0, key.id()),
        };
    }
    next.size.apps = next.apps.len();
}

/// As many as are told, and how many more there are.
fn bounded(mut told: Vec<Told>) -> Vec<Told> {
    if let Some(more) = told.len().checked_sub(TOLD).filter(|more| *more > 0) {
        told.truncate(TOLD);
        told.push(Told::whole(format!("and {more} more, which are not shown")));
    }
    told
}
