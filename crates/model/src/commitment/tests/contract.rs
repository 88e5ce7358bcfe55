//! Contracts by hand, against published figures, and as properties.

use proptest::prelude::*;

use super::super::*;
use crate::Month;

fn month(text: &str) -> Month {
    text.parse().unwrap()
}

fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() <= 1e-9 * expected.abs().max(1.0), "{found} is not {expected}");
}

/// All months of a contract with the same use.
fn run(contract: &Contract, demand: &[Demand]) -> (Vec<MonthOfContract>, Figures) {
    figures(contract, demand).unwrap()
}

const YEAR: (&str, u32) = ("2025-01", 12);

fn year() -> (Month, u32) {
    (month(YEAR.0), YEAR.1)
}

#[test]
fn a_reserved_instance_breaks_even_at_58_73_percent() {
    // Cloudability: m4.large 0.074 against 0.126 USD, 648.24 against 1,103.76 a year; at half use on demand is 551.88.
    let contract = Contract::reserved(year(), 1.0, 0.074, 0.0, 0.126).unwrap();
    let half = [1.0, 0.0];
    let (_, used_half) = run(&contract, &[Demand::Hourly(&half); 12]);
    close(used_half.effective_usd, 648.24);
    close(used_half.on_demand_usd, 551.88);
    close(used_half.utilisation.unwrap(), 0.5);
    assert!((used_half.break_even_utilisation.unwrap() - 0.5873).abs() < 5e-5);
    let (_, used) = run(&contract, &[Demand::Hourly(&[1.0]); 12]);
    close(used.on_demand_usd, 1_103.76);
    assert!((used.effective_savings_rate.unwrap() - 0.41).abs() < 0.005);
}

#[test]
fn a_savings_plan_half_paid_at_the_beginning() {
    // FOCUS 1.2: 1 USD/h for 8,760 h, half prepaid: 4,380 at the beginning and 0.50 an hour; used 0.75, unused 0.25.
    let contract = Contract::savings_plan(year(), 1.0, 0.5, 0.5, 1.0).unwrap();
    close(contract.prepayment(), 4_380.0);
    // 1.50 units at a plan rate of 0.50 use 0.75 USD of each hour.
    let (months, all) = run(&contract, &[Demand::Hourly(&[1.5]); 12]);
    close(months[0].billed_usd, 4_380.0 + 0.5 * 744.0);
    close(months[1].billed_usd, 0.5 * 672.0);
    close(months[0].used_usd, 0.75 * 744.0);
    close(months[0].unused_usd, 0.25 * 744.0);
    close(all.effective_usd, 8_760.0);
    close(all.billed_usd, 8_760.0);
}

#[test]
fn a_spend_agreement_ends_with_a_shortfall() {
    // FOCUS: 1,200 USD promised, 48 + 120 + 60 used, a fee of 972.
    let steps = vec![Step { from_month: 0, amount: 1_200.0 }];
    let contract = Contract::enterprise((month("2025-01"), 3), 3, steps, 0.0).unwrap();
    let (months, all) = run(&contract, &[48.0, 120.0, 60.0].map(Demand::Even));
    assert_eq!([0, 1, 2].map(|at| months[at].shortfall_usd), [0.0, 0.0, 972.0]);
    assert_eq!([0, 1, 2].map(|at| months[at].billed_usd), [48.0, 120.0, 1_032.0]);
    close(all.utilisation.unwrap(), 0.19);
}

#[test]
fn an_enterprise_discount_covers_use_above_the_promise_too() {
    // A year of 100 after 10 % off, a month of 50 on demand: 45 a month, 540 in all, no shortfall.
    let steps = vec![Step { from_month: 0, amount: 100.0 }];
    let contract = Contract::enterprise(year(), 12, steps, 0.1).unwrap();
    let (months, all) = run(&contract, &[Demand::Even(50.0); 12]);
    close(all.billed_usd, 540.0);
    close(all.effective_savings_rate.unwrap(), 0.1);
    assert_eq!(months[11].shortfall_usd, 0.0);
}

