//! Prices, rates and bands that a file leaves open.

use marginline_model::serving::{Load, Measured};

use super::super::file::parse;
use super::super::resolve::{Resolved, resolve};
use super::*;

const HEAD: &str = "[scenario]\nname = \"Test\"\nstart = \"2026-11\"\nmonths = 1\n\
     [demand]\nrequests_per_month = 2592000\ninput_tokens_per_request = 950\noutput_tokens_per_request = 100\n\
     [revenue]\nusd_per_request = 0.01\n[architecture]\nkind = \"own-gpus\"\n";
const SERVING: &str = "gpu = \"H100 SXM\"\nusd_per_gpu_hour = 2\n\
     serving = { model = \"Llama-3.1-8B\", weights = \"fp8\", backend = \"vllm\", in_flight = 64 }\n";

fn resolved(text: &str) -> Result<Resolved> {
    resolve("test", &parse(&format!("{HEAD}{text}"))?, None, &PriceBook::default())
}

fn served(resolved: &Resolved) -> &Served {
    let ServingKnown::Asked(served) = &resolved.findings.components[0].serving else { panic!("not asked") };
    served
}

fn rate(resolved: &Resolved) -> Assumption {
    resolved.file.architecture.as_ref().unwrap().output_tokens_per_s_per_gpu.clone().unwrap()
}

/// nebius,H200,…8gpu…,eu-north1,on_demand,3.5 and spot 1.45, seen on 2026-11-21.
#[test]
fn a_gpu_price_comes_from_the_price_book() {
    let text = "gpu = \"H200\"\noutput_tokens_per_s_per_gpu = 50\ncloud = \"nebius\"\nregion = \"eu-north1\"\n\
         priced_at = \"2026-11-21\"\n";
    let found = resolved(text).unwrap();
    let price = found.file.architecture.as_ref().unwrap().usd_per_gpu_hour.clone().unwrap();
    assert_eq!(
        (price.value, price.evidence, price.observed.as_deref()),
        (3.5, Evidence::Published, Some("2026-11-21"))
    );
    assert!(
        found
            .notes
            .iter()
            .any(|note| note.contains("price of H200 at nebius eu-north1, on-demand") && note.contains("SkyPilot"))
    );
    let spot = resolved(&format!("{text}purchase = \"spot\"\n")).unwrap();
    assert_eq!(spot.file.architecture.unwrap().usd_per_gpu_hour.unwrap().value, 1.45);

    let error = resolved(&text.replace("eu-north1", "mars-1")).unwrap_err().to_string();
    assert!(error.contains("unpriced: nebius mars-1 does not sell H200; nebius sells it in eu-north1"), "{error}");
    let error = resolved(&text.replace("2026-11-21", "2026-01-01")).unwrap_err().to_string();
    assert!(error.contains("is of 2026-11-21, after 2026-01-01"), "{error}");
    let error = resolved(&text.replace("priced_at = \"2026-11-21\"\n", "")).unwrap_err().to_string();
    assert!(error.contains("usd_per_gpu_hour is missing; state it, or cloud, region and priced_at"), "{error}");
    let error = resolved(&format!("{text}purchase = \"borrowed\"\n")).unwrap_err().to_string();
    assert!(error.contains("purchase is \"borrowed\", expected on-demand"), "{error}");
}

#[test]
fn the_serving_model_gives_the_rate_with_its_band() {
    let found = resolved(SERVING).unwrap();
    let (stated, served) = (rate(&found), served(&found));
    let answer = served.found.as_ref().unwrap();
    let band = answer.tokens_per_s_per_gpu;
    assert_eq!((stated.low, stated.value, stated.high), (Some(band.low), band.value, Some(band.high)));
    assert_eq!((stated.evidence, stated.shape, served.in_flight), (Evidence::Modelled, Shape::Lognormal, 64.0));
    assert_eq!(stated.fault(), None, "it can be drawn");
    let drawn = super::super::knobs::uncertain(&found).unwrap();
    assert_eq!(drawn[0].0, "architecture.output_tokens_per_s_per_gpu");

    // A stated rate stays; the model then only says whether it fits and how fast it is.
    let own = resolved(&format!("{SERVING}output_tokens_per_s_per_gpu = 50\n")).unwrap();
    assert_eq!((rate(&own).value, rate(&own).evidence), (50.0, Evidence::Assumed));
}

#[test]
fn requests_in_flight_follow_from_the_latency_limit_or_from_memory() {
    let open = SERVING.replace(", in_flight = 64", "");
    let limited = |ms: f64| resolved(&format!("{open}[limits]\ntpot_ms_p50 = {ms}\n")).unwrap();
    let (tight, loose) = (limited(10.0), limited(20.0));
    assert!(served(&tight).in_flight < served(&loose).in_flight);
    assert!(rate(&tight).value < rate(&loose).value, "a tighter limit leaves less throughput");
    for (found, ms) in [(&tight, 10.0), (&loose, 20.0)] {
        let served = served(found);
        let tpot = |flight: f64| served.at(&served.gpu, served.deployment, flight).unwrap().tpot_s.value * 1e3;
        assert!(tpot(served.in_flight) <= ms && ms < tpot(served.in_flight + 1.0), "the most that keeps it");
    }
    // Without a limit, nine tenths of what memory holds.
    let free = resolved(&open).unwrap();
    let held = served(&free).found.as_ref().unwrap().batch_max;
    assert_eq!(served(&free).in_flight, (0.9 * held).floor());
}

