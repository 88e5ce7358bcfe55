//! Quantiles and means against scipy 1.17.1 (`scipy.stats`: uniform, triang, norm, lognorm, beta, truncnorm; `ppf` and
//! `mean`; truncated ones as `ppf(F(a) + p (F(b) − F(a)))` and the mean by `scipy.integrate.quad`), computed once.

use super::normal::quantile;
use super::pert::PertTable;
use super::*;

const SHARES: [f64; 10] = [1e-12, 1e-4, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.9999];

#[track_caller]
fn near(found: f64, expected: f64, share: f64) {
    assert!((found - expected).abs() <= share * expected.abs().max(1e-300), "{found} is not {expected}");
}

#[track_caller]
fn agrees(distribution: &Distribution, quantiles: [f64; 10], mean: f64) {
    for (share, expected) in SHARES.into_iter().zip(quantiles) {
        near(distribution.quantile(share).unwrap(), expected, 3e-14);
    }
    near(distribution.mean(), mean, 1e-13);
}

#[test]
#[rustfmt::skip]
fn quantiles_and_means_are_those_of_scipy() {
    agrees(&Distribution::uniform(2.0, 8.0).unwrap(),
        [2.000000000006, 2.0006, 2.06, 2.6, 3.5, 5.0, 6.5, 7.4, 7.9399999999999995, 7.9994], 5.0);
    agrees(&Distribution::triangular(1.0, 2.0, 6.0).unwrap(),
        [1.0000022360679774, 1.022360679774998, 1.223606797749979, 1.7071067811865477, 2.127016653792583,
         2.8377223398316205, 3.7639320225002106, 4.585786437626905, 5.552786404500042, 5.955278640450007], 3.0);
    agrees(&Distribution::triangular(1.0, 1.0, 3.0).unwrap(),
        [1.000000000001, 1.000100002500125, 1.01002512578676, 1.1026334038989725, 1.2679491924311228,
         1.5857864376269049, 2.0, 2.367544467966324, 2.8, 2.9800000000000013], 5.0 / 3.0);
    agrees(&Distribution::pert(1.0, 2.0, 6.0).unwrap(),
        [1.000000313425744, 1.0087387009378808, 1.1156726309613236, 1.4495106522962082, 1.8171574876113716,
         2.3833612969625944, 3.071133134772319, 3.72667025216791, 4.742796643148174, 5.592573390980065], 2.5);
    agrees(&Distribution::normal(10.0, 3.0).unwrap(),
        [-11.103451475903395, -1.1570494563670408, 3.0209563778774777, 6.1553453033661985, 7.976530749411754,
         10.0, 12.023469250588246, 13.844654696633802, 16.97904362212252, 21.157049456367126], 10.0);
    agrees(&Distribution::lognormal(4.0, 2.0).unwrap(),
        [0.1289627084046255, 0.6175043747129288, 1.192200411886847, 1.9529524904332842, 2.6015479333669678,
         3.5777087639996634, 4.920147668943397, 6.554178897183606, 10.736449905886177, 20.72859808637105], 4.0);
    agrees(&Distribution::lognormal_between(2.0, 50.0).unwrap(),
        [0.001456558252460532, 0.09367295534798603, 0.5385034436135352, 2.0, 4.286739473630538,
         10.0, 23.327753089531157, 50.0, 185.69983383758344, 1067.5439845845915], 22.002719413784707);
    let at_least_zero = Distribution::normal(1.0, 2.0).unwrap().within(Bounds::AT_LEAST_ZERO).unwrap();
    for (share, expected) in [(0.01, 0.0390912178967755), (0.1, 0.37686061341657195), (0.5, 1.7937423501790895),
        (0.9, 3.9643593568818147), (0.9999, 8.622404741080612)] {
        near(at_least_zero.quantile(share).unwrap(), expected, 1e-13);
    }
    near(at_least_zero.mean(), 2.018320867674067, 1e-14);
}

#[test]
#[rustfmt::skip]
fn truncation_spreads_what_lies_outside_over_the_rest() {
    let truncated = |of: Distribution, low, high| of.within(Bounds::new(Some(low), Some(high)).unwrap()).unwrap();
    for (distribution, quantiles, mean) in [
        (truncated(Distribution::triangular(1.0, 2.0, 6.0).unwrap(), 1.5, 4.0),
            [1.790569415042095, 2.6088350084373655, 3.6547921200882847], 2.666666666666667),
        (truncated(Distribution::pert(1.0, 2.0, 6.0).unwrap(), 1.5, 4.0),
            [1.7031073982738996, 2.451568853468084, 3.492513165127136], 2.528424342843806),
        (truncated(Distribution::lognormal(4.0, 2.0).unwrap(), 2.0, 5.0),
            [2.2977634730063663, 3.3112155957003555, 4.555840047846151], 3.3710669618389835),
        (truncated(Distribution::uniform(2.0, 8.0).unwrap(), 0.0, 5.0), [2.3, 3.5, 4.7], 3.5),
        (truncated(Distribution::normal(10.0, 3.0).unwrap(), 8.0, 11.0),
            [8.342466997741104, 9.558692806852564, 10.70389006955767], 9.540277067229013),
    ] {
        for (share, expected) in [0.1, 0.5, 0.9].into_iter().zip(quantiles) {
            near(distribution.quantile(share).unwrap(), expected, 1e-13);
        }
        near(distribution.mean(), mean, 1e-12);
    }
}

