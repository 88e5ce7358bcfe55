//! Needed against provided, month by month: GPUs, units of further lines, and what a provider takes in a minute.

use marginline_model::scenario::{Capacity, MonthResult, OwnGpus, Serving};

use super::super::file::RateLimitFile;
use super::{AT_RISK, Asked, FAILS, MEETS, Place, UNKNOWN, Verdict, over, worst};
use crate::number;

const LIMIT: &str = "capacity";
/// Headroom that is short by no more than rounding is not short.
const ROUNDING: f64 = 1e-12;

/// The worst over fleets, units and rate limits; nothing where the file owns no capacity and states no rate.
pub(super) fn verdict(asked: &Asked<'_>) -> Option<Verdict> {
    let parts = over(asked, |at, place| match &asked.resolved.inputs.components.get(at)?.serving {
        Serving::OwnGpus(gpus) => fleet(asked, (at, place), gpus),
        Serving::Api(_) => match place.file.rate_limit {
            Some(rates) => Some(api(asked, (at, place), rates)),
            None => unstated(asked, place),
        },
    });
    let found: Vec<Verdict> = parts.into_iter().chain(units(asked)).collect();
    worst(false, found)
}

fn fleet(asked: &Asked<'_>, (at, place): (usize, &Place<'_>), gpus: &OwnGpus) -> Option<Verdict> {
    let least = asked.resolved.file.limits.headroom_percent.unwrap_or(0.0) / 100.0;
    let months: Vec<(&MonthResult, Capacity)> =
        asked.projected.iter().filter_map(|month| Some((month, (*month.sheet.capacity.get(at)?)?))).collect();
    // Before it is live it provides nothing and needs nothing.
    let used = |(_, capacity): &&(&MonthResult, Capacity)| {
        capacity.peak_output_tokens_per_s > 0.0 || capacity.gpus_provided > 0
    };
    let used: Vec<&(&MonthResult, Capacity)> = months.iter().filter(used).collect();
    if months.is_empty() {
        return None;
    }
    let lowest = used.iter().map(|(_, capacity)| capacity.headroom).fold(f64::INFINITY, f64::min);
    let lowest = if lowest.is_finite() { lowest } else { 0.0 };
    let value = format!("{}% headroom at the lowest", number::fixed(lowest * 100.0, 1));
    if let Some(later) = gpus.overflow {
        let to = asked.places.get(later).map_or("another component", Place::called);
        let reason = format!("what {} cannot hold goes on to {to}", place.called());
        return Some(Verdict::new(LIMIT, MEETS, reason).valued(value));
    }
    let short = used.iter().find(|(_, capacity)| capacity.headroom < least - ROUNDING);
    let told = Verdict::new(LIMIT, MEETS, "the busiest hour of every month is covered").valued(value.clone());
    let Some((month, capacity)) = short else {
        return Some(doubtful(place, gpus, lowest, least).map_or(told, |verdict| verdict.valued(value)));
    };
    let reason = if capacity.headroom >= 0.0 {
        format!("headroom falls below {:.0}% in {}", least * 100.0, month.month)
    } else {
        let (needed, provided) = (capacity.gpus_needed, capacity.gpus_provided);
        format!("first short in {}: {needed} GPUs needed, {provided} provided", month.month)
    };
    let found = Verdict::new(LIMIT, FAILS, reason).valued(value);
    Some(found.mended(enough(gpus, used.iter().map(|(_, capacity)| *capacity), least)))
}

/// A stated number of GPUs is at risk where the lower end of their rate does not carry the load.
fn doubtful(place: &Place<'_>, gpus: &OwnGpus, lowest: f64, least: f64) -> Option<Verdict> {
    let rate = place.file.output_tokens_per_s_per_gpu.as_ref()?;
    gpus.stated_gpus?;
    let (low, high) = rate.low.zip(rate.high)?;
    // Headroom is 1 − peak ÷ capacity, and capacity goes with the rate.
    let at = |end: f64| 1.0 - (1.0 - lowest) * rate.value / end;
    if low <= 0.0 || at(low) >= least - ROUNDING {
        return None;
    }
    let reason = format!(
        "with {low:.0} instead of {:.0} tokens/s a GPU, headroom falls to {}%",
        rate.value,
        number::fixed(at(low) * 100.0, 1)
    );
    let found = Verdict::new(LIMIT, AT_RISK, reason).within((at(low) * 100.0, at(high) * 100.0));
    Some(found.measured("measure output tokens/s of a GPU at the latency target"))
}

