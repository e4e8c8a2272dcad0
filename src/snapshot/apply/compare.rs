//! How many members may do more, and how many less, than before.
//!
//! For each member, four sets are compared: what is granted, what is granted on
//! conditions, which restrictions are in force, and what is denied. It is a count
//! for people: a grant that expires counts as held, and what ACLs give does not
//! count.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use crate::document::definition::{OverrideMode, Restriction, RestrictionMode};
use crate::model::{Digest, Value};
use crate::snapshot::Snapshot;
use crate::snapshot::content::Profile;
use crate::snapshot::index::RestrictionIx;
use crate::snapshot::model::Model;
use crate::snapshot::permissions::{PermissionIx, PermissionSet};
use crate::snapshot::tenant::{Frame, Member, Switch, Tenant};

/// Members whose access has changed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Changes {
    pub(super) widened: usize,
    pub(super) narrowed: usize,
}

impl Changes {
    /// Adds others.
    pub(super) fn add(&mut self, other: &Self) {
        self.widened = self.widened.saturating_add(other.widened);
        self.narrowed = self.narrowed.saturating_add(other.narrowed);
    }
}

/// Compares everything with what takes its place.
pub(super) fn compare_all(held: &Snapshot, next: &Snapshot) -> Changes {
    let mut changes = Changes::default();
    let gone = held.tenants.iter().filter(|(_, id, _)| next.tenant(id).is_none());
    for (.., was) in gone {
        changes.add(&compare((&held.model, Some(was)), (&next.model, None)));
    }
    for (_, id, tenant) in next.tenants.iter() {
        let was = held.tenants.get(0, id).map(|(_, was)| was);
        changes.add(&compare((&held.model, was), (&next.model, Some(tenant))));
    }
    changes
}

/// A model and a tenant of it.
type Side<'a> = (&'a Arc<Model>, Option<&'a Arc<Tenant>>);

/// Compares a tenant with what takes its place.
pub(super) fn compare((old_model, old): Side<'_>, (new_model, new): Side<'_>) -> Changes {
    let mut changes = Changes::default();
    let same_model = Arc::ptr_eq(old_model, new_model);
    if same_model && old.zip(new).is_some_and(|(old, new)| Arc::ptr_eq(old, new)) {
        return changes;
    }
    let translated = (!same_model).then(|| translation(old_model, new_model));
    let same_frame = same_model && old.zip(new).is_some_and(|(old, new)| Arc::ptr_eq(&old.frame, &new.frame));
    let mut known: HashMap<(Profile, Profile), (bool, bool)> = HashMap::new();
    let number = |model: &Model, name: &str| model.principal_type_names.get(name).map(|kind| kind.0);
    let mut count = |before: Option<&Member>, after: Option<&Member>| {
        let profile = |row: Option<&Member>| row.map(Profile::of).unwrap_or_default();
        let profiles = (profile(before), profile(after));
        if same_frame && profiles.0 == profiles.1 {
            return;
        }
        let (wider, narrower) = *known.entry(profiles).or_insert_with(|| {
            let before = before.zip(old).map(|(row, tenant)| Access::of(old_model, &tenant.frame, row));
            let before = match &translated {
                Some(to) => before.map(|before| before.translated(to)),
                None => before,
            };
            let after = after.zip(new).map(|(row, tenant)| Access::of(new_model, &tenant.frame, row));
            let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
            (after.exceeds(&before), before.exceeds(&after))
        });
        changes.widened = changes.widened.saturating_add(usize::from(wider));
        changes.narrowed = changes.narrowed.saturating_add(usize::from(narrower));
    };
    if let (true, Some(old), Some(new)) = (same_model, old, new) {
        // Rows that the two share are equal, unless their frames differ.
        let apart = if same_frame { new.members.apart(&old.members) } else { all(new, old) };
        let keys: HashSet<(u32, &str)> = apart.into_iter().collect();
        for (kind, id) in keys {
            let row = |tenant: &'_ Arc<Tenant>| tenant.members.get(kind, id).map(|(_, row)| row.clone());
            count(row(old).as_ref(), row(new).as_ref());
        }
        return changes;
    }
    for (kind, id, row) in new.iter().flat_map(|tenant| tenant.members.iter()) {
        let was = old.and_then(|old| {
            let name = &new_model.principal_types.get(at(kind))?.name;
            old.members.get(number(old_model, name)?, id)
        });
        count(was.map(|(_, was)| was), Some(row));
    }
    for (kind, id, row) in old.iter().flat_map(|tenant| tenant.members.iter()) {
        let stays = new.is_some_and(|new| {
            let name = old_model.principal_types.get(at(kind)).map_or("", |row| &row.name);
            number(new_model, name).is_some_and(|kind| new.members.get(kind, id).is_some())
        });
        if !stays {
            count(Some(row), None);
        }
    }
    changes
}

