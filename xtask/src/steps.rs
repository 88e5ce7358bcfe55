//! Steps with a name, a time and a memory: what ran, how it went, and whether it must run again.

use crate::Place;
use crate::inputs::fingerprint;
use crate::logs::{Counts, logged};
use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::Instant;

/// Everything a Rust step can read. Pictures and built files are left out by [`fingerprint`].
pub const TREE: &[&str] = &["."];

/// A run of steps, one after the other.
pub struct Suite<'a> {
    place: &'a Place,
    all: bool,
    tools: String,
    fresh: Counts,
    remembered: Counts,
    failed: Vec<&'static str>,
}

/// One thing to do.
pub struct Step<'s> {
    /// Its name, also of its log and stamp.
    pub name: &'static str,
    /// Files and folders it reads, relative to the root.
    pub inputs: &'s [&'s str],
    /// Files it leaves; where one is missing it runs again.
    pub outputs: &'s [PathBuf],
    /// Commands, one after the other.
    pub commands: Vec<Command>,
}

impl<'a> Suite<'a> {
    /// A run that leaves out unchanged steps unless `all`.
    pub fn new(place: &'a Place, all: bool) -> Result<Self, String> {
        let mut rustc = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
        let rust = rustc
            .arg("-vV")
            .current_dir(&place.root)
            .output()
            .map_err(|why| format!("cannot start rustc: {why}; install Rust from https://rustup.rs"))?;
        // A machine that only builds the command line has no Node, and needs none.
        let node = Command::new("node").arg("--version").output().map(|node| node.stdout).unwrap_or_default();
        let tools = [rust.stdout, node].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
        let (fresh, remembered) = (Counts::default(), Counts::default());
        let failed = Vec::new();
        Ok(Self { place, all, tools, fresh, remembered, failed })
    }

    /// Runs the step unless nothing it reads has changed since it last succeeded; tells whether all is well.
    pub fn step(&mut self, step: Step) -> Result<bool, String> {
        let Step { name, inputs, outputs, mut commands } = step;
        let place = self.place;
        let words = commands.iter().map(|command| format!("{:?}", command.get_args().collect::<Vec<_>>())).collect();
        self.unless_known(name, inputs, outputs, words, |counts| {
            let log = place.memory().join("logs").join(format!("{}.log", name.replace(' ', "-")));
            // Absent is as good as empty; anything else shows when the log is written.
            let _ = fs::remove_file(&log);
            for command in &mut commands {
                if command.get_current_dir().is_none() {
                    command.current_dir(&place.root);
                }
                logged(name, command, &log, counts)?;
            }
            Ok(())
        })
    }

    /// The same for a step that is a function of this program; without inputs it always runs.
    pub fn inside(
        &mut self,
        name: &'static str,
        inputs: &[&str],
        work: impl FnOnce() -> Result<(), String>,
    ) -> Result<bool, String> {
        self.unless_known(name, inputs, &[], Vec::new(), |_| work())
    }

    fn unless_known(
        &mut self,
        name: &'static str,
        inputs: &[&str],
        outputs: &[PathBuf],
        mut words: Vec<String>,
        work: impl FnOnce(&mut Counts) -> Result<(), String>,
    ) -> Result<bool, String> {
        words.extend([name.to_owned(), self.tools.clone()]);
        let print = fingerprint(&self.place.root, inputs, &words)?;
        let stamp = self.place.memory().join("stamps").join(name.replace(' ', "-"));
        let may_be_known = !self.all && !inputs.is_empty() && outputs.iter().all(|path| path.exists());
        if may_be_known && let Some(counts) = remembered(&stamp, &print) {
            self.remembered.add(counts);
            let tests = match counts.passed {
                0 => String::new(),
                passed => format!(" ({passed} tests passed then)"),
            };
            println!("= {name}: unchanged since last success{tests}");
            return Ok(true);
        }
        println!("> {name}");
        let started = Instant::now();
        let mut counts = Counts::default();
        let result = work(&mut counts);
        let seconds = started.elapsed().as_secs_f64();
        self.fresh.add(counts);
        if let Err(problem) = result {
            println!("x {name}: failed after {seconds:.1} s: {problem}");
            if counts.failed == 0 {
                self.fresh.failed += 1; // A step that fails without a test's help is a failure all the same.
            }
            self.failed.push(name);
            return Ok(false);
        }
        println!("+ {name}: {seconds:.1} s");
        remember(&stamp, &print, counts)?;
        Ok(true)
    }

    /// The last lines, for people and for build machines.
    pub fn close(self) -> ExitCode {
        let Counts { passed, failed } = self.fresh;
        if self.remembered.passed > 0 {
            println!(
                "of these, {} passed earlier and nothing they read has changed; --all runs them again",
                self.remembered.passed
            );
        }
        if !self.failed.is_empty() {
            println!("failed: {}", self.failed.join(", "));
        }
        println!("{} passed, {failed} failed", passed + self.remembered.passed);
        if self.failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

/// Runs a step of the set-up: quiet when there is nothing to do, an error when it fails.
pub fn once(place: &Place, step: Step) -> Result<(), String> {
    let name = step.name;
    let mut suite = Suite::new(place, false)?;
    if suite.step(step)? { Ok(()) } else { Err(format!("{name} failed; its output stands above")) }
}

/// `cargo` as it was called, without what it told this program about xtask's own package.
pub fn cargo<const N: usize>(words: [&str; N]) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    command.args(words).env("CARGO_TERM_COLOR", "never");
    command
}

fn remembered(stamp: &PathBuf, print: &str) -> Option<Counts> {
    let text = fs::read_to_string(stamp).ok()?;
    let passed = text.strip_prefix(print)?.trim().parse().ok()?;
    Some(Counts { passed, failed: 0 })
}

fn remember(stamp: &PathBuf, print: &str, counts: Counts) -> Result<(), String> {
    if let Some(folder) = stamp.parent() {
        fs::create_dir_all(folder).map_err(|why| format!("cannot make {}: {why}", folder.display()))?;
    }
    fs::write(stamp, format!("{print} {}\n", counts.passed))
        .map_err(|why| format!("cannot write {}: {why}", stamp.display()))
}
