//! `commitment` and `owned-hardware`: a contract over demand, and hardware of one's own by life.

use marginline_model::Month;
use marginline_model::commitment::{
    self as model, Contract, ContractError, Demand, MonthOfContract, OwnedHardware, Per, Promise, Shortfall, Step,
    Terms, What,
};
use serde_json::{Value, json};

use crate::calc::Refusal;
use crate::calc::answer::{Answer, figure, maybe};
use crate::calc::field::{Field, Notes};

/// Hours of a mean month: 8,760 ÷ 12.
const MEAN_HOURS: f64 = 730.0;

/// What a contract costs by month, and what it brings.
pub(in crate::calc) fn commitment(input: &Field, notes: &mut Notes) -> Result<Answer, Refusal> {
    input.knows(&["start", "months", "promise", "owned", "spot", "above", "on_demand", "demand"], notes)?;
    let contract = contract(input, notes)?;
    let given = input.get("demand");
    given.knows(&["monthly", "hourly", "level"], notes)?;
    let parts = parts(&given, &contract)?;
    let demand: Vec<Demand> = parts.iter().map(Part::demand).collect();
    if (demand.len() as u32) < contract.months() {
        notes.tell(format!("{} of {} months are given; all figures are of those", demand.len(), contract.months()));
    }
    let (months, all) = model::figures(&contract, &demand).map_err(|error| refusal(input, &error))?;
    if months.last().is_some_and(|month| month.made_up > 0.0) {
        notes
            .tell("use that makes up for earlier months costs nothing again; it is in coverage and not in utilisation");
    }
    let shown = months.iter().enumerate().map(|(at, month)| shown(contract.start().plus(at as i32), month));
    Ok(Answer::of("commitment")
        .put_in(
            "USD by FOCUS's BilledCost and EffectiveCost; quantities in the contract's unit",
            "months",
            shown.collect(),
        )
        .put_in("USD at the beginning, inside billed", "prepayment", figure(contract.prepayment()))
        .put_in("USD", "billed", figure(all.billed_usd))
        .put_in("USD", "received", figure(all.received_usd))
        .put_in("USD", "effective", figure(all.effective_usd))
        .put_in("USD", "on_demand", figure(all.on_demand_usd))
        .put_in("share of the demand", "coverage", maybe(all.coverage))
        .put_in("share of what is promised", "utilisation", maybe(all.utilisation))
        .put_in("share of on demand, vs on_demand", "esr", maybe(all.effective_savings_rate))
        .put_in("share of what is promised", "break_even_utilisation", maybe(all.break_even_utilisation)))
}

fn shown(of: Month, month: &MonthOfContract) -> Value {
    json!({
        "month": of.to_string(),
        "billed": figure(month.billed_usd),
        "prepaid": figure(month.prepaid_usd),
        "received": figure(month.received_usd),
        "effective": figure(month.effective_usd),
        "used": figure(month.used_usd),
        "unused": figure(month.unused_usd),
        "shortfall": figure(month.shortfall_usd),
        "above": figure(month.above_usd),
        "demand_quantity": figure(month.demand),
        "promised_quantity": figure(month.promised),
        "taken_quantity": figure(month.taken + month.made_up),
        "above_quantity": figure(month.above),
    })
}

/// A term as a whole number of months.
pub(super) fn months(field: &Field) -> Result<u32, Refusal> {
    let months = field.whole_number()?;
    if months > 600.0 { Err(field.refuse("at most 600 months")) } else { Ok(months as u32) }
}

fn contract(input: &Field, notes: &mut Notes) -> Result<Contract, Refusal> {
    let start = input.get("start");
    let first: Month = start.text()?.parse().map_err(|_| start.refuse("a month such as 2026-10"))?;
    let term = months(&input.get("months"))?;
    let on_demand = input.get("on_demand").amount()?;
    let mut above = input.get("above").there().map(Field::amount).transpose()?;
    let terms = match ["promise", "owned", "spot"].map(|name| input.get(name).there().cloned()) {
        [Some(field), None, None] => Terms::Promise(promise(&field, notes)?),
        [None, Some(field), None] => Terms::Owned(owned(&field, notes)?),
        [None, None, Some(field)] => {
            field.knows(&["usd", "lost_share"], notes)?;
            let lost = field.get("lost_share").there().map_or(Ok(0.0), Field::share)?;
            let contract = Contract::spot((first, term), field.get("usd").amount()?, lost, on_demand);
            return contract.map_err(|error| refusal(input, &error));
        }
        _ => return Err(input.refuse_as("no one of promise, owned and spot", "exactly one of promise, owned and spot")),
    };
    let above = above.take().unwrap_or(on_demand);
    Contract::new(first, term, terms, above, on_demand).map_err(|error| refusal(input, &error))
}

