//! Each verdict and each of its answers, by small numbers.

use marginline_model::serving::{Deployment, Load, Question, answer};

use super::super::file::parse;
use super::super::resolve::resolve;
use super::super::{Run, Verdict};
use super::*;
use crate::prices::PriceBook;

/// One request a second all through November 2026, of 100 output tokens: 100 tokens a second.
const HEAD: &str = "[scenario]\nname = \"Test\"\nstart = \"2026-11\"\nmonths = 2\n\
     [demand]\nrequests_per_month = 2592000\ninput_tokens_per_request = 950\noutput_tokens_per_request = 100\n\
     [revenue]\nusd_per_request = 0.01\n";
const OWN: &str = "[architecture]\nkind = \"own-gpus\"\ngpu = \"H100 SXM\"\nusd_per_gpu_hour = 2\n";
const API: &str = "[architecture]\nkind = \"api\"\nprovider = \"anthropic\"\nmodel = \"claude-haiku-4-5\"\n\
     priced_at = \"2026-10-31\"\n";

fn run(text: &str) -> Run {
    let file = parse(&format!("{HEAD}{text}")).unwrap();
    Run::of(resolve("test", &file, None, &PriceBook::default()).unwrap()).unwrap()
}

fn told(text: &str, limit: &str) -> Option<Verdict> {
    run(text).verdicts.into_iter().find(|verdict| verdict.limit == limit)
}

#[track_caller]
fn says(text: &str, limit: &str, verdict: &str, words: &str) -> Verdict {
    let found = told(text, limit).unwrap_or_else(|| panic!("no verdict on {limit}"));
    assert_eq!(found.verdict, verdict, "{found:?}");
    assert!(found.reason.contains(words), "{found:?}");
    found
}

/// 100 tokens a second need two GPUs of 50.
#[test]
fn capacity_is_needed_against_provided() {
    let own = |rest: &str| format!("{OWN}{rest}");
    says(&own("output_tokens_per_s_per_gpu = 50\ngpus = 2\n"), "capacity", MEETS, "the busiest hour of every month");
    let short = own("output_tokens_per_s_per_gpu = 50\ngpus = 1\n");
    let found = says(&short, "capacity", FAILS, "first short in 2026-11: 2 GPUs needed, 1 provided");
    assert_eq!(found.mend.as_deref(), Some("gpus = 2"));

    // At 40 tokens/s two GPUs carry 80 of 100: 25 % too much.
    let range = own("output_tokens_per_s_per_gpu = { value = 50, low = 40, high = 60 }\ngpus = 2\n");
    let found = says(&range, "capacity", AT_RISK, "headroom falls to -25.0%");
    let (low, high) = found.band.unwrap();
    assert!((low + 25.0).abs() < 1e-9 && (high - 100.0 / 6.0).abs() < 1e-9, "{low} {high}");
    assert!(found.measure.is_some());
    // Three GPUs carry 120 even then.
    says(&range.replace("gpus = 2", "gpus = 3"), "capacity", MEETS, "covered");

    // A third of three GPUs is free, and 40 % are wanted: 2 ÷ 0.6 = 3.3.
    let wanted = own("output_tokens_per_s_per_gpu = 50\ngpus = 3\n[limits]\nheadroom_percent = 40\n");
    let found = says(&wanted, "capacity", FAILS, "headroom falls below 40% in 2026-11");
    assert_eq!(found.mend.as_deref(), Some("gpus = 4"));
    let counted = wanted.replace("gpus = 3\n", "");
    assert_eq!(says(&counted, "capacity", FAILS, "below 40%").mend.as_deref(), Some("spare_units = 2"));
    says(&counted.replace("[limits]", "spare_units = 2\n[limits]"), "capacity", MEETS, "covered");
}

