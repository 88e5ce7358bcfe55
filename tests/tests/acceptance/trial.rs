//! Importing each file under `fixtures/` comes to what `xtask/trial/totals.py` worked out from the file alone.
//!
//! The table is `fixtures/totals.csv`, so this needs no Python. To make it anew after a fixture was added or changed:
//! `python3 xtask/trial/totals.py fixtures --skip demo --skip errors --skip mapped --skip serving --skip calc --skip differential --skip scenarios --out fixtures/totals.csv`.

use std::fs;
use std::path::PathBuf;

use marginline_tests::cli::fixture;
use marginline_tests::trial::{Line, differences, imported, table, unlisted};

fn lines() -> Vec<Line> {
    table(&fs::read_to_string(fixture("totals.csv")).unwrap()).unwrap()
}

#[test]
fn every_fixture_comes_to_what_was_worked_out_without_the_importer() {
    let folder = PathBuf::from(fixture(""));
    let mut found = Vec::new();
    for line in lines() {
        let differs = imported(&folder, &line.file).map_or_else(|why| vec![why], |got| differences(&line, &got));
        found.extend(differs.into_iter().map(|text| format!("{}: {text}", line.file)));
    }
    assert!(found.is_empty(), "imports differ from fixtures/totals.csv:\n{}", found.join("\n"));
}

/// The sample company has `truth.json`; files that are wrong, files that say nothing without a mapping, and runs that
/// are scored have tests
/// of their own.
#[test]
fn no_fixture_is_left_out_of_the_table() {
    let missing = unlisted(
        &PathBuf::from(fixture("")),
        &lines(),
        &["demo", "errors", "mapped", "serving", "calc", "differential", "scenarios", "totals.csv"],
    )
    .unwrap();
    assert!(missing.is_empty(), "not in fixtures/totals.csv: {missing:?}");
}
