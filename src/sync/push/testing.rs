//! Small sets for tests.

use crate::document::definition::{GivenRole, Member, Tenant};
use crate::document::{Change, ChangeSet, Header, Place, Spanned, TenantChange};
use crate::model::{Key, Revision};

/// A model with two roles.
pub(super) const MODEL: &str = "\
sidegate: v1
kind: Model
name: pushed
principals: { user: {} }
resources:
  doc: { actions: [view, edit] }
roles:
  reader: { allow: [doc:view] }
  writer: { allow: [doc:edit] }
";

/// `2.7`, read.
pub(super) fn revision(text: &str) -> Revision {
    let (epoch, number) = text.split_once('.').unwrap();
    Revision::new(epoch.parse().unwrap(), number.parse().unwrap())
}

/// The change of a number in its set.
pub(super) fn numbered(number: u32, change: Change) -> Spanned<Change> {
    Spanned::new(Place { source: number, ..Place::NOWHERE }, change)
}

/// Puts a member with these roles.
pub(super) fn member(tenant: &str, key: &str, roles: &[&str]) -> Spanned<Change> {
    let given = |role: &&str| {
        let at = Place { source: 1, start: 1, end: 1 };
        Spanned::new(at, GivenRole { role: (*role).to_owned(), expires_at: None })
    };
    let member = Member { roles: roles.iter().map(given).collect(), ..Member::default() };
    let change = TenantChange::PutMember(Key::parse(key).unwrap(), Box::new(member));
    numbered(1, Change::InTenant(tenant.to_owned(), change))
}

/// A set with a base.
pub(super) fn put(at: &str, base: &str, changes: Vec<Spanned<Change>>) -> ChangeSet {
    let header = Header { revision: revision(at), base: Some(revision(base)), ..Header::default() };
    let changes = (1..).zip(changes).map(|(number, change)| numbered(number, change.value)).collect();
    ChangeSet { header, changes }
}

/// A whole of these tenants.
pub(super) fn whole(at: &str, tenants: &[&str]) -> ChangeSet {
    let tenant =
        |id: &&str| Change::PutTenant(Box::new(Tenant { id: (*id).to_owned(), ..Tenant::default() }));
    let all = std::iter::once(Change::PutModel(MODEL.to_owned())).chain(tenants.iter().map(tenant));
    ChangeSet {
        header: Header { revision: revision(at), ..Header::default() },
        changes: (1..).zip(all).map(|(number, change)| numbered(number, change)).collect(),
    }
}
