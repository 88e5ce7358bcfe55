//! What is told again, or told by two files that do not name their account alike, counts once.

use marginline_tests::cli::{Desk, fixture, text};
use serde_json::{Value, json};

fn effective(desk: &Desk) -> String {
    text(&desk.json(&["report", "costs"])["total"], "effective").to_owned()
}

fn batch(batches: &[Value]) -> Value {
    batches[0].clone()
}

/// A request of a million input tokens, which the list prices at 0.25 USD.
fn request(id: &str, second: u8) -> String {
    let line = json!({"request_id": id, "spend": 1, "prompt_tokens": 1_000_000, "completion_tokens": 0,
        "startTime": "2026-10-03T10:00:00", "endTime": format!("2026-10-03T10:00:0{second}"), "model": "gpt-5-mini",
        "custom_llm_provider": "openai"});
    format!("{line}\n")
}

#[test]
fn files_of_a_dry_run_see_those_before_them() {
    let desk = Desk::new();
    let first = desk.file("a.jsonl", request("r1", 1) + &request("r2", 1));
    let second = desk.file("b.jsonl", request("r2", 1) + &request("r3", 1));
    let counts = |report: &Value| -> Vec<Value> {
        report["batches"].as_array().unwrap().iter().map(|batch| batch["rows_stored"].clone()).collect()
    };
    let rehearsed = desk.json(&["import", "--dry-run", &first, &second]);
    assert_eq!(counts(&rehearsed), [2, 1], "r2 comes with the first file");
    assert_eq!(desk.json(&["batches"])["batches"], json!([]), "nothing is stored");
    assert_eq!(counts(&desk.json(&["import", &first, &second])), [2, 1], "and so it is");
}

#[test]
fn undoing_one_of_two_logs_leaves_the_other_whole() {
    let desk = Desk::new();
    let first = desk.file("a.jsonl", request("r1", 1) + &request("r2", 1));
    let second = desk.file("b.jsonl", request("r2", 1) + &request("r3", 1));
    let third = desk.file("c.jsonl", request("r2", 1) + &request("r4", 1));
    desk.import(&[&first]);
    let shared = batch(&desk.import(&[&second]));
    desk.import(&[&third]);
    assert_eq!((&shared["rows_stored"], &shared["rows_duplicate"]), (&json!(1), &json!(1)), "r2 is there already");
    assert_eq!(effective(&desk), "1", "four requests");
    assert!(desk.run(&["undo", "1"]).ends(0).out.contains("2 rows"), "r1 and r2 of the first file");
    assert_eq!(effective(&desk), "0.75", "r2, r3 and r4 stand in the others, r2 once");
    desk.run(&["undo", "2"]).ends(0);
    assert_eq!(effective(&desk), "0.5", "r2 and r4 stand in the third");
    desk.run(&["redo"]).ends(0);
    desk.run(&["redo"]).ends(0);
    assert_eq!(effective(&desk), "1", "all four again");
}

#[test]
fn a_row_of_an_older_file_takes_no_day_of_a_newer_one_out() {
    let header = "BilledCost,EffectiveCost,BillingCurrency,BillingPeriodStart,ChargePeriodStart,ChargeCategory,\
                  ProviderName,InvoiceIssuerName,BillingAccountId\n";
    let row = |cost: &str, day: u8| format!("{cost},{cost},USD,2026-10-01,2026-10-0{day},Usage,Acme,Acme,1\n");
    let desk = Desk::new();
    let older = desk.file("older.csv", format!("{header}{}{}{}", row("10", 1), row("x", 2), row("30", 3)));
    let newer =
        desk.file("newer.csv", format!("{header}{}{}{}{}", row("10", 1), row("20", 2), row("5", 2), row("30", 3)));
    desk.import(&[&older]);
    desk.import(&[&newer]);
    assert_eq!(effective(&desk), "65");
    let mended = desk.file("mended.csv", format!("{header}{}", row("20", 2)));
    let refused = desk.run(&["quarantine", "1", "--readmit", &mended]).ends(1);
    assert!(refused.err.contains("batch 2 is newer"), "{refused:?}");
    assert_eq!(effective(&desk), "65", "nothing of the newer file is lost");
    desk.run(&["undo", "2"]).ends(0);
    let without = desk.file("without.csv", format!("{header}{}{}", row("10", 1), row("30", 3)));
    desk.import(&[&without]);
    let refused = desk.run(&["quarantine", "1", "--readmit", &mended]).ends(1);
    assert!(refused.err.contains("is newer and holds the days of these rows"), "{refused:?}");
    assert_eq!(effective(&desk), "40", "the newer file says that the second of October cost nothing");
    desk.run(&["undo", &desk.json(&["batches"])["batches"][0]["id"].to_string()]).ends(0);
    desk.run(&["quarantine", "1", "--readmit", &mended]).ends(0);
    assert_eq!(effective(&desk), "60", "10, the mended 20 and 30");
}

