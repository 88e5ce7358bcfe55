//! From actuals to a plan: scenarios written from a month, explained, locked, adopted, compared with what came.

use std::collections::BTreeMap;

use marginline_model::Money;
use marginline_tests::cli::{Desk, fixture, text};
use serde_json::Value;

fn money(value: &Value) -> Money {
    Money::parse(value.as_str().unwrap_or_else(|| panic!("no amount: {value}"))).expect("an amount")
}

fn near(a: Money, b: Money, within: &str) -> bool {
    let within = Money::parse(within).expect("an amount");
    a - b <= within && b - a <= within
}

/// One model, one line of cost, one month: 1,000,000 requests of 1,000 in and 100 out at 1 and 5 USD a million are 1,500 USD.
fn small() -> Desk {
    let desk = Desk::new();
    desk.import(&[&desk.file(
        "token-usage.csv",
        "date,provider,model,project,customer,region,service_tier,requests,input_tokens,cache_read_tokens,cache_write_5m_tokens,cache_write_1h_tokens,output_tokens,reasoning_tokens\n\
         2026-10-31,anthropic,claude-haiku-4-5,chat,Alder,us-east-1,,1000000,1000000000,0,0,0,100000000,0\n",
    )]);
    desk
}

#[test]
fn a_scenario_written_from_a_month_reproduces_it() {
    let desk = small();
    let file = desk.path("new.toml").display().to_string();
    let told = desk.json(&["scenario", "new", "--month", "2026-10", "-o", &file]);
    assert_eq!(told["reproduced"]["cost_of_revenue"]["actual"], "1500.00");
    assert_eq!(told["reproduced"]["cost_of_revenue"]["scenario"], "1500.00");
    let run = desk.json(&["scenario", "run", &file]);
    assert_eq!(text(&run["months"][0], "cogs"), "1500");
    assert_eq!(run["months"][0]["month"], "2026-10");
    let source =
        run["assumptions"].as_array().unwrap().iter().find(|a| a["path"] == "demand.requests_per_month").unwrap();
    assert_eq!((source["evidence"].as_str(), source["observed"].as_str()), (Some("measured"), Some("2026-10-31")));
    assert!(text(source, "source").contains("batch 1"), "{source}");

    let nothing = desk.run(&["scenario", "new", "--month", "2026-09"]).ends(1);
    assert!(nothing.err.contains("no requests that a scenario could serve"), "{}", nothing.err);
}

/// 5 USD of usage that no list and no bill prices is left out, its revenue is not: that is said, and the models that stay
/// take nothing over from the one that is left out.
#[test]
fn what_is_left_out_for_want_of_a_price_is_no_swap_and_bounds_the_margin() {
    let desk = Desk::new();
    desk.import(&[&desk.file(
        "token-usage.csv",
        "date,provider,model,project,customer,region,service_tier,requests,input_tokens,cache_read_tokens,cache_write_5m_tokens,cache_write_1h_tokens,output_tokens,reasoning_tokens\n\
         2026-10-31,anthropic,claude-haiku-4-5,chat,Alder,us-east-1,,1000000,1000000000,0,0,0,100000000,0\n\
         2026-10-31,lumen,lumen-2-preview,chat,Alder,us-east-1,,100000,100000000,0,0,0,10000000,0\n",
    )]);
    let file = desk.path("today.toml").display().to_string();
    desk.run(&["scenario", "new", "--month", "2026-10", "-o", &file]).ends(0);
    let written = std::fs::read_to_string(&file).unwrap();
    assert!(written.contains("models = [{ model = \"claude-haiku-4-5\", share_percent = 100 }]"), "{written}");
    assert!(written.contains("unpriced = [\"lumen-2-preview\"]"), "{written}");
    let run = desk.json(&["scenario", "run", &file]);
    let quality = run["verdicts"].as_array().unwrap().iter().find(|verdict| verdict["limit"] == "quality");
    assert!(quality.is_none_or(|verdict| verdict["verdict"] == "meets"), "{quality:?}");
    assert_eq!(run["cost_is_lower_bound"], true);
    let shown = desk.run(&["scenario", "run", &file]).ends(0);
    // 1,000,000 requests of 1,000 in and 100 out at 1 and 5 USD a million.
    assert!(shown.out.contains("≥ 1,500") && shown.out.contains("≤ "), "{}", shown.out);
    assert!(shown.out.contains("the revenue holds that of lumen-2-preview, whose cost is unknown"), "{}", shown.out);
    // What stands on it is bounded, too; another that serves the same may be compared.
    let patch = desk.file(
        "more.toml",
        "[scenario]\nname = \"More\"\n[base]\nscenario = \"today\"\n[demand]\ngrowth_percent_per_month = 2\n",
    );
    let table = desk.run(&["scenario", "compare", &file, &patch]).ends(0);
    assert!(!table.out.contains("cannot be ranked"), "{}", table.out);
    assert!(table.out.contains("≥ $"), "{}", table.out);
}

