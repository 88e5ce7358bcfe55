//! Stories that can be checked by hand.

use super::*;

/// A million requests of 1,000 input and 100 output tokens at a cent each, growing by 10 %.
pub fn inputs(serving: Serving) -> Inputs {
    Inputs {
        start: "2026-11".parse().unwrap(),
        months: 24,
        demand: Demand::growing(
            1_000_000.0,
            0.10,
            TokensPerRequest { input: 1_000.0, output: 100.0, ..TokensPerRequest::default() },
        ),
        revenue: Revenue { usd_per_request: 0.01, ..Revenue::default() },
        components: vec![Component::whole("serving", Evidence::Published, Load::even(), serving)],
        other: vec![],
        exchange: vec![],
    }
}

/// 1 USD in, 5 USD out: 1,500 USD in the first month.
pub fn api() -> Serving {
    Serving::Api(Api::at(TokenPrices { input_usd_per_mtok: 1.0, output_usd_per_mtok: 5.0, ..TokenPrices::default() }))
}

fn first(inputs: &Inputs) -> MonthResult {
    inputs.check().unwrap();
    run(inputs).swap_remove(0)
}

fn close(found: f64, expected: f64, why: &str) {
    assert!((found - expected).abs() <= 1e-9 * expected.abs().max(1.0), "{why}: {found}, expected {expected}");
}

#[test]
fn an_api_costs_tokens_times_price() {
    let months = run(&inputs(api()));
    close(months[0].totals.cost_usd, 1_500.0, "1,000 M input at 1 and 100 M output at 5");
    close(months[0].totals.margin_percent().unwrap(), 85.0, "of 10,000 USD");
    close(months[2].totals.requests, 1_210_000.0, "two months of 10 % growth");
}

#[test]
fn gpus_come_whole_and_utilisation_comes_out() {
    // 100 M output tokens over the 720 hours of November are 38.58 tokens/s.
    let gpus = OwnGpus { spare_units: 1, ..OwnGpus::on_demand(10.0, 2.0) };
    let found = first(&inputs(Serving::OwnGpus(gpus)));
    let capacity = found.capacity.unwrap();
    assert_eq!((capacity.gpus_needed, capacity.gpus_provided), (4, 5));
    close(found.totals.cost_usd, 5.0 * 720.0 * 2.0, "five GPUs");
    assert!((capacity.utilisation - 0.771_604_938).abs() < 1e-6);
}

#[test]
fn a_stated_count_can_be_short_and_another_takes_the_rest() {
    let short = OwnGpus { stated_gpus: Some(2), ..OwnGpus::on_demand(10.0, 2.0) };
    let found = first(&inputs(Serving::OwnGpus(short.clone())));
    let capacity = found.capacity.unwrap();
    assert!(capacity.headroom < 0.0, "two GPUs cannot serve what needs four");
    close(capacity.utilisation, 1.0, "always busy, and not 193 %");
    // 20 of 38.58 tokens/s are served: 51.84 %.
    close(found.totals.unserved_requests, 481_600.0, "nobody serves the rest");

    let mut hybrid = inputs(Serving::OwnGpus(OwnGpus { overflow: Some(1), ..short }));
    hybrid
        .components
        .push(Component { share: 0.0, ..Component::whole("overflow", Evidence::Published, Load::even(), api()) });
    let found = first(&hybrid);
    close(found.totals.unserved_requests, 0.0, "the API serves it");
    close(found.lines[0].usd, 2.0 * 720.0 * 2.0, "both GPUs");
    close(found.lines[1].usd, 0.4816 * 1_500.0, "the rest at the API's price");
}

#[test]
fn committed_first_then_spot_and_on_demand() {
    let gpus = OwnGpus {
        committed: vec![Committed { gpus: 2, usd_per_gpu_hour: 1.0, from: 0, to: Some(0) }],
        spot: Some(Spot { share: 0.5, usd_per_gpu_hour: 0.72, useful_share: 0.9 }),
        ..OwnGpus::on_demand(10.0, 2.0)
    };
    let months = run(&inputs(Serving::OwnGpus(gpus)));
    // Four needed: two committed at 1, one on demand at 2, one spot at 0.72 ÷ 0.9 = 0.80.
    close(months[0].totals.cost_usd, 720.0 * (2.0 + 2.0 + 0.8), "November");
    // December has 744 hours and 41.07 tokens/s, which need five; the commitment is over.
    close(months[1].totals.cost_usd, 744.0 * 5.0 * 1.4, "December");
}

