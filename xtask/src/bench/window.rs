//! How long the real window takes to open, to show a screen and to follow a slider.

use super::{program_of, written};
use crate::steps::cargo;
use crate::{Place, setup, window};
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

/// Builds the window and the program that drives it, runs it and prints a table.
pub fn run(place: &Place, folder: &Path) -> Result<(), String> {
    setup::for_tests(place)?;
    setup::interface(place)?;
    println!("> build the window and what drives it, release");
    let mut build = cargo(["build", "--release", "--workspace", "--features", "marginline-tests/window"]);
    build.args(["--bin", "marginline", "--bin", "marginline-desktop", "--example", "window_speed"]);
    let release = place.target.join("release");
    let driving = program_of(place, folder, &mut build, &release.join("examples"), "window_speed")?;
    let mut command = Command::new(driving);
    window::equip(place, &mut command)?;
    for (name, program) in [("MARGINLINE_APP", "marginline-desktop"), ("MARGINLINE_CLI", "marginline")] {
        command.env(name, release.join(program));
    }
    // Nobody watches its memory meanwhile: that would take time from the window.
    let ran = command.output().map_err(|why| format!("cannot start window_speed: {why}"))?;
    if !ran.status.success() {
        return Err(format!("window_speed failed: {}", String::from_utf8_lossy(&ran.stderr)));
    }
    let told = String::from_utf8_lossy(&ran.stdout);
    let mut text = String::from(
        "The real window on the sample company, WebKitGTK under a virtual display, drawn by the processor.\n\n\
         | | times | median | 95th percentile |\n|---|--:|--:|--:|\n",
    );
    for line in told.lines() {
        let [name, times, median, high] = line.split('\t').collect::<Vec<_>>()[..] else {
            return Err(format!("window_speed printed {line:?}"));
        };
        let _ = writeln!(text, "| {name} | {times} | {median} ms | {high} ms |");
    }
    print!("{text}");
    written(&folder.join("window.md"), &text)
}
