//! A whole policy that is being pushed, piece by piece.
//!
//! Each piece is compiled when it comes, so nothing has to be held as it was
//! written. What stands for the set grows with it, the same however it is cut into
//! pieces.

use crate::document::{Change, ChangeSet, Header, Spanned};
use crate::model::Digest;
use crate::snapshot::Snapshot;
use crate::snapshot::apply::{Applied, Load, Rules, Told};

/// A whole policy that is being pushed.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) header: Header,
    /// It is only to be told what would come of it.
    pub(super) rehearsed: bool,
    said: Said,
    /// `None` if its revision was reached before: then it is only to be known
    /// whether it is the same again.
    load: Option<Load>,
}

/// What stands for what a set says, while it is being said.
#[derive(Debug)]
pub(super) struct Said(blake3::Hasher);

impl Said {
    /// Of a set with this header.
    pub(super) fn new(header: &Header) -> Self {
        let mut said = Self(blake3::Hasher::new());
        // Not what it is let do, or is made to believe: that is no part of what it says.
        let (revision, base) = (header.revision, header.base);
        let header = Header { revision, base, ..Header::default() };
        said.part(&ChangeSet { header, changes: Vec::new() });
        said
    }

    /// Something more is said.
    pub(super) fn part(&mut self, set: &ChangeSet) {
        self.0.update(&set.digest().to_bytes());
    }

    /// What stands for all that was said.
    pub(super) fn digest(&self) -> Digest {
        Digest::from_bytes(*self.0.finalize().as_bytes())
    }
}

impl Session {
    /// Begins a whole policy; with `again`, one whose revision was reached before.
    pub(super) fn new(header: Header, rehearsed: bool, again: bool, rules: Rules) -> Self {
        let load = (!again).then(|| Load::begin(header.revision, rules));
        Self { said: Said::new(&header), header, rehearsed, load }
    }

    /// Takes the next piece.
    pub(super) fn take(&mut self, changes: Vec<Spanned<Change>>) -> Result<(), Vec<Told>> {
        let mut one = ChangeSet::default();
        let mut said = Vec::with_capacity(changes.len());
        for change in changes {
            one.changes.push(change);
            self.said.part(&one);
            said.append(&mut one.changes);
        }
        match &mut self.load {
            Some(load) if !said.is_empty() => load.take(said),
            _ => Ok(()),
        }
    }

    /// Whether its revision was not reached before.
    pub(super) const fn is_new(&self) -> bool {
        self.load.is_some()
    }

    /// What stands for all that has come.
    pub(super) fn digest(&self) -> Digest {
        self.said.digest()
    }

    /// How many tenants have come.
    pub(super) fn tenants(&self) -> usize {
        self.load.as_ref().map_or(0, Load::tenants)
    }

    /// Ends it, in place of what is held.
    pub(super) fn finish(self, held: Option<&Snapshot>) -> Result<Applied, Vec<Told>> {
        let rules = Rules::default();
        self.load.unwrap_or_else(|| Load::begin(self.header.revision, rules)).finish(held)
    }
}
