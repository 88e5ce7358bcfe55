//! The tables of the import's bench.

use super::bill::Bill;
use super::contender::{ALL, Contender, Take};
use super::measure::least_and_middle;
use std::fmt::Write;

/// Every round of every contender on one bill; a reason where there is none.
pub struct Result {
    pub bill: Bill,
    pub takes: Vec<(Contender, std::result::Result<Vec<Take>, String>)>,
}

impl Result {
    fn of(&self, contender: Contender) -> &[Take] {
        let found = self.takes.iter().find(|(name, _)| *name == contender);
        found.and_then(|(_, takes)| takes.as_deref().ok()).unwrap_or_default()
    }

    fn middle(&self, contender: Contender, what: impl Fn(&Take) -> Option<f64>) -> Option<f64> {
        times(self.of(contender), what).map(|(_, middle)| middle)
    }
}

fn times(takes: &[Take], what: impl Fn(&Take) -> Option<f64>) -> Option<(f64, f64)> {
    least_and_middle(&takes.iter().filter_map(what).collect::<Vec<_>>())
}

fn most(takes: &[Take]) -> Option<f64> {
    takes.iter().filter_map(|take| take.peak).max().map(|peak| peak as f64 / 1e6)
}

fn pair(times: Option<(f64, f64)>) -> String {
    times.map_or_else(|| "-".to_owned(), |(least, middle)| format!("{least:.2} / {middle:.2}"))
}

/// What was measured on one bill.
pub fn measured(result: &Result) -> String {
    let bill = &result.bill;
    let mut text = format!(
        "{} rows, {:.0} MB, {} columns, {} kinds of line, {} month(s), {} sums; seconds as least / median\n\n",
        grouped(bill.rows),
        bill.bytes as f64 / 1e6,
        bill.columns,
        grouped(bill.lines as u64),
        bill.months,
        bill.sums.len()
    );
    text.push_str(
        "| | load and query | to marginline | rows/s | processor | query alone | undo | peak memory | on disk | sums |\n",
    );
    text.push_str("|---|--:|--:|--:|--:|--:|--:|--:|--:|---|\n");
    let ours = result.middle(ALL[0], |take| Some(take.whole));
    for (contender, takes) in &result.takes {
        let name = contender.name();
        let takes = match takes {
            Ok(takes) => takes,
            Err(why) => {
                let _ = writeln!(text, "| {name} | not measured: {} | | | | | | | | |", why.replace('|', "/"));
                continue;
            }
        };
        let whole = times(takes, |take| Some(take.whole));
        let ratio = whole.zip(ours).map_or_else(String::new, |((_, theirs), ours)| format!("{:.2} ×", theirs / ours));
        let rate = whole.map_or_else(String::new, |(_, middle)| grouped((bill.rows as f64 / middle) as u64));
        let far = takes.iter().map(|take| take.distance).fold(0.0, f64::max);
        let _ = writeln!(
            text,
            "| {name} | {} | {ratio} | {rate} | {} | {} | {} | {} | {:.0} MB | {} |",
            pair(whole),
            pair(times(takes, |take| take.cpu)),
            pair(times(takes, |take| take.query)),
            pair(times(takes, |take| take.undo)),
            most(takes).map_or_else(|| "-".to_owned(), |peak| format!("{peak:.0} MB")),
            takes.iter().map(|take| take.disk).max().unwrap_or_default() as f64 / 1e6,
            if far == 0.0 { "exact".to_owned() } else { format!("off by up to {far:.0e}") }
        );
    }
    text
}

/// The goals that these bills can tell something about.
pub fn goals(results: &[Result]) -> String {
    let mut text = String::from("| goal | rows | measured | |\n|---|--:|--:|---|\n");
    let mut line = |goal: &str, rows: u64, measured: Option<(f64, &str)>, met: fn(f64) -> bool| {
        if let Some((value, unit)) = measured {
            let told = if met(value) { "met" } else { "**missed**" };
            let _ = writeln!(text, "| {goal} | {} | {value:.2}{unit} | {told} |", grouped(rows));
        }
    };
    let (ours, duck) = (ALL[0], Contender::DuckDb { decimal: false });
    for result in results {
        let rows = result.bill.rows;
        let whole = |contender| result.middle(contender, |take| Some(take.whole));
        // Below a million rows the start of a process is what counts, and no goal is set.
        let to = |contender| whole(ours).zip(whole(contender)).filter(|_| rows >= 1_000_000);
        let share = to(duck).map(|(ours, theirs)| (ours / theirs, " ×"));
        line("load and query in at most half of DuckDB's time", rows, share, |share| share <= 0.5);
        line("never slower than DuckDB", rows, share, |share| share <= 1.0);
        let times = to(Contender::Sqlite).map(|(ours, theirs)| (theirs / ours, " ×"));
        line("at least 6 times as fast as sqlite3", rows, times, |times| times >= 6.0);
        line("peak memory under 256 MB", rows, most(result.of(ours)).map(|peak| (peak, " MB")), |peak| peak < 256.0);
        let report = result.middle(ours, |take| take.query).map(|seconds| (seconds * 1e3, " ms"));
        line("the report afterwards under 50 ms", rows, report, |report| report < 50.0);
        let undo = result.middle(ours, |take| take.undo).map(|seconds| (seconds, " s"));
        if rows <= 1_000_000 {
            line("undo under 2 s", rows, undo, |undo| undo < 2.0);
        }
    }
    for pair in results.windows(2) {
        let whole = |result: &Result| result.middle(ours, |take| Some(take.whole));
        let (small, large) = (&pair[0], &pair[1]);
        // A tenth of the way beyond linear at most: 10.5 for ten times the rows.
        let beyond = whole(small).zip(whole(large)).map(|(small_time, large_time)| {
            (large_time / small_time * 10.0 / (large.bill.rows as f64 / small.bill.rows as f64), " × for 10 ×")
        });
        line("time linear in rows (under 10.5 × for 10 ×)", large.bill.rows, beyond, |beyond| beyond < 10.5);
    }
    text
}

/// A whole number with commas.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
