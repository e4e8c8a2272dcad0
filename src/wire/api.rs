//! What the protos generate: the messages, the client, and the server's trait.
//!
//! Generated at build time from `proto/`; the comments there are the docs here.

pub use generated::*;

/// Every proto of the API, its imports included, as reflection serves them.
#[cfg(feature = "server")]
pub(crate) const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

#[expect(
    clippy::allow_attributes_without_reason,
    clippy::disallowed_methods,
    clippy::doc_lazy_continuation,
    reason = "generated code has its own manners"
)]
#[cfg_attr(feature = "server", expect(clippy::allow_attributes, reason = "only the server's has this one"))]
mod generated {
    tonic::include_proto!("sidegate.v1");
}

/// The messages of what is kept on disk.
#[cfg(feature = "server")]
#[expect(unreachable_pub, reason = "generated code has its own manners")]
pub(crate) mod state {
    include!(concat!(env!("OUT_DIR"), "/state/sidegate.state.v1.rs"));
}
