//! What machines did: GPU metrics, load traces and benchmark runs, imported and reported. Every figure is stated by
//! hand beside the fixture it follows from.

use marginline_tests::cli::{Desk, fixture, text};
use serde_json::{Value, json};

/// The rows of a report.
fn rows(desk: &Desk, line: &[&str]) -> Vec<Value> {
    desk.json(&[&["report"], line].concat())["rows"].as_array().cloned().unwrap()
}

/// The row in which `column` is `value`.
fn row(rows: &[Value], column: &str, value: &Value) -> Value {
    rows.iter().find(|row| row[column] == *value).cloned().unwrap_or_else(|| panic!("no {column} {value} in {rows:#?}"))
}

fn is(row: &Value, figures: &[(&str, Value)]) {
    for (name, value) in figures {
        assert_eq!(row[name].as_f64().map_or_else(|| row[name].clone(), |n| json!(n)), *value, "{name} in {row:#}");
    }
}

/// Format, records read, stored and in quarantine.
fn counts(batch: &Value) -> (String, u64, u64, u64) {
    let count = |name: &str| batch[name].as_u64().unwrap();
    (text(batch, "format").to_owned(), count("rows_read"), count("rows_stored"), count("rows_quarantined"))
}

#[test]
fn each_format_is_found_by_its_content() {
    let cases = [
        ("dcgm/good.prom", ("dcgm", 20, 2, 0)),
        ("dcgm/lenient.prom", ("dcgm", 11, 3, 0)),
        ("prometheus/good.json", ("prometheus", 12, 8, 0)),
        ("prometheus/lenient.json", ("prometheus", 7, 2, 0)),
        ("nvidia_smi/good.csv", ("nvidia-smi", 4, 4, 0)),
        ("nvidia_smi/lenient.csv", ("nvidia-smi", 4, 3, 0)),
        ("nvidia_smi/bare.csv", ("nvidia-smi", 5, 3, 2)),
        ("request_trace/good.csv", ("request-trace", 10, 10, 0)),
        ("request_trace/lenient.csv", ("request-trace", 4, 4, 0)),
        ("request_trace/good.jsonl", ("request-trace", 3, 3, 0)),
        ("benchmark/good.csv", ("benchmark", 3, 3, 0)),
        ("benchmark/good.json", ("benchmark", 1, 1, 0)),
        ("benchmark/lenient.csv", ("benchmark", 2, 2, 0)),
        ("benchmark/lenient.json", ("benchmark", 1, 1, 0)),
        ("benchmark/guidellm.json", ("benchmark", 2, 1, 1)),
        ("benchmark/inference_perf.json", ("benchmark", 1, 1, 0)),
    ];
    let desk = Desk::new();
    for (name, (format, read, stored, bad)) in cases {
        let batch = desk.import(&[&fixture(name)]).remove(0);
        assert_eq!(counts(&batch), (format.to_owned(), read, stored, bad), "{name}");
        assert_eq!(batch["role"], "measurement", "{name}");
    }
}

/// A bad row: line, column, a part of what was expected.
type Bad = (u64, &'static str, &'static str);

/// Imports files of bad rows and holds what went to quarantine against what had to.
fn quarantined(cases: &[(&str, &[Bad])]) {
    let desk = Desk::new();
    for (name, expected) in cases {
        let batch = desk.import(&[&fixture(name)]).remove(0);
        let problems = batch["problems"].as_array().cloned().unwrap();
        let lines: Vec<u64> = problems.iter().filter_map(|problem| problem["line"].as_u64()).collect();
        assert_eq!(lines, expected.iter().map(|bad| bad.0).collect::<Vec<_>>(), "{name}: {problems:#?}");
        for (problem, (line, column, part)) in problems.iter().zip(*expected) {
            assert_eq!(text(problem, "column"), *column, "{name} line {line}");
            assert!(text(problem, "expected").contains(part), "{name} line {line}: {problem:#}");
        }
    }
}

