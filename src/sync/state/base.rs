//! A base: a whole policy in a file.
//!
//! An opening, a header, pieces, an end. It counts only when it is whole: the end
//! says how many pieces there are and stands for every record before it, and what
//! the pieces come to must have the header's digest.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use super::codec::Codec;
use super::frame::{self, Opening, Records, Tag};
use super::names::{Kind, Name};
use super::storage::{Storage, Stored};
use crate::model::{Digest, Revision};
use crate::wire::kept::{BaseEnd, BaseHeader, Record};

/// Bytes written at a time.
const WRITE: usize = 256 * 1024;

/// Bytes after which those written are brought to the disk: few enough for whoever
/// syncs a log meanwhile not to wait for long.
const SYNC: u64 = 8 * 1024 * 1024;

/// Why a file is of no use.
#[derive(Debug)]
pub(super) enum Unusable {
    /// It is of a version that is not known here.
    Version(u32),
    /// It is not what was written.
    Broken(String),
    /// It is what was written, but not what this sidecar takes.
    Refused(String),
    /// It cannot be read.
    Unreadable(io::Error),
}

/// Writes a base under the name that it has while it is not finished, and brings
/// it to the disk. How many bytes it has.
///
/// # Errors
///
/// Those of the disk; that it was told to stop.
pub(super) fn write<S: Storage, K: Codec>(
    storage: &S,
    codec: &K,
    name: Name,
    whole: &K::Whole,
    recent: &[(Revision, Digest)],
    stop: &AtomicBool,
) -> io::Result<u64> {
    let file = storage.create(&name.unfinished())?;
    let mut writer = Writer {
        file,
        at: 0,
        unsynced: 0,
        waiting: frame::opening(Kind::Base).to_vec(),
        checks: blake3::Hasher::new(),
    };
    let header = BaseHeader {
        revision: K::revision(whole),
        digest: K::digest(whole),
        recent: recent.to_vec(),
        quarantined: K::quarantined(whole),
    };
    writer.record(Tag::Header, &header.to_bytes())?;
    let mut pieces = 0_u64;
    codec.tell(whole, &mut |piece| {
        if stop.load(Ordering::Relaxed) {
            return Err(io::Error::other("it was told to stop"));
        }
        pieces = pieces.saturating_add(1);
        writer.record(Tag::Piece, piece)
    })?;
    let end = BaseEnd { pieces, digest: digest(&writer.checks) };
    writer.record(Tag::End, &end.to_bytes())?;
    writer.write()?;
    writer.file.sync()?;
    Ok(writer.at)
}

/// Reads what a base says that it comes to.
///
/// # Errors
///
/// Why it is of no use.
pub(super) fn read_header<S: Storage>(storage: &S, name: Name) -> Result<BaseHeader, Unusable> {
    open(storage, name).map(|(_, header, _)| header)
}

/// Reads a base. How many bytes it has.
///
/// # Errors
///
/// Why it is of no use.
pub(super) fn read<S: Storage, K: Codec>(
    storage: &S,
    codec: &K,
    name: Name,
) -> Result<(K::Whole, BaseHeader, u64), Unusable> {
    let (records, header, checks) = open(storage, name)?;
    let mut pieces = Pieces { records, checks, count: 0, end: None };
    let whole = codec.load(&header, &mut || pieces.next());
    // What it is refused for counts only if all of it is as it was written.
    while pieces.next().is_some() {}
    pieces.end.unwrap_or(Ok(()))?;
    let bytes = pieces.records.at();
    if pieces.records.next().map_or(true, |more| more.is_some()) {
        return Err(broken("it goes on after its end"));
    }
    let whole = whole.map_err(Unusable::Refused)?;
    if (K::revision(&whole), K::digest(&whole)) != (header.revision, header.digest) {
        return Err(Unusable::Refused("what is in it does not come to what it says".to_owned()));
    }
    Ok((whole, header, bytes))
}

/// The pieces of a base, one after another.
struct Pieces {
    records: Records<Box<dyn io::Read>>,
    checks: blake3::Hasher,
    count: u64,
    /// Whether it ended as it should.
    end: Option<Result<(), Unusable>>,
}

