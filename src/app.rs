//! The sidecar, put together: the one place that knows every part.
//!
//! `main` is parse, [`build`], wait; tests start the same sidecar in process, on
//! port 0. Nothing here decides anything about a call.
//!
//! Invariants:
//!
//! 1. *Policy first.* Nothing listens before the policy has loaded, so a bad one
//!    never takes an address from a good one.
//! 2. *All or nothing.* If one address cannot be bound, none is served.
//! 3. *Ready means able.* Health says `SERVING` exactly while there is a snapshot
//!    and the sidecar is not stopping.
//! 4. *It ends in time.* Told to, it comes to rest within what its limits say.

mod admin;
mod installer;
mod pushed;
mod running;
mod server;
mod signal;
mod source;

pub use admin::{AdminListener, DEFAULT_SOCKET_MODE, Protection};
pub use installer::Installer;
pub use running::{Running, ServeError, Stop};
pub use signal::{Signal, SignalWatch};
pub use source::Source;

pub use crate::lifecycle::Phase;
pub use crate::serve::{AddressError, ListenAddress, Renewal, TlsError, TlsFiles};
pub use crate::sync::{LoadError, Loaded, Watch};

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::clock::Clock;
use crate::document::PolicyLimits;
use crate::rpc::{Limits, ListenerScope};
use crate::serve;
use crate::snapshot::Snapshot;
use crate::sync::Rules;
use crate::sync::state::StateError;

/// What a sidecar is made of.
#[derive(Clone, Debug)]
pub struct Config {
    /// The policy directory; empty where policy does not come from one.
    pub policy: PathBuf,
    /// Where policy comes from.
    pub source: Source,
    /// Where what was pushed is kept, to start from; `None`: nowhere.
    pub state_dir: Option<PathBuf>,
    /// For how long the source may be silent before nothing is answered any more;
    /// `None`: for ever.
    pub max_staleness: Option<Duration>,
    /// Revisions that can be rolled back to.
    pub history: usize,
    /// How the directory is watched.
    pub watch: Watch,
    /// A tenant with faults is denied everything, instead of the whole policy
    /// being refused.
    pub quarantine: bool,
    /// Where the data plane listens. At least one.
    pub listeners: Vec<Listener>,
    /// Where policy is pushed and read.
    pub admin: Vec<AdminListener>,
    /// Where probes and metrics are answered; `None`: nowhere.
    pub probes: Option<SocketAddr>,
    /// What callers may send and hold.
    pub limits: Limits,
    /// What a policy may hold.
    pub policy_limits: PolicyLimits,
    /// What tells the time.
    pub clock: Clock,
}

/// Where the data plane listens, and what it answers there.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Listener {
    /// Where.
    pub address: ListenAddress,
    /// What is answered there.
    pub scope: ListenerScope,
}

/// Where the data plane listens unless told otherwise: on loopback.
pub const DEFAULT_LISTENER: ListenAddress =
    ListenAddress::Tcp(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 7700));

/// Where probes and metrics are answered unless told otherwise: on loopback.
pub const DEFAULT_PROBES: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 7703);

impl Config {
    /// Everything as it is by default, for a policy directory.
    #[must_use]
    pub fn new(policy: impl Into<PathBuf>) -> Self {
        Self {
            policy: policy.into(),
            source: Source::default(),
            state_dir: None,
            max_staleness: None,
            history: 100,
            watch: Watch::default(),
            quarantine: false,
            listeners: vec![Listener::at(DEFAULT_LISTENER)],
            admin: Vec::new(),
            probes: Some(DEFAULT_PROBES),
            limits: Limits::default(),
            policy_limits: PolicyLimits::default(),
            clock: Clock::default(),
        }
    }
}

impl Listener {
    /// A listener that answers what is answered at such an address by default:
    /// everything on loopback and Unix sockets, else neither who may do something
    /// nor why.
    #[must_use]
    pub fn at(address: ListenAddress) -> Self {
        let scope = if address.is_local() { ListenerScope::everything() } else { ListenerScope::reachable() };
        Self { address, scope }
    }
}

