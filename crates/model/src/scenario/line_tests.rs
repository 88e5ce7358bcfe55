//! Parts of further lines, currencies, levels and shares, by figures that can be checked by hand.

use super::tests::{api, inputs};
use super::*;
use crate::Currency;

fn lined(line: OtherLine) -> Inputs {
    let mut inputs = inputs(api());
    inputs.demand.growth_per_month = 0.0;
    inputs.months = 4;
    inputs.other = vec![line];
    inputs.check().unwrap();
    inputs
}

fn paid(inputs: &Inputs) -> Vec<f64> {
    run(inputs).iter().map(|month| month.lines[1].usd).collect()
}

fn near(found: &[f64], expected: &[f64]) {
    let is_near = found.iter().zip(expected).all(|(a, b)| (a - b).abs() <= 1e-9 * b.abs().max(1.0));
    assert!(is_near && found.len() == expected.len(), "{found:?}, expected {expected:?}");
}

fn of(parts: Vec<Part>) -> OtherLine {
    OtherLine { parts, ..OtherLine::named("line", Evidence::Assumed) }
}

#[test]
fn parts_grow_by_what_they_are_of() {
    // A million requests a month; November to February have 720, 744, 744 and 672 hours.
    near(&paid(&lined(of(vec![Part::new(Per::Due { every: 2 }, 3.0, 100.0)]))), &[300.0, 0.0, 300.0, 0.0]);
    near(&paid(&lined(of(vec![Part::new(Per::Hour, 2.0, 0.5)]))), &[720.0, 744.0, 744.0, 672.0]);
    let sent = Part { free: 400.0, ..Part::new(Per::Request, 0.001, 0.1) };
    near(&paid(&lined(of(vec![sent]))), &[60.0; 4]);
    let kept = |keep| Part::new(Per::Stored { keep }, 0.001, 0.02);
    near(&paid(&lined(of(vec![kept(None)]))), &[20.0, 40.0, 60.0, 80.0]);
    near(&paid(&lined(of(vec![kept(Some(2))]))), &[20.0, 40.0, 40.0, 40.0]);
    // 10,000 USD a month: 876 of 8,760 hours down are a tenth of it, and so is an availability of 0.9.
    near(&paid(&lined(of(vec![Part::new(Per::HoursDown, 876.0, 0.5)]))), &[500.0; 4]);
    near(&paid(&lined(of(vec![Part::new(Per::Availability, 0.9, 1.0)]))), &[1_000.0; 4]);
}

#[test]
fn copies_and_rates_multiply_prices_and_not_shares_of_revenue() {
    let euro = Currency::parse("EUR").unwrap();
    let mut inputs = inputs(api());
    inputs.demand.growth_per_month = 0.0;
    inputs.months = 1;
    inputs.other = vec![OtherLine {
        usd_per_month: 100.0,
        revenue_share: 0.01,
        copies: 2,
        currency: Some(euro),
        ..OtherLine::named("line", Evidence::Assumed)
    }];
    let error = inputs.check().unwrap_err();
    assert_eq!(error.to_string(), "cost[0].currency is EUR, expected a currency of exchange_rates");
    inputs.exchange = vec![ExchangeRate { currency: euro, usd_per_unit: 1.1, by_month: vec![] }];
    near(&paid(&inputs), &[2.0 * 110.0 + 100.0]);
    inputs.exchange.push(inputs.exchange[0].clone());
    assert!(inputs.check().unwrap_err().to_string().contains("stated twice"));
}

#[test]
fn a_rate_of_exchange_is_a_driver_of_its_own() {
    let euro = Currency::parse("EUR").unwrap();
    let line =
        |usd| OtherLine { usd_per_month: usd, currency: Some(euro), ..OtherLine::named("line", Evidence::Assumed) };
    let mut from = inputs(api());
    from.months = 1;
    from.other = vec![line(1_000.0)];
    from.exchange = vec![ExchangeRate { currency: euro, usd_per_unit: 1.0, by_month: vec![] }];
    let mut to = from.clone();
    to.exchange[0].usd_per_unit = 1.2;
    let drivers = |from: &Inputs, to: &Inputs| -> Vec<(&'static str, String)> {
        let effects = scenario_bridge(from, to).unwrap().effects;
        effects.iter().map(|effect| (effect.driver.word(), effect.effect.to_string())).collect()
    };
    assert_eq!(drivers(&from, &to), [("exchange_rates", "-200".into())]);
    // A contract takes a tenth off the API's 1,500 USD.
    let mut cheaper = from.clone();
    if let Serving::Api(api) = &mut cheaper.components[0].serving {
        api.price_level = 0.9;
    }
    assert_eq!(drivers(&from, &cheaper), [("negotiated_rate", "150".into())]);
    // A line of a new currency brings its rate.
    let mut none = from.clone();
    (none.other, none.exchange) = (vec![], vec![]);
    assert_eq!(drivers(&none, &to), [("other_cost", "-1200".into())]);
}

#[test]
fn the_rest_gives_way_and_then_the_others() {
    let mut three = inputs(api());
    three.components[0].share = 0.5;
    let more = |label: &str, share: f64, takes_rest| Component {
        share,
        takes_rest,
        ..Component::whole(label, Evidence::Assumed, Load::even(), api())
    };
    three.components.extend([more("b", 0.2, false), more("rest", 0.3, true)]);
    let shares = |inputs: &Inputs| -> Vec<f64> { inputs.components.iter().map(|each| each.share).collect() };
    let mut set = three.clone();
    Knob::Share(0).set(&mut set, 0.25).unwrap();
    near(&shares(&set), &[0.25, 0.2, 0.55]);
    Knob::Share(0).set(&mut set, 0.9).unwrap();
    near(&shares(&set), &[0.9, 0.1, 0.0]);
    set.check().unwrap();
    let mut set = three.clone();
    Knob::Share(2).set(&mut set, 0.65).unwrap();
    near(&shares(&set), &[0.25, 0.1, 0.65]);
}

#[test]
fn tokens_are_made_of_what_was_stated_in_any_order() {
    let made = Composition {
        input: Some(600.0),
        cache_read: 200.0,
        cache_write: 200.0,
        output: 50.0,
        ..Composition::default()
    };
    assert_eq!(made.tokens().prompt(), 1_000.0);
    let mut one = inputs(api());
    (one.demand.tokens, one.demand.composition) = (made.tokens(), Some(made));
    let mut other = one.clone();
    Knob::PromptTokens.set(&mut one, 2_000.0).unwrap();
    Knob::CacheHitShare.set(&mut one, 0.5).unwrap();
    Knob::CacheHitShare.set(&mut other, 0.5).unwrap();
    Knob::PromptTokens.set(&mut other, 2_000.0).unwrap();
    assert_eq!(one.demand, other.demand);
    // Half is read; of the rest 600 of 800 are input and 200 written.
    near(
        &[one.demand.tokens.input, one.demand.tokens.cache_read, one.demand.tokens.cache_write],
        &[750.0, 1_000.0, 250.0],
    );
    let rest = Composition { prompt: Some(1_000.0), cache_read: 300.0, ..Composition::default() }.tokens();
    assert_eq!((rest.input, rest.cache_read), (700.0, 300.0), "what the cache leaves of the prompt");
}
