//! A real window under test: its launch, its folders, and what is kept when a test of it fails.
//!
//! The client is fantoccini: it is maintained, small (hyper, no TLS needed here), and WebKitWebDriver accepts its
//! sessions without a `browserName`, which a Tauri window cannot give.

use crate::Failure;
use crate::desk::{Display, Driver, told};
use fantoccini::{Client, ClientBuilder};
use serde_json::{Value, json};
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;

/// The longest a story may take on a slow machine.
const STORY: Duration = Duration::from_secs(180);
/// The longest a window may take to open.
const OPEN: Duration = Duration::from_secs(60);
/// The size that the window is tested and pictured at.
const SIZE: (u32, u32) = (1280, 800);

/// A folder that stands for a person's machine: home, workspace and exports.
pub struct Machine {
    folder: TempDir,
}

impl Machine {
    /// A new one, with nothing on it.
    pub fn new() -> Result<Self, Failure> {
        let folder =
            TempDir::with_prefix("marginline-window-").map_err(|why| format!("cannot make a folder: {why}"))?;
        let machine = Self { folder };
        for name in ["home", "run", "exports", "files"] {
            let path = machine.path(name);
            fs::create_dir(&path).map_err(|why| format!("cannot make {}: {why}", path.display()))?;
        }
        Ok(machine)
    }

    /// A path in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file that a person might import.
    pub fn file(&self, name: &str, content: &str) -> Result<PathBuf, Failure> {
        let path = self.path("files").join(name);
        fs::write(&path, content).map_err(|why| format!("cannot write {}: {why}", path.display()))?;
        Ok(path)
    }

    /// Runs the command line on the same workspace and reads its JSON. It may end with 3: a look is needed.
    pub fn cli(&self, words: &[&str]) -> Result<Value, Failure> {
        let output = Command::new(told("MARGINLINE_CLI")?)
            .arg("--workspace")
            .arg(self.path("w.db"))
            .arg("--json")
            .args(words)
            .output()
            .map_err(|why| format!("cannot start the command line: {why}"))?;
        if !matches!(output.status.code(), Some(0 | 3)) {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(format!("`marginline {}` failed ({}): {said}", words.join(" "), output.status));
        }
        serde_json::from_slice(&output.stdout)
            .map_err(|why| format!("`marginline --json {}` printed no JSON: {why}", words.join(" ")))
    }

    fn environment(&self, display: &Display) -> Vec<(&'static str, String)> {
        let path = |name: &str| self.path(name).to_string_lossy().into_owned();
        vec![
            ("MARGINLINE_WORKSPACE", path("w.db")),
            ("HOME", path("home")),
            ("XDG_DATA_HOME", path("home/data")),
            ("XDG_CONFIG_HOME", path("home/config")),
            ("XDG_CACHE_HOME", path("home/cache")),
            ("XDG_RUNTIME_DIR", path("run")),
            ("DISPLAY", display.name.clone()),
            ("GDK_BACKEND", "x11".to_owned()),
            ("GSETTINGS_BACKEND", "memory".to_owned()),
            // The accessibility bus would outlive the session; what screen readers hear is tested in ui/.
            ("NO_AT_BRIDGE", "1".to_owned()),
            ("LIBGL_ALWAYS_SOFTWARE", "1".to_owned()),
            ("LANG", "C.UTF-8".to_owned()),
            ("TZ", "UTC".to_owned()),
        ]
    }
}

/// An open window.
pub struct Window {
    /// What it stands on.
    pub machine: Machine,
    /// The session; `page.rs` says what a person does through it.
    pub client: Client,
    // Dropped in this order: the driver before the display it draws on.
    driver: Driver,
    _display: Display,
}

