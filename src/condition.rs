//! Conditions: CEL text to a typed program, and the program's evaluation.
//!
//! Text is read once, when policy is loaded. A [`Program`] that exists has
//! names and types that fit; [`Program::evaluate`] is total and allocates
//! nothing. Nothing here knows documents, tenants or requests: names are
//! declared by a [`Scope`], and read through [`Facts`].
//!
//! On the way: `lex` and `parse` make an `ast` of the text, `compile` resolves
//! and types it into a [`node`] arena, `evaluate` walks that.

pub(crate) mod ast;
mod compile;
mod evaluate;
mod lex;
pub mod names;
pub mod node;
pub mod open;
mod parse;
pub mod path;
pub mod program;
mod references;
pub mod scope;
pub mod tri;
pub mod types;
mod words;

pub(crate) use parse::read;

pub use compile::compile;
pub use names::AttributeNames;
pub use node::{Children, Comparison, Node, NodeIx, Place, Quantifier};
pub use open::Outcomes;
pub use path::{AttributeIx, Facts, ParamIx, Path};
pub use program::{Mention, Program};
pub use references::references;
pub use scope::{Diagnostic, Scope};
pub use tri::Tri;
pub use types::Type;
pub use words::is_reserved;

#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod interpreter;
#[cfg(test)]
mod tests;
