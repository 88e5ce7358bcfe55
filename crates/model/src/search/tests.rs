//! Searches by hand, and what holds for any space.

use proptest::prelude::*;

use super::*;

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn space() -> Space {
    Space {
        gpus: words(&["slow", "fast"]),
        groups: vec![1, 2],
        in_flight: vec![1, 10],
        regions: words(&["east", "west"]),
        contracts: words(&["on_demand", "reserved"]),
    }
}

/// A slow GPU takes 40 ms a token, a fast one 20; a group of two halves it; ten in flight double it. A slow GPU alone
/// lacks memory.
fn serving(gpu: &str, group: u32, in_flight: u32) -> Result<Served, Unserved> {
    if gpu == "slow" && group == 1 {
        return Err(Unserved::Memory);
    }
    let tpot_s = if gpu == "slow" { 0.04 } else { 0.02 } / f64::from(group) * if in_flight > 1 { 2.0 } else { 1.0 };
    let end_to_end_s = 100.0 * tpot_s;
    let requests_per_s = f64::from(in_flight) / end_to_end_s;
    Ok(Served { ttft_s: 0.1, tpot_s, end_to_end_s, requests_per_s, output_tokens_per_s: 100.0 * requests_per_s })
}

fn price(gpu: &str, region: &str, contract: &str) -> Option<f64> {
    let usd = if gpu == "slow" { 1.0 } else { 4.0 };
    match (region, contract) {
        (_, "on_demand") => Some(usd),
        ("east", _) => Some(usd / 2.0),
        _ => None,
    }
}

#[test]
fn a_front_by_hand() {
    let limits = Limits { tpot_s: Some(0.03), ..Limits::default() };
    let found = search(&space(), &limits, (Demand::RequestsPerS(5.0), Latency::Tpot), serving, price).unwrap();
    assert_eq!(found.tried, 32);
    // Reserved in the east, each fast enough: fast × 2 alone at 10 ms, 1 in flight: 1 request/s, 5 replicas of $4.
    // The same with ten in flight at 20 ms: 5 requests/s, 1 replica, $4. Fast × 1, 1 in flight at 20 ms: 10 × $2.
    // Slow × 2, 1 in flight at 20 ms: 10 × $1. Everything else is slower than 30 ms or dearer.
    let told: Vec<_> =
        found.front.iter().map(|one| (one.gpu.as_str(), one.group, one.in_flight, one.replicas, one.cost)).collect();
    assert_eq!(told, [("fast", 2, 1, 5, 20.0), ("fast", 2, 10, 1, 4.0)]);
    assert!(found.front.iter().all(|one| one.region == "east" && one.contract == "reserved"));
    // Of the 8 shapes in 4 places: reserved in the west is not sold (8); 2 slow single GPUs (6); slow × 2 and fast × 1 with
    // ten in flight take 40 ms (6); of the 12 left 2 are on the front.
    let counts: Vec<_> = found.lost.iter().filter(|lost| lost.1 > 0).map(|(reason, n)| (reason.word(), *n)).collect();
    assert_eq!(counts, [("not_sold", 8), ("memory", 6), ("tpot", 6), ("beaten", 10)]);
}

#[test]
fn a_region_that_requests_may_not_go_to_is_never_ranked() {
    let limits = Limits { regions: Some(words(&["west"])), ..Limits::default() };
    let found = search(&space(), &limits, (Demand::FullLoad, Latency::EndToEnd), serving, price).unwrap();
    assert!(found.front.iter().all(|one| one.region == "west" && one.contract == "on_demand"));
    assert_eq!(found.lost[0], (Reason::Residency, 16));
    // The cheapest: slow × 2, ten in flight: 25 × 10 = 250 tokens/s for $2 an hour.
    let last = found.front.last().unwrap();
    assert!((last.cost - 2.0 / (250.0 * 3_600.0) * 1e6).abs() < 1e-9, "{last:?}");
    assert_eq!((last.gpu.as_str(), last.in_flight), ("slow", 10));
}

