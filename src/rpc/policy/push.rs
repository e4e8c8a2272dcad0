//! Push: messages to a set, or to the pieces of a whole; and Rollback.
//!
//! A set with a base is collected until its last message, within its limits. A whole
//! is handed on message by message, and the next one is received only when the last
//! has been looked at: whoever pushes is slowed down, and nothing piles up here.

use std::sync::Arc;

use bytes::Bytes;
use prost::Message as _;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;
use tonic::{Code, Streaming};

use super::respond::{Sent, Whose, refused};
use super::{Policy, ROOM};
use crate::decide::{FaultKind, FieldFault};
use crate::document::{Change, ChangeSet, Header, Spanned};
use crate::model::Revision;
use crate::rpc::identity::Caller;
use crate::rpc::refusal::{ByteLimit, Refusal};
use crate::sync::push::{Pusher, Rollback};
use crate::telemetry::Pushed;
use crate::wire::api;
use crate::wire::policy::{self as wire, Pushed as Said};
use crate::wire::unknown;

/// What a message of a push says.
struct Piece {
    /// Of the first one.
    said: Option<Said>,
    changes: Vec<Spanned<Change>>,
}

/// A message that was received and read.
struct Received {
    bytes: Bytes,
    piece: Piece,
    /// Taken for as long as it is held.
    room: OwnedSemaphorePermit,
}

/// The messages of a push, one after the other.
struct Messages<'p> {
    policy: &'p Arc<Policy>,
    caller: &'p Caller,
    stream: Streaming<Bytes>,
    begun: bool,
    /// It is let go of message by message, so it may wait for room.
    whole: bool,
    /// Of what is collected.
    bytes: usize,
    /// That have come.
    changes: usize,
}

impl Policy {
    /// Takes a push.
    pub(super) async fn push(
        self: &Arc<Self>,
        caller: &Caller,
        stream: Streaming<Bytes>,
    ) -> Result<Bytes, Refusal> {
        let outcome = match &self.pusher {
            Some(pusher) => self.pushed(pusher, caller, stream).await,
            None => Err(Refusal::NotPushedHere),
        };
        self.count(caller, &outcome);
        outcome
    }

    /// Answers a Rollback.
    pub(super) async fn roll_back(
        self: &Arc<Self>,
        caller: &Caller,
        request: Bytes,
    ) -> Result<Bytes, Refusal> {
        let outcome = match &self.pusher {
            Some(pusher) => self.rolled_back(pusher, caller, request).await,
            None => Err(Refusal::NotPushedHere),
        };
        self.count(caller, &outcome);
        outcome
    }

    /// Counts what has not come to the thread that takes pushes, which counts the rest.
    fn count(&self, caller: &Caller, outcome: &Result<Bytes, Refusal>) {
        tracing::debug!(caller = caller.name(), answered = outcome.is_ok(), "a push came");
        if let Some(became) = outcome.as_ref().err().and_then(never_handed_on) {
            self.shared.metrics.pushed(became);
        }
    }

    async fn pushed(
        self: &Arc<Self>,
        pusher: &Pusher,
        caller: &Caller,
        stream: Streaming<Bytes>,
    ) -> Result<Bytes, Refusal> {
        let mut messages =
            Messages { policy: self, caller, stream, begun: false, whole: false, bytes: 0, changes: 0 };
        let first = messages.next().await?.ok_or_else(no_header)?;
        let Some(Said { header, validate_only }) = first.piece.said else { return Err(no_header()) };
        if header.base.is_none() {
            messages.whole = true;
            let first = Received { piece: Piece { said: None, ..first.piece }, ..first };
            return self.whole(pusher, (header, validate_only), first, messages).await;
        }
        let mut set = ChangeSet { header, changes: first.piece.changes };
        let mut held = vec![(first.bytes, first.room)];
        while let Some(Received { bytes, piece, room }) = messages.next().await? {
            if !piece.changes.is_empty() {
                set.changes.extend(piece.changes);
                held.push((bytes, room));
            }
        }
        let outcome = pusher.push(set, validate_only).await.map_err(|error| refused(error, Whose::Push))?;
        let sent = Sent { first: 1, messages: held.iter().map(|(bytes, _)| bytes.clone()).collect() };
        self.respond(outcome, sent).await
    }

