//! The same dollar told four times counts once: by the cloud bill, by the gateway's log, by the tracer and by the
//! provider's own count of tokens, in whatever order they come.
//!
//! October, model gpt-5-mini at 0.25 USD per million input tokens and 2 per million output tokens: 400 million input
//! and 50 million output tokens are 100 + 100 = 200 USD by the list. OpenAI bills 190; the gateway claims 210 and the
//! tracer 205. The gateway missed some: it counts 300 million input tokens, and the tracer 200 million.

use marginline_tests::cli::{Desk, text};
use serde_json::Value;

fn bill() -> (&'static str, String) {
    let header = "BilledCost,EffectiveCost,BillingCurrency,BillingPeriodStart,ChargePeriodStart,ChargeCategory,\
                  ProviderName,InvoiceIssuerName,BillingAccountId,ServiceCategory\n";
    let row = "190,190,USD,2026-10-01,2026-10-05,Usage,OpenAI,OpenAI,1,AI and Machine Learning\n";
    ("bill.csv", format!("{header}{row}"))
}

fn gateway() -> (&'static str, String) {
    let row = r#"{"request_id":"r1","spend":210,"prompt_tokens":300000000,"completion_tokens":50000000,"startTime":"2026-10-03T10:00:00","model":"gpt-5-mini","custom_llm_provider":"openai"}"#;
    ("litellm.jsonl", format!("{row}\n"))
}

fn tracer() -> (&'static str, String) {
    let row = r#"{"id":"o1","trace_id":"t","type":"GENERATION","start_time":"2026-10-03T10:00:00Z","provided_model_name":"gpt-5-mini","usage_details":{"input":200000000,"output":50000000},"total_cost":205,"updated_at":"2026-10-03T10:00:01Z"}"#;
    ("langfuse.jsonl", format!("{row}\n"))
}

fn tokens() -> (&'static str, String) {
    let header = "date,provider,model,requests,input_tokens,output_tokens\n";
    ("tokens.csv", format!("{header}2026-10-03,openai,gpt-5-mini,1,400000000,50000000\n"))
}

/// Every order of these things.
fn orders(count: usize) -> Vec<Vec<usize>> {
    if count == 0 {
        return vec![Vec::new()];
    }
    orders(count - 1)
        .into_iter()
        .flat_map(|order| {
            (0..=order.len()).map(move |at| {
                let mut longer = order.clone();
                longer.insert(at, count - 1);
                longer
            })
        })
        .collect()
}

