//! A persistent table from (kind, text) to rows, built for many small rows.
//!
//! A trie on the hash of the key whose leaves hold up to [`LEAF_MAX`] rows
//! side by side, their texts in one string. A change copies one leaf and the
//! branches above it; everything else is shared with the table it came from.
//! That is why this is not an ordinary persistent map: those pay a node and a
//! text allocation for each row, several times what a member's row takes
//! (docs/design/snapshot.md has the figures).
//!
//! Invariants:
//!
//! 1. A leaf's entries ascend by the low half of their hash.
//! 2. A branch at depth `d` places a key by the `d`-th nibble of the high half.
//! 3. No key stands twice.
//!
//! The order of iteration means nothing; lists walk an index of their own
//! (`order`).

use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::Arc;

use foldhash::quality::RandomState;

use crate::model::work;

/// The most rows of a leaf that can still be split.
const LEAF_MAX: usize = 128;
/// Children of a branch; four bits of the hash.
const FAN_OUT: usize = 16;
/// Levels until the high half of the hash is used up.
const DEPTH_MAX: u32 = 8;

/// A persistent table. Cloning shares everything.
#[derive(Clone, Debug)]
pub(crate) struct Table<R> {
    root: Option<Arc<Node<R>>>,
    len: usize,
    hasher: RandomState,
}

/// One row with its key, as it goes into a table.
#[derive(Clone, Debug)]
pub(crate) struct Item<'a, R> {
    /// The first half of the key, such as the type of a principal.
    pub(crate) kind: u32,
    /// The second half of the key.
    pub(crate) text: &'a str,
    /// The row.
    pub(crate) row: R,
}

#[derive(Debug)]
enum Node<R> {
    Leaf(Leaf<R>),
    Branch([Option<Arc<Node<R>>>; FAN_OUT]),
}

#[derive(Debug)]
struct Leaf<R> {
    entries: Box<[Entry<R>]>,
    texts: Box<str>,
}

#[derive(Clone, Debug)]
struct Entry<R> {
    low: u32,
    kind: u32,
    start: u32,
    end: u32,
    row: R,
}

type Hashed<'a, R> = (u64, Item<'a, R>);

impl<R> Default for Table<R> {
    fn default() -> Self {
        Self { root: None, len: 0, hasher: RandomState::default() }
    }
}

impl<R: Clone> Table<R> {
    /// Builds a table of many rows. Of two rows with one key the later stays.
    pub(crate) fn build(items: Vec<Item<'_, R>>) -> Self {
        let hasher = RandomState::default();
        let hashed = sorted(&hasher, items);
        let len = hashed.len();
        Self { root: node(hashed, 0), len, hasher }
    }

    /// How many rows there are.
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub(crate) const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The row of a key, and the key's text as the table holds it.
    pub(crate) fn get(&self, kind: u32, text: &str) -> Option<(&str, &R)> {
        let hash = hash(&self.hasher, kind, text);
        let mut node = self.root.as_deref()?;
        let mut depth = 0;
        loop {
            work::step();
            match node {
                Node::Leaf(leaf) => return leaf.get(low(hash), kind, text),
                Node::Branch(children) => {
                    node = children.get(nibble(hash, depth))?.as_deref()?;
                    depth += 1;
                }
            }
        }
    }

    /// A table with this row put in, or put in place of the one it had.
    #[must_use]
    pub(crate) fn with(&self, item: Item<'_, R>) -> Self {
        self.with_all(vec![item])
    }

    /// A table with these rows put in, or put in place of those it had. Of two rows
    /// with one key the later stays.
    #[must_use]
    pub(crate) fn with_all(&self, items: Vec<Item<'_, R>>) -> Self {
        if items.is_empty() {
            return self.clone();
        }
        let hashed = sorted(&self.hasher, items);
        let added = hashed.iter().filter(|(_, item)| self.get(item.kind, item.text).is_none()).count();
        let root = put(self.root.as_ref(), hashed, 0, &self.hasher);
        Self { root, len: self.len.saturating_add(added), hasher: self.hasher.clone() }
    }

