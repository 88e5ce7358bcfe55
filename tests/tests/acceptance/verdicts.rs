//! Hard limits from the command line: verdicts with their bands, prices that the book fills in, and imported benchmarks.

use marginline_tests::cli::{Desk, fixture, text};
use serde_json::Value;

/// One request a second in November, 100 tokens out; one month.
const HEAD: &str = "[scenario]\nname = \"Limits\"\nstart = \"2026-11\"\nmonths = 1\n\n[demand]\n\
     requests_per_month = 2592000\ninput_tokens_per_request = 1000\noutput_tokens_per_request = 100\n\n\
     [revenue]\nusd_per_request = 0.01\n\n";
const OWN: &str = "[architecture]\nkind = \"own-gpus\"\ngpu = \"H200\"\noutput_tokens_per_s_per_gpu = { value = 50, \
     source = \"load test\", evidence = \"measured\" }\n";
const API: &str = "[architecture]\nkind = \"api\"\nprovider = \"anthropic\"\nmodel = \"claude-haiku-4-5\"\n\
     priced_at = \"2026-10-31\"\n";

fn verdict(run: &Value, limit: &str) -> Value {
    let all: Vec<&Value> = run["verdicts"].as_array().into_iter().flatten().collect();
    let found = all.iter().copied().find(|verdict| verdict["limit"] == limit);
    found.unwrap_or_else(|| panic!("no {limit}: {all:?}")).clone()
}

fn assumption(run: &Value, path: &str) -> Value {
    let all: Vec<&Value> = run["assumptions"].as_array().into_iter().flatten().collect();
    let found = all.iter().copied().find(|assumption| assumption["path"] == path);
    found.unwrap_or_else(|| panic!("no {path}: {all:?}")).clone()
}

/// nebius,H200,…,eu-north1,on_demand,3.5: 100 tokens a second need two GPUs, for 720 hours.
#[test]
fn a_price_left_open_comes_from_the_price_book() {
    let desk = Desk::new();
    let file = desk.file(
        "own.toml",
        format!("{HEAD}{OWN}cloud = \"nebius\"\nregion = \"eu-north1\"\npriced_at = \"2026-11-21\"\n[limits]\nresidency = [\"EU\"]\n"),
    );
    let run = desk.json(&["scenario", "run", &file]);
    assert_eq!(text(&run["months"][0], "cogs"), "5040", "2 x 720 x 3.5");
    let price = assumption(&run, "architecture.usd_per_gpu_hour");
    assert_eq!((price["value"].as_f64(), text(&price, "evidence")), (Some(3.5), "published"));
    for limit in ["capacity", "memory", "sold_where", "residency"] {
        assert_eq!(text(&verdict(&run, limit), "verdict"), "meets", "{limit}: {run}");
    }
    let shown = desk.run(&["scenario", "run", &file]).ends(0).out;
    assert!(shown.contains("price of H200 at nebius eu-north1, on-demand"), "{shown}");
    assert!(shown.contains("residency: meets (eu-north1 lies in EU)"), "{shown}");
    desk.run(&["scenario", "run", &file, "--strict"]).ends(0);
}

#[test]
fn what_fails_says_why_and_what_mends_it_and_strict_ends_with_3() {
    let desk = Desk::new();
    let place = "cloud = \"nebius\"\nregion = \"us-central1\"\nusd_per_gpu_hour = 2\n";
    let file =
        desk.file("own.toml", format!("{HEAD}{OWN}{place}[limits]\nresidency = [\"EU\"]\n").replace("H200", "L40S"));
    let run = desk.json(&["scenario", "run", &file]);
    let sold = verdict(&run, "sold_where");
    assert_eq!((text(&sold, "verdict"), text(&sold, "mend")), ("fails", "region = \"eu-north1\""));
    let residency = verdict(&run, "residency");
    assert_eq!((text(&residency, "verdict"), text(&residency, "value")), ("fails", "us-central1"));
    desk.run(&["scenario", "run", &file]).ends(0);
    let strict = desk.run(&["scenario", "run", &file, "--strict"]).ends(3);
    assert!(strict.out.contains("sold where: fails (nebius us-central1 does not sell L40S"), "{}", strict.out);
    // Without a stated price nothing is free: it is no price at all.
    let open = desk.file(
        "open.toml",
        format!("{HEAD}{OWN}cloud = \"nebius\"\nregion = \"us-central1\"\npriced_at = \"2026-11-21\"\n")
            .replace("H200", "L40S"),
    );
    let refused = desk.run(&["scenario", "run", &open]).ends(1);
    assert!(refused.err.contains("unpriced: nebius us-central1 does not sell L40S"), "{}", refused.err);
}

