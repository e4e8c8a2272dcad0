//! Makes a disagreement small enough to read.
//!
//! Owns the ways to take something out of a policy or a question. A smaller
//! one counts only if checking accepts it and the disagreement is still there;
//! whether it is, the caller says.

use crate::decide::reference::question::Question;
use crate::document::definition::{Entry, Map, Policy, ScopeCover, When};

/// Takes something out.
type Cut = Box<dyn Fn(&mut Policy, &mut Question)>;

/// The smallest policy and question reached that still `fail`.
pub(super) fn shrink(
    mut policy: Policy,
    mut question: Question,
    fails: impl Fn(&Policy, &Question) -> bool,
) -> (Policy, Question) {
    loop {
        let mut smaller = false;
        for cut in cuts(&policy, &question) {
            let (mut less, mut asked) = (policy.clone(), question.clone());
            cut(&mut less, &mut asked);
            if (less != policy || asked != question) && fails(&less, &asked) {
                (policy, question) = (less, asked);
                smaller = true;
            }
        }
        if !smaller {
            return (policy, question);
        }
    }
}

fn cuts(policy: &Policy, question: &Question) -> Vec<Cut> {
    let mut cuts: Vec<Cut> = Vec::new();
    let mut cut = |cut: Cut| cuts.push(cut);
    cut(Box::new(|_, question| question.via = None));
    cut(Box::new(|_, question| question.id = None));
    for place in 0..8 {
        cut(Box::new(move |_, question| remove(&mut question.roles, place)));
        cut(Box::new(move |_, question| remove(&mut question.attributes, place)));
        cut(Box::new(move |_, question| remove(&mut question.context, place)));
        cut(Box::new(move |_, question| remove(&mut question.resource, place)));
        cut(Box::new(move |_, question| remove(&mut question.parents, place)));
        cut(Box::new(move |_, question| {
            if let Some(via) = &mut question.via {
                remove(&mut via.scopes, place);
            }
        }));
    }
    for id in policy.tenants.keys().filter(|id| **id != question.tenant) {
        let id = id.clone();
        cut(Box::new(move |policy, _| drop(policy.tenants.remove(&id))));
    }
    for id in policy.apps.keys() {
        let id = id.clone();
        cut(Box::new(move |policy, _| {
            policy.apps.remove(&id);
            for tenant in policy.tenants.values_mut() {
                tenant.value.installs.remove(&id);
            }
        }));
    }
    tenant_cuts(policy, question, &mut cuts);
    model_cuts(policy, &mut cuts);
    cuts
}

fn tenant_cuts(policy: &Policy, question: &Question, cuts: &mut Vec<Cut>) {
    let id = question.tenant.clone();
    let Some(tenant) = policy.tenants.get(&id) else { return };
    macro_rules! each {
        ($field:ident) => {
            for key in tenant.$field.keys().cloned() {
                let id = id.clone();
                cuts.push(Box::new(move |policy, _| {
                    policy.tenants.get_mut(&id).map(|tenant| tenant.value.$field.remove(&key));
                }));
            }
        };
    }
    each!(members);
    each!(groups);
    each!(resources);
    each!(installs);
    each!(roles);
    each!(role_restrictions);
    macro_rules! inside {
        ($field:ident, $key:expr, $it:ident => $change:expr) => {{
            let (id, key) = (id.clone(), $key.clone());
            cuts.push(Box::new(move |policy, _| {
                if let Some($it) =
                    policy.tenants.get_mut(&id).and_then(|tenant| tenant.value.$field.get_mut(&key))
                {
                    $change;
                }
            }));
        }};
    }
    for key in tenant.members.keys() {
        for place in 0..4 {
            inside!(members, key, it => remove(&mut it.value.roles, place));
            inside!(members, key, it => remove(&mut it.value.overrides.allow, place));
            inside!(members, key, it => remove(&mut it.value.overrides.deny, place));
            inside!(members, key, it => remove_key(&mut it.value.restrictions, place));
            inside!(members, key, it => remove_key(&mut it.value.attributes, place));
        }
    }
    for key in tenant.resources.keys() {
        for place in 0..8 {
            inside!(resources, key, it => remove(&mut it.value.parents, place));
            inside!(resources, key, it => remove_key(&mut it.value.attributes, place));
            inside!(resources, key, it => drop(it.value.acl.keys().nth(place).cloned().map(|key| it.value.acl.remove(&key))));
        }
    }
    for key in tenant.groups.keys() {
        for place in 0..8 {
            inside!(groups, key, it => remove(&mut it.value.members, place));
            inside!(groups, key, it => remove(&mut it.value.roles, place));
        }
    }
    for key in tenant.roles.keys() {
        for place in 0..4 {
            inside!(roles, key, it => remove(&mut it.value.allow, place));
            inside!(roles, key, it => remove(&mut it.value.extends, place));
        }
    }
    for key in tenant.role_restrictions.keys() {
        for place in 0..4 {
            inside!(role_restrictions, key, it => remove_key(&mut it.value, place));
        }
    }
}

