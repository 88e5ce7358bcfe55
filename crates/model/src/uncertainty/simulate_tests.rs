//! Simulations that can be checked by hand or against published indices.

use super::*;

fn input(name: &str, distribution: Result<Distribution, UncertaintyError>) -> Input {
    Input { name: name.to_owned(), distribution: distribution.unwrap() }
}

fn plan(draws: usize, seed: u64) -> Plan {
    Plan { draws, seed, scenario: None }
}

fn sampler(inputs: &[Input]) -> Sampler {
    Sampler::new(inputs, &[], Indefinite::Refuse).unwrap()
}

fn pair(first: &str, second: &str, rank: f64) -> RankCorrelation {
    RankCorrelation { first: first.to_owned(), second: second.to_owned(), rank }
}

fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    for (rank, index) in order.into_iter().enumerate() {
        ranks[index] = rank as f64;
    }
    ranks
}

/// Spearman's correlation of values without ties: 1 − 6 Σ d² ÷ (n (n² − 1)).
fn spearman(a: &[f64], b: &[f64]) -> f64 {
    let n = a.len() as f64;
    let distances: f64 = ranks(a).iter().zip(ranks(b)).map(|(a, b)| (a - b) * (a - b)).sum();
    1.0 - 6.0 * distances / (n * (n * n - 1.0))
}

fn three() -> Vec<Input> {
    vec![
        input("price", Distribution::lognormal(2.0, 1.0)),
        input("share", Distribution::normal(0.5, 0.3).and_then(|share| share.within(Bounds::SHARE))),
        input("rate", Distribution::pert(1.0, 2.0, 6.0)),
    ]
}

#[test]
fn a_simulation_has_the_same_bytes_at_one_two_and_eight_threads() {
    let correlations = [pair("price", "rate", 0.4), pair("rate", "share", -0.6)];
    let sampler = Sampler::new(&three(), &correlations, Indefinite::Refuse).unwrap();
    let bytes = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let outcomes = pool.install(|| {
            simulate(&sampler, plan(5_000, 3), 2, |inputs, out| {
                out[0] = inputs[0] * inputs[1];
                out[1] = inputs[2];
            })
        });
        let outcomes = outcomes.unwrap();
        let summary = summarise(&outcomes.outputs[0]).unwrap();
        let mut bytes: Vec<u64> = outcomes.outputs.concat().iter().map(|value| value.to_bits()).collect();
        bytes.extend([summary.mean, summary.p10, summary.p50, summary.p90].map(f64::to_bits));
        bytes
    };
    let one = bytes(1);
    assert_eq!(one.len(), 10_004);
    assert!(one == bytes(2) && one == bytes(8));
}

#[test]
fn the_rank_correlation_that_was_asked_for_is_reached() {
    let correlations = [pair("price", "rate", 0.7), pair("rate", "share", -0.5)];
    let sampler = Sampler::new(&three(), &correlations, Indefinite::Refuse).unwrap();
    assert_eq!(sampler.repair(), None);
    let outcomes = simulate(&sampler, plan(20_000, 11), 3, |inputs, out| out.copy_from_slice(inputs)).unwrap();
    let [price, share, rate] = outcomes.outputs.as_slice() else { panic!() };
    // A rank correlation of n independent draws has a standard error of 1 ÷ √n at most: 0.007.
    for (a, b, asked) in [(price, rate, 0.7), (rate, share, -0.5), (price, share, 0.0)] {
        assert!((spearman(a, b) - asked).abs() < 0.03, "{} for {asked}", spearman(a, b));
    }
    assert!(share.iter().all(|share| (0.0..=1.0).contains(share)), "a share stays one");
    let same = Sampler::new(&three(), &[pair("price", "rate", 1.0)], Indefinite::Refuse).unwrap();
    let outcomes = simulate(&same, plan(1_000, 1), 3, |inputs, out| out.copy_from_slice(inputs)).unwrap();
    assert_eq!(spearman(&outcomes.outputs[0], &outcomes.outputs[2]), 1.0);
}

