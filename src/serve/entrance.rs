//! What a connection goes through before HTTP/2 is spoken on it.
//!
//! The data plane asks nobody who they are. An admin listener does, once for each
//! connection, by what the system or a certificate proves; and what was proved is
//! held against the configuration there and then.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::net::UnixStream;

use super::backoff::NowAndThen;
use super::tls::Tls;
use crate::rpc::refusal::Refusal;
use crate::rpc::{Caller, Callers, Peer};

/// What the connections of a listener go through.
#[derive(Clone, Debug)]
pub(crate) enum Entrance {
    /// Nothing.
    Open,
    /// They are asked who they are.
    Guarded(Arc<Guard>),
}

/// Asks who calls.
#[derive(Debug)]
pub(crate) struct Guard {
    callers: Callers,
    tls: Option<Tls>,
    strangers: Mutex<NowAndThen>,
}

/// Who is at the other end of a connection.
#[derive(Clone, Debug)]
pub(crate) struct Visitor {
    /// What the connection has proved.
    pub(crate) peer: Peer,
    /// Whom that makes it.
    pub(crate) caller: Result<Caller, Refusal>,
}

impl Entrance {
    /// Asks who calls, by certificates if there are some.
    pub(crate) fn guarded(callers: Callers, tls: Option<Tls>) -> Self {
        Self::Guarded(Arc::new(Guard { callers, tls, strangers: Mutex::default() }))
    }

    /// How certificates are asked for.
    pub(super) fn tls(&self) -> Option<&Tls> {
        match self {
            Self::Open => None,
            Self::Guarded(guard) => guard.tls.as_ref(),
        }
    }

    /// Who the system says is at the other end; `None` where nobody is asked.
    ///
    /// # Errors
    ///
    /// That the system does not say.
    pub(super) fn system_visitor(&self, stream: &UnixStream) -> io::Result<Option<Arc<Visitor>>> {
        if matches!(self, Self::Open) {
            return Ok(None);
        }
        let credentials = stream.peer_cred()?;
        Ok(self.visitor(Peer::System { uid: credentials.uid(), gid: credentials.gid() }))
    }

    /// Who has come, by what was proved; `None` where nobody is asked.
    pub(super) fn visitor(&self, peer: Peer) -> Option<Arc<Visitor>> {
        let Self::Guarded(guard) = self else { return None };
        let caller = guard.callers.resolve(&peer);
        if caller.is_err() {
            // Nothing is left half done where a lock could have been poisoned.
            let mut strangers = guard.strangers.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(times) = strangers.happened() {
                tracing::warn!(times, "a caller that is not listed has come to an admin listener: {peer}");
            }
        }
        Some(Arc::new(Visitor { peer, caller }))
    }
}
