//! `cargo xtask test`: everything that is checked, in the order in which a failure is cheapest to find.

use crate::setup::{self, npm};
use crate::steps::{Step, Suite, TREE, cargo};
use crate::{Place, fixtures, window};
use std::process::ExitCode;

/// What `rustfmt` reads.
const SOURCES: &[&str] = &["crates", "src-tauri", "tests", "xtask", "rustfmt.toml", "rust-toolchain.toml"];
/// What the interface's own tests read: itself, and what the engine recorded for it.
const INTERFACE: &[&str] = &["ui", "tests", "crates", "fixtures"];

/// Runs every step; goes on after a failure where that can tell more; says at the end how it went.
pub fn test(place: &Place, all: bool) -> Result<ExitCode, String> {
    setup::for_tests(place)?;
    let mut suite = Suite::new(place, all)?;
    let plain = |name, inputs, commands| Step { name, inputs, outputs: &[], commands };

    suite.step(plain("format", SOURCES, vec![cargo(["fmt", "--all", "--check"])]))?;
    suite.inside("fixtures are as generated", &["xtask", "fixtures", "Cargo.lock"], || {
        fixtures::run(&place.root, true)
    })?;
    // The window cannot be compiled without the interface it embeds.
    if !suite.inside("interface", &[], || setup::interface(place))? {
        return Ok(suite.close());
    }
    let lint =
        ["clippy", "--workspace", "--all-targets", "--features", "marginline-tests/window", "--", "-D", "warnings"];
    suite.step(plain("clippy", TREE, vec![cargo(lint)]))?;

    let mut tests = cargo(["test", "--workspace", "--no-fail-fast"]);
    tests.env("INSTA_UPDATE", "no"); // A snapshot that differs is a failure, never a file to be looked at later.
    suite.step(plain("tests", TREE, vec![tests]))?;

    suite.step(plain("interface types", INTERFACE, vec![npm(place, ["run", "check"])]))?;
    suite.step(plain("interface tests", INTERFACE, vec![npm(place, ["test"])]))?;

    // With a test target beside them the programs are built on the same dependencies as the tests were: without one, cargo
    // leaves out what only tests need, and with that builds two hundred crates in other features once more.
    let programs = [place.program("marginline"), place.program("marginline-desktop")];
    let window = ["--workspace", "--features", "marginline-tests/window", "--test", "window"];
    let mut build = cargo(["build", "--bin", "marginline", "--bin", "marginline-desktop"]);
    build.args(window);
    let commands = vec![build];
    if suite.step(Step { name: "build the window", inputs: TREE, outputs: &programs, commands })? {
        let mut real = cargo(["test"]);
        real.args(window).args(["--", "--test-threads", "2"]);
        window::equip(place, &mut real)?;
        suite.step(plain("the real window", TREE, vec![real]))?;
    }
    Ok(suite.close())
}
