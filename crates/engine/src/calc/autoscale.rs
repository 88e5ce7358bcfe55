//! `autoscale` and `hpa`.

use marginline_model::capacity::autoscale::{self as model, Autoscaler, Lag};

use super::Refusal;
use super::answer::{Answer, figure, list, maybe};
use super::field::{Field, Notes};
use super::replicas::{count, or, refused};

/// Most units of either rule.
const MOST: u32 = 1_000_000_000;

/// What a horizontal autoscaler wishes for.
pub(super) fn hpa(input: &Field, notes: &mut Notes) -> Result<Answer, Refusal> {
    input.knows(&["replicas", "metric", "target", "tolerance", "min_replicas", "max_replicas"], notes)?;
    let replicas = count(&input.get("replicas"), 1, MOST)?;
    let metric = input.get("metric").amount()?;
    let target = input.get("target").positive()?;
    let tolerance = or(&input.get("tolerance"), model::TOLERANCE, Field::amount)?;
    let least = or(&input.get("min_replicas"), 0, |field| count(field, 0, MOST))?;
    let most = or(&input.get("max_replicas"), u32::MAX, |field| count(field, least, MOST))?;
    let wish = model::hpa(replicas, metric, target, tolerance).map_err(refused)?;
    let wanted = wish.replicas.clamp(least, most);
    if wanted != wish.replicas {
        notes.tell(format!("the rule asks for {}; min_replicas and max_replicas hold it", wish.replicas));
    }
    Ok(Answer::of("hpa").put("replicas", wanted.into()).put_in("metric ÷ target", "ratio", figure(wish.ratio)).put_in(
        "false: the ratio is within the tolerance of 1",
        "acts",
        wish.acts.into(),
    ))
}

/// Capacity that follows the load, beside a fixed number for the peak.
pub(super) fn autoscale(input: &Field, notes: &mut Notes) -> Result<Answer, Refusal> {
    let known = [
        "load",
        "per_unit",
        "target_utilisation",
        "tolerance",
        "detect_min",
        "provision_min",
        "image_min",
        "weights_min",
        "warm_up_min",
        "scale_down_min",
        "min_units",
        "max_units",
        "usd_per_unit_hour",
    ];
    input.knows(&known, notes)?;
    let load = input.get("load").amounts()?;
    let minutes = |key: &str| or(&input.get(key), 0.0, Field::amount);
    let min_units = or(&input.get("min_units"), 1, |field| count(field, 1, MOST))?;
    let scaler = Autoscaler {
        per_unit: input.get("per_unit").positive()?,
        target_utilisation: or(&input.get("target_utilisation"), 1.0, Field::some_share)?,
        tolerance: or(&input.get("tolerance"), model::TOLERANCE, Field::amount)?,
        lag: Lag {
            detect_min: minutes("detect_min")?,
            provision_min: minutes("provision_min")?,
            image_min: minutes("image_min")?,
            weights_min: minutes("weights_min")?,
            warm_up_min: minutes("warm_up_min")?,
        },
        scale_down_min: or(&input.get("scale_down_min"), model::SCALE_DOWN_MIN, Field::amount)?,
        min_units,
        max_units: or(&input.get("max_units"), u32::MAX, |field| count(field, min_units, MOST))?,
    };
    let price = input.get("usd_per_unit_hour").there().map(Field::amount).transpose()?;
    let run = scaler.run(&load).map_err(refused)?;
    if run.short_minutes > 0 {
        notes.tell(format!(
            "in {} minutes the units that were ready did not carry the load: hold {} of load free, or start earlier",
            run.short_minutes, run.lag_headroom
        ));
    }
    let saved = run.fixed_unit_hours - run.unit_hours;
    Ok(Answer::of("autoscale")
        .put_in("unit hours, from the moment a unit is asked for", "unit_hours", figure(run.unit_hours))
        .put_in("unit hours", "unit_hours_fixed_peak", figure(run.fixed_unit_hours))
        .put_in("units", "fixed_peak_units", run.fixed_units.into())
        .put_in("share of unit_hours_fixed_peak", "saving_share", figure(saved / run.fixed_unit_hours))
        .put_in("mean units by hour", "by_hour", list(run.by_hour))
        .put_in("units", "lowest_units", run.lowest_units.into())
        .put_in("units", "highest_units", run.highest_units.into())
        .put_in("minutes", "short_minutes", run.short_minutes.into())
        .put_in("load without a unit in the worst minute", "worst_shortage", figure(run.worst_shortage))
        .put_in("minutes", "lag_min", figure(scaler.lag.minutes().map_err(refused)?))
        .put_in("load that must be free", "lag_headroom", figure(run.lag_headroom))
        .put_in("USD; null without a price", "cost", maybe(price.map(|usd| usd * run.unit_hours)))
        .put_in("USD; null without a price", "cost_fixed_peak", maybe(price.map(|usd| usd * run.fixed_unit_hours))))
}
