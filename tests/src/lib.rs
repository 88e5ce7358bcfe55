//! What the tests of the whole product share. The tests themselves are in `tests/tests/`.
//!
//! Here is only what drives the real window; it needs a display server and WebKit's driver, so it is for Linux.
#![cfg(target_os = "linux")]

pub mod bill;
pub mod desk;
pub mod page;
pub mod window;

/// What went wrong, in words for a person.
pub type Failure = String;
