//! The table of attribute names: what an [`AttributeIx`] stands for.

use super::path::AttributeIx;

/// Every attribute name that a model can mention, sorted by bytes.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct AttributeNames {
    names: Box<[Box<str>]>,
}

impl AttributeNames {
    /// Collects names; repeats are one name.
    pub fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let sorted: std::collections::BTreeSet<&str> = names.into_iter().collect();
        Self { names: sorted.into_iter().map(Box::from).collect() }
    }

    /// The index of a name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<AttributeIx> {
        let at = self.names.binary_search_by(|known| known.as_ref().cmp(name)).ok()?;
        u32::try_from(at).ok().map(AttributeIx)
    }

    /// The name at an index of this table; empty for an index of another.
    #[must_use]
    pub fn name(&self, index: AttributeIx) -> &str {
        usize::try_from(index.0).ok().and_then(|at| self.names.get(at)).map_or("", AsRef::as_ref)
    }
}
