//! Keys in order: by kind, then by the bytes of the text.
//!
//! Tables find; they have no order. What is listed page by page is walked here,
//! and the rows are then found by key.
//!
//! The keys stand in chunks of a few hundred, each with its texts in one string,
//! so that a key takes a little more than four bytes besides its text, and a change
//! copies one chunk and the list of chunks.
//!
//! Invariants:
//!
//! 1. Keys ascend within a chunk, and from chunk to chunk. No key stands twice.
//! 2. No chunk is empty.

use std::sync::Arc;

/// Keys of a chunk when it is made; it is split when it has twice as many.
const CHUNK: usize = 256;

/// Keys in order. Cloning shares everything.
#[derive(Clone, Debug, Default)]
pub(crate) struct Order {
    chunks: Arc<Vec<Arc<Chunk>>>,
}

impl Order {
    /// Orders keys, each a kind and a text.
    pub(crate) fn build(mut keys: Vec<(u32, &str)>) -> Self {
        keys.sort_unstable();
        keys.dedup();
        Self { chunks: Arc::new(chunks(&keys)) }
    }

    /// The texts of a kind, in order, from the first one after `previous` on.
    pub(crate) fn after<'a>(
        &'a self,
        kind: u32,
        previous: Option<&str>,
    ) -> impl Iterator<Item = &'a str> + use<'a> {
        // Of chunks, the first that may have such a key, and all after it.
        let key = (kind, previous.unwrap_or_default());
        let from = self.chunks.partition_point(|chunk| chunk.last() < key);
        let rest = self.chunks.get(from..).unwrap_or_default();
        let (first, rest) = rest.split_first().map_or((None, rest), |(first, rest)| (Some(first), rest));
        let rest = rest.iter().take_while(move |chunk| chunk.first().0 <= kind);
        first
            .map(|first| first.after(kind, previous))
            .into_iter()
            .flatten()
            .chain(rest.flat_map(move |chunk| chunk.after(kind, None)))
    }

    /// The same with these keys too.
    #[must_use]
    pub(crate) fn with(&self, mut keys: Vec<(u32, &str)>) -> Self {
        keys.sort_unstable();
        keys.dedup();
        let mut next = Vec::with_capacity(self.chunks.len());
        let mut new = keys.as_slice();
        let mut old = self.chunks.iter().peekable();
        while let Some(chunk) = old.next() {
            // What is below the next chunk's first key goes into this one.
            let until = old.peek().map_or(new.len(), |after| new.partition_point(|key| *key < after.first()));
            let (here, rest) = new.split_at_checked(until).unwrap_or((new, &[]));
            new = rest;
            if here.is_empty() {
                next.push(Arc::clone(chunk));
                continue;
            }
            let mut all: Vec<(u32, &str)> = chunk.keys().chain(here.iter().copied()).collect();
            all.sort_unstable();
            all.dedup();
            if all.len() < CHUNK.saturating_mul(2) {
                next.push(Arc::new(Chunk::of(&all)));
            } else {
                next.append(&mut chunks(&all));
            }
        }
        next.append(&mut chunks(new));
        Self { chunks: Arc::new(next) }
    }

    /// The same without a key.
    #[must_use]
    pub(crate) fn without(&self, kind: u32, text: &str) -> Self {
        let at = self.chunks.partition_point(|chunk| chunk.last() < (kind, text));
        let Some(chunk) = self.chunks.get(at) else { return self.clone() };
        let rest: Vec<(u32, &str)> = chunk.keys().filter(|key| *key != (kind, text)).collect();
        let mut next = self.chunks.as_ref().clone();
        if rest.is_empty() {
            next.remove(at);
        } else if let Some(slot) = next.get_mut(at) {
            *slot = Arc::new(Chunk::of(&rest));
        }
        Self { chunks: Arc::new(next) }
    }

    /// How many keys there are.
    #[cfg(test)]
    fn len(&self) -> usize {
        self.chunks.iter().map(|chunk| chunk.ends.len()).sum()
    }
}

/// Keys in order, each once, as chunks.
fn chunks(keys: &[(u32, &str)]) -> Vec<Arc<Chunk>> {
    keys.chunks(CHUNK).map(|keys| Arc::new(Chunk::of(keys))).collect()
}

/// A stretch of keys.
#[derive(Debug, Default)]
struct Chunk {
    /// Each kind, ascending, with where its keys begin in `ends`.
    kinds: Box<[(u32, u32)]>,
    /// Where each text ends; it begins where the one before ended.
    ends: Box<[u32]>,
    texts: Box<str>,
}

impl Chunk {
    /// Of keys in order, each once.
    fn of(keys: &[(u32, &str)]) -> Self {
        let mut kinds: Vec<(u32, u32)> = Vec::new();
        let mut ends = Vec::with_capacity(keys.len());
        let mut texts = String::with_capacity(keys.iter().map(|(_, text)| text.len()).sum());
        for &(kind, text) in keys {
            if kinds.last().is_none_or(|(last, _)| *last != kind) {
                kinds.push((kind, number(ends.len())));
            }
            texts.push_str(text);
            ends.push(number(texts.len()));
        }
        Self { kinds: kinds.into_boxed_slice(), ends: ends.into_boxed_slice(), texts: texts.into_boxed_str() }
    }

