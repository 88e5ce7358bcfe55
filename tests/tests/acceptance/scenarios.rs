//! Scenario files from the command line: several components, patches, draws and what margin hangs on.

use marginline_tests::cli::{Desk, fixture, text};
use serde_json::Value;

fn run(desk: &Desk, files: &[&str]) -> Value {
    let files: Vec<String> = files.iter().map(|file| fixture(&format!("scenarios/{file}.toml"))).collect();
    let mut words = vec!["scenario", "run"];
    words.extend(files.iter().map(String::as_str));
    desk.json(&words)
}

/// Published (case G01): cost 87,072 a day; revenue 562,100 from the rounded tokens; margin 84.51 %.
#[test]
fn the_published_day_of_a_provider_as_a_scenario() {
    let month = run(&Desk::new(), &["provider-day"])["months"][0].clone();
    assert_eq!(text(&month, "cogs"), "2612160", "30 days of 87,072 USD");
    assert_eq!(text(&month, "revenue"), "16863000", "30 days of 562,100 USD");
    assert_eq!(&text(&month, "gross_margin_percent")[..5], "84.50");
    assert_eq!(month["capacity"]["gpus_provided"], 1814);
}

/// Two GPUs serve 20 of 38.58 tokens a second: 51.84 %. The other 481,600 requests cost 0.0015 each at 1 and 5 USD.
#[test]
fn what_two_gpus_cannot_serve_goes_to_the_api() {
    let first = run(&Desk::new(), &["hybrid-overflow"])["months"][0].clone();
    let amount = |label: &str| {
        let lines = first["lines"].as_array().unwrap();
        text(lines.iter().find(|line| line["label"] == label).unwrap(), "amount").to_owned()
    };
    assert_eq!(amount("own"), "2880", "2 GPUs x 720 hours x 2 USD");
    assert_eq!(amount("rest"), "722.4");
    assert_eq!(amount("Platform"), "500");
}

#[test]
fn a_patch_changes_what_it_states_and_nothing_else() {
    let desk = Desk::new();
    let both = run(&desk, &["hybrid-overflow", "hybrid-four-gpus"]);
    let (base, patched) = (&both[0], &both[1]);
    assert_eq!(patched["months"][0]["capacity"]["gpus_provided"], 4);
    assert_eq!(patched["months"][0]["revenue"], base["months"][0]["revenue"]);
    assert_eq!(text(&patched["months"][0]["lines"][0], "amount"), "5760");

    // Nothing stated: the base to the byte, but for its name.
    let empty = desk.file("empty.toml", "[base]\nscenario = \"hybrid-overflow\"\n");
    let again = desk.json(&["scenario", "run", &empty, &fixture("scenarios/hybrid-overflow.toml")]);
    assert_eq!(again[0]["months"], again[1]["months"]);
    assert_eq!(again[0]["hash"], again[1]["hash"]);

    let alone = desk.run(&["scenario", "run", &empty]).ends(1);
    assert!(alone.err.contains("base.scenario names \"hybrid-overflow\", which is not there"), "{}", alone.err);
    // Kept in the workspace, it is found there.
    desk.import(&[&fixture("scenarios/hybrid-overflow.toml")]);
    assert_eq!(desk.json(&["scenario", "run", &empty])["hash"], again[0]["hash"]);
}

/// The settled price is the same, so all that moves is the number of GPUs: two more for 8,760 hours at 2 USD, less what
/// the API no longer serves.
#[test]
fn a_bridge_adds_up_and_names_the_driver() {
    let desk = Desk::new();
    let files = ["hybrid-overflow", "hybrid-four-gpus"].map(|file| fixture(&format!("scenarios/{file}.toml")));
    let found = desk.json(&["scenario", "bridge", &files[0], &files[1]]);
    let effects = found["effects"].as_array().unwrap();
    assert_eq!(effects.len(), 1, "{effects:?}");
    assert_eq!(effects[0]["driver"], "gpu_utilisation");
    let runs = desk.json(&["scenario", "run", &files[0], &files[1]]);
    let exact = |value: &Value| marginline_model::Money::parse(value.as_str().unwrap()).unwrap();
    let (from, to) = (exact(&found["from"]["gross_margin"]), exact(&found["to"]["gross_margin"]));
    assert_eq!(to - from, exact(&effects[0]["effect"]));
    let whole = |run: &Value| exact(&run["summary"]["gross_margin"]);
    // A run rounds each line of each month to cents, the bridge the whole once: 12 months of 3 lines and revenue.
    let near = marginline_model::Money::parse("0.24").unwrap();
    assert!(whole(&runs[0]) - from <= near && from - whole(&runs[0]) <= near);
    desk.run(&["scenario", "bridge", &files[0]]).ends(2);
}

