//! What becomes of pushes, row by row.
