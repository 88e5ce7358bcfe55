//! Tables of what importing files must come to, worked out by `xtask/trial/totals.py` without the importer, and how
//! an import is held against them.
//!
//! An import's answer is put into the same shape as a line of the table, so that comparing is comparing fields.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use serde_json::Value;

use crate::Failure;
use crate::cli::{Answer, Desk};

const HEADER: &str = "file,format,rows_read,rows_stored,rows_quarantined,quarantined_lines,totals";
/// The format of a file that is not imported.
const REFUSED: &str = "refused";

/// What importing one file comes to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    /// The file, relative to its folder.
    pub file: String,
    /// Id of the format, or `refused`.
    pub format: String,
    /// Rows read, stored and quarantined.
    pub rows: [u64; 3],
    /// Lines, or positions in a JSON document, of the rows in quarantine.
    pub places: BTreeSet<u64>,
    /// Control totals by unit and measure, such as `USD billed`.
    pub totals: BTreeMap<String, String>,
}

/// Reads a table.
///
/// # Errors
/// When it is no such table.
pub fn table(text: &str) -> Result<Vec<Line>, Failure> {
    let mut lines = text.lines();
    if lines.next() != Some(HEADER) {
        return Err(format!("the table does not begin with {HEADER}"));
    }
    lines.map(|line| expected(line).ok_or_else(|| format!("no line of the table: {line}"))).collect()
}

/// One line of a table; no field of it ever needs quotes.
fn expected(line: &str) -> Option<Line> {
    let fields: Vec<&str> = line.split(',').collect();
    let [file, format, read, stored, quarantined, places, totals] = fields.as_slice() else { return None };
    let count = |text: &str| text.parse().ok();
    Some(Line {
        file: (*file).to_owned(),
        format: (*format).to_owned(),
        rows: [count(read)?, count(stored)?, count(quarantined)?],
        places: places.split_whitespace().map(count).collect::<Option<_>>()?,
        totals: totals.split("; ").filter(|total| !total.is_empty()).map(total_of).collect::<Option<_>>()?,
    })
}

fn total_of(text: &str) -> Option<(String, String)> {
    text.split_once('=').map(|(measure, sum)| (measure.to_owned(), sum.to_owned()))
}

/// Imports a file of the folder into a fresh workspace, as a rehearsal.
///
/// # Errors
/// When there is no such file, which would look like one refused, or when the import ends as no import may.
pub fn imported(folder: &Path, file: &str) -> Result<Line, Failure> {
    if !folder.join(file).is_file() {
        return Err("not in the folder".to_owned());
    }
    let path = folder.join(file).display().to_string();
    let desk = Desk::new();
    let answer = catch_unwind(AssertUnwindSafe(|| desk.run(&["import", &path, "--dry-run", "--json"])))
        .map_err(|_| "the import panicked".to_owned())?;
    let mut line = answered(&answer)?;
    line.file = file.to_owned();
    Ok(line)
}

/// An import's answer as a line of the table; several batches are summed.
fn answered(answer: &Answer) -> Result<Line, Failure> {
    if answer.code == 1 {
        return Ok(Line { format: REFUSED.to_owned(), ..Line::default() });
    }
    let document: Value = serde_json::from_str(&answer.out).unwrap_or_default();
    let batches = document["batches"].as_array().filter(|_| matches!(answer.code, 0 | 3));
    let batches = batches.ok_or_else(|| format!("exit code {}: {}", answer.code, answer.err.trim_end()))?;
    let mut line = Line::default();
    let mut formats = BTreeSet::new();
    for batch in batches {
        formats.insert(batch["format"].as_str().unwrap_or("(no format)"));
        for (rows, name) in line.rows.iter_mut().zip(["rows_read", "rows_stored", "rows_quarantined"]) {
            *rows += batch[name].as_u64().ok_or_else(|| format!("{name} is no count"))?;
        }
        line.places.extend(batch["problems"].as_array().into_iter().flatten().filter_map(|one| one["line"].as_u64()));
        for total in batch["totals"].as_array().into_iter().flatten() {
            add_total(&mut line.totals, total)?;
        }
    }
    line.format = formats.into_iter().collect::<Vec<_>>().join("+");
    if line.rows[1] == 0 {
        line.totals.retain(|_, sum| sum != "0"); // A sum over no row says nothing.
    }
    Ok(line)
}

/// Adds `{"currency":"USD","billed":"1.5"}` as `USD billed`. What rounding left over is part of the file's sum.
fn add_total(totals: &mut BTreeMap<String, String>, total: &Value) -> Result<(), Failure> {
    let unit = total["currency"].as_str().or_else(|| total["unit"].as_str()).ok_or("a total without unit")?;
    let measures = total.as_object().into_iter().flatten();
    for (measure, sum) in measures.filter(|(name, _)| !matches!(name.as_str(), "currency" | "unit")) {
        if measure.ends_with("_residue") {
            continue;
        }
        let sum = sum.as_str().ok_or_else(|| format!("{measure} is no text"))?.to_owned();
        if totals.insert(format!("{unit} {measure}"), sum).is_some() {
            return Err(format!("{unit} {measure} comes twice: this file makes several batches, which is new"));
        }
    }
    Ok(())
}

