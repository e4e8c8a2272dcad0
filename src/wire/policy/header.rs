//! What a change set is and what it is made against, read.
//!
//! Whether it follows what is held is not known here.

use super::read::parts::{label, principal};
use super::walk::{Path, Walk};
use crate::decide::FieldFault;
use crate::document::{Expected, Header, Part};
use crate::model::Revision;
use crate::wire::api;

/// What a push says of its set, and what is to be done with it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Pushed {
    pub(crate) header: Header,
    /// Only told what would come of it.
    pub(crate) validate_only: bool,
}

/// Reads a header.
///
/// # Errors
///
/// Everything in it that cannot be read or does not go together.
pub(crate) fn read_header(sent: api::PushHeader) -> Result<Pushed, Vec<FieldFault>> {
    let api::PushHeader { epoch, revision, base_revision, replace_all, shrink, expected, validate_only } =
        sent;
    let mut walk = Walk::default();
    let path = Path::root("header");
    if epoch == 0 {
        walk.malformed(&path.field("epoch"), "must be at least 1: 0 is that of directories");
    }
    if revision == 0 {
        walk.malformed(&path.field("revision"), "must be at least 1");
    }
    let base = base_revision.map(|number| Revision::new(epoch, number));
    match (base, replace_all) {
        (None, false) => walk.missing(&path.field("base_revision")),
        (Some(_), true) => {
            walk.malformed(&path.field("base_revision"), "must be unset with `replace_all`");
        }
        (None, true) | (Some(_), false) => {}
    }
    let expected = walk.set_by(
        expected,
        &path.field("expected"),
        |walk, sent, path| read_expected(sent, path, walk),
        |expected| &expected.part,
    );
    let header = Header { revision: Revision::new(epoch, revision), base, shrink, expected };
    walk.done(Pushed { header, validate_only })
}

fn read_expected(sent: api::Expected, path: &Path<'_>, walk: &mut Walk) -> Option<Expected> {
    use api::expected;

    let api::Expected { part, revision } = sent;
    let part = match part {
        None => {
            walk.missing(&path.field("part"));
            None
        }
        Some(expected::Part::Tenant(id)) => label(id, &path.field("tenant"), walk).map(Part::Tenant),
        Some(expected::Part::Model(api::ModelPart {})) => Some(Part::Model),
        Some(expected::Part::App(app)) => principal(Some(app), &path.field("app"), walk).map(Part::App),
    };
    let revision = revision.map(|api::Revision { epoch, number }| Revision::new(epoch, number));
    Some(Expected { part: part?, revision })
}
