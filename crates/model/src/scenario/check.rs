//! The door: inputs that pass come out of the month function finite and never negative.

use thiserror::Error;

use super::{
    Api, Component, Demand, HOURS_PER_YEAR, Inputs, OtherLine, OwnGpus, Part, Per, Revenue, Serving, TokenPrices,
};

/// An input that cannot be.
#[derive(Debug, Clone, PartialEq, Error)]
#[error("{path} is {found}, expected {expected}")]
pub struct InputError {
    /// Which, dotted.
    pub path: String,
    /// What it is.
    pub found: String,
    /// What it may be.
    pub expected: String,
    /// The same in figures where it is a number: found, least, most.
    pub figures: Option<[f64; 3]>,
}

type Checked = Result<(), InputError>;

/// Most of any count, price or rate.
const MOST: f64 = 1e15;
/// Change per month: at worst almost everything is lost, at best it trebles.
const CHANGE: (f64, f64) = (-0.99, 2.0);
/// A share.
const SHARE: (f64, f64) = (0.0, 1.0);
/// An amount.
const AMOUNT: (f64, f64) = (0.0, MOST);
/// All figures of a kind over those stated.
const LEVEL: (f64, f64) = (0.0, 1_000.0);
/// USD for a unit of another currency.
const PRICE_OF_MONEY: (f64, f64) = (1e-9, 1e6);
/// Regions or other copies of the whole.
const COPIES: (f64, f64) = (1.0, 100.0);
/// Something to divide by.
const RATE: (f64, f64) = (1e-9, MOST);

/// Figures of one series: a month each.
const MOST_MONTHS: usize = 120;

fn within(path: &str, found: f64, (least, most): (f64, f64)) -> Checked {
    if (least..=most).contains(&found) {
        return Ok(());
    }
    let expected = format!("{least} to {most}");
    Err(InputError { path: path.to_owned(), found: found.to_string(), expected, figures: Some([found, least, most]) })
}

fn refuse(path: String, found: impl ToString, expected: &str) -> Checked {
    Err(InputError { path, found: found.to_string(), expected: expected.to_owned(), figures: None })
}

fn series(path: &str, months: &[f64], span: (f64, f64)) -> Checked {
    if months.len() > MOST_MONTHS {
        return refuse(path.to_owned(), format!("{} months", months.len()), "at most 120");
    }
    months.iter().enumerate().try_for_each(|(month, figure)| within(&format!("{path}[{month}]"), *figure, span))
}

impl Inputs {
    /// Looks at every input.
    ///
    /// # Errors
    /// The first one that cannot be, with its path.
    pub fn check(&self) -> Checked {
        within("months", f64::from(self.months), (1.0, 120.0))?;
        check_demand(&self.demand)?;
        check_revenue(&self.revenue)?;
        self.check_shares()?;
        for (place, component) in self.components.iter().enumerate() {
            self.check_component(place, component)?;
        }
        if let Some((place, class)) = self.unpriced() {
            return refuse(format!("component[{place}].api.prices"), "unpriced", &format!("a price of {class}"));
        }
        self.other.iter().enumerate().try_for_each(|(place, line)| check_line(&format!("cost[{place}]"), line))?;
        self.check_exchange()
    }

    /// Currencies in use have a rate, once.
    fn check_exchange(&self) -> Checked {
        for (place, rate) in self.exchange.iter().enumerate() {
            let path = format!("exchange_rates.{}", rate.currency);
            within(&path, rate.usd_per_unit, PRICE_OF_MONEY)?;
            series(&path, &rate.by_month, PRICE_OF_MONEY)?;
            if self.exchange[..place].iter().any(|other| other.currency == rate.currency) {
                return refuse(format!("exchange_rates.{}", rate.currency), "stated twice", "one rate");
            }
        }
        let lacks = |currency: &crate::Currency| !self.exchange.iter().any(|rate| rate.currency == *currency);
        match self.currencies().find(|(_, currency)| lacks(currency)) {
            Some((path, currency)) => refuse(path, currency, "a currency of exchange_rates"),
            None => Ok(()),
        }
    }

    /// A token class in use that an API has no price for: its component and name.
    pub(super) fn unpriced(&self) -> Option<(usize, &'static str)> {
        self.components.iter().enumerate().find_map(|(place, component)| match &component.serving {
            Serving::Api(api) => Some((place, api.unpriced.used_by(component.tokens(self.demand.tokens))?)),
            Serving::OwnGpus(_) => None,
        })
    }

    fn check_shares(&self) -> Checked {
        if self.components.is_empty() {
            return refuse("components".into(), "empty", "at least one");
        }
        let all: f64 = self.components.iter().map(|component| component.share).sum();
        if (all - 1.0).abs() > 1e-9 || all.is_nan() {
            return refuse("components.share".into(), all, "shares that add up to 1");
        }
        Ok(())
    }

