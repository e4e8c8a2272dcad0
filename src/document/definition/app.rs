//! The App document: what an app asks for, before anyone installs it.

use super::{Label, Map, NameList};
use crate::model::Key;

/// An app.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct App {
    /// Its key; also its key in the policy.
    pub id: Key,
    /// For people.
    pub label: Label,
    /// What it asks for, by scope.
    pub requests: Map<ScopeRequest>,
    /// Where its review stands.
    pub review: Review,
}

/// What an app asks of a scope.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ScopeRequest {
    /// Modes; empty for a scope without modes.
    pub modes: NameList,
    /// Why, in the app's own words. Never empty.
    pub justification: String,
}

/// Where an app's review stands.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Review {
    /// Not looked at. What a document without `review` means.
    #[default]
    Pending,
    /// May be installed.
    Approved,
    /// May not be installed.
    Rejected,
}
