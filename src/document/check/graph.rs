//! Names that refer to one another: cycles, depth, everything reachable.
//!
//! No recursion: the graphs come from tenant data and may be deep.

use std::collections::{BTreeMap, BTreeSet};

use crate::document::place::Place;

/// Who refers to whom, and where that is said.
#[derive(Debug)]
pub(super) struct Graph<N> {
    edges: BTreeMap<N, Vec<(N, Place)>>,
}

/// Names that refer to one another in a circle.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Cycle<N> {
    /// The names in order; the first stands again at the end.
    pub path: Vec<N>,
    /// Where the last refers to the first.
    pub at: Place,
}

/// What a walk over a whole graph finds.
#[derive(Debug)]
pub(super) struct Walk<N> {
    /// Every name, after all that it refers to; on a cycle, somewhere.
    pub order: Vec<N>,
    /// The cycles, one for each reference that closes one.
    pub cycles: Vec<Cycle<N>>,
}

impl<N: Copy + Ord> Graph<N> {
    /// A graph without a name.
    pub(super) const fn new() -> Self {
        Self { edges: BTreeMap::new() }
    }

    /// Adds a name.
    pub(super) fn node(&mut self, node: N) {
        self.edges.entry(node).or_default();
    }

    /// Adds that `from` refers to `to`; once is enough.
    pub(super) fn edge(&mut self, from: N, to: N, at: Place) {
        let edges = self.edges.entry(from).or_default();
        if !edges.iter().any(|(known, _)| *known == to) {
            edges.push((to, at));
        }
    }

    /// Walks everything.
    pub(super) fn walk(&self) -> Walk<N> {
        let mut walk = Walk { order: Vec::new(), cycles: Vec::new() };
        let mut open: BTreeSet<N> = BTreeSet::new();
        let mut done: BTreeSet<N> = BTreeSet::new();
        for root in self.edges.keys() {
            let mut stack: Vec<(N, usize)> = Vec::new();
            if !done.contains(root) {
                open.insert(*root);
                stack.push((*root, 0));
            }
            while let Some((node, next)) = stack.last_mut() {
                let edge = self.edges.get(node).and_then(|edges| edges.get(*next)).copied();
                *next = next.saturating_add(1);
                match edge {
                    Some((to, at)) if open.contains(&to) => {
                        let mut path: Vec<N> =
                            stack.iter().map(|(node, _)| *node).skip_while(|node| *node != to).collect();
                        path.push(to);
                        walk.cycles.push(Cycle { path, at });
                    }
                    Some((to, _)) if done.contains(&to) => {}
                    Some((to, _)) => {
                        open.insert(to);
                        stack.push((to, 0));
                    }
                    None => {
                        let node = *node;
                        open.remove(&node);
                        done.insert(node);
                        walk.order.push(node);
                        stack.pop();
                    }
                }
            }
        }
        walk
    }

    /// How many names a chain from each has at most, itself included. On a
    /// cycle, some number that is no larger than the graph.
    pub(super) fn depths(&self, walk: &Walk<N>) -> BTreeMap<N, usize> {
        let mut depths: BTreeMap<N, usize> = BTreeMap::new();
        for node in &walk.order {
            let edges = self.edges.get(node).map(Vec::as_slice).unwrap_or_default();
            let below = edges.iter().filter_map(|(to, _)| depths.get(to)).max().copied().unwrap_or(0);
            depths.insert(*node, below.saturating_add(1));
        }
        depths
    }

    /// Everything that can be reached from a name, itself included.
    pub(super) fn reach(&self, from: N) -> BTreeSet<N> {
        let mut found = BTreeSet::from([from]);
        let mut queue = vec![from];
        while let Some(node) = queue.pop() {
            for (to, _) in self.edges.get(&node).map(Vec::as_slice).unwrap_or_default() {
                if found.insert(*to) {
                    queue.push(*to);
                }
            }
        }
        found
    }
}

impl<N: std::fmt::Display> Cycle<N> {
    /// The names in order, for people.
    pub(super) fn names(&self) -> String {
        self.path.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" -> ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(edges: &[(&'static str, &'static str)]) -> Graph<&'static str> {
        let mut graph = Graph::new();
        for (from, to) in edges {
            graph.edge(*from, *to, Place::NOWHERE);
        }
        graph
    }

    #[track_caller]
    fn check(edges: &[(&'static str, &'static str)], expected: &[&str]) {
        let cycles: Vec<String> = graph(edges).walk().cycles.iter().map(Cycle::names).collect();
        assert_eq!(cycles, expected);
    }

    #[test]
    fn cycles() {
        check(&[("a", "b"), ("b", "c"), ("a", "c")], &[]);
        check(&[("a", "a")], &["`a` -> `a`"]);
        check(&[("a", "b"), ("b", "c"), ("c", "b")], &["`b` -> `c` -> `b`"]);
        check(&[("a", "b"), ("b", "a"), ("c", "d"), ("d", "c")], &["`a` -> `b` -> `a`", "`c` -> `d` -> `c`"]);
    }

    #[test]
    fn depth_and_reach() {
        let graph = graph(&[("a", "b"), ("b", "c"), ("a", "c"), ("d", "a")]);
        let walk = graph.walk();
        assert_eq!(walk.order, ["c", "b", "a", "d"]);
        assert_eq!(graph.depths(&walk), BTreeMap::from([("a", 3), ("b", 2), ("c", 1), ("d", 4)]));
        assert_eq!(graph.reach("a"), BTreeSet::from(["a", "b", "c"]));
    }
}
