//! What a suite's questions touched, and what none did.
//!
//! A cell of a role and a permission is touched when a question about that
//! permission was decided for a holder of that role; it does not matter which
//! way, nor whether that role settled it. A cell of a restriction is touched
//! when the restriction was evaluated and let the permission through, or did
//! not. Touching is a floor, not a proof; mutation is the proof.

use std::collections::BTreeSet;
use std::fmt;

use super::{held, permissions};
use crate::decide::{Call, Explanation, FindingOutcome, Reason};
use crate::document::definition::Policy;
use crate::model::Timestamp;

/// What there is to touch, and what was.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Coverage {
    all: BTreeSet<Cell>,
    touched: BTreeSet<Cell>,
}

/// Something a test can touch.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Cell {
    /// A permission, decided for a holder of a role.
    Role {
        /// The tenant of a custom role; `None` for a built-in one.
        tenant: Option<String>,
        /// The role.
        role: String,
        /// The permission: `contact:view`.
        permission: String,
    },
    /// A restriction, evaluated with one of its two outcomes.
    Restriction {
        /// The restriction.
        restriction: String,
        /// It let the permission through.
        lets_through: bool,
    },
}

impl Coverage {
    /// How many cells there are.
    #[must_use]
    pub fn cells(&self) -> usize {
        self.all.len()
    }

    /// The cells that no question touched, in order.
    pub fn untouched(&self) -> impl Iterator<Item = &Cell> {
        self.all.difference(&self.touched)
    }

    /// Notes every cell of a policy as one to touch.
    pub(super) fn expect_all(&mut self, policy: &Policy) {
        let built_in = policy.model.roles.keys().map(|role| (None, role));
        let custom = policy
            .tenants
            .iter()
            .flat_map(|(tenant, facts)| facts.roles.keys().map(move |role| (Some(tenant), role)));
        let permissions = permissions::all(&policy.model);
        for (tenant, role) in built_in.chain(custom) {
            self.all.extend(permissions.iter().map(|permission| Cell::Role {
                tenant: tenant.cloned(),
                role: role.clone(),
                permission: permission.to_string(),
            }));
        }
        for restriction in policy.model.restrictions.keys() {
            self.all.extend(
                [true, false]
                    .map(|lets_through| Cell::Restriction { restriction: restriction.clone(), lets_through }),
            );
        }
    }

    /// Notes what one decision touched.
    pub(super) fn touch(
        &mut self,
        policy: &Policy,
        (call, kind, action, now): (&Call<'_>, &str, &str, Timestamp),
        (reason, story): (Reason, &Explanation),
    ) {
        if roles_were_asked(reason, call) {
            for role in held::roles(policy, call, now) {
                let custom = !policy.model.roles.contains_key(role);
                self.touched.insert(Cell::Role {
                    tenant: custom.then(|| call.tenant.to_owned()),
                    role: role.to_owned(),
                    permission: format!("{kind}:{action}"),
                });
            }
        }
        for finding in story.steps.iter().filter(|step| step.number == 8).flat_map(|step| &step.findings) {
            let lets_through = match finding.outcome {
                FindingOutcome::Holds => true,
                FindingOutcome::Fails | FindingOutcome::Unknown => false,
                FindingOutcome::Dormant | FindingOutcome::Exempt => continue,
            };
            if let Some(restriction) = finding.subject.strip_prefix("restriction:") {
                self.touched.insert(Cell::Restriction { restriction: restriction.to_owned(), lets_through });
            }
        }
    }
}

/// Whether a decision got as far as the principal's roles. One that was settled
/// by the tenant, a missing install or the membership itself says nothing of them.
fn roles_were_asked(reason: Reason, call: &Call<'_>) -> bool {
    match reason {
        Reason::UnknownTenant | Reason::TenantInvalid | Reason::Suspended | Reason::Expired => false,
        Reason::AppNotInstalled => call.via.is_some(),
        _ => true,
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Role { tenant: None, role, permission } => write!(f, "role `{role}`: {permission}"),
            Self::Role { tenant: Some(tenant), role, permission } => {
                write!(f, "role `{role}` of `{tenant}`: {permission}")
            }
            Self::Restriction { restriction, lets_through: true } => {
                write!(f, "restriction `{restriction}`: lets through")
            }
            Self::Restriction { restriction, lets_through: false } => {
                write!(f, "restriction `{restriction}`: restricts")
            }
        }
    }
}
