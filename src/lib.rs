//! Sidegate: an authorization sidecar.
//!
//! The core ([`model`], [`condition`], [`document`], [`snapshot`], [`decide`])
//! is pure: it knows no runtime, socket, clock, lock or log. The shell moves
//! bytes to it and back. Read the modules in the order they stand here.
//!
#![doc = include_str!("../README.md")]

// The core: pure, each using only those before it.
#[cfg(feature = "server")]
pub mod model;
#[cfg(feature = "server")]
pub mod condition;
#[cfg(feature = "server")]
pub mod document;
#[cfg(feature = "server")]
pub mod export;
#[cfg(feature = "server")]
pub mod snapshot;
#[cfg(feature = "server")]
pub mod decide;
#[cfg(feature = "server")]
pub mod testing;

// Another engine to judge this one by.
#[cfg(feature = "server")]
#[cfg(test)]
mod oracle;

// The shell.
#[cfg(feature = "client")]
mod wire;
#[cfg(feature = "client")]
pub mod client;
#[cfg(feature = "server")]
pub mod clock;
#[cfg(feature = "server")]
mod lifecycle;
#[cfg(feature = "server")]
pub mod store;
#[cfg(feature = "server")]
pub mod policy_dir;
#[cfg(feature = "server")]
pub mod sync;
#[cfg(feature = "server")]
pub mod rpc;
#[cfg(feature = "server")]
mod serve;
#[cfg(feature = "server")]
pub mod app;
#[cfg(feature = "server")]
pub mod telemetry;
#[cfg(feature = "server")]
pub mod config;
#[cfg(feature = "server")]
pub mod cli;