#[test]
fn units_and_rate_limits_are_capacity_too() {
    // One request a second, 0.4 a unit: 2.5, so three.
    let units = format!(
        "{API}[[cost]]\nlabel = \"Databases\"\nunits = {{ requests_per_s_per_unit = 0.4, usd_per_unit_month = 1, units = 2 }}\n"
    );
    let found = says(&units, "capacity", FAILS, "Databases first short in 2026-11: 3 units needed, 2 provided");
    assert_eq!(found.mend.as_deref(), Some("units.units = 3 of Databases"));
    says(&units.replace("units = 2", "units = 3"), "capacity", MEETS, "Databases has units enough");

    // 60 requests a minute, each of 100 output tokens.
    let rates = |rates: &str| format!("{API}rate_limit = {{ {rates} }}\n");
    says(&rates("requests_per_minute = 60"), "capacity", MEETS, "takes 60 requests a minute");
    let found = says(
        &rates("requests_per_minute = 60, output_tokens_per_minute = 5000"),
        "capacity",
        FAILS,
        "6000 output tokens",
    );
    assert!(found.mend.unwrap().contains("6000 output tokens"));
    // Nobody knows what a provider takes that states no limit, and nothing is said unless headroom is asked for.
    assert_eq!(told(API, "capacity"), None);
    let asked = |component: &str| format!("{component}[limits]\nheadroom_percent = 20\n");
    says(&asked(API), "capacity", UNKNOWN, "20% headroom is asked for");
    // 60 of 75 a minute leave a fifth, 60 of 70 do not.
    says(&asked(&rates("requests_per_minute = 75")), "capacity", MEETS, "takes 75 requests a minute");
    let found = says(&asked(&rates("requests_per_minute = 70")), "capacity", FAILS, "headroom falls below 20%");
    assert!(found.mend.unwrap().contains("75 requests a minute"));
}

/// Llama-3.1-8B in BF16 on 80 GB: 0.9 × 80 − 2 − 15.009 GB of weights leave 54.99 GB; a request of 950 + 100 ÷ 2 tokens
/// keeps 1,000 × 131,072 bytes: 419 fit.
#[test]
fn memory_is_weights_and_cache() {
    let serving = |model: &str, more: &str| {
        format!(
            "{OWN}output_tokens_per_s_per_gpu = 50\nserving = {{ model = \"{model}\", weights = \"bf16\"{more} }}\n"
        )
    };
    let small = |flight: u32| serving("Llama-3.1-8B", &format!(", in_flight = {flight}"));
    let found = says(&small(300), "memory", MEETS, "holds 419 requests at once, and 300 are in flight");
    let (low, high) = found.band.unwrap();
    assert!((low - 377.1).abs() < 1e-9 && (high - 460.9).abs() < 1e-9);
    assert!(says(&small(400), "memory", AT_RISK, "419").measure.is_some());
    assert_eq!(says(&small(600), "memory", FAILS, "419").mend.as_deref(), Some("serving.in_flight = 377"));
    // 69.50 billion weights of two bytes are 139 GB. Over two GPUs, 0.9 × 80 − 2 − 69.50 leave 0.5 GB: three requests.
    let found = says(&serving("Llama-3.1-70B", ""), "memory", FAILS, "the weights of Llama-3.1-70B take 139");
    assert_eq!(found.mend.as_deref(), Some("serving.tensor_parallel = 2"));

    let plain = |rate: &str| format!("{OWN}output_tokens_per_s_per_gpu = {rate}\n");
    says(&plain("50"), "memory", UNKNOWN, "assumed");
    says(&plain("{ value = 50, evidence = \"measured\" }"), "memory", MEETS, "measured: it fitted");
    assert_eq!(told(API, "memory"), None);
}

