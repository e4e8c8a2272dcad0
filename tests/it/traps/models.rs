//! Models that grow, scopes by their names alone, and plans that change.

use std::collections::BTreeSet;

use sidegate::decide::{Asker, Call, KeyRef, RequestLimits, Target, Via, ViaScope, admit, check};
use sidegate::document::definition::{Model, Policy, ScopeCover};
use sidegate::document::{Change, Spanned, TenantChange};
use sidegate::model::{List, Pattern, Revision, Text, Timestamp, ValueRef};
use sidegate::snapshot::Snapshot;
use sidegate::snapshot::apply::Rules;

use super::{file, of_texts};

type Permission = (String, String);

fn compiled(texts: &[&str]) -> (Policy, Snapshot) {
    let loaded = of_texts(texts);
    let checked = loaded.checked.unwrap_or_else(|| panic!("{:?}", loaded.diagnostics));
    (checked.policy().clone(), Snapshot::compile(&checked, Revision::new(1, 1)))
}

fn permissions(model: &Model) -> Vec<Permission> {
    let kinds = model.resources.iter();
    kinds
        .flat_map(|(kind, it)| it.value.actions.iter().map(|action| (kind.clone(), action.value.clone())))
        .collect()
}

/// Whether a principal may do something, with a token of these scopes if there are any,
/// to something that is its own.
fn may(
    snapshot: &Snapshot,
    (tenant, who): (&str, &str),
    token: &[(&str, &[&str])],
    (kind, action): &Permission,
) -> bool {
    let (own_kind, own_id) = who.split_once(':').unwrap();
    let scopes = token.iter().map(|(scope, modes)| ViaScope { scope, modes: modes.to_vec() });
    let via = Via { scopes: scopes.collect(), ..Via::default() };
    let call = Call {
        tenant,
        principal: Asker { key: KeyRef { kind: own_kind, id: own_id }, ..Asker::default() },
        via: (!token.is_empty()).then_some(via),
        ..Call::default()
    };
    let own = [who.to_owned()];
    let attributes = vec![
        ("participants", Some(ValueRef::List(List::Strings(&own)))),
        ("namespace", Some(ValueRef::Text(Text::plain("back-office")))),
        ("owner", Some(ValueRef::Text(Text::plain(who)))),
    ];
    let target = Target { kind, id: Some(who), attributes, ..Target::default() };
    let admitted = admit::question(snapshot, &call, &target, action, &RequestLimits::default());
    check(snapshot, admitted.unwrap().request(), Timestamp::default()).allowed()
}

/// What a supervisor has follows the model as it grows; what is reserved of it no tenant
/// gives, however it writes it down.
#[test]
fn b41_what_a_model_gains_tenants_give_only_unless_it_is_reserved() {
    let model = file("examples/team-roles/model.yaml");
    let grown = model
        .replace("cancel_subscription]", "cancel_subscription, refund, export]")
        .replace("    - billing:edit_card\n    - billing:delete_card\n    - billing:edit_information", "    - billing:refund\n    - billing:edit_card\n    - billing:delete_card\n    - billing:edit_information")
        .replace("custom_roles: unlimited, member_overrides: off", "custom_roles: unlimited, member_overrides: on");
    assert!(grown.contains("refund, export]") && grown.contains("- billing:refund\n"));
    let tenant = "sidegate: v1\nkind: Tenant\nid: t\nplan: unlimited\nroles:\n  all: { allow: ['*'] }\n  type: { allow: ['billing:*'] }\n  section: { sections: { billing: full } }\n  action: { allow: ['*:refund', '*:export'] }\n  below: { extends: [all] }\nmembers:\n  user:ana: { roles: [administrator] }\n  user:sue: { roles: [supervisor] }\n  user:all: { roles: [all] }\n  user:type: { roles: [type] }\n  user:section: { roles: [section] }\n  user:action: { roles: [action] }\n  user:below: { roles: [below] }\n  user:over: { overrides: { allow: ['*'] } }\n  user:group: {}\ngroups: { g: { members: [user:group], roles: [all] } }\n";
    let (_, snapshot) = compiled(&[&grown, tenant]);
    let billing = |action: &str| ("billing".to_owned(), action.to_owned());
    for by_product in ["user:ana", "user:sue"] {
        assert!(may(&snapshot, ("t", by_product), &[], &billing("refund")), "{by_product}");
        assert!(may(&snapshot, ("t", by_product), &[], &billing("export")), "{by_product}");
    }
    for by_tenant in ["all", "type", "section", "action", "below", "over", "group"] {
        let who = format!("user:{by_tenant}");
        assert!(!may(&snapshot, ("t", &who), &[], &billing("refund")), "{who} was given what is reserved");
        assert!(may(&snapshot, ("t", &who), &[], &billing("export")), "{who}");
    }
}

