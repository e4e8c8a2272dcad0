//! Definitions that have been checked, and the conditions in them, compiled.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::definition::Policy;
use crate::condition::{AttributeNames, Program};

/// A policy without a fault. Only checking makes one.
#[derive(Clone, Debug)]
pub struct Checked {
    policy: Policy,
    programs: Programs,
    document: Arc<str>,
}

/// The compiled conditions of a model, by where they stand in it.
#[derive(Clone, Debug, Default)]
pub struct Programs {
    /// Every attribute name of the model.
    pub names: AttributeNames,
    /// Every condition, by owner.
    pub by_owner: BTreeMap<Owner, Arc<Program>>,
}

/// Where in a model a condition stands.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Owner {
    /// A named condition.
    Condition(String),
    /// The `when` of an entry of a built-in role.
    Role {
        /// The role.
        role: String,
        /// Which entry of its `allow`, from 0.
        entry: usize,
    },
    /// The `allow_when` of a restriction.
    Restriction(String),
    /// The `when` of an entry of a scope.
    Scope {
        /// The scope.
        scope: String,
        /// The mode; `None` for a scope without modes.
        mode: Option<String>,
        /// Which entry, from 0.
        entry: usize,
    },
}

impl Checked {
    /// Only checking makes one.
    pub(super) fn new(policy: Policy, programs: Programs) -> Self {
        Self { policy, programs, document: Arc::default() }
    }

    /// The same, of a model that was read from this document.
    pub(super) fn read_from(self, document: &str) -> Self {
        Self { document: document.into(), ..self }
    }

    /// The model alone.
    #[must_use]
    pub fn model(&self) -> Self {
        let policy = Policy { model: self.policy.model.clone(), ..Policy::default() };
        Self { policy, programs: self.programs.clone(), document: Arc::clone(&self.document) }
    }

    /// The text that the model was read from; empty if it was made of definitions.
    #[must_use]
    pub fn document(&self) -> &Arc<str> {
        &self.document
    }

    /// The definitions.
    #[must_use]
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The compiled conditions.
    #[must_use]
    pub const fn programs(&self) -> &Programs {
        &self.programs
    }
}