    /// A table without the row of a key, if it had one.
    #[must_use]
    pub(crate) fn without(&self, kind: u32, text: &str) -> Self {
        if self.get(kind, text).is_none() {
            return self.clone();
        }
        let hash = hash(&self.hasher, kind, text);
        let root = self.root.as_deref().and_then(|root| take(root, hash, kind, text, 0));
        Self { root, len: self.len.saturating_sub(1), hasher: self.hasher.clone() }
    }

    /// A table with the same keys, each row made of the one that was there.
    #[must_use]
    pub(crate) fn map(&self, mut row: impl FnMut(u32, &str, &R) -> R) -> Self {
        let root = self.root.as_deref().map(|root| mapped(root, &mut row));
        Self { root, len: self.len, hasher: self.hasher.clone() }
    }

    /// The keys of rows that this table or another holds where the two share nothing:
    /// every key whose row differs, and some others; a key may come twice.
    pub(crate) fn apart<'a>(&'a self, other: &'a Self) -> Vec<(u32, &'a str)> {
        let mut keys = Vec::new();
        let mut waiting = vec![(self.root.as_ref(), other.root.as_ref())];
        while let Some(pair) = waiting.pop() {
            match pair {
                (Some(a), Some(b)) if Arc::ptr_eq(a, b) => {}
                (Some(a), Some(b)) => match (a.as_ref(), b.as_ref()) {
                    (Node::Branch(a), Node::Branch(b)) => {
                        waiting.extend(a.iter().map(Option::as_ref).zip(b.iter().map(Option::as_ref)));
                    }
                    _ => waiting.extend([(Some(a), None), (None, Some(b))]),
                },
                (Some(one), None) | (None, Some(one)) => match one.as_ref() {
                    Node::Leaf(leaf) => {
                        keys.extend(leaf.entries.iter().map(|entry| (entry.kind, leaf.text(entry))));
                    }
                    Node::Branch(children) => {
                        waiting.extend(children.iter().map(|child| (child.as_ref(), None)));
                    }
                },
                (None, None) => {}
            }
        }
        keys
    }

    /// Every row with its key, in no order that means anything.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &str, &R)> {
        let mut waiting: Vec<&Node<R>> = self.root.as_deref().into_iter().collect();
        let mut leaf: Option<(&Leaf<R>, usize)> = None;
        std::iter::from_fn(move || {
            loop {
                if let Some((at, index)) = leaf {
                    if let Some(entry) = at.entries.get(index) {
                        leaf = Some((at, index.saturating_add(1)));
                        return Some((entry.kind, at.text(entry), &entry.row));
                    }
                    leaf = None;
                }
                match waiting.pop()? {
                    Node::Leaf(next) => leaf = Some((next, 0)),
                    Node::Branch(children) => waiting.extend(children.iter().flatten().map(AsRef::as_ref)),
                }
            }
        })
    }
}

