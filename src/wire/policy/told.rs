//! What is held, written as responses.
//!
//! Nothing is decided here, and nobody's permission asked; a page ends where it is
//! told to end. What a page token looks like is not known here either: where a page
//! ended is said in the words of what is listed.

use std::time::Duration;

use prost::Message;

use super::write::content::{write_app, write_member, write_role};
use super::write::{write_change, write_principal};
use crate::document::definition::{self, Tenant};
use crate::document::{Change, TenantChange};
use crate::model::{Digest, Key, Revision};
use crate::snapshot::Snapshot;
use crate::snapshot::describe::{DescribedMember, DescribedRole, RequestedScope, Unlocked};
use crate::wire::answer::revision;
use crate::wire::api;

/// The most tenants in quarantine that a status tells.
const QUARANTINED: usize = 1000;

/// A page of a list, and what it ended with if there is more.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Page<T, E> {
    pub(crate) items: Vec<T>,
    /// The last one listed, if there are more after it.
    pub(crate) last: Option<E>,
}

/// How large a page may be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    /// Items, at least one.
    pub(crate) items: usize,
    /// Bytes of all items. One that is larger alone is a page of its own.
    pub(crate) bytes: usize,
}

impl<T: Message, E> Page<T, E> {
    /// Fills a page with as much as there is room for.
    fn fill(all: impl IntoIterator<Item = (E, T)>, room: Room) -> Self {
        let mut page = Self { items: Vec::new(), last: None };
        let (mut bytes, mut last) = (0_usize, None);
        for (end, item) in all {
            bytes = bytes.saturating_add(item.encoded_len());
            if !page.items.is_empty() && (page.items.len() >= room.items || bytes > room.bytes) {
                page.last = last;
                return page;
            }
            page.items.push(item);
            last = Some(end);
        }
        page
    }
}

/// How policy comes, and how far it is kept.
#[derive(Clone, Debug, Default)]
pub(crate) struct Standing {
    /// `dir` or `push`.
    pub(crate) source: &'static str,
    pub(crate) stale: bool,
    /// For how long the source has not been heard of; `None`: not since the start.
    pub(crate) silent: Option<Duration>,
    /// The newest revision that is on disk.
    pub(crate) durable: Option<Revision>,
    /// Why the newest of all is not. Empty if it is.
    pub(crate) not_durable: String,
    /// The newest that was ever held, if that is newer than what is.
    pub(crate) lost: Option<Revision>,
}

/// Writes what is held and how it came.
pub(crate) fn status(held: Option<&Snapshot>, standing: &Standing) -> api::GetStatusResponse {
    let Standing { source, stale, silent, durable, not_durable, lost } = standing;
    let size = held.map(Snapshot::size).unwrap_or_default();
    let quarantined = held.into_iter().flat_map(Snapshot::quarantined).take(QUARANTINED);
    api::GetStatusResponse {
        revision: held.map(|held| revision(held.revision())),
        digest: held.map(|held| held.digest().to_string()).unwrap_or_default(),
        source: (*source).to_owned(),
        stale: *stale,
        silent_ms: silent.map(|silent| u64::try_from(silent.as_millis()).unwrap_or(u64::MAX)),
        durable_revision: durable.map(revision),
        not_durable: not_durable.clone(),
        model: held.map(|held| held.model_name().to_owned()).unwrap_or_default(),
        model_revision: held.map(|held| revision(held.model_revision())),
        tenants: count(size.tenants),
        members: count(size.members),
        resources: count(size.resources),
        apps: count(size.apps),
        quarantined: quarantined.map(str::to_owned).collect(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        lost_revision: lost.map(revision),
    }
}

/// A page of tenants in order of id, from the first after `previous` on: those in
/// force and those in quarantine, as far as the caller `may` see them.
pub(crate) fn tenants(
    held: &Snapshot,
    previous: Option<&str>,
    room: Room,
    may: impl Fn(&str) -> bool,
) -> Page<api::TenantSummary, String> {
    let mut in_force = held.tenants_after(previous).peekable();
    let later = |id: &&str| previous.is_none_or(|previous| *id > previous);
    let mut left_out = held.quarantined().filter(later).peekable();
    let ids = std::iter::from_fn(|| match (in_force.peek(), left_out.peek()) {
        (Some(one), Some(other)) if other < one => left_out.next(),
        (Some(_), _) => in_force.next(),
        (None, _) => left_out.next(),
    });
    let seen = ids.filter(|id| may(id));
    Page::fill(seen.map(|id| (id.to_owned(), tenant_summary(held, id))), room)
}

fn tenant_summary(held: &Snapshot, id: &str) -> api::TenantSummary {
    let row = held.tenant(id);
    let plan = held.frame(id).and_then(|frame| frame.plan.as_ref());
    api::TenantSummary {
        tenant: id.to_owned(),
        tenant_revision: held.tenant_revision(id).map(revision),
        digest: digest(held.tenant_digest(id)),
        members: row.map(|row| count(row.members.len())).unwrap_or_default(),
        resources: row.map(|row| count(row.resources.len())).unwrap_or_default(),
        quarantined: held.is_quarantined(id),
        plan: plan.map(|plan| plan.value.clone()).unwrap_or_default(),
    }
}

/// How far a tenant has been told.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) enum Told {
    /// Nothing yet.
    #[default]
    Nothing,
    /// What it has but members, resources and installs.
    Frame,
    /// Its members up to this one.
    Member(Key),
    /// Its registered resources up to this one.
    Resource(Key),
    /// Its installs up to this one.
    Install(Key),
}

