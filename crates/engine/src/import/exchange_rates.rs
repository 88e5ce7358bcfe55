//! Exchange rates: the ECB's reference rates as a wide table (a column a currency), its data portal's long CSV (a row
//! a fixing), and Marginline's own CSV; columns in `docs/formats.md`. A rate is units of the quoted currency for one
//! of the base.

use std::collections::HashMap;

use chrono::NaiveDate;
use marginline_model::fx::{ECB, Fixing};
use marginline_model::{Currency, Exact};
use marginline_store::batch::{BatchTotal, Role};
use marginline_store::exchange_rate::ExchangeRateRow;
use marginline_store::import::{Place, Rows};

use super::field::{FieldError, currency, day, known, number};
use super::format::{Format, Reader, Shape, Table, Taken, count_total};
use super::header::Header;
use super::record::Record;

const DATE: &[&str] = &["date", "day", "rate_date"];
const BASE: &[&str] = &["base", "base_currency", "from_currency"];
const QUOTE: &[&str] = &["quote", "quote_currency", "to_currency"];
const RATE: &[&str] = &["rate", "exchange_rate"];
/// Whose the rates of one's own CSV are when it does not say.
const OWN: &str = "own table";

/// Exchange rates.
pub static EXCHANGE_RATES: Format = Format {
    id: "exchange-rates",
    label: "Exchange rates",
    role: Role::Reference,
    append_only: false,
    shapes: &[
        Shape::Table(Table {
            required: &[&["KEY"], &["FREQ"], &["CURRENCY"], &["CURRENCY_DENOM"], &["TIME_PERIOD"], &["OBS_VALUE"]],
            telling: &["KEY", "FREQ", "CURRENCY", "CURRENCY_DENOM", "EXR_TYPE", "TIME_PERIOD", "OBS_VALUE"],
            open: |_| Box::new(Portal::default()),
        }),
        Shape::Table(Table {
            required: &[DATE, BASE, QUOTE, RATE],
            telling: &["date", "base", "quote", "rate"],
            open: |_| Box::new(Own::default()),
        }),
        Shape::Table(Table {
            required: &[&["Date"], &["USD"]],
            telling: &["Date", "USD", "JPY", "GBP", "CHF"],
            open: |header| Box::new(Wide::new(header)),
        }),
    ],
};

/// Rates of a file, each day and pair once.
#[derive(Default)]
struct Gathered {
    seen: HashMap<(NaiveDate, Currency, Currency, String), Exact>,
    rows: Vec<ExchangeRateRow>,
    count: u64,
}

/// A fixing that was read, and the field it stood in.
struct Found<'a> {
    fixing: Fixing,
    column: &'a str,
    text: &'a str,
}

impl Gathered {
    /// Keeps the rates of a record: all of them, or none where one says otherwise than an earlier record.
    fn keep(&mut self, found: Vec<Found<'_>>, place: Place) -> Result<Taken, FieldError> {
        let key = |fixing: &Fixing| (fixing.date, fixing.base, fixing.quote, fixing.source.clone());
        let mut news = Vec::with_capacity(found.len());
        for Found { fixing, column, text } in found {
            match self.seen.get(&key(&fixing)) {
                Some(had) if had.to_string() == fixing.rate.to_string() => {}
                Some(had) => {
                    let expected = format!(
                        "{had}, as an earlier row has it for {}/{} on {}",
                        fixing.base, fixing.quote, fixing.date
                    );
                    return Err(FieldError::new(column, text, expected));
                }
                None => news.push(fixing),
            }
        }
        if news.is_empty() {
            return Ok(Taken::Skipped);
        }
        for fixing in news {
            self.seen.insert(key(&fixing), fixing.rate);
            self.rows.push(ExchangeRateRow { fixing, place });
            self.count += 1;
        }
        Ok(Taken::Kept)
    }

    fn take(&mut self) -> Vec<Rows> {
        vec![Rows::ExchangeRates(std::mem::take(&mut self.rows))]
    }

    fn totals(&self) -> Vec<BatchTotal> {
        vec![count_total("rates", "rates", self.count)]
    }
}

/// A rate: above 0, and with no more digits than anybody fixes.
fn rate(column: &str, text: &str) -> Result<Exact, FieldError> {
    let rate = number(column, text)?;
    let (digits, exponent) = rate.parts();
    let sound = digits > 0 && exponent >= -20 && rate.to_money().is_ok();
    if sound { Ok(rate) } else { Err(FieldError::new(column, text, "a rate above 0 with at most 20 decimals")) }
}

fn two(base: Currency, quote: Currency, column: &str, text: &str) -> Result<(), FieldError> {
    if base == quote {
        return Err(FieldError::new(column, text, "another currency than the base"));
    }
    Ok(())
}

/// One's own CSV.
#[derive(Default)]
struct Own {
    gathered: Gathered,
}

