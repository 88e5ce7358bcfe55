//! Commitments and GPU cost out of bills: every figure is stated by hand beside the fixture it follows from.

use marginline_tests::cli::{Desk, fixture};
use serde_json::{Value, json};

fn desk(files: &[&str]) -> Desk {
    let desk = Desk::new();
    let files: Vec<String> = files.iter().map(|name| fixture(name)).collect();
    desk.import(&files.iter().map(String::as_str).collect::<Vec<_>>());
    desk
}

fn is(row: &Value, figures: &[(&str, Value)]) {
    for (name, value) in figures {
        assert_eq!(row[name], *value, "{name} in {row:#}");
    }
}

/// The row in which `column` is `value`.
fn row(report: &Value, wanted: &[(&str, &str)]) -> Value {
    let rows = report["rows"].as_array().unwrap();
    let fits = |row: &&Value| wanted.iter().all(|(column, value)| row[*column] == *value);
    rows.iter().find(fits).cloned().unwrap_or_else(|| panic!("no {wanted:?} in {rows:#?}"))
}

#[test]
fn a_plan_that_is_used_by_80_percent_and_covers_100_of_125() {
    let desk = desk(&["commitment/focus.csv"]);
    let report = desk.json(&["report", "commitments", "--month", "2026-09"]);
    // The plan costs 100: 80 replace contracted 100 and list 125, 20 are unused.
    let plan = row(&report, &[("commitment", "sp-1")]);
    is(
        &plan,
        &[
            ("month", json!("2026-09")),
            ("billed", json!("100")),
            ("effective", json!("100")),
            ("used", json!("80")),
            ("unused", json!("20")),
            ("covered_contracted", json!("100")),
            ("utilisation_percent", json!("80")),
            ("esr_contracted_percent", json!("0")),
            ("esr_list_percent", json!("20")),
            ("coverage_percent", Value::Null),
        ],
    );
    // Beside it 25 of standard use of the same service; storage is not eligible.
    is(
        &report["total"],
        &[
            ("standard", json!("25")),
            ("coverage_percent", json!("80")),
            ("esr_contracted_percent", json!("0")),
            ("esr_list_percent", json!("19.3548387097")),
        ],
    );
    let by_month = desk.json(&["report", "commitments", "--by", "month"]);
    assert_eq!(row(&by_month, &[("month", "2026-09")])["coverage_percent"], "80");
}

#[test]
fn a_commitment_without_a_status_is_neither_used_nor_unused() {
    let desk = desk(&["commitment/focus.csv"]);
    let report = desk.json(&["report", "commitments", "--month", "2026-10"]);
    let reserved = row(&report, &[("commitment", "r-1")]);
    is(
        &reserved,
        &[
            ("effective", json!("10")),
            ("used", Value::Null),
            ("unused", Value::Null),
            ("utilisation_percent", Value::Null),
            ("covered_contracted", Value::Null),
        ],
    );
    is(&row(&report, &[("commitment", "sp-1")]), &[("utilisation_percent", json!("100"))]);
    is(&report["total"], &[("used", Value::Null), ("effective", json!("110"))]);
    let told = desk.run(&["report", "commitments", "--month", "2026-10"]).ends(0).out;
    assert!(told.contains("name a commitment and not whether it was used"), "{told}");
    // With --strict an open figure asks for a look.
    desk.run(&["--strict", "report", "commitments", "--month", "2026-10"]).ends(3);
    desk.run(&["report", "commitments", "--by", "colour"]).ends(2);
    desk.run(&["report", "commitments", "--filter", "region=x"]).ends(2);
}

#[test]
fn bills_without_commitments_say_so() {
    let desk = desk(&["commitment/gpu-hours.csv"]);
    desk.run(&["report", "commitments"]).ends(1);
}

