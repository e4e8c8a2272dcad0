//! A question, put to Cedar: docs/cedar.md, "How to ask", step by step.
//!
//! Reads the exported entities, and of the model only which attributes are
//! declared, as an application would that asks Cedar in Sidegate's place.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use crate::decide::reference::question::{Question, Sent};
use crate::document::definition::Model;
use crate::model::{Timestamp, Value, ValueType};

/// An entity's type and id.
pub type Uid = (String, String);

/// A question as Cedar takes it.
#[derive(Clone, Debug)]
pub struct Put {
    /// Who asks.
    pub principal: Uid,
    /// The id of the action.
    pub action: String,
    /// What about.
    pub resource: Uid,
    /// The context: a record.
    pub context: Json,
    /// Entities that stand in for those exported, or come on top.
    pub entities: Vec<Json>,
}

/// Puts questions about one export.
pub(super) struct Asker<'a> {
    model: &'a Model,
    exported: BTreeMap<Uid, &'a Json>,
}

impl<'a> Asker<'a> {
    pub(super) fn new(model: &'a Model, entities: &'a Json) -> Self {
        let uid = |entity: &'a Json| (uid_of(&entity["uid"]), entity);
        Self { model, exported: entities.as_array().expect("a list").iter().map(uid).collect() }
    }

    pub(super) fn put(&self, question: &Question, now: Timestamp) -> Put {
        let tenant = question.tenant.as_str();
        let (kind, id) = &question.principal;
        let principal = (format!("Principal::{kind}"), format!("{tenant}/{id}"));
        let asker = self.principal(question, &principal);
        let resource_id = question.id.as_ref().map_or(tenant.to_owned(), |id| format!("{tenant}/{id}"));
        let resource = (format!("Resource::{}", question.kind), resource_id);
        let about = self.resource(question, &resource);
        let mut entities = vec![asker, about];
        let mut own = json!({
            "now": instant(now),
            "null": [],
            "tenant": reference(&("Sidegate::Tenant".to_owned(), tenant.to_owned())),
        });
        if let Some(app) = self.app(question, &entities[0]) {
            let key = app.1.split_once('/').expect("a tenant").1;
            let id = key.split_once(':').expect("a key").1;
            if !self.exported.contains_key(&app) {
                let attributes = json!({ "sidegate": { "scopes": [] }, "id": id, "key": key });
                entities.push(entity(&app, attributes));
            }
            own["app"] = reference(&app);
        }
        if let Some(via) = &question.via {
            let mut parts = Vec::new();
            for (scope, modes) in &via.scopes {
                let modes = if modes.is_empty() { vec![String::new()] } else { modes.clone() };
                parts.extend(modes.iter().map(|mode| json!({ "scope": scope, "mode": mode })));
            }
            own["via"] = json!({ "all": via.all_scopes, "scopes": parts });
        }
        let mut context = json!({ "sidegate": own });
        let declared = |name: &str| self.model.context.contains_key(name);
        send(&question.context, declared, &mut context);
        Put {
            principal,
            action: format!("{}:{}", question.kind, question.action),
            resource,
            context,
            entities,
        }
    }

    fn principal(&self, question: &Question, uid: &Uid) -> Json {
        let (kind, id) = &question.principal;
        let key = format!("{kind}:{id}");
        let stored = self.exported.get(uid);
        let own = json!({ "allowed": [], "denied": [], "restrictions": [], "null": [] });
        let new = || {
            let attributes = json!({
                "sidegate": own, "type": kind, "id": id, "key": key, "roles": [], "groups": [],
            });
            entity(uid, attributes)
        };
        let mut asker = stored.map_or_else(new, |stored| (*stored).clone());
        let is_app = asker["attrs"]["sidegate"].get("install").is_some();
        let asserted: Vec<Uid> =
            question.roles.iter().filter_map(|role| self.role(&question.tenant, role)).collect();
        if !is_app && !asserted.is_empty() {
            let mut parents = asserted;
            if stored.is_none() {
                parents.push(("Sidegate::Role".to_owned(), "everyone".to_owned()));
                parents.extend(self.groups_naming(&question.tenant, &key));
            }
            for parent in parents {
                for held in ["roles", "groups"] {
                    let more = self.exported[&parent]["attrs"][held].as_array().cloned();
                    push_all(&mut asker["attrs"][held], more.unwrap_or_default());
                }
                push_all(&mut asker["parents"], [json!({ "type": parent.0, "id": parent.1 })]);
            }
        }
        let declared = self.model.principals.get(kind).map(|kind| &kind.attributes);
        let from_request =
            |name: &str| declared.and_then(|known| known.get(name)).is_some_and(|it| it.from_request);
        send(&question.attributes, from_request, &mut asker["attrs"]);
        asker
    }

    /// A role that the tenant has.
    fn role(&self, tenant: &str, id: &str) -> Option<Uid> {
        if id == "everyone" || id == "anyone" {
            return None;
        }
        let built_in = ("Sidegate::Role".to_owned(), id.to_owned());
        let custom = ("Sidegate::CustomRole".to_owned(), format!("{tenant}/{id}"));
        [built_in, custom].into_iter().find(|uid| self.exported.contains_key(uid))
    }

