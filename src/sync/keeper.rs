//! What is in force, what was refused, and what to do with what was read next.
//!
//! Pure: no file, clock or log. Of texts it keeps digests, for a policy of a
//! million members is a long text.
//!
//! Invariants:
//!
//! 1. *Nothing for nothing.* The same texts give no new revision.
//! 2. *Refused is refused.* A refusal changes nothing of what is kept but what was
//!    refused last.
//! 3. *Narrow changes.* A tenant's revision moves when its own text does, or that
//!    of the model or of an app.

use std::collections::{BTreeMap, BTreeSet};

use super::load::{Held, LoadError, Read, Rules, Sound, load};
use super::told::Line;
use crate::document::{Checked, Spanned};
use crate::model::Revision;
use crate::snapshot::Snapshot;

/// Stands for a text.
type Digest = [u8; 32];

/// Keeps track of one source of whole policies.
#[derive(Debug)]
pub(super) struct Keeper {
    rules: Rules,
    good: Good,
    /// Stands for what was refused last, while nothing good has come after it.
    refused: Option<Digest>,
}

/// The last good load.
#[derive(Debug)]
struct Good {
    snapshot: Snapshot,
    /// By path: what stands for it, and what it holds.
    files: BTreeMap<String, (Digest, Held)>,
    /// Stands for the texts of the model and of all apps.
    shared: Digest,
    /// Of every tenant, what stands for its text.
    tenants: BTreeMap<String, Digest>,
    /// What was told of it.
    told: BTreeSet<Line>,
}

/// What to do with what was read.
#[derive(Debug)]
pub(super) enum Verdict {
    /// Nothing: it is in force.
    Same {
        /// Something else had been refused before it.
        mended: bool,
    },
    /// Put it in force.
    Next {
        next: Box<Next>,
        /// Something else had been refused before it.
        mended: bool,
    },
    /// Keep what is in force.
    Refused {
        error: LoadError,
        /// It is another refusal than the last.
        new: bool,
    },
}

/// What is to be put in force.
#[derive(Debug)]
pub(super) struct Next {
    pub(super) snapshot: Snapshot,
    pub(super) checked: Checked,
    /// Warnings and the faults of what was left out, but for those that were told
    /// of what was in force before it.
    pub(super) news: Vec<Line>,
    /// Tenants were left out of what was in force before it.
    pub(super) had_quarantine: bool,
}

impl Keeper {
    /// Begins with what was read first.
    pub(super) fn begin(mut read: Read, rules: Rules) -> Result<(Self, Next), LoadError> {
        let sound = load(&mut read, &rules, |_| None)?;
        let (good, next) = compiled(&read, sound, None);
        Ok((Self { rules, good, refused: None }, next))
    }

    /// Takes what was read next.
    pub(super) fn take(&mut self, mut read: Read) -> Verdict {
        if self.good.files.iter().map(|(path, (digest, _))| (path, digest)).eq(&digests(&read)) {
            return Verdict::Same { mended: self.refused.take().is_some() };
        }
        let before = |path: &str| self.good.files.get(path).map(|(_, held)| held);
        let sound = match load(&mut read, &self.rules, before) {
            Ok(sound) => sound,
            Err(error) => return self.refuse(error),
        };
        let had = self.good.tenants();
        if had > 0 && sound.checked.policy().tenants.is_empty() && sound.quarantined.is_empty() {
            return self.refuse(LoadError::NoTenants { had });
        }
        let (good, next) = compiled(&read, sound, Some(&self.good));
        self.good = good;
        let mended = self.refused.take().is_some();
        Verdict::Next { next: Box::new(next), mended }
    }

    fn refuse(&mut self, error: LoadError) -> Verdict {
        let mut hasher = blake3::Hasher::new();
        hasher.update(error.to_string().as_bytes());
        for line in Line::of_refusal(&error) {
            hasher.update(line.text.as_bytes()).update(b"\n");
        }
        let refused = Some(hasher.finalize().into());
        let new = self.refused != refused;
        self.refused = refused;
        Verdict::Refused { error, new }
    }
}

/// Compiles a sound policy, with all that it shares with the last good one.
fn compiled(read: &Read, sound: Sound, last: Option<&Good>) -> (Good, Next) {
    let Sound { checked, mut held, quarantined, diagnostics } = sound;
    let digests = digests(read);
    let policy = checked.policy();
    let text = |tenant: &Spanned<_>| digests.get(&read.sources.of(tenant.at)?.path).copied();
    let tenants: BTreeMap<String, Digest> =
        policy.tenants.iter().filter_map(|(id, tenant)| Some((id.clone(), text(tenant)?))).collect();
    let files: BTreeMap<String, (Digest, Held)> = digests
        .into_iter()
        .map(|(path, digest)| {
            let held = held.remove(&path).unwrap_or(Held::Other);
            (path, (digest, held))
        })
        .collect();
    let shared = shared(&files);

    let number = last.map_or(0, |good| good.snapshot.revision().number);
    let revision = Revision::new(0, number.saturating_add(1));
    let snapshot = match last {
        Some(good) if good.shared == shared => {
            let unchanged = |id: &str| tenants.get(id).is_some_and(|text| good.tenants.get(id) == Some(text));
            good.snapshot.compile_after(&checked, revision, unchanged)
        }
        Some(_) | None => Snapshot::compile(&checked, revision),
    };
    let snapshot = snapshot.quarantining(quarantined.iter().map(String::as_str));

    let mut lines: Vec<Line> = read.faults.iter().map(Line::of_file).collect();
    lines.extend(Line::of(&diagnostics, &read.sources));
    let news = |line: &&Line| last.is_none_or(|good| !good.told.contains(line));
    let next = Next {
        snapshot: snapshot.clone(),
        checked,
        news: lines.iter().filter(news).cloned().collect(),
        had_quarantine: last.is_some_and(|good| good.snapshot.quarantined().len() > 0),
    };
    (Good { snapshot, files, shared, tenants, told: lines.into_iter().collect() }, next)
}

impl Good {
    /// How many tenants it knows, those left out included.
    fn tenants(&self) -> usize {
        self.snapshot.size().tenants.saturating_add(self.snapshot.quarantined().len())
    }
}

/// What stands for each file, by path; for one that could not be read, what
/// stands for its fault.
fn digests(read: &Read) -> BTreeMap<String, Digest> {
    let digest = |text: &str| Digest::from(blake3::hash(text.as_bytes()));
    let texts = read.sources.iter().map(|(_, source)| (source.path.clone(), digest(&source.text)));
    let faults = read.faults.iter().map(|fault| {
        (fault.path.to_string_lossy().into_owned(), digest(&format!("{:?}", fault.to_string())))
    });
    texts.chain(faults).collect()
}

/// Stands for the texts of everything but tenants, wherever they lie.
fn shared(files: &BTreeMap<String, (Digest, Held)>) -> Digest {
    let mut others: Vec<&Digest> =
        files.values().filter(|(_, held)| *held == Held::Other).map(|(digest, _)| digest).collect();
    others.sort();
    let mut hasher = blake3::Hasher::new();
    for digest in others {
        hasher.update(digest);
    }
    hasher.finalize().into()
}

#[cfg(test)]
mod tests;
