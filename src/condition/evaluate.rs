//! Evaluation: total, three-valued, without allocation.
//!
//! An operand is a value or unknown (`None`): null and unsent differ only to
//! `has()`. The rules are docs/semantics.md, "Value, null and unsent".
//!
//! Recursion follows the expression, whose depth the compiler bounds; over
//! data there is none. The cost is the number of nodes times the length of the
//! lists that the quantifiers around them read.
//!
//! Nothing here reports why: a node whose operand has another type than was
//! compiled, which admitted facts do not have, is unknown.

mod list;
mod scalar;

use super::node::{Comparison, MAX_LOOPS, Node, NodeIx, Place, Quantifier};
use super::path::{Facts, Path};
use super::program::Program;
use super::tri::Tri;
use crate::model::{Duration, Fact, Text, Timestamp, ValueRef, work};
use list::Sequence;

/// A value that an operator works on.
#[derive(Clone, Copy, Debug)]
pub(super) enum Operand<'a> {
    Bool(bool),
    Int(i64),
    Text(Text<'a>),
    Timestamp(Timestamp),
    Duration(Duration),
    List(Sequence<'a>),
}

/// One evaluation of one program.
pub(super) struct Machine<'a, F: ?Sized> {
    program: &'a Program,
    facts: &'a F,
    /// What the quantifiers around the current node stand at, outermost first.
    variables: [Option<Operand<'a>>; MAX_LOOPS as usize],
}

impl<'a, F: Facts + ?Sized> Machine<'a, F> {
    pub(super) fn new(program: &'a Program, facts: &'a F) -> Self {
        Self { program, facts, variables: [None; MAX_LOOPS as usize] }
    }

    /// The outcome of a node of type bool; unknown for every other.
    pub(super) fn truth(&mut self, index: NodeIx) -> Tri {
        work::step();
        let program = self.program;
        match *program.node(index) {
            Node::Bool(value) => Tri::known(value),
            Node::Read(path) => boolean(self.read(path)),
            Node::Variable(slot) => boolean(self.variable(slot)),
            Node::Has(path) => match self.facts.fact(path) {
                Fact::Value(_) => Tri::True,
                Fact::Null => Tri::False,
                Fact::Unsent => Tri::Unknown,
            },
            Node::Not(of) => self.truth(of).negated(),
            Node::And(of) => Tri::all(program.children(of).iter().map(|each| self.truth(*each))),
            Node::Or(of) => Tri::any(program.children(of).iter().map(|each| self.truth(*each))),
            Node::If { condition, then, otherwise } => match self.truth(condition) {
                Tri::True => self.truth(then),
                Tri::False => self.truth(otherwise),
                Tri::Unknown => Tri::Unknown,
            },
            Node::Compare { by, left, right } => self.compare(by, left, right),
            Node::In { item, list } => self.is_in(item, list),
            Node::Each { quantifier, list, body, slot } => self.each(quantifier, list, body, slot),
            Node::Part { at, text, part } => self.part(at, text, part),
            Node::Unknown
            | Node::Int(_)
            | Node::Text(_)
            | Node::Timestamp(_)
            | Node::Duration(_)
            | Node::List(_)
            | Node::Add(..)
            | Node::Subtract(..)
            | Node::Negate(_)
            | Node::Size(_)
            | Node::ToTimestamp(_)
            | Node::ToDuration(_) => Tri::Unknown,
        }
    }

    /// The value of a node; `None` when it is unknown.
    pub(super) fn value(&mut self, index: NodeIx) -> Option<Operand<'a>> {
        work::step();
        let program = self.program;
        match program.node(index) {
            Node::Unknown => None,
            Node::Int(value) => Some(Operand::Int(*value)),
            Node::Text(text) => Some(Operand::Text(Text::plain(text))),
            Node::Timestamp(at) => Some(Operand::Timestamp(*at)),
            Node::Duration(span) => Some(Operand::Duration(*span)),
            Node::List(items) => Some(Operand::List(Sequence::Written(program.children(*items)))),
            Node::Read(path) => self.read(*path),
            Node::Variable(slot) => self.variable(*slot),
            Node::If { condition, then, otherwise } => match self.truth(*condition) {
                Tri::True => self.value(*then),
                Tri::False => self.value(*otherwise),
                Tri::Unknown => None,
            },
            Node::Add(left, right) => self.value(*left)?.plus(self.value(*right)?),
            Node::Subtract(left, right) => self.value(*left)?.minus(self.value(*right)?),
            Node::Negate(of) => self.value(*of)?.negated(),
            Node::Size(of) => self.value(*of)?.size(),
            Node::ToTimestamp(of) => self.value(*of)?.to_timestamp(),
            Node::ToDuration(of) => self.value(*of)?.to_duration(),
            Node::Bool(_)
            | Node::Has(_)
            | Node::Not(_)
            | Node::And(_)
            | Node::Or(_)
            | Node::Compare { .. }
            | Node::In { .. }
            | Node::Each { .. }
            | Node::Part { .. } => self.truth(index).value().map(Operand::Bool),
        }
    }

    fn read(&self, path: Path) -> Option<Operand<'a>> {
        match self.facts.fact(path) {
            Fact::Value(value) => Some(value.into()),
            Fact::Null | Fact::Unsent => None,
        }
    }

    fn variable(&self, slot: u8) -> Option<Operand<'a>> {
        self.variables.get(usize::from(slot)).copied().flatten()
    }

    fn compare(&mut self, by: Comparison, left: NodeIx, right: NodeIx) -> Tri {
        let (Some(left), Some(right)) = (self.value(left), self.value(right)) else {
            return Tri::Unknown;
        };
        match by {
            Comparison::Equal => self.equal(left, right),
            Comparison::NotEqual => self.equal(left, right).negated(),
            Comparison::Less => Tri::of(left.order(right).map(|order| order.is_lt())),
            Comparison::LessOrEqual => Tri::of(left.order(right).map(|order| order.is_le())),
            Comparison::Greater => Tri::of(left.order(right).map(|order| order.is_gt())),
            Comparison::GreaterOrEqual => Tri::of(left.order(right).map(|order| order.is_ge())),
        }
    }

    fn each(&mut self, quantifier: Quantifier, list: NodeIx, body: NodeIx, slot: u8) -> Tri {
        let Some(Operand::List(list)) = self.value(list) else {
            return Tri::Unknown;
        };
        let mut items = list.cursor();
        let outcomes = std::iter::from_fn(|| {
            let item = items.next(self)?;
            *self.variables.get_mut(usize::from(slot))? = item;
            Some(self.truth(body))
        });
        match quantifier {
            Quantifier::Exists => Tri::any(outcomes),
            Quantifier::All => Tri::all(outcomes),
        }
    }

    fn part(&mut self, at: Place, text: NodeIx, part: NodeIx) -> Tri {
        let (Some(Operand::Text(text)), Some(Operand::Text(part))) = (self.value(text), self.value(part))
        else {
            return Tri::Unknown;
        };
        Tri::known(match at {
            Place::Start => text.starts_with(part),
            Place::End => text.ends_with(part),
            Place::Anywhere => text.contains(part),
        })
    }
}

impl<'a> From<ValueRef<'a>> for Operand<'a> {
    fn from(value: ValueRef<'a>) -> Self {
        match value {
            ValueRef::Bool(value) => Self::Bool(value),
            ValueRef::Int(value) => Self::Int(value),
            ValueRef::Text(text) => Self::Text(text),
            ValueRef::Timestamp(at) => Self::Timestamp(at),
            ValueRef::List(list) => Self::List(Sequence::Stored(list)),
        }
    }
}

fn boolean(operand: Option<Operand<'_>>) -> Tri {
    match operand {
        Some(Operand::Bool(value)) => Tri::known(value),
        _ => Tri::Unknown,
    }
}
