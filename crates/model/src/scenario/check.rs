//! The door: inputs that pass come out of the month function finite and never negative.

use thiserror::Error;

use super::{Api, Component, Inputs, OtherLine, OwnGpus, Serving, TokenPrices};

/// An input that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{path} is {found}, expected {expected}")]
pub struct InputError {
    /// Which, dotted.
    pub path: String,
    /// What it is.
    pub found: String,
    /// What it may be.
    pub expected: String,
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
/// Something to divide by.
const RATE: (f64, f64) = (1e-9, MOST);

fn within(path: &str, found: f64, (least, most): (f64, f64)) -> Checked {
    if (least..=most).contains(&found) {
        return Ok(());
    }
    Err(InputError { path: path.to_owned(), found: found.to_string(), expected: format!("{least} to {most}") })
}

fn refuse(path: String, found: impl ToString, expected: &str) -> Checked {
    Err(InputError { path, found: found.to_string(), expected: expected.to_owned() })
}

impl Inputs {
    /// Looks at every input.
    ///
    /// # Errors
    /// The first one that cannot be, with its path.
    pub fn check(&self) -> Checked {
        within("months", f64::from(self.months), (1.0, 120.0))?;
        let demand = &self.demand;
        within("demand.requests_per_month", demand.requests_per_month, AMOUNT)?;
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
        within("revenue.usd_per_request", self.revenue.usd_per_request, AMOUNT)?;
        within("revenue.usd_per_month", self.revenue.usd_per_month, AMOUNT)?;
        within("revenue.change_per_month", self.revenue.change_per_month, CHANGE)?;
        self.check_shares()?;
        for (place, component) in self.components.iter().enumerate() {
            self.check_component(place, component)?;
        }
        self.other.iter().enumerate().try_for_each(|(place, line)| check_line(&format!("cost[{place}]"), line))
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

fn check_prices(path: &str, prices: &TokenPrices) -> Checked {
    within(&format!("{path}.input_usd_per_mtok"), prices.input_usd_per_mtok, AMOUNT)?;
    within(&format!("{path}.cache_read_usd_per_mtok"), prices.cache_read_usd_per_mtok, AMOUNT)?;
    within(&format!("{path}.cache_write_usd_per_mtok"), prices.cache_write_usd_per_mtok, AMOUNT)?;
    within(&format!("{path}.output_usd_per_mtok"), prices.output_usd_per_mtok, AMOUNT)
}

fn check_api(path: &str, api: &Api) -> Checked {
    check_prices(&format!("{path}.prices"), &api.prices)?;
    check_prices(&format!("{path}.batch_prices"), &api.batch_prices)?;
    within(&format!("{path}.batch_share"), api.batch_share, SHARE)?;
    within(&format!("{path}.usd_per_request"), api.usd_per_request, AMOUNT)?;
    within(&format!("{path}.change_per_month"), api.change_per_month, CHANGE)
}

fn check_gpus(path: &str, gpus: &OwnGpus) -> Checked {
    let path = |name: &str| format!("{path}.{name}");
    within(&path("output_tokens_per_s_per_gpu"), gpus.output_tokens_per_s_per_gpu, RATE)?;
    within(&path("input_tokens_per_s_per_gpu"), gpus.input_tokens_per_s_per_gpu.unwrap_or(1.0), RATE)?;
    within(&path("usd_per_gpu_hour"), gpus.usd_per_gpu_hour, AMOUNT)?;
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
    within(&format!("{path}.usd_per_request"), line.usd_per_request, AMOUNT)?;
    within(&format!("{path}.usd_per_mtok"), line.usd_per_mtok, AMOUNT)?;
    within(&format!("{path}.revenue_share"), line.revenue_share, SHARE)?;
    within(&format!("{path}.change_per_month"), line.change_per_month, CHANGE)?;
    within(&format!("{path}.schedule.every"), f64::from(line.schedule.every), (1.0, 120.0))?;
    if let Some(units) = line.units {
        within(&format!("{path}.units.requests_per_s_per_unit"), units.requests_per_s_per_unit, RATE)?;
        within(&format!("{path}.units.usd_per_unit_month"), units.usd_per_unit_month, AMOUNT)?;
        within(&format!("{path}.units.spare_units"), f64::from(units.spare_units), (0.0, 1e6))?;
    }
    Ok(())
}
