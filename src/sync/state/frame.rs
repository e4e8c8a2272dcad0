//! Records in a file: where one begins, how long it is, and whether it is whole.
//!
//! ```text
//! file   = opening record*
//! opening = "sidegate" kind[4] version[4] check[16]
//! record = tag[1] length[4] check[16] payload[length]
//! ```
//!
//! Numbers are little-endian. A check is the first 16 bytes of a BLAKE3 digest: of
//! the opening before it, or of the opening's check, the record's place in the
//! file, its tag, its length and its payload. So a record that stands elsewhere
//! than where it was written, or in a file of another kind, is not whole.
//!
//! The opening is read the same way by every version, for ever: that is how a
//! sidecar tells a file that a newer one has written from one that is broken.

use std::io::{self, Read};

use super::names::Kind;

/// The version of what is written here.
pub(super) const VERSION: u32 = 1;

/// Bytes of an opening.
pub(super) const OPENING: usize = 32;

/// Bytes of a record before its payload.
pub(super) const HEAD: usize = 21;

/// Bytes of the largest payload.
pub(super) const LARGEST: usize = 512 * 1024 * 1024;

const MAGIC: &[u8; 8] = b"sidegate";

/// What a record is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Tag {
    /// The header of the file.
    Header = 1,
    /// A piece of a content.
    Piece = 2,
    /// A set.
    Set = 3,
    /// The end of the file.
    End = 4,
}

/// What stands at the head of a file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Opening {
    /// That of a file of this version: its check.
    Ours([u8; 16]),
    /// That of a file of another version.
    Version(u32),
    /// None.
    Broken,
}

/// A record and how many bytes it takes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Framed<'a> {
    pub(super) tag: Tag,
    pub(super) check: [u8; 16],
    pub(super) payload: &'a [u8],
    pub(super) bytes: usize,
}

/// A record, with its check and its payload.
pub(super) type Owned = (Tag, [u8; 16], Vec<u8>);

/// The opening of a file of a kind.
pub(super) fn opening(kind: Kind) -> [u8; OPENING] {
    opening_of(kind, VERSION)
}

/// The opening of a file of a kind and a version.
pub(super) fn opening_of(kind: Kind, version: u32) -> [u8; OPENING] {
    let said = said(kind, version);
    let check = first(blake3::hash(&said));
    let mut opening = [0; OPENING];
    for (to, from) in opening.iter_mut().zip(said.into_iter().chain(check)) {
        *to = from;
    }
    opening
}

/// The check of the opening of a file of a kind.
pub(super) fn own(kind: Kind) -> [u8; 16] {
    first(blake3::hash(&said(kind, VERSION)))
}

/// What an opening says, without its check.
fn said(kind: Kind, version: u32) -> Vec<u8> {
    MAGIC.iter().copied().chain(word(kind)).chain(version.to_le_bytes()).collect()
}

/// Reads what stands at the head of a file of a kind.
pub(super) fn read_opening(kind: Kind, bytes: &[u8]) -> Opening {
    let Some((version, check)) = bytes.get(12..16).zip(bytes.get(16..OPENING)) else {
        return Opening::Broken;
    };
    let version = u32::from_le_bytes(version.try_into().unwrap_or_default());
    if bytes.get(..OPENING) != Some(opening_of(kind, version).as_slice()) {
        Opening::Broken
    } else if version == VERSION {
        Opening::Ours(check.try_into().unwrap_or_default())
    } else {
        Opening::Version(version)
    }
}

/// Adds a record to `to`; `at` is where in the file it will stand.
///
/// # Errors
///
/// The payload is larger than any may be.
pub(super) fn add(to: &mut Vec<u8>, kind: Kind, at: u64, tag: Tag, payload: &[u8]) -> io::Result<[u8; 16]> {
    let length = u32::try_from(payload.len()).ok().filter(|_| payload.len() <= LARGEST);
    let length = length.ok_or_else(|| {
        io::Error::other(format!("a record of {} bytes; at most {LARGEST} are kept", payload.len()))
    })?;
    let check = check(own(kind), at, tag as u8, length, payload);
    to.reserve(HEAD.saturating_add(payload.len()));
    to.push(tag as u8);
    to.extend(length.to_le_bytes());
    to.extend(check);
    to.extend(payload);
    Ok(check)
}