#[test]
fn bad_values_of_gpus_go_to_quarantine_with_their_line() {
    quarantined(&[
        (
            "dcgm/errors.prom",
            &[
                (3, "DCGM_FI_DEV_GPU_UTIL", "0 to 100"),
                (4, "DCGM_FI_PROF_PIPE_TENSOR_ACTIVE", "0 to 1"),
                (5, "DCGM_FI_DEV_POWER_USAGE", "0 or more"),
                (6, "UUID", "gpu and Hostname"),
                (7, "DCGM_FI_DEV_FB_USED", "a number"),
                (8, "(line)", "NAME{labels} VALUE"),
                (9, "(line)", "NAME{labels} VALUE"),
                (10, "(line)", "milliseconds"),
            ],
        ),
        (
            "prometheus/errors.json",
            &[
                (2, "DCGM_FI_DEV_GPU_UTIL", "0 to 100"),
                (3, "DCGM_FI_DEV_GPU_UTIL", "a number"),
                (4, "__name__", "query the metric itself"),
                (5, "UUID", "a sum over GPUs"),
                (6, "moment", "decimal"),
                (8, "DCGM_FI_PROF_PIPE_TENSOR_ACTIVE", "0 to 1"),
            ],
        ),
        (
            "nvidia_smi/errors.csv",
            &[
                (3, "timestamp", "a local time"),
                (4, "utilization.gpu", "in %"),
                (5, "memory.used", "in MiB"),
                (6, "pci.bus_id", "what names the GPU"),
                (7, "(row)", "5 fields"),
                (8, "power.draw", "in W"),
            ],
        ),
    ]);
}

#[test]
fn bad_requests_and_runs_go_to_quarantine_with_their_line() {
    quarantined(&[
        (
            "request_trace/errors.csv",
            &[
                (3, "timestamp", "a date that exists"),
                (4, "timestamp", "a date that exists"),
                (5, "ContextTokens", "a whole number"),
                (6, "GeneratedTokens", "a whole number"),
                (7, "GeneratedTokens", "a whole number"),
                (8, "(row)", "3 fields"),
                (9, "timestamp", "seconds of 0 or more"),
            ],
        ),
        (
            "benchmark/errors.csv",
            &[
                (3, "concurrency", "without it no throughput"),
                (4, "model_path", "empty"),
                (5, "system", "empty"),
                (6, "isl", "above 0"),
                (7, "ttft_ms", "0 or more"),
                (8, "tpot_ms", "decimal"),
                (9, "(row)", "18 fields"),
            ],
        ),
        (
            "benchmark/errors.json",
            &[
                (2, "model_id", "empty"),
                (3, "completed", "above 0"),
                (4, "duration", "0 or more"),
                (5, "total_output_tokens", "a whole number"),
                (6, "total_output_tokens", "a whole number"),
            ],
        ),
    ]);
}

/// GPU-1111 gives 0, 50, 100 % a minute apart and 50 % ten minutes later. Its typical step is a minute, so the ten
/// minutes are a gap and all four samples stand for a minute: 50 %. GPU-2222 gives 100, 100, 0 % a minute apart and
/// 40 % three minutes later, which is no gap: (100 × 60 + 100 × 60 + 0 × 180 + 40 × 60) / 360 = 40 %.
#[test]
fn utilisation_is_weighted_by_time_and_gaps_are_not_bridged() {
    let desk = Desk::new();
    desk.import(&[&fixture("prometheus/good.json")]);
    let gpus = rows(&desk, &["gpus"]);
    let figures = |utilisation: f64, power: Value, hours: f64| {
        [
            ("utilisation_percent", json!(utilisation)),
            ("power_watts", power),
            ("samples", json!(4.0)),
            ("idle_samples_percent", json!(25.0)),
            ("observed_gpu_hours", json!(hours)),
            ("tensor_active_percent", Value::Null),
        ]
    };
    // Power is 100, 200, 300 W and NaN, which is a gap.
    is(&row(&gpus, "model", &json!("NVIDIA H100")), &figures(50.0, json!(200.0), 0.066_667));
    is(&row(&gpus, "model", &json!("NVIDIA L40S")), &figures(40.0, Value::Null, 0.1));
    let total = row(&gpus, "month", &json!("Total"));
    // (50 × 240 + 40 × 360) / 600
    is(&total, &[("utilisation_percent", json!(44.0)), ("gpus", json!(2.0)), ("samples", json!(8.0))]);
    assert_eq!((text(&total, "first"), text(&total, "last")), ("2026-10-01T00:00:00Z", "2026-10-01T00:12:00Z"));
    let by_workload = rows(&desk, &["gpus", "--by", "workload", "--month", "2026-10"]);
    is(&row(&by_workload, "workload", &json!("chat/llm-0")), &[("utilisation_percent", json!(50.0))]);
    let notes = desk.run(&["report", "gpus"]).ends(0).out;
    assert!(notes.contains("gaps that were not bridged: 1"), "{notes}");
    desk.run(&["report", "gpus", "--month", "2026-09"]).ends(1);
    let unknown = desk.run(&["report", "gpus", "--by", "colour"]).ends(2);
    assert!(unknown.err.contains("use model, host, workload, gpu, pool"), "{}", unknown.err);
}