/// Cost of the first of October for an organization, and the same as a page of the API, which names none.
fn openai_costs(desk: &Desk, organization: &str) -> (String, String) {
    let page = json!({"object": "page", "data": [{"object": "bucket", "start_time": 1_790_812_800, "end_time":
        1_790_899_200, "results": [{"object": "organization.costs.result", "amount": {"value": 10, "currency": "usd"},
        "line_item": "gpt-5-mini, input", "project_id": "p1"}]}], "has_more": false, "next_page": null});
    let header = "start_time,end_time,start_time_iso,end_time_iso,amount_value,amount_currency,line_item,project_id,\
                  organization_id\n";
    let row = format!(
        "1790812800,1790899200,2026-10-01T00:00:00+00:00,2026-10-02T00:00:00+00:00,10,usd,\"gpt-5-mini, input\",p1,\
         {organization}\n"
    );
    (desk.file("page.json", page.to_string()), desk.file(&format!("{organization}.csv"), format!("{header}{row}")))
}

#[test]
fn costs_of_the_api_and_of_the_dashboard_count_once_although_one_names_the_organization() {
    for page_first in [true, false] {
        let desk = Desk::new();
        let (page, file) = openai_costs(&desk, "org-1");
        let (first, second) = if page_first { (page, file) } else { (file, page) };
        desk.import(&[&first]);
        let later = batch(&desk.import(&[&second]));
        assert_eq!(later["replaced"][0]["batch"], json!(1), "{later:#}");
        assert_eq!(effective(&desk), "10", "page first: {page_first}");
        desk.run(&["undo", "2"]).ends(0);
        assert_eq!(effective(&desk), "10", "the first is back");
    }
    let desk = Desk::new();
    desk.import(&[&openai_costs(&desk, "org-1").1]);
    desk.import(&[&openai_costs(&desk, "org-2").1]);
    assert_eq!(effective(&desk), "20", "two organizations");
    let third = desk.run(&["import", "--json", &openai_costs(&desk, "org-2").0]).ends(3);
    let doubt = third.json()["batches"][0]["doubts"][0].as_str().unwrap_or_default().to_owned();
    assert!(doubt.contains("may count twice in 2026-10 beside batch 1, batch 2"), "{third:#?}");
    assert_eq!(effective(&desk), "30", "a third file that could be of either replaces neither, and says so");
}

fn openai_usage(desk: &Desk, projects: &[&str]) -> String {
    let results: Vec<Value> = projects
        .iter()
        .map(|project| {
            json!({"object": "organization.usage.completions.result", "input_tokens": 4_000_000 / projects.len(),
                "output_tokens": 0, "num_model_requests": 1, "model": "gpt-5-mini",
                "project_id": if project.is_empty() { Value::Null } else { json!(project) }})
        })
        .collect();
    let page = json!({"object": "page", "data": [{"object": "bucket", "start_time": 1_790_812_800, "end_time":
        1_790_899_200, "results": results}], "has_more": false, "next_page": null});
    desk.file(&format!("usage-{}.json", projects.join("-")), page.to_string())
}