/// The record that stands at the start of `bytes`, if a whole one does.
pub(super) fn read(file: [u8; 16], at: u64, bytes: &[u8]) -> Option<Framed<'_>> {
    let head = Head::read(bytes)?;
    let payload = bytes.get(HEAD..)?.get(..head.length())?;
    head.is_of(file, at, payload).then(|| Framed {
        tag: head.tag,
        check: head.check,
        payload,
        bytes: HEAD.saturating_add(payload.len()),
    })
}

/// How long the payload would be of a record at the start of `bytes`, if one can
/// stand there.
pub(super) fn claimed(bytes: &[u8]) -> Option<usize> {
    let length = Head::read(bytes)?.length();
    (bytes.len().checked_sub(HEAD)? >= length).then_some(length)
}

/// Reads the records of a file one after another, in bounded space.
pub(super) struct Records<R> {
    from: R,
    file: [u8; 16],
    at: u64,
}

impl<R: Read> Records<R> {
    /// The records that follow an opening that was read.
    pub(super) const fn new(from: R, file: [u8; 16]) -> Self {
        Self { from, file, at: OPENING as u64 }
    }

    /// Bytes of the file up to the next record.
    pub(super) const fn at(&self) -> u64 {
        self.at
    }

    /// The next record with its check; `None` where the file ends before one
    /// begins.
    ///
    /// # Errors
    ///
    /// Of reading; [`io::ErrorKind::InvalidData`] if what is there is no record.
    pub(super) fn next(&mut self) -> io::Result<Option<Owned>> {
        let at = self.at;
        let broken = || io::Error::new(io::ErrorKind::InvalidData, format!("no whole record at byte {at}"));
        let start = read_up_to(&mut self.from, HEAD)?;
        if start.is_empty() {
            return Ok(None);
        }
        let head = Head::read(&start).ok_or_else(broken)?;
        let payload = read_up_to(&mut self.from, head.length())?;
        if payload.len() != head.length() || !head.is_of(self.file, self.at, &payload) {
            return Err(broken());
        }
        let bytes = HEAD.saturating_add(payload.len());
        self.at = self.at.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
        Ok(Some((head.tag, head.check, payload)))
    }
}

/// As many bytes as there are, up to so many.
pub(super) fn read_up_to(from: &mut impl Read, most: usize) -> io::Result<Vec<u8>> {
    // Space is taken as bytes come, and not because a broken length asks for it.
    let mut bytes = Vec::with_capacity(most.min(1024 * 1024));
    from.take(u64::try_from(most).unwrap_or(u64::MAX)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

struct Head {
    tag: Tag,
    length: u32,
    check: [u8; 16],
}

impl Head {
    /// Reads the head of a record, if it can be one.
    fn read(bytes: &[u8]) -> Option<Self> {
        let tag = match bytes.first()? {
            1 => Tag::Header,
            2 => Tag::Piece,
            3 => Tag::Set,
            4 => Tag::End,
            _ => return None,
        };
        let length = u32::from_le_bytes(bytes.get(1..5)?.try_into().ok()?);
        let check = bytes.get(5..HEAD)?.try_into().ok()?;
        let head = Self { tag, length, check };
        (head.length() <= LARGEST).then_some(head)
    }

    fn length(&self) -> usize {
        usize::try_from(self.length).unwrap_or(usize::MAX)
    }

    fn is_of(&self, file: [u8; 16], at: u64, payload: &[u8]) -> bool {
        self.check == check(file, at, self.tag as u8, self.length, payload)
    }
}

fn check(file: [u8; 16], at: u64, tag: u8, length: u32, payload: &[u8]) -> [u8; 16] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&file).update(&at.to_le_bytes()).update(&[tag]).update(&length.to_le_bytes());
    hasher.update(payload);
    first(hasher.finalize())
}

fn first(hash: blake3::Hash) -> [u8; 16] {
    let mut first = [0; 16];
    for (to, from) in first.iter_mut().zip(hash.as_bytes()) {
        *to = *from;
    }
    first
}

