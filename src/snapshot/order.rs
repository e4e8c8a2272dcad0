//! Keys in order: by kind, then by the bytes of the text.
//!
//! Tables find; they have no order. What is listed page by page is walked here,
//! and the rows are then found by key. The texts stand in one string, so that a
//! key takes four bytes besides them.
//!
//! It is built whole. It deliberately lacks a way to put one key in: a change
//! that adds a key to a large tenant will want this in pieces.

/// Keys in order.
#[derive(Debug, Default)]
pub(crate) struct Order {
    /// Each kind, ascending, with where its keys begin in `ends`.
    kinds: Box<[(u32, u32)]>,
    /// Where each text ends; it begins where the one before ended.
    ends: Box<[u32]>,
    texts: Box<str>,
}

impl Order {
    /// Orders keys, each a kind and a text.
    pub(crate) fn build(mut keys: Vec<(u32, &str)>) -> Self {
        keys.sort_unstable();
        keys.dedup();
        let mut kinds: Vec<(u32, u32)> = Vec::new();
        let mut ends = Vec::with_capacity(keys.len());
        let mut texts = String::with_capacity(keys.iter().map(|(_, text)| text.len()).sum());
        for (kind, text) in keys {
            if kinds.last().is_none_or(|(last, _)| *last != kind) {
                kinds.push((kind, number(ends.len())));
            }
            texts.push_str(text);
            ends.push(number(texts.len()));
        }
        Self { kinds: kinds.into_boxed_slice(), ends: ends.into_boxed_slice(), texts: texts.into_boxed_str() }
    }

    /// The texts of a kind, in order, from the first one after `previous` on.
    pub(crate) fn after(&self, kind: u32, previous: Option<&str>) -> impl Iterator<Item = &str> {
        let (from, to) = self.range(kind);
        let start = previous.map_or(from, |previous| self.first_above(from, to, previous));
        (start..to).map(|at| self.text(at))
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

    #[test]
    fn nothing_has_an_order_too() {
        check(&Order::build(Vec::new()), 0, Some("a"), &[]);
        check(&Order::default(), 0, None, &[]);
    }
}
