//! Pricing usage rows through the engine on two threads, beside the Python package genai-prices in two processes: the
//! same rows, the same data, and sums that must agree.

use super::measure::{least_and_middle, measured};
use super::table::grouped;
use super::{program_of, python_with, written};
use crate::Place;
use crate::steps::cargo;
use rand_pcg::Pcg64Mcg;
use rand_pcg::rand_core::Rng;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::Command;

const PYTHON: &str = include_str!("price.py");
/// The same data as the bundled list.
const PACKAGE: &str = "genai-prices==0.2.1";
const SEED: u128 = 20_261_121;

/// Models with prices of their own for input, cache reads and output all through the year, none of them changing below
/// 100,000 tokens of prompt; two have a price that changed within it.
const MODELS: [(&str, &str); 24] = [
    ("anthropic", "claude-haiku-4-5"),
    ("anthropic", "claude-opus-4-5"),
    ("anthropic", "claude-opus-4-6"),
    ("anthropic", "claude-opus-4-7"),
    ("anthropic", "claude-sonnet-4-5"),
    ("anthropic", "claude-sonnet-4-6"),
    ("google", "gemini-2.0-flash"),
    ("google", "gemini-2.5-flash"),
    ("google", "gemini-2.5-flash-lite"),
    ("google", "gemini-2.5-pro"),
    ("google", "gemini-3.1-flash-lite"),
    ("groq", "openai/gpt-oss-120b"),
    ("mistral", "codestral-2508"),
    ("mistral", "mistral-large-2512"),
    ("moonshotai", "kimi-k2-thinking"),
    ("moonshotai", "kimi-k2.5"),
    ("openai", "gpt-4.1"),
    ("openai", "gpt-4.1-mini"),
    ("openai", "gpt-4o"),
    ("openai", "gpt-5"),
    ("openai", "gpt-5-mini"),
    ("openai", "gpt-5.4"),
    ("openai", "o3"),
    ("x-ai", "grok-4-0709"),
];

/// Writes the rows, runs both, and prints a table.
pub fn run(place: &Place, folder: &Path, rows: u64, runs: usize) -> Result<(), String> {
    let ours = example(place, folder)?;
    let python = python_with(&folder.join("venv-prices"), &[PACKAGE]);
    let file = folder.join(format!("usage-{rows}.csv"));
    write_rows(&file, rows).map_err(|why| format!("cannot write {}: {why}", file.display()))?;
    let mut takes: [(&str, Result<Vec<Take>, String>); 2] =
        [("marginline, two threads", Ok(Vec::new())), ("genai-prices 0.2.1 (Python), two processes", Ok(Vec::new()))];
    for _ in 0..runs {
        for (index, (name, taken)) in takes.iter_mut().enumerate() {
            let Ok(list) = taken else { continue };
            let take = if index == 0 {
                take(folder, Command::new(&ours).arg(&file))
            } else {
                python.clone().and_then(|python| take(folder, Command::new(python).args(["-c", PYTHON]).arg(&file)))
            };
            match take {
                Ok(take) => {
                    println!("  {name}: {:.2} s", take.seconds);
                    list.push(take);
                }
                Err(why) => {
                    println!("  {name}: {why}");
                    *taken = Err(why);
                }
            }
        }
    }
    let text = table(rows, &takes);
    print!("\n{text}");
    written(&folder.join("prices.md"), &text)
}

/// What one run told.
struct Take {
    /// Pricing alone, by the program's own clock.
    seconds: f64,
    usd: f64,
    peak: Option<u64>,
}

fn take(folder: &Path, command: &mut Command) -> Result<Take, String> {
    let ran = measured(folder, command)?;
    let mut words = ran.out.split_whitespace().map(str::parse::<f64>);
    match (words.next(), words.next()) {
        (Some(Ok(seconds)), Some(Ok(usd))) => Ok(Take { seconds, usd, peak: ran.peak }),
        _ => Err(format!("it printed {:?}", ran.out.trim())),
    }
}

/// Builds the program that prices rows through the engine.
fn example(place: &Place, folder: &Path) -> Result<std::path::PathBuf, String> {
    println!("> build price_rows, release");
    let mut build = cargo(["build", "--release", "-p", "marginline-engine", "--example", "price_rows"]);
    program_of(place, folder, &mut build, &place.target.join("release/examples"), "price_rows")
}

/// Rows with some days, models and tokens; the same number of rows gives the same bytes.
fn write_rows(file: &Path, rows: u64) -> std::io::Result<()> {
    let mut dice = Pcg64Mcg::new(SEED);
    let mut below = |limit: u64| dice.next_u64() % limit;
    let mut out = BufWriter::new(File::create(file)?);
    writeln!(out, "provider,model,date,input,cache_read,output")?;
    for _ in 0..rows {
        let (provider, model) = MODELS[below(MODELS.len() as u64) as usize];
        let (month, day) = (1 + below(10), 1 + below(28));
        let (input, cached, output) = (1 + below(60_000), below(30_000), 1 + below(8_000));
        writeln!(out, "{provider},{model},2026-{month:02}-{day:02},{input},{cached},{output}")?;
    }
    out.flush()
}

fn table(rows: u64, takes: &[(&str, Result<Vec<Take>, String>)]) -> String {
    let mut text = format!(
        "{} rows of usage, {} models, 280 days; seconds of pricing alone, least / median\n\n",
        grouped(rows),
        MODELS.len()
    );
    text.push_str("| | seconds | to marginline | rows/s | peak memory | sum |\n|---|--:|--:|--:|--:|---|\n");
    let middle = |taken: &Result<Vec<Take>, String>| {
        let seconds: Vec<f64> = taken.as_ref().ok()?.iter().map(|take| take.seconds).collect();
        least_and_middle(&seconds)
    };
    let ours = middle(&takes[0].1).map(|(_, middle)| middle);
    let truth = takes[0].1.as_ref().ok().and_then(|list| list.first()).map(|take| take.usd);
    for (name, taken) in takes {
        let (list, (least, median)) = match (taken, middle(taken)) {
            (Ok(list), Some(times)) => (list, times),
            (Err(why), _) => {
                let _ = writeln!(text, "| {name} | {why} | | | | |");
                continue;
            }
            (Ok(_), None) => continue,
        };
        let peak = list.iter().filter_map(|take| take.peak).max();
        let peak = peak.map_or_else(|| "-".to_owned(), |peak| format!("{:.0} MB", peak as f64 / 1e6));
        let apart =
            truth.map_or(0.0, |truth| list.iter().map(|take| (take.usd / truth - 1.0).abs()).fold(0.0, f64::max));
        let sum = if apart < 1e-9 { "agree".to_owned() } else { format!("off by {apart:e}") };
        let ratio = ours.map_or_else(|| "-".to_owned(), |ours| format!("{:.1} ×", median / ours));
        let rate = grouped((rows as f64 / median) as u64);
        let _ = writeln!(text, "| {name} | {least:.2} / {median:.2} | {ratio} | {rate} | {peak} | {sum} |");
    }
    if let Some(ours) = ours {
        let verdict = if ours < 1.0 { "met" } else { "missed" };
        let _ = writeln!(text, "\nGoal: a million rows in under 1 s on two cores: {verdict} ({ours:.2} s).");
    }
    text
}