/// A replica of two GPUs comes as a unit; units of three do not hold whole replicas.
#[test]
fn units_hold_whole_replicas() {
    let wide = SERVING.replace("in_flight = 64", "tensor_parallel = 2");
    assert_eq!(resolved(&wide).unwrap().file.architecture.unwrap().gpus_per_unit, Some(2));
    assert_eq!(
        resolved(&format!("{wide}gpus_per_unit = 8\n")).unwrap().file.architecture.unwrap().gpus_per_unit,
        Some(8)
    );
    let error = resolved(&format!("{wide}gpus_per_unit = 3\n")).unwrap_err().to_string();
    assert!(error.contains("gpus_per_unit is no multiple of the 2 GPUs"), "{error}");
}

/// 800 tokens a second on 8 GPUs are 100 each.
#[test]
fn one_measured_point_is_enough() {
    let text = "gpu = \"A100\"\nusd_per_gpu_hour = 2\n\
         measured = [{ output_tokens_per_s = 800, gpus = 8, source = \"load test\", observed = \"2026-11-02\" }]\n";
    let found = rate(&resolved(text).unwrap());
    assert_eq!((found.value, found.evidence), (100.0, Evidence::Measured));
    assert_eq!((found.source.as_deref(), found.observed.as_deref()), (Some("load test"), Some("2026-11-02")));
    let nothing = text.replace("output_tokens_per_s = 800, gpus = 8, ", "ttft_ms_p50 = 3, ");
    assert!(resolved(&nothing).unwrap_err().to_string().contains("cannot be found: nothing is measured"));
    let long = resolved(&text.replace("gpus = 8", "gpus = 8, output_tokens = 400")).unwrap();
    assert!(long.notes.iter().any(|note| note.contains("tokens/s change with lengths")), "{:?}", long.notes);
}

#[test]
fn the_fastest_point_that_keeps_the_limit_is_taken() {
    let text = |ms: u32| {
        format!(
            "gpu = \"A100\"\nusd_per_gpu_hour = 2\n\
             measured = [{{ output_tokens_per_s = 100, ttft_ms_p95 = 100 }}, {{ output_tokens_per_s = 300, ttft_ms_p95 = 200 }}, \
             {{ output_tokens_per_s = 600, ttft_ms_p95 = 900 }}]\n[limits]\nttft_ms_p95 = {ms}\n"
        )
    };
    let found = |ms| rate(&resolved(&text(ms)).unwrap()).value;
    assert_eq!([found(1_000), found(500), found(150), found(50)], [600.0, 300.0, 100.0, 100.0]);
}

/// A run at half the rate that the model says pulls the answer down, to within the pull of one point: 0.5^0.95.
#[test]
fn a_measured_point_calibrates_the_serving_model() {
    let plain = rate(&resolved(SERVING).unwrap()).value;
    let half = plain / 2.0;
    let calibrated =
        resolved(&format!("{SERVING}measured = [{{ output_tokens_per_s = {half}, concurrency = 64 }}]\n")).unwrap();
    let found = rate(&calibrated);
    assert!((found.value / plain - 0.5f64.powf(0.95)).abs() < 1e-3, "{} of {plain}", found.value);
    assert!(found.source.unwrap().contains("calibrated by one measured point"));
    let expected = Load { input_tokens: 950.0, output_tokens: 100.0, concurrency: 64.0, prefix_hit_share: 0.0 };
    let point: &Measured = &served(&calibrated).measured[0];
    assert_eq!(point.load, expected);
    assert!((point.end_to_end_s - 64.0 * 100.0 / half).abs() < 1e-9);
}

#[test]
fn what_the_serving_model_does_not_know_is_said() {
    let says = |text: &str, words: &str| {
        let error = resolved(text).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    };
    says(&SERVING.replace("Llama-3.1-8B", "Secret-1"), "whose architecture is not known");
    says(&SERVING.replace("H100 SXM", "Abacus"), "the serving model has no figures of Abacus");
    says(&SERVING.replace("Llama-3.1-8B", "Llama-3.1-70B").replace("fp8", "bf16"), "the weights of Llama-3.1-70B take");
    says(&format!("{SERVING}measured = \"benchmark x\"\n"), "which was not read");
    says(&format!("{SERVING}input_tokens_per_s_per_gpu = 9\n"), "prompts are counted in the rate");
    // One GPU of the catalogue that the fit has not seen has an answer and a note.
    let other = resolved(&SERVING.replace("H100 SXM", "L40S")).unwrap();
    assert!(other.notes.iter().any(|note| note.contains("fitted to no run on L40S")), "{:?}", other.notes);
    says(
        &SERVING.replace("H100 SXM", "L40S").replace("in_flight", "tensor_parallel = 2, in_flight"),
        "no figure of the link",
    );
}
