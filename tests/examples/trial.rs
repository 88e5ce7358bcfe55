//! `cargo xtask trial`: imports every file of a folder and holds it against `docs/trial.csv`.
#![allow(clippy::print_stdout, reason = "its output is what it prints")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use marginline_tests::Failure;
use marginline_tests::trial::{differences, imported, table, unlisted};

const USAGE: &str = "cargo xtask trial FOLDER [--only TEXT]";

fn main() -> Result<ExitCode, Failure> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (folder, only) = match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [folder] => (PathBuf::from(folder), ""),
        [folder, "--only", only] | ["--only", only, folder] => (PathBuf::from(folder), *only),
        _ => return Err(format!("usage: {USAGE}")),
    };
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/trial.csv");
    let lines = table(&fs::read_to_string(&path).map_err(|why| format!("cannot read {}: {why}", path.display()))?)?;
    let (mut equal, mut differ) = (0, 0);
    let mut tell = |file: &str, found: &[String]| {
        if found.is_empty() {
            equal += 1;
            println!("ok      {file}");
        } else {
            differ += 1;
            println!("DIFFERS {file}: {}", found.join("; "));
        }
    };
    for line in lines.iter().filter(|line| line.file.contains(only)) {
        let found = imported(&folder, &line.file).map_or_else(|why| vec![why], |got| differences(line, &got));
        tell(&line.file, &found);
    }
    for file in unlisted(&folder, &lines, &[])?.iter().filter(|file| file.contains(only)) {
        tell(file, &["not in the table".to_owned()]);
    }
    println!("{equal} equal, {differ} differ");
    if equal + differ == 0 {
        return Err(format!("no file's name holds {only:?}"));
    }
    Ok(if differ == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