#[test]
fn autoscaling_pays_for_the_hours_that_need_it() {
    let week: Vec<f64> = (0..168).map(|hour| if hour % 24 < 12 { 2.0 } else { 0.0 }).collect();
    let mut scenario = inputs(Serving::OwnGpus(OwnGpus::on_demand(10.0, 2.0)));
    scenario.components[0].load = Load::of_week(&week).unwrap();
    close(first(&scenario).totals.cost_usd, 8.0 * 720.0 * 2.0, "77.16 tokens/s at the peak need eight GPUs");
    if let Serving::OwnGpus(gpus) = &mut scenario.components[0].serving {
        gpus.is_autoscaled = true;
    }
    close(first(&scenario).totals.cost_usd, 4.0 * 720.0 * 2.0, "eight for half of the hours");
}

#[test]
fn until_it_is_live_another_serves_and_failures_fall_back() {
    let mut scenario = inputs(api());
    scenario.demand.growth_per_month = 0.0;
    scenario.demand.retry_share = 0.1;
    scenario.components[0].live_after_months = 1.5;
    scenario.components[0].until_live = Some(1);
    scenario.components[0].failed_share = 0.2;
    scenario.components[0].fallback = Some(1);
    let dearer = Serving::Api(Api { usd_per_request: 0.01, ..Api::default() });
    scenario
        .components
        .push(Component { share: 0.0, ..Component::whole("before", Evidence::Billed, Load::even(), dearer) });
    let months = run(&scenario);
    close(months[0].totals.cost_usd, 1.1 * 10_000.0, "everything before, at a cent, with retries");
    close(months[1].totals.cost_usd, 1.1 * (5_000.0 + 0.5 * (0.8 * 1_500.0 + 0.2 * 10_000.0)), "half of the month");
    close(months[2].totals.cost_usd, 1.1 * (0.8 * 1_500.0 + 0.2 * 10_000.0), "live");
}

#[test]
fn another_tokenizer_changes_volume_and_verbosity_only_output() {
    let mut scenario = inputs(api());
    scenario.components[0].tokenizer_ratio = 1.35;
    scenario.components[0].verbosity = 2.0;
    let found = first(&scenario);
    close(found.totals.cost_usd, 1.35 * (1_000.0 + 2.0 * 500.0), "35 % more tokens, output doubled");
    close(found.totals.tokens, 1.1e9, "the demand's own count stays the measure of work");
}

#[test]
fn further_lines_grow_come_in_units_and_are_due_at_times() {
    let mut scenario = inputs(api());
    scenario.demand.growth_per_month = 0.0;
    let line = |label| OtherLine::named(label, Evidence::Assumed);
    let database = UnitPrice {
        requests_per_s_per_unit: 0.2,
        usd_per_unit_month: 50.0,
        spare_units: 1,
        stated_units: None,
        replicas: 0,
    };
    scenario.other = vec![
        OtherLine { usd_per_request: 0.001, usd_per_mtok: 0.1, revenue_share: 0.03, ..line("grows") },
        // 1 M requests in 720 hours are 0.386 a second: two units and a spare.
        OtherLine { units: Some(database), ..line("database") },
        OtherLine { usd_per_month: 900.0, schedule: Schedule { from: 1, to: None, every: 3 }, ..line("retraining") },
    ];
    let months = run(&scenario);
    close(months[0].lines[1].usd, 1_000.0 + 110.0 + 300.0, "per request, per million tokens, of revenue");
    close(months[0].lines[2].usd, 150.0, "three units");
    let units = months[0].sheet.units[1].unwrap();
    assert_eq!((units.needed, units.provided, units.is_short()), (2, 3, false));
    // 1 M ÷ (720 h × 3,600 s) ÷ 0.2 = 1.929 units busy of three.
    close(units.headroom, 1.0 - 1_000_000.0 / 2_592_000.0 / 0.2 / 3.0, "spare over provided, as of GPUs");
    let paid: Vec<f64> = months.iter().take(5).map(|month| month.lines[3].usd).collect();
    assert_eq!(paid, [0.0, 900.0, 0.0, 0.0, 900.0]);
}

