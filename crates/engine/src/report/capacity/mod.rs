//! Capacity from the ledger: what was asked of one's own GPUs by hour of the week, and how many were there.
//!
//! GPU hours say what was provided in each hour; tokens of the self-hosted models, or a load trace, say what was asked.
//! What one GPU carries is the best hour that the ledger holds, or a stated figure. Where the ledger has no hours, or
//! does not say how busy they were, demand is unknown, never 0.

mod demand;
mod show;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use marginline_model::capacity::{HOURS, Resource, hour_of_week};
use marginline_model::{Month, Zone};
use marginline_store::gpu_hours::{GpuHour, GpuKey};

use super::Period;
use crate::Engine;
use crate::error::{EngineError, Result};
use crate::rules::{Columns, CostClass, Rules};
pub use demand::DemandFrom;

/// What is asked.
#[derive(Debug, Clone, Default)]
pub struct CapacityRequest {
    /// First month; as far as GPU hours go when absent.
    pub from: Option<Month>,
    /// Last month, included.
    pub to: Option<Month>,
    /// The pool that serves; all whose cost is cost of revenue when absent.
    pub pool: Option<String>,
    /// Output tokens per second that one GPU carries; the best hour of the ledger when absent.
    pub tokens_per_gpu_second: Option<f64>,
}

/// A UTC hour of the ledger.
type HourKey = (NaiveDate, u32);

/// GPUs of one UTC hour.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Provided {
    /// GPUs paid for.
    gpus: f64,
    /// GPUs at work, over the rows that measure it.
    busy: f64,
    /// GPUs paid for in those rows.
    measured: f64,
}

impl Provided {
    fn add(&mut self, row: &GpuHour) {
        self.gpus += row.allocated_nanos as f64 / 1e9;
        self.busy += row.busy_nanos as f64 / 1e9;
        self.measured += row.measured_nanos as f64 / 1e9;
    }

    /// GPUs at work where every row measures it.
    fn busy(&self) -> Option<f64> {
        (self.gpus > 0.0 && (self.measured - self.gpus).abs() <= 1e-9 * self.gpus).then_some(self.busy)
    }
}

/// An hour of the week over the hours of the period.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Slot {
    /// Hours with GPUs.
    hours: u32,
    gpus: f64,
    least_gpus: f64,
    busy: f64,
    measured: f64,
    /// Hours whose demand is known.
    asked_hours: u32,
    /// Output tokens per second, summed over them.
    asked: f64,
    /// The most of them.
    most_asked: f64,
    /// GPUs paid for in them.
    asked_gpus: f64,
    /// GPUs that the busiest of them needs.
    needed: Option<u32>,
    /// Smallest share of what its GPUs carry that was free in one of them; negative when short.
    headroom: Option<f64>,
    /// Hours with fewer GPUs than needed.
    hours_short: Option<u32>,
}

/// Capacity by hour of the week.
#[derive(Debug, Clone)]
pub struct CapacityReport {
    /// The period, in civil months.
    pub period: Period,
    /// Zone of the week.
    pub zone: Zone,
    /// Pools that were taken to serve.
    pub pools: Vec<String>,
    /// Where demand is from; `None` where it is unknown.
    pub demand_from: Option<DemandFrom>,
    /// Output tokens per second that one GPU carries; `None` where nothing tells.
    pub tokens_per_gpu_second: Option<f64>,
    /// Whether that figure was stated, and not observed.
    pub stated: bool,
    /// The first civil hour with fewer GPUs than needed.
    pub first_short: Option<String>,
    slots: Vec<Slot>,
    total: Slot,
}

/// The columns by which rules tell serving from other pools: those of an accrued GPU hour.
fn columns(key: &GpuKey) -> Columns {
    let words = [
        ("source", "gpu hours"),
        ("category", "Compute"),
        ("provider", &key.provider),
        ("region", &key.region),
        ("resource", &key.gpu),
        ("resource_type", "GPU"),
        ("pool", &key.pool),
        ("tag:pool", &key.pool),
        ("project", &key.project),
    ];
    let known = words.into_iter().filter(|(_, word)| !word.is_empty());
    known.map(|(name, word)| (name.to_owned(), word.to_owned())).collect()
}

