//! How far what was kept had come, in a file of its own: it outlives the loss of
//! what it is about.

use std::io::{self, Write};

use super::base::{Unusable, broken};
use super::frame::{self, Opening, Tag};
use super::names::{Kind, Name};
use super::storage::{Storage, Stored};
use crate::wire::kept::{Highest, Record};

/// Writes it, and brings it to the disk.
///
/// # Errors
///
/// Those of the disk.
pub(super) fn write<S: Storage>(storage: &S, number: u64, highest: &Highest) -> io::Result<()> {
    let name = Name { kind: Kind::Highest, number };
    let mut bytes = frame::opening(name.kind).to_vec();
    let at = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    frame::add(&mut bytes, name.kind, at, Tag::Header, &highest.to_bytes())?;
    let mut file = storage.create(&name.unfinished())?;
    file.write_all(&bytes)?;
    file.sync()?;
    storage.rename(&name.unfinished(), &name.to_string())?;
    storage.sync()
}

/// Reads it.
///
/// # Errors
///
/// Why it is of no use.
pub(super) fn read<S: Storage>(storage: &S, name: Name) -> Result<Highest, Unusable> {
    let mut from = storage.open(&name.to_string())?;
    // More than a whole one has, so that one that goes on is found out.
    let bytes = frame::read_up_to(&mut from, 4096)?;
    let file = match frame::read_opening(name.kind, &bytes) {
        Opening::Ours(file) => file,
        Opening::Version(version) => return Err(Unusable::Version(version)),
        Opening::Broken => return Err(broken("it does not begin as such a file does")),
    };
    let rest = bytes.get(frame::OPENING..).unwrap_or_default();
    let at = u64::try_from(frame::OPENING).unwrap_or(u64::MAX);
    let framed = frame::read(file, at, rest).filter(|framed| framed.tag == Tag::Header);
    let framed =
        framed.filter(|framed| framed.bytes == rest.len()).ok_or_else(|| broken("it is not whole"))?;
    Highest::from_bytes(framed.payload).map_err(Unusable::Broken)
}