/// Ten cents on the dollar off the list for one model, and 0.002 USD a request for one that no list knows.
#[test]
fn a_contract_and_a_model_without_a_list_price_are_reproduced_and_move_nothing() {
    let desk = Desk::new();
    desk.import(&[&desk.file(
        "token-usage.csv",
        "date,provider,model,project,customer,region,service_tier,requests,input_tokens,cache_read_tokens,cache_write_5m_tokens,cache_write_1h_tokens,output_tokens,reasoning_tokens\n\
         2026-10-31,anthropic,claude-haiku-4-5,chat,Alder,us-east-1,,1000000,1000000000,0,0,0,100000000,0\n\
         2026-10-31,anthropic,house-model,chat,Alder,us-east-1,,200000,100000000,0,0,0,30000000,0\n\
         2026-10-31,lumen,lumen-2-preview,chat,Alder,us-east-1,,1000,1000000,0,0,0,1000000,0\n",
    )]);
    desk.import(&[&desk.file(
        "anthropic-costs.csv",
        "usage_date_utc,model,workspace,api_key,usage_type,token_type,cost_usd\n\
         2026-10-31,Claude Haiku 4.5,House,key-a,message,input_no_cache,1350.00\n\
         2026-10-31,house-model,House,key-a,message,input_no_cache,400.00\n\
         2026-10-31,pictures-1,House,key-a,message,output,25.00\n",
    )]);
    let file = desk.path("new.toml").display().to_string();
    let told = desk.json(&["scenario", "new", "--month", "2026-10", "-o", &file]);
    let written = std::fs::read_to_string(&file).unwrap();
    assert!(written.contains("price_level_percent = { value = 90, source = "), "{written}");
    assert!(written.contains("unlisted = true\nusd_per_request = { value = 0.002, source = "), "{written}");
    assert!(written.contains("[[cost]]"), "what no usage counts goes on as a line: {written}");
    assert_eq!(told["reproduced"]["cost_of_revenue"]["actual"], "1775.00");
    assert_eq!(told["reproduced"]["cost_of_revenue"]["scenario"], "1775.00");
    let left = told["reproduced"]["left_out"].to_string();
    assert!(left.contains("1,000 requests of lumen-2-preview"), "neither list nor ledger prices it: {left}");
    let line = desk.json(&["scenario", "explain", &file, "--line", "claude-haiku-4-5"]);
    assert_eq!(text(&line["lines"][0], "amount"), "1350.00");

    desk.run(&["scenario", "adopt", &file]).ends(0);
    let report = desk.json(&["report", "plan"]);
    let month = &report["months"][0];
    assert_eq!(month["effects"].as_array().unwrap().len(), 0, "the month is the one it was written from: {month}");
    let notes = month["notes"].to_string();
    assert!(notes.contains("claude-haiku-4-5 was paid at 90.0% of the list price"), "{notes}");
    assert!(notes.contains("house-model has no list price; by the ledger a request cost 0.002000 USD"), "{notes}");
}