/// A measured figure comes back within 0.896 to 1.116 of itself: 500 ms are 448 to 558.
#[test]
fn a_measured_latency_against_its_limit() {
    let own = |limit: &str| {
        format!(
            "{OWN}measured = [{{ output_tokens_per_s = 400, gpus = 8, ttft_ms_p95 = 500, tpot_ms_p50 = 20 }}]\n\
             [limits]\n{limit}\n"
        )
    };
    let found = says(&own("ttft_ms_p95 = 560"), "ttft_ms_p95", MEETS, "measured: 448.0 to 558.0 ms against 560 ms");
    assert_eq!((found.band, found.mend), (Some((448.0, 558.0)), None));
    let found = says(&own("ttft_ms_p95 = 500"), "ttft_ms_p95", AT_RISK, "448.0 to 558.0");
    assert!(found.measure.unwrap().contains("measure ttft_ms_p95"));
    says(&own("ttft_ms_p95 = 447"), "ttft_ms_p95", FAILS, "448.0 to 558.0");
    let found = says(&own("ttft_ms_p99 = 900"), "ttft_ms_p99", UNKNOWN, "nothing tells the time to first token");
    assert!(found.measure.unwrap().contains("state it in measured"));
    // From the median of 20 ms: 20 × 1.171 × 0.896 to 20 × 2.123 × 1.116.
    let found = says(&own("tpot_ms_p95 = 50"), "tpot_ms_p95", MEETS, "from the measured median");
    let (low, high) = found.band.unwrap();
    assert!((low - 20.984_32).abs() < 1e-6 && (high - 47.385_36).abs() < 1e-6, "{low} {high}");

    let api = |more: &str| format!("{API}{more}[limits]\nttft_ms_p50 = 600\n");
    says(&api(""), "ttft_ms_p50", UNKNOWN, "nothing tells");
    says(&api("measured = [{ ttft_ms_p50 = 500 }, { ttft_ms_p50 = 200 }]\n"), "ttft_ms_p50", MEETS, "448.0 to");
}

/// One request a second of 100 tokens on two GPUs of 60 tokens a second, a place each: 100 ÷ 60 s a request, so 1.6667 of
/// two places are taken. By Python: C = 0.757576, 95 in a hundred wait at most 1.6667 ÷ (2 − 1.6667) × ln(C ÷ 0.05) =
/// 13.5905 s; on three GPUs C = 0.299760 and 2.2387 s.
#[test]
fn waiting_for_a_place_is_in_the_time_to_first_token() {
    let own = |gpus: u32, limit: &str| {
        format!(
            "{OWN}output_tokens_per_s_per_gpu = 60\ngpus = {gpus}\n\
             waiting = {{ slots_per_unit = 1, longest_in_service_times = 10, in_time_percent = 50 }}\n\
             measured = [{{ output_tokens_per_s = 60, ttft_ms_p50 = 200, ttft_ms_p95 = 500 }}]\n[limits]\n{limit}\n"
        )
    };
    let found = says(&own(2, "ttft_ms_p95 = 3000"), "ttft_ms_p95", FAILS, "13590.5 ms of waiting for a place");
    assert_eq!(found.mend.as_deref(), Some("gpus = 3"));
    // 200 × 0.896 + 2,238.7 to 500 × 1.116 + 2,238.7.
    let found = says(&own(3, "ttft_ms_p95 = 3000"), "ttft_ms_p95", MEETS, "2238.7 ms of waiting for a place");
    let (low, high) = found.band.unwrap();
    assert!((low - 2_417.9).abs() < 0.1 && (high - 2_796.7).abs() < 0.1, "{low} {high}");
    let found = says(&own(1, "ttft_ms_p95 = 3000"), "ttft_ms_p95", FAILS, "waits grow without end");
    assert_eq!(found.mend.as_deref(), Some("gpus = 3"));
    assert_eq!(told(&own(2, "tpot_ms_p95 = 50"), "ttft_ms_p95"), None);
}