#[test]
fn prepaid_tokens_are_drawn_down() {
    // FOCUS, virtual currency: 100,000 tokens at 2 USD; uses of 245, 10 and 360 are 490, 20 and 720 USD.
    let promise = Promise {
        what: What::Units,
        per: Per::Term,
        steps: vec![Step { from_month: 0, amount: 100_000.0 }],
        rate: 2.0,
        prepaid_share: 1.0,
        shortfall: Shortfall::Lost,
    };
    let contract = Contract::new(month("2025-01"), 12, Terms::Promise(promise), 2.0, 2.0).unwrap();
    let (months, _) = run(&contract, &[245.0, 10.0, 360.0].map(Demand::Even));
    close(months[0].prepaid_usd, 200_000.0);
    assert_eq!([0, 1, 2].map(|at| months[at].used_usd), [490.0, 20.0, 720.0]);
    assert_eq!(months[1].billed_usd, 0.0, "the prepayment pays for it");
}

#[test]
fn take_or_pay_with_a_ramp_and_a_prepayment() {
    // 100 GPUs in January, 200 in February, at 2 USD; 80 % is owed, a quarter prepaid; 50 run, then 210.
    let steps = vec![Step { from_month: 0, amount: 100.0 }, Step { from_month: 1, amount: 200.0 }];
    let contract = Contract::take_or_pay((month("2025-01"), 2), steps, 2.0, (0.8, 0.25), 3.0).unwrap();
    close(contract.prepayment(), 0.25 * 2.0 * (100.0 * 744.0 + 200.0 * 672.0));
    let (months, all) = run(&contract, &[Demand::Hourly(&[50.0]), Demand::Hourly(&[210.0])]);
    // 50 used and 80 % of the 50 not taken.
    close(months[0].used_usd, 50.0 * 744.0 * 2.0);
    close(months[0].shortfall_usd, 0.8 * 50.0 * 744.0 * 2.0);
    close(months[1].above_usd, 10.0 * 672.0 * 3.0);
    assert_eq!(months[1].shortfall_usd, 0.0);
    close(all.billed_usd, all.effective_usd);
    // From there on it pays: 0.8 × 2 ÷ (3 − 2 + 1.6).
    close(all.break_even_utilisation.unwrap(), 1.6 / 2.6);
}

#[test]
fn what_was_paid_for_can_be_made_up() {
    // 100 a month at 1 USD: 40 taken in January leave 60, of which February's use of 130 takes 30.
    let promise = Promise {
        what: What::Units,
        per: Per::Months(1),
        steps: vec![Step { from_month: 0, amount: 100.0 }],
        rate: 1.0,
        prepaid_share: 0.0,
        shortfall: Shortfall::MakeUp,
    };
    let contract = Contract::new(month("2025-01"), 3, Terms::Promise(promise), 5.0, 5.0).unwrap();
    let (months, _) = run(&contract, &[40.0, 130.0, 140.0].map(Demand::Even));
    assert_eq!([0, 1, 2].map(|at| months[at].made_up), [0.0, 30.0, 30.0]);
    assert_eq!([0, 1, 2].map(|at| months[at].effective_usd), [100.0, 100.0, 150.0], "10 more in March at 5 USD");
}

#[test]
fn a_capacity_block_is_paid_at_once() {
    let contract = Contract::capacity_block((month("2025-01"), 1), 8.0, 24.0, 4.0, 10.0).unwrap();
    let (months, _) = run(&contract, &[Demand::Even(200.0)]);
    assert_eq!((months[0].prepaid_usd, months[0].above_usd, months[0].unused_usd), (768.0, 80.0, 0.0));
}

fn hardware() -> OwnedHardware {
    OwnedHardware {
        units: 10.0,
        purchase_usd_per_unit: 40_000.0,
        salvage_usd_per_unit: 4_000.0,
        kw_per_unit: 1.0,
        idle_power_share: 0.5,
        pue: 1.5,
        usd_per_kwh: 0.1,
        colocation_usd_per_kw_month: 100.0,
        upkeep_usd_per_unit_month: 50.0,
    }
}

#[test]
fn own_hardware_over_three_years() {
    // 10 GPUs of 40,000 less 4,000: 10,000 a month. January 2025, half used: 3,720 GPU hours at work and as many idle.
    let contract = Contract::owned((month("2025-01"), 36), hardware(), 3.0).unwrap();
    let half = [5.0];
    let (months, all) = run(&contract, &[Demand::Hourly(&half); 36]);
    let first = months[0];
    // Standing 10,000 + 1,000 + 500; power 3,720 × 0.15 at work, half of it idle.
    close(first.used_usd, 11_500.0 / 2.0 + 558.0);
    close(first.unused_usd, 11_500.0 / 2.0 + 279.0);
    close(first.billed_usd, 400_000.0 + 1_000.0 + 500.0 + 558.0 + 279.0);
    close(all.effective_usd, all.billed_usd - all.received_usd);
    close(all.received_usd, 40_000.0);
}

