//! How much of a quantity has a price, and how far a cost may lie from what is added up.

use marginline_model::exact::ratio;
use marginline_model::{Currency, Money};
use serde_json::{Map, Value};

use crate::facts::{CostFact, GpuFact, Pricing, UsageFact};
use crate::number;
use crate::view::Range;

/// Quantities, and the part of each that has no price.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Priced {
    /// Tokens of all classes.
    pub tokens: u64,
    /// Of these, without a price.
    pub unpriced_tokens: u64,
    /// Requests over the rows that count them.
    pub requests: u64,
    /// Of these, without a price.
    pub unpriced_requests: u64,
    /// GPU hours, in nanos.
    pub gpu_nanos: i128,
    /// Of these, without a price.
    pub unpriced_gpu_nanos: i128,
    /// Some use of what is no token, such as images, has no price.
    pub has_unpriced_units: bool,
}

impl Priced {
    /// Adds usage.
    pub fn add_usage(&mut self, fact: &UsageFact) {
        self.tokens += fact.tokens.total();
        self.requests += fact.requests;
        if matches!(fact.pricing, Pricing::Unpriced(_)) {
            self.unpriced_tokens += fact.tokens.total();
            self.unpriced_requests += fact.requests;
            self.has_unpriced_units |= fact.quantity_nanos > 0;
        }
    }

    /// Adds GPU hours that no bill covers.
    pub fn add_gpus(&mut self, fact: &GpuFact) {
        self.gpu_nanos += fact.nanos;
        if fact.unpriced.is_some() {
            self.unpriced_gpu_nanos += fact.nanos;
        }
    }

    /// Adds other quantities.
    pub fn add(&mut self, other: &Self) {
        self.tokens += other.tokens;
        self.unpriced_tokens += other.unpriced_tokens;
        self.requests += other.requests;
        self.unpriced_requests += other.unpriced_requests;
        self.gpu_nanos += other.gpu_nanos;
        self.unpriced_gpu_nanos += other.unpriced_gpu_nanos;
        self.has_unpriced_units |= other.has_unpriced_units;
    }

    /// Has any of it no price?
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.unpriced_tokens > 0 || self.unpriced_gpu_nanos > 0 || self.has_unpriced_units
    }

    /// Priced tokens as percent of all; `None` without tokens.
    #[must_use]
    pub fn tokens_share(&self) -> Option<String> {
        share(i128::from(self.tokens), i128::from(self.unpriced_tokens))
    }

    /// Priced requests as percent of those counted; `None` without requests.
    #[must_use]
    pub fn requests_share(&self) -> Option<String> {
        share(i128::from(self.requests), i128::from(self.unpriced_requests))
    }

    /// Priced GPU hours as percent of all; `None` without GPU hours.
    #[must_use]
    pub fn gpu_share(&self) -> Option<String> {
        share(self.gpu_nanos, self.unpriced_gpu_nanos)
    }

    /// The shares as JSON has them; those of requests and GPU hours only where there are some.
    pub fn put(&self, object: &mut Map<String, Value>) {
        object.insert("priced_share".into(), self.tokens_share().map_or(Value::Null, Value::from));
        for (name, share) in
            [("priced_share_requests", self.requests_share()), ("priced_share_gpu_hours", self.gpu_share())]
        {
            if let Some(share) = share {
                object.insert(name.into(), Value::from(share));
            }
        }
    }
}

fn share(all: i128, without: i128) -> Option<String> {
    ratio(Money::from_attos(all - without), Money::from_attos(all), 100, 10)
}

/// How far a cost may lie from what is added up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spread {
    /// By how much it may be less.
    pub below: Money,
    /// By how much it may be more, where that has a bound.
    pub above: Money,
    /// Something in it has no bound above.
    pub is_open: bool,
}

impl Spread {
    /// Of a cost.
    #[must_use]
    pub fn of_cost(fact: &CostFact) -> Self {
        Self { below: fact.below, above: fact.above, is_open: false }
    }

    /// Of usage: what has no price costs nothing at least, and its dearest known price at most.
    #[must_use]
    pub fn of_usage(fact: &UsageFact) -> Option<Self> {
        let Pricing::Unpriced(gap) = &fact.pricing else { return None };
        Some(Self::of_unpriced(gap.most))
    }

    /// Of GPU hours without a price.
    #[must_use]
    pub fn of_gpus(fact: &GpuFact) -> Option<Self> {
        fact.unpriced.as_ref().map(|_| Self::of_unpriced(fact.most))
    }

    fn of_unpriced(most: Option<Money>) -> Self {
        Self { below: Money::ZERO, above: most.unwrap_or_default(), is_open: most.is_none() }
    }

    /// Adds another.
    pub fn add(&mut self, other: Self) {
        self.below += other.below;
        self.above += other.above;
        self.is_open |= other.is_open;
    }

    /// The lower end of a cost.
    #[must_use]
    pub fn low(&self, cost: Money) -> Money {
        cost - self.below
    }

    /// The upper end of a cost; `None` has no bound.
    #[must_use]
    pub fn high(&self, cost: Money) -> Option<Money> {
        (!self.is_open).then(|| cost + self.above)
    }

    /// Both ends of a cost, for a cell.
    #[must_use]
    pub fn range(&self, cost: Money) -> Range {
        Range { low: Some(self.low(cost).to_string()), high: self.high(cost).map(|high| high.to_string()) }
    }

    /// Both ends of what is left of `from` after a cost.
    #[must_use]
    pub fn rest(&self, from: Money, cost: Money) -> Range {
        let low = self.high(cost).map(|high| (from - high).to_string());
        Range { low, high: Some((from - self.low(cost)).to_string()) }
    }

    /// The same in percent of `from`.
    #[must_use]
    pub fn rest_percent(&self, from: Money, cost: Money) -> Range {
        let low = self.high(cost).and_then(|high| number::percent(from - high, from));
        Range { low, high: number::percent(from - self.low(cost), from) }
    }

    /// Does it lie anywhere but at the one amount?
    #[must_use]
    pub fn is_wide(&self) -> bool {
        *self != Self::default()
    }

    /// The ends in few words, for a headline that says the lower one where it is a bound: `at most $2.01 M`.
    #[must_use]
    pub fn short(&self, cost: Money, currency: &str, is_bound: bool) -> Option<String> {
        let said = |money: Money| number::short_money(money, currency);
        self.is_wide().then(|| match (self.high(cost), is_bound) {
            (Some(high), true) => format!("at most {}", said(high)),
            (Some(high), false) => format!("{} to {}", said(self.low(cost)), said(high)),
            (None, _) => "no upper bound".to_owned(),
        })
    }

    /// The ends in words, where they differ: `between 10 and 12`.
    #[must_use]
    pub fn words(&self, cost: Money, currency: &str) -> Option<String> {
        let said = |money: Money| match Currency::parse(currency) {
            Ok(_) => number::money(money, currency),
            Err(_) => money.shown(0),
        };
        self.is_wide().then(|| match self.high(cost) {
            Some(high) => format!("between {} and {}", said(self.low(cost)), said(high)),
            None => format!("at least {}, with no upper bound", said(self.low(cost))),
        })
    }
}
