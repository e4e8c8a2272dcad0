//! HTTP/2 with every limit set.

use hyper::server::conn::http2::Builder;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use crate::rpc::limits::ConnectionLimits;

/// Bytes of one call's answer that are made ready before the other side takes them.
const SEND_BUFFER_BYTES: usize = 64 * 1024;
/// Bytes of headers that are remembered to be sent short.
const HEADER_TABLE_BYTES: u32 = 4096;

/// What serves a connection.
pub(super) fn builder(limits: &ConnectionLimits) -> Builder<TokioExecutor> {
    let ConnectionLimits {
        concurrent_streams,
        header_list_bytes,
        frame_bytes,
        stream_window_bytes,
        connection_window_bytes,
        pending_accept_resets,
        local_resets,
        keepalive,
        keepalive_timeout,
        calls: _,
        handshake: _,
        preface: _,
        idle: _,
    } = limits;
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .timer(TokioTimer::new())
        .adaptive_window(false)
        .max_concurrent_streams(*concurrent_streams)
        .max_header_list_size(*header_list_bytes)
        .max_frame_size(*frame_bytes)
        .initial_stream_window_size(*stream_window_bytes)
        .initial_connection_window_size(*connection_window_bytes)
        .max_pending_accept_reset_streams(*pending_accept_resets)
        .max_local_error_reset_streams(*local_resets)
        .keep_alive_interval(*keepalive)
        .keep_alive_timeout(*keepalive_timeout)
        .max_send_buf_size(SEND_BUFFER_BYTES)
        .header_table_size(HEADER_TABLE_BYTES)
        // gRPC has no use for it.
        .auto_date_header(false);
    builder
}
