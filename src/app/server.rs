//! What listeners serve: the data plane, each with its scope, and the standard
//! services, the same for all.

use std::sync::Arc;

use tonic::service::Routes;
use tonic_health::pb::health_server::HealthServer;

use super::{Config, StartError};
use crate::lifecycle::{Freshness, Lifecycle};
use crate::rpc::{AuthorizationDoor, HealthOf, ListenerScope, Shared};
use crate::serve::Services;
use crate::wire::api;

/// The most bytes of a request for health or reflection: a name.
const NAME_REQUEST_BYTES: usize = 4096;

/// The services, the store that they answer from, and how far the end has come.
pub(super) struct Server {
    pub(super) shared: Arc<Shared>,
    pub(super) lifecycle: Lifecycle,
    standard: Routes,
}

impl Server {
    pub(super) fn new(config: &Config) -> Result<Self, StartError> {
        let lifecycle = Lifecycle::default();
        let health = HealthServer::new(HealthOf(lifecycle.clone()));
        let reflection = tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(api::DESCRIPTORS)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
            .build_v1()
            .map_err(StartError::Reflection)?;
        let standard = Routes::new(health.max_decoding_message_size(NAME_REQUEST_BYTES))
            .add_service(reflection.max_decoding_message_size(NAME_REQUEST_BYTES))
            .prepare();
        let freshness = Freshness::new(config.max_staleness);
        let shared = Arc::new(Shared::new(config.clock, config.limits.clone(), freshness));
        Ok(Self { shared, lifecycle, standard })
    }

    /// What a listener of this scope serves.
    pub(super) fn services(&self, scope: ListenerScope) -> Arc<Services> {
        let door = AuthorizationDoor::new(Arc::clone(&self.shared), scope);
        Arc::new(Services { door, standard: self.standard.clone() })
    }
}
