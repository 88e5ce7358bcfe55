//! `gpu-cost`: a bill for GPUs shared over those who held them.

use marginline_model::Money;
use marginline_model::gpu_cost::{
    self as model, Basis, Bill, Cost, Fraction, GpuCostError, Holding, Key, OverAllocated, Rules, Share, UnitCost,
};
use serde_json::{Value, json};

use super::Refusal;
use super::answer::{Answer, figure, maybe, named};
use super::field::{Field, Notes};

/// A holding and the tokens that it served.
struct Workload<'a> {
    field: Field<'a>,
    holding: Holding,
    tokens: Option<u64>,
}

/// Allocated, used and idle cost by workload, team and model; all of it is the bill.
pub(super) fn gpu_cost(input: &Field, notes: &mut Notes) -> Result<Answer, Refusal> {
    let known = ["gpu_usd", "overhead_usd", "gpu_hours", "workloads", "share_overhead", "share_idle", "over_allocated"];
    input.knows(&[known.as_slice(), &["api_usd_per_mtok", "basis"]].concat(), notes)?;
    let workloads: Vec<Workload> =
        input.get("workloads").items()?.into_iter().map(|field| workload(field, notes)).collect::<Result<_, _>>()?;
    let bill = Bill {
        gpus: money(&input.get("gpu_usd"))?,
        overhead: input.get("overhead_usd").there().map_or(Ok(Money::ZERO), money)?,
        provided_nanos: nanos(&input.get("gpu_hours"))?,
    };
    let rules = Rules {
        overhead: share(&input.get("share_overhead"), &workloads)?,
        unallocated: share(&input.get("share_idle"), &workloads)?,
        over: input.get("over_allocated").there().map_or(Ok(OverAllocated::Refuse), |field| {
            field.choice(&[("refuse", OverAllocated::Refuse), ("scale", OverAllocated::Scale)])
        })?,
    };
    let holdings: Vec<Holding> = workloads.iter().map(|workload| workload.holding.clone()).collect();
    let cost = model::gpu_cost(bill, &holdings, &rules).map_err(|error| refusal(input, &workloads, &error))?;
    if cost.is_scaled {
        notes.tell("more is held than there is: each holding counts for its share of what is held");
    }
    if holdings.iter().any(|holding| holding.used_nanos.is_none()) {
        notes.tell("the use of some workloads is not measured: their cost is neither used nor idle");
    }
    let api = api(input)?;
    let mut shown = Vec::new();
    for (workload, cost) in workloads.iter().zip(&cost.holdings) {
        shown.push(row(workload, cost, api, notes));
    }
    let by = |key: Key| named(cost.by(&holdings, key).into_iter().map(|(name, cost)| (name, parts(&cost))));
    let residual = bill.gpus + bill.overhead - cost.total();
    Ok(Answer::of("gpu-cost")
        .put_in("USD; tokens in USD per million", "workloads", shown.into())
        .put_in("USD", "by_team", by(Key::Team))
        .put_in("USD", "by_model", by(Key::Model))
        .put_in("USD of hours that nobody held, where not shared", "idle_usd", usd(cost.unallocated))
        .put_in("USD, where not shared", "overhead_usd", usd(cost.overhead))
        .put_in("USD: workloads + idle + overhead", "total_usd", usd(cost.total()))
        .put_in("USD: the bill less the total, exact", "residual_usd", usd(residual)))
}

fn usd(amount: Money) -> Value {
    figure(amount.to_f64())
}

fn parts(cost: &Cost) -> Value {
    json!({
        "allocated_usd": usd(cost.allocated()),
        "used_usd": maybe(cost.used.map(Money::to_f64)),
        "idle_usd": maybe(cost.idle.map(Money::to_f64)),
        "unmeasured_usd": usd(cost.unmeasured),
        "overhead_share_usd": usd(cost.overhead),
        "idle_share_usd": usd(cost.unallocated),
        "total_usd": usd(cost.total()),
    })
}

fn row(workload: &Workload, cost: &Cost, api: Option<(Money, Basis)>, notes: &mut Notes) -> Value {
    let holding = &workload.holding;
    let mut row = parts(cost);
    row["name"] = holding.workload.as_str().into();
    for (name, word) in [("team", &holding.team), ("model", &holding.model)] {
        row[name] = if word.is_empty() { Value::Null } else { word.as_str().into() };
    }
    let Some(tokens) = workload.tokens else { return row };
    let unit = UnitCost::of(cost, tokens);
    row["usd_per_mtok_allocation"] = maybe(unit.allocation.map(Money::to_f64));
    row["usd_per_mtok_usage"] = maybe(unit.usage.map(Money::to_f64));
    let Some((price, basis)) = api else { return row };
    let Some(compared) = model::compare_with_api(unit, price, basis) else { return row };
    row["api"] = json!({ "own_usd_per_mtok": usd(compared.own), "difference_usd_per_mtok": usd(compared.difference) });
    if let Some(left_out) = compared.warning {
        row["api"]["idle_left_out_usd_per_mtok"] = maybe(left_out.usd_per_mtok.map(Money::to_f64));
        row["api"]["turns"] = left_out.turns.map_or(Value::Null, Value::from);
        notes.tell(format!(
            "{}: a usage cost leaves out hours that are paid and idle, and an API bills none; compare on the allocation basis",
            workload.field.path()
        ));
    }
    row
}

