//! Fleets that can be checked by hand, against a search of every number of replicas, and against the plain programme.

use proptest::prelude::*;

use super::*;
use crate::serving;

fn bucket(name: &str, rate: f64) -> Bucket {
    Bucket { name: name.to_owned(), rate, regions: None }
}

fn replica(gpu: &str, group: u32, capacity: &[f64]) -> Replica {
    let capacity = capacity.iter().map(|rate| (*rate > 0.0).then_some(*rate)).collect();
    Replica { gpu: gpu.to_owned(), group, capacity }
}

fn sale(gpu: &str, region: &str, purchase: Purchase, usd_per_hour: f64) -> Sale {
    Sale { gpu: gpu.to_owned(), region: region.to_owned(), purchase, usd_per_hour, gpus: None }
}

/// Two sizes of requests; a small GPU at $1 and a large one at $4 that carries five times as many long requests.
fn asked() -> FleetProblem {
    FleetProblem {
        buckets: vec![bucket("short", 8.0), bucket("long", 10.0)],
        replicas: vec![replica("small", 1, &[4.0, 2.0]), replica("large", 1, &[8.0, 10.0])],
        sales: vec![sale("small", "east", Purchase::OnDemand, 1.0), sale("large", "east", Purchase::OnDemand, 4.0)],
        stocks: Vec::new(),
        spot_share: 1.0,
        spares: 0,
        nodes: 500,
    }
}

#[track_caller]
fn costs(asked: &FleetProblem, usd_per_hour: f64) -> Fleet {
    let fleet = cheapest_fleet(asked).unwrap();
    assert!((fleet.usd_per_hour - usd_per_hour).abs() < 1e-9, "{usd_per_hour}: {fleet:?}");
    assert_eq!(fleet.gap(), 0.0, "{fleet:?}");
    fleet
}

fn why(asked: &FleetProblem) -> (String, Why) {
    match cheapest_fleet(asked) {
        Err(MixError::Unserved { bucket, why }) => (bucket, why),
        other => panic!("{other:?}"),
    }
}

#[test]
fn short_requests_go_to_small_gpus_and_long_ones_to_the_large() {
    // Short ones take 2 small GPUs, long ones 1 large: $6. Small alone 2 + 5 = $7, large alone 1 + 1 = $8.
    let fleet = costs(&asked(), 6.0);
    let alternatives: Vec<_> = fleet.alternatives.iter().map(|one| (one.gpu.as_deref(), one.usd_per_hour)).collect();
    assert_eq!(alternatives, [(Some("large"), Some(8.0)), (Some("small"), Some(7.0))]);
    assert_eq!(fleet.held.iter().map(Held::gpus).collect::<Vec<_>>(), [2, 1]);
}

#[test]
fn every_purchase_option_is_used_within_its_limits() {
    let mut spot = asked();
    spot.sales.push(sale("small", "east", Purchase::Spot, 0.5));
    // Small ones on spot: 7 × $0.5.
    costs(&spot, 3.5);
    // Half of the GPUs at most: of 7 small ones 3 on spot, 1.5 + 4 = 5.5; of 2 small and a large, 1: 0.5 + 1 + 4 = 5.5.
    spot.spot_share = 0.5;
    costs(&spot, 5.5);
    spot.spot_share = 0.0;
    let fleet = costs(&spot, 6.0);
    assert!(fleet.held.iter().all(|held| held.purchase != Purchase::Spot));
    let mut reserved = asked();
    reserved.sales.push(Sale { gpus: Some(3), ..sale("small", "east", Purchase::Reserved, 0.5) });
    // 3 of the 7 small ones reserved: 1.5 + 4 = 5.5; or 2 reserved ones and a large: 1 + 4 = 5.
    let fleet = costs(&reserved, 5.0);
    assert_eq!(fleet.alternatives[0], Alternative { gpu: None, usd_per_hour: Some(6.0) }, "all on demand");
}

#[test]
fn groups_are_bought_whole() {
    let mut pairs = asked();
    pairs.replicas = vec![replica("small", 2, &[4.0, 2.0])];
    // 2 + 5 replicas of 2 GPUs.
    let fleet = costs(&pairs, 14.0);
    assert_eq!((fleet.held[0].replicas, fleet.held[0].gpus()), (7, 14));
    // 13 GPUs are 6 groups and a single one: the seventh replica cannot be had.
    pairs.stocks = vec![Stock { gpu: "small".to_owned(), region: "east".to_owned(), gpus: 13 }];
    let (_, why) = why(&pairs);
    assert!(matches!(why, Why::Stock { short } if short > 0.19 && short < 0.51), "{why:?}");
}

