//! Questions about a generated world, such as an application would ask.
//!
//! Owns the mix. Who asks and what for are drawn together, so that a question
//! often is about something that somebody granted, denied or restricted. None
//! is faulty; that is done to some of them afterwards.

use super::rng::Rng;
use super::values::any_value;
use super::{IDS, World, permissions};
use crate::decide::reference::question::{Question, Sent, Through};
use crate::document::definition::*;
use crate::model::{Key, LevelItem, Value, ValueType};

/// One question about a world.
pub(super) fn question(rng: &mut Rng, world: &World) -> Question {
    Maker { world, model: &world.policy.model, rng }.question()
}

struct Maker<'a> {
    world: &'a World,
    model: &'a Model,
    rng: &'a mut Rng,
}

impl Maker<'_> {
    fn question(&mut self) -> Question {
        let dials = &self.world.dials;
        let tenants: Vec<&Tenant> = self.world.policy.tenants.values().map(|tenant| &tenant.value).collect();
        let tenant = *self.rng.pick(&tenants);
        let others = 100 - dials.strangers - dials.apps;
        let asker = match self.rng.weighted(&[others, dials.strangers, dials.apps]) {
            0 => self.member(tenant).unwrap_or_else(|| self.person()),
            1 => self.person(),
            _ => self.app(tenant),
        };
        let mut question = Question {
            tenant: if self.rng.chance(1) { "nowhere".into() } else { tenant.id.clone() },
            principal: (asker.kind().to_owned(), asker.id().to_owned()),
            ..Question::default()
        };
        self.what(tenant, &asker, &mut question);
        let kind = &self.model.principals[asker.kind()];
        if kind.roles_from_request && self.rng.chance(50) {
            let known: Vec<String> = self.model.roles.keys().chain(tenant.roles.keys()).cloned().collect();
            question.roles = self.rng.some(&known, 0, known.len().min(3));
            question.roles.extend(self.rng.each(&["none".to_owned(), "old_role".to_owned()], 10));
        }
        for (name, it) in &kind.attributes {
            if self.rng.chance(if it.from_request { 60 } else { 5 }) {
                question.attributes.push((name.clone(), any_value(self.rng, it.value_type)));
            }
        }
        for (name, it) in &self.model.context {
            if !self.rng.chance(dials.unsent) {
                question.context.push((name.clone(), any_value(self.rng, it.value_type)));
            }
        }
        if !self.world.policy.apps.contains_key(&asker) && self.rng.chance(dials.via) {
            question.via = Some(self.via(tenant));
        }
        question
    }

    fn member(&mut self, tenant: &Tenant) -> Option<Key> {
        let members: Vec<&Key> = tenant.members.keys().collect();
        (!members.is_empty()).then(|| (*self.rng.pick(&members)).clone())
    }

    fn person(&mut self) -> Key {
        let kinds: Vec<&String> = self.model.principals.keys().collect();
        let (kind, id) = (*self.rng.pick(&kinds), *self.rng.pick(&IDS));
        Key::new(kind, id).expect("an id")
    }

    fn app(&mut self, tenant: &Tenant) -> Key {
        let installed: Vec<&Key> = tenant.installs.keys().collect();
        let known: Vec<&Key> = self.world.policy.apps.keys().collect();
        let from = if !installed.is_empty() && self.rng.chance(65) { installed } else { known };
        (*self.rng.pick(&from)).clone()
    }

    /// Draws what is asked: the action and the resource.
    fn what(&mut self, tenant: &Tenant, asker: &Key, question: &mut Question) {
        let (kind, action) = self.permission(tenant, asker);
        let registered: Vec<&Key> = tenant.resources.keys().filter(|key| key.kind() == kind).collect();
        question.id = match self.rng.weighted(&[20, 60, 20]) {
            0 => None,
            1 if !registered.is_empty() => Some(self.rng.pick(&registered).id().to_owned()),
            _ => Some(self.some_id(tenant, &kind)),
        };
        // Now and then a resource that an ACL speaks of, and what it says.
        if self.rng.chance(20)
            && let Some((key, action)) = self.by_acl(tenant)
        {
            question.kind = key.kind().to_owned();
            question.id = Some(key.id().to_owned());
            question.action = action;
        } else {
            (question.kind, question.action) = (kind, action);
        }
        if let Some(it) = self.model.resources.get(&question.kind) {
            question.resource = self.attributes(it, &question.kind, tenant, asker);
            question.parents = self.parents(it, tenant);
        }
    }

    fn permission(&mut self, tenant: &Tenant, asker: &Key) -> (String, String) {
        let all: Vec<_> = permissions::all(self.model).into_iter().collect();
        let is_app = self.world.policy.apps.contains_key(asker);
        let retired = &self.model.retired.permissions;
        if self.rng.chance(if is_app { 9 } else { 2 }) && !retired.is_empty() {
            let retired = self.rng.pick(retired);
            let text = retired.value.to_string();
            return text.split_once(':').map(|(kind, action)| (kind.into(), action.into())).expect("exact");
        }
        let given = tenant.members.get(asker).map(|member| member.roles.as_slice()).unwrap_or_default();
        let mut entries: Vec<&Entry> = Vec::new();
        for id in given.iter().map(|given| given.role.as_str()).chain(["everyone", "anyone"]) {
            let role = self.model.roles.get(id).or_else(|| tenant.roles.get(id));
            entries.extend(role.iter().flat_map(|role| &role.allow));
        }
        if !entries.is_empty() && self.rng.chance(70) {
            let entry = *self.rng.pick(&entries);
            let covered: Vec<_> = permissions::expand(self.model, &entry.permissions).into_iter().collect();
            if !covered.is_empty() {
                return self.rng.pick(&covered).clone();
            }
        }
        self.rng.pick(&all).clone()
    }

    fn by_acl(&mut self, tenant: &Tenant) -> Option<(Key, String)> {
        let carrying: Vec<_> = tenant.resources.iter().filter(|(_, it)| !it.acl.is_empty()).collect();
        if carrying.is_empty() {
            return None;
        }
        let (key, registered) = *self.rng.pick(&carrying);
        let levels = &self.model.resources[key.kind()].levels;
        let items = levels.values().flat_map(|level| &level.permissions);
        let items = items.chain(registered.acl.values().flat_map(|entry| &entry.deny));
        let own = items.filter_map(|item| match &item.value {
            LevelItem::Own(action) => Some(action.to_string()),
            LevelItem::OwnAll => Some("view".to_owned()),
            LevelItem::Below { .. } | LevelItem::BelowAll(_) => None,
        });
        let own: Vec<String> = own.collect();
        (!own.is_empty()).then(|| (key.clone(), self.rng.pick(&own).clone()))
    }

    fn some_id(&mut self, tenant: &Tenant, kind: &str) -> String {
        match kind {
            "member" if self.rng.chance(75) => match self.member(tenant) {
                Some(member) => member.to_string(),
                None => "user:nobody".to_owned(),
            },
            "role" if self.rng.chance(10) => self.rng.pick(&["everyone", "anyone", "old_role"]).to_string(),
            "member" => format!("user:{}", self.rng.pick(&IDS)),
            _ => self.rng.pick(&IDS).to_string(),
        }
    }

    fn attributes(&mut self, it: &ResourceType, kind: &str, tenant: &Tenant, asker: &Key) -> Sent {
        let mut sent = Sent::new();
        for (name, it) in &it.attributes {
            if self.rng.chance(self.world.dials.unsent) {
                continue;
            }
            let is_text = it.value_type == ValueType::String;
            let value = match self.rng.below(4) {
                0 if is_text => Value::String(asker.id().to_owned()),
                _ => any_value(self.rng, it.value_type),
            };
            sent.push((name.clone(), value));
        }
        if ["member", "role", "group"].contains(&kind) && self.rng.chance(60) {
            let mut roles: Vec<String> =
                self.model.roles.keys().chain(tenant.roles.keys()).cloned().collect();
            roles.retain(|role| role != "everyone" && role != "anyone");
            let mut roles = self.rng.some(&roles, 0, roles.len().min(3));
            let strange = ["none", "old_role", "everyone", "anyone"].map(str::to_owned);
            roles.extend(self.rng.each(&strange, 4));
            let null = self.rng.chance(10);
            sent.push(("roles".into(), if null { Value::Null } else { Value::StringList(roles) }));
        }
        if self.rng.chance(10) {
            sent.push(("unheard_of".into(), Value::Int(1)));
        }
        sent
    }

    fn parents(&mut self, it: &ResourceType, tenant: &Tenant) -> Vec<(String, String)> {
        let mut parents = Vec::new();
        for parent in &it.parents {
            if !self.rng.chance(30) {
                continue;
            }
            let registered: Vec<&Key> =
                tenant.resources.keys().filter(|key| key.kind() == parent.value).collect();
            let id = match registered.is_empty() || self.rng.chance(15) {
                true => self.rng.pick(&IDS).to_string(),
                false => self.rng.pick(&registered).id().to_owned(),
            };
            parents.push((parent.value.clone(), id));
        }
        parents
    }

    fn via(&mut self, tenant: &Tenant) -> Through {
        let app = (!self.rng.chance(35)).then(|| match self.rng.below(20) {
            0 => Key::new("plugin", "none").expect("an id"),
            _ => self.app(tenant),
        });
        let all_scopes = app.is_some() && self.rng.chance(45);
        let mut scopes = Vec::new();
        for (scope, it) in &self.model.scopes {
            if !self.rng.chance(if all_scopes { 10 } else { 75 }) {
                continue;
            }
            let modes = match &it.covers {
                ScopeCover::Allow(_) if self.rng.chance(5) => vec!["read".to_owned()],
                ScopeCover::Allow(_) => Vec::new(),
                ScopeCover::Modes(modes) => {
                    let mut known: Vec<String> = modes.keys().cloned().collect();
                    known.push("other".to_owned());
                    self.rng.some(&known, 1, known.len())
                }
            };
            scopes.push((scope.clone(), modes));
        }
        if self.rng.chance(8) {
            scopes.push((self.rng.pick(&["old:scope", "none"]).to_string(), Vec::new()));
        }
        Through { app: app.map(|app| (app.kind().to_owned(), app.id().to_owned())), scopes, all_scopes }
    }
}
