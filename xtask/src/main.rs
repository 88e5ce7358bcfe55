//! `cargo xtask <word>`: everything a person or a build machine does with this tree.
//!
//! Set-up happens here and nowhere else, so that a fresh machine needs a Rust toolchain, Node and one command.
//! Nothing here knows what Marginline computes; it starts the tools that do.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a task's output is what it prints")]

mod accuracy;
mod bench;
mod crash;
mod fixtures;
mod inputs;
mod logs;
mod pictures;
mod run;
mod setup;
mod steps;
mod test;
mod trial;
mod window;

use std::env;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const HELP: &str = "\
cargo xtask run [FILE...]     open the window on the sample company, or import FILEs; without a display,
                              print the sample company's margin report and write its charts
cargo xtask test [--all]      everything that is checked; --all also runs steps whose inputs have not changed
cargo xtask pictures          drive the window and write docs/pictures
cargo xtask bench import      load a bill of [--rows N[,N...]] (a million) and ask for its costs, beside DuckDB, sqlite3
                              and Polars, [--runs K] times (3); [--keep] leaves the files
cargo xtask bench report      time the sample company's reports
cargo xtask bench prices      price [--rows N[,N...]] (a million) of usage, beside the Python package genai-prices,
                              [--runs K] times (3)
cargo xtask bench model       Monte Carlo beside NumPy, the programme of GPU mixes and the search of configurations,
                              [--runs K] times (3)
cargo xtask bench slider      time the scenario workbench's figures while a number moves
cargo xtask bench window      time the real window: its start, its screens and its sliders
cargo xtask crash             kill an import of [--rows N] (200000) [--times K] (50) times and look at what it leaves
cargo xtask fixtures          write the generated fixtures anew
cargo xtask accuracy FILE     score the serving model on a file of measured runs and write docs/accuracy.md; --print
                              leaves the page alone, --fit fits the constants to the file
cargo xtask trial FOLDER      import the files of docs/trial.csv from FOLDER and compare; --only TEXT for some
";

/// Where the tree is and where things are built.
pub struct Place {
    /// The root of the working tree.
    pub root: PathBuf,
    /// Cargo's target folder.
    pub target: PathBuf,
}

impl Place {
    fn find() -> Result<Self, String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .filter(|root| root.join("Cargo.lock").exists())
            .ok_or("the working tree has moved since xtask was built: run `cargo clean -p xtask`, then again")?
            .to_path_buf();
        let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |dir| root.join(dir));
        Ok(Self { root, target })
    }

    /// A program that cargo builds in the dev profile.
    pub fn program(&self, name: &str) -> PathBuf {
        self.target.join("debug").join(format!("{name}{}", env::consts::EXE_SUFFIX))
    }

    /// What xtask remembers between runs: stamps and logs.
    pub fn memory(&self) -> PathBuf {
        self.target.join("xtask")
    }
}

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    match dispatch(&words) {
        Ok(code) => code,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(words: &[String]) -> Result<ExitCode, String> {
    let place = Place::find()?;
    let rest = words.get(1..).unwrap_or_default();
    match words.first().map(String::as_str) {
        Some("run") => run::run(&place, rest),
        Some("test") => {
            let all = rest.iter().any(|word| word == "--all");
            refuse(rest.iter().find(|word| *word != "--all"))?;
            test::test(&place, all)
        }
        Some("pictures") => {
            refuse(rest.first())?;
            pictures::pictures(&place)
        }
        Some("fixtures") => {
            refuse(rest.first())?;
            fixtures::run(&place.root, false).map(|()| ExitCode::SUCCESS)
        }
        Some("accuracy") => accuracy::accuracy(&place, rest),
        Some("trial") => trial::trial(&place, rest),
        Some("bench") => bench::bench(&place, rest),
        Some("crash") => crash::crash(&place, rest),
        Some("help" | "--help" | "-h") => {
            print!("{HELP}");
            Ok(ExitCode::SUCCESS)
        }
        other => {
            if let Some(word) = other {
                eprintln!("error: there is no task `{word}`");
            }
            eprint!("{HELP}");
            Ok(ExitCode::from(2))
        }
    }
}

fn refuse(word: Option<&String>) -> Result<(), String> {
    word.map_or(Ok(()), |word| Err(format!("`{word}` is not understood here; `cargo xtask help` lists what is")))
}
