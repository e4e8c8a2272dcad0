//! Bytes that are read with a word in between.
//!
//! A decoder reads a message in one go. Reading it from here lets whoever decodes
//! be interrupted every so many bytes, without knowing what is in them.

use bytes::{Buf, Bytes};

/// Bytes read between two words: some tens of microseconds of decoding.
const STRETCH: usize = 8 * 1024;

/// Bytes, and what is called while they are read.
pub(super) struct Paced<F> {
    bytes: Bytes,
    read: usize,
    call: F,
}

impl<F: FnMut() -> bool> Paced<F> {
    /// Calls `call` about every [`STRETCH`] bytes that are read. When it answers no,
    /// there is nothing more to read.
    pub(super) const fn new(bytes: Bytes, call: F) -> Self {
        Self { bytes, read: 0, call }
    }
}

impl<F: FnMut() -> bool> Buf for Paced<F> {
    fn remaining(&self) -> usize {
        self.bytes.remaining()
    }

    fn chunk(&self) -> &[u8] {
        self.bytes.chunk()
    }

    fn advance(&mut self, count: usize) {
        self.bytes.advance(count);
        self.read = self.read.saturating_add(count);
        if self.read >= STRETCH {
            self.read = 0;
            if !(self.call)() {
                self.bytes.clear();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use prost::Message;

    use super::*;
    use crate::wire::api;

    #[test]
    fn a_message_reads_the_same_and_is_interrupted() {
        let resource = |n: usize| api::Resource { id: Some(format!("r{n}")), ..api::Resource::default() };
        let sent = api::CandidateResources { resources: (0..10_000).map(resource).collect() };
        let bytes = Bytes::from(sent.encode_to_vec());
        let (length, mut calls) = (bytes.len(), 0);
        let read = api::CandidateResources::decode(Paced::new(bytes.clone(), || {
            calls += 1;
            true
        }));
        let read = read.unwrap();
        assert_eq!(read, sent);
        assert!(calls >= length / (2 * STRETCH), "{calls} of {length} bytes");
        assert!(api::CandidateResources::decode(Paced::new(bytes, || false)).is_err());
    }
}
