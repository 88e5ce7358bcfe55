//! Lines whose every part is told, checked by hand, and what they rest on.

use marginline_model::scenario::Evidence;

use super::{Explained, ExplainedLine, MARGIN};
use crate::scenario::tests::{PLAIN, made_of, run};

const FURTHER: &str = "further parts of this line";

fn measured(value: &str) -> String {
    format!("{{ value = {value}, evidence = \"measured\" }}")
}

/// A GPU of 500 measured tokens a second at a published price of 2, for a million measured requests of 100 tokens.
fn known() -> String {
    let published = "usd_per_gpu_hour = { value = 2, evidence = \"published\" }\ngpus = 2";
    PLAIN
        .replace("requests_per_month = 1000000", &format!("requests_per_month = {}", measured("1000000")))
        .replace("output_tokens_per_request = 100", &format!("output_tokens_per_request = {}", measured("100")))
        .replace("input_tokens_per_request = 1000", &format!("input_tokens_per_request = {}", measured("1000")))
        .replace("usd_per_request = 0.01", &format!("usd_per_request = {}", measured("0.01")))
        .replace("per_gpu = 10", &format!("per_gpu = {}", measured("500")))
        .replace("usd_per_gpu_hour = 0", published)
}

fn with(lines: &str) -> String {
    format!("{}\n{lines}", known())
}

fn line(text: &str, month: &str, label: &str) -> ExplainedLine {
    let run = run(text);
    let mut found: Explained = run.explain_of(Some(month), Some(label)).unwrap_or_else(|error| panic!("{error}"));
    found.lines.remove(0)
}

fn step<'a>(line: &'a ExplainedLine, name: &str) -> &'a super::Step {
    let names: Vec<&str> = line.steps.iter().map(|step| step.name.as_str()).collect();
    line.steps.iter().find(|step| step.name == name).unwrap_or_else(|| panic!("no {name:?} among {names:?}"))
}

#[test]
fn a_line_is_as_well_known_as_the_weakest_that_it_multiplies() {
    // A stated number of GPUs at a published price asks for no requests; hours of a month need no evidence.
    let own = line(&known(), "2026-11", "GPU hours");
    assert_eq!((own.value(), own.evidence.word()), (2.0 * 720.0 * 2.0, Some("published")));
    let support = "[[cost]]\nlabel = \"fees\"\nusd_per_request = { value = 0.001, evidence = \"published\" }\n";
    assert_eq!(line(&with(support), "2026-11", "fees").evidence.words(), "published: USD a request");
    // The same on requests that somebody assumes is assumed, and says by whom.
    let guessed =
        with(support).replace(&format!("requests_per_month = {}", measured("1000000")), "requests_per_month = 1000000");
    let fees = line(&guessed, "2026-11", "fees");
    assert_eq!(fees.evidence.words(), "assumed: requests in the first month");
    assert_eq!(line(&guessed, "2026-11", "GPU hours").evidence.word(), Some("published"), "they are stated");
    // What counts GPUs by load rests on requests, tokens and the shape of the week.
    let counted = known().replace("gpus = 2\n", "");
    let counted = counted.replace("[revenue]", "hour_of_week = \"consumer-chat\"\n[revenue]");
    assert_eq!(line(&counted, "2026-11", "GPU hours").evidence.word(), Some("published"));
    let tokens =
        counted.replace(&format!("output_tokens_per_request = {}", measured("100")), "output_tokens_per_request = 100");
    assert_eq!(line(&tokens, "2026-11", "GPU hours").evidence.words(), "assumed: output tokens");
}

