//! How long the sample company's reports take, from the start of the process to its end.

use super::measure::{least_and_middle, measured};
use super::written;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

const RUNS: usize = 20;

/// Makes the sample company's workspace and asks for each report.
pub fn run(marginline: &Path, folder: &Path) -> Result<(), String> {
    let home = folder.join("sample");
    if home.exists() {
        fs::remove_dir_all(&home).map_err(|why| format!("cannot remove {}: {why}", home.display()))?;
    }
    fs::create_dir_all(&home).map_err(|why| format!("cannot make {}: {why}", home.display()))?;
    let base = home.join("sample.db");
    let ask = |words: &[&str]| {
        measured(folder, Command::new(marginline).arg("--workspace").arg(&base).args(words).args(["--json", "--quiet"]))
    };
    let demo = ask(&["demo"])?;
    let mut text = String::from("| | least | median | peak memory |\n|---|--:|--:|--:|\n");
    let _ = writeln!(text, "| `marginline demo`, once | {:.0} ms | | |", demo.seconds * 1e3);
    for name in ["margin", "costs", "units"] {
        let runs = (0..RUNS).map(|_| ask(&["report", name])).collect::<Result<Vec<_>, _>>()?;
        let seconds: Vec<f64> = runs.iter().map(|run| run.seconds).collect();
        let (least, middle) = least_and_middle(&seconds).unwrap_or_default();
        let peak = runs.iter().filter_map(|run| run.peak).max();
        let peak = peak.map_or_else(|| "-".to_owned(), |peak| format!("{:.0} MB", peak as f64 / 1e6));
        let _ =
            writeln!(text, "| `marginline report {name}` | {:.1} ms | {:.1} ms | {peak} |", least * 1e3, middle * 1e3);
    }
    print!("{text}");
    written(&folder.join("report.md"), &text)
}
