//! Permissions as small integers, and sets of them as bits.
//!
//! A permission's number is its place in the order of type and action, retired
//! ones last. Sets of one snapshot have one length; a number beyond it is in
//! no set.

use smallvec::SmallVec;

/// A permission's place in the model's table.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct PermissionIx(pub(crate) u32);

/// A set of permissions. Up to 256 of them take no allocation.
#[derive(Clone, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct PermissionSet {
    words: SmallVec<[u64; 4]>,
}

impl PermissionSet {
    /// Whether the permission is in the set.
    pub(crate) fn contains(&self, permission: PermissionIx) -> bool {
        let (word, bit) = place(permission);
        self.words.get(word).is_some_and(|bits| bits & bit != 0)
    }

    /// Puts a permission in.
    pub(crate) fn insert(&mut self, permission: PermissionIx) {
        let (word, bit) = place(permission);
        if self.words.len() <= word {
            self.words.resize(word.saturating_add(1), 0);
        }
        if let Some(bits) = self.words.get_mut(word) {
            *bits |= bit;
        }
    }

    /// Puts in all that `other` has.
    pub(crate) fn union(&mut self, other: &Self) {
        if self.words.len() < other.words.len() {
            self.words.resize(other.words.len(), 0);
        }
        for (bits, more) in self.words.iter_mut().zip(&other.words) {
            *bits |= more;
        }
    }

    /// Takes out all that `other` has.
    pub(crate) fn subtract(&mut self, other: &Self) {
        for (bits, less) in self.words.iter_mut().zip(&other.words) {
            *bits &= !less;
        }
    }

    /// Whether nothing is in it.
    pub(crate) fn is_empty(&self) -> bool {
        self.words.iter().all(|bits| *bits == 0)
    }
}

impl FromIterator<PermissionIx> for PermissionSet {
    fn from_iter<I: IntoIterator<Item = PermissionIx>>(permissions: I) -> Self {
        let mut set = Self::default();
        for permission in permissions {
            set.insert(permission);
        }
        set
    }
}

fn place(permission: PermissionIx) -> (usize, u64) {
    let word = usize::try_from(permission.0 / 64).unwrap_or(usize::MAX);
    (word, 1u64 << (permission.0 % 64))
}