#[test]
#[rustfmt::skip]
fn the_inverse_normal_holds_far_into_the_tails() {
    for (share, z) in [(1e-300, -37.0470962993612), (1e-20, -9.262340089798409), (1e-10, -6.361340902404056),
        (0.01, -2.3263478740408408), (0.07, -1.4757910281791706), (0.08, -1.4050715603096329),
        (0.3, -0.5244005127080409), (0.6, 0.2533471031357997), (0.93, 1.475791028179171), (0.999999, 4.753424308817087)] {
        near(normal_quantile(share).unwrap(), z, 1e-15);
    }
    assert_eq!((normal_quantile(0.0), normal_quantile(1.0), normal_quantile(f64::NAN)), (None, None, None));
    near(normal_share_below(-6.361340902404056), 1e-10, 1e-13);
    assert_eq!(normal_share_below(0.0), 0.5);
}

/// The statement of [`PertTable`], and against a second implementation of the inverse: statrs.
#[test]
fn the_table_of_a_pert_distribution_is_as_near_as_it_says() {
    for mode in [0.0, 0.05, 0.3, 0.5, 0.9, 1.0] {
        let Ok(distribution) = Distribution::pert(0.0, mode, 1.0) else { panic!("{mode}") };
        let distribution::Shape::Pert { beta, a, b, .. } = distribution.shape else { panic!("{mode}") };
        let table = PertTable::new(beta);
        let mut last = 0.0;
        for step in 0..4_000 {
            let share = (f64::from(step) + 0.5) / 4_000.0;
            let value = table.at(quantile(share));
            assert!((value - distribution.at(share)).abs() <= 2e-8, "mode {mode}, share {share}");
            assert!(value >= last, "mode {mode}, share {share}");
            last = value;
            if step % 50 == 0 {
                let other = statrs::function::beta::inv_beta_reg(a, b, share);
                assert!((distribution.at(share) - other).abs() <= 1e-9, "mode {mode}, share {share}: {other}");
            }
        }
        let (low, high) = (table.at(-8.21), table.at(8.21));
        assert!((0.0..0.01).contains(&low) && high > 0.99 && high <= 1.0, "mode {mode}: {low} {high}");
    }
}

#[test]
fn what_was_observed_happens_again() {
    let observed = Distribution::empirical(&[4.0, 1.0, 2.0, 2.0]).unwrap();
    let at = |share| observed.quantile(share).unwrap();
    assert_eq!([at(0.01), at(0.25), at(0.26), at(0.75), at(0.76), at(0.99)], [1.0, 1.0, 2.0, 2.0, 4.0, 4.0]);
    assert_eq!(observed.mean(), 2.25);
    let less = observed.within(Bounds::new(None, Some(3.0)).unwrap()).unwrap();
    assert_eq!((less.quantile(0.99), less.mean()), (Ok(2.0), 5.0 / 3.0));
}

#[test]
fn figures_that_make_no_distribution_are_refused_by_name() {
    let field = |found: Result<Distribution, UncertaintyError>| match found {
        Err(UncertaintyError::Figure { field, .. }) => field,
        other => panic!("{other:?}"),
    };
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e31] {
        assert_eq!(field(Distribution::fixed(bad)), "value");
        assert_eq!(field(Distribution::uniform(bad, 1.0)), "low");
        assert_eq!(field(Distribution::uniform(0.0, bad)), "high");
        assert_eq!(field(Distribution::triangular(0.0, bad, 1.0)), "mode");
        assert_eq!(field(Distribution::pert(0.0, bad, 1.0)), "mode");
        assert_eq!(field(Distribution::normal(bad, 1.0)), "mean");
        assert_eq!(field(Distribution::normal(1.0, bad)), "sd");
        assert_eq!(field(Distribution::lognormal(1.0, bad)), "sd");
        assert_eq!(field(Distribution::empirical(&[1.0, bad])), "values");
    }
    assert_eq!(field(Distribution::uniform(1.0, 1.0)), "low");
    assert_eq!(field(Distribution::triangular(0.0, 2.0, 1.0)), "mode");
    assert_eq!(field(Distribution::normal(0.0, 0.0)), "sd");
    assert_eq!(field(Distribution::lognormal(0.0, 1.0)), "mean");
    assert_eq!(field(Distribution::lognormal_between(1e-30, 1e30)), "p90", "draws could pass 1e100");
    assert_eq!(field(Distribution::lognormal_between(2.0, 1.0)), "p10");
    assert_eq!(Distribution::empirical(&[]), Err(UncertaintyError::Empty));
    let price = Distribution::normal(-10.0, 1.0).unwrap().within(Bounds::AT_LEAST_ZERO);
    assert!(matches!(price, Err(UncertaintyError::Outside { .. })), "{price:?}");
    assert!(Distribution::fixed(-1.0).unwrap().within(Bounds::AT_LEAST_ZERO).is_err());
    assert!(Bounds::new(Some(1.0), Some(1.0)).is_err());
    let one = Distribution::fixed(1.0).unwrap();
    assert!([0.0, 1.0, -0.5, f64::NAN].into_iter().all(|share| one.quantile(share).is_err()));
}
