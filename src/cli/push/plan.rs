//! What to send: the directory held against what the sidecar holds.

use std::collections::BTreeMap;
use std::path::Path;

use super::Args;
use crate::cli::admin::Admin;
use crate::cli::exit::{Exit, Failure};
use crate::cli::out::Out;
use crate::cli::policy::{self, Part, Read, counted};
use crate::cli::remote::NoAnswer;
use crate::document::diff::{self, Held, Was};
use crate::document::{Change, Checked, Header, Severity, Spanned};
use crate::model::Revision;
use crate::snapshot::Snapshot;
use crate::wire::policy::{DELTA_BYTES, DELTA_CHANGES, change_named, push_requests, weight};

/// A directory that validates.
#[derive(Debug)]
pub(super) struct Wanted {
    checked: Checked,
    /// What is held once it is in force.
    snapshot: Snapshot,
}

/// What to send.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) header: Header,
    pub(super) changes: Vec<Change>,
}

impl Wanted {
    /// Reads a directory as `validate` does; prints its faults if it has any.
    pub(super) fn read(directory: &Path, out: &Out) -> Result<Self, Failure> {
        let Read { sources, mut loaded } = policy::read(directory, Part::Everything)?;
        for told in &mut loaded.diagnostics {
            if told.severity == Severity::Tolerated {
                told.severity = Severity::Fault;
            }
        }
        let faults = policy::faults(&loaded.diagnostics);
        match loaded.checked.filter(|_| faults == 0) {
            Some(checked) => {
                let snapshot = Snapshot::compile(&checked, Revision::new(0, 1));
                Ok(Self { checked, snapshot })
            }
            None => {
                let failure = policy::faulty(directory, &sources, &loaded.diagnostics, out);
                Err(Failure { exit: Exit::Bad, ..failure })
            }
        }
    }
}

impl Plan {
    /// How much it is.
    pub(super) fn size(&self) -> String {
        let changes = counted(self.changes.len(), "change", "changes");
        if self.header.base.is_none() { format!("the whole policy in {changes}") } else { changes }
    }

    /// What the change of a path is: `put member user:mia of acme`.
    pub(super) fn named(&self, path: &str) -> Option<String> {
        let (number, _) = path.strip_prefix("changes[")?.split_once(']')?;
        change_named(&push_requests(&self.header, false, &self.changes), number.parse().ok()?)
    }
}

/// What to send; `None` if there is nothing to change.
pub(super) fn plan(args: &Args, wanted: &Wanted, admin: &Admin) -> Result<Option<Plan>, NoAnswer> {
    let status = admin.status()?;
    if status.source == "dir" {
        let message =
            format!("`{}` takes its policy from a directory, not from pushes", args.admin.address());
        return Err(NoAnswer::Failed(Failure::usage(message)));
    }
    let (revision, base) = next(args, status.revision, status.lost).map_err(NoAnswer::Failed)?;
    let header = |base| Header { revision, base, shrink: args.shrink, expected: Vec::new() };
    let policy = wanted.checked.policy();
    let document = wanted.checked.document();
    let whole = || Plan { header: header(None), changes: diff::whole(policy, document).collect() };
    if base.is_none() {
        return Ok(Some(whole()));
    }
    if status.digest == wanted.snapshot.digest().to_string() {
        return Ok(None);
    }
    let changes = diff::changes(&held(wanted, admin)?, policy, document);
    if changes.is_empty() {
        return Ok(None);
    }
    let gone = changes.iter().filter(|change| matches!(change, Change::DeleteTenant(_))).count();
    if u64::try_from(gone).unwrap_or(u64::MAX).saturating_mul(2) > status.tenants
        && !args.shrink
        && !args.dry_run
    {
        let message = format!(
            "{gone} of {} tenants would be deleted: is it the right directory? `--shrink` says that it is meant",
            status.tenants
        );
        return Err(NoAnswer::Failed(Failure::usage(message)));
    }
    let plan = Plan { header: header(base), changes };
    let (changes, bytes) = weight(&push_requests(&plan.header, false, &plan.changes));
    Ok(Some(if changes > DELTA_CHANGES || bytes > DELTA_BYTES { whole() } else { plan }))
}

/// The revision to reach, and that to make it against; `None` for the whole.
///
/// What was held once and is lost is not gone back behind, and can be no base.
fn next(
    args: &Args,
    held: Option<Revision>,
    lost: Option<Revision>,
) -> Result<(Revision, Option<Revision>), Failure> {
    let newest = held.max(lost);
    let epoch = args.epoch.or(newest.map(|newest| newest.epoch)).unwrap_or(1).max(1);
    match newest {
        Some(held) if held.epoch > epoch => {
            let message = format!("what is held is of epoch {}: a lower one is refused", held.epoch);
            Err(Failure::usage(message))
        }
        Some(held) if held.epoch == epoch => {
            let next = Revision::new(epoch, held.number.saturating_add(1));
            Ok((next, Some(held).filter(|_| !args.whole && lost.is_none())))
        }
        _ => Ok((Revision::new(epoch, 1), None)),
    }
}

/// What is held, as far as it differs from what is wanted.
fn held(wanted: &Wanted, admin: &Admin) -> Result<Held, NoAnswer> {
    let model = admin.model()?;
    let apps = admin.apps()?.into_iter().map(|(key, app)| (key, Spanned::nowhere(app))).collect();
    let mut tenants = BTreeMap::new();
    for tenant in admin.tenants()? {
        let digest = wanted.snapshot.tenant_digest(&tenant.id).map(|digest| digest.to_string());
        let was = if tenant.quarantined {
            Was::Unknown
        } else if digest.is_none_or(|digest| digest == tenant.digest) {
            // One that is not wanted is deleted, whatever it is.
            Was::Wanted
        } else {
            diff::brought(admin.tenant(&tenant.id)?).map_or(Was::Unknown, |it| Was::Known(Box::new(it)))
        };
        tenants.insert(tenant.id, was);
    }
    Ok(Held { model, apps, tenants })
}
