//! The typed expression: a flat arena of nodes.
//!
//! Invariants, which the compiler keeps:
//!
//! 1. *Children first.* A node stands after its children; the root is last.
//! 2. *Types fit.* Every operand has the type its operator needs.
//! 3. *Bounded.* No more than 65,535 nodes, no deeper than [`MAX_DEPTH`], no
//!    more than [`MAX_LOOPS`] quantifiers within one another. So walking an
//!    expression may recurse.
//!
//! A named condition is not a node: it stands here written out. Nothing here
//! knows text, scopes or facts.

use super::path::Path;
use crate::model::{Duration, Timestamp};

/// How deep an expression may be, named conditions written out.
pub const MAX_DEPTH: u8 = 64;

/// How many `exists` and `all` may stand within one another.
pub const MAX_LOOPS: u8 = 4;

/// A node's place in its program.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct NodeIx(pub u16);

/// A node's many children: a range of the program's table of children.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Children {
    /// The first of them.
    pub start: u16,
    /// How many there are.
    pub len: u16,
}

/// One operator, literal or name.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Node {
    /// Unknown, whatever the facts.
    Unknown,
    /// `true`
    Bool(bool),
    /// `7`
    Int(i64),
    /// `"open"`
    Text(Box<str>),
    /// `timestamp("2026-12-24T00:00:00Z")`
    Timestamp(Timestamp),
    /// `duration("1h")`
    Duration(Duration),
    /// `["a", "b"]`
    List(Children),
    /// `resource.assignee`
    Read(Path),
    /// The variable of the quantifier with this slot, counted from the outermost.
    Variable(u8),
    /// `has(resource.assignee)`
    Has(Path),
    /// `!a`
    Not(NodeIx),
    /// `a && b && …`
    And(Children),
    /// `a || b || …`
    Or(Children),
    /// `c ? a : b`
    If {
        /// What decides.
        condition: NodeIx,
        /// The value when it is true.
        then: NodeIx,
        /// The value when it is false.
        otherwise: NodeIx,
    },
    /// `a == b`, `a < b`
    Compare {
        /// How they are compared.
        by: Comparison,
        /// The left operand.
        left: NodeIx,
        /// The right operand.
        right: NodeIx,
    },
    /// `a in l`
    In {
        /// What is looked for.
        item: NodeIx,
        /// Where.
        list: NodeIx,
    },
    /// `l.exists(x, p)`, `l.all(x, p)`
    Each {
        /// Whether one item is enough.
        quantifier: Quantifier,
        /// The list.
        list: NodeIx,
        /// What is asked of each item.
        body: NodeIx,
        /// Where the variable lives: how many quantifiers stand around this one.
        slot: u8,
    },
    /// `a + b`
    Add(NodeIx, NodeIx),
    /// `a - b`
    Subtract(NodeIx, NodeIx),
    /// `-a`
    Negate(NodeIx),
    /// `size(a)`
    Size(NodeIx),
    /// `a.startsWith(b)`, `a.endsWith(b)`, `a.contains(b)`
    Part {
        /// Where it must stand.
        at: Place,
        /// The whole.
        text: NodeIx,
        /// The part.
        part: NodeIx,
    },
    /// `timestamp(a)`, read when evaluated.
    ToTimestamp(NodeIx),
    /// `duration(a)`, read when evaluated.
    ToDuration(NodeIx),
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Comparison {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// How many items must pass.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Quantifier {
    /// `exists`
    Exists,
    /// `all`
    All,
}

/// Where in a text a part must stand.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Place {
    /// `startsWith`
    Start,
    /// `endsWith`
    End,
    /// `contains`
    Anywhere,
}

/// How far an expression's numbers move when it is written out in another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shift {
    /// Nodes that stand before it.
    pub(super) nodes: u16,
    /// Entries of the table of children that stand before it.
    pub(super) children: u16,
    /// Quantifiers that stand around it.
    pub(super) slots: u8,
}

impl NodeIx {
    /// Moves the index; `None` past the last one there can be.
    pub(super) fn shifted(self, by: Shift) -> Option<Self> {
        self.0.checked_add(by.nodes).map(Self)
    }
}

impl Children {
    fn shifted(self, by: Shift) -> Option<Self> {
        Some(Self { start: self.start.checked_add(by.children)?, len: self.len })
    }
}

impl Node {
    /// The node as it stands in another program.
    pub(super) fn shifted(&self, by: Shift) -> Option<Self> {
        Some(match *self {
            Self::Unknown
            | Self::Bool(_)
            | Self::Int(_)
            | Self::Text(_)
            | Self::Timestamp(_)
            | Self::Duration(_)
            | Self::Read(_)
            | Self::Has(_) => self.clone(),
            Self::List(items) => Self::List(items.shifted(by)?),
            Self::Variable(slot) => Self::Variable(slot.checked_add(by.slots)?),
            Self::Not(of) => Self::Not(of.shifted(by)?),
            Self::And(of) => Self::And(of.shifted(by)?),
            Self::Or(of) => Self::Or(of.shifted(by)?),
            Self::If { condition, then, otherwise } => Self::If {
                condition: condition.shifted(by)?,
                then: then.shifted(by)?,
                otherwise: otherwise.shifted(by)?,
            },
            Self::Compare { by: how, left, right } => {
                Self::Compare { by: how, left: left.shifted(by)?, right: right.shifted(by)? }
            }
            Self::In { item, list } => Self::In { item: item.shifted(by)?, list: list.shifted(by)? },
            Self::Each { quantifier, list, body, slot } => Self::Each {
                quantifier,
                list: list.shifted(by)?,
                body: body.shifted(by)?,
                slot: slot.checked_add(by.slots)?,
            },
            Self::Add(left, right) => Self::Add(left.shifted(by)?, right.shifted(by)?),
            Self::Subtract(left, right) => Self::Subtract(left.shifted(by)?, right.shifted(by)?),
            Self::Negate(of) => Self::Negate(of.shifted(by)?),
            Self::Size(of) => Self::Size(of.shifted(by)?),
            Self::Part { at, text, part } => {
                Self::Part { at, text: text.shifted(by)?, part: part.shifted(by)? }
            }
            Self::ToTimestamp(of) => Self::ToTimestamp(of.shifted(by)?),
            Self::ToDuration(of) => Self::ToDuration(of.shifted(by)?),
        })
    }
}

impl Comparison {
    /// The operator as written.
    #[must_use]
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
}

impl Quantifier {
    /// The macro as written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Exists => "exists",
            Self::All => "all",
        }
    }
}

impl Place {
    /// The method as written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Start => "startsWith",
            Self::End => "endsWith",
            Self::Anywhere => "contains",
        }
    }
}
