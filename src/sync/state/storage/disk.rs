//! A directory of the file system, which must be ours alone.
//!
//! Whoever can write here can write policy. So a directory or a file that others
//! could have written, or that stands for something elsewhere, is refused before
//! a byte of it is read. Everything is reached from the directory as it was
//! opened, and no link is followed.

use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{self, AtFlags, FileType, FlockOperation, Mode, OFlags, Stat};
use rustix::io::Errno;
use rustix::process::geteuid;

use super::{Storage, Stored};
use crate::sync::state::names::{Kind, Named};

/// The lock that keeps two sidecars apart.
const LOCK: &str = "lock";

const GIB: u64 = 1024 * 1024 * 1024;
/// Bits of a mode by which others could write.
const WRITABLE: u32 = 0o022;
/// Bits of a mode by which others could do anything.
const OTHERS: u32 = 0o077;
/// Bytes read at a time.
const READ: usize = 1024 * 1024;

/// Why a state directory cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// It, or a file in it, is not what may hold policy.
    #[error("`{}` {what}", path.display())]
    Unfit {
        /// The directory or the file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
        /// What to do about it.
        help: &'static str,
    },
    /// Another process has it.
    #[error("`{}` is in use by another process", path.display())]
    InUse {
        /// The directory.
        path: PathBuf,
    },
    /// The system would not do what is needed.
    #[error("`{}`: {reason}", path.display())]
    System {
        /// The directory or the file.
        path: PathBuf,
        /// Why.
        reason: io::Error,
    },
}

/// A directory that is ours alone, for as long as this lives.
#[derive(Debug)]
pub(in crate::sync::state) struct Disk {
    path: PathBuf,
    directory: OwnedFd,
    _lock: OwnedFd,
}

/// A file that is being written.
#[derive(Debug)]
pub(in crate::sync::state) struct DiskFile(File);

impl StateError {
    /// What to do about it.
    #[must_use]
    pub const fn help(&self) -> &'static str {
        match self {
            Self::Unfit { help, .. } => help,
            Self::InUse { .. } => "give each sidecar a directory of its own",
            Self::System { .. } => "name a directory that this process may write, in one that exists",
        }
    }
}

impl Disk {
    /// Opens a directory, makes it if the one it is in exists, and locks it.
    ///
    /// # Errors
    ///
    /// Why it cannot be used.
    pub(in crate::sync::state) fn open(path: &Path) -> Result<Self, StateError> {
        // With a slash at its end, a link would be followed all the same.
        let path = path.components().as_path();
        let system = |error: Errno| StateError::System { path: path.to_owned(), reason: error.into() };
        match fs::mkdir(path, Mode::RWXU) {
            Ok(()) => sync_parent(path).map_err(system)?,
            Err(Errno::EXIST) => {}
            Err(error) => return Err(system(error)),
        }
        let wanted = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let directory = match fs::open(path, wanted, Mode::empty()) {
            Ok(directory) => directory,
            Err(Errno::LOOP | Errno::NOTDIR) => {
                let help = "name the directory itself, not a link to it or a file";
                return Err(unfit(path, "is not a directory", help));
            }
            Err(error) => return Err(system(error)),
        };
        let found = fs::fstat(&directory).map_err(system)?;
        owned(path, &found)?;
        if found.st_mode & WRITABLE != 0 {
            let help = "take the right to write from group and others (chmod 0700); of a volume that \
                        others may write, name a folder in it that is not there yet";
            return Err(unfit(path, "can be written by others", help));
        }
        if found.st_mode & OTHERS != 0 {
            fs::fchmod(&directory, Mode::RWXU).map_err(system)?;
        }
        let lock = lock(path, &directory)?;
        let disk = Self { path: path.to_owned(), directory, _lock: lock };
        disk.inspect()?;
        Ok(disk)
    }

    /// Refuses the directory if a file in it is none that we could have written.
    fn inspect(&self) -> Result<(), StateError> {
        let system = |path: &Path, error| StateError::System { path: path.to_owned(), reason: error };
        for text in self.names().map_err(|error| system(&self.path, error))? {
            let Some(name) = Named::of(&text).name() else { continue };
            let path = self.path.join(&text);
            let found = fs::statat(&self.directory, &*text, AtFlags::SYMLINK_NOFOLLOW)
                .map_err(|error| system(&path, error.into()))?;
            regular(&path, &found)?;
            let largest = largest(name.kind);
            if u64::try_from(found.st_size).map_or(true, |size| size > largest) {
                let what = format!("has {} bytes; at most {largest} are read", found.st_size);
                return Err(unfit(&path, &what, "no sidecar has written it: remove it"));
            }
            if found.st_mode & OTHERS != 0 {
                let file = self.file(&text, OFlags::RDONLY).map_err(|error| system(&path, error))?;
                fs::fchmod(&file, owner_only()).map_err(|error| system(&path, error.into()))?;
            }
        }
        Ok(())
    }

