//! marginline
fn main() {}
