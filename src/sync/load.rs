//! Texts to a sound policy, or everything that is wrong with them.
//!
//! Here stands what quarantine is: tenants whose documents have faults are left
//! out, and the rest loads. It holds only for faults in files of tenants; any
//! other fault refuses the whole, for who knows what else it would change.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::document::{Checked, Diagnostic, Identity, Kind, PolicyLimits, Severity, Sources, load_without};
use crate::model::key::is_label;
use crate::policy_dir::{self, FileFault, FileFaultKind, Partly, ReadError};

/// What is asked of a policy.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rules {
    /// What it may hold.
    pub limits: PolicyLimits,
    /// Tenants with faults are left out, instead of the whole being refused.
    pub quarantine: bool,
}

/// Why a policy was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// Its files could not be read.
    #[error(transparent)]
    Unreadable(#[from] ReadError),
    /// Its documents have faults.
    #[error("{}", self.summary())]
    Faults {
        /// What could not be read, and would have been left out.
        unread: Vec<FileFault>,
        /// The texts, for showing the faults in.
        sources: Sources,
        /// Everything to tell, warnings included.
        diagnostics: Vec<Diagnostic>,
    },
    /// Every tenant is gone at once.
    #[error("no tenant is left: the policy in force has {had}")]
    NoTenants {
        /// How many there are in what is in force.
        had: usize,
    },
}

/// What a directory was found to hold.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) root: PathBuf,
    pub(super) sources: Sources,
    /// What could not be read.
    pub(super) faults: Vec<FileFault>,
}

/// What a file held when it was last part of a policy.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Held {
    /// A tenant, by id; `None` if it was left out then and did not tell its id.
    Tenant(Option<String>),
    /// Something else.
    Other,
}

/// A policy without a fault, and what had to be left out for it.
#[derive(Debug)]
pub(super) struct Sound {
    pub(super) checked: Checked,
    /// What each path holds, also of files left out.
    pub(super) held: BTreeMap<String, Held>,
    /// The tenants left out.
    pub(super) quarantined: BTreeSet<String>,
    /// Warnings, and the faults of what was left out.
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl Read {
    /// Reads a directory.
    pub(super) fn directory(root: &Path) -> Self {
        let Partly { sources, faults } = policy_dir::read_policy_partly(root);
        Self { root: root.to_owned(), sources, faults }
    }
}

impl Read {
    /// Whether the system was in the way, which may pass without a change.
    pub(super) fn failed(&self) -> bool {
        self.faults.iter().any(|fault| matches!(fault.kind, FileFaultKind::Unreadable(_)))
    }
}

impl LoadError {
    /// The error in a line, for where every fault is told beside it.
    pub(super) fn brief(&self) -> String {
        match self {
            Self::Unreadable(error) if error.faults().len() > 1 => {
                format!("{} files or folders are not what they must be", error.faults().len())
            }
            error => error.to_string(),
        }
    }

