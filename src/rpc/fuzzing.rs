//! The data plane without a network: what fuzzing may call of it. Nothing here decides anything.

use bytes::Bytes;
use prost::Message;

pub(crate) use super::page_token::{
    Place, Position, QueryDigest, TOKEN_BYTES, TokenError, read, seal, tagged, write,
};

use super::list::{self, Asked, Rules};
use super::refusal::Refusal;
use super::shared::Shared;
use super::{Limits, batch, check};
use crate::clock::Clock;
use crate::lifecycle::Freshness;
use crate::model::Timestamp;
use crate::snapshot::Snapshot;
use crate::wire::{api, count};

/// The data plane at an instant.
#[derive(Debug)]
pub(crate) struct Plane {
    shared: Shared,
    now: Timestamp,
}

impl Plane {
    /// The data plane with the limits that a sidecar has.
    pub(crate) fn new(now: Timestamp) -> Self {
        Self { shared: Shared::new(Clock::Fixed(now), Limits::default(), Freshness::default()), now }
    }

    /// Answers a Check.
    pub(crate) fn check(
        &self,
        snapshot: &Snapshot,
        request: &api::CheckRequest,
    ) -> Result<api::CheckResponse, Refusal> {
        check::check(snapshot, self.now, &self.shared, request)
    }

    /// Answers a BatchCheck.
    pub(crate) fn batch(
        &self,
        snapshot: &Snapshot,
        request: &api::BatchCheckRequest,
    ) -> Result<api::BatchCheckResponse, Refusal> {
        batch::batch(snapshot, self.now, &self.shared, None, request)
    }

    /// Answers a ListAllowed from its bytes.
    pub(crate) fn list(
        &self,
        snapshot: &Snapshot,
        bytes: &Bytes,
    ) -> Result<api::ListAllowedResponse, Refusal> {
        let most = self.shared.limits.candidates;
        if count::candidates(bytes) > most {
            return Err(list::too_many_candidates(most));
        }
        let request =
            api::ListAllowedRequest::decode(bytes.clone()).map_err(|_| Refusal::RequestUnreadable)?;
        let asked = Asked::new(request, &mut || true);
        let Shared { limits, origin, metrics, .. } = &self.shared;
        let rules = Rules { limits, origin: *origin, metrics: Some(metrics) };
        list::list(snapshot, self.now, rules, &asked, &mut || true)
    }
}

/// What the tokens of a list are bound to.
pub(crate) fn bound_to(request: api::ListAllowedRequest) -> QueryDigest {
    Asked::new(request, &mut || true).digest()
}
