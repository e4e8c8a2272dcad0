//! Members, compiled into rows that share what is equal.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::Hash;
use std::sync::Arc;

use super::model::values;
use super::resource::stored;
use super::tenant::held;
use crate::document::Spanned;
use crate::document::definition::{self as def, Map, Params};
use crate::model::{LevelItem, Pattern, Timestamp, Value};
use crate::snapshot::index::{GroupIx, RoleIx, TypeIx};
use crate::snapshot::model::Model;
use crate::snapshot::tenant::{
    Frame, Given, Member, MemberExtra, Overrides, Pool, Standing, Switch, Switches, Terms,
};

/// What the members of one tenant share while they are compiled.
#[derive(Debug, Default)]
pub(in crate::snapshot) struct Shared {
    standings: HashMap<Holding, Arc<Standing>>,
    overrides: HashMap<Arc<Overrides>, Arc<Overrides>>,
    switches: HashMap<Arc<Switches>, Arc<Switches>>,
    pub(super) terms: HashMap<Said, Arc<Terms>>,
}

/// What a standing is made of: the roles given, and the groups.
type Holding = (Arc<[Given]>, Arc<[GroupIx]>);
/// What terms are made of: the type of what carries them, levels, and denies.
type Said = (TypeIx, Box<[Box<str>]>, Box<[LevelItem]>);

impl Shared {
    /// Begins with what members of a tenant share already, so that those to be
    /// compiled share it too. Its frame must be the one they were compiled with.
    pub(in crate::snapshot) fn of(pool: &Pool) -> Self {
        let Pool { standings, overrides, switches } = pool;
        let key = |standing: &Standing| (Arc::clone(&standing.given), Arc::clone(&standing.groups));
        Self {
            standings: standings.iter().map(|one| (key(one), Arc::clone(one))).collect(),
            ..Self::of_any(overrides, switches)
        }
    }

    /// Begins with what does not depend on a frame.
    pub(in crate::snapshot) fn of_any(overrides: &[Arc<Overrides>], switches: &[Arc<Switches>]) -> Self {
        Self {
            overrides: overrides.iter().map(|one| (Arc::clone(one), Arc::clone(one))).collect(),
            switches: switches.iter().map(|one| (Arc::clone(one), Arc::clone(one))).collect(),
            ..Self::default()
        }
    }

    /// What those to be compiled later may share: the same as before if there is
    /// nothing new.
    pub(in crate::snapshot) fn pool(&self, before: &Arc<Pool>) -> Arc<Pool> {
        let Pool { standings, overrides, switches } = before.as_ref();
        let same = (self.standings.len(), self.overrides.len(), self.switches.len())
            == (standings.len(), overrides.len(), switches.len());
        if same {
            return Arc::clone(before);
        }
        Arc::new(Pool {
            standings: newest(standings, self.standings.values()),
            overrides: newest(overrides, self.overrides.values()),
            switches: newest(switches, self.switches.values()),
        })
    }
}

/// As many as a pool keeps: what was there before goes first.
fn newest<'a, T: 'a>(before: &[Arc<T>], all: impl Iterator<Item = &'a Arc<T>>) -> Box<[Arc<T>]> {
    let known: HashSet<*const T> = before.iter().map(Arc::as_ptr).collect();
    let new: Vec<&Arc<T>> = all.filter(|one| !known.contains(&Arc::as_ptr(one))).take(POOL).collect();
    let old = before.len().saturating_sub(POOL.saturating_sub(new.len()));
    before.iter().skip(old).chain(new).cloned().collect()
}

/// How many of each a pool keeps.
const POOL: usize = 64;

/// Roles given to a member, by number, each with the instant it expires.
type GivenRoles = Vec<(RoleIx, Option<Timestamp>)>;

