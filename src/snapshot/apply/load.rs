//! A whole policy that arrives in pieces.
//!
//! It is compiled as it comes, tenant by tenant, so that of a policy of a million
//! members no more than a piece is ever held as definitions.

use super::compare::{Changes, compare_all};
use super::edit;
use super::next::next;
use super::told::Told;
use super::{Applied, Rules, Touched};
use crate::document::{Change, Spanned};
use crate::model::Revision;
use crate::snapshot::Snapshot;

/// A whole policy that arrives in pieces.
#[derive(Debug)]
pub struct Load {
    revision: Revision,
    rules: Rules,
    /// What has come so far; `None` before the model.
    sofar: Option<Snapshot>,
    warnings: Vec<Told>,
}

impl Load {
    /// Begins a whole policy.
    #[must_use]
    pub fn begin(revision: Revision, rules: Rules) -> Self {
        // Whatever may be in force may be loaded.
        let rules = Rules { lenient: true, ..rules };
        Self { revision, rules, sofar: None, warnings: Vec::new() }
    }

    /// Takes the next piece: the first begins with the model; a piece may name only
    /// what it or an earlier one brings.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it. Then the load is of no use any more.
    pub fn take(&mut self, mut changes: Vec<Spanned<Change>>) -> Result<(), Vec<Told>> {
        if self.sofar.is_none() {
            let Some(first) = changes.first() else { return Ok(()) };
            let Change::PutModel(document) = &first.value else {
                return Err(vec![Told::of(first.at, "a whole policy begins with its model")]);
            };
            let (checked, mut warnings) = edit::model(document, first.at.source, &self.rules)?;
            self.warnings.append(&mut warnings);
            self.sofar = Some(Snapshot::compile(&checked, self.revision));
            changes.remove(0);
        }
        let Some(sofar) = &self.sofar else { return Ok(()) };
        let again = changes.iter().find(|change| matches!(change.value, Change::PutModel(_)));
        if let Some(again) = again {
            return Err(vec![Told::of(again.at, "a whole policy has one model, at its beginning")]);
        }
        if changes.is_empty() {
            return Ok(());
        }
        let drafts = edit::fold(sofar, changes, &self.rules, true)?;
        let Applied { snapshot, mut warnings, .. } = next(sofar, self.revision, drafts, &self.rules)?;
        self.warnings.append(&mut warnings);
        self.sofar = Some(snapshot);
        Ok(())
    }

    /// How many tenants have come, those left out not counted: they are denied
    /// everything.
    #[must_use]
    pub fn tenants(&self) -> usize {
        self.sofar.as_ref().map_or(0, |sofar| sofar.size().tenants)
    }

    /// Ends the policy; `held` is what it takes the place of.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the whole.
    pub fn finish(self, held: Option<&Snapshot>) -> Result<Applied, Vec<Told>> {
        let Self { sofar, warnings, .. } = self;
        let Some(snapshot) = sofar else {
            return Err(vec![Told::whole("there is no model: a whole policy begins with one")]);
        };
        let changes = held.map(|held| compare_all(held, &snapshot)).unwrap_or_default();
        let Changes { widened, narrowed } = changes;
        Ok(Applied { snapshot, warnings, widened, narrowed, touched: Touched::Everything })
    }
}