    /// The texts of a kind, in order, from the first one after `previous` on.
    fn after<'a>(&'a self, kind: u32, previous: Option<&str>) -> impl Iterator<Item = &'a str> + use<'a> {
        let (from, to) = self.range(kind);
        let start = previous.map_or(from, |previous| self.first_above(from, to, previous));
        (start..to).map(|at| self.text(at))
    }

    /// The first key.
    fn first(&self) -> (u32, &str) {
        (self.kinds.first().map_or(0, |(kind, _)| *kind), self.text(0))
    }

    /// The last key.
    fn last(&self) -> (u32, &str) {
        let last = self.ends.len().saturating_sub(1);
        (self.kinds.last().map_or(0, |(kind, _)| *kind), self.text(last))
    }

    /// Every key.
    fn keys(&self) -> impl Iterator<Item = (u32, &str)> {
        let kinds = self.kinds.iter().map(|(kind, _)| *kind);
        kinds.flat_map(|kind| self.after(kind, None).map(move |text| (kind, text)))
    }

    /// The places of the keys of a kind.
    fn range(&self, kind: u32) -> (usize, usize) {
        let Ok(found) = self.kinds.binary_search_by_key(&kind, |(known, _)| *known) else { return (0, 0) };
        let begin = |at: usize| self.kinds.get(at).map(|(_, begin)| place(*begin));
        (begin(found).unwrap_or(0), begin(found.saturating_add(1)).unwrap_or(self.ends.len()))
    }

    fn first_above(&self, mut from: usize, mut to: usize, previous: &str) -> usize {
        while from < to {
            let middle = from.midpoint(to);
            if self.text(middle) <= previous {
                from = middle.saturating_add(1);
            } else {
                to = middle;
            }
        }
        from
    }

    fn text(&self, at: usize) -> &str {
        let begin = at.checked_sub(1).and_then(|before| self.ends.get(before)).copied().map_or(0, place);
        let end = self.ends.get(at).copied().map_or(begin, place);
        self.texts.get(begin..end).unwrap_or_default()
    }
}

/// Texts that pass 4 GiB in one tenant are beyond what a snapshot may hold;
/// saturating keeps the walk total, and it then lists no more.
fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

fn place(n: u32) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(order: &Order, kind: u32, previous: Option<&str>, expected: &[&str]) {
        let found: Vec<&str> = order.after(kind, previous).collect();
        assert_eq!(found, expected, "of {kind} after {previous:?}");
    }

    #[test]
    fn keys_come_by_kind_and_by_bytes() {
        let order =
            Order::build(vec![(7, "b"), (2, "é"), (7, "B"), (2, "z"), (7, "a:b"), (7, "a"), (2, "z")]);
        check(&order, 2, None, &["z", "é"]);
        check(&order, 7, None, &["B", "a", "a:b", "b"]);
        check(&order, 3, None, &[]);
    }

    #[test]
    fn a_walk_goes_on_after_any_text_there_or_not() {
        let order = Order::build(vec![(1, "b"), (1, "d"), (0, "x"), (2, "a")]);
        check(&order, 1, Some(""), &["b", "d"]);
        check(&order, 1, Some("b"), &["d"]);
        check(&order, 1, Some("c"), &["d"]);
        check(&order, 1, Some("d"), &[]);
        check(&order, 1, Some("zzz"), &[]);
    }

    /// Keys come and go at random; the order must be that of a sorted set.
    #[test]
    fn i12_changed_again_and_again_it_is_in_order() {
        let mut expected: std::collections::BTreeSet<(u32, String)> = std::collections::BTreeSet::new();
        let mut order = Order::default();
        let mut seed = 7_u32;
        let mut next = move |below: u32| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 8) % below
        };
        for round in 0..300 {
            if next(3) == 0 {
                for _ in 0..next(200) {
                    let (kind, text) = (next(3), format!("{}", next(2_000)));
                    order = order.without(kind, &text);
                    expected.remove(&(kind, text));
                }
            } else {
                let keys: Vec<(u32, String)> =
                    (0..next(300)).map(|_| (next(3), format!("{}", next(2_000)))).collect();
                order = order.with(keys.iter().map(|(kind, text)| (*kind, text.as_str())).collect());
                expected.extend(keys);
            }
            assert_eq!(order.len(), expected.len(), "round {round}");
            for kind in 0..3 {
                let previous = next(2_000).to_string();
                let all: Vec<&str> = expected
                    .iter()
                    .filter(|(known, _)| *known == kind)
                    .map(|(_, text)| text.as_str())
                    .collect();
                let later: Vec<&str> = all.iter().copied().filter(|text| *text > previous.as_str()).collect();
                check(&order, kind, None, &all);
                check(&order, kind, Some(&previous), &later);
            }
            assert!(order.chunks.iter().all(|chunk| !chunk.ends.is_empty()));
        }
    }

    #[test]
    fn nothing_has_an_order_too() {
        check(&Order::build(Vec::new()), 0, Some("a"), &[]);
        check(&Order::default(), 0, None, &[]);
    }
}
