//! The one function that makes money.

use serde::Serialize;

use super::line::Work;
use super::{Component, Inputs, OtherLine, OwnGpus, Serving, UnitPrice, units::whole_units};
use crate::Month;
use crate::capacity::Staircase;

/// Hours of a week.
const HOURS: usize = 168;

/// Needed and provided capacity of a month.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Capacity {
    /// GPUs that the busiest hour needs, whole units.
    pub gpus_needed: u32,
    /// GPUs at hand in the busiest hour.
    pub gpus_provided: u32,
    /// Mean load that is served ÷ capacity provided, 0 to 1 (domain §1.2); what is asked for above it is in `headroom`.
    pub utilisation: f64,
    /// Spare capacity in the busiest hour ÷ capacity provided; negative when short.
    pub headroom: f64,
    /// Load in the busiest hour.
    pub peak_output_tokens_per_s: f64,
}

impl Capacity {
    /// Two fleets together: counts and loads add up, utilisation is by GPUs, headroom is the lesser.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        let gpus = |each: &Self| f64::from(each.gpus_provided);
        let all = gpus(&self) + gpus(&other);
        let busy = self.utilisation * gpus(&self) + other.utilisation * gpus(&other);
        Self {
            gpus_needed: self.gpus_needed.saturating_add(other.gpus_needed),
            gpus_provided: self.gpus_provided.saturating_add(other.gpus_provided),
            utilisation: if all > 0.0 { busy / all } else { 0.0 },
            headroom: self.headroom.min(other.headroom),
            peak_output_tokens_per_s: self.peak_output_tokens_per_s + other.peak_output_tokens_per_s,
        }
    }
}

/// Needed and provided units of a further line.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct UnitsOfLine {
    /// Units that the busiest hour needs, with their replicas and copies.
    pub needed: u32,
    /// Units paid for, with their replicas and copies.
    pub provided: u32,
    /// Spare capacity in the busiest hour ÷ capacity provided, of one copy without its replicas; negative exactly where
    /// more units are needed than there are.
    pub headroom: f64,
}

impl UnitsOfLine {
    /// Does the busiest hour need more units than there are?
    #[must_use]
    pub fn is_short(self) -> bool {
        self.needed > self.provided
    }
}

/// Room for one month's parts, made once and used again.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sheet {
    /// USD by line: components first, then further lines.
    pub lines: Vec<f64>,
    /// Requests by component, as they arrive there.
    pub requests: Vec<f64>,
    /// Capacity by component.
    pub capacity: Vec<Option<Capacity>>,
    /// GPUs that what arrives would keep busy on average, by component, served or not; 0 where none are owned.
    pub asked_gpus: Vec<f64>,
    /// Units by further line.
    pub units: Vec<Option<UnitsOfLine>>,
}

/// What a month comes to.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Totals {
    /// Requests asked for; retries are not among them.
    pub requests: f64,
    /// Their tokens of all classes, as the demand counts them, so that scenarios share one measure of work.
    pub tokens: f64,
    /// Recognised revenue.
    pub revenue_usd: f64,
    /// Cost of revenue.
    pub cost_usd: f64,
    /// Requests that a stated number of GPUs has no room for and that no other component takes.
    pub unserved_requests: f64,
}

impl Totals {
    /// Revenue less cost of revenue.
    #[must_use]
    pub fn margin_usd(&self) -> f64 {
        self.revenue_usd - self.cost_usd
    }

    /// Gross margin in percent of revenue; `None` without revenue.
    #[must_use]
    pub fn margin_percent(&self) -> Option<f64> {
        (self.revenue_usd > 0.0).then(|| 100.0 * self.margin_usd() / self.revenue_usd)
    }

    /// Cost per million tokens of all classes; `None` without tokens.
    #[must_use]
    pub fn usd_per_mtok(&self) -> Option<f64> {
        (self.tokens > 0.0).then(|| self.cost_usd / (self.tokens / 1e6))
    }
}

/// The `index`th month of a scenario, 0 the first; its parts are left in `sheet`.
///
/// GPUs = ceil(max over hours of load ÷ capacity of a unit) + spares, or the stated count; utilisation is an
/// output, never an input (design §7).
pub fn month(inputs: &Inputs, index: u32, sheet: &mut Sheet) -> Totals {
    at_volume(inputs, index, inputs.demand.requests(index, inputs.month(index).of_year()), sheet)
}

