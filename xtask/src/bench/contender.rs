//! Programs that load a bill and tell its costs by month, service and region.

use super::bill::{Bill, Sums};
use super::line::{DECIMALS, fields_of};
use super::measure::{Ran, measured};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const DUCKDB: &str = include_str!("load.py");
const POLARS: &str = include_str!("scan.py");
const COSTS: &str = "SELECT substr(BillingPeriodStart, 1, 7), ServiceName, RegionId, SUM(BilledCost), \
     SUM(EffectiveCost) FROM bill GROUP BY 1, 2, 3";

/// Who is measured.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Contender {
    Marginline { keep: bool },
    DuckDb { decimal: bool },
    Sqlite,
    Polars,
}

/// All of them, the first being what the others are compared with.
pub const ALL: [Contender; 6] = [
    Contender::Marginline { keep: true },
    Contender::Marginline { keep: false },
    Contender::DuckDb { decimal: false },
    Contender::DuckDb { decimal: true },
    Contender::Sqlite,
    Contender::Polars,
];

/// Where the programs and their files are; a reason where a program is not to be had.
pub struct Stand {
    pub folder: PathBuf,
    pub marginline: PathBuf,
    pub python: Result<PathBuf, String>,
    pub sqlite: Result<PathBuf, String>,
}

/// One round of one contender.
pub struct Take {
    /// Loading into a fresh database and asking.
    pub whole: f64,
    /// Asking a loaded database, in a process of its own.
    pub query: Option<f64>,
    pub undo: Option<f64>,
    /// Processor seconds of loading and asking.
    pub cpu: Option<f64>,
    /// Bytes, over all processes of the round.
    pub peak: Option<u64>,
    /// Bytes the loaded data takes on disk.
    pub disk: u64,
    /// The largest distance of any sum from the truth; exactly zero when all are equal to the last digit.
    pub distance: f64,
}

impl Contender {
    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Contender::Marginline { keep: true } => "marginline",
            Contender::Marginline { keep: false } => "marginline --no-keep",
            Contender::DuckDb { decimal: false } => "DuckDB, costs as sniffed (DOUBLE)",
            Contender::DuckDb { decimal: true } => "DuckDB, costs as DECIMAL(38,18)",
            Contender::Sqlite => "sqlite3 .import",
            Contender::Polars => "Polars scan (loads nothing)",
        }
    }

    /// Must its sums be exact?
    pub fn exact(self) -> bool {
        matches!(self, Contender::Marginline { .. } | Contender::DuckDb { decimal: true })
    }

    /// Runs it once on `file`, which holds `bill`.
    pub fn take(self, stand: &Stand, file: &Path, bill: &Bill) -> Result<Take, String> {
        stand.clear();
        let base = stand.folder.join("load.db");
        match self {
            Contender::Marginline { keep } => stand.marginline(file, &base, keep, bill),
            Contender::DuckDb { decimal } => {
                let python = stand.python.as_ref().map_err(Clone::clone)?;
                let ask = |file: &Path| {
                    let mut command = Command::new(python);
                    command.args(["-c", DUCKDB]).arg(file).arg(&base);
                    command.arg(if decimal { "DECIMAL(38,18)" } else { "" });
                    measured(&stand.folder, &mut command)
                };
                let whole = ask(file)?;
                let query = ask(Path::new(""))?;
                stand.take(whole, Some(query), bill)
            }
            Contender::Sqlite => {
                let sqlite = stand.sqlite.as_ref().map_err(Clone::clone)?;
                let ask = |words: &[&str]| {
                    measured(&stand.folder, Command::new(sqlite).arg(&base).args(words).args([".mode csv", COSTS]))
                };
                let import = format!(".import '{}' bill", file.display());
                let whole = ask(&[".mode csv", &import])?;
                let query = ask(&[])?;
                stand.take(whole, Some(query), bill)
            }
            Contender::Polars => {
                let python = stand.python.as_ref().map_err(Clone::clone)?;
                let whole = measured(&stand.folder, Command::new(python).args(["-c", POLARS]).arg(file))?;
                stand.take(whole, None, bill)
            }
        }
    }
}

