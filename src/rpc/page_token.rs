//! Page tokens: where a list goes on, and of which list, on which policy.
//!
//! A token says nothing that its holder does not know, and gains its holder
//! nothing: every page is decided afresh. It is bound to the query and to the
//! tenant's revision so that a walk never mixes two lists or two policies, and
//! carries a tag over all of it so that a slip of a bit is told from a token.
//! The same query on the same revision has the same tokens at every replica.
//!
//! Layout, version 1: version (1 byte), origin, epoch and number of the tenant's
//! revision (8 each, big-endian), position, tag (16); as base64 without padding.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::model::Revision;

/// The most bytes of a token that is looked at. None made here is as long.
pub(crate) const TOKEN_BYTES: usize = 2048;

const VERSION: u8 = 1;
const TAG: usize = 16;
const CONTEXT: &str = "sidegate.v1 page token, layout 1";

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
    let mut bytes = vec![VERSION];
    bytes.extend(place.origin.to_be_bytes());
    bytes.extend(place.revision.epoch.to_be_bytes());
    bytes.extend(place.revision.number.to_be_bytes());
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
    let tag = tag(query, &bytes);
    bytes.extend(tag);
    URL_SAFE_NO_PAD.encode(bytes)
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
    let (place, position) = parts(body).ok_or(TokenError::Invalid)?;
    if place == now { Ok(position) } else { Err(TokenError::Moved) }
}

/// A token that says anything at all, with the right tag.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn sealed(query: QueryDigest, body: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode([body, &tag(query, body)].concat())
}

fn tag(query: QueryDigest, body: &[u8]) -> [u8; TAG] {
    let mut hasher = blake3::Hasher::new_derive_key(CONTEXT);
    hasher.update(&query.0).update(body);
    let mut tag = [0; TAG];
    hasher.finalize_xof().fill(&mut tag);
    tag
}

fn parts(body: &[u8]) -> Option<(Place, Position)> {
    let (version, rest) = body.split_first()?;
    if *version != VERSION {
        return None;
    }
    let (origin, rest) = number(rest)?;
    let (epoch, rest) = number(rest)?;
    let (number, rest) = number(rest)?;
    let (form, rest) = rest.split_first()?;
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
    Some((Place { origin, revision: Revision::new(epoch, number) }, position))
}

fn number(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (number, rest) = bytes.split_first_chunk()?;
    Some((u64::from_be_bytes(*number), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Place = Place { origin: 7, revision: Revision { epoch: 1, number: 42 } };

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
            let token = write(query, HERE, &position);
            assert!(token.len() <= TOKEN_BYTES);
            assert_eq!(read(&token, query, HERE), Ok(position));
        }
    }

    #[test]
    fn another_place_has_moved_and_another_query_is_none() {
        let query = QueryDigest::begin(b"q").end();
        let token = write(query, HERE, &Position::Sent(3));
        for moved in [
            Place { origin: 8, ..HERE },
            Place { revision: Revision::new(1, 43), ..HERE },
            Place { revision: Revision::new(2, 42), ..HERE },
        ] {
            assert_eq!(read(&token, query, moved), Err(TokenError::Moved));
        }
        assert_eq!(read(&token, QueryDigest::begin(b"r").end(), HERE), Err(TokenError::Invalid));
    }

    /// Each flipped bit, each cut, each longer text.
    #[test]
    fn b38_what_is_no_token_is_refused() {
        let query = QueryDigest::begin(b"q").end();
        for position in positions() {
            let token = write(query, HERE, &position);
            let bytes = URL_SAFE_NO_PAD.decode(&token).unwrap();
            for at in 0..bytes.len() {
                for bit in 0..8 {
                    let mut flipped = bytes.clone();
                    flipped[at] ^= 1 << bit;
                    let text = URL_SAFE_NO_PAD.encode(&flipped);
                    assert_eq!(read(&text, query, HERE), Err(TokenError::Invalid), "{at}.{bit}");
                }
                let cut = URL_SAFE_NO_PAD.encode(&bytes[..at]);
                assert_eq!(read(&cut, query, HERE), Err(TokenError::Invalid), "cut at {at}");
            }
            for at in 0..token.len() {
                for other in ["A", "_", "=", "ü", ""] {
                    let mut text = token.clone();
                    text.replace_range(at..=at, other);
                    if text != token {
                        assert_eq!(read(&text, query, HERE), Err(TokenError::Invalid), "{text}");
                    }
                }
            }
        }
        for text in ["", "A", " ", &"A".repeat(TOKEN_BYTES), &"A".repeat(TOKEN_BYTES + 1)] {
            assert_eq!(read(text, query, HERE), Err(TokenError::Invalid));
        }
    }
}
