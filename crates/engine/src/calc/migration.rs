//! `migration` and `depreciation`.

use marginline_model::investment::{self as model, DepreciationError, LIVES, Migration, MigrationError, NoRate};
use serde_json::json;

use super::Refusal;
use super::answer::{Answer, figure, list, maybe};
use super::field::{Field, Notes};

/// Amounts by month: a list, or one number for all of `months`.
fn by_month(field: &Field, months: &Field) -> Result<Vec<f64>, Refusal> {
    match field.number() {
        Ok(each) => {
            let count = months.whole_number()?;
            if count > 1_200.0 { Err(months.refuse("at most 1200 months")) } else { Ok(vec![each; count as usize]) }
        }
        Err(_) => field.numbers(),
    }
}

/// Value of a migration, month by month.
pub(super) fn migration(input: &Field, notes: &mut Notes) -> Result<Answer, Refusal> {
    input.knows(&["one_off", "saving", "run_cost", "exit", "rate", "months"], notes)?;
    let months = input.get("months");
    let saving = by_month(&input.get("saving"), &months)?;
    let run_cost = by_month(&input.get("run_cost"), &months)?;
    let plan = Migration {
        one_off: input.get("one_off").number()?,
        saving: &saving,
        run_cost: &run_cost,
        exit: input.get("exit").there().map_or(Ok(0.0), Field::number)?,
        yearly_rate: input.get("rate").number()?,
    };
    let found = model::migration(plan).map_err(|error| match error {
        MigrationError::Months(found) => input.get("saving").refuse_as(format!("{found} months"), "1 to 1200 months"),
        MigrationError::Uneven { saving, run_cost } => {
            input.get("run_cost").refuse_as(format!("{run_cost} months"), format!("{saving} months, as saving has"))
        }
        MigrationError::Rate(_) => {
            input.get("rate").refuse("a yearly rate above -1, up to 100, that does not outgrow the months")
        }
        MigrationError::Amount(name) => input.get(name).refuse("amounts up to 10^15 in size"),
    })?;
    let (irr, reason, roots) = match &found.irr {
        Ok(rate) => (Some(*rate), None, vec![*rate]),
        Err(NoRate::NoRoot) => (None, Some("no_root"), vec![]),
        Err(NoRate::SeveralRoots(rates)) => (None, Some("several_roots"), rates.clone()),
    };
    let last = found.months.last().map_or(0.0, |month| month.cumulative);
    if found.payback_months.is_some() && last < 0.0 {
        notes.tell("the money is back for a while and lost again by the end of the plan");
    }
    let months = found.months.iter().map(|month| {
        json!({
            "month": month.month,
            "net": figure(month.net),
            "discounted": figure(month.discounted),
            "cumulative": figure(month.cumulative),
            "cumulative_discounted": figure(month.cumulative_discounted),
        })
    });
    Ok(Answer::of("migration")
        .put_in("currency of the amounts, now", "npv", figure(found.npv))
        .put_in("per year; null with its reason", "irr", maybe(irr))
        .put("irr_reason", reason.into())
        .put_in("per year", "irr_roots", list(roots))
        .put_in("months from now; null is never", "payback", maybe(found.payback_months))
        .put_in("months from now; null is never", "payback_discounted", maybe(found.discounted_payback_months))
        .put_in("currency of the amounts", "months", months.collect()))
}

/// Straight-line depreciation over several lives.
pub(super) fn depreciation(input: &Field, notes: &mut Notes) -> Result<Answer, Refusal> {
    input.knows(&["cost", "salvage", "lives", "revenue_per_year", "other_cost_per_year"], notes)?;
    let salvage = input.get("salvage").there().map_or(Ok(0.0), Field::amount)?;
    let lives = input.get("lives").there().map_or(Ok(LIVES.to_vec()), Field::numbers)?;
    let revenue = input.get("revenue_per_year").there().map(Field::amount).transpose()?;
    let other = input.get("other_cost_per_year").there().map_or(Ok(0.0), Field::amount)?;
    let found = model::depreciation(input.get("cost").amount()?, salvage, &lives).map_err(|error| match error {
        DepreciationError::Cost(_) => input.get("cost").refuse("a cost of 0 or more, up to 10^15"),
        DepreciationError::Salvage { .. } => input.get("salvage").refuse("a number from 0 to the cost"),
        DepreciationError::Life(life) => {
            input.get("lives").refuse_as(format!("a life of {life} years"), "lives of 1 month to 50 years")
        }
    })?;
    let by_life = found.iter().map(|each| {
        json!({
            "life_years": figure(each.life_years),
            "per_year": figure(each.per_year),
            "per_month": figure(each.per_month),
            "book_value": list(each.book_value.iter().copied()),
            "gross_margin": maybe(revenue.and_then(|revenue| each.margin(revenue, other))),
        })
    });
    Ok(Answer::of("depreciation").put_in(
        "currency of cost; gross_margin a share of revenue",
        "by_life",
        by_life.collect(),
    ))
}
