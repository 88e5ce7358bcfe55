//! `pvm`.

use std::collections::{BTreeMap, BTreeSet};

use marginline_model::Money;
use marginline_model::exact::divide_half_even;
use marginline_model::variance::{self as model, CentParts, ExactSold, Parts, Sold};
use serde_json::{Value, json};

use super::Refusal;
use super::answer::{Answer, figure, named};
use super::field::{Field, Notes};

/// Price, volume and mix of lines.
pub(super) fn pvm(input: &Field, notes: &mut Notes) -> Result<Answer, Refusal> {
    input.knows(&["budget", "actual"], notes)?;
    let budget = sold(&input.get("budget"), notes)?;
    let actual = sold(&input.get("actual"), notes)?;
    let names: BTreeSet<&str> = budget.keys().chain(actual.keys()).copied().collect();
    let lines: Vec<_> = names.iter().map(|name| (budget.get(name).copied(), actual.get(name).copied())).collect();
    let parts = model::price_volume_mix(&lines);
    let cents = in_cents(&names, &lines, notes);
    let shown = names.iter().zip(&lines).zip(&parts).map(|((name, line), parts)| {
        let shown = match line {
            (Some(_), Some(_)) => json!({
                "price": figure(parts.price),
                "volume": figure(parts.volume),
                "mix": figure(parts.mix),
                "total": figure(parts.total()),
            }),
            (None, _) => json!({ "new": figure(parts.new), "total": figure(parts.total()) }),
            (_, None) => json!({ "ended": figure(parts.ended), "total": figure(parts.total()) }),
        };
        (*name, shown)
    });
    let shown = named(shown);
    let all = parts.into_iter().fold(Parts::default(), Parts::plus);
    let total = json!({
        "price": figure(all.price),
        "volume": figure(all.volume),
        "mix": figure(all.mix),
        "new": figure(all.new),
        "ended": figure(all.ended),
        "total": figure(all.total()),
    });
    let money = "money of the prices; actual − budget";
    Ok(Answer::of("pvm").put_in(money, "lines", shown).put_in(money, "total", total).put_in(
        "the same in whole cents, which add up; null where a figure is too large",
        "cents",
        cents,
    ))
}

/// The parts in whole cents; null, told, where figures are too large for them.
fn in_cents(names: &BTreeSet<&str>, lines: &[(Option<Sold>, Option<Sold>)], notes: &mut Notes) -> Value {
    let exact = |sold: Sold| {
        let quantity = Money::parse_wide(&format!("{}", sold.quantity)).ok()?;
        let price = Money::parse_wide(&format!("{}", sold.price)).ok()?;
        // Quantities are counted to the billionth.
        let quantity_nanos = divide_half_even(quantity.attos(), 1_000_000_000);
        Some(ExactSold { quantity_nanos, price })
    };
    let side = |sold: Option<Sold>| sold.map_or(Some(None), |sold| exact(sold).map(Some));
    let exact: Option<Vec<_>> = lines.iter().map(|(budget, actual)| Some((side(*budget)?, side(*actual)?))).collect();
    let Some(parts) = exact.and_then(|lines| model::price_volume_mix_cents(&lines).ok()) else {
        notes.tell("figures are too large to be told in cents");
        return Value::Null;
    };
    let shown = |parts: CentParts| {
        json!({
            "price": figure(parts.price.to_f64()),
            "volume": figure(parts.volume.to_f64()),
            "mix": figure(parts.mix.to_f64()),
            "new": figure(parts.new.to_f64()),
            "ended": figure(parts.ended.to_f64()),
            "total": figure(parts.total().to_f64()),
        })
    };
    let total = parts.iter().map(|parts| parts.total()).sum::<Money>();
    let by_line = names.iter().zip(&parts).map(|(name, parts)| (*name, shown(*parts)));
    json!({ "lines": named(by_line), "total": figure(total.to_f64()) })
}

fn sold<'a>(field: &Field<'a>, notes: &mut Notes) -> Result<BTreeMap<&'a str, Sold>, Refusal> {
    let mut lines = BTreeMap::new();
    for (name, line) in field.fields()? {
        line.knows(&["qty", "price"], notes)?;
        lines.insert(name, Sold { quantity: line.get("qty").amount()?, price: line.get("price").number()? });
    }
    Ok(lines)
}