#[test]
fn forty_thousand_dollars_over_three_and_six_years() {
    // Domain figures: 13,333 USD a year at 3 years, 6,667 at 6.
    let bare = OwnedHardware { units: 1.0, salvage_usd_per_unit: 0.0, ..hardware() };
    for (life, yearly) in [(36, 13_333.0), (72, 6_667.0)] {
        assert!((bare.month(730.0, 0.0, life).depreciation_usd * 12.0 - yearly).abs() < 0.5);
    }
    assert_eq!(bare.usd_per_hour(730.0, 0.0, 36), None, "no hour bears the cost");
}

#[test]
fn spot_hours_that_are_lost_are_paid() {
    let contract = Contract::spot(year(), 0.9, 0.1, 3.0).unwrap();
    let (months, _) = run(&contract, &[Demand::Even(100.0)]);
    close(months[0].above_usd, 100.0);
    assert_eq!(months[0].promised, 0.0);
}

#[test]
fn what_cannot_be_is_named() {
    let reserved =
        |units, rate, prepaid| Contract::reserved(year(), units, rate, prepaid, 1.0).unwrap_err().to_string();
    assert_eq!(reserved(f64::NAN, 1.0, 0.0), "amount is NaN; expected a number from 0 to 10^15");
    assert_eq!(reserved(1.0, -1.0, 0.0), "rate is -1; expected a number from 0 to 10^15");
    assert_eq!(reserved(1.0, 1.0, 1.5), "prepaid_share is 1.5; expected a share from 0 to 1");
    let steps = vec![Step { from_month: 0, amount: 1.0 }, Step { from_month: 6, amount: 2.0 }];
    let yearly = Contract::enterprise(year(), 12, steps.clone(), 0.0).unwrap_err();
    assert_eq!(
        yearly,
        ContractError::Ramp { index: 1, from_month: 6 },
        "a year's promise does not change in its middle"
    );
    assert_eq!(
        Contract::enterprise((month("2025-01"), 18), 12, steps.clone(), 0.0).unwrap_err(),
        ContractError::Period { months: 18, period: 12 }
    );
    let prepaid = Contract::take_or_pay(year(), steps, 1.0, (0.5, 0.6), 1.0).unwrap_err();
    assert_eq!(prepaid, ContractError::Prepaid { prepaid_share: 0.6, owed: 0.5 });
    let contract = Contract::reserved(year(), 1.0, 1.0, 0.0, 1.0).unwrap();
    let after = contract.month_cost(12, Demand::Even(1.0), Carried::default()).unwrap_err();
    assert_eq!(after.to_string(), "month 12 is outside of a term of 12 months");
    for bad in [Demand::Even(-1.0), Demand::Even(f64::NAN), Demand::Hourly(&[]), Demand::Hourly(&[1.0, -2.0])] {
        assert!(contract.month_cost(0, bad, Carried::default()).is_err(), "{bad:?}");
    }
}

fn promise() -> impl Strategy<Value = Promise> {
    let what = prop_oneof![Just(What::Hours), Just(What::Units), Just(What::Spend)];
    let per = prop_oneof![Just(Per::Hour), Just(Per::Months(1)), Just(Per::Months(6)), Just(Per::Term)];
    let kind = 0..3u8;
    (what, per, kind, 0.0..1e4f64, 0.0..1e4f64, 0.01..50.0f64, 0.0..=1.0f64, 0.0..=1.0f64).prop_map(
        |(what, per, kind, amount, later, rate, share, prepaid)| {
            let shortfall = match (kind, per) {
                (0, _) => Shortfall::Lost,
                (1, _) | (_, Per::Hour) => Shortfall::Fee(share),
                _ => Shortfall::MakeUp,
            };
            let mut steps = vec![Step { from_month: 0, amount }];
            if per != Per::Term {
                steps.push(Step { from_month: 6, amount: later });
            }
            let most = if let Shortfall::Fee(share) = shortfall { share } else { 1.0 };
            Promise { what, per, steps, rate, prepaid_share: prepaid * most, shortfall }
        },
    )
}

fn terms() -> impl Strategy<Value = Terms> {
    let owned = (0.0..100.0f64, 0.0..1e5f64, 0.0..=1.0f64, 0.0..=1.0f64).prop_map(|(units, price, kept, idle)| {
        let usd = (price, price * kept);
        let owned = OwnedHardware { units, purchase_usd_per_unit: usd.0, salvage_usd_per_unit: usd.1, ..hardware() };
        Terms::Owned(OwnedHardware { idle_power_share: idle, ..owned })
    });
    prop_oneof![3 => promise().prop_map(Terms::Promise), 1 => owned]
}

