//! Usage priced from the price book, on prices that can be multiplied by hand: OpenAI's GPT-5.6 Sol at USD 4 per
//! million input tokens and USD 8 for prompts above 272,000 (October 2026), and price lists of our own.

use marginline_engine::Engine;
use marginline_engine::screen::charts::Look;
use marginline_engine::view::{ChartRequest, CostsQuery, MarginBy, MarginQuery, Size, Theme};
use marginline_tests::cli::{Desk, text};
use marginline_tests::price_list::{PriceLine, import};
use serde_json::Value;

const HEADER: &str = "date,provider,model,requests,input_tokens,output_tokens,service_tier,context_window,region\n";

fn used(rows: &[String]) -> Desk {
    let desk = Desk::new();
    let file = desk.file("usage.csv", HEADER.to_owned() + &rows.join("\n"));
    desk.run(&["import", &file]).ends(0);
    desk
}

fn row(model: &str, requests: &str, input: u64, tier: &str, window: &str) -> String {
    let provider = if model.starts_with("house") { "house" } else { "openai" };
    format!("2026-10-15,{provider},{model},{requests},{input},0,{tier},{window},")
}

fn total(desk: &Desk) -> Value {
    desk.json(&["report", "costs"])["total"].clone()
}

/// Effective, low and high.
fn cost(desk: &Desk) -> [String; 3] {
    let total = total(desk);
    ["effective", "low", "high"].map(|field| total[field].as_str().unwrap_or("none").to_owned())
}

fn known(amount: &str) -> [String; 3] {
    [amount, amount, amount].map(str::to_owned)
}

#[test]
fn a_thousand_requests_in_one_row_cost_what_they_cost_one_by_one() {
    let single = vec![row("gpt-5.6-sol", "1", 10_000, "", ""); 1_000];
    assert_eq!(cost(&used(&single)), known("40"), "10 million tokens at 4");
    let bucket = used(&[row("gpt-5.6-sol", "1000", 10_000_000, "", "")]);
    assert_eq!(cost(&bucket), ["40", "40", "80"].map(str::to_owned), "never the dearer tier for the sum of a bucket");
    let said = bucket.run(&["report", "costs"]).ends(0).out;
    assert!(said.contains("≈ 40") && said.contains("lies between 40.00 and 80.00"), "{said}");
    let named = used(&[row("gpt-5.6-sol", "1000", 10_000_000, "", "0-200k")]);
    assert_eq!(cost(&named), known("40"), "its export names the context window");
}

#[test]
fn a_request_of_one_token_more_jumps_to_the_next_tier() {
    assert_eq!(cost(&used(&[row("gpt-5.6-sol", "1", 272_000, "", "")])), known("1.088"));
    assert_eq!(cost(&used(&[row("gpt-5.6-sol", "1", 272_001, "", "")])), known("2.176008"));
    let both = used(&[row("gpt-5.6-sol", "1", 272_000, "", ""), row("gpt-5.6-sol", "1", 272_001, "", "")]);
    assert_eq!(cost(&both), known("3.264008"), "rows of one key and month, each at its own tier");
}

/// The house's model costs 1, 2 above 90,000 tokens and 3 above 128,000; no list that we know steps at 90,000.
#[test]
fn a_step_of_ones_own_list_is_found_in_the_rows() {
    let desk = used(&[
        row("house-1", "1", 90_000, "", ""),
        row("house-1", "1", 90_001, "", ""),
        row("house-1", "1", 150_000, "", ""),
    ]);
    assert!(cost(&desk)[0] == "none" && cost(&desk)[1] == "0", "no list has it: {:?}", cost(&desk));
    let step = |above, amount| {
        PriceLine::of_tokens("house", "house-1", "input", "2026-01-01", amount).with("above_tokens", above)
    };
    import(&desk, "prices", &[step("0", "1"), step("90000", "2"), step("128000", "3")]);
    assert_eq!(cost(&desk), known("0.720002"), "0.09, 0.180002 and 0.45: 150,000 tokens wholly at the third price");
    desk.run(&["check"]).ends(0);
    desk.run(&["undo", "2"]).ends(0);
    assert_eq!(cost(&desk)[0], "none", "without the list there is no price again");
}

