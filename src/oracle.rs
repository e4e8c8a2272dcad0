//! Another judge: Cedar, by other people, that exported policies are decided by.
//!
//! Owns the tests that hold the engine and the export against one another.
//! `ask` puts a question as docs/cedar.md says, from what was exported alone;
//! `engine` is Cedar; `worlds` asks about generated policies, `corpus` about
//! those of `examples` and `tests/policies`; `bites` shows that a wrong answer
//! is noticed. Only tests are built with it.

mod ask;
mod bites;
mod corpus;
mod engine;
mod worlds;
