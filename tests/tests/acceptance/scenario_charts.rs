//! Charts of scenarios from the command line: what they show agrees with the tables, and the same files give the same
//! bytes.

use marginline_tests::cli::{Answer, Desk, fixture, text};

fn scenario(name: &str) -> String {
    fixture(&format!("scenarios/{name}.toml"))
}

/// Draws a chart and answers what it says, and the picture.
fn draw(desk: &Desk, name: &str, arguments: &[&str]) -> (String, String) {
    let file = desk.path(&format!("{name}.svg"));
    let file = file.to_str().expect("a path in plain letters");
    let answer = desk.json(&[&["chart", name], arguments, &["-o", file]].concat());
    assert_eq!(text(&answer, "chart"), name);
    (text(&answer, "says").to_owned(), std::fs::read_to_string(file).expect("the picture is there"))
}

fn refused(desk: &Desk, name: &str, arguments: &[&str]) -> Answer {
    let file = desk.path("refused.svg");
    desk.run(&[&["chart", name], arguments, &["-o", file.to_str().expect("a path in plain letters")]].concat())
}

/// Words of a picture, in the order in which they are drawn.
fn words(svg: &str) -> Vec<&str> {
    let lines = svg.lines().filter(|line| line.starts_with("<text "));
    lines.filter_map(|line| line.split_once('>')?.1.strip_suffix("</text>")).collect()
}

/// A whole number as it stands in a picture.
fn whole(words: &str) -> Option<i64> {
    words.replace(',', "").replace('\u{2212}', "-").parse().ok()
}

#[test]
fn a_bridge_reads_as_it_adds_up() {
    let desk = Desk::new();
    let (overflow, four) = (scenario("hybrid-overflow"), scenario("hybrid-four-gpus"));
    let (says, svg) = draw(&desk, "bridge", &[&four, &overflow]);
    let figures: Vec<i64> = words(&svg).into_iter().filter_map(whole).collect();
    let (first, rest) = figures.split_first().unwrap();
    let (last, changes) = rest.split_last().unwrap();
    assert!(!changes.is_empty(), "{figures:?}");
    assert_eq!(first + changes.iter().sum::<i64>(), *last, "{figures:?}");

    let table = desk.json(&["scenario", "bridge", &four, &overflow]);
    let margin: f64 = text(&table["to"], "gross_margin").parse().unwrap();
    assert_eq!(*last, margin.round() as i64, "the table has the same margin");
    assert!(says.contains("Hybrid, four GPUs earns") && says.contains("GPU utilisation"), "{says}");

    // Nothing moves: two bars of the same height and no driver.
    let twin = desk.file("twin.toml", "[base]\nscenario = \"hybrid-overflow\"\n[scenario]\nname = \"Twin\"\n");
    let (_, svg) = draw(&desk, "bridge", &[&overflow, &twin]);
    let figures: Vec<i64> = words(&svg).into_iter().filter_map(whole).collect();
    assert!(figures.len() == 2 && figures[0] == figures[1], "{figures:?}");
    assert!(refused(&desk, "bridge", &[&overflow]).ends(2).err.contains("a bridge stands between two scenarios"));
}

/// 1 M requests x 100 output tokens ÷ (720 h x 3,600 s) ÷ 10 tokens a second = 3.858 GPUs, of 2: 192.9 %. In December 1.1 M
/// in 744 h: 4.107 of 2, 205.3 %. What is over 100 is rounded up.
#[test]
fn demand_over_capacity_hour_by_hour() {
    let desk = Desk::new();
    let overflow = scenario("hybrid-overflow");
    let (says, svg) = draw(&desk, "capacity-week", &[&overflow, "--month", "1"]);
    assert_eq!(words(&svg).into_iter().filter(|words| *words == "193").count(), 168);
    assert!(says.contains("168 hours of the week ask for more than there is"), "{says}");
    let (_, by_name) = draw(&desk, "capacity-week", &[&overflow, "--month", "2026-12", "--fleet", "own"]);
    assert_eq!(words(&by_name).into_iter().filter(|words| *words == "206").count(), 168);

    let late = refused(&desk, "capacity-week", &[&overflow, "--month", "13"]).ends(2);
    assert!(late.err.contains("there is no month 13 among 12"), "{}", late.err);
    let unknown = refused(&desk, "capacity-week", &[&overflow, "--fleet", "rest"]).ends(2);
    assert!(unknown.err.contains("there is no fleet \"rest\"") && unknown.err.contains("own"), "{}", unknown.err);
}