#[test]
fn inputs_of_one_name_have_the_same_draws_in_every_scenario() {
    let dear = input("price", Distribution::lognormal(2.0, 1.0));
    let alone = sampler(std::slice::from_ref(&dear));
    let among = sampler(&[input("rate", Distribution::uniform(0.0, 1.0)), dear.clone()]);
    let keep = |index: usize| move |inputs: &[f64], out: &mut [f64]| out[0] = inputs[index];
    let first = simulate(&alone, plan(600, 9), 1, keep(0)).unwrap().outputs;
    assert_eq!(first, simulate(&among, plan(600, 9), 1, keep(1)).unwrap().outputs, "whatever stands beside it");
    let own = Plan { scenario: Some(1), ..plan(600, 9) };
    assert_ne!(first, simulate(&alone, own, 1, keep(0)).unwrap().outputs, "unless a scenario wants its own");
    assert_ne!(first, simulate(&alone, plan(600, 10), 1, keep(0)).unwrap().outputs);
    let fewer = simulate(&alone, plan(300, 9), 1, keep(0)).unwrap().outputs;
    assert_eq!(first[0][..300], fewer[0], "more draws begin with the same ones");
    // A scenario that is 1 cheaper is cheaper in every draw, and their difference is certain.
    let cheaper = simulate(&alone, plan(600, 9), 1, |inputs, out| out[0] = inputs[0] - 1.0).unwrap().outputs;
    let found = compare(&first[0], &cheaper[0]).unwrap();
    assert_eq!((found.first_larger.share, found.equal), (1.0, 0.0));
    assert!((found.mean_difference - 1.0).abs() < 1e-12 && found.standard_error.unwrap() < 1e-12);
}

#[test]
fn a_summary_of_four_draws_by_hand() {
    let summary = summarise(&[4.0, 1.0, 3.0, 2.0]).unwrap();
    // Places 0.3, 1.5 and 2.7 of 1, 2, 3, 4; variance 5/3.
    assert!((summary.p10 - 1.3).abs() < 1e-12 && (summary.p90 - 3.7).abs() < 1e-12);
    // Places 0.75 and 2.25.
    assert!((summary.p25 - 1.75).abs() < 1e-12 && (summary.p75 - 3.25).abs() < 1e-12);
    assert_eq!((summary.draws, summary.mean, summary.p50), (4, 2.5, 2.5));
    assert!((summary.sd.unwrap() - 1.290_994_448_735_805_6).abs() < 1e-15);
    assert!((summary.standard_error.unwrap() - 0.645_497_224_367_902_8).abs() < 1e-15);
    let single = summarise(&[7.0]).unwrap();
    assert_eq!((single.mean, single.p10, single.sd, single.standard_error), (7.0, 7.0, None, None));
    assert_eq!(summarise(&[]), Err(UncertaintyError::Empty));
    assert_eq!(summarise(&[1e200, -1e200]), Err(UncertaintyError::TooLarge));
}

/// Wilson's interval for 8 of 10 is 0.4902 to 0.9433 (`scipy.stats.binomtest(8, 10).proportion_ci(method='wilson')`).
#[test]
fn a_chance_of_eight_in_ten() {
    let draws: Vec<f64> = (1..=10).map(f64::from).collect();
    let found = chance(&draws, 3.0).unwrap();
    assert_eq!(found.share, 0.8);
    assert!((found.standard_error - 0.126_491_106_406_735_17).abs() < 1e-15);
    assert!((found.low - 0.490_162_471_536_642).abs() < 1e-12 && (found.high - 0.943_317_848_545_625).abs() < 1e-12);
    let never = chance(&draws, 11.0).unwrap();
    assert_eq!((never.share, never.standard_error, never.low), (0.0, 0.0, 0.0));
    assert!((never.high - 0.277_532_799_862_89).abs() < 1e-12, "ten draws do not show that it never happens");
    assert!(chance(&draws, f64::NAN).is_err() && chance(&[], 1.0).is_err());
    assert_eq!(compare(&[1.0], &[1.0, 2.0]), Err(UncertaintyError::Unpaired { left: 1, right: 2 }));
}

#[test]
fn an_outcome_that_is_no_number_is_told_with_its_draw() {
    let one = sampler(&[input("a", Distribution::uniform(0.0, 1.0))]);
    let found = simulate(&one, plan(1_000, 1), 2, |inputs, out| {
        out[0] = 1.0;
        out[1] = if inputs[0] > 0.5 { f64::NAN } else { 0.0 };
    });
    let mut stream = Stream::new(1, None, "a", 0);
    let first = std::iter::repeat_with(|| stream.share()).position(|share| share > 0.5).unwrap();
    assert!(matches!(found, Err(UncertaintyError::Output { draw, output: 1, .. }) if draw == first), "{found:?}");
    assert!(simulate(&one, plan(0, 1), 1, |_, _| ()).is_err());
}

