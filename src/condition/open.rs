//! What a condition may come to when part of what it reads is open.
//!
//! A list may ask about every resource of a type at once. Then what it does not
//! say of the resource is open: each operator that reads it may come out either
//! way or be unknown. What follows from the rest is worked out; nothing is
//! concluded from two readings of one name together, so the answer may hold
//! outcomes that no resource gives, and never lacks one that some resource does.

use super::evaluate::Machine;
use super::node::{Node, NodeIx};
use super::path::{Facts, Path};
use super::program::Program;
use super::tri::Tri;

/// A set of outcomes. Never empty.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Outcomes(u8);

const TRUE: u8 = 1;
const FALSE: u8 = 2;
const UNKNOWN: u8 = 4;

impl Outcomes {
    /// Every outcome there is.
    pub const ANY: Self = Self(TRUE | FALSE | UNKNOWN);

    /// One outcome alone.
    #[must_use]
    pub const fn only(outcome: Tri) -> Self {
        Self(bit(outcome))
    }

    /// Whether an outcome is among them.
    #[must_use]
    pub const fn contains(self, outcome: Tri) -> bool {
        self.0 & bit(outcome) != 0
    }

    /// The one that lets most through: true, else unknown, else false.
    #[must_use]
    pub const fn best(self) -> Tri {
        if self.contains(Tri::True) {
            Tri::True
        } else if self.contains(Tri::Unknown) {
            Tri::Unknown
        } else {
            Tri::False
        }
    }

    /// The one that lets least through: false, else unknown, else true.
    #[must_use]
    pub const fn worst(self) -> Tri {
        if self.contains(Tri::False) {
            Tri::False
        } else if self.contains(Tri::Unknown) {
            Tri::Unknown
        } else {
            Tri::True
        }
    }

    fn each(self) -> impl Iterator<Item = Tri> {
        [Tri::True, Tri::False, Tri::Unknown].into_iter().filter(move |outcome| self.contains(*outcome))
    }

    const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What a combination of two comes to, whichever of each it is.
    fn with(self, other: Self, combine: impl Fn([Tri; 2]) -> Tri) -> Self {
        let pairs = self.each().flat_map(|a| other.each().map(move |b| [a, b]));
        Self(pairs.fold(0, |bits, pair| bits | bit(combine(pair))))
    }
}

const fn bit(outcome: Tri) -> u8 {
    match outcome {
        Tri::True => TRUE,
        Tri::False => FALSE,
        Tri::Unknown => UNKNOWN,
    }
}

impl Program {
    /// Every outcome that the condition may have, whatever the facts for which
    /// `open` says so turn out to be. The others are read from `facts`.
    #[must_use]
    pub fn outcomes<F: Facts + ?Sized>(&self, facts: &F, open: impl Fn(Path) -> bool) -> Outcomes {
        if !self.mentions().iter().any(|mention| open(mention.path)) {
            return Outcomes::only(self.evaluate(facts));
        }
        // Children stand before parents, so one pass tells which nodes read what
        // is open, by whatever way.
        let mut reads = Vec::with_capacity(self.nodes().len());
        for node in self.nodes() {
            let own = matches!(node, Node::Read(path) | Node::Has(path) if open(*path));
            let below = operands(self, node).iter().any(|at| reads.get(usize::from(at.0)) == Some(&true));
            reads.push(own || below);
        }
        Openly { program: self, facts, reads }.outcomes(self.root())
    }
}

/// One condition, read openly.
struct Openly<'a, F: ?Sized> {
    program: &'a Program,
    facts: &'a F,
    /// Of each node, whether it reads what is open.
    reads: Vec<bool>,
}

impl<F: Facts + ?Sized> Openly<'_, F> {
    fn outcomes(&self, at: NodeIx) -> Outcomes {
        let program = self.program;
        if self.reads.get(usize::from(at.0)) == Some(&false) {
            return Outcomes::only(Machine::new(program, self.facts).truth(at));
        }
        match *program.node(at) {
            Node::Not(of) => {
                self.outcomes(of).with(Outcomes::only(Tri::True), |[outcome, _]| outcome.negated())
            }
            Node::And(of) => self.all(of, Outcomes::only(Tri::True), Tri::all),
            Node::Or(of) => self.all(of, Outcomes::only(Tri::False), Tri::any),
            Node::If { condition, then, otherwise } => self
                .outcomes(condition)
                .each()
                .map(|outcome| match outcome {
                    Tri::True => self.outcomes(then),
                    Tri::False => self.outcomes(otherwise),
                    Tri::Unknown => Outcomes::only(Tri::Unknown),
                })
                .reduce(Outcomes::or)
                .unwrap_or(Outcomes::ANY),
            _ => Outcomes::ANY,
        }
    }

    fn all(
        &self,
        of: super::node::Children,
        none: Outcomes,
        combine: impl Fn([Tri; 2]) -> Tri + Copy,
    ) -> Outcomes {
        let children = self.program.children(of).iter();
        children.fold(none, |so_far, child| so_far.with(self.outcomes(*child), combine))
    }
}

/// The nodes right below a node.
fn operands(program: &Program, node: &Node) -> Vec<NodeIx> {
    match *node {
        Node::Unknown
        | Node::Bool(_)
        | Node::Int(_)
        | Node::Text(_)
        | Node::Timestamp(_)
        | Node::Duration(_)
        | Node::Read(_)
        | Node::Variable(_)
        | Node::Has(_) => Vec::new(),
        Node::List(of) | Node::And(of) | Node::Or(of) => program.children(of).to_vec(),
        Node::Not(of) | Node::Negate(of) | Node::Size(of) | Node::ToTimestamp(of) | Node::ToDuration(of) => {
            vec![of]
        }
        Node::If { condition, then, otherwise } => vec![condition, then, otherwise],
        Node::Compare { left, right, .. } | Node::Add(left, right) | Node::Subtract(left, right) => {
            vec![left, right]
        }
        Node::In { item, list } => vec![item, list],
        Node::Each { list, body, .. } => vec![list, body],
        Node::Part { text, part, .. } => vec![text, part],
    }
}
