//! `cargo xtask pictures`: the pictures of the guide, taken from the real window.

use crate::run::finish;
use crate::steps::{Step, TREE, cargo, once};
use crate::{Place, setup, window};
use std::process::{Command, ExitCode};

/// Builds what is needed and runs the program that drives the window through its screens.
pub fn pictures(place: &Place) -> Result<ExitCode, String> {
    setup::for_tests(place)?;
    setup::interface(place)?;
    let mut build = cargo(["build", "--workspace", "--features", "marginline-tests/window", "--example", "pictures"]);
    build.args(["--bin", "marginline", "--bin", "marginline-desktop"]);
    let painter = place.target.join("debug/examples/pictures");
    once(
        place,
        Step {
            name: "build what takes the pictures",
            inputs: TREE,
            outputs: &[painter.clone(), place.program("marginline-desktop"), place.program("marginline")],
            commands: vec![build],
        },
    )?;
    let mut command = Command::new(painter);
    command.arg(place.root.join("docs/pictures"));
    window::equip(place, &mut command)?;
    finish(command, "the pictures")
}
