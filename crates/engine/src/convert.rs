//! One reporting currency: money of other currencies converted by the average rate of its month.
//!
//! Cost is converted in its month on the report's basis, revenue in the month it is earned in, budget in its own.
//! Within a month the amounts of one description are converted as a running sum, so that their parts add up to the
//! sum converted at once, rounded once to 10⁻¹⁸, by day as by month. What has no rate stays in its own currency,
//! in no total, and is named.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use chrono::NaiveDate;
use marginline_model::fx::{Basis, DAYS_BACK, Rate, Rates};
use marginline_model::{Currency, Money, Month};
use serde::Serialize;

use crate::Engine;
use crate::error::{EngineError, Result};
use crate::facts::{CostFact, Facts, Pricing};
use crate::prices::{Estimate, TokenCost};
use crate::report::Period;
use crate::screen::{month, month_or_none};
use crate::view::MonthBasis;

/// In which currency and at which rates; what is absent is as the rules say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Conversion {
    /// Reporting currency.
    pub currency: Option<Currency>,
    /// Rates held constant at the average of this month.
    pub hold: Option<Month>,
    /// Usage at the prices of this day instead of each day's own.
    pub prices_on: Option<NaiveDate>,
}

impl Conversion {
    /// From texts: a currency, and the month whose rates are held constant.
    ///
    /// # Errors
    /// When a text is none.
    pub fn parse(code: Option<&str>, hold: Option<&str>) -> Result<Self> {
        Ok(Self { currency: code.map(currency).transpose()?, hold: month_or_none(hold)?, prices_on: None })
    }
}

/// A rate that a report used.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct RateUsed {
    /// Currency of the rows.
    pub from: String,
    /// Reporting currency.
    pub to: String,
    /// Month of the average.
    pub month: String,
    /// Units of `to` for one of `from`, to 10 decimals; amounts are converted by the exact ratio.
    pub rate: String,
    /// What kind of rate it is.
    pub basis: &'static str,
    /// Who fixed it.
    pub source: String,
    /// How many fixings the average is made of.
    pub fixings: u32,
    /// Does it stand for other months too?
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub held: bool,
}

/// How facts came to be in one currency.
#[derive(Debug, Clone, Default)]
pub struct Exchange {
    /// Month whose rates are held constant.
    pub hold: Option<Month>,
    /// Rates by the currency converted from and the month of the rows.
    rates: BTreeMap<(Currency, Month), RateUsed>,
    /// Original currency of converted cost facts, by their place.
    costs: HashMap<usize, Currency>,
    /// Original currency of converted revenue facts, by their place.
    revenue: HashMap<usize, Currency>,
}

/// Converted facts and what they were made for.
pub(crate) type KeptConversion = ((i64, Conversion, MonthBasis), Arc<Facts>);

/// How many conversions are remembered: two bases at the rules' rates, and as many at others.
const KEPT: usize = 4;

impl Engine {
    /// The facts in one currency; money that has no rate stays as it is.
    ///
    /// # Errors
    /// When the ledger cannot be read, or an amount is too large to convert.
    pub async fn facts_in(&self, conversion: Conversion, basis: MonthBasis) -> Result<Arc<Facts>> {
        let key = (self.ledger().version().await?, conversion, basis);
        let mut kept = self.kept_conversions().lock().await;
        if let Some((_, found)) = kept.iter().find(|(of, _)| *of == key) {
            return Ok(found.clone());
        }
        let facts = match conversion.prices_on {
            None => self.facts().await?,
            Some(day) => Arc::new(self.facts_priced_on(day).await?),
        };
        let done = match self.converted(&facts, conversion, basis).await? {
            None => facts,
            Some(converted) => Arc::new(converted),
        };
        kept.retain(|((version, ..), _)| *version == key.0);
        if kept.len() >= KEPT {
            kept.remove(0);
        }
        kept.push((key, done.clone()));
        Ok(done)
    }

