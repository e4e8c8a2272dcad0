//! The Tenant document: the facts that a customer edits.

use std::collections::BTreeMap;

use super::{KeyMap, Label, Map, NameList, Role};
use crate::document::place::Spanned;
use crate::model::{Key, LevelItem, Pattern, Timestamp, Value};

/// A tenant.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Tenant {
    /// Its id; also its key in the policy.
    pub id: String,
    /// For people.
    pub label: Label,
    /// Its plan, if the model has plans.
    pub plan: Option<Spanned<String>>,
    /// Custom roles. `sections: { inbox: full }` stands in `allow` as
    /// `section/inbox`.
    pub roles: Map<Role>,
    /// Groups.
    pub groups: Map<Group>,
    /// Members.
    pub members: KeyMap<Member>,
    /// Registered resources.
    pub resources: KeyMap<Registered>,
    /// Apps installed.
    pub installs: KeyMap<Install>,
    /// Restrictions switched on for every holder of a role.
    pub role_restrictions: Map<Map<Params>>,
}

/// The parameters of a switched-on restriction.
pub type Params = Map<Value>;

/// A group.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Group {
    /// For people.
    pub label: Label,
    /// Who is in it.
    pub members: Vec<Spanned<GroupMember>>,
    /// Roles that its members hold through it.
    pub roles: NameList,
}

/// Who is in a group.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum GroupMember {
    /// `group:berlin`: everyone in that group.
    Group(String),
    /// `user:mia`; need not be a member, and gains nothing until it is.
    Principal(Key),
}

/// A member.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Member {
    /// For people.
    pub label: Label,
    /// Its own roles.
    pub roles: Vec<Spanned<GivenRole>>,
    /// Stored attributes.
    pub attributes: Map<Value>,
    /// Overrides.
    pub overrides: Overrides,
    /// Restrictions switched on for it.
    pub restrictions: Map<Params>,
    /// From this instant on it is denied.
    pub expires_at: Option<Timestamp>,
    /// Denied until it is not.
    pub suspended: bool,
}

/// A role given to a member.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct GivenRole {
    /// The role.
    pub role: String,
    /// From this instant on it is not held.
    pub expires_at: Option<Timestamp>,
}

/// A member's overrides.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Overrides {
    /// Granted whatever the roles say.
    pub allow: Vec<Spanned<Pattern>>,
    /// Denied whatever the roles say.
    pub deny: Vec<Spanned<Pattern>>,
}

/// A registered resource.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Registered {
    /// For people.
    pub label: Label,
    /// What it sits in.
    pub parents: Vec<Spanned<Key>>,
    /// Attributes that a request need not send.
    pub attributes: Map<Value>,
    /// Who may do what on it.
    pub acl: BTreeMap<AclSubject, Spanned<AclEntry>>,
}

/// Whom an ACL entry names.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum AclSubject {
    /// `everyone`: each member.
    Everyone,
    /// `anyone`: every principal.
    Anyone,
    /// `role:<id>`.
    Role(String),
    /// `group:<id>`.
    Group(String),
    /// `user:mia`, `plugin:crm-sync`.
    Principal(Key),
}

impl AclSubject {
    /// Reads whom the key of an entry names: the text that it is displayed as.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "everyone" => Some(Self::Everyone),
            "anyone" => Some(Self::Anyone),
            _ => {
                let key = Key::parse(text).ok()?;
                Some(match key.kind() {
                    "role" => Self::Role(key.id().to_owned()),
                    "group" => Self::Group(key.id().to_owned()),
                    _ => Self::Principal(key),
                })
            }
        }
    }
}

impl std::fmt::Display for AclSubject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Everyone => f.write_str("everyone"),
            Self::Anyone => f.write_str("anyone"),
            Self::Role(id) => write!(f, "role:{id}"),
            Self::Group(id) => write!(f, "group:{id}"),
            Self::Principal(key) => write!(f, "{key}"),
        }
    }
}

/// What an ACL entry says. It has a level or a deny.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct AclEntry {
    /// Levels given.
    pub levels: NameList,
    /// Permissions denied.
    pub deny: Vec<Spanned<LevelItem>>,
    /// From this instant on it is no entry.
    pub expires_at: Option<Timestamp>,
}

/// An installed app.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Install {
    /// What the customer granted, by scope.
    pub granted: Map<GrantedModes>,
    /// Stored attributes of the install.
    pub attributes: Map<Value>,
}

/// How much of a scope was granted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum GrantedModes {
    /// `all`: every mode requested, or the scope without modes.
    All,
    /// The modes named.
    Modes(NameList),
}
