//! `cargo xtask accuracy`: the serving model is held against measured runs, and `docs/accuracy.md` says how it did.
//!
//! The work is done by an example of the tests' crate; xtask stays light.

use crate::Place;
use crate::run::finish;
use crate::steps::{Step, TREE, cargo, once};
use std::env;
use std::process::{Command, ExitCode};

/// Builds the program that scores, and runs it on the file.
pub fn accuracy(place: &Place, words: &[String]) -> Result<ExitCode, String> {
    if words.is_empty() {
        return Err("name the file of runs, as in `cargo xtask accuracy FILE [--print | --fit]`".to_owned());
    }
    let program = place.target.join("debug/examples").join(format!("accuracy{}", env::consts::EXE_SUFFIX));
    once(
        place,
        Step {
            name: "build what scores runs",
            inputs: TREE,
            outputs: std::slice::from_ref(&program),
            commands: vec![cargo(["build", "-p", "marginline-tests", "--example", "accuracy"])],
        },
    )?;
    let mut command = Command::new(program);
    command.args(words);
    finish(command, "the scoring")
}