#[test]
fn requests_stay_where_they_may_be() {
    let mut two = asked();
    two.sales.push(sale("large", "west", Purchase::OnDemand, 1.0));
    // In the west a large one costs $1: 1 of them for short ones, 1 for long ones.
    costs(&two, 2.0);
    two.buckets[0].regions = Some(vec!["east".to_owned()]);
    // Short ones: 2 small ones in the east; long ones in the west.
    let fleet = costs(&two, 3.0);
    let part = fleet.parts.iter().find(|part| part.bucket == "short").unwrap();
    assert_eq!((part.region.as_str(), part.share), ("east", 1.0));
    two.buckets[0].regions = Some(vec!["north".to_owned()]);
    let regions = vec!["east".to_owned(), "west".to_owned()];
    assert_eq!(why(&two), ("short".to_owned(), Why::Residency { regions }));
}

#[test]
fn spare_replicas_stand_in_every_pool_that_serves() {
    let mut spare = asked();
    spare.spares = 1;
    // Small alone 7 + 1 = $8; both types 2 + 1 and (1 + 1) × 4 = $11; large alone 3 × 4.
    let fleet = costs(&spare, 8.0);
    assert_eq!(fleet.held.len(), 1);
    spare.stocks = vec![Stock { gpu: "small".to_owned(), region: "east".to_owned(), gpus: 7 }];
    // The eighth small one is not there: 2 + 1 small ones and (1 + 1) × 4.
    let fleet = cheapest_fleet(&spare).unwrap();
    assert!((fleet.usd_per_hour - 11.0).abs() < 1e-9, "{fleet:?}");
    spare.sales.pop();
    assert!(matches!(why(&spare).1, Why::Spares { .. }));
}

#[test]
fn what_cannot_be_is_told_with_the_bucket_and_the_reason() {
    let mut slow = asked();
    slow.replicas = vec![replica("small", 1, &[4.0, 0.0])];
    assert_eq!(why(&slow), ("long".to_owned(), Why::Latency));
    let mut unsold = asked();
    unsold.replicas[0].capacity[1] = None;
    unsold.sales.pop();
    assert_eq!(why(&unsold), ("long".to_owned(), Why::NotSold { gpus: vec!["large".to_owned()] }));
    let mut spot = asked();
    spot.sales = vec![sale("small", "east", Purchase::Spot, 1.0)];
    spot.spot_share = 0.5;
    assert!(matches!(why(&spot).1, Why::SpotShare { .. }));
    let mut scarce = asked();
    scarce.sales.iter_mut().for_each(|sale| sale.gpus = Some(1));
    // One small and one large: 1 large serves the long ones, 1 small half of the short ones.
    let (_, why) = why(&scarce);
    assert!(matches!(why, Why::Stock { short } if (short - 0.5).abs() < 1e-6), "{why:?}");
    assert_eq!(why.to_string(), "stock lacks GPUs for 50.0 % of its requests");
}

