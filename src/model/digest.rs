//! Digests of content: equal where the content is equal, however it came about.
//!
//! A digest of many parts is the sum of theirs, modulo 2^256. So when one part
//! changes, the digest of the whole follows without a look at the others, and no
//! order of parts matters.
//!
//! It tells contents apart; it does not authenticate them. A sum can be met by
//! somebody who may choose very many parts, which a signature must not rest on.

use std::fmt;

/// Stands for a content.
#[derive(Clone, Copy, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Digest([u64; 4]);

impl Digest {
    /// The digest of one part: of its canonical bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self::from_bytes(*blake3::hash(bytes).as_bytes())
    }

    /// From the bytes that [`Self::to_bytes`] gives.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        let mut words = [0; 4];
        for (word, bytes) in words.iter_mut().zip(bytes.chunks_exact(8)) {
            *word = u64::from_le_bytes(bytes.try_into().unwrap_or_default());
        }
        Self(words)
    }

    /// As bytes, the same on every machine.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 32] {
        let mut bytes = [0; 32];
        for (bytes, word) in bytes.chunks_exact_mut(8).zip(self.0) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
        bytes
    }

    /// The digest with one part more.
    #[must_use]
    pub fn with(self, part: Self) -> Self {
        let mut carry = false;
        let mut words = self.0;
        for (word, more) in words.iter_mut().zip(part.0) {
            let (sum, over) = word.overflowing_add(more);
            let (sum, again) = sum.overflowing_add(u64::from(carry));
            *word = sum;
            carry = over || again;
        }
        Self(words)
    }

    /// The digest with one part less.
    #[must_use]
    pub fn without(self, part: Self) -> Self {
        let mut borrow = false;
        let mut words = self.0;
        for (word, less) in words.iter_mut().zip(part.0) {
            let (rest, under) = word.overflowing_sub(less);
            let (rest, again) = rest.overflowing_sub(u64::from(borrow));
            *word = rest;
            borrow = under || again;
        }
        Self(words)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_bytes().iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_come_and_go_in_any_order() {
        let (a, b, c) = (Digest::of(b"a"), Digest::of(b"b"), Digest::of(b"c"));
        let sum = Digest::default().with(a).with(b).with(c);
        assert_eq!(Digest::default().with(c).with(a).with(b), sum);
        assert_eq!(sum.without(b).without(c), a);
        assert_eq!(sum.without(a).without(b).without(c), Digest::default());
        assert_eq!(Digest::from_bytes(sum.to_bytes()), sum);
        assert_ne!(a.with(a), Digest::default(), "a part that stands twice does not cancel out");
    }

    #[test]
    fn carries_go_all_the_way() {
        let most = Digest([u64::MAX; 4]);
        let one = Digest([1, 0, 0, 0]);
        assert_eq!(most.with(one), Digest::default());
        assert_eq!(Digest::default().without(one), most);
    }

    #[test]
    fn it_is_shown_as_its_bytes() {
        let text = Digest::of(b"").to_string();
        assert_eq!(text, "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262");
    }
}