/// The sample company has four priced models, own GPUs, six lines that go on, credits and a model without a price.
#[test]
fn the_sample_companys_month_is_reproduced_to_the_cent_but_for_what_is_named() {
    let desk = Desk::with_sample();
    let file = desk.path("base.toml").display().to_string();
    let told = desk.json(&["scenario", "new", "--month", "2026-10", "-o", &file]);
    let report = desk.json(&["report", "margin", "--month", "2026-10", "--by", "month"]);
    let actual = &report["rows"][0];
    assert!(near(money(&told["reproduced"]["cost_of_revenue"]["actual"]), money(&actual["cost_of_revenue"]), "0.01"));
    let run = desk.json(&["scenario", "run", &file]);
    let first = &run["months"][0];
    let credits = actual["lines"].as_array().unwrap().iter().find(|line| line["line"] == "Credits").unwrap();
    assert!(near(money(&first["revenue"]), money(&actual["revenue"]), "0.01"), "{first}");
    let kept = money(&actual["cost_of_revenue"]) - money(&credits["amount"]);
    assert!(near(money(&first["cogs"]), kept, "0.10"), "{first} and {kept}");
    // What is told while writing is what the file then comes to, line by line and in all.
    for month in ["2026-10", "2026-08", "2025-12"] {
        let file = desk.path(&format!("of-{month}.toml")).display().to_string();
        let told = desk.json(&["scenario", "new", "--month", month, "-o", &file]);
        let first = desk.json(&["scenario", "run", &file])["months"][0].clone();
        let reproduced = &told["reproduced"];
        assert_eq!(money(&reproduced["cost_of_revenue"]["scenario"]), money(&first["cogs"]), "{month}");
        assert_eq!(money(&reproduced["revenue"]["scenario"]), money(&first["revenue"]), "{month}");
        let own = reproduced["lines"].as_array().unwrap().iter().filter_map(|line| line["scenario"].as_str());
        let sum: Money = own.map(|usd| Money::parse(usd).unwrap()).sum();
        assert_eq!(sum, money(&first["cogs"]), "{month}: the lines add up");
    }
    let left = told["reproduced"]["left_out"].to_string();
    assert!(left.contains("lumen-2-preview") && left.contains("Credits"), "{left}");
    desk.run(&["--strict", "scenario", "new", "--month", "2026-10", "-o", &file]).ends(3);

    // Of a quarter, a month on average: three times the written requests are those of the quarter.
    let quarter = desk.path("quarter.toml").display().to_string();
    desk.run(&["scenario", "new", "--quarter", "2026-Q3", "--product", "Agents", "-o", &quarter]).ends(0);
    let written: toml::Table = std::fs::read_to_string(&quarter).unwrap().parse().unwrap();
    let requests = &written["demand"]["requests_per_month"]["value"];
    let requests = requests.as_float().or(requests.as_integer().map(|whole| whole as f64)).unwrap();
    let units = desk.json(&["report", "units", "--quarter", "2026-Q3", "--by", "product"]);
    let agents = units["rows"].as_array().unwrap().iter().find(|row| row["product"] == "Agents").unwrap();
    let counted: f64 = text(agents, "requests").parse().unwrap();
    assert!((requests * 3.0 - counted).abs() < 1.0, "{requests} x 3 and {counted}");
}

/// Reads arithmetic from left to right.
struct Reader<'a>(&'a [u8], usize);
impl Reader<'_> {
    fn peek(&mut self) -> u8 {
        while self.0.get(self.1) == Some(&b' ') {
            self.1 += 1;
        }
        self.0.get(self.1).copied().unwrap_or(0)
    }
    fn sum(&mut self) -> f64 {
        let mut value = self.product();
        loop {
            match self.peek() {
                b'+' => {
                    self.1 += 1;
                    value += self.product();
                }
                b'-' => {
                    self.1 += 1;
                    value -= self.product();
                }
                _ => return value,
            }
        }
    }
    fn product(&mut self) -> f64 {
        let mut value = self.power();
        loop {
            match self.peek() {
                b'*' => {
                    self.1 += 1;
                    value *= self.power();
                }
                b'/' => {
                    self.1 += 1;
                    value /= self.power();
                }
                _ => return value,
            }
        }
    }
    fn power(&mut self) -> f64 {
        let value = self.atom();
        if self.peek() == b'^' {
            self.1 += 1;
            return value.powf(self.atom());
        }
        value
    }
    fn atom(&mut self) -> f64 {
        match self.peek() {
            b'(' => {
                self.1 += 1;
                let value = self.sum();
                assert_eq!(self.peek(), b')');
                self.1 += 1;
                value
            }
            b'-' => {
                self.1 += 1;
                -self.atom()
            }
            b'm' => {
                self.1 += 3;
                assert_eq!(self.peek(), b'(');
                let mut most = f64::NEG_INFINITY;
                while self.peek() != b')' {
                    self.1 += 1;
                    most = most.max(self.sum());
                }
                self.1 += 1;
                most
            }
            b'c' => {
                self.1 += 4;
                (self.atom() * (1.0 - 1e-12)).ceil()
            }
            _ => {
                let start = self.1;
                while matches!(self.0.get(self.1), Some(b'0'..=b'9' | b'.' | b'e')) {
                    self.1 += 1;
                }
                String::from_utf8_lossy(&self.0[start..self.1]).parse().expect("a number")
            }
        }
    }
}