/// Do the GPUs of a key serve: is their cost cost of revenue, or are they of the pool named?
pub(crate) fn serves(rules: &Rules, key: &GpuKey, pool: Option<&str>) -> bool {
    if let Some(pool) = pool {
        return key.pool == pool;
    }
    let mut columns = columns(key);
    rules.tag(&mut columns);
    rules.line(&columns).1 == CostClass::CostOfRevenue
}

/// What one GPU carries must be able to divide.
fn stated(request: &CapacityRequest) -> Result<Option<f64>> {
    match request.tokens_per_gpu_second {
        Some(rate) if !(1e-9..=1e12).contains(&rate) => {
            Err(EngineError::usage(format!("{rate} is not a number of tokens per second that a GPU carries"))
                .then("state a number above 0, such as 650"))
        }
        rate => Ok(rate),
    }
}

impl Engine {
    /// Needed and provided GPUs by hour of the week.
    ///
    /// # Errors
    /// A period that is none or holds no GPU hours, a pool that does not exist, a stated throughput that is no number.
    pub async fn capacity(&self, request: &CapacityRequest) -> Result<CapacityReport> {
        let stated = stated(request)?;
        let rules = self.rules().await?;
        let zone = rules.zone();
        let all = self.ledger().gpu_hours_by_hour().await?;
        let known: BTreeSet<&str> = all.iter().map(|row| row.key.pool.as_str()).collect();
        if let Some(pool) = request.pool.as_deref().filter(|pool| !known.contains(pool)) {
            let names = known.iter().copied().filter(|name| !name.is_empty()).collect::<Vec<_>>().join(", ");
            return Err(EngineError::usage(format!("there is no pool {pool:?}")).then(format!("use one of: {names}")));
        }
        let serving: Vec<&GpuHour> =
            all.iter().filter(|row| serves(&rules, &row.key, request.pool.as_deref())).collect();
        let month = |row: &&GpuHour| Month::of(zone.civil(row.date, row.hour).0);
        let empty = || {
            EngineError::failed("the workspace holds no hours of serving GPUs of that time")
                .then("import a file of GPU hours, or name a pool with --pool")
        };
        let first = serving.iter().map(month).min().ok_or_else(empty)?;
        let last = serving.iter().map(month).max().ok_or_else(empty)?;
        let period = Period { from: request.from.unwrap_or(first), to: request.to.unwrap_or(last) };
        period.check()?;
        let mut hours: BTreeMap<HourKey, Provided> = BTreeMap::new();
        let mut pools = BTreeSet::new();
        for row in &serving {
            let hour = hours.entry((row.date, row.hour)).or_default();
            hour.add(row);
            if period.has(month(row)) {
                pools.insert(row.key.pool.clone());
            }
        }
        let (demand_from, asked) = self.demand_by_hour(&hours, zone, period).await?;
        let within: BTreeMap<HourKey, Provided> =
            hours.into_iter().filter(|((date, hour), _)| period.has(Month::of(zone.civil(*date, *hour).0))).collect();
        if within.is_empty() {
            return Err(empty());
        }
        let rate = stated.or_else(|| observed(&within, &asked));
        let mut report = CapacityReport {
            period,
            zone,
            pools: pools.into_iter().collect(),
            demand_from,
            tokens_per_gpu_second: rate,
            stated: stated.is_some(),
            first_short: None,
            slots: vec![Slot::default(); HOURS],
            total: Slot::default(),
        };
        report.fill(&within, &asked);
        Ok(report)
    }
}

