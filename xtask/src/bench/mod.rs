//! `cargo xtask bench`: how long an import takes and how much memory, beside programs that do the same; how long the
//! sample company's reports take; how fast usage is priced; how fast formulas are;
//! how fast figures follow a slider; and how fast the real window opens and answers.

pub mod bill;
pub mod contender;
mod fleet;
mod line;
mod measure;
mod model;
mod prices;
mod reports;
mod slider;
mod table;
mod window;

use crate::run::finish;
use crate::steps::cargo;
use crate::{Place, setup};
use contender::{ALL, Stand};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

/// Tried, and fixed so that two runs compare.
const PACKAGES: [&str; 2] = ["duckdb==2.0.0", "polars==2.1.0"];

/// Runs the bench that `words` name.
pub fn bench(place: &Place, words: &[String]) -> Result<ExitCode, String> {
    if cfg!(debug_assertions) {
        return optimised(place, "bench", words);
    }
    let folder = place.target.join("bench");
    match words {
        [word, rest @ ..] if word == "import" => import(place, folder, &Asked::of(rest)?)?,
        [word] if word == "report" => report(place, &made(folder)?)?,
        [word, rest @ ..] if word == "prices" => {
            let asked = Asked::of(rest)?;
            for rows in asked.rows {
                prices::run(place, &made(folder.clone())?, rows, asked.runs)?;
            }
        }
        [word, rest @ ..] if word == "model" => model::run(place, &made(folder)?, Asked::of(rest)?.runs)?,
        [word] if word == "slider" => slider::run(place, &made(folder)?)?,
        [word] if word == "window" => window::run(place, &made(folder)?)?,
        _ => {
            return Err(
                "it is `cargo xtask bench import`, `report`, `prices`, `model`, `slider` or `window`".to_owned()
            );
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// A bill has gigabytes, and tasks are built without optimisation: this one goes on in a build with it.
pub fn optimised(place: &Place, task: &str, words: &[String]) -> Result<ExitCode, String> {
    let mut again = cargo(["run", "--release", "--quiet", "-p", "xtask", "--", task]);
    again.args(words).current_dir(&place.root);
    finish(again, "cargo")
}

/// What to do.
struct Asked {
    rows: Vec<u64>,
    runs: usize,
    keep: bool,
}

impl Asked {
    fn of(words: &[String]) -> Result<Asked, String> {
        let mut asked = Asked { rows: vec![1_000_000], runs: 3, keep: false };
        let mut words = words.iter().map(String::as_str);
        while let Some(word) = words.next() {
            let mut number = || words.next().ok_or_else(|| format!("`{word}` needs a number behind it"));
            let whole = |text: &str| {
                let number = text.replace('_', "").parse::<u64>().ok().filter(|number| *number > 0);
                number.ok_or_else(|| format!("`{text}` is no number of rows or runs"))
            };
            match word {
                "--rows" => asked.rows = number()?.split(',').map(whole).collect::<Result<_, _>>()?,
                "--runs" => asked.runs = whole(number()?)? as usize,
                "--keep" => asked.keep = true,
                _ => return Err(format!("`{word}` is not understood here; `cargo xtask help` lists what is")),
            }
        }
        asked.rows.sort_unstable();
        Ok(asked)
    }
}

/// A folder that is there.
pub fn made(folder: PathBuf) -> Result<PathBuf, String> {
    fs::create_dir_all(&folder).map_err(|why| format!("cannot make {}: {why}", folder.display()))?;
    Ok(folder)
}

/// The program as it is given to people; a copy, so that a build meanwhile is not measured by halves.
pub fn program(place: &Place, folder: &Path) -> Result<PathBuf, String> {
    println!("> build marginline, release");
    let mut build = cargo(["build", "--release", "-p", "marginline-cli"]);
    program_of(place, folder, &mut build, &place.target.join("release"), "marginline")
}

/// Runs a build and copies the program that it makes in `built`.
fn program_of(place: &Place, folder: &Path, build: &mut Command, built: &Path, name: &str) -> Result<PathBuf, String> {
    let status = build.current_dir(&place.root).status().map_err(|why| format!("cannot start cargo: {why}"))?;
    if !status.success() {
        return Err(format!("{name} does not build: see above"));
    }
    let name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    let copy = folder.join(&name);
    fs::copy(built.join(&name), &copy).map_err(|why| format!("cannot write {}: {why}", copy.display()))?;
    Ok(copy)
}

fn report(place: &Place, folder: &Path) -> Result<(), String> {
    reports::run(&program(place, folder)?, folder)
}

fn import(place: &Place, folder: PathBuf, asked: &Asked) -> Result<(), String> {
    let folder = made(folder)?;
    let marginline = program(place, &folder)?;
    let sqlite = setup::for_bench().and_then(|()| setup::found("sqlite3").ok_or_else(|| "no sqlite3".to_owned()));
    let stand = Stand { marginline, python: python(&folder), sqlite, folder };
    // The work of others would be in every number below.
    let machine = machine(&stand, asked.runs);
    println!("> {machine}");
    let mut results = Vec::new();
    for rows in &asked.rows {
        let file = stand.folder.join(format!("focus-{rows}.csv"));
        println!("> write a bill of {} rows", table::grouped(*rows));
        let start = Instant::now();
        let bill = bill::write(&place.root, &file, *rows)?;
        println!("  {:.0} MB in {:.1} s", bill.bytes as f64 / 1e6, start.elapsed().as_secs_f64());
        let result = rounds(&stand, &file, bill, asked.runs);
        println!("\n{}", table::measured(&result));
        results.push(result);
        if !asked.keep {
            stand.clear();
            fs::remove_file(&file).map_err(|why| format!("cannot remove {}: {why}", file.display()))?;
        }
    }
    let tables: Vec<String> = results.iter().map(table::measured).collect();
    let goals = table::goals(&results);
    println!("{goals}");
    let text = format!("{machine}\n\n{}\n{goals}", tables.join("\n"));
    written(&stand.folder.join("import.md"), &text)
}

/// Every contender `runs` times, in turns, each round beginning with another one.
fn rounds(stand: &Stand, file: &Path, bill: bill::Bill, runs: usize) -> table::Result {
    let mut takes: Vec<_> = ALL.iter().map(|contender| (*contender, Ok(Vec::new()))).collect();
    for run in 0..runs {
        for turn in 0..takes.len() {
            let at = (turn + run) % ALL.len();
            let (contender, taken) = &mut takes[at];
            let Ok(list) = taken else { continue };
            quiet(file);
            match contender.take(stand, file, &bill) {
                Ok(take) if take.distance > 1e-6 || (contender.exact() && take.distance > 0.0) => {
                    *taken = Err(format!("its sums are off by {:e}", take.distance));
                }
                Ok(take) => {
                    println!("  {}: {:.2} s", contender.name(), take.whole);
                    list.push(take);
                }
                Err(why) => {
                    println!("  {}: {why}", contender.name());
                    *taken = Err(why);
                }
            }
        }
    }
    table::Result { bill, takes }
}

/// The same start for everybody: nothing left to be written to disk, and the bill in memory where it fits.
fn quiet(file: &Path) {
    // Where there is no `sync`, rounds are a little less even.
    let _ = Command::new("sync").status();
    let _ = File::open(file).and_then(|mut file| io::copy(&mut file, &mut io::sink()));
}

/// A Python of its own with the packages to compare with.
fn python(folder: &Path) -> Result<PathBuf, String> {
    python_with(&folder.join("venv"), &PACKAGES)
}

/// A Python in `home` that has `packages`.
fn python_with(home: &Path, packages: &[&str]) -> Result<PathBuf, String> {
    let python = home.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let done = home.join("packages.txt");
    let list = packages.join("\n");
    if fs::read_to_string(&done).is_ok_and(|there| there == list) {
        return Ok(python);
    }
    println!("> install {}", packages.join(" "));
    let ran = |command: &mut Command| {
        let name = command.get_program().to_string_lossy().into_owned();
        let output = command.output().map_err(|why| format!("cannot start {name}: {why}"))?;
        let talk = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        if output.status.success() { Ok(()) } else { Err(talk.lines().last().unwrap_or("it failed").to_owned()) }
    };
    ran(Command::new("python3").args(["-m", "venv"]).arg(home))?;
    ran(Command::new(&python).args(["-m", "pip", "install", "--quiet"]).args(packages))?;
    written(&done, &list)?;
    Ok(python)
}

/// What the numbers depend on.
fn machine(stand: &Stand, runs: usize) -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let version = |program: &Result<PathBuf, String>| {
        let output = program.as_ref().ok().and_then(|path| Command::new(path).arg("--version").output().ok());
        let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
        text.split_whitespace().find(|word| word.starts_with(|first: char| first.is_ascii_digit())).map(str::to_owned)
    };
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    format!(
        "{cores} cores, {} {}, load before {}; sqlite3 {}, {}, Python {}; {runs} rounds in turns.",
        std::env::consts::OS,
        std::env::consts::ARCH,
        load.split(' ').next().unwrap_or("unknown"),
        version(&stand.sqlite).unwrap_or_else(|| "absent".to_owned()),
        PACKAGES.join(", ").replace("==", " "),
        version(&stand.python).unwrap_or_else(|| "absent".to_owned()),
    )
}

fn written(path: &Path, text: &str) -> Result<(), String> {
    fs::write(path, text).map_err(|why| format!("cannot write {}: {why}", path.display()))
}
