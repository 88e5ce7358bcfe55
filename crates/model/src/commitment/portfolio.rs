//! The best portfolio of terms: several offers, each with a term and a rate, over a demand that differs by month.

use thiserror::Error;

/// A commitment for sale: units in every hour of its term.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    /// What it is called.
    pub name: String,
    /// Term in months.
    pub months: u32,
    /// USD per unit and hour over the whole term.
    pub rate: f64,
    /// Share paid at the beginning.
    pub prepaid_share: f64,
}

/// A purchase of an offer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Purchase {
    /// Index of the offer.
    pub offer: usize,
    /// Month of the horizon in which its term begins, from 0.
    pub month: usize,
    /// Units.
    pub units: f64,
}

/// What to buy, and what it costs. Money is USD at the beginning of the horizon (present value at the rate given).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Portfolio {
    /// Purchases, by month, then by offer.
    pub purchases: Vec<Purchase>,
    /// Cost of the portfolio and of what is left on demand.
    pub cost: f64,
    /// Cost of all on demand.
    pub on_demand_cost: f64,
    /// The cheapest single offer, renewed at one level: its index, level and cost. `None` where none saves.
    pub best_single: Option<(usize, f64, f64)>,
    /// Cost of terms after the end of the horizon, inside `cost`: paid for use that is not in the demand.
    pub beyond_horizon: f64,
    /// Committed and used ÷ committed, over the horizon; `None` where nothing is committed.
    pub utilisation: Option<f64>,
    /// Committed and used ÷ use; `None` without use.
    pub coverage: Option<f64>,
}

/// Why there is no portfolio.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum PortfolioError {
    /// A value outside of its range.
    #[error("{field} is {found}; expected {expected}")]
    Field {
        /// Which one, such as `demand[3]` or `offers[0].rate`.
        field: String,
        /// What stood there.
        found: f64,
        /// What should.
        expected: &'static str,
    },
}

/// Hours of a month that the horizon does not hold: 8,760 ÷ 12.
const MEAN_HOURS: f64 = 730.0;
const LARGEST: f64 = 1e12;

fn held(
    field: impl Fn() -> String,
    found: f64,
    expected: &'static str,
    holds: impl Fn(f64) -> bool,
) -> Result<f64, PortfolioError> {
    if found.is_finite() && holds(found) {
        Ok(found)
    } else {
        Err(PortfolioError::Field { field: field(), found, expected })
    }
}

/// The horizon: sorted demand, hours, and discount factor of each month.
struct Horizon {
    sorted: Vec<Vec<f64>>,
    hours: Vec<f64>,
    yearly_rate: f64,
    on_demand: f64,
}

impl Horizon {
    fn factor(&self, month: usize) -> f64 {
        libm::pow(1.0 + self.yearly_rate, -(month as f64) / 12.0)
    }

    fn hours(&self, month: usize) -> f64 {
        self.hours.get(month).copied().unwrap_or(MEAN_HOURS)
    }

    /// Hours of a month in which the demand reaches a level.
    fn hours_at(&self, month: usize, level: f64) -> f64 {
        let sorted = &self.sorted[month];
        let reached = sorted.len() - sorted.partition_point(|each| *each < level);
        self.hours(month) * reached as f64 / sorted.len() as f64
    }

    /// Present value of a unit of an offer bought in a month; in all, and after the end of the horizon.
    fn fee(&self, offer: &Offer, month: usize) -> (f64, f64) {
        let at_once = self.factor(month);
        let (mut all, mut beyond) = (0.0, 0.0);
        for at in month..month + offer.months as usize {
            let prepaid = offer.prepaid_share * at_once;
            let fee = offer.rate * self.hours(at) * (prepaid + (1.0 - offer.prepaid_share) * self.factor(at));
            all += fee;
            if at >= self.hours.len() {
                beyond += fee;
            }
        }
        (all, beyond)
    }

    /// Hours that a level covers in a month, times units.
    fn covered(&self, month: usize, level: f64) -> f64 {
        let sorted = &self.sorted[month];
        self.hours(month) / sorted.len() as f64 * sorted.iter().map(|each| each.min(level)).sum::<f64>()
    }
}

/// The cheapest purchases of several offers over the months of a horizon. `demand` holds the units of each equal part
/// of each month, `hours` the hours of each month, `yearly_rate` the cost of capital (0: money has no time).
///
/// The demand is cut into stacked slices at its own levels; the nth unit is needed in the hours in which the demand
/// reaches n. For each slice the cheapest sequence of terms and months on demand is found exactly (dynamic programme
/// over its months), and purchases of all slices add up. A term is paid in full, also after the end of the horizon.
/// The bill is then drawn up with what units cover together, so `cost` is at most the sum of the slices, and never
/// above the best single offer renewed at one level, nor above all on demand. Terms of one offer that overlap at
/// staggered levels could in rare cases cost less; they are not searched.
///
/// # Errors
/// [`PortfolioError`]: a value outside of its range, with its place.
pub fn best_portfolio(
    demand: &[Vec<f64>],
    hours: &[f64],
    on_demand: f64,
    offers: &[Offer],
    yearly_rate: f64,
) -> Result<Portfolio, PortfolioError> {
    let horizon = checked(demand, hours, on_demand, offers, yearly_rate)?;
    let months = horizon.hours.len();
    let fees: Vec<Vec<(f64, f64)>> =
        offers.iter().map(|offer| (0..months).map(|month| horizon.fee(offer, month)).collect()).collect();
    let mut levels: Vec<f64> = horizon.sorted.iter().flatten().copied().filter(|level| *level > 0.0).collect();
    levels.sort_by(f64::total_cmp);
    levels.dedup();
    let mut bought = vec![vec![0.0; months]; offers.len()];
    let mut singles = vec![(0.0, 0.0); offers.len()];
    let (mut below, mut on_demand_cost) = (0.0, 0.0);
    for level in levels {
        let width = level - below;
        below = level;
        let spot: Vec<f64> = (0..months)
            .map(|month| horizon.hours_at(month, level) * horizon.factor(month) * horizon.on_demand)
            .collect();
        let all: f64 = spot.iter().sum();
        on_demand_cost += all * width;
        for (offer, month) in cheapest(&spot, offers, &fees) {
            bought[offer][month] += width;
        }
        for (index, offer) in offers.iter().enumerate() {
            let renewed: f64 = (0..months).step_by(offer.months as usize).map(|month| fees[index][month].0).sum();
            if renewed < all {
                singles[index].0 += width;
                singles[index].1 += (all - renewed) * width;
            }
        }
    }
    let best = (0..offers.len()).filter(|index| singles[*index].1 > 0.0);
    let best = best.max_by(|a, b| singles[*a].1.total_cmp(&singles[*b].1).then(b.cmp(a)));
    let best_single = best.map(|index| (index, singles[index].0, on_demand_cost - singles[index].1));
    Ok(Portfolio { best_single, on_demand_cost, ..horizon.bill(offers, &fees, &bought) })
}

