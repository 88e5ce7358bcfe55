//! GPU hours that no bill covers: accrued at the price book's prices, or named as unpriced.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use marginline_model::prices::choice::Found;
use marginline_model::prices::{Per, Purchase, Resource};
use marginline_model::scenario::Evidence;
use marginline_model::{Currency, Money, Month};
use marginline_store::gpu_hours::GpuKey;

use super::{CostFact, Facts};
use crate::error::Result;
use crate::prices::{PriceBook, Single};
use crate::rules::Columns;
use crate::subject::is_provider;

/// GPU hours of a month that no bill covers.
#[derive(Debug, Clone)]
pub struct GpuFact {
    /// Index into [`Facts::subjects`].
    pub subject: usize,
    /// Month of use.
    pub month: Month,
    /// GPU, as its source calls it.
    pub gpu: String,
    /// Allocated hours, in nanos.
    pub nanos: i128,
    /// Why they have no price; `None` where they have one, and are accrued.
    pub unpriced: Option<String>,
    /// Where they have none: what they would cost at the dearest known price, in USD until it is converted.
    pub most: Option<Money>,
}

/// Price of an hour over the days of a month.
struct Hourly {
    low: Money,
    mean: Money,
    high: Money,
    currency: Currency,
}

impl Facts {
    /// Prices the GPU hours of every provider and month without a bill.
    pub(super) fn add_gpus(&mut self, prices: &PriceBook) -> Result<()> {
        if self.gpu_hours.is_empty() {
            return Ok(());
        }
        let billed = self.billed_months();
        let mut sums: BTreeMap<(Month, Vec<String>), i128> = BTreeMap::new();
        for sum in &self.gpu_hours {
            let Ok(month) = sum.month.parse::<Month>() else { continue };
            let GpuKey { provider, region, gpu, pool, project } = sum.key.clone();
            *sums.entry((month, vec![provider, region, gpu, pool, project])).or_default() +=
                i128::from(sum.allocated_nanos);
        }
        for ((month, words), nanos) in sums {
            let [provider, region, gpu, pool, project] = [0, 1, 2, 3, 4].map(|i| words[i].as_str());
            if nanos == 0 || is_covered(&billed, provider, month) {
                continue;
            }
            let columns = columns(&[
                ("source", "gpu hours"),
                ("category", "Compute"),
                ("service", "GPU hours, not billed yet"),
                ("provider", provider),
                ("region", region),
                ("resource", gpu),
                ("resource_type", "GPU"),
                ("pool", pool),
                ("tag:pool", pool),
                ("project", project),
            ]);
            if self.rules.billed(&columns) {
                continue;
            }
            let subject = self.subject(columns);
            let (first, next) = (month.first_day(), month.plus(1).first_day());
            let days: Vec<NaiveDate> = match self.prices_on {
                Some(day) => vec![day],
                None => first.iter_days().take_while(|day| *day < next).collect(),
            };
            let (unpriced, most) = match hourly(prices, [provider, region, gpu, pool], &days) {
                Ok(hourly) => match self.accrue_gpus(subject, month, nanos, &hourly) {
                    Some(()) => (None, None),
                    None => (Some("their cost is too large to compute".to_owned()), None),
                },
                Err(reason) => {
                    let dearest = prices.dearest_gpu(month.first_day());
                    (Some(reason), dearest.and_then(|dearest| dearest.times(nanos, 1_000_000_000)))
                }
            };
            self.gpus.push(GpuFact { subject, month, gpu: gpu.to_owned(), nanos, unpriced, most });
        }
        Ok(())
    }

    fn accrue_gpus(&mut self, subject: usize, month: Month, nanos: i128, hourly: &Hourly) -> Option<()> {
        let of = |price: Money| price.times(nanos, 1_000_000_000);
        let (low, mean, high) = (of(hourly.low)?, of(hourly.mean)?, of(hourly.high)?);
        self.costs.push(CostFact {
            subject,
            billing_month: month,
            usage_month: month,
            day: None,
            currency: hourly.currency.code().to_owned(),
            rows: 0,
            billed: None,
            effective: mean,
            below: mean - low,
            above: high - mean,
            contracted: None,
            contracted_missing: 0,
            list: Some(mean),
            list_missing: 0,
            evidence: Evidence::Modelled,
        });
        Some(())
    }
}

/// Does a bill cover a provider's month? Of GPUs whose provider is not told, any bill of the month may.
fn is_covered(billed: &BTreeSet<(String, Month)>, provider: &str, month: Month) -> bool {
    billed.iter().any(|(name, at)| *at == month && (provider.is_empty() || is_provider(name, provider)))
}

fn columns(words: &[(&'static str, &str)]) -> Columns {
    let known = words.iter().filter(|(_, value)| !value.is_empty());
    known.map(|(name, value)| (*name, (*value).to_owned())).collect()
}

/// How a pool's name says that it is bought.
fn purchase(pool: &str) -> Purchase {
    Purchase::ALL.iter().copied().find(|purchase| purchase.id() == pool).unwrap_or(Purchase::OnDemand)
}

/// Price of one GPU for an hour; its mean over the days of a month, and the ends where it changed.
fn hourly(
    prices: &PriceBook,
    [provider, region, gpu, pool]: [&str; 4],
    days: &[NaiveDate],
) -> std::result::Result<Hourly, String> {
    if provider.is_empty() || gpu.is_empty() {
        return Err("their source does not say whose GPUs they are, or which".to_owned());
    }
    let purchase = purchase(pool);
    let of = Single { resource: Resource::Gpu, provider, item: gpu, class: "", region, purchase };
    let (mut sum, mut ends): (Money, Option<(Money, Money, Currency)>) = (Money::ZERO, None);
    for day in days {
        let (amount, price) = match prices.single(of, *day) {
            Found::Price(found) => found,
            Found::Withdrawn(reason) => return Err(reason),
            Found::Nothing => return Err(format!("no price list has {gpu} of {provider} on {day}")),
        };
        if !matches!(price.per, Per::GpuHour | Per::Hour) {
            return Err(format!("{} has a price per {} for it, which is no hour", price.source, price.per));
        }
        sum += amount;
        ends = Some(match ends {
            None => (amount, amount, price.currency),
            Some((.., currency)) if currency != price.currency => {
                return Err(format!("their price is in {currency} and in {}", price.currency));
            }
            Some((low, high, currency)) => (low.min(amount), high.max(amount), currency),
        });
    }
    let (low, high, currency) = ends.ok_or_else(|| "the month has no day".to_owned())?;
    // The mean of equal amounts is that amount, to the last digit.
    let mean = if low == high { low } else { sum.times(1, days.len() as i128).unwrap_or(low) };
    Ok(Hourly { low, mean, high, currency })
}
