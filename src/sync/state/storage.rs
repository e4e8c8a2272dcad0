//! Where files are kept: one folder, and as little as a disk can do.
//!
//! Whoever writes here may count on this much. What a file was told is on disk
//! once [`Stored::sync`] has come back; under which name it is found, once
//! [`Storage::sync`] has. Before that, any part of what was told may be there or
//! not, and names may have changed in any order. A call that failed may have done
//! its work, a part of it, or nothing; a file whose sync has failed is not to be
//! trusted again, whatever a second sync says.
//!
//! It deliberately lacks writing into a file that is there: files are made new,
//! told everything, and then read only.

#[cfg(any(test, feature = "fuzzing"))]
pub(super) mod simulated;

mod disk;

pub(super) use disk::Disk;
pub use disk::StateError;

use std::io::{self, Read, Write};

/// A folder of files.
pub(super) trait Storage: Send + Sync + 'static {
    /// A file that is being written.
    type File: Stored;

    /// Where it is, for people.
    fn place(&self) -> String;

    /// The names of all files.
    fn names(&self) -> io::Result<Vec<String>>;

    /// Makes a file. There must be none of that name.
    fn create(&self, name: &str) -> io::Result<Self::File>;

    /// Opens a file to be read from the start.
    fn open(&self, name: &str) -> io::Result<Box<dyn Read>>;

    /// Comes back when everything that a file has is on disk.
    fn sync_file(&self, name: &str) -> io::Result<()>;

    /// Gives a file another name. There must be none of that name.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Takes a file away.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Comes back when every name is on disk.
    fn sync(&self) -> io::Result<()>;
}

/// A file that is being written.
pub(super) trait Stored: Write + Send + 'static {
    /// Comes back when everything that was written is on disk.
    fn sync(&mut self) -> io::Result<()>;
}