/// A page of the changes that would bring a tenant; `None` if there is no such tenant.
pub(crate) fn tenant(held: &Snapshot, id: &str, told: &Told, room: Room) -> Option<Page<api::Change, Told>> {
    let frame = held.frame(id)?;
    let inside = |change| write_change(&Change::InTenant(id.to_owned(), change));
    let (after_member, after_resource, after_install) = match told {
        Told::Nothing | Told::Frame => (Some(None), Some(None), Some(None)),
        Told::Member(key) => (Some(Some(key)), Some(None), Some(None)),
        Told::Resource(key) => (None, Some(Some(key)), Some(None)),
        Told::Install(key) => (None, None, Some(Some(key))),
    };
    let first = (*told == Told::Nothing).then(|| (Told::Frame, write_change(&put_frame(frame))));
    let members = after_member.into_iter().flat_map(|after| held.members_after(id, after)).map(|row| {
        let change = TenantChange::PutMember(row.key.clone(), Box::new(row.content));
        (Told::Member(row.key), inside(change))
    });
    let resources = after_resource.into_iter().flat_map(|after| held.resources_after(id, after));
    let resources = resources.map(|(key, content)| {
        (Told::Resource(key.clone()), inside(TenantChange::PutResource(key, Box::new(content))))
    });
    let installs = after_install.into_iter().flat_map(|after| held.installs_after(id, after));
    let installs = installs
        .map(|(key, content)| (Told::Install(key.clone()), inside(TenantChange::PutInstall(key, content))));
    Some(Page::fill(first.into_iter().chain(members).chain(resources).chain(installs), room))
}

fn put_frame(frame: &Tenant) -> Change {
    // One that holds more than a frame would be told twice.
    let (members, resources, installs) = Default::default();
    Change::PutTenant(Box::new(Tenant { members, resources, installs, ..frame.clone() }))
}

/// Writes the roles of a tenant.
pub(crate) fn roles(roles: Vec<DescribedRole>, last: Option<Revision>) -> api::ListRolesResponse {
    let role = |described: DescribedRole| {
        let DescribedRole {
            role,
            builtin,
            reserved,
            title,
            extends,
            grants,
            grants_on_conditions,
            members,
            content,
        } = described;
        api::RoleSummary {
            role,
            builtin,
            reserved,
            title: title.unwrap_or_default(),
            extends,
            grants,
            grants_on_conditions,
            members: count(members),
            content: content.as_ref().map(write_role),
        }
    };
    api::ListRolesResponse {
        roles: roles.into_iter().map(role).collect(),
        tenant_revision: last.map(revision),
    }
}

