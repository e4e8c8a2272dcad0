//! Page tokens: where a list goes on, and of which list, on which policy.
//!
//! A token says nothing that its holder does not know, and gains its holder
//! nothing: every page is decided afresh. It is bound to the query and to the
//! tenant's revision so that a walk never mixes two lists or two policies, and
//! carries a tag over all of it so that a slip of a bit is told from a token.
//! The same query on the same revision has the same tokens at every replica.
//!
//! The last thing that was decided may be one that the principal may not see, so
//! it is encrypted: with a key that only those have who know all that the tenant
//! holds, which every replica does and no reader of a list. A nonce made from what
//! is encrypted keeps equal tokens equal, and no two positions under one stream.
//!
//! Layout, version 2: version (1 byte), origin, epoch and number of the tenant's
//! revision (8 each, big-endian), nonce (16), encrypted position, tag (16); as
//! base64 without padding.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::model::{Digest, Revision};

/// The most bytes of a token that is looked at. None made here is as long.
pub(crate) const TOKEN_BYTES: usize = 2048;

const VERSION: u8 = 2;
const NONCE: usize = 16;
const TAG: usize = 16;
const TAG_CONTEXT: &str = "sidegate.v1 page token, layout 2, tag";
const KEY_CONTEXT: &str = "sidegate.v1 page token, layout 2, position";

/// A query as a token knows it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct QueryDigest([u8; 32]);

/// The policy that a page was decided on.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Place {
    /// The process, when revisions are counted by each process for itself.
    pub(crate) origin: u64,
    /// The tenant's revision.
    pub(crate) revision: Revision,
    /// What the tenant holds at that revision. No token tells it; positions are read with it.
    pub(crate) content: Digest,
}

/// The last thing that was decided for a page.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Position {
    /// The n-th of what was sent.
    Sent(u32),
    /// A resource.
    Resource(String),
    /// A principal.
    Principal {
        /// Its type.
        kind: String,
        /// Its id.
        id: String,
    },
    /// Something with a type and an id, of one of several sorts.
    Part {
        /// The sort.
        sort: u8,
        /// Its type.
        kind: String,
        /// Its id.
        id: String,
    },
}

/// Why a list cannot go on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum TokenError {
    /// It is no token, or one of another query.
    Invalid,
    /// The tenant is at another revision.
    Moved,
}

/// A query that is being read.
#[derive(Debug)]
pub(crate) struct QueryHasher(blake3::Hasher);

impl QueryDigest {
    /// Begins with the bytes of a query's first part. Parts must be the same for the
    /// same query.
    pub(crate) fn begin(part: &[u8]) -> QueryHasher {
        let mut hasher = QueryHasher(blake3::Hasher::new());
        hasher.add(part);
        hasher
    }
}

impl QueryHasher {
    /// Adds a part, with its length, so that parts cannot run into one another.
    pub(crate) fn add(&mut self, part: &[u8]) {
        let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
        self.0.update(&length.to_be_bytes()).update(part);
    }

    /// The digest of all parts.
    pub(crate) fn end(self) -> QueryDigest {
        QueryDigest(*self.0.finalize().as_bytes())
    }
}

/// Writes a token.
pub(crate) fn write(query: QueryDigest, place: Place, position: &Position) -> String {
    let mut bytes = Vec::new();
    match position {
        Position::Sent(at) => {
            bytes.push(0);
            bytes.extend(at.to_be_bytes());
        }
        Position::Resource(id) => {
            bytes.push(1);
            bytes.extend(id.as_bytes());
        }
        Position::Principal { kind, id } => {
            bytes.push(2);
            // A type has no colon, so the first one parts it from the id.
            bytes.extend(kind.as_bytes());
            bytes.push(b':');
            bytes.extend(id.as_bytes());
        }
        Position::Part { sort, kind, id } => {
            bytes.extend([3, *sort]);
            bytes.extend(kind.as_bytes());
            bytes.push(b':');
            bytes.extend(id.as_bytes());
        }
    }
    seal(query, place, bytes)
}

