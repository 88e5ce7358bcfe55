//! Own GPUs of a period: how many there were, how busy, and what they made.

use std::collections::{BTreeMap, BTreeSet};

use marginline_model::Month;
use marginline_model::scenario::TokensPerRequest;

use super::Observed;
use super::usage::{Sum, by_model};
use crate::error::Result;
use crate::facts::Facts;
use crate::report::capacity::serves;

/// GPUs of one type that served self-hosted models in a month.
#[derive(Debug, Clone, PartialEq)]
pub struct Fleet {
    /// GPU type.
    pub gpu: String,
    /// Self-hosted models that they served.
    pub models: Vec<String>,
    /// Pools as provider, region and pool.
    pub pools: BTreeSet<[String; 3]>,
    /// Requests of a month.
    pub requests: f64,
    /// Tokens of one.
    pub tokens: TokensPerRequest,
    /// GPUs on average: allocated hours ÷ hours of the period, the part of the product.
    pub mean_gpus: f64,
    /// Hours of the period.
    pub hours: f64,
    /// Busy ÷ allocated hours, where measured.
    pub utilisation: Option<f64>,
    /// Output tokens per second that one GPU carries: its best hour, as `report capacity` rates it. Without hours that tell
    /// one, those of a GPU at work; of a GPU paid for, where nobody measured how busy they were.
    pub output_tokens_per_s_per_gpu: f64,
    /// Between which it lies: what was seen, and what it would be if a GPU did as much in every second as in its busy ones.
    /// Being busy is not load (domain §1.2), so the upper end is a reckoning. `None` where both are the same, or unknown.
    pub rate_range: Option<(f64, f64)>,
    /// Is the rate that of the best hour?
    pub is_best_hour: bool,
    /// What they cost in a month, USD.
    pub cost_usd: f64,
}

impl Fleet {
    /// Whole GPUs, at least one.
    #[must_use]
    pub fn gpus(&self) -> u32 {
        self.mean_gpus.round().clamp(1.0, 1e6) as u32
    }

    /// Price of one for an hour, so that the whole GPUs cost what was billed: cost of the period ÷ (GPUs × hours).
    #[must_use]
    pub fn usd_per_gpu_hour(&self, months: f64) -> f64 {
        self.cost_usd * months / (f64::from(self.gpus()) * self.hours)
    }
}

/// GPU hours of a type, in nanos.
#[derive(Debug, Clone, Default)]
struct Hours {
    pools: BTreeSet<[String; 3]>,
    allocated: i128,
    busy: i128,
    measured: i128,
}

/// Fleets by GPU type. Of several types each serves requests by its busy hours, because usage names no GPU.
///
/// `best` holds the best hour of each type, output tokens per second and GPU, where hours tell it.
pub(super) fn add(found: &mut Observed, facts: &Facts, best: &BTreeMap<String, f64>) -> Result<()> {
    let mine = by_model(facts, found, true, found.product.clone().as_deref())?;
    let all = by_model(facts, found, true, None)?;
    let mut types: BTreeMap<String, Hours> = BTreeMap::new();
    for sum in &facts.gpu_hours {
        let is_in = sum.month.parse::<Month>().is_ok_and(|month| found.period.has(month));
        if !is_in || !serves(&facts.rules, &sum.key, None) {
            continue;
        }
        let hours = types.entry(sum.key.gpu.clone()).or_default();
        hours.pools.insert([sum.key.provider.clone(), sum.key.region.clone(), sum.key.pool.clone()]);
        hours.allocated += i128::from(sum.allocated_nanos);
        hours.busy += i128::from(sum.busy_nanos);
        hours.measured += i128::from(sum.measured_nanos);
    }
    types.retain(|_, hours| hours.allocated > 0);
    let requests: u64 = mine.values().map(|sum| sum.requests).sum();
    if types.is_empty() || requests == 0 {
        for ((_, model, _), sum) in &mine {
            let requests = crate::number::count(sum.requests);
            found
                .left_out
                .push(format!("{requests} requests of {model}: the ledger holds no GPU hours that served them"));
            found.unpriced.push(model.clone());
        }
        return Ok(());
    }
    let months = found.months();
    let hours_of_period = (found.period.to.plus(1).first_day() - found.period.from.first_day()).num_hours() as f64;
    let output = |sums: &BTreeMap<_, Sum>| sums.values().map(|sum| sum.output).sum::<u64>() as f64;
    // Tokens of a request cost GPU time by what they make; the fleet is parted as its cost usually is.
    let part = if output(&all) > 0.0 { output(&mine) / output(&all) } else { 1.0 };
    let weight = |hours: &Hours| if hours.measured > 0 { hours.busy } else { hours.allocated } as f64;
    let weights: f64 = types.values().map(weight).sum();
    let whole = mine.values().fold(Sum::default(), |sum, more| Sum {
        requests: sum.requests + more.requests,
        input: sum.input + more.input,
        cache_read: sum.cache_read + more.cache_read,
        cache_write: sum.cache_write + more.cache_write,
        output: sum.output + more.output,
    });
    let models: BTreeSet<String> = mine.keys().map(|(_, model, _)| model.clone()).collect();
    for (gpu, hours) in types {
        let share = if weights > 0.0 { weight(&hours) / weights } else { 1.0 };
        let nanos = |hours: i128| hours as f64 / 1e9;
        // Of hours that nobody measured, as busy as those that somebody did.
        let utilisation = (hours.measured > 0).then(|| hours.busy as f64 / hours.measured as f64);
        let paid_for = output(&all) * share / (nanos(hours.allocated) * 3_600.0);
        let at_work = paid_for / utilisation.filter(|share| *share > 0.0).unwrap_or(1.0);
        // As many digits as a file has must not leave the best hour a GPU short.
        let best = best.get(&gpu).map(|rate| rate * (1.0 + 1e-8));
        let rate = best.unwrap_or(at_work);
        // A mean over all hours cannot be more than was seen in one; it can be what was seen at least.
        let (low, high) = (best.unwrap_or(paid_for), at_work.max(rate));
        let is_range = utilisation.is_some() && low > 0.0 && high > low * (1.0 + 1e-9);
        found.fleets.push(Fleet {
            gpu,
            models: models.iter().cloned().collect(),
            requests: requests as f64 * share / months,
            tokens: whole.each(),
            mean_gpus: nanos(hours.allocated) * part / hours_of_period,
            hours: hours_of_period,
            utilisation,
            output_tokens_per_s_per_gpu: rate,
            rate_range: is_range.then_some((low, high)),
            is_best_hour: best.is_some(),
            cost_usd: 0.0,
            pools: hours.pools,
        });
    }
    Ok(())
}

impl Fleet {
    /// What its rate is, in words, with where it is from.
    #[must_use]
    pub fn rate_source(&self, gpu_hours: &str) -> String {
        let busy = self.utilisation.map(|busy| format!("{:.1}% busy", busy * 100.0));
        match (self.is_best_hour, busy) {
            (true, Some(busy)) => {
                format!(
                    "best hour, as report capacity rates it; to output tokens / busy GPU hours, {busy}; {gpu_hours}"
                )
            }
            (true, None) => format!("best hour, as report capacity rates it; {gpu_hours}"),
            (false, Some(busy)) => {
                format!("output tokens / busy GPU hours, {busy}; from output tokens / GPU hours paid for; {gpu_hours}")
            }
            (false, None) => format!("output tokens / GPU hours paid for, nobody measured how busy; {gpu_hours}"),
        }
    }
}
