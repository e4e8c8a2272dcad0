//! The names a condition may read, resolved.

use crate::model::Fact;

/// A name, resolved. Attribute names are indices into the name table the
/// program was compiled with, params into the restriction's own list.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Path {
    /// `principal.type`
    PrincipalType,
    /// `principal.id`
    PrincipalId,
    /// `principal.key`
    PrincipalKey,
    /// `principal.roles`: held roles without `everyone` and `anyone`.
    PrincipalRoles,
    /// `principal.groups`: groups at any depth.
    PrincipalGroups,
    /// `principal.<attribute>`
    Principal(AttributeIx),
    /// `resource.type`
    ResourceType,
    /// `resource.id`; unsent when the type alone is asked about.
    ResourceId,
    /// `resource.key`; unsent when the type alone is asked about.
    ResourceKey,
    /// `resource.<attribute>`, built-in attributes included.
    Resource(AttributeIx),
    /// `context.<attribute>`
    Context(AttributeIx),
    /// `params.<name>`
    Param(ParamIx),
    /// `app.id`
    AppId,
    /// `app.key`
    AppKey,
    /// `app.<attribute>`
    App(AttributeIx),
    /// `now`
    Now,
}

/// An attribute name's place in the model's table of attribute names.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct AttributeIx(pub u32);

/// A parameter's place in its restriction's list, in order of name.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ParamIx(pub u32);

/// What a program reads its names from.
pub trait Facts {
    /// What is known of `path`.
    fn fact(&self, path: Path) -> Fact<'_>;
}
