//! F-20: what a state directory may not be.
