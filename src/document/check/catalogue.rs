//! What a model declares, indexed for the questions that checks ask.

use std::collections::{BTreeMap, BTreeSet};

use crate::document::definition::{Entry, Model, NameList, ResourceType};
use crate::document::nearest::nearest;
use crate::document::place::Spanned;
use crate::model::{Pattern, ValueType};

/// A resource type and an action.
pub(super) type Permission<'a> = (&'a str, &'a str);

/// The resource types whose resources a tenant has without registering them.
pub(super) const BUILT_IN_TYPES: [&str; 4] = ["member", "role", "group", "app"];

/// The roles that every tenant has and nobody gives.
pub(super) const HELD_BY_ALL: [&str; 2] = ["everyone", "anyone"];

/// A model and what follows from it.
#[derive(Debug)]
pub(super) struct Catalogue<'a> {
    /// The model.
    pub model: &'a Model,
    /// Names that once existed.
    pub retired: Retired<'a>,
    /// Every declared permission.
    permissions: BTreeSet<Permission<'a>>,
    /// Every declared action, of whatever type.
    actions: BTreeSet<&'a str>,
    /// What may never be given away.
    reserved: BTreeSet<Permission<'a>>,
    /// For each resource type, the types that its resources can be below.
    above: BTreeMap<&'a str, BTreeSet<&'a str>>,
}

/// Names that once existed, as sets.
#[derive(Debug, Default)]
pub(super) struct Retired<'a> {
    /// Permissions.
    pub permissions: BTreeSet<Permission<'a>>,
    /// Built-in roles.
    pub roles: BTreeSet<&'a str>,
    /// Restrictions.
    pub restrictions: BTreeSet<&'a str>,
    /// Levels.
    pub levels: BTreeSet<&'a str>,
    /// Scopes.
    pub scopes: BTreeSet<&'a str>,
    /// Plans.
    pub plans: BTreeSet<&'a str>,
}

/// What a pattern finds.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Found {
    /// At least one permission.
    Something,
    /// One that is retired.
    Retired,
    /// None. Why, and the nearest thing that is known.
    Nothing(String, Option<String>),
}

impl<'a> Catalogue<'a> {
    /// Indexes a model, faulty or not.
    pub(super) fn new(model: &'a Model) -> Self {
        let mut permissions = BTreeSet::new();
        for (kind, resource) in &model.resources {
            permissions.extend(resource.actions.iter().map(|action| (kind.as_str(), action.as_str())));
        }
        let actions = permissions.iter().map(|(_, action)| *action).collect();
        let retired = Retired {
            permissions: model.retired.permissions.iter().filter_map(exact).collect(),
            roles: set(&model.retired.roles),
            restrictions: set(&model.retired.restrictions),
            levels: set(&model.retired.levels),
            scopes: set(&model.retired.scopes),
            plans: set(&model.retired.plans),
        };
        let above = above(model);
        let mut catalogue = Self { model, retired, permissions, actions, reserved: BTreeSet::new(), above };
        catalogue.reserved = catalogue.cover(&model.reserved.permissions);
        catalogue
    }

