//! `capacity`: needed and provided by month and hour of the week.

mod demand;

use marginline_model::capacity::{
    MonthPlan, Packing, Plan, Provision, Resource, Rules, Staircase, retraining::Retraining,
};
use marginline_model::{Month, Zone};
use serde_json::{Value, json};

use super::Refusal;
use super::answer::{Answer, figure, list, maybe};
use super::field::{Field, Notes};
use super::replicas::{Prefill, SERVICE, count, or, pool, refused, within};
use demand::demand;

type Read<T> = Result<T, Refusal>;

/// Most months that are planned.
const MOST_MONTHS: u32 = 240;

fn runs(field: &Field, notes: &mut Notes) -> Read<Vec<Retraining>> {
    let Some(field) = field.there() else { return Ok(Vec::new()) };
    let mut runs = Vec::new();
    for run in field.items()? {
        run.knows(&["unit_hours", "from_hour", "hours", "months"], notes)?;
        let mut months = [run.get("months").there().is_none(); 12];
        if let Some(stated) = run.get("months").there() {
            for month in stated.some_items()? {
                months[count(&month, 1, 12)? as usize - 1] = true;
            }
        }
        let (from, hours) = (count(&run.get("from_hour"), 0, 167)?, count(&run.get("hours"), 1, 168)?);
        let size = run.get("unit_hours").amount()?;
        let run = Retraining::of_size(size, from as usize, hours as usize, months).map_err(|error| within(&run, error));
        runs.push(run?);
    }
    Ok(runs)
}

fn provision(field: &Field) -> Read<Provision> {
    let units = |key: &str, least| or(&field.get(key), least, |field| count(field, 0, u32::MAX / 2));
    match or(&field.get("provision"), 0, |field| field.choice(&[("peak", 0), ("hourly", 1), ("stated", 2)]))? {
        1 => {
            let lag = field.get("lag_min");
            let lag_min = or(&lag, 0.0, Field::amount)?;
            if lag_min > 1_440.0 {
                return Err(lag.refuse("at most a day of minutes"));
            }
            Ok(Provision::Hourly { lag_min, min_units: units("min_units", 0)? })
        }
        2 => Ok(Provision::Stated(count(&field.get("units"), 0, u32::MAX / 2)?)),
        _ => Ok(Provision::Peak),
    }
}

/// What carries the load, load per arrival, and how long a prompt takes.
fn resource(input: &Field, notes: &mut Notes) -> Read<(Resource, f64, Prefill)> {
    let (service, per_unit) = (input.get("service"), input.get("per_unit"));
    match (service.there(), per_unit.there()) {
        (Some(_), Some(both)) => Err(both.refuse("nothing, since service is given")),
        (None, Some(unit)) => {
            unit.knows(&["capacity", "load_per_arrival", "max_occupancy"], notes)?;
            let share = or(&unit.get("max_occupancy"), 1.0, Field::some_share)?;
            let resource = Resource::per_unit(unit.get("capacity").positive()?, share)
                .map_err(|_| unit.get("capacity").refuse("a capacity that is a number in earnest"))?;
            Ok((resource, or(&unit.get("load_per_arrival"), 1.0, Field::positive)?, None))
        }
        _ => {
            service.knows(&SERVICE, notes)?;
            let (pool, prefill_s) = pool(&service)?;
            Ok((Resource::Pool(pool), 1.0, prefill_s))
        }
    }
}

fn start(field: &Field) -> Read<Month> {
    field.text()?.parse().map_err(|_| field.refuse("a month such as \"2026-11\""))
}

/// Needed and provided by month and hour of the week.
pub(super) fn capacity(input: &Field, notes: &mut Notes) -> Read<Answer> {
    input.knows(&["start", "months", "zone", "demand", "service", "per_unit", "rules", "retraining"], notes)?;
    let start = start(&input.get("start"))?;
    let months = or(&input.get("months"), 12, |field| count(field, 1, MOST_MONTHS))?;
    let zone = or(&input.get("zone"), Zone::UTC, |field| {
        field.text()?.parse().map_err(|_| field.refuse("a time zone such as \"Europe/Berlin\""))
    })?;
    let demand = demand(&input.get("demand"), start, zone, notes)?;
    let (resource, load_per_arrival, prefill_s) = resource(input, notes)?;
    let rules = input.get("rules");
    if let Some(rules) = rules.there() {
        let known =
            ["spare_units", "regions", "provision", "units", "lag_min", "min_units", "gpus_per_unit", "gpus_per_node"];
        rules.knows(&known, notes)?;
    }
    let spares = or(&rules.get("spare_units"), 0, |field| count(field, 0, 1_000_000))?;
    let regions = or(&rules.get("regions"), 1, |field| count(field, 1, 1_000))?;
    let group = or(&rules.get("gpus_per_unit"), 1, |field| count(field, 1, 100_000))?;
    let packing = Packing::new(group, or(&rules.get("gpus_per_node"), 1, |field| count(field, 1, 100_000))?);
    let runs = runs(&input.get("retraining"), notes)?;
    let highest = (0..months).map(|index| demand.peak_arrivals_per_s(index) * load_per_arrival).fold(0.0, f64::max);
    let stairs = Staircase::up_to(resource, highest).map_err(refused)?;
    let plan = Plan {
        demand: &demand,
        stairs: &stairs,
        load_per_arrival,
        rules: Rules::new(spares, regions).map_err(refused)?,
        provision: provision(&rules)?,
        retraining: &runs,
        prefill_s,
        zone,
    };
    let (plans, short) = plan.run(months).map_err(refused)?;
    let packing = packing.map_err(refused)?;
    let rows: Vec<Value> = plans.iter().map(|month| told(month, packing)).collect();
    Ok(Answer::of("capacity")
        .put_in("units over all regions; loads in the resource's unit per second", "months", rows.into())
        .put_in("168 hours of the first month from Monday 00:00 of the zone", "week", hours(&plan, &plans[0]))
        .put_in(
            "first month with fewer units than the rules ask for; null when none is",
            "first_month_short",
            short.map_or(Value::Null, |month| month.to_string().into()),
        )
        .put_in("ratio", "peak_to_mean", figure(demand.week.peak_to_mean()))
        .put_in("hour of the week", "peak_hour", demand.week.peak_hour().into()))
}

fn hours(plan: &Plan, month: &MonthPlan) -> Value {
    json!({
        "load": list((0..168).map(|hour| plan.load(0, hour))),
        "needed": month.needed,
        "by_rules": month.by_rules,
        "provided": month.provided,
    })
}

fn told(month: &MonthPlan, packing: Packing) -> Value {
    let most = |units: &[u32]| units.iter().copied().max().unwrap_or(0);
    let packed = packing.of(most(&month.provided));
    json!({
        "month": month.month.to_string(),
        "mean_load": figure(month.mean_load),
        "peak_load": figure(month.peak_load),
        "needed": most(&month.needed),
        "by_rules": most(&month.by_rules),
        "provided": most(&month.provided),
        "gpus": packed.gpus,
        "nodes": packed.nodes,
        "unit_hours": figure(month.unit_hours),
        "training_unit_hours": figure(month.training_unit_hours),
        "utilisation": maybe(month.utilisation),
        "headroom": maybe(month.headroom),
        "hours_short": month.hours_short,
        "hours_overloaded": month.hours_overloaded,
        "ttft_low_s": maybe(month.latency.map(|range| range.low_s)),
        "ttft_high_s": maybe(month.latency.map(|range| range.high_s)),
    })
}
