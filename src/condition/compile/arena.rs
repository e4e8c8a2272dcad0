//! The nodes of a program while it grows: counted, measured, never past the
//! limits.

use std::collections::BTreeMap;

use crate::condition::node::{Children, MAX_DEPTH, MAX_LOOPS, Node, NodeIx, Shift};
use crate::condition::path::Path;
use crate::condition::program::{Mention, Program};
use crate::condition::types::Type;

/// A program under construction.
pub(super) struct Arena {
    nodes: Vec<Node>,
    types: Vec<Type>,
    /// How deep each node's tree is.
    depths: Vec<u8>,
    children: Vec<NodeIx>,
    mentions: BTreeMap<Box<str>, (Path, bool)>,
    limit: usize,
    loops: u8,
    full: bool,
}

/// Why a node was not taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Refused {
    /// There are as many as there may be.
    Full,
    /// It would stand on too deep a tree.
    Deep,
}

impl Arena {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            nodes: Vec::new(),
            types: Vec::new(),
            depths: Vec::new(),
            children: Vec::new(),
            mentions: BTreeMap::new(),
            limit: limit.min(usize::from(u16::MAX)),
            loops: 0,
            full: false,
        }
    }

    /// How many nodes there may be.
    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    /// Whether a node was refused for their number.
    pub(super) fn is_full(&self) -> bool {
        self.full
    }

    /// Adds a node whose children are there already.
    pub(super) fn push(&mut self, node: Node, ty: Type) -> Result<NodeIx, Refused> {
        let depth = self.depth_of(&node).saturating_add(1);
        if depth > MAX_DEPTH {
            return Err(Refused::Deep);
        }
        if let Node::Each { slot, .. } = node {
            self.loops = self.loops.max(slot.saturating_add(1));
        }
        self.push_measured(node, ty, depth)
    }

    /// Adds a range to the table of children; `None` when the program is full.
    pub(super) fn children(&mut self, of: &[NodeIx]) -> Option<Children> {
        let start = u16::try_from(self.children.len()).ok();
        let range = start.zip(u16::try_from(of.len()).ok()).map(|(start, len)| Children { start, len });
        self.full |= range.is_none();
        if range.is_some() {
            self.children.extend_from_slice(of);
        }
        range
    }

    /// Notes that a name is read.
    pub(super) fn mention(&mut self, name: &str, path: Path, in_has: bool) {
        match self.mentions.get_mut(name) {
            Some((_, only_in_has)) => *only_in_has &= in_has,
            None => drop(self.mentions.insert(name.into(), (path, in_has))),
        }
    }

    /// Writes out another program within `slots` quantifiers; its root's place.
    pub(super) fn inline(&mut self, other: &Program, slots: u8) -> Result<NodeIx, Inlined> {
        if slots.saturating_add(other.loops) > MAX_LOOPS {
            return Err(Inlined::Loops);
        }
        for mention in &other.mentions {
            self.mention(&mention.name, mention.path, mention.only_in_has);
        }
        let shift = Shift {
            nodes: u16::try_from(self.nodes.len()).unwrap_or(u16::MAX),
            children: u16::try_from(self.children.len()).unwrap_or(u16::MAX),
            slots,
        };
        let fits = self.nodes.len().saturating_add(other.nodes.len()) <= self.limit;
        let moved: Option<Vec<Node>> = other.nodes.iter().map(|node| node.shifted(shift)).collect();
        let children: Option<Vec<NodeIx>> = other.children.iter().map(|child| child.shifted(shift)).collect();
        let (true, Some(moved), Some(children)) = (fits, moved, children) else {
            self.full = true;
            return Err(Inlined::Full);
        };
        self.children.extend(children);
        self.loops = self.loops.max(slots.saturating_add(other.loops));
        let mut root = Err(Inlined::Full);
        for (node, ty) in moved.into_iter().zip(&other.types) {
            // Only the root's depth counts from here on.
            root = self.push_measured(node, *ty, other.depth).map_err(|_| Inlined::Full);
        }
        root
    }

    pub(super) fn into_program(self, text: &str) -> Program {
        let mentions = self.mentions.into_iter();
        Program {
            text: text.into(),
            mentions: mentions
                .map(|(name, (path, only_in_has))| Mention { name, path, only_in_has })
                .collect(),
            depth: self.depths.last().copied().unwrap_or(0),
            loops: self.loops,
            nodes: self.nodes.into(),
            types: self.types.into(),
            children: self.children.into(),
        }
    }

    fn push_measured(&mut self, node: Node, ty: Type, depth: u8) -> Result<NodeIx, Refused> {
        let index = u16::try_from(self.nodes.len()).ok().filter(|_| self.nodes.len() < self.limit);
        let Some(index) = index else {
            self.full = true;
            return Err(Refused::Full);
        };
        self.nodes.push(node);
        self.types.push(ty);
        self.depths.push(depth);
        Ok(NodeIx(index))
    }

    /// How deep the deepest child is.
    fn depth_of(&self, node: &Node) -> u8 {
        let depth = |index: &NodeIx| self.depths.get(usize::from(index.0)).copied().unwrap_or(0);
        let deepest = |of: &[NodeIx]| of.iter().map(depth).max().unwrap_or(0);
        match node {
            Node::Unknown
            | Node::Bool(_)
            | Node::Int(_)
            | Node::Text(_)
            | Node::Timestamp(_)
            | Node::Duration(_)
            | Node::Read(_)
            | Node::Variable(_)
            | Node::Has(_) => 0,
            Node::List(of) | Node::And(of) | Node::Or(of) => {
                let start = usize::from(of.start);
                let end = start.saturating_add(usize::from(of.len));
                deepest(self.children.get(start..end).unwrap_or_default())
            }
            Node::Not(of)
            | Node::Negate(of)
            | Node::Size(of)
            | Node::ToTimestamp(of)
            | Node::ToDuration(of) => depth(of),
            Node::If { condition, then, otherwise } => deepest(&[*condition, *then, *otherwise]),
            Node::Compare { by: _, left, right } => deepest(&[*left, *right]),
            Node::In { item, list } => deepest(&[*item, *list]),
            Node::Each { quantifier: _, list, body, slot: _ } => deepest(&[*list, *body]),
            Node::Add(left, right) | Node::Subtract(left, right) => deepest(&[*left, *right]),
            Node::Part { at: _, text, part } => deepest(&[*text, *part]),
        }
    }
}

/// Why a program could not be written out here.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Inlined {
    /// There would be more nodes than there may be.
    Full,
    /// Its quantifiers would stand within too many.
    Loops,
}
