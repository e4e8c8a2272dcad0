//! Connections, taken from a listener as long as there are places for them.
//!
//! Nothing that the system says ends a listener: out of descriptors it waits a
//! little, longer each time, and goes on.

use std::sync::Arc;

use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_rustls::server::TlsStream;

use super::backoff::{Backoff, NowAndThen};
use super::connection::Rules;
use super::entrance::Entrance;
use super::http2;
use super::listen::{Listener, Socket};
use super::service::Services;
use super::tls::{Tls, Trust};
use crate::lifecycle::{Lifecycle, Phase};
use crate::rpc::Peer;
use crate::rpc::limits::Limits;
use crate::rpc::load::{Place, Places};
use crate::telemetry::Metrics;

/// What all listeners of a kind have in common: those of the data plane, or admin
/// listeners.
#[derive(Clone, Debug)]
pub(crate) struct Serving {
    rules: Arc<Rules>,
    connections: Arc<Connections>,
}

/// The places for connections, of all listeners.
#[derive(Debug)]
struct Connections {
    places: Places,
    /// The limit's name.
    limit: &'static str,
    /// A place was taken or has become free.
    changed: Notify,
}

/// A connection's place, until it is dropped.
#[derive(Debug)]
struct Taken {
    place: Option<Place>,
    of: Arc<Connections>,
}

/// A listener, and what is served there.
#[derive(Debug)]
pub(crate) struct Acceptor {
    pub(crate) listener: Listener,
    pub(crate) entrance: Entrance,
    pub(crate) services: Arc<Services>,
    pub(crate) serving: Serving,
}

impl Serving {
    /// No connection to the data plane yet.
    pub(crate) fn new(limits: &Limits, lifecycle: Lifecycle, metrics: Arc<Metrics>) -> Self {
        let places = Places::new(metrics.connections().clone(), limits.load.connections);
        Self::with(places, "connections", limits, lifecycle, metrics)
    }

    /// No connection to an admin listener yet.
    pub(crate) fn admin(limits: &Limits, lifecycle: Lifecycle, metrics: Arc<Metrics>) -> Self {
        let places = Places::new(metrics.admin_connections().clone(), limits.push.connections);
        Self::with(places, "admin_connections", limits, lifecycle, metrics)
    }

    fn with(
        places: Places,
        limit: &'static str,
        limits: &Limits,
        lifecycle: Lifecycle,
        metrics: Arc<Metrics>,
    ) -> Self {
        let connections = Arc::new(Connections { places, limit, changed: Notify::new() });
        let (http2, limits) = (http2::builder(&limits.connection), limits.connection.clone());
        Self { rules: Arc::new(Rules { http2, limits, lifecycle, metrics }), connections }
    }
}

impl Connections {
    fn take(self: &Arc<Self>) -> Option<Taken> {
        let place = self.places.take()?;
        self.changed.notify_waiters();
        Some(Taken { place: Some(place), of: Arc::clone(self) })
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        // First free, then told.
        self.place = None;
        self.of.changed.notify_waiters();
    }
}

impl Acceptor {
    /// Accepts until the end is near, and then waits for what it has accepted to
    /// end. Dropped before that, it ends all of it at once.
    pub(crate) async fn run(self) {
        let Self { listener, entrance, services, serving: Serving { rules, connections } } = self;
        let mut running = JoinSet::new();
        let mut finishing = std::pin::pin!(rules.lifecycle.reached(Phase::Finishing));
        let mut backoff = Backoff::default();
        let (mut errors, mut limits) = (NowAndThen::default(), NowAndThen::default());
        let mut not_before: Option<Instant> = None;
        // Accepted, and not yet served: another listener may have taken the last place.
        let mut unserved: Option<Socket> = None;
        loop {
            // From here on nothing that changes goes unheard.
            let mut changed = std::pin::pin!(connections.changed.notified());
            changed.as_mut().enable();
            if let Some(socket) = unserved.take() {
                match connections.take() {
                    Some(place) => {
                        if connections.places.full() {
                            let limit = connections.limit;
                            rules.metrics.limit_hit(limit);
                            if let Some(times) = limits.happened() {
                                tracing::warn!(times, "the limit `{limit}` is reached: more have to wait");
                            }
                        }
                        let (rules, services) = (Arc::clone(&rules), Arc::clone(&services));
                        let entrance = entrance.clone();
                        running.spawn(async move {
                            rules.enter(socket, &entrance, services).await;
                            drop(place);
                        });
                    }
                    None => unserved = Some(socket),
                }
            }
            let room = unserved.is_none() && not_before.is_none() && !connections.places.full();
            let later = not_before.unwrap_or_else(Instant::now);
            tokio::select! {
                () = finishing.as_mut() => break,
                accepted = listener.accept(), if room => match accepted {
                    Ok(socket) => {
                        backoff.succeeded();
                        unserved = Some(socket);
                    }
                    Err(error) => {
                        rules.metrics.accept_failed();
                        not_before = Some(Instant::now() + backoff.failed());
                        if let Some(times) = errors.happened() {
                            tracing::warn!(times, "cannot accept a connection, will try again: {error}");
                        }
                    }
                },
                () = sleep_until(later), if not_before.is_some() => not_before = None,
                () = changed => {}
                Some(ended) = running.join_next(), if !running.is_empty() => tell(ended),
            }
        }
        drop((listener, unserved));
        while let Some(ended) = running.join_next().await {
            tell(ended);
        }
    }
}

impl Rules {
    /// Lets a connection in, and serves it until its end.
    async fn enter(&self, socket: Socket, entrance: &Entrance, services: Arc<Services>) {
        match (socket, entrance.tls()) {
            (Socket::Unix(stream), _) => match entrance.system_visitor(&stream) {
                Ok(visitor) => self.serve(stream, services, visitor, None).await,
                Err(error) => tracing::debug!("the system does not tell who calls: {error}"),
            },
            (Socket::Tcp(stream), None) => {
                no_delay(&stream);
                self.serve(stream, services, entrance.visitor(Peer::Unproved), None).await;
            }
            (Socket::Tcp(stream), Some(tls)) => {
                no_delay(&stream);
                if let Some((stream, peer, trust)) = self.shake_hands(stream, tls).await {
                    self.serve(stream, services, entrance.visitor(peer), Some(trust)).await;
                }
            }
        }
    }

    async fn shake_hands(&self, stream: TcpStream, tls: &Tls) -> Option<(TlsStream<TcpStream>, Peer, Trust)> {
        let shaken = tokio::select! {
            shaken = timeout(self.limits.handshake, tls.handshake(stream)) => shaken,
            // Nobody has asked anything yet.
            () = self.lifecycle.reached(Phase::Finishing) => return None,
        };
        match shaken {
            Ok(Ok(entered)) => return Some(entered),
            Ok(Err(error)) => {
                self.metrics.handshake_failed();
                tracing::debug!("a handshake failed: {error}");
            }
            Err(_) => {
                self.metrics.limit_hit("handshake");
                tracing::debug!("a connection did not shake hands in time");
            }
        }
        None
    }
}

fn no_delay(stream: &TcpStream) {
    // Where this fails the other side has gone already.
    let _ = stream.set_nodelay(true);
}

/// A connection's task has ended.
fn tell(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        tracing::error!("a connection ended before its time: {error}");
    }
}
