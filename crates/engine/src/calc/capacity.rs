//! `capacity` and `replicas`.

use marginline_model::capacity::{
    CapacityError, Demand, MonthPlan, Packing, Plan, Pool, Predicted, Provision, Resource, Routing, Rules, Service,
    Staircase, Target, Week, even_season, retraining::Retraining,
};
use marginline_model::{Month, Zone};
use serde_json::{Value, json};

use super::Refusal;
use super::answer::{Answer, figure, list, maybe};
use super::field::{Field, Notes};

type Read<T> = Result<T, Refusal>;

/// Most months that are planned.
const MOST_MONTHS: u32 = 240;
/// Most requests that a replica runs at once.
const MOST_SLOTS: u32 = 1_000_000;

/// A refusal of the model's, at the field it names.
pub(super) fn refused(error: CapacityError) -> Refusal {
    match error {
        CapacityError::Figure { field, found, expected } => {
            Refusal { path: field.to_owned(), found, expected: expected.to_owned(), name: None }
        }
        CapacityError::TooMany { load, most } => Refusal {
            path: "$".to_owned(),
            found: format!("a load of {load}"),
            expected: format!("one for at most {most} units"),
            name: Some("too_many"),
        },
        error @ CapacityError::Unobserved { .. } => {
            Refusal { path: "$".to_owned(), found: error.to_string(), expected: "a whole week".to_owned(), name: None }
        }
    }
}

/// A whole number from `least` to `most`.
pub(super) fn count(field: &Field, least: u32, most: u32) -> Read<u32> {
    let number = field.number()?;
    if number.fract() == 0.0 && number >= f64::from(least) && number <= f64::from(most) {
        return Ok(number as u32);
    }
    Err(field.refuse(format!("a whole number from {least} to {most}")))
}

/// A figure, or what stands for it when it is absent.
pub(super) fn or<'a, T>(field: &Field<'a>, default: T, read: impl Fn(&Field<'a>) -> Read<T>) -> Read<T> {
    field.there().map_or(Ok(default), read)
}

fn squared(field: &Field) -> Read<f64> {
    let cv = or(field, 1.0, Field::amount)?;
    if cv <= 1e3 { Ok(cv * cv) } else { Err(field.refuse("a coefficient of variation of at most 1000")) }
}

const SERVICE: [&str; 10] = [
    "service_s",
    "slots",
    "arrival_cv",
    "service_cv",
    "pooled",
    "wait_s",
    "ttft_s",
    "prefill_s",
    "percentile",
    "max_occupancy",
];

/// Seconds from the fastest to the slowest prompt: one number, or two.
fn prefill(field: &Field) -> Read<Option<(f64, f64)>> {
    if field.there().is_none() {
        return Ok(None);
    }
    if let Ok(items) = field.items() {
        let [low, high] = items.as_slice() else { return Err(field.refuse("a number of seconds, or [low, high]")) };
        let (from, to) = (low.amount()?, high.amount()?);
        return if from <= to { Ok(Some((from, to))) } else { Err(high.refuse(format!("at least {from}"))) };
    }
    let seconds = field.amount()?;
    Ok(Some((seconds, seconds)))
}

/// Replicas with slots, and how long a prompt takes.
fn pool(field: &Field) -> Read<(Pool, Option<(f64, f64)>)> {
    let prefill_s = prefill(&field.get("prefill_s"))?;
    let (wait, ttft) = (field.get("wait_s"), field.get("ttft_s"));
    let wait_s = match (wait.there(), ttft.there()) {
        (Some(_), Some(both)) => return Err(both.refuse("nothing, since wait_s is given")),
        (Some(wait), None) => wait.amount()?,
        (None, Some(ttft)) => {
            let target = ttft.amount()?;
            let slow = prefill_s.ok_or_else(|| field.get("prefill_s").refuse("the seconds that a prompt takes"))?.1;
            if slow > target {
                return Err(ttft.refuse(format!("at least the {slow} s that a prompt takes alone")));
            }
            target - slow
        }
        (None, None) => return Err(ttft.refuse("a target: ttft_s with prefill_s, or wait_s")),
    };
    let is_pooled = or(&field.get("pooled"), true, Field::flag)?;
    let service = Service {
        service_s: field.get("service_s").positive()?,
        slots: count(&field.get("slots"), 1, MOST_SLOTS)?,
        arrival_scv: squared(&field.get("arrival_cv"))?,
        service_scv: squared(&field.get("service_cv"))?,
        routing: if is_pooled { Routing::Pooled } else { Routing::Apart },
    };
    let target = Target {
        wait_s,
        percentile: field.get("percentile").share_below_1()?,
        max_occupancy: or(&field.get("max_occupancy"), 1.0, Field::some_share)?,
    };
    Ok((Pool::new(service, target).map_err(refused)?, prefill_s))
}

