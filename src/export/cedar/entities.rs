//! The entities: what the tenants say, at the instant of the export.
//!
//! Owns what is worked out here and not by Cedar: what has expired, which roles
//! and groups are held through others, what a plan sets aside.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json, json};

use super::names::Names;
use super::schema::{OWN, built_in};
use super::steps::Steps;
use super::text::{self, within};
use super::who::Here;
use crate::document::definition::{self, GrantedModes, GroupMember, Install, Member, ScopeCover};
use crate::document::place::{Place, Spanned};
use crate::document::{Diagnostic, Severity};
use crate::model::{Key, Value};

impl Steps<'_> {
    /// Every entity.
    pub(super) fn entities(&self) -> Vec<Json> {
        let mut found = Vec::new();
        self.built_in_roles(&mut found);
        for here in self.tenants() {
            let features: BTreeSet<String> =
                self.plan(here.tenant).features.iter().map(|feature| feature.value.clone()).collect();
            found.push(entity("Sidegate::Tenant", &here.tenant.id, json!({ "features": features }), &[]));
            self.tenant_roles(here, &mut found);
            self.groups(here, &mut found);
            self.members(here, &mut found);
            self.apps(here, &mut found);
            self.resources(here, &mut found);
        }
        found
    }

    fn built_in_roles(&self, found: &mut Vec<Json>) {
        // What a built-in role extends is built in, so any tenant tells the same.
        let none = definition::Tenant::default();
        let here = Here { policy: self.policy, tenant: &none, now: self.now };
        for id in self.policy.model.roles.keys().map(String::as_str).chain(["everyone", "anyone"]) {
            role(here, id, found);
        }
        found.dedup();
    }

    fn tenant_roles(&self, here: Here<'_>, found: &mut Vec<Json>) {
        for id in here.tenant.roles.keys() {
            if here.role_entity(id).is_some_and(|(kind, _)| kind == "CustomRole") {
                role(here, id, found);
            }
        }
    }

    fn groups(&self, here: Here<'_>, found: &mut Vec<Json>) {
        for (id, group) in &here.tenant.groups {
            let groups = here.groups_around(BTreeSet::from([id.as_str()]));
            let strangers = group.members.iter().filter_map(|member| match &member.value {
                GroupMember::Principal(key) => Some(key),
                GroupMember::Group(_) => None,
            });
            let strangers: BTreeSet<String> = strangers
                .filter(|key| !here.tenant.members.contains_key(*key) && !here.is_app(key))
                .map(ToString::to_string)
                .collect();
            let mut parents = group_parents(here, here.groups_naming(&GroupMember::Group(id.clone())));
            parents.extend(role_parents(here, group.roles.iter().map(|role| role.value.as_str())));
            let attributes = json!({
                "groups": groups,
                "roles": here.roles_of_groups(&groups),
                "strangers": strangers,
            });
            found.push(entity("Sidegate::Group", &within(&here.tenant.id, id), attributes, &parents));
        }
    }

    fn members(&self, here: Here<'_>, found: &mut Vec<Json>) {
        for (key, member) in here.tenant.members.iter().filter(|(key, _)| !here.is_app(key)) {
            let (roles, groups) = here.held(key, member);
            let mut own = Map::new();
            let permissions = |list: BTreeSet<super::cover::Permission>| {
                list.iter().map(|(kind, action)| text::permission(kind, action)).collect::<Vec<_>>()
            };
            let overrides = &member.overrides;
            own.insert(
                "allowed".into(),
                json!(permissions(self.overrides(here.tenant, &overrides.allow, true))),
            );
            own.insert(
                "denied".into(),
                json!(permissions(self.overrides(here.tenant, &overrides.deny, false))),
            );
            if let Some(barred) = barred(here, member) {
                own.insert("barred".into(), json!(barred));
            }
            let labels = self.labels(here.tenant, &member.restrictions);
            own.insert(
                "restrictions".into(),
                json!(labels.iter().map(|(label, ..)| label).collect::<Vec<_>>()),
            );
            let mut parents = vec![uid("Sidegate::Role", "everyone")];
            let direct = here.groups_naming(&GroupMember::Principal(key.clone()));
            parents.extend(group_parents(here, direct));
            parents.extend(role_parents(here, here.given(member)));
            let held = json!({ "roles": roles, "groups": groups });
            self.principal(here, key, &member.attributes, (own, held), &parents, found);
        }
    }

    fn principal(
        &self,
        here: Here<'_>,
        key: &Key,
        stored: &definition::Map<Value>,
        (mut own, held): (Map<String, Json>, Json),
        parents: &[Json],
        found: &mut Vec<Json>,
    ) {
        let declared = self.policy.model.principals.get(key.kind()).map(|kind| &kind.attributes);
        let declared = |name: &str| declared?.get(name);
        let known = stored.iter().filter(|(name, _)| declared(name).is_some());
        // Null is told apart from unsent where a request could have said.
        let nulls: Vec<&String> = known
            .clone()
            .filter(|(name, value)| {
                value.value == Value::Null && declared(name).is_some_and(|it| it.from_request)
            })
            .map(|(name, _)| name)
            .collect();
        own.insert("null".into(), json!(nulls));
        let mut attributes = self.values(known);
        attributes.extend(object(held));
        attributes.insert("type".into(), json!(key.kind()));
        attributes.insert("id".into(), json!(key.id()));
        attributes.insert("key".into(), json!(key.to_string()));
        attributes.insert(OWN.into(), Json::Object(own));
        let kind = format!("Principal::{}", key.kind());
        found.push(entity(&kind, &within(&here.tenant.id, key.id()), Json::Object(attributes), parents));
    }

    /// Every app, installed or not: as what acts, and as what is acted through.
    fn apps(&self, here: Here<'_>, found: &mut Vec<Json>) {
        for key in self.policy.apps.keys() {
            let id = within(&here.tenant.id, &key.to_string());
            let install = here.install(key);
            let nothing = definition::Map::new();
            let stored = install.map_or(&nothing, |install| &install.attributes);
            let readable = self.names.app_attributes();
            let mut attributes = self.values(
                stored
                    .iter()
                    .filter(|(name, _)| readable.contains(&(name.as_str(), self.declared(key, name)))),
            );
            attributes.insert("id".into(), json!(key.id()));
            attributes.insert("key".into(), json!(key.to_string()));
            let scopes = install.map_or_else(Vec::new, |it| self.scopes(key, it));
            attributes.insert(OWN.into(), json!({ "scopes": scopes }));
            found.push(entity("Sidegate::Install", &id, Json::Object(attributes), &[]));
            let mut own = Map::new();
            for none in ["allowed", "denied", "restrictions"] {
                own.insert(none.into(), json!([]));
            }
            own.insert("install".into(), json!({ "__entity": uid("Sidegate::Install", &id) }));
            let held = json!({ "roles": [], "groups": [] });
            self.principal(here, key, stored, (own, held), &[], found);
        }
    }

    fn declared(&self, app: &Key, name: &str) -> Option<crate::model::ValueType> {
        self.policy.model.principal_attribute(app.kind(), name)
    }

    /// What an install gives: what the tenant granted and the app asks for.
    fn scopes(&self, app: &Key, install: &Install) -> Vec<Json> {
        let Some(app) = self.policy.apps.get(app) else { return Vec::new() };
        let mut parts = Vec::new();
        for (id, granted) in &install.granted {
            let (Some(scope), Some(asked)) = (self.policy.model.scopes.get(id), app.requests.get(id)) else {
                continue;
            };
            for (mode, _) in Names::parts(&scope.covers) {
                let has_modes = matches!(scope.covers, ScopeCover::Modes(_));
                let names = |list: &definition::NameList| list.iter().any(|listed| listed.value == mode);
                let given = match &granted.value {
                    GrantedModes::All => true,
                    GrantedModes::Modes(modes) => names(modes),
                };
                if !has_modes || (given && names(&asked.modes)) {
                    parts.push(json!({ "scope": id, "mode": mode }));
                }
            }
        }
        parts
    }

    fn resources(&self, here: Here<'_>, found: &mut Vec<Json>) {
        let mut keys: BTreeSet<Key> = here.tenant.resources.keys().cloned().collect();
        let mut exists = |kind: &str, id: &str| keys.extend(Key::new(kind, id));
        here.tenant.members.keys().for_each(|key| exists("member", &key.to_string()));
        here.tenant.groups.keys().for_each(|id| exists("group", id));
        let roles = self.policy.model.roles.keys().chain(here.tenant.roles.keys());
        roles.map(String::as_str).chain(["everyone", "anyone"]).for_each(|id| exists("role", id));
        let declared = |key: &&Key| self.policy.model.resources.contains_key(key.kind());
        for key in keys.iter().filter(declared) {
            self.resource(here, key, found);
        }
    }

    fn resource(&self, here: Here<'_>, key: &Key, found: &mut Vec<Json>) {
        let registered = here.tenant.resources.get(key);
        let declared = self.policy.model.resources.get(key.kind());
        let stored = registered.iter().flat_map(|it| &it.attributes).filter(|(name, _)| {
            declared.is_some_and(|kind| kind.attributes.contains_key(*name))
                && !built_in(key.kind()).iter().any(|(own, _)| own == name)
        });
        let null = stored.clone().filter(|(_, value)| value.value == Value::Null);
        let nulls: Vec<&String> = null.map(|(name, _)| name).collect();
        let mut attributes = self.values(stored);
        attributes.insert(OWN.into(), json!({ "null": nulls }));
        attributes.insert("id".into(), json!(key.id()));
        attributes.insert("key".into(), json!(key.to_string()));
        if let Some(roles) = roles_of(here, key) {
            attributes.insert("roles".into(), json!(roles));
            if key.kind() == "role" {
                let model = &self.policy.model;
                let everyone = matches!(key.id(), "everyone" | "anyone");
                let reserved = model.reserved.roles.iter().any(|role| role.value == key.id());
                attributes.insert("builtin".into(), json!(everyone || model.roles.contains_key(key.id())));
                attributes.insert("reserved".into(), json!(reserved));
            }
        } else if key.kind() == "role" {
            attributes.insert("builtin".into(), json!(false));
            attributes.insert("reserved".into(), json!(false));
        }
        let parents: Vec<Json> = registered
            .iter()
            .flat_map(|it| &it.parents)
            .map(|parent| uid(&format!("Resource::{}", parent.kind()), &within(&here.tenant.id, parent.id())))
            .collect();
        let kind = format!("Resource::{}", key.kind());
        found.push(entity(&kind, &within(&here.tenant.id, key.id()), Json::Object(attributes), &parents));
    }

    /// Attributes with a value. What Cedar has no form for is refused.
    fn values<'v>(
        &self,
        stored: impl Iterator<Item = (&'v String, &'v Spanned<Value>)>,
    ) -> Map<String, Json> {
        let mut found = Map::new();
        for (name, value) in stored {
            let json = match &value.value {
                Value::Null => continue,
                Value::Bool(value) => json!(value),
                Value::Int(value) => json!(value),
                Value::String(text) => json!(text),
                Value::StringList(items) => json!(items),
                Value::IntList(items) => json!(items),
                Value::Timestamp(at) => match text::instant(*at) {
                    Some(text) => json!({ "__extn": { "fn": "datetime", "arg": text } }),
                    None => {
                        self.refuse(value.at, "an instant finer than a millisecond");
                        continue;
                    }
                },
            };
            found.insert(name.clone(), json);
        }
        found
    }

    /// Tells what Cedar cannot say.
    pub(super) fn refuse(&self, at: Place, what: &str) {
        let message = format!("Cedar cannot say {what}");
        self.refused.borrow_mut().push(Diagnostic { at, severity: Severity::Fault, message, help: None });
    }
}

