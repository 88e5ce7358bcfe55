//! A bill shared out: by hand, and as a property.

use proptest::prelude::*;

use super::*;

const HOUR: u64 = 1_000_000_000;

fn money(text: &str) -> Money {
    Money::parse(text).unwrap()
}

fn held(hours: u64, used: Option<u64>) -> Holding {
    Holding { held_nanos: hours * HOUR, used_nanos: used.map(|hours| hours * HOUR), ..Holding::default() }
}

fn bill(gpus: &str, overhead: &str, hours: u64) -> Bill {
    Bill { gpus: money(gpus), overhead: money(overhead), provided_nanos: hours * HOUR }
}

#[test]
fn ten_hours_at_two_dollars() {
    // 10 h for 20 USD: chat holds 6 and works 3, search holds 2 and nobody measured it, 2 are held by nobody.
    let holdings = [held(6, Some(3)), held(2, None)];
    let cost = gpu_cost(bill("20", "5", 10), &holdings, &Rules::default()).unwrap();
    let [chat, search] = [cost.holdings[0], cost.holdings[1]];
    assert_eq!((chat.used, chat.idle, chat.allocated()), (Some(money("6")), Some(money("6")), money("12")));
    assert_eq!((search.used, search.idle, search.unmeasured), (None, None, money("4")), "unknown use is not idle");
    assert_eq!((cost.unallocated, cost.overhead, cost.total()), (money("4"), money("5"), money("25")));
}

#[test]
fn overhead_goes_by_the_rule_that_is_stated() {
    let holdings = [held(6, Some(1)), held(2, Some(1))];
    let overheads = |overhead: Share| {
        let rules = Rules { overhead, ..Rules::default() };
        gpu_cost(bill("20", "8", 10), &holdings, &rules).map(|cost| {
            assert_eq!((cost.overhead, cost.total()), (Money::ZERO, money("28")));
            cost.holdings.iter().map(|cost| cost.overhead.to_string()).collect::<Vec<_>>()
        })
    };
    assert_eq!(overheads(Share::Even).unwrap(), ["4", "4"]);
    assert_eq!(overheads(Share::ByAllocated).unwrap(), ["6", "2"]);
    assert_eq!(overheads(Share::ByUsed).unwrap(), ["4", "4"]);
    assert_eq!(overheads(Share::Stated(vec![7, 1])).unwrap(), ["7", "1"]);
    assert_eq!(
        overheads(Share::Stated(vec![1])),
        Err(GpuCostError::Shares { what: "overhead", found: 1, expected: 2 })
    );
    assert_eq!(overheads(Share::Stated(vec![0, 0])), Err(GpuCostError::Nobody { what: "overhead" }));
    let rules = Rules { overhead: Share::ByUsed, ..Rules::default() };
    let unknown = gpu_cost(bill("20", "8", 10), &[held(1, Some(1)), held(1, None)], &rules);
    assert_eq!(unknown, Err(GpuCostError::UseUnknown { what: "overhead", index: 1 }));
}

#[test]
fn seven_sevenths_are_the_whole_gpu_and_two_of_3g_leave_one() {
    let slice = |profile: &str| Holding { fraction: Fraction::mig(profile, 7).unwrap(), ..held(1, None) };
    let all = gpu_cost(bill("7", "0", 1), &vec![slice("1g.10gb"); 7], &Rules::default()).unwrap();
    assert!(all.holdings.iter().all(|cost| cost.unmeasured == money("1")));
    assert_eq!(all.unallocated, Money::ZERO);
    let two = gpu_cost(bill("7", "0", 1), &[slice("3g.40gb"), slice("3g.40gb")], &Rules::default()).unwrap();
    assert_eq!((two.holdings[0].unmeasured, two.unallocated), (money("3"), money("1")));
    for bad in ["3g", "g.40gb", "40gb.3g", "", "0g.5gb", "8g.80gb", "-1g.5gb"] {
        assert!(Fraction::mig(bad, 7).is_err(), "{bad}");
    }
    assert_eq!(Fraction::mig("MIG 2g.12gb", 4), Fraction::new(2, 4));
}

#[test]
fn more_held_than_there_is_is_named_or_scaled() {
    // Three holders of half a GPU each, on one GPU.
    let half = Holding { fraction: Fraction::time_slice(2).unwrap(), ..held(1, Some(1)) };
    let holdings = vec![half; 3];
    let error = gpu_cost(bill("3", "0", 1), &holdings, &Rules::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "1.5 GPU hours are held and 1 are provided; correct the fractions or the hours, or scale them"
    );
    let rules = Rules { over: OverAllocated::Scale, ..Rules::default() };
    let cost = gpu_cost(bill("3", "0", 1), &holdings, &rules).unwrap();
    assert!(cost.is_scaled && cost.holdings.iter().all(|cost| cost.used == Some(money("1"))));
}

