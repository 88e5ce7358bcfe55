//! `bridge` and `driver-bridge`.

use std::collections::BTreeMap;

use marginline_model::bridge::{
    self as model, BridgeError, DriverMonth, LinePrice, ShapleyError, TokenLine, TreeError,
};
use serde_json::{Value, json};

use super::Refusal;
use super::answer::{Answer, figure};
use super::expression::Expression;
use super::field::{Field, Notes};

/// Most drivers of an expression: there are 2ⁿ states.
const MOST_DRIVERS: usize = 16;
/// Most lines of a month: 2¹⁰ mixtures are priced for each.
const MOST_LINES: usize = 2_000;

/// Effects of drivers on an expression.
pub(super) fn bridge(input: &Field, notes: &mut Notes) -> Result<Answer, Refusal> {
    input.knows(&["from", "to", "expression"], notes)?;
    let (from, to, text) = (input.get("from"), input.get("to"), input.get("expression"));
    let names: Vec<&str> = from.fields()?.into_iter().map(|(name, _)| name).collect();
    if names.is_empty() || names.len() > MOST_DRIVERS {
        return Err(from.refuse_as(format!("{} drivers", names.len()), format!("1 to {MOST_DRIVERS}")));
    }
    for (name, value) in to.fields()? {
        if !names.contains(&name) {
            return Err(value.refuse_as(format!("a driver {name:?}"), "the drivers of `from`"));
        }
    }
    let values = |side: &Field| names.iter().map(|name| side.get(name).number()).collect::<Result<Vec<_>, _>>();
    let (before, after) = (values(&from)?, values(&to)?);
    let expression = Expression::parse(text.text()?, &names).map_err(|expected| text.refuse(expected))?;
    let value = |set: u32| {
        let at = |driver: usize| if set >> driver & 1 == 1 { after[driver] } else { before[driver] };
        expression.value(&at)
    };
    let effects = model::shapley(names.len(), value);
    let all = (1u32 << names.len()) - 1;
    let drivers = names.iter().zip(effects).map(|(name, effect)| json!({ "driver": name, "effect": figure(effect) }));
    Ok(Answer::of("bridge")
        .put_in("unit of the expression; to − from", "drivers", Value::from_iter(drivers))
        .put_in("unit of the expression; to − from", "total", figure(value(all) - value(0)))
        .put_in("unit of the expression", "from", figure(value(0)))
        .put_in("unit of the expression", "to", figure(value(all))))
}

/// Why gross margin moved between two months, by the drivers of the tree.
pub(super) fn driver_bridge(input: &Field, notes: &mut Notes) -> Result<Answer, Refusal> {
    input.knows(&["from", "to", "currency"], notes)?;
    let currency = input.get("currency").there().map_or(Ok("USD"), Field::text)?;
    let from = month(&input.get("from"), currency, notes)?;
    let to = month(&input.get("to"), currency, notes)?;
    let found = model::driver_bridge(&from, &to).map_err(|error| match error {
        BridgeError::Tree(TreeError::Figure { side, place, found, expected }) => {
            let field = place.split('.').fold(input.get(side), |field, key| field.get(key));
            field.refuse_as(found, expected)
        }
        BridgeError::Tree(TreeError::TooLarge) => input.refuse_as("margins beyond 10^15", "smaller figures"),
        BridgeError::Shapley(ShapleyError::NoValue(_) | ShapleyError::TooMany(_)) => {
            input.refuse_as("a month without a cost", "figures that give one")
        }
        BridgeError::OneActual => {
            input.get("to").get("actual_gross_margin").refuse("the actual gross margin of both months, or of none")
        }
    })?;
    let effects = found.effects.iter().map(|effect| {
        let words: Vec<&str> = effect.drivers.iter().map(|driver| driver.word()).collect();
        json!({ "drivers": words, "effect": figure(effect.effect.to_f64()), "sentence": effect.sentence })
    });
    for effect in found.effects.iter().filter(|effect| effect.drivers.len() > 1) {
        let words: Vec<&str> = effect.drivers.iter().map(|driver| driver.word()).collect();
        notes.tell(format!("{} have no price apart and moved as one", words.join(", ")));
    }
    let money = format!("{currency}, whole cents");
    Ok(Answer::of("driver-bridge")
        .put_in(&money, "from", figure(found.from.to_f64()))
        .put_in(&money, "to", figure(found.to.to_f64()))
        .put_in(&format!("{money}; to − from"), "total", figure((found.to - found.from).to_f64()))
        .put_in(&money, "effects", effects.collect())
        .put_in(
            "lines whose prices moved with their placement",
            "placed_elsewhere",
            Value::from(found.placed_elsewhere),
        ))
}

