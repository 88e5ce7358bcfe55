//! Files of AI providers, gateways and tracers: found by what they hold, added up by hand, and what reports make of
//! them. `fixtures/totals.csv` holds every total; here stand the figures that a person checks.

use marginline_tests::cli::{Desk, fixture, text};
use serde_json::{Value, json};

/// What a fixture comes to: format, role, rows read and stored.
type Comes = (&'static str, &'static str, &'static str, u64, u64);

const GOOD: [Comes; 25] = [
    ("openai-usage/good.json", "openai-usage", "usage", 2, 2),
    ("openai-usage/lenient.json", "openai-usage", "usage", 10, 10),
    ("openai-usage/dashboard.csv", "openai-usage", "usage", 2, 1),
    ("openai-usage/empty.csv", "openai-usage", "usage", 1, 0),
    ("openai-usage/activity.csv", "openai-usage", "usage", 3, 3),
    ("openai-costs/good.json", "openai-costs", "bill", 3, 3),
    ("openai-costs/lenient.csv", "openai-costs", "bill", 3, 2),
    ("anthropic-usage/good.json", "anthropic-usage", "usage", 3, 3),
    ("anthropic-usage/good.csv", "anthropic-usage", "usage", 2, 2),
    ("anthropic-usage/lenient.json", "anthropic-usage", "usage", 2, 2),
    ("anthropic-usage/lenient.csv", "anthropic-usage", "usage", 3, 3),
    ("anthropic-costs/good.json", "anthropic-costs", "bill", 3, 3),
    ("anthropic-costs/good.csv", "anthropic-costs", "bill", 2, 2),
    ("anthropic-costs/lenient.csv", "anthropic-costs", "bill", 3, 3),
    ("openrouter/good.csv", "openrouter", "bill", 3, 3),
    ("openrouter/lenient.csv", "openrouter", "bill", 4, 3),
    ("openrouter/lenient.json", "openrouter", "bill", 2, 2),
    ("litellm/good.jsonl", "litellm", "claim", 5, 5),
    ("litellm/lenient.json", "litellm", "claim", 4, 3),
    ("litellm/lenient.csv", "litellm", "claim", 3, 2),
    ("litellm/daily.csv", "litellm", "claim", 2, 2),
    ("langfuse/good.jsonl", "langfuse", "claim", 3, 2),
    ("langfuse/lenient.json", "langfuse", "claim", 5, 3),
    ("langfuse/lenient.csv", "langfuse", "claim", 2, 1),
    ("helicone/lenient.jsonl", "helicone", "claim", 4, 3),
];

fn import(desk: &Desk, name: &str) -> Value {
    let batches = desk.import(&[&fixture(name)]);
    let [batch] = batches.as_slice() else { panic!("{name}: one file is one batch: {batches:?}") };
    batch.clone()
}

/// A control total of a batch.
fn total(batch: &Value, unit: &str, measure: &str) -> String {
    let totals = batch["totals"].as_array().unwrap();
    let has = |total: &&Value| total["currency"] == unit || total["unit"] == unit;
    let found = totals.iter().find(has).unwrap_or_else(|| panic!("no total in {unit}: {batch:#}"));
    text(found, measure).to_owned()
}

#[test]
fn each_file_is_known_by_what_it_holds() {
    for (name, format, role, read, stored) in GOOD {
        let batch = import(&Desk::new(), name);
        assert_eq!((text(&batch, "format"), text(&batch, "role")), (format, role), "{name}");
        assert_eq!((&batch["rows_read"], &batch["rows_stored"]), (&json!(read), &json!(stored)), "{name}: {batch:#}");
        assert_eq!(batch["problems"], json!([]), "{name}");
    }
}

/// Line, or position in a JSON document, and column of each row that cannot be used.
type Bad = (u64, &'static str);

const BAD: [(&str, &[Bad]); 13] = [
    (
        "openai-usage/errors.json",
        &[
            (2, "input_tokens"),
            (3, "output_tokens"),
            (4, "input_tokens"),
            (5, "input_tokens"),
            (6, "(row)"),
            (7, "characters"),
            (8, "start_time"),
        ],
    ),
    (
        "openai-usage/errors.csv",
        &[
            (3, "n_context_tokens_total"),
            (4, "timestamp"),
            (5, "(row)"),
            (6, "n_generated_tokens_total"),
            (7, "n_context_tokens_total"),
        ],
    ),
    (
        "openai-costs/errors.csv",
        &[(3, "amount_value"), (4, "amount_value"), (5, "amount_value"), (6, "amount_currency"), (8, "start_time")],
    ),
    (
        "openai-costs/errors.json",
        &[(2, "amount.value"), (3, "amount.value"), (4, "amount_value"), (5, "amount_currency")],
    ),
    (
        "anthropic-usage/errors.json",
        &[
            (2, "uncached_input_tokens"),
            (3, "output_tokens"),
            (4, "cache_read_input_tokens"),
            (5, "cache_creation.ephemeral_5m_input_tokens"),
            (6, "starting_at"),
        ],
    ),
    (
        "anthropic-usage/errors.csv",
        &[
            (3, "usage_date_utc"),
            (4, "uncached_input_tokens"),
            (5, "usage_input_tokens_cache_read"),
            (6, "output_tokens"),
            (7, "(row)"),
        ],
    ),
    (
        "anthropic-costs/errors.json",
        &[(2, "amount"), (3, "amount"), (4, "currency"), (5, "currency"), (7, "starting_at")],
    ),
    ("anthropic-costs/errors.csv", &[(3, "cost_usd"), (4, "cost_usd"), (5, "usage_date_utc"), (6, "usage_date_utc")]),
    ("openrouter/errors-generations.csv", &[(3, "tokens_prompt"), (4, "created_at")]),
    (
        "litellm/errors.jsonl",
        &[
            (2, "prompt_tokens"),
            (3, "startTime"),
            (4, "spend"),
            (5, "prompt_tokens"),
            (6, "(line)"),
            (7, "completion_tokens"),
        ],
    ),
    (
        "langfuse/errors.jsonl",
        &[(2, "usage_details"), (3, "input"), (4, "start_time"), (5, "total_cost"), (6, "input"), (7, "id")],
    ),
    (
        "openrouter/errors.csv",
        &[(3, "cost_total"), (4, "Usage"), (5, "Date"), (6, "tokens_prompt"), (7, "Completion Tokens")],
    ),
    (
        "helicone/errors.csv",
        &[(3, "prompt_tokens"), (4, "completion_tokens"), (5, "created_at"), (6, "cost"), (7, "(row)")],
    ),
];

#[test]
fn a_bad_row_is_put_aside_with_its_place_and_column() {
    for (name, bad) in BAD {
        let batch = import(&Desk::new(), name);
        let problems = batch["problems"].as_array().unwrap();
        let found: Vec<Bad> = bad.to_vec();
        let told: Vec<(u64, &str)> =
            problems.iter().map(|problem| (problem["line"].as_u64().unwrap(), text(problem, "column"))).collect();
        assert_eq!(told, found, "{name}: {problems:#?}");
        assert!(problems.iter().all(|problem| !text(problem, "expected").is_empty()), "{name}: what was expected");
    }
}

#[test]
fn cents_are_not_dollars() {
    let desk = Desk::new();
    let batch = import(&desk, "anthropic-costs/good.json");
    assert_eq!(total(&batch, "USD", "billed"), "21", "1234.5 + 765.5 + 100 cents");
    let batch = import(&Desk::new(), "anthropic-costs/good.csv");
    assert_eq!(total(&batch, "USD", "billed"), "21", "the console writes dollars: 10.00 + 11.00");
    let batch = import(&Desk::new(), "openai-costs/good.json");
    assert_eq!(total(&batch, "USD", "billed"), "15", "12.5 as a number, 2.25 as text and 0.25, all dollars");
    let services = desk.json(&["report", "costs", "--by", "provider,service,category"]);
    let row = &services["rows"][0];
    assert_eq!(text(row, "provider"), "Anthropic");
    assert_eq!(text(row, "service"), "Claude API");
    assert_eq!(text(row, "category"), "AI and Machine Learning");
    assert_eq!(text(row, "billed"), "21");
}

#[test]
fn the_console_file_replaces_the_api_pages_of_the_same_days() {
    let desk = Desk::new();
    import(&desk, "anthropic-costs/good.json");
    let batch = import(&desk, "anthropic-costs/good.csv");
    assert_eq!(batch["replaced"][0]["rows"], 2, "the two lines of the days 1 and 2: {batch:#}");
    let billed = text(&desk.json(&["report", "costs"])["total"], "billed").to_owned();
    assert_eq!(billed, "22", "21 of the console, and 1 of the third day, which it does not cover");
}

#[test]
fn classes_of_tokens_share_no_token() {
    // OpenAI: 1,000 hold 300 cached and 100 stored; 500 more. Anthropic: the input count holds neither.
    let batch = import(&Desk::new(), "openai-usage/good.json");
    assert_eq!(total(&batch, "tokens", "input_tokens"), "1100", "600 + 500");
    let batch = import(&Desk::new(), "anthropic-usage/good.csv");
    let classes = ["input_tokens", "cache_read_tokens", "cache_write_5m_tokens", "cache_write_1h_tokens"];
    assert_eq!(classes.map(|class| total(&batch, "tokens", class)), ["1100", "40", "20", "30"]);
    // Langfuse: a total of input and output alone says that cached tokens are inside the input.
    let batch = import(&Desk::new(), "langfuse/lenient.json");
    assert_eq!(total(&batch, "tokens", "input_tokens"), "1300", "700 of the last version, and 1,000 less 400");
    assert_eq!(total(&batch, "USD", "claimed"), "0.005", "the last version alone");
}

#[test]
fn each_endpoint_is_an_export_of_its_own() {
    let desk = Desk::new();
    import(&desk, "openai-usage/good.json");
    let batch = import(&desk, "openai-usage/lenient.json");
    assert_eq!(
        batch["replaced"],
        serde_json::json!([{"batch": 1, "rows": 1}]),
        "its completions name no project, so they are those of all; other endpoints replace nothing: {batch:#}"
    );
    let batch = import(&desk, "openai-usage/dashboard.csv");
    assert_eq!(batch["replaced"][0]["rows"], 1, "completions of the same project and day are: {batch:#}");
}

#[test]
fn what_is_no_token_is_named_as_unpriced_in_its_own_unit() {
    let desk = Desk::new();
    import(&desk, "openai-usage/lenient.json");
    let report = desk.json(&["report", "margin", "--month", "2026-10"]);
    let unpriced = report["unpriced"].as_array().unwrap();
    let images = unpriced.iter().find(|gap| gap["unit"] == "images").unwrap();
    assert_eq!((text(images, "quantity"), text(images, "model")), ("3", "dall-e-3"));
    assert_eq!(report["total"]["cost_is_lower_bound"], true, "what has no price is not free: {report:#}");
    let table = desk.run(&["report", "margin", "--month", "2026-10"]).ends(0);
    assert!((table.out + &table.err).contains("images are in no cost"), "in words too");
}

#[test]
fn bytes_past_what_a_row_holds_are_gigabytes() {
    let desk = Desk::new();
    let page = r#"{"data":[{"start_time":1790812800,"results":[{"object":"organization.usage.vector_stores.result","usage_bytes":20000000000}]}]}"#;
    let batch = desk.import(&[&desk.file("bytes.json", page)])[0].clone();
    assert_eq!(total(&batch, "gigabytes", "quantity"), "20");
}

#[test]
fn a_price_that_no_plain_token_has_is_not_guessed() {
    let desk = Desk::new();
    import(&desk, "anthropic-usage/lenient.csv");
    let report = desk.json(&["report", "margin", "--month", "2026-10"]);
    let reasons: Vec<&str> = report["unpriced"].as_array().unwrap().iter().map(|gap| text(gap, "reason")).collect();
    assert!(reasons.iter().any(|reason| reason.contains("\"fast\"")), "{reasons:?}");
    assert!(reasons.iter().all(|reason| !reason.contains("searches")), "a search costs 0.01 USD: {reasons:?}");
}

#[test]
fn one_file_of_openrouter_is_bill_and_usage() {
    let desk = Desk::new();
    let batch = import(&desk, "openrouter/good.csv");
    assert_eq!(total(&batch, "USD", "billed"), "40", "30.50 + 9.50");
    assert_eq!(total(&batch, "USD", "claimed"), "4", "over one's own key: another's bill");
    assert_eq!(total(&batch, "requests", "requests"), "160");
    let report = desk.json(&["report", "costs", "--by", "provider"]);
    let rows = report["rows"].as_array().unwrap();
    let billed = rows.iter().find(|row| row["provider"] == "OpenRouter").unwrap();
    assert_eq!(text(billed, "effective"), "40");
    let own = rows.iter().find(|row| row["provider"] == "openai").unwrap();
    assert!(own["billed"].is_null(), "nobody has billed the own key's tokens yet");
    assert_eq!(text(own, "effective"), "0.22", "0.4 million at 0.25 and 0.06 million at 2");
    let units = desk.json(&["report", "units"]);
    assert_eq!(text(&units["total"], "input_tokens"), "21400000");
    let again = desk.run(&["import", "--json", &fixture("openrouter/good.csv")]).ends(0);
    assert!(!again.out.is_empty());
    assert_eq!(text(&desk.json(&["report", "costs"])["total"], "billed"), "40", "the same file again changes nothing");
}

#[test]
fn a_log_adds_by_its_own_ids() {
    let desk = Desk::new();
    let row = |id: &str, spend: &str, at: &str| {
        format!(
            "{{\"request_id\":\"{id}\",\"spend\":{spend},\"prompt_tokens\":1000,\"completion_tokens\":0,\
             \"startTime\":\"{at}T10:00:00\",\"model\":\"gpt-5-mini\",\"custom_llm_provider\":\"openai\"}}\n"
        )
    };
    let first = row("a", "1", "2026-10-01") + &row("b", "1", "2026-10-02");
    let second = row("b", "1", "2026-10-02") + &row("c", "1", "2026-10-01");
    desk.import(&[&desk.file("first.jsonl", first)]);
    let batch = desk.import(&[&desk.file("second.jsonl", second)])[0].clone();
    assert_eq!((&batch["rows_stored"], &batch["rows_duplicate"]), (&json!(1), &json!(1)), "{batch:#}");
    let units = desk.json(&["report", "units"]);
    assert_eq!(text(&units["total"], "requests"), "3", "a, b and c, each once");
}

#[test]
fn an_observation_that_changed_counts_as_it_is_now() {
    let desk = Desk::new();
    import(&desk, "langfuse/good.jsonl");
    import(&desk, "langfuse/lenient.json");
    let units = desk.json(&["report", "units", "--by", "model"]);
    let row = units["rows"].as_array().unwrap().iter().find(|row| row["model"] == "gpt-5-mini").unwrap();
    assert_eq!(text(row, "requests"), "3", "observations 1, 4 and 5");
    assert_eq!(text(row, "input_tokens"), "1700", "700 of the newer version of 1, and 1,000 of 4");
    import(&desk, "langfuse/lenient.csv");
    assert_eq!(text(&desk.json(&["report", "units"])["total"], "requests"), "5", "with two more of Haiku");
}

#[test]
fn focus_as_a_gateway_writes_it_is_a_claim_and_no_bill() {
    let desk = Desk::new();
    let batch = import(&desk, "litellm-focus/lenient.csv");
    assert_eq!(text(&batch, "format"), "focus");
    assert_eq!((total(&batch, "USD", "claimed"), total(&batch, "USD", "billed")), ("3.5".into(), "15".into()));
    let report = desk.json(&["report", "costs"]);
    assert_eq!(text(&report["total"], "effective"), "15", "a period of a month and a unit of tokens are an issuer's");
    let compared = desk.json(&["report", "margin", "--month", "2026-10"])["compared"].clone();
    assert_eq!(text(&compared[0], "claimed"), "3.5", "{compared:#}");
    // Without bill and usage it stands in.
    let desk = Desk::new();
    import(&desk, "litellm-focus/good.csv");
    let total = desk.json(&["report", "costs"])["total"].clone();
    assert_eq!(text(&total, "effective"), "5", "3.50 + 1.50");
    assert!(total["billed"].is_null(), "but nobody has billed it: {total:#}");
}

#[test]
fn helicone_rows_without_an_id_count_once_in_two_files() {
    let desk = Desk::new();
    let row = r#"{"request_created_at":"2026-10-01T09:00:00Z","request_model":"gpt-5-mini","provider":"OPENAI","prompt_tokens":1000,"completion_tokens":0}"#;
    desk.import(&[&desk.file("one.jsonl", format!("{row}\n{row}\n"))]);
    desk.import(&[&desk.file("two.jsonl", format!("{row}\n{row}\n{row}\n"))]);
    let requests = text(&desk.json(&["report", "units"])["total"], "requests").to_owned();
    assert_eq!(requests, "3", "equal rows of one file all count, and those of the overlap once");
}

#[test]
fn a_row_of_a_daily_table_grows_and_counts_as_it_is_now() {
    let desk = Desk::new();
    let header = "date,api_key,model,custom_llm_provider,prompt_tokens,completion_tokens,spend,api_requests\n";
    let row = |requests: u64| format!("{header}2026-10-01,k,gpt-5-mini,openai,{requests}000,0,1,{requests}\n");
    for requests in [10, 15, 12] {
        desk.import(&[&desk.file(&format!("{requests}.csv"), row(requests))]);
    }
    let units = desk.json(&["report", "units"]);
    assert_eq!(text(&units["total"], "requests"), "15", "the fuller row, whichever came last");
}
