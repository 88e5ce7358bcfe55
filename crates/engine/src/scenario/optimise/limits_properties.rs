//! Limits of whatever wins: no request leaves where it may be, nothing is chosen that is not sold, and no model without a
//! score.

use proptest::prelude::*;

use super::tests::{book, found_by, given};
use super::*;

/// Sellers with their regions, and whether these lie in the EU, by their own pages.
const PLACES: [(&str, &str, bool); 6] = [
    ("aws", "eu-north-1", true),
    ("aws", "us-east-1", false),
    ("aws", "eu-west-2", false),
    ("nebius", "eu-north1", true),
    ("nebius", "eu-west1", true),
    ("nebius", "us-central1", false),
];
const GPUS: [&str; 3] = ["H100", "H200", "L40S"];
const WAYS: [&str; 2] = ["on-demand", "spot"];
const PRICES: &str = include_str!("../../../data/gpu_prices.csv");

/// Asks the file of prices itself: is there a row of this seller, GPU, region and way of buying?
fn is_sold(cloud: &str, gpu: &str, region: &str, way: &str) -> bool {
    PRICES.lines().any(|line| {
        let cells: Vec<&str> = line.split(',').collect();
        cells.len() > 5 && [cells[0], cells[1], cells[3], cells[4]] == [cloud, gpu, region, &way.replace('-', "_")]
    })
}

