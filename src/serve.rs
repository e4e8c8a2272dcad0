//! Connections: accepted, served, counted and ended.
//!
//! tonic brings a server of its own. It counts no connections, waits without end
//! for whoever says nothing, and cannot be made to stop in time. So what it would
//! do with sockets is done here, with hyper; what it does with messages is left
//! to it.
//!
//! From the outside in: [`listen`] has the sockets, [`accept`] takes connections
//! from one, [`entrance`] asks who they are where that matters, [`connection`] has
//! one connection from its preface to its end, [`service`] has its calls. [`tls`]
//! proves it by certificates, which [`certificates`] reads and [`renewal`] follows.
//! [`probes`] is apart: its own socket, its own places,
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
mod certificates;
mod connection;
mod entrance;
mod http2;
mod listen;
mod preface;
mod probes;
mod renewal;
mod service;
mod tls;

pub(crate) use accept::{Acceptor, Serving};
pub use address::{AddressError, ListenAddress};
pub use certificates::{TlsError, TlsFiles};
pub(crate) use entrance::Entrance;
pub(crate) use listen::{Listener, SOCKET_MODE, bind, bind_admin, bind_tcp};
pub(crate) use probes::Probes;
pub(crate) use renewal::Certificates;
pub use renewal::Renewal;
pub(crate) use service::{Doors, Services};
