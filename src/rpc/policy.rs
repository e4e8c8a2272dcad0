//! `PolicyService`, before it is built: every call is told that it is not
//! answered.

use std::sync::Arc;

use tonic::{Request, Response, Status, Streaming};

use super::refusal::Refusal;
use super::shared::Shared;
use crate::wire::api;
use crate::wire::api::policy_service_server::PolicyService;

/// The service of all admin listeners.
#[derive(Clone, Debug)]
pub(crate) struct Policy(pub(crate) Arc<Shared>);

impl Policy {
    fn not_yet<T>(&self, method: &'static str) -> Result<Response<T>, Status> {
        Err(self.0.refuse(&Refusal::NotImplemented { method }))
    }
}

#[tonic::async_trait]
impl PolicyService for Policy {
    async fn push(
        &self,
        _: Request<Streaming<api::PushRequest>>,
    ) -> Result<Response<api::PushResponse>, Status> {
        self.not_yet("Push")
    }

    async fn rollback(
        &self,
        _: Request<api::RollbackRequest>,
    ) -> Result<Response<api::PushResponse>, Status> {
        self.not_yet("Rollback")
    }

    async fn get_status(
        &self,
        _: Request<api::GetStatusRequest>,
    ) -> Result<Response<api::GetStatusResponse>, Status> {
        self.not_yet("GetStatus")
    }

    async fn list_revisions(
        &self,
        _: Request<api::ListRevisionsRequest>,
    ) -> Result<Response<api::ListRevisionsResponse>, Status> {
        self.not_yet("ListRevisions")
    }

    async fn list_tenants(
        &self,
        _: Request<api::ListTenantsRequest>,
    ) -> Result<Response<api::ListTenantsResponse>, Status> {
        self.not_yet("ListTenants")
    }

    async fn get_tenant(
        &self,
        _: Request<api::GetTenantRequest>,
    ) -> Result<Response<api::GetTenantResponse>, Status> {
        self.not_yet("GetTenant")
    }

    async fn list_roles(
        &self,
        _: Request<api::ListRolesRequest>,
    ) -> Result<Response<api::ListRolesResponse>, Status> {
        self.not_yet("ListRoles")
    }

    async fn list_members(
        &self,
        _: Request<api::ListMembersRequest>,
    ) -> Result<Response<api::ListMembersResponse>, Status> {
        self.not_yet("ListMembers")
    }

    async fn describe_app(
        &self,
        _: Request<api::DescribeAppRequest>,
    ) -> Result<Response<api::DescribeAppResponse>, Status> {
        self.not_yet("DescribeApp")
    }

    async fn get_model(
        &self,
        _: Request<api::GetModelRequest>,
    ) -> Result<Response<api::GetModelResponse>, Status> {
        self.not_yet("GetModel")
    }

    async fn list_apps(
        &self,
        _: Request<api::ListAppsRequest>,
    ) -> Result<Response<api::ListAppsResponse>, Status> {
        self.not_yet("ListApps")
    }
}