#[test]
fn usage_of_all_projects_together_and_by_project_counts_once() {
    for together_first in [true, false] {
        let desk = Desk::new();
        let (together, by_project) = (openai_usage(&desk, &[""]), openai_usage(&desk, &["p1", "p2"]));
        let (first, second) = if together_first { (together, by_project) } else { (by_project, together) };
        desk.import(&[&first]);
        desk.import(&[&second]);
        assert_eq!(effective(&desk), "1", "4 million at 0.25 USD; together first: {together_first}");
    }
    let desk = Desk::new();
    desk.import(&[&openai_usage(&desk, &["p1"])]);
    desk.import(&[&openai_usage(&desk, &["p2"])]);
    assert_eq!(effective(&desk), "2", "two projects, each in a file of its own");
}

#[test]
fn the_activity_file_beside_the_usage_api_is_said() {
    let activity = "timestamp,model,n_context_tokens_total,n_generated_tokens_total,num_requests\n\
                    2026-10-01,gpt-5-mini,4000000,0,1\n";
    for activity_first in [true, false] {
        let desk = Desk::new();
        let (older, api) = (desk.file("activity.csv", activity), openai_usage(&desk, &[""]));
        let (first, second) = if activity_first { (older, api) } else { (api, older) };
        desk.run(&["import", &first]).ends(0);
        let answer = desk.run(&["import", &second]).ends(3);
        assert!(
            answer.out.contains("may count twice in 2026-10 beside batch 1: one is the older activity"),
            "{answer:?}"
        );
        desk.run(&["undo", "2"]).ends(0);
        assert_eq!(effective(&desk), "1", "one of the two");
    }
    let desk = Desk::new();
    desk.import(&[&desk.file("activity.csv", activity)]);
    let november = activity.replace("2026-10-01", "2026-11-01");
    desk.run(&["import", &desk.file("november.csv", november)]).ends(0);
}

#[test]
fn workspaces_by_name_beside_workspaces_by_id_are_said() {
    let page = json!({"data": [{"starting_at": "2026-10-01T00:00:00Z", "ending_at": "2026-10-02T00:00:00Z", "results":
        [{"uncached_input_tokens": 1_000_000, "output_tokens": 0, "model": "claude-haiku-4-5", "workspace_id":
        "wrkspc_a", "cache_read_input_tokens": 0}]}], "has_more": false, "next_page": null});
    let table = |workspace: &str| {
        format!(
            "usage_date_utc,model_version,workspace,usage_input_tokens_no_cache,usage_output_tokens\n\
             2026-10-01,claude-haiku-4-5,{workspace},1000000,0\n"
        )
    };
    let desk = Desk::new();
    desk.run(&["import", &desk.file("page.json", page.to_string())]).ends(0);
    let answer = desk.run(&["import", &desk.file("console.csv", table("Search"))]).ends(3);
    assert!(answer.out.contains("one names its workspaces and the other tells their ids"), "{answer:?}");
    let desk = Desk::new();
    desk.run(&["import", &desk.file("a.csv", table("Search"))]).ends(0);
    desk.run(&["import", &desk.file("b.csv", table("Chat"))]).ends(0);
    assert_eq!(effective(&desk), "2", "two workspaces, each by its name");
}

#[test]
fn each_project_takes_its_days_out_of_usage_of_all_together() {
    let desk = Desk::new();
    let day = |day: u32, project: &str| {
        let start = 1_790_812_800 + 86_400 * day;
        json!({"object": "bucket", "start_time": start, "end_time": start + 86_400, "results": [{"object":
            "organization.usage.completions.result", "input_tokens": 4_000_000, "output_tokens": 0, "model":
            "gpt-5-mini", "project_id": if project.is_empty() { Value::Null } else { json!(project) }}]})
    };
    let page = |days: &[Value]| json!({"object": "page", "data": days, "has_more": false}).to_string();
    desk.import(&[&desk.file("all.json", page(&[day(0, ""), day(1, ""), day(2, "")]))]);
    assert_eq!(effective(&desk), "3");
    desk.import(&[&desk.file("projects.json", page(&[day(0, "p1"), day(1, "p2")]))]);
    assert_eq!(effective(&desk), "3", "two days by project, the third still of all together");
}

