//! Several currencies in one report, on rates that can be averaged by hand (`fixtures/exchange_rates/good.csv`), in
//! units for one euro:
//!
//! | | USD | JPY | GBP |
//! |---|---|---|---|
//! | January 2026 | 1.10, 1.30: 1.20 | 150, 150: 150 | 0.70, 0.90: 0.80 |
//! | February 2026 | 1.20, 1.30: 1.25 | 150, 160: 155 | 0.80, 0.80: 0.80 |
//!
//! The bill is EUR 100 and USD 10 in January and EUR 200 in February, of which EUR 80 was used in January. Revenue is
//! USD 1,000 in January, and in February EUR 400 (invoiced in January) and JPY 15,500.

use marginline_engine::Engine;
use marginline_engine::view::MarginQuery;
use marginline_tests::cli::{Desk, fixture, text};
use serde_json::{Value, json};

const BILL: &str = "\
BilledCost,EffectiveCost,BillingCurrency,BillingPeriodStart,ChargePeriodStart,ChargeCategory,ProviderName,InvoiceIssuerName,ServiceName
100,100,EUR,2026-01-01,2026-01-10,Usage,Vektor,Vektor GmbH,GPU cloud
10,10,USD,2026-01-01,2026-01-11,Usage,Example Cloud,Example Cloud,Storage
80,80,EUR,2026-02-01,2026-01-31,Usage,Vektor,Vektor GmbH,GPU cloud
120,120,EUR,2026-02-01,2026-02-01,Usage,Vektor,Vektor GmbH,GPU cloud
";

const REVENUE: &str = "\
invoice_id,invoice_date,customer,product,plan,region,kind,service_start,service_end,currency,amount
A-1,2026-01-15,Alder,Search,,eu-1,one_off,2026-01-15,2026-01-16,USD,1000
A-2,2026-01-20,Birch,Search,,eu-1,subscription,2026-02-01,2026-03-01,EUR,400
A-3,2026-02-15,Cedar,Search,,eu-1,one_off,2026-02-15,2026-02-16,JPY,15500
";

fn books() -> Desk {
    let desk = Desk::new();
    let (bill, revenue) = (desk.file("bill.csv", BILL), desk.file("revenue.csv", REVENUE));
    desk.run(&["import", &bill]).ends(0);
    desk.run(&["import", &revenue]).ends(0);
    desk
}

fn books_with_rates() -> Desk {
    let desk = books();
    desk.run(&["import", &fixture("exchange_rates/good.csv")]).ends(0);
    desk
}

/// `field` of each row, by the row's month.
fn by_month(report: &Value, field: &str) -> Vec<(String, String)> {
    let rows = report["rows"].as_array().unwrap();
    rows.iter().map(|row| (text(row, "month").to_owned(), text(row, field).to_owned())).collect()
}

fn two(january: &str, february: &str) -> Vec<(String, String)> {
    [("2026-01", january), ("2026-02", february)].map(|(month, value)| (month.to_owned(), value.to_owned())).to_vec()
}

#[test]
fn three_kinds_of_file_hold_rates() {
    for (name, read, stored, rates) in
        [("good", 4, 4, "13"), ("newest", 1, 1, "3"), ("lenient", 5, 4, "4"), ("own", 2, 2, "2")]
    {
        let batches = Desk::new().import(&[&fixture(&format!("exchange_rates/{name}.csv"))]);
        let [batch] = batches.as_slice() else { panic!("{name}: one file is one batch: {batches:?}") };
        assert_eq!((&batch["format"], &batch["role"]), (&json!("exchange-rates"), &json!("reference")), "{name}");
        assert_eq!((&batch["rows_read"], &batch["rows_stored"]), (&json!(read), &json!(stored)), "{name}: {batch:#}");
        assert_eq!(batch["totals"][0]["rates"], rates, "{name}: N/A and a day without a value are no rates");
        assert_eq!(batch["problems"], json!([]), "{name}");
    }
}

