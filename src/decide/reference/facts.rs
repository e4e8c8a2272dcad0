//! What a condition reads: the state of every name it may mention.
//!
//! Owns value, null and unsent. Null is what is known not to be there; unsent
//! is what the request could have said and did not.

use std::collections::BTreeSet;

use super::Case;
use super::value::{Known, Val};
use super::who::{ANYONE, Actor, EVERYONE, groups_above};
use crate::decide::Attributes;
use crate::document::definition::{GroupMember, Params};
use crate::model::{Key, ValueRef};

impl Case<'_> {
    /// What is known of `root.name`.
    pub(super) fn known(&self, params: Option<&Params>, root: &str, name: &str) -> Known {
        match root {
            "principal" => self.of_principal(name),
            "resource" => self.of_resource(name),
            "context" => self.of_context(name),
            "params" => Known::stored(&params.expect("checked")[name]),
            "app" => self.of_app(name),
            _ => panic!("nothing is called {root}"),
        }
    }

    fn of_principal(&self, name: &str) -> Known {
        let asker = &self.call.principal;
        match name {
            "type" => return Known::text(asker.key.kind),
            "id" => return Known::text(asker.key.id),
            "key" => return Known::text(self.key().to_string()),
            "roles" => return Known::Value(Val::texts(self.named_roles())),
            "groups" => return Known::Value(Val::texts(self.groups())),
            _ => {}
        }
        let declared = &self.policy.model.principals[asker.key.kind].attributes;
        let Some(declared) = declared.get(name) else { return Known::Null };
        let sent = find(&asker.attributes, name);
        if let (true, Some(sent)) = (declared.from_request, sent) {
            return Known::sent(sent);
        }
        let stored = match self.actor() {
            Actor::Member(Some(member)) => member.attributes.get(name),
            Actor::App(Some(install)) => install.attributes.get(name),
            Actor::Member(None) | Actor::App(None) | Actor::Stranger => None,
        };
        match stored {
            Some(stored) => Known::stored(stored),
            None if declared.from_request => Known::Unsent,
            None => Known::Null,
        }
    }

    fn of_resource(&self, name: &str) -> Known {
        let (kind, id) = (self.target.kind, self.target.id);
        match name {
            "type" => return Known::text(kind),
            "id" => return id.map_or(Known::Unsent, Known::text),
            "key" => return id.map_or(Known::Unsent, |id| Known::text(format!("{kind}:{id}"))),
            _ => {}
        }
        match (kind, name) {
            ("member" | "role" | "group", "roles") => return self.built_in_roles(),
            ("role", "builtin" | "reserved") => {
                return id.map_or(Known::Unsent, |id| Known::Value(Val::Bool(self.role_is(id, name))));
            }
            _ => {}
        }
        // A type that is gone has no attributes.
        let declared = self.policy.model.resources.get(kind).map(|kind| kind.attributes.contains_key(name));
        if declared != Some(true) {
            return Known::Null;
        }
        if let Some(sent) = find(&self.target.attributes, name) {
            return Known::sent(sent);
        }
        let registered = id.and_then(|id| self.tenant.resources.get(&Key::new(kind, id).ok()?));
        match registered.and_then(|registered| registered.attributes.get(name)) {
            Some(stored) => Known::stored(stored),
            None => Known::Unsent,
        }
    }

    fn of_context(&self, name: &str) -> Known {
        if !self.policy.model.context.contains_key(name) {
            return Known::Null;
        }
        find(&self.call.context, name).map_or(Known::Unsent, Known::sent)
    }

    fn of_app(&self, name: &str) -> Known {
        let Some(app) = self.app() else { return Known::Null };
        match name {
            "id" => Known::text(app.id()),
            "key" => Known::text(app.to_string()),
            _ => {
                let install = self.install(&app);
                let stored = install.and_then(|install| install.attributes.get(name));
                stored.map_or(Known::Null, |stored| Known::stored(stored))
            }
        }
    }

    /// `resource.roles` of a member, a role or a group: from the documents if
    /// it exists, else as sent.
    fn built_in_roles(&self) -> Known {
        if let Some(roles) = self.target.id.and_then(|id| self.stored_roles(id)) {
            return Known::Value(Val::texts(roles));
        }
        let sent = match find(&self.target.attributes, "roles") {
            None => return Known::Unsent,
            Some(None) => return Known::Null,
            Some(Some(sent)) => sent,
        };
        let ValueRef::List(crate::model::List::Strings(sent)) = sent else {
            panic!("the door lets lists in")
        };
        let is_role = |id: &String| id == EVERYONE || id == ANYONE || self.role(id).is_some();
        if !sent.iter().all(is_role) {
            return Known::Unsent;
        }
        Known::Value(Val::texts(self.expand(sent.iter().cloned())))
    }

    fn stored_roles(&self, id: &str) -> Option<BTreeSet<String>> {
        match self.target.kind {
            "member" => {
                let key = Key::parse(id).ok()?;
                let member = self.tenant.members.get(&key)?;
                Some(self.roles_of(&key, Some(member)))
            }
            "role" if id == EVERYONE || id == ANYONE => Some(BTreeSet::new()),
            "role" => self.role(id).map(|_| self.expand([id.to_owned()])),
            "group" => {
                self.tenant.groups.get(id)?;
                let mut groups = groups_above(self.tenant, &GroupMember::Group(id.to_owned()));
                groups.insert(id.to_owned());
                Some(self.expand(self.roles_of_groups(&groups)))
            }
            _ => None,
        }
    }

    fn role_is(&self, id: &str, what: &str) -> bool {
        let reserved = &self.policy.model.reserved.roles;
        match what {
            "builtin" => id == EVERYONE || id == ANYONE || self.policy.model.roles.contains_key(id),
            _ => reserved.iter().any(|role| role.value == id),
        }
    }
}

/// What was sent of an attribute; `Some(None)` is null.
fn find<'a>(sent: &Attributes<'a>, name: &str) -> Option<Option<ValueRef<'a>>> {
    sent.iter().find(|(sent, _)| *sent == name).map(|(_, value)| *value)
}