    /// Facts converted; `None` where everything is in the reporting currency already.
    ///
    /// # Errors
    /// As [`Engine::facts_in`].
    pub async fn converted(&self, facts: &Facts, asked: Conversion, basis: MonthBasis) -> Result<Option<Facts>> {
        let bad = |error| EngineError::failed(format!("the reporting currency is not {error}"));
        let own = Currency::parse(&facts.rules.currency).map_err(bad)?;
        let to = asked.currency.unwrap_or(own);
        let costs = facts.costs.iter().map(|fact| &fact.currency);
        let others =
            facts.revenue.iter().map(|fact| &fact.currency).chain(facts.budget.iter().map(|line| &line.currency));
        let mut currencies: BTreeSet<Currency> =
            costs.chain(others).filter_map(|code| Currency::parse(code).ok()).collect();
        // Bounds of what has no price are in USD, and so in another currency than the report's.
        let bounded = facts.usage.iter().any(|fact| matches!(fact.pricing, Pricing::Unpriced(_)))
            || facts.gpus.iter().any(|fact| fact.most.is_some());
        let done = currencies.iter().all(|currency| *currency == to) && (to == Currency::USD || !bounded);
        if to == own && done {
            return Ok(None);
        }
        currencies.extend([to, Currency::USD]);
        let rates = self.rates(currencies).await?;
        let hold = asked.hold.or_else(|| facts.rules.hold());
        Work { rates: &rates, to, hold, basis, found: HashMap::new(), sums: HashMap::new() }.facts(facts).map(Some)
    }
}

/// A single rate, told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RateTold {
    /// Currency given.
    pub from: String,
    /// Currency wanted.
    pub to: String,
    /// Units of `to` for one of `from`, to 10 decimals.
    pub rate: String,
    /// `fixing`, `month average` or `same currency`.
    pub basis: &'static str,
    /// Day of the fixing, or month of the average.
    pub at: Option<String>,
    /// How many fixings it is made of.
    pub fixings: u32,
    /// Who fixed it.
    pub source: String,
}

impl RateTold {
    /// In a line.
    #[must_use]
    pub fn words(&self) -> String {
        let Self { from, to, rate, source, .. } = self;
        match (self.basis, self.at.as_deref()) {
            ("fixing", Some(at)) => format!("1 {from} = {rate} {to} ({source}, fixed {at})"),
            (_, Some(at)) => format!("1 {from} = {rate} {to} ({source}, average of {} fixings of {at})", self.fixings),
            (_, None) => format!("1 {from} = {rate} {to} (the same currency)"),
        }
    }
}

fn currency(text: &str) -> Result<Currency> {
    Currency::parse(text).map_err(|error| EngineError::usage(format!("{text:?} is not {error}")))
}

impl Engine {
    /// Rates among these currencies.
    async fn rates(&self, currencies: BTreeSet<Currency>) -> Result<Rates> {
        let currencies: Vec<Currency> = currencies.into_iter().collect();
        Ok(Rates::new(self.ledger().fixings(&currencies).await?))
    }

    /// A single rate: of a day, with the previous fixing on holidays, or else the average of a month.
    ///
    /// # Errors
    /// When a text is no currency, day or month, or the ledger holds no such rate.
    pub async fn rate(&self, from: &str, to: &str, day: Option<&str>, of_month: &str) -> Result<RateTold> {
        let (from, to) = (currency(from)?, currency(to)?);
        let rates = self.rates([from, to].into()).await?;
        let (found, at) = match day {
            Some(day) => {
                let date: NaiveDate = day
                    .parse()
                    .map_err(|_| EngineError::usage(format!("{day:?} is not a day")).then("write it as 2026-10-30"))?;
                (rates.on(date, from, to), format!("{date}, nor for the {DAYS_BACK} days before"))
            }
            None => (rates.month_average(month(of_month)?, from, to), of_month.to_owned()),
        };
        let rate = found.ok_or_else(|| {
            EngineError::failed(format!("there is no exchange rate from {from} to {to} for {at}"))
                .then("import a file of exchange rates; docs/formats.md tells which")
        })?;
        let (basis, at, fixings) = match rate.basis {
            Basis::Fixing(date) => ("fixing", Some(date.to_string()), 1),
            Basis::MonthAverage(month, fixings) => ("month average", Some(month.to_string()), fixings),
            Basis::Identity => ("same currency", None, 0),
        };
        let (from, to, shown) = (from.to_string(), to.to_string(), rate.shown());
        Ok(RateTold { from, to, rate: shown, basis, at, fixings, source: rate.source })
    }
}

/// A running sum in both currencies.
#[derive(Debug, Clone, Copy, Default)]
struct Running {
    given: Money,
    made: Money,
}

