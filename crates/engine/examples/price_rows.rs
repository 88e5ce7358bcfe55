//! Prices the usage rows of a CSV file on two threads, and prints the seconds that took and the sum in USD. Reading the
//! file is not in the time; filling an empty price book is. For `cargo xtask bench prices`, which writes the file.
#![allow(clippy::print_stdout, reason = "what it prints is its result")]

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::error::Error;
use std::sync::Arc;
use std::time::Instant;

use chrono::NaiveDate;
use marginline_engine::prices::{Model, Offer, PriceBook};
use marginline_model::Money;
use marginline_model::prices::tokens::{Priced, Prompts, TokenCounts, Used, price};

/// A row of usage.
struct Row {
    provider: String,
    model: String,
    date: NaiveDate,
    tokens: TokenCounts,
}

/// Offers by provider, model and day: rows of one day ask the price book once.
type Offers<'a> = HashMap<(&'a str, &'a str, NaiveDate), Arc<Offer>>;

/// The one place that calls the price book. A row is one request.
fn priced<'a>(book: &PriceBook, offers: &mut Offers<'a>, row: &'a Row) -> Result<Money, String> {
    let offer = match offers.entry((&row.provider, &row.model, row.date)) {
        Entry::Occupied(known) => known.into_mut(),
        Entry::Vacant(new) => new.insert(book.offer(Model::plain(&row.provider, &row.model), row.date)?),
    };
    let prompts = Prompts::of_row(row.tokens.prompt(), Some(1));
    match price(&Used { tokens: row.tokens, requests: Some(1), prompts }, &offer.prices) {
        Priced::Known(found) => Ok(found.point.total()),
        Priced::Estimated(_) => Err("one request is no estimate".to_owned()),
        Priced::Unpriced { class, reason } => Err(format!("{class}: {reason}")),
    }
}

fn sum(book: &PriceBook, rows: &[Row]) -> Result<Money, String> {
    let (mut sum, mut offers) = (Money::ZERO, Offers::new());
    for row in rows {
        let usd = priced(book, &mut offers, row).map_err(|why| format!("{} {}: {why}", row.provider, row.model))?;
        sum += usd;
    }
    Ok(sum)
}

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("it needs the file with the rows")?;
    let mut rows = Vec::new();
    for record in csv::Reader::from_path(path)?.records() {
        let record = record?;
        let count = |column: usize| record[column].parse::<u64>();
        let tokens =
            TokenCounts { input: count(3)?, cache_read: count(4)?, output: count(5)?, ..TokenCounts::default() };
        let (provider, model) = (record[0].to_owned(), record[1].to_owned());
        rows.push(Row { provider, model, date: record[2].parse()?, tokens });
    }
    let book = PriceBook::default();
    let start = Instant::now();
    let (left, right) = rows.split_at(rows.len() / 2);
    let total = std::thread::scope(|scope| {
        let other = scope.spawn(|| sum(&book, right));
        let one = sum(&book, left)?;
        Ok::<_, String>(one + other.join().map_err(|_| "a thread ended early")??)
    })?;
    println!("{} {total}", start.elapsed().as_secs_f64());
    Ok(())
}
