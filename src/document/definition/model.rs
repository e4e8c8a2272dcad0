//! The Model document: the catalogue that the product's developers write.

use super::{Label, Map, NameList};
use crate::document::place::{Place, Spanned};
use crate::model::{LevelItem, Pattern, ValueType};

/// A model.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Model {
    /// The model's name.
    pub name: String,
    /// For people.
    pub label: Label,
    /// Principal types.
    pub principals: Map<PrincipalType>,
    /// Resource types, the built-in ones that the model declares included.
    pub resources: Map<ResourceType>,
    /// Attributes of the environment.
    pub context: Map<AttributeType>,
    /// Switches of a settings page.
    pub sections: Map<Section>,
    /// Built-in roles, `everyone` and `anyone` included if the model says them.
    pub roles: Map<Role>,
    /// Named conditions.
    pub conditions: Map<Condition>,
    /// Restrictions.
    pub restrictions: Map<Restriction>,
    /// Plans. Empty: everything is on, and a tenant names none.
    pub plans: Map<Plan>,
    /// Features, each with the permissions that need it.
    pub features: Map<Feature>,
    /// Authorities, weakest first.
    pub authorities: NameList,
    /// Scopes of apps and tokens.
    pub scopes: Map<Scope>,
    /// What tenant data may never give away.
    pub reserved: Reserved,
    /// Names that once existed.
    pub retired: Retired,
}

/// A principal type.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct PrincipalType {
    /// For people.
    pub label: Label,
    /// Declared attributes.
    pub attributes: Map<PrincipalAttribute>,
    /// Whether a request may assert roles for such principals.
    pub roles_from_request: bool,
}

/// A declared attribute of a principal.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PrincipalAttribute {
    /// For people.
    pub label: Label,
    /// Its type.
    pub value_type: ValueType,
    /// `source: request`: a request may say it, and then overrides what is stored.
    pub from_request: bool,
}

/// A declared attribute of a resource, the context or a restriction's params.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AttributeType {
    /// For people.
    pub label: Label,
    /// Its type.
    pub value_type: ValueType,
}

/// A resource type.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ResourceType {
    /// For people.
    pub label: Label,
    /// Its actions.
    pub actions: NameList,
    /// Its attributes.
    pub attributes: Map<AttributeType>,
    /// Types of resources that it may sit in.
    pub parents: NameList,
    /// Gates: exact permissions, in the order written.
    pub requires: Vec<Spanned<Pattern>>,
    /// Levels that an ACL may give on such a resource.
    pub levels: Map<Level>,
    /// `acl: { precedence }`.
    pub precedence: Precedence,
    /// The action without which such a resource is hidden.
    pub hidden_without: Option<Spanned<String>>,
}

/// How a principal's own ACL entry stands to those of its roles and groups.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Precedence {
    /// An own entry with a level replaces what the others give on that resource.
    #[default]
    Principal,
    /// All add up.
    Union,
}

/// A named set of permissions that an ACL gives.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Level {
    /// For people.
    pub label: Label,
    /// Levels of the same type whose permissions it has too.
    pub includes: NameList,
    /// Its own items.
    pub permissions: Vec<Spanned<LevelItem>>,
}

/// A switch of a settings page.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Section {
    /// For people.
    pub label: Label,
    /// What the switch gives; no section in it.
    pub permissions: Vec<Spanned<Pattern>>,
}

/// A role, built-in or of a tenant.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Role {
    /// For people.
    pub label: Label,
    /// What it grants by itself.
    pub allow: Vec<Entry>,
    /// Roles that it extends.
    pub extends: NameList,
    /// Custom roles only: sections said to be not granted, which says nothing.
    pub no_sections: NameList,
    /// Built-in roles only: its authority. None is the weakest.
    pub authority: Option<Spanned<String>>,
}

/// One entry of an `allow`. A bare pattern is an entry of that pattern alone.
#[derive(Clone, Debug, Default)]
pub struct Entry {
    /// Where it stands.
    pub at: Place,
    /// What it covers.
    pub permissions: Vec<Spanned<Pattern>>,
    /// What is taken from that again.
    pub except: Vec<Spanned<Pattern>>,
    /// When it holds.
    pub when: When,
}

/// Equality is of what it says, wherever it stands.
impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        let Self { at: _, permissions, except, when } = self;
        (permissions, except, when) == (&other.permissions, &other.except, &other.when)
    }
}

impl Eq for Entry {}

