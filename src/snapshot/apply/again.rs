//! What was in force, in force again.

use std::sync::Arc;

use super::compare::{Changes, compare_all};
use super::{Applied, Touched};
use crate::model::Revision;
use crate::snapshot::table::Item;
use crate::snapshot::{Snapshot, build};

impl Snapshot {
    /// The same content as another revision, in place of what is held. Every part that
    /// is not as it is held has changed by it, and so has every tenant: whoever knows a
    /// part as it was in between must not take it for what they know.
    #[must_use]
    pub fn again(&self, held: &Self, revision: Revision) -> Applied {
        let mut next = self.clone();
        (next.revision, next.shared_revision) = (revision, revision);
        if self.model_document() != held.model_document() {
            // Of the same document, so everything has the same number as before.
            next.model = Arc::new(build::model(&self.model.source.checked, revision));
        }
        for (key, app, _) in self.apps() {
            let as_held = held.app_source(&key).filter(|(known, _)| *known == app);
            let Some(kind) = next.model.principal_type_names.get(key.kind()) else { continue };
            let at = as_held.map_or(revision, |(_, at)| at);
            let row = build::app(&next.model, app, at);
            next.apps = next.apps.with(Item { kind: kind.0, text: key.id(), row });
        }
        if self.model_document() == held.model_document() {
            next.model = Arc::clone(&held.model);
        }
        let Changes { widened, narrowed } = compare_all(held, &next);
        Applied { snapshot: next, warnings: Vec::new(), widened, narrowed, touched: Touched::Everything }
    }
}
