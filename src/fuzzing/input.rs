//! Bytes, taken one after another. At the end there are zeros, so that every input says something.

use std::borrow::Cow;

/// What is left of an input.
#[derive(Clone, Copy, Debug)]
pub(super) struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    /// All of an input.
    pub(super) const fn new(data: &'a [u8]) -> Self {
        Self(data)
    }

    /// The next byte.
    pub(super) fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    /// The next number.
    pub(super) fn number(&mut self) -> usize {
        let low = self.byte();
        usize::from(u16::from_le_bytes([low, self.byte()]))
    }

    /// A number below another, which is not 0.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        let number = if bound > 256 { self.number() } else { usize::from(self.byte()) };
        number.checked_rem(bound).unwrap_or(0)
    }

    /// The next bytes, fewer if there are no more.
    pub(super) fn take(&mut self, most: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(most.min(self.0.len()));
        self.0 = rest;
        taken
    }

    /// The next bytes, which say first how many they are.
    pub(super) fn part(&mut self) -> &'a [u8] {
        let most = usize::from(self.byte());
        self.take(most)
    }

    /// The same as text.
    pub(super) fn text(&mut self) -> Cow<'a, str> {
        String::from_utf8_lossy(self.part())
    }

    /// Everything that is left.
    pub(super) fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.0)
    }

    /// Whether nothing is left.
    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