#[test]
fn a_scrape_without_moments_says_so_and_invents_none() {
    let desk = Desk::new();
    desk.import(&[&fixture("dcgm/good.prom")]);
    let gpus = rows(&desk, &["gpus", "--by", "gpu"]);
    let busy = row(&gpus, "gpu", &json!("GPU-aaaa"));
    is(
        &busy,
        &[
            ("month", Value::Null),
            ("first", Value::Null),
            ("utilisation_percent", json!(80.0)),
            ("gr_engine_active_percent", json!(75.0)),
            ("sm_active_percent", json!(50.0)),
            ("tensor_active_percent", json!(25.0)),
            ("dram_active_percent", json!(40.0)),
            ("memory_used_mib", json!(60_000.0)),
            // 60,000 used, 21,000 free, 500 reserved
            ("memory_total_mib", json!(81_500.0)),
            ("power_watts", json!(600.0)),
            ("observed_gpu_hours", Value::Null),
        ],
    );
    is(&row(&gpus, "gpu", &json!("GPU-bbbb")), &[("idle_samples_percent", json!(100.0))]);
    let told = desk.run(&["report", "gpus"]).ends(0).out;
    assert!(told.contains("(time unknown)") && told.contains("samples that do not tell their time: 2"), "{told}");
}

/// A slice has no utilisation, its exporter's own pod is not its workload, and the second value of a GPU and moment is
/// another scrape of the same.
#[test]
fn labels_are_read_as_exporters_write_them() {
    let desk = Desk::new();
    desk.import(&[&fixture("dcgm/lenient.prom"), &fixture("prometheus/lenient.json")]);
    let gpus = rows(&desk, &["gpus", "--by", "gpu"]);
    is(
        &row(&gpus, "gpu", &json!("node-2/3")),
        &[
            ("utilisation_percent", Value::Null),
            ("gr_engine_active_percent", json!(25.0)),
            ("tensor_active_percent", json!(10.0)),
            ("idle_samples_percent", json!(50.0)),
        ],
    );
    let t4 = row(&gpus, "gpu", &json!("GPU-cccc"));
    is(
        &t4,
        &[("utilisation_percent", json!(91.0)), ("memory_total_mib", json!(15_000.0)), ("power_watts", Value::Null)],
    );
    is(&row(&gpus, "gpu", &json!("GPU-1111")), &[("samples", json!(1.0)), ("utilisation_percent", json!(20.0))]);
    let models = rows(&desk, &["gpus", "--by", "model"]);
    row(&models, "model", &json!("NVIDIA A100 \"PCIe\", {40GB}"));
    let workloads = rows(&desk, &["gpus", "--by", "workload"]);
    row(&workloads, "workload", &json!("batch/job-1"));
    row(&workloads, "workload", &json!("chat/llm-0"));
    assert!(!format!("{workloads:?}").contains("dcgm-exporter"), "{workloads:#?}");
}