#[test]
fn prices_and_seasons_move_by_month() {
    let mut scenario = inputs(Serving::Api(Api { usd_per_request: 0.001, change_per_month: -0.5, ..Api::default() }));
    scenario.demand.growth_per_month = 0.0;
    scenario.demand.churn_per_month = 0.5;
    scenario.demand.month_of_year[11] = 3.0;
    let months = run(&scenario);
    close(months[0].totals.cost_usd, 1_000.0, "November");
    close(
        months[1].totals.cost_usd,
        1_000.0 * 3.0 * 0.5 * 0.5,
        "December: thrice the season, half left, half the price",
    );
}

#[test]
fn knobs_move_what_they_name() {
    let mut scenario = inputs(api());
    Knob::PromptTokens.set(&mut scenario, 2_000.0).unwrap();
    Knob::CacheHitShare.set(&mut scenario, 0.75).unwrap();
    let tokens = scenario.demand.tokens;
    assert_eq!((tokens.input, tokens.cache_read, tokens.output), (500.0, 1_500.0, 100.0));
    assert_eq!(Knob::CacheHitShare.get(&scenario), Ok(0.75));
    assert_eq!(Knob::OutputUsdPerMtok(0).get(&scenario), Ok(5.0));
    assert_eq!(Knob::UsdPerGpuHour(0).get(&scenario), Err(KnobError::Absent(Knob::UsdPerGpuHour(0))));
    assert!(Knob::Share(0).set(&mut scenario, 0.5).is_err(), "nobody takes the other half");
    let error = Knob::ChurnPerMonth.set(&mut scenario, 2.0).unwrap_err();
    assert_eq!(error.to_string(), "demand.churn_per_month is 2, expected 0 to 0.99");
}

#[test]
fn what_cannot_be_is_named() {
    let mut scenario = inputs(api());
    scenario.components[0].share = 0.9;
    assert_eq!(scenario.check().unwrap_err().to_string(), "components.share is 0.9, expected shares that add up to 1");
    scenario.components[0].share = 1.0;
    scenario.components[0].failed_share = 0.1;
    assert_eq!(scenario.check().unwrap_err().path, "component[0].fallback");
    scenario.components[0].failed_share = f64::NAN;
    assert_eq!(scenario.check().unwrap_err().path, "component[0].failed_share");
}

/// 1 M requests in the 720 hours of November are 0.3858 a second: 1.929 units of 0.2 a second.
#[test]
fn units_have_headroom_as_gpus_have() {
    let units = |stated: Option<u32>, carries: f64, replicas: u32| {
        let mut scenario = inputs(api());
        let price = UnitPrice {
            requests_per_s_per_unit: carries,
            usd_per_unit_month: 50.0,
            spare_units: 0,
            stated_units: stated,
            replicas,
        };
        scenario.other = vec![OtherLine { units: Some(price), ..OtherLine::named("database", Evidence::Assumed) }];
        first(&scenario).sheet.units[0].unwrap()
    };
    let short = units(Some(1), 0.2, 0);
    assert_eq!((short.needed, short.provided, short.is_short()), (2, 1, true));
    close(short.headroom, 1.0 - 1.929_012_345_679_012_3, "more is asked for than there is");
    let with_replica = units(Some(4), 0.2, 1);
    assert_eq!((with_replica.needed, with_replica.provided), (4, 8));
    close(with_replica.headroom, 1.0 - 1.929_012_345_679_012_3 / 4.0, "of one copy: a replica carries nothing more");
    let none = units(Some(0), 0.2, 0);
    assert_eq!((none.provided, none.headroom, none.is_short()), (0, -1.0, true));
    // Exactly one unit: whole but for the last digits is neither short nor below zero.
    let exact = units(None, 1_000_000.0 / 2_592_000.0, 0);
    assert!((exact.needed, exact.provided) == (1, 1) && exact.headroom >= 0.0 && exact.headroom < 1e-9, "{exact:?}");
}