#[test]
fn the_same_figures_go_into_files() {
    let desk = desk(&["commitment/focus.csv"]);
    let csv = desk.run(&["report", "commitments", "--month", "2026-09", "--format", "csv"]).ends(0).out;
    assert!(csv.contains("2026-09,sp-1,100,100,80,20,100,"), "{csv}");
    let xlsx = desk.path("commitments.xlsx");
    desk.run(&["report", "commitments", "-o", xlsx.to_str().unwrap()]).ends(0);
    assert!(std::fs::read(xlsx).unwrap().starts_with(b"PK"));
}

#[test]
fn the_bill_of_a_pool_parts_into_used_idle_and_not_measured() {
    // 80 + 25 = 105 USD for 21 GPU hours: 5 an hour. Of 10 measured hours 4 were at work, 11 nobody measured.
    let desk = desk(&["commitment/focus.csv", "commitment/gpu-hours.csv"]);
    let report = desk.json(&["report", "gpus", "--by", "pool"]);
    is(
        &row(&report, &[("pool", "inference")]),
        &[
            ("month", json!("2026-09")),
            ("cost", json!("105")),
            ("used_cost", json!("20")),
            ("idle_cost", json!("30")),
            ("unmeasured_cost", json!("55")),
            ("samples", json!(0)),
        ],
    );
    // A pool that no bill line and no price list knows has hours and no cost, and the total is unknown with it.
    is(&row(&report, &[("pool", "dark")]), &[("cost", Value::Null), ("used_cost", Value::Null)]);
    is(&row(&report, &[("month", "Total")]), &[("cost", Value::Null)]);
    let told = desk.run(&["report", "gpus", "--by", "model"]).ends(0).out;
    assert!(told.contains("cost unknown in part: dark us-east-1 aws"), "{told}");
    // Without samples all hours are unobserved, and the pool without a bill leaves the month unknown.
    let by_workload = desk.run(&["report", "gpus", "--by", "workload"]).ends(0).out;
    assert!(by_workload.contains("cost unknown in part: 2026-09: dark us-east-1 aws"), "{by_workload}");
}

#[test]
fn workloads_bear_the_hours_that_samples_observed() {
    // 105 USD for 21 GPU hours, 5 an hour. Samples an hour apart stand for an hour each: a ran 2 h at 50 %, b 2 h at
    // 100 %; 17 hours nobody observed.
    let desk = desk(&["commitment/focus.csv"]);
    let hours =
        "hour,provider,region,gpu,pool,allocated_gpu_hours\n2026-09-01T00:00:00Z,aws,us-east-1,H100,inference,21\n";
    let series = |pod: &str, values: [u32; 2]| {
        json!({
            "metric": {
                "__name__": "DCGM_FI_DEV_GPU_UTIL", "UUID": format!("GPU-{pod}"), "modelName": "NVIDIA H100",
                "Hostname": "n", "namespace": "chat", "pod": pod,
            },
            "values": [[1_788_220_800, values[0].to_string()], [1_788_224_400, values[1].to_string()]],
        })
    };
    let result = [series("a", [100, 0]), series("b", [100, 100])];
    let samples = json!({ "status": "success", "data": { "resultType": "matrix", "result": result } });
    let (hours, samples) = (desk.file("hours.csv", hours), desk.file("samples.json", samples.to_string()));
    desk.import(&[&hours, &samples]);
    let report = desk.json(&["report", "gpus", "--by", "workload"]);
    let parts = |workload: &str| {
        let row = row(&report, &[("workload", workload), ("month", "2026-09")]);
        ["used_cost", "idle_cost", "unmeasured_cost"].map(|name| row[name].clone())
    };
    assert_eq!(parts("chat/a"), [json!("5"), json!("5"), json!("0")]);
    assert_eq!(parts("chat/b"), [json!("10"), json!("0"), json!("0")]);
    assert_eq!(parts("(not observed)"), [Value::Null, Value::Null, json!("85")]);
    is(&row(&report, &[("month", "Total")]), &[("cost", json!("105")), ("unmeasured_cost", json!("85"))]);
}