/// Compiles a member that is in these groups.
pub(in crate::snapshot) fn member(
    model: &Model,
    frame: &Frame,
    def: &def::Member,
    groups: &Arc<[GroupIx]>,
    shared: &mut Shared,
) -> Member {
    let mut given: Vec<Given> = values(&def.roles)
        .map(|given| Given { role: given.role.as_str().into(), expires_at: given.expires_at })
        .collect();
    given.sort_unstable();
    given.dedup();
    Member {
        standing: standing(model, frame, given.into(), groups, shared),
        overrides: overrides(model, def).map(|value| share(&mut shared.overrides, value)),
        switches: (!def.restrictions.is_empty())
            .then(|| share(&mut shared.switches, switched(model, &def.restrictions))),
        extra: extra(model, def),
    }
}

/// What a principal in these groups holds that is no member.
pub(in crate::snapshot) fn guest(
    model: &Model,
    frame: &Frame,
    groups: &Arc<[GroupIx]>,
    shared: &mut Shared,
) -> Arc<Standing> {
    standing(model, frame, Arc::from([]), groups, shared)
}

/// Compiles what is switched on for a member.
fn switched(model: &Model, on: &Map<Params>) -> Switches {
    let retired = on.iter().filter(|(id, _)| !model.restriction_names.contains_key(id.as_str()));
    let values = |params: &Params| -> Box<[(Box<str>, Value)]> {
        params.iter().map(|(name, value)| (name.as_str().into(), value.value.clone())).collect()
    };
    let retired = retired.map(|(id, params)| (id.as_str().into(), values(params))).collect();
    Switches { live: switches(model, on), retired }
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

/// The standing of whoever is given these roles and is in these groups.
pub(in crate::snapshot) fn standing(
    model: &Model,
    frame: &Frame,
    given: Arc<[Given]>,
    groups: &Arc<[GroupIx]>,
    shared: &mut Shared,
) -> Arc<Standing> {
    let key = (given, Arc::clone(groups));
    let known = shared.standings.entry(key);
    Arc::clone(known.or_insert_with_key(|(given, groups)| chain(model, frame, given, groups)))
}

/// The chain of standings, one for each time that some given role expires.
fn chain(model: &Model, frame: &Frame, source: &Arc<[Given]>, groups: &Arc<[GroupIx]>) -> Arc<Standing> {
    let given: GivenRoles = source
        .iter()
        .filter_map(|given| Some((frame.find_role(model, &given.role)?, given.expires_at)))
        .collect();
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
    let link = |roles, then| {
        Arc::new(Standing { roles, groups: Arc::clone(groups), then, given: Arc::clone(source) })
    };
    let mut standing = link(until(last), None);
    while let Some(instant) = instants.pop() {
        let roles = until(instants.last().copied());
        standing = link(roles, Some((instant, standing)));
    }
    standing
}

fn overrides(model: &Model, def: &def::Member) -> Option<Overrides> {
    let mut allow = model.expand_all(values(&def.overrides.allow));
    allow.subtract(&model.reserved);
    let deny = model.expand_all(values(&def.overrides.deny));
    let patterns = |list: &[Spanned<Pattern>]| {
        let mut patterns: Vec<Pattern> = values(list).cloned().collect();
        patterns.sort_unstable();
        patterns.into_boxed_slice()
    };
    let (allow_patterns, deny_patterns) = (patterns(&def.overrides.allow), patterns(&def.overrides.deny));
    let any = !allow_patterns.is_empty() || !deny_patterns.is_empty();
    any.then_some(Overrides { allow, deny, allow_patterns, deny_patterns })
}

fn extra(model: &Model, def: &def::Member) -> Option<Arc<MemberExtra>> {
    let attributes = stored(model, &def.attributes);
    let def::Member { suspended, expires_at, ref label, .. } = *def;
    let plain =
        !suspended && expires_at.is_none() && attributes.0.is_empty() && *label == def::Label::default();
    (!plain).then(|| Arc::new(MemberExtra { suspended, expires_at, attributes, label: label.clone() }))
}

fn share<T: Eq + Hash>(known: &mut HashMap<Arc<T>, Arc<T>>, value: T) -> Arc<T> {
    let value = Arc::new(value);
    Arc::clone(known.entry(Arc::clone(&value)).or_insert(value))
}