/// A measured figure comes back within 0.896 to 1.116: 500 ms are 448 to 558.
#[test]
fn latency_has_a_band_and_unknown_can_be_accepted() {
    let desk = Desk::new();
    let measured = "measured = [{ ttft_ms_p95 = 500, source = \"gateway log\" }]\n";
    let file = desk.file(
        "api.toml",
        format!("{HEAD}{API}{measured}[limits]\nttft_ms_p95 = 500\ntpot_ms_p50 = 40\naccept_unknown = \"pilot only, R. Ames\"\n"),
    );
    let run = desk.json(&["scenario", "run", &file]);
    let ttft = verdict(&run, "ttft_ms_p95");
    assert_eq!((text(&ttft, "verdict"), &ttft["band"]), ("at_risk", &serde_json::json!([448.0, 558.0])));
    assert!(text(&ttft, "measure").contains("measure ttft_ms_p95 of claude-haiku-4-5"), "{ttft}");
    let tpot = verdict(&run, "tpot_ms_p50");
    assert_eq!((text(&tpot, "verdict"), tpot["band"].is_null()), ("unknown", true));
    assert_eq!(text(&run, "accept_unknown"), "pilot only, R. Ames");
    let shown = desk.run(&["scenario", "run", &file]).ends(0).out;
    assert!(shown.contains("unknown is accepted: pilot only, R. Ames"), "{shown}");
}

#[test]
fn a_patch_that_swaps_the_model_needs_a_score() {
    let desk = Desk::new();
    let base = desk.file("base.toml", format!("{HEAD}{API}"));
    let small = desk.file(
        "small.toml",
        "[scenario]\nname = \"Smaller\"\n[base]\nscenario = \"base\"\n[architecture]\nmodel = \"claude-3-haiku-20240307\"\n",
    );
    let runs = desk.json(&["scenario", "run", &small, &base]);
    let quality = verdict(&runs[0], "quality");
    assert_eq!(text(&quality, "verdict"), "unknown");
    assert!(text(&quality, "reason").contains("claude-3-haiku-20240307 instead of claude-haiku-4-5"), "{quality}");
    assert!(runs[1]["verdicts"].as_array().unwrap().iter().all(|verdict| verdict["limit"] != "quality"));

    let scored = desk.file(
        "scored.toml",
        "[scenario]\nname = \"Scored\"\n[base]\nscenario = \"base\"\n[architecture]\nmodel = \"claude-3-haiku-20240307\"\n\
         quality = { task = \"answers\", score = 0.83, source = \"400 answers read\" }\n\
         [limits]\nquality_floor = { task = \"answers\", score = 0.8 }\n",
    );
    let run = desk.json(&["scenario", "run", &scored, &base]);
    assert_eq!(text(&verdict(&run[0], "quality"), "verdict"), "meets");
}