    fn check_component(&self, place: usize, component: &Component) -> Checked {
        let path = |name: &str| format!("component[{place}].{name}");
        within(&path("share"), component.share, SHARE)?;
        within(&path("tokenizer_ratio"), component.tokenizer_ratio, (1e-3, 1e3))?;
        within(&path("verbosity"), component.verbosity, (0.0, 1e3))?;
        within(&path("input_ratio"), component.ratios.input, (0.0, 1e6))?;
        within(&path("cache_read_ratio"), component.ratios.cache_read, (0.0, 1e6))?;
        within(&path("cache_write_ratio"), component.ratios.cache_write, (0.0, 1e6))?;
        within(&path("live_after_months"), component.live_after_months, (0.0, 120.0))?;
        within(&path("failed_share"), component.failed_share, SHARE)?;
        let later = |name: &str, link: Option<usize>| match link {
            Some(link) if link <= place || link >= self.components.len() => {
                refuse(path(name), link, "the index of a later component")
            }
            _ => Ok(()),
        };
        later("until_live", component.until_live)?;
        later("fallback", component.fallback)?;
        if component.live_after_months > 0.0 && component.until_live.is_none() {
            return refuse(path("until_live"), "empty", "who serves until it is live");
        }
        if component.failed_share > 0.0 && component.fallback.is_none() {
            return refuse(path("fallback"), "empty", "who serves what failed");
        }
        match &component.serving {
            Serving::Api(api) => check_api(&path("api"), api),
            Serving::OwnGpus(gpus) => {
                later("overflow", gpus.overflow)?;
                check_gpus(&path("gpus"), gpus)
            }
        }
    }
}

fn check_demand(demand: &Demand) -> Checked {
    within("demand.requests_per_month", demand.requests_per_month, AMOUNT)?;
    series("demand.requests_by_month", &demand.by_month, AMOUNT)?;
    within("demand.level", demand.level, LEVEL)?;
    within("demand.growth_per_month", demand.growth_per_month, CHANGE)?;
    within("demand.churn_per_month", demand.churn_per_month, (0.0, 0.99))?;
    within("demand.retry_share", demand.retry_share, (0.0, 100.0))?;
    for (month, factor) in demand.month_of_year.iter().enumerate() {
        within(&format!("demand.month_of_year[{month}]"), *factor, (0.0, 1_000.0))?;
    }
    let tokens = demand.tokens;
    let classes = [tokens.input, tokens.cache_read, tokens.cache_write, tokens.output];
    for (name, count) in ["input", "cache_read", "cache_write", "output"].iter().zip(classes) {
        within(&format!("demand.{name}_tokens_per_request"), count, AMOUNT)?;
    }
    Ok(())
}

fn check_revenue(revenue: &Revenue) -> Checked {
    within("revenue.usd_per_request", revenue.usd_per_request, AMOUNT)?;
    series("revenue.usd_per_request_by_month", &revenue.by_month, AMOUNT)?;
    within("revenue.level", revenue.level, LEVEL)?;
    within("revenue.usd_per_month", revenue.usd_per_month, AMOUNT)?;
    within("revenue.change_per_month", revenue.change_per_month, CHANGE)
}

fn check_prices(path: &str, prices: &TokenPrices) -> Checked {
    within(&format!("{path}.input_usd_per_mtok"), prices.input_usd_per_mtok, AMOUNT)?;
    within(&format!("{path}.cache_read_usd_per_mtok"), prices.cache_read_usd_per_mtok, AMOUNT)?;
    within(&format!("{path}.cache_write_usd_per_mtok"), prices.cache_write_usd_per_mtok, AMOUNT)?;
    within(&format!("{path}.output_usd_per_mtok"), prices.output_usd_per_mtok, AMOUNT)
}

fn check_api(path: &str, api: &Api) -> Checked {
    check_prices(&format!("{path}.prices"), &api.prices)?;
    check_prices(&format!("{path}.batch_prices"), &api.batch_prices)?;
    for (at, step) in api.steps.iter().enumerate() {
        let path = format!("{path}.steps[{at}]");
        within(&format!("{path}.above_tokens"), step.above_tokens, AMOUNT)?;
        check_prices(&format!("{path}.prices"), &step.prices)?;
        check_prices(&format!("{path}.batch_prices"), &step.batch_prices)?;
        if at > 0 && step.above_tokens <= api.steps[at - 1].above_tokens {
            return refuse(format!("{path}.above_tokens"), step.above_tokens, "more than the step before");
        }
    }
    within(&format!("{path}.batch_share"), api.batch_share, SHARE)?;
    within(&format!("{path}.usd_per_request"), api.usd_per_request, AMOUNT)?;
    within(&format!("{path}.price_level"), api.price_level, LEVEL)?;
    within(&format!("{path}.change_per_month"), api.change_per_month, CHANGE)
}