/// A small evaluator of its own: numbers, + - * / ^, ceil(), max() and brackets.
fn evaluate(text: &str) -> f64 {
    let mut reader = Reader(text.as_bytes(), 0);
    let value = reader.sum();
    assert_eq!(reader.peek(), 0, "all of {text} is read");
    value
}

#[test]
fn an_explanation_comes_to_the_figure_it_explains() {
    let desk = Desk::new();
    for file in
        ["api-only", "own-h100", "hybrid", "reserved", "two-region-eu", "night-batch", "smaller-model-with-router"]
    {
        let mut words: Vec<String> = ["scenario", "explain"].map(str::to_owned).to_vec();
        words.push(fixture(&format!("scenarios/{file}.toml")));
        words.extend(
            ["own-h100", "api-only"]
                .into_iter()
                .filter(|base| *base != file)
                .map(|base| fixture(&format!("scenarios/{base}.toml"))),
        );
        words.extend(["--month", "2027-06"].map(str::to_owned));
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let told = desk.json(&words);
        let run = desk.json(&[&["scenario", "run"], &words[2..words.len() - 2]].concat());
        let run = run.as_array().map_or(&run, |runs| &runs[0]);
        let month = run["months"].as_array().unwrap().iter().find(|month| month["month"] == "2027-06").unwrap();
        let mut amounts: BTreeMap<&str, Money> = month["lines"]
            .as_array()
            .unwrap()
            .iter()
            .map(|line| (text(line, "label"), money(&line["amount"])))
            .collect();
        amounts.insert("Revenue", money(&month["revenue"]));
        let lines = told["lines"].as_array().unwrap();
        assert_eq!(lines.len(), amounts.len());
        for line in lines {
            let steps = line["steps"].as_array().unwrap();
            for step in steps {
                match step["expression"].as_str() {
                    Some(expression) => {
                        let (found, said) = (evaluate(expression), step["value"].as_f64().unwrap());
                        assert!(
                            (found - said).abs() <= 1e-9 * said.abs().max(1e-9),
                            "{file}: {expression} is {found}, not {said}"
                        );
                    }
                    None => assert!(!text(step, "source").is_empty(), "{file}: {step} has no source"),
                }
            }
            let usd = Money::parse(&format!("{:.2}", steps.last().unwrap()["value"].as_f64().unwrap())).unwrap();
            assert_eq!(usd, amounts[text(line, "label")], "{file}: {line}");
        }
    }
    // By hand: 20,000,000 requests x (900 x 3 + 600 x 0.3 + 250 x 15) / 10^6 = 20,000,000 x 0.00663 = 132,600 USD.
    let api = desk.json(&["scenario", "explain", &fixture("scenarios/api-only.toml"), "--line", "api"]);
    assert_eq!(text(&api["lines"][0], "amount"), "132600.00");
    let unknown = desk.run(&["scenario", "explain", &fixture("scenarios/api-only.toml"), "--line", "gpus"]).ends(2);
    assert!(unknown.err.contains("use one of Revenue, api"), "{}", unknown.err);
}