/// The same three GPUs, on which 95 in a hundred wait at most 2.2387 s. Measured at that rate, the figure holds them. At
/// nine tenths of it 1.5 of three places are taken; by Python C = 0.236842, and 95 in a hundred wait at most 1.7282 s, so
/// that 0.5105 s more are waited than measured.
#[test]
fn waiting_that_a_measurement_holds_is_not_added_again() {
    let own = |point: &str, limit: &str| {
        format!(
            "{OWN}output_tokens_per_s_per_gpu = 60\ngpus = 3\n\
             waiting = {{ slots_per_unit = 1, longest_in_service_times = 10, in_time_percent = 50 }}\n\
             measured = [{{ output_tokens_per_s = 180, gpus = 3, ttft_ms_p50 = 200, ttft_ms_p95 = 500{point} }}]\n\
             [limits]\n{limit}\n"
        )
    };
    let band = |point: &str, verdict, words: &str| {
        let found = says(&own(point, "ttft_ms_p95 = 600"), "ttft_ms_p95", verdict, words);
        found.band.unwrap()
    };
    let near = |(low, high): (f64, f64), least: f64, most: f64| (low - least).abs() < 0.1 && (high - most).abs() < 0.1;
    let held = band(", requests_per_s = 1", MEETS, "measured, with 2238.7 ms of waiting in it: 448.0 to 558.0 ms");
    assert!(near(held, 448.0, 558.0), "{held:?}");
    let more = band(", requests_per_s = 0.9", FAILS, "measured, with 1728.2 ms of waiting in it, and 510.5 ms more");
    assert!(near(more, 448.0_f64.max(200.0 * 0.896 + 510.5), 558.0 + 510.5), "{more:?}");
    // Five requests a second are more than three GPUs ever do: more waiting than any that is asked about.
    band(", requests_per_s = 5", MEETS, "measured, with its waiting in it");
    band(", holds_waiting = true", MEETS, "measured, with its waiting in it");
    // Six let in to three places: each waits one time of service, 1.6667 s.
    band(", concurrency = 6", FAILS, "measured, with 1666.7 ms of waiting in it, and 572.0 ms more");
    band(", concurrency = 3", FAILS, "measured, and 2238.7 ms of waiting for a place");
    band(", requests_per_s = 1, holds_waiting = false", FAILS, "measured, and 2238.7 ms of waiting for a place");
    let explained = run(&own(", requests_per_s = 1", "ttft_ms_p95 = 600")).explain(None, None).unwrap();
    let told = "ttft ms p95: meets (measured, with 2238.7 ms of waiting in it";
    assert!(explained.table().notes[0].starts_with(told) && explained.text().contains(told), "{explained:?}");
    assert!(explained.json()["latencies"][0].as_str().is_some_and(|latency| latency.starts_with(told)));
    let later = says(&own(", requests_per_s = 1", "tpot_ms_p95 = 50"), "tpot_ms_p95", UNKNOWN, "nothing tells");
    assert_eq!(later.band, None);
}

