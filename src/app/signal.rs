//! The signals that a process is told things by.

use std::io;

use tokio::signal::unix::{Signal as Signals, SignalKind, signal};

/// What the process is told.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Signal {
    /// SIGTERM or SIGINT: to end; told again, at once.
    Stop,
    /// SIGQUIT: to end at once.
    StopNow,
    /// SIGHUP: to look at its sources again.
    Reload,
}

/// The signals that the process is sent, one after the other.
#[derive(Debug)]
pub struct SignalWatch {
    terminate: Signals,
    interrupt: Signals,
    quit: Signals,
    hangup: Signals,
}

impl SignalWatch {
    /// Listens from now on; none of them ends the process by itself any more.
    ///
    /// # Errors
    ///
    /// What the system says if it will not deliver them.
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    /// Waits for the next one.
    pub async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.terminate.recv() => Signal::Stop,
            _ = self.interrupt.recv() => Signal::Stop,
            _ = self.quit.recv() => Signal::StopNow,
            _ = self.hangup.recv() => Signal::Reload,
        }
    }
}
