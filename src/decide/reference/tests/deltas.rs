//! Deltas against the whole: however a policy came about, it is the same.
//!
//! A generated policy is compiled whole. Another one, from which parts are missing
//! and in which others differ, is brought to it by changes. The two must have the
//! same digests, hold the same content in the same order, and give the same answers.

use std::collections::BTreeSet;

use super::super::world::{Rng, World, ask};
use super::{answer, compile};
use crate::document::definition::{Group, KeyMap, Map, Member, Policy, Tenant};
use crate::document::{Change, References, Spanned, TenantChange, diff};
use crate::model::{Key, Revision};
use crate::snapshot::Snapshot;
use crate::snapshot::apply::{Applied, Rules};

fn rules() -> Rules {
    // What a generated policy has is often what could not be put newly.
    Rules { lenient: true, ..Rules::default() }
}

#[test]
fn i12_deltas_come_to_what_the_whole_comes_to() {
    let worlds: u64 =
        std::env::var("SIDEGATE_PROPERTY_DELTAS").ok().and_then(|n| n.parse().ok()).unwrap_or(1_500);
    let (mut applied, mut changed) = (0_u32, 0_usize);
    for seed in 0..worlds {
        let world = World::generate(seed);
        let mut rng = Rng::new(seed ^ 0x5eed);
        let full = compile(&world.policy).unwrap();
        let start = (0..20).map(|_| spoiled(&world.policy, &mut rng)).find_map(|policy| {
            let snapshot = compile(&policy).ok()?;
            Some((policy, snapshot))
        });
        let Some((start, before)) = start else { continue };
        let mut changes = difference(&start, &world.policy);
        if rng.below(2) == 0 {
            rng.shuffle(&mut changes);
        }
        changed += changes.len();
        let one = apply(&before, changes.clone(), seed);
        same(&one, &full, seed);
        // Twice is once.
        let put: Vec<_> = changes.iter().filter(|change| is_put(change)).cloned().collect();
        same(&apply(&one, put, seed), &full, seed);
        // One after the other, where each is sound by itself.
        let mut stepwise = before.clone();
        let mut waiting = Vec::new();
        for change in changes {
            waiting.push(Spanned::nowhere(change));
            if let Ok(Applied { snapshot, .. }) =
                stepwise.apply(Revision::new(1, 2), waiting.clone(), &rules())
            {
                stepwise = snapshot;
                waiting.clear();
            }
        }
        if waiting.is_empty() {
            same(&stepwise, &full, seed);
        }
        for asked in ask(&world, 15) {
            let expected = answer(&full, &asked.question, asked.now);
            for made in [&one, &stepwise] {
                if waiting.is_empty() || std::ptr::eq(made, &one) {
                    assert_eq!(answer(made, &asked.question, asked.now), expected, "seed {seed}");
                }
            }
        }
        applied += 1;
    }
    println!("{applied} policies brought to others by {changed} changes");
    assert!(u64::from(applied) > worlds / 2, "{applied} of {worlds}: most starts were refused");
}

/// What comparing two policies comes to takes the one to the other, both ways.
#[test]
fn i12_a_comparison_leaves_out_nothing() {
    let mut compared = 0;
    for seed in 0..600 {
        let world = World::generate(seed);
        let mut rng = Rng::new(seed ^ 0xd1ff);
        let other = spoiled(&world.policy, &mut rng);
        let Ok(snapshots) = [&world.policy, &other].map(compile).into_iter().collect::<Result<Vec<_>, _>>()
        else {
            continue;
        };
        let [full, less] = &snapshots[..] else { panic!() };
        let changes = |from: &Policy, to: &Policy| {
            let known = |tenant: &Spanned<Tenant>| diff::Was::Known(Box::new(tenant.value.clone()));
            let held = diff::Held {
                model: String::new(),
                apps: from.apps.clone(),
                tenants: from.tenants.iter().map(|(id, tenant)| (id.clone(), known(tenant))).collect(),
            };
            diff::changes(&held, to, "")
        };
        same(&apply(full, changes(&world.policy, &other), seed), less, seed);
        same(&apply(less, changes(&other, &world.policy), seed), full, seed);
        compared += 1;
    }
    assert!(compared > 200, "{compared}");
}