impl Running {
    /// The next part converted: what the sum so far grows by.
    fn next(&mut self, amount: Money, rate: &Rate) -> Result<Money> {
        self.given += amount;
        let made = rate.convert(self.given).ok_or_else(|| {
            EngineError::failed(format!("{} is too large to convert at {}", self.given, rate.shown()))
                .then("check the exchange rates of that month")
        })?;
        let part = made - self.made;
        self.made = made;
        Ok(part)
    }
}

/// What is summed while it is converted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Sum {
    Cost(usize, Month, Currency),
    Usage(usize, Month, Currency),
    Revenue([String; 3], Month, Currency),
}

struct Work<'a> {
    rates: &'a Rates,
    to: Currency,
    hold: Option<Month>,
    basis: MonthBasis,
    found: HashMap<(Currency, Month), Option<Rate>>,
    sums: HashMap<Sum, [Running; 4]>,
}

impl Work<'_> {
    fn facts(mut self, facts: &Facts) -> Result<Facts> {
        let mut facts = facts.clone();
        let mut exchange = Exchange { hold: self.hold, ..Exchange::default() };
        for (index, fact) in facts.costs.iter_mut().enumerate() {
            exchange.costs.extend(self.cost(fact)?.map(|from| (index, from)));
        }
        for fact in &mut facts.usage {
            let month = fact.month;
            match &mut fact.pricing {
                Pricing::Priced(cost) => fact.pricing = self.usage(fact.subject, month, *cost)?,
                Pricing::Unpriced(gap) => gap.most = gap.most.and_then(|most| self.bound(month, most)),
                _ => {}
            }
        }
        for gpus in &mut facts.gpus {
            gpus.most = gpus.most.and_then(|most| self.bound(gpus.month, most));
        }
        for (index, fact) in facts.revenue.iter_mut().enumerate() {
            let Some((from, rate)) = self.rate(&fact.currency, fact.month) else { continue };
            let names = [fact.product.clone(), fact.customer.clone(), fact.region.clone()];
            let sums = self.sums.entry(Sum::Revenue(names, fact.month, from)).or_default();
            fact.amount = sums[0].next(fact.amount, &rate)?;
            fact.currency = self.to.code().to_owned();
            exchange.revenue.insert(index, from);
        }
        for line in &mut facts.budget {
            let Some(month) = line.month.parse().ok() else { continue };
            let Some((_, rate)) = self.rate(&line.currency, month) else { continue };
            line.amount = Running::default().next(line.amount, &rate)?;
            line.currency = self.to.code().to_owned();
        }
        for ((from, month), rate) in &self.found {
            exchange.rates.extend(
                rate.as_ref().and_then(|rate| used(*from, self.to, *month, rate)).map(|rate| ((*from, *month), rate)),
            );
        }
        facts.rules.currency = self.to.code().to_owned();
        facts.exchange = exchange;
        Ok(facts)
    }

    /// The rate of a currency other than the reporting one in a month, if there is one.
    fn rate(&mut self, currency: &str, month: Month) -> Option<(Currency, Rate)> {
        let from = Currency::parse(currency).ok().filter(|from| *from != self.to)?;
        let (rates, to, at) = (self.rates, self.to, self.hold.unwrap_or(month));
        let rate = self.found.entry((from, month)).or_insert_with(|| rates.month_average(at, from, to));
        rate.clone().map(|rate| (from, rate))
    }

    fn cost(&mut self, fact: &mut CostFact) -> Result<Option<Currency>> {
        let month = fact.month(self.basis);
        let Some((from, rate)) = self.rate(&fact.currency, month) else { return Ok(None) };
        let [billed, effective, contracted, list] = self.sums.entry(Sum::Cost(fact.subject, month, from)).or_default();
        let each = |sum: &mut Running, amount: Option<Money>| amount.map(|amount| sum.next(amount, &rate)).transpose();
        fact.billed = each(billed, fact.billed)?;
        fact.effective = effective.next(fact.effective, &rate)?;
        fact.below = Running::default().next(fact.below, &rate)?;
        fact.above = Running::default().next(fact.above, &rate)?;
        fact.contracted = each(contracted, fact.contracted)?;
        fact.list = each(list, fact.list)?;
        fact.currency = self.to.code().to_owned();
        Ok(Some(from))
    }

    /// Most prices of tokens are in USD; those of the ledger are as their source says.
    fn usage(&mut self, subject: usize, month: Month, cost: Estimate) -> Result<Pricing> {
        if cost.currency == self.to {
            return Ok(Pricing::Priced(cost));
        }
        let Some((from, rate)) = self.rate(cost.currency.code(), month) else { return Ok(Pricing::Unconverted(cost)) };
        let [input, output, ..] = self.sums.entry(Sum::Usage(subject, month, from)).or_default();
        let point =
            TokenCost { input: input.next(cost.point.input, &rate)?, output: output.next(cost.point.output, &rate)? };
        // Ends are told as ways from the point, so that a known cost stays a known one.
        let end = |end: TokenCost| -> Result<TokenCost> {
            let way = |to: Money, from: Money| Running::default().next(to - from, &rate);
            Ok(TokenCost {
                input: point.input + way(end.input, cost.point.input)?,
                output: point.output + way(end.output, cost.point.output)?,
            })
        };
        Ok(Pricing::Priced(Estimate { low: end(cost.low)?, point, high: end(cost.high)?, currency: self.to }))
    }

    /// A bound in USD in the reporting currency; none without a rate.
    fn bound(&mut self, month: Month, most: Money) -> Option<Money> {
        if self.to == Currency::USD {
            return Some(most);
        }
        let (_, rate) = self.rate(Currency::USD.code(), month)?;
        rate.convert(most)
    }
}

