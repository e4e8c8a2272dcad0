//! A log: sets in the order in which they were put in force.
//!
//! An opening, a header, sets. A log is begun when its first sets come, and never
//! gone on with by another process: what a process left torn stays torn, and the
//! next begins a log of its own.
//!
//! What is behind a record that is not whole is not used. If nothing whole is
//! behind it, it is the end that a loss of power or a kill leaves, and was never
//! acknowledged. If something is, the file was broken afterwards.

use std::io;

use super::base::{Unusable, broken};
use super::frame::{self, Opening, Tag};
use super::names::{Kind, Name};
use super::storage::{Storage, Stored};
use crate::wire::kept::{LogHeader, LoggedSet, Record};

/// Bytes written at a time.
const WRITE: usize = 4 * 1024 * 1024;

/// Bytes of the longest head: more than those are there only when it was synced.
const LONGEST_HEAD: usize = 128;

/// How many times its own length may be hashed to find out whether something
/// whole is behind what is not. Only a file made for it needs more.
const SEARCH: usize = 4;

/// A log that is being written.
#[derive(Debug)]
pub(super) struct Log<F> {
    file: F,
    at: u64,
    /// Its name is not on disk yet.
    new: bool,
}

/// A log that was read.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) header: LogHeader,
    /// The whole ones, up to the first that is not.
    pub(super) sets: Vec<LoggedSet>,
    pub(super) end: End,
    pub(super) bytes: u64,
}

/// How a log ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum End {
    /// After its last set.
    Clean,
    /// In a set of which not all is there.
    Torn {
        /// Where.
        at: usize,
    },
    /// It goes on after what is not whole.
    Broken {
        /// Where.
        at: usize,
    },
}

impl<F: Stored> Log<F> {
    /// Begins a log. Nothing is on disk before something was appended.
    ///
    /// # Errors
    ///
    /// Those of the disk.
    pub(super) fn begin<S: Storage<File = F>>(
        storage: &S,
        name: Name,
        header: &LogHeader,
    ) -> io::Result<Self> {
        let mut file = storage.create(&name.to_string())?;
        let mut bytes = frame::opening(Kind::Log).to_vec();
        let at = count(bytes.len());
        frame::add(&mut bytes, Kind::Log, at, Tag::Header, &header.to_bytes())?;
        file.write_all(&bytes)?;
        Ok(Self { file, at: count(bytes.len()), new: true })
    }

    /// Bytes of the file.
    pub(super) const fn bytes(&self) -> u64 {
        self.at
    }

    /// Appends sets, and comes back when they are on disk. After an error the log
    /// must not be gone on with.
    ///
    /// # Errors
    ///
    /// Those of the disk.
    pub(super) fn append<S: Storage<File = F>>(
        &mut self,
        storage: &S,
        sets: impl Iterator<Item = LoggedSet>,
    ) -> io::Result<()> {
        let mut waiting = Vec::new();
        for set in sets {
            let at = self.at.saturating_add(count(waiting.len()));
            frame::add(&mut waiting, Kind::Log, at, Tag::Set, &set.to_bytes())?;
            if waiting.len() >= WRITE {
                self.write(&mut waiting)?;
            }
        }
        self.write(&mut waiting)?;
        self.file.sync()?;
        if self.new {
            storage.sync()?;
            self.new = false;
        }
        Ok(())
    }

    fn write(&mut self, waiting: &mut Vec<u8>) -> io::Result<()> {
        self.file.write_all(waiting)?;
        self.at = self.at.saturating_add(count(waiting.len()));
        waiting.clear();
        Ok(())
    }
}

/// Reads a log; `None` if its head is torn, and so nothing was ever in it.
///
/// # Errors
///
/// Why nothing of it is of use.
pub(super) fn read<S: Storage>(storage: &S, name: Name) -> Result<Option<Found>, Unusable> {
    let mut bytes = Vec::new();
    storage.open(&name.to_string())?.read_to_end(&mut bytes)?;
    let file = match frame::read_opening(name.kind, &bytes) {
        Opening::Version(version) => return Err(Unusable::Version(version)),
        Opening::Broken if may_be_torn(&bytes) => return Ok(None),
        Opening::Broken => return Err(broken("it does not begin as a log does")),
        Opening::Ours(file) => file,
    };
    let mut at = frame::OPENING;
    let next = |at: usize| frame::read(file, count(at), bytes.get(at..).unwrap_or_default());
    let header = next(at).filter(|framed| framed.tag == Tag::Header);
    let header = match header {
        Some(header) => header,
        None if may_be_torn(&bytes) => return Ok(None),
        None => return Err(broken("it does not begin with a header")),
    };
    at = at.saturating_add(header.bytes);
    let header = LogHeader::from_bytes(header.payload).map_err(Unusable::Broken)?;
    let mut sets = Vec::new();
    while let Some(framed) = next(at).filter(|framed| framed.tag == Tag::Set) {
        match LoggedSet::from_bytes(framed.payload) {
            Ok(set) => sets.push(set),
            Err(_) => break,
        }
        at = at.saturating_add(framed.bytes);
    }
    let end = if at == bytes.len() {
        End::Clean
    } else if goes_on(file, &bytes, at) {
        End::Broken { at }
    } else {
        End::Torn { at }
    };
    Ok(Some(Found { header, sets, end, bytes: count(bytes.len()) }))
}

