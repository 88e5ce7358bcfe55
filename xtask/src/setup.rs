//! What must be on the machine before anything else works, and how it gets there.
//!
//! A need is probed by what it gives (a program, a library), so that a machine that has it from elsewhere is left
//! alone. The list is short on purpose: Tauri links GTK and WebKit through one package; fonts are bundled or come
//! with it; OpenSSL, librsvg and ImageMagick are not used; screenshots come from WebKit itself.

use crate::Place;
use crate::steps::{Step, once};
use std::env;
use std::fs::{self, File};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::SystemTime;

/// The version that is tried and pinned; 3.0 is an alpha.
const TAURI_DRIVER: &str = "tauri-driver@2.1.0";

/// How to see that a need is met.
enum Probe {
    /// A program on the path.
    Program(&'static str),
    /// A library that pkg-config knows.
    Library(&'static str),
}

/// Something of the system, and the Debian or Ubuntu package that brings it.
struct Need {
    package: &'static str,
    probe: Probe,
    why: &'static str,
}

/// To build and open the window.
const WINDOW: [Need; 2] = [
    Need { package: "pkg-config", probe: Probe::Program("pkg-config"), why: "finds libraries" },
    Need { package: "libwebkit2gtk-4.1-dev", probe: Probe::Library("webkit2gtk-4.1"), why: "shows the window" },
];

/// To test the window as well.
const TEST: [Need; 4] = [
    Need { package: "webkit2gtk-driver", probe: Probe::Program("WebKitWebDriver"), why: "drives the window" },
    Need { package: "xvfb", probe: Probe::Program("Xvfb"), why: "is a display for it" },
    Need { package: "dbus", probe: Probe::Program("dbus-run-session"), why: "gives it a message bus of its own" },
    Need { package: "python3", probe: Probe::Program("python3"), why: "sums files without our code" },
];

/// To compare an import with.
const BENCH: [Need; 2] = [
    Need { package: "sqlite3", probe: Probe::Program("sqlite3"), why: "loads the same file" },
    Need { package: "python3-venv", probe: Probe::Program("python3"), why: "runs DuckDB and Polars" },
];

/// What the window needs to be built.
pub fn for_window(place: &Place) -> Result<(), String> {
    system(&WINDOW.iter().collect::<Vec<_>>())?;
    interface(place)
}

/// What the tests need.
pub fn for_tests(place: &Place) -> Result<(), String> {
    system(&WINDOW.iter().chain(&TEST).collect::<Vec<_>>())?;
    packages(place)?;
    driver(place).map(|_| ())
}

/// What the bench compares with.
pub fn for_bench() -> Result<(), String> {
    system(&BENCH.iter().collect::<Vec<_>>())
}

fn system(needs: &[&Need]) -> Result<(), String> {
    if env::consts::OS != "linux" {
        return elsewhere(needs);
    }
    let missing = missing(needs);
    if missing.is_empty() {
        return Ok(());
    }
    let list: Vec<&str> = missing.iter().map(|need| need.package).collect();
    if !(on_path("apt-get") && on_path("dpkg")) {
        return Err(format!(
            "this machine lacks:\n{}install them with its package manager, then run this again",
            told(&missing)
        ));
    }
    println!("> install {}", list.join(" "));
    apt(&["update", "-qq"])?;
    apt(&[&["install", "-y", "-qq", "--no-install-recommends"], list.as_slice()].concat())?;
    let still = self::missing(needs);
    if still.is_empty() {
        Ok(())
    } else {
        Err(format!(
            "installed, and still not found on PATH or by pkg-config:\n{}look at what apt-get printed above",
            told(&still)
        ))
    }
}

/// macOS and Windows bring their own web view; only the window's tests cannot run there.
fn elsewhere(needs: &[&Need]) -> Result<(), String> {
    if needs.len() == WINDOW.len() {
        return Ok(());
    }
    Err("the window's tests need Linux, where WebKitWebDriver and Xvfb exist: run `cargo xtask test` there; `cargo test --workspace` runs all others".to_owned())
}

fn missing<'n>(needs: &[&'n Need]) -> Vec<&'n Need> {
    needs.iter().copied().filter(|need| !met(&need.probe)).collect()
}

fn told(needs: &[&Need]) -> String {
    needs.iter().map(|need| format!("  {} ({})\n", need.package, need.why)).collect()
}

fn met(probe: &Probe) -> bool {
    match probe {
        Probe::Program(name) => on_path(name),
        Probe::Library(name) => Command::new("pkg-config")
            .args(["--exists", name])
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success()),
    }
}

