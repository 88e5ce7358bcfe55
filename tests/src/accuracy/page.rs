//! The tables of `docs/accuracy.md`, as Markdown that also reads well in a terminal.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use marginline_model::serving::Class;

use super::left_out::word;
use super::runs::Runs;
use super::score::{
    Error, Scored, Summary, all_points, between, errors, of_class, one_point, order, quantile, summary, uncalibrated,
};
use crate::Failure;

const BEGIN: &str = "<!-- tables: begin -->";
const END: &str = "<!-- tables: end -->";
const CLASSES: [Class; 2] = [Class::Dense, Class::Experts];

/// All tables.
#[must_use]
pub fn tables(runs: &Runs, scored: &[Scored<'_>]) -> String {
    let mut text = String::new();
    cleaning(&mut text, runs);
    ways(&mut text, scored);
    goals(&mut text, scored);
    distribution(&mut text, scored);
    by(&mut text, scored, "model", |each| each.run.model.name.clone());
    by(&mut text, scored, "GPU", |each| each.run.gpu.name.clone());
    by(&mut text, scored, "engine", |each| each.run.backend.clone());
    by(&mut text, scored, "precision", |each| each.run.precision.clone());
    text
}

/// Puts the tables into the page, between its markers.
///
/// # Errors
/// When a marker is missing.
pub fn placed(page: &str, tables: &str) -> Result<String, Failure> {
    let missing = |marker: &str| format!("the page has no line {marker}");
    let (before, rest) = page.split_once(BEGIN).ok_or_else(|| missing(BEGIN))?;
    let (_, after) = rest.split_once(END).ok_or_else(|| missing(END))?;
    Ok(format!("{before}{BEGIN}\n\n{}\n\n{END}{after}", tables.trim()))
}

fn cleaning(text: &mut String, runs: &Runs) {
    let _ = writeln!(text, "### Runs\n\n{} rows, of which {} can be scored.\n", runs.rows, runs.runs.len());
    let fast = runs.runs.iter().filter(|run| run.unusually_fast).count();
    let mut rows: Vec<Vec<String>> = Vec::new();
    rows.extend(runs.dropped.iter().map(|(why, count)| vec![why.clone(), count.to_string(), "dropped".to_owned()]));
    rows.extend(runs.mended.iter().map(|(why, count)| vec![why.clone(), count.to_string(), "mended".to_owned()]));
    let why = "another run of the same configuration took 1.35 times as long".to_owned();
    rows.push(vec![why, fast.to_string(), "scored, not fitted".to_owned()]);
    table(text, &["why", "rows", "what was done"], &rows);
}

fn ways(text: &mut String, scored: &[Scored<'_>]) {
    let _ = writeln!(text, "### Ways of predicting\n\nError of end-to-end time: predicted over measured, less 1.\n");
    let mut rows = Vec::new();
    for class in CLASSES {
        let of = of_class(scored, class);
        if of.is_empty() {
            continue;
        }
        let mut row = |name: &str, errors: &[Error]| {
            let mut cells = vec![word(class).to_owned(), name.to_owned()];
            cells.extend(cells_of(&summary(errors)));
            rows.push(cells);
        };
        let each = || of.iter().copied();
        row("fixed efficiencies", &errors(each(), |each| Some(each.fixed_s)));
        row("the model, this model left out of the fit", &uncalibrated(each()));
        row("the same, constants as shipped", &errors(each(), |each| Some(each.shipped_s)));
        row("left out, one measured point", &one_point(&of, false));
        row("left out, one measured point of the same grid", &one_point(&of, true));
        row("left out, the eight nearest other points", &all_points(&of));
        row("plain interpolation, where runs surround it", &between(each()));
        let there = of.iter().copied().filter(|each| each.between_s.is_some());
        row("the model left out, on those runs", &uncalibrated(there));
    }
    table(text, &["class", "way", "runs", "median", "p90", "bias", "median of tokens/s per GPU", "in the band"], &rows);
}

fn cells_of(summary: &Summary) -> Vec<String> {
    if summary.runs == 0 {
        return vec!["0".to_owned(), "–".to_owned(), "–".to_owned(), "–".to_owned(), "–".to_owned(), "–".to_owned()];
    }
    vec![
        summary.runs.to_string(),
        percent(summary.median),
        percent(summary.p90),
        signed(summary.bias),
        percent(summary.rate_median),
        summary.covered.map_or_else(|| "–".to_owned(), percent),
    ]
}

fn goals(text: &mut String, scored: &[Scored<'_>]) {
    let _ = writeln!(text, "### Order, bounds and first token\n");
    let mut rows = Vec::new();
    for class in CLASSES {
        let of = of_class(scored, class);
        if of.is_empty() {
            continue;
        }
        let share = |(pairs, right): (usize, usize)| match pairs {
            0 => "–".to_owned(),
            _ => format!("{} of {pairs}", percent(right as f64 / pairs as f64)),
        };
        let below = of.iter().filter(|each| each.ideal_s > each.run.measured.end_to_end_s).count();
        let first = of.iter().filter(|each| each.first_token_inside).count();
        rows.push(vec![
            word(class).to_owned(),
            share(order(&of, |each| each.predicted_s)),
            share(order(&of, |each| each.fixed_s)),
            below.to_string(),
            percent(first as f64 / of.len() as f64),
        ]);
    }
    table(
        text,
        &[
            "class",
            "pairs of equal concurrency in the right order",
            "by fixed efficiencies",
            "runs faster than the ideal",
            "first token in its range",
        ],
        &rows,
    );
}

fn distribution(text: &mut String, scored: &[Scored<'_>]) {
    let _ = writeln!(text, "### Distribution of the error\n\nSigned, with the model left out of the fit.\n");
    let shares = [0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95];
    let mut rows = Vec::new();
    for class in CLASSES {
        let of = of_class(scored, class);
        if of.is_empty() {
            continue;
        }
        for (name, errors) in
            [("uncalibrated", uncalibrated(of.iter().copied())), ("one measured point", one_point(&of, false))]
        {
            let mut cells = vec![word(class).to_owned(), name.to_owned()];
            cells.extend(shares.iter().map(|share| signed(quantile(&errors, *share, |error| error.of_time))));
            rows.push(cells);
        }
    }
    table(text, &["class", "way", "5 %", "10 %", "25 %", "50 %", "75 %", "90 %", "95 %"], &rows);
}

fn by(text: &mut String, scored: &[Scored<'_>], what: &str, of: impl Fn(&Scored<'_>) -> String) {
    let _ = writeln!(text, "### By {what}\n\nWith the model left out of the fit.\n");
    let mut groups: BTreeMap<(Class, String), Vec<&Scored<'_>>> = BTreeMap::new();
    for each in scored {
        groups.entry((each.run.model.class(), of(each))).or_default().push(each);
    }
    let mut rows = Vec::new();
    for ((class, name), group) in groups {
        let free = summary(&uncalibrated(group.iter().copied()));
        let point = summary(&one_point(&group, false));
        let mut cells = vec![word(class).to_owned(), name, free.runs.to_string()];
        cells.extend([percent(free.median), percent(free.p90), signed(free.bias)]);
        cells.push(free.covered.map_or_else(|| "–".to_owned(), percent));
        cells.extend(if point.runs == 0 {
            ["–".to_owned(), "–".to_owned()]
        } else {
            [percent(point.median), percent(point.p90)]
        });
        rows.push(cells);
    }
    let header = ["class", what, "runs", "median", "p90", "bias", "in the band", "one point: median", "one point: p90"];
    table(text, &header, &rows);
}

/// A Markdown table whose columns are as wide as their widest cell.
fn table(text: &mut String, header: &[&str], rows: &[Vec<String>]) {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain([header[column].chars().count(), 3]).max().unwrap_or(3)
    };
    let widths: Vec<usize> = (0..header.len()).map(width).collect();
    let mut line = |cells: Vec<&str>| {
        let padded: Vec<String> = cells
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell}{}", " ".repeat(width.saturating_sub(cell.chars().count()))))
            .collect();
        let _ = writeln!(text, "| {} |", padded.join(" | "));
    };
    line(header.to_vec());
    let dashes: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
    line(dashes.iter().map(String::as_str).collect());
    for row in rows {
        line(row.iter().map(String::as_str).collect());
    }
    text.push('\n');
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

fn signed(share: f64) -> String {
    if share.is_nan() {
        return "–".to_owned();
    }
    format!("{:+.1} %", 100.0 * share)
}