fn month(field: &Field, currency: &str, notes: &mut Notes) -> Result<DriverMonth, Refusal> {
    field.knows(&["requests", "lines", "rates", "other_cost", "revenue", "actual_gross_margin"], notes)?;
    let all = field.get("lines");
    let mut lines = BTreeMap::new();
    for (name, line) in all.fields()? {
        lines.insert(name.to_owned(), token_line(&line, currency, notes)?);
    }
    if lines.len() > MOST_LINES {
        return Err(all.refuse_as(format!("{} lines", lines.len()), format!("at most {MOST_LINES}")));
    }
    let mut rates = BTreeMap::from([(currency.to_owned(), 1.0)]);
    if let Some(given) = field.get("rates").there() {
        for (code, rate) in given.fields()? {
            rates.insert(code.to_owned(), rate.positive()?);
        }
    }
    let revenue = field.get("revenue");
    let (volume, price) = match revenue.there() {
        None => (0.0, 0.0),
        Some(revenue) => {
            revenue.knows(&["volume", "price"], notes)?;
            (revenue.get("volume").amount()?, revenue.get("price").number()?)
        }
    };
    Ok(DriverMonth {
        requests: field.get("requests").amount()?,
        lines,
        rates,
        other_cost: field.get("other_cost").there().map_or(Ok(0.0), Field::number)?,
        revenue_volume: volume,
        revenue_price: price,
        actual_gross_margin: field.get("actual_gross_margin").there().map(Field::number).transpose()?,
    })
}

fn token_line(line: &Field, currency: &str, notes: &mut Notes) -> Result<TokenLine, Refusal> {
    let or = |key: &str, otherwise: f64| line.get(key).there().map_or(Ok(otherwise), Field::amount);
    let is_gpu = line.get("per_gpu_hour").there().is_some();
    let (kind, price) = if is_gpu {
        line.knows(&["tokens", "placement", "currency", "per_gpu_hour", "tokens_per_gpu_hour", "utilisation"], notes)?;
        let price = LinePrice::Gpu {
            per_gpu_hour: line.get("per_gpu_hour").amount()?,
            tokens_per_gpu_hour: line.get("tokens_per_gpu_hour").positive()?,
            utilisation: line.get("utilisation").some_share()?,
        };
        ("gpu", price)
    } else {
        let known =
            ["tokens", "placement", "currency", "list_per_mtok", "cache_read_per_mtok", "cache_hit", "negotiated"];
        line.knows(&known, notes)?;
        let price = LinePrice::Api {
            list_per_mtok: line.get("list_per_mtok").amount()?,
            cache_read_per_mtok: line.get("cache_read_per_mtok").there().map(Field::amount).transpose()?,
            cache_hit: or("cache_hit", 0.0)?,
            negotiated: or("negotiated", 1.0)?,
        };
        ("api", price)
    };
    Ok(TokenLine {
        tokens: line.get("tokens").amount()?,
        placement: line.get("placement").there().map_or(Ok(kind), Field::text)?.to_owned(),
        currency: line.get("currency").there().map_or(Ok(currency), Field::text)?.to_owned(),
        price,
    })
}