#[test]
fn bad_rates_are_quarantined_where_they_stand() {
    let cases: [(&str, &[(u64, &str)]); 3] = [
        (
            "errors",
            &[
                (3, "date"),
                (4, "base"),
                (5, "quote"),
                (6, "rate"),
                (7, "rate"),
                (8, "rate"),
                (9, "quote"),
                (10, "rate"),
                (12, "rate"),
                (13, "rate"),
            ],
        ),
        (
            "errors-portal",
            &[(3, "FREQ"), (4, "EXR_TYPE"), (5, "EXR_SUFFIX"), (6, "TIME_PERIOD"), (7, "OBS_VALUE"), (8, "OBS_VALUE")],
        ),
        ("errors-wide", &[(3, "JPY"), (4, "Date"), (7, "USD")]),
    ];
    for (name, wanted) in cases {
        let batches = Desk::new().import(&[&fixture(&format!("exchange_rates/{name}.csv"))]);
        let problems = batches[0]["problems"].as_array().unwrap();
        let found: Vec<(u64, &str)> =
            problems.iter().map(|problem| (problem["line"].as_u64().unwrap(), text(problem, "column"))).collect();
        assert_eq!(found, wanted, "{name}: {problems:#?}");
    }
}

#[test]
fn cost_is_converted_at_the_average_of_its_month_on_the_reports_basis() {
    let desk = books_with_rates();
    let billed = desk.json(&["report", "costs", "--by", "month"]);
    assert_eq!(by_month(&billed, "effective"), two("130", "250"), "100 × 1.20 + 10; 200 × 1.25");
    assert_eq!(text(&billed["total"], "billed"), "380");
    assert_eq!(billed["unconverted"], json!([]));
    assert_eq!(
        billed["fx"],
        json!([
            {"from": "EUR", "to": "USD", "month": "2026-01", "rate": "1.2", "basis": "month average", "source": "ECB", "fixings": 2},
            {"from": "EUR", "to": "USD", "month": "2026-02", "rate": "1.25", "basis": "month average", "source": "ECB", "fixings": 2},
        ]),
        "each rate that was used, with its source"
    );
    let used = desk.json(&["report", "costs", "--by", "month", "--basis", "usage-date"]);
    assert_eq!(by_month(&used, "effective"), two("226", "150"), "180 × 1.20 + 10; 120 × 1.25");
    let storage = desk.json(&["report", "costs", "--filter", "service=Storage"]);
    assert_eq!(storage["fx"], json!([]), "the row in USD needs no rate");
    let table = desk.run(&["report", "costs"]).ends(0).out;
    assert!(table.contains("EUR is converted to USD at month averages of ECB: 1.2"), "the table says so: {table}");
}

#[test]
fn revenue_is_converted_in_the_month_it_is_earned_in() {
    let report = books_with_rates().json(&["report", "margin", "--by", "month"]);
    assert_eq!(by_month(&report, "revenue"), two("1000", "625"), "400 × 1.25 + 15,500 ÷ 155 × 1.25");
    assert_eq!(by_month(&report, "gross_margin"), two("870", "375"), "1000 − 130; 625 − 250");
    let rates = report["fx"].as_array().unwrap();
    let yen = rates.iter().find(|rate| rate["from"] == "JPY").unwrap();
    assert_eq!((text(yen, "rate"), text(yen, "month")), ("0.0080645161", "2026-02"), "1.25 ÷ 155, through the euro");
}

#[test]
fn margin_in_percent_is_the_same_in_every_currency() {
    let desk = books_with_rates();
    let euros = desk.json(&["report", "margin", "--by", "month", "--currency", "eur"]);
    assert_eq!(euros["currency"], "EUR");
    assert_eq!(by_month(&euros, "revenue"), two("833.333333333333333333", "500"), "1000 ÷ 1.2; 400 + 15,500 ÷ 155");
    assert_eq!(by_month(&euros, "cost_of_revenue"), two("108.333333333333333333", "200"), "100 + 10 ÷ 1.2; 200");
    assert!(euros["total"].get("eur_per_mtok").is_some(), "a figure is named in its own currency: {euros:#}");
    for code in ["USD", "EUR", "JPY", "GBP"] {
        let report = desk.json(&["report", "margin", "--by", "month", "--currency", code]);
        assert_eq!(by_month(&report, "gross_margin_percent"), two("87", "60"), "{code}");
    }
}