/// Why a sidecar did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The policy could not be loaded.
    #[error(transparent)]
    Policy(#[from] LoadError),
    /// There is nowhere to listen.
    #[error("no address to listen at")]
    NoListener,
    /// An address could not be bound.
    #[error("cannot listen at `{address}`: {reason}")]
    Listen {
        /// The address.
        address: ListenAddress,
        /// What the system says.
        reason: io::Error,
    },
    /// The files of an admin listener's TLS cannot be used.
    #[error("cannot serve admin calls at `{address}`: {reason}")]
    Tls {
        /// The address.
        address: ListenAddress,
        /// What is wrong with them.
        reason: TlsError,
    },
    /// An admin listener is protected in a way that its address cannot be.
    #[error("cannot serve admin calls at `{address}`: it needs TLS, or to be loopback and insecure")]
    Unprotected {
        /// The address.
        address: ListenAddress,
    },
    /// What was kept of policy cannot be read, or nothing can be kept there.
    #[error(transparent)]
    State(#[from] StateError),
    /// There is no thread to follow the policy on.
    #[error("cannot follow the policy: {0}")]
    Follow(io::Error),
    /// The descriptors of the API cannot be read. A broken build.
    #[error("the descriptors of the API cannot be read: {0}")]
    Descriptors(prost::DecodeError),
    /// The descriptors for reflection cannot be read. A broken build.
    #[error("the descriptors of the API cannot be read: {0}")]
    Reflection(tonic_reflection::server::Error),
}

/// Loads the policy, binds every address, and serves; a policy that is pushed is
/// waited for.
///
/// # Errors
///
/// [`StartError`]; then nothing listens.
pub async fn build(config: Config) -> Result<Running, StartError> {
    match config.source {
        Source::Dir => {
            let loaded = load(&config)?;
            start(&config, loaded).await
        }
        Source::Push => listen(&config).await,
    }
}

/// Loads the policy directory, as the first revision of this process.
///
/// # Errors
///
/// Everything that is wrong with it.
pub fn load(config: &Config) -> Result<Loaded, LoadError> {
    let rules = Rules { limits: config.policy_limits, quarantine: config.quarantine };
    Loaded::directory(&config.policy, rules)
}

/// Binds every address and serves what was loaded, and from then on what the
/// directory is changed to.
///
/// # Errors
///
/// [`StartError`]; then nothing listens.
pub async fn start(config: &Config, loaded: Loaded) -> Result<Running, StartError> {
    let mut running = listen(config).await?;
    running.follow(loaded, config.watch).map_err(StartError::Follow)?;
    Ok(running)
}

/// Loads a policy directory once, without following it.
///
/// # Errors
///
/// Everything that is wrong with it.
pub fn load_directory(directory: &Path, limits: &PolicyLimits) -> Result<Snapshot, LoadError> {
    let rules = Rules { limits: *limits, quarantine: false };
    Loaded::directory(directory, rules).map(Loaded::into_snapshot)
}

/// Binds every address and serves without a policy: health says `NOT_SERVING`, and
/// questions are `UNAVAILABLE`, until one is installed.
///
/// # Errors
///
/// [`StartError`]; then nothing listens.
pub async fn listen(config: &Config) -> Result<Running, StartError> {
    if config.listeners.is_empty() {
        return Err(StartError::NoListener);
    }
    let guarded = config.admin.iter().map(|listener| admin::guard(listener, config.clock));
    let guarded = guarded.collect::<Result<Vec<_>, _>>()?;
    let server = server::Server::new(config)?;
    let (pusher, state) = match config.source {
        Source::Dir => (None, None),
        Source::Push => {
            let (pusher, state) = pushed::start(config, server.installer())?;
            (Some(pusher), state)
        }
    };
    let not_bound = |address, reason| StartError::Listen { address, reason };
    let mut listeners = Vec::with_capacity(config.listeners.len());
    for Listener { address, scope } in &config.listeners {
        let (listener, at) = serve::bind(address).map_err(|reason| not_bound(address.clone(), reason))?;
        listeners.push((listener, at, scope.clone()));
    }
    let mut admin = Vec::with_capacity(guarded.len());
    for (AdminListener { address, .. }, guarded) in config.admin.iter().zip(guarded) {
        let bound = serve::bind_admin(address, guarded.mode);
        let (listener, at) = bound.map_err(|reason| not_bound(address.clone(), reason))?;
        admin.push((listener, at, guarded));
    }
    let probes = match config.probes {
        None => None,
        Some(wanted) => {
            let bound = serve::bind_tcp(wanted).and_then(|listener| Ok((listener.local_addr()?, listener)));
            let (at, listener) = bound.map_err(|reason| not_bound(ListenAddress::Tcp(wanted), reason))?;
            Some((listener, at))
        }
    };
    Ok(Running::start(&server, running::Bound { listeners, admin, probes }, (pusher, state), config))
}
