//! A sidecar that serves, until it is stopped.
//!
//! Stopping takes three steps, and no longer than they may take together,
//! whatever anybody holds open: announced, finishing, forced. See [`Phase`].

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::{sleep, timeout};

use super::Config;
use super::admin::Guarded;
use super::installer::Installer;
use super::server::Server;
use crate::lifecycle::{Lifecycle, Phase};
use crate::rpc::ListenerScope;
use crate::rpc::limits::Drain;
use crate::serve::{Acceptor, Entrance, ListenAddress, Listener, Probes, Renewal, Serving};
use crate::snapshot::Snapshot;
use crate::sync::push::Pusher;
use crate::sync::state::State;
use crate::sync::{Bell, Following, Loaded, Watch};

/// A sidecar that serves. Dropping it ends everything at once.
pub struct Running {
    addresses: Vec<ListenAddress>,
    admin_addresses: Vec<ListenAddress>,
    probe_address: Option<SocketAddr>,
    installer: Installer,
    /// Each ends when all that it has accepted has ended.
    listeners: JoinSet<()>,
    /// Answers until the very end, and says until then whether the policy is too old.
    probes: JoinSet<()>,
    /// What goes on beside admin listeners: certificates are followed, and what is
    /// insecure is warned of. It lasts as long as this.
    _beside: JoinSet<()>,
    renewal: Renewal,
    drain: Drain,
    /// Where what is pushed is kept.
    state: Option<State>,
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
    /// A listener's task ended before its time.
    #[error("a listener ended before its time: {0}")]
    Task(tokio::task::JoinError),
}

/// What was bound.
pub(super) struct Bound {
    pub(super) listeners: Vec<(Listener, ListenAddress, ListenerScope)>,
    pub(super) admin: Vec<(Listener, ListenAddress, Guarded)>,
    pub(super) probes: Option<(TcpListener, SocketAddr)>,
}

/// How long what was pushed has left, at the end, to come to the disk.
const KEEPING: Duration = Duration::from_secs(2);

/// How often it is told that anybody may do everything.
const WARN_EVERY: Duration = Duration::from_secs(60);

impl Running {
    pub(super) fn start(
        server: &Server,
        bound: Bound,
        (pusher, state): (Option<Pusher>, Option<State>),
        config: &Config,
    ) -> Self {
        let Server { shared, lifecycle, .. } = server;
        let limits = &config.limits;
        let metrics = &shared.metrics;
        let serving = Serving::new(limits, lifecycle.clone(), Arc::clone(metrics));
        let mut addresses = Vec::with_capacity(bound.listeners.len());
        let mut listeners = JoinSet::new();
        for (listener, address, scope) in bound.listeners {
            tracing::info!(%address, "listening");
            addresses.push(address);
            let services = server.services(scope);
            let (entrance, serving) = (Entrance::Open, serving.clone());
            listeners.spawn(Acceptor { listener, entrance, services, serving }.run());
        }
        let serving = Serving::admin(limits, lifecycle.clone(), Arc::clone(metrics));
        let services = server.admin_services(config.source, pusher);
        let (mut beside, renewal) = (JoinSet::new(), Renewal::new());
        let mut admin_addresses = Vec::with_capacity(bound.admin.len());
        for (listener, address, Guarded { entrance, mode: _, certificates, insecure }) in bound.admin {
            tracing::info!(%address, "listening for admin calls");
            if insecure {
                metrics.insecure_listener();
                beside.spawn(warn_of(address.clone()));
            }
            if let Some(certificates) = certificates {
                beside.spawn(certificates.follow(renewal.clone(), Arc::clone(metrics)));
            }
            admin_addresses.push(address);
            let (services, serving) = (Arc::clone(&services), serving.clone());
            listeners.spawn(Acceptor { listener, entrance, services, serving }.run());
        }
        let mut probes = JoinSet::new();
        probes.spawn(shared.freshness.clone().watch(lifecycle.clone()));
        let mut probe_address = None;
        if let Some((listener, address)) = bound.probes {
            tracing::info!(%address, "answering probes");
            probe_address = Some(address);
            let answers = Probes { lifecycle: lifecycle.clone(), metrics: Arc::clone(metrics) };
            probes.spawn(answers.run(listener));
        }
        let installer = server.installer();
        Self {
            addresses,
            admin_addresses,
            probe_address,
            installer,
            listeners,
            probes,
            _beside: beside,
            renewal,
            drain: limits.drain,
            state,
            following: None,
        }
    }

    /// Where it listens, with the ports it was given, in the order configured.
    #[must_use]
    pub fn addresses(&self) -> &[ListenAddress] {
        &self.addresses
    }

    /// Where it answers admin calls, with the ports it was given, in the order
    /// configured.
    #[must_use]
    pub fn admin_addresses(&self) -> &[ListenAddress] {
        &self.admin_addresses
    }

    /// What has the files of TLS looked at, from anywhere.
    #[must_use]
    pub fn renewal(&self) -> Renewal {
        self.renewal.clone()
    }

    /// Where it answers probes, with the port it was given.
    #[must_use]
    pub const fn probe_address(&self) -> Option<SocketAddr> {
        self.probe_address
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

    /// What has the policy directory looked at, if one is followed.
    #[must_use]
    pub fn bell(&self) -> Option<Bell> {
        self.following.as_ref().map(Following::bell)
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
        let lifecycle = self.installer.lifecycle.clone();
        let Drain { keep_serving, finish } = self.drain;
        let outcome = tokio::select! {
            () = lifecycle.reached(Phase::Announced) => Ok(()),
            Some(ended) = self.listeners.join_next() => ended.map_err(ServeError::Task),
        };
        lifecycle.advance(Phase::Announced);
        if outcome.is_ok() && lifecycle.state().phase < Phase::Finishing {
            tracing::info!(?keep_serving, ?finish, "stopping");
            // Whoever has not heard yet is served as before.
            let _ = timeout(keep_serving, lifecycle.reached(Phase::Finishing)).await;
        }
        lifecycle.advance(Phase::Finishing);
        let rest = async { while self.listeners.join_next().await.is_some() {} };
        let finished = tokio::select! {
            finished = timeout(finish, rest) => finished.is_ok(),
            () = lifecycle.reached(Phase::Forced) => false,
        };
        lifecycle.advance(Phase::Forced);
        let metrics = &self.installer.metrics;
        let open = metrics.connections().get().saturating_add(metrics.admin_connections().get());
        self.listeners.shutdown().await;
        if let Some(state) = self.state.take() {
            let kept = spawn_blocking(move || state.close(KEEPING)).await;
            if !kept.unwrap_or(false) {
                tracing::warn!("stopped before all that was pushed was kept");
            }
        }
        self.probes.shutdown().await;
        if finished {
            tracing::info!("stopped");
        } else {
            tracing::warn!(connections = open, "stopped, with connections still open");
        }
        outcome
    }
}

/// Tells again and again that anybody may do everything.
async fn warn_of(address: ListenAddress) {
    loop {
        tracing::warn!(%address, "insecure: whoever reaches this admin listener may change the policy");
        sleep(WARN_EVERY).await;
    }
}

impl Stop {
    /// Tells the sidecar to stop. Once is enough.
    pub fn stop(&self) {
        self.0.advance(Phase::Announced);
    }

    /// Tells the sidecar to stop at once, whatever is in flight.
    pub fn stop_now(&self) {
        self.0.advance(Phase::Forced);
    }

    /// How far the end has come.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.0.state().phase
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running").field("addresses", &self.addresses).finish_non_exhaustive()
    }
}
