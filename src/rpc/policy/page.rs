//! Pages of what is held: how large, and where they start.

use super::Reading;
use crate::decide::{FaultKind, FieldFault};
use crate::model::{Key, Revision};
use crate::rpc::page_token::{self, Place, Position, QueryDigest, TokenError};
use crate::rpc::refusal::Refusal;

/// The most of anything in one page.
const MOST: usize = 1000;
/// A page ends when it has so many bytes, unless it has but one thing.
const BYTES: usize = 1024 * 1024;

/// A page that is being filled.
#[derive(Debug)]
pub(super) struct Page<T> {
    pub(super) items: Vec<T>,
    size: usize,
    bytes: usize,
}

/// What is gone through: which list, and of what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Walk {
    query: QueryDigest,
    place: Place,
}

impl<T: prost::Message> Page<T> {
    /// An empty page of a size that was asked for.
    pub(super) fn new(asked: i32) -> Result<Self, Refusal> {
        let size = match usize::try_from(asked) {
            Ok(0) => MOST,
            Ok(size) => size.min(MOST),
            Err(_) => {
                let fault = FieldFault::new("page_size", FaultKind::Malformed, "is negative");
                return Err(Refusal::Fields(vec![fault]));
            }
        };
        Ok(Self { items: Vec::new(), size, bytes: 0 })
    }

    /// Whether nothing more goes on it.
    pub(super) const fn full(&self) -> bool {
        self.items.len() >= self.size || self.bytes >= BYTES
    }

    /// Puts something on it.
    pub(super) fn put(&mut self, item: T) {
        self.bytes = self.bytes.saturating_add(item.encoded_len());
        self.items.push(item);
    }
}

impl Walk {
    /// A list that goes on whatever changes meanwhile.
    pub(super) fn through_changes(list: &str) -> Self {
        Self { query: QueryDigest::begin(list.as_bytes()).end(), place: Place::default() }
    }

    /// A list of a tenant at a revision, with what else was asked for.
    pub(super) fn of_tenant(
        reading: &Reading<'_>,
        list: &str,
        tenant: &str,
        asked: &str,
        revision: Revision,
    ) -> Self {
        let mut query = QueryDigest::begin(list.as_bytes());
        query.add(tenant.as_bytes());
        query.add(asked.as_bytes());
        // A numbered source counts alike for every process.
        let origin = if revision.epoch == 0 { reading.shared.origin } else { 0 };
        Self { query: query.end(), place: Place { origin, revision } }
    }

    /// Where a page starts, if not at the start.
    pub(super) fn position(&self, token: &str) -> Result<Option<Position>, Refusal> {
        if token.is_empty() {
            return Ok(None);
        }
        match page_token::read(token, self.query, self.place) {
            Ok(position) => Ok(Some(position)),
            Err(TokenError::Invalid) => Err(no_token()),
            Err(TokenError::Moved) => Err(Refusal::TenantChanged),
        }
    }

    /// Where the next page starts.
    pub(super) fn next(&self, position: &Position) -> String {
        page_token::write(self.query, self.place, position)
    }
}

/// The key at a position.
pub(super) fn key(kind: &str, id: &str) -> Result<Key, Refusal> {
    Key::new(kind, id).map_err(|_| no_token())
}

pub(super) fn no_token() -> Refusal {
    let message = "no token of this list: repeat the request that it came with, word for word";
    Refusal::Fields(vec![FieldFault::new("page_token", FaultKind::Malformed, message)])
}
