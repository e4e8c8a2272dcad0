//! The limits on what callers may send and hold: every one in one place.
//!
//! None is left to a library's default. Reaching one is an error that names it
//! by its name in the proto's `Limits`.

use std::time::Duration;

use super::refusal::ByteLimit;
use crate::decide::RequestLimits;

/// Every limit of the data plane.
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
    /// Bytes of a response.
    pub response_bytes: usize,
    /// What a connection may hold.
    pub connection: ConnectionLimits,
    /// How long calls in flight may go on once the sidecar is told to stop.
    pub drain: Duration,
}

/// What a connection may hold.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ConnectionLimits {
    /// Calls at a time.
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
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            question: RequestLimits::default(),
            check_request_bytes: 256 * KIB,
            batch_request_bytes: 1024 * KIB,
            batch_checks: 1000,
            list_request_bytes: 4096 * KIB,
            response_bytes: 4096 * KIB,
            connection: ConnectionLimits::default(),
            drain: Duration::from_secs(15),
        }
    }
}

const KIB: usize = 1024;

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            concurrent_streams: 200,
            header_list_bytes: 16 * 1024,
            frame_bytes: 16 * 1024,
            stream_window_bytes: 64 * 1024,
            connection_window_bytes: 1024 * 1024,
            pending_accept_resets: 20,
            local_resets: 128,
            keepalive: Duration::from_secs(20),
            keepalive_timeout: Duration::from_secs(10),
        }
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

    /// The limit on the size of a response, by name.
    pub(crate) const fn response(&self) -> ByteLimit {
        ByteLimit { name: "response_bytes", bytes: self.response_bytes }
    }
}