impl Reader for Own {
    fn read(&mut self, record: &Record<'_>) -> Result<Taken, FieldError> {
        let (base, quote, text) = (record.word(BASE), record.word(QUOTE), record.word(RATE));
        let fixing = Fixing {
            date: day("date", record.word(DATE))?,
            base: currency("base", base)?,
            quote: currency("quote", quote)?,
            rate: rate("rate", text)?,
            source: record.text(&["source"]).unwrap_or(OWN).to_owned(),
        };
        two(fixing.base, fixing.quote, "quote", quote)?;
        self.gathered.keep(vec![Found { fixing, column: "rate", text }], record.place)
    }

    fn take(&mut self) -> Vec<Rows> {
        self.gathered.take()
    }

    fn totals(&self) -> Vec<BatchTotal> {
        self.gathered.totals()
    }
}

/// The data portal's CSV: only fixings of a day, since averages are worked out from them.
#[derive(Default)]
struct Portal {
    gathered: Gathered,
}

impl Reader for Portal {
    fn read(&mut self, record: &Record<'_>) -> Result<Taken, FieldError> {
        let word = |name: &'static str| record.word(&[name]);
        // Type SP00 is the rate against the euro; suffix A the rate itself, where E is the end of a period.
        for (column, wanted, expected) in [
            ("FREQ", "D", "D: the rate of a day; averages are worked out from those"),
            ("EXR_TYPE", "SP00", "SP00: the spot rate"),
            ("EXR_SUFFIX", "A", "A: the rate itself"),
            ("UNIT_MULT", "0", "0: single units"),
        ] {
            let found = word(column);
            if found != wanted && (column == "FREQ" || !found.is_empty()) {
                return Err(FieldError::new(column, found, expected));
            }
        }
        let (base, quote, text) = (word("CURRENCY_DENOM"), word("CURRENCY"), word("OBS_VALUE"));
        let date = day("TIME_PERIOD", word("TIME_PERIOD"))?;
        let (base, quoted) = (currency("CURRENCY_DENOM", base)?, currency("CURRENCY", quote)?);
        two(base, quoted, "CURRENCY", quote)?;
        if is_nothing(text) {
            return Ok(Taken::Skipped);
        }
        let fixing = Fixing { date, base, quote: quoted, rate: rate("OBS_VALUE", text)?, source: ECB.to_owned() };
        self.gathered.keep(vec![Found { fixing, column: "OBS_VALUE", text }], record.place)
    }

    fn take(&mut self) -> Vec<Rows> {
        self.gathered.take()
    }

    fn totals(&self) -> Vec<BatchTotal> {
        self.gathered.totals()
    }
}

/// A day on which a currency was not fixed.
fn is_nothing(text: &str) -> bool {
    known(text).is_none_or(|text| matches!(text, "N/A" | "NaN" | "-"))
}

/// The ECB's wide table: a row a day, a column a currency, all for one euro.
struct Wide {
    date: usize,
    /// Position, name as written, and the currency it names.
    columns: Vec<(usize, String, Option<Currency>)>,
    base: Option<Currency>,
    gathered: Gathered,
}

impl Wide {
    fn new(header: &Header) -> Self {
        let date = header.find(&["Date"]).unwrap_or_default();
        let columns = header.names().iter().enumerate();
        // The table ends with a comma, and so with a column without a name.
        let columns = columns.filter(|(index, name)| *index != date && !name.is_empty());
        Self {
            date,
            columns: columns.map(|(index, name)| (index, name.clone(), Currency::parse(name).ok())).collect(),
            base: Currency::parse("EUR").ok(),
            gathered: Gathered::default(),
        }
    }
}

/// `2026-10-30`, or `30 October 2026` as the table of the newest day has it.
fn wide_day(text: &str) -> Result<NaiveDate, FieldError> {
    match NaiveDate::parse_from_str(text.trim(), "%d %B %Y") {
        Ok(date) => day("Date", &date.to_string()),
        Err(_) => day("Date", text),
    }
}

impl Reader for Wide {
    fn read(&mut self, record: &Record<'_>) -> Result<Taken, FieldError> {
        let fields = record.fields();
        let date = wide_day(fields[self.date])?;
        let mut found = Vec::with_capacity(self.columns.len());
        for (index, name, quote) in &self.columns {
            let text = fields[*index];
            let (Some(quote), Some(base)) = (*quote, self.base) else {
                return Err(FieldError::new(name, text, "a currency code of three letters as the column's name"));
            };
            if is_nothing(text) {
                continue;
            }
            two(base, quote, name, text)?;
            let fixing = Fixing { date, base, quote, rate: rate(name, text)?, source: ECB.to_owned() };
            found.push(Found { fixing, column: name, text });
        }
        self.gathered.keep(found, record.place)
    }

    fn take(&mut self) -> Vec<Rows> {
        self.gathered.take()
    }

    fn totals(&self) -> Vec<BatchTotal> {
        self.gathered.totals()
    }
}
