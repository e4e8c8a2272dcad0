//! Members, compiled into rows that share what is equal.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;
use std::sync::Arc;

use super::model::values;
use super::resource::stored;
use super::tenant::held;
use crate::document::definition::{self as def, Map, Params};
use crate::model::{Timestamp, Value};
use crate::snapshot::index::{GroupIx, RoleIx};
use crate::snapshot::model::Model;
use crate::snapshot::tenant::{Frame, Member, MemberExtra, Overrides, Standing, Switch, Switches};

/// What the members of one tenant share while they are compiled.
#[derive(Debug, Default)]
pub(super) struct Shared {
    standings: HashMap<(Given, Arc<[GroupIx]>), Arc<Standing>>,
    overrides: HashMap<Arc<Overrides>, Arc<Overrides>>,
    switches: HashMap<Arc<Switches>, Arc<Switches>>,
}

/// Roles given to a member, each with the instant it expires.
type Given = Vec<(RoleIx, Option<Timestamp>)>;

/// Compiles a member that is in these groups.
pub(super) fn member(
    model: &Model,
    frame: &Frame,
    def: &def::Member,
    groups: &Arc<[GroupIx]>,
    shared: &mut Shared,
) -> Member {
    let mut given: Given = values(&def.roles)
        .filter_map(|given| Some((frame.find_role(model, &given.role)?, given.expires_at)))
        .collect();
    given.sort_unstable();
    given.dedup();
    Member {
        standing: shared_standing(model, frame, given, groups, shared),
        overrides: overrides(model, def).map(|value| share(&mut shared.overrides, value)),
        switches: Some(switches(model, &def.restrictions))
            .filter(|on| !on.is_empty())
            .map(|on| share(&mut shared.switches, Switches(on))),
        extra: extra(model, def),
    }
}

/// What a principal in these groups holds that is no member.
pub(super) fn guest(
    model: &Model,
    frame: &Frame,
    groups: &Arc<[GroupIx]>,
    shared: &mut Shared,
) -> Arc<Standing> {
    shared_standing(model, frame, Vec::new(), groups, shared)
}

/// Compiles switches, in order of restriction.
pub(super) fn switches(model: &Model, on: &Map<Params>) -> Box<[Switch]> {
    on.iter()
        .filter_map(|(id, given)| {
            let ix = *model.restriction_names.get(id.as_str())?;
            let row = model.restrictions.get(ix.at())?;
            let params = row
                .params
                .iter()
                .map(|(name, _)| given.get(name.as_ref()).map_or(Value::Null, |value| value.value.clone()))
                .collect();
            Some(Switch { restriction: ix, params })
        })
        .collect()
}

fn shared_standing(
    model: &Model,
    frame: &Frame,
    given: Given,
    groups: &Arc<[GroupIx]>,
    shared: &mut Shared,
) -> Arc<Standing> {
    let key = (given, Arc::clone(groups));
    let known = shared.standings.entry(key);
    Arc::clone(known.or_insert_with_key(|(given, groups)| standing(model, frame, given, groups)))
}

/// The chain of standings, one for each time that some given role expires.
fn standing(model: &Model, frame: &Frame, given: &Given, groups: &Arc<[GroupIx]>) -> Arc<Standing> {
    let through_groups: Vec<RoleIx> = groups
        .iter()
        .filter_map(|ix| frame.groups.get(ix.at()))
        .flat_map(|group| group.roles.roles.iter().copied())
        .chain([model.everyone, model.anyone])
        .collect();
    let until = |from: Option<Timestamp>| {
        let own = given.iter().filter(|(_, expires)| expires.is_none() || *expires > from);
        let all = own.map(|(role, _)| *role).chain(through_groups.iter().copied());
        held(model, frame, all)
    };
    let instants: BTreeSet<Timestamp> = given.iter().filter_map(|(_, expires)| *expires).collect();
    let mut instants: Vec<Timestamp> = instants.into_iter().collect();
    let last = instants.last().copied();
    let mut standing = Arc::new(Standing { roles: until(last), groups: Arc::clone(groups), then: None });
    while let Some(instant) = instants.pop() {
        let roles = until(instants.last().copied());
        standing = Arc::new(Standing { roles, groups: Arc::clone(groups), then: Some((instant, standing)) });
    }
    standing
}

fn overrides(model: &Model, def: &def::Member) -> Option<Overrides> {
    let mut allow = model.expand_all(values(&def.overrides.allow));
    allow.subtract(&model.reserved);
    let deny = model.expand_all(values(&def.overrides.deny));
    (!allow.is_empty() || !deny.is_empty()).then_some(Overrides { allow, deny })
}

fn extra(model: &Model, def: &def::Member) -> Option<Arc<MemberExtra>> {
    let attributes = stored(model, &def.attributes);
    let plain = !def.suspended && def.expires_at.is_none() && attributes.0.is_empty();
    (!plain)
        .then(|| Arc::new(MemberExtra { suspended: def.suspended, expires_at: def.expires_at, attributes }))
}

fn share<T: Eq + Hash>(known: &mut HashMap<Arc<T>, Arc<T>>, value: T) -> Arc<T> {
    let value = Arc::new(value);
    Arc::clone(known.entry(Arc::clone(&value)).or_insert(value))
}
