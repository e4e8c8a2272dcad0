//! What listeners serve: the data plane, each with its scope; policy, the same on
//! all admin listeners; and the standard services.

use std::sync::Arc;

use prost::Message;
use prost_types::{FileDescriptorProto, FileDescriptorSet, ServiceDescriptorProto};
use tonic::service::Routes;
use tonic_health::pb::health_server::HealthServer;

use super::{Config, Installer, Source, StartError};
use crate::lifecycle::{Freshness, Lifecycle};
use crate::rpc::{AdminDoor, AuthorizationDoor, HealthOf, ListenerScope, PolicyPlane, Shared, access};
use crate::serve::{Doors, Services};
use crate::sync::push::Pusher;
use crate::wire::api;

/// The most bytes of a request for health or reflection: a name.
const NAME_REQUEST_BYTES: usize = 4096;

/// The services, the store that they answer from, and how far the end has come.
pub(super) struct Server {
    pub(super) shared: Arc<Shared>,
    pub(super) lifecycle: Lifecycle,
    /// Of the data plane: health and reflection.
    standard: Routes,
    /// Of admin listeners: health.
    health: Routes,
}

impl Server {
    pub(super) fn new(config: &Config) -> Result<Self, StartError> {
        let lifecycle = Lifecycle::default();
        let health = HealthServer::new(HealthOf(lifecycle.clone()));
        let health = health.max_decoding_message_size(NAME_REQUEST_BYTES);
        let mut described = FileDescriptorSet::decode(api::DESCRIPTORS).map_err(StartError::Descriptors)?;
        // Whoever can ask here learns nothing of what is answered elsewhere.
        described.file.retain(is_of_the_data_plane);
        let reflection = tonic_reflection::server::Builder::configure()
            .register_file_descriptor_set(described)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
            .build_v1()
            .map_err(StartError::Reflection)?;
        let standard = Routes::new(health.clone())
            .add_service(reflection.max_decoding_message_size(NAME_REQUEST_BYTES))
            .prepare();
        let health = Routes::new(health).prepare();
        let freshness = Freshness::new(config.max_staleness);
        let shared = Arc::new(Shared::new(config.clock, config.limits.clone(), freshness));
        Ok(Self { shared, lifecycle, standard, health })
    }

    /// What puts policy in force here.
    pub(super) fn installer(&self) -> Installer {
        Installer {
            store: Arc::clone(&self.shared.store),
            metrics: Arc::clone(&self.shared.metrics),
            lifecycle: self.lifecycle.clone(),
            freshness: self.shared.freshness.clone(),
        }
    }

    /// What a listener of this scope serves.
    pub(super) fn services(&self, scope: ListenerScope) -> Arc<Services> {
        let door = AuthorizationDoor::new(Arc::clone(&self.shared), scope);
        Arc::new(Services { door: Doors::DataPlane(door), standard: self.standard.clone() })
    }

    /// What admin listeners serve.
    pub(super) fn admin_services(&self, source: Source, pusher: Option<Pusher>) -> Arc<Services> {
        let service = PolicyPlane::new(Arc::clone(&self.shared), source.name(), pusher);
        let door = AdminDoor::new(Arc::clone(&self.shared), service);
        Arc::new(Services { door: Doors::Admin(door), standard: self.health.clone() })
    }
}

/// Whether every service of a file is answered on the data plane.
fn is_of_the_data_plane(file: &FileDescriptorProto) -> bool {
    let name = |service: &ServiceDescriptorProto| format!("{}.{}", file.package(), service.name());
    file.service.iter().all(|service| access::is_of_the_data_plane(&name(service)))
}
