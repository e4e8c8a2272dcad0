//! A condition compiled: names resolved, types checked.

use super::evaluate::Machine;
use super::node::{Children, Node, NodeIx};
use super::path::{Facts, Path};
use super::tri::Tri;
use super::types::Type;

/// A compiled condition.
#[derive(Clone, Debug)]
pub struct Program {
    pub(super) text: Box<str>,
    pub(super) mentions: Box<[Mention]>,
    /// Children before parents; the last is the root.
    pub(super) nodes: Box<[Node]>,
    /// The type of each node, in the same order.
    pub(super) types: Box<[Type]>,
    /// What [`Children`] are ranges of.
    pub(super) children: Box<[NodeIx]>,
    /// How deep the expression is.
    pub(super) depth: u8,
    /// How many quantifiers stand within one another.
    pub(super) loops: u8,
}

/// A name that a program reads.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Mention {
    /// The name as written: `resource.creator`.
    pub name: Box<str>,
    /// The name, resolved.
    pub path: Path,
    /// It stands only inside `has()`, where null is an answer.
    pub only_in_has: bool,
}

impl Program {
    /// A program that is unknown whatever the facts: it never grants and
    /// always restricts.
    #[must_use]
    pub fn unknown() -> Self {
        Self {
            text: "".into(),
            mentions: Box::default(),
            nodes: Box::new([Node::Unknown]),
            types: Box::new([Type::Bool]),
            children: Box::default(),
            depth: 1,
            loops: 0,
        }
    }

    /// Evaluates the condition. Total; allocates nothing.
    #[must_use]
    pub fn evaluate<F: Facts + ?Sized>(&self, facts: &F) -> Tri {
        Machine::new(self, facts).truth(self.root())
    }

    /// The text it was compiled from.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Every name that it reads, named conditions included, sorted by name,
    /// each once.
    #[must_use]
    pub fn mentions(&self) -> &[Mention] {
        &self.mentions
    }

    /// Its nodes, named conditions written out: children before parents.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The node that is the whole expression.
    #[must_use]
    pub fn root(&self) -> NodeIx {
        let last = self.nodes.len().saturating_sub(1);
        NodeIx(u16::try_from(last).unwrap_or(u16::MAX))
    }

    /// A node; [`Node::Unknown`] for an index of another program.
    #[must_use]
    pub fn node(&self, index: NodeIx) -> &Node {
        self.nodes.get(usize::from(index.0)).unwrap_or(&Node::Unknown)
    }

    /// The type of a node; `None` for an index of another program.
    #[must_use]
    pub fn type_of(&self, index: NodeIx) -> Option<Type> {
        self.types.get(usize::from(index.0)).copied()
    }

    /// The children in a range; none for a range of another program.
    #[must_use]
    pub fn children(&self, range: Children) -> &[NodeIx] {
        let start = usize::from(range.start);
        self.children.get(start..start.saturating_add(usize::from(range.len))).unwrap_or_default()
    }
}
