//! Runs a command with its output kept in a log; shows results as they come and everything when it fails.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

/// After this long without a word a person wants to know that it still works.
const SILENCE: Duration = Duration::from_secs(30);

/// Tests that a step ran.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Tests that passed.
    pub passed: u32,
    /// Tests that failed.
    pub failed: u32,
}

impl Counts {
    /// Adds those of another step.
    pub fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// Runs `command`; adds what its test runner says to `counts`; an error has been shown in full already.
pub fn logged(name: &str, command: &mut Command, log: &Path, counts: &mut Counts) -> Result<(), String> {
    let words = said(command);
    if let Some(folder) = log.parent() {
        fs::create_dir_all(folder).map_err(|why| format!("cannot make {}: {why}", folder.display()))?;
    }
    let told = |why| format!("cannot write {}: {why}", log.display());
    let mut file = File::options().create(true).append(true).open(log).map_err(told)?;
    writeln!(file, "$ {words}").map_err(told)?;

    let (reader, writer) = std::io::pipe().map_err(|why| format!("cannot open a pipe for {name}: {why}"))?;
    let errors = writer.try_clone().map_err(|why| format!("cannot open a pipe for {name}: {why}"))?;
    let mut child = command
        .stdin(Stdio::null())
        .stdout(writer)
        .stderr(errors)
        .spawn()
        .map_err(|why| format!("cannot start `{words}`: {why}"))?;
    // The command holds the pipe's writing end until it is replaced; the reader would wait for ever.
    command.stdout(Stdio::null()).stderr(Stdio::null());

    let (send, lines) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(reader).split(b'\n').map_while(Result::ok) {
            if send.send(String::from_utf8_lossy(&line).into_owned()).is_err() {
                return;
            }
        }
    });

    let started = Instant::now();
    let mut output = Vec::new();
    loop {
        match lines.recv_timeout(SILENCE) {
            Ok(line) => {
                writeln!(file, "{line}").map_err(told)?;
                let plain = plain(&line);
                if let Some(found) = counted(&plain) {
                    counts.add(found);
                    println!("    {}", plain.trim());
                }
                output.push(line);
            }
            Err(RecvTimeoutError::Timeout) => {
                let last = output.iter().rev().find(|line| !line.trim().is_empty());
                let seconds = started.elapsed().as_secs();
                println!("    … {seconds} s, at: {}", last.map_or("", |line| line.trim()));
            }
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    let status = child.wait().map_err(|why| format!("cannot wait for `{words}`: {why}"))?;
    if status.success() {
        return Ok(());
    }
    for line in &output {
        println!("{line}");
    }
    Err(format!("`{words}` failed ({status})"))
}

/// The command as a person would type it.
fn said(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(command.get_program()).to_string_lossy();
    command.get_args().fold(name.into_owned(), |words, word| format!("{words} {}", word.to_string_lossy()))
}

/// The line without terminal colours.
fn plain(line: &str) -> String {
    let mut rest = line.chars();
    let mut kept = String::with_capacity(line.len());
    while let Some(letter) = rest.next() {
        if letter == '\u{1b}' {
            rest.by_ref().find(char::is_ascii_alphabetic);
        } else {
            kept.push(letter);
        }
    }
    kept
}

/// What a summary line of `cargo test` or vitest counts; `None` for any other line.
fn counted(line: &str) -> Option<Counts> {
    let line = line.trim();
    let rest = line.strip_prefix("test result:").or_else(|| line.strip_prefix("Tests  "))?;
    let words: Vec<&str> = rest.split([' ', ';', '.', '|', ',']).filter(|word| !word.is_empty()).collect();
    let number_before = |what: &str| {
        let at = words.iter().position(|word| *word == what)?;
        words.get(at.checked_sub(1)?)?.parse().ok()
    };
    let (passed, failed) = (number_before("passed"), number_before("failed"));
    (passed.is_some() || failed.is_some()).then(|| Counts { passed: passed.unwrap_or(0), failed: failed.unwrap_or(0) })
}

#[cfg(test)]
mod tests {
    use super::{Counts, counted, plain};

    #[test]
    fn counts_what_the_runners_say_and_nothing_else() {
        let cargo =
            "test result: FAILED. 11 passed; 2 failed; 0 ignored; 0 measured; 3 filtered out; finished in 0.01s";
        assert_eq!(counted(cargo), Some(Counts { passed: 11, failed: 2 }));
        let vitest = "\u{1b}[2m      Tests \u{1b}[22m \u{1b}[1m\u{1b}[31m1 failed\u{1b}[39m\u{1b}[22m | 12 passed (13)";
        assert_eq!(counted(&plain(vitest)), Some(Counts { passed: 12, failed: 1 }));
        assert_eq!(counted("      Tests  4 passed (4)"), Some(Counts { passed: 4, failed: 0 }));
        assert_eq!(counted(" Test Files  4 passed (4)"), None, "files are not tests");
        assert_eq!(counted("test a_test_passed ... ok"), None, "a single test is not a summary");
    }
}
