//! Policy as what is kept: snapshots in pieces, change sets in logs.

use std::collections::HashMap;
use std::io;

use super::codec::Codec;
use super::restore::{restore, said};
use crate::document::definition::{Install, Registered};
use crate::document::{Change, ChangeSet, TenantChange};
use crate::model::{Digest, Key, Revision};
use crate::snapshot::Snapshot;
use crate::snapshot::apply::{Rules, Run};
use crate::snapshot::content::Profile;
use crate::wire::kept::pieces::{self, MemberBytes};
use crate::wire::kept::{BaseHeader, LoggedSet};

/// Members in one piece.
const MEMBERS: usize = 4096;
/// Resources, or installs, in one piece.
const ROWS: usize = 256;
/// Bytes of contents of members in one piece.
const BYTES: usize = 1024 * 1024;

/// Reads and writes policy.
#[derive(Clone, Copy, Debug)]
pub(super) struct Policy {
    /// What is asked of policy here.
    pub(super) rules: Rules,
}

type Sink<'a> = dyn FnMut(&[u8]) -> io::Result<()> + 'a;

impl Codec for Policy {
    type Whole = Snapshot;
    type Set = ChangeSet;

    fn revision(whole: &Snapshot) -> Revision {
        whole.revision()
    }

    fn digest(whole: &Snapshot) -> Digest {
        whole.digest()
    }

    fn quarantined(whole: &Snapshot) -> Vec<String> {
        whole.quarantined().map(str::to_owned).collect()
    }

    fn tell(&self, whole: &Snapshot, sink: &mut Sink<'_>) -> io::Result<()> {
        sink(&pieces::model(whole.model_document(), whole.model_revision()))?;
        for (_, app, revision) in whole.apps() {
            sink(&pieces::app(app, revision))?;
        }
        for id in whole.tenants_after(None) {
            let (Some(frame), Some(revision), Some(digest)) =
                (whole.frame(id), whole.tenant_revision(id), whole.tenant_digest(id))
            else {
                return Err(io::Error::other(format!("tenant `{id}` is listed and not there")));
            };
            sink(&pieces::frame(frame, revision, digest))?;
            members(whole, id, sink)?;
            resources(whole, id, sink)?;
            installs(whole, id, sink)?;
        }
        Ok(())
    }

    fn load(
        &self,
        header: &BaseHeader,
        next: &mut dyn FnMut() -> Option<Vec<u8>>,
    ) -> Result<Snapshot, String> {
        restore(header, &self.rules, next)
    }

    fn size(set: &ChangeSet) -> usize {
        set.changes.iter().map(|change| rows(&change.value)).sum()
    }

    fn stands_for(set: &ChangeSet) -> Digest {
        set.digest()
    }

    fn log(&self, set: &ChangeSet, held: Digest) -> LoggedSet {
        LoggedSet {
            revision: set.header.revision,
            base: set.header.base.unwrap_or_default(),
            digest: set.digest(),
            held,
            quarantine: self.rules.quarantine,
            changes: pieces::changes(&set.changes),
        }
    }

    fn apply(&self, whole: &Snapshot, set: &LoggedSet) -> Result<Snapshot, String> {
        let changes = pieces::read_changes(&set.changes)?;
        let strict = Rules { quarantine: set.quarantine, ..self.rules };
        match whole.apply(set.revision, changes.clone(), &strict) {
            Ok(applied) if applied.snapshot.digest() == set.held => Ok(applied.snapshot),
            // It may have brought back what had been in force, of which less is asked.
            strictly => match whole.apply(set.revision, changes, &Rules { lenient: true, ..strict }) {
                Ok(applied) => Ok(applied.snapshot),
                Err(faults) => Err(said(&strictly.err().unwrap_or(faults))),
            },
        }
    }
}

/// Members in pieces: each content once, in the order of the first who has it.
fn members(whole: &Snapshot, tenant: &str, sink: &mut Sink<'_>) -> io::Result<()> {
    // What was put with equal content is mostly shared, and then known by where it is.
    let mut known: HashMap<Profile, u32> = HashMap::new();
    let mut numbers: HashMap<MemberBytes, u32> = HashMap::new();
    let (mut fresh, mut runs, mut count, mut bytes) = (Vec::new(), Vec::<Run>::new(), 0_usize, 0_usize);
    for row in whole.members_after(tenant, None) {
        let number = if let Some(number) = known.get(&row.profile) {
            *number
        } else {
            let content = MemberBytes::of(&row.content);
            let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
            let number = *numbers.entry(content.clone()).or_insert(next);
            if number == next {
                bytes = bytes.saturating_add(content.len());
                fresh.push(content);
            }
            known.insert(row.profile, number);
            number
        };
        match runs.last_mut().filter(|run| run.kind == row.key.kind()) {
            Some(run) => {
                run.ids.push(row.key.id().to_owned());
                run.profiles.push(number);
            }
            None => runs.push(Run {
                kind: row.key.kind().to_owned(),
                ids: vec![row.key.id().to_owned()],
                profiles: vec![number],
            }),
        }
        count = count.saturating_add(1);
        if count >= MEMBERS || bytes >= BYTES {
            flush(&mut fresh, &mut runs, sink)?;
            (count, bytes) = (0, 0);
        }
    }
    flush(&mut fresh, &mut runs, sink)
}

fn flush(fresh: &mut Vec<MemberBytes>, runs: &mut Vec<Run>, sink: &mut Sink<'_>) -> io::Result<()> {
    if runs.is_empty() {
        return Ok(());
    }
    let piece = pieces::members(fresh, std::mem::take(runs)).map_err(io::Error::other)?;
    fresh.clear();
    sink(&piece)
}

fn resources(whole: &Snapshot, tenant: &str, sink: &mut Sink<'_>) -> io::Result<()> {
    let mut rows: Vec<(Key, Registered)> = Vec::new();
    for row in whole.resources_after(tenant, None) {
        rows.push(row);
        if rows.len() >= ROWS {
            sink(&pieces::resources(&rows))?;
            rows.clear();
        }
    }
    if rows.is_empty() { Ok(()) } else { sink(&pieces::resources(&rows)) }
}

fn installs(whole: &Snapshot, tenant: &str, sink: &mut Sink<'_>) -> io::Result<()> {
    let mut rows: Vec<(Key, Install)> = Vec::new();
    for row in whole.installs_after(tenant, None) {
        rows.push(row);
        if rows.len() >= ROWS {
            sink(&pieces::installs(&rows))?;
            rows.clear();
        }
    }
    if rows.is_empty() { Ok(()) } else { sink(&pieces::installs(&rows)) }
}

/// About how many rows a change has.
fn rows(change: &Change) -> usize {
    let many = match change {
        Change::PutTenant(tenant) => [
            tenant.roles.len(),
            tenant.groups.values().map(|group| group.members.len()).sum(),
            tenant.members.len(),
            tenant.resources.values().map(|resource| resource.acl.len().saturating_add(1)).sum(),
            tenant.installs.len(),
        ]
        .iter()
        .sum(),
        Change::InTenant(_, TenantChange::PutGroup(_, group)) => group.members.len(),
        Change::InTenant(_, TenantChange::PutResource(_, resource)) => resource.acl.len(),
        Change::PutModel(text) => text.len().checked_div(100).unwrap_or(0),
        Change::InTenant(..) | Change::DeleteTenant(_) | Change::PutApp(_) | Change::DeleteApp(_) => 0,
    };
    many.saturating_add(1)
}

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(super) use tests::same;
