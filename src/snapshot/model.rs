//! The model, compiled: every name a number, every pattern a set.
//!
//! Shared by every tenant of a snapshot. Nothing here knows a tenant.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use foldhash::fast::RandomState;

use super::index::{FeatureIx, PartIx, PrincipalTypeIx, RestrictionIx, RoleIx, TypeIx};
use super::permissions::{PermissionIx, PermissionSet};
use super::role::{Grant, Role};
use crate::condition::{AttributeIx, AttributeNames, Program};
use crate::document::Checked;
use crate::document::definition::{OverrideMode, Precedence, RestrictionMode};
use crate::model::{Pattern, Revision, ValueType};

/// A map from names.
pub(crate) type ByName<T> = HashMap<Box<str>, T, RandomState>;

/// A compiled model.
#[derive(Debug)]
pub(crate) struct Model {
    pub(crate) source: ModelSource,
    pub(crate) names: AttributeNames,
    pub(crate) builtin_names: BuiltinNames,
    pub(crate) principal_types: Vec<PrincipalType>,
    pub(crate) principal_type_names: ByName<PrincipalTypeIx>,
    pub(crate) types: Vec<ResourceType>,
    pub(crate) type_names: ByName<TypeIx>,
    pub(crate) permissions: Vec<Permission>,
    pub(crate) sections: BTreeMap<String, PermissionSet>,
    pub(crate) context: Attributes,
    pub(crate) roles: Vec<Role>,
    pub(crate) role_names: ByName<RoleIx>,
    pub(crate) everyone: RoleIx,
    pub(crate) anyone: RoleIx,
    pub(crate) reserved: PermissionSet,
    pub(crate) reserved_roles: BTreeSet<RoleIx>,
    pub(crate) restrictions: Vec<Restriction>,
    /// The restrictions in force with no switch, in order.
    pub(crate) always: Box<[RestrictionIx]>,
    pub(crate) restriction_names: BTreeMap<Box<str>, RestrictionIx>,
    pub(crate) conditions: BTreeMap<Box<str>, Arc<Program>>,
    pub(crate) features: Vec<Box<str>>,
    pub(crate) plans: BTreeMap<Box<str>, Plan>,
    pub(crate) parts: Vec<ScopePart>,
    pub(crate) part_names: ScopeNames,
}

/// What a model was made of.
#[derive(Debug)]
pub(crate) struct ModelSource {
    pub(crate) document: Arc<str>,
    pub(crate) checked: Checked,
    /// That of its last change.
    pub(crate) revision: Revision,
}

/// The scopes by name, and by mode where a scope has modes.
pub(crate) type ScopeNames = ByName<ScopeModes>;

/// What a scope's name stands for.
#[derive(Debug)]
pub(crate) enum ScopeModes {
    /// A scope without modes.
    Plain(PartIx),
    /// A part for each mode.
    Modes(BTreeMap<Box<str>, PartIx>),
}

/// Declared attributes, by number.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attributes(pub(crate) Vec<(AttributeIx, Attribute)>);

/// A declared attribute.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attribute {
    pub(crate) value_type: ValueType,
    pub(crate) from_request: bool,
}

/// The numbers of the built-in attribute names, where a condition reads them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct BuiltinNames {
    pub(crate) roles: Option<AttributeIx>,
    pub(crate) builtin: Option<AttributeIx>,
    pub(crate) reserved: Option<AttributeIx>,
}

/// A principal type.
#[derive(Debug)]
pub(crate) struct PrincipalType {
    pub(crate) name: Box<str>,
    pub(crate) attributes: Attributes,
    pub(crate) roles_from_request: bool,
}

/// A resource type.
#[derive(Debug)]
pub(crate) struct ResourceType {
    pub(crate) name: Box<str>,
    pub(crate) actions: BTreeMap<Box<str>, PermissionIx>,
    pub(crate) attributes: Attributes,
    pub(crate) parents: Vec<TypeIx>,
    pub(crate) requires: Box<[PermissionIx]>,
    pub(crate) levels: BTreeMap<Box<str>, Arc<Coverage>>,
    pub(crate) precedence: Precedence,
    pub(crate) hidden_without: Option<PermissionIx>,
    pub(crate) builtin: Option<Builtin>,
}

/// A built-in resource type: a tenant's own members, roles, groups, apps.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Builtin {
    Member,
    Role,
    Group,
    App,
}

