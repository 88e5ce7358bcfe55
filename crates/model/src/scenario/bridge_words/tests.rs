//! Sentences by hand: what moved, from which value to which, in its unit.

use proptest::prelude::*;

use super::super::tests::{api, inputs};
use super::super::*;
use crate::bridge::Driver;

fn said(from: &Inputs, to: &Inputs, driver: Driver) -> String {
    let bridge = scenario_bridge(from, to).unwrap();
    let found = bridge.effects.iter().find(|each| each.driver == driver);
    let told = found.unwrap_or_else(|| panic!("{driver:?} is among {:?}", bridge.effects)).sentence.clone();
    told.split_once(": gross margin").expect("it tells its effect").0.to_owned()
}

fn gpus() -> Inputs {
    inputs(Serving::OwnGpus(OwnGpus::on_demand(50.0, 2.35)))
}

fn with_gpus(change: impl Fn(&mut OwnGpus)) -> Inputs {
    let mut inputs = gpus();
    if let Serving::OwnGpus(gpus) = &mut inputs.components[0].serving {
        change(gpus);
    }
    inputs
}

#[test]
fn one_input_is_told_with_both_values() {
    let from = inputs(api());
    let moved = |change: &dyn Fn(&mut Inputs)| {
        let mut to = from.clone();
        change(&mut to);
        to
    };
    let told = |driver, change: &dyn Fn(&mut Inputs)| said(&from, &moved(change), driver);
    assert_eq!(
        told(Driver::Requests, &|to| to.demand.requests_per_month = 1_200_000.0),
        "Customers and requests from 1,000,000 to 1,200,000 a month"
    );
    assert_eq!(
        told(Driver::Requests, &|to| to.demand.growth_per_month = 0.06),
        "Customers and requests, growth from 10% to 6% a month"
    );
    assert_eq!(
        told(Driver::RevenueVolume, &|to| to.demand.growth_per_month = 0.06),
        "Revenue volume, growth from 10% to 6% a month"
    );
    assert_eq!(
        told(Driver::TokensPerRequest, &|to| to.demand.tokens.output = 150.0),
        "Tokens per request, output from 100 to 150 tokens"
    );
    assert_eq!(
        told(Driver::ListPrice, &|to| Knob::OutputUsdPerMtok(0).set(to, 15.0).unwrap()),
        "List prices, output from $5 to $15 per M tokens"
    );
    assert_eq!(
        told(Driver::NegotiatedRate, &|to| Knob::PriceLevel(0).set(to, 0.9).unwrap()),
        "Negotiated and commitment rates, price level from 100% to 90% of the list"
    );
    assert_eq!(
        told(Driver::RevenuePrice, &|to| to.revenue.usd_per_request = 0.011),
        "Revenue price from $0.01 to $0.011 a request"
    );
    assert_eq!(
        told(Driver::CacheHit, &|to| Knob::CacheHitShare.set(to, 0.25).unwrap()),
        "Cache hits from 0% to 25% of the prompt"
    );
}

#[test]
fn gpus_are_told_by_what_moved_of_them() {
    let from = gpus();
    let told = |driver, to: &Inputs| said(&from, to, driver);
    assert_eq!(
        told(Driver::GpuRate, &with_gpus(|gpus| gpus.usd_per_gpu_hour = 2.0)),
        "GPU rates from $2.35 to $2.00 a GPU hour"
    );
    assert_eq!(
        told(Driver::GpuUtilisation, &with_gpus(|gpus| gpus.stated_gpus = Some(4))),
        "GPU utilisation, GPUs from as many as needed to 4"
    );
    let held = Committed { gpus: 2, usd_per_gpu_hour: 1.5, from: 0, to: Some(11) };
    let one = with_gpus(|gpus| gpus.committed = vec![held]);
    assert_eq!(
        told(Driver::NegotiatedRate, &one),
        "Negotiated and commitment rates, commitments from none to 2 GPUs at $1.5 an hour"
    );
    let longer = with_gpus(|gpus| gpus.committed = vec![Committed { to: None, ..held }]);
    assert_eq!(
        said(&one, &longer, Driver::NegotiatedRate),
        "Negotiated and commitment rates, committed months from 1\u{2013}12 to 1 on"
    );
    let day = with_gpus(|_| ());
    let mut busy = day.clone();
    busy.components[0].load = Load::of_week(&week_of(&CONSUMER_CHAT_DAY)).unwrap();
    let said = said(&day, &busy, Driver::GpuUtilisation);
    assert!(said.starts_with("GPU utilisation, busiest hour over the mean from 1 to 1.3"), "{said}");
}

