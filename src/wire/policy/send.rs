//! A change set as the messages of a push.

use prost::Message;

use super::read::read_changes;
use super::write::{write_change, write_header};
use crate::document::{Change, Header, diff};
use crate::wire::api;

/// How large a message may grow before the next one begins. Receivers take four
/// times as much, for a change that is larger alone.
const FULL: usize = 1 << 20;
/// What a change takes besides its own bytes, at most: its field and its length.
const FRAME: usize = 6;
/// The most changes of a set that is not the whole policy, by default.
pub(crate) const DELTA_CHANGES: usize = 100_000;
/// The most bytes of one.
pub(crate) const DELTA_BYTES: usize = 16 << 20;

/// Writes a change set as messages, the header in the first of them. A tenant too
/// large for one message is put in pieces.
pub(crate) fn push_requests<'a>(
    header: &Header,
    validate_only: bool,
    changes: impl IntoIterator<Item = &'a Change>,
) -> Vec<api::PushRequest> {
    let mut messages = Vec::new();
    let header = Some(write_header(header, validate_only));
    let mut message = api::PushRequest { header, changes: Vec::new() };
    let mut bytes = 0_usize;
    for change in changes.into_iter().flat_map(written) {
        let more = change.encoded_len().saturating_add(FRAME);
        if bytes.saturating_add(more) > FULL && !message.changes.is_empty() {
            messages.push(std::mem::take(&mut message));
            bytes = 0;
        }
        bytes = bytes.saturating_add(more);
        message.changes.push(change);
    }
    messages.push(message);
    messages
}

/// How much the changes of a set are: their number, and their bytes.
pub(crate) fn weight(messages: &[api::PushRequest]) -> (usize, usize) {
    let changes = messages.iter().map(|message| message.changes.len()).sum();
    (changes, messages.iter().map(Message::encoded_len).sum())
}

/// What the change of a number is, counted from 0 through all messages:
/// `put member user:mia of acme`.
pub(crate) fn change_named(messages: &[api::PushRequest], number: usize) -> Option<String> {
    let change = messages.iter().flat_map(|message| &message.changes).nth(number)?;
    let read = read_changes(vec![change.clone()], 1).ok()?;
    read.first().map(|change| change.value.to_string())
}

fn written(change: &Change) -> Vec<api::Change> {
    let whole = write_change(change);
    match change {
        Change::PutTenant(tenant) if whole.encoded_len() > FULL => {
            diff::pieces(tenant).map(|piece| write_change(&piece)).collect()
        }
        _ => vec![whole],
    }
}