/// run-1: 64 requests of 500 tokens in 200 + 499 × 20 = 10,180 ms are 3,143.4 tokens a second on 4 GPUs: 785.85 each.
/// `vllm bench serve`: 1,000 tokens a second; GuideLLM: 200; inference-perf: 800; InferenceX: 50. The GPU is not in these files.
#[test]
fn own_gpus_are_calibrated_by_imported_benchmarks() {
    let desk = Desk::new();
    for name in ["good.csv", "good.json", "guidellm.json", "inference_perf.json", "lenient.json"] {
        desk.import(&[&fixture(&format!("benchmark/{name}"))]);
    }
    let rate = |gpu: &str, benchmark: &str, unit: u32, limits: &str| {
        let own = format!(
            "[architecture]\nkind = \"own-gpus\"\ngpu = \"{gpu}\"\nusd_per_gpu_hour = 2\ngpus_per_unit = {unit}\n\
             measured = \"benchmark {benchmark}\"\n{limits}"
        );
        let run = desk.json(&["scenario", "run", &desk.file("own.toml", format!("{HEAD}{own}"))]);
        let found = assumption(&run, "architecture.output_tokens_per_s_per_gpu");
        assert_eq!(text(&found, "evidence"), "measured");
        (found["value"].as_f64().unwrap(), run)
    };
    let (found, run) = rate("H100 SXM", "acme/big-70b", 4, "");
    assert!((found - 64.0 * 500.0 / 10.18 / 4.0).abs() < 1e-6, "{found}");
    assert_eq!(text(&verdict(&run, "memory"), "verdict"), "meets");
    // Ten requests of 500 tokens in 100 + 499 × 5 = 2,595 ms on two B200.
    let (found, _) = rate("B200", "big-70b", 2, "");
    assert!((found - 10.0 * 500.0 / 2.595 / 2.0).abs() < 1e-6, "{found}");
    let (found, _) = rate("H100", "bench serve", 1, "");
    assert!((found - 1_000.0).abs() < 1e-9, "{found}");
    // GuideLLM's 95th percentile is 90 ms.
    let (found, run) = rate("H100", "guidellm", 1, "[limits]\nttft_ms_p95 = 101\n");
    assert!((found - 200.0).abs() < 1e-9, "{found}");
    assert_eq!(text(&verdict(&run, "ttft_ms_p95"), "verdict"), "meets", "90 x 1.116 = 100.4");
    // A median of 40 ms comes back within 35.84 to 44.64.
    let (found, run) = rate("H100", "InferenceX", 1, "[limits]\ntpot_ms_p50 = 44\n");
    assert!((found - 50.0).abs() < 1e-9, "{found}");
    assert_eq!(text(&verdict(&run, "tpot_ms_p50"), "verdict"), "at_risk");
    let (found, _) = rate("H100", "inference-perf", 1, "");
    assert!((found - 800.0).abs() < 1e-9, "{found}");

    let wrong = format!(
        "{HEAD}[architecture]\nkind = \"own-gpus\"\ngpu = \"L4\"\nusd_per_gpu_hour = 2\nmeasured = \"benchmark acme/big-70b\"\n"
    );
    let other = Desk::new();
    other.import(&[&fixture("benchmark/good.csv")]);
    let refused = other.run(&["scenario", "run", &other.file("wrong.toml", wrong)]).ends(1);
    assert!(refused.err.contains("no run of the benchmark \"acme/big-70b\" fits L4"), "{}", refused.err);
}

#[test]
fn the_serving_model_counts_gpus_and_can_be_drawn() {
    let desk = Desk::new();
    let own = "[architecture]\nkind = \"own-gpus\"\ngpu = \"H100 SXM\"\nusd_per_gpu_hour = 2\n\n[architecture.serving]\n\
         model = \"Llama-3.1-70B\"\nweights = \"fp8\"\ntensor_parallel = 2\nbackend = \"vllm\"\n\n[limits]\ntpot_ms_p50 = 40\n";
    let file = desk.file("own.toml", format!("{HEAD}{own}"));
    let run = desk.json(&["scenario", "run", &file]);
    let rate = assumption(&run, "architecture.output_tokens_per_s_per_gpu");
    assert_eq!(text(&rate, "evidence"), "modelled");
    let gpus = run["months"][0]["capacity"]["gpus_provided"].as_u64().unwrap();
    assert_eq!(gpus % 2, 0, "whole replicas");
    let units = (100.0 / rate["value"].as_f64().unwrap() / 2.0).ceil();
    assert_eq!(gpus as f64, 2.0 * units);
    // Sized for the estimate, so that the band straddles the limit.
    assert_eq!(text(&verdict(&run, "tpot_ms_p50"), "verdict"), "at_risk");
    assert_eq!(desk.json(&["scenario", "run", &file]), run, "the same bytes again");
    let drawn = desk.json(&["scenario", "simulate", &file, "--draws", "200"]);
    let paths: Vec<&str> =
        drawn["scenarios"][0]["drawn"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!(paths, ["architecture.output_tokens_per_s_per_gpu"]);
}