/// What differs, a text for each field, `expected` before what came.
#[must_use]
pub fn differences(expected: &Line, got: &Line) -> Vec<String> {
    let mut found = Vec::new();
    let mut compare = |what: &str, expected: String, got: String| {
        if expected != got {
            found.push(format!("{what}: expected {expected}, got {got}"));
        }
    };
    compare("format", expected.format.clone(), got.format.clone());
    if expected.format == got.format {
        for (at, what) in ["rows read", "rows stored", "rows in quarantine"].into_iter().enumerate() {
            compare(what, expected.rows[at].to_string(), got.rows[at].to_string());
        }
        compare("places", listed(&expected.places), listed(&got.places));
        let measures: BTreeSet<&String> = expected.totals.keys().chain(got.totals.keys()).collect();
        let sum = |line: &Line, measure: &str| line.totals.get(measure).map_or("none", String::as_str).to_owned();
        for measure in measures {
            compare(measure, sum(expected, measure), sum(got, measure));
        }
    }
    found
}

fn listed(places: &BTreeSet<u64>) -> String {
    if places.is_empty() {
        return "none".to_owned();
    }
    places.iter().map(u64::to_string).collect::<Vec<_>>().join(" ")
}

/// Files below the folder that the table lacks; what is `skipped`, and rules and scenarios, are not looked for.
///
/// # Errors
/// When a folder cannot be listed.
pub fn unlisted(folder: &Path, lines: &[Line], skipped: &[&str]) -> Result<Vec<String>, Failure> {
    let known: BTreeSet<&str> = lines.iter().map(|line| line.file.as_str()).collect();
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(here) = folders.pop() {
        let told = |why| format!("cannot list {}: {why}", here.display());
        for entry in fs::read_dir(&here).map_err(told)? {
            let path = entry.map_err(told)?.path();
            let inside = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            if inside.split('/').any(|part| skipped.contains(&part)) {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if !known.contains(inside.as_str()) && path.extension().is_none_or(|end| end != "toml") {
                found.push(inside);
            }
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::{answered, differences, table};
    use crate::cli::Answer;

    const TABLE: &str = "file,format,rows_read,rows_stored,rows_quarantined,quarantined_lines,totals
a.csv,focus,3,2,1,4,USD billed=1.5; USD effective=1
";

    fn answer(code: u8, out: &str) -> Answer {
        Answer { code, out: out.to_owned(), err: "why".to_owned() }
    }

    #[test]
    fn an_import_that_says_the_same_has_no_difference() {
        let expected = table(TABLE).unwrap();
        let got = answered(&answer(
            3,
            r#"{"batches":[{"format":"focus","rows_read":3,"rows_stored":2,"rows_quarantined":1,
                "totals":[{"currency":"USD","billed":"1.5","billed_residue":"0.1","effective":"1"}],
                "problems":[{"line":4},{"line":4}]}]}"#,
        ));
        assert_eq!(differences(&expected[0], &got.unwrap()), Vec::<String>::new());
    }

    #[test]
    fn every_field_that_differs_is_named() {
        let expected = table(TABLE).unwrap();
        let got = answered(&answer(
            0,
            r#"{"batches":[{"format":"focus","rows_read":3,"rows_stored":3,"rows_quarantined":0,
                "totals":[{"currency":"USD","billed":"1.50"},{"unit":"tokens","input_tokens":"7"}],"problems":[]}]}"#,
        ));
        assert_eq!(
            differences(&expected[0], &got.unwrap()),
            [
                "rows stored: expected 2, got 3",
                "rows in quarantine: expected 1, got 0",
                "places: expected 4, got none",
                "USD billed: expected 1.5, got 1.50",
                "USD effective: expected 1, got none",
                "tokens input_tokens: expected none, got 7",
            ]
        );
    }

    #[test]
    fn a_refusal_is_exit_code_1_and_nothing_else() {
        let expected = table(TABLE).unwrap();
        let got = answered(&answer(1, "")).unwrap();
        assert_eq!(differences(&expected[0], &got), ["format: expected focus, got refused"]);
        assert_eq!(answered(&answer(2, "")).unwrap_err(), "exit code 2: why");
    }

    #[test]
    fn totals_of_nothing_are_none() {
        let got = answered(&answer(
            0,
            r#"{"batches":[{"format":"token-usage","rows_read":0,"rows_stored":0,"rows_quarantined":0,
                "totals":[{"unit":"requests","requests":"0"}],"problems":[]}]}"#,
        ));
        assert!(got.unwrap().totals.is_empty());
    }
}