/// A permission.
#[derive(Debug)]
pub(crate) struct Permission {
    pub(crate) kind: TypeIx,
    pub(crate) action: Box<str>,
    /// Once existed; nothing covers it.
    pub(crate) retired: bool,
    /// What it needs of the plan, in order of id.
    pub(crate) features: Box<[FeatureIx]>,
}

/// A restriction.
#[derive(Debug)]
pub(crate) struct Restriction {
    pub(crate) id: Box<str>,
    pub(crate) covers: PermissionSet,
    pub(crate) params: Vec<(Box<str>, ValueType)>,
    pub(crate) allow_when: Arc<Program>,
    pub(crate) exempt: Box<[RoleIx]>,
    pub(crate) always: bool,
}

/// What a level gives, or a deny takes, seen from the resource that carries it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Coverage {
    /// On the carrying resource itself.
    pub(crate) own: PermissionSet,
    /// On resources below it.
    pub(crate) below: PermissionSet,
}

/// A plan.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) overrides: OverrideMode,
    pub(crate) restrictions: RestrictionMode,
    /// By feature number: whether the plan has it.
    pub(crate) features: Box<[bool]>,
}

/// A scope with one of its modes, or a scope without modes.
#[derive(Debug)]
pub(crate) struct ScopePart {
    pub(crate) scope: Box<str>,
    pub(crate) authority: u32,
    pub(crate) grant: Grant,
}

impl Model {
    /// A resource type's row.
    pub(crate) fn kind(&self, kind: TypeIx) -> Option<&ResourceType> {
        self.types.get(kind.at())
    }

    /// A resource type's name.
    pub(crate) fn kind_name(&self, kind: TypeIx) -> &str {
        self.kind(kind).map_or("", |row| &row.name)
    }

    /// A principal type's name.
    pub(crate) fn principal_kind_name(&self, kind: PrincipalTypeIx) -> &str {
        self.principal_types.get(kind.at()).map_or("", |row| &row.name)
    }

    /// Every principal type with its number, in order of name.
    pub(crate) fn principal_kinds(&self) -> impl Iterator<Item = (PrincipalTypeIx, &str)> {
        (0..).map(PrincipalTypeIx).zip(self.principal_types.iter().map(|row| &*row.name))
    }

    /// A permission's row.
    pub(crate) fn permission(&self, permission: PermissionIx) -> Option<&Permission> {
        self.permissions.get(usize::try_from(permission.0).ok()?)
    }

    /// What a pattern covers. Retired permissions are covered by nothing.
    pub(crate) fn expand(&self, pattern: &Pattern) -> PermissionSet {
        match pattern {
            Pattern::Section(id) => self.sections.get(id.as_ref()).cloned().unwrap_or_default(),
            _ => self.matching(|kind, action| match pattern {
                Pattern::Exact { kind: k, action: a } => k.as_ref() == kind && a.as_ref() == action,
                Pattern::Type(k) => k.as_ref() == kind,
                Pattern::Action(a) => a.as_ref() == action,
                Pattern::All => true,
                Pattern::Section(_) => false,
            }),
        }
    }

    /// What several patterns cover together.
    pub(crate) fn expand_all<'a>(&self, patterns: impl IntoIterator<Item = &'a Pattern>) -> PermissionSet {
        let mut set = PermissionSet::default();
        for pattern in patterns {
            set.union(&self.expand(pattern));
        }
        set
    }

    /// The permissions, retired ones left out, whose type and action fit.
    pub(crate) fn matching(&self, fits: impl Fn(&str, &str) -> bool) -> PermissionSet {
        self.numbered()
            .filter(|(_, row)| !row.retired && fits(self.kind_name(row.kind), &row.action))
            .map(|(permission, _)| permission)
            .collect()
    }

    /// Every permission with its number.
    pub(crate) fn numbered(&self) -> impl Iterator<Item = (PermissionIx, &Permission)> {
        (0..).map(PermissionIx).zip(&self.permissions)
    }
}

impl Attributes {
    /// A declared attribute.
    pub(crate) fn get(&self, name: AttributeIx) -> Option<Attribute> {
        let at = self.0.binary_search_by_key(&name, |(known, _)| *known).ok()?;
        self.0.get(at).map(|(_, attribute)| *attribute)
    }
}