/// The keys of all members of two tenants.
fn all<'a>(a: &'a Tenant, b: &'a Tenant) -> Vec<(u32, &'a str)> {
    a.members.iter().chain(b.members.iter()).map(|(kind, id, _)| (kind, id)).collect()
}

fn at(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// What one member may do, as far as it is counted.
#[derive(Debug, Default)]
struct Access {
    always: PermissionSet,
    sometimes: PermissionSet,
    denies: PermissionSet,
    /// Restrictions in force: by name, with what they say and the params of the switch.
    restrictions: BTreeSet<(Box<str>, Digest, Box<[Value]>)>,
    /// It has something that the model it is compared in does not know.
    unknown: bool,
}

impl Access {
    fn of(model: &Model, frame: &Frame, row: &Member) -> Self {
        let Member { standing, overrides, switches, extra } = row;
        if extra.as_ref().is_some_and(|extra| extra.suspended) {
            return Self::default();
        }
        let mut access = Self {
            always: standing.roles.always.clone(),
            sometimes: standing.roles.sometimes.clone(),
            ..Self::default()
        };
        if let Some(overrides) = overrides {
            if frame.overrides == OverrideMode::On {
                access.always.union(&overrides.allow);
            }
            if frame.overrides != OverrideMode::Off {
                access.denies.union(&overrides.deny);
            }
        }
        for (ix, permission) in model.numbered() {
            if !permission.features.iter().all(|feature| frame.has_feature(*feature)) {
                access.denies.insert(ix);
            }
        }
        let in_force = |ix: RestrictionIx, params: &[Value]| {
            let row = model.restrictions.get(ix.at())?;
            let exempt = row.exempt.iter().any(|role| standing.roles.holds(*role));
            (!exempt).then(|| (row.id.clone(), says(model, &row.id), params.into()))
        };
        access.restrictions = model.always.iter().filter_map(|ix| in_force(*ix, &[])).collect();
        if frame.restrictions == RestrictionMode::On {
            let own = switches.iter().flat_map(|switches| &switches.live);
            let by_role = standing.roles.roles.iter().flat_map(|role| frame.switches_of(*role));
            let switched = own.chain(by_role);
            let live = switched.filter_map(|switch: &Switch| in_force(switch.restriction, &switch.params));
            access.restrictions.extend(live);
        }
        access.sometimes.union(&access.always);
        access.always.subtract(&access.denies);
        access.sometimes.subtract(&access.denies);
        access
    }

    /// Whether it allows something that the other does not.
    fn exceeds(&self, other: &Self) -> bool {
        let grants_more = more(&self.always, &other.always) || more(&self.sometimes, &other.sometimes);
        let some = !self.sometimes.is_empty();
        grants_more || self.unknown || (some && !other.restrictions.is_subset(&self.restrictions))
    }

    fn translated(self, to: &[Option<PermissionIx>]) -> Self {
        let numbered = || (0..).map(PermissionIx).zip(to);
        let set = |set: &PermissionSet| {
            numbered().filter(|(old, _)| set.contains(*old)).filter_map(|(_, new)| *new).collect()
        };
        Self {
            always: set(&self.always),
            sometimes: set(&self.sometimes),
            denies: set(&self.denies),
            unknown: numbered().any(|(old, new)| new.is_none() && self.sometimes.contains(old)),
            restrictions: self.restrictions,
        }
    }
}

/// Stands for what a restriction says. A change of that may widen and narrow.
fn says(model: &Model, id: &str) -> Digest {
    let declared = &model.source.checked.policy().model.restrictions;
    declared.get(id).map_or_else(Digest::default, |restriction| {
        let Restriction { permissions, allow_when, exempt_roles, always, .. } = &restriction.value;
        let permissions: Vec<String> = permissions.iter().map(|pattern| pattern.value.to_string()).collect();
        let exempt: Vec<&str> = exempt_roles.iter().map(|role| role.value.as_str()).collect();
        Digest::of(format!("{permissions:?} {} {exempt:?} {always}", allow_when.text).as_bytes())
    })
}

/// Whether a set has what another has not.
fn more(set: &PermissionSet, other: &PermissionSet) -> bool {
    let mut rest = set.clone();
    rest.subtract(other);
    !rest.is_empty()
}

/// What each permission of one model is in another.
fn translation(old: &Model, new: &Model) -> Vec<Option<PermissionIx>> {
    let find = |kind: &str, action: &str| new.kind(*new.type_names.get(kind)?)?.actions.get(action).copied();
    old.numbered().map(|(_, row)| find(old.kind_name(row.kind), &row.action)).collect()
}
