//! Definitions to a snapshot.
//!
//! What is compiled here has been checked, so nothing can fail. A name that is
//! not found all the same is a retired one, and what it would have given is
//! left out; a condition without a program is unknown, which grants nothing
//! and lifts no restriction.

mod member;
mod model;
mod resource;
mod scope;
mod tenant;

pub(super) use member::{Shared, member, standing};
pub(super) use model::model;
pub(super) use resource::resources;
pub(super) use scope::app;
pub(super) use tenant::{Memberships, frame, guest_item, install, tenant};