fn check_gpus(path: &str, gpus: &OwnGpus) -> Checked {
    let path = |name: &str| format!("{path}.{name}");
    within(&path("output_tokens_per_s_per_gpu"), gpus.output_tokens_per_s_per_gpu, RATE)?;
    within(&path("input_tokens_per_s_per_gpu"), gpus.input_tokens_per_s_per_gpu.unwrap_or(1.0), RATE)?;
    within(&path("speedup"), gpus.speedup, (1e-3, 1e3))?;
    within(&path("usd_per_gpu_hour"), gpus.usd_per_gpu_hour, AMOUNT)?;
    series(&path("usd_per_gpu_hour_by_month"), &gpus.by_month, AMOUNT)?;
    within(&path("price_level"), gpus.price_level, LEVEL)?;
    within(&path("copies"), f64::from(gpus.copies), COPIES)?;
    within(&path("change_per_month"), gpus.change_per_month, CHANGE)?;
    within(&path("gpus_per_unit"), f64::from(gpus.gpus_per_unit), (1.0, 1_024.0))?;
    within(&path("spare_units"), f64::from(gpus.spare_units), (0.0, 10_000.0))?;
    within(&path("stated_gpus"), f64::from(gpus.stated_gpus.unwrap_or(0)), (0.0, 1e6))?;
    if gpus.committed.len() > 100 {
        return refuse(path("committed"), gpus.committed.len(), "at most 100");
    }
    for (place, held) in gpus.committed.iter().enumerate() {
        within(&path(&format!("committed[{place}].gpus")), f64::from(held.gpus), (0.0, 1e6))?;
        within(&path(&format!("committed[{place}].usd_per_gpu_hour")), held.usd_per_gpu_hour, AMOUNT)?;
    }
    if let Some(spot) = gpus.spot {
        within(&path("spot.share"), spot.share, SHARE)?;
        within(&path("spot.usd_per_gpu_hour"), spot.usd_per_gpu_hour, AMOUNT)?;
        within(&path("spot.useful_share"), spot.useful_share, (0.01, 1.0))?;
    }
    if let Some(waiting) = gpus.waiting {
        within(&path("waiting.slots_per_unit"), f64::from(waiting.slots_per_unit), (1.0, 10_000.0))?;
        within(&path("waiting.longest"), waiting.longest, (0.0, 1e6))?;
        within(&path("waiting.share_in_time"), waiting.share_in_time, (0.0, 0.999_999))?;
        within(&path("waiting.max_occupancy"), waiting.max_occupancy, (0.01, 1.0))?;
        if let Err(error) = waiting.pool() {
            return refuse(path("waiting"), error, "a target that some number of units keeps");
        }
    }
    Ok(())
}

fn check_line(path: &str, line: &OtherLine) -> Checked {
    within(&format!("{path}.usd_per_month"), line.usd_per_month, AMOUNT)?;
    series(&format!("{path}.usd_by_month"), &line.by_month, AMOUNT)?;
    within(&format!("{path}.usd_per_request"), line.usd_per_request, AMOUNT)?;
    within(&format!("{path}.usd_per_mtok"), line.usd_per_mtok, AMOUNT)?;
    within(&format!("{path}.revenue_share"), line.revenue_share, SHARE)?;
    within(&format!("{path}.change_per_month"), line.change_per_month, CHANGE)?;
    within(&format!("{path}.schedule.every"), f64::from(line.schedule.every), (1.0, 120.0))?;
    within(&format!("{path}.copies"), f64::from(line.copies), COPIES)?;
    if let Some(units) = line.units {
        within(&format!("{path}.units.requests_per_s_per_unit"), units.requests_per_s_per_unit, RATE)?;
        within(&format!("{path}.units.usd_per_unit_month"), units.usd_per_unit_month, AMOUNT)?;
        within(&format!("{path}.units.spare_units"), f64::from(units.spare_units), (0.0, 1e6))?;
        within(&format!("{path}.units.replicas"), f64::from(units.replicas), (0.0, 100.0))?;
    }
    if line.parts.len() > 20 {
        return refuse(format!("{path}.parts"), line.parts.len(), "at most 20");
    }
    line.parts.iter().enumerate().try_for_each(|(at, part)| check_part(&format!("{path}.parts[{at}]"), part))
}

fn check_part(path: &str, part: &Part) -> Checked {
    let (quantity, price) = match part.per {
        Per::HoursDown => ((0.0, HOURS_PER_YEAR), SHARE),
        Per::Availability => (SHARE, SHARE),
        Per::Due { .. } | Per::Hour | Per::Request | Per::Stored { .. } => (AMOUNT, AMOUNT),
    };
    if let Per::Due { every } = part.per {
        within(&format!("{path}.every"), f64::from(every), (1.0, 120.0))?;
    }
    if let Per::Stored { keep: Some(keep) } = part.per {
        within(&format!("{path}.keep"), f64::from(keep), (1.0, 1e6))?;
    }
    within(&format!("{path}.quantity"), part.quantity, quantity)?;
    within(&format!("{path}.price"), part.price, price)?;
    within(&format!("{path}.free"), part.free, AMOUNT)
}