#[track_caller]
pub(super) fn apply(snapshot: &Snapshot, changes: Vec<Change>, seed: u64) -> Snapshot {
    let changes = changes.into_iter().map(Spanned::nowhere).collect();
    match snapshot.apply(Revision::new(1, 2), changes, &rules()) {
        Ok(Applied { snapshot, .. }) => snapshot,
        Err(faults) => panic!("seed {seed}: {faults:#?}"),
    }
}

/// Two snapshots hold the same, in the same order.
#[track_caller]
pub(super) fn same(made: &Snapshot, full: &Snapshot, seed: u64) {
    assert_eq!(made.size(), full.size(), "seed {seed}");
    let tenants: Vec<&str> = full.tenants_after(None).collect();
    assert_eq!(made.tenants_after(None).collect::<Vec<_>>(), tenants, "seed {seed}");
    for id in tenants {
        let members = |snapshot: &Snapshot| -> Vec<Key> {
            snapshot.members_after(id, None).map(|row| row.key).collect()
        };
        assert_eq!(members(made), members(full), "seed {seed} {id}");
        let resources = |snapshot: &Snapshot| snapshot.resources_after(id, None).collect::<Vec<_>>();
        assert_eq!(resources(made), resources(full), "seed {seed} {id}");
        let frames = (made.frame(id).unwrap(), full.frame(id).unwrap());
        assert_eq!(frames.0, frames.1, "seed {seed} {id}");
        for row in full.members_after(id, None) {
            assert_eq!(made.member(id, &row.key).as_ref(), Some(&row.content), "seed {seed} {id}");
        }
        assert_eq!(made.tenant_digest(id), full.tenant_digest(id), "seed {seed} {id}");
    }
    assert_eq!(made.digest(), full.digest(), "seed {seed}");
}

fn chance(rng: &mut Rng, percent: usize) -> bool {
    rng.below(100) < percent
}

/// The same policy with parts gone and others changed, often a sound one.
pub(super) fn spoiled(policy: &Policy, rng: &mut Rng) -> Policy {
    let mut policy = policy.clone();
    let odds = *rng.pick(&[5, 15, 40]);
    policy.tenants.retain(|_, _| !chance(rng, odds / 2));
    for tenant in policy.tenants.values_mut() {
        let tenant = &mut tenant.value;
        tenant.members.retain(|_, _| !chance(rng, odds));
        tenant.installs.retain(|_, _| !chance(rng, odds));
        tenant.resources.retain(|_, _| !chance(rng, odds / 3));
        tenant.role_restrictions.retain(|_, _| !chance(rng, odds));
        tenant.groups.retain(|_, _| !chance(rng, odds / 3));
        tenant.roles.retain(|_, _| !chance(rng, odds / 4));
        for member in tenant.members.values_mut() {
            if chance(rng, odds) {
                member.value = Member { suspended: chance(rng, 50), ..Member::default() };
            }
        }
        for group in tenant.groups.values_mut() {
            if chance(rng, odds) {
                group.value.members.truncate(1);
            }
        }
        for role in tenant.roles.values_mut() {
            if chance(rng, odds) {
                role.value.allow.truncate(1);
            }
        }
        for resource in tenant.resources.values_mut() {
            if chance(rng, odds) {
                resource.value.acl.pop_first();
            }
        }
        if chance(rng, odds) {
            let extra = Key::new("user", "zz").unwrap();
            if policy.model.principals.contains_key("user") {
                tenant.members.insert(extra, Spanned::nowhere(Member::default()));
            }
            tenant.groups.insert("zz".to_owned(), Spanned::nowhere(Group::default()));
        }
    }
    policy
}