#[test]
fn claims_inside_a_bill_have_a_control_total_of_their_own() {
    let desk = Desk::new();
    desk.import(&[&fixture("litellm-focus/lenient.csv")]);
    let answer = desk.run(&["check"]).ends(0);
    assert!(answer.out.contains("sound") || answer.err.contains("sound"), "{answer:?}");
}

#[test]
fn the_providers_export_counts_before_a_table_of_ones_own() {
    for own_first in [true, false] {
        let desk = Desk::new();
        let own = desk.file(
            "own.csv",
            "date,provider,model,project,requests,input_tokens,output_tokens\n\
             2026-10-01,openai,gpt-5-mini,chat,1,8000000,0\n",
        );
        let export = openai_usage(&desk, &["p1"]);
        let (first, second) = if own_first { (own, export) } else { (export, own) };
        desk.import(&[&first]);
        desk.import(&[&second]);
        assert_eq!(effective(&desk), "1", "own first: {own_first}");
        let report = desk.json(&["report", "margin", "--month", "2026-10"]);
        assert_eq!(text(&report["compared"][0], "teller"), "own table", "{report:#}");
    }
}

#[test]
fn a_bill_covers_usage_whatever_name_its_provider_goes_by() {
    for (provider, model, biller) in [
        ("azure-openai", "gpt-5-mini", "Microsoft"),
        ("vertex_ai", "gemini-2.5-flash", "Google Cloud"),
        ("amazon-bedrock", "claude-haiku-4-5", "AWS"),
    ] {
        let desk = Desk::new();
        let usage =
            format!("date,provider,model,input_tokens,output_tokens\n2026-10-01,{provider},{model},4000000,0\n");
        let bill = format!(
            "BilledCost,EffectiveCost,BillingCurrency,BillingPeriodStart,ChargePeriodStart,ChargeCategory,ProviderName\n\
             100,100,USD,2026-10-01,2026-10-05,Usage,{biller}\n"
        );
        desk.import(&[&desk.file("usage.csv", usage)]);
        desk.import(&[&desk.file("bill.csv", bill)]);
        assert_eq!(effective(&desk), "100", "{provider} is billed by {biller}");
    }
}

#[test]
fn actual_and_amortised_cost_of_azure_are_not_added_in_one_call() {
    let desk = Desk::new();
    let file = |name: &str| fixture(&format!("azure/{name}.csv"));
    let refused = desk.run(&["import", &file("good"), &file("amortized")]).ends(1);
    assert!(refused.err.contains("tells the same use as good.csv in 7 of 8 lines"), "{refused:?}");
    let rehearsed = desk.run(&["import", "--dry-run", &file("good"), &file("amortized")]).ends(1);
    assert_eq!(rehearsed.err, refused.err, "a dry run says what the import would");
    let copy = desk.file("copy.csv", std::fs::read(file("good")).unwrap());
    let again = desk.json(&["import", "--dry-run", &file("good"), &copy, &file("mca")]);
    let count = |index: usize| {
        (again["batches"][index]["rows_stored"].clone(), again["batches"][index]["rows_duplicate"].clone())
    };
    assert_eq!(
        (count(0), count(1).0),
        ((json!(9), json!(0)), json!(0)),
        "the same file again is no second bill: {again:#}"
    );
    assert_eq!(desk.json(&["batches"])["batches"], json!([]), "nothing is stored");
    desk.import(&[&file("good")]);
    assert_eq!(effective(&desk), "90.07");
    desk.import(&[&file("amortized")]);
    assert_eq!(effective(&desk), "80.07", "in two calls the later replaces the earlier");
}

