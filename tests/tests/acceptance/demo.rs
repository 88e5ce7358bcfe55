//! The sample company told twice: by its generator (`fixtures/demo/truth.json`, made by generating the company
//! again with each story switched off) and by the reports. Both tell the same, to the last digit.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use bigdecimal::{BigDecimal, Zero};
use marginline_engine::view::{MarginBy, MonthBasis};
use marginline_tests::books::{self, ALL};
use marginline_tests::cli::{fixture, sample, text};
use serde_json::Value;

static TRUTH: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(&std::fs::read_to_string(fixture("demo/truth.json")).unwrap()).unwrap());

fn story(id: &str) -> &'static Value {
    let stories = TRUTH["stories"].as_array().unwrap();
    stories.iter().find(|story| story["id"] == id).unwrap_or_else(|| panic!("the generator tells no story {id}"))
}

fn months() -> &'static [Value] {
    TRUTH["months"].as_array().unwrap()
}

fn decimal(text: &str) -> BigDecimal {
    text.parse().unwrap_or_else(|_| panic!("{text:?} is no decimal"))
}

fn rows(report: &Value) -> &Vec<Value> {
    report["rows"].as_array().unwrap()
}

fn row<'a>(report: &'a Value, key: &str, value: &str) -> &'a Value {
    rows(report).iter().find(|row| row[key] == value).unwrap_or_else(|| panic!("no {key} {value} in {report:#}"))
}