fn model_cuts(policy: &Policy, cuts: &mut Vec<Cut>) {
    macro_rules! each {
        ($($field:ident),*) => {
            $(for key in policy.model.$field.keys().cloned() {
                cuts.push(Box::new(move |policy, _| drop(policy.model.$field.remove(&key))));
            })*
        };
    }
    each!(resources, conditions, roles, restrictions, features, scopes, sections, plans, context, principals);
    cuts.push(Box::new(|policy, _| policy.model.reserved.permissions.clear()));
    cuts.push(Box::new(|policy, _| policy.model.reserved.roles.clear()));
    cuts.push(Box::new(|policy, _| policy.model.retired = Default::default()));
    for key in policy.model.resources.keys() {
        macro_rules! inside {
            ($it:ident => $change:expr) => {{
                let key = key.clone();
                cuts.push(Box::new(move |policy, _| {
                    if let Some($it) = policy.model.resources.get_mut(&key) {
                        $change;
                    }
                }));
            }};
        }
        inside!(it => it.value.hidden_without = None);
        for place in 0..8 {
            inside!(it => remove(&mut it.value.actions, place));
            inside!(it => remove_key(&mut it.value.attributes, place));
            inside!(it => remove(&mut it.value.requires, place));
            inside!(it => remove(&mut it.value.parents, place));
            inside!(it => remove_key(&mut it.value.levels, place));
        }
    }
    let texts = ["true", "false"];
    for (key, place) in
        policy.model.roles.keys().flat_map(|key| (0..6).map(move |place| (key.clone(), place)))
    {
        let same = key.clone();
        cuts.push(Box::new(move |policy, _| {
            if let Some(role) = policy.model.roles.get_mut(&same) {
                remove(&mut role.value.allow, place);
            }
        }));
        cuts.push(Box::new(move |policy, _| {
            if let Some(entry) =
                policy.model.roles.get_mut(&key).and_then(|role| role.value.allow.get_mut(place))
            {
                plain(entry);
            }
        }));
    }
    for key in policy.model.scopes.keys() {
        let key = key.clone();
        cuts.push(Box::new(move |policy, _| {
            let Some(scope) = policy.model.scopes.get_mut(&key) else { return };
            match &mut scope.value.covers {
                ScopeCover::Allow(entries) => entries.iter_mut().for_each(plain),
                ScopeCover::Modes(modes) => {
                    modes.values_mut().flat_map(|entries| entries.value.iter_mut()).for_each(plain);
                }
            }
        }));
    }
    for (key, text) in policy.model.restrictions.keys().flat_map(|key| texts.map(|text| (key.clone(), text)))
    {
        cuts.push(Box::new(move |policy, _| {
            if let Some(restriction) = policy.model.restrictions.get_mut(&key) {
                restriction.value.allow_when.text = text.to_owned();
            }
        }));
    }
}

fn plain(entry: &mut Entry) {
    entry.when = When::Always;
    entry.except.clear();
}

fn remove<T>(list: &mut Vec<T>, place: usize) {
    if place < list.len() {
        list.remove(place);
    }
}

fn remove_key<T>(map: &mut Map<T>, place: usize) {
    if let Some(key) = map.keys().nth(place).cloned() {
        map.remove(&key);
    }
}