fn workload<'a>(field: Field<'a>, notes: &mut Notes) -> Result<Workload<'a>, Refusal> {
    let known = ["name", "team", "model", "gpu_hours", "fraction", "utilisation", "used_gpu_hours", "tokens", "weight"];
    field.knows(&known, notes)?;
    let word = |name: &str| field.get(name).there().map_or(Ok(""), Field::text).map(str::to_owned);
    let held_nanos = nanos(&field.get("gpu_hours"))?;
    let (share, hours) = (field.get("utilisation"), field.get("used_gpu_hours"));
    let used_nanos = match (share.there(), hours.there()) {
        (Some(_), Some(hours)) => return Err(hours.refuse("nothing, since utilisation is given")),
        (Some(share), None) => Some((held_nanos as f64 * share.share()?) as u64).map(|used| used.min(held_nanos)),
        (None, hours) => hours.map(nanos).transpose()?,
    };
    let tokens = field.get("tokens").there().map(Field::whole_number).transpose()?.map(|tokens| tokens as u64);
    let holding = Holding {
        workload: field.get("name").text()?.to_owned(),
        team: word("team")?,
        model: word("model")?,
        held_nanos,
        fraction: fraction(&field.get("fraction"))?,
        used_nanos,
    };
    Ok(Workload { field, holding, tokens })
}

/// `[3, 7]`, `{"mig": "3g.40gb", "slices": 7}` or `{"time_slices": 4}`; absent is the whole GPU.
fn fraction(field: &Field) -> Result<Fraction, Refusal> {
    let Some(field) = field.there() else { return Ok(Fraction::WHOLE) };
    let small = |field: &Field| {
        let number = field.whole_number()?;
        if number > 1_000.0 { Err(field.refuse("a whole number from 1 to 1,000")) } else { Ok(number as u32) }
    };
    let found = if let Some(profile) = field.get("mig").there() {
        Fraction::mig(profile.text()?, field.get("slices").there().map_or(Ok(7), small)?)
    } else if let Some(slices) = field.get("time_slices").there() {
        Fraction::time_slice(small(slices)?)
    } else {
        match field.items().ok().as_deref() {
            Some([parts, whole]) => Fraction::new(small(parts)?, small(whole)?),
            _ => return Err(field.refuse("[parts, whole], {\"mig\": …} or {\"time_slices\": …}")),
        }
    };
    found.map_err(|error| field.refuse(error.to_string()))
}

/// GPU hours in whole nanos.
fn nanos(field: &Field) -> Result<u64, Refusal> {
    let hours = money(field)?;
    u64::try_from(hours.attos() / 1_000_000_000).map_err(|_| field.refuse("at most 9,223,372,036 GPU hours"))
}

/// An exact amount of 0 or more.
fn money(field: &Field) -> Result<Money, Refusal> {
    field.amount()?;
    field.money()
}

fn share(field: &Field, workloads: &[Workload]) -> Result<Share, Refusal> {
    let Some(field) = field.there() else { return Ok(Share::Kept) };
    let rules = [("keep", 0u8), ("even", 1), ("allocated", 2), ("used", 3), ("stated", 4)];
    Ok(match field.choice(&rules)? {
        0 => Share::Kept,
        1 => Share::Even,
        2 => Share::ByAllocated,
        3 => Share::ByUsed,
        _ => {
            let weight = |workload: &Workload| nanos(&workload.field.get("weight"));
            Share::Stated(workloads.iter().map(weight).collect::<Result<_, _>>()?)
        }
    })
}

fn api(input: &Field) -> Result<Option<(Money, Basis)>, Refusal> {
    let Some(price) = input.get("api_usd_per_mtok").there().cloned() else { return Ok(None) };
    let basis = input.get("basis").there().map_or(Ok(Basis::Allocation), |field| {
        field.choice(&[("allocation", Basis::Allocation), ("usage", Basis::Usage)])
    })?;
    Ok(Some((money(&price)?, basis)))
}

/// Where an error of the model stands in the input.
fn refusal(input: &Field, workloads: &[Workload], error: &GpuCostError) -> Refusal {
    let at = |index: usize, name: &str| workloads.get(index).map_or_else(|| input.clone(), |w| w.field.get(name));
    let rule = |what: &str| input.get(if what == "idle" { "share_idle" } else { "share_overhead" });
    let text = error.to_string();
    match error {
        GpuCostError::UsedAboveHeld { index } => at(*index, "used_gpu_hours").refuse("at most gpu_hours"),
        GpuCostError::OverAllocated { .. } => input.get("gpu_hours").refuse_as(text, "at least what is held"),
        GpuCostError::UseUnknown { index, .. } => at(*index, "utilisation").refuse_as(text, "a utilisation"),
        GpuCostError::Nobody { what } | GpuCostError::Shares { what, .. } => {
            rule(what).refuse_as(text, "workloads to share with, or \"keep\"")
        }
        GpuCostError::Negative { .. } => input.get("gpu_usd").refuse_as(text, "0 or more"),
        GpuCostError::TooFine => input.get("workloads").refuse_as(text, "fewer digits or fewer hours"),
    }
}