/// The band is what `calc serving` answers; a limit above, inside and below it.
#[test]
fn a_modelled_latency_against_its_limit() {
    let (model, gpu) = (serving("Llama-3.1-8B"), marginline_model::serving::gpu("h100_sxm").unwrap());
    let deployment = Deployment {
        tensor_parallel: 1,
        data_parallel: 1,
        expert_parallel: 1,
        weights: marginline_model::serving::Precision::Fp8,
        cache: marginline_model::serving::CachePrecision::Bf16,
        backend: marginline_model::serving::Backend::Vllm,
    };
    let load = Load { input_tokens: 950.0, output_tokens: 100.0, concurrency: 64.0, prefix_hit_share: 0.0 };
    let known = answer(&Question { model: &model, gpu: &gpu, deployment, load }, &[]).unwrap();
    let (low, high) = (known.tpot_s.low * 1e3, known.tpot_s.high * 1e3);
    let text = |limit: f64| {
        format!(
            "{OWN}serving = {{ model = \"Llama-3.1-8B\", weights = \"fp8\", backend = \"vllm\", in_flight = 64 }}\n\
             [limits]\ntpot_ms_p50 = {limit}\n"
        )
    };
    let found = says(&text(high * 1.01), "tpot_ms_p50", MEETS, "by the serving model");
    assert_eq!(found.band, Some((low, high)));
    let found = says(&text((low + high) / 2.0), "tpot_ms_p50", AT_RISK, "by the serving model");
    assert!(found.measure.unwrap().contains("at 64 requests in flight"));
    let found = says(&text(low * 0.99), "tpot_ms_p50", FAILS, "by the serving model");
    // The change that is named mends it: the whole band lies inside, and with one more it does not.
    let mend = found.mend.unwrap();
    let flight: u32 = mend.strip_prefix("serving.in_flight = ").unwrap().parse().unwrap();
    let with = |flight: u32| text(low * 0.99).replace("in_flight = 64", &format!("in_flight = {flight}"));
    says(&with(flight), "tpot_ms_p50", MEETS, "by the serving model");
    assert_ne!(told(&with(flight + 1), "tpot_ms_p50").unwrap().verdict, MEETS);
    // No model is that fast.
    assert_eq!(says(&text(0.001), "tpot_ms_p50", FAILS, "by the serving model").mend, None);
}

fn serving(name: &str) -> marginline_model::serving::Model {
    marginline_model::serving::model(name).unwrap()
}

#[test]
fn residency_is_where_requests_are_served() {
    let own = |place: &str, areas: &str| {
        format!("{OWN}output_tokens_per_s_per_gpu = 50\n{place}\n[limits]\nresidency = [{areas}]\n")
    };
    let eu = "\"EU\"";
    says(&own("cloud = \"aws\"\nregion = \"eu-central-1\"", eu), "residency", MEETS, "eu-central-1 lies in EU");
    let found =
        says(&own("cloud = \"aws\"\nregion = \"us-east-1\"", eu), "residency", FAILS, "us-east-1 does not lie in EU");
    assert!(found.mend.is_some());
    says(&own("cloud = \"azure\"\nregion = \"norwayeast\"", eu), "residency", FAILS, "norwayeast");
    says(&own("cloud = \"azure\"\nregion = \"norwayeast\"", "\"EEA\""), "residency", MEETS, "norwayeast");
    says(&own("cloud = \"aws\"\nregion = \"eu-central-1\"", "\"DE\""), "residency", MEETS, "lies in DE");
    says(&own("cloud = \"aws\"\nregion = \"eu-west-3\"", "\"DE\", \"aws/eu-west-3\""), "residency", MEETS, "eu-west-3");
    says(&own("", eu), "residency", UNKNOWN, "the region of H100 SXM is not stated");
    says(
        &own("cloud = \"lambda\"\nregion = \"europe-central-1\"", eu),
        "residency",
        UNKNOWN,
        "not known in which country",
    );
    says(&own("cloud = \"nebius\"\nregion = \"moon-1\"", eu), "residency", UNKNOWN, "moon-1");

    let api = |place: &str| format!("{API}{place}\n[limits]\nresidency = [\"EU\"]\n");
    says(&api(""), "residency", FAILS, "a global endpoint may serve a request anywhere");
    says(&api("region = \"eu\"\nprice_level_percent = 110"), "residency", MEETS, "eu lies in EU");
    says(
        &api("region = \"eu\"\nprice_level_percent = 110\nscope = \"cross-region\""),
        "residency",
        FAILS,
        "a cross-region endpoint",
    );
    assert_eq!(told(API, "residency"), None, "not limited");
}

