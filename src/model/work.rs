//! Steps of a decision, counted in test builds alone.
//!
//! Owns the counter that the work bound is held against. In every other build a step
//! is nothing. What counts as one is whatever could grow with a policy: a row that a
//! table compares, a role, a restriction, a scope, an entry, a node of a condition.

/// One step.
#[cfg(not(test))]
pub(crate) const fn step() {}

#[cfg(test)]
pub(crate) use counted::{done, step};

#[cfg(test)]
mod counted {
    use std::cell::Cell;

    thread_local! {
        static DONE: Cell<u64> = const { Cell::new(0) };
    }

    /// One step.
    pub(crate) fn step() {
        DONE.with(|done| done.set(done.get() + 1));
    }

    /// Steps of this thread so far.
    pub(crate) fn done() -> u64 {
        DONE.with(Cell::get)
    }
}
