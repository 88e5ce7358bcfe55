//! Collecting lines of a bill: descriptions get numbers, amounts become money, control totals grow.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use foldhash::HashMap;
use marginline_model::{Currency, Exact, Money, Month};
use marginline_store::batch::BatchTotal;
use marginline_store::cost::{CostKey, CostRow, CostRows};
use marginline_store::import::{Place, Rows};

use super::field::FieldError;
use super::format::Control;

/// Bytes of descriptions remembered; past it they are told to the ledger again.
const REMEMBERED: usize = 48 << 20;

/// One line of a bill as a file tells it.
#[derive(Debug, Clone)]
pub struct Line {
    /// Month of the billing period.
    pub billing_month: Month,
    /// Civil date of use.
    pub usage_date: NaiveDate,
    /// The day by which a later file replaces the line, where that is not the date of use.
    pub covered_on: Option<NaiveDate>,
    /// Currency of the amounts.
    pub currency: Currency,
    /// What the invoice asks for.
    pub billed: Exact,
    /// What the use costs, prepayments spread over it.
    pub effective: Exact,
    /// At contract prices.
    pub contracted: Option<Exact>,
    /// At list prices.
    pub list: Option<Exact>,
    /// Quantity in the description's unit.
    pub consumed: Option<Exact>,
}

/// Lines of a bill in the making.
#[derive(Debug, Default)]
pub struct Bill {
    numbers: HashMap<Vec<u8>, u32>,
    remembered: usize,
    next: u32,
    pending: CostRows,
    totals: BTreeMap<Currency, [Control; 4]>,
    last: Option<(Currency, [Control; 4])>,
    measures: Option<[&'static str; 4]>,
    claimed: BTreeMap<Currency, Control>,
}

impl Bill {
    /// Names for the control totals of billed, effective, contracted and list, where they are not those.
    #[must_use]
    pub fn measuring(measures: [&'static str; 4]) -> Self {
        Self { measures: Some(measures), ..Self::default() }
    }

    /// Keeps a line.
    ///
    /// # Errors
    /// When an amount is too large for a row of the ledger; nothing is kept then.
    pub fn push(&mut self, key: CostKey, line: &Line, place: Place) -> Result<(), FieldError> {
        let print = bytes_of(&key);
        self.push_known(&print, || Ok(key), line, place)
    }

    /// Keeps a line whose description is told by `print`; `key` is asked for only when it is new.
    ///
    /// # Errors
    /// As [`Bill::push`], and whatever `key` says.
    pub fn push_known(
        &mut self,
        print: &[u8],
        key: impl FnOnce() -> Result<CostKey, FieldError>,
        line: &Line,
        place: Place,
    ) -> Result<(), FieldError> {
        let stored = self.keep(print, key, line, place)?;
        self.count(line, stored);
        Ok(())
    }

    /// As [`Bill::push_known`] for a line that is somebody else's computed cost: its total is told apart.
    ///
    /// # Errors
    /// As [`Bill::push_known`].
    pub fn push_claim(
        &mut self,
        print: &[u8],
        key: impl FnOnce() -> Result<CostKey, FieldError>,
        line: &Line,
        place: Place,
    ) -> Result<(), FieldError> {
        let stored = self.keep(print, key, line, place)?;
        if let [_, Some(effective), ..] = stored {
            self.claimed.entry(line.currency).or_default().add(line.effective, effective);
        }
        Ok(())
    }

    fn keep(
        &mut self,
        print: &[u8],
        key: impl FnOnce() -> Result<CostKey, FieldError>,
        line: &Line,
        place: Place,
    ) -> Result<[Option<Money>; 4], FieldError> {
        let amount = |column: &str, exact: Exact| {
            exact.to_money().map_err(|error| FieldError::new(column, &exact.to_string(), error.to_string()))
        };
        let optional = |column: &str, exact: Option<Exact>| exact.map(|exact| amount(column, exact)).transpose();
        let (billed, effective) = (amount("BilledCost", line.billed)?, amount("EffectiveCost", line.effective)?);
        let (contracted, list) = (optional("ContractedCost", line.contracted)?, optional("ListCost", line.list)?);
        let number = match self.numbers.get(print) {
            Some(&number) => number,
            None => self.number(print, key()?),
        };
        self.pending.rows.push(CostRow {
            key: number,
            billing_month: line.billing_month,
            usage_date: line.usage_date,
            covered_on: line.covered_on.unwrap_or(line.usage_date),
            currency: line.currency,
            billed,
            effective,
            contracted,
            list,
            // A quantity beyond the column is unknown to the ledger; the line's money counts all the same.
            consumed: line.consumed.and_then(|exact| exact.to_money().ok()),
            place,
        });
        Ok([Some(billed), Some(effective), contracted, list])
    }

    fn number(&mut self, print: &[u8], key: CostKey) -> u32 {
        if self.remembered > REMEMBERED {
            self.numbers.clear();
            self.remembered = 0;
        }
        let number = self.next;
        self.next += 1;
        self.remembered += print.len() + 64;
        self.numbers.insert(print.to_vec(), number);
        self.pending.keys.push(key);
        number
    }

    fn count(&mut self, line: &Line, stored: [Option<Money>; 4]) {
        if self.last.as_ref().is_none_or(|(currency, _)| *currency != line.currency) {
            self.settle();
            self.last = Some((line.currency, self.totals.remove(&line.currency).unwrap_or_default()));
        }
        let Some((_, totals)) = &mut self.last else { return };
        let exact = [Some(line.billed), Some(line.effective), line.contracted, line.list];
        for (index, total) in totals.iter_mut().enumerate() {
            if let (Some(exact), Some(stored)) = (exact[index], stored[index]) {
                total.add(exact, stored);
            }
        }
    }

    fn settle(&mut self) {
        if let Some((currency, totals)) = self.last.take() {
            self.totals.insert(currency, totals);
        }
    }

    /// Lines kept since the last call.
    pub fn take(&mut self) -> Rows {
        Rows::Cost(std::mem::take(&mut self.pending))
    }

    /// Control totals of every line kept, by currency.
    #[must_use]
    pub fn totals(&self) -> Vec<BatchTotal> {
        let names = self.measures.unwrap_or(["billed", "effective", "contracted", "list"]);
        let mut all: BTreeMap<Currency, &[Control; 4]> = self.totals.iter().map(|(c, t)| (*c, t)).collect();
        if let Some((currency, totals)) = &self.last {
            all.insert(*currency, totals);
        }
        all.iter()
            .flat_map(|(currency, totals)| {
                names
                    .into_iter()
                    .zip(totals.iter())
                    .filter(|(name, control)| !name.is_empty() && control.seen())
                    .map(|(measure, control)| control.total(currency.code(), measure))
            })
            .chain(self.claimed.iter().map(|(currency, control)| control.total(currency.code(), "claimed")))
            .collect()
    }
}

/// The words of a description as bytes, each preceded by its length.
fn bytes_of(key: &CostKey) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(256);
    for word in key.words() {
        bytes.extend_from_slice(&(word.len() as u32).to_le_bytes());
        bytes.extend_from_slice(word.as_bytes());
    }
    bytes
}
