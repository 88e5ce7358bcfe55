//! The command line in process: a workspace of its own in a temporary folder, a clock that stands still, and
//! what a command wrote. The sample company is imported once and copied, since its import takes seconds.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use chrono::{DateTime, TimeZone, Utc};
use marginline_cli::Io;
use serde_json::Value;
use tempfile::TempDir;

/// What a command answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Exit code.
    pub code: u8,
    /// Results.
    pub out: String,
    /// Talk and errors.
    pub err: String,
}

impl Answer {
    /// The JSON document on stdout.
    ///
    /// # Panics
    /// When there is none, with everything the command wrote.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("no JSON on stdout ({error}): {self:#?}"))
    }

    /// The answer, if the command ended with this exit code.
    ///
    /// # Panics
    /// When it ended with another, with everything it wrote.
    pub fn ends(self, code: u8) -> Self {
        assert_eq!(self.code, code, "exit code: {self:#?}");
        self
    }
}

#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Kept {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Now, in every test.
#[must_use]
pub fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 2, 9, 30, 0).single().unwrap_or_default()
}

/// Runs one command line, without a workspace unless the line names one.
pub fn marginline<S: Into<OsString>>(arguments: impl IntoIterator<Item = S>) -> Answer {
    let (out, err) = (Kept::default(), Kept::default());
    let io = Io { out: Box::new(out.clone()), err: Box::new(err.clone()), now: now(), terminal: false };
    let line = std::iter::once(OsString::from("marginline")).chain(arguments.into_iter().map(Into::into));
    let code = marginline_cli::run(line, io);
    Answer { code, out: out.text(), err: err.text() }
}

/// A workspace in a folder of its own, gone when the test is over.
pub struct Desk {
    folder: TempDir,
}

impl Desk {
    /// An empty workspace.
    ///
    /// # Panics
    /// When no temporary folder can be made.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "a folder on disk is no default value")]
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap_or_else(|error| panic!("a temporary folder: {error}")) }
    }

    /// A workspace that holds the sample company, and that the test may change.
    ///
    /// # Panics
    /// When the sample company cannot be imported or copied.
    #[must_use]
    pub fn with_sample() -> Self {
        let desk = Self::new();
        let copy = |from: PathBuf, to: PathBuf| {
            std::fs::copy(&from, to).unwrap_or_else(|error| panic!("{} cannot be copied: {error}", from.display()))
        };
        let original = sample();
        let kept = |desk: &Self| desk.path("work.db.files");
        copy(original.workspace(), desk.workspace());
        std::fs::create_dir(kept(&desk)).unwrap_or_else(|error| panic!("a folder of kept files: {error}"));
        for entry in std::fs::read_dir(kept(original)).unwrap_or_else(|error| panic!("kept files: {error}")).flatten() {
            copy(entry.path(), kept(&desk).join(entry.file_name()));
        }
        desk
    }

    /// The workspace file.
    #[must_use]
    pub fn workspace(&self) -> PathBuf {
        self.path("work.db")
    }

    /// A file of this name in the test's folder.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file into the test's folder and names it.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        std::fs::write(&path, content).unwrap_or_else(|error| panic!("{} cannot be written: {error}", path.display()));
        path.display().to_string()
    }

    /// Runs one command line on this workspace.
    pub fn run(&self, arguments: &[&str]) -> Answer {
        let mut line: Vec<OsString> = vec!["--workspace".into(), self.workspace().into()];
        line.extend(arguments.iter().map(OsString::from));
        marginline(line)
    }

    /// Runs one command line with `--json` and answers its document.
    ///
    /// # Panics
    /// When the command fails.
    pub fn json(&self, arguments: &[&str]) -> Value {
        let mut line = arguments.to_vec();
        line.push("--json");
        self.run(&line).ends(0).json()
    }

    /// The batches of an import, and its exit code.
    ///
    /// # Panics
    /// When the import fails.
    pub fn import(&self, files: &[&str]) -> Vec<Value> {
        let answer = self.run(&[&["import", "--json"], files].concat());
        assert!(matches!(answer.code, 0 | 3), "the import failed: {answer:#?}");
        answer.json()["batches"].as_array().cloned().unwrap_or_default()
    }

    /// Everything that the reports tell, as one text: equal texts mean that the ledgers hold the same.
    #[must_use]
    pub fn everything(&self) -> String {
        let asked: [&[&str]; 7] = [
            &["report", "costs", "--by", "day,provider,service,region,account,category,tag:team"],
            &["report", "costs", "--by", "month", "--basis", "usage-date"],
            &["report", "margin"],
            &["report", "margin", "--by", "product"],
            &["report", "margin", "--by", "customer"],
            &["report", "units", "--by", "model"],
            &["map"],
        ];
        let mut text = String::new();
        for line in asked {
            let answer = self.run(&[line, &["--json"]].concat());
            text.push_str(&format!("{line:?} {}\n{}{}\n", answer.code, answer.out, answer.err));
        }
        text
    }

    /// Names of the source files that the workspace keeps.
    #[must_use]
    pub fn kept_files(&self) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(self.path("work.db.files"))
            .map(|entries| entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect())
            .unwrap_or_default();
        names.sort();
        names
    }
}

/// The sample company, imported once for all tests of a program; for tests that only read.
///
/// # Panics
/// When it cannot be imported.
pub fn sample() -> &'static Desk {
    static SAMPLE: OnceLock<Desk> = OnceLock::new();
    SAMPLE.get_or_init(|| {
        let desk = Desk::new();
        let answer = desk.run(&["demo"]).ends(0);
        assert!(answer.out.contains("lumen-2-preview"), "the demo names the model without a price: {answer:#?}");
        fold_log(&desk.workspace());
        desk
    })
}

/// Closes the database in good order, so that its one file holds everything and can be copied.
fn fold_log(workspace: &Path) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.unwrap_or_else(|error| panic!("threads: {error}"));
    runtime.block_on(async {
        let engine =
            marginline_engine::Engine::open(workspace).await.unwrap_or_else(|error| panic!("the sample: {error}"));
        engine.ledger().close().await;
    });
}

/// A file under `fixtures/`.
#[must_use]
pub fn fixture(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures").join(name).display().to_string()
}

/// The text of a field, which money always is.
///
/// # Panics
/// When it is no text.
#[must_use]
pub fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_else(|| panic!("{field} is no text in {value:#}"))
}
