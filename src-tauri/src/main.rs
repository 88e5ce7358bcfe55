//! The window's program: launch arguments in, window out.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::process::ExitCode;

fn main() -> ExitCode {
    marginline_desktop::run(std::env::args_os())
}