impl Stand {
    /// Leaves no database of an earlier take.
    pub fn clear(&self) {
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().starts_with("load.db") {
                // What cannot be removed fails the next take, with a reason.
                let _ = fs::remove_file(entry.path()).or_else(|_| fs::remove_dir_all(entry.path()));
            }
        }
    }

    fn marginline(&self, file: &Path, base: &Path, keep: bool, bill: &Bill) -> Result<Take, String> {
        let ask = |words: &[&str]| {
            measured(&self.folder, Command::new(&self.marginline).arg("--workspace").arg(base).args(words))
        };
        let path = file.display().to_string();
        let keeping: &[&str] = if keep { &[] } else { &["--no-keep"] };
        let load = ask(&[&["import", &path, "--quiet", "--json"], keeping].concat())?;
        let batch = load.out.split("\"id\":").nth(1).map_or("", |rest| rest.trim_start());
        let batch: String = batch.chars().take_while(char::is_ascii_digit).collect();
        let query = ask(&["report", "costs", "--by", "month,service,region", "--format", "csv", "--quiet"])?;
        let both = Ran {
            seconds: load.seconds + query.seconds,
            peak: load.peak.max(query.peak),
            cpu: load.cpu.zip(query.cpu).map(|(load, query)| load + query),
            out: String::new(),
        };
        let mut take = self.take(both, Some(query), bill)?;
        let undo = ask(&["undo", &batch, "--quiet"])?;
        (take.undo, take.peak) = (Some(undo.seconds), take.peak.max(undo.peak));
        Ok(take)
    }

    fn take(&self, whole: Ran, query: Option<Ran>, bill: &Bill) -> Result<Take, String> {
        let out = query.as_ref().map_or(&whole.out, |query| &query.out);
        let distance = distance(out, &bill.sums)?;
        let peak = whole.peak.max(query.as_ref().and_then(|query| query.peak));
        let disk = held(&self.folder, "load.db");
        let (seconds, cpu) = (whole.seconds, whole.cpu);
        Ok(Take { whole: seconds, query: query.map(|query| query.seconds), undo: None, cpu, peak, disk, distance })
    }
}

/// Bytes of the files in `folder` whose names begin so, and of all in such folders.
fn held(folder: &Path, begins: &str) -> u64 {
    let of = |path: PathBuf| match fs::metadata(&path) {
        Ok(about) if about.is_dir() => held(&path, ""),
        Ok(about) => about.len(),
        Err(_) => 0,
    };
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(begins)).map(|entry| of(entry.path())).sum()
}

/// How far the printed sums (month, service, region, billed, effective) are from the true ones.
pub fn distance(out: &str, truth: &Sums) -> Result<f64, String> {
    let mut seen = 0;
    let mut largest = 0.0f64;
    for line in out.lines().filter(|line| line.starts_with("20")) {
        let fields = fields_of(line);
        let [month, service, region, billed, effective, ..] = fields.as_slice() else {
            return Err(format!("is no line of sums: {line}"));
        };
        let key = (month.clone(), service.clone(), region.clone());
        let sums = truth.get(&key).ok_or_else(|| format!("a group that is not in the bill: {line}"))?;
        for (found, wanted) in [billed, effective].into_iter().zip(sums) {
            if exact(found) != Some(*wanted) {
                let found: f64 = found.parse().map_err(|_| format!("`{found}` is no number: {line}"))?;
                largest = largest.max((found - *wanted as f64 / 1e12).abs()).max(f64::MIN_POSITIVE);
            }
        }
        seen += 1;
    }
    if seen == truth.len() { Ok(largest) } else { Err(format!("{seen} of {} groups were told", truth.len())) }
}

/// A decimal text in `10^-12`, unless it has digits below that.
fn exact(text: &str) -> Option<i128> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let part = part.trim_end_matches('0');
    if part.len() > DECIMALS {
        return None;
    }
    format!("{whole}{part:0<DECIMALS$}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_compared_to_the_last_digit() {
        let key = || ("2026-10".to_owned(), "A, B".to_owned(), String::new());
        let truth = Sums::from([(key(), [1_500_000_000_001, -2])]);
        let told = |billed: &str| distance(&format!("2026-10,\"A, B\",,{billed},-0.000000000002,9"), &truth);
        assert_eq!(told("1.500000000001000000"), Ok(0.0));
        assert!(told("1.5").is_ok_and(|distance| distance > 0.9e-12 && distance < 1.1e-12));
        assert!(distance("", &truth).is_err());
    }
}