#[test]
fn a_bill_that_nobody_holds_is_idle() {
    let none = gpu_cost(bill("9", "1", 0), &[], &Rules::default()).unwrap();
    assert_eq!((none.unallocated, none.overhead), (money("9"), money("1")));
    assert!(matches!(gpu_cost(bill("-9", "1", 1), &[], &Rules::default()), Err(GpuCostError::Negative { .. })));
    let worked_too_long = gpu_cost(bill("9", "1", 5), &[held(1, Some(2))], &Rules::default());
    assert_eq!(worked_too_long, Err(GpuCostError::UsedAboveHeld { index: 0 }));
}

#[test]
fn holdings_of_one_team_add_up() {
    let of = |workload: &str, hours, used| Holding {
        workload: workload.into(),
        team: "serving".into(),
        ..held(hours, used)
    };
    let holdings = [of("chat", 6, Some(3)), of("search", 2, None)];
    let cost = gpu_cost(bill("20", "0", 10), &holdings, &Rules::default()).unwrap();
    let teams = cost.by(&holdings, Key::Team);
    let serving = teams["serving"];
    assert_eq!((serving.used, serving.idle, serving.unmeasured), (Some(money("6")), Some(money("6")), money("4")));
    assert_eq!(cost.by(&holdings, Key::Workload)["search"].allocated(), money("4"));
    assert_eq!(cost.by(&holdings, Key::Model)[""].allocated(), money("16"), "the model is not told");
}

#[test]
fn a_usage_cost_beside_an_api_price_warns() {
    // 12 USD held, 6 of them at work, over 4 Mtok: 3 USD and 1.50 USD per Mtok; the API asks 2.
    let cost = Cost { used: Some(money("6")), idle: Some(money("6")), ..Cost::default() };
    let unit = UnitCost::of(&cost, 4_000_000);
    assert_eq!((unit.allocation, unit.usage), (Some(money("3")), Some(money("1.5"))));
    let usage = compare_with_api(unit, money("2"), Basis::Usage).unwrap();
    assert_eq!(usage.difference, money("-0.5"), "it looks cheaper");
    assert_eq!(usage.warning, Some(IdleLeftOut { usd_per_mtok: Some(money("1.5")), turns: Some(true) }), "and is not");
    let allocation = compare_with_api(unit, money("2"), Basis::Allocation).unwrap();
    assert_eq!((allocation.difference, allocation.warning), (money("1"), None));
    assert_eq!(UnitCost::of(&cost, 0), UnitCost { allocation: None, usage: None });
    let open = Cost { unmeasured: money("1"), ..cost };
    assert_eq!(UnitCost::of(&open, 1).usage, None, "some use is not measured");
}

fn share() -> impl Strategy<Value = Share> {
    prop_oneof![
        Just(Share::Kept),
        Just(Share::Even),
        Just(Share::ByAllocated),
        Just(Share::ByUsed),
        prop::collection::vec(0u64..1_000_000, 1..12).prop_map(Share::Stated),
    ]
}

prop_compose! {
    fn holding()(
        held_nanos in 0u64..2_000_000_000_000_000,
        used in prop::option::of(0u64..=1_000),
        parts in 1u32..=8, whole in 1u32..=8,
    ) -> Holding {
        Holding {
            held_nanos,
            used_nanos: used.map(|thousandths| held_nanos / 1_000 * thousandths),
            fraction: Fraction::new(parts.min(whole), whole).unwrap(),
            ..Holding::default()
        }
    }
}

proptest! {
    #[test]
    fn workloads_and_idle_and_overhead_are_the_bill(
        attos in 0i64..i64::MAX, overhead in 0i64..i64::MAX, provided_nanos in 0u64..10_000_000_000_000_000,
        holdings in prop::collection::vec(holding(), 0..12), rules in (share(), share()), scale in any::<bool>(),
    ) {
        let bill = Bill {
            gpus: Money::from_attos(i128::from(attos) * 1_000_003),
            overhead: Money::from_attos(i128::from(overhead)),
            provided_nanos,
        };
        let over = if scale { OverAllocated::Scale } else { OverAllocated::Refuse };
        let rules = Rules { overhead: rules.0, unallocated: rules.1, over };
        // A refusal is an answer too; a split gives back the whole and nothing of it is negative.
        if let Ok(cost) = gpu_cost(bill, &holdings, &rules) {
            prop_assert_eq!(cost.total(), bill.gpus + bill.overhead);
            prop_assert!(cost.unallocated >= Money::ZERO && cost.overhead >= Money::ZERO);
            for (cost, holding) in cost.holdings.iter().zip(&holdings) {
                let parts = [cost.used.unwrap_or_default(), cost.idle.unwrap_or_default(), cost.unmeasured];
                prop_assert!(parts.iter().chain([&cost.overhead, &cost.unallocated]).all(|part| *part >= Money::ZERO));
                prop_assert_eq!(cost.used.is_some(), holding.used_nanos.is_some());
            }
        } else if scale {
            prop_assert!(rules.overhead != Share::Kept || rules.unallocated != Share::Kept, "scaling takes any hours");
        }
    }
}
