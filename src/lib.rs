//! Sidegate: an authorization sidecar.
//!
//! The core ([`model`], [`condition`], [`document`], [`snapshot`], [`decide`])
//! is pure: it knows no runtime, socket, clock, lock or log. The shell moves
//! bytes to it and back. Read the modules in the order they stand here.
//!
#![doc = include_str!("../README.md")]
#![cfg_attr(
    all(feature = "engine", not(feature = "server")),
    expect(dead_code, unused_imports, reason = "what the engine has for the shell alone")
)]

// The core: pure, each using only those before it.
#[cfg(feature = "engine")]
pub mod model;
#[cfg(feature = "engine")]
pub mod condition;
#[cfg(feature = "engine")]
pub mod document;
#[cfg(feature = "engine")]
pub mod export;
#[cfg(feature = "engine")]
pub mod snapshot;
#[cfg(feature = "engine")]
pub mod decide;
#[cfg(feature = "engine")]
pub mod testing;

// What another engine judges this one by.
#[cfg(feature = "fuzzing")]
pub mod oracle;

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
#[cfg(feature = "engine")]
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

// What fuzzing calls; no part of the sidecar.
#[cfg(all(feature = "server", any(test, feature = "fuzzing")))]
#[doc(hidden)]
pub mod fuzzing;