#[test]
fn a_locked_scenario_is_not_edited_and_runs_only_while_it_comes_to_the_same() {
    let desk = Desk::new();
    let own = std::fs::read_to_string(fixture("scenarios/api-only.toml")).unwrap();
    let base = desk.file("api-only.toml", &own);
    let patch = desk.file("mine.toml", "[base]\nscenario = \"api-only\"\n[demand]\ngrowth_percent_per_month = 9\n");
    desk.run(&["scenario", "lock", &patch, &base]).ends(0);
    desk.run(&["scenario", "lock", &base]).ends(0);
    let locked = std::fs::read_to_string(&base).unwrap();
    assert!(locked.starts_with("# An assistant that answers"), "comments stay");
    let runs = desk.json(&["scenario", "run", &base, &patch]);
    assert!(locked.contains(text(&runs[0], "hash")), "{locked}");
    assert!(std::fs::read_to_string(&patch).unwrap().contains(&format!("hash = \"{}\"", text(&runs[0], "hash"))));
    desk.run(&["scenario", "lock", &base]).ends(2);

    // The file changes: the base says so, and the patch that needs it too.
    std::fs::write(&base, locked.replace("value = 250", "value = 251")).unwrap();
    let changed = desk.run(&["scenario", "run", &base]).ends(1);
    assert!(changed.err.contains("has changed since: the file (hash"), "{}", changed.err);
    std::fs::write(&base, own.replace("value = 250", "value = 251")).unwrap();
    let changed = desk.run(&["scenario", "run", &patch, &base]).ends(1);
    assert!(changed.err.contains("base.hash needs \"api-only\" with hash"), "{}", changed.err);
    // A new name and another comment change nothing that is projected.
    std::fs::write(&base, locked.replace("API only", "By API").replace("# An", "# One")).unwrap();
    desk.run(&["scenario", "run", &patch, &base]).ends(0);

    // Kept in the workspace, it is not edited there either.
    desk.import(&[&base]);
    let refused = desk.run(&["scenario", "calibrate", &base, "--month", "2026-10"]);
    assert_ne!(refused.code, 0);
    desk.run(&["scenario", "unlock", &base]).ends(0);
    let open = std::fs::read_to_string(&base).unwrap();
    assert!(!open.contains("[lock]"));
    desk.run(&["scenario", "unlock", &base]).ends(2);
}

#[test]
fn a_lock_notices_that_the_base_month_changed() {
    let desk = small();
    let file = desk.path("new.toml").display().to_string();
    let base = "[scenario]\nname = \"x\"\nstart = \"2026-11\"\n[base]\nmonth = \"2026-10\"\n[revenue]\nusd_per_request = 1\n\
                [architecture]\nkind = \"api\"\nprovider = \"anthropic\"\nmodel = \"claude-haiku-4-5\"\npriced_at = \"2026-10-31\"\n";
    std::fs::write(&file, base).unwrap();
    desk.run(&["scenario", "lock", &file]).ends(0);
    desk.run(&["scenario", "run", &file]).ends(0);
    desk.import(&[&desk.file(
        "token-usage.csv",
        "date,provider,model,project,customer,region,service_tier,requests,input_tokens,cache_read_tokens,cache_write_5m_tokens,cache_write_1h_tokens,output_tokens,reasoning_tokens\n\
         2026-10-30,anthropic,claude-haiku-4-5,chat,Alder,us-east-1,,1000000,2000000000,0,0,0,100000000,0\n",
    )]);
    let changed = desk.run(&["scenario", "run", &file]).ends(1);
    assert!(changed.err.contains("the actuals of its base month"), "{}", changed.err);
    desk.run(&["scenario", "lock", "--force", &file]).ends(0);
    desk.run(&["scenario", "run", &file]).ends(0);
}