fn word(kind: Kind) -> [u8; 4] {
    match kind {
        Kind::Base => *b"base",
        Kind::Log => *b"log ",
        Kind::Highest => *b"high",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> (Vec<u8>, [u8; 16]) {
        let mut bytes = opening(Kind::Log).to_vec();
        for (tag, payload) in [(Tag::Header, "header"), (Tag::Set, "first"), (Tag::Set, ""), (Tag::End, "!")]
        {
            let at = bytes.len() as u64;
            add(&mut bytes, Kind::Log, at, tag, payload.as_bytes()).unwrap();
        }
        let Opening::Ours(file) = read_opening(Kind::Log, &bytes) else { panic!("an opening") };
        (bytes, file)
    }

    /// How many whole records there are, and whether the file ends after them.
    fn whole(bytes: &[u8], file: [u8; 16]) -> (usize, bool) {
        let mut records = Records::new(&bytes[OPENING..], file);
        let mut count = 0;
        loop {
            match records.next() {
                Ok(Some(_)) => count += 1,
                Ok(None) => return (count, true),
                Err(error) => {
                    assert_eq!(error.kind(), io::ErrorKind::InvalidData);
                    return (count, false);
                }
            }
        }
    }

    #[test]
    fn records_read_as_they_were_written() {
        let (bytes, file) = sample();
        assert_eq!(whole(&bytes, file), (4, true));
        let first = read(file, OPENING as u64, &bytes[OPENING..]).unwrap();
        assert_eq!((first.tag, first.payload), (Tag::Header, b"header".as_slice()));
        let next = OPENING + first.bytes;
        assert_eq!(read(file, next as u64, &bytes[next..]).unwrap().payload, b"first");
    }

    #[test]
    fn f19_no_flipped_bit_goes_unseen() {
        let (bytes, file) = sample();
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut flipped = bytes.clone();
                flipped[at] ^= 1 << bit;
                if at < OPENING {
                    assert_eq!(read_opening(Kind::Log, &flipped), Opening::Broken, "byte {at}");
                } else {
                    assert_ne!(whole(&flipped, file), (4, true), "byte {at}, bit {bit}");
                }
            }
        }
    }

    #[test]
    fn f19_a_file_that_is_cut_has_only_what_is_before() {
        let (bytes, file) = sample();
        for length in OPENING..bytes.len() {
            assert!(whole(&bytes[..length], file).0 < 4, "{length} bytes");
        }
        assert_eq!(read_opening(Kind::Log, &bytes[..OPENING - 1]), Opening::Broken);
        assert_eq!(read_opening(Kind::Log, &[]), Opening::Broken);
    }

    #[test]
    fn a_record_is_whole_only_where_it_was_written() {
        let (bytes, file) = sample();
        let first = read(file, OPENING as u64, &bytes[OPENING..]).unwrap().bytes;
        assert!(read(file, 7, &bytes[OPENING..]).is_none(), "at another place");
        let Opening::Ours(base) = read_opening(Kind::Base, &opening(Kind::Base)) else {
            panic!("an opening")
        };
        assert!(read(base, OPENING as u64, &bytes[OPENING..]).is_none(), "in a file of another kind");
        let moved: Vec<u8> = bytes[..OPENING].iter().chain(&bytes[OPENING + first..]).copied().collect();
        assert_eq!(whole(&moved, file), (0, false));
        assert_eq!(read_opening(Kind::Base, &bytes), Opening::Broken);
    }

    #[test]
    fn f21_a_newer_version_is_told_from_a_broken_file() {
        assert_eq!(read_opening(Kind::Base, &opening_of(Kind::Base, 2)), Opening::Version(2));
        assert_eq!(read_opening(Kind::Base, &opening_of(Kind::Base, u32::MAX)), Opening::Version(u32::MAX));
    }

    #[test]
    fn f19_a_length_that_lies_takes_no_space() {
        let (mut bytes, file) = sample();
        bytes[OPENING + 1..OPENING + 5].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(whole(&bytes, file), (0, false));
    }

    #[test]
    fn what_is_too_large_is_not_written() {
        let payload = vec![0; LARGEST + 1];
        assert!(add(&mut Vec::new(), Kind::Base, 0, Tag::Piece, &payload).is_err());
    }
}