fn after(files: &[(&'static str, String)], order: &[usize]) -> Desk {
    let desk = Desk::new();
    for &index in order {
        let (name, content) = &files[index];
        desk.import(&[&desk.file(name, content)]);
    }
    desk
}

fn effective(desk: &Desk) -> String {
    text(&desk.json(&["report", "costs"])["total"], "effective").to_owned()
}

fn margin(desk: &Desk) -> Value {
    desk.json(&["report", "margin", "--month", "2026-10"])
}

#[test]
fn the_bill_counts_in_every_order_of_the_four() {
    let files = [bill(), gateway(), tracer(), tokens()];
    let orders = orders(4);
    assert_eq!(orders.len(), 24);
    for order in orders {
        let desk = after(&files, &order);
        assert_eq!(effective(&desk), "190", "{order:?}: the bill, and nothing beside it");
        let report = margin(&desk);
        assert_eq!(text(&report["total"], "cost_of_revenue"), "190", "{order:?}");
        assert_eq!(text(&report["claims"][0], "claimed"), "200", "{order:?}: the list's figure is shown beside it");
        let units = desk.json(&["report", "units", "--by", "model"]);
        assert_eq!(text(&units["total"], "input_tokens"), "400000000", "{order:?}: tokens count once as well");
    }
}

#[test]
fn without_the_bill_one_accrual_stands_in_in_every_order() {
    let files = [gateway(), tracer(), tokens()];
    for order in orders(3) {
        let desk = after(&files, &order);
        assert_eq!(effective(&desk), "200", "{order:?}: the provider's own count at list price");
        let report = margin(&desk);
        assert_eq!(text(&report["total"], "cost_of_revenue"), "200", "{order:?}");
        let compared = report["compared"].as_array().unwrap();
        let told: Vec<_> = compared.iter().map(|told| (text(told, "teller"), text(told, "claimed"))).collect();
        assert_eq!(told, [("gateway", "210"), ("tracer", "205")], "{order:?}: the others are shown, never added");
    }
}

#[test]
fn the_gateway_counts_before_the_tracer_and_the_tracer_when_alone() {
    for order in orders(2) {
        let desk = after(&[gateway(), tracer()], &order);
        assert_eq!(effective(&desk), "175", "{order:?}: 300 million at 0.25 and 50 million at 2");
    }
    assert_eq!(effective(&after(&[tracer()], &[0])), "150", "200 million at 0.25 and 50 million at 2");
}

#[test]
fn a_month_and_a_provider_each_have_their_own_teller() {
    let (name, log) = gateway();
    let november = log.replace("2026-10-03", "2026-11-01").replace("\"r1\"", "\"r2\"");
    let other = log.replace("gpt-5-mini", "claude-haiku-4-5").replace("openai", "anthropic").replace("r1", "r3");
    let desk = after(&[tokens(), (name, log), ("b.jsonl", november), ("c.jsonl", other)], &[0, 1, 2, 3]);
    // October: OpenAI's own 200; November: the gateway's 175; Anthropic by the gateway: 300 at 1 and 50 at 5 = 550.
    assert_eq!(effective(&desk), "925");
}

#[test]
fn what_has_no_list_price_costs_what_its_source_claims_and_the_notice_says_so() {
    let (name, log) = gateway();
    let house = log.replace("gpt-5-mini", "no-such-model");
    let desk = after(&[(name, house.clone())], &[0]);
    assert_eq!(effective(&desk), "210", "the gateway's own figure");
    let report = margin(&desk);
    assert_eq!(text(&report["stand_ins"][0], "claimed"), "210", "{report:#}");
    assert_eq!(text(&report, "priced_share"), "100", "{report:#}");
    let table = desk.run(&["report", "margin", "--month", "2026-10"]).ends(0);
    assert!((table.out + &table.err).contains("stands in"), "people are told");
    // A claim of 0 for tokens that nobody has a price for is no price.
    let desk = after(&[(name, house.replace("\"spend\":210", "\"spend\":0"))], &[0]);
    let report = margin(&desk);
    assert_eq!(report["unpriced"].as_array().unwrap().len(), 1, "never a silent zero: {report:#}");
}

#[test]
fn what_a_gateway_answers_from_its_own_cache_costs_nothing() {
    let (name, log) = gateway();
    let hit = log.replace("\"r1\"", "\"r9\",\"cache_hit\":\"True\"").replace("\"spend\":210", "\"spend\":0");
    let desk = after(&[(name, log), ("hit.jsonl", hit)], &[0, 1]);
    assert_eq!(effective(&desk), "175", "only the request that reached the provider");
}

#[test]
fn models_on_own_gpus_cost_what_the_gpus_do() {
    let (name, log) = gateway();
    let desk = after(&[(name, log.replace("\"openai\"", "\"hosted_vllm\""))], &[0]);
    let report = desk.json(&["report", "units", "--by", "model"]);
    assert_eq!(text(&report["total"], "input_tokens"), "300000000");
    assert_eq!(text(&report["total"], "cost_of_revenue"), "0", "the bill of the machines holds it");
    assert_eq!(report["unpriced"], serde_json::json!([]));
}

#[test]
fn bill_and_usage_of_one_model_meet_under_one_name() {
    let rules = |alias: &str| {
        let line = "[[line]]\nname = \"Haiku\"\nclass = \"cost_of_revenue\"\nmatch = { model = \"claude-haiku-4-5-20251001\" }\n";
        format!("version = 1\ncurrency = \"USD\"\n{line}{alias}")
    };
    let bill = "usage_date_utc,model,workspace,api_key,usage_type,token_type,cost_usd\n\
                2026-10-01,Claude Haiku 4.5,House,k,message,output,10.00\n\
                2026-10-01,house chat,House,k,message,output,5.00\n";
    let desk = after(&[("cost.csv", bill.to_owned())], &[0]);
    let haiku = |rules: String| {
        desk.run(&["map", &desk.file("rules.toml", rules)]).ends(0);
        let lines = margin(&desk)["total"]["lines"].clone();
        let line = lines.as_array().unwrap().iter().find(|line| line["line"] == "Haiku");
        text(line.unwrap_or_else(|| panic!("no line Haiku: {lines:#}")), "amount").to_owned()
    };
    assert_eq!(haiku(rules("")), "10", "the console's name means the id");
    let alias = "[[alias]]\nname = \"House Chat\"\nmodel = \"claude-haiku-4-5-20251001\"\nfrom = \"2026-10-01\"\n";
    assert_eq!(haiku(rules(alias)), "15", "the rules' own name too, whatever its case");
    let later = alias.replace("2026-10-01", "2026-11-01");
    assert_eq!(haiku(rules(&later)), "10", "but not before its day");
}
