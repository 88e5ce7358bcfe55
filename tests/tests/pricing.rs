//! Usage priced from the price book, on prices that can be multiplied by hand: OpenAI's GPT-5.6 Sol at USD 4 per
//! million input tokens and USD 8 for prompts above 272,000 (October 2026), and price lists of our own.
#![allow(clippy::unwrap_used, reason = "a test that unwraps fails with the line it stands on")]

use marginline_engine::Engine;
use marginline_engine::screen::charts::Look;
use marginline_engine::view::{ChartRequest, CostsQuery, MarginBy, MarginQuery, Size, Theme};
use marginline_model::prices::{Per, Price, Resource};
use marginline_tests::cli::{Desk, text};
use marginline_tests::price_list::{put, token_price};
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
    let step =
        |above, amount| Price { above_tokens: above, ..token_price("house", "house-1", "input", "2026-01-01", amount) };
    put(&desk.workspace(), "prices", vec![step(0, "1"), step(90_000, "2"), step(128_000, "3")]);
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
    let euro = Price {
        currency: marginline_model::Currency::parse("EUR").unwrap(),
        ..token_price("house", "house-1", "input", "2026-01-01", "2")
    };
    put(&desk.workspace(), "prices", vec![euro]);
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
    let price = |from, amount| Price {
        resource: Resource::Gpu,
        item: "H100".into(),
        per: Per::GpuHour,
        ..token_price("lambda", "H100", "", from, amount)
    };
    let elsewhere = Price { region: "us-1".into(), ..price("2026-01-01", "5") };
    put(&desk.workspace(), "prices", vec![price("2026-01-01", "3"), elsewhere]);
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
        let price = token_price("anthropic", "claude-haiku-4-5", class, "2026-10-01", "0");
        Price { valid_to: Some(price.valid_from), ..price }
    });
    put(&desk.workspace(), "price-edit", gone.to_vec());
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

        let flagged = engine.scenario_list().await.unwrap();
        let haiku = flagged.iter().find(|info| info.id == "api-haiku").unwrap();
        assert!(haiku.problem.as_deref().is_some_and(|problem| problem.contains("unpriced")), "{haiku:?}");
        engine.ledger().close().await;
    });
}