#[test]
fn several_inputs_are_named() {
    let from = inputs(api());
    let mut to = from.clone();
    (to.demand.growth_per_month, to.demand.churn_per_month) = (0.05, 0.01);
    assert_eq!(
        said(&from, &to, Driver::Requests),
        "Customers and requests, growth from 10% to 5% a month, churn from 0% to 1% a month"
    );
    to.demand.retry_share = 0.02;
    to.demand.level = 1.2;
    assert_eq!(said(&from, &to, Driver::Requests), "Customers and requests, level, growth, churn and retries moved");
    let mut to = from.clone();
    to.demand.by_month = vec![1e6, 2e6];
    assert_eq!(said(&from, &to, Driver::Requests), "Customers and requests, requests by month moved");
}

#[test]
fn lines_are_told_by_their_name() {
    let line = |usd| OtherLine { usd_per_month: usd, ..OtherLine::named("Databases", Evidence::Assumed) };
    let (mut from, mut to) = (inputs(api()), inputs(api()));
    from.other = vec![line(100.0)];
    to.other = vec![line(250.0)];
    assert_eq!(
        said(&from, &to, Driver::OtherCost),
        "Other cost of revenue, Databases fixed part from $100 to $250 a month"
    );
    let units = UnitPrice {
        requests_per_s_per_unit: 0.2,
        usd_per_unit_month: 50.0,
        spare_units: 0,
        stated_units: Some(3),
        replicas: 0,
    };
    from.other[0].units = Some(units);
    to.other[0] = OtherLine { units: Some(UnitPrice { stated_units: None, ..units }), ..line(100.0) };
    to.other.push(OtherLine { usd_per_month: 1.0, ..OtherLine::named("Gateway", Evidence::Assumed) });
    assert_eq!(
        said(&from, &to, Driver::OtherCost),
        "Other cost of revenue, Databases units from 3 to as many as needed, new Gateway"
    );
}

#[test]
fn a_longer_prompt_of_the_same_composition_moves_no_cache() {
    let mut from = inputs(api());
    from.demand.tokens = TokensPerRequest { input: 700.1, cache_read: 200.3, cache_write: 99.7, output: 100.0 };
    let mut to = from.clone();
    to.demand.tokens = from.demand.tokens.with_prompt(1_234.567);
    let drivers: Vec<Driver> = scenario_bridge(&from, &to).unwrap().effects.iter().map(|each| each.driver).collect();
    assert_eq!(drivers, [Driver::TokensPerRequest]);
}

#[test]
fn another_name_moves_nothing() {
    let from = inputs(api());
    let mut to = from.clone();
    to.components[0].label = "renamed".into();
    assert!(scenario_bridge(&from, &to).unwrap().effects.is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Whatever number moves, the sentence of every driver names it or tells both its values.
    #[test]
    fn every_sentence_says_what_moved(
        requests in 1e5..5e6f64, growth in -0.1..0.2f64, output in 1.0..900.0f64, price in 0.1..20.0f64, level in 0.5..1.5f64,
        rate in 5.0..500.0f64, usd in 0.5..5.0f64, stated in prop::option::of(0..60u32), fixed in 0.0..1e4f64, kind in any::<bool>(),
    ) {
        let (from, mut to) = if kind { (inputs(api()), inputs(api())) } else { (gpus(), gpus()) };
        to.demand.requests_per_month = requests;
        to.demand.growth_per_month = growth;
        to.demand.tokens.output = output;
        to.revenue.level = level;
        to.other = vec![OtherLine { usd_per_month: fixed, ..OtherLine::named("fees", Evidence::Assumed) }];
        match &mut to.components[0].serving {
            Serving::Api(api) => (api.prices.input_usd_per_mtok, api.price_level) = (price, level),
            Serving::OwnGpus(gpus) => {
                (gpus.output_tokens_per_s_per_gpu, gpus.usd_per_gpu_hour, gpus.stated_gpus) = (rate, usd, stated);
            }
        }
        for each in scenario_bridge(&from, &to).unwrap().effects {
            let told = &each.sentence;
            let says = [" from ", " moved", " new "].iter().any(|word| told.contains(word));
            prop_assert!(says && told.starts_with(each.driver.label()), "{told}");
            prop_assert!(told.matches(": gross margin").count() == 1 && !told.contains("NaN"), "{told}");
        }
    }
}
