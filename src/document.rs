//! Policy documents: YAML text to checked definitions.
//!
//! [`definition`] is what the documents say, with a [`Place`] for everything
//! that a fault could be about. [`load()`] reads a set of [`Sources`] and checks
//! it; what it hands on as [`Checked`] compiles without a fault. Nothing here
//! touches a file system, compiles a snapshot or decides.

pub mod canonical;
pub mod change;
pub mod checked;
pub mod definition;
pub mod diagnostic;
pub mod diff;
pub mod duration;
pub mod limits;
pub mod load;
pub mod place;
pub mod render;
pub mod shape;
pub mod source;

mod check;
mod nearest;
pub(crate) mod read;
pub(crate) mod yaml;

pub use change::{Change, ChangeSet, Expected, Header, Part, References, TenantChange};
pub use check::inspect;
pub use checked::{Checked, Owner, Programs};
pub use diagnostic::{Diagnostic, Severity};
pub use limits::PolicyLimits;
pub use load::{Identity, Loaded, check, load, load_without};
pub use place::{Place, Spanned};
pub use render::{Located, locate, render};
pub use shape::{Kind, schema};
pub use source::{Position, Source, Sources};
