//! How long the scenario workbench's figures take to follow a slider.

use super::{program_of, written};
use crate::Place;
use crate::bench::measure::measured;
use crate::steps::cargo;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

/// Builds the program that moves a number, runs it and prints a table.
pub fn run(place: &Place, folder: &Path) -> Result<(), String> {
    println!("> build slider_speed, release");
    let mut build = cargo(["build", "--release", "-p", "marginline-engine", "--example", "slider_speed"]);
    let program = program_of(place, folder, &mut build, &place.target.join("release/examples"), "slider_speed")?;
    let told = measured(folder, &mut Command::new(program))?.out;
    let mut text = String::from(
        "Eight scenarios of the sample company over 36 months, a number moved 200 times; everything that the comparison \
         shows.\n\n| number of | median | 95th percentile |\n|---|--:|--:|\n",
    );
    for line in told.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let name = match words.first().copied() {
            Some("one") => "one scenario",
            Some("base") => "a scenario that others change",
            _ => continue,
        };
        let ms = |at: usize| words.get(at).and_then(|word| word.parse::<f64>().ok()).map(|seconds| seconds * 1e3);
        let (Some(median), Some(high)) = (ms(1), ms(2)) else {
            return Err(format!("slider_speed printed {line:?}"));
        };
        let _ = writeln!(text, "| {name} | {median:.2} ms | {high:.2} ms |");
    }
    print!("{text}");
    written(&folder.join("slider.md"), &text)
}