impl<R: Clone> Leaf<R> {
    fn of(items: Vec<Hashed<'_, R>>) -> Self {
        let mut items: Vec<(u32, Item<'_, R>)> =
            items.into_iter().map(|(hash, item)| (low(hash), item)).collect();
        items.sort_by_key(|(low, _)| *low);
        Self::in_order(items)
    }

    /// Of rows in order of the low half of their hash, which comes with each.
    fn in_order(items: Vec<(u32, Item<'_, R>)>) -> Self {
        let mut texts = String::with_capacity(items.iter().map(|(_, item)| item.text.len()).sum());
        let mut entries = Vec::with_capacity(items.len());
        for (low, item) in items {
            // A leaf of texts that pass 4 GiB cannot come of ids of 256 bytes;
            // saturating keeps the lookup total, and it then finds nothing.
            let start = u32::try_from(texts.len()).unwrap_or(u32::MAX);
            texts.push_str(item.text);
            let end = u32::try_from(texts.len()).unwrap_or(u32::MAX);
            entries.push(Entry { low, kind: item.kind, start, end, row: item.row });
        }
        Self { entries: entries.into_boxed_slice(), texts: texts.into_boxed_str() }
    }

    /// Its rows with their keys, in order.
    fn items(&self) -> impl Iterator<Item = Item<'_, R>> {
        self.entries.iter().map(|entry| Item {
            kind: entry.kind,
            text: self.text(entry),
            row: entry.row.clone(),
        })
    }

    fn text(&self, entry: &Entry<R>) -> &str {
        let start = usize::try_from(entry.start).unwrap_or(usize::MAX);
        let end = usize::try_from(entry.end).unwrap_or(usize::MAX);
        self.texts.get(start..end).unwrap_or_default()
    }

    fn get(&self, low: u32, kind: u32, text: &str) -> Option<(&str, &R)> {
        // Hashes are even: the place to look is a product away, and a step or
        // two from there, where a binary search would touch every third line.
        let guess = usize::try_from((u64::from(low) * self.entries.len() as u64) >> 32).unwrap_or(0);
        let mut at = guess;
        while at > 0 && self.entries.get(at.saturating_sub(1)).is_some_and(|entry| entry.low >= low) {
            work::step();
            at = at.saturating_sub(1);
        }
        loop {
            work::step();
            let entry = self.entries.get(at)?;
            if entry.low > low {
                return None;
            }
            if entry.low == low && entry.kind == kind {
                let found = self.text(entry);
                if found == text {
                    return Some((found, &entry.row));
                }
            }
            at = at.saturating_add(1);
        }
    }
}

/// Builds the node at `depth`.
fn node<R: Clone>(items: Vec<Hashed<'_, R>>, depth: u32) -> Option<Arc<Node<R>>> {
    if items.is_empty() {
        return None;
    }
    if items.len() <= LEAF_MAX || depth >= DEPTH_MAX {
        return Some(Arc::new(Node::Leaf(Leaf::of(items))));
    }
    let children = buckets(items, depth).map(|bucket| node(bucket, depth.saturating_add(1)));
    Some(Arc::new(Node::Branch(children)))
}

/// Hashes rows, each key once: of repeats the later stays.
fn sorted<'a, R>(hasher: &RandomState, items: Vec<Item<'a, R>>) -> Vec<Hashed<'a, R>> {
    let mut hashed: Vec<Hashed<'_, R>> =
        items.into_iter().map(|item| (hash(hasher, item.kind, item.text), item)).collect();
    // A stable sort keeps repeats in order; reversed, the later comes first and stays.
    hashed.sort_by(|(a, x), (b, y)| (a, x.kind, x.text).cmp(&(b, y.kind, y.text)));
    hashed.reverse();
    hashed.dedup_by(|(a, x), (b, y)| a == b && x.kind == y.kind && x.text == y.text);
    hashed
}

/// A copy of the node at `depth` with rows put in, as [`sorted`] leaves them.
fn put<R: Clone>(
    old: Option<&Arc<Node<R>>>,
    items: Vec<Hashed<'_, R>>,
    depth: u32,
    hasher: &RandomState,
) -> Option<Arc<Node<R>>> {
    if items.is_empty() {
        return old.cloned();
    }
    match old.map(AsRef::as_ref) {
        None => node(items, depth),
        Some(Node::Leaf(leaf)) => {
            // Only half of each hash is stored; a leaf that splits needs all of it.
            let kept = |(hash, old): &Hashed<'_, R>| {
                // They descend.
                let sought = (*hash, old.kind, old.text);
                items.binary_search_by(|(hash, item)| sought.cmp(&(*hash, item.kind, item.text))).is_err()
            };
            let old = leaf.items().map(|old| (hash(hasher, old.kind, old.text), old));
            let mut all: Vec<Hashed<'_, R>> = old.filter(kept).collect();
            all.extend(items);
            node(all, depth)
        }
        Some(Node::Branch(children)) => {
            let mut next = children.clone();
            let parts = buckets(items, depth);
            for (slot, part) in next.iter_mut().zip(parts) {
                if !part.is_empty() {
                    *slot = put(slot.as_ref(), part, depth.saturating_add(1), hasher);
                }
            }
            Some(Arc::new(Node::Branch(next)))
        }
    }
}

