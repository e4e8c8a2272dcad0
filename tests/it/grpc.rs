//! The data plane over gRPC, against a sidecar in this process.

mod batch;
mod check;
mod faults;
mod lifecycle;
mod limits;
mod standard;
mod swaps;
