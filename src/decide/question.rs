//! A question as it was asked: names and values, borrowed, nothing resolved.
//!
//! Every door (gRPC, command line, tests) makes a [`Call`] and a [`Target`];
//! admission resolves them or says what is wrong with which field.

use crate::model::ValueRef;

/// Attributes as sent: a name and a value, or `None` for null. A name stands
/// at most once.
pub type Attributes<'a> = Vec<(&'a str, Option<ValueRef<'a>>)>;

/// A type and an id as sent; neither is checked.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct KeyRef<'a> {
    /// The type.
    pub kind: &'a str,
    /// The id.
    pub id: &'a str,
}

/// Who asks, in which tenant, through what, in which environment. What several
/// questions of one batch or list have in common.
#[derive(Clone, Debug, Default)]
pub struct Call<'a> {
    /// The tenant.
    pub tenant: &'a str,
    /// Who asks.
    pub principal: Asker<'a>,
    /// The environment.
    pub context: Attributes<'a>,
    /// Through what the principal acts.
    pub via: Option<Via<'a>>,
}

/// Who asks.
#[derive(Clone, Debug, Default)]
pub struct Asker<'a> {
    /// The principal.
    pub key: KeyRef<'a>,
    /// Roles asserted by the caller.
    pub roles: Vec<&'a str>,
    /// Attributes sent.
    pub attributes: Attributes<'a>,
}

/// What is asked about.
#[derive(Clone, Debug, Default)]
pub struct Target<'a> {
    /// The resource type.
    pub kind: &'a str,
    /// The id; `None` asks about the type alone.
    pub id: Option<&'a str>,
    /// Attributes sent.
    pub attributes: Attributes<'a>,
    /// Direct parents sent.
    pub parents: Vec<KeyRef<'a>>,
}

/// Through what a principal acts.
#[derive(Clone, Debug, Default)]
pub struct Via<'a> {
    /// The app; `None` is a personal token that the caller verified.
    pub app: Option<KeyRef<'a>>,
    /// The scopes in use.
    pub scopes: Vec<ViaScope<'a>>,
    /// Every scope of the install.
    pub all_scopes: bool,
}

/// A scope in use.
#[derive(Clone, Debug, Default)]
pub struct ViaScope<'a> {
    /// Its name.
    pub scope: &'a str,
    /// Its modes; none for a scope without modes.
    pub modes: Vec<&'a str>,
}
