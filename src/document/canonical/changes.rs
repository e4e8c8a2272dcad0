//! Change sets as canonical bytes.

use super::{Bytes, Canonical};
use crate::document::change::{Change, ChangeSet, Expected, Header, Part, References, TenantChange};
use crate::model::Digest;

impl ChangeSet {
    /// Stands for what the set says: its header and its changes, in order.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let Self { header, changes } = self;
        let begun = Digest::of(b"set");
        let content = changes.iter().fold(begun, |sofar, change| following(sofar, &change.value));
        header.digest(content)
    }
}

/// What stands for changes and one more after them. Begin with that of nothing.
#[must_use]
fn following(sofar: Digest, change: &Change) -> Digest {
    let mut bytes = Bytes::default();
    sofar.write(&mut bytes);
    change.write(&mut bytes);
    bytes.digest()
}

impl Header {
    /// Stands for a set with this header and changes that `content` stands for.
    #[must_use]
    pub fn digest(&self, content: Digest) -> Digest {
        let Self { revision, base, shrink, expected } = self;
        let mut bytes = Bytes::default();
        revision.write(&mut bytes);
        base.write(&mut bytes);
        shrink.write(&mut bytes);
        bytes.list(expected.iter());
        content.write(&mut bytes);
        bytes.digest()
    }
}

impl Canonical for Expected {
    fn write(&self, to: &mut Bytes) {
        let Self { part, revision } = self;
        match part {
            Part::Model => to.tag(0),
            Part::Tenant(id) => {
                to.tag(1);
                id.write(to);
            }
            Part::App(key) => {
                to.tag(2);
                key.write(to);
            }
        }
        revision.write(to);
    }
}

impl Canonical for Change {
    fn write(&self, to: &mut Bytes) {
        match self {
            Self::PutModel(text) => {
                to.tag(0);
                text.write(to);
            }
            Self::PutTenant(tenant) => {
                to.tag(1);
                tenant.write(to);
            }
            Self::DeleteTenant(id) => {
                to.tag(2);
                id.write(to);
            }
            Self::InTenant(id, change) => {
                to.tag(3);
                id.write(to);
                change.write(to);
            }
            Self::PutApp(app) => {
                to.tag(4);
                app.write(to);
            }
            Self::DeleteApp(key) => {
                to.tag(5);
                key.write(to);
            }
        }
    }
}

impl Canonical for References {
    fn write(&self, to: &mut Bytes) {
        to.tag(match self {
            Self::Refuse => 0,
            Self::Remove => 1,
        });
    }
}

impl Canonical for TenantChange {
    fn write(&self, to: &mut Bytes) {
        /// A change's number, and what it says.
        macro_rules! write {
            ($tag:literal $(, $part:expr)*) => {{
                to.tag($tag);
                $($part.write(to);)*
            }};
        }
        match self {
            Self::PutPlan(plan) => write!(0, plan.value),
            Self::DeletePlan => to.tag(1),
            Self::PutRole(id, role) => write!(2, id, role),
            Self::DeleteRole(id, references) => write!(3, id, references),
            Self::PutGroup(id, group) => write!(4, id, group),
            Self::DeleteGroup(id, references) => write!(5, id, references),
            Self::PutMember(key, member) => write!(6, key, member),
            Self::DeleteMember(key, references) => write!(7, key, references),
            Self::PutResource(key, resource) => write!(8, key, resource),
            Self::DeleteResource(key, references) => write!(9, key, references),
            Self::PutAclEntry(key, whom, entry) => write!(10, key, whom, entry),
            Self::DeleteAclEntry(key, whom) => write!(11, key, whom),
            Self::PutInstall(key, install) => write!(12, key, install),
            Self::DeleteInstall(key) => write!(13, key),
            Self::PutRoleRestrictions(role, on) => write!(14, role, on),
            Self::DeleteRoleRestrictions(role) => write!(15, role),
        }
    }
}