/// When an entry holds.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum When {
    /// Always.
    #[default]
    Always,
    /// If the expression is true. Models only.
    Expression(Expression),
    /// If all the named conditions are true. Tenants only; never empty.
    Conditions(NameList),
}

/// The text of a CEL expression.
#[derive(Clone, Debug, Default)]
pub struct Expression {
    /// Where the scalar stands.
    pub at: Place,
    /// The text, as CEL sees it.
    pub text: String,
    /// Where stretches of the text stand in the source: pairs of an offset in
    /// the text and the offset in the source, ascending. Between two pairs
    /// both advance together. Empty when no source says it.
    pub offsets: Vec<(u32, u32)>,
}

impl Expression {
    /// Where a stretch of the text stands in the source; the whole scalar if
    /// no source says. The blanks that a text ends with are no place: what is
    /// missing there is missing behind the last thing written.
    #[must_use]
    pub fn place(&self, start: u32, end: u32) -> Place {
        let written = u32::try_from(self.text.trim_end().len()).unwrap_or(u32::MAX);
        let (start, end) = (start.min(written), end.min(written));
        match (self.source_offset(start), self.source_offset(end)) {
            (Some(start), Some(end)) => Place { source: self.at.source, start, end: end.max(start) },
            _ => self.at,
        }
    }

    fn source_offset(&self, offset: u32) -> Option<u32> {
        let after = self.offsets.partition_point(|(text, _)| *text <= offset);
        let (text, source) = self.offsets.get(after.checked_sub(1)?)?;
        source.checked_add(offset.checked_sub(*text)?).map(|at| at.min(self.at.end))
    }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Expression {}

/// A named condition.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Condition {
    /// For people.
    pub label: Label,
    /// What it says.
    pub expression: Expression,
}

/// A restriction: takes its permissions away unless its condition holds.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Restriction {
    /// For people.
    pub label: Label,
    /// What it covers.
    pub permissions: Vec<Spanned<Pattern>>,
    /// What a switch must give.
    pub params: Map<AttributeType>,
    /// When it lets the permission through.
    pub allow_when: Expression,
    /// Built-in roles whose holders it does not touch.
    pub exempt_roles: NameList,
    /// In force with no switch.
    pub always: bool,
}

/// A plan.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Plan {
    /// For people.
    pub label: Label,
    /// How many custom roles a tenant may have; `None` is unlimited.
    pub custom_roles: Option<u32>,
    /// What overrides do.
    pub member_overrides: OverrideMode,
    /// Whether the restrictions a tenant switched on are in force.
    pub member_restrictions: RestrictionMode,
    /// Features it has.
    pub features: NameList,
}

/// What member overrides do under a plan.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum OverrideMode {
    /// They hold.
    #[default]
    On,
    /// Only denies hold.
    NarrowOnly,
    /// None holds.
    Off,
}

/// What a tenant's restriction switches do under a plan.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum RestrictionMode {
    /// They are in force.
    #[default]
    On,
    /// They are dormant; restrictions that are always in force are not touched.
    Off,
}

/// A feature: its permissions need a plan that has it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Feature {
    /// For people. Only when written as a map.
    pub label: Label,
    /// What needs it.
    pub permissions: Vec<Spanned<Pattern>>,
}

/// A scope of apps and tokens.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Scope {
    /// For people.
    pub label: Label,
    /// The display group.
    pub group: Option<String>,
    /// The authority a principal needs. None is the weakest.
    pub authority: Option<Spanned<String>>,
    /// What it covers.
    pub covers: ScopeCover,
}

/// What a scope covers.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ScopeCover {
    /// A scope without modes.
    Allow(Vec<Entry>),
    /// What each mode covers; never empty.
    Modes(Map<Vec<Entry>>),
}

impl Default for ScopeCover {
    fn default() -> Self {
        Self::Allow(Vec::new())
    }
}

/// What tenant data may never give away.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Reserved {
    /// Permissions.
    pub permissions: Vec<Spanned<Pattern>>,
    /// Built-in roles.
    pub roles: NameList,
}

/// Names that once existed.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Retired {
    /// Exact permissions.
    pub permissions: Vec<Spanned<Pattern>>,
    /// Built-in roles.
    pub roles: NameList,
    /// Restrictions.
    pub restrictions: NameList,
    /// Levels: `type/level` is not a form; a level's name alone, of any type.
    pub levels: NameList,
    /// Scopes.
    pub scopes: NameList,
    /// Plans.
    pub plans: NameList,
}