#[test]
fn what_is_sold_where() {
    let own = |place: &str| format!("{OWN}output_tokens_per_s_per_gpu = 50\n{place}\n");
    says(
        &own("cloud = \"nebius\"\nregion = \"eu-north1\""),
        "sold_where",
        MEETS,
        "nebius eu-north1 sells H100 SXM on-demand",
    );
    let elsewhere = own("cloud = \"nebius\"\nregion = \"us-central1\"").replace("H100 SXM", "L40S");
    let found = says(&elsewhere, "sold_where", FAILS, "nebius us-central1 does not sell L40S");
    assert_eq!(found.mend.as_deref(), Some("region = \"eu-north1\""));
    says(&own("cloud = \"unheard of\"\nregion = \"x\""), "sold_where", UNKNOWN, "holds no GPU of unheard of");
    says(&own(""), "sold_where", UNKNOWN, "nobody is named who sells H100 SXM");
    let offered = own("").replace(
        "usd_per_gpu_hour = 2",
        "usd_per_gpu_hour = { value = 2, source = \"offer\", evidence = \"published\" }",
    );
    says(&offered, "sold_where", MEETS, "its price is published: offer");
    says(&own("cloud = \"nebius\"\nregion = \"EU\""), "sold_where", MEETS, "sells H100 SXM on-demand, in eu");
    // An offer counts where the price book is silent, and not against what it knows.
    let offer = "source = \"offer 17\", observed = \"2026-11-02\"";
    let at = |place: &str, offer: &str| {
        let price = format!("usd_per_gpu_hour = {{ value = 2, {offer}, evidence = \"published\" }}");
        own(place).replace("usd_per_gpu_hour = 2", &price)
    };
    let reserved = "cloud = \"nebius\"\nregion = \"eu-north1\"\npurchase = \"reserved-1y\"";
    says(&own(reserved), "sold_where", UNKNOWN, "holds no reserved-1y price of nebius");
    says(&at(reserved, "source = \"offer 17\""), "sold_where", UNKNOWN, "holds no reserved-1y price of nebius");
    says(&at(reserved, offer), "sold_where", MEETS, "its price is published (offer 17, 2026-11-02)");
    let nowhere = at("cloud = \"nebius\"\nregion = \"us-central1\"", offer).replace("H100 SXM", "L40S");
    says(&nowhere, "sold_where", FAILS, "nebius us-central1 does not sell L40S");
    says(API, "sold_where", MEETS, "claude-haiku-4-5 of anthropic is on the price list of 2026-10-31");
    says(
        &format!("{API}region = \"eu\"\nprice_level_percent = 110\n"),
        "sold_where",
        UNKNOWN,
        "no price list says in which regions",
    );
}

#[test]
fn quality_against_its_floor() {
    let api = |score: &str| {
        format!("{API}{score}\n[limits]\nquality_floor = {{ task = \"support answers\", score = 0.8 }}\n")
    };
    let score = |rest: &str| api(&format!("quality = [{{ task = \"Support answers\", {rest} }}]"));
    says(&score("score = 0.85"), "quality", MEETS, "claude-haiku-4-5 scores 0.85");
    let found = says(&score("score = 0.81, low = 0.78, high = 0.84"), "quality", AT_RISK, "0.81");
    assert_eq!(found.band, Some((0.78, 0.84)));
    assert!(says(&score("score = 0.7"), "quality", FAILS, "the floor is 0.8").mend.is_some());
    says(&api(""), "quality", UNKNOWN, "claude-haiku-4-5 has no score in support answers");
    says(&score("score = 0.9").replace("Support answers", "code"), "quality", UNKNOWN, "no score");
}

