//! The changes of a tenant.

use super::catalogue::Catalogue;
use super::model::{level_items, role};
use super::pick::{Kind, Pick};
use crate::document::definition::{
    AclEntry, GrantedModes, Group, GroupMember, Install, Map, Member, OverrideMode, Plan, Registered,
    RestrictionMode, Tenant,
};
use crate::model::Key;

/// Comes by every place of every tenant that can change. What a plan makes
/// dormant is as if absent, so its going is no change.
pub(super) fn walk(pick: &mut Pick, catalogue: &Catalogue, plans: &Map<Plan>, tenants: &mut Map<Tenant>) {
    for (id, tenant) in tenants {
        let tenant = &mut tenant.value;
        let plan = tenant.plan.as_ref().and_then(|name| plans.get(&name.value));
        let plan = plan.map(|plan| plan.value.clone()).unwrap_or_default();
        for (role_id, content) in &mut tenant.roles {
            let of = format_args!("role `{role_id}` of `{id}`");
            role(pick, catalogue, of, (Some(id), role_id), &mut content.value);
        }
        for (group_id, group) in &mut tenant.groups {
            self::group(pick, (id, group_id), &mut group.value);
        }
        for (key, member) in &mut tenant.members {
            self::member(pick, (catalogue, &plan), (id, key), &mut member.value);
        }
        for (key, registered) in &mut tenant.resources {
            self::registered(pick, catalogue, (id, key), &mut registered.value);
        }
        for (key, install) in &mut tenant.installs {
            self::install(pick, (id, key), &mut install.value);
        }
        for (role_id, switches) in &mut tenant.role_restrictions {
            let of = format_args!("role `{role_id}` of `{id}`");
            if plan.member_restrictions == RestrictionMode::On {
                pick.drop_key(Kind::DropSwitch, of, &mut switches.value);
            }
        }
    }
}

fn group(pick: &mut Pick, (tenant, id): (&str, &str), group: &mut Group) {
    let of = format_args!("group `{id}` of `{tenant}`");
    pick.drop_item(Kind::DropGrant, of, &mut group.roles);
    let gone = group.members.iter().position(|member| match &member.value {
        GroupMember::Principal(key) => pick.here(Kind::DropGrant, format_args!("{of} loses `{key}`")),
        GroupMember::Group(inner) => pick.here(Kind::DropGrant, format_args!("{of} loses `group:{inner}`")),
    });
    if let Some(gone) = gone {
        group.members.remove(gone);
    }
}

fn member(
    pick: &mut Pick,
    (catalogue, plan): (&Catalogue, &Plan),
    (tenant, key): (&str, &Key),
    member: &mut Member,
) {
    let of = format_args!("member `{key}` of `{tenant}`");
    let gone = member
        .roles
        .iter()
        .position(|given| pick.here(Kind::DropGrant, format_args!("{of} loses the role `{}`", given.role)));
    if let Some(gone) = gone {
        member.roles.remove(gone);
    }
    for given in &mut member.roles {
        let change = format_args!("{of} has `{}` for good", given.value.role);
        pick.clear(Kind::DropDeadline, change, &mut given.value.expires_at);
    }
    if plan.member_overrides == OverrideMode::On {
        let allow = format_args!("`overrides.allow` of {of}");
        pick.patterns(Kind::DropGrant, allow, catalogue.for_tenants(), &mut member.overrides.allow);
    }
    if plan.member_overrides != OverrideMode::Off {
        let deny = format_args!("`overrides.deny` of {of}");
        pick.patterns(Kind::DropDeny, deny, catalogue, &mut member.overrides.deny);
    }
    if plan.member_restrictions == RestrictionMode::On {
        pick.drop_key(Kind::DropSwitch, of, &mut member.restrictions);
    }
    pick.clear(Kind::DropDeadline, format_args!("{of} does not expire"), &mut member.expires_at);
    if member.suspended && pick.here(Kind::DropDeadline, format_args!("{of} is not suspended")) {
        member.suspended = false;
    }
}

fn registered(
    pick: &mut Pick,
    catalogue: &Catalogue,
    (tenant, key): (&str, &Key),
    registered: &mut Registered,
) {
    let of = format_args!("resource `{key}` of `{tenant}`");
    pick.drop_item(Kind::DropParent, of, &mut registered.parents);
    for (subject, entry) in &mut registered.acl {
        let of = format_args!("the entry `{subject}` on `{key}` of `{tenant}`");
        let AclEntry { levels, deny, expires_at } = &mut entry.value;
        pick.drop_item(Kind::DropGrant, of, levels);
        level_items(pick, Kind::DropDeny, of, catalogue, (key.kind(), deny));
        pick.clear(Kind::DropDeadline, format_args!("{of} does not expire"), expires_at);
    }
    // An entry has a level or a deny; one that lost its last has gone.
    registered.acl.retain(|_, entry| !entry.levels.is_empty() || !entry.deny.is_empty());
}

fn install(pick: &mut Pick, (tenant, key): (&str, &Key), install: &mut Install) {
    let of = format_args!("install `{key}` of `{tenant}`");
    pick.drop_key(Kind::DropGrant, of, &mut install.granted);
    for (scope, granted) in &mut install.granted {
        if let GrantedModes::Modes(modes) = &mut granted.value
            && modes.len() > 1
        {
            pick.drop_item(Kind::DropGrant, format_args!("{of}, scope `{scope}`,"), modes);
        }
    }
}