    /// Takes a whole load.
    async fn whole(
        self: &Arc<Self>,
        pusher: &Pusher,
        (header, validate_only): (Header, bool),
        first: Received,
        mut messages: Messages<'_>,
    ) -> Result<Bytes, Refusal> {
        let in_words = |error| refused(error, Whose::Push);
        let mut loading = pusher.load(header, validate_only).await.map_err(in_words)?;
        let (mut next, mut number) = (Some(first), 1_u32);
        while let Some(Received { bytes, piece, room }) = next {
            let count = u32::try_from(piece.changes.len()).unwrap_or(u32::MAX);
            if let Some(ended) = loading.bring(piece.changes).await {
                let sent = Sent { first: number, messages: vec![bytes] };
                return self.respond(ended.map_err(in_words)?, sent).await;
            }
            number = number.saturating_add(count);
            drop(room);
            next = messages.next().await?;
        }
        let ended = loading.end().await.map_err(in_words)?;
        self.respond(ended, Sent { first: number, messages: Vec::new() }).await
    }

    async fn rolled_back(
        self: &Arc<Self>,
        pusher: &Pusher,
        caller: &Caller,
        request: Bytes,
    ) -> Result<Bytes, Refusal> {
        let request = api::RollbackRequest::decode(request).map_err(|_| Refusal::RequestUnreadable)?;
        let wanted = read_rollback(request)?;
        match &wanted.tenant {
            Some(tenant) => caller.may_change_tenant(tenant)?,
            None => caller.may_change_everything()?,
        }
        let outcome = pusher.roll_back(wanted).await.map_err(|error| refused(error, Whose::Rollback))?;
        self.respond(outcome, Sent { first: 1, messages: Vec::new() }).await
    }
}

impl Messages<'_> {
    /// The next message; `None` when there is none any more.
    async fn next(&mut self) -> Result<Option<Received>, Refusal> {
        let Some(bytes) = self.received().await? else { return Ok(None) };
        let room = self.room(bytes.len()).await?;
        let limits = &self.policy.shared.limits.push;
        if !self.whole {
            self.bytes = self.bytes.saturating_add(bytes.len());
        }
        let limit = ByteLimit { name: "change_set_bytes", bytes: limits.set_bytes };
        let (caller, bytes_of) = (self.caller.clone(), bytes.clone());
        let message = Message { caller, bytes: bytes_of, first: !self.begun, before: self.changes };
        let most = limits.set_changes;
        let (too_large, whole) = (self.bytes > limit.bytes, self.whole);
        let piece = self.policy.shared.apart.run(move |_| {
            let piece = message.read()?;
            // Which of the two it is to be, the first message has said.
            if whole || piece.said.as_ref().is_some_and(|said| said.header.base.is_none()) {
                return Ok(piece);
            }
            if too_large {
                return Err(Refusal::RequestTooLarge(limit));
            }
            if message.before.saturating_add(piece.changes.len()) > most {
                let fault = FieldFault::over("changes", "change_set_changes", most);
                return Err(Refusal::Fields(vec![fault]));
            }
            Ok(piece)
        });
        let piece = piece.await?;
        self.begun = true;
        self.changes = self.changes.saturating_add(piece.changes.len());
        Ok(Some(Received { bytes, piece, room }))
    }

    async fn received(&mut self) -> Result<Option<Bytes>, Refusal> {
        let shared = &self.policy.shared;
        let Ok(received) = timeout(shared.limits.push.message_deadline, self.stream.message()).await else {
            shared.metrics.limit_hit("push_message_deadline");
            return Err(Refusal::DeadlineExceeded);
        };
        received.map_err(|status| match status.code() {
            Code::OutOfRange => Refusal::RequestTooLarge(shared.limits.push_message()),
            Code::Internal => Refusal::RequestUnreadable,
            _ => Refusal::CutOff,
        })
    }

    /// Room for a message. A set that is collected does not wait for it: two of them
    /// that do could wait for one another.
    async fn room(&self, bytes: usize) -> Result<OwnedSemaphorePermit, Refusal> {
        let pieces = u32::try_from(bytes.div_ceil(ROOM)).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.policy.room);
        let taken = if self.whole {
            room.acquire_many_owned(pieces).await.ok()
        } else {
            room.try_acquire_many_owned(pieces).ok()
        };
        taken.ok_or(Refusal::Overloaded { limit: "pushes_waiting" })
    }
}

