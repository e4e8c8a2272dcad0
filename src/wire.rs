//! Where messages become questions, and answers become messages.
//!
//! Invariants:
//!
//! 1. *Generated types stay here* and in what is called with them, `rpc`; the
//!    core never sees one.
//! 2. *Nothing is left out.* A message is taken apart field by field, without
//!    `..`, so that a new field does not compile until someone has decided what
//!    it means.
//! 3. *Nothing is dropped.* What cannot be read is a fault with its path; it is
//!    never skipped, for a shorter list may allow more.
//! 4. [`status`] is the only maker of error statuses.
//!
//! Nothing here knows a policy: whether names exist is asked at admission.

pub mod api;

#[cfg(feature = "server")]
pub(crate) mod answer;
#[cfg(feature = "server")]
pub(crate) mod ask;
#[cfg(feature = "server")]
pub(crate) mod attributes;
#[cfg(feature = "server")]
pub(crate) mod capabilities;
#[cfg(feature = "server")]
pub(crate) mod count;
#[cfg(feature = "server")]
pub(crate) mod explanation;
#[cfg(feature = "server")]
pub(crate) mod kept;
#[cfg(feature = "server")]
pub(crate) mod list;
#[cfg(feature = "server")]
#[cfg_attr(not(test), expect(unused, reason = "whoever pushes, applies and keeps change sets comes next"))]
pub(crate) mod policy;
#[cfg(feature = "server")]
pub(crate) mod question;
#[cfg(feature = "server")]
pub(crate) mod status;
#[cfg(feature = "server")]
pub(crate) mod told;
#[cfg(feature = "server")]
pub(crate) mod unknown;
