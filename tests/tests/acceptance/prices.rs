//! The price book as a person uses it: lists come in with their dates, a later one moves no earlier day, sources that
//! disagree are named, and a price set by hand can be tried, stored and taken back.

use marginline_tests::cli::{Desk, fixture, text};
use serde_json::Value;

/// Rows of a table.
fn rows(desk: &Desk, line: &[&str]) -> Vec<Value> {
    desk.json(line)["rows"].as_array().unwrap().clone()
}

/// `class service_tier above_tokens amount` of each row.
fn told(rows: &[Value]) -> Vec<String> {
    let word = |row: &Value, field: &str| row[field].as_str().unwrap_or("-").to_owned();
    let of = |row: &Value| {
        let above = row["above_tokens"].as_u64().unwrap();
        format!("{} {} {above} {}", word(row, "class"), word(row, "service_tier"), text(row, "amount"))
    };
    rows.iter().map(of).collect()
}

#[test]
fn litellm_tells_absolute_prices_for_each_class_length_and_tier() {
    let desk = Desk::new();
    desk.import(&[&fixture("litellm-prices/good.json"), "--observed", "2026-10-01"]);
    let large = rows(&desk, &["prices", "list", "--provider", "acme", "--item", "house-large"]);
    assert_eq!(
        told(&large),
        [
            "cache_read - 0 0.25",
            "cache_write_1h - 0 5",
            "cache_write_5m - 0 3.125",
            "input - 0 2.5",
            "input - 272000 5",
            "input batch 0 1.25",
            "output - 0 10",
            "output - 272000 15",
            "output flex 0 5",
            "reasoning - 0 12",
        ],
        "USD per million, from USD per token"
    );
    let regional = rows(&desk, &["prices", "list", "--region", "us-east-1", "--item", "house-v1"]);
    assert_eq!(told(&regional), ["input - 0 8", "output - 0 24"], "the region stands in the key");
    let premium = rows(&desk, &["prices", "list", "--item", "premium", "--region", "us"]);
    assert_eq!(told(&premium), ["input - 0 1.1", "output - 0 2.2"], "a factor of 1.1 is kept as its product");
}

#[test]
fn what_a_list_writes_as_0_and_does_not_know_is_no_price() {
    let desk = Desk::new();
    desk.import(&[&fixture("litellm-prices/lenient.json"), "--observed", "2026-10-01"]);
    let item = |name: &str| rows(&desk, &["prices", "list", "--source", "litellm", "--item", name]);
    assert_eq!(item("experimental").len(), 0, "free and unknown look alike");
    assert_eq!(told(&item("small:free")), ["input - 0 0", "output - 0 0"], "this one says that it is free");
    assert_eq!(told(&item("whisper")), ["output - 0 1"], "input is charged by the second");
    assert_eq!(item("llama3").len(), 0, "on own machines a model costs what they cost");
}

