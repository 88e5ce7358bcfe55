//! Prices the usage rows of a CSV file on two threads, and prints the seconds that took and the sum in USD. Reading the
//! file is not in the time; filling an empty price book is. For `cargo xtask bench prices`, which writes the file.
#![allow(clippy::print_stdout, reason = "what it prints is its result")]

use std::error::Error;
use std::time::Instant;

use chrono::NaiveDate;
use marginline_engine::prices::PriceBook;
use marginline_model::Money;
use marginline_store::token_usage::Tokens;

/// A row of usage.
struct Row {
    provider: String,
    model: String,
    date: NaiveDate,
    tokens: Tokens,
}

/// The one place that calls the price book.
fn price(book: &PriceBook, row: &Row) -> Result<Money, String> {
    let price = book.price(&row.provider, &row.model, "", row.date)?;
    price.cost(row.tokens).map(|cost| cost.total()).map_err(str::to_owned)
}

fn sum(book: &PriceBook, rows: &[Row]) -> Result<Money, String> {
    let mut sum = Money::ZERO;
    for row in rows {
        let usd = price(book, row).map_err(|why| format!("{} {}: {why}", row.provider, row.model))?;
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
        let tokens = Tokens { input: count(3)?, cache_read: count(4)?, output: count(5)?, ..Tokens::default() };
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