/// A copy of the node at `depth` without a row that it has; `None` when it was the
/// last one.
fn take<R: Clone>(old: &Node<R>, hash: u64, kind: u32, text: &str, depth: u32) -> Option<Arc<Node<R>>> {
    match old {
        Node::Leaf(leaf) => {
            let rest = leaf.items().filter(|item| (item.kind, item.text) != (kind, text));
            // The order in a leaf is that of the low halves, which are at hand.
            let rest: Vec<(u32, Item<'_, R>)> = leaf
                .entries
                .iter()
                .filter(|entry| (entry.kind, leaf.text(entry)) != (kind, text))
                .map(|entry| entry.low)
                .zip(rest)
                .collect();
            (!rest.is_empty()).then(|| Arc::new(Node::Leaf(Leaf::in_order(rest))))
        }
        Node::Branch(children) => {
            let mut next = children.clone();
            if let Some(slot) = next.get_mut(nibble(hash, depth)) {
                *slot =
                    slot.as_deref().and_then(|child| take(child, hash, kind, text, depth.saturating_add(1)));
            }
            next.iter().any(Option::is_some).then(|| Arc::new(Node::Branch(next)))
        }
    }
}

/// A node of the same keys, each row made of the one that was there.
fn mapped<R: Clone>(old: &Node<R>, row: &mut impl FnMut(u32, &str, &R) -> R) -> Arc<Node<R>> {
    Arc::new(match old {
        Node::Leaf(leaf) => {
            let entries = leaf
                .entries
                .iter()
                .map(|entry| Entry { row: row(entry.kind, leaf.text(entry), &entry.row), ..entry.clone() });
            Node::Leaf(Leaf { entries: entries.collect(), texts: leaf.texts.clone() })
        }
        Node::Branch(children) => Node::Branch(std::array::from_fn(|at| {
            children.get(at).and_then(Option::as_deref).map(|child| mapped(child, row))
        })),
    })
}

fn buckets<R>(items: Vec<Hashed<'_, R>>, depth: u32) -> [Vec<Hashed<'_, R>>; FAN_OUT] {
    let mut buckets: [Vec<Hashed<'_, R>>; FAN_OUT] = std::array::from_fn(|_| Vec::new());
    for item in items {
        if let Some(bucket) = buckets.get_mut(nibble(item.0, depth)) {
            bucket.push(item);
        }
    }
    buckets
}

fn hash(hasher: &RandomState, kind: u32, text: &str) -> u64 {
    let mut state = hasher.build_hasher();
    kind.hash(&mut state);
    text.hash(&mut state);
    state.finish()
}

fn low(hash: u64) -> u32 {
    (hash & u64::from(u32::MAX)).try_into().unwrap_or(0)
}

fn nibble(hash: u64, depth: u32) -> usize {
    let shift = 60u32.saturating_sub(depth.saturating_mul(4));
    usize::try_from((hash >> shift) & 0xF).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// A table and an ordinary map are given the same rows; then they must hold the same.
    #[test]
    fn holds_what_an_ordinary_map_holds() {
        for n in [0usize, 1, 2, 127, 128, 129, 255, 256, 257, 5_000, 65_537] {
            let ids: Vec<String> = (0..n).map(|i| format!("id-{i}")).collect();
            let items: Vec<Item<'_, usize>> =
                ids.iter().enumerate().map(|(row, text)| Item { kind: 1, text, row }).collect();
            let table = Table::build(items);
            assert_eq!(table.len(), n);
            for (row, text) in ids.iter().enumerate() {
                assert_eq!(table.get(1, text), Some((text.as_str(), &row)));
                assert_eq!(table.get(2, text), None, "the kind is part of the key");
            }
            assert_eq!(table.iter().count(), n);
            assert_eq!(table.get(1, "no such id"), None);
        }
    }

    #[test]
    fn a_change_leaves_the_table_it_came_from_alone() {
        let mut expected: BTreeMap<(u32, String), u32> = BTreeMap::new();
        let mut table: Table<u32> = Table::default();
        for row in 0..3_000u32 {
            let before = table.clone();
            let (kind, text) = (row % 3, format!("a:{}", row % 1_000));
            let had = before.get(kind, &text).map(|(_, row)| *row);
            table = table.with(Item { kind, text: &text, row });
            assert_eq!(before.get(kind, &text).map(|(_, row)| *row), had);
            expected.insert((kind, text), row);
        }
        let found: BTreeMap<(u32, String), u32> =
            table.iter().map(|(kind, text, row)| ((kind, text.to_owned()), *row)).collect();
        assert_eq!(found, expected);
        assert_eq!(table.len(), expected.len());
    }

    /// Rows are put, taken and mapped at random; the table must hold what a map holds,
    /// and the tables before must hold what they held.
    #[test]
    fn i12_changed_again_and_again_it_holds_what_a_map_holds() {
        let mut expected: BTreeMap<(u32, String), u32> = BTreeMap::new();
        let mut table: Table<u32> = Table::default();
        let mut seed = 1_u32;
        let mut next = move |below: u32| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 8) % below
        };
        for round in 0..400 {
            let before = (table.clone(), expected.len());
            match next(4) {
                0 => {
                    for _ in 0..next(60) {
                        let (kind, text) = (next(2), format!("k{}", next(900)));
                        table = table.without(kind, &text);
                        expected.remove(&(kind, text));
                    }
                }
                1 => {
                    let add = next(9);
                    table =
                        table.map(|kind, text, row| row + add + kind + u32::try_from(text.len()).unwrap());
                    for ((kind, text), row) in &mut expected {
                        *row += add + kind + u32::try_from(text.len()).unwrap();
                    }
                }
                _ => {
                    let keys: Vec<(u32, String)> =
                        (0..next(200)).map(|_| (next(2), format!("k{}", next(900)))).collect();
                    let items = keys.iter().map(|(kind, text)| Item { kind: *kind, text, row: round });
                    table = table.with_all(items.collect());
                    expected.extend(keys.into_iter().map(|key| (key, round)));
                }
            }
            assert_eq!(table.len(), expected.len(), "round {round}");
            assert_eq!(before.0.iter().count(), before.1);
            let found: BTreeMap<(u32, String), u32> =
                table.iter().map(|(kind, text, row)| ((kind, text.to_owned()), *row)).collect();
            assert_eq!(found, expected, "round {round}");
            for (kind, text) in expected.keys() {
                assert!(table.get(*kind, text).is_some());
            }
        }
    }

    #[test]
    fn of_two_rows_with_one_key_the_later_stays() {
        let table = Table::build(vec![
            Item { kind: 1, text: "a", row: 1 },
            Item { kind: 1, text: "b", row: 2 },
            Item { kind: 1, text: "a", row: 3 },
        ]);
        assert_eq!(
            (table.len(), table.get(1, "a"), table.get(1, "b")),
            (2, Some(("a", &3)), Some(("b", &2)))
        );
    }

    #[test]
    fn b05_adjacent_fields_never_run_together() {
        let table =
            Table::build(vec![Item { kind: 1, text: "a:b", row: 1 }, Item { kind: 1, text: "a", row: 2 }]);
        assert_eq!(table.get(1, "a:b"), Some(("a:b", &1)));
        assert_eq!(table.get(1, "a:"), None);
    }
}