impl Engine {
    /// The best hour of each GPU type in each of some periods: output tokens per second and GPU, by the same demand and the
    /// same hours as [`Engine::capacity`] rates a fleet by. Where several types serve, each makes tokens as its GPUs are busy.
    /// A type without such an hour is not there; load traces are a sample, and rate nothing here.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub(crate) async fn best_hours(&self, periods: &[Period]) -> Result<Vec<BTreeMap<String, f64>>> {
        let rules = self.rules().await?;
        let zone = rules.zone();
        let mut hours: BTreeMap<HourKey, Provided> = BTreeMap::new();
        let mut by_type: BTreeMap<(HourKey, String), Provided> = BTreeMap::new();
        for row in self.ledger().gpu_hours_by_hour().await?.iter().filter(|row| serves(&rules, &row.key, None)) {
            let key = (row.date, row.hour);
            hours.entry(key).or_default().add(row);
            by_type.entry((key, row.key.gpu.clone())).or_default().add(row);
        }
        let mut found = Vec::with_capacity(periods.len());
        for period in periods {
            let (from, asked) = self.demand_by_hour(&hours, zone, *period).await?;
            let mut best: BTreeMap<String, f64> = BTreeMap::new();
            for ((hour, gpu), provided) in by_type.iter().filter(|_| from == Some(DemandFrom::Usage)) {
                let part =
                    hours.get(hour).map_or(0.0, |all| if all.busy > 0.0 { provided.busy / all.busy } else { 0.0 });
                let rate = asked.get(hour).map_or(0.0, |asked| asked * part / provided.gpus);
                if rate.is_finite() && rate > 0.0 {
                    let most = best.entry(gpu.clone()).or_default();
                    *most = most.max(rate);
                }
            }
            found.push(best);
        }
        Ok(found)
    }
}

/// The best throughput per GPU of an hour whose demand and GPUs are known.
fn observed(hours: &BTreeMap<HourKey, Provided>, asked: &BTreeMap<HourKey, f64>) -> Option<f64> {
    let rates = hours.iter().filter_map(|(key, hour)| {
        let rate = asked.get(key)? / hour.gpus;
        (rate.is_finite() && rate > 0.0).then_some(rate)
    });
    rates.reduce(f64::max)
}

impl CapacityReport {
    fn fill(&mut self, hours: &BTreeMap<HourKey, Provided>, asked: &BTreeMap<HourKey, f64>) {
        // The best hour must not need a GPU more than it had, for the last digit of a quotient.
        let unit = self.tokens_per_gpu_second.and_then(|rate| Resource::per_unit(rate * (1.0 + 1e-12), 1.0).ok());
        for ((date, hour), provided) in hours {
            let asked = asked.get(&(*date, *hour)).copied();
            let is_short = self.slots[hour_of_week(self.zone, *date, *hour)].add(provided, asked, unit);
            self.total.add(provided, asked, unit);
            if is_short && self.first_short.is_none() {
                let (civil, hour) = self.zone.civil(*date, *hour);
                self.first_short = Some(format!("{civil} {hour:02}:00"));
            }
        }
    }
}

impl Slot {
    /// Adds an hour; whether it had fewer GPUs than needed.
    fn add(&mut self, provided: &Provided, asked: Option<f64>, unit: Option<Resource>) -> bool {
        self.least_gpus = if self.hours == 0 { provided.gpus } else { self.least_gpus.min(provided.gpus) };
        self.hours += 1;
        self.gpus += provided.gpus;
        self.busy += provided.busy;
        self.measured += provided.measured;
        let Some(asked) = asked else { return false };
        self.asked_hours += 1;
        self.asked += asked;
        self.most_asked = self.most_asked.max(asked);
        self.asked_gpus += provided.gpus;
        let Some((unit, needed)) = unit.and_then(|unit| Some((unit, unit.units_needed(asked)?))) else { return false };
        self.needed = Some(self.needed.map_or(needed, |most| most.max(needed)));
        let carried = provided.gpus * unit.most_load(1);
        if carried > 0.0 {
            let spare = 1.0 - asked / carried;
            self.headroom = Some(self.headroom.map_or(spare, |least| least.min(spare)));
        }
        let is_short = f64::from(needed) > provided.gpus * (1.0 + 1e-9);
        *self.hours_short.get_or_insert(0) += u32::from(is_short);
        is_short
    }
}