/// 2,500 GPUs and two metrics are 5,000 values, more than are handed on at a time; each GPU's two values lie 2,500
/// lines apart.
#[test]
fn a_sample_whose_values_lie_far_apart_is_stored_once() {
    let desk = Desk::new();
    let mut scrape = String::new();
    for (metric, value) in [("DCGM_FI_DEV_GPU_UTIL", 50), ("DCGM_FI_DEV_POWER_USAGE", 300)] {
        for gpu in 0..2_500 {
            scrape.push_str(&format!("{metric}{{UUID=\"GPU-{gpu}\",modelName=\"H100\"}} {value} 1790812800000\n"));
        }
    }
    let batch = desk.import(&[&desk.file("large.prom", scrape)]).remove(0);
    assert_eq!(counts(&batch), ("dcgm".to_owned(), 5_000, 2_500, 0));
    let gpus = rows(&desk, &["gpus"]);
    let expected = [("samples", 2_500.0), ("gpus", 2_500.0), ("utilisation_percent", 50.0), ("power_watts", 300.0)];
    is(&gpus[0], &expected.map(|(name, value)| (name, json!(value))));
}

#[test]
fn the_same_moment_in_a_later_answer_replaces_and_undo_brings_it_back() {
    let desk = Desk::new();
    desk.import(&[&fixture("prometheus/good.json")]);
    let later = json!({"status": "success", "data": {"resultType": "matrix", "result": [{
        "metric": {"__name__": "DCGM_FI_DEV_GPU_UTIL", "UUID": "GPU-1111", "modelName": "NVIDIA H100"},
        "values": [[1_790_813_520, "90"], [1_790_813_580, "90"]],
    }]}});
    let batch = desk.import(&[&desk.file("later.json", later.to_string())]).remove(0);
    assert_eq!(batch["replaced"], json!([{"batch": 1, "rows": 1}]), "{batch:#}");
    let samples = |desk: &Desk| row(&rows(desk, &["gpus"]), "month", &json!("Total"))["samples"].as_u64();
    assert_eq!(samples(&desk), Some(9));
    desk.run(&["undo", "1"]).ends(1);
    desk.run(&["undo", "2"]).ends(0);
    assert_eq!(samples(&desk), Some(8));
    desk.run(&["undo", "1"]).ends(0);
    desk.run(&["report", "gpus"]).ends(1);
}

#[test]
fn an_answer_that_is_an_error_is_refused_with_its_text() {
    let desk = Desk::new();
    let answer = r#"{"status":"error","errorType":"bad_data","error":"invalid parameter: query is empty"}"#;
    let refused = desk.run(&["import", &desk.file("answer.json", answer)]).ends(1);
    assert!(refused.err.contains("invalid parameter: query is empty"), "{}", refused.err);
    let up = r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{"__name__":"up"},"value":[1,"1"]}]}}"#;
    desk.run(&["import", &desk.file("up.json", up)]).ends(1);
}

/// GPU 01: 0 and 40 %, 10 s apart; GPU 02: 100 and 100 %. The mean is 60 %.
#[test]
fn nvidia_smi_keeps_local_time_as_such() {
    let desk = Desk::new();
    desk.import(&[&fixture("nvidia_smi/good.csv")]);
    let gpus = rows(&desk, &["gpus"]);
    is(
        &gpus[0],
        &[
            ("first", json!("2026-10-01T00:00:00")),
            ("utilisation_percent", json!(60.0)),
            ("power_watts", json!(80.0)),
            ("memory_used_mib", json!(12_500.0)),
            ("memory_total_mib", json!(40_000.0)),
        ],
    );
    let told = desk.run(&["report", "gpus"]).ends(0).out;
    assert!(told.contains("samples in local time: 4; their file does not tell the zone"), "{told}");
    // A log that was restarted repeats its header; what follows is read on.
    let desk = Desk::new();
    let log = "timestamp, uuid, utilization.gpu [%]\n2026/10/01 00:00:00.000, GPU-1, 10 %\n\
               timestamp, uuid, utilization.gpu [%]\n2026/10/01 00:00:10.000, GPU-1, 30 %\n";
    let batch = desk.import(&[&desk.file("log.csv", log)]).remove(0);
    assert_eq!((batch["rows_stored"].as_u64(), batch["rows_quarantined"].as_u64()), (Some(2), Some(0)));
    is(&rows(&desk, &["gpus"])[0], &[("utilisation_percent", json!(20.0))]);
    // Without a header only the order of fields in NVIDIA's guide tells which memory is used.
    let desk = Desk::new();
    desk.import(&[&fixture("nvidia_smi/bare.csv")]);
    let gpu = row(&rows(&desk, &["gpus", "--by", "gpu"]), "gpu", &json!("00000000:0B:00.0"));
    is(&gpu, &[("utilisation_percent", json!(60.0)), ("memory_used_mib", json!(30_000.0))]);
}