#[test]
fn inputs_that_cannot_be_drawn_together_are_refused() {
    let refused = |pairs: &[RankCorrelation]| Sampler::new(&three(), pairs, Indefinite::Refuse).unwrap_err();
    assert!(refused(&[pair("price", "cost", 0.1)]).to_string().contains("there is no such input"));
    assert!(refused(&[pair("price", "price", 0.1)]).to_string().contains("one input"));
    assert!(refused(&[pair("price", "rate", 0.1), pair("rate", "price", 0.1)]).to_string().contains("twice"));
    assert!(matches!(refused(&[pair("price", "rate", 1.1)]), UncertaintyError::Figure { field: "rank", .. }));
    let contrary = [pair("price", "rate", 0.9), pair("rate", "share", 0.9), pair("price", "share", -0.9)];
    assert!(matches!(refused(&contrary), UncertaintyError::Indefinite { .. }));
    let repaired = Sampler::new(&three(), &contrary, Indefinite::Repair).unwrap();
    assert!(repaired.repair().is_some_and(|moved| moved > 0.4 && moved < 0.45));
    let fixed = [input("a", Distribution::fixed(1.0)), input("b", Distribution::uniform(0.0, 1.0))];
    assert!(Sampler::new(&fixed, &[pair("a", "b", 0.5)], Indefinite::Refuse).is_err());
    let twice = [fixed[0].clone(), fixed[0].clone()];
    assert!(matches!(Sampler::new(&twice, &[], Indefinite::Refuse), Err(UncertaintyError::Twice { .. })));
    assert_eq!(Sampler::new(&[], &[], Indefinite::Refuse), Err(UncertaintyError::Empty));
}

#[test]
fn a_tornado_by_hand() {
    let inputs = [
        input("small", Distribution::uniform(0.0, 10.0)),
        input("fixed", Distribution::fixed(2.0)),
        input("large", Distribution::uniform(0.0, 20.0)),
    ];
    let found = tornado(&inputs, |x| 100.0 + x[0] * x[1] - 3.0 * x[2]).unwrap();
    // Medians 5, 2, 10: 100 + 10 - 30. The large input from 2 to 18: 104 to 56; the small one from 1 to 9: 72 to 88.
    assert!((found.base - 80.0).abs() < 1e-12);
    let names: Vec<&str> = found.bars.iter().map(|bar| bar.name.as_str()).collect();
    assert_eq!(names, ["large", "small"]);
    let large = &found.bars[0];
    assert!((large.output.0 - 104.0).abs() < 1e-12 && (large.output.1 - 56.0).abs() < 1e-12);
    assert!((large.swing - 48.0).abs() < 1e-12 && (found.bars[1].swing - 16.0).abs() < 1e-12);
    assert!(matches!(tornado(&inputs, |_| f64::NAN), Err(UncertaintyError::Output { draw: 0, .. })));
}

/// T. Ishigami and T. Homma (1990) with a = 7, b = 0.1; indices as `scipy.stats.sobol_indices` documents them, with
/// 8/225 in the variance of the total indices.
#[test]
fn the_indices_of_the_ishigami_function() {
    let pi = std::f64::consts::PI;
    let inputs: Vec<Input> = ["x1", "x2", "x3"].map(|name| input(name, Distribution::uniform(-pi, pi))).to_vec();
    let ishigami = |x: &[f64]| {
        let (first, second) = (libm::sin(x[0]), libm::sin(x[1]));
        first + 7.0 * second * second + 0.1 * libm::pow(x[2], 4.0) * first
    };
    for seed in 1..=5 {
        let found = sobol(&inputs, 4_096, seed, ishigami).unwrap();
        for (each, (first, total)) in
            found.iter().zip([(0.313_905_19, 0.557_588_86), (0.442_411_14, 0.442_411_14), (0.0, 0.243_683_66)])
        {
            assert!((each.first - first).abs() < 0.01, "seed {seed}: {each:?}");
            assert!((each.total - total).abs() < 0.01, "seed {seed}: {each:?}");
        }
    }
    let bytes = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| sobol(&inputs, 256, 1, ishigami)).unwrap()
    };
    assert_eq!(bytes(1), bytes(8));
}

#[test]
fn a_sum_is_parted_by_its_variances() {
    // Variances 1/12 and 4/12: a fifth and four fifths, and nothing together.
    let inputs = [
        input("a", Distribution::uniform(0.0, 1.0)),
        input("c", Distribution::fixed(5.0)),
        input("b", Distribution::uniform(0.0, 2.0)),
    ];
    let found = sobol(&inputs, 1_024, 1, |x| 1e6 + x[0] + x[2] * x[1] / 5.0).unwrap();
    assert_eq!(found.iter().map(|each| each.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    for (each, share) in found.iter().zip([0.2, 0.8]) {
        assert!((each.first - share).abs() < 2e-3 && (each.total - share).abs() < 2e-3, "{each:?}");
    }
    assert_eq!(sobol(&inputs, 1_024, 1, |_| 3.0), Err(UncertaintyError::Constant));
    for samples in [0, 63, 100, 1 << 21] {
        assert!(matches!(sobol(&inputs, samples, 1, |x| x[0]), Err(UncertaintyError::Figure { .. })), "{samples}");
    }
}
