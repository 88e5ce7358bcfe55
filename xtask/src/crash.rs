//! `cargo xtask crash`: an import that is killed at any moment has stored all of its file or nothing, and can be
//! done again.

use crate::Place;
use crate::bench::bill::{self, Sums};
use crate::bench::contender::distance;
use crate::bench::{made, optimised, program};
use crate::fixtures::calendar::Month;
use crate::fixtures::random::Stream;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Rows of the bill that is there before.
const ROWS_BEFORE: u64 = 1_000;

/// Kills an import `--times` times, at moments that are the same in every run.
pub fn crash(place: &Place, words: &[String]) -> Result<ExitCode, String> {
    if cfg!(debug_assertions) {
        return optimised(place, "crash", words);
    }
    let (rows, times) = asked(words)?;
    let stand = Stand::new(place, rows)?;
    let whole = stand.measured()?;
    println!("> a whole import takes {:.2} s; now {times} that are killed", whole.as_secs_f64());
    let mut moments = Stream::new("crash", Month(11), "moments");
    let (mut sound, mut stored) = (0, 0);
    for number in 1..=times {
        let moment = whole.mul_f64(1.1 * (moments.bits() >> 11) as f64 / (1u64 << 53) as f64);
        let told = format!("{number:>3}: killed after {:.3} s", moment.as_secs_f64());
        match stand.once(moment) {
            Ok(Left { all, log, part }) => {
                let left = if all { "all of it is stored" } else { "nothing of it is stored" };
                println!("{told}, log {} kB, file {} kB: {left}, and sound after the next", log / 1_000, part / 1_000);
                sound += 1;
                stored += usize::from(all);
            }
            Err(why) => {
                let kept = stand.folder.join(format!("failed-{number}"));
                // What cannot be kept is told all the same.
                let _ = fs::remove_dir_all(&kept);
                let _ = fs::rename(stand.run(), &kept);
                println!("{told}: {why}; kept in {}", kept.display());
            }
        }
    }
    println!("{sound} of {times} sound; the import was killed before its end {} times", sound - stored);
    Ok(if sound == times { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn asked(words: &[String]) -> Result<(u64, usize), String> {
    let (mut rows, mut times) = (200_000, 50);
    let mut words = words.iter().map(String::as_str);
    while let Some(word) = words.next() {
        let text = words.next().unwrap_or_default();
        let number = text.replace('_', "").parse::<u64>().ok().filter(|number| *number > 0);
        let number = number.ok_or_else(|| format!("`{word} {text}` names no number above 0"));
        match word {
            "--rows" => rows = number?,
            "--times" => times = number? as usize,
            _ => return Err(format!("`{word}` is not understood here; `cargo xtask help` lists what is")),
        }
    }
    Ok((rows, times))
}

/// What was found after a kill.
struct Left {
    /// Is all of the file stored, or nothing?
    all: bool,
    /// Bytes of the write-ahead log.
    log: u64,
    /// Bytes of the file being kept.
    part: u64,
}

/// A workspace with a small bill in it, and a large bill of the same account and month to replace it.
struct Stand {
    marginline: PathBuf,
    folder: PathBuf,
    bill: PathBuf,
    rows: u64,
    before: Sums,
    after: Sums,
}

impl Stand {
    fn new(place: &Place, rows: u64) -> Result<Self, String> {
        let folder = made(place.target.join("crash"))?;
        let marginline = program(place, &folder)?;
        let (small, large) = (folder.join("before.csv"), folder.join("bill.csv"));
        println!("> write bills of {ROWS_BEFORE} and {rows} rows");
        let before = bill::write(&place.root, &small, ROWS_BEFORE)?.sums;
        let after = bill::write(&place.root, &large, rows)?.sums;
        let stand = Self { marginline, folder, bill: large, rows, before, after };
        let base = stand.folder.join("base");
        emptied(&base)?;
        stand.ask(&base, &["import", &small.display().to_string(), "--quiet"])?;
        stand.holds(&base, &stand.before)?;
        Ok(stand)
    }

    fn run(&self) -> PathBuf {
        self.folder.join("run")
    }

    /// A copy of the workspace with the small bill.
    fn fresh(&self) -> Result<PathBuf, String> {
        let run = self.run();
        emptied(&run)?;
        copied(&self.folder.join("base"), &run)?;
        Ok(run)
    }

    fn command(&self, folder: &Path) -> Command {
        let mut command = Command::new(&self.marginline);
        command.arg("--workspace").arg(folder.join("work.db"));
        command
    }

    /// What a command answers; an error when it fails.
    fn ask(&self, folder: &Path, words: &[&str]) -> Result<String, String> {
        let output =
            self.command(folder).args(words).output().map_err(|why| format!("cannot start marginline: {why}"))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let talk =
            [output.stderr, output.stdout].map(|text| String::from_utf8_lossy(&text).trim().to_owned()).join(" ");
        Err(format!("`marginline {}` ends with {}: {talk}", words.join(" "), output.status))
    }

    fn import(&self, folder: &Path) -> Command {
        let mut command = self.command(folder);
        command.arg("import").arg(&self.bill).arg("--quiet");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// How long a whole import takes: the second of two, with everything in memory.
    fn measured(&self) -> Result<Duration, String> {
        let mut took = Duration::ZERO;
        for _ in 0..2 {
            let run = self.fresh()?;
            let start = Instant::now();
            let status = self.import(&run).status().map_err(|why| format!("cannot start marginline: {why}"))?;
            took = start.elapsed();
            if !status.success() {
                return Err(format!("a whole import ends with {status}"));
            }
            self.settled(&run)?;
        }
        Ok(took)
    }

    /// Kills an import at a moment, looks at what is left, and imports again.
    fn once(&self, moment: Duration) -> Result<Left, String> {
        let run = self.fresh()?;
        let mut child = self.import(&run).spawn().map_err(|why| format!("cannot start marginline: {why}"))?;
        thread::sleep(moment);
        // One that has ended already cannot be killed, and need not.
        let killed = child.kill();
        child.wait().map_err(|why| format!("marginline cannot be waited for: {why} ({killed:?})"))?;
        let size = |path: PathBuf| fs::metadata(path).map_or(0, |about| about.len());
        let (log, part) = (size(run.join("work.db-wal")), parts(&run).into_iter().map(size).sum());

        let batches = self.ask(&run, &["batches", "--json"])?;
        let all = match stored(&batches).as_slice() {
            [ROWS_BEFORE] => false,
            [one, other] if one.min(other) == &ROWS_BEFORE && one.max(other) == &self.rows => true,
            rows => return Err(format!("the batches have {rows:?} rows")),
        };
        self.holds(&run, if all { &self.after } else { &self.before })?;
        self.ask(&run, &["import", &self.bill.display().to_string(), "--quiet"])?;
        self.settled(&run)?;
        Ok(Left { all, log, part })
    }

    /// The workspace is sound, and the report comes to these sums to the last digit.
    fn holds(&self, folder: &Path, truth: &Sums) -> Result<(), String> {
        self.ask(folder, &["check"])?;
        let costs =
            self.ask(folder, &["report", "costs", "--by", "month,service,region", "--format", "csv", "--quiet"])?;
        match distance(&costs, truth)? {
            0.0 => Ok(()),
            distance => Err(format!("the sums are off by {distance:e}")),
        }
    }

    /// All of the bill is there, and nothing half written.
    fn settled(&self, folder: &Path) -> Result<(), String> {
        let rows = stored(&self.ask(folder, &["batches", "--json"])?);
        if rows.len() != 2 || !rows.contains(&self.rows) {
            return Err(format!("after a whole import the batches have {rows:?} rows"));
        }
        self.holds(folder, &self.after)?;
        let left = parts(folder);
        if left.is_empty() { Ok(()) } else { Err(format!("half written files are left: {left:?}")) }
    }
}

/// `rows_stored` of every batch.
fn stored(batches: &str) -> Vec<u64> {
    let number = |rest: &str| {
        let digits: String = rest.trim_start().chars().take_while(char::is_ascii_digit).collect();
        digits.parse().unwrap_or(u64::MAX)
    };
    batches.split("\"rows_stored\":").skip(1).map(number).collect()
}

/// Kept files that are half written.
fn parts(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder.join("work.db.files")).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|ending| ending == "part")).collect()
}

/// An empty folder.
fn emptied(folder: &Path) -> Result<(), String> {
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(|why| format!("cannot remove {}: {why}", folder.display()))?;
    }
    made(folder.to_owned()).map(|_| ())
}

/// Copies the files of a folder and of the folders in it.
fn copied(from: &Path, to: &Path) -> Result<(), String> {
    let failed = |why: std::io::Error| format!("cannot copy {}: {why}", from.display());
    for entry in fs::read_dir(from).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let target = to.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            made(target.clone())?;
            copied(&path, &target)?;
        } else {
            fs::copy(&path, &target).map_err(failed)?;
        }
    }
    Ok(())
}