#[test]
fn the_plan_is_compared_with_what_came_to_the_cent() {
    let desk = Desk::with_sample();
    let none = desk.run(&["report", "plan"]).ends(1);
    assert!(none.err.contains("no plan yet"), "{}", none.err);
    let file = desk.path("fy.toml").display().to_string();
    desk.run(&["scenario", "new", "--month", "2026-08", "--name", "FY plan", "-o", &file]).ends(0);
    assert_eq!(desk.json(&["scenario", "adopt", &file])["changed"], true);
    assert_eq!(desk.json(&["scenario", "adopt", &file])["changed"], false, "the same plan again is no new one");

    let report = desk.json(&["report", "plan"]);
    let months = report["months"].as_array().unwrap();
    assert_eq!(months.len(), 3, "August to October");
    for month in months {
        let effects: Money = month["effects"].as_array().unwrap().iter().map(|each| money(&each["effect"])).sum();
        let difference = money(&month["actual"]["gross_margin"]) - money(&month["plan"]["gross_margin"]);
        assert_eq!(effects, difference, "{month}");
        let label = text(month, "month");
        let margin = desk.json(&["report", "margin", "--month", label, "--by", "month"]);
        let row = &margin["rows"][0];
        let ledger = money(&row["revenue"]) - money(&row["cost_of_revenue"]);
        assert!(near(money(&month["actual"]["gross_margin"]), ledger, "0.01"), "{label}");
    }
    let drivers: Vec<&str> = months[0]["effects"].as_array().unwrap().iter().map(|each| text(each, "driver")).collect();
    assert!(drivers.contains(&"below_zero"), "credits are in no plan: {drivers:?}");
    let october: Vec<&str> = months[2]["effects"].as_array().unwrap().iter().map(|each| text(each, "driver")).collect();
    for driver in ["requests", "tokens_per_request", "mix", "gpu_rate", "other_cost", "revenue_price", "revenue_volume"]
    {
        assert!(october.contains(&driver), "{driver} is not in {october:?}");
    }

    // Calibrated by October, the plan of that demand states what October measured.
    let measured = months[2]["calibration"].as_array().unwrap();
    let rate = measured.iter().find(|each| text(each, "path").ends_with("output_tokens_per_s_per_gpu")).unwrap();
    let second = desk.path("fy-2.toml").display().to_string();
    desk.run(&["scenario", "calibrate", &file, "--month", "2026-10", "-o", &second]).ends(0);
    let run = desk.json(&["scenario", "run", &second]);
    let stated = run["assumptions"].as_array().unwrap().iter().find(|each| each["path"] == rate["path"]).unwrap();
    assert_eq!(format!("{}", stated["value"].as_f64().unwrap()), text(rate, "measured"));
    assert_eq!((stated["evidence"].as_str(), stated["observed"].as_str()), (Some("measured"), Some("2026-10-31")));

    desk.run(&["scenario", "adopt", &second]).ends(0);
    assert_eq!(desk.json(&["scenario", "adopt"])["plans"].as_array().unwrap().len(), 2);
    assert_eq!(desk.json(&["scenario", "adopt", "--undo"])["plan"]["scenario"], "fy");
    assert_eq!(desk.json(&["scenario", "adopt", "--redo"])["plan"]["scenario"], "fy-2");
    let outside = desk.run(&["report", "plan", "--month", "2020-01"]).ends(2);
    assert!(outside.err.contains("the plan runs from 2026-08"), "{}", outside.err);
}

/// Claude Opus served the Assistant in October and not in August, and alone wrote to the cache.
#[test]
fn what_calibrate_writes_runs_and_names_what_the_scenario_lacks() {
    let desk = Desk::with_sample();
    let (plan, written) = (desk.path("aug.toml").display().to_string(), desk.path("oct.toml").display().to_string());
    desk.run(&["scenario", "new", "--month", "2026-08", "--product", "Assistant", "-o", &plan]).ends(0);
    let told = desk.run(&["scenario", "calibrate", &plan, "--month", "2026-10", "-o", &written]).ends(0);
    assert!(told.err.contains("not in the scenario: anthropic claude-opus-4-5"), "{}", told.err);
    let run = desk.json(&["scenario", "run", &written]);
    let assumptions = run["assumptions"].as_array().unwrap();
    let writes = |each: &&Value| text(each, "path").ends_with("cache_write_ratio");
    let ratios: Vec<f64> = assumptions.iter().filter(writes).map(|each| each["value"].as_f64().unwrap()).collect();
    assert!(!ratios.is_empty() && ratios.iter().all(|ratio| *ratio == 0.0), "nobody else writes: {ratios:?}");
    // Nothing is left to be written.
    let again = desk.json(&["scenario", "calibrate", &written, "--month", "2026-10"]);
    assert_eq!(again["written"], serde_json::json!([]), "{again}");
    assert_eq!(again["text"].as_str().unwrap(), std::fs::read_to_string(&written).unwrap());
}
