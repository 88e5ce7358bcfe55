//! `cargo xtask trial`: real files are imported and held against what they must come to.
//!
//! The work is done by an example of the tests' crate, which has the command line in process; xtask stays light.

use crate::Place;
use crate::run::finish;
use crate::steps::{Step, TREE, cargo, once};
use std::env;
use std::process::{Command, ExitCode};

/// Builds the program that imports and compares, and runs it on the folder.
pub fn trial(place: &Place, words: &[String]) -> Result<ExitCode, String> {
    if words.is_empty() {
        return Err("name the folder of the files, as in `cargo xtask trial FOLDER [--only TEXT]`".to_owned());
    }
    let program = place.target.join("debug/examples").join(format!("trial{}", env::consts::EXE_SUFFIX));
    once(
        place,
        Step {
            name: "build what tries files",
            inputs: TREE,
            outputs: std::slice::from_ref(&program),
            commands: vec![cargo(["build", "--workspace", "--example", "trial"])],
        },
    )?;
    let mut command = Command::new(program);
    command.args(words);
    finish(command, "the trial")
}