/// A router's large model is swapped: only the new one needs a score, unless the other takes over some of its requests.
#[test]
fn a_floor_asks_for_a_score_of_what_did_not_serve_before() {
    let router = |small: u32, score: &str| {
        format!(
            "[base]\nmodels = [{{ model = \"claude-haiku-4-5\", share_percent = 30 }}, {{ model = \"claude-opus-4-5\", share_percent = 70 }}]\n\
             [[component]]\nname = \"small\"\nkind = \"api\"\nprovider = \"anthropic\"\nmodel = \"claude-haiku-4-5\"\n\
             priced_at = \"2026-10-31\"\nshare_percent = {small}\n\
             [[component]]\nname = \"new\"\nkind = \"api\"\nprovider = \"anthropic\"\nmodel = \"claude-sonnet-4-5\"\n\
             priced_at = \"2026-10-31\"\n{score}[limits]\nquality_floor = {{ task = \"answers\", score = 0.8 }}\n"
        )
    };
    let scored = "quality = { task = \"answers\", score = 0.86 }\n";
    let found = says(&router(30, ""), "quality", UNKNOWN, "claude-sonnet-4-5 has no score in answers");
    assert_eq!(found.component.as_deref(), Some("new"), "the small one is as it was");
    says(&router(30, scored), "quality", MEETS, "accepted as there");
    let found = says(&router(40, scored), "quality", UNKNOWN, "claude-haiku-4-5 has no score in answers");
    assert_eq!(found.component.as_deref(), Some("small"), "it serves 40 % instead of 30");
    // A stated score counts, whatever served before.
    let worse = router(30, scored)
        .replace("share_percent = 30\n[[", "share_percent = 30\nquality = { task = \"answers\", score = 0.5 }\n[[");
    says(&worse, "quality", FAILS, "claude-haiku-4-5 scores 0.5");
}

#[test]
fn a_model_swap_without_a_score_is_unknown() {
    let before = |model: &str, more: &str| format!("[base]\nmodels = [\"{model}\"]\n{API}{more}");
    says(
        &before("claude-sonnet-4-5", ""),
        "quality",
        UNKNOWN,
        "a model swap without a score: claude-haiku-4-5 instead of",
    );
    assert_eq!(told(&before("anthropic/claude-haiku-4-5-20251001", ""), "quality"), None, "the same model");
    let scored = before("claude-sonnet-4-5", "quality = { task = \"answers\", score = 0.8 }\n");
    assert_eq!(told(&scored, "quality"), None, "a score without a floor is held against nothing");
    assert_eq!(told(API, "quality"), None);
    // Both served before, and one takes the other's requests.
    let two = before("claude-haiku-4-5\", \"claude-opus-4-5", "");
    says(&two, "quality", UNKNOWN, "claude-haiku-4-5 takes requests of claude-opus-4-5");
    // Known shares: what served all of it, or a part of it that has not grown, is as it was.
    let shared = |share: f64| {
        before("x", "").replace("\"x\"", &format!("\"x\", {{ model = \"claude-haiku-4-5\", share_percent = {share} }}"))
    };
    assert_eq!(told(&shared(100.0), "quality"), None);
    says(&shared(60.0), "quality", UNKNOWN, "claude-haiku-4-5 takes requests of x");
    let own = format!("[base]\nmodels = [\"large\"]\n{OWN}output_tokens_per_s_per_gpu = 50\n");
    says(&own, "quality", UNKNOWN, "does not say which model it serves");
}

#[test]
fn the_worst_component_is_told_by_its_name() {
    let text = "[[component]]\nname = \"own\"\nkind = \"own-gpus\"\ngpu = \"H100\"\nusd_per_gpu_hour = 2\n\
         output_tokens_per_s_per_gpu = 50\ncloud = \"aws\"\nregion = \"eu-central-1\"\nshare_percent = 100\n\
         [[component]]\nname = \"spare\"\nkind = \"api\"\nprovider = \"anthropic\"\nmodel = \"claude-haiku-4-5\"\n\
         priced_at = \"2026-10-31\"\nshare_percent = 0\n[limits]\nresidency = [\"EU\"]\n";
    says(text, "residency", MEETS, "own: eu-central-1 lies in EU");
    let failing = text
        .replace("region = \"eu-central-1\"", "region = \"eu-central-1\"\nfailed_percent = 1\nfallback_to = \"spare\"");
    let found = says(&failing, "residency", FAILS, "spare: a global endpoint");
    assert_eq!(found.component.as_deref(), Some("spare"));
}
