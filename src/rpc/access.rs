//! The table of every method: on which listeners it is answered, and what a
//! caller needs; and what changes of policy need of whoever pushes them.
//!
//! Invariants:
//!
//! 1. *No method without an entry.* What the table does not have is answered
//!    nowhere, and a test holds it against the descriptors.
//! 2. *Pure.* Who may do what is told by the caller and the change alone, not by
//!    what is held.
//!
//! Who the caller is has been found out before: see `identity`.

use super::identity::{Caller, May};
use super::refusal::{Lacking, Refusal};
use crate::document::Change;

/// A method of a service.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Method {
    /// The service's full name.
    pub(crate) service: &'static str,
    /// The method's name.
    pub(crate) name: &'static str,
    /// Where it is answered.
    pub(crate) on: On,
    /// What a caller needs on an admin listener.
    pub(crate) needs: Needs,
}

/// The listeners that a method is answered on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum On {
    /// Those of the data plane.
    Data,
    /// Admin listeners.
    Admin,
    /// All.
    Both,
}

/// What a caller needs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Needs {
    /// To have got there.
    Nothing,
    /// To be one that the configuration names. What it may see is found out by its
    /// tenants.
    Identity,
    /// That, and to be allowed what is changed.
    Changes,
}

const AUTHORIZATION: &str = "sidegate.v1.AuthorizationService";
const POLICY: &str = "sidegate.v1.PolicyService";
const HEALTH: &str = "grpc.health.v1.Health";
const REFLECTION: &str = "grpc.reflection.v1.ServerReflection";

/// Every method, in the order of the protos.
pub(crate) const METHODS: [Method; 18] = [
    data(AUTHORIZATION, "Check"),
    data(AUTHORIZATION, "BatchCheck"),
    data(AUTHORIZATION, "ListAllowed"),
    data(AUTHORIZATION, "GetCapabilities"),
    policy("Push", Needs::Changes),
    policy("Rollback", Needs::Changes),
    policy("GetStatus", Needs::Identity),
    policy("ListRevisions", Needs::Identity),
    policy("ListTenants", Needs::Identity),
    policy("GetTenant", Needs::Identity),
    policy("ListRoles", Needs::Identity),
    policy("ListMembers", Needs::Identity),
    policy("DescribeApp", Needs::Identity),
    policy("GetModel", Needs::Identity),
    policy("ListApps", Needs::Identity),
    Method { service: HEALTH, name: "Check", on: On::Both, needs: Needs::Nothing },
    Method { service: HEALTH, name: "Watch", on: On::Both, needs: Needs::Nothing },
    data(REFLECTION, "ServerReflectionInfo"),
];

const fn data(service: &'static str, name: &'static str) -> Method {
    Method { service, name, on: On::Data, needs: Needs::Nothing }
}

const fn policy(name: &'static str, needs: Needs) -> Method {
    Method { service: POLICY, name, on: On::Admin, needs }
}

impl Method {
    /// The method at a path.
    pub(crate) fn at(path: &str) -> Option<&'static Self> {
        static TABLE: [Method; METHODS.len()] = METHODS;
        let (service, name) = path.strip_prefix('/')?.split_once('/')?;
        TABLE.iter().find(|method| method.service == service && method.name == name)
    }
}

/// Whether a service is answered on the data plane, by its full name.
pub(crate) fn is_of_the_data_plane(service: &str) -> bool {
    METHODS.iter().any(|method| method.service == service && method.on != On::Admin)
}

impl Caller {
    /// Whether it may make a change.
    pub(crate) fn may_change(&self, change: &Change) -> Result<(), Refusal> {
        match change {
            Change::PutModel(_) => self.may(May::Model),
            Change::PutApp(_) | Change::DeleteApp(_) => self.may(May::Apps),
            Change::PutTenant(tenant) => self.may_change_tenant(&tenant.id),
            Change::DeleteTenant(tenant) | Change::InTenant(tenant, _) => self.may_change_tenant(tenant),
        }
    }

    /// Whether it may change a tenant, or roll it back.
    pub(crate) fn may_change_tenant(&self, tenant: &str) -> Result<(), Refusal> {
        self.may(May::Tenants)?;
        self.may_see(tenant)
    }

    /// Whether it may put the whole policy, or roll all of it back.
    pub(crate) fn may_change_everything(&self) -> Result<(), Refusal> {
        let may = May::ALL.into_iter().all(|what| self.may(what).is_ok());
        if may && self.sees_all() { Ok(()) } else { Err(Refusal::CallerNotAllowed(Lacking::Everything)) }
    }

    /// Whether it may see a tenant.
    pub(crate) fn may_see(&self, tenant: &str) -> Result<(), Refusal> {
        if self.sees(tenant) { Ok(()) } else { Err(Refusal::CallerNotAllowed(Lacking::Tenant)) }
    }
}

#[cfg(test)]
mod tests;
