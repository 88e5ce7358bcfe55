//! Token prices beside the Python package genai-prices: 240 usages where both must say the same, and 60 where ours must
//! differ, each in the way that its row states. `fixtures/differential/prices.csv` is committed with its answers;
//! `xtask/prices/differential.py` made it and says what each kind of row is.
#![allow(clippy::unwrap_used, reason = "a test that unwraps fails with the line it stands on")]

use std::collections::BTreeMap;

use chrono::NaiveDate;
use marginline_engine::prices::{Model, PriceBook};
use marginline_model::Money;
use marginline_model::prices::tokens::{Estimate, Priced, Prompts, TokenCounts, Used, price};

/// A row of the file.
struct Case {
    kind: String,
    provider: String,
    model: String,
    date: NaiveDate,
    service_tier: String,
    requests: u64,
    tokens: TokenCounts,
    python_usd: Money,
    /// `same`, `estimated` or `unpriced`.
    ours: String,
    /// What ours must answer; none where it is unpriced.
    ours_usd: Option<Money>,
    line: String,
}

fn cases() -> Vec<Case> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/differential/prices.csv");
    let mut reader = csv::Reader::from_path(path).unwrap();
    let heads = reader.headers().unwrap().clone();
    let case = |row: csv::StringRecord| {
        let text = |head: &str| row[heads.iter().position(|each| each == head).unwrap()].to_owned();
        let count = |head: &str| text(head).parse::<u64>().unwrap();
        let usd =
            |head: &str| Some(text(head)).filter(|text| !text.is_empty()).map(|text| Money::parse(&text).unwrap());
        Case {
            kind: text("kind"),
            provider: text("provider"),
            model: text("model"),
            date: text("date").parse().unwrap(),
            service_tier: text("service_tier"),
            requests: count("requests"),
            tokens: TokenCounts {
                input: count("input"),
                cache_read: count("cache_read"),
                cache_write_5m: count("cache_write_5m"),
                cache_write_1h: count("cache_write_1h"),
                output: count("output"),
                ..TokenCounts::default()
            },
            python_usd: usd("python_usd").unwrap(),
            ours: text("ours"),
            ours_usd: usd("ours_usd"),
            line: row.iter().collect::<Vec<_>>().join(","),
        }
    };
    reader.records().map(|row| case(row.unwrap())).collect()
}

/// The one place that calls the price book: what a row costs, or why it has no price.
fn ours(book: &PriceBook, case: &Case) -> Result<Priced, String> {
    let model = Model { tier: &case.service_tier, ..Model::plain(&case.provider, &case.model) };
    let offer = book.offer(model, case.date)?;
    let requests = Some(case.requests);
    let prompts = Prompts::of_row(case.tokens.prompt(), requests);
    Ok(price(&Used { tokens: case.tokens, requests, prompts }, &offer.prices))
}

/// Equal to a thousand-millionth: our prices are read to 10⁻⁹ USD per million tokens, and a few on the list have more
/// digits, which binary numbers left there.
fn is_near(a: Money, b: Money) -> bool {
    let distance = if a > b { a - b } else { b - a };
    distance.times(1_000_000_000, 1).is_some_and(|distance| distance <= b)
}

/// Does an answer agree with what the row states?
fn agrees(case: &Case, answer: &Result<Priced, String>) -> bool {
    let is = |found: &Estimate, stated: Option<Money>| stated.is_some_and(|usd| is_near(found.point.total(), usd));
    match (case.ours.as_str(), answer) {
        ("unpriced", Err(_) | Ok(Priced::Unpriced { .. })) => true,
        ("same", Ok(Priced::Known(found))) => is(found, Some(case.python_usd)) && is(found, case.ours_usd),
        ("estimated", Ok(Priced::Estimated(found))) => {
            // What the package says of the sum is the upper end: everything in one long prompt.
            let (low, point, high) = (found.low.total(), found.point.total(), found.high.total());
            is(found, case.ours_usd) && low <= point && point < high && is_near(high, case.python_usd)
        }
        _ => false,
    }
}

#[test]
fn ours_says_what_the_python_package_says_or_differs_as_stated() {
    let book = PriceBook::default();
    let mut wrong = Vec::new();
    for case in cases() {
        let answer = ours(&book, &case);
        if !agrees(&case, &answer) {
            wrong.push(format!("{}: ours {answer:?}", case.line));
        }
    }
    assert!(wrong.is_empty(), "{} rows:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_file_holds_240_rows_to_agree_on_and_60_to_differ_in() {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for case in cases() {
        *counts.entry(case.kind).or_default() += 1;
    }
    let of = |kinds: &[&str]| kinds.iter().map(|kind| counts[*kind]).sum::<usize>();
    assert_eq!(of(&["plain", "long", "batch"]), 240);
    assert_eq!(of(&["bucket", "batch-before", "unknown-tier", "unpriced"]), 60);
}
