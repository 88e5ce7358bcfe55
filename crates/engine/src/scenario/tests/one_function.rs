//! One month function: run, comparison with an override, draws without spread and both ends of a bridge say the same.

use marginline_model::Money;
use marginline_model::bridge::CENT;
use marginline_model::scenario::{Uncertain, scenario_bridge, simulate};
use marginline_model::uncertainty::{Distribution, Plan};
use proptest::prelude::*;

use super::{EVERY_KEY, bits, made_of, resolved, run};
use crate::scenario::compare::apply;
use crate::scenario::file::assumptions;
use crate::scenario::two_way::Axis;
use crate::scenario::{Run, knob_of, uncertain};
use crate::view::Override;

/// Margin of each month, and revenue and cost of all of them, to the cent as the run tells them.
fn margins(run: &Run) -> Vec<u64> {
    let usd = |amount: Money| ((amount.attos() / CENT) as f64 / 100.0).to_bits();
    let months = run.months.iter().map(|month| usd(month.revenue - month.cogs));
    let (revenue, cost) = run.totals();
    months.chain([usd(revenue), usd(cost)]).collect()
}

fn agrees(text: &str, overrides: usize) {
    let run = run(text);
    let (resolved, expected) = (&run.resolved, margins(&run));

    // Every number that can be drawn is, at what it is.
    let fixed: Vec<Uncertain> = assumptions(&resolved.file)
        .into_iter()
        .map(|(path, assumption)| {
            let (knob, scale) = knob_of(resolved, &path).unwrap();
            let distribution = Distribution::fixed(scale.to_model(assumption.value)).unwrap();
            Uncertain { name: path, knob, distribution }
        })
        .collect();
    let drawn = simulate(&resolved.inputs, &fixed, &[], Plan { draws: 3, seed: 1, scenario: None }).unwrap();
    for draw in 0..3 {
        let months = (0..drawn.months()).map(|month| drawn.margin_usd(month)[draw]);
        let all = months.chain([drawn.revenue_usd()[draw], drawn.cost_usd()[draw]]);
        assert_eq!(all.map(f64::to_bits).collect::<Vec<_>>(), expected, "a draw without spread\n{text}");
    }

    // The slider at what the number is.
    let stated = assumptions(&resolved.file);
    for (path, assumption) in stated.into_iter().rev().take(overrides) {
        let change = Override { scenario: "mine".into(), path, value: assumption.value.to_string() };
        let texts = apply(&[("mine".into(), text.to_owned())], &[change]).unwrap();
        assert_eq!(bits(&super::run(&texts[0].1)), bits(&run), "an override of the same value");
    }

    // What moves it, and its own values in a table of two.
    let moved = run.sensitivity().unwrap();
    assert_eq!(cents(moved.tornado.base), whole(&run), "the middle of a tornado is the run to the cent");
    for bar in &moved.tornado.bars {
        let ends = [bar.output.0, bar.output.1, bar.swing].map(|usd| (usd * 100.0).round() / 100.0);
        assert_eq!(ends, [bar.output.0, bar.output.1, bar.swing], "whole cents: {}", bar.name);
    }
    let stands = |axis: &Axis| axis.values.iter().position(|value| *value == axis.own);
    if let Ok(found) = run.two_way(None, None, 3)
        && let (Some(x), Some(y)) = (stands(&found.x), stands(&found.y))
    {
        assert_eq!(cents(found.cells[y][x].margin_usd), whole(&run), "{} and {}", found.x.path, found.y.path);
    }

    // Both ends of a bridge.
    let other = super::run(&made_of(11));
    if (other.resolved.inputs.start, other.resolved.inputs.months) == (resolved.inputs.start, resolved.inputs.months) {
        let bridge = scenario_bridge(&resolved.inputs, &other.resolved.inputs).unwrap();
        assert_eq!(bridge.to, whole(&other));
    }
    let bridge = scenario_bridge(&resolved.inputs, &resolved.inputs).unwrap();
    assert_eq!((bridge.from, bridge.to, bridge.effects.len()), (whole(&run), whole(&run), 0));
}

/// USD that are whole cents, as money.
fn cents(usd: f64) -> Money {
    Money::parse(&format!("{usd:.2}")).unwrap()
}

/// Gross margin of all months, as `run` and `compare` tell it.
fn whole(run: &Run) -> Money {
    let (revenue, cost) = run.totals();
    revenue - cost
}

#[test]
fn every_way_to_a_month_gives_the_same_bytes() {
    agrees(EVERY_KEY, usize::MAX);
}

#[test]
fn draws_of_every_key_are_the_same_on_one_and_two_threads() {
    let every = resolved(EVERY_KEY);
    let uncertain: Vec<Uncertain> = uncertain(&every).unwrap().into_iter().map(|(_, _, each)| each).collect();
    let drawn = |threads: usize| {
        let pool = rayon_pool(threads);
        let plan = Plan { draws: 40, seed: 5, scenario: None };
        let found = pool.install(|| simulate(&every.inputs, &uncertain, &[], plan)).unwrap();
        found.total_margin_usd().into_iter().map(f64::to_bits).collect::<Vec<_>>()
    };
    assert_eq!(drawn(1), drawn(2));
    let first = drawn(1);
    assert!(first.iter().any(|bits| *bits != first[0]), "draws differ from one another");
}

fn rayon_pool(threads: usize) -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(25))]

    #[test]
    fn every_way_to_a_month_of_any_file_gives_the_same_bytes(seed in any::<u64>()) {
        agrees(&made_of(seed), 3);
    }

    #[test]
    fn what_comes_out_is_finite_and_never_negative(seed in any::<u64>()) {
        for month in run(&made_of(seed)).projected {
            for line in &month.lines {
                prop_assert!(line.usd.is_finite() && line.usd >= 0.0, "{}: {}", line.label, line.usd);
            }
            prop_assert!(month.totals.revenue_usd.is_finite() && month.totals.revenue_usd >= 0.0);
        }
    }

    #[test]
    fn a_bridge_between_any_two_files_adds_up(one in any::<u64>(), two in any::<u64>()) {
        let (mut from, mut to) = (resolved(&made_of(one)), resolved(&made_of(two)));
        (from.inputs.months, to.inputs.months) = (2, 2);
        let (from, to) = (Run::of(from).unwrap(), Run::of(to).unwrap());
        let bridge = scenario_bridge(&from.resolved.inputs, &to.resolved.inputs).unwrap();
        let sum: Money = bridge.effects.iter().map(|effect| effect.effect).sum();
        prop_assert_eq!(sum, bridge.to - bridge.from);
        prop_assert_eq!((bridge.from, bridge.to), (whole(&from), whole(&to)));
    }
}
