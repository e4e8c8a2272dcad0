//! One connection, from its preface to its end.
//!
//! However it ends, and whoever does not answer, it ends in time: before a
//! preface, while idle, while an answer is not read, and when the sidecar stops;
//! and at once when what it has proved no longer holds.

use std::future::pending;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http2::Builder;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, sleep_until, timeout};

use super::activity::Activity;
use super::entrance::Visitor;
use super::preface;
use super::service::{OfConnection, Services};
use super::tls::Trust;
use crate::lifecycle::{Lifecycle, Phase};
use crate::rpc::limits::ConnectionLimits;
use crate::rpc::load::Places;
use crate::telemetry::{Gauge, Metrics};

/// How long a connection that was told to end, and has no call in flight, may
/// take to say that it has understood.
const LINGER: Duration = Duration::from_secs(1);
/// How long an answer may wait without a byte of it being taken.
const UNREAD: Duration = Duration::from_secs(30);

/// What every connection is served with.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) http2: Builder<TokioExecutor>,
    pub(super) limits: ConnectionLimits,
    pub(super) lifecycle: Lifecycle,
    pub(super) metrics: Arc<Metrics>,
}

impl Rules {
    /// Serves one connection of a visitor until its end, and no longer than it is
    /// trusted.
    pub(super) async fn serve<I>(
        &self,
        io: I,
        services: Arc<Services>,
        visitor: Option<Arc<Visitor>>,
        mut trust: Option<Trust>,
    ) where
        I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let opened = tokio::select! {
            opened = timeout(self.limits.preface, preface::open(io)) => opened,
            // Nobody has asked anything yet.
            () = self.lifecycle.reached(Phase::Finishing) => return,
        };
        let io = match opened {
            Ok(Ok(io)) => TokioIo::new(io),
            Ok(Err(error)) => return tracing::debug!("no connection of HTTP/2: {error}"),
            Err(_) => {
                self.metrics.limit_hit("preface");
                return tracing::debug!("a connection did not say in time what it is");
            }
        };

        let activity = Activity::new();
        let service = OfConnection {
            services,
            places: Places::new(Gauge::default(), self.limits.calls),
            activity: Arc::clone(&activity),
            visitor,
        };
        let mut connection = pin!(self.http2.serve_connection(io, service));
        let mut finishing = pin!(self.lifecycle.reached(Phase::Finishing));
        let mut patience = Patience::new(self.limits.idle);
        let mut lost = pin!(async {
            match &mut trust {
                Some(trust) => trust.lost().await,
                None => pending().await,
            }
        });
        loop {
            tokio::select! {
                ended = connection.as_mut() => {
                    if let Err(error) = ended {
                        tracing::debug!("a connection ended with an error: {error}");
                    }
                    return;
                }
                why = lost.as_mut() => {
                    return tracing::warn!("a connection was cut off: its certificate is no longer good: {why}");
                }
                () = finishing.as_mut(), if !patience.ending => {
                    patience.end(LINGER);
                    connection.as_mut().graceful_shutdown();
                }
                () = sleep_until(patience.next) => match patience.look(&activity) {
                    Verdict::Go => {}
                    Verdict::Idle => {
                        self.metrics.limit_hit("idle");
                        patience.end(LINGER);
                        connection.as_mut().graceful_shutdown();
                    }
                    Verdict::CutOff => return,
                },
            }
        }
    }
}

/// How long a connection is put up with.
#[derive(Debug)]
struct Patience {
    /// With a connection that has no call in flight.
    quiet: Duration,
    /// Counted from here at the earliest.
    from: Instant,
    /// It was told to end.
    ending: bool,
    /// When the last turn of answers that wait began.
    turned: Instant,
    /// When to look next.
    next: Instant,
}

/// What becomes of a connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Verdict {
    /// It goes on.
    Go,
    /// It is asked to end.
    Idle,
    /// It has been put up with for long enough.
    CutOff,
}

impl Patience {
    fn new(quiet: Duration) -> Self {
        let now = Instant::now();
        Self { quiet, from: now, ending: false, turned: now, next: now }
    }

    /// It is told to end; quiet it may be for so long from now on.
    fn end(&mut self, quiet: Duration) {
        *self = Self { ending: true, turned: self.turned, ..Self::new(quiet) };
    }

    fn look(&mut self, activity: &Activity) -> Verdict {
        let now = Instant::now();
        if self.turned + UNREAD / 3 <= now {
            self.turned = now;
            if activity.turn() {
                return Verdict::CutOff;
            }
        }
        // A call that is in flight now cannot end before now.
        let quiet_until = activity.quiet_since().unwrap_or(now).max(self.from) + self.quiet;
        if quiet_until <= now {
            return if self.ending { Verdict::CutOff } else { Verdict::Idle };
        }
        self.next = quiet_until.min(now + UNREAD / 3);
        Verdict::Go
    }
}

#[cfg(test)]
mod tests;