/// Whether a file that has no whole head may never have had one: it is no longer
/// than one, or has nothing behind it but the zeros that a loss of power can leave.
fn may_be_torn(bytes: &[u8]) -> bool {
    bytes.iter().skip(LONGEST_HEAD).all(|byte| *byte == 0)
}

/// Whether a whole record stands anywhere from `at` on.
fn goes_on(file: [u8; 16], bytes: &[u8], at: usize) -> bool {
    let mut hashed = 0_usize;
    for at in at..bytes.len() {
        let rest = bytes.get(at..).unwrap_or_default();
        let Some(length) = frame::claimed(rest) else { continue };
        hashed = hashed.saturating_add(length);
        if hashed > bytes.len().saturating_mul(SEARCH) || frame::read(file, count(at), rest).is_some() {
            return true;
        }
    }
    false
}

fn count(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Digest, Revision};
    use crate::sync::state::storage::simulated::Simulated;

    const NAME: Name = Name { kind: Kind::Log, number: 1 };

    fn set(n: u64) -> LoggedSet {
        LoggedSet {
            revision: Revision::new(1, n),
            base: Revision::new(1, n - 1),
            digest: Digest::of(&n.to_le_bytes()),
            held: Digest::of(b"held"),
            quarantine: false,
            changes: vec![7; 5],
        }
    }

    fn sample() -> Vec<u8> {
        let disk = Simulated::default();
        let mut log = Log::begin(&disk, NAME, &LogHeader::default()).unwrap();
        log.append(&disk, (1..3).map(set)).unwrap();
        log.append(&disk, (3..6).map(set)).unwrap();
        disk.files().remove("log.1").unwrap()
    }

    fn read_bytes(bytes: &[u8]) -> Result<Option<Found>, Unusable> {
        read(&Simulated::of([("log.1".to_owned(), bytes.to_vec())].into()), NAME)
    }

    #[test]
    fn sets_read_as_they_were_appended() {
        let found = read_bytes(&sample()).unwrap().unwrap();
        assert_eq!(found.sets, (1..6).map(set).collect::<Vec<_>>());
        assert_eq!((found.end, found.bytes), (End::Clean, sample().len() as u64));
    }

    #[test]
    fn f19_a_log_that_is_cut_has_the_sets_before() {
        let bytes = sample();
        for length in 0..bytes.len() {
            match read_bytes(&bytes[..length]) {
                Ok(Some(found)) => {
                    assert!(found.sets.len() < 5, "{length} bytes");
                    assert!(!matches!(found.end, End::Broken { .. }), "{length} bytes: {:?}", found.end);
                }
                Ok(None) => assert!(length < 120, "{length} bytes"),
                Err(other) => panic!("{length} bytes: {other}"),
            }
        }
    }

    #[test]
    fn f19_a_flipped_bit_before_whole_sets_is_told_from_a_torn_end() {
        let bytes = sample();
        let whole = read_bytes(&bytes).unwrap().unwrap();
        assert_eq!(whole.sets.len(), 5);
        for at in 0..bytes.len() {
            let mut flipped = bytes.clone();
            flipped[at] ^= 0x10;
            match read_bytes(&flipped) {
                Err(Unusable::Broken(_)) => assert!(at < LONGEST_HEAD, "byte {at}"),
                Err(other) => panic!("byte {at}: {other}"),
                Ok(None) => panic!("byte {at}: there are whole sets"),
                Ok(Some(found)) => {
                    assert_eq!(found.sets, whole.sets[..found.sets.len()], "byte {at}");
                    match found.end {
                        End::Clean => panic!("byte {at} was not missed"),
                        End::Broken { .. } => assert!(found.sets.len() < 4, "byte {at}"),
                        End::Torn { .. } => assert_eq!(found.sets.len(), 4, "byte {at}"),
                    }
                }
            }
        }
    }

    #[test]
    fn zeros_at_the_end_are_a_torn_end() {
        let bytes = [sample(), vec![0; 4096]].concat();
        let found = read_bytes(&bytes).unwrap().unwrap();
        assert_eq!((found.sets.len(), found.end), (5, End::Torn { at: sample().len() }));
    }

    #[test]
    fn a_file_made_to_be_searched_for_ever_is_not() {
        let mut bytes = [sample(), vec![9]].concat();
        for _ in 0..200_000 {
            bytes.extend([3, 0, 0, 8, 0]);
        }
        let found = read_bytes(&bytes).unwrap().unwrap();
        assert_eq!((found.sets.len(), found.end), (5, End::Broken { at: sample().len() }));
    }
}
