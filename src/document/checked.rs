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
    pub(super) const fn new(policy: Policy, programs: Programs) -> Self {
        Self { policy, programs }
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