/// Ten dollars seen in September, twelve in October: September keeps ten.
#[test]
fn a_later_list_moves_no_earlier_day_and_the_same_day_is_replaced() {
    let desk = Desk::new();
    let list = |per_token: &str| {
        format!(r#"{{"acme/m":{{"litellm_provider":"acme","mode":"chat","input_cost_per_token":{per_token}}}}}"#)
    };
    let (first, second) = (desk.file("september.json", list("1e-5")), desk.file("october.json", list("1.2e-5")));
    let third = desk.file("october-again.json", list("1.3e-5"));
    desk.import(&[&first, "--observed", "2026-09-10"]);
    desk.import(&[&second, "--observed", "2026-10-10"]);
    let on = |date: &str| told(&rows(&desk, &["prices", "as-of", date, "--item", "m", "--provider", "acme"]));
    assert_eq!(on("2026-09-09"), Vec::<String>::new(), "nobody had seen a price yet");
    assert_eq!(on("2026-10-09"), ["input - 0 10"]);
    assert_eq!(on("2026-10-10"), ["input - 0 12"]);
    let batch = desk.import(&[&third, "--observed", "2026-10-10"]).remove(0);
    assert_eq!(batch["replaced"][0]["rows"], 1, "the list of a day has a newer version");
    assert_eq!(
        (on("2026-10-10"), on("2026-10-09")),
        (vec!["input - 0 13".to_owned()], vec!["input - 0 10".to_owned()])
    );
    desk.run(&["undo", "3"]).ends(0);
    assert_eq!(on("2026-10-10"), ["input - 0 12"], "undo brings it back");
    desk.run(&["redo"]).ends(0);
    assert_eq!(on("2026-10-10"), ["input - 0 13"], "redo reads the list as of the day that was told");
    assert_eq!(on("2026-10-09"), ["input - 0 10"]);
}

#[test]
fn own_prices_have_contracts_windows_and_ends() {
    let desk = Desk::new();
    desk.import(&[&fixture("prices/good.csv")]);
    let on = |date: &str, item: &str| rows(&desk, &["prices", "as-of", date, "--item", item, "--source", "price page"]);
    assert_eq!(on("2026-06-30", "house-large").len(), 2, "for long prompts, and at night");
    assert_eq!(on("2026-07-01", "house-large").len(), 1, "the first day on which it does not hold");
    let contract = rows(&desk, &["prices", "list", "--source", "contract"]);
    let told: Vec<_> =
        contract.iter().map(|row| (text(row, "resource"), text(row, "amount"), text(row, "per"))).collect();
    assert_eq!(told, [("tokens", "4", "mtok"), ("discount", "15", "percent")], "a price, and 15 % off the rest");
    assert!(contract.iter().all(|row| row["contract"] == "Frame 2026" && row["valid_to"] == "2027-03-01"));
}

/// Eight H100 for 31.92 an hour are 3.99 each.
#[test]
fn a_catalogue_is_read_per_gpu_hour_and_names_its_cloud() {
    let desk = Desk::new();
    desk.import(&[&fixture("skypilot-catalog/lambda-vms.csv"), "--observed", "2026-10-01"]);
    let found = rows(&desk, &["prices", "list", "--source", "SkyPilot catalogue, lambda", "--resource", "gpu"]);
    let told: Vec<_> = found.iter().map(|row| (text(row, "item"), text(row, "class"), text(row, "amount"))).collect();
    assert_eq!(
        told,
        [
            ("A100-80GB", "gpu_8x_a100_80gb_sxm4", "2.79"),
            ("H100", "gpu_1x_h100_sxm5", "4.29"),
            ("H100", "gpu_8x_h100_sxm5", "3.99"),
        ]
    );
    let nameless = desk.file("catalogue.csv", std::fs::read(fixture("skypilot-catalog/lambda-vms.csv")).unwrap());
    let refused = Desk::new().run(&["prices", "import", &nameless]).ends(1);
    assert!(refused.err.contains("--provider"), "{}", refused.err);
    Desk::new().run(&["prices", "import", &nameless, "--provider", "lambda"]).ends(0);
}

#[test]
fn an_offer_file_is_read_below_its_lead_in_and_its_rows_can_be_mended() {
    let desk = Desk::new();
    let batch = desk.import(&[&fixture("aws-price-list/errors.csv")]).remove(0);
    assert_eq!((&batch["rows_stored"], &batch["rows_quarantined"]), (&2.into(), &5.into()));
    let found = rows(&desk, &["prices", "list", "--source", "AWS price list"]);
    assert!(found.iter().all(|row| row["observed"] == "2026-10-14"), "the file says when it was published");
    let open = desk.path("open.csv").display().to_string();
    desk.run(&["quarantine", "1", "--dismiss", "6,7,8,9"]).ends(0);
    desk.run(&["quarantine", "1", "--write", &open]).ends(0);
    let mended = std::fs::read_to_string(&open).unwrap().replace("one", "1.212");
    std::fs::write(&open, mended).unwrap();
    let answer = desk.run(&["quarantine", "1", "--readmit", &open]);
    assert!(matches!(answer.code, 0 | 3), "{answer:#?}");
}

#[test]
fn sources_that_disagree_are_named_with_what_each_says() {
    let desk = Desk::new();
    let list = |price: &str, source: &str| {
        format!("provider,item,class,amount,currency,valid_from,source\nacme,m,input,{price},USD,2026-10-01,{source}\n")
    };
    desk.import(&[&desk.file("page.csv", list("10", "page")), "--observed", "2026-10-01"]);
    desk.import(&[&desk.file("letter.csv", list("12", "letter")), "--observed", "2026-10-01"]);
    let found = rows(&desk, &["prices", "conflicts"]);
    let told: Vec<_> =
        found.iter().map(|row| (text(row, "source"), text(row, "amount"), text(row, "spread"))).collect();
    assert_eq!(told, [("page", "10", "20"), ("letter", "12", "20")], "letter is 20 % dearer");
    assert_eq!(rows(&desk, &["prices", "conflicts", "--as-of", "2026-09-30"]).len(), 0);
}

#[test]
fn a_price_set_by_hand_is_tried_stored_and_taken_back() {
    let desk = Desk::with_sample();
    let batches = desk.run(&["batches", "--json"]).ends(0).out;
    let mut line = "prices set --provider house --item house-large --class input --amount 2 --currency EUR \
                    --valid-from 2026-10-01 --reason letter"
        .split_whitespace()
        .collect::<Vec<_>>();
    line.push("--dry-run");
    let tried = desk.json(&line);
    assert_eq!(tried["rows"].as_array().unwrap().len(), 0, "nobody uses that model, so no month moves");
    assert_eq!(desk.run(&["batches", "--json"]).ends(0).out, batches, "trying stores nothing");
    line.pop();
    desk.run(&line).ends(0);
    let found = rows(&desk, &["prices", "list", "--provider", "house"]);
    assert_eq!((text(&found[0], "source"), text(&found[0], "amount")), ("edit: letter", "2"));
    let batch = found[0]["batch"].to_string();
    desk.run(&["undo", &batch]).ends(0);
    assert_eq!(rows(&desk, &["prices", "list", "--provider", "house"]).len(), 0);
    desk.run(&["redo"]).ends(0);
    assert_eq!(rows(&desk, &["prices", "list", "--provider", "house"]).len(), 1);
    let wrong = line.join(" ").replace("--class input", "--class inputs");
    let refused = desk.run(&wrong.split(' ').collect::<Vec<_>>()).ends(2);
    assert!(refused.err.contains("`cache_read`"), "{}", refused.err);
}

/// What a price would change, worked out without storing it, is what it changes once it is stored.
#[test]
fn what_is_tried_is_what_comes_true() {
    let desk = Desk::with_sample();
    let cost = || -> Vec<(String, String)> {
        let months = desk.json(&["report", "margin", "--by", "month"])["rows"].as_array().unwrap().clone();
        months.iter().map(|row| (text(row, "month").to_owned(), text(row, "cost_of_revenue").to_owned())).collect()
    };
    let line: Vec<&str> = "prices set --provider openai --item GPT-5.1 --class input --amount 9 --currency USD \
                           --valid-from 2026-09-10 --reason letter --dry-run"
        .split_whitespace()
        .collect();
    let before = cost();
    let tried = rows(&desk, &line);
    assert_eq!(cost(), before, "trying stores nothing");
    desk.run(&line[..line.len() - 1]).ends(0);
    let after = cost();
    let moved: Vec<_> = before.iter().zip(&after).filter(|(was, is)| was != is).collect();
    assert!(!moved.is_empty(), "the sample uses that model");
    let told: Vec<_> =
        tried.iter().map(|row| ["month", "before", "after"].map(|field| text(row, field).to_owned())).collect();
    let come: Vec<_> = moved.iter().map(|(was, is)| [was.0.clone(), was.1.clone(), is.1.clone()]).collect();
    assert_eq!(told, come);
    assert_eq!(rows(&desk, &line).len(), 0, "the same price again stores nothing, so it moves nothing");
}

#[test]
fn regions_are_compared_and_absence_is_absence() {
    let desk = Desk::new();
    let found = rows(&desk, &["prices", "regions", "H100", "H200", "--provider", "nebius", "--as-of", "2026-11-21"]);
    let of = |region: &str| found.iter().find(|row| row["region"] == region).unwrap();
    assert_eq!(text(of("eu-north1"), "H100"), "2.95", "the cheaper of two instance types");
    assert_eq!(of("eu-west1")["H100"], Value::Null, "not sold there, and not free");
    assert_eq!(text(of("eu-west1"), "legal_area"), "EU");
    let inside = desk.json(&["prices", "regions", "H200", "--as-of", "2026-11-21", "--within", "EU"]);
    let areas: Vec<_> = inside["rows"].as_array().unwrap().iter().map(|row| text(row, "legal_area")).collect();
    assert!(!areas.is_empty() && areas.iter().all(|area| *area == "EU"), "{areas:?}");
    let far = ["prices", "regions", "H200", "--provider", "nebius", "--as-of", "2026-11-21", "--from", "aws/eu-west-3"];
    let far = rows(&desk, &far);
    let paris = far.iter().find(|row| row["region"] == "eu-west1").unwrap();
    assert_eq!((text(paris, "distance_km"), text(paris, "round_trip_ms")), ("0", "2"), "Paris is Paris");
    assert_eq!(rows(&desk, &["prices", "regions", "--as-of", "2025-01-01"]).len(), 0, "nothing had been seen by then");
    desk.import(&[&fixture("litellm-prices/good.json"), "--observed", "2026-10-01"]);
    let model = rows(&desk, &["prices", "regions", "acme/premium", "--as-of", "2026-10-02"]);
    let told: Vec<_> = model.iter().map(|row| (row["region"].as_str(), text(row, "input"))).collect();
    assert_eq!(told, [(None, "1"), (Some("us"), "1.1")]);
}

/// Three lists a month apart: 10, 10, 8.
#[test]
fn a_history_tells_each_step_and_is_drawn() {
    let desk = Desk::new();
    let list = "provider,item,class,amount,currency,valid_from,source\n\
                acme,m,input,10,USD,2026-07-01,page\nacme,m,input,8,USD,2026-09-15,page\n";
    desk.import(&[&desk.file("own.csv", list), "--observed", "2026-10-01"]);
    let steps = rows(&desk, &["prices", "history", "--item", "m", "--provider", "acme", "--from", "2026-01-01"]);
    let told: Vec<_> =
        steps.iter().map(|row| (text(row, "valid_from"), row["valid_to"].as_str(), text(row, "amount"))).collect();
    assert_eq!(told, [("2026-07-01", Some("2026-09-15"), "10"), ("2026-09-15", None, "8")]);
    let picture = desk.path("m.svg").display().to_string();
    let said =
        desk.json(&["chart", "prices", "--item", "m", "--provider", "acme", "--from", "2026-06-01", "-o", &picture]);
    assert!(text(&said, "says").contains("input: 10 to 8"), "{said}");
    assert!(std::fs::read_to_string(&picture).unwrap().starts_with("<svg"));
    let unknown = desk.run(&["chart", "prices", "--item", "nothing", "-o", &picture]).ends(1);
    assert!(unknown.err.contains("nothing has a price"), "{}", unknown.err);
}

/// The bundled list has dates for DeepSeek: each step differs from the one before, and begins on a day.
#[test]
fn the_bundled_list_is_asked_day_by_day() {
    let desk = Desk::new();
    let line = ["prices", "history", "--provider", "deepseek", "--item", "deepseek-chat", "--from", "2025-01-01"];
    let steps = rows(&desk, &[&line[..], &["--to", "2026-01-01"]].concat());
    let input: Vec<_> = steps.iter().filter(|row| row["class"] == "input" && row["window"].is_null()).collect();
    assert!(
        input
            .windows(2)
            .all(|pair| pair[0]["amount"] != pair[1]["amount"] || pair[0]["valid_to"] != pair[1]["valid_from"])
    );
    assert!(input.iter().skip(1).all(|row| row["valid_from"].is_string()), "a change has a day");
    let csv = desk.run(&["prices", "list", "--provider", "deepseek", "--format", "csv"]).ends(0).out;
    assert!(csv.starts_with("resource,provider,item,class,region,"), "{csv}");
}

/// The bundled prices are a file of our own format, so whoever wants others begins with it.
#[test]
fn the_bundled_list_prices_can_be_imported_like_any_file() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/engine/data/list_prices.csv");
    let (desk, lines) = (Desk::new(), std::fs::read_to_string(path).unwrap().lines().count() - 1);
    let batch = desk.import(&[path, "--as", "prices"]).remove(0);
    assert_eq!(
        (batch["rows_stored"].as_u64(), batch["rows_quarantined"].as_u64()),
        (Some(lines as u64), Some(0)),
        "{batch}"
    );
    let told = |batch: Value| {
        let found = desk.json(&["prices", "list", "--provider", "anthropic", "--resource", "session"]);
        let of = |row: &&Value| row["batch"] == batch;
        let rows = found["rows"].as_array().unwrap().iter().filter(of);
        rows.map(|row| ["item", "amount", "free_per_month", "valid_from"].map(|field| text(row, field).to_owned()))
            .collect::<Vec<_>>()
    };
    let (bundled, imported) = (told(Value::Null), told(1.into()));
    assert_eq!(imported, bundled, "read the same by both");
    assert_eq!(imported[0], ["code execution", "0.05", "1550", "2026-04-16"].map(str::to_owned));
}