/// The plan is the same share of revenue in any currency, so that it is shown at all tells that it was converted.
#[test]
fn a_budget_in_another_currency_is_converted_too() {
    let desk = books_with_rates();
    let plan = |month: &str| {
        let file = desk.path("margin.svg");
        let line = ["chart", "margin-trend", "--month", month, "--json", "-o", file.to_str().unwrap()];
        desk.run(&line).ends(0);
        std::fs::read_to_string(file).unwrap().contains("plan dashed")
    };
    assert!(!plan("2026-02"), "no budget yet");
    let header = "month,measure,product,currency,amount\n";
    let francs = "2026-01,revenue,,CHF,1000\n2026-01,cost_of_revenue,,CHF,100\n";
    desk.run(&["import", &desk.file("francs.csv", format!("{header}{francs}"))]).ends(0);
    assert!(!plan("2026-02"), "a budget that has no rate is not shown as if it were USD");
    assert_eq!(
        notices(&desk, "2026-01"),
        ["the budget of January 2026 in CHF is not converted and not shown: no exchange rate"]
    );
    let euros = "2026-01,revenue,,EUR,1000\n2026-01,cost_of_revenue,,EUR,100\n";
    desk.run(&["import", &desk.file("euros.csv", format!("{header}{euros}"))]).ends(0);
    assert!(plan("2026-02"));
    assert_eq!(notices(&desk, "2026-01"), [""; 0]);
}

/// What the margin screen says of a month.
fn notices(desk: &Desk, month: &str) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let engine = Engine::open(&desk.workspace()).await.unwrap();
        let query = MarginQuery { month: Some(month.into()), ..MarginQuery::default() };
        engine.margin_view(&query).await.unwrap().notices.into_iter().map(|notice| notice.text).collect()
    })
}

#[test]
fn rates_can_be_held_constant() {
    let desk = books_with_rates();
    let line = ["report", "margin", "--by", "month", "--constant-rates", "2026-01"];
    let report = desk.json(&line);
    assert_eq!(by_month(&report, "revenue"), two("1000", "604"), "400 × 1.20 + 15,500 ÷ 150 × 1.20");
    assert_eq!(by_month(&report, "cost_of_revenue"), two("130", "240"), "200 × 1.20");
    assert_eq!(report["fx"][0]["month"], "2026-01");
    assert_eq!((report["fx"].as_array().unwrap().len(), &report["fx"][0]["held"]), (2, &json!(true)), "{report:#}");
    assert!(desk.run(&line).out.contains("at a constant rate"));
    let rules = desk.file("rules.toml", "version = 1\ncurrency = \"USD\"\n[fx]\nhold = \"2026-01\"\n");
    desk.run(&["map", &rules]).ends(0);
    let held = desk.json(&["report", "margin", "--by", "month"]);
    assert_eq!(by_month(&held, "cost_of_revenue"), two("130", "240"), "the rules may say the same");
    let other = desk.json(&["report", "margin", "--by", "month", "--constant-rates", "2026-02"]);
    assert_eq!(by_month(&other, "cost_of_revenue"), two("135", "250"), "the command line comes first");
}

#[test]
fn what_has_no_rate_is_not_converted_not_added_and_named() {
    let desk = books_with_rates();
    let march = desk.file(
        "march.csv",
        BILL.lines().next().unwrap().to_owned()
            + "\n50,50,EUR,2026-03-01,2026-03-02,Usage,Vektor,Vektor GmbH,GPU cloud\n",
    );
    desk.run(&["import", &march]).ends(0);
    let report = desk.run(&["report", "costs", "--json", "--strict"]).ends(3).json();
    assert_eq!(text(&report["total"], "billed"), "380", "January and February as before");
    assert_eq!(
        report["unconverted"],
        json!([{"currency": "EUR", "billed": "50", "effective": "50", "issuers": ["Vektor GmbH"], "to": "USD", "months": ["2026-03"]}])
    );
    let table = desk.run(&["report", "costs"]).ends(0).out;
    assert!(table.contains("not converted to USD and in no total: no exchange rate from EUR for 2026-03"), "{table}");
    let francs = desk.json(&["report", "costs", "--currency", "CHF"]);
    assert_eq!(francs["total"]["billed"], Value::Null, "no rate to CHF at all: no total, which is not a total of zero");
    assert_eq!(francs["unconverted"].as_array().unwrap().len(), 3, "EUR, USD and yen: {francs:#}");
    let held = desk.json(&["report", "costs", "--constant-rates", "2025-12"]);
    assert_eq!(held["unconverted"][0]["months"], json!(["2025-12"]), "the month that would have to have a rate");
}

