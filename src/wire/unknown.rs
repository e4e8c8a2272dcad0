//! What a message says that its generated type would drop in silence.
//!
//! A newer control plane may send a field that this build does not know, and it may
//! be one that restricts. Generated code skips such a field, lets the last of several
//! win where there should be one, and lets the last of two entries of a map win that
//! have the same key. So the bytes are walked before they are read, and whatever
//! would be lost is a fault.
//!
//! Invariants:
//!
//! 1. What is walked without a fault is read whole.
//! 2. The walk allocates nothing for a field; what it remembers of keys lies in one
//!    list for the whole message.
//! 3. It goes no deeper than messages are declared.
//!
//! That texts are UTF-8 is asked by whoever reads.

mod table;

use std::fmt;

use bytes::Bytes;
use prost::Message;

use super::api;
use crate::decide::{FaultKind, FieldFault};
use crate::rpc::refusal::Refusal;
use table::{Field, Shape, Wire};

/// The most faults that are told of one message.
const MOST_FAULTS: usize = 100;
/// The deepest that messages nest. Those of this API nest less deep.
const DEEPEST: usize = 32;

/// Reads a piece of a push; `first` is the number in its set, from 1, of the first
/// change in it.
///
/// # Errors
///
/// The bytes are not such a message, or say what this build does not know.
pub(crate) fn push_request(bytes: &Bytes, first: u32) -> Result<api::PushRequest, Refusal> {
    let before = usize::try_from(first.saturating_sub(1)).unwrap_or(usize::MAX);
    let faults = faults("sidegate.v1.PushRequest", bytes, before).ok_or(Refusal::RequestUnreadable)?;
    if !faults.is_empty() {
        return Err(Refusal::Fields(faults));
    }
    api::PushRequest::decode(bytes.clone()).map_err(|_| Refusal::RequestUnreadable)
}

/// Everything that a message of a type would lose by being read, at most 100 faults;
/// `None` if it is no message at all. Of the items of its own lists, so many went
/// before.
fn faults(name: &str, bytes: &[u8], before: usize) -> Option<Vec<FieldFault>> {
    let mut walk = Walk { before, faults: Vec::new(), keys: Vec::new() };
    walk.message(table::get().named(name)?, bytes, None)?;
    Some(walk.faults)
}

/// A walk through the bytes of a message.
struct Walk<'a> {
    before: usize,
    faults: Vec<FieldFault>,
    /// The keys of the maps of all messages around, each with the number of its field.
    keys: Vec<(u32, &'a [u8])>,
}

/// A field that the walk is inside.
struct Frame<'a> {
    above: Option<&'a Self>,
    depth: usize,
    field: &'static Field,
    /// What its message says before it.
    before: &'a [u8],
    /// What it holds.
    held: &'a [u8],
}

impl<'a> Walk<'a> {
    fn message(&mut self, shape: &'static Shape, bytes: &'a [u8], frame: Option<&Frame<'_>>) -> Option<()> {
        let outer = self.keys.len();
        // Numbers of what can be set once, and was.
        let mut seen = 0_u64;
        let mut rest = bytes;
        while !rest.is_empty() {
            let before = bytes.get(..bytes.len().checked_sub(rest.len())?)?;
            let Met { number, wire, held } = next(&mut rest)?;
            let Some(field) = shape.field(number) else {
                self.fault(frame, &number, "this version does not know the field: it may restrict the rest");
                continue;
            };
            if !field.accepts(wire) {
                self.fault(frame, &field.name, "has another type than this version knows");
                continue;
            }
            if let Some(slot) = field.once {
                if seen & slot != 0 {
                    self.fault(frame, &field.name, "is set twice, or beside one that excludes it");
                }
                seen |= slot;
            }
            let Some(inner) = field.message else { continue };
            if field.is_map {
                self.keys.push((number, key(held)));
            }
            let depth = frame.map_or(1, |frame| frame.depth.saturating_add(1));
            if depth > DEEPEST {
                return None;
            }
            let inside = Frame { above: frame, depth, field, before, held };
            self.message(table::get().numbered(inner)?, held, Some(&inside))?;
        }
        self.doubled(shape, outer, frame);
        Some(())
    }

    /// Tells of keys that a map of a message has twice, and forgets the keys of the
    /// message: those from `outer` on.
    fn doubled(&mut self, shape: &'static Shape, outer: usize, frame: Option<&Frame<'_>>) {
        let keys = self.keys.get_mut(outer..).unwrap_or_default();
        keys.sort_unstable();
        let pairs = keys.iter().zip(keys.iter().skip(1));
        let doubled: Vec<(u32, &[u8])> =
            pairs.filter(|(one, other)| one == other).map(|(one, _)| *one).collect();
        self.keys.truncate(outer);
        for (number, key) in doubled {
            if let Some(field) = shape.field(number) {
                let name = format!("{}[{}]", field.name, shown(key));
                self.fault(frame, &name, "is there twice");
            }
        }
    }

    fn fault(&mut self, frame: Option<&Frame<'_>>, last: &dyn fmt::Display, message: &str) {
        if self.faults.len() < MOST_FAULTS {
            let mut path = frame.map(|frame| self.path(frame)).unwrap_or_default();
            if !path.is_empty() {
                path.push('.');
            }
            path.push_str(&last.to_string());
            self.faults.push(FieldFault::new(path, FaultKind::Malformed, message));
        }
    }

    /// The path of a field, as the faults of what was read have it.
    fn path(&self, frame: &Frame<'_>) -> String {
        let Frame { above, depth: _, field, before, held } = frame;
        let mut path = above.map(|above| self.path(above)).unwrap_or_default();
        // What is under a key has no name but the key's.
        if above.is_some_and(|above| above.field.is_map) {
            return path;
        }
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(&field.name);
        if field.is_map {
            path.push_str(&format!("[{}]", shown(key(held))));
        } else if field.once.is_none() {
            let first = if above.is_none() { self.before } else { 0 };
            path.push_str(&format!("[{}]", first.saturating_add(count(before, field.number))));
        }
        path
    }
}

/// A field as it stands in a message.
struct Met<'a> {
    number: u32,
    wire: Wire,
    /// Of a field with a length, what it holds.
    held: &'a [u8],
}

/// Takes the next field off a message.
fn next<'a>(rest: &mut &'a [u8]) -> Option<Met<'a>> {
    let tag = varint(rest)?;
    let number = u32::try_from(tag >> 3).ok().filter(|number| *number > 0)?;
    let (wire, length) = match tag & 7 {
        0 => {
            varint(rest)?;
            (Wire::Varint, 0)
        }
        1 => (Wire::Fixed64, 8),
        2 => (Wire::Length, usize::try_from(varint(rest)?).ok()?),
        5 => (Wire::Fixed32, 4),
        // Groups, which this API has never had.
        _ => return None,
    };
    let (held, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(Met { number, wire, held })
}

fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..u64::BITS).step_by(7) {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        value |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

/// How often a field is set in a message.
fn count(message: &[u8], number: u32) -> usize {
    let mut rest = message;
    std::iter::from_fn(|| next(&mut rest)).filter(|met| met.number == number).count()
}

/// The key of an entry of a map; one that is not said is the empty one.
fn key(entry: &[u8]) -> &[u8] {
    let mut rest = entry;
    let mut fields = std::iter::from_fn(|| next(&mut rest));
    fields.find(|met| met.number == 1).map(|met| met.held).unwrap_or_default()
}

/// A key as a path may have it.
fn shown(key: &[u8]) -> String {
    super::policy::shown(&String::from_utf8_lossy(key))
}

#[cfg(test)]
mod tests;