#[test]
fn what_cannot_be_searched_is_told() {
    let run = |space: &Space, limits: &Limits, demand| {
        search(space, limits, (demand, Latency::Tpot), serving, price).unwrap_err()
    };
    let empty = Space { gpus: Vec::new(), ..space() };
    assert_eq!(run(&empty, &Limits::default(), Demand::FullLoad), SearchError::Size(0));
    let wide = Space { in_flight: (0..1_000_000).collect(), ..space() };
    assert!(matches!(run(&wide, &Limits::default(), Demand::FullLoad), SearchError::Size(_)));
    let limits = Limits { ttft_s: Some(f64::NAN), ..Limits::default() };
    let field = |error: SearchError| match error {
        SearchError::Figure { field, .. } => field,
        SearchError::Size(_) => panic!("{error}"),
    };
    assert_eq!(field(run(&space(), &limits, Demand::FullLoad)), "limits.ttft_s");
    assert_eq!(field(run(&space(), &Limits::default(), Demand::RequestsPerS(-1.0))), "requests_per_s");
    assert_eq!(field(run(&space(), &Limits::default(), Demand::RequestsPerS(1e12))), "requests_per_s");
    let negative = |_: &str, _: &str, _: &str| Some(-1.0);
    let error = search(&space(), &Limits::default(), (Demand::FullLoad, Latency::Tpot), serving, negative).unwrap_err();
    assert_eq!(field(error), "price of slow in east, on_demand");
    let still = |_: &str, _: u32, _: u32| serving("fast", 1, 1).map(|served| Served { requests_per_s: 0.0, ..served });
    let error = search(&space(), &Limits::default(), (Demand::FullLoad, Latency::Tpot), still, price).unwrap_err();
    assert_eq!(field(error), "served.requests_per_s");
}

proptest! {
    #[test]
    fn each_configuration_is_on_the_front_or_lost_and_none_beats_the_front(
        times in proptest::collection::vec(0.001..0.1_f64, 8), usd in proptest::collection::vec(proptest::option::of(0.1..9.0_f64), 8),
        tpot_s in proptest::option::of(0.005..0.08_f64), rate in 0.0..50.0_f64,
    ) {
        let space = space();
        let at = |gpu: &str, group: u32, in_flight: u32| {
            usize::from(gpu == "fast") * 4 + usize::from(group == 2) * 2 + usize::from(in_flight == 10)
        };
        let serving = |gpu: &str, group: u32, in_flight: u32| {
            let tpot_s = times[at(gpu, group, in_flight)];
            let requests_per_s = f64::from(in_flight) / tpot_s / 100.0;
            Ok(Served { ttft_s: 0.1, tpot_s, end_to_end_s: tpot_s * 100.0, requests_per_s, output_tokens_per_s: 1.0 })
        };
        let price = |gpu: &str, region: &str, contract: &str| {
            usd[usize::from(gpu == "fast") * 4 + usize::from(region == "west") * 2 + usize::from(contract == "reserved")]
        };
        let limits = Limits { tpot_s, ..Limits::default() };
        let found = search(&space, &limits, (Demand::RequestsPerS(rate), Latency::Tpot), serving, price).unwrap();
        prop_assert_eq!(found.front.len() + found.lost.iter().map(|lost| lost.1).sum::<usize>(), found.tried);
        let is_front = |pair: &[Candidate]| pair[0].latency_s < pair[1].latency_s && pair[0].cost > pair[1].cost;
        prop_assert!(found.front.windows(2).all(is_front), "{found:?}");
        for candidate in &found.front {
            prop_assert!(tpot_s.is_none_or(|limit| candidate.served.tpot_s <= limit));
            prop_assert!(candidate.replicas as f64 * candidate.served.requests_per_s >= rate - 1e-6);
        }
        // Every configuration within the limits, asked one by one.
        for (gpu, group, in_flight) in [("slow", 1, 1), ("slow", 2, 10), ("fast", 1, 10), ("fast", 2, 1)] {
            let Ok(served) = serving(gpu, group, in_flight) else { continue };
            let Some(usd) = price(gpu, "west", "reserved") else { continue };
            if tpot_s.is_some_and(|limit| served.tpot_s > limit) {
                continue;
            }
            let cost = (rate / served.requests_per_s - 1e-9).ceil().max(0.0) * usd * f64::from(group);
            let is_matched = found.front.iter().any(|one| one.latency_s <= served.tpot_s && one.cost <= cost);
            prop_assert!(is_matched, "{gpu} {group} {in_flight}");
        }
    }
}
