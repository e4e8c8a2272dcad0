//! Connections: accepted, served, counted and ended.
//!
//! tonic brings a server of its own. It counts no connections, waits without end
//! for whoever says nothing, and cannot be made to stop in time. So what it would
//! do with sockets is done here, with hyper; what it does with messages is left
//! to it.
//!
//! From the outside in: [`listen`] has the sockets, [`accept`] takes connections
//! from one, [`connection`] has one connection from its preface to its end,
//! [`service`] has its calls. [`probes`] is apart: its own socket, its own places,
//! nothing shared with what it is to report on.
//!
//! Invariants:
//!
//! 1. *Every limit is said.* Nothing is left to the default of a library.
//! 2. *Whoever holds something is waited for so long.* For a preface, for a
//!    call, for a reader, for the end.
//! 3. *An error is one connection's.* No error of a socket ends a listener.

mod accept;
mod activity;
mod address;
mod backoff;
mod connection;
mod http2;
mod listen;
mod preface;
mod probes;
mod service;

pub(crate) use accept::{Acceptor, Serving};
pub use address::{AddressError, ListenAddress};
pub(crate) use listen::{Listener, bind, bind_tcp};
pub(crate) use probes::Probes;
pub(crate) use service::Services;