#[test]
fn figures_out_of_range_are_told_with_their_place() {
    let refused = |change: &dyn Fn(&mut FleetProblem)| {
        let mut wrong = asked();
        change(&mut wrong);
        match cheapest_fleet(&wrong) {
            Err(MixError::Figure { path, .. }) => path,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(refused(&|wrong| wrong.buckets[1].rate = f64::NAN), "buckets[1].rate");
    assert_eq!(refused(&|wrong| wrong.buckets[1].rate = -1.0), "buckets[1].rate");
    assert_eq!(refused(&|wrong| wrong.buckets[1].rate = 1e11), "buckets[1].rate", "ten thousand million GPUs");
    assert_eq!(refused(&|wrong| wrong.replicas[0].group = 0), "replicas[0].group");
    assert_eq!(refused(&|wrong| wrong.replicas[0].capacity.clear()), "replicas[0].capacity");
    assert_eq!(refused(&|wrong| wrong.replicas[0].capacity[0] = Some(f64::INFINITY)), "replicas[0].capacity");
    assert_eq!(refused(&|wrong| wrong.sales[0].usd_per_hour = -1.0), "sales[0].usd_per_hour");
    assert_eq!(refused(&|wrong| wrong.spot_share = 1.5), "spot_share");
    assert_eq!(refused(&|wrong| wrong.sales.clear()), "sales");
}

#[test]
fn nothing_asked_costs_nothing() {
    let mut idle = asked();
    idle.buckets.iter_mut().for_each(|bucket| bucket.rate = 0.0);
    let fleet = costs(&idle, 0.0);
    assert!(fleet.held.is_empty() && fleet.parts.is_empty());
}

/// The least cost over every number of replicas of two types. Of given numbers it asks whether they suffice: buckets go
/// to the first type in the order of how many of the second they would take for one of the first, until it is full.
fn by_trying_all(loads: &[[f64; 2]], prices: [f64; 2]) -> f64 {
    let mut order = loads.to_vec();
    order.sort_by(|a, b| (b[1] / b[0]).total_cmp(&(a[1] / a[0])));
    let most = |kind: usize| loads.iter().map(|load| load[kind]).sum::<f64>().ceil() as u32;
    let needed = |first: u32| {
        let mut room = f64::from(first);
        let mut second = 0.0;
        for [one, other] in &order {
            let taken = (room / one).min(1.0);
            room -= taken * one;
            second += (1.0 - taken) * other;
        }
        second
    };
    (0..=most(0))
        .map(|first| f64::from(first) * prices[0] + (needed(first) - 1e-7).ceil().max(0.0) * prices[1])
        .fold(f64::INFINITY, f64::min)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn two_types_cost_what_trying_all_numbers_finds(
        rates in proptest::collection::vec(0.5..20.0_f64, 1..7),
        capacities in proptest::collection::vec((0.5..6.0_f64, 0.5..6.0_f64), 7),
        prices in [0.5..5.0_f64, 0.5..5.0_f64],
    ) {
        let mut asked = asked();
        asked.nodes = 5_000;
        asked.buckets = rates.iter().enumerate().map(|(index, rate)| bucket(&index.to_string(), *rate)).collect();
        let capacity = |kind: usize| -> Vec<f64> {
            let of = capacities[..rates.len()].iter().map(|pair| if kind == 0 { pair.0 } else { pair.1 });
            of.collect()
        };
        asked.replicas = vec![replica("small", 1, &capacity(0)), replica("large", 1, &capacity(1))];
        (asked.sales[0].usd_per_hour, asked.sales[1].usd_per_hour) = (prices[0], prices[1]);
        let fleet = cheapest_fleet(&asked).unwrap();
        let loads: Vec<[f64; 2]> =
            rates.iter().zip(&capacities).map(|(rate, pair)| [rate / pair.0, rate / pair.1]).collect();
        let expected = by_trying_all(&loads, prices);
        prop_assert!((fleet.usd_per_hour - expected).abs() < 1e-6, "{expected}: {fleet:?}");
    }

    #[test]
    fn a_fleet_is_never_dearer_than_a_simpler_one_and_keeps_every_limit(
        rates in proptest::collection::vec(0.1..8.0_f64, 3),
        capacities in proptest::collection::vec(0.5..4.0_f64, 6),
        prices in proptest::collection::vec(0.5..5.0_f64, 6),
        stock in 0..30_u64, spot_share in 0.0..1.0_f64, spares in 0..2_u32, groups in [1..3_u32, 1..3_u32],
    ) {
        let mut asked = asked();
        asked.buckets = rates.iter().enumerate().map(|(index, rate)| bucket(&index.to_string(), *rate)).collect();
        asked.replicas = vec![
            replica("small", groups[0], &capacities[..3]), replica("large", groups[1], &capacities[3..]),
        ];
        asked.sales = vec![
            sale("small", "east", Purchase::OnDemand, prices[0]),
            sale("large", "east", Purchase::OnDemand, prices[1]),
            sale("small", "west", Purchase::OnDemand, prices[2]),
            Sale { gpus: Some(stock), ..sale("large", "west", Purchase::Reserved, prices[3]) },
            sale("small", "east", Purchase::Spot, prices[4]),
            sale("large", "west", Purchase::Spot, prices[5]),
        ];
        (asked.spot_share, asked.spares) = (spot_share, spares);
        let fleet = cheapest_fleet(&asked).unwrap();
        prop_assert!(fleet.usd_per_hour.is_finite() && fleet.usd_per_hour >= 0.0);
        for alternative in &fleet.alternatives {
            prop_assert!(alternative.usd_per_hour.is_none_or(|usd| usd >= fleet.usd_per_hour - 1e-9), "{fleet:?}");
        }
        let gpus = |of: &dyn Fn(&Held) -> bool| fleet.held.iter().filter(|held| of(held)).map(Held::gpus).sum::<u64>();
        let spot = gpus(&|held| held.purchase == Purchase::Spot);
        prop_assert!(spot as f64 <= spot_share * gpus(&|_| true) as f64 + 1e-6);
        prop_assert!(gpus(&|held| held.purchase == Purchase::Reserved) <= stock);
        for (index, rate) in rates.iter().enumerate() {
            let served: f64 = fleet.parts.iter().filter(|part| part.bucket == index.to_string()).map(|part| part.share).sum();
            prop_assert!((served - 1.0).abs() < 1e-6, "{rate} {fleet:?}");
        }
        for (kind, group) in [("small", groups[0]), ("large", groups[1])] {
            for region in ["east", "west"] {
                let parts = fleet.parts.iter().filter(|part| part.gpu == kind && part.region == region);
                let load: f64 = parts.map(|part| {
                    let index: usize = part.bucket.parse().unwrap();
                    let capacity = capacities[if kind == "small" { index } else { index + 3 }];
                    part.share * rates[index] / capacity
                }).sum();
                let here = gpus(&|held| held.gpu == kind && held.region == region) / u64::from(group);
                let needed = load + if load > 1e-6 { f64::from(spares) } else { 0.0 };
                prop_assert!(here as f64 >= needed - 1e-5, "{kind} {region}: {needed} {fleet:?}");
            }
        }
        // The plain mix of the same types on demand in the east is one of the fleets that were possible.
        if spares == 0 && groups == [1, 1] {
            let gpus = [Gpu { usd_per_hour: prices[0], capacity: capacities[..3].to_vec() },
                Gpu { usd_per_hour: prices[1], capacity: capacities[3..].to_vec() }];
            let plain = cheapest_mix(&rates, &gpus, 3).unwrap();
            prop_assert!(fleet.usd_per_hour <= plain.usd_per_hour + 1e-9, "{plain:?} {fleet:?}");
        }
    }
}

#[test]
fn capacity_comes_from_the_serving_model_and_falls_with_the_target() {
    let model = serving::model("Llama-3.1-70B").unwrap();
    let gpu = serving::gpu("h100_sxm").unwrap();
    let deployment = serving::Deployment {
        tensor_parallel: 4,
        data_parallel: 1,
        expert_parallel: 1,
        weights: serving::Precision::Fp8,
        cache: serving::CachePrecision::Bf16,
        backend: serving::Backend::Vllm,
    };
    let size = RequestSize { input_tokens: 1_000.0, output_tokens: 200.0, prefix_hit_share: 0.0 };
    let asked = |tpot_s: Option<f64>, ttft_s: Option<f64>, stance| {
        capacity_from_serving((&model, &gpu, deployment), size, LatencyTarget { ttft_s, tpot_s }, stance, &[]).unwrap()
    };
    let (wide, in_flight) = asked(Some(0.05), None, Stance::Estimate).unwrap();
    // Little's law: in flight = rate × time, and the time is at least that of 199 tokens.
    assert!(in_flight > 1.0 && wide * 199.0 * 0.05 <= in_flight * 1.2, "{wide} {in_flight}");
    let load = serving::Load {
        input_tokens: 1_000.0,
        output_tokens: 200.0,
        concurrency: in_flight + 1.0,
        prefix_hit_share: 0.0,
    };
    let question = serving::Question { model: &model, gpu: &gpu, deployment, load };
    assert!(serving::answer(&question, &[]).unwrap().tpot_s.value > 0.05, "one more misses the target");
    let (narrow, _) = asked(Some(0.03), None, Stance::Estimate).unwrap();
    let (careful, _) = asked(Some(0.05), None, Stance::WholeBand).unwrap();
    assert!(narrow < wide && careful < wide);
    assert_eq!(asked(Some(1e-4), None, Stance::Estimate), None, "no GPU answers in a tenth of a millisecond");
    assert!(asked(None, Some(1.0), Stance::Estimate).unwrap().0 <= asked(None, None, Stance::Estimate).unwrap().0);
    let wrong = LatencyTarget { ttft_s: Some(f64::NAN), tpot_s: None };
    assert!(capacity_from_serving((&model, &gpu, deployment), size, wrong, Stance::Estimate, &[]).is_err());
}
