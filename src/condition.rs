//! Conditions: CEL text to a typed program, and the program's evaluation.
//!
//! Text is read once, when policy is loaded. A [`Program`] that exists has
//! names and types that fit; [`Program::evaluate`] is total and allocates
//! nothing. Nothing here knows documents, tenants or requests: names are
//! declared by a scope, and read through [`Facts`].

pub mod names;
pub mod path;
pub mod program;
pub mod scope;
pub mod tri;

pub use names::AttributeNames;
pub use path::{AttributeIx, Facts, ParamIx, Path};
pub use program::{Mention, Program};
pub use scope::{Diagnostic, Scope, compile, references};
pub use tri::Tri;