/// Reads the token of a query.
pub(crate) fn read(token: &str, query: QueryDigest, now: Place) -> Result<Position, TokenError> {
    if token.len() > TOKEN_BYTES {
        return Err(TokenError::Invalid);
    }
    let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| TokenError::Invalid)?;
    let (body, told) = bytes.split_last_chunk::<TAG>().ok_or(TokenError::Invalid)?;
    if *told != tag(query, body) {
        return Err(TokenError::Invalid);
    }
    let (origin, revision, sealed) = parts(body).ok_or(TokenError::Invalid)?;
    if (origin, revision) != (now.origin, now.revision) {
        return Err(TokenError::Moved);
    }
    opened(query, now, sealed).as_deref().and_then(position).ok_or(TokenError::Invalid)
}

/// A token that says anything at all, with the right tag.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn tagged(query: QueryDigest, body: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode([body, &tag(query, body)].concat())
}

/// A token whose position is these bytes, whatever they say.
pub(crate) fn seal(query: QueryDigest, place: Place, mut position: Vec<u8>) -> String {
    let key = key(query, place);
    let nonce = nonce(&key, &position);
    mask(&key, &nonce, &mut position);
    let mut bytes = vec![VERSION];
    bytes.extend(place.origin.to_be_bytes());
    bytes.extend(place.revision.epoch.to_be_bytes());
    bytes.extend(place.revision.number.to_be_bytes());
    bytes.extend(nonce);
    bytes.extend(position);
    let tag = tag(query, &bytes);
    bytes.extend(tag);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The bytes of a position that was sealed here.
fn opened(query: QueryDigest, place: Place, sealed: &[u8]) -> Option<Vec<u8>> {
    let (told, position) = sealed.split_first_chunk::<NONCE>()?;
    let key = key(query, place);
    let mut position = position.to_vec();
    mask(&key, told, &mut position);
    (*told == nonce(&key, &position)).then_some(position)
}

fn key(query: QueryDigest, place: Place) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_derive_key(KEY_CONTEXT);
    hasher.update(&place.content.to_bytes()).update(&query.0).update(&place.origin.to_be_bytes());
    hasher.update(&place.revision.epoch.to_be_bytes()).update(&place.revision.number.to_be_bytes());
    *hasher.finalize().as_bytes()
}

fn nonce(key: &[u8; 32], position: &[u8]) -> [u8; NONCE] {
    let mut nonce = [0; NONCE];
    blake3::Hasher::new_keyed(key).update(b"nonce").update(position).finalize_xof().fill(&mut nonce);
    nonce
}

/// Encrypts what is not, and the reverse.
fn mask(key: &[u8; 32], nonce: &[u8; NONCE], position: &mut [u8]) {
    let mut stream = vec![0; position.len()];
    blake3::Hasher::new_keyed(key).update(b"mask").update(nonce).finalize_xof().fill(&mut stream);
    position.iter_mut().zip(stream).for_each(|(byte, mask)| *byte ^= mask);
}

fn tag(query: QueryDigest, body: &[u8]) -> [u8; TAG] {
    let mut hasher = blake3::Hasher::new_derive_key(TAG_CONTEXT);
    hasher.update(&query.0).update(body);
    let mut tag = [0; TAG];
    hasher.finalize_xof().fill(&mut tag);
    tag
}

/// Origin, revision, and what is sealed.
fn parts(body: &[u8]) -> Option<(u64, Revision, &[u8])> {
    let (version, rest) = body.split_first()?;
    if *version != VERSION {
        return None;
    }
    let (origin, rest) = number(rest)?;
    let (epoch, rest) = number(rest)?;
    let (number, rest) = number(rest)?;
    Some((origin, Revision::new(epoch, number), rest))
}

fn position(bytes: &[u8]) -> Option<Position> {
    let (form, rest) = bytes.split_first()?;
    let text = || String::from_utf8(rest.to_vec()).ok();
    let position = match form {
        0 => Position::Sent(u32::from_be_bytes(*rest.first_chunk().filter(|_| rest.len() == 4)?)),
        1 => Position::Resource(text()?),
        2 => {
            let text = text()?;
            let (kind, id) = text.split_once(':')?;
            Position::Principal { kind: kind.to_owned(), id: id.to_owned() }
        }
        3 => {
            let (sort, rest) = rest.split_first()?;
            let (kind, id) = std::str::from_utf8(rest).ok()?.split_once(':')?;
            Position::Part { sort: *sort, kind: kind.to_owned(), id: id.to_owned() }
        }
        _ => return None,
    };
    Some(position)
}