    /// The declared type of this name.
    pub(super) fn resource(&self, kind: &str) -> Option<&'a ResourceType> {
        self.model.resources.get(kind).map(|resource| &resource.value)
    }

    /// Whether a permission is declared.
    pub(super) fn has(&self, kind: &str, action: &str) -> bool {
        self.permissions.contains(&(kind, action))
    }

    /// Whether tenant data may not grant a permission.
    pub(super) fn is_reserved(&self, kind: &str, action: &str) -> bool {
        self.reserved.contains(&(kind, action))
    }

    /// Whether resources of type `kind` can be below ones of type `other`.
    pub(super) fn can_be_below(&self, kind: &str, other: &str) -> bool {
        self.above.get(kind).is_some_and(|above| above.contains(other))
    }

    /// What a pattern finds.
    pub(super) fn find(&self, pattern: &Pattern) -> Found {
        match pattern {
            Pattern::Exact { kind, action } if self.has(kind, action) => Found::Something,
            Pattern::Exact { kind, action } if self.retired.permissions.contains(&(kind, action)) => {
                Found::Retired
            }
            Pattern::Exact { kind, action } => match self.resource(kind) {
                Some(resource) => Found::Nothing(
                    format!("the type `{kind}` has no action `{action}`"),
                    nearest(action, resource.actions.iter().map(|action| action.as_str())),
                ),
                None => self.no_type(kind),
            },
            Pattern::Type(kind) => match self.resource(kind) {
                Some(resource) if resource.actions.is_empty() => {
                    Found::Nothing(format!("`{pattern}` matches nothing: the type has no action"), None)
                }
                Some(_) => Found::Something,
                None => self.no_type(kind),
            },
            Pattern::Action(action) if self.actions.contains(&**action) => Found::Something,
            Pattern::Action(action) => Found::Nothing(
                format!("`{pattern}` matches nothing: no type has the action `{action}`"),
                nearest(action, self.actions.iter().copied()),
            ),
            Pattern::All if self.permissions.is_empty() => {
                Found::Nothing("`*` matches nothing: the model has no permission".to_owned(), None)
            }
            Pattern::All => Found::Something,
            Pattern::Section(id) => match self.model.sections.get(&**id) {
                Some(section) if self.cover(&section.permissions).is_empty() => {
                    Found::Nothing(format!("`{pattern}` matches nothing: the section is empty"), None)
                }
                Some(_) => Found::Something,
                None => Found::Nothing(
                    format!("there is no section `{id}`"),
                    nearest(id, self.model.sections.keys().map(String::as_str)),
                ),
            },
        }
    }

    fn no_type(&self, kind: &str) -> Found {
        Found::Nothing(
            format!("there is no resource type `{kind}`"),
            nearest(kind, self.model.resources.keys().map(String::as_str)),
        )
    }

    /// Every permission that patterns cover.
    pub(super) fn cover<'p>(
        &self,
        patterns: impl IntoIterator<Item = &'p Spanned<Pattern>>,
    ) -> BTreeSet<Permission<'a>> {
        let mut covered = BTreeSet::new();
        for pattern in patterns {
            match &pattern.value {
                Pattern::Section(id) => {
                    // A section holds no section, so this ends; one that does is a fault.
                    let section = self.model.sections.get(&**id);
                    let listed = section.map(|section| section.permissions.as_slice()).unwrap_or_default();
                    for pattern in listed {
                        covered.extend(self.matching(pattern));
                    }
                }
                pattern => covered.extend(self.matching(pattern)),
            }
        }
        covered
    }

    /// Every permission that an entry covers.
    pub(super) fn cover_entry(&self, entry: &Entry) -> BTreeSet<Permission<'a>> {
        let except = self.cover(&entry.except);
        let mut covered = self.cover(&entry.permissions);
        covered.retain(|permission| !except.contains(permission));
        covered
    }

    /// Every permission that a pattern without a section matches.
    fn matching<'p>(&self, pattern: &'p Pattern) -> impl Iterator<Item = Permission<'a>> + use<'_, 'p, 'a> {
        self.permissions.iter().copied().filter(move |(kind, action)| match pattern {
            Pattern::Exact { kind: k, action: a } => **k == **kind && **a == **action,
            Pattern::Type(k) => **k == **kind,
            Pattern::Action(a) => **a == **action,
            Pattern::All => true,
            Pattern::Section(_) => false,
        })
    }

    /// The built-in attribute of a resource type, if it is one.
    pub(super) fn built_in_attribute(kind: &str, name: &str) -> Option<ValueType> {
        match (kind, name) {
            ("member" | "role" | "group", "roles") => Some(ValueType::StringList),
            ("role", "builtin" | "reserved") => Some(ValueType::Bool),
            _ => None,
        }
    }
}

/// The one permission of an exact pattern.
pub(super) fn exact(pattern: &Spanned<Pattern>) -> Option<Permission<'_>> {
    match &pattern.value {
        Pattern::Exact { kind, action } => Some((kind, action)),
        _ => None,
    }
}

fn set(names: &NameList) -> BTreeSet<&str> {
    names.iter().map(|name| name.as_str()).collect()
}

fn above(model: &Model) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut above = BTreeMap::new();
    for (kind, resource) in &model.resources {
        let mut found = BTreeSet::new();
        let mut queue: Vec<&str> = resource.parents.iter().map(|parent| parent.as_str()).collect();
        while let Some(parent) = queue.pop() {
            if found.insert(parent)
                && let Some(resource) = model.resources.get(parent)
            {
                queue.extend(resource.parents.iter().map(|parent| parent.as_str()));
            }
        }
        above.insert(kind.as_str(), found);
    }
    above
}
