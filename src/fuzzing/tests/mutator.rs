//! Mutations of seeds: the same ones on every machine. It knows no format; a fuzzer that learns is in `fuzz/`.

use crate::decide::reference::world::Rng;

/// Makes one mutation after another.
pub(super) struct Mutator<'a> {
    seeds: &'a [Vec<u8>],
    words: &'a [&'a str],
    /// So many changes of a hundred leave every byte where it is, for in messages lengths are told before.
    in_place: u64,
    rng: Rng,
}

impl<'a> Mutator<'a> {
    pub(super) const fn new(seeds: &'a [Vec<u8>], words: &'a [&'a str], in_place: u64) -> Self {
        Self { seeds, words, in_place, rng: Rng::new(0x00f0_22ed) }
    }

    /// The next one, no longer than it may be.
    pub(super) fn next(&mut self, most: usize) -> Vec<u8> {
        let mut bytes = self.rng.pick(self.seeds).clone();
        for _ in 0..=self.rng.weighted(&[60, 25, 15]) {
            if self.rng.chance(self.in_place) { self.overwrite(&mut bytes) } else { self.change(&mut bytes) }
        }
        bytes.truncate(most);
        bytes
    }

    /// Leaves every byte where it is.
    fn overwrite(&mut self, bytes: &mut [u8]) {
        let rng = &mut self.rng;
        if bytes.is_empty() {
            return;
        }
        let at = rng.below(bytes.len());
        match rng.below(6) {
            0 => bytes[at] ^= 1 << rng.below(8),
            1 => bytes[at] = u8::try_from(rng.below(256)).unwrap(),
            2 => {
                let word = rng.pick(self.words).as_bytes();
                let length = word.len().min(bytes.len() - at);
                bytes[at..at + length].copy_from_slice(&word[..length]);
            }
            _ => {
                // One word for another that is as long.
                let (old, new) = (rng.pick(self.words).as_bytes(), rng.pick(self.words).as_bytes());
                let found = bytes.windows(old.len()).position(|window| window == old);
                if let Some(at) = found.filter(|_| old.len() == new.len()) {
                    bytes[at..at + new.len()].copy_from_slice(new);
                }
            }
        }
    }

    fn change(&mut self, bytes: &mut Vec<u8>) {
        let rng = &mut self.rng;
        let at = rng.below(bytes.len() + 1);
        let end = (at + 1 + rng.below(16)).min(bytes.len()).max(at);
        match rng.below(7) {
            0 => drop(bytes.drain(at..end)),
            1 => {
                let part = bytes[at..end].to_vec();
                drop(bytes.splice(at..at, part));
            }
            2 if rng.chance(30) => bytes.truncate(at),
            3 => {
                let other = rng.pick(self.seeds);
                let from = rng.below(other.len() + 1);
                let to = (from + rng.below(128)).min(other.len());
                drop(bytes.splice(at..end, other[from..to].iter().copied()));
            }
            _ => {
                let word = rng.pick(self.words).as_bytes();
                drop(bytes.splice(at..at, word.iter().copied()));
            }
        }
    }
}