#[test]
fn a_tier_that_the_list_lacks_is_unpriced_and_bounded() {
    for (tier, word) in [("bacth", "bacth"), ("us inference", "us inference")] {
        let desk = used(&[row("gpt-5.6-sol", "1", 1_000_000, tier, ""), row("gpt-5.6-sol", "1", 1_000, "", "")]);
        let report = desk.json(&["report", "margin", "--by", "month"]);
        let gap = &report["unpriced"][0];
        assert!(text(gap, "reason").contains(word), "{gap}");
        let total = total(&desk);
        assert_eq!((text(&total, "effective"), text(&total, "low")), ("0.004", "0.004"));
        assert_eq!(text(&total, "priced_share"), "0.0999000999");
        let high: f64 = text(&total, "high").parse().unwrap();
        assert!(high > 8.0, "at OpenAI's dearest input price: {high}");
    }
    let batch = used(&[row("gpt-5.6-sol", "1", 100_000, "batch", "")]);
    assert_eq!(cost(&batch), known("0.2"), "batch costs half");
}

#[test]
fn a_price_in_another_currency_is_converted_by_its_month_or_stays_out() {
    let desk = used(&[row("house-1", "1", 1_000_000, "", "")]);
    let euro = PriceLine::of_tokens("house", "house-1", "input", "2026-01-01", "2").with("currency", "EUR");
    import(&desk, "prices", &[euro]);
    let report = desk.json(&["report", "costs"]);
    assert_eq!(text(&report["unconverted"][0], "currency"), "EUR");
    assert!(report["total"]["effective"].is_null() && report["total"]["high"].is_null(), "{}", report["total"]);
    let rates = desk.file("rates.csv", "date,base,quote,rate\n2026-10-01,EUR,USD,1.25\n");
    desk.run(&["import", &rates]).ends(0);
    assert_eq!(cost(&desk), known("2.5"));
}

#[test]
fn gpu_hours_without_a_bill_are_accrued_at_the_books_prices_or_named() {
    let desk = Desk::new();
    let hours = desk.file(
        "gpus.csv",
        "hour,provider,region,gpu,pool,project,allocated_gpu_hours,busy_gpu_hours\n\
         2026-10-15T01:00:00Z,lambda,eu-1,H100,serving,search,8,4\n\
         2026-10-15T01:00:00Z,other,eu-1,H100,serving,search,2,1\n",
    );
    desk.run(&["import", &hours]).ends(0);
    let price = |amount| PriceLine::of("gpu", "lambda", "H100", "2026-01-01", amount);
    import(&desk, "prices", &[price("3"), price("5").with("region", "us-1")]);
    let total = total(&desk);
    assert_eq!((text(&total, "effective"), text(&total, "low")), ("24", "24"), "8 hours at 3");
    assert_eq!(text(&total, "high"), "34", "and 2 hours at the dearest known price, 5");
    assert_eq!(text(&total, "priced_share_gpu_hours"), "80");
    let said = desk.run(&["report", "costs"]).ends(0).out;
    assert!(said.contains("≥ 24") && said.contains("no price list has H100 of other"), "{said}");
}

