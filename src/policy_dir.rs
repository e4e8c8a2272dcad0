//! A policy directory, read into texts.
//!
//! This module knows which files a policy is made of, and nothing of what they
//! say. Invariants:
//!
//! 1. *Whole or not at all.* A file that cannot be read, or that looks like policy
//!    and is none, is a fault: a policy that silently lacks a file is another
//!    policy.
//! 2. *A fixed order.* `model.yaml`, then tenants, apps and tests by file name.
//! 3. *Every* fault is told, each with its path.
//!
//! Ignored are names that start with a dot, files at the top that are not YAML,
//! `README.md` anywhere, and directories of other names at the top that hold no
//! YAML themselves. Links are followed as long as they stay in the directory, and a
//! byte order mark is dropped.

use std::ffi::OsStr;
use std::fmt;
use std::fs::{self, DirEntry, Metadata};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

pub use fingerprint::{Fingerprint, fingerprint};

use crate::document::{Source, Sources};

mod fingerprint;

const MODEL: &str = "model.yaml";
const TENANTS: &str = "tenants";
const POLICY: [&str; 2] = [TENANTS, "apps"];
const TESTS: [&str; 1] = ["tests"];

/// Why a policy directory could not be read: every fault, at least one.
#[derive(Debug)]
pub struct ReadError {
    faults: Vec<FileFault>,
}

/// What could be read of a policy directory, and what is wrong with the rest.
#[derive(Debug, Default)]
pub struct Partly {
    /// The texts.
    pub sources: Sources,
    /// Every fault, in the order of the files.
    pub faults: Vec<FileFault>,
}

/// What is wrong with one file or folder.
#[derive(Debug)]
pub struct FileFault {
    /// The file or folder.
    pub path: PathBuf,
    /// What is wrong with it.
    pub kind: FileFaultKind,
}

/// The kinds of fault of a file or folder.
#[derive(Debug, thiserror::Error)]
pub enum FileFaultKind {
    /// It cannot be read.
    #[error("cannot be read: {0}")]
    Unreadable(io::Error),
    /// It is a link to somewhere else: whoever may write there is not known.
    #[error("is a link that leads out of the policy directory, to `{}`", .0.display())]
    Outside(PathBuf),
    /// It is not text.
    #[error("is not UTF-8, from byte {at} on")]
    NotUtf8 {
        /// The first byte that is not.
        at: usize,
    },
    /// It is YAML, or among policy documents, and is none.
    #[error(
        "is not a policy document: a policy is `model.yaml`, `tenants/*.yaml`, `apps/*.yaml` and `tests/*.yaml`"
    )]
    NotPolicy,
    /// It is a folder at the top that holds YAML and has another name than the
    /// three, perhaps by a slip.
    #[error("holds YAML, and a policy has no such folder: its folders are `tenants`, `apps` and `tests`")]
    NotPolicyFolder,
    /// There is no model.
    #[error("is missing: a policy has a model")]
    NoModel,
}

/// Reads a policy directory, its tests included.
///
/// # Errors
///
/// [`ReadError`] with every file that is missing, cannot be read, or does not
/// belong there.
pub fn read(root: &Path) -> Result<Sources, ReadError> {
    read_folders(root, POLICY.iter().chain(&TESTS)).whole()
}

/// Reads what a policy directory decides by: all but its tests, which are not
/// looked at, so that a faulty test does not keep a policy from its work.
///
/// # Errors
///
/// As for [`read`], of the files that are read.
pub fn read_policy(root: &Path) -> Result<Sources, ReadError> {
    read_policy_partly(root).whole()
}

/// As much of what a policy directory decides by as can be read.
#[must_use]
pub fn read_policy_partly(root: &Path) -> Partly {
    read_folders(root, POLICY.iter())
}

/// Whether a path is one of a tenant's document.
#[must_use]
pub fn is_of_tenant(root: &Path, path: &Path) -> bool {
    path.parent().is_some_and(|folder| folder == root.join(TENANTS))
}

fn read_folders<'a>(root: &Path, folders: impl Iterator<Item = &'a &'a str>) -> Partly {
    let mut reader = Reader::of(root);
    let top = reader.list(root);
    if top.is_empty() && !reader.faults.is_empty() {
        return Partly { sources: Sources::default(), faults: reader.faults };
    }
    for (path, about) in &top {
        if !about.is_dir() && is_yaml(path) && path.file_name() != Some(OsStr::new(MODEL)) {
            reader.fault(path, FileFaultKind::NotPolicy);
        }
        if about.is_dir() && !is_folder_of_policy(path) && holds_yaml(path) {
            reader.fault(path, FileFaultKind::NotPolicyFolder);
        }
    }
    let model = root.join(MODEL);
    if top.iter().any(|(path, about)| *path == model && !about.is_dir()) {
        reader.file(&model);
    } else {
        reader.fault(&model, FileFaultKind::NoModel);
    }
    for folder in folders.map(|name| root.join(name)) {
        if top.iter().any(|(path, about)| *path == folder && about.is_dir()) {
            reader.folder(&folder);
        }
    }
    Partly { sources: Sources::new(reader.files), faults: reader.faults }
}

impl Partly {
    /// The texts, if there is no fault.
    fn whole(self) -> Result<Sources, ReadError> {
        if self.faults.is_empty() { Ok(self.sources) } else { Err(ReadError { faults: self.faults }) }
    }
}