/// As [`month`], at a stated number of requests instead of the grown demand.
pub fn at_volume(inputs: &Inputs, index: u32, requests: f64, sheet: &mut Sheet) -> Totals {
    let hours = inputs.hours(index);
    sheet.clear(inputs);
    let mut totals = Totals {
        requests,
        tokens: requests * inputs.demand.tokens.total(),
        revenue_usd: inputs.revenue.of(index, requests) * inputs.usd_per_unit(inputs.revenue.currency, index),
        ..Totals::default()
    };
    for (place, component) in inputs.components.iter().enumerate() {
        sheet.requests[place] += requests * component.share;
        totals.unserved_requests += serve(inputs, component, place, (index, hours), sheet);
    }
    let work = Work { index, hours, requests, tokens: totals.tokens, revenue_usd: totals.revenue_usd };
    for (place, line) in inputs.other.iter().enumerate() {
        let usd_per_unit = inputs.usd_per_unit(line.currency, index);
        let usd = line.usd(&work, usd_per_unit, |first, last| inputs.stored(first, last, requests));
        let bought = line.units.filter(|_| line.schedule.runs(index));
        let units = bought.map(|units| units_of(inputs, line, units, requests, hours));
        let paid = units.map_or(0.0, |units| usd_of_units(line, units, index) * usd_per_unit);
        sheet.units[place] = units;
        sheet.lines[inputs.components.len() + place] = usd + paid;
    }
    totals.cost_usd = sheet.lines.iter().sum();
    totals
}

/// Serves what arrives at a component, and passes on what it does not serve; what nobody serves comes back.
fn serve(inputs: &Inputs, component: &Component, place: usize, (index, hours): (u32, f64), sheet: &mut Sheet) -> f64 {
    let arrived = sheet.requests[place];
    let live = component.until_live.map_or(1.0, |later| {
        let live = component.live_share(index);
        sheet.requests[later] += arrived * (1.0 - live);
        live
    });
    let failed = component.fallback.map_or(0.0, |later| {
        let failed = arrived * live * component.failed_share;
        sheet.requests[later] += failed;
        failed
    });
    let served = arrived * live - failed;
    sheet.requests[place] = served;
    let attempts = served * (1.0 + inputs.demand.retry_share);
    let usd_per_unit = inputs.usd_per_unit(component.currency, index);
    match &component.serving {
        Serving::Api(api) => {
            sheet.lines[place] =
                attempts * api.usd_per_request(component.tokens(inputs.demand.tokens), index) * usd_per_unit;
            0.0
        }
        Serving::OwnGpus(gpus) => {
            let fleet = fleet(inputs, component, gpus, attempts, (index, hours, live));
            sheet.lines[place] = fleet.usd * usd_per_unit;
            sheet.capacity[place] = Some(fleet.capacity);
            sheet.asked_gpus[place] = fleet.asked_gpus;
            let unserved = served * fleet.unserved;
            sheet.requests[place] = served - unserved;
            match gpus.overflow {
                Some(later) => {
                    sheet.requests[later] += unserved;
                    0.0
                }
                None => unserved,
            }
        }
    }
}

/// A month of a fleet.
struct Fleet {
    usd: f64,
    capacity: Capacity,
    asked_gpus: f64,
    unserved: f64,
}

fn fleet(
    inputs: &Inputs,
    component: &Component,
    gpus: &OwnGpus,
    attempts: f64,
    (index, hours, live): (u32, f64, f64),
) -> Fleet {
    let tokens = component.tokens(inputs.demand.tokens);
    // While it is live for a part of the month, its requests come in that part.
    let seconds = hours * 3600.0 * live;
    let per_second = if seconds > 0.0 { attempts / seconds } else { 0.0 };
    let mean = per_second * gpus.gpu_seconds(tokens);
    let peak = mean * component.load.peak();
    let needed = gpus.units(peak).saturating_mul(gpus.gpus_per_unit).saturating_mul(gpus.copies);
    let (committed, committed_usd) = gpus.committed(index);
    let spare = (gpus.spare_units * gpus.gpus_per_unit).saturating_mul(gpus.copies);
    let stated = gpus.stated_gpus.map(|stated| stated.saturating_mul(gpus.copies));
    let wanted = stated.unwrap_or(if live > 0.0 { needed.saturating_add(spare) } else { 0 });
    let provided = wanted.max(committed);
    let open = if gpus.is_autoscaled && gpus.stated_gpus.is_none() && live > 0.0 {
        autoscaled(component, gpus, mean, (committed, spare)) * live
    } else {
        f64::from(provided - committed) * live
    };
    // Each copy must be able to serve everything, because it does so when the others are down.
    let (paid, serves) = (f64::from(provided), f64::from(provided) / f64::from(gpus.copies.max(1)));
    let unserved = if mean > 0.0 { component.load.unserved(serves / mean) } else { 0.0 };
    Fleet {
        usd: hours * (committed_usd + open * gpus.open_usd_per_gpu_hour(index)),
        capacity: Capacity {
            gpus_needed: needed,
            gpus_provided: provided,
            // A full fleet serves no more than it can.
            utilisation: if paid > 0.0 { (mean * (1.0 - unserved) / paid).min(1.0) } else { 0.0 },
            headroom: match (serves > 0.0, peak > 0.0) {
                (true, _) => 1.0 - peak / serves,
                (false, true) => -1.0,
                (false, false) => 0.0,
            },
            peak_output_tokens_per_s: per_second * tokens.output * component.load.peak(),
        },
        asked_gpus: mean,
        unserved: if gpus.stated_gpus.is_some() { unserved } else { 0.0 },
    }
}