/// A message that is to be read.
struct Message {
    caller: Caller,
    bytes: Bytes,
    first: bool,
    /// How many changes came before it.
    before: usize,
}

impl Message {
    fn read(&self) -> Result<Piece, Refusal> {
        let number = u32::try_from(self.before.saturating_add(1)).unwrap_or(u32::MAX);
        let api::PushRequest { header, changes } = unknown::push_request(&self.bytes, number)?;
        let mut faults = Vec::new();
        let said = match (header, self.first) {
            (Some(header), true) => wire::read_header(header).map_err(|more| faults.extend(more)).ok(),
            (None, true) => return Err(no_header()),
            (Some(_), false) => {
                let message = "stands in the first message alone";
                faults.push(FieldFault::new("header", FaultKind::Malformed, message));
                None
            }
            (None, false) => None,
        };
        let changes = wire::read_changes(changes, number).map_err(|more| faults.extend(more));
        let Some(changes) = changes.ok().filter(|_| faults.is_empty()) else {
            return Err(Refusal::Fields(faults));
        };
        if said.as_ref().is_some_and(|said| said.header.base.is_none()) {
            self.caller.may_change_everything()?;
        }
        changes.iter().try_for_each(|change| self.caller.may_change(change))?;
        Ok(Piece { said, changes })
    }
}

fn no_header() -> Refusal {
    Refusal::Fields(vec![FieldFault::missing("header")])
}

fn read_rollback(sent: api::RollbackRequest) -> Result<Rollback, Refusal> {
    let api::RollbackRequest { tenant, to, epoch, revision, base_revision, validate_only } = sent;
    let mut faults = Vec::new();
    if to.is_none() {
        faults.push(FieldFault::missing("to"));
    }
    if tenant.as_deref() == Some("") {
        faults.push(FieldFault::missing("tenant"));
    }
    if base_revision == 0 {
        faults.push(FieldFault::missing("base_revision"));
    }
    match to {
        Some(api::Revision { epoch: of, number }) if faults.is_empty() => Ok(Rollback {
            tenant,
            to: Revision::new(of, number),
            revision: Revision::new(epoch, revision),
            base: Revision::new(epoch, base_revision),
            rehearsed: validate_only,
        }),
        _ => Err(Refusal::Fields(faults)),
    }
}

/// What became of a push that has not come to the thread; `None` if it has.
fn never_handed_on(refusal: &Refusal) -> Option<Pushed> {
    match refusal {
        Refusal::RequestUnreadable => Some(Pushed::Unreadable),
        Refusal::CutOff | Refusal::DeadlineExceeded => Some(Pushed::CutOff),
        Refusal::RequestTooLarge(_) => Some(Pushed::Unreadable),
        Refusal::NotPushedHere | Refusal::CallerNotAllowed(_) => Some(Pushed::NotAllowed),
        Refusal::Fields(_) => Some(Pushed::Unreadable),
        Refusal::Overloaded { .. } => Some(Pushed::Overloaded),
        _ => None,
    }
}