#[test]
fn draws_have_the_same_bytes_for_a_seed_and_scenarios_share_them() {
    let desk = Desk::new();
    let files = [fixture("scenarios/hybrid-overflow.toml"), fixture("scenarios/hybrid-four-gpus.toml")];
    let ask = |seed: &str| {
        let words = ["scenario", "simulate", &files[0], &files[1], "--draws", "400", "--seed", seed, "--json"];
        desk.run(&words).ends(0).out
    };
    assert_eq!(ask("3"), ask("3"));
    assert_ne!(ask("3"), ask("4"));
    let found: Value = serde_json::from_str(&ask("3")).unwrap();
    let drawn: Vec<&str> =
        found["scenarios"][0]["drawn"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!(
        drawn,
        ["demand.requests_per_month", "component.own.output_tokens_per_s_per_gpu", "cost.Platform.usd_per_month"]
    );
    let margin = &found["scenarios"][0]["gross_margin"];
    assert!(margin["p10"].as_f64() < margin["p50"].as_f64() && margin["p50"].as_f64() < margin["p90"].as_f64());
    // Four GPUs cost 5,760 USD for at most 1,500 USD of API requests: never better, whatever is drawn.
    assert_eq!(found["earns_more"][0]["probability"], 1.0);
}

/// Fixed cost moves margin by itself: 12 months of it, from P10 to P90 of a triangle from 400 over 500 to 900.
#[test]
fn sensitivity_moves_one_assumption_at_a_time() {
    let desk = Desk::new();
    let found = desk.json(&["scenario", "sensitivity", &fixture("scenarios/hybrid-overflow.toml")]);
    let bars = found["bars"].as_array().unwrap();
    let bar = |path: &str| bars.iter().find(|bar| bar["path"] == path).unwrap();
    let fixed = bar("cost.Platform.usd_per_month");
    // Quantiles of the triangle: 400 + √(0.1 × 500 × 100) = 470.71 and 900 − √(0.1 × 500 × 400) = 758.58.
    let near = |found: &Value, expected: f64| (found.as_f64().unwrap() - expected).abs() < 0.01;
    assert!(near(&fixed["low"], 470.71) && near(&fixed["high"], 758.58), "{fixed}");
    // Each month is told in whole cents.
    assert!(near(&fixed["swing"], 12.0 * (758.58 - 470.71)), "{fixed}");
    let price = bar("component.own.usd_per_gpu_hour");
    assert_eq!(price["by_a_tenth"], true);
    // 2 GPUs for 8,760 hours, 1.80 to 2.20 USD.
    assert!(near(&price["swing"], 2.0 * 8_760.0 * 0.4), "{price}");
    let shown = desk.run(&["scenario", "sensitivity", &fixture("scenarios/hybrid-overflow.toml")]).ends(0).out;
    assert!(shown.contains("own: GPU price") && shown.contains("Platform: fixed cost"), "{shown}");
    let swings: Vec<f64> = bars.iter().filter_map(|bar| bar["swing"].as_f64()).collect();
    assert!(swings.windows(2).all(|pair| pair[0] >= pair[1]), "the largest first: {swings:?}");
}

#[test]
fn a_scenario_that_somebody_wrote_is_not_replaced_by_a_result() {
    let desk = Desk::new();
    let text = std::fs::read_to_string(fixture("scenarios/api-only.toml")).unwrap();
    let (file, locked) = (desk.file("mine.toml", &text), desk.file("locked.toml", &text));
    desk.run(&["scenario", "lock", &locked]).ends(0);
    let before = std::fs::read(&locked).unwrap();
    let refused = desk.run(&["scenario", "run", &file, "-o", &file]).ends(1);
    assert!(refused.err.contains("is a scenario, and would be replaced"), "{}", refused.err);
    let new = ["scenario", "new", "--patch", "own-gpus", "--base", &file, "--gpu", "H100", "--usd-per-gpu-hour", "2"];
    let line = [&new[..], &["--output-tokens-per-s-per-gpu", "50", "-o", &locked]].concat();
    let refused = desk.run(&line).ends(1);
    assert!(
        refused.err.contains("is a locked scenario") && refused.err.contains("name another file"),
        "{}",
        refused.err
    );
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
    assert_eq!(std::fs::read(&locked).unwrap(), before);
    desk.run(&["scenario", "unlock", &locked]).ends(0);
    assert_eq!(std::fs::read_to_string(&locked).unwrap(), text, "locking is in place");
    let fresh = desk.path("fresh.toml").display().to_string();
    let line = [&new[..], &["--output-tokens-per-s-per-gpu", "50", "-o", &fresh]].concat();
    desk.run(&line).ends(0);
    desk.run(&line).ends(0);
}

#[test]
fn what_is_wrong_with_a_file_is_said() {
    let desk = Desk::new();
    let base = std::fs::read_to_string(fixture("scenarios/hybrid-overflow.toml")).unwrap();
    let says = |change: (&str, &str), words: &str| {
        let file = desk.file("wrong.toml", base.replacen(change.0, change.1, 1));
        let answer = desk.run(&["scenario", "run", &file]).ends(1);
        assert!(answer.err.contains(words), "{words}: {}", answer.err);
    };
    says(("overflow_to = \"rest\"", "overflow_to = \"own\""), "overflow_to names \"own\", which does not come later");
    says(("overflow_to = \"rest\"", "overflow_to = \"other\""), "overflow_to names \"other\", which is no component");
    says(("share_percent = 0", "share_percent = 60\ngpu = \"L4\""), "gpu belongs to kind \"own-gpus\"");
    says(("name = \"rest\"", "name = \"own\""), "two components are named \"own\"");
    says(("low = 8, high = 12", "low = 12, high = 8"), "its range is 12 to 8, expected a range with 10 in it");
    says(("low = 8, high = 12", "low = 8"), "only one end of its range is stated");
    says(("gpus = 2\n", "share_percent = 40\ngpus = 2\n"), "shares add up to 40.0000 percent");
    says(
        (
            "[[cost]]",
            "[[component]]\nname = \"idle\"\nkind = \"own-gpus\"\ngpu = \"L4\"\noutput_tokens_per_s_per_gpu = 5\nusd_per_gpu_hour = 1\n\n[[cost]]",
        ),
        "component.idle has no share of the requests, and no other passes any on to it",
    );
    says(("kind = \"api\"\nprovider = \"anthropic\"\n", "kind = \"api\"\n"), "provider is missing");
    says(("usd_per_gpu_hour = 2\n", ""), "usd_per_gpu_hour is missing");

    let plain = desk.file(
        "plain.toml",
        base.replace(", low = 700000, high = 1500000", "")
            .replace(", low = 8, high = 12", "")
            .replace(", low = 400, high = 900, shape = \"triangular\"", ""),
    );
    let answer = desk.run(&["scenario", "simulate", &plain]).ends(1);
    assert!(answer.err.contains("no assumption has a range"), "{}", answer.err);
}

/// A folder of files: `x` is the hybrid with so many GPUs of its own, `y` changes it and states nothing.
fn folder(desk: &Desk, name: &str, gpus: u32) -> [String; 2] {
    std::fs::create_dir_all(desk.path(name)).unwrap();
    let hybrid = std::fs::read_to_string(fixture("scenarios/hybrid-overflow.toml")).unwrap();
    let base = hybrid.replacen("gpus = 2", &format!("gpus = {gpus}"), 1);
    assert!(base.contains(&format!("gpus = {gpus}\n")), "the fixture states its GPUs");
    let patch = "[scenario]\nname = \"Y\"\n\n[base]\nscenario = \"x\"\n";
    [desk.file(&format!("{name}/x.toml"), base), desk.file(&format!("{name}/y.toml"), patch)]
}

/// Two GPUs cost 2,880 USD in the first month, three 4,320, four 5,760.
#[test]
fn a_base_beside_the_file_goes_before_that_of_the_workspace() {
    let desk = Desk::new();
    let [kept, _] = folder(&desk, "kept", 2);
    desk.import(&[&kept]);
    let ([x, y], [other, z]) = (folder(&desk, "three", 3), folder(&desk, "four", 4));
    let z = {
        let to = z.replace("y.toml", "z.toml");
        std::fs::rename(z, &to).unwrap();
        to
    };
    let own = |run: &Value| text(&run["months"][0]["lines"][0], "amount").to_owned();
    let noted = |run: &Value| run["notes"][0].as_str().unwrap_or_default().to_owned();

    let run = desk.json(&["scenario", "run", &y]);
    assert_eq!(own(&run), "4320", "three GPUs, as the folder has them");
    assert_eq!(noted(&run), "changes x, read from its file, and not from the workspace");
    let told = desk.run(&["scenario", "run", &y]).ends(0);
    assert!(told.err.contains("x is read from ") && told.err.contains("x.toml"), "{}", told.err);
    assert!(told.out.contains("changes x, read from its file, and not from the workspace"), "{}", told.out);
    let before = std::fs::read_to_string(&x).unwrap();
    for words in [["scenario", "sensitivity", &y], ["scenario", "explain", &y], ["scenario", "lock", &y]] {
        desk.run(&words).ends(0);
    }
    desk.run(&["scenario", "unlock", &y]).ends(0);
    assert_eq!(std::fs::read_to_string(&x).unwrap(), before, "the base is left alone");

    // Named as well, it is the same file; named from elsewhere, there are two.
    assert_eq!(own(&desk.json(&["scenario", "run", &y, &x])[0]), "4320");
    let two = desk.run(&["scenario", "run", &y, &other]).ends(2);
    assert!(two.err.contains("base.scenario names \"x\", which may be ") && two.err.contains("four"), "{}", two.err);
    let two = desk.run(&["scenario", "compare", &y, &z]).ends(2);
    assert!(two.err.contains("leave one of them out, or rename it"), "{}", two.err);

    // Where no file lies beside it, the workspace has it.
    std::fs::remove_file(&x).unwrap();
    let run = desk.json(&["scenario", "run", &y]);
    assert_eq!((own(&run), noted(&run)), ("2880".into(), "changes x, read from the workspace".into()));
}

#[test]
fn sensitivity_and_its_table_tell_the_margin_of_the_run_to_the_cent() {
    let desk = Desk::new();
    let cents = |value: &Value| (value.as_f64().unwrap() * 100.0).round() as i64;
    for name in ["hybrid-overflow", "api-only", "hybrid", "reserved"] {
        let file = fixture(&format!("scenarios/{name}.toml"));
        let beside = fixture("scenarios/own-h100.toml");
        let files: &[&str] = if name == "reserved" { &[&file, &beside] } else { &[&file] };
        let ask = |words: &[&str]| desk.json(&[words, files].concat());
        let run = ask(&["scenario", "run"]);
        let run = if run.is_array() { run[0].clone() } else { run };
        let margin = marginline_model::Money::parse(text(&run["summary"], "gross_margin")).unwrap();
        let moved = ask(&["scenario", "sensitivity"]);
        assert_eq!(cents(&moved["gross_margin"]), (margin.to_f64() * 100.0).round() as i64, "{name}");
        for bar in moved["bars"].as_array().unwrap() {
            let [low, high, swing] =
                ["gross_margin_at_low", "gross_margin_at_high", "swing"].map(|key| bar[key].as_f64().unwrap());
            let whole = |usd: f64| (usd * 100.0).round() / 100.0;
            assert_eq!([whole(low), whole(high), whole(swing)], [low, high, swing], "{name}: {bar}");
            assert_eq!(
                cents(&bar["swing"]),
                (cents(&bar["gross_margin_at_high"]) - cents(&bar["gross_margin_at_low"])).abs()
            );
        }
    }
}
