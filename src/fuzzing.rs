//! What fuzzing calls: one function for each target, which panics when a law is broken.
//!
//! Owns the laws; `fuzz/` owns the programs that a fuzzer drives, and the seeds. The same functions run as tests here,
//! over the seeds and over mutations of them.
//!
//! Invariants:
//!
//! 1. *Only bytes.* What a target does follows from its bytes alone: a finding is a file.
//! 2. *Only laws.* Nothing is repaired here: what callers can send is sent as it is.
//!
//! It is compiled for tests and for the feature `fuzzing`, and never part of a sidecar. It deliberately lacks anything
//! that a network or a disk does.

#![expect(clippy::panic, clippy::expect_used, reason = "a law that is broken is told by a panic")]

mod change_sets;
mod conditions;
mod documents;
mod engine;
mod input;
mod page_tokens;
mod requests;
mod scene;
mod state_files;
#[cfg(test)]
mod tests;

/// How far an input came.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Came {
    /// It could not be read at all.
    Nowhere,
    /// It was read, and refused.
    Read,
    /// It was taken.
    Whole,
}

/// Policy documents: YAML texts, parted by lines that are `%%%`.
pub fn documents(data: &[u8]) {
    documents::run(data);
}

/// Requests of the data plane: which method, and the bytes of its message.
pub fn requests(data: &[u8]) {
    requests::run(data);
}

/// Pushes: how they are taken, and the bytes of a message.
pub fn change_sets(data: &[u8]) {
    change_sets::run(data);
}

/// The files of a state directory: bytes, or what became of sound ones.
pub fn state_files(data: &[u8]) {
    state_files::run(data);
}

/// Page tokens: texts, positions, and tokens that say anything with the right tag.
pub fn page_tokens(data: &[u8]) {
    page_tokens::run(data);
}

/// Conditions: a text, and after a zero byte what is known of the names that it may read.
pub fn conditions(data: &[u8]) {
    conditions::run(data);
}

/// The engine against the reference evaluator: which generated world, which question, and what becomes of that.
pub fn engine(data: &[u8]) {
    engine::run(data);
}
