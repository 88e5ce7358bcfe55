//! `cargo xtask accuracy FILE`: scores the serving model on a file of measured runs.
#![allow(clippy::print_stdout, reason = "its output is what it prints")]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use marginline_tests::Failure;
use marginline_tests::accuracy::{chart, fit, left_out, page, runs, score};

const USAGE: &str = "cargo xtask accuracy FILE [--print | --fit]";

fn main() -> Result<(), Failure> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (file, option) = match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [file] if !file.starts_with('-') => (PathBuf::from(file), ""),
        [file, option @ ("--print" | "--fit")] | [option @ ("--print" | "--fit"), file] => {
            (PathBuf::from(file), *option)
        }
        _ => return Err(format!("usage: {USAGE}")),
    };
    let text = fs::read(&file).map_err(|why| format!("cannot read {}: {why}", file.display()))?;
    let runs = runs::read(&text).map_err(|why| format!("{}: {why}", file.display()))?;
    if runs.runs.is_empty() {
        return Err(format!("{} has no run that can be scored: {:?}", file.display(), runs.dropped));
    }
    let tree = Path::new(env!("CARGO_MANIFEST_DIR"));
    if option == "--fit" {
        let fits = fit::all(&runs.runs, |fit| println!("{}", left_out::written(std::slice::from_ref(fit)).trim_end()));
        write(&tree.join("src/accuracy/left_out.csv"), &left_out::written(&fits))?;
        println!("put the lines without a model into crates/model/src/serving/constants.rs, then score again");
        return Ok(());
    }
    let scored = score::scored(&runs.runs, &left_out::fits()?)?;
    let tables = page::tables(&runs, &scored);
    // A reader that has seen enough (`| head`) is no failure.
    let _ = std::io::stdout().write_all(tables.as_bytes());
    if option == "--print" {
        return Ok(());
    }
    let docs = tree.join("../docs");
    let path = docs.join("accuracy.md");
    let before = fs::read_to_string(&path).map_err(|why| format!("cannot read {}: {why}", path.display()))?;
    write(&path, &page::placed(&before, &tables)?)?;
    write(&docs.join("pictures/accuracy.svg"), &chart::svg(&scored))
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    fs::write(path, text).map_err(|why| format!("cannot write {}: {why}", path.display()))
}