#[test]
fn a_difference_sees_cache_writes_and_counts_of_rows_without_requests() {
    let desk = Desk::new();
    let table = |writes: u32, output: u32| {
        format!(
            "date,provider,model,input_tokens,cache_write_5m_tokens,output_tokens\n\
             2026-10-01,anthropic,claude-haiku-4-5,10,{writes},0\n2026-10-02,anthropic,claude-haiku-4-5,10,0,{output}\n\
             2026-10-03,anthropic,claude-haiku-4-5,10,0,0\n"
        )
    };
    desk.import(&[&desk.file("a.csv", table(1, 1))]);
    let later = batch(&desk.import(&[&desk.file("b.csv", table(2, 2))]));
    let difference = &later["difference"];
    assert_eq!((&difference["changed"], &difference["same"]), (&json!(2), &json!(1)), "{difference:#}");
}

#[test]
fn a_claim_in_another_currency_is_not_taken_for_dollars() {
    let desk = Desk::new();
    let mapping = "[mapping]\nname = \"house\"\ntarget = \"usage\"\nheader = [\"Day\", \"Tokens\", \"Out\", \"Cost\"]\n\
                   currency = \"EUR\"\n[columns]\ndate = \"Day\"\ninput_tokens = \"Tokens\"\noutput_tokens = \"Out\"\n\
                   claimed = \"Cost\"\n[constants]\nprovider = \"house\"\nmodel = \"no-such-model\"\n";
    let table = desk.file("usage.csv", "Day,Tokens,Out,Cost\n2026-10-01,1000,0,7\n");
    desk.import(&[&desk.file("house.toml", mapping), &table]);
    let report = desk.json(&["report", "margin", "--month", "2026-10"]);
    assert_eq!(text(&report["total"], "cost_of_revenue"), "0", "{report:#}");
    assert_eq!(report["unpriced"].as_array().unwrap().len(), 1, "it is named, and no dollar is made of a euro");
}

#[test]
fn rows_of_a_table_with_lines_above_its_header_are_mended() {
    let desk = Desk::new();
    let mapping = "[mapping]\nname = \"acme\"\ntarget = \"bill\"\nheader = [\"Day\", \"Cost\"]\nskip_lines = 2\n\
                   currency = \"USD\"\n[columns]\nusage_date = \"Day\"\nbilled = \"Cost\"\n[constants]\n\
                   provider = \"Acme\"\n";
    let table = desk.file("table.csv", "Report of Acme\n\nDay,Cost\n2026-10-01,1\n2026-10-02,two\n");
    desk.import(&[&desk.file("acme.toml", mapping), &table]);
    let wrong = desk.file("wrong.csv", "Day,Cost\n2026-10-02,second\n");
    let refused = desk.run(&["quarantine", "1", "--readmit", &wrong]).ends(1);
    assert!(refused.err.contains("line 5"), "the line of the original: {refused:?}");
    let mended = desk.file("mended.csv", "Day,Cost\n2026-10-02,2\n");
    desk.run(&["quarantine", "1", "--readmit", &mended]).ends(0);
    assert_eq!(effective(&desk), "3");
}

#[test]
fn a_claim_of_nothing_does_not_hide_behind_another_one() {
    let desk = Desk::new();
    let line = |id: &str, spend: u32| {
        let line = json!({"request_id": id, "spend": spend, "prompt_tokens": 1000, "completion_tokens": 0, "startTime":
            "2026-10-03T10:00:00", "model": "no-such-model", "custom_llm_provider": "openai"});
        format!("{line}\n")
    };
    desk.import(&[&desk.file("log.jsonl", line("r1", 0) + &line("r2", 5))]);
    let report = desk.json(&["report", "margin", "--month", "2026-10"]);
    assert_eq!(text(&report["total"], "cost_of_revenue"), "5");
    assert_eq!(text(&report["unpriced"][0], "tokens"), "1000", "the request without a price: {report:#}");
    assert_eq!(report["total"]["cost_is_lower_bound"], true);
}