/// Ten requests in ten minutes: 10 / 600 s. Of the eleven minutes that begin in that time seven are empty and the
/// others hold 1, 2, 3 and 4, so rank ⌈0.95 × 11⌉ = 11 is 4 / 60 s. Input is 10, 20 … 100 tokens: rank 5 is 50, rank
/// ⌈9.5⌉ = 10 is 100. Output is a tenth.
#[test]
fn load_is_reported_by_trace_with_percentiles_by_nearest_rank() {
    let desk = Desk::new();
    desk.import(&[&fixture("request_trace/good.csv")]);
    let load = rows(&desk, &["load"]);
    assert_eq!(load.len(), 1);
    is(
        &load[0],
        &[
            ("trace", json!("good.csv")),
            ("requests", json!(10.0)),
            ("first", json!("2026-10-01T00:00:00Z")),
            ("last", json!("2026-10-01T00:10:00Z")),
            ("duration_seconds", json!(600.0)),
            ("requests_per_second_mean", json!(0.016_667)),
            ("requests_per_second_p95_minute", json!(0.066_667)),
            ("requests_per_second_p99_minute", json!(0.066_667)),
            ("input_tokens_mean", json!(55.0)),
            ("input_tokens_p50", json!(50.0)),
            ("input_tokens_p95", json!(100.0)),
            ("input_tokens_p99", json!(100.0)),
            ("output_tokens_mean", json!(5.5)),
            ("output_tokens_p50", json!(5.0)),
            ("output_tokens_p95", json!(10.0)),
            ("tokens_per_request", json!(60.5)),
            // Nine gaps of 10.5, 49.499, 0.001, 30, 210, 1, 1, 1 and 297 s: mean 66.67, standard deviation 1.547 of it. Of
            // 10, 20 … 100 the variance is 825 and the mean 55.
            ("arrival_cv", json!(1.547356)),
            ("input_tokens_cv", json!(0.522_233)),
            ("output_tokens_cv", json!(0.522_233)),
        ],
    );
}

#[test]
fn times_since_a_trace_began_stay_so() {
    let desk = Desk::new();
    desk.import(&[&fixture("request_trace/lenient.csv"), &fixture("request_trace/good.jsonl")]);
    let load = rows(&desk, &["load", "--by", "model"]);
    // Two requests of the same second and size are two requests.
    let twice = row(&load, "model", &json!("ChatGPT"));
    is(&twice, &[("requests", json!(2.0)), ("first", json!("5 s")), ("duration_seconds", Value::Null)]);
    let later = row(&load, "model", &json!("GPT-4"));
    is(&later, &[("first", json!("65.5 s")), ("last", json!("125 s")), ("duration_seconds", json!(59.5))]);
    // Mooncake counts milliseconds: three requests in 60 s.
    let mooncake = row(&load, "trace", &json!("good.jsonl"));
    is(&mooncake, &[("duration_seconds", json!(60.0)), ("requests_per_second_mean", json!(0.05))]);
    let kinds = rows(&desk, &["load", "--by", "kind"]);
    is(&row(&kinds, "kind", &json!("API log")), &[("requests", json!(2.0))]);
    desk.run(&["report", "load", "--by", "colour"]).ends(2);
}