proptest! {
    #[test]
    fn over_the_term_what_is_effective_is_what_was_billed(
        terms in terms(), above in 0.0..50.0f64, use_by_month in prop::collection::vec(0.0..20_000.0f64, 12),
        is_even in any::<bool>(),
    ) {
        let contract = Contract::new(month("2025-01"), 12, terms, above, 10.0).unwrap();
        let levels: Vec<[f64; 2]> = use_by_month.iter().map(|each| [each / 500.0, each / 100.0]).collect();
        let demand: Vec<Demand> = use_by_month.iter().zip(&levels)
            .map(|(even, levels)| if is_even { Demand::Even(*even) } else { Demand::Hourly(levels) }).collect();
        let (months, all) = figures(&contract, &demand).unwrap();
        let billed = all.billed_usd - all.received_usd;
        prop_assert!((all.effective_usd - billed).abs() <= 1e-9 * billed.abs().max(1.0), "{all:?}");
        for month in months {
            let MonthOfContract { demand, promised, taken, made_up, above, used_usd, .. } = month;
            let money = [month.unused_usd, month.shortfall_usd, month.above_usd, month.billed_usd, month.received_usd];
            let figures = [demand, promised, taken, made_up, above, used_usd, month.effective_usd, month.prepaid_usd];
            prop_assert!(figures.iter().chain(&money).all(|f| f.is_finite() && *f >= 0.0), "{month:?}");
            prop_assert!((demand - taken - made_up - above).abs() <= 1e-9 * demand.max(1.0), "every unit once");
            prop_assert!(taken <= promised * (1.0 + 1e-12));
        }
        for share in [all.coverage, all.utilisation].into_iter().flatten() {
            prop_assert!((-1e-12..=1.0 + 1e-9).contains(&share));
        }
    }

    #[test]
    fn even_use_is_the_same_by_hour(terms in terms(), level in 0.0..500.0f64) {
        let contract = Contract::new(month("2025-01"), 12, terms, 2.0, 2.0).unwrap();
        let by_hour = contract.month_cost(0, Demand::Hourly(&[level; 7]), Carried::default()).unwrap();
        let even = contract.month_cost(0, Demand::Even(level * 744.0), Carried::default()).unwrap();
        prop_assert!((by_hour.effective_usd - even.effective_usd).abs() <= 1e-9 * even.effective_usd.max(1.0));
    }

    #[test]
    fn money_scales_with_the_currency(promise in promise(), k in 0.1..10.0f64, quantity in 0.0..20_000.0f64) {
        let scaled = Promise {
            rate: promise.rate * k,
            steps: promise.steps.iter().map(|step| Step {
                amount: if promise.what == What::Spend { step.amount * k } else { step.amount }, ..*step
            }).collect(),
            ..promise.clone()
        };
        let of = |promise: Promise, k: f64| {
            let contract = Contract::new(month("2025-01"), 12, Terms::Promise(promise), 3.0 * k, 4.0 * k).unwrap();
            figures(&contract, &[Demand::Even(quantity); 12]).unwrap().1
        };
        let (one, many) = (of(promise, 1.0), of(scaled, k));
        prop_assert!((one.effective_usd * k - many.effective_usd).abs() <= 1e-9 * many.effective_usd.max(1.0));
        prop_assert!((one.coverage.unwrap_or(0.0) - many.coverage.unwrap_or(0.0)).abs() <= 1e-9, "shares stay");
    }
}

#[test]
fn own_hardware_pays_from_a_utilisation_on() {
    // Standing 11,500 and idle power 10 × 744 × 0.075 = 558 a month; an hour at work adds 0.075 to that. Rented at 3 USD:
    // 12,058 ÷ (7,440 × 2.925).
    let share = hardware().break_even_utilisation(744.0, 36, 3.0).unwrap();
    close(share, 12_058.0 / (7_440.0 * 2.925));
    assert_eq!(hardware().break_even_utilisation(744.0, 36, 0.05), None, "renting is cheaper than the power");
    let contract = Contract::owned((month("2025-01"), 36), hardware(), 3.0).unwrap();
    let busy = [10.0 * share];
    let (months, _) = run(&contract, &[Demand::Hourly(&busy)]);
    close(months[0].effective_usd, 7_440.0 * share * 3.0);
}
