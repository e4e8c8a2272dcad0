//! Pages of what is held: how large, and where they start.

use super::Reading;
use crate::decide::{FaultKind, FieldFault};
use crate::model::{Key, Revision};
use crate::rpc::page_token::{self, Place, Position, QueryDigest, TokenError};
use crate::rpc::refusal::Refusal;
use crate::wire::policy::told::Room;

/// The most of anything in one page.
const MOST: usize = 1000;
/// A page ends when it has so many bytes, unless it has but one thing.
const BYTES: usize = 1024 * 1024;

/// What is gone through: which list, and of what.
#[derive(Clone, Copy, Debug)]
pub(super) struct Walk {
    query: QueryDigest,
    place: Place,
}

/// How large a page may be.
pub(super) fn room(asked: i32) -> Result<Room, Refusal> {
    let items = match usize::try_from(asked) {
        Ok(0) => MOST,
        Ok(size) => size.min(MOST),
        Err(_) => {
            let fault = FieldFault::new("page_size", FaultKind::Malformed, "is negative");
            return Err(Refusal::Fields(vec![fault]));
        }
    };
    Ok(Room { items, bytes: BYTES })
}

impl Walk {
    /// A list that goes on whatever changes meanwhile.
    pub(super) fn through_changes(list: &str) -> Self {
        Self { query: QueryDigest::begin(list.as_bytes()).end(), place: Place::default() }
    }

    /// A list of a tenant at a revision: of which, and with what else was asked for. Whoever may read it may read all
    /// of it, so there is nothing in a token to be kept from them.
    pub(super) fn of_tenant(reading: &Reading<'_>, list: &str, asked: [&str; 2], revision: Revision) -> Self {
        let mut query = QueryDigest::begin(list.as_bytes());
        asked.iter().for_each(|asked| query.add(asked.as_bytes()));
        // A numbered source counts alike for every process.
        let origin = if revision.epoch == 0 { reading.shared.origin } else { 0 };
        Self { query: query.end(), place: Place { origin, revision, ..Place::default() } }
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
