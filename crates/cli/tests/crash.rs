//! `kill -9` in the middle of an import: the workspace opens and is sound, nothing of the file is in it or all of it,
//! and the next import succeeds. `cargo xtask crash` does the same fifty times with a larger file.
#![allow(clippy::unwrap_used, reason = "a test that unwraps fails with the line it stands on")]

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// Rows of a cent each: 200 dollars.
const ROWS: u64 = 20_000;

struct Desk(tempfile::TempDir);

impl Desk {
    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_marginline"));
        command.arg("--workspace").arg(self.path("work.db")).args(words).stdin(Stdio::null());
        command
    }

    fn run(&self, words: &[&str]) -> Output {
        let output = self.command(words).output().unwrap();
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        output
    }

    fn json(&self, words: &[&str]) -> Value {
        serde_json::from_slice(&self.run(&[words, &["--json"]].concat()).stdout).unwrap()
    }

    /// Rows of the batches, the least first.
    fn rows(&self) -> Vec<u64> {
        let json = self.json(&["batches"]);
        let mut rows: Vec<_> =
            json["batches"].as_array().unwrap().iter().map(|batch| batch["rows_stored"].as_u64().unwrap()).collect();
        rows.sort_unstable();
        rows
    }

    fn billed(&self) -> String {
        self.json(&["report", "costs"])["total"]["billed"].as_str().unwrap().to_owned()
    }

    /// Copies of source files with this ending.
    fn copies(&self, ending: &str) -> BTreeSet<PathBuf> {
        let entries = std::fs::read_dir(self.path("work.db.files")).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|have| have == ending)).collect()
    }
}

/// A workspace with a bill of 30 rows in it.
fn with_bill(before: &str) -> Desk {
    let desk = Desk(tempfile::tempdir().unwrap());
    desk.run(&["import", before]);
    desk
}

fn size(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |about| about.len())
}

/// A bill of one account: so many rows of so much each, with ids that do not pack away to nothing.
fn bill(account: &str, rows: u64, each: &str) -> String {
    let mut text = "BilledCost,EffectiveCost,BillingCurrency,BillingPeriodStart,ChargePeriodStart,ChargeCategory,\
                    InvoiceIssuerName,BillingAccountId,ServiceName,ResourceId,Tags\n"
        .to_owned();
    for row in 0..rows {
        let (day, id) = (1 + row % 31, row.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        writeln!(
            text,
            "{each},{each},USD,2026-10-01T00:00:00Z,2026-10-{day:02}T00:00:00Z,Usage,Nordsky,{account},Compute,\
             vm-{id:016x}-{:016x}-{:016x},\"{{\"\"team\"\": \"\"t{}\"\"}}\"",
            id.rotate_left(17).wrapping_mul(id),
            id.rotate_left(31).wrapping_mul(!id),
            row % 7
        )
        .unwrap();
    }
    text
}

/// When to kill, by how far the import is and not by the clock. An import that gets to its end first is whole, and
/// that is looked at just the same.
#[derive(Debug)]
enum Moment {
    /// At once.
    Started,
    /// So many eighths of the copy are written.
    Copied(u64),
    /// The copy is whole, and the rows are about to be.
    CopyWhole,
    /// The write-ahead log is larger than before by so many bytes: rows are on their way to disk.
    Logged(u64),
}

#[test]
fn a_killed_import_leaves_nothing_and_can_be_done_again() {
    let files = tempfile::tempdir().unwrap();
    let file = |name: &str, text: String| {
        let path = files.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let before = file("before.csv", bill("1", 30, "0.10"));
    let large = file("large.csv", bill("2", ROWS, "0.01"));
    let whole = with_bill(&before);
    whole.run(&["import", &large]);
    let copy = whole.copies("zst").iter().map(|path| size(path)).max().unwrap();

    let moments = [
        Moment::Started,
        Moment::Copied(0),
        Moment::Copied(2),
        Moment::Copied(4),
        Moment::Copied(7),
        Moment::CopyWhole,
        Moment::Logged(1),
        Moment::Logged(1 << 20),
    ];
    let mut desk = with_bill(&before);
    let mut killed = 0;
    for moment in moments {
        let (log, halves, wholes) = (size(&desk.path("work.db-wal")), desk.copies("part"), desk.copies("zst"));
        let mut import = desk.command(&["import", &large, "--quiet"]).stderr(Stdio::null()).spawn().unwrap();
        let is_there = || match moment {
            Moment::Started => true,
            // What an earlier kill left is no copy of this import.
            Moment::Copied(eighths) => desk.copies("part").difference(&halves).any(|p| size(p) * 8 >= copy * eighths),
            Moment::CopyWhole => desk.copies("zst").difference(&wholes).next().is_some(),
            Moment::Logged(bytes) => size(&desk.path("work.db-wal")) >= log + bytes,
        };
        while !is_there() && import.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        import.kill().unwrap();
        import.wait().unwrap();

        desk.run(&["check"]);
        match desk.rows().as_slice() {
            [30] => {
                assert_eq!(desk.billed(), "3", "{moment:?}: 30 rows of 10 cents, and nothing else");
                killed += 1;
            }
            [30, ROWS] => {
                assert_eq!(desk.billed(), "203", "{moment:?}: 20,000 rows of a cent on top of the 3 dollars");
                desk = with_bill(&before);
            }
            rows => panic!("{moment:?}: batches of {rows:?} rows"),
        }
    }
    assert!(killed > 0, "an import that was killed as it started cannot have come to its end");
    desk.run(&["import", &large]);
    assert_eq!((desk.rows(), desk.billed()), (vec![30, ROWS], "203".to_owned()));
    assert!(desk.copies("part").is_empty(), "what was half written is swept away");
    desk.run(&["check"]);
}