fn promise(field: &Field, notes: &mut Notes) -> Result<Promise, Refusal> {
    let known = ["what", "per", "amount", "steps", "rate", "prepaid_share", "shortfall", "shortfall_share"];
    field.knows(&known, notes)?;
    let what = field.get("what").choice(&[("hours", What::Hours), ("units", What::Units), ("spend", What::Spend)])?;
    let per = field.get("per");
    let per = match per.get("months").there() {
        Some(period) => Per::Months(months(period)?),
        None => per.choice(&[
            ("hour", Per::Hour),
            ("month", Per::Months(1)),
            ("year", Per::Months(12)),
            ("term", Per::Term),
        ])?,
    };
    let steps = match (field.get("amount").there(), field.get("steps").there()) {
        (Some(amount), None) => vec![Step { from_month: 0, amount: amount.amount()? }],
        (None, Some(steps)) => steps
            .some_items()?
            .iter()
            .map(|step| {
                step.knows(&["from_month", "amount"], notes)?;
                let from = step.get("from_month");
                let month = from.amount()?;
                if month.fract() != 0.0 || month >= 600.0 {
                    return Err(from.refuse("a whole number of months, below 600"));
                }
                Ok(Step { from_month: month as u32, amount: step.get("amount").amount()? })
            })
            .collect::<Result<_, _>>()?,
        _ => return Err(field.get("amount").refuse("either an amount or steps")),
    };
    let share = field.get("shortfall_share");
    let shortfall = field.get("shortfall");
    let shortfall = match shortfall.there().map_or(Ok("lost"), Field::text)? {
        "lost" => Shortfall::Lost,
        "make_up" => Shortfall::MakeUp,
        "fee" => Shortfall::Fee(share.there().map_or(Ok(1.0), Field::share)?),
        _ => return Err(shortfall.refuse("one of \"lost\", \"fee\", \"make_up\"")),
    };
    if share.there().is_some() && !matches!(shortfall, Shortfall::Fee(_)) {
        return Err(share.refuse("no share, since shortfall is not \"fee\""));
    }
    let prepaid_share = field.get("prepaid_share").there().map_or(Ok(0.0), Field::share)?;
    Ok(Promise { what, per, steps, rate: field.get("rate").amount()?, prepaid_share, shortfall })
}

const HARDWARE: [&str; 9] = [
    "units",
    "purchase_usd_per_unit",
    "salvage_usd_per_unit",
    "kw_per_unit",
    "idle_power_share",
    "pue",
    "usd_per_kwh",
    "colocation_usd_per_kw_month",
    "upkeep_usd_per_unit_month",
];

fn owned(field: &Field, notes: &mut Notes) -> Result<OwnedHardware, Refusal> {
    field.knows(&HARDWARE, notes)?;
    hardware(field)
}

/// What is left out of colocation, upkeep and salvage is nothing; power when idle is that at work.
fn hardware(field: &Field) -> Result<OwnedHardware, Refusal> {
    let or = |name: &str, absent: f64| field.get(name).there().map_or(Ok(absent), Field::amount);
    let hardware = OwnedHardware {
        units: field.get("units").positive()?,
        purchase_usd_per_unit: field.get("purchase_usd_per_unit").amount()?,
        salvage_usd_per_unit: or("salvage_usd_per_unit", 0.0)?,
        kw_per_unit: field.get("kw_per_unit").amount()?,
        idle_power_share: field.get("idle_power_share").there().map_or(Ok(1.0), Field::share)?,
        pue: field.get("pue").amount()?,
        usd_per_kwh: field.get("usd_per_kwh").amount()?,
        colocation_usd_per_kw_month: or("colocation_usd_per_kw_month", 0.0)?,
        upkeep_usd_per_unit_month: or("upkeep_usd_per_unit_month", 0.0)?,
    };
    hardware.checked().map_err(|error| match error {
        ContractError::Field { field: name, expected, .. } => field.get(name).refuse(expected),
        other => field.refuse(other.to_string()),
    })
}

/// A month of demand as it is given.
enum Part {
    Even(f64),
    Hourly(Vec<f64>),
}

impl Part {
    fn demand(&self) -> Demand<'_> {
        match self {
            Self::Even(quantity) => Demand::Even(*quantity),
            Self::Hourly(levels) => Demand::Hourly(levels),
        }
    }
}