fn text(requests: u32, overflow: bool, gpus: &[u32], places: &[usize], residency: bool) -> String {
    let mut text = format!(
        "[scenario]\nname = \"Own\"\nstart = \"2026-11\"\nmonths = 2\n[demand]\nrequests_per_month = {requests}\n\
         growth_percent_per_month = 5\ninput_tokens_per_request = 10\noutput_tokens_per_request = 100\n[revenue]\n\
         usd_per_request = 0.02\n[[component]]\nname = \"own\"\nkind = \"own-gpus\"\nmodel = \"large\"\ngpu = \"H100\"\n\
         cloud = \"aws\"\nregion = \"eu-north-1\"\npriced_at = \"2026-11-21\"\n\
         output_tokens_per_s_per_gpu = {{ value = 10, evidence = \"measured\" }}\n"
    );
    if overflow {
        text.push_str(
            "overflow_to = \"rest\"\n[[component]]\nname = \"rest\"\nkind = \"api\"\nprovider = \"anthropic\"\n\
             model = \"claude-haiku-4-5\"\npriced_at = \"2026-10-31\"\nshare_percent = 0\n",
        );
    }
    if residency {
        text.push_str("[limits]\nresidency = [\"EU\"]\n");
    }
    let listed = |words: &[&str]| words.iter().map(|word| format!("{word:?}")).collect::<Vec<_>>().join(", ");
    let vary = |path: &str, values: String| {
        format!("[[optimise.vary]]\npath = \"component.own.{path}\"\nvalues = [{values}]\n")
    };
    text.push_str(&vary("gpu", listed(&GPUS)));
    text.push_str(&vary("purchase", listed(&WAYS)));
    text.push_str(&vary("gpus", gpus.iter().map(u32::to_string).collect::<Vec<_>>().join(", ")));
    for place in places {
        let (cloud, region, _) = PLACES[*place];
        text.push_str(&format!(
            "[[optimise.option]]\nof = \"place\"\nname = \"{cloud} {region}\"\nset = {{ \"component.own.cloud\" = \"{cloud}\", \
             \"component.own.region\" = \"{region}\" }}\n"
        ));
    }
    for (name, set) in [
        ("large", "\"component.own.model\" = \"large\""),
        (
            "small",
            "\"component.own.model\" = \"small\", \"component.own.output_tokens_per_s_per_gpu\" = { value = 40, evidence = \"measured\" }",
        ),
        (
            "small, scored",
            "\"component.own.model\" = \"small\", \"component.own.quality\" = { task = \"answers\", score = 0.7, source = \"own test\" }",
        ),
    ] {
        text.push_str(&format!("[[optimise.option]]\nof = \"model\"\nname = \"{name}\"\nset = {{ {set} }}\n"));
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn what_is_ranked_stays_where_it_may_be_is_sold_there_and_has_a_score(
        requests in 100_000..3_000_000u32,
        overflow in any::<bool>(),
        residency in any::<bool>(),
        gpus in proptest::collection::btree_set(1..14u32, 1..3),
        places in proptest::collection::btree_set(0..PLACES.len(), 1..5),
    ) {
        let (gpus, places): (Vec<u32>, Vec<usize>) = (gpus.into_iter().collect(), places.into_iter().collect());
        let text = text(requests, overflow, &gpus, &places, residency);
        let found = found_by(&text, None).unwrap();
        let prices = book();
        let ground = Ground::new("own", (&text, &text, &parse(&text).unwrap()), given(&prices)).unwrap();
        for candidate in found.ranked.iter().filter(|candidate| candidate.rank.is_some()) {
            let run = ground.run(&candidate.set, 0).unwrap();
            let own = run.resolved.file.component[0].clone();
            let (cloud, region, gpu) = (own.cloud.unwrap(), own.region.unwrap(), own.gpu.unwrap());
            let way = own.purchase.unwrap_or_else(|| "on-demand".into());
            prop_assert!(is_sold(&cloud, &gpu, &region, &way), "{} is not sold", candidate.name);
            prop_assert!(own.model.as_deref() == Some("large") || !own.quality.is_empty(), "{}", candidate.name);
            if !residency {
                continue;
            }
            let in_eu = PLACES.iter().any(|place| place.2 && place.0 == cloud && place.1 == region);
            prop_assert!(in_eu, "{} leaves the EU", candidate.name);
            let elsewhere = run.projected.iter().any(|month| month.sheet.requests.iter().skip(1).any(|n| *n > 0.0));
            prop_assert!(!elsewhere, "{} sends requests to a global endpoint", candidate.name);
        }
        let first = found.winner.as_ref();
        prop_assert!(first.is_none_or(|first| first.standing.may_win()));
        if residency && places.iter().all(|place| !PLACES[*place].2) {
            prop_assert!(first.is_none(), "there is no place in the EU");
        }
    }
}

#[test]
fn a_global_endpoint_fails_and_written_acceptance_ranks_what_is_unknown() {
    let api = "[scenario]\nname = \"API\"\nstart = \"2026-11\"\n[demand]\nrequests_per_month = 1000\n\
               input_tokens_per_request = 10\noutput_tokens_per_request = 10\n[revenue]\nusd_per_request = 0.01\n\
               [architecture]\nkind = \"api\"\nprovider = \"anthropic\"\nmodel = \"claude-sonnet-4-5\"\n\
               priced_at = \"2026-10-31\"\n[[optimise.vary]]\npath = \"architecture.model\"\n\
               values = [\"claude-sonnet-4-5\", \"claude-haiku-4-5\"]\n";
    let found = found_by(&format!("{api}[limits]\nresidency = [\"EU\"]\n"), None).unwrap();
    assert!(found.winner.is_none());
    let lost: Vec<(&str, &str, usize)> =
        found.lost.iter().map(|lost| (lost.reason.as_str(), lost.verdict, lost.candidates)).collect();
    assert_eq!(lost, [("residency", "fails", 2)]);
    // The smaller model is cheaper and has no score: it is listed without a rank, and the dearer one wins.
    let found = found_by(api, None).unwrap();
    let told: Vec<(&str, Option<usize>)> = found.ranked.iter().map(|each| (each.name.as_str(), each.rank)).collect();
    assert_eq!(told, [("model claude-sonnet-4-5", Some(1)), ("model claude-haiku-4-5", None)]);
    assert_eq!((found.lost[0].reason.as_str(), found.lost[0].verdict), ("quality", "unknown"));
    let accepted = found_by(&format!("{api}[limits]\naccept_unknown = \"a trial, head of support\"\n"), None).unwrap();
    assert_eq!(accepted.winner.unwrap().name, "model claude-haiku-4-5");
}