fn used(from: Currency, to: Currency, month: Month, rate: &Rate) -> Option<RateUsed> {
    let Basis::MonthAverage(at, fixings) = rate.basis else { return None };
    Some(RateUsed {
        from: from.to_string(),
        to: to.to_string(),
        month: at.to_string(),
        rate: rate.shown(),
        basis: "month average",
        source: rate.source.clone(),
        fixings,
        held: at != month,
    })
}

impl Facts {
    /// Rates behind the wanted cost of a period, and behind its revenue if that is wanted too.
    #[must_use]
    pub fn rates_used(
        &self,
        period: Period,
        basis: MonthBasis,
        wanted: &dyn Fn(&CostFact) -> bool,
        revenue: bool,
    ) -> Vec<RateUsed> {
        let exchange = &self.exchange;
        let costs = exchange.costs.iter().filter_map(|(&index, &from)| {
            let fact = self.costs.get(index).filter(|fact| wanted(fact))?;
            Some((from, fact.month(basis)))
        });
        let revenues = exchange.revenue.iter().filter(|_| revenue);
        let revenues = revenues.filter_map(|(&index, &from)| Some((from, self.revenue.get(index)?.month)));
        let keys: BTreeSet<(Currency, Month)> = costs.chain(revenues).filter(|(_, month)| period.has(*month)).collect();
        let mut rates: BTreeMap<(String, String), RateUsed> = BTreeMap::new();
        for rate in keys.iter().filter_map(|key| exchange.rates.get(key)) {
            let entry = rates.entry((rate.from.clone(), rate.month.clone())).or_insert_with(|| rate.clone());
            entry.held |= rate.held;
        }
        rates.into_values().collect()
    }
}

/// Months named one by one under a table; of more, how many there are.
const NAMED: usize = 3;

/// What a table says of the rates in it: a sentence for each currency and source.
#[must_use]
pub fn rate_notes(rates: &[RateUsed]) -> Vec<String> {
    let mut groups: BTreeMap<(&str, &str, &str, bool), Vec<&RateUsed>> = BTreeMap::new();
    for rate in rates {
        groups.entry((&rate.from, &rate.to, &rate.source, rate.held)).or_default().push(rate);
    }
    groups
        .into_iter()
        .map(|((from, to, source, held), rates)| {
            let fixings = |n: u32| if n == 1 { "1 fixing".to_owned() } else { format!("{n} fixings") };
            let mut words: Vec<String> = rates
                .iter()
                .take(NAMED)
                .map(|rate| {
                    format!("{} in {} ({})", crate::number::rounded(&rate.rate, 6), rate.month, fixings(rate.fixings))
                })
                .collect();
            if rates.len() > NAMED {
                words.push(format!("{} more months", rates.len() - NAMED));
            }
            let words = words.join(", ");
            match held {
                true => format!("{from} is converted to {to} at a constant rate, {source} average: {words}"),
                false => format!("{from} is converted to {to} at month averages of {source}: {words}"),
            }
        })
        .collect()
}
