//! The thread that takes pushes, with the real desk.