fn number(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (number, rest) = bytes.split_first_chunk()?;
    Some((u64::from_be_bytes(*number), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn here() -> Place {
        Place { origin: 7, revision: Revision { epoch: 1, number: 42 }, content: Digest::of(b"acme") }
    }

    fn positions() -> [Position; 5] {
        [
            Position::Sent(u32::MAX),
            Position::Resource("a:b/ü".to_owned()),
            Position::Principal { kind: "user".to_owned(), id: ":x:".to_owned() },
            Position::Resource("x".repeat(513)),
            Position::Part { sort: 1, kind: "folder".to_owned(), id: "a:b".to_owned() },
        ]
    }

    #[test]
    fn a_token_says_where_to_go_on() {
        let query = QueryDigest::begin(b"q").end();
        for position in positions() {
            let token = write(query, here(), &position);
            assert!(token.len() <= TOKEN_BYTES);
            assert_eq!(read(&token, query, here()), Ok(position));
        }
    }

    #[test]
    fn another_place_has_moved_and_another_query_is_none() {
        let query = QueryDigest::begin(b"q").end();
        let token = write(query, here(), &Position::Sent(3));
        for moved in [
            Place { origin: 8, ..here() },
            Place { revision: Revision::new(1, 43), ..here() },
            Place { revision: Revision::new(2, 42), ..here() },
        ] {
            assert_eq!(read(&token, query, moved), Err(TokenError::Moved));
        }
        assert_eq!(read(&token, QueryDigest::begin(b"r").end(), here()), Err(TokenError::Invalid));
    }

    #[test]
    fn b49_a_token_tells_no_position() {
        let query = QueryDigest::begin(b"q").end();
        let sealed = |id: &str| {
            let token = write(query, here(), &Position::Resource(id.to_owned()));
            URL_SAFE_NO_PAD.decode(token).unwrap()
        };
        let shared = |a: &[u8], b: &[u8]| a.iter().zip(b).filter(|(a, b)| a == b).count();
        let (hidden, other) = ("x".repeat(200), "y".repeat(200));
        // Where it stands is in the clear; of the rest no more bytes are the same than come about by chance.
        let clear = 25;
        let (a, b) = (sealed(&hidden), sealed(&other));
        assert_eq!(a[..clear], b[..clear]);
        assert!(shared(&a[clear..], &b[clear..]) < 20, "two positions under one stream");
        assert!(shared(&a[clear + NONCE + 1..], hidden.as_bytes()) < 20);
        // Who does not know what the tenant holds cannot read it, and reads nothing else in its place.
        let token = URL_SAFE_NO_PAD.encode(a);
        let elsewhere = Place { content: Digest::of(b"other"), ..here() };
        assert_eq!(read(&token, query, elsewhere), Err(TokenError::Invalid));
    }

    /// Each flipped bit, each cut, each longer text.
    #[test]
    fn b38_what_is_no_token_is_refused() {
        let query = QueryDigest::begin(b"q").end();
        for position in positions() {
            let token = write(query, here(), &position);
            let bytes = URL_SAFE_NO_PAD.decode(&token).unwrap();
            for at in 0..bytes.len() {
                for bit in 0..8 {
                    let mut flipped = bytes.clone();
                    flipped[at] ^= 1 << bit;
                    let text = URL_SAFE_NO_PAD.encode(&flipped);
                    assert_eq!(read(&text, query, here()), Err(TokenError::Invalid), "{at}.{bit}");
                }
                let cut = URL_SAFE_NO_PAD.encode(&bytes[..at]);
                assert_eq!(read(&cut, query, here()), Err(TokenError::Invalid), "cut at {at}");
            }
            for at in 0..token.len() {
                for other in ["A", "_", "=", "ü", ""] {
                    let mut text = token.clone();
                    text.replace_range(at..=at, other);
                    if text != token {
                        assert_eq!(read(&text, query, here()), Err(TokenError::Invalid), "{text}");
                    }
                }
            }
        }
        for text in ["", "A", " ", &"A".repeat(TOKEN_BYTES), &"A".repeat(TOKEN_BYTES + 1)] {
            assert_eq!(read(text, query, here()), Err(TokenError::Invalid));
        }
    }
}
