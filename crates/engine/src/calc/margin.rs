//! `gross-margin`.

use marginline_model::Money;
use marginline_model::margin::{self as model, Class, Line, MarginError, Margins, Reading};
use serde_json::{Value, json};

use super::Refusal;
use super::answer::{Answer, figure, maybe, named};
use super::field::{Field, Notes};

const CLASSES: [(&str, Class); 4] = [
    ("cost_of_revenue", Class::CostOfRevenue),
    ("r_and_d", Class::ResearchAndDevelopment),
    ("other", Class::Other),
    ("excluded", Class::Excluded),
];

/// An amount as money: its shortest decimal, exactly.
fn money(field: &Field) -> Result<Money, Refusal> {
    let number = field.number()?;
    let expected = "an amount up to 10^15 in size";
    if number.abs() > 1e15 {
        return Err(field.refuse(expected));
    }
    Money::parse_wide(&format!("{number}")).map_err(|_| field.refuse(expected))
}

/// Gross and contribution margin, with credits and without, disputed lines both ways.
pub(super) fn gross_margin(input: &Field, notes: &mut Notes) -> Result<Answer, Refusal> {
    input.knows(&["revenue", "lines"], notes)?;
    let all = input.get("lines");
    let mut lines = Vec::new();
    for (name, line) in all.fields()? {
        line.knows(&["amount", "class", "varies", "credit", "otherwise"], notes)?;
        lines.push(Line {
            name: name.to_owned(),
            amount: money(&line.get("amount"))?,
            class: line.get("class").choice(&CLASSES)?,
            varies: line.get("varies").flag()?,
            is_credit: line.get("credit").flag()?,
            otherwise: line.get("otherwise").there().map(|field| field.choice(&CLASSES)).transpose()?,
        });
    }
    let found = model::gross_margin(money(&input.get("revenue"))?, &lines).map_err(|error| match error {
        MarginError::TooLarge(name) => all.get(&name).get("amount").refuse("an amount up to 10^15 in size"),
        MarginError::NegativeCredit(name) => {
            all.get(&name).get("amount").refuse("what the credit takes off, 0 or more")
        }
        MarginError::TooMany(count) => all.refuse_as(format!("{count} lines"), "at most 10000 lines"),
    })?;
    let one_flipped = found.one_flipped.iter().map(|(index, one)| (lines[*index].name.clone(), reading(*one)));
    Ok(Answer::of("gross-margin")
        .put_in("currency of the amounts; shares of revenue, null without any", "as_mapped", reading(found.as_mapped))
        .put_in(
            "as as_mapped, every disputed line where `otherwise` puts it",
            "all_flipped",
            reading(found.all_flipped),
        )
        .put_in("as as_mapped, that line alone flipped", "one_flipped", named(one_flipped)))
}

fn reading(reading: Reading) -> Value {
    json!({ "with_credits": margins(reading.with_credits), "without_credits": margins(reading.without_credits) })
}

fn margins(margins: Margins) -> Value {
    json!({
        "revenue": figure(margins.revenue.to_f64()),
        "cost_of_revenue": figure(margins.cost_of_revenue.to_f64()),
        "variable_cost": figure(margins.variable_cost.to_f64()),
        "gross_margin": figure(margins.gross().to_f64()),
        "gross_margin_share": maybe(margins.gross_share()),
        "contribution_margin": figure(margins.contribution().to_f64()),
        "contribution_margin_share": maybe(margins.contribution_share()),
    })
}