/// GPUs beside the commitments, as the mean over the hours of the week, when each hour has what it needs.
fn autoscaled(component: &Component, gpus: &OwnGpus, mean: f64, (committed, spare): (u32, u32)) -> f64 {
    let open = |hour: usize| {
        let units = gpus.units(mean * component.load.placed(hour));
        let needed = units.saturating_mul(gpus.gpus_per_unit).saturating_mul(gpus.copies);
        f64::from(needed.saturating_add(spare).saturating_sub(committed))
    };
    (0..HOURS).map(open).sum::<f64>() / HOURS as f64
}

fn units_of(inputs: &Inputs, line: &OtherLine, price: UnitPrice, requests: f64, hours: f64) -> UnitsOfLine {
    let peak: f64 = inputs.components.iter().map(|component| component.share * component.load.peak()).sum();
    let peak = if peak > 0.0 { peak } else { 1.0 };
    let load = requests * (1.0 + inputs.demand.retry_share) * peak / (hours * 3600.0 * price.requests_per_s_per_unit);
    let needed = whole_units(load);
    let provided = price.stated_units.unwrap_or(needed.saturating_add(price.spare_units));
    let each = price.replicas.saturating_add(1).saturating_mul(line.copies);
    let left = match (provided > 0, needed > 0) {
        (true, _) => 1.0 - load / f64::from(provided),
        (false, true) => -1.0,
        (false, false) => 0.0,
    };
    UnitsOfLine {
        needed: needed.saturating_mul(each),
        provided: provided.saturating_mul(each),
        // A quotient that is whole but for its last digits needs no further unit, and is not short either.
        headroom: if needed > provided { left } else { left.max(0.0) },
    }
}

fn usd_of_units(line: &OtherLine, units: UnitsOfLine, index: u32) -> f64 {
    line.units.map_or(0.0, |price| f64::from(units.provided) * price.usd_per_unit_month * line.price_factor(index))
}

impl Sheet {
    fn clear(&mut self, inputs: &Inputs) {
        let (components, others) = (inputs.components.len(), inputs.other.len());
        self.lines.clear();
        self.lines.resize(components + others, 0.0);
        self.requests.clear();
        self.requests.resize(components, 0.0);
        self.capacity.clear();
        self.capacity.resize(components, None);
        self.asked_gpus.clear();
        self.asked_gpus.resize(components, 0.0);
        self.units.clear();
        self.units.resize(others, None);
    }
}

impl Inputs {
    /// Hours of the `index`th month.
    #[must_use]
    pub fn hours(&self, index: u32) -> f64 {
        (self.month(index).days() * 24) as f64
    }

    /// Requests from the `first` to the `last` month together, of which the last has a stated number.
    fn stored(&self, first: u32, last: u32, requests: f64) -> f64 {
        let before = (first..last).map(|index| self.demand.requests(index, self.month(index).of_year()));
        before.sum::<f64>() + requests
    }

    /// The `index`th month.
    #[must_use]
    pub fn month(&self, index: u32) -> Month {
        self.start.plus(i32::try_from(index).unwrap_or(i32::MAX))
    }

    /// Puts the tables of needed units in place, up to a load in units kept busy; figures stay the same, and units under
    /// a target for waiting are found instead of computed.
    #[must_use]
    pub fn tabulated(mut self, load: f64) -> Self {
        for component in &mut self.components {
            let Serving::OwnGpus(gpus) = &mut component.serving else { continue };
            gpus.table = gpus.waiting.as_ref().and_then(|waiting| {
                let arrivals = load * f64::from(waiting.slots_per_unit);
                waiting.pool().and_then(|pool| Staircase::up_to(pool, arrivals)).ok()
            });
        }
        self
    }
}

/// One line of cost.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Its name.
    pub label: String,
    /// Cost in the month.
    pub usd: f64,
}

/// One month of a scenario, with its parts.
#[derive(Debug, Clone, PartialEq)]
pub struct MonthResult {
    /// Which month.
    pub month: Month,
    /// What it comes to.
    pub totals: Totals,
    /// Cost of revenue by line.
    pub lines: Vec<Line>,
    /// Capacity of all fleets together, where capacity is owned.
    pub capacity: Option<Capacity>,
    /// Parts by component and further line.
    pub sheet: Sheet,
}

/// Every month of a scenario.
#[must_use]
pub fn run(inputs: &Inputs) -> Vec<MonthResult> {
    let with_parts = |index| {
        let mut sheet = Sheet::default();
        let totals = month(inputs, index, &mut sheet);
        let names = inputs.components.iter().map(|each| &each.label);
        let names = names.chain(inputs.other.iter().map(|each| &each.label));
        let lines = names.zip(&sheet.lines).map(|(label, usd)| Line { label: label.clone(), usd: *usd }).collect();
        let capacity = sheet.capacity.iter().flatten().copied().reduce(Capacity::with);
        MonthResult { month: inputs.month(index), totals, lines, capacity, sheet }
    };
    (0..inputs.months).map(with_parts).collect()
}