impl Window {
    /// Opens the window on `machine`; `words` are its launch arguments beside those that keep it there.
    pub async fn open(machine: Machine, words: &[String]) -> Result<Self, Failure> {
        let program = told("MARGINLINE_APP")?;
        if !program.is_file() {
            return Err(format!(
                "{} is not there: run the tests of the window with `cargo xtask test`",
                program.display()
            ));
        }
        let log = machine.path("log.txt");
        let display = Display::open(&log)?;
        let mut driver = Driver::start(&machine.environment(&display), &log)?;
        let path = |name: &str| machine.path(name).to_string_lossy().into_owned();
        let mut arguments = vec!["--workspace".to_owned(), path("w.db"), "--export-dir".to_owned(), path("exports")];
        arguments.extend_from_slice(words);
        let mut wanted = serde_json::Map::new();
        wanted.insert("tauri:options".to_owned(), json!({ "application": program, "args": arguments }));
        let mut builder = ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new());
        builder.capabilities(wanted);
        let client = tokio::time::timeout(OPEN, builder.connect(&driver.url))
            .await
            .map_err(|_| format!("the window did not open within {} s: {}", OPEN.as_secs(), tail(&log)))?
            .map_err(|why| format!("the window did not open: {why}: {}", tail(&log)))?;
        driver.check()?;
        let window = Self { machine, client, driver, _display: display };
        let (width, height) = SIZE;
        let sized = window.client.set_window_size(width, height).await;
        sized.map_err(|why| format!("cannot size the window: {why}"))?;
        Ok(window)
    }

    /// Closes the window and gives back what it stood on.
    pub async fn close(self) -> Result<Machine, Failure> {
        let Self { machine, client, driver, _display } = self;
        let closed = client.close().await.map_err(|why| format!("cannot close the window: {why}"));
        drop(driver);
        closed.map(|()| machine)
    }

    /// The window as PNG.
    pub async fn picture(&self) -> Result<Vec<u8>, Failure> {
        self.client.screenshot().await.map_err(|why| format!("cannot take a picture: {why}"))
    }

    /// Keeps what helps to find out why a test failed.
    async fn keep(&mut self, name: &str) -> Result<PathBuf, Failure> {
        let folder = told("MARGINLINE_FAILURES")?;
        let told = |why: std::io::Error| format!("cannot write to {}: {why}", folder.display());
        fs::create_dir_all(&folder).map_err(told)?;
        let file = |end: &str| folder.join(format!("{name}.{end}"));
        // The log first: it is there even when the window is not.
        fs::copy(self.machine.path("log.txt"), file("log.txt")).map_err(told)?;
        self.driver.check()?;
        fs::write(file("png"), self.picture().await?).map_err(told)?;
        let page = self.client.source().await.map_err(|why| format!("cannot read the page: {why}"))?;
        fs::write(file("html"), page).map_err(told)?;
        Ok(file("png"))
    }
}

/// Tells a story about a window opened on `machine`, and keeps a picture when it goes wrong.
///
/// # Errors
/// What the story says went wrong, or that the window did not open. Assertions in the story panic as usual.
pub fn story<F>(name: &str, machine: Machine, words: &[String], told: F) -> Result<(), Failure>
where
    F: AsyncFnOnce(&Window) -> Result<(), Failure>,
{
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|why| format!("cannot start a runtime: {why}"))?;
    for end in ["png", "html", "log.txt"] {
        // What an earlier failure left would be taken for this one's.
        let _ = fs::remove_file(crate::desk::told("MARGINLINE_FAILURES")?.join(format!("{name}.{end}")));
    }
    let mut window = runtime.block_on(Window::open(machine, words))?;
    let ended = catch_unwind(AssertUnwindSafe(|| {
        runtime.block_on(async {
            let longest = tokio::time::timeout(STORY, told(&window)).await;
            longest.unwrap_or_else(|_| Err(format!("the story took longer than {} s", STORY.as_secs())))
        })
    }));
    if matches!(ended, Ok(Ok(()))) {
        return runtime.block_on(window.close()).map(|_| ());
    }
    let kept = runtime.block_on(async { tokio::time::timeout(OPEN, window.keep(name)).await });
    let kept = match kept {
        Ok(Ok(path)) => format!("picture, page and log: {}", path.display()),
        Ok(Err(why)) => format!("kept no picture: {why}"),
        Err(_) => "kept no picture: the window does not answer".to_owned(),
    };
    // Close it, or the panic would leave the session to be ended by force.
    let _ = runtime.block_on(async { tokio::time::timeout(OPEN, window.close()).await });
    match ended {
        Ok(result) => result.map_err(|why| format!("{why}\n{kept}")),
        Err(panic) => {
            #[allow(clippy::print_stderr, reason = "a panic carries no words of ours; the test runner shows these")]
            {
                eprintln!("{kept}");
            }
            resume_unwind(panic)
        }
    }
}

/// The end of a log.
fn tail(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().rev().take(15).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join("\n")
}
