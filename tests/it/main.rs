//! The integration tests: one binary, one module for each boundary.

mod faults;
mod schemas;
