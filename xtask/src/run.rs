//! `cargo xtask run`: the shortest way from a fresh machine to the product.

use crate::steps::{Step, TREE, cargo, once};
use crate::{Place, setup};
use std::env;
use std::process::{Command, ExitCode};

/// Opens the window; where nothing can show one, does the same job on the command line.
pub fn run(place: &Place, files: &[String]) -> Result<ExitCode, String> {
    let linux = env::consts::OS == "linux";
    let display =
        ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| env::var_os(name).is_some_and(|value| !value.is_empty()));
    if linux && !display { headless(place, files) } else { window(place, files) }
}

fn window(place: &Place, files: &[String]) -> Result<ExitCode, String> {
    setup::for_window(place)?;
    build(place, "build the window", "marginline-desktop")?;
    let mut command = Command::new(place.program("marginline-desktop"));
    if files.is_empty() {
        println!("> the window opens on the sample company; close it to come back");
        command.arg("--sample");
    } else {
        command.args(files);
    }
    finish(command, "the window")
}

fn headless(place: &Place, files: &[String]) -> Result<ExitCode, String> {
    build(place, "build the command line", "marginline")?;
    let out = place.target.join("demo");
    let mut command = Command::new(place.program("marginline"));
    if files.is_empty() {
        command.arg("demo").arg("--out").arg(&out);
    } else {
        command.arg("import").args(files);
    }
    let code = finish(command, "marginline")?;
    if files.is_empty() && code == ExitCode::SUCCESS {
        println!("\ncharts and tables: {}", out.display());
    }
    println!("there is no display here, so this was the command line. To open the window, run the same command");
    println!("in a desktop session, or on a virtual display (packages xvfb, xauth): xvfb-run cargo xtask run");
    Ok(code)
}

/// Builds one program. `--workspace` keeps features, and so what is built, the same as in the tests.
pub fn build(place: &Place, name: &'static str, program: &str) -> Result<(), String> {
    let binary = place.program(program);
    once(
        place,
        Step {
            name,
            inputs: TREE,
            outputs: std::slice::from_ref(&binary),
            commands: vec![cargo(["build", "--workspace", "--bin", program])],
        },
    )
}

/// Runs a command in the terminal and hands on how it ended.
pub fn finish(mut command: Command, what: &str) -> Result<ExitCode, String> {
    let status = command.status().map_err(|why| format!("cannot start {what}: {why}"))?;
    match status.code() {
        Some(0) => Ok(ExitCode::SUCCESS),
        Some(code) => Ok(ExitCode::from(u8::try_from(code).unwrap_or(1))),
        None => Err(format!("{what} was ended by a signal ({status})")),
    }
}
