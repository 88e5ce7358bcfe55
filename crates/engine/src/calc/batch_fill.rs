//! `batch-fill` and `spot`.

use marginline_model::capacity::batch_fill::{self as model, Batch};
use marginline_model::capacity::spot::Spot;
use serde_json::{Value, json};

use super::Refusal;
use super::answer::{Answer, figure, list, maybe};
use super::field::{Field, Notes};
use super::replicas::{count, or, refused};

/// Most hours that are filled: a leap year.
const MOST_HOURS: usize = 8_784;
/// Most batches.
const MOST_BATCHES: usize = 1_000;

/// Units that are free in each hour: stated, or capacity less interactive load.
fn free(input: &Field) -> Result<Vec<f64>, Refusal> {
    let (stated, capacity) = (input.get("free"), input.get("capacity"));
    let free = match (stated.there(), capacity.there()) {
        (Some(_), Some(both)) => return Err(both.refuse("nothing, since free is given")),
        (Some(free), None) => free.amounts()?,
        (None, _) => {
            let taken = input.get("interactive").amounts()?;
            let held = match capacity.number() {
                Ok(_) => vec![capacity.amount()?; taken.len()],
                Err(_) => capacity.amounts()?,
            };
            model::free(&held, &taken).map_err(refused)?
        }
    };
    if free.len() > MOST_HOURS {
        return Err(stated.refuse(format!("at most {MOST_HOURS} hours")));
    }
    Ok(free)
}

/// Work that can wait, in idle hours.
pub(super) fn batch_fill(input: &Field, notes: &mut Notes) -> Result<Answer, Refusal> {
    input.knows(&["free", "capacity", "interactive", "batches", "usd_per_unit_hour"], notes)?;
    let free = free(input)?;
    let field = input.get("batches");
    let mut batches = Vec::new();
    for batch in field.some_items()? {
        batch.knows(&["name", "unit_hours", "from_hour", "before_hour"], notes)?;
        let hours = free.len() as u32;
        let from = or(&batch.get("from_hour"), 0, |field| count(field, 0, hours - 1))?;
        let before = or(&batch.get("before_hour"), hours, |field| count(field, from + 1, hours))?;
        let unit_hours = batch.get("unit_hours").amount()?;
        batches.push(Batch { unit_hours, from_hour: from as usize, before_hour: before as usize });
    }
    if batches.len() > MOST_BATCHES {
        return Err(field.refuse(format!("at most {MOST_BATCHES} batches")));
    }
    let price = input.get("usd_per_unit_hour").there().map(Field::amount).transpose()?;
    let filled = model::fill(&free, &batches).map_err(refused)?;
    let unplaced: f64 = filled.unplaced.iter().sum();
    let rows: Vec<Value> = batches
        .iter()
        .zip(&filled.unplaced)
        .map(|(batch, left)| {
            json!({ "placed": figure(batch.unit_hours - left), "unplaced": figure(*left), "fits": *left == 0.0 })
        })
        .collect();
    Ok(Answer::of("batch-fill")
        .put_in("unit hours, in the order given", "batches", rows.into())
        .put("fits", (unplaced == 0.0).into())
        .put_in("units at batch work by hour", "by_hour", list(filled.by_hour))
        .put_in("unit hours", "placed_unit_hours", figure(filled.placed_unit_hours))
        .put_in("unit hours", "unplaced_unit_hours", figure(unplaced))
        .put_in("unit hours", "idle_unit_hours", figure(filled.idle_unit_hours))
        .put_in("USD: the capacity is paid for", "marginal_usd", figure(0.0))
        .put_in(
            "USD for what does not fit; null without a price",
            "unplaced_usd",
            maybe(price.map(|usd| usd * unplaced)),
        ))
}

/// What an interruptible hour is worth.
pub(super) fn spot(input: &Field, notes: &mut Notes) -> Result<Answer, Refusal> {
    let known = [
        "usd_per_unit_hour",
        "on_demand_usd_per_unit_hour",
        "interruptions_per_hour",
        "lost_hours",
        "restart_hours",
        "units",
        "on_demand_floor",
    ];
    input.knows(&known, notes)?;
    let spot = Spot {
        usd_per_unit_hour: input.get("usd_per_unit_hour").amount()?,
        on_demand_usd_per_unit_hour: input.get("on_demand_usd_per_unit_hour").positive()?,
        interruptions_per_hour: input.get("interruptions_per_hour").amount()?,
        lost_hours: input.get("lost_hours").amount()?,
        restart_hours: input.get("restart_hours").amount()?,
    };
    let value = spot.value().map_err(refused)?;
    let floor = or(&input.get("on_demand_floor"), 0.0, Field::share)?;
    let units = input.get("units").there().map(|field| count(field, 0, 1_000_000_000)).transpose()?;
    let fleet = units.map(|units| spot.fleet(units, floor)).transpose().map_err(refused)?;
    let usd_per_hour = fleet.map(|fleet| {
        f64::from(fleet.on_demand_units) * spot.on_demand_usd_per_unit_hour
            + f64::from(fleet.spot_units) * spot.usd_per_unit_hour
    });
    Ok(Answer::of("spot")
        .put_in("share of paid hours", "useful_share", figure(value.useful_share))
        .put_in("USD for a useful hour", "effective_usd_per_unit_hour", figure(value.effective_usd_per_unit_hour))
        .put_in("share of the price on demand; negative when dearer", "saving_share", figure(value.saving_share))
        .put_in(
            "per hour; null when nothing is lost or spot is dearer",
            "break_even_interruptions_per_hour",
            maybe(value.break_even_interruptions_per_hour),
        )
        .put_in("units; null without units", "on_demand_units", fleet.map(|fleet| fleet.on_demand_units).into())
        .put_in(
            "units, those that make up for interruptions included",
            "spot_units",
            fleet.map(|fleet| fleet.spot_units).into(),
        )
        .put("usd_per_hour", maybe(usd_per_hour)))
}
