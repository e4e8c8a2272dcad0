//! The changes of a model.

use std::fmt::Arguments;

use super::catalogue::Catalogue;
use super::pick::{Kind, Pick};
use crate::document::Spanned;
use crate::document::definition::{
    Entry, Model, OverrideMode, Plan, Policy, Precedence, ResourceType, RestrictionMode, Role, ScopeCover,
};
use crate::model::LevelItem;

/// Comes by every place of the model that can change.
pub(super) fn walk(pick: &mut Pick, catalogue: &Catalogue, policy: &mut Policy) {
    restrictions_dropped(pick, policy);
    let model = &mut policy.model;
    for (id, principal) in &mut model.principals {
        for (name, attribute) in &mut principal.value.attributes {
            let here = format_args!("`{id}.{name}` comes from no request");
            if attribute.from_request && pick.here(Kind::FlipRequestSource, here) {
                attribute.value.from_request = false;
            }
        }
        let here = format_args!("`{id}` takes no roles from requests");
        if principal.roles_from_request && pick.here(Kind::FlipRequestSource, here) {
            principal.value.roles_from_request = false;
        }
    }
    for (id, resource) in &mut model.resources {
        resource_type(pick, catalogue, id, &mut resource.value);
    }
    for (id, section) in &mut model.sections {
        let of = format_args!("section `{id}`");
        // Where only tenants use it, what is reserved in it goes nowhere.
        let known = if catalogue.in_model(id) { catalogue } else { catalogue.for_tenants() };
        pick.patterns(Kind::DropGrant, of, known, &mut section.value.permissions);
    }
    for (id, role) in &mut model.roles {
        let of = format_args!("role `{id}`");
        self::role(pick, catalogue, of, (None, id), &mut role.value);
        pick.clear(Kind::DropAuthority, format_args!("{of} loses its authority"), &mut role.value.authority);
    }
    for (id, condition) in &mut model.conditions {
        pick.negate(format_args!("condition `{id}`"), &mut condition.value.expression);
    }
    for (id, restriction) in &mut model.restrictions {
        let of = format_args!("restriction `{id}`");
        // The last pattern is the restriction as a whole, which was dropped above.
        if restriction.permissions.len() > 1 {
            pick.drop_item(Kind::DropRestriction, of, &mut restriction.value.permissions);
        }
        pick.narrow((Kind::DropRestriction, of), catalogue, &|_| false, &mut restriction.value.permissions);
        pick.drop_item(Kind::DropExemption, of, &mut restriction.value.exempt_roles);
        pick.negate(of, &mut restriction.value.allow_when);
    }
    scopes(pick, catalogue, model);
    for (id, plan) in &mut model.plans {
        self::plan(pick, catalogue, id, &mut plan.value);
    }
    for (id, feature) in &mut model.features {
        let of = format_args!("feature `{id}`");
        pick.patterns(Kind::DropFeature, of, catalogue, &mut feature.value.permissions);
    }
    pick.drop_item(Kind::DropReserved, format_args!("`reserved`"), &mut model.reserved.permissions);
    pick.drop_item(Kind::DropReserved, format_args!("`reserved`"), &mut model.reserved.roles);
}

/// A role's grants, what it extends, and what it might be given on top.
pub(super) fn role(
    pick: &mut Pick,
    catalogue: &Catalogue,
    of: Arguments<'_>,
    (tenant, id): (Option<&str>, &str),
    role: &mut Role,
) {
    let known = if tenant.is_some() { catalogue.for_tenants() } else { catalogue };
    pick.entries(of, known, catalogue.anyway(tenant, id), &mut role.allow);
    pick.drop_item(Kind::DropExtends, of, &mut role.extends);
    for permission in catalogue.addable(tenant, id) {
        if pick.here(Kind::AddPermission, format_args!("{of} gains `{permission}`")) {
            let permissions = vec![Spanned::nowhere(permission.clone())];
            role.allow.push(Entry { permissions, ..Entry::default() });
        }
    }
}

/// A restriction goes with every switch of it, so that what is left loads.
fn restrictions_dropped(pick: &mut Pick, policy: &mut Policy) {
    let ids = policy.model.restrictions.keys();
    let gone =
        ids.clone().find(|id| pick.here(Kind::DropRestriction, format_args!("restriction `{id}` goes")));
    let Some(gone) = gone.cloned() else { return };
    policy.model.restrictions.remove(&gone);
    for tenant in policy.tenants.values_mut() {
        for member in tenant.value.members.values_mut() {
            member.value.restrictions.remove(&gone);
        }
        for switches in tenant.value.role_restrictions.values_mut() {
            switches.value.remove(&gone);
        }
    }
}

