//! The policies: what permits, and what forbids.
//!
//! Owns which steps become which policies. Cedar allows what some policy permits
//! and none forbids, so each step that can deny is a `forbid`, and step 6 is the
//! `permit`s. Scopes are one `forbid` for each set of permissions that the same
//! scopes cover, because one scope is enough.

use std::collections::{BTreeMap, BTreeSet};

use super::cond::Cond;
use super::cover::{self, Permission};
use super::names::Names;
use super::steps::{Steps, has_feature, holds_built_in};
use super::text::{permission, quoted};
use super::writer::{Rule, Writer, grouped};
use crate::document::definition::Scope;

const HEAD: &str = "\
// Written by `sidegate export cedar`. docs/cedar.md says how a request is put.
// A condition appears as what makes it certainly true: what is unknown never grants, and always restricts.
";

impl Steps<'_> {
    /// Every policy.
    pub(super) fn policies(&self) -> Writer {
        let mut out = Writer::new(HEAD);
        out.heading("Step 1: the tenant exists.");
        out.push(&Rule {
            from: "tenant",
            unless: Some(Cond::text("context.sidegate.tenant has features")),
            ..Rule::default()
        });
        out.heading("Step 3: the member is not suspended and has not expired.");
        out.push(&Rule {
            from: "member",
            when: Some(Cond::text("principal.sidegate has barred")),
            ..Rule::default()
        });
        self.features(&mut out);
        out.heading("Step 5: no deny names it.");
        self.overrides_of(false, &mut out);
        self.access_lists(false, &mut out);
        out.heading("Step 6: something grants it.");
        self.grants(&mut out);
        self.overrides_of(true, &mut out);
        self.access_lists(true, &mut out);
        out.heading("Step 7: every gate is open.");
        self.closed_gates(&mut out);
        out.heading("Step 8: every restriction lets it through.");
        self.restrictions(&mut out);
        out.heading("Step 9: a scope covers it.");
        self.own_scopes(&mut out);
        self.scopes_in_use(&mut out);
        out
    }

    fn features(&self, out: &mut Writer) {
        let model = &self.policy.model;
        if model.plans.is_empty() {
            return;
        }
        out.heading("Step 4: the plan has every feature that is needed.");
        for (id, feature) in &model.features {
            let covered = cover::patterns(model, &feature.permissions);
            let from = format!("feature:{id}");
            push(out, &covered, &Rule { from: &from, unless: Some(has_feature(id)), ..Rule::default() });
        }
    }

    fn overrides_of(&self, allow: bool, out: &mut Writer) {
        let (named, word) = if allow { (&self.allowed, "allowed") } else { (&self.denied, "denied") };
        for one in named {
            let (kind, action) = one;
            let name = quoted(&permission(kind, action));
            let when = Cond::text(format!("principal.sidegate.{word}.contains({name})"));
            out.push(&Rule {
                from: "override",
                permit: allow,
                actions: Some(&[one]),
                when: Some(when),
                ..Rule::default()
            });
        }
    }

    fn grants(&self, out: &mut Writer) {
        for role in self.roles() {
            let mut merged: BTreeMap<Cond, BTreeSet<Permission>> = BTreeMap::new();
            for entry in role.entries {
                let covered = self.covered(&role, entry);
                for (when, permissions) in
                    grouped(covered, |(kind, _)| self.when(&entry.when, kind, false).yes)
                {
                    merged.entry(when).or_default().extend(permissions);
                }
            }
            let from = match role.tenant {
                Some(tenant) => format!("role:{} of {tenant}", role.id),
                None => format!("role:{}", role.id),
            };
            for (when, permissions) in merged {
                let not_app = if role.tenant.is_none() && role.id == "anyone" {
                    Cond::text("!(principal.sidegate has install)")
                } else {
                    Cond::True
                };
                push(
                    out,
                    &permissions,
                    &Rule {
                        from: &from,
                        permit: true,
                        principal: &role.head(),
                        when: Some(Cond::all([not_app, when])),
                        ..Rule::default()
                    },
                );
            }
        }
    }

    fn closed_gates(&self, out: &mut Writer) {
        let model = &self.policy.model;
        for (kind, it) in &model.resources {
            let actions = it.actions.iter().map(|action| (kind.clone(), action.value.clone()));
            let actions: BTreeSet<Permission> = actions.collect();
            for gate in self.gates(kind) {
                let from = format!("gate:{}:{}", gate.0, gate.1);
                // An app that acts for itself is asked for no gate.
                let open = Cond::any([Cond::text("principal.sidegate has install"), self.open(&gate)]);
                push(out, &actions, &Rule { from: &from, unless: Some(open), ..Rule::default() });
            }
        }
    }

    fn restrictions(&self, out: &mut Writer) {
        let model = &self.policy.model;
        for (label, switch) in &self.switches {
            let covered = cover::patterns(model, &switch.restriction.permissions);
            let from = format!("restriction:{}", if label == switch.id { switch.id } else { label });
            for (through, permissions) in grouped(covered, |(kind, _)| self.through(switch, kind, false)) {
                push(
                    out,
                    &permissions,
                    &Rule { from: &from, when: Some(switch.on()), unless: Some(through), ..Rule::default() },
                );
            }
        }
    }

    /// What an app that acts for itself may do.
    fn own_scopes(&self, out: &mut Writer) {
        for (id, scope) in &self.policy.model.scopes {
            for (mode, entries) in Names::parts(&scope.covers) {
                for entry in entries {
                    let mut covered = cover::entry(&self.policy.model, entry);
                    covered.retain(|permission| !self.reserved.contains(permission));
                    let from = format!("scope:{id} {mode}");
                    for (when, permissions) in
                        grouped(covered, |(kind, _)| self.when(&entry.when, kind, false).yes)
                    {
                        let held = Cond::text(format!(
                            "principal.sidegate.install.sidegate.scopes.contains({})",
                            part(id, mode)
                        ));
                        let install = Cond::text("principal.sidegate has install");
                        push(
                            out,
                            &permissions,
                            &Rule {
                                from: from.trim_end(),
                                permit: true,
                                when: Some(Cond::all([install, held, when])),
                                ..Rule::default()
                            },
                        );
                    }
                }
            }
        }
    }

    fn scopes_in_use(&self, out: &mut Writer) {
        let covered = grouped(cover::declared(&self.policy.model), |permission| self.in_use(permission));
        for (enough, permissions) in covered {
            push(
                out,
                &permissions,
                &Rule {
                    from: "acting via an app or a token",
                    when: Some(Cond::text("context.sidegate has via")),
                    unless: Some(enough),
                    ..Rule::default()
                },
            );
        }
    }

    /// That a scope in use covers the permission.
    fn in_use(&self, permission: &Permission) -> Cond {
        let mut enough = Vec::new();
        for (id, scope) in &self.policy.model.scopes {
            for (mode, entries) in Names::parts(&scope.covers) {
                for entry in entries {
                    if !cover::entry(&self.policy.model, entry).contains(permission) {
                        continue;
                    }
                    let part = part(id, mode);
                    let listed = Cond::any([
                        Cond::text("context.sidegate.via.all"),
                        Cond::text(format!("context.sidegate.via.scopes.contains({part})")),
                    ]);
                    let app = Cond::text("context.sidegate has app");
                    let has = format!("context.sidegate.app.sidegate.scopes.contains({part})");
                    let held = Cond::any([Cond::all([app.clone(), Cond::text(has)]), app.negated()]);
                    let when = self.when(&entry.when, &permission.0, false).yes;
                    enough.push(Cond::all([listed, held, self.authority(scope), when]));
                }
            }
        }
        Cond::any(enough)
    }

    /// That some role held has the authority that a scope asks for.
    fn authority(&self, scope: &Scope) -> Cond {
        let model = &self.policy.model;
        let rank = |name: &str| model.authorities.iter().position(|known| known.value == name).unwrap_or(0);
        let asked = scope.authority.as_ref().map_or(0, |asked| rank(&asked.value));
        if asked == 0 {
            return Cond::True;
        }
        let high = |id: &&String| {
            let role = model.roles.get(*id).and_then(|role| role.authority.as_ref());
            role.is_some_and(|authority| rank(&authority.value) >= asked)
        };
        Cond::any(model.roles.keys().filter(high).map(|id| match id.as_str() {
            "anyone" => Cond::True,
            id => holds_built_in(id),
        }))
    }
}

/// Adds a policy about permissions, if there are any.
pub(super) fn push(out: &mut Writer, permissions: &BTreeSet<Permission>, rule: &Rule<'_>) {
    if !permissions.is_empty() {
        let actions: Vec<&Permission> = permissions.iter().collect();
        out.push(&Rule { actions: Some(&actions), ..rule.clone() });
    }
}

/// A part of a scope, as requests and installs list it.
fn part(scope: &str, mode: &str) -> String {
    format!("{{\"mode\": {}, \"scope\": {}}}", quoted(mode), quoted(scope))
}