/// The stated number, or the spare units, with which every month has enough.
fn enough(gpus: &OwnGpus, months: impl Iterator<Item = Capacity>, least: f64) -> Option<String> {
    if least >= 1.0 {
        return None;
    }
    let unit = f64::from(gpus.gpus_per_unit);
    let busy = |capacity: &Capacity| (1.0 - capacity.headroom) * f64::from(capacity.gpus_provided);
    let units_for = |capacity: &Capacity| {
        let by_load = (busy(capacity) / (1.0 - least) / unit * (1.0 - ROUNDING)).ceil() * unit;
        by_load.max(f64::from(capacity.gpus_needed))
    };
    let months: Vec<Capacity> = months.collect();
    if gpus.stated_gpus.is_some() {
        let most = months.iter().map(units_for).fold(0.0, f64::max);
        return Some(format!("gpus = {most:.0}"));
    }
    let short = |capacity: &Capacity| (units_for(capacity) - f64::from(capacity.gpus_needed)) / unit;
    let spare = months.iter().map(short).fold(0.0, f64::max);
    Some(format!("spare_units = {spare:.0}"))
}

/// A stated number of units of a further line.
fn units(asked: &Asked<'_>) -> Option<Verdict> {
    let found = asked.resolved.inputs.other.iter().enumerate().filter_map(|(at, line)| {
        line.units?.stated_units?;
        let short = asked.projected.iter().find_map(|month| {
            let units = (*month.sheet.units.get(at)?)?;
            (units.needed > units.provided).then_some((month.month, units))
        });
        let most =
            asked.projected.iter().filter_map(|month| (*month.sheet.units.get(at)?).map(|units| units.needed)).max()?;
        let found = match short {
            None => Verdict::new(LIMIT, MEETS, format!("{} has units enough in every month", line.label)),
            Some((month, units)) => {
                let (needed, provided) = (units.needed, units.provided);
                let reason =
                    format!("{} first short in {month}: {needed} units needed, {provided} provided", line.label);
                Verdict::new(LIMIT, FAILS, reason).mended(Some(format!("units.units = {most} of {}", line.label)))
            }
        };
        Some(found.valued(format!("{most} units of {} at the most", line.label)))
    });
    worst(false, found.collect())
}

/// Of an API headroom is asked for and nobody says what its provider takes. Where none is asked for, nothing is judged:
/// most providers publish no limit, and everything by API would be unknown.
fn unstated(asked: &Asked<'_>, place: &Place<'_>) -> Option<Verdict> {
    let least = asked.resolved.file.limits.headroom_percent.filter(|least| *least > 0.0 && place.is_loaded)?;
    let reason = format!("{least:.0}% headroom is asked for, and what {} takes is not stated", place.called());
    Some(Verdict::new(LIMIT, UNKNOWN, reason).measured(format!("state rate_limit of {}", place.called())))
}

/// What arrives in the busiest minute against what the provider takes.
fn api(asked: &Asked<'_>, (at, place): (usize, &Place<'_>), rates: RateLimitFile) -> Verdict {
    let inputs = &asked.resolved.inputs;
    let component = &inputs.components[at];
    let tokens = component.tokens(inputs.demand.tokens);
    let online = if let Serving::Api(api) = &component.serving { 1.0 - api.batch_share } else { 1.0 };
    let busiest = |month: &MonthResult| {
        let served = month.sheet.requests.get(at).copied().unwrap_or_default() * (1.0 + inputs.demand.retry_share);
        served * online * component.load.peak() / (month.month.days() as f64 * 24.0 * 60.0)
    };
    let least = asked.resolved.file.limits.headroom_percent.unwrap_or(0.0) / 100.0;
    let mut limits = Vec::new();
    for (limit, each, words) in [
        (rates.requests_per_minute, 1.0, "requests"),
        (rates.input_tokens_per_minute, tokens.input + tokens.cache_write, "input tokens"),
        (rates.output_tokens_per_minute, tokens.output, "output tokens"),
    ] {
        let Some(limit) = limit else { continue };
        let most = asked.projected.iter().map(|month| busiest(month) * each).fold(0.0, f64::max);
        let value = format!("{most:.0} {words} a minute at the most");
        let over =
            asked.projected.iter().find(|month| busiest(month) * each > limit * (1.0 - least) * (1.0 + ROUNDING));
        limits.push(match over {
            None => Verdict::new(LIMIT, MEETS, format!("{} takes {limit:.0} {words} a minute", place.called()))
                .valued(value),
            Some(month) => {
                let asks = busiest(month) * each;
                let reason = match asks > limit {
                    true => format!("first short in {}: {asks:.0} {words} a minute, {limit:.0} taken", month.month),
                    false => format!(
                        "headroom falls below {:.0}% of {limit:.0} {words} a minute in {}",
                        least * 100.0,
                        month.month
                    ),
                };
                Verdict::new(LIMIT, FAILS, reason).valued(value).mended(
                    (least < 1.0).then(|| format!("a rate limit of {:.0} {words} a minute", most / (1.0 - least))),
                )
            }
        });
    }
    let none = || Verdict::new(LIMIT, MEETS, "no rate is limited");
    worst(false, limits).unwrap_or_else(none)
}
