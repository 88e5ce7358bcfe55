//! Needed against provided, month by month: GPUs, units of further lines, and what a provider takes in a minute.

use marginline_model::scenario::{Capacity, MonthResult, OwnGpus, Serving};

use super::super::file::RateLimitFile;
use super::{AT_RISK, Asked, FAILS, MEETS, Place, UNKNOWN, Verdict, over, worst};
use crate::number;

const LIMIT: &str = "capacity";
/// Headroom that is short by no more than rounding is not short.
const ROUNDING: f64 = 1e-12;
/// What a file may state at the most.
const MOST_GPUS: f64 = 1_000_000.0;
const MOST_SPARE_UNITS: f64 = 10_000.0;

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
    let is_short = |used: &&&(&MonthResult, Capacity)| used.1.headroom < least - ROUNDING;
    let all_short: Vec<(&MonthResult, Capacity)> = used.iter().filter(is_short).map(|used| **used).collect();
    Some(found.mended(enough(asked, at, gpus, &all_short, least)))
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

/// The smallest stated number of GPUs, or of spare units, of each copy with which every month has enough; nothing where no
/// number that a file may state is.
///
/// Each copy must serve everything, so a copy needs n GPUs with 1 − peak ÷ n ≥ headroom, in whole units, and what the month
/// counts: n ≥ needed ÷ copies, which a target for waiting may raise. Months that have enough stay as they are: in the
/// others commitments alone are too few.
fn enough(
    asked: &Asked<'_>,
    at: usize,
    gpus: &OwnGpus,
    short: &[(&MonthResult, Capacity)],
    least: f64,
) -> Option<String> {
    let load = asked.resolved.inputs.components.get(at)?.load.peak();
    let (unit, copies) = (f64::from(gpus.gpus_per_unit.max(1)), f64::from(gpus.copies.max(1)));
    let mut most: f64 = 0.0;
    for (month, capacity) in short {
        let peak = month.sheet.asked_gpus.get(at)? * load;
        let counted = (f64::from(capacity.gpus_needed) / copies / unit).ceil();
        let units = fewest_units(peak, unit, least)?.max(counted);
        most = most.max(if gpus.stated_gpus.is_some() { units } else { units - counted });
    }
    match gpus.stated_gpus {
        Some(_) => (most * unit <= MOST_GPUS).then(|| format!("gpus = {:.0}", most * unit)),
        None => (most <= MOST_SPARE_UNITS).then(|| format!("spare_units = {most:.0}")),
    }
}

/// The fewest units of a copy that keep the headroom, by the very comparison that judges it.
fn fewest_units(peak: f64, unit: f64, least: f64) -> Option<f64> {
    let keeps = |units: f64| units > 0.0 && 1.0 - peak / (units * unit) >= least - ROUNDING;
    let about = (peak / (1.0 - least).max(ROUNDING) / unit).ceil();
    // A quotient may be whole but for its last digit, on either side.
    let near = [about - 1.0, about, about + 1.0, about + 2.0];
    near.into_iter().find(|units| keeps(*units))
}

/// A stated number of units of a further line.
fn units(asked: &Asked<'_>) -> Option<Verdict> {
    let found = asked.resolved.inputs.other.iter().enumerate().filter_map(|(at, line)| {
        let bought = line.units.filter(|units| units.stated_units.is_some())?;
        let short = asked.projected.iter().find_map(|month| {
            let units = (*month.sheet.units.get(at)?)?;
            units.is_short().then_some((month.month, units))
        });
        let most =
            asked.projected.iter().filter_map(|month| (*month.sheet.units.get(at)?).map(|units| units.needed)).max()?;
        // The file states those of one copy, without their replicas; each is there as often.
        let stated = most / bought.replicas.saturating_add(1).saturating_mul(line.copies).max(1);
        let found = match short {
            None => Verdict::new(LIMIT, MEETS, format!("{} has units enough in every month", line.label)),
            Some((month, units)) => {
                let (needed, provided) = (units.needed, units.provided);
                let reason =
                    format!("{} first short in {month}: {needed} units needed, {provided} provided", line.label);
                Verdict::new(LIMIT, FAILS, reason).mended(Some(format!("units.units = {stated} of {}", line.label)))
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
                Verdict::new(LIMIT, FAILS, reason).valued(value).mended((least < 1.0).then(|| {
                    let enough = (most / (1.0 - least) * (1.0 - ROUNDING)).ceil();
                    format!("a rate limit of {enough:.0} {words} a minute")
                }))
            }
        });
    }
    let none = || Verdict::new(LIMIT, MEETS, "no rate is limited");
    worst(false, limits).unwrap_or_else(none)
}