fn lines(row: &Value) -> BTreeMap<String, String> {
    row["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| (text(line, "line").to_owned(), text(line, "amount").to_owned()))
        .collect()
}

#[test]
fn the_demo_prints_twelve_months_and_names_the_model_without_a_price() {
    let shown = sample().run(&["demo"]).ends(0).out;
    for month in months() {
        assert!(shown.contains(text(month, "month")), "{} is missing: {shown}", text(month, "month"));
    }
    assert!(shown.contains("lumen-2-preview has no price"), "{shown}");
    assert!(shown.contains("≥"), "without that price the total is a lower bound: {shown}");
    for (line, same) in [("margin", books::margin(MarginBy::Month, ALL)), ("units", books::units("month", ALL))] {
        assert_eq!(sample().json(&["report", line]), same, "the command line says what the engine says: {line}");
    }
    let batches = sample().json(&["batches"]);
    assert_eq!(batches["batches"].as_array().unwrap().len(), 17, "a second demo imports nothing again: {batches:#}");
}

#[test]
fn the_margin_of_every_month_is_the_truth_to_the_last_digit() {
    let report = books::margin(MarginBy::Month, ALL);
    assert_eq!(report["headline"], "Infrastructure margin", "there is no general ledger");
    assert_eq!(rows(&report).len(), 12);
    for truth in months() {
        let month = text(truth, "month");
        let told = row(&report, "month", month);
        assert_eq!(told["revenue"], truth["revenue_recognised"], "{month}: revenue");
        assert_eq!(told["cost_of_revenue"], truth["cost_of_revenue"], "{month}: cost of revenue");
        assert_eq!(told["gross_margin"], truth["gross_margin"], "{month}: gross margin");
        let percent = decimal(text(told, "gross_margin_percent")) - decimal(text(truth, "gross_margin_percent"));
        assert!(percent.abs() <= decimal("0.00005"), "{month}: percent, to the four decimals of the truth");
        let expected: BTreeMap<String, String> = serde_json::from_value(truth["lines"].clone()).unwrap();
        assert_eq!(lines(told), expected, "{month}: every cost line");
        let bound = text(truth, "unpriced_tokens") != "0" || story("eur_invoice")["months"][0] == month;
        assert_eq!(told["cost_is_lower_bound"], bound, "{month}: a bound with the unpriced model or the euros");
    }
}

#[test]
fn revenue_by_product_and_customer_is_the_truth() {
    for truth in months() {
        let month = text(truth, "month");
        let report = books::margin(MarginBy::Product, Some((month, month)));
        for (product, revenue) in truth["revenue_by_product"].as_object().unwrap() {
            assert_eq!(&row(&report, "product", product)["revenue"], revenue, "{month}: {product}");
            let providers = &truth["ai_provider_cost_by_product"][product];
            assert_eq!(&lines(row(&report, "product", product))["AI providers"], providers, "{month}: {product}");
        }
    }
    let report = books::margin(MarginBy::Customer, ALL);
    for (customer, truth) in TRUTH["customers"].as_object().unwrap() {
        let told = row(&report, "customer", customer);
        assert_eq!(told["revenue"], truth["revenue"], "{customer}");
        assert_eq!(&lines(told)["AI providers"], &truth["ai_provider_cost"], "{customer}");
    }
}

#[test]
fn control_totals_are_those_the_generator_counted() {
    let desk = sample();
    for (file, truth) in TRUTH["totals"].as_object().unwrap() {
        // The file is there already, so its import answers the totals of that batch and stores nothing.
        let batch = desk.import(&[&fixture(&format!("demo/{file}"))])[0].clone();
        assert_eq!(batch["rows_duplicate"], truth["rows"], "{file}: rows");
        assert_eq!(batch["rows_quarantined"], 0, "{file}");
        let totals = batch["totals"].as_array().unwrap();
        for (measure, expected) in truth.as_object().unwrap().iter().filter(|(name, _)| *name != "rows") {
            match (measure.as_str(), expected) {
                ("amount", Value::Object(by_currency)) if file == "budget.csv" => {
                    let parts = decimal(text(&totals[0], "revenue")) + decimal(text(&totals[0], "cost_of_revenue"));
                    assert_eq!(parts, decimal(by_currency["USD"].as_str().unwrap()), "{file}: {measure}");
                }
                ("tokens", Value::Object(classes)) => {
                    let told = totals.iter().find(|total| total["unit"] == "tokens").unwrap();
                    let class = |name: &str| classes[name].as_str().unwrap();
                    assert_eq!(text(told, "cache_read_tokens"), class("cache_read"), "{file}");
                    assert_eq!(text(told, "cache_write_5m_tokens"), class("cache_write_5m"), "{file}");
                    assert_eq!(text(told, "output_tokens"), class("output"), "{file}");
                    let input: BigDecimal =
                        ["input_tokens", "cache_read_tokens", "cache_write_5m_tokens", "cache_write_1h_tokens"]
                            .map(|name| decimal(text(told, name)))
                            .into_iter()
                            .sum();
                    let (alone, all) = (decimal(text(told, "input_tokens")), decimal(class("input")));
                    assert!(alone == all || input == all, "{file}: input {alone} or with cache {input}, truth {all}");
                }
                (_, Value::Object(by_currency)) => {
                    for (currency, expected) in by_currency {
                        let told = totals.iter().find(|total| total["currency"] == *currency).unwrap();
                        assert_eq!(&told[measure], expected, "{file}: {measure} {currency}");
                    }
                }
                (_, expected) => {
                    let told = totals.iter().find_map(|total| total.get(measure)).unwrap();
                    assert_eq!(told, expected, "{file}: {measure}");
                }
            }
        }
    }
}

#[test]
fn billed_and_effective_by_month_are_the_truth() {
    let report = books::costs("month", Some(("provider", "AWS")), MonthBasis::BillingMonth, ALL);
    for truth in months() {
        let told = row(&report, "month", text(truth, "month"));
        assert_eq!(told["billed"], truth["billed_usd"], "{}", truth["month"]);
        assert_eq!(told["effective"], truth["effective_usd"], "{}", truth["month"]);
    }
}

#[test]
fn story_a_model_that_nobody_priced() {
    let told = story("unpriced_model");
    let report = books::margin(MarginBy::Month, ALL);
    let [unpriced] = report["unpriced"].as_array().unwrap().as_slice() else { panic!("one model: {report:#}") };
    assert_eq!(unpriced["model"], "lumen-2-preview");
    assert_eq!(unpriced["tokens"], told["effects"]["unpriced_tokens"], "every token of it is counted");
    assert_eq!(unpriced["requests"], told["effects"]["unpriced_requests"]);
    assert_eq!(unpriced["months"], told["months"]);
    assert!(decimal(text(&report, "priced_share")) < decimal("100"), "the priced share says so");
    sample().run(&["report", "margin", "--strict"]).ends(3);
    let models = books::units("model", ALL);
    let lumen = row(&models, "model", "lumen-2-preview");
    assert!(
        lumen["usd_per_mtok_input"].is_null() && lumen["usd_per_mtok_output"].is_null(),
        "unknown is not zero: {lumen:#}"
    );
}

#[test]
fn story_an_invoice_in_euros() {
    let (told, march) =
        (story("eur_invoice"), books::costs("", None, MonthBasis::BillingMonth, Some(("2026-03", "2026-03"))));
    let [euros] = march["unconverted"].as_array().unwrap().as_slice() else { panic!("one currency: {march:#}") };
    assert_eq!(euros["billed"], told["effects"]["billed_eur"]);
    assert_eq!(euros["effective"], told["effects"]["effective_eur"]);
    assert_eq!(euros["issuers"][0], "Vektor GmbH");
    let april = books::costs("", None, MonthBasis::BillingMonth, Some(("2026-04", "2026-04")));
    assert_eq!(april["unconverted"], serde_json::json!([]), "it is an invoice of March alone");
}

#[test]
fn story_a_correction_of_an_earlier_month() {
    let told = story("correction");
    let june = books::margin(MarginBy::Product, Some(("2026-06", "2026-06")));
    let found = june["corrections"].as_array().unwrap().iter().find(|c| c["usage_month"] == "2026-04");
    let found = found.unwrap_or_else(|| panic!("no correction of April in June: {june:#}"));
    assert_eq!(found["effective"], told["effects"]["corrections_effective_usd"]);
    assert_eq!(found["billing_month"], "2026-06");
    // By date of use the money belongs to April: the story moves that month and leaves June's databases alone.
    let databases = |basis: MonthBasis, month: &str| {
        let report = books::costs("month", Some(("category", "Databases")), basis, ALL);
        decimal(text(row(&report, "month", month), "effective"))
    };
    let effect = decimal(text(&told["effects"], "effective_usd"));
    assert_eq!(
        databases(MonthBasis::UsageDate, "2026-04") - databases(MonthBasis::BillingMonth, "2026-04"),
        effect,
        "April by use"
    );
    assert_eq!(
        databases(MonthBasis::BillingMonth, "2026-06") - databases(MonthBasis::UsageDate, "2026-06"),
        effect,
        "June by bill"
    );
}

#[test]
fn story_an_annual_plan_is_earned_by_the_day() {
    let told = story("annual_plan");
    let mirai = |from: &str, to: &str| {
        let report = books::margin(MarginBy::Customer, Some((from, to)));
        decimal(text(row(&report, "customer", "Mirai Robotics"), "revenue"))
    };
    // 360,000 over 365 days: 31 days of October are 30,575.34, and January is not 360,000.
    let october = decimal(text(&told["effects_by_month"]["2026-10"], "revenue_recognised_usd"));
    let by_hand = (decimal("360000") * decimal("31") / decimal("365")).round(12);
    assert_eq!(october.round(12), by_hand, "the truth is 31 of 365 days");
    // Mirai's other revenue is by month, so a change of days shows the plan: November of 2025 has none of it.
    assert!(mirai("2026-10", "2026-10") >= october, "October holds its 31 days");
    assert!(mirai("2026-01", "2026-01") < decimal("100000"), "January holds 31 days, not the invoice of 360,000");
    let year = mirai("2026-01", "2026-10");
    assert!(year >= decimal(text(&told["effects"], "revenue_recognised_usd")), "ten months hold 304 of 365 days");
    assert!(year < decimal("1000000"), "and nothing of November and December is earned early");
}

#[test]
fn story_a_customer_that_loses_money() {
    let told = story("losing_customer");
    let report = books::margin(MarginBy::Customer, ALL);
    let losing: Vec<&str> = rows(&report)
        .iter()
        .filter(|row| !row["customer"].is_null() && decimal(text(row, "gross_margin")) < BigDecimal::zero())
        .map(|row| text(row, "customer"))
        .collect();
    assert_eq!(losing, ["Kestrel Legal"], "one customer and no other");
    let kestrel = row(&report, "customer", "Kestrel Legal");
    let providers = decimal(&lines(kestrel)["AI providers"]);
    assert!(providers > decimal(text(kestrel, "revenue")), "its AI providers alone cost more than it pays");
    let effect = decimal(text(&told["effects"], "line_usd: AI providers"));
    assert!(providers - effect < decimal(text(kestrel, "revenue")), "at the use it was priced for they would not");
}

#[test]
fn story_gpus_stand_idle_at_night() {
    let units = books::units("month", ALL);
    for truth in months() {
        let month = text(truth, "month");
        let told = decimal(text(row(&units, "month", month), "gpu_utilisation_percent"));
        let busy =
            decimal(text(truth, "busy_gpu_hours")) * decimal("100") / decimal(text(truth, "allocated_gpu_hours"));
        assert_eq!(told.round(6), busy.round(6), "{month}: busy ÷ allocated hours");
    }
    let notes = &units["gpu_use"];
    // Local night is 23:00 to 07:00: in summer 03:00–11:00 UTC in Virginia and 22:00–06:00 UTC in Ireland.
    for (region, hours) in
        [("us-east-1", ["03:00 to 11:00", "04:00 to 12:00"]), ("eu-west-1", ["22:00 to 06:00", "23:00 to 07:00"])]
    {
        let note = notes.as_array().unwrap().iter().filter_map(Value::as_str).find(|note| note.starts_with(region));
        let note = note.unwrap_or_else(|| panic!("nothing is said of {region}: {notes:#}"));
        assert!(hours.iter().any(|hours| note.contains(hours)), "the idle hours of {region} are its night: {note}");
    }
}

#[test]
fn story_the_fall_of_october_and_its_three_causes() {
    let told = story("margin_fall_2026_10");
    let report = books::margin(MarginBy::Month, ALL);
    let (september, october) = (row(&report, "month", "2026-09"), row(&report, "month", "2026-10"));
    let percent = |row: &Value| decimal(text(row, "gross_margin_percent"));
    assert!(percent(september) - percent(october) > decimal("5"), "margin falls by more than five points");
    // The stories explain most of the rise of their lines; the rest is growth.
    for line in ["AI providers", "GPU compute"] {
        let rise = decimal(&lines(october)[line]) - decimal(&lines(september)[line]);
        let effect = decimal(text(&told["effects"], &format!("line_usd: {line}")));
        assert!(rise >= effect, "{line} rises by {rise}, of which the stories are {effect}");
        assert!(effect > &rise / 2, "{line} rises by {rise}, most of it told by the stories: {effect}");
    }

    let units = |by: &str, month: &str| books::units(by, Some((month, month)));
    let per_request = |month: &str| {
        let agents = units("product", month);
        let agents = row(&agents, "product", "Agents");
        decimal(text(agents, "input_tokens")) / decimal(text(agents, "requests"))
    };
    let grew = per_request("2026-10") / per_request("2026-09");
    assert!(
        grew > decimal("1.15"),
        "first cause: Agents sends about a quarter more tokens a request: {}",
        grew.round(4)
    );

    let share = |month: &str, model: &str| {
        let models = units("model", month);
        decimal(text(row(&models, "model", model), "requests")) / decimal(text(&models["total"], "requests"))
    };
    assert!(
        share("2026-10", "gpt-5-mini") < share("2026-09", "gpt-5-mini"),
        "second cause: less goes to the small model"
    );
    assert!(share("2026-10", "claude-opus-4-5") > share("2026-09", "claude-opus-4-5"), "and more to the largest");

    let per_hour = |month: &str, row: &Value| {
        let truth = months().iter().find(|truth| truth["month"] == month).unwrap();
        decimal(&lines(row)["GPU compute"]) / decimal(text(truth, "allocated_gpu_hours"))
    };
    let dearer = per_hour("2026-10", october) / per_hour("2026-09", september);
    assert!(
        dearer > decimal("1.10"),
        "third cause: the commitment expired and a GPU hour costs more: {}",
        dearer.round(4)
    );
}