impl fmt::Display for FileFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}", self.path.display(), self.kind)
    }
}

impl From<Vec<FileFault>> for ReadError {
    fn from(faults: Vec<FileFault>) -> Self {
        Self { faults }
    }
}

impl ReadError {
    /// Every fault, in the order of the files.
    #[must_use]
    pub fn faults(&self) -> &[FileFault] {
        &self.faults
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.faults.iter().enumerate() {
            let line_break = if index == 0 { "" } else { "\n" };
            write!(f, "{line_break}{fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ReadError {}

/// The most bytes of all files of a policy.
const MOST_BYTES: u64 = 1 << 30;

struct Reader {
    /// Where files must lie, its own links followed; `None` if that cannot be told, and
    /// then reading fails.
    within: Option<PathBuf>,
    files: Vec<Source>,
    faults: Vec<FileFault>,
    /// Bytes that may still be read.
    left: u64,
}

impl Reader {
    /// Reads below a directory.
    fn of(root: &Path) -> Self {
        let within = fs::canonicalize(root).ok();
        Self { within, files: Vec::new(), faults: Vec::new(), left: MOST_BYTES }
    }

    /// Reads every document of a folder.
    fn folder(&mut self, folder: &Path) {
        for (path, about) in self.list(folder) {
            if !about.is_dir() && path.extension() == Some(OsStr::new("yaml")) {
                self.file(&path);
            } else if !is_readme(&path) {
                self.fault(&path, FileFaultKind::NotPolicy);
            }
        }
    }

    fn file(&mut self, path: &Path) {
        if let (Some(within), Ok(real)) = (&self.within, fs::canonicalize(path))
            && !real.starts_with(within)
            && real.is_file()
        {
            return self.fault(path, FileFaultKind::Outside(real));
        }
        match self.bytes(path).map(String::from_utf8) {
            Ok(Ok(mut text)) => {
                if text.starts_with('\u{feff}') {
                    text.remove(0);
                }
                self.files.push(Source { path: path.display().to_string(), text });
            }
            Ok(Err(error)) => {
                let at = error.utf8_error().valid_up_to();
                self.fault(path, FileFaultKind::NotUtf8 { at });
            }
            Err(error) => self.fault(path, FileFaultKind::Unreadable(error)),
        }
    }

    /// The bytes of a file, of what may still be read.
    fn bytes(&mut self, path: &Path) -> io::Result<Vec<u8>> {
        // What is no file may have no end, or keep whoever opens it waiting.
        if !fs::metadata(path)?.is_file() {
            return Err(io::Error::new(ErrorKind::InvalidInput, "it is no ordinary file"));
        }
        let mut bytes = Vec::new();
        fs::File::open(path)?.take(self.left.saturating_add(1)).read_to_end(&mut bytes)?;
        let read = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.left = self.left.checked_sub(read).ok_or_else(|| {
            io::Error::new(ErrorKind::FileTooLarge, format!("a policy has {MOST_BYTES} bytes at most"))
        })?;
        Ok(bytes)
    }

    /// What a directory holds, sorted by name, and what each is. Names that start
    /// with a dot are left out, and what editors keep beside a file: `x.yaml~`,
    /// `#x.yaml#`.
    fn list(&mut self, directory: &Path) -> Vec<(PathBuf, Metadata)> {
        let entries = fs::read_dir(directory).and_then(Iterator::collect::<io::Result<Vec<DirEntry>>>);
        let entries = match entries {
            Ok(entries) => entries,
            Err(error) => {
                self.fault(directory, FileFaultKind::Unreadable(error));
                return Vec::new();
            }
        };
        let mut paths: Vec<PathBuf> = entries
            .iter()
            .filter(|entry| !is_beside(entry.file_name().as_encoded_bytes()))
            .map(DirEntry::path)
            .collect();
        paths.sort();
        let mut listed = Vec::with_capacity(paths.len());
        for path in paths {
            // Follows links: a mounted ConfigMap consists of them.
            match fs::metadata(&path) {
                Ok(about) => listed.push((path, about)),
                Err(error) => self.fault(&path, FileFaultKind::Unreadable(error)),
            }
        }
        listed
    }

    fn fault(&mut self, path: &Path, kind: FileFaultKind) {
        self.faults.push(FileFault { path: path.to_owned(), kind });
    }
}

/// Whether a name is none of the policy's: a hidden one, or of what an editor keeps
/// beside a file.
fn is_beside(name: &[u8]) -> bool {
    name.starts_with(b".") || name.ends_with(b"~") || (name.starts_with(b"#") && name.ends_with(b"#"))
}

/// Whether a folder holds a YAML file. One that cannot be read is none of the
/// policy's folders, and does not matter.
fn holds_yaml(folder: &Path) -> bool {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).any(|path| is_yaml(&path) && path.is_file() && !is_hidden(&path))
}

/// Whether a folder's name is one that a policy has.
fn is_folder_of_policy(path: &Path) -> bool {
    POLICY.iter().chain(&TESTS).any(|name| path.file_name() == Some(OsStr::new(name)))
}

fn is_readme(path: &Path) -> bool {
    path.file_name() == Some(OsStr::new("README.md"))
}

fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
}

fn is_yaml(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml")
}

#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod corpus;
#[cfg(test)]
mod tests;
