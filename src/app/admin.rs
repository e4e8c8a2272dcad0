//! Admin listeners: where policy is pushed and read, and how callers prove there
//! who they are.

use std::path::PathBuf;

use super::ListenAddress;
use crate::rpc::Identity;

/// Who may connect to a Unix socket unless told otherwise: its owner and group.
pub const DEFAULT_SOCKET_MODE: u32 = 0o660;

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

/// The files of mutual TLS, in PEM.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TlsFiles {
    /// The sidecar's certificate, with its chain.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
    /// What callers' certificates are held against.
    pub client_ca: PathBuf,
    /// Revocation lists.
    pub crl: Option<PathBuf>,
}

impl AdminListener {
    /// A Unix socket at which the sidecar's own user may do everything.
    #[must_use]
    pub fn socket(path: impl Into<PathBuf>) -> Self {
        let protection = Protection::Socket { mode: DEFAULT_SOCKET_MODE, identities: Vec::new() };
        Self { address: ListenAddress::Unix(path.into()), protection }
    }
}
