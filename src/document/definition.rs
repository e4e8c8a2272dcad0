//! What the documents say, word for word: names are text, nothing is resolved,
//! nothing is expanded.
//!
//! Invariants, kept by whoever makes a definition from text:
//!
//! 1. Keys, patterns and level items are well formed; their types prove it.
//! 2. Defaults are filled in: what a document may leave out stands here with
//!    the value that leaving it out means.
//!
//! That names exist, that nothing is circular and that conditions have types
//! is *not* promised here; that is what checking is for.

mod app;
mod declared;
mod model;
mod places;
mod tenant;
mod test;

pub use app::*;
pub use model::*;
pub use tenant::*;
pub use test::*;

use std::collections::BTreeMap;

use super::place::Spanned;
use crate::model::Key;

/// A map keyed by an identifier. The place is the key's.
pub type Map<T> = BTreeMap<String, Spanned<T>>;

/// A map keyed by a principal or a resource. The place is the key's.
pub type KeyMap<T> = BTreeMap<Key, Spanned<T>>;

/// A list of identifiers, in the order written.
pub type NameList = Vec<Spanned<String>>;

/// Everything a policy directory holds but its tests.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Policy {
    /// The model.
    pub model: Model,
    /// The tenants by id.
    pub tenants: Map<Tenant>,
    /// The apps by key.
    pub apps: KeyMap<App>,
}

/// What people are shown of a named thing.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Label {
    /// A short name for people.
    pub title: Option<String>,
    /// A sentence for people.
    pub description: Option<String>,
}