    fn file(&self, name: &str, how: OFlags) -> io::Result<File> {
        // Not blocking: opening what has become a pipe would wait for its other end.
        let how = how | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
        let file = fs::openat(&self.directory, name, how, owner_only())?;
        let found = fs::fstat(&file)?;
        regular(&self.path.join(name), &found).map_err(|error| io::Error::other(error.to_string()))?;
        Ok(File::from(file))
    }
}

impl Storage for Disk {
    type File = DiskFile;

    fn place(&self) -> String {
        self.path.display().to_string()
    }

    fn names(&self) -> io::Result<Vec<String>> {
        let entries = fs::Dir::read_from(&self.directory)?;
        let mut names = Vec::new();
        for entry in entries {
            // A name that is no text is none of ours.
            if let Ok(name) = entry?.file_name().to_str() {
                names.push(name.to_owned());
            }
        }
        Ok(names)
    }

    fn create(&self, name: &str) -> io::Result<DiskFile> {
        self.file(name, OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL).map(DiskFile)
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn Read>> {
        let file = self.file(name, OFlags::RDONLY)?;
        Ok(Box::new(BufReader::with_capacity(READ, file)))
    }

    fn sync_file(&self, name: &str) -> io::Result<()> {
        self.file(name, OFlags::RDONLY)?.sync_all()
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        Ok(fs::renameat(&self.directory, from, &self.directory, to)?)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        Ok(fs::unlinkat(&self.directory, name, AtFlags::empty())?)
    }

    fn sync(&self) -> io::Result<()> {
        Ok(fs::fsync(&self.directory)?)
    }
}

impl Write for DiskFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Stored for DiskFile {
    fn sync(&mut self) -> io::Result<()> {
        self.0.sync_data()
    }
}

fn lock(path: &Path, directory: &OwnedFd) -> Result<OwnedFd, StateError> {
    let file = path.join(LOCK);
    let system = |error: Errno| StateError::System { path: file.clone(), reason: error.into() };
    let how = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let lock = match fs::openat(directory, LOCK, how, owner_only()) {
        Ok(lock) => lock,
        // Of a link; of a pipe nobody reads.
        Err(Errno::LOOP | Errno::NXIO | Errno::ISDIR) => {
            return Err(unfit(&file, "is not a file", "remove it"));
        }
        Err(error) => return Err(system(error)),
    };
    regular(&file, &fs::fstat(&lock).map_err(system)?)?;
    match fs::flock(&lock, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(lock),
        Err(Errno::WOULDBLOCK) => Err(StateError::InUse { path: path.to_owned() }),
        Err(error) => Err(system(error)),
    }
}

fn regular(path: &Path, found: &Stat) -> Result<(), StateError> {
    if FileType::from_raw_mode(found.st_mode) != FileType::RegularFile {
        return Err(unfit(path, "is not a file", "no sidecar has made it: remove it"));
    }
    owned(path, found)?;
    if found.st_mode & WRITABLE != 0 {
        let help = "if you trust what is in it, take the right to write from group and others (chmod 0600)";
        return Err(unfit(path, "can be written by others", help));
    }
    Ok(())
}

fn owned(path: &Path, found: &Stat) -> Result<(), StateError> {
    let own = geteuid().as_raw();
    if found.st_uid == own {
        return Ok(());
    }
    let what = format!("belongs to user {}; this process is user {own}", found.st_uid);
    Err(unfit(path, &what, "if you trust what is in it, give it to the user of the sidecar (chown)"))
}

fn unfit(path: &Path, what: &str, help: &'static str) -> StateError {
    StateError::Unfit { path: path.to_owned(), what: what.to_owned(), help }
}

/// Bytes of the largest file of a kind that is opened.
const fn largest(kind: Kind) -> u64 {
    match kind {
        Kind::Base => 8 * GIB,
        Kind::Log => GIB,
        Kind::Highest => 64 * 1024,
    }
}

fn owner_only() -> Mode {
    Mode::RUSR | Mode::WUSR
}

/// Brings the name of a directory that was just made to the disk.
fn sync_parent(path: &Path) -> Result<(), Errno> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let parent = fs::open(
        parent.unwrap_or_else(|| Path::new(".")),
        OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC,
        Mode::empty(),
    )?;
    fs::fsync(&parent)
}

#[cfg(test)]
mod tests;
