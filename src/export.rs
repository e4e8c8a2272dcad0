//! Policies as other engines' languages write them.
//!
//! Pure: checked definitions in, text out. Nothing here shares code with the
//! decision, reads a snapshot or touches a file, so that what another engine
//! says of an export is a judgement of this one.

pub mod cedar;