/// The cheapest sequence of terms for a slice that costs `spot` by month on demand, as (offer, month).
fn cheapest(spot: &[f64], offers: &[Offer], fees: &[Vec<(f64, f64)>]) -> Vec<(usize, usize)> {
    let months = spot.len();
    let mut best = vec![(0.0, None); months + 1];
    for month in (0..months).rev() {
        let mut here = (spot[month] + best[month + 1].0, None);
        for (index, offer) in offers.iter().enumerate() {
            let next = (month + offer.months as usize).min(months);
            let cost = fees[index][month].0 + best[next].0;
            if cost < here.0 {
                here = (cost, Some(index));
            }
        }
        best[month] = here;
    }
    let (mut month, mut chosen) = (0, Vec::new());
    while month < months {
        month = match best[month].1 {
            Some(index) => {
                chosen.push((index, month));
                month + offers[index].months as usize
            }
            None => month + 1,
        };
    }
    chosen
}

impl Horizon {
    /// What purchases cost, and what is left on demand.
    fn bill(&self, offers: &[Offer], fees: &[Vec<(f64, f64)>], bought: &[Vec<f64>]) -> Portfolio {
        let months = self.hours.len();
        let mut found = Portfolio::default();
        let mut committed = vec![0.0; months];
        for month in 0..months {
            for (index, offer) in offers.iter().enumerate() {
                let units = bought[index][month];
                if units <= 0.0 {
                    continue;
                }
                found.purchases.push(Purchase { offer: index, month, units });
                found.cost += units * fees[index][month].0;
                found.beyond_horizon += units * fees[index][month].1;
                for level in committed.iter_mut().skip(month).take(offer.months as usize) {
                    *level += units;
                }
            }
        }
        let (mut used, mut covered, mut there) = (0.0, 0.0, 0.0);
        for (month, level) in committed.iter().enumerate() {
            let (all, taken) = (self.covered(month, f64::INFINITY), self.covered(month, *level));
            found.cost += (all - taken).max(0.0) * self.on_demand * self.factor(month);
            used += all;
            covered += taken;
            there += level * self.hours(month);
        }
        found.utilisation = (there > 0.0).then(|| (covered / there).min(1.0));
        found.coverage = (used > 0.0).then(|| (covered / used).min(1.0));
        found
    }
}

fn checked(
    demand: &[Vec<f64>],
    hours: &[f64],
    on_demand: f64,
    offers: &[Offer],
    yearly_rate: f64,
) -> Result<Horizon, PortfolioError> {
    let is_amount = |value: f64| (0.0..=LARGEST).contains(&value);
    held(
        || "months".into(),
        demand.len() as f64,
        "1 to 600 months of demand, and the hours of each",
        |months| (1.0..=600.0).contains(&months) && demand.len() == hours.len(),
    )?;
    held(|| "on_demand".into(), on_demand, "a number from 0 to 10^12", is_amount)?;
    held(|| "yearly_rate".into(), yearly_rate, "a share from 0 to 10", |rate| (0.0..=10.0).contains(&rate))?;
    for (month, hours) in hours.iter().enumerate() {
        held(
            || format!("hours[{month}]"),
            *hours,
            "above 0 and at most 1,000",
            |hours| hours > 0.0 && hours <= 1_000.0,
        )?;
    }
    let mut sorted = Vec::with_capacity(demand.len());
    for (month, levels) in demand.iter().enumerate() {
        held(|| format!("demand[{month}]"), levels.len() as f64, "at least one level", |length| length > 0.0)?;
        for (index, level) in levels.iter().enumerate() {
            held(|| format!("demand[{month}][{index}]"), *level, "a number from 0 to 10^12", is_amount)?;
        }
        let mut levels = levels.clone();
        levels.sort_by(f64::total_cmp);
        sorted.push(levels);
    }
    for (index, offer) in offers.iter().enumerate() {
        held(|| format!("offers[{index}].rate"), offer.rate, "a number from 0 to 10^12", is_amount)?;
        let months = f64::from(offer.months);
        held(
            || format!("offers[{index}].months"),
            months,
            "1 to 600 months",
            |months| (1.0..=600.0).contains(&months),
        )?;
        let share = offer.prepaid_share;
        held(|| format!("offers[{index}].prepaid_share"), share, "a share from 0 to 1", |s| (0.0..=1.0).contains(&s))?;
    }
    Ok(Horizon { sorted, hours: hours.to_vec(), yearly_rate, on_demand })
}
