//! A sidecar that serves, until it is stopped.
//!
//! Stopping: health says `NOT_SERVING`, nothing new is accepted, calls in flight
//! are answered, and what is then still open is cut off when the time is up.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use super::address::ListenAddress;
use super::installer::Installer;
use super::listen::Listener;
use super::server::Server;
use crate::lifecycle::{Lifecycle, Phase};
use crate::rpc::ListenerScope;
use crate::rpc::limits::Drain;
use crate::snapshot::Snapshot;
use crate::sync::{Following, Loaded, Watch};

/// A sidecar that serves. Dropping it stops listening.
pub struct Running {
    addresses: Vec<ListenAddress>,
    installer: Installer,
    listeners: JoinSet<Result<(), ServeError>>,
    drain: Duration,
    /// What brings policy, for as long as this lives.
    following: Option<Following>,
}

/// Stops a running sidecar, from anywhere.
#[derive(Clone, Debug)]
pub struct Stop(Lifecycle);

/// Why a sidecar stopped serving without being told to.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The transport of a listener failed.
    #[error("serving at `{address}` failed: {reason}")]
    Transport {
        /// Where it listened.
        address: ListenAddress,
        /// What the transport says.
        reason: tonic::transport::Error,
    },
    /// A listener's task ended before its time.
    #[error("a listener ended before its time: {0}")]
    Task(tokio::task::JoinError),
}

impl Running {
    pub(super) fn start(
        server: Server,
        bound: Vec<(Listener, ListenAddress, ListenerScope)>,
        drain: Drain,
    ) -> Self {
        let mut addresses = Vec::with_capacity(bound.len());
        let mut listeners = JoinSet::new();
        for (listener, address, scope) in bound {
            tracing::info!(%address, "listening");
            addresses.push(address.clone());
            let (router, lifecycle) = (server.router(scope), server.lifecycle.clone());
            let stopped = async move { lifecycle.reached(Phase::Finishing).await };
            listeners.spawn(async move {
                let served = match listener {
                    Listener::Tcp(incoming) => router.serve_with_incoming_shutdown(incoming, stopped).await,
                    Listener::Unix(incoming, _file) => {
                        router.serve_with_incoming_shutdown(incoming, stopped).await
                    }
                };
                served.map_err(|reason| ServeError::Transport { address, reason })
            });
        }
        let Server { shared, lifecycle, .. } = server;
        let installer =
            Installer { store: Arc::clone(&shared.store), metrics: Arc::clone(&shared.metrics), lifecycle };
        Self { addresses, installer, listeners, drain: drain.finish, following: None }
    }

    /// Where it listens, with the ports it was given, in the order configured.
    #[must_use]
    pub fn addresses(&self) -> &[ListenAddress] {
        &self.addresses
    }

    /// What puts policy in force, from anywhere.
    #[must_use]
    pub fn installer(&self) -> Installer {
        self.installer.clone()
    }

    /// Puts a snapshot in force, unless what is in force is as new.
    pub async fn install(&mut self, snapshot: Snapshot) {
        if let Err(error) = self.installer.install(snapshot) {
            tracing::warn!("policy not taken: {error}");
        }
    }

    /// Puts in force what was loaded, and from then on what it is changed to.
    pub(super) fn follow(&mut self, loaded: Loaded, watch: Watch) -> io::Result<()> {
        self.following = Some(loaded.follow(watch, self.installer())?);
        Ok(())
    }

    /// What stops it.
    #[must_use]
    pub fn stop_handle(&self) -> Stop {
        Stop(self.installer.lifecycle.clone())
    }

    /// Waits until it has been stopped and has come to rest.
    ///
    /// # Errors
    ///
    /// [`ServeError`] if a listener gives up before that; the others are stopped.
    pub async fn wait(mut self) -> Result<(), ServeError> {
        let first = tokio::select! {
            () = self.installer.lifecycle.reached(Phase::Announced) => Ok(()),
            Some(ended) = self.listeners.join_next() => ended.unwrap_or_else(|error| Err(ServeError::Task(error))),
        };
        self.installer.lifecycle.advance(Phase::Finishing);
        tracing::info!("stopping");
        let rest = tokio::time::timeout(self.drain, async {
            let mut worst = first;
            while let Some(ended) = self.listeners.join_next().await {
                worst = worst.and(ended.unwrap_or_else(|error| Err(ServeError::Task(error))));
            }
            worst
        });
        match rest.await {
            Ok(outcome) => {
                tracing::info!("stopped");
                outcome
            }
            Err(_) => {
                tracing::warn!(seconds = self.drain.as_secs(), "stopped, with calls still open");
                Ok(())
            }
        }
    }
}

impl Stop {
    /// Tells the sidecar to stop. Once is enough.
    pub fn stop(&self) {
        self.0.advance(Phase::Announced);
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running").field("addresses", &self.addresses).finish_non_exhaustive()
    }
}