#[test]
fn an_assumed_cache_hit_rate_makes_an_api_assumed() {
    let api = "kind = \"api\"\nprovider = \"anthropic\"\nmodel = \"claude-haiku-4-5\"\npriced_at = \"2026-10-31\"\n";
    let api = format!("{}[architecture]\n{api}", known().split("[architecture]").next().unwrap());
    assert_eq!(line(&api, "2026-11", "AI provider").evidence.word(), Some("published"));
    let hit = api.replace("[revenue]", "cache_hit_percent = 40\n[revenue]");
    let cached = line(&hit, "2026-11", "AI provider");
    assert_eq!(cached.evidence.words(), "assumed: share of the prompt from the cache");
    // 400 of 1,000 tokens come from the cache.
    assert_eq!((step(&cached, "cached tokens").value, step(&cached, "input tokens").value), (400.0, 600.0));
    let measured_hit = api.replace("[revenue]", &format!("cache_hit_percent = {}\n[revenue]", measured("40")));
    assert_eq!(line(&measured_hit, "2026-11", "AI provider").evidence.word(), Some("published"));
}

#[test]
fn a_sum_is_as_well_known_as_the_weakest_part_above_a_twentieth() {
    // GPUs cost 2,880; an assumed line of 100 is 3 % of cost, and 1.4 % of the margin of 10,000 − 2,980.
    let little = with("[[cost]]\nlabel = \"audit\"\nusd_per_month = 100\n");
    let known = |text: &str| {
        let run = run(text);
        let known = &run.evidence().months[0];
        (known.cogs.word(), known.margin.word())
    };
    assert_eq!(known(&little), (Some("published"), Some("published")));
    // 300 are 9.4 % of cost, and 4.4 % of margin.
    assert_eq!(known(&little.replace("= 100\n", "= 300\n")), (Some("assumed"), Some("published")));
    // 1,000 are 16 % of margin.
    let much = little.replace("usd_per_month = 100\n", "usd_per_month = 1000\n");
    assert_eq!(known(&much), (Some("assumed"), Some("assumed")));
    let run = run(&much);
    assert_eq!(run.evidence().whole.margin.words(), "assumed: audit: fixed part");
    assert_eq!(run.explain_of(Some("all"), Some(MARGIN)).unwrap().lines[0].evidence.word(), Some("assumed"));
    let json = run.json();
    assert_eq!(json["months"][0]["evidence"]["gross_margin"], "assumed");
    assert_eq!(json["months"][0]["lines"][1]["evidence_from"][0], "fixed part");
    assert_eq!(json["summary"]["evidence"]["gross_margin"]["label"], "assumed");
}

#[test]
fn people_samples_storage_and_networks_have_steps_of_their_own() {
    let text = with(
        "[[cost]]\nlabel = \"team\"\npeople = 3\nusd_per_person_month = { value = 10000, evidence = \"billed\" }\n\
         [[cost]]\nlabel = \"evaluation\"\nsampled_percent = 2\nusd_per_sampled_request = 0.05\n\
         [[cost]]\nlabel = \"logs\"\ngb_per_request = 0.001\nusd_per_gb_month = 0.02\n\
         [[cost]]\nlabel = \"egress\"\nnetwork = { kind = \"egress\", gb_per_request = 0.002, usd_per_gb = 0.09 }\n\
         [[cost]]\nlabel = \"gateway\"\nnetwork = { kind = \"nat\", usd_per_hour = 0.045, gateways = 2 }\n\
         [[cost]]\nlabel = \"tuning\"\nretraining = { every_months = 1, gpu_hours = 100, usd_per_gpu_hour = 2.5, \
         people_weeks = 2, usd_per_person_week = 3500 }\n\
         [availability]\nhours_down_per_year = 8.76\nrevenue_at_risk_percent = 50\n",
    );
    let usd = |month: &str, label: &str| line(&text, month, label).value();
    let near = |found: f64, by_hand: f64| assert!((found - by_hand).abs() < 1e-6, "{found}, not {by_hand}");
    near(usd("2026-11", "team"), 30_000.0);
    near(usd("2026-11", "evaluation"), 1_000_000.0 * 0.02 * 0.05);
    // 1,000 GB a month are kept: 1,000 in the first, 2,000 in the second.
    near(usd("2026-11", "logs"), 20.0);
    near(usd("2026-12", "logs"), 40.0);
    near(usd("2026-11", "egress"), 2_000.0 * 0.09);
    near(usd("2026-11", "gateway"), 2.0 * 720.0 * 0.045);
    near(usd("2026-11", "tuning"), 250.0 + 7_000.0);
    near(usd("2026-11", "Expected outage"), 10_000.0 * 0.001 * 0.5);
    let stored = line(&text, "2026-12", "logs");
    assert_eq!(step(&stored, "requests that are stored").value, 2_000_000.0);
    let earlier = step(&stored, "requests of earlier months that are kept");
    assert_eq!(earlier.source, "requests of 2026-11 to 2026-11, as their months have them");
    assert_eq!(step(&line(&text, "2026-11", "team"), "people").evidence, Some(Evidence::Assumed));
    assert_eq!(line(&text, "2026-11", "team").evidence.words(), "assumed: people");
}