/// GPT-5 mini costs 0.25 in and 2 out. The bill of the 1st holds 2 million tokens where usage tells 1 million; that of
/// the 2nd holds the same tokens at 10 % off; that of the 3rd holds a model that no list has.
#[test]
fn computed_and_billed_cost_are_reconciled_to_the_last_digit() {
    let desk = Desk::new();
    let bill = desk.file(
        "bill.csv",
        "start_time,end_time,start_time_iso,end_time_iso,amount_value,amount_currency,quantity,quantity_unit,line_item,project_id,organization_id\n\
         1790812800,1790899200,2026-10-01T00:00:00+00:00,2026-10-02T00:00:00+00:00,0.50,usd,2000000,tokens,\"gpt-5-mini, input\",p1,o\n\
         1790899200,1790985600,2026-10-02T00:00:00+00:00,2026-10-03T00:00:00+00:00,0.225,usd,1000000,tokens,\"gpt-5-mini, input\",p1,o\n\
         1790985600,1791072000,2026-10-03T00:00:00+00:00,2026-10-04T00:00:00+00:00,7,usd,1000,tokens,\"gpt-99-house, input\",p1,o\n",
    );
    let usage = desk.file(
        "usage.csv",
        "date,provider,model,project,requests,input_tokens,output_tokens\n\
         2026-10-01,openai,gpt-5-mini,p1,10,1000000,0\n2026-10-02,openai,gpt-5-mini,p1,10,1000000,0\n\
         2026-10-03,openai,gpt-99-house,p1,1,1000,0\n",
    );
    desk.import(&[&bill, &usage]);
    let report = desk.json(&["report", "reconciliation", "--month", "2026-10"]);
    let of = |day: usize, field: &str| text(&report["rows"][day], field).to_owned();
    let parts =
        |day| ["gap", "unpriced", "price_difference", "tokens_difference", "unexplained"].map(|part| of(day, part));
    assert_eq!(parts(0), ["0.25", "0", "0", "0.25", "0"].map(str::to_owned), "a million tokens more: {report:#}");
    assert_eq!(parts(1), ["-0.025", "0", "-0.025", "0", "0"].map(str::to_owned), "10 % off");
    assert_eq!(parts(2), ["7", "7", "0", "0", "0"].map(str::to_owned), "what has no price was not computed");
    assert_eq!(of(0, "model"), "gpt-5-mini");
    assert_eq!(text(&report["total"], "gap"), "7.225");
    let table = desk.run(&["report", "reconciliation", "--month", "2026-10", "--strict"]).ends(3).out;
    assert!(table.contains("unpriced: model \"gpt-99-house\""), "{table}");
    desk.run(&["report", "reconciliation", "--by", "day"]).ends(2);
}

/// GPT-5.6 Sol cost USD 5 per million until 2026-08-20 and USD 4 since.
#[test]
fn a_month_is_replayed_at_the_prices_of_another_day() {
    let desk = Desk::new();
    let rows = "2026-08-20,openai,gpt-5.6-sol,1,100000,0,,,\n2026-08-21,openai,gpt-5.6-sol,1,100000,0,,,\n";
    desk.run(&["import", &desk.file("usage.csv", HEADER.to_owned() + rows)]).ends(0);
    assert_eq!(cost(&desk), known("0.9"), "0.5 and 0.4, each day at its own");
    let today = desk.json(&["report", "costs", "--prices", "today"]);
    assert_eq!(text(&today["total"], "effective"), "0.8");
    assert_eq!(text(&today["replay"], "difference"), "-0.1");
    assert_eq!(text(&today["replay"]["by_model"][0], "model"), "gpt-5.6-sol");
    let july = desk.json(&["report", "margin", "--prices", "2026-07-31", "--by", "month"]);
    assert_eq!(text(&july["total"], "cost_of_revenue"), "1");
    let said = desk.run(&["report", "costs", "--by", "day", "--prices", "2026-07-31"]).ends(0).out;
    assert!(said.contains("at the prices of 2026-07-31"), "{said}");
    assert!(desk.json(&["report", "costs"])["replay"].is_null());
    desk.run(&["report", "costs", "--prices", "tomorrow"]).ends(2);
}

