//! The gRPC services: what a call does, from its message to its answer.
//!
//! A call reads the clock once and the store once, and answers everything from
//! what it read. A denial is an answer; an error means that there is none.
//!
//! Nothing here listens, and nothing here loads policy: `app` wires it up, and
//! the store is all that both sides know.

pub mod identity;
pub mod limits;
pub mod scope;

pub(crate) mod access;
mod admin;
#[cfg(test)]
mod agree;
mod answer;
mod apart;
mod authorization;
mod batch;
mod check;
pub(crate) mod deadline;
mod door;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod fuzzing;
mod health;
mod list;
pub(crate) mod load;
pub(crate) mod offline;
mod paced;
mod page_token;
mod plane;
mod policy;
pub(crate) mod refusal;
mod shared;

pub(crate) use admin::AdminDoor;
pub(crate) use door::{Answering, AuthorizationDoor, SERVICE_NAME};
pub(crate) use health::HealthOf;
pub(crate) use identity::{Caller, Callers, Peer};
pub use identity::{Identity, May, Who};
pub use limits::Limits;
pub(crate) use policy::PolicyPlane;
pub use scope::{ListenerScope, Question};
pub(crate) use shared::Shared;