#[test]
fn spot_commitments_and_waiting_have_steps_of_their_own() {
    // 4 GPUs, 2 of them committed at 1; of the rest half on spot at 1 of which 80 % is useful: 2 × (0.5 × 2 + 0.5 × 1.25).
    let spot = known().replace("gpus = 2\n", "gpus = 4\n")
        + "spot = { share_percent = 50, usd_per_gpu_hour = 1, useful_percent = 80 }\n\
           committed = [{ gpus = 2, usd_per_gpu_hour = { value = 1, evidence = \"billed\" } }]\n";
    let found = line(&spot, "2026-11", "GPU hours");
    assert!((found.value() - 720.0 * (2.0 + 2.0 * 1.625)).abs() < 1e-9, "{}", found.value());
    assert_eq!(step(&found, "USD a useful spot GPU hour").value, 1.25);
    let from = found.evidence.from();
    assert_eq!(found.evidence.word(), Some("assumed"));
    assert!(from.contains(&"share of spot hours that interruptions leave"), "{from:?}");
    // A commitment at an assumed price is assumed, too.
    let held = known() + "committed = [{ gpus = 2, usd_per_gpu_hour = 1 }]\n";
    assert_eq!(line(&held, "2026-11", "GPU hours").evidence.words(), "assumed: USD a committed GPU hour");
    let waiting = known().replace("gpus = 2\n", "")
        + "waiting = { slots_per_unit = 4, longest_in_service_times = 1, in_time_percent = 95 }\n";
    let found = line(&waiting, "2026-11", "GPU hours");
    assert_eq!(step(&found, "units needed").source, "the fewest that keep the target for waiting, by Erlang C");
    assert!(found.evidence.from().contains(&"share in time"), "{:?}", found.evidence.from());
}

/// Files of all kinds of components, links and lines: each line of each month comes to the run's figure by its steps.
#[test]
fn nothing_is_left_over_in_a_thousand_lines() {
    let mut lines = 0;
    for seed in 0..60 {
        let text = made_of(seed);
        let run = run(&text);
        for month in &run.projected {
            let found = run.explain(Some(month.month), None).unwrap();
            let figures = std::iter::once(month.totals.revenue_usd).chain(month.sheet.lines.iter().copied());
            for (line, usd) in found.lines.iter().zip(figures) {
                let names: Vec<(&str, f64)> = line.steps.iter().map(|step| (step.name.as_str(), step.value)).collect();
                let near = (line.value() - usd).abs() <= 1e-9 * usd.abs().max(1.0);
                assert!(near, "{} of {}: {} and not {usd}\n{text}", line.label, month.month, line.value());
                let left = line.steps.iter().any(|step| step.name == FURTHER);
                assert!(!left, "{} of {}: {names:?}\n{text}", line.label, month.month);
                let known = line.evidence.shares();
                let all: f64 = Evidence::ALL.into_iter().map(|kind| known.share(kind)).sum();
                assert!((0.0..=1.0 + 1e-9).contains(&all), "{names:?}");
                lines += 1;
            }
        }
    }
    assert!(lines >= 1_000, "{lines}");
}