fn resource_type(pick: &mut Pick, catalogue: &Catalogue, id: &str, ty: &mut ResourceType) {
    let of = format_args!("resource type `{id}`");
    pick.drop_item(Kind::DropGate, of, &mut ty.requires);
    pick.clear(Kind::DropHidden, format_args!("{of} loses `hidden_without`"), &mut ty.hidden_without);
    // Without levels nothing is ever replaced, so the two are one.
    if !ty.levels.is_empty() && pick.here(Kind::FlipPrecedence, format_args!("{of}: `precedence` flips")) {
        ty.precedence = match ty.precedence {
            Precedence::Principal => Precedence::Union,
            Precedence::Union => Precedence::Principal,
        };
    }
    for (level, content) in &mut ty.levels {
        let of = format_args!("level `{level}` of `{id}`");
        pick.drop_item(Kind::DropGrant, of, &mut content.value.includes);
        level_items(pick, Kind::DropGrant, of, catalogue, (id, &mut content.value.permissions));
    }
}

/// Each item of a level or deny goes, and each wide one stops covering one action.
pub(super) fn level_items(
    pick: &mut Pick,
    kind: Kind,
    of: Arguments<'_>,
    catalogue: &Catalogue,
    (carrier, items): (&str, &mut Vec<Spanned<LevelItem>>),
) {
    pick.drop_item(kind, of, items);
    let narrower = if kind == Kind::DropGrant { Kind::NarrowGrant } else { kind };
    let mut change = None;
    for (at, item) in items.iter().enumerate() {
        let all = spelled_out(catalogue, carrier, item);
        let gone = all.iter().find(|gone| {
            let alone = !items.iter().any(|other| other.value == **gone);
            alone && pick.here(narrower, format_args!("{of}: `{}` covers `{gone}` no more", item.value))
        });
        if let Some(gone) = gone {
            change = Some((at, all.iter().filter(|kept| *kept != gone).cloned().collect::<Vec<_>>()));
        }
    }
    if let Some((at, kept)) = change {
        items.splice(at..=at, kept.into_iter().map(Spanned::nowhere));
    }
}

fn spelled_out(catalogue: &Catalogue, carrier: &str, item: &LevelItem) -> Vec<LevelItem> {
    match item {
        LevelItem::OwnAll => catalogue.actions(carrier).map(|action| LevelItem::Own(action.into())).collect(),
        LevelItem::BelowAll(kind) => catalogue
            .actions(kind)
            .map(|action| LevelItem::Below { kind: kind.clone(), action: action.into() })
            .collect(),
        LevelItem::Own(_) | LevelItem::Below { .. } => Vec::new(),
    }
}

fn scopes(pick: &mut Pick, catalogue: &Catalogue, model: &mut Model) {
    for (id, scope) in &mut model.scopes {
        let of = format_args!("scope `{id}`");
        pick.clear(Kind::DropAuthority, format_args!("{of} loses its authority"), &mut scope.value.authority);
        match &mut scope.value.covers {
            ScopeCover::Allow(entries) => pick.entries(of, catalogue, &[], entries),
            ScopeCover::Modes(modes) => {
                for (mode, entries) in modes {
                    pick.entries(format_args!("{of}, mode `{mode}`"), catalogue, &[], &mut entries.value);
                }
            }
        }
    }
}

fn plan(pick: &mut Pick, catalogue: &Catalogue, id: &str, plan: &mut Plan) {
    let of = format_args!("plan `{id}`");
    let overrides = [OverrideMode::On, OverrideMode::NarrowOnly, OverrideMode::Off];
    let before = plan.member_overrides;
    // A switch over what no tenant has says nothing.
    for other in overrides.into_iter().filter(|other| *other != before && catalogue.has_overrides()) {
        if pick.here(Kind::FlipPlan, format_args!("{of}: `member_overrides` becomes {other:?}")) {
            plan.member_overrides = other;
        }
    }
    let flips = format_args!("{of}: `member_restrictions` flips");
    if catalogue.has_switches() && pick.here(Kind::FlipPlan, flips) {
        plan.member_restrictions = match plan.member_restrictions {
            RestrictionMode::On => RestrictionMode::Off,
            RestrictionMode::Off => RestrictionMode::On,
        };
    }
    let fewer = plan.custom_roles.map_or(Some(0), |most| most.checked_sub(1));
    if let Some(fewer) = fewer
        && pick.here(Kind::FlipPlan, format_args!("{of}: `custom_roles` becomes {fewer}"))
    {
        plan.custom_roles = Some(fewer);
    }
    let has: Vec<String> = plan.features.iter().map(|feature| feature.value.clone()).collect();
    pick.drop_item(Kind::FlipPlan, of, &mut plan.features);
    for feature in catalogue.features().filter(|feature| !has.contains(feature)) {
        if pick.here(Kind::FlipPlan, format_args!("{of} gains `{feature}`")) {
            plan.features.push(Spanned::nowhere(feature.clone()));
        }
    }
}
