//! The limits on what callers may send and hold: every one in one place.
//!
//! None is left to a library's default. Reaching one is an error that names it
//! by its key in the configuration, which is its name in the proto's `Limits` if
//! a caller of the data plane can reach it.

use std::time::Duration;

use super::refusal::ByteLimit;
use crate::decide::RequestLimits;

/// Every limit on callers, of the data plane and of admin listeners.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Limits {
    /// What one question may carry.
    pub question: RequestLimits,
    /// Bytes of a Check request.
    pub check_request_bytes: usize,
    /// Bytes of a BatchCheck request.
    pub batch_request_bytes: usize,
    /// Questions in a batch, an item counting once for each action.
    pub batch_checks: usize,
    /// Bytes of a ListAllowed request.
    pub list_request_bytes: usize,
    /// Candidates of a list.
    pub candidates: usize,
    /// Answers in a page of a list.
    pub page_size: usize,
    /// Decisions made for a page of a list.
    pub page_decisions: usize,
    /// Bytes of a response.
    pub response_bytes: usize,
    /// How long a call may take.
    pub deadlines: Deadlines,
    /// How much is taken on at a time.
    pub load: LoadLimits,
    /// What a connection may hold.
    pub connection: ConnectionLimits,
    /// What pushes of policy may hold.
    pub push: PushLimits,
    /// How a revision is waited for.
    pub revisions: RevisionLimits,
    /// How the sidecar stops.
    pub drain: Drain,
}

/// How long a call may take.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Deadlines {
    /// A call whose caller gives no deadline.
    pub call: Duration,
    /// A call, whatever its caller says.
    pub call_most: Duration,
    /// A list whose caller gives no deadline.
    pub list: Duration,
    /// A list, whatever its caller says.
    pub list_most: Duration,
}

/// How much is taken on at a time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct LoadLimits {
    /// Connections of all listeners of the data plane. One more waits until
    /// another ends.
    pub connections: usize,
    /// Calls in flight of all connections.
    pub calls: usize,
}

/// What a connection may hold.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ConnectionLimits {
    /// Calls in flight.
    pub calls: usize,
    /// Calls at a time, as HTTP/2 announces it.
    pub concurrent_streams: u32,
    /// Bytes of the headers of a call.
    pub header_list_bytes: u32,
    /// Bytes of one frame.
    pub frame_bytes: u32,
    /// Bytes under way in one call.
    pub stream_window_bytes: u32,
    /// Bytes under way in all calls.
    pub connection_window_bytes: u32,
    /// Calls that were reset before they were looked at.
    pub pending_accept_resets: usize,
    /// Calls that the sidecar has reset.
    pub local_resets: usize,
    /// How often the other side is asked whether it still lives.
    pub keepalive: Duration,
    /// How long it may take to say so.
    pub keepalive_timeout: Duration,
    /// How long it may take to prove who calls, where it has to.
    pub handshake: Duration,
    /// From there, or from its beginning, to its first frame.
    pub preface: Duration,
    /// How long it may go without a call.
    pub idle: Duration,
}

/// What pushes of policy may hold, and how much is taken on of them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PushLimits {
    /// Connections of all admin listeners. One more waits until another ends.
    pub connections: usize,
    /// Bytes of one message of a push, and of any other request there.
    pub message_bytes: usize,
    /// How long the next message of a push may take to arrive.
    pub message_deadline: Duration,
    /// Bytes of a set that has a base.
    pub set_bytes: usize,
    /// Changes of a set that has a base.
    pub set_changes: usize,
    /// Sets that wait to be applied.
    pub waiting: usize,
    /// Whole loads at a time.
    pub whole_loads: usize,
    /// How far above what is held a pushed epoch or revision may be.
    pub revision_ahead: u64,
}

/// How a question waits for the revision that it wants at least.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RevisionLimits {
    /// How long.
    pub wait: Duration,
    /// Questions that wait at a time.
    pub waiters: usize,
    /// How far above what is held a revision may be to be waited for.
    pub ahead: u64,
}

/// How the sidecar stops.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Drain {
    /// How long it goes on serving, for whoever has not heard yet.
    pub keep_serving: Duration,
    /// How long calls in flight then have left.
    pub finish: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            question: RequestLimits::default(),
            check_request_bytes: 256 * KIB,
            batch_request_bytes: 1024 * KIB,
            batch_checks: 1000,
            list_request_bytes: 4096 * KIB,
            candidates: 10_000,
            page_size: 1000,
            page_decisions: 20_000,
            response_bytes: 4096 * KIB,
            deadlines: Deadlines::default(),
            load: LoadLimits::default(),
            connection: ConnectionLimits::default(),
            push: PushLimits::default(),
            revisions: RevisionLimits::default(),
            drain: Drain::default(),
        }
    }
}

const KIB: usize = 1024;

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            call: Duration::from_secs(1),
            call_most: Duration::from_secs(10),
            list: Duration::from_secs(3),
            list_most: Duration::from_secs(30),
        }
    }
}

impl Default for LoadLimits {
    fn default() -> Self {
        Self { connections: 256, calls: 1024 }
    }
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            calls: 200,
            concurrent_streams: 200,
            header_list_bytes: 16 * 1024,
            frame_bytes: 16 * 1024,
            stream_window_bytes: 64 * 1024,
            connection_window_bytes: 1024 * 1024,
            pending_accept_resets: 20,
            local_resets: 128,
            keepalive: Duration::from_secs(20),
            keepalive_timeout: Duration::from_secs(10),
            handshake: Duration::from_secs(5),
            preface: Duration::from_secs(5),
            idle: Duration::from_secs(300),
        }
    }
}

impl Default for PushLimits {
    fn default() -> Self {
        Self {
            connections: 64,
            message_bytes: 4096 * KIB,
            message_deadline: Duration::from_secs(60),
            set_bytes: 16 * 1024 * KIB,
            set_changes: 100_000,
            waiting: 1024,
            whole_loads: 2,
            revision_ahead: 1 << 32,
        }
    }
}

impl Default for RevisionLimits {
    fn default() -> Self {
        Self { wait: Duration::from_secs(1), waiters: 256, ahead: 10_000 }
    }
}

impl Default for Drain {
    fn default() -> Self {
        Self { keep_serving: Duration::from_secs(5), finish: Duration::from_secs(10) }
    }
}

impl Limits {
    /// The limit on the size of a Check request, by name.
    pub(crate) const fn check_request(&self) -> ByteLimit {
        ByteLimit { name: "check_request_bytes", bytes: self.check_request_bytes }
    }

    /// The limit on the size of a BatchCheck request, by name.
    pub(crate) const fn batch_request(&self) -> ByteLimit {
        ByteLimit { name: "batch_request_bytes", bytes: self.batch_request_bytes }
    }

    /// The limit on the size of a ListAllowed request, by name.
    pub(crate) const fn list_request(&self) -> ByteLimit {
        ByteLimit { name: "list_request_bytes", bytes: self.list_request_bytes }
    }

    /// The limit on the size of a message on an admin listener, by name.
    pub(crate) const fn push_message(&self) -> ByteLimit {
        ByteLimit { name: "push_message_bytes", bytes: self.push.message_bytes }
    }

    /// The limit on the size of a response, by name.
    pub(crate) const fn response(&self) -> ByteLimit {
        ByteLimit { name: "response_bytes", bytes: self.response_bytes }
    }
}