/// `monthly` quantities, `level`s by month, or units in each hour of whole months.
fn parts(field: &Field, contract: &Contract) -> Result<Vec<Part>, Refusal> {
    let term = contract.months() as usize;
    let parts: Vec<Part> = match ["monthly", "level", "hourly"].map(|name| field.get(name).there().cloned()) {
        [Some(monthly), None, None] => monthly.amounts()?.into_iter().map(Part::Even).collect(),
        [None, Some(level), None] => level.amounts()?.into_iter().map(|level| Part::Hourly(vec![level])).collect(),
        [None, None, Some(hourly)] => {
            let levels = hourly.amounts()?;
            let (mut rest, mut parts) = (levels.as_slice(), Vec::new());
            for month in 0..contract.months() {
                let hours = contract.hours(month) as usize;
                if rest.is_empty() {
                    break;
                }
                if rest.len() < hours {
                    let expected = format!("whole months; month {month} has {hours} hours");
                    return Err(hourly.refuse_as(format!("{} hours of it", rest.len()), expected));
                }
                parts.push(Part::Hourly(rest[..hours].to_vec()));
                rest = &rest[hours..];
            }
            if !rest.is_empty() {
                return Err(hourly.refuse(format!("at most the hours of {term} months")));
            }
            parts
        }
        _ => return Err(field.refuse("an object with exactly one of monthly, level and hourly")),
    };
    if parts.len() > term {
        return Err(field.refuse_as(format!("{} months", parts.len()), format!("at most the {term} of the contract")));
    }
    Ok(parts)
}

/// Where an error of the model stands in the input.
fn refusal(input: &Field, error: &ContractError) -> Refusal {
    let promise = input.get("promise");
    match error {
        ContractError::Field { field, expected, .. } => {
            let place = match *field {
                "months" | "above" | "on_demand" | "demand" => input.get(field),
                "price" => input.get("spot").get("usd"),
                "lost_share" => input.get("spot").get("lost_share"),
                field if input.get("owned").there().is_some() => input.get("owned").get(field),
                field => promise.get(field),
            };
            place.refuse(*expected)
        }
        ContractError::Ramp { .. } => promise.get("steps").refuse_as(error.to_string(), "a ramp in order"),
        ContractError::Period { .. } => promise.get("per").refuse_as(error.to_string(), "periods that fill the term"),
        ContractError::Prepaid { .. } => {
            promise.get("prepaid_share").refuse_as(error.to_string(), "at most the shortfall_share")
        }
        ContractError::MakeUpHour => promise.get("shortfall").refuse_as(error.to_string(), "\"lost\" or \"fee\""),
        ContractError::Outside { .. } => input.get("demand").refuse_as(error.to_string(), "months of the contract"),
    }
}

/// What hardware of one's own costs by month and hour, at several lives.
pub(in crate::calc) fn owned_hardware(input: &Field, notes: &mut Notes) -> Result<Answer, Refusal> {
    let known: Vec<&str> = HARDWARE.into_iter().chain(["life_months", "utilisation", "on_demand", "lives"]).collect();
    input.knows(&known, notes)?;
    let hardware = hardware(input)?;
    let life = months(&input.get("life_months"))?;
    let utilisation = input.get("utilisation").share()?;
    let on_demand = input.get("on_demand").there().map(Field::amount).transpose()?;
    let other = input.get("lives").there().map_or(Ok(Vec::new()), Field::some_items)?;
    let other = other.iter().map(months).collect::<Result<Vec<u32>, _>>()?;
    let taken = hardware.units * MEAN_HOURS * utilisation;
    let of = |life: u32| {
        let month = hardware.month(MEAN_HOURS, taken, life);
        let break_even = on_demand.and_then(|usd| hardware.break_even_utilisation(MEAN_HOURS, life, usd));
        (month, hardware.usd_per_hour(MEAN_HOURS, utilisation, life), break_even)
    };
    let by_life = other.iter().map(|life| {
        let (month, per_hour, break_even) = of(*life);
        json!({
            "life_months": life,
            "depreciation_usd_per_month": figure(month.depreciation_usd),
            "usd_per_month": figure(month.depreciation_usd + month.running_usd),
            "usd_per_unit_hour": maybe(per_hour),
            "break_even_utilisation": maybe(break_even),
        })
    });
    let (month, per_hour, break_even) = of(life);
    Ok(Answer::of("owned-hardware")
        .put("depreciation_usd_per_month", figure(month.depreciation_usd))
        .put_in("USD per month: power, colocation, upkeep", "running_usd_per_month", figure(month.running_usd))
        .put("usd_per_month", figure(month.depreciation_usd + month.running_usd))
        .put_in("USD per month for hours at work", "used_usd_per_month", figure(month.used_usd))
        .put_in("USD per month for idle hours", "unused_usd_per_month", figure(month.unused_usd))
        .put_in("USD per unit and hour at work, idle hours included", "usd_per_unit_hour", maybe(per_hour))
        .put_in("share of the hours; null without on_demand", "break_even_utilisation", maybe(break_even))
        .put_in("the same by life, months of 730 hours", "by_life", by_life.collect()))
}