/// A page of members.
pub(crate) fn members(
    members: impl Iterator<Item = DescribedMember>,
    room: Room,
) -> Page<api::MemberSummary, Key> {
    let member = |described: DescribedMember| {
        let DescribedMember { roles, groups, row } = described;
        let summary = api::MemberSummary {
            member: Some(write_principal(&row.key)),
            roles,
            groups,
            content: Some(write_member(&row.content)),
        };
        (row.key, summary)
    };
    Page::fill(members.map(member), room)
}

/// Writes what an app asks for.
pub(crate) fn app(
    app: &definition::App,
    scopes: Vec<RequestedScope>,
    last: Revision,
) -> api::DescribeAppResponse {
    let mode =
        |Unlocked { mode, permissions }| api::UnlockedMode { mode: mode.unwrap_or_default(), permissions };
    let scope = |RequestedScope { scope, group, justification, authority, modes }| api::RequestedScope {
        scope,
        group: group.unwrap_or_default(),
        justification,
        modes: modes.into_iter().map(mode).collect(),
        authority: authority.unwrap_or_default(),
    };
    api::DescribeAppResponse {
        content: Some(write_app(app)),
        scopes: scopes.into_iter().map(scope).collect(),
        revision: Some(revision(last)),
    }
}

/// Writes the model.
pub(crate) fn model(held: &Snapshot) -> api::GetModelResponse {
    api::GetModelResponse {
        document: held.model_document().to_owned(),
        revision: Some(revision(held.model_revision())),
    }
}

/// A page of apps in order, from the first after `previous` on.
pub(crate) fn apps(held: &Snapshot, previous: Option<&Key>, room: Room) -> Page<api::ListedApp, Key> {
    let later = held.apps().into_iter().filter(|(key, ..)| previous.is_none_or(|previous| key > previous));
    let listed = later.map(|(key, content, last)| {
        let app = api::ListedApp {
            app: Some(write_principal(&key)),
            content: Some(write_app(content)),
            revision: Some(revision(last)),
        };
        (key, app)
    });
    Page::fill(listed, room)
}

/// A revision that can be rolled back to.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) revision: Revision,
    pub(crate) digest: Digest,
    /// The tenants that were changed by it; `None` if it may have changed all.
    pub(crate) tenants: Option<Vec<String>>,
}

/// Writes the revisions that can be rolled back to, in the order given.
pub(crate) fn revisions(held: impl IntoIterator<Item = Held>) -> api::ListRevisionsResponse {
    let revision = |held: Held| {
        let Held { revision: reached, digest, tenants } = held;
        api::HeldRevision {
            revision: Some(revision(reached)),
            digest: digest.to_string(),
            everything: tenants.is_none(),
            tenants: tenants.unwrap_or_default(),
        }
    };
    api::ListRevisionsResponse { revisions: held.into_iter().map(revision).collect() }
}

fn digest(digest: Option<Digest>) -> String {
    digest.map(|digest| digest.to_string()).unwrap_or_default()
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(sizes: &[usize], items: usize, bytes: usize) -> (usize, Option<usize>) {
        let item = |size: usize| api::UnlockedMode { mode: "x".repeat(size), permissions: Vec::new() };
        let all = sizes.iter().enumerate().map(|(number, size)| (number, item(*size)));
        let page = Page::fill(all, Room { items, bytes });
        (page.items.len(), page.last)
    }

    #[test]
    fn a_page_ends_where_its_room_ends() {
        assert_eq!(fill(&[], 2, 100), (0, None));
        assert_eq!(fill(&[1, 1], 2, 100), (2, None));
        assert_eq!(fill(&[1, 1, 1], 2, 100), (2, Some(1)));
        assert_eq!(fill(&[18, 18, 18], 9, 40), (2, Some(1)), "20 bytes each");
        assert_eq!(fill(&[90, 1], 9, 40), (1, Some(0)), "more than a page alone");
        assert_eq!(fill(&[1, 90], 9, 40), (1, Some(0)));
        assert_eq!(fill(&[90], 9, 40), (1, None));
        assert_eq!(fill(&[1, 1], 0, 100), (1, Some(0)), "never none of what there is");
    }
}
