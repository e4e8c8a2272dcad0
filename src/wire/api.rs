//! What the protos generate: the messages, the client, and the server's trait.
//!
//! Generated at build time from `proto/`; the comments there are the docs here.

tonic::include_proto!("sidegate.v1");

/// Every proto of the API, its imports included, as reflection serves them.
#[cfg(feature = "server")]
pub(crate) const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