/// What brings one policy to another of the same model and apps.
pub(super) fn difference(from: &Policy, to: &Policy) -> Vec<Change> {
    let mut changes = Vec::new();
    for id in from.tenants.keys().filter(|id| !to.tenants.contains_key(*id)) {
        changes.push(Change::DeleteTenant(id.clone()));
    }
    for (id, tenant) in &to.tenants {
        match from.tenants.get(id) {
            None => changes.push(Change::PutTenant(Box::new(tenant.value.clone()))),
            Some(before) => {
                let inside = in_tenant(&before.value, &tenant.value);
                changes.extend(inside.into_iter().map(|change| Change::InTenant(id.clone(), change)));
            }
        }
    }
    changes
}

fn in_tenant(from: &Tenant, to: &Tenant) -> Vec<TenantChange> {
    use TenantChange as C;

    let mut changes = Vec::new();
    let refuse = References::Refuse;
    changes.extend(put(&from.roles, &to.roles).map(|(id, role)| C::PutRole(id, Box::new(role))));
    changes.extend(put(&from.groups, &to.groups).map(|(id, group)| C::PutGroup(id, group)));
    changes.extend(
        put(&from.role_restrictions, &to.role_restrictions).map(|(id, on)| C::PutRoleRestrictions(id, on)),
    );
    changes.extend(keyed(&from.members, &to.members).map(|(key, row)| C::PutMember(key, Box::new(row))));
    changes
        .extend(keyed(&from.resources, &to.resources).map(|(key, row)| C::PutResource(key, Box::new(row))));
    changes.extend(keyed(&from.installs, &to.installs).map(|(key, row)| C::PutInstall(key, row)));
    changes.extend(gone(&from.role_restrictions, &to.role_restrictions).map(C::DeleteRoleRestrictions));
    changes.extend(gone(&from.resources, &to.resources).map(|key| C::DeleteResource(key, refuse)));
    changes.extend(gone(&from.members, &to.members).map(|key| C::DeleteMember(key, refuse)));
    changes.extend(gone(&from.installs, &to.installs).map(C::DeleteInstall));
    changes.extend(gone(&from.groups, &to.groups).map(|id| C::DeleteGroup(id, refuse)));
    changes.extend(gone(&from.roles, &to.roles).map(|id| C::DeleteRole(id, refuse)));
    changes
}

fn put<'a, T: Clone + PartialEq>(from: &'a Map<T>, to: &'a Map<T>) -> impl Iterator<Item = (String, T)> + 'a {
    to.iter().filter(|(id, row)| from.get(*id) != Some(row)).map(|(id, row)| (id.clone(), row.value.clone()))
}

fn keyed<'a, T: Clone + PartialEq>(
    from: &'a KeyMap<T>,
    to: &'a KeyMap<T>,
) -> impl Iterator<Item = (Key, T)> + 'a {
    to.iter().filter(|(id, row)| from.get(*id) != Some(row)).map(|(id, row)| (id.clone(), row.value.clone()))
}

fn gone<'a, K: Ord + Clone, T>(
    from: &'a std::collections::BTreeMap<K, T>,
    to: &'a std::collections::BTreeMap<K, T>,
) -> impl Iterator<Item = K> + 'a {
    let kept: BTreeSet<&K> = to.keys().collect();
    from.keys().filter(move |key| !kept.contains(key)).cloned()
}

fn is_put(change: &Change) -> bool {
    use TenantChange as C;

    match change {
        Change::PutModel(_) | Change::PutTenant(_) | Change::PutApp(_) => true,
        Change::DeleteTenant(_) | Change::DeleteApp(_) => false,
        Change::InTenant(_, change) => !matches!(
            change,
            C::DeletePlan
                | C::DeleteRole(..)
                | C::DeleteGroup(..)
                | C::DeleteMember(..)
                | C::DeleteResource(..)
                | C::DeleteAclEntry(..)
                | C::DeleteInstall(_)
                | C::DeleteRoleRestrictions(_)
        ),
    }
}