fn on_path(name: &str) -> bool {
    found(name).is_some()
}

/// Where a program is on the path.
pub fn found(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

fn apt(words: &[&str]) -> Result<(), String> {
    let root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout.trim_ascii() == b"0");
    let by_hand = format!("run `sudo apt-get {}` by hand, then this again", words.join(" "));
    if !root && !on_path("sudo") {
        return Err(format!("only root may install packages, and there is no sudo: {by_hand}"));
    }
    let ask = std::io::stdin().is_terminal();
    let mut line: Vec<&str> = Vec::new();
    if !root {
        // Without a terminal nobody can type a password: fail at once instead of waiting for one.
        line.extend(if ask { &["sudo"][..] } else { &["sudo", "-n"] });
    }
    line.extend(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
    line.extend(words);
    let [program, rest @ ..] = line.as_slice() else {
        return Ok(());
    };
    let mut command = Command::new(program);
    command.args(rest);
    if root || !ask {
        command.stdin(Stdio::null());
    }
    let status = command.status().map_err(|why| format!("cannot start {program}: {why}; {by_hand}"))?;
    if status.success() { Ok(()) } else { Err(format!("`apt-get {}` failed ({status}): {by_hand}", words.join(" "))) }
}

/// Fails unless Node is there and new enough.
fn node() -> Result<(), String> {
    let now = "install Node 20.19 or newer from https://nodejs.org, then run this again";
    let output =
        Command::new("node").arg("--version").output().map_err(|why| format!("cannot start node: {why}; {now}"))?;
    let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let mut parts = version.trim_start_matches('v').split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    let (major, minor) = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
    if (major, minor) >= (20, 19) {
        Ok(())
    } else {
        Err(format!("node is {version}, too old for the interface's tools; {now}"))
    }
}

/// `npm` with these words, in the interface's folder.
pub fn npm<const N: usize>(place: &Place, words: [&str; N]) -> Command {
    let mut command = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    command.args(words).current_dir(place.root.join("ui")).env("NO_COLOR", "1").env("CI", "true");
    command
}

/// The interface's packages, as package-lock.json has them.
pub fn packages(place: &Place) -> Result<(), String> {
    // npm writes this file last; an interrupted installation lacks it.
    let done = place.root.join("ui/node_modules/.package-lock.json");
    node()?;
    // Not `npm ci`: npm 11 refuses a lock file that leaves out other platforms' optional packages, and writes such
    // files itself. Direct versions are exact in package.json and the rest is in the lock, so the result is the same.
    let install = npm(place, ["install", "--no-save", "--no-audit", "--no-fund"]);
    once(
        place,
        Step {
            name: "interface packages",
            inputs: &["ui/package.json", "ui/package-lock.json", "ui/.npmrc"],
            outputs: &[done],
            commands: vec![install],
        },
    )
}

/// The interface, built to where the window embeds it from.
pub fn interface(place: &Place) -> Result<(), String> {
    packages(place)?;
    let page = place.root.join("ui/dist/index.html");
    let before = modified(&page);
    once(
        place,
        Step {
            name: "build the interface",
            inputs: &["ui"],
            outputs: std::slice::from_ref(&page),
            commands: vec![npm(place, ["run", "build"])],
        },
    )?;
    if modified(&page) == before {
        return Ok(());
    }
    // The window embeds the built interface when it is compiled, and cargo does not watch that folder; it does
    // watch Tauri's configuration, by its time.
    let watched = place.root.join("src-tauri/tauri.conf.json");
    File::options()
        .append(true)
        .open(&watched)
        .and_then(|file| file.set_modified(SystemTime::now()))
        .map_err(|why| format!("cannot touch {}: {why}", watched.display()))
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|about| about.modified()).ok()
}

/// The program between a test and WebKit's own driver; built once for this tree.
pub fn driver(place: &Place) -> Result<PathBuf, String> {
    let tools = place.target.join("tools");
    let program = tools.join("bin/tauri-driver");
    let mut install = crate::steps::cargo(["install", TAURI_DRIVER, "--locked", "--force", "--root"]);
    install.arg(&tools).env("CARGO_TARGET_DIR", tools.join("build"));
    once(
        place,
        Step {
            name: "tauri-driver",
            inputs: &["rust-toolchain.toml"],
            outputs: std::slice::from_ref(&program),
            commands: vec![install],
        },
    )?;
    // What it was built from is not asked for again. Where it cannot be removed it only takes room.
    let _ = fs::remove_dir_all(tools.join("build"));
    Ok(program)
}
