//! The vocabulary that every other module speaks: keys, patterns, values,
//! instants, revisions.
//!
//! Invariants:
//!
//! 1. *Proof as type.* A [`Key`], a [`Pattern`] or a [`Timestamp`] that exists
//!    is well formed; its constructor is the check.
//! 2. *No joined strings.* A type and an id are two fields, compared as two
//!    fields; the colon exists only in text for people.
//!
//! Nothing here knows what a policy says.

pub mod digest;
pub mod fact;
pub mod key;
pub mod pattern;
pub mod revision;
pub mod time;
pub mod value;
pub(crate) mod work;

pub use digest::Digest;
pub use fact::{Fact, List, Names, Text, ValueRef};
pub use key::{Key, KeyError, is_name};
pub use pattern::{LevelItem, Pattern, PatternError};
pub use revision::Revision;
pub use time::{Duration, Timestamp};
pub use value::{Value, ValueType};