impl Pieces {
    /// The next piece; `None` at the end, and where one cannot go on.
    fn next(&mut self) -> Option<Vec<u8>> {
        if self.end.is_some() {
            return None;
        }
        match self.record() {
            Ok(Some(piece)) => Some(piece),
            Ok(None) => {
                self.end = Some(Ok(()));
                None
            }
            Err(why) => {
                self.end = Some(Err(why));
                None
            }
        }
    }

    fn record(&mut self) -> Result<Option<Vec<u8>>, Unusable> {
        let (tag, check, payload) = self.records.next()?.ok_or_else(|| broken("it has no end"))?;
        match tag {
            Tag::Piece => {
                self.count = self.count.saturating_add(1);
                self.checks.update(&check);
                Ok(Some(payload))
            }
            Tag::End => {
                let end = BaseEnd::from_bytes(&payload).map_err(Unusable::Broken)?;
                let own = BaseEnd { pieces: self.count, digest: digest(&self.checks) };
                if end == own { Ok(None) } else { Err(broken("its end is of other records")) }
            }
            Tag::Header | Tag::Set => Err(broken("it has a record that no base has")),
        }
    }
}

type Opened = (Records<Box<dyn io::Read>>, BaseHeader, blake3::Hasher);

fn open<S: Storage>(storage: &S, name: Name) -> Result<Opened, Unusable> {
    let mut from = storage.open(&name.to_string())?;
    let file = opened(name.kind, &frame::read_up_to(&mut from, frame::OPENING)?)?;
    let mut records = Records::new(from, file);
    let Some((Tag::Header, check, payload)) = records.next()? else {
        return Err(broken("it does not begin with a header"));
    };
    let header = BaseHeader::from_bytes(&payload).map_err(Unusable::Broken)?;
    let mut checks = blake3::Hasher::new();
    checks.update(&check);
    Ok((records, header, checks))
}

/// The check of an opening, if it is one of ours.
fn opened(kind: Kind, bytes: &[u8]) -> Result<[u8; 16], Unusable> {
    match frame::read_opening(kind, bytes) {
        Opening::Ours(file) => Ok(file),
        Opening::Version(version) => Err(Unusable::Version(version)),
        Opening::Broken => Err(broken("it does not begin as such a file does")),
    }
}

pub(super) fn broken(what: &str) -> Unusable {
    Unusable::Broken(what.to_owned())
}

impl From<io::Error> for Unusable {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::InvalidData => Self::Broken(error.to_string()),
            _ => Self::Unreadable(error),
        }
    }
}

impl std::fmt::Display for Unusable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Version(version) => {
                write!(f, "it is of version {version}; this sidecar knows version {}", frame::VERSION)
            }
            Self::Broken(what) => write!(f, "it is broken: {what}"),
            Self::Refused(what) => write!(f, "it is whole, but not taken: {what}"),
            Self::Unreadable(error) => write!(f, "it cannot be read: {error}"),
        }
    }
}

struct Writer<F> {
    file: F,
    /// Bytes of the file, those that wait left out.
    at: u64,
    unsynced: u64,
    waiting: Vec<u8>,
    checks: blake3::Hasher,
}

impl<F: Stored> Writer<F> {
    fn record(&mut self, tag: Tag, payload: &[u8]) -> io::Result<()> {
        let at = self.at.saturating_add(count(self.waiting.len()));
        let check = frame::add(&mut self.waiting, Kind::Base, at, tag, payload)?;
        self.checks.update(&check);
        if self.waiting.len() >= WRITE { self.write() } else { Ok(()) }
    }

    fn write(&mut self) -> io::Result<()> {
        self.file.write_all(&self.waiting)?;
        let written = count(self.waiting.len());
        self.waiting.clear();
        self.at = self.at.saturating_add(written);
        self.unsynced = self.unsynced.saturating_add(written);
        if self.unsynced >= SYNC {
            self.unsynced = 0;
            self.file.sync()?;
        }
        Ok(())
    }
}

fn digest(checks: &blake3::Hasher) -> Digest {
    Digest::from_bytes(*checks.finalize().as_bytes())
}

fn count(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}
