//! Collecting rows of token usage: control totals by class grow as rows come.

use std::collections::BTreeMap;

use marginline_model::{Currency, Exact, Money};
use marginline_store::batch::BatchTotal;
use marginline_store::import::Rows;
use marginline_store::token_usage::{TokenUsageRow, Tokens};

use super::field::{FieldError, money};
use super::format::{Control, count_total};

/// Rows of usage in the making.
#[derive(Debug, Default)]
pub struct Usage {
    rows: Vec<TokenUsageRow>,
    tokens: [u128; 5],
    has_tokens: bool,
    requests: Option<u128>,
    quantities: BTreeMap<String, i128>,
    claimed: BTreeMap<Currency, Control>,
}

const CLASSES: [&str; 5] =
    ["input_tokens", "cache_read_tokens", "cache_write_5m_tokens", "cache_write_1h_tokens", "output_tokens"];

impl Usage {
    /// Keeps a row.
    pub fn push(&mut self, row: TokenUsageRow) {
        let tokens = row.tokens;
        let classes = [tokens.input, tokens.cache_read, tokens.cache_write_5m, tokens.cache_write_1h, tokens.output];
        self.has_tokens |= row.key.unit.is_empty();
        for (total, class) in self.tokens.iter_mut().zip(classes) {
            *total += u128::from(class);
        }
        if let Some(requests) = row.requests {
            *self.requests.get_or_insert(0) += u128::from(requests);
        }
        if let Some(quantity) = row.quantity_nanos {
            *self.quantities.entry(row.key.unit.clone()).or_insert(0) += i128::from(quantity);
        }
        self.rows.push(row);
    }

    /// Keeps a row that says what it cost, with the amount as the file wrote it.
    pub fn push_claimed(&mut self, row: TokenUsageRow, exact: Exact) {
        if let Some((currency, money)) = row.claimed {
            self.claimed.entry(currency).or_default().add(exact, money);
        }
        self.push(row);
    }

    /// Takes off the totals what a row added of which a later version has come; the ledger drops the row itself.
    ///
    /// # Errors
    /// When the claim is too large for a row, which it was not when it came.
    pub fn retract(
        &mut self,
        tokens: Tokens,
        requests: Option<u64>,
        claimed: Option<(Currency, Exact)>,
    ) -> Result<(), FieldError> {
        let classes = [tokens.input, tokens.cache_read, tokens.cache_write_5m, tokens.cache_write_1h, tokens.output];
        for (total, class) in self.tokens.iter_mut().zip(classes) {
            *total = total.saturating_sub(u128::from(class));
        }
        if let (Some(total), Some(requests)) = (&mut self.requests, requests) {
            *total = total.saturating_sub(u128::from(requests));
        }
        if let Some((currency, exact)) = claimed {
            let negated = exact.negated();
            let stored = money("cost", &negated.to_string(), negated)?;
            self.claimed.entry(currency).or_default().add(negated, stored);
        }
        Ok(())
    }

    /// Rows kept since the last call.
    pub fn take(&mut self) -> Rows {
        Rows::TokenUsage(std::mem::take(&mut self.rows))
    }

    /// Control totals of every row kept.
    #[must_use]
    pub fn totals(&self) -> Vec<BatchTotal> {
        let mut totals: Vec<BatchTotal> =
            self.claimed.iter().map(|(currency, control)| control.total(currency.code(), "claimed")).collect();
        if self.has_tokens {
            totals.extend(CLASSES.iter().zip(self.tokens).map(|(name, value)| count_total("tokens", name, value)));
        }
        totals.extend(self.requests.map(|requests| count_total("requests", "requests", requests)));
        totals.extend(self.quantities.iter().map(|(unit, nanos)| {
            let quantity = Money::from_attos(nanos.saturating_mul(1_000_000_000));
            count_total(unit, "quantity", quantity)
        }));
        totals
    }
}
