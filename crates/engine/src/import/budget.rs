//! Marginline's own budget CSV; columns in `docs/formats.md`.

use std::collections::BTreeMap;

use marginline_model::Month;
use marginline_store::batch::{BatchTotal, Role};
use marginline_store::budget::{BudgetRow, Measure};
use marginline_store::import::Rows;

use super::field::{FieldError, currency, known, money, number};
use super::format::{Control, Format, Reader, Shape, Table, Taken};
use super::header::Header;
use super::record::Record;

/// Budget CSV.
pub static BUDGET: Format = Format {
    id: "budget",
    label: "Budget",
    role: Role::Plan,
    append_only: false,
    shapes: &[Shape::Table(Table {
        required: &[&["month"], &["measure"], &["currency"], &["amount"]],
        telling: &["month", "measure", "product", "currency", "amount"],
        open: |header| Box::new(Budget::new(header)),
    })],
};

struct Budget {
    columns: [usize; 4],
    product: Option<usize>,
    rows: Vec<BudgetRow>,
    totals: BTreeMap<(String, &'static str), Control>,
}

impl Budget {
    fn new(header: &Header) -> Self {
        Self {
            columns: ["month", "measure", "currency", "amount"].map(|name| header.find(&[name]).unwrap_or_default()),
            product: header.find(&["product"]),
            rows: Vec::new(),
            totals: BTreeMap::new(),
        }
    }
}

impl Reader for Budget {
    fn read(&mut self, record: &Record<'_>) -> Result<Taken, FieldError> {
        let (fields, place) = (record.fields(), record.place);
        let text = |index: usize| fields[self.columns[index]].trim();
        let month: Month = text(0).parse().map_err(|_| FieldError::new("month", text(0), "a month such as 2026-10"))?;
        let measure = Measure::from_word(text(1))
            .ok_or_else(|| FieldError::new("measure", text(1), "revenue or cost_of_revenue"))?;
        let exact = number("amount", text(3))?;
        let row = BudgetRow {
            month: month.first_day(),
            measure,
            product: self.product.and_then(|index| known(fields[index])).unwrap_or_default().to_owned(),
            currency: currency("currency", text(2))?.code().to_owned(),
            amount: money("amount", text(3), exact)?,
            place,
        };
        self.totals.entry((row.currency.clone(), measure.word())).or_default().add(exact, row.amount);
        self.rows.push(row);
        Ok(Taken::Kept)
    }

    fn take(&mut self) -> Vec<Rows> {
        vec![Rows::Budget(std::mem::take(&mut self.rows))]
    }

    fn totals(&self) -> Vec<BatchTotal> {
        self.totals.iter().map(|((currency, measure), control)| control.total(currency, measure)).collect()
    }
}