/// Every scope of the two systems that have them, alone in the hands of whoever may do
/// everything: it gives what the model lists for it, and a part of its name gives nothing.
#[test]
fn b06_every_scope_gives_what_it_lists_and_no_part_of_its_name_does() {
    let apps = ["examples/license-scopes/apps/crm.yaml", "examples/license-scopes/apps/suite.yaml"].map(file);
    let license =
        [file("examples/license-scopes/model.yaml"), file("examples/license-scopes/tenants/acme.yaml")];
    let plugins = [
        file("examples/plugin-permissions/model.yaml"),
        "sidegate: v1\nkind: Tenant\nid: acme\nmembers: { user:olga: { roles: [owner] } }\n".to_owned(),
    ];
    let systems = [
        ("agent:ada", compiled(&[&license[0], &license[1], &apps[0], &apps[1]])),
        ("user:olga", compiled(&[&plugins[0], &plugins[1]])),
    ];
    let (mut scopes, mut parts) = (BTreeSet::new(), 0);
    for (who, (policy, snapshot)) in systems {
        let all = permissions(&policy.model);
        let given = |scope: &str, modes: &[&str]| -> BTreeSet<Permission> {
            let token = [(scope, modes)];
            all.iter().filter(|it| may(&snapshot, ("acme", who), &token, it)).cloned().collect()
        };
        for (scope, it) in &policy.model.scopes {
            let listed = |entries: &[sidegate::document::definition::Entry]| -> BTreeSet<Permission> {
                let patterns = entries.iter().flat_map(|entry| &entry.permissions);
                patterns
                    .map(|pattern| match &pattern.value {
                        Pattern::Exact { kind, action } => (kind.to_string(), action.to_string()),
                        other => panic!("{scope} covers {other}"),
                    })
                    .collect()
            };
            let modes: Vec<(Vec<&str>, BTreeSet<Permission>)> = match &it.value.covers {
                ScopeCover::Allow(entries) => vec![(Vec::new(), listed(entries))],
                ScopeCover::Modes(modes) => {
                    modes.iter().map(|(mode, it)| (vec![mode.as_str()], listed(&it.value))).collect()
                }
            };
            for (modes, listed) in &modes {
                assert_eq!(given(scope, modes), *listed, "{scope} {modes:?}");
                assert!(scopes.insert(format!("{scope} {modes:?}")));
                // What is cut off or put on, and its spelling in other letters.
                let cuts = (0..scope.len()).map(|at| scope.split_at(at));
                let cuts = cuts.flat_map(|(start, rest)| [start.to_owned(), rest.to_owned()]);
                let others = [
                    format!("{scope}:"),
                    format!("{scope}--all"),
                    format!(" {scope}"),
                    scope.to_uppercase(),
                    scope.replace("--all", "--my"),
                ];
                for part in cuts.chain(others).filter(|part| {
                    !part.is_empty() && part != scope && !policy.model.scopes.contains_key(part)
                }) {
                    assert_eq!(given(&part, modes), BTreeSet::new(), "{part}, which is no scope");
                    parts += 1;
                }
            }
        }
    }
    assert!(scopes.len() > 60 && parts > 2_000, "{} {parts}", scopes.len());
}

const SHOP: &str = "sidegate: v1
kind: Model
name: shop
principals: { user: {} }
resources: { chat: { actions: [read, send] } }
roles: { agent: { allow: [chat:read] } }
restrictions: { shut: { permissions: [chat:read], allow_when: 'false' } }
plans:
  full: { member_overrides: on, member_restrictions: on }
  narrow: { member_overrides: narrow_only, member_restrictions: on }
  bare: { member_overrides: off, member_restrictions: on }
  open: { member_overrides: on, member_restrictions: off }
  plain: { member_overrides: off, member_restrictions: off }
";
const MEMBERS: &str = "sidegate: v1\nkind: Tenant\nid: t\nplan: full\nmembers:\n  user:denied: { roles: [agent], overrides: { deny: [chat:read] } }\n  user:given: { roles: [agent], overrides: { allow: [chat:send] } }\n  user:shut: { roles: [agent], restrictions: { shut: {} } }\n  user:plain: { roles: [agent] }\n";

/// Every plan that sets something aside, and whom it widens and narrows.
#[test]
fn b44_a_plan_that_sets_aside_tells_how_many_it_widens() {
    let (_, before) = compiled(&[SHOP, MEMBERS]);
    let permission = |action: &str| ("chat".to_owned(), action.to_owned());
    // What the denied, the shut and the given may then do; members widened and narrowed.
    let rows = [
        ("full", [false, false, true], (0, 0)),
        ("narrow", [false, false, false], (0, 1)),
        ("bare", [true, false, false], (1, 1)),
        ("open", [false, true, true], (1, 0)),
        ("plain", [true, true, false], (2, 1)),
    ];
    for (plan, may_then, counted) in rows {
        let put = TenantChange::PutPlan(Spanned::nowhere(plan.to_owned()));
        let changes = vec![Spanned::nowhere(Change::InTenant("t".to_owned(), put))];
        let applied = before.apply(Revision::new(1, 2), changes, &Rules::default()).unwrap();
        let may = |who: &str, action: &str| may(&applied.snapshot, ("t", who), &[], &permission(action));
        let told = [may("user:denied", "read"), may("user:shut", "read"), may("user:given", "send")];
        assert_eq!((told, (applied.widened, applied.narrowed)), (may_then, counted), "{plan}");
        assert!(may("user:plain", "read") && !may("user:plain", "send"), "{plan}");
    }
}