#[test]
fn a_fan_has_its_target_and_the_same_bytes_for_the_same_seed() {
    let desk = Desk::new();
    let overflow = scenario("hybrid-overflow");
    let asked = |seed: &'static str| [overflow.as_str(), "--draws", "400", "--seed", seed, "--target-percent", "65"];
    let (says, one) = draw(&desk, "fan", &asked("3"));
    assert_eq!(one, draw(&desk, "fan", &asked("3")).1);
    assert_ne!(one, draw(&desk, "fan", &asked("4")).1);
    assert!(words(&one).contains(&"target 65%"));
    let found =
        desk.json(&["scenario", "simulate", &overflow, "--draws", "400", "--seed", "3", "--target-percent", "65"]);
    let share = found["scenarios"][0]["reaches_target"]["probability"].as_f64().unwrap();
    assert!(says.contains(&format!("65% or more in {:.0}% of the draws", share * 100.0)), "{says}");
    let month = &found["scenarios"][0]["months"][11];
    let quarter = |key: &str| month[key].as_f64().unwrap();
    let rising = ["p10", "p25", "p50", "p75", "p90"].map(quarter);
    assert!(rising.is_sorted(), "{rising:?}");

    let nothing = refused(&desk, "fan", &[&scenario("provider-day")]).ends(1);
    assert!(nothing.err.contains("no assumption has a range"), "{}", nothing.err);
}

#[test]
fn a_tornado_and_a_two_way_table_show_what_the_tables_say() {
    let desk = Desk::new();
    let overflow = scenario("hybrid-overflow");
    let (says, svg) = draw(&desk, "tornado", &[&overflow]);
    let table = desk.json(&["scenario", "sensitivity", &overflow]);
    assert_eq!(text(&table["bars"][0], "path"), "demand.requests_per_month");
    assert!(says.contains("; Requests from $"), "{says}");
    let shown = words(&svg);
    assert!(shown.contains(&"Requests, /month") && shown.contains(&"input low") && shown.contains(&"input high"));

    let paths = ["--x", "component.own.usd_per_gpu_hour", "--y", "demand.requests_per_month", "--target-percent", "70"];
    let (says, svg) = draw(&desk, "two-way", &[&[overflow.as_str()], paths.as_slice()].concat());
    let shown = words(&svg);
    assert!(shown.iter().any(|words| words.starts_with("line: the target of 70.0%")), "{shown:?}");
    assert!(shown.contains(&"own: GPU price, $/h →") && shown.contains(&"↑ Requests, /month"), "{shown:?}");
    let found = desk.json(&["scenario", "sensitivity", &overflow, "--two-way", paths[1], paths[3]]);
    let corner = found["cells"][0][0]["gross_margin_percent"].as_f64().unwrap();
    assert!(says.contains(&format!("{corner:.1}% at 1.6 and 700")), "{says}");
    let unknown = refused(&desk, "two-way", &[&overflow, "--x", "demand.nothing"]);
    assert!(unknown.err.contains("demand.nothing is no number that can be moved"), "{}", unknown.err);
    assert!(
        refused(&desk, "tornado", &[&overflow, &scenario("hybrid-four-gpus")])
            .ends(2)
            .err
            .contains("shows one scenario, not 2")
    );
}

