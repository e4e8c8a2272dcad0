//! What every listener serves: the data plane, health and reflection, behind the
//! limits of a connection.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use tonic::transport::server::Router;
use tonic_health::pb::health_server::HealthServer;

use super::{Config, StartError};
use crate::lifecycle::Lifecycle;
use crate::rpc::limits::ConnectionLimits;
use crate::rpc::{AuthorizationDoor, HealthOf, ListenerScope, Shared};
use crate::store::Store;
use crate::telemetry::Metrics;
use crate::wire::api;

/// The most bytes of a request for health or reflection: a name.
const NAME_REQUEST_BYTES: usize = 4096;

/// The services, the store that they answer from, and their health.
pub(super) struct Server {
    pub(super) shared: Arc<Shared>,
    pub(super) lifecycle: Lifecycle,
    base: Router,
}

impl Server {
    pub(super) fn new(config: &Config) -> Result<Self, StartError> {
        let lifecycle = Lifecycle::default();
        let health_service = HealthServer::new(HealthOf(lifecycle.clone()));
        let reflection = tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(api::DESCRIPTORS)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
            .build_v1()
            .map_err(StartError::Reflection)?
            .max_decoding_message_size(NAME_REQUEST_BYTES);
        let base = limited(&config.limits.connection)
            .add_service(health_service.max_decoding_message_size(NAME_REQUEST_BYTES))
            .add_service(reflection);
        let shared = Arc::new(Shared {
            store: Arc::new(Store::default()),
            clock: config.clock,
            limits: config.limits.clone(),
            metrics: Arc::new(Metrics::new()),
            origin: random(),
        });
        Ok(Self { shared, lifecycle, base })
    }

    /// What a listener of this scope serves.
    pub(super) fn router(&self, scope: ListenerScope) -> Router {
        self.base.clone().add_service(AuthorizationDoor::new(Arc::clone(&self.shared), scope))
    }
}

/// A number that another process is not likely to draw: the seed of this process's
/// hash maps.
fn random() -> u64 {
    RandomState::new().hash_one(())
}

/// A server with every limit set.
fn limited(limits: &ConnectionLimits) -> tonic::transport::Server {
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
        preface: _,
        idle: _,
    } = limits;
    tonic::transport::Server::builder()
        .accept_http1(false)
        .max_concurrent_streams(*concurrent_streams)
        .http2_max_header_list_size(*header_list_bytes)
        .max_frame_size(*frame_bytes)
        .http2_adaptive_window(Some(false))
        .initial_stream_window_size(*stream_window_bytes)
        .initial_connection_window_size(*connection_window_bytes)
        .http2_max_pending_accept_reset_streams(Some(*pending_accept_resets))
        .http2_max_local_error_reset_streams(Some(*local_resets))
        .http2_keepalive_interval(Some(*keepalive))
        .http2_keepalive_timeout(Some(*keepalive_timeout))
}