/// Taking the prices of Haiku 4.5 off the list in October shows everywhere, and putting them back leaves no trace.
#[test]
fn removing_a_price_from_the_sample_is_seen_everywhere() {
    let desk = Desk::with_sample();
    let query = MarginQuery { month: Some("2026-10".into()), by: MarginBy::Product, ..MarginQuery::default() };
    let look = Look { size: Size { width: 800, height: 400 }, theme: Theme::Light, titled: false };
    let share = |view: &marginline_engine::view::MarginView| -> f64 {
        let kpi = view.kpis.iter().find(|kpi| kpi.id == "priced_share").unwrap();
        kpi.value.as_deref().unwrap().parse().unwrap()
    };
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let before = runtime()
        .block_on(async { share(&Engine::open(&desk.workspace()).await.unwrap().margin_view(&query).await.unwrap()) });
    let gone = ["input", "cache_read", "cache_write_5m", "cache_write_1h", "output"].map(|class| {
        PriceLine::of_tokens("anthropic", "claude-haiku-4-5", class, "2026-10-01", "0").with("valid_to", "2026-10-01")
    });
    import(&desk, "price-edit", &gone);
    runtime().block_on(async {
        let engine = Engine::open(&desk.workspace()).await.unwrap();
        let view = engine.margin_view(&query).await.unwrap();
        let kpi = |id: &str| view.kpis.iter().find(|kpi| kpi.id == id).unwrap().shown.clone();
        assert!(share(&view) < before, "{} is less than {before}", share(&view));
        assert!(
            kpi("cost").starts_with("≥ ") && kpi("gross_margin").starts_with("≤ "),
            "{} {}",
            kpi("cost"),
            kpi("gross_margin")
        );
        let row = view.table.rows.last().unwrap();
        assert!(row.cells[2].shown.starts_with("≥ ") && row.cells[4].shown.starts_with("≤ "), "{row:?}");
        let range = row.cells[2].range.as_ref().unwrap();
        let end = |end: &Option<String>| end.as_deref().unwrap().parse::<f64>().unwrap();
        assert!(end(&range.high) > end(&range.low), "{range:?}");

        let csv = String::from_utf8(marginline_engine::export::csv(&view.table).unwrap()).unwrap();
        let header = csv.lines().next().unwrap();
        for column in ["cost_of_revenue_low", "cost_of_revenue_high", "gross_margin_percent_high", "priced_share"] {
            assert!(header.split(',').any(|name| name == column), "{header}");
        }
        let trend = engine.chart(&ChartRequest::MarginTrend { query: query.clone() }, look).await.unwrap();
        let october = trend.marks.iter().rfind(|mark| mark.series == "Actual").unwrap();
        assert!(october.shown.starts_with("≤ "), "{october:?}");
        let costs = CostsQuery { by: vec!["category".into()], ..CostsQuery::default() };
        let costs = engine.chart(&ChartRequest::Costs { query: costs }, look).await.unwrap();
        assert!(costs.alt.contains("≥ ") && costs.subtitle.contains("at least"), "{} {}", costs.alt, costs.subtitle);

        let flagged = engine.scenario_cards().await.unwrap();
        let haiku = &flagged.iter().find(|card| card.info.id == "api-haiku").unwrap().info;
        assert!(haiku.problem.as_deref().is_some_and(|problem| problem.contains("unpriced")), "{haiku:?}");
        engine.ledger().close().await;
    });
}

const THINGS: &str = "date,provider,model,customer,region,unit,quantity,input_tokens,output_tokens\n";

fn things(rows: &str) -> Desk {
    let desk = Desk::new();
    desk.run(&["import", &desk.file("things.csv", THINGS.to_owned() + rows)]).ends(0);
    desk
}

fn cost_of(desk: &Desk, by: &str, name: &str) -> String {
    let report = desk.json(&["report", "costs", "--by", by]);
    let row = report["rows"].as_array().unwrap().iter().find(|row| row[by] == name).unwrap().clone();
    row["effective"].as_str().unwrap_or("none").to_owned()
}

/// Anthropic gives an organisation 1,550 hours of code containers a month and charges 0.05 USD an hour beyond. 1,500
/// hours by the 10th are free; on the 11th 50 are left of 200, a quarter of each customer's; then all is charged. In
/// November it begins anew.
#[test]
fn hours_are_free_until_the_month_has_used_them_up() {
    let day = |date: &str, customer: &str, hours: &str| {
        format!("{date},anthropic,code execution,{customer},,hours,{hours},,\n")
    };
    let desk = things(
        &[
            day("2026-10-11", "a", "120"),
            day("2026-10-10", "a", "1500"),
            day("2026-10-11", "b", "80"),
            day("2026-10-12", "b", "10"),
            day("2026-11-01", "b", "1550"),
        ]
        .concat(),
    );
    assert_eq!(cost_of(&desk, "day", "2026-10-10"), "0", "free, with a source, and not unpriced");
    assert_eq!(cost_of(&desk, "day", "2026-10-11"), "7.5", "150 of 200 hours");
    assert_eq!(cost_of(&desk, "customer", "a"), "4.5", "90 of 120 hours");
    assert_eq!(cost_of(&desk, "customer", "b"), "3.5", "60 of 80 hours, and 10");
    assert_eq!(cost(&desk), known("8"), "nothing is unpriced, so there is no range");
    assert_eq!(desk.json(&["report", "margin", "--by", "month"])["unpriced"].as_array().unwrap().len(), 0);
}