#[test]
fn cost_by_volume_and_the_front() {
    let desk = Desk::new();
    let (overflow, four) = (scenario("hybrid-overflow"), scenario("hybrid-four-gpus"));
    let (says, svg) = draw(&desk, "cost-by-volume", &[&overflow, &four]);
    assert!(words(&svg).contains(&"requests a month"));
    assert!(says.contains("Hybrid, four GPUs never earns the most"), "{says}");
    assert!(refused(&desk, "cost-by-volume", &[&overflow]).ends(2).err.contains("a comparison needs two scenarios"));

    let (says, _) = draw(&desk, "front", &[&scenario("optimise-hybrid"), &overflow]);
    assert!(says.contains("wins with a gross margin of $"), "{says}");
    assert!(refused(&desk, "front", &[&overflow]).ends(2).err.contains("the file has no [optimise]"));
}

#[test]
fn every_chart_of_scenarios_is_a_picture_too_and_other_charts_take_no_files() {
    let desk = Desk::new();
    let (overflow, four) = (scenario("hybrid-overflow"), scenario("hybrid-four-gpus"));
    let (one, two) = ([overflow.as_str()].to_vec(), [overflow.as_str(), four.as_str()].to_vec());
    let charts = [
        ("bridge", &two),
        ("tornado", &one),
        ("two-way", &one),
        ("capacity-week", &one),
        ("cost-by-volume", &two),
        ("compare", &two),
    ];
    for (name, files) in charts {
        let file = desk.path(&format!("{name}.png"));
        let options = ["--dark", "--width", "640", "--height", "360", "--quiet", "-o", file.to_str().unwrap()];
        desk.run(&[&["chart", name], files.as_slice(), &options].concat()).ends(0);
        assert!(std::fs::read(&file).unwrap().starts_with(b"\x89PNG"), "{name}");
        assert_eq!(draw(&desk, name, files).1, draw(&desk, name, files).1, "{name}: the same bytes");
    }
    let files = refused(&desk, "margin-trend", &[&overflow]).ends(2);
    assert!(files.err.contains("files belong to charts of scenarios"), "{}", files.err);
}

/// 1 M requests growing by 10 % a month at 0.0015 USD from an API, or on GPUs of 10 tokens/s at 0.50 USD: 4, 5, 5, 6, 6, 7, 7,
/// 8, 9, 9, 11 and 11 of them, by hand, cost less than the API in months 1, 7, 8, 10 and 12. So the lead changes in months 2, 7,
/// 9, 10, 11 and 12.
#[test]
fn every_change_of_the_lead_is_marked_and_the_lasting_one_named() {
    let desk = Desk::new();
    let file = |name: &str, served: &str| {
        desk.file(
            &format!("{name}.toml"),
            format!(
                "[scenario]\nname = \"{name}\"\nstart = \"2026-11\"\nmonths = 12\n[demand]\nrequests_per_month = 1000000\n\
                 growth_percent_per_month = 10\ninput_tokens_per_request = 1000\noutput_tokens_per_request = 100\n\
                 [revenue]\nusd_per_request = 0.01\n[architecture]\n{served}\n"
            ),
        )
    };
    let api = file(
        "api",
        "kind = \"api\"\nprovider = \"anthropic\"\nmodel = \"claude-haiku-4-5\"\npriced_at = \"2026-10-31\"",
    );
    let own =
        file("own", "kind = \"own-gpus\"\ngpu = \"H100\"\noutput_tokens_per_s_per_gpu = 10\nusd_per_gpu_hour = 0.5");
    let compared = desk.json(&["scenario", "compare", &api, &own]);
    let ahead = compared["break_even"].as_array().unwrap().iter().find(|each| each["winner"] == "api");
    assert_eq!(ahead.unwrap()["months"], serde_json::json!([[2, 6], [9, 9], [11, 11]]));

    let (_, svg) = draw(&desk, "compare", &[&api, &own]);
    let bands = svg.lines().filter(|line| line.contains("0.12")).count();
    assert_eq!(bands, 6, "{svg}");
    let named: Vec<&str> = words(&svg).into_iter().filter(|words| words.starts_with("break-even")).collect();
    assert_eq!(named, ["break-even to the end"], "one name, at the last");

    let (_, svg) = draw(&desk, "cost-by-volume", &[&api, &own]);
    let last = words(&svg).into_iter().filter(|words| words.ends_with(" for good")).count();
    assert_eq!(last, 1, "{:?}", words(&svg));
}
