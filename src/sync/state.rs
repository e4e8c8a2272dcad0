//! Last known good: policy on disk.

mod base;
mod codec;
mod engine;
#[cfg(test)]
mod fake;
mod frame;
mod highest;
mod log;
mod names;
mod recover;
mod replay;
mod storage;
mod told;
mod work;
mod worker;

pub use storage::StateError;