    fn groups_naming(&self, tenant: &str, key: &str) -> Vec<Uid> {
        let names = |(uid, entity): &(&Uid, &&Json)| {
            uid.0 == "Sidegate::Group"
                && uid.1.split_once('/').is_some_and(|(of, _)| of == tenant)
                && entity["attrs"]["strangers"].as_array().is_some_and(|names| names.contains(&json!(key)))
        };
        self.exported.iter().filter(names).map(|(uid, _)| uid.clone()).collect()
    }

    fn resource(&self, question: &Question, uid: &Uid) -> Json {
        let new = || {
            let mut attributes = json!({ "sidegate": { "null": [] } });
            if let Some(id) = &question.id {
                attributes["id"] = json!(id);
                attributes["key"] = json!(format!("{}:{id}", question.kind));
                if question.kind == "role" {
                    attributes["builtin"] = json!(false);
                    attributes["reserved"] = json!(false);
                }
            }
            entity(uid, attributes)
        };
        let mut about = self.exported.get(uid).map_or_else(new, |stored| (*stored).clone());
        let has_roles = ["member", "role", "group"].contains(&question.kind.as_str());
        let exists = has_roles && about["attrs"].get("roles").is_some();
        let declared = self.model.resources.get(&question.kind).map(|kind| &kind.attributes);
        let known = |name: &str| {
            let built_in = has_roles && name == "roles"
                || question.kind == "role" && ["builtin", "reserved"].contains(&name);
            !built_in && declared.is_some_and(|known| known.contains_key(name))
        };
        send(&question.resource, known, &mut about["attrs"]);
        if has_roles && !exists {
            let sent = question.resource.iter().filter(|(name, _)| name == "roles");
            let expanded: Sent = sent
                .filter_map(|(name, value)| Some((name.clone(), self.expanded(&question.tenant, value)?)))
                .collect();
            send(&expanded, |_| true, &mut about["attrs"]);
        }
        for (kind, id) in &question.parents {
            let parent = (format!("Resource::{kind}"), format!("{}/{id}", question.tenant));
            if parent != *uid {
                push_all(&mut about["parents"], [json!({ "type": parent.0, "id": parent.1 })]);
            }
        }
        about
    }

    /// Roles as sent, with all that they extend; `None` if the tenant lacks one.
    fn expanded(&self, tenant: &str, sent: &Value) -> Option<Value> {
        let Value::StringList(sent) = sent else { return Some(Value::Null) };
        let mut roles = Vec::new();
        for id in sent.iter().filter(|id| !["everyone", "anyone"].contains(&id.as_str())) {
            let role = self.exported[&self.role(tenant, id)?];
            let all = role["attrs"]["roles"].as_array().expect("a set");
            roles.extend(all.iter().map(|role| role.as_str().expect("a name").to_owned()));
        }
        Some(Value::StringList(roles))
    }

    /// The install of the app in play.
    fn app(&self, question: &Question, asker: &Json) -> Option<Uid> {
        if let Some((kind, id)) = question.via.as_ref().and_then(|via| via.app.as_ref()) {
            return Some(("Sidegate::Install".to_owned(), format!("{}/{kind}:{id}", question.tenant)));
        }
        asker["attrs"]["sidegate"].get("install").map(|install| uid_of(&install["__entity"]))
    }
}

/// Puts what was sent over what is there: values, and nulls by name.
fn send(sent: &Sent, declared: impl Fn(&str) -> bool, attributes: &mut Json) {
    for (name, value) in sent.iter().filter(|(name, _)| declared(name)) {
        let nulls = attributes["sidegate"]["null"].as_array_mut().expect("a set");
        nulls.retain(|null| null != name.as_str());
        let json = match value {
            Value::Null => {
                nulls.push(json!(name));
                attributes.as_object_mut().expect("a record").remove(name);
                continue;
            }
            Value::Bool(value) => json!(value),
            Value::Int(value) => json!(value),
            Value::String(text) => json!(text),
            Value::Timestamp(at) => instant(*at),
            Value::StringList(items) => json!(items),
            Value::IntList(items) => json!(items),
        };
        attributes[name] = json;
    }
}

/// Whether Cedar has a form for everything that a question sends.
pub(super) fn can_be_put(question: &Question) -> bool {
    let sent = question.attributes.iter().chain(&question.context).chain(&question.resource);
    sent.filter(|(_, value)| value.value_type() == Some(ValueType::Timestamp)).all(|(_, value)| match value {
        Value::Timestamp(at) => at.nanos() % 1_000_000 == 0,
        _ => true,
    })
}

fn push_all(list: &mut Json, items: impl IntoIterator<Item = Json>) {
    let list = list.as_array_mut().expect("a list");
    for item in items {
        if !list.contains(&item) {
            list.push(item);
        }
    }
}

fn instant(at: Timestamp) -> Json {
    let milliseconds = at.nanos() / 1_000_000;
    let whole = Timestamp::new(at.seconds(), 0).expect("as old").to_string();
    let whole = whole.trim_end_matches('Z');
    json!({ "__extn": { "fn": "datetime", "arg": format!("{whole}.{milliseconds:03}Z") } })
}

fn entity((kind, id): &Uid, attributes: Json) -> Json {
    json!({ "uid": { "type": kind, "id": id }, "attrs": attributes, "parents": [] })
}

fn reference((kind, id): &Uid) -> Json {
    json!({ "__entity": { "type": kind, "id": id } })
}

fn uid_of(json: &Json) -> Uid {
    let text = |field: &str| json[field].as_str().expect("a text").to_owned();
    (text("type"), text("id"))
}
