//! Changes, written as messages: the reverse of `read`.
//!
//! Each kind of change is put together here, and what it puts in `write/content`.
//! Equal changes are equal messages, and those have equal bytes.

pub(super) mod content;

use crate::document::{Change, Expected, Header, Part, References, TenantChange};
use crate::model::Key;
use crate::wire::answer::revision;
use crate::wire::api;
use crate::wire::api::change::Kind;
use content::{
    write_acl_entry, write_acl_subject, write_app, write_group, write_install, write_member,
    write_registered, write_role, write_switches, write_tenant,
};

/// Writes what a change set is and what it is made against.
pub(crate) fn write_header(header: &Header, validate_only: bool) -> api::PushHeader {
    let Header { revision: reached, base, shrink, expected } = header;
    api::PushHeader {
        epoch: reached.epoch,
        revision: reached.number,
        base_revision: base.map(|base| base.number),
        replace_all: base.is_none(),
        shrink: *shrink,
        expected: expected.iter().map(write_expected).collect(),
        validate_only,
    }
}

fn write_expected(expected: &Expected) -> api::Expected {
    let Expected { part, revision: last } = expected;
    let part = match part {
        Part::Model => api::expected::Part::Model(api::ModelPart {}),
        Part::Tenant(id) => api::expected::Part::Tenant(id.clone()),
        Part::App(key) => api::expected::Part::App(write_principal(key)),
    };
    api::Expected { part: Some(part), revision: last.map(revision) }
}

/// Writes a change.
pub(crate) fn write_change(change: &Change) -> api::Change {
    let kind = match change {
        Change::PutModel(document) => Kind::PutModel(api::PutModel { document: document.clone() }),
        Change::PutTenant(tenant) => {
            Kind::PutTenant(api::PutTenant { tenant: tenant.id.clone(), content: Some(write_tenant(tenant)) })
        }
        Change::DeleteTenant(id) => Kind::DeleteTenant(api::DeleteTenant { tenant: id.clone() }),
        Change::InTenant(tenant, change) => write_inside(tenant.clone(), change),
        Change::PutApp(app) => {
            Kind::PutApp(api::PutApp { app: Some(write_principal(&app.id)), content: Some(write_app(app)) })
        }
        Change::DeleteApp(key) => Kind::DeleteApp(api::DeleteApp { app: Some(write_principal(key)) }),
    };
    api::Change { kind: Some(kind) }
}

fn write_inside(tenant: String, change: &TenantChange) -> Kind {
    match change {
        TenantChange::PutPlan(plan) => Kind::PutPlan(api::PutPlan { tenant, plan: plan.value.clone() }),
        TenantChange::DeletePlan => Kind::DeletePlan(api::DeletePlan { tenant }),
        TenantChange::PutRole(role, content) => {
            Kind::PutRole(api::PutRole { tenant, role: role.clone(), content: Some(write_role(content)) })
        }
        TenantChange::DeleteRole(role, named) => {
            Kind::DeleteRole(api::DeleteRole { tenant, role: role.clone(), references: references(*named) })
        }
        TenantChange::PutGroup(group, content) => Kind::PutGroup(api::PutGroup {
            tenant,
            group: group.clone(),
            content: Some(write_group(content)),
        }),
        TenantChange::DeleteGroup(group, named) => Kind::DeleteGroup(api::DeleteGroup {
            tenant,
            group: group.clone(),
            references: references(*named),
        }),
        TenantChange::PutMember(key, content) => Kind::PutMember(api::PutMember {
            tenant,
            member: Some(write_principal(key)),
            content: Some(write_member(content)),
        }),
        TenantChange::DeleteMember(key, named) => Kind::DeleteMember(api::DeleteMember {
            tenant,
            member: Some(write_principal(key)),
            references: references(*named),
        }),
        TenantChange::PutResource(key, content) => Kind::PutResource(api::PutResource {
            tenant,
            resource: Some(write_resource(key)),
            content: Some(write_registered(content)),
        }),
        TenantChange::DeleteResource(key, named) => Kind::DeleteResource(api::DeleteResource {
            tenant,
            resource: Some(write_resource(key)),
            references: references(*named),
        }),
        TenantChange::PutAclEntry(key, subject, entry) => Kind::PutAclEntry(api::PutAclEntry {
            tenant,
            resource: Some(write_resource(key)),
            entry: Some(write_acl_entry(subject, entry)),
        }),
        TenantChange::DeleteAclEntry(key, subject) => Kind::DeleteAclEntry(api::DeleteAclEntry {
            tenant,
            resource: Some(write_resource(key)),
            subject: Some(write_acl_subject(subject)),
        }),
        TenantChange::PutInstall(key, content) => Kind::PutInstall(api::PutInstall {
            tenant,
            app: Some(write_principal(key)),
            content: Some(write_install(content)),
        }),
        TenantChange::DeleteInstall(key) => {
            Kind::DeleteInstall(api::DeleteInstall { tenant, app: Some(write_principal(key)) })
        }
        TenantChange::PutRoleRestrictions(role, switched) => {
            Kind::PutRoleRestrictions(api::PutRoleRestrictions {
                tenant,
                role: role.clone(),
                restrictions: write_switches(switched),
            })
        }
        TenantChange::DeleteRoleRestrictions(role) => {
            Kind::DeleteRoleRestrictions(api::DeleteRoleRestrictions { tenant, role: role.clone() })
        }
    }
}

/// Writes who.
pub(crate) fn write_principal(key: &Key) -> api::PrincipalRef {
    api::PrincipalRef { r#type: key.kind().to_owned(), id: key.id().to_owned() }
}

/// Writes which resource.
pub(crate) fn write_resource(key: &Key) -> api::ResourceRef {
    api::ResourceRef { r#type: key.kind().to_owned(), id: key.id().to_owned() }
}

fn references(named: References) -> i32 {
    match named {
        References::Refuse => api::References::Refuse.into(),
        References::Remove => api::References::Remove.into(),
    }
}