#[test]
fn undoing_the_rates_takes_the_conversion_back() {
    let desk = books();
    let before = desk.json(&["report", "margin", "--by", "month"]);
    assert_eq!(before["unconverted"].as_array().unwrap().len(), 2, "EUR and JPY without any rates");
    let id = desk.import(&[&fixture("exchange_rates/good.csv")])[0]["id"].to_string();
    let with = desk.json(&["report", "margin", "--by", "month"]);
    assert_eq!(with["unconverted"], json!([]));
    desk.run(&["undo", &id]).ends(0);
    assert_eq!(desk.json(&["report", "margin", "--by", "month"]), before, "as if there had been no rates");
    desk.run(&["redo"]).ends(0);
    assert_eq!(desk.json(&["report", "margin", "--by", "month"]), with);
}

#[test]
fn a_later_file_replaces_the_days_and_pairs_it_has_and_own_rates_come_first() {
    let desk = books_with_rates();
    let replaced = desk.import(&[&fixture("exchange_rates/lenient.csv")])[0]["replaced"].clone();
    assert_eq!(replaced[0]["rows"], 4, "GBP and USD of both days of January; yen and February stay: {replaced:#}");
    let report = desk.json(&["report", "margin", "--by", "month"]);
    assert_eq!(by_month(&report, "gross_margin"), two("870", "375"), "the same rates from the data portal");
    desk.run(&["import", &fixture("exchange_rates/own.csv")]).ends(0);
    let report = desk.json(&["report", "costs", "--by", "month"]);
    assert_eq!(by_month(&report, "effective"), two("170", "250"), "Treasury has 1.60 for January: 100 × 1.60 + 10");
    let sources: Vec<&str> = report["fx"].as_array().unwrap().iter().map(|rate| text(rate, "source")).collect();
    assert_eq!(sources, ["Treasury", "ECB"], "and nothing for February");
}

#[test]
fn a_rate_can_be_asked_for_and_holidays_take_the_fixing_before() {
    let desk = Desk::new();
    desk.run(&["import", &fixture("exchange_rates/good.csv")]).ends(0);
    let on = |from: &str, to: &str, date: &str| desk.json(&["fx", from, to, "--date", date]);
    let sunday = on("EUR", "USD", "2026-02-08");
    assert_eq!((text(&sunday, "rate"), text(&sunday, "at"), text(&sunday, "source")), ("1.2", "2026-02-02", "ECB"));
    assert_eq!(text(&on("USD", "JPY", "2026-01-02"), "rate"), "136.3636363636", "150 ÷ 1.10, to ten decimals");
    assert_eq!(text(&on("EUR", "USD", "2026-02-12"), "at"), "2026-02-02", "ten days back");
    let refused = desk.run(&["fx", "EUR", "USD", "--date", "2026-02-13"]).ends(1);
    assert!(
        refused.err.contains("no exchange rate from EUR to USD for 2026-02-13"),
        "eleven are too many: {refused:?}"
    );
    let line = desk.run(&["fx", "USD", "EUR", "--month", "2026-02"]).ends(0).out;
    assert_eq!(line, "1 USD = 0.8 EUR (ECB, average of 2 fixings of 2026-02)\n");
    desk.run(&["fx", "USD", "EURO", "--month", "2026-02"]).ends(2);
}

#[test]
fn parts_add_up_to_the_whole_to_the_last_digit() {
    let desk = Desk::new();
    let mut bill = BILL.lines().next().unwrap().to_owned() + "\n";
    for day in 1..=7 {
        bill.push_str(&format!("1,1,JPY,2026-02-01,2026-02-{day:02},Usage,Kita,Kita KK,GPU cloud\n"));
    }
    let bill = desk.file("yen.csv", bill);
    desk.run(&["import", &bill]).ends(0);
    desk.run(&["import", &fixture("exchange_rates/good.csv")]).ends(0);
    let total = text(&desk.json(&["report", "costs"])["total"], "effective").to_owned();
    assert_eq!(total, "0.056451612903225806", "7 × 1.25 ÷ 155, rounded once");
    let days = desk.json(&["report", "costs", "--by", "day"]);
    let attos = |value: &str| format!("{:0<18}", value.strip_prefix("0.").unwrap()).parse::<u64>().unwrap();
    let sum: u64 = days["rows"].as_array().unwrap().iter().map(|row| attos(text(row, "effective"))).sum();
    assert_eq!(sum, attos(&total), "seven days of 0.008064516129032258, one of them an atto more");
}

