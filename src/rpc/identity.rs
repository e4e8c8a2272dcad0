//! Who calls an admin listener: what a connection has proved, and which of the
//! configured identities that makes the caller.
//!
//! Invariants:
//!
//! 1. *Exact.* A name is the whole name: no prefix, no wildcard, no folding of
//!    case. A URI is held against URIs and a DNS name against DNS names, and a
//!    certificate's subject against nothing.
//! 2. *One URI.* A certificate with two of them is nobody's.
//! 3. *In order.* The first identity that fits is the caller's, and the only one:
//!    rights do not add up.

use std::collections::BTreeSet;

/// An identity that the configuration names, and what it may do.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Identity {
    /// Who it is.
    pub who: Who,
    /// What it may change.
    pub may: BTreeSet<May>,
    /// The tenants it may change and see; `None` is all, and those yet to come.
    pub tenants: Option<BTreeSet<String>>,
}

/// Who an identity is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Who {
    /// Any of these users, and whoever is in any of these groups, on a Unix socket.
    System {
        /// Numbers of users.
        uids: BTreeSet<u32>,
        /// Numbers of groups.
        gids: BTreeSet<u32>,
    },
    /// Whose certificate is for this URI, and for no other.
    Uri(String),
    /// Whose certificate is for this DNS name.
    Dns(String),
}

/// A kind of part that a caller may change.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum May {
    /// The model.
    Model,
    /// Apps.
    Apps,
    /// Tenants, and everything in them.
    Tenants,
}

impl May {
    /// Every kind, in the order documented.
    pub const ALL: [Self; 3] = [Self::Model, Self::Apps, Self::Tenants];

    /// The kind as configured.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Apps => "apps",
            Self::Tenants => "tenants",
        }
    }
}
