//! What stands around the content in the files of a state directory.
//!
//! A record reads only if writing what was read gives its bytes again: a field
//! that is not known here would otherwise be dropped without a word.

pub(crate) mod pieces;

use prost::Message;

use super::api;
use super::api::state;
use crate::model::{Digest, Revision};

/// What the content of a base comes to.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct BaseHeader {
    /// The revision of everything.
    pub(crate) revision: Revision,
    /// Stands for everything that is held.
    pub(crate) digest: Digest,
    /// The sets that have led there, the newest last.
    pub(crate) recent: Vec<(Revision, Digest)>,
    /// Tenants that were left out because they have faults.
    pub(crate) quarantined: Vec<String>,
}

/// How a base ends.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct BaseEnd {
    /// How many pieces there are.
    pub(crate) pieces: u64,
    /// Stands for all records before this one.
    pub(crate) digest: Digest,
}

/// What the sets of a log begin from.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct LogHeader {
    /// The revision that the first set was made against, or a later one.
    pub(crate) start: Revision,
    /// What has that revision was not on disk when the log was begun.
    pub(crate) ahead: bool,
}

/// A set that was put in force.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct LoggedSet {
    /// The revision that was reached with it.
    pub(crate) revision: Revision,
    /// The revision that it was made against.
    pub(crate) base: Revision,
    /// Stands for the set.
    pub(crate) digest: Digest,
    /// Stands for everything that was held then.
    pub(crate) held: Digest,
    /// Tenants with faults were left out.
    pub(crate) quarantine: bool,
    /// Its changes, not yet taken apart.
    pub(crate) changes: Vec<u8>,
}

/// The highest that was kept.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Highest {
    /// No revision that was kept was higher.
    pub(crate) revision: Revision,
    /// Stands for everything that was held then.
    pub(crate) digest: Digest,
}

/// A record that stands around the content.
pub(crate) trait Record: Sized {
    /// As bytes.
    fn to_bytes(&self) -> Vec<u8>;

    /// From bytes.
    ///
    /// # Errors
    ///
    /// What they are not.
    fn from_bytes(bytes: &[u8]) -> Result<Self, String>;
}

impl Record for BaseHeader {
    fn to_bytes(&self) -> Vec<u8> {
        let recent = self.recent.iter().map(|(at, digest)| state::AppliedSet {
            revision: Some(revision(*at)),
            digest: digest.to_bytes().to_vec(),
        });
        state::BaseHeader {
            revision: Some(revision(self.revision)),
            digest: self.digest.to_bytes().to_vec(),
            recent: recent.collect(),
            quarantined: self.quarantined.clone(),
        }
        .encode_to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        let state::BaseHeader { revision, digest, recent, quarantined } = decode(bytes)?;
        let recent = recent.into_iter().map(|set| {
            let state::AppliedSet { revision, digest } = set;
            Ok((read_revision(revision)?, read_digest(&digest)?))
        });
        Ok(Self {
            revision: read_revision(revision)?,
            digest: read_digest(&digest)?,
            recent: recent.collect::<Result<_, String>>()?,
            quarantined,
        })
    }
}

impl Record for BaseEnd {
    fn to_bytes(&self) -> Vec<u8> {
        state::BaseEnd { pieces: self.pieces, digest: self.digest.to_bytes().to_vec() }.encode_to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        let state::BaseEnd { pieces, digest } = decode(bytes)?;
        Ok(Self { pieces, digest: read_digest(&digest)? })
    }
}

impl Record for LogHeader {
    fn to_bytes(&self) -> Vec<u8> {
        state::LogHeader { start: Some(revision(self.start)), ahead: self.ahead }.encode_to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        let state::LogHeader { start, ahead } = decode(bytes)?;
        Ok(Self { start: read_revision(start)?, ahead })
    }
}

impl Record for LoggedSet {
    fn to_bytes(&self) -> Vec<u8> {
        state::LoggedSet {
            revision: Some(revision(self.revision)),
            base: Some(revision(self.base)),
            digest: self.digest.to_bytes().to_vec(),
            held: self.held.to_bytes().to_vec(),
            quarantine: self.quarantine,
            changes: self.changes.clone(),
        }
        .encode_to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        let state::LoggedSet { revision, base, digest, held, quarantine, changes } = decode(bytes)?;
        Ok(Self {
            revision: read_revision(revision)?,
            base: read_revision(base)?,
            digest: read_digest(&digest)?,
            held: read_digest(&held)?,
            quarantine,
            changes,
        })
    }
}

impl Record for Highest {
    fn to_bytes(&self) -> Vec<u8> {
        state::Highest { revision: Some(revision(self.revision)), digest: self.digest.to_bytes().to_vec() }
            .encode_to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        let state::Highest { revision, digest } = decode(bytes)?;
        Ok(Self { revision: read_revision(revision)?, digest: read_digest(&digest)? })
    }
}

/// A message that says just what the bytes say.
fn decode<M: Message + Default>(bytes: &[u8]) -> Result<M, String> {
    let message = M::decode(bytes).map_err(|error| error.to_string())?;
    if message.encode_to_vec() == bytes {
        Ok(message)
    } else {
        Err("it says more than this version knows, or says it in another way".to_owned())
    }
}

const fn revision(revision: Revision) -> api::Revision {
    let Revision { epoch, number } = revision;
    api::Revision { epoch, number }
}

fn read_revision(revision: Option<api::Revision>) -> Result<Revision, String> {
    let api::Revision { epoch, number } = revision.ok_or("a revision is missing")?;
    Ok(Revision::new(epoch, number))
}

fn read_digest(bytes: &[u8]) -> Result<Digest, String> {
    let bytes = bytes.try_into().map_err(|_| "a digest has 32 bytes")?;
    Ok(Digest::from_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use super::*;

    fn check<R: Record + Clone + Debug + PartialEq>(record: &R) {
        let bytes = record.to_bytes();
        assert_eq!(R::from_bytes(&bytes).as_ref(), Ok(record));
        let unknown = [bytes.as_slice(), &[0xf8, 0x3f, 1]].concat();
        assert!(R::from_bytes(&unknown).is_err(), "{record:?}: a field that nobody knows");
        if !bytes.is_empty() {
            let short = bytes.get(..bytes.len() - 1).unwrap_or_default();
            assert_ne!(R::from_bytes(short).as_ref(), Ok(record));
        }
    }

    #[test]
    fn records_read_as_they_were_written() {
        let (revision, digest) = (Revision::new(3, 9), Digest::of(b"a"));
        check(&BaseHeader {
            revision,
            digest,
            recent: vec![(Revision::new(3, 8), Digest::of(b"b")), (revision, Digest::of(b"c"))],
            quarantined: vec!["acme".to_owned()],
        });
        check(&BaseEnd { pieces: 7, digest });
        check(&LogHeader { start: revision, ahead: true });
        check(&LoggedSet {
            revision,
            base: Revision::new(3, 8),
            digest,
            held: Digest::of(b"d"),
            quarantine: true,
            changes: vec![1, 2, 3],
        });
        check(&Highest { revision, digest });
    }

    #[test]
    fn what_is_missing_is_a_fault() {
        assert!(LoggedSet::from_bytes(&[]).is_err());
        assert!(Highest::from_bytes(&[10, 0]).is_err(), "a digest must have 32 bytes");
    }
}