/// 64 requests at work and 20 ms a token give 64 × 1,000 / 20 = 3,200 tokens a second, 800 for each of tp4 × pp1 × dp1.
#[test]
fn benchmarks_are_in_milliseconds_whatever_the_tool_wrote() {
    let desk = Desk::new();
    for name in ["good.csv", "good.json", "lenient.csv", "lenient.json", "guidellm.json", "inference_perf.json"] {
        desk.import(&[&fixture(&format!("benchmark/{name}"))]);
    }
    let runs = rows(&desk, &["benchmarks"]);
    assert_eq!(runs.len(), 9);
    let by_tool = |tool: &str| row(&runs, "tool", &json!(tool));
    is(
        &by_tool("bench serve"),
        &[
            ("requests_per_second", json!(5.0)),
            ("ttft_ms_mean", json!(100.0)),
            ("ttft_ms_p50", json!(90.0)),
            ("ttft_ms_p99", json!(300.0)),
            ("tpot_ms_p50", json!(7.5)),
            ("input_tokens", json!(1_000.0)),
            ("output_tokens", json!(200.0)),
            ("output_tokens_per_second", json!(1_000.0)),
        ],
    );
    is(
        &by_tool("InferenceX"),
        &[
            ("requests_per_second", json!("inf")),
            ("ttft_ms_mean", Value::Null),
            ("ttft_ms_p50", json!(500.0)),
            ("ttft_ms_p99", json!(2_000.0)),
            ("tpot_ms_p50", json!(40.0)),
            ("measured_on", json!("2026-10-02")),
        ],
    );
    is(
        &by_tool("GuideLLM"),
        &[
            ("model", json!("acme/tiny-7b")),
            ("concurrency", json!(4.0)),
            ("ttft_ms_p95", json!(90.0)),
            ("tpot_ms_mean", json!(20.0)),
        ],
    );
    is(
        &by_tool("inference-perf"),
        &[("model", Value::Null), ("ttft_ms_p50", json!(200.0)), ("tpot_ms_p99", json!(50.0))],
    );
    let h100 = rows(&desk, &["benchmarks", "--filter", "gpu=h100_sxm"]);
    assert_eq!(h100.len(), 2);
    let four = [("gpus", 4.0), ("output_tokens_per_second", 3_200.0), ("output_tokens_per_second_per_gpu", 800.0)];
    is(&h100[0], &four.map(|(name, value)| (name, json!(value))));
    // 64 × 1,000 / 16 over tp4 × dp2.
    let eight = [("gpus", 8.0), ("output_tokens_per_second", 4_000.0), ("output_tokens_per_second_per_gpu", 500.0)];
    is(&h100[1], &eight.map(|(name, value)| (name, json!(value))));
    // The concurrency stood inside a text, and nothing tells how many GPUs there were.
    let h200 = rows(&desk, &["benchmarks", "--filter", "gpu=h200_sxm"]);
    is(&h200[0], &[("concurrency", json!(32.0)), ("output_tokens_per_second_per_gpu", Value::Null)]);
    desk.run(&["report", "benchmarks", "--filter", "colour=red"]).ends(2);
}

#[test]
fn a_run_measured_anew_replaces_the_earlier_and_a_table_goes_into_a_file() {
    let desk = Desk::new();
    desk.import(&[&fixture("benchmark/good.csv")]);
    let text = std::fs::read_to_string(fixture("benchmark/good.csv")).unwrap().replace(",200,20\n", ",100,10\n");
    let batch = desk.import(&[&desk.file("again.csv", text)]).remove(0);
    assert_eq!(batch["replaced"], json!([{"batch": 1, "rows": 3}]));
    let runs = rows(&desk, &["benchmarks"]);
    assert_eq!(runs.len(), 3);
    is(&runs[1], &[("tpot_ms_mean", json!(10.0))]);
    let (csv, xlsx) = (desk.path("runs.csv"), desk.path("runs.xlsx"));
    desk.run(&["report", "benchmarks", "--format", "csv", "-o", &csv.display().to_string()]).ends(0);
    desk.run(&["report", "benchmarks", "--format", "xlsx", "-o", &xlsx.display().to_string()]).ends(0);
    let written = std::fs::read_to_string(csv).unwrap();
    assert!(written.starts_with("model,gpu,gpus,engine,") && written.lines().count() == 4, "{written}");
    assert!(std::fs::metadata(xlsx).unwrap().len() > 1_000);
}
