//! The engine's formulas: Monte Carlo beside the same vectorised in NumPy, the programme of GPU mixes, and the search of
//! configurations.

use super::measure::{least_and_middle, measured};
use super::table::grouped;
use super::{program_of, python_with, written};
use crate::Place;
use crate::steps::cargo;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

const PYTHON: &str = include_str!("model.py");
const PACKAGE: &str = "numpy==2.4.6";
const DRAWS: u64 = 1_000_000;

/// One way to do a piece of work: its name, the piece, and the threads of ours; NumPy where there are none.
const TAKES: [(&str, &str, Option<&str>); 6] = [
    ("NumPy 2.4.6, vectorised", "draws", None),
    ("marginline, one thread", "draws", Some("1")),
    ("marginline, two threads", "draws", Some("2")),
    ("NumPy 2.4.6, vectorised", "months", None),
    ("marginline, one thread", "months", Some("1")),
    ("marginline, two threads", "months", Some("2")),
];

/// Runs all in turns and prints tables.
pub fn run(place: &Place, folder: &Path, runs: usize) -> Result<(), String> {
    println!("> build model_speed, release");
    let mut build = cargo(["build", "--release", "-p", "marginline-model", "--example", "model_speed"]);
    let ours = program_of(place, folder, &mut build, &place.target.join("release/examples"), "model_speed")?;
    let python = python_with(&folder.join("venv-model"), &[PACKAGE]);
    let draws = DRAWS.to_string();
    let mut takes: Vec<Result<Vec<(f64, f64)>, String>> = TAKES.iter().map(|_| Ok(Vec::new())).collect();
    let mut pieces: Vec<(String, Vec<f64>)> = Vec::new();
    for _ in 0..runs {
        for ((name, piece, threads), taken) in TAKES.iter().zip(&mut takes) {
            let Ok(list) = taken else { continue };
            let told = match threads {
                Some(threads) => lines(folder, Command::new(&ours).args([piece, draws.as_str(), threads])),
                None => python
                    .clone()
                    .and_then(|python| lines(folder, Command::new(python).args(["-c", PYTHON, piece, &draws]))),
            };
            match told.map(|told| told.first().map(|(_, seconds, mean)| (*seconds, *mean))) {
                Ok(Some(take)) => list.push(take),
                Ok(None) => *taken = Err("it printed nothing".to_owned()),
                Err(why) => *taken = Err(why),
            }
            println!("  {name}, {piece}: {:?}", taken.as_ref().map(|list| list.last().map(|take| take.0)));
        }
        for piece in ["mix", "search", "scenarios"] {
            for (name, seconds, _) in lines(folder, Command::new(&ours).arg(piece))? {
                println!("  {name}: {seconds:.3} s");
                match pieces.iter_mut().find(|(known, _)| *known == name) {
                    Some((_, list)) => list.push(seconds),
                    None => pieces.push((name, vec![seconds])),
                }
            }
        }
    }
    let text = format!("{}\n{}", simulations(&takes), programmes(&pieces));
    print!("\n{text}");
    written(&folder.join("model.md"), &text)
}

/// The lines that a program printed as a name, seconds and a figure.
fn lines(folder: &Path, command: &mut Command) -> Result<Vec<(String, f64, f64)>, String> {
    let ran = measured(folder, command)?;
    let read = |line: &str| {
        let mut words = line.split_whitespace();
        let name = words.next()?.to_owned();
        Some((name, words.next()?.parse().ok()?, words.next()?.parse().ok()?))
    };
    Ok(ran.out.lines().filter(|line| !line.starts_with(' ')).filter_map(read).collect())
}

fn simulations(takes: &[Result<Vec<(f64, f64)>, String>]) -> String {
    let mut text = format!(
        "{} draws of 8 lognormal inputs, with mean, deviation and percentiles; `draws` adds them up, `months` runs a \
         model of twelve months. Seconds, least / median.\n\n| | work | seconds | NumPy to it | mean |\n|---|---|--:|--:|--:|\n",
        grouped(DRAWS)
    );
    let mut numpy: Option<f64> = None;
    for ((name, piece, threads), taken) in TAKES.iter().zip(takes) {
        let list = match taken {
            Ok(list) => list,
            Err(why) => {
                let _ = writeln!(text, "| {name} | {piece} | {why} | | |");
                continue;
            }
        };
        let seconds: Vec<f64> = list.iter().map(|take| take.0).collect();
        let Some((least, median)) = least_and_middle(&seconds) else { continue };
        if threads.is_none() {
            numpy = Some(median);
        }
        let ratio = numpy.map_or_else(|| "-".to_owned(), |numpy| format!("{:.1} ×", numpy / median));
        let mean = list.first().map_or(0.0, |take| take.1);
        let _ = writeln!(text, "| {name} | {piece} | {least:.3} / {median:.3} | {ratio} | {mean:.0} |");
    }
    text
}

fn programmes(pieces: &[(String, Vec<f64>)]) -> String {
    let about = |name: &str| match name {
        "capacity" => "what 4 GPU types carry of 64 request sizes, by the serving model",
        "mix" => "4 GPU types × 64 buckets, on demand in one region",
        "mix-full" => "the same in 3 regions × 3 purchase options, with a cap on spot, residency and N+1",
        "scenarios" => "8 scenarios × 10,000 draws × 36 months through the month function, all threads",
        "run" => "one scenario of 36 months",
        _ => "10,000 configurations",
    };
    let mut text = "| | seconds, least / median | goal |\n|---|--:|---|\n".to_owned();
    for (name, seconds) in pieces {
        let Some((least, median)) = least_and_middle(seconds) else { continue };
        let (goal, word) = if name == "run" { (0.001, "under 1 ms") } else { (1.0, "under 1 s") };
        let verdict = if median < goal { "met" } else { "missed" };
        let _ = writeln!(text, "| {name}: {} | {least:.4} / {median:.4} | {word}: {verdict} |", about(name));
    }
    text
}
