//! What the tests of the whole product share. The tests themselves are in `tests/tests/acceptance/` and `tests/tests/window/`.
//!
//! `cli` runs the command line in process, on any system, `trial` holds its imports against a table, and `accuracy` the
//! serving model against measured runs. The other modules drive the real window; that needs a display server and WebKit's driver, so they are for Linux.

pub mod accuracy;
#[cfg(target_os = "linux")]
pub mod bill;
pub mod books;
pub mod cli;
#[cfg(target_os = "linux")]
pub mod desk;
#[cfg(target_os = "linux")]
pub mod page;
pub mod price_list;
pub mod trial;
#[cfg(target_os = "linux")]
pub mod window;

/// What went wrong, in words for a person.
pub type Failure = String;
