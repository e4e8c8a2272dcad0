//! A list, answered from a snapshot without a server: what the command line
//! asks of a directory gets the answer that a sidecar gives.

use tonic::Status;

use super::Limits;
use super::list::{self, Asked, Rules};
use crate::model::Timestamp;
use crate::snapshot::Snapshot;
use crate::wire::{api, status};

/// Answers with one page of a list.
pub(crate) fn list(
    snapshot: &Snapshot,
    now: Timestamp,
    limits: &Limits,
    request: api::ListAllowedRequest,
) -> Result<api::ListAllowedResponse, Status> {
    // Its tokens are for nobody else.
    let rules = Rules { limits, origin: 0, metrics: None };
    list::list(snapshot, now, rules, &Asked::new(request, &mut || true), &mut || true)
        .map_err(|refusal| status::status(&refusal))
}
