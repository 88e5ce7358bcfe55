//! `effective-savings-rate` and `sustained-use`.

use marginline_model::Money;
use marginline_model::commitment::{self as model, Charge, SUSTAINED_N1, SavingsRow, Status};

use crate::calc::Refusal;
use crate::calc::answer::{Answer, figure, maybe};
use crate::calc::field::{Field, Notes};

/// What commitments save: of two sums, or of FOCUS rows.
pub(in crate::calc) fn effective_savings_rate(input: &Field, notes: &mut Notes) -> Result<Answer, Refusal> {
    input.knows(&["on_demand", "actual", "rows"], notes)?;
    let Some(rows) = input.get("rows").there().cloned() else {
        let (on_demand, actual) = (input.get("on_demand").positive()?, input.get("actual").amount()?);
        return Ok(Answer::of("effective-savings-rate").put_in(
            "share of on demand; below 0 where commitments cost more than they save",
            "esr",
            figure((on_demand - actual) / on_demand),
        ));
    };
    for name in ["on_demand", "actual"] {
        if input.get(name).there().is_some() {
            return Err(input.get(name).refuse("nothing, since rows are given"));
        }
    }
    let mut read = Vec::new();
    for row in rows.some_items()? {
        row.knows(&["charge_category", "status", "effective", "contracted", "list"], notes)?;
        let category = row.get("charge_category").there().map_or(Ok("Usage"), Field::text)?;
        let charge = match category {
            "Usage" => Charge::Usage,
            "Purchase" => Charge::Purchase,
            _ => Charge::Other,
        };
        let status = match row.get("status").there() {
            None => Status::Standard,
            Some(status) => {
                status.choice(&[("Used", Status::Used), ("Unused", Status::Unused), ("Standard", Status::Standard)])?
            }
        };
        let amount = |name: &str| row.get(name).there().map(Field::money).transpose();
        let effective = row.get("effective").money()?;
        read.push(SavingsRow { charge, status, effective, contracted: amount("contracted")?, list: amount("list")? });
    }
    let sums = model::effective_savings_rate(&read);
    // Corrections can be below 0 in a row; what all rows cost together cannot.
    let all = [Some(sums.effective), sums.contracted, sums.list];
    if let Some(below) = all.into_iter().flatten().find(|sum| *sum < Money::ZERO) {
        return Err(rows.refuse_as(format!("rows that add up to {below}"), "rows that add up to costs of 0 or more"));
    }
    if sums.left_out > 0 {
        notes.tell(format!("{} rows that are no usage are left out; a purchase would count twice", sums.left_out));
    }
    for (name, sum) in [("contracted", sums.contracted), ("list", sums.list)] {
        if sum.is_none() {
            notes.tell(format!("a row of usage has no {name} cost, so what it saves against that is unknown"));
        }
    }
    Ok(Answer::of("effective-savings-rate")
        .put_in("share of ContractedCost", "vs_contracted", maybe(sums.vs_contracted()))
        .put_in("share of ListCost", "vs_list", maybe(sums.vs_list()))
        .put_in("USD", "effective", figure(sums.effective.to_f64()))
        .put_in("USD", "contracted", maybe(sums.contracted.map(|sum| sum.to_f64())))
        .put_in("USD", "list", maybe(sums.list.map(|sum| sum.to_f64()))))
}

/// Price of use that runs for a share of a month.
pub(in crate::calc) fn sustained_use(input: &Field, notes: &mut Notes) -> Result<Answer, Refusal> {
    input.knows(&["share_of_month", "bands"], notes)?;
    let share = input.get("share_of_month").share()?;
    let given = input.get("bands");
    let bands = match given.there() {
        None => SUSTAINED_N1.to_vec(),
        Some(bands) => bands
            .some_items()?
            .iter()
            .map(|band| match band.items()?.as_slice() {
                [width, price] => Ok((width.share()?, price.share()?)),
                _ => Err(band.refuse("a list of two: share of the month, share of the price")),
            })
            .collect::<Result<_, _>>()?,
    };
    let price =
        model::sustained_use(share, &bands).ok_or_else(|| given.refuse("bands that add up to a whole month"))?;
    Ok(Answer::of("sustained-use").put_in("share of the base price", "price_share", figure(price)).put_in(
        "share of the base price",
        "discount",
        figure(1.0 - price),
    ))
}