    fn summary(&self) -> String {
        let Self::Faults { unread, diagnostics, .. } = self else { return String::new() };
        let faults = diagnostics.iter().filter(|told| told.severity == Severity::Fault).count();
        let faults = faults.saturating_add(unread.len());
        let noun = if faults == 1 { "fault" } else { "faults" };
        format!("the policy has {faults} {noun}")
    }
}

/// Loads what was read. `before` says what a path held in the last good load.
/// What could not be read is told by the caller; it is left in place here.
pub(super) fn load<'a>(
    read: &mut Read,
    rules: &Rules,
    before: impl Fn(&str) -> Option<&'a Held>,
) -> Result<Sound, LoadError> {
    let Read { root, sources, faults } = read;
    let may_go = |path: &Path, kind: Option<Kind>| {
        let held = before(&path.to_string_lossy());
        let is_other = matches!((kind, held), (None, Some(Held::Other)));
        rules.quarantine
            && policy_dir::is_of_tenant(root, path)
            && matches!(kind, None | Some(Kind::Tenant))
            && !is_other
    };
    if faults.iter().any(|fault| !may_go(&fault.path, None)) {
        return Err(ReadError::from(std::mem::take(faults)).into());
    }
    let mut out = Quarantine::default();
    for fault in &*faults {
        let path = fault.path.to_string_lossy();
        out.add(path.to_string(), None, before(&path));
    }
    let mut told: Vec<Diagnostic> = Vec::new();
    loop {
        let mut loaded = load_without(sources, &out.sources, &rules.limits);
        told.append(&mut loaded.diagnostics);
        let Some(checked) = loaded.checked else {
            let at_fault: Vec<(u32, &str, Option<&Identity>)> = loaded
                .at_fault
                .iter()
                .map(|number| (*number, path_of(sources, *number), loaded.documents.get(number)))
                .collect();
            let kind = |identity: Option<&Identity>| identity.and_then(|identity| identity.kind);
            if !at_fault.iter().all(|(_, path, identity)| may_go(Path::new(path), kind(*identity))) {
                let (unread, sources) = (std::mem::take(faults), std::mem::take(sources));
                return Err(LoadError::Faults { unread, sources, diagnostics: sorted(told) });
            }
            // Warnings are told by the pass that comes to an end.
            told.retain(|diagnostic| diagnostic.severity == Severity::Fault);
            for (number, path, identity) in at_fault {
                out.sources.insert(number);
                let id = identity.and_then(|identity| identity.tenant.clone());
                out.add(path.to_owned(), id, before(path));
            }
            out.siblings(&loaded.documents, sources);
            continue;
        };
        let mut held: BTreeMap<String, Held> = BTreeMap::new();
        for (number, identity) in loaded.documents {
            let is = match identity {
                Identity { kind: Some(Kind::Tenant), tenant } => Held::Tenant(tenant),
                Identity { .. } => Held::Other,
            };
            held.insert(path_of(sources, number).to_owned(), is);
        }
        let quarantined = out.ids(&checked);
        held.extend(out.held);
        return Ok(Sound { checked, held, quarantined, diagnostics: sorted(told) });
    }
}

/// What is left out.
#[derive(Debug, Default)]
struct Quarantine {
    sources: BTreeSet<u32>,
    /// The tenants that the files name.
    named: BTreeSet<String>,
    /// The tenants that files which name none used to hold.
    once: BTreeSet<String>,
    held: BTreeMap<String, Held>,
}

impl Quarantine {
    /// Leaves out a file, which names a tenant or used to hold one.
    fn add(&mut self, path: String, named: Option<String>, before: Option<&Held>) {
        // Where nothing tells, the file's name most likely does. Whatever is made of
        // it is denied in any case; this way it is counted too.
        let once = match before {
            Some(Held::Tenant(Some(id))) => Some(id.clone()),
            _ => Path::new(&path)
                .file_stem()
                .and_then(OsStr::to_str)
                .filter(|id| is_label(id))
                .map(str::to_owned),
        };
        match (&named, &once) {
            (Some(id), _) => _ = self.named.insert(id.clone()),
            (None, Some(id)) => _ = self.once.insert(id.clone()),
            (None, None) => {}
        }
        self.held.insert(path, Held::Tenant(named.or(once)));
    }

    /// Leaves out every other file of a tenant of which one is left out: nobody
    /// knows which of them is meant.
    fn siblings(&mut self, documents: &BTreeMap<u32, Identity>, sources: &Sources) {
        for (number, Identity { tenant, .. }) in documents {
            if tenant.as_ref().is_some_and(|id| self.named.contains(id)) && self.sources.insert(*number) {
                let path = path_of(sources, *number).to_owned();
                self.held.insert(path, Held::Tenant(tenant.clone()));
            }
        }
    }

    /// The tenants left out. One that only used to be in a file that is left out,
    /// and now is in another, is not.
    fn ids(&self, checked: &Checked) -> BTreeSet<String> {
        let tenants = &checked.policy().tenants;
        let once = self.once.iter().filter(|id| !tenants.contains_key(*id));
        self.named.iter().chain(once).cloned().collect()
    }
}

fn path_of(sources: &Sources, number: u32) -> &str {
    sources.numbered(number).map_or("", |source| &source.path)
}

fn sorted(mut diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    diagnostics.sort_by(|a, b| (a.at, &a.message).cmp(&(b.at, &b.message)));
    diagnostics.dedup();
    diagnostics
}
