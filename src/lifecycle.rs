//! From before the first policy to the end: what the sidecar is doing.
//!
//! One state, which health, readiness, listeners and connections all watch, so
//! that they cannot tell different stories.
//!
//! Invariants:
//!
//! 1. *Never back.* Phases only move on; once there is a policy there is one.
//! 2. *Ready means able.* Ready is exactly: a policy that may be answered from, and
//!    not stopping.

mod freshness;

use std::sync::Arc;

use tokio::sync::watch;

pub(crate) use freshness::Freshness;

/// How far the end has come.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub enum Phase {
    /// Nobody has asked it to stop.
    #[default]
    Serving,
    /// The end is announced: health says `NOT_SERVING`, and everything is still
    /// accepted and answered, for whoever has not heard.
    Announced,
    /// Nothing new is accepted; calls in flight are answered.
    Finishing,
    /// What is still open is cut off.
    Forced,
}

/// What the sidecar is doing.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct State {
    /// How far the end has come.
    pub(crate) phase: Phase,
    /// Whether there is a policy.
    pub(crate) policy: bool,
    /// Its source has been silent for longer than is answered without it.
    pub(crate) too_old: bool,
}

/// Why a sidecar is not ready.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum NotReady {
    #[error("no policy yet")]
    NoPolicy,
    #[error("the source of policy has been silent for too long")]
    TooOld,
    #[error("stopping")]
    Stopping,
}

/// The state, and whoever watches it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lifecycle(Arc<watch::Sender<State>>);

impl State {
    /// Whether questions should be sent here.
    pub(crate) fn ready(self) -> Result<(), NotReady> {
        match self {
            Self { phase: Phase::Serving, policy: true, too_old: false } => Ok(()),
            Self { phase: Phase::Serving, policy: false, .. } => Err(NotReady::NoPolicy),
            Self { phase: Phase::Serving, policy: true, too_old: true } => Err(NotReady::TooOld),
            Self { phase: Phase::Announced | Phase::Finishing | Phase::Forced, .. } => {
                Err(NotReady::Stopping)
            }
        }
    }
}

impl Lifecycle {
    /// What it is doing now.
    pub(crate) fn state(&self) -> State {
        *self.0.borrow()
    }

    /// Follows what it is doing.
    pub(crate) fn watch(&self) -> watch::Receiver<State> {
        self.0.subscribe()
    }

    /// There is a policy from now on.
    pub(crate) fn policy_in_force(&self) {
        self.0.send_if_modified(|state| !std::mem::replace(&mut state.policy, true));
    }

    /// The policy is from now on too old to be answered from, or no longer. Returns
    /// whether that is news.
    pub(crate) fn policy_is_too_old(&self, too_old: bool) -> bool {
        self.0.send_if_modified(|state| std::mem::replace(&mut state.too_old, too_old) != too_old)
    }

    /// Moves on to a phase, unless it is there or further already.
    pub(crate) fn advance(&self, to: Phase) {
        self.0.send_if_modified(|state| {
            let moves = state.phase < to;
            state.phase = state.phase.max(to);
            moves
        });
    }

    /// Waits until a phase, or a later one, has come.
    pub(crate) async fn reached(&self, phase: Phase) {
        // The sender lives in `self`, so this ends only by coming true.
        let _ = self.watch().wait_for(|state| state.phase >= phase).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ready_means_a_policy_and_not_stopping() {
        let lifecycle = Lifecycle::default();
        assert_eq!(lifecycle.state().ready(), Err(NotReady::NoPolicy));
        lifecycle.policy_in_force();
        assert_eq!(lifecycle.state().ready(), Ok(()));
        for phase in [Phase::Announced, Phase::Finishing, Phase::Forced] {
            lifecycle.advance(phase);
            assert_eq!(lifecycle.state().ready(), Err(NotReady::Stopping));
        }
    }

    #[test]
    fn phases_never_go_back() {
        let lifecycle = Lifecycle::default();
        lifecycle.advance(Phase::Forced);
        let watching = lifecycle.watch();
        lifecycle.advance(Phase::Announced);
        assert_eq!(lifecycle.state().phase, Phase::Forced);
        assert!(!watching.has_changed().unwrap(), "nobody is woken for nothing");
    }
}