/// `resource.roles` of what exists.
fn roles_of<'a>(here: Here<'a>, key: &Key) -> Option<BTreeSet<&'a str>> {
    match key.kind() {
        "member" => {
            let key = Key::parse(key.id()).ok()?;
            let member = here.tenant.members.get(&key)?;
            Some(here.held(&key, member).0)
        }
        "role" if matches!(key.id(), "everyone" | "anyone") => Some(BTreeSet::new()),
        "role" => {
            let roles = here.policy.model.roles.keys().chain(here.tenant.roles.keys());
            let id = roles.map(String::as_str).find(|id| *id == key.id())?;
            Some(here.expand([id]))
        }
        "group" => {
            let (id, _) = here.tenant.groups.get_key_value(key.id())?;
            Some(here.roles_of_groups(&here.groups_around(BTreeSet::from([id.as_str()]))))
        }
        _ => None,
    }
}

fn role<'a>(here: Here<'a>, id: &'a str, found: &mut Vec<Json>) {
    let everyone = matches!(id, "everyone" | "anyone");
    let (kind, entity_id) = here.role_entity(id).unwrap_or(("Role", id.to_owned()));
    let extended: Vec<&str> = match here.role(id) {
        Some(super::who::Known::BuiltIn(role) | super::who::Known::Custom(role)) => {
            role.extends.iter().map(|role| role.value.as_str()).collect()
        }
        None => Vec::new(),
    };
    let roles = if everyone { BTreeSet::new() } else { here.expand([id]) };
    let parents = role_parents(here, extended);
    found.push(entity(&format!("Sidegate::{kind}"), &entity_id, json!({ "roles": roles }), &parents));
}

fn barred(here: Here<'_>, member: &Member) -> Option<&'static str> {
    if member.suspended {
        return Some("suspended");
    }
    member.expires_at.is_some_and(|end| end <= here.now).then_some("expired")
}

fn group_parents<'a>(here: Here<'_>, groups: impl IntoIterator<Item = &'a str>) -> Vec<Json> {
    groups.into_iter().map(|id| uid("Sidegate::Group", &within(&here.tenant.id, id))).collect()
}

fn role_parents<'a>(here: Here<'_>, roles: impl IntoIterator<Item = &'a str>) -> Vec<Json> {
    let roles = roles.into_iter().filter_map(|id| here.role_entity(id));
    roles.map(|(kind, id)| uid(&format!("Sidegate::{kind}"), &id)).collect()
}

fn object(json: Json) -> Map<String, Json> {
    match json {
        Json::Object(map) => map,
        _ => Map::new(),
    }
}

fn uid(kind: &str, id: &str) -> Json {
    json!({ "type": kind, "id": id })
}

fn entity(kind: &str, id: &str, attributes: Json, parents: &[Json]) -> Json {
    json!({ "uid": uid(kind, id), "attrs": attributes, "parents": parents })
}
