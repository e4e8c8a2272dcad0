//! Parts of a policy checked against the rest of it, which is known to be sound.
//!
//! The same checks as those of a whole policy, asked of less.

use std::collections::BTreeSet;

use super::catalogue::{Catalogue, Permission};
use super::report::Report;
use super::tenant::{self, Ground};
use super::{apps, doubts, forms};
use crate::document::checked::Checked;
use crate::document::definition::{App, KeyMap, Model, Tenant};
use crate::document::diagnostic::Diagnostic;
use crate::document::limits::PolicyLimits;
use crate::document::place::Place;

pub use super::tenant::Around;

/// Checks parts against a model.
#[derive(Debug)]
pub struct Inspector<'a> {
    catalogue: Catalogue<'a>,
    model: &'a Checked,
    gates: BTreeSet<Permission<'a>>,
    limits: &'a PolicyLimits,
}

/// What has been found so far.
#[derive(Debug, Default)]
pub struct Findings(Report);

/// A part of a tenant: some rows, and its frame if that has changed.
#[derive(Debug)]
pub struct Part<'a> {
    /// The tenant's id.
    pub id: &'a str,
    /// Its frame.
    pub frame: Frame<'a>,
    /// Its rows that have changed; the frame in it is not looked at.
    pub rows: &'a mut Tenant,
}

/// A tenant's frame.
#[derive(Debug)]
pub enum Frame<'a> {
    /// As it was.
    Same(&'a Tenant),
    /// Another one, but for its plan.
    Changed(&'a mut Tenant),
}

impl Findings {
    /// Whether anything is a fault.
    #[must_use]
    pub fn is_faulty(&self) -> bool {
        !self.0.at_fault().is_empty()
    }

    /// Everything found.
    #[must_use]
    pub fn finish(self) -> Vec<Diagnostic> {
        self.0.finish()
    }
}

impl<'a> Inspector<'a> {
    /// Looks through the model that parts are checked against.
    #[must_use]
    pub fn new(model: &'a Checked, limits: &'a PolicyLimits) -> Self {
        let catalogue = Catalogue::new(&model.policy().model);
        let gates = doubts::gates(&catalogue);
        Self { catalogue, model, gates, limits }
    }

    /// The model.
    #[must_use]
    pub fn model(&self) -> &'a Model {
        self.catalogue.model
    }

    /// Checks apps.
    pub fn apps(&self, apps: &KeyMap<App>, found: &mut Findings) {
        forms::check_apps(apps, &mut found.0);
        apps::check(&self.catalogue, apps, &mut found.0);
    }

    /// Checks a whole tenant. Its values take their declared types.
    pub fn tenant(&self, at: Place, tenant: &mut Tenant, around: &dyn Around, found: &mut Findings) {
        let id = tenant.id.clone();
        tenant::check_values(&self.catalogue, &id, tenant, self.limits, &mut found.0);
        forms::check_tenant(tenant, &mut found.0);
        tenant::check(self.ground(around), &id, at, tenant, &mut found.0);
    }

    /// Checks a part of a tenant. Its values take their declared types.
    pub fn part(&self, part: Part<'_>, around: &dyn Around, found: &mut Findings) {
        let Part { id, frame, rows } = part;
        tenant::check_values(&self.catalogue, id, rows, self.limits, &mut found.0);
        let (frame, changed) = match frame {
            Frame::Same(frame) => (frame, false),
            Frame::Changed(frame) => {
                tenant::check_values(&self.catalogue, id, frame, self.limits, &mut found.0);
                forms::check_tenant(frame, &mut found.0);
                (&*frame, true)
            }
        };
        tenant::check_part(self.ground(around), id, (frame, changed), rows, &mut found.0);
    }

    /// Checks that resources sit in one another without a circle, and not too deep:
    /// all of a tenant that have parents.
    pub fn nesting(&self, id: &str, resources: &Tenant, around: &dyn Around, found: &mut Findings) {
        tenant::check_nesting(self.ground(around), id, resources, &mut found.0);
    }

    fn ground<'g>(&'g self, around: &'g dyn Around) -> Ground<'g>
    where
        'a: 'g,
    {
        Ground {
            catalogue: &self.catalogue,
            programs: self.model.programs(),
            gates: &self.gates,
            around,
            all_read: true,
            limits: self.limits,
        }
    }
}