/// 100 GB of egress are free in all regions together; 0.09 USD a GB in Virginia, 0.15 in São Paulo.
#[test]
fn a_free_quantity_is_shared_by_the_regions_of_a_thing() {
    let desk = things(
        "2026-11-22,aws,internet,p,us-east-1,gb,60,,\n2026-11-23,aws,internet,p,sa-east-1,gb,60,,\n\
         2026-11-24,aws,internet,p,us-east-1,gb,0.5,,\n",
    );
    assert_eq!(cost_of(&desk, "day", "2026-11-22"), "0");
    assert_eq!(cost_of(&desk, "day", "2026-11-23"), "3", "40 of 60 GB are free, 20 at 0.15");
    assert_eq!(cost_of(&desk, "day", "2026-11-24"), "0.045");
}

/// A house gives a million input tokens a month, then charges 2 USD a million; output costs 4.
#[test]
fn tokens_of_a_free_tier_cost_nothing_and_the_rest_its_price() {
    let desk = Desk::new();
    let rows = "2026-10-01,house,house-1,1,700000,0,,,\n2026-10-02,house,house-1,1,700000,100000,,,\n\
                2026-11-01,house,house-1,1,1000000,0,,,\n";
    desk.run(&["import", &desk.file("usage.csv", HEADER.to_owned() + rows)]).ends(0);
    let input = PriceLine::of_tokens("house", "house-1", "input", "2026-01-01", "2").with("free_per_month", "1");
    let output = PriceLine::of_tokens("house", "house-1", "output", "2026-01-01", "4");
    import(&desk, "prices", &[input, output]);
    assert_eq!(cost_of(&desk, "day", "2026-10-01"), "0");
    assert_eq!(cost_of(&desk, "day", "2026-10-02"), "1.2", "0.4 million at 2, and 0.1 million at 4");
    assert_eq!(cost(&desk), known("1.2"), "November begins anew");
}

#[test]
fn what_has_no_price_is_not_free_and_a_unit_must_fit() {
    let desk = things("2026-10-01,house,box,p,,hours,5,,\n2026-10-01,house,shelf,p,,gb_months,5,,\n");
    assert_eq!(cost(&desk)[0], "none");
    let boxes = PriceLine::of("session", "house", "box", "2026-01-01", "2").with("per", "month");
    import(&desk, "prices", &[boxes, PriceLine::of("storage", "house", "shelf", "2026-01-01", "0.5")]);
    assert_eq!(cost(&desk)[..2], ["2.5", "2.5"].map(str::to_owned), "five GB for a month");
    let report = desk.json(&["report", "margin", "--by", "month"]);
    assert!(text(&report["unpriced"][0], "reason").contains("per month"), "{}", report["unpriced"]);
    let refused = desk.file(
        "gpu.csv",
        "provider,item,resource,amount,currency,valid_from,free_per_month\nhouse,H100,gpu,1,USD,2026-01-01,5\n",
    );
    assert_eq!(desk.import(&[&refused])[0]["rows_quarantined"], 1, "hours of GPUs have no free quantity");
}

/// Claude Opus 5 costs 5 USD in and 25 out; inside the United States 1.1 times that, in fast mode twice. Both: 2.2.
#[test]
fn inference_inside_the_united_states_and_fast_mode_have_prices_of_their_own() {
    let desk = Desk::new();
    let header = "usage_date_utc,model_version,workspace,usage_type,context_window,usage_input_tokens_no_cache,\
                  usage_input_tokens_cache_write_5m,usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,\
                  usage_output_tokens,web_search_count,inference_geo,speed\n";
    let row = |model: &str, kind: &str, geo: &str, speed: &str| {
        format!("2026-11-02,{model},W,{kind},≤ 200k,1000000,0,0,0,0,0,{geo},{speed}\n")
    };
    let costs = [
        ("claude-opus-5", "standard", "global", "", "5"),
        ("claude-opus-5", "standard", "us", "", "5.5"),
        ("claude-opus-5", "standard", "global", "fast", "10"),
        ("claude-opus-5", "standard", "us", "fast", "11"),
        ("claude-opus-5", "batch", "us", "", "2.75"),
        ("claude-haiku-4-5", "standard", "us", "", "none"),
        ("claude-opus-4-7", "standard", "global", "fast", "none"),
    ];
    for (model, kind, geo, speed, expected) in costs {
        let desk = Desk::new();
        let file = desk.file("tokens.csv", header.to_owned() + &row(model, kind, geo, speed));
        desk.run(&["import", &file, "--as", "anthropic-usage"]).ends(0);
        assert_eq!(cost(&desk)[0], expected, "{model} {kind} {geo} {speed}");
    }
    let july = format!("{header}2026-07-23,claude-opus-4-7,W,standard,≤ 200k,0,0,0,1000000,1000000,3,global,fast\n");
    desk.run(&["import", &desk.file("july.csv", july), "--as", "anthropic-usage"]).ends(0);
    assert_eq!(cost(&desk), known("153.03"), "six times the price until the 24th, and three searches at 0.01");
}

