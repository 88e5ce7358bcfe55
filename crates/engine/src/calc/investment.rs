//! `npv`, `irr` and `payback`.

use marginline_model::investment::{self as model, FirstFlow};

use super::Refusal;
use super::answer::{Answer, figure, maybe};
use super::field::{Field, Notes};

/// Most flows: a century of months.
const MOST: usize = 1_200;

fn flows(input: &Field) -> Result<Vec<f64>, Refusal> {
    let flows = input.get("flows");
    let numbers = flows.numbers()?;
    if numbers.len() > MOST { Err(flows.refuse(format!("at most {MOST} flows"))) } else { Ok(numbers) }
}

fn first_flow(input: &Field) -> Result<(FirstFlow, &'static str), Refusal> {
    let words = [("now", (FirstFlow::Now, "now")), ("end_of_period", (FirstFlow::EndOfPeriod, "end_of_period"))];
    input.get("first_flow").there().map_or(Ok(words[0].1), |field| field.choice(&words))
}

fn rate(field: &Field) -> Result<f64, Refusal> {
    let rate = field.number()?;
    if rate > -1.0 { Ok(rate) } else { Err(field.refuse("a rate per period above -1")) }
}

/// Net present value.
pub(super) fn npv(input: &Field, notes: &mut Notes) -> Result<Answer, Refusal> {
    input.knows(&["rate", "flows", "first_flow"], notes)?;
    let (first, word) = first_flow(input)?;
    let value = model::npv(rate(&input.get("rate"))?, &flows(input)?, first);
    Ok(Answer::of("npv").put_in("currency of the flows", "npv", figure(value)).put("first_flow", word.into()))
}

/// The rate at which the value is zero.
pub(super) fn irr(input: &Field, notes: &mut Notes) -> Result<Answer, Refusal> {
    input.knows(&["flows", "first_flow"], notes)?;
    let flows = flows(input)?;
    // Discounting all flows once more moves no zero.
    first_flow(input)?;
    let field = input.get("flows");
    let rates = model::internal_rates(&flows);
    match rates.as_slice() {
        [rate] => Ok(Answer::of("irr").put_in("per period", "irr", figure(*rate))),
        [] => Err(Refusal {
            name: Some("no_root"),
            ..field.refuse_as("no rate at which their value is zero", "flows that are paid and earned")
        }),
        several => {
            let all: Vec<String> = several.iter().map(|rate| format!("{rate:.6}")).collect();
            Err(Refusal {
                name: Some("several_roots"),
                ..field.refuse_as(
                    format!("{} rates at which their value is zero: {}", several.len(), all.join(", ")),
                    "flows that change their sign once; ask npv at the rates in question",
                )
            })
        }
    }
}

/// When the money is back.
pub(super) fn payback(input: &Field, notes: &mut Notes) -> Result<Answer, Refusal> {
    input.knows(&["rate", "flows", "first_flow"], notes)?;
    let (first, word) = first_flow(input)?;
    let rate = input.get("rate").there().map_or(Ok(0.0), rate)?;
    let periods = model::payback(rate, &flows(input)?, first);
    Ok(Answer::of("payback")
        .put_in("periods from now; null is never", "payback", maybe(periods))
        .put("first_flow", word.into()))
}
