//! Where the real-window tests and the pictures find the programs they drive.

use crate::Place;
use crate::setup::{driver, found};
use std::process::Command;

/// Tells `command` (a program of `tests/`) where everything is, so that it guesses nothing.
pub fn equip(place: &Place, command: &mut Command) -> Result<(), String> {
    let native = found("WebKitWebDriver").ok_or(
        "WebKitWebDriver is not on PATH: install webkit2gtk-driver (`cargo xtask test` does on Debian and Ubuntu)",
    )?;
    command
        .env("MARGINLINE_APP", place.program("marginline-desktop"))
        .env("MARGINLINE_CLI", place.program("marginline"))
        .env("MARGINLINE_TAURI_DRIVER", driver(place)?)
        .env("MARGINLINE_NATIVE_DRIVER", native)
        .env("MARGINLINE_FAILURES", place.target.join("window-failures"));
    Ok(())
}
