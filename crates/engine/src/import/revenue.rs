//! Marginline's own revenue CSV: invoice lines with the period they are earned over; columns in
//! `docs/formats.md`.

use std::collections::BTreeMap;

use marginline_model::recognise::{RevenueKind, recognise};
use marginline_store::batch::{BatchTotal, Role};
use marginline_store::import::Rows;
use marginline_store::revenue::RevenueRow;

use super::field::{FieldError, currency, day, known, money, number};
use super::format::{Control, Format, Reader, Shape, Table, Taken};
use super::header::Header;
use super::record::Record;

/// Revenue CSV.
pub static REVENUE: Format = Format {
    id: "revenue",
    label: "Revenue",
    role: Role::Revenue,
    append_only: false,
    shapes: &[Shape::Table(Table {
        required: &[
            &["invoice_date"],
            &["customer"],
            &["product"],
            &["kind"],
            &["service_start"],
            &["service_end"],
            &["currency"],
            &["amount"],
        ],
        telling: &[
            "invoice_id",
            "invoice_date",
            "customer",
            "product",
            "kind",
            "service_start",
            "service_end",
            "amount",
        ],
        open: |header| Box::new(Revenue::new(header)),
    })],
};

struct Revenue {
    dates: [usize; 3],
    words: [Option<usize>; 5],
    kind: usize,
    currency: usize,
    amount: usize,
    rows: Vec<RevenueRow>,
    totals: BTreeMap<String, Control>,
}

impl Revenue {
    fn new(header: &Header) -> Self {
        let must = |name: &str| header.find(&[name]).unwrap_or_default();
        Self {
            dates: ["invoice_date", "service_start", "service_end"].map(must),
            words: ["invoice_id", "customer", "product", "plan", "region"].map(|name| header.find(&[name])),
            kind: must("kind"),
            currency: must("currency"),
            amount: must("amount"),
            rows: Vec::new(),
            totals: BTreeMap::new(),
        }
    }
}

impl Reader for Revenue {
    fn read(&mut self, record: &Record<'_>) -> Result<Taken, FieldError> {
        let (fields, place) = (record.fields(), record.place);
        let word = |index: usize| self.words[index].and_then(|i| known(fields[i])).unwrap_or_default().to_owned();
        let kind_word = fields[self.kind].trim();
        let kind = RevenueKind::from_word(kind_word).ok_or_else(|| {
            FieldError::new("kind", kind_word, "subscription, usage, prepaid, prepaid_use, one_off or credit_note")
        })?;
        let text = fields[self.amount].trim();
        let exact = number("amount", text)?;
        if kind == RevenueKind::CreditNote && !exact.is_negative() {
            return Err(FieldError::new("amount", text, "a negative amount, because the line is a credit note"));
        }
        let row = RevenueRow {
            invoice_id: word(0),
            invoice_date: day("invoice_date", fields[self.dates[0]])?,
            customer: word(1),
            product: word(2),
            plan: word(3),
            region: word(4),
            kind,
            service_start: day("service_start", fields[self.dates[1]])?,
            service_end: day("service_end", fields[self.dates[2]])?,
            currency: currency("currency", fields[self.currency])?.code().to_owned(),
            amount: money("amount", text, exact)?,
            place,
        };
        recognise(kind, row.amount, row.invoice_date, row.service_start, row.service_end)
            .map_err(|error| FieldError::new("service_end", fields[self.dates[2]], error.to_string()))?;
        self.totals.entry(row.currency.clone()).or_default().add(exact, row.amount);
        self.rows.push(row);
        Ok(Taken::Kept)
    }

    fn take(&mut self) -> Vec<Rows> {
        vec![Rows::Revenue(std::mem::take(&mut self.rows))]
    }

    fn totals(&self) -> Vec<BatchTotal> {
        self.totals.iter().map(|(currency, control)| control.total(currency, "amount")).collect()
    }
}
