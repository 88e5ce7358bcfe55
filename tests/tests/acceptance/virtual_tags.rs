//! Tags of many spellings, tags that rules give, and who gets the cost. A bill of October 2026 by hand (USD):
//!
//! | account | service | region | tags | cost |
//! |---|---|---|---|---|
//! | prod-search | GPU cloud | eu-1 | `user:team` = search | 100 |
//! | prod-chat | GPU cloud | us-1 | `Team` = chat | 50 |
//! | test-1 | Storage | eu-1 | | 30 |
//! | test-2 | Storage | us-1 | `team` = search | 20 |
//! | shared | Network | eu-1 | | 40 |
//! | | | | **all** | **240** |

use marginline_tests::cli::{Desk, text};
use serde_json::{Value, json};

const HEAD: &str = "BilledCost,EffectiveCost,BillingCurrency,BillingPeriodStart,ChargePeriodStart,ChargeCategory,ProviderName,SubAccountId,ServiceName,RegionId,Tags\n";

fn bill() -> String {
    let rows = [
        ("100", "prod-search", "GPU cloud", "eu-1", r#""{""user:team"": ""search""}""#),
        ("50", "prod-chat", "GPU cloud", "us-1", r#""{""Team"": ""chat""}""#),
        ("30", "test-1", "Storage", "eu-1", ""),
        ("20", "test-2", "Storage", "us-1", r#"[{""key"":""x""}]"#),
        ("40", "shared", "Network", "eu-1", ""),
    ];
    let mut text = HEAD.to_owned();
    for (cost, account, service, region, tags) in rows {
        let tags =
            if tags.starts_with('[') { r#""{""resource_tags_user_team"": ""search"", ""spot"": true}""# } else { tags };
        text.push_str(&format!(
            "{cost},{cost},USD,2026-10-01,2026-10-05,Usage,AWS,{account},{service},{region},{tags}\n"
        ));
    }
    text
}

fn desk(rules: &str) -> Desk {
    let desk = Desk::new();
    desk.import(&[&desk.file("bill.csv", bill())]);
    let rules = desk.file("rules.toml", format!("version = 1\ncurrency = \"USD\"\n{rules}"));
    desk.run(&["map", &rules]).ends(0);
    desk
}

/// Billed cost by a key; no value is `-`.
fn by(desk: &Desk, key: &str) -> Vec<(String, String)> {
    let report = desk.json(&["report", "costs", "--by", key]);
    let rows = report["rows"].as_array().unwrap();
    rows.iter().map(|row| (row[key].as_str().unwrap_or("-").to_owned(), text(row, "billed").to_owned())).collect()
}

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(name, amount)| ((*name).to_owned(), (*amount).to_owned())).collect()
}

#[test]
fn spellings_of_a_tag_are_one_tag() {
    let desk = desk("");
    let teams = pairs(&[("-", "70"), ("chat", "50"), ("search", "120")]);
    for key in ["tag:team", "tag:Team", "tag:TEAM"] {
        assert_eq!(by(&desk, key), teams, "{key}");
    }
    assert_eq!(by(&desk, "tag:spot"), pairs(&[("-", "220"), ("true", "20")]));
}

#[test]
fn patterns_lists_and_not() {
    let tag = |when: &str| desk(&format!("[[tag]]\nname = \"hit\"\nvalue = \"yes\"\nmatch = {{ {when} }}\n"));
    for (when, yes) in [
        (r#"account = "prod-*""#, "150"),
        (r#"account = ["shared", "test-*"]"#, "90"),
        (r#"account = "*t-*""#, "50"),
        (r#"service = "GPU cloud", not = { region = "us-1" }"#, "100"),
        (r#"not = { region = "eu-*" }"#, "70"),
        (r#"not = [{ region = "us-1" }, { service = ["Storage", "Network"] }]"#, "100"),
        (r#"not = { "tag:team" = "*" }"#, "70"),
        (r#"region = "*""#, "240"),
    ] {
        let found = by(&tag(when), "tag:hit");
        assert_eq!(found.iter().find(|(value, _)| value == "yes").map(|(_, sum)| sum.as_str()), Some(yes), "{when}");
    }
}

#[test]
fn virtual_tags_serve_every_later_rule() {
    let desk = desk(
        r#"
        [[tag]]
        name = "env"
        value = "prod"
        match = { account = "prod-*" }

        [[tag]]
        name = "env"
        value = "test"
        match = { account = "test-*" }

        [[line]]
        name = "Research"
        class = "r_and_d"
        match = { "tag:env" = "test" }

        [[map]]
        target = "product"
        value = "Assistant"
        match = { "tag:env" = "prod" }

        [[map]]
        target = "team"
        from = "tag:team"
        "#,
    );
    assert_eq!(by(&desk, "tag:env"), pairs(&[("-", "40"), ("prod", "150"), ("test", "50")]));
    assert_eq!(by(&desk, "product"), pairs(&[("-", "90"), ("Assistant", "150")]));
    assert_eq!(by(&desk, "team"), pairs(&[("-", "70"), ("chat", "50"), ("search", "120")]));
    let filtered = desk.json(&["report", "costs", "--by", "team", "--filter", "product=Assistant"]);
    assert_eq!(filtered["total"]["billed"], "150");
    let margin = desk.json(&["report", "margin", "--by", "product"]);
    assert_eq!(margin["total"]["cost_of_revenue"], "190", "the test accounts are research");
    assert_eq!(margin["outside"][0], json!({"class": "R&D", "effective": "50"}));
}

fn target<'a>(report: &'a Value, name: &str) -> &'a Value {
    report["targets"].as_array().unwrap().iter().find(|target| target["target"] == name).unwrap()
}

#[test]
fn who_gets_the_cost_and_what_no_rule_caught() {
    let desk = desk(
        r#"
        [[map]]
        target = "team"
        from = "tag:team"

        [[map]]
        target = "product"
        value = "Assistant"
        match = { account = "prod-*" }

        [[allocate]]
        target = "product"
        match = { service = "Network" }
        shares = { Assistant = "1", Search = "1" }

        [[allocate]]
        target = "product"
        match = { account = "test-1" }
        by = "tokens"
        "#,
    );
    let report = desk.json(&["allocate", "--month", "2026-10"]);
    assert_eq!(report["cost_of_revenue"], "240");
    let team = target(&report, "team");
    assert_eq!(
        team["rules"],
        json!([
            {"rule": "map 1: from tag:team", "kind": "map", "amount": "170", "share_percent": "70.8333333333"}
        ])
    );
    assert_eq!(team["unassigned"], json!({"amount": "70", "share_percent": "29.1666666667"}));
    let product = target(&report, "product");
    assert_eq!((&product["assigned"]["amount"], &product["allocated"]["amount"]), (&json!("150"), &json!("40")));
    assert_eq!(product["unassigned"]["amount"], "50");
    let groups = product["groups"].as_array().unwrap();
    assert_eq!(text(&groups[0], "account"), "test-1");
    assert_eq!(groups[0]["without_key"], "allocate 2: by tokens", "nobody used a token: the cost stays");
    assert_eq!(groups[1]["tags"], json!({"spot": "true", "team": "search"}));
    assert_eq!(groups[1]["without_key"], Value::Null);
    assert_eq!(target(&report, "customer")["unassigned"]["share_percent"], "100");

    let table = desk.run(&["allocate"]).ends(0);
    for part in
        ["map 2: Assistant", "allocate 1: fixed shares", "no rule", "Storage · test-2 · spot=true · team=search"]
    {
        assert!(table.out.contains(part), "{part}: {}", table.out);
    }
    desk.run(&["allocate", "--strict"]).ends(3);
    let margin = desk.json(&["report", "margin", "--by", "product"]);
    let unassigned = margin["rows"].as_array().unwrap().iter().find(|row| row["product"] == Value::Null).unwrap();
    assert_eq!(unassigned["cost_of_revenue"], "50", "the margin report leaves the same unassigned");
}

#[test]
fn bad_tag_rules_say_what_is_bad() {
    let desk = Desk::new();
    for (rule, what) in [
        ("[[tag]]\nname = \"env\"", "needs either from or value"),
        ("[[tag]]\nname = \"tag:env\"\nvalue = \"x\"", "without tag:"),
        ("[[tag]]\nname = \"env\"\nvalue = \"x\"\nmatch = { line = \"GPU\" }", "found after tags"),
        ("[[tag]]\nname = \"env\"\nvalue = \"x\"\nmatch = { colour = \"red\" }", "\"colour\" that does not exist"),
        ("[[map]]\ntarget = \"team\"\nvalue = \"x\"\nmatch = { service = [] }", "empty list"),
        ("[[map]]\ntarget = \"team\"\nvalue = \"x\"\nmatch = { service = 7 }", "line 6"),
    ] {
        let file = desk.file("rules.toml", format!("version = 1\ncurrency = \"USD\"\n{rule}\n"));
        let refused = desk.run(&["map", &file]).ends(1);
        assert!(refused.err.contains(what), "{what}: {}", refused.err);
    }
}
