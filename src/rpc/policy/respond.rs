//! What a push is answered with.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use prost::Message;
use tokio::time::timeout;

use super::Policy;
use crate::decide::FieldFault;
use crate::rpc::answer::fits;
use crate::rpc::refusal::Refusal;
use crate::snapshot::apply::Told;
use crate::sync::keep::{Kept, Ticket};
use crate::sync::push::{Acknowledged, Outcome, Refused, Verdict};
use crate::wire::policy::faults;
use crate::wire::{answer, api};

/// How long an answer waits for the disk.
const DISK: Duration = Duration::from_millis(100);
/// The most faults and the most warnings, and the most tenants, that are told: as many
/// as the core tells of one set, and how many more there are.
const MOST: usize = 1001;

/// The messages that a push was read from, as far as they are still there.
pub(super) struct Sent {
    /// The number, in its set, of the first change in them.
    pub(super) first: u32,
    pub(super) messages: Vec<Bytes>,
}

/// Whose header it is that is at fault.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Whose {
    /// A push's.
    Push,
    /// A rollback's, which has no other fields.
    Rollback,
}

impl Policy {
    /// Answers with what came of a push.
    pub(super) async fn respond(
        self: &Arc<Self>,
        Acknowledged { verdict, ticket }: Acknowledged,
        sent: Sent,
    ) -> Result<Bytes, Refusal> {
        let in_force = matches!(verdict.outcome, Outcome::Applied | Outcome::Repeated);
        let not_durable = match ticket {
            Some(ticket) if in_force => Some(not_durable(ticket).await),
            _ => None,
        };
        let limit = self.shared.limits.response();
        let told = verdict.faults.len().saturating_add(verdict.warnings.len());
        let written = move || {
            let response = written(verdict, not_durable, &sent);
            Ok(fits(response, limit)?.encode_to_vec().into())
        };
        // Finding the paths takes as long as reading the messages did.
        if told == 0 { written() } else { self.shared.apart.run(move |_| written()).await }
    }
}

/// Why something in force is not on disk yet; empty if it is.
async fn not_durable(mut ticket: Ticket) -> String {
    match timeout(DISK, ticket.end()).await {
        Ok(Kept::Durable) => String::new(),
        Ok(Kept::Failed(why)) => why,
        Ok(Kept::Pending) | Err(_) => "the disk has not said so in time".to_owned(),
    }
}

fn written(verdict: Verdict, not_durable: Option<String>, sent: &Sent) -> api::PushResponse {
    let Verdict { outcome, revision, digest, faults, warnings, widened, narrowed, mut quarantined } = verdict;
    let changes = if faults.is_empty() && warnings.is_empty() { Vec::new() } else { sent.changes() };
    quarantined.truncate(MOST);
    let outcome = match outcome {
        Outcome::Applied => api::PushOutcome::Applied,
        Outcome::Repeated => api::PushOutcome::Repeated,
        Outcome::Valid => api::PushOutcome::Valid,
        Outcome::Faulty => api::PushOutcome::Refused,
    };
    let count = |members: usize| u64::try_from(members).unwrap_or(u64::MAX);
    api::PushResponse {
        outcome: outcome.into(),
        revision: revision.map(answer::revision),
        durable: not_durable.as_ref().is_some_and(String::is_empty),
        not_durable: not_durable.unwrap_or_default(),
        faults: told(faults, sent.first, &changes),
        warnings: told(warnings, sent.first, &changes),
        widened: count(widened),
        narrowed: count(narrowed),
        digest: digest.map(|digest| digest.to_string()).unwrap_or_default(),
        quarantined,
    }
}

/// What is wrong or doubtful, with paths, and of what is too much how much more.
fn told(mut told: Vec<Told>, first: u32, changes: &[api::Change]) -> Vec<api::PolicyFault> {
    let more = told.len().saturating_sub(MOST);
    told.truncate(MOST);
    let change = |number: u32| {
        let at = number.checked_sub(first).and_then(|at| usize::try_from(at).ok())?;
        changes.get(at).cloned()
    };
    let mut told = faults(&told, &change);
    if more > 0 {
        told.push(api::PolicyFault {
            message: format!("{more} more are not told"),
            ..api::PolicyFault::default()
        });
    }
    told
}

impl Sent {
    /// The changes in the messages.
    fn changes(&self) -> Vec<api::Change> {
        let read = |bytes: &Bytes| api::PushRequest::decode(bytes.clone()).ok();
        self.messages.iter().filter_map(read).flat_map(|request| request.changes).collect()
    }
}

/// A push that was not looked at, in the words of its call.
pub(super) fn refused(refused: Refused, whose: Whose) -> Refusal {
    match refused {
        Refused::Header(fault) if whose == Whose::Push => {
            let field = format!("header.{}", fault.field);
            Refusal::Push(Refused::Header(FieldFault { field, ..fault }))
        }
        refused => Refusal::Push(refused),
    }
}