#[test]
fn prices_of_tokens_are_in_dollars_and_converted_too() {
    let desk = Desk::new();
    desk.run(&["import", &fixture("token_usage/october.csv")]).ends(0);
    let euros = || desk.json(&["report", "units", "--currency", "EUR"]);
    let dollars = desk.json(&["report", "units"]);
    let without = euros();
    assert_eq!(without["total"]["eur_per_mtok_input"], Value::Null, "no rate: unknown, not the figure in dollars");
    assert_eq!(without["unconverted"][0]["currency"], "USD");
    let rates = desk.file("rates.csv", "date,base,quote,rate\n2026-10-01,EUR,USD,2\n");
    desk.run(&["import", &rates]).ends(0);
    let with = euros();
    let number = |report: &Value, field: &str| text(&report["total"], field).parse::<f64>().unwrap();
    assert!(number(&dollars, "usd_per_mtok_input") > 0.0);
    let (euro, dollar) = (number(&with, "eur_per_mtok_input"), number(&dollars, "usd_per_mtok_input"));
    assert!((euro * 2.0 - dollar).abs() < 1e-9, "two dollars a euro, both to ten decimals: {euro} {dollar}");
    assert_eq!(number(&with, "cost_of_revenue") * 2.0, number(&dollars, "cost_of_revenue"));
    assert_eq!(with["fx"][0]["source"], "own table");
}

/// A currency worth k times as much makes every amount a k-th, and leaves margins alone.
#[test]
fn scaling_a_currency_scales_all_money_and_no_margin() {
    let report = |rate: &str| {
        let desk = Desk::new();
        let usage = desk.file(
            "usage.csv",
            "date,provider,model,requests,input_tokens,output_tokens\n2026-10-05,anthropic,claude-haiku-4-5,10,3000000,\
             500000\n2026-10-06,nobody,unheard-of,1,70,7\n",
        );
        let revenue = desk.file(
            "revenue.csv",
            "invoice_id,invoice_date,customer,product,kind,service_start,service_end,amount,currency\n\
             I-1,2026-10-31,acme,chat,usage,2026-10-01,2026-10-31,40,USD\n",
        );
        let rates = desk.file("rates.csv", format!("date,base,quote,rate\n2026-10-01,EUR,USD,{rate}\n"));
        desk.import(&[&usage, &revenue, &rates]);
        let margin = desk.json(&["report", "margin", "--month", "2026-10", "--currency", "EUR"]);
        let costs = desk.json(&["report", "costs", "--currency", "EUR"]);
        (margin["total"].clone(), costs["total"].clone())
    };
    let (margin, costs) = report("1");
    assert_eq!(text(&margin, "cost_of_revenue"), "5.5", "3 Mtok at 1 and 0.5 Mtok at 5");
    for (rate, factor) in [("2", 0.5), ("0.5", 2.0), ("0.8", 1.25), ("4", 0.25)] {
        let (scaled_margin, scaled_costs) = report(rate);
        for field in ["revenue", "cost_of_revenue", "cost_of_revenue_low", "gross_margin"] {
            let of = |total: &serde_json::Value| total[field].as_str().and_then(|text| text.parse::<f64>().ok());
            assert_eq!(of(&scaled_margin), of(&margin).map(|was| was * factor), "{field} at {rate}: {scaled_margin:#}");
        }
        assert_eq!(scaled_margin["gross_margin_percent"], margin["gross_margin_percent"], "margin at {rate}");
        assert_eq!(scaled_margin["priced_share"], margin["priced_share"], "priced share at {rate}");
        for field in ["effective", "low", "high"] {
            let of = |total: &serde_json::Value| total[field].as_str().and_then(|text| text.parse::<f64>().ok());
            let (is, was) = (of(&scaled_costs), of(&costs).map(|was| was * factor));
            assert!(is.zip(was).is_none_or(|(is, was)| (is - was).abs() < 1e-9), "{field} at {rate}");
            assert_eq!(is.is_some(), was.is_some(), "{field} at {rate}");
        }
    }
}