/// Regional endpoints of Vertex AI and of Bedrock, and the one of xAI in the US, cost 10 % more than the global ones.
#[test]
fn regional_endpoints_cost_a_tenth_more() {
    let of = |provider: &str, model: &str, region: &str, input: u64| {
        let desk = Desk::new();
        let row = format!("2026-11-02,{provider},{model},1,{input},0,,,{region}\n");
        desk.run(&["import", &desk.file("usage.csv", HEADER.to_owned() + &row)]).ends(0);
        cost(&desk)[0].clone()
    };
    let claude = |region| of("google", "claude-sonnet-4-6", region, 100_000);
    assert_eq!([claude("global"), claude("us-east5"), claude("eu")], ["0.3", "0.33", "0.33"].map(str::to_owned));
    let bedrock = |model| of("aws", model, "us-east-1", 100_000);
    assert_eq!(bedrock("global.anthropic.claude-opus-4-6-v1:0"), "0.5");
    assert_eq!(bedrock("us.anthropic.claude-opus-4-6-v1:0"), "0.55", "the endpoint stands in the model's id");
    let grok = |region, input| of("x-ai", "grok-4.6", region, input);
    assert_eq!([grok("", 199_999), grok("us", 199_999)], ["0.399998", "0.4399978"].map(str::to_owned));
    assert_eq!(grok("us", 200_000), "0.88", "long prompts, all of them: 4 USD a million, times 1.1");
}

/// The map's own schedule of DeepSeek: the weekend at half price; on workdays 7 hours at the full one. 2026-11-06 is a
/// Friday.
#[test]
fn prices_of_the_weekend_hold_on_the_weekend() {
    let desk = Desk::new();
    let map = r#"{"deepseek/house-x": {"litellm_provider": "deepseek", "mode": "chat", "input_cost_per_token": 2.4e-06,
        "output_cost_per_token": 4e-06, "off_peak_pricing": {"input_cost_per_token": 1.2e-06, "windows": [
        {"hours_utc": ["00:00-01:00", "04:00-06:00", "10:00-00:00"], "weekdays": [1, 2, 3, 4, 5]},
        {"hours_utc": "00:00-00:00", "weekdays": [6, "sun"]}]}}}"#;
    desk.import(&[&desk.file("map.json", map), "--observed", "2026-11-01"]);
    let day = |date: &str| format!("{date},deepseek,house-x,1,1000000,0,,,\n");
    let rows = HEADER.to_owned() + &day("2026-11-06") + &day("2026-11-07") + &day("2026-11-09");
    desk.run(&["import", &desk.file("usage.csv", rows)]).ends(0);
    assert_eq!(cost_of(&desk, "day", "2026-11-07"), "1.2", "Saturday");
    assert_eq!(cost_of(&desk, "day", "2026-11-06"), "1.55", "7 hours at 2.4 and 17 at 1.2, if use is even");
    assert_eq!(cost(&desk), ["4.3", "3.6", "6"].map(str::to_owned), "usage tells days, so workdays are a range");
    let wrong = map.replace("\"sun\"", "\"someday\"").replace("house-x", "house-y");
    let batch = desk.import(&[&desk.file("wrong.json", wrong), "--observed", "2026-11-01"]).remove(0);
    assert_eq!(batch["rows_quarantined"], 1, "a schedule that cannot be read is no reason to charge the full price");
    let listed = desk.json(&["prices", "list", "--item", "house-x"]);
    let windows: Vec<_> = listed["rows"].as_array().unwrap().iter().filter_map(|row| row["window"].as_str()).collect();
    assert!(windows.contains(&"10:00-00:00 mon-fri") && windows.contains(&"00:00-00:00 sat,sun"), "{windows:?}");
}