/// Fewest replicas for a latency target, or what a stated number gives.
pub(super) fn replicas(input: &Field, notes: &mut Notes) -> Read<Answer> {
    let known: Vec<&str> = SERVICE.into_iter().chain(["arrivals_per_s", "replicas"]).collect();
    input.knows(&known, notes)?;
    let arrivals = input.get("arrivals_per_s");
    let rate = arrivals.amount()?;
    let (pool, prefill_s) = pool(input)?;
    let too_many = || arrivals.refuse(format!("a load for at most {} replicas", pool.most_replicas()));
    let needed = |pool: Pool| pool.replicas_needed(rate).ok_or_else(too_many);
    let (replicas, apart) = (needed(pool)?, needed(pool.routed(Routing::Apart))?);
    let stated = input.get("replicas");
    let there = or(&stated, replicas, |field| count(field, 0, pool.most_replicas()))?;
    let predicted: Option<Predicted> =
        if there == 0 { None } else { Some(pool.predict(there, rate).map_err(refused)?) };
    if predicted.is_some_and(|predicted| predicted.mean_wait_s.is_none()) {
        notes.tell("the slots cannot keep up: waiting grows without end");
    }
    let latency = match prefill_s {
        Some(prefill_s) if there > 0 => pool.latency(there, rate, prefill_s).map_err(refused)?,
        _ => None,
    };
    let of = |figure: fn(&Predicted) -> Option<f64>| maybe(predicted.as_ref().and_then(figure));
    Ok(Answer::of("replicas")
        .put("replicas", replicas.into())
        .put_in("replicas, with a queue in front of each", "replicas_without_pooling", apart.into())
        .put_in("replicas that the figures below are for", "replicas_there", there.into())
        .put("servers", (u64::from(there) * u64::from(pool.service().slots)).into())
        .put_in("erlangs", "load", figure(rate * pool.service().service_s))
        .put_in("share of slots busy", "occupancy", of(|it| Some(it.occupancy)))
        .put_in("share of requests", "waiting_probability", of(|it| Some(it.waiting_probability)))
        .put_in("s; null when it grows without end", "wait_mean_s", of(|it| it.mean_wait_s))
        .put_in("s at the percentile", "wait_s", of(|it| it.wait_at_percentile_s))
        .put_in("share of requests within the target", "share_in_time", of(|it| Some(it.share_in_time)))
        .put_in("s at the percentile, one queue", "ttft_low_s", maybe(latency.map(|range| range.low_s)))
        .put_in("s at the percentile, a queue each", "ttft_high_s", maybe(latency.map(|range| range.high_s))))
}

fn week(field: &Field, zone: Zone, start: Month) -> Read<Week> {
    if let Ok(word) = field.text() {
        return match word {
            "even" => Ok(Week::even()),
            "consumer-chat" => {
                // The published hours are UTC; the zone's offset at noon of the first day moves them.
                let (date, hour) = zone.civil(start.first_day(), 12);
                let days = (date - start.first_day()).num_days() as i32;
                Ok(Week::consumer_chat().shifted(days * 24 + hour as i32 - 12))
            }
            _ => Err(field.refuse("\"even\", \"consumer-chat\", or 24 or 168 loads")),
        };
    }
    let loads = field.amounts()?;
    Week::new(&loads).map_err(|error| match error {
        CapacityError::Figure { found, expected, .. } => field.refuse_as(found, expected),
        other => refused(other),
    })
}

fn demand(field: &Field, start: Month, zone: Zone, notes: &mut Notes) -> Read<Demand> {
    field.knows(&["arrivals_per_s", "requests_per_month", "growth_per_month", "season", "week"], notes)?;
    let (rate, requests) = (field.get("arrivals_per_s"), field.get("requests_per_month"));
    let arrivals_per_s = match (rate.there(), requests.there()) {
        (Some(_), Some(both)) => return Err(both.refuse("nothing, since arrivals_per_s is given")),
        (_, Some(requests)) => requests.amount()? / (start.days() as f64 * 86_400.0),
        (_, None) => rate.amount()?,
    };
    let season = match field.get("season").there() {
        None => even_season(),
        Some(season) => {
            let months = season.amounts()?;
            months.try_into().map_err(|_| season.refuse("12 factors, January first"))?
        }
    };
    let demand = Demand {
        start,
        arrivals_per_s,
        growth_per_month: or(&field.get("growth_per_month"), 0.0, Field::number)?,
        season,
        week: week(&field.get("week"), zone, start)?,
        input: None,
        output: None,
    };
    demand.check().map_err(|error| within(field, error))?;
    Ok(demand)
}

/// A refusal of the model's, with its field inside another.
fn within(field: &Field, error: CapacityError) -> Refusal {
    match error {
        CapacityError::Figure { field: name, found, expected } => field.get(name).refuse_as(found, expected),
        other => refused(other),
    }
}

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
fn resource(input: &Field, notes: &mut Notes) -> Read<(Resource, f64, Option<(f64, f64)>)> {
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
