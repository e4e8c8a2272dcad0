//! Admin listeners: where policy is pushed and read, and how callers prove there
//! who they are.

use std::path::PathBuf;

use super::{ListenAddress, StartError};
use crate::clock::Clock;
use crate::rpc::{Callers, Identity};
use crate::serve::{Certificates, Entrance, SOCKET_MODE, TlsFiles};

/// Who may connect to a Unix socket unless told otherwise: its owner and group.
pub const DEFAULT_SOCKET_MODE: u32 = SOCKET_MODE;

/// Where policy is pushed and read.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AdminListener {
    /// Where.
    pub address: ListenAddress,
    /// How callers prove who they are, and who may do what.
    pub protection: Protection,
}

/// How the callers of an admin listener prove who they are.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Protection {
    /// The system tells the user and the group. For Unix sockets.
    Socket {
        /// The mode of the socket.
        mode: u32,
        /// Who may do what. Empty: the sidecar's own user may do everything.
        identities: Vec<Identity>,
    },
    /// By a certificate. For addresses of TCP.
    Tls {
        /// The files of it.
        files: TlsFiles,
        /// Who may do what. At least one.
        identities: Vec<Identity>,
    },
    /// Not at all: whoever reaches it may do everything. For loopback.
    Insecure,
}

impl AdminListener {
    /// A Unix socket at which the sidecar's own user may do everything.
    #[must_use]
    pub fn socket(path: impl Into<PathBuf>) -> Self {
        let protection = Protection::Socket { mode: DEFAULT_SOCKET_MODE, identities: Vec::new() };
        Self { address: ListenAddress::Unix(path.into()), protection }
    }
}

/// An admin listener that is ready to be bound.
#[derive(Debug)]
pub(super) struct Guarded {
    /// Who may come in.
    pub(super) entrance: Entrance,
    /// The mode of its socket, if it is one.
    pub(super) mode: u32,
    /// What its TLS is made of.
    pub(super) certificates: Option<Certificates>,
    /// Whether anybody may do everything.
    pub(super) insecure: bool,
}

/// Gets ready whatever it takes to know who calls.
pub(super) fn guard(listener: &AdminListener, clock: Clock) -> Result<Guarded, StartError> {
    let AdminListener { address, protection } = listener;
    let ready = |callers, certificates: Option<Certificates>| {
        let tls = certificates.as_ref().map(Certificates::tls);
        let entrance = Entrance::guarded(callers, tls);
        Guarded { entrance, mode: SOCKET_MODE, certificates, insecure: false }
    };
    match (address, protection) {
        (ListenAddress::Unix(_), Protection::Socket { mode, identities }) => {
            let mut identities = identities.clone();
            if identities.is_empty() {
                identities.push(Identity::owner(rustix::process::geteuid().as_raw()));
            }
            Ok(Guarded { mode: *mode, ..ready(Callers::Listed(identities), None) })
        }
        (ListenAddress::Tcp(_), Protection::Tls { files, identities }) => {
            let certificates = Certificates::load(files, clock)
                .map_err(|reason| StartError::Tls { address: address.clone(), reason })?;
            Ok(ready(Callers::Listed(identities.clone()), Some(certificates)))
        }
        (ListenAddress::Tcp(_), Protection::Insecure) if address.is_local() => {
            Ok(Guarded { insecure: true, ..ready(Callers::Anyone, None) })
        }
        (_, Protection::Socket { .. } | Protection::Tls { .. } | Protection::Insecure) => {
            Err(StartError::Unprotected { address: address.clone() })
        }
    }
}
