//! A policy that is as small as one can be: numbers under numbers. With it every
//! fault of every call can be tried.

use std::collections::BTreeMap;
use std::io;

use super::codec::Codec;
use crate::model::{Digest, Revision};
use crate::wire::kept::{BaseHeader, LoggedSet};

/// All that is held.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Held {
    pub(super) revision: Revision,
    pub(super) rows: BTreeMap<u8, u64>,
    pub(super) quarantined: Vec<String>,
}

/// A set: each row takes the place of the one under its number.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Rows {
    pub(super) revision: Revision,
    pub(super) base: Revision,
    pub(super) rows: Vec<(u8, u64)>,
}

/// Reads and writes them.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Numbers;

impl Held {
    /// What a set leads to.
    pub(super) fn after(&self, set: &Rows) -> Self {
        let mut next = Self { revision: set.revision, ..self.clone() };
        next.rows.extend(set.rows.iter().copied());
        next
    }
}

fn bytes(row: (u8, u64)) -> Vec<u8> {
    let mut bytes = vec![row.0];
    bytes.extend(row.1.to_le_bytes());
    bytes
}

fn row(bytes: &[u8]) -> Option<(u8, u64)> {
    let (first, rest) = bytes.split_first()?;
    Some((*first, u64::from_le_bytes(rest.try_into().ok()?)))
}

impl Codec for Numbers {
    type Whole = Held;
    type Set = Rows;

    fn revision(whole: &Held) -> Revision {
        whole.revision
    }

    fn digest(whole: &Held) -> Digest {
        whole.rows.iter().fold(Digest::default(), |sum, row| sum.with(Digest::of(&bytes((*row.0, *row.1)))))
    }

    fn quarantined(whole: &Held) -> Vec<String> {
        whole.quarantined.clone()
    }

    fn tell(&self, whole: &Held, sink: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        whole.rows.iter().try_for_each(|row| sink(&bytes((*row.0, *row.1))))
    }

    fn load(&self, header: &BaseHeader, next: &mut dyn FnMut() -> Option<Vec<u8>>) -> Result<Held, String> {
        let mut whole = Held {
            revision: header.revision,
            quarantined: header.quarantined.clone(),
            rows: BTreeMap::new(),
        };
        while let Some(piece) = next() {
            whole.rows.extend([row(&piece).ok_or("no row")?]);
        }
        if whole.rows.get(&13) == Some(&13) { Err("it has what is not liked".to_owned()) } else { Ok(whole) }
    }

    fn size(set: &Rows) -> usize {
        set.rows.len()
    }

    fn stands_for(set: &Rows) -> Digest {
        Digest::of(&set.rows.iter().flat_map(|row| bytes(*row)).collect::<Vec<_>>())
    }

    fn log(&self, set: &Rows, held: Digest) -> LoggedSet {
        LoggedSet {
            revision: set.revision,
            base: set.base,
            digest: Self::stands_for(set),
            held,
            quarantine: false,
            changes: set.rows.iter().flat_map(|row| bytes(*row)).collect(),
        }
    }

    fn apply(&self, whole: &Held, set: &LoggedSet) -> Result<Held, String> {
        let rows = set.changes.chunks(9).map(|bytes| row(bytes).ok_or("no row"));
        let rows = rows.collect::<Result<_, _>>()?;
        Ok(whole.after(&Rows { revision: set.revision, base: set.base, rows }))
    }
}
