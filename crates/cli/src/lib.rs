//! The command line.
pub fn placeholder() {}
