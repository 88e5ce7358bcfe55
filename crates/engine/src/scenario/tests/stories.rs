//! Each new key by itself, with figures that can be checked by hand.

use super::{PLAIN, resolved, run};
use crate::scenario::file::{parse, patched, with_series};
use crate::scenario::resolve::resolve;

fn with(text: &str) -> String {
    format!("{PLAIN}\n{text}")
}

/// Cost of a line by month.
fn line(text: &str, label: &str) -> Vec<f64> {
    let run = run(text);
    let of = |month: &marginline_model::scenario::MonthResult| {
        month.lines.iter().find(|line| line.label == label).unwrap_or_else(|| panic!("no line {label:?}")).usd
    };
    run.projected.iter().map(of).collect()
}

fn costs(text: &str, label: &str, expected: &[f64]) {
    let found = line(text, label);
    let near = |(a, b): (&f64, &f64)| (a - b).abs() <= 1e-9 * b.abs().max(1.0);
    assert!(
        found.len() == expected.len() && found.iter().zip(expected).all(near),
        "{label}: {found:?}, expected {expected:?}"
    );
}

#[test]
fn a_pasted_column_is_the_demand_and_its_last_month_goes_on() {
    let text = with_series(PLAIN, "demand.requests_by_month", &["1000000".into(), "3000000".into()]).unwrap();
    assert!(!text.contains("requests_per_month"), "{text}");
    let text =
        text.replace("months = 2", "months = 3").replace("[revenue]", "growth_percent_per_month = 10\n\n[revenue]");
    let requests: Vec<f64> = run(&text).projected.iter().map(|month| month.totals.requests).collect();
    assert_eq!(requests[..2], [1_000_000.0, 3_000_000.0]);
    assert!((requests[2] - 3_300_000.0).abs() < 1e-6, "the last month grows on: {requests:?}");
    let text = with_series(&text, "revenue.usd_per_request_by_month", &["0.01".into(), "0.02".into()]).unwrap();
    let revenue: Vec<f64> = run(&text).projected.iter().map(|month| month.totals.revenue_usd.round()).collect();
    assert_eq!(revenue, [10_000.0, 60_000.0, 66_000.0]);
    let text = with_series(&text, "architecture.usd_per_gpu_hour_by_month", &["2".into(), "1".into()]).unwrap();
    // 100 M tokens are 38.58/s: 4 GPUs; 300 M in 744 hours are 112/s: 12; 330 M in January 123.2/s: 13.
    costs(&text, "GPU hours", &[4.0 * 720.0 * 2.0, 12.0 * 744.0, 13.0 * 744.0]);
    let told = &run(&text).json()["series"];
    let paths: Vec<&str> = told.as_array().unwrap().iter().filter_map(|each| each["path"].as_str()).collect();
    let prices = "architecture.usd_per_gpu_hour_by_month";
    assert_eq!(paths, ["demand.requests_by_month", "revenue.usd_per_request_by_month", prices]);
    assert_eq!(told[0]["values"], serde_json::json!([1e6, 3e6]));
    assert!(with_series(PLAIN, "demand.growth", &["1".into()]).is_err());
    assert!(with_series(PLAIN, "demand.requests_by_month", &["many".into()]).is_err());
}

#[test]
fn a_series_and_one_number_are_not_both_stated() {
    let both = with("[[cost]]\nlabel = \"x\"\nusd_per_month = 1\nusd_by_month = [1]\n");
    assert!(parse(&both).unwrap_err().to_string().contains("leave one out"));
    let empty = with("[[cost]]\nlabel = \"x\"\nusd_by_month = []\n");
    assert!(parse(&empty).unwrap_err().to_string().contains("0 months"));
    let both = PLAIN.replace("requests_per_month", "requests_by_month = [1]\nrequests_per_month");
    assert!(parse(&both).unwrap_err().to_string().contains("both requests_per_month and requests_by_month"));
    costs(&with("[[cost]]\nlabel = \"x\"\nusd_by_month = [100, 40]\n"), "x", &[100.0, 40.0]);
}

#[test]
fn a_faster_engine_needs_fewer_gpus_and_a_second_region_twice_as_many() {
    let priced = PLAIN.replace("usd_per_gpu_hour = 0", "usd_per_gpu_hour = 1");
    // 38.58 tokens/s at 10 a GPU are 4 GPUs; at 15 they are 3.
    costs(&priced.replace("months = 2", "months = 1"), "GPU hours", &[4.0 * 720.0]);
    let faster = priced.replace("months = 2", "months = 1") + "speedup = 1.5\n";
    costs(&faster, "GPU hours", &[3.0 * 720.0]);
    let two = run(&(faster + "\n[availability]\ncopies = 2\n"));
    assert!((two.projected[0].totals.cost_usd - 6.0 * 720.0).abs() < 1e-9);
    let capacity = two.projected[0].capacity.unwrap();
    assert_eq!((capacity.gpus_needed, capacity.gpus_provided), (6, 6));
    // 38.58 ÷ 90 of all are busy; one copy alone would have 1 − 38.58 ÷ 45 to spare.
    assert!((capacity.utilisation - 0.428_669_4).abs() < 1e-6 && (capacity.headroom - 0.142_661_2).abs() < 1e-6);
}

#[test]
fn batch_work_waits_for_its_hours() {
    // By day (06 to 22) 1.5, at night nothing: half of all of it may wait for the night, and then both are alike:
    // 0.75 by day, 0.5 × 24 ÷ 8 = 1.5 at night. Over all hours the peak would be 1.
    let week = format!(
        "hour_of_week = {:?}",
        (0..24).map(|h| if (6..22).contains(&h) { 1.5 } else { 0.0 }).collect::<Vec<_>>()
    );
    let text = PLAIN.replace("gpu = \"", &format!("{week}\nbatch_percent = 50\nbatch_hours = \"22-06\"\ngpu = \""));
    let peak = |text: &str| resolved(text).inputs.components[0].load.peak();
    assert!((peak(&text) - 1.5).abs() < 1e-12);
    assert!((peak(&text.replace("batch_hours = \"22-06\"\n", "")) - 1.0).abs() < 1e-12);
    let error = parse(&text.replace("22-06", "night")).unwrap_err().to_string();
    assert!(error.contains("architecture: batch_hours: \"night\" is no span of hours"), "{error}");
}

#[test]
fn an_outage_costs_what_is_at_risk_in_the_hours_down() {
    // 10,000 USD a month; 87.6 of 8,760 hours are a hundredth, and half of that is at risk.
    let text = with("[availability]\nhours_down_per_year = 87.6\nrevenue_at_risk_percent = 50\n");
    costs(&text, "Expected outage", &[50.0, 50.0]);
    costs(&with("[availability]\npercent = 99.9\n"), "Expected outage", &[10.0, 10.0]);
    let both = with("[availability]\npercent = 99.9\nhours_down_per_year = 1\n");
    assert!(parse(&both).unwrap_err().to_string().contains("availability: both"));
}

#[test]
fn people_samples_and_stored_data() {
    let cost = |keys: &str| with(&format!("[[cost]]\nlabel = \"x\"\n{keys}"));
    costs(&cost("people = 1.5\nusd_per_person_month = 8000\n"), "x", &[12_000.0, 12_000.0]);
    // 2 % of a million requests at a tenth of a cent.
    costs(&cost("sampled_percent = 2\nusd_per_sampled_request = 0.001\n"), "x", &[20.0, 20.0]);
    // A million requests add 100 GB a month: 100 and 200 GB at 0.02; kept for one month always 100.
    let stored = "gb_per_request = 0.0001\nusd_per_gb_month = 0.02\n";
    costs(&cost(stored), "x", &[2.0, 4.0]);
    costs(&cost(&format!("{stored}keep_months = 1\n")), "x", &[2.0, 2.0]);
    costs(&cost(&format!("{stored}from_month = 2\n")), "x", &[0.0, 2.0]);
    for (keys, words) in [
        ("people = 1\n", "people needs usd_per_person_month"),
        ("usd_per_gb_month = 1\n", "usd_per_gb_month needs gb_per_request"),
    ] {
        let error = parse(&cost(keys)).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
}

#[test]
fn retraining_comes_again_and_replicas_stand_beside() {
    let text = with(
        "[[cost]]\nlabel = \"x\"\nretraining = { every_months = 2, gpu_hours = 512, usd_per_gpu_hour = 2.5, people_weeks = 1, usd_per_person_week = 3000 }\n",
    );
    costs(&text, "x", &[512.0 * 2.5 + 3_000.0, 0.0]);
    let own = PLAIN.to_owned() + "retraining = { every_months = 1, gpu_hours = 100, usd_per_gpu_hour = 2 }\n";
    costs(&own, "GPU hours: retraining", &[200.0, 200.0]);
    // 0.386 requests a second need two databases of 0.2; each has a replica, in both regions: 8 at 10 USD.
    let units = "[[cost]]\nlabel = \"x\"\nper_copy = true\nunits = { requests_per_s_per_unit = 0.2, usd_per_unit_month = 10, replicas = 1 }\n\n[availability]\ncopies = 2\n";
    costs(&with(units).replace("months = 2", "months = 1"), "x", &[80.0]);
}

#[test]
fn networks_are_paid_by_gigabyte_and_hour_and_looked_up() {
    let cost = |network: &str| with(&format!("[[cost]]\nlabel = \"x\"\nnetwork = {{ {network} }}\n"));
    // A million requests of 0.001 GB: 1,000 GB at 0.045, and two gateways for 720 and 744 hours at 0.05.
    let nat = "kind = \"nat\", gb_per_request = 0.001, usd_per_gb = 0.045, gateways = 2, usd_per_hour = 0.05";
    costs(&cost(nat), "x", &[45.0 + 72.0, 45.0 + 74.4]);
    // The book's price from Frankfurt is 0.09 a GB, with 100 GB a month free.
    let book = "kind = \"egress\", gb_per_request = 0.001, cloud = \"aws\", region = \"eu-central-1\", priced_at = \"2026-11-21\"";
    costs(&cost(book), "x", &[81.0, 81.0]);
    assert!(resolved(&cost(book)).notes.iter().any(|note| note.contains("data to internet from eu-central-1")));
    let twice = cost(book) + "\n[[cost]]\nlabel = \"y\"\n" + &format!("network = {{ {book} }}\n");
    costs(&twice, "y", &[90.0, 90.0]);
    let says = |network: &str, words: &str| {
        let error = parse(&cost(network)).and_then(|file| resolve("x", &file, None, super::prices()));
        let error = error.unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    };
    says("kind = \"egress\", gb_per_request = 1", "state usd_per_gb, or cloud to look it up");
    says("kind = \"nat\", gb_per_request = 1", "the price book has no prices of nat");
    says(&book.replace("eu-central-1", "mars-1"), "unpriced: data to internet from mars-1 of aws");
}

#[test]
fn other_currencies_are_worth_their_rate() {
    let euro = with(
        "[exchange_rates]\nEUR = 1.1\n\n[[cost]]\nlabel = \"x\"\ncurrency = \"EUR\"\nusd_per_month = 1000\nrevenue_percent = 1\n",
    );
    // A share of revenue is in USD already.
    costs(&euro, "x", &[1_200.0, 1_200.0]);
    let error = parse(&euro.replace("EUR = 1.1\n", "")).unwrap_err().to_string();
    assert!(error.contains("cost.x.currency is \"EUR\", which has no exchange rate"), "{error}");
    let sold = euro.replace("usd_per_request = 0.01", "usd_per_request = 0.01\ncurrency = \"EUR\"");
    assert!((run(&sold).projected[0].totals.revenue_usd - 11_000.0).abs() < 1e-9);
    assert!(parse(&euro.replace("EUR = 1.1", "eur = 1.1")).is_err());
}

#[test]
fn a_rate_month_by_month_goes_on_from_its_last() {
    let text =
        "[exchange_rates]\nEUR = [1.1, 1.2]\n\n[[cost]]\nlabel = \"x\"\ncurrency = \"EUR\"\nusd_per_month = 1000\n";
    let euro = with(text).replace("months = 2", "months = 3");
    costs(&euro, "x", &[1_100.0, 1_200.0, 1_200.0]);
    let sold = euro.replace("usd_per_request = 0.01", "usd_per_request = 0.01\ncurrency = \"EUR\"");
    let revenue: Vec<f64> = run(&sold).projected.iter().map(|month| month.totals.revenue_usd.round()).collect();
    assert_eq!(revenue, [11_000.0, 12_000.0, 12_000.0]);
    let told = &run(&euro).json()["series"];
    assert_eq!(told[0]["path"], "exchange_rates.EUR");
    let patch = "[base]\nscenario = \"below\"\n[exchange_rates]\nEUR = { values = [2], source = \"desk\" }\n";
    let whole = patched("mine", patch, &|_| Some(euro.clone())).unwrap();
    costs(&whole, "x", &[2_000.0, 2_000.0, 2_000.0]);
    for wrong in ["EUR = [1.1, 0]", "EUR = []"] {
        let error = parse(&euro.replace("EUR = [1.1, 1.2]", wrong)).unwrap_err().to_string();
        assert!(error.contains("exchange_rates.EUR: "), "{error}");
    }
}

#[test]
fn what_the_model_refuses_is_told_by_the_files_keys() {
    let says = |text: &str, words: &str| {
        let error = parse(text).and_then(|file| resolve("x", &file, None, super::prices())).unwrap_err().to_string();
        assert!(error.contains(words), "{words}: {error}");
    };
    let waits = |share: &str| {
        PLAIN.to_owned()
            + &format!(
                "waiting = {{ slots_per_unit = 0, longest_in_service_times = 0.1, in_time_percent = {share} }}\n"
            )
    };
    says(&waits("100"), "architecture.waiting.in_time_percent is 100, expected 0 to 99.9999");
    says(&waits("90"), "architecture.waiting.slots_per_unit is 0, expected 1 to 10000");
    says(
        &(PLAIN.to_owned() + "weeks_to_live = 4\n"),
        "architecture.until_live is empty, expected who serves until it is live",
    );
    says(
        &(PLAIN.to_owned() + "weeks_to_live = 1000\n"),
        "architecture.weeks_to_live is 1000, expected 0 to 521.785714",
    );
    says(&(PLAIN.to_owned() + "failed_percent = 4\n"), "architecture.fallback_to is empty");
    says(
        &(PLAIN.to_owned() + "committed = [{ gpus = 2000000, usd_per_gpu_hour = 1 }]\n"),
        "architecture.committed.1.gpus is 2000000",
    );
    let cost = with(
        "[[cost]]\nlabel = \"x\"\nunits = { requests_per_s_per_unit = 1, usd_per_unit_month = 1, spare_units = 9000000 }\n",
    );
    says(&cost, "cost.x.units.spare_units is 9000000, expected 0 to 1000000");
}

#[test]
fn a_misspelt_key_is_refused_wherever_it_stands() {
    for (right, wrong) in [
        ("usd_per_request = 0.01", "usd_per_request = { value = 0.01, lowest = 0 }"),
        ("requests_per_month = 1000000", "requests_by_month = { values = [1], sauce = \"x\" }"),
        ("gpu = \"H100 SXM\"", "gpu = \"H100 SXM\"\nspot = { share = 1 }"),
        ("[demand]", "[demands]"),
    ] {
        assert!(parse(&PLAIN.replace(right, wrong)).is_err(), "{wrong}");
    }
}

#[test]
fn no_price_is_no_free_lunch() {
    // A class that has no price of its own is refused as soon as a knob would use it.
    let api = PLAIN.replace(
        "kind = \"own-gpus\"\ngpu = \"H100 SXM\"\noutput_tokens_per_s_per_gpu = 10\nusd_per_gpu_hour = 0\n",
        "kind = \"api\"\nprovider = \"openai\"\nmodel = \"gpt-5.4-mini\"\npriced_at = \"2026-10-31\"\n",
    );
    let mut found = resolved(&api);
    let marginline_model::scenario::Serving::Api(served) = &found.inputs.components[0].serving else {
        panic!("an API")
    };
    assert!(served.unpriced.cache_write, "this provider lists no price of cache writes");
    let error =
        marginline_model::scenario::Knob::CacheWriteTokens.set(&mut found.inputs, 10.0).unwrap_err().to_string();
    assert!(error.contains("AI provider would use cache writes, which have no price"), "{error}");
    let ranged = api.replace("output_tokens_per_request = 100", "output_tokens_per_request = 100\ncache_write_tokens_per_request = { value = 0, low = 0, high = 20, shape = \"uniform\" }");
    let run = run(&ranged);
    let draws = crate::scenario::simulate::Draws { draws: 10, seed: 1, target_percent: 50.0 };
    let error = crate::scenario::Comparison { runs: vec![run.into()] }.simulate(draws).unwrap_err().to_string();
    assert!(error.contains("which have no price"), "{error}");
}

#[test]
fn a_day_before_the_price_list_has_no_price() {
    let api = |day: &str| {
        PLAIN.replace(
            "kind = \"own-gpus\"\ngpu = \"H100 SXM\"\noutput_tokens_per_s_per_gpu = 10\nusd_per_gpu_hour = 0\n",
            &format!("kind = \"api\"\nprovider = \"openai\"\nmodel = \"gpt-4o-mini\"\npriced_at = \"{day}\"\n"),
        )
    };
    let says = |text: &str| resolve("x", &parse(text).unwrap(), None, super::prices()).unwrap_err().to_string();
    let error = says(&api("2025-06-20"));
    assert!(error.contains("unpriced: the price list with gpt-4o-mini is of 2025-06-21, after 2025-06-20"), "{error}");
    assert!(error.contains("set priced_at to 2025-06-21 or later, import a price list of 2025-06-20"), "{error}");
    // A million requests of 1,000 and 100 tokens at 0.15 and 0.60 USD a million.
    costs(&api("2025-06-21"), "AI provider", &[210.0, 210.0]);
    let book = "kind = \"egress\", gb_per_request = 0.001, cloud = \"aws\", region = \"eu-central-1\"";
    let sent = |day: &str| with(&format!("[[cost]]\nlabel = \"x\"\nnetwork = {{ {book}, priced_at = \"{day}\" }}\n"));
    let error = says(&sent("2020-01-01"));
    assert!(error.contains("the first price in the price book is of 2026-"), "{error}");
    assert!(error.contains(", after 2020-01-01"), "{error}");
}

#[test]
fn a_line_that_is_not_due_is_a_dash_and_never_minus_nothing() {
    let text = with(
        "[[cost]]\nlabel = \"audit\"\nusd_per_month = 300\nevery_months = 2\n\n\
         [[cost]]\nlabel = \"late\"\nusd_per_month = 300\nfrom_month = 2\n\n\
         [[cost]]\nlabel = \"free\"\nusd_per_month = 0\n",
    );
    let run = run(&text);
    let of = |month: &str, label: &str| {
        let found = run.explain(Some(month.parse().unwrap()), Some(label)).unwrap();
        let table = found.table();
        let last = table.rows.last().unwrap();
        let (shown, from) = (last.cells[1].shown.clone(), last.cells[4].shown.clone());
        let told = format!("{}{}{}", found.json(), found.text(), serde_json::to_string(&table).unwrap());
        assert!(!told.contains("-0.0") && !told.contains("\"-0\"") && !told.contains("\u{2212}0"), "{told}");
        (shown, from, found.json()["lines"][0]["amount"].clone())
    };
    let nothing = |why: &str| ("–".to_owned(), why.to_owned(), serde_json::json!("0.00"));
    assert_eq!(of("2026-12", "audit"), nothing("not due in this month"));
    assert_eq!(of("2026-11", "late"), nothing("not there in this month"));
    assert_eq!(of("2026-11", "audit").2, "300.00");
    assert_eq!(of("2026-12", "free").0, "0", "a price of 0 is known");
}

#[test]
fn a_term_of_more_than_a_hundred_years_is_refused() {
    let held = |to: u32| format!("{PLAIN}committed = [{{ gpus = 1, usd_per_gpu_hour = 1, to_month = {to} }}]\n");
    assert!(parse(&held(1_200)).is_ok());
    let error = parse(&held(1_201)).unwrap_err().to_string();
    let words = "architecture: committed: to_month is 1201, expected 1 to 1200: a term of at most a hundred years";
    assert!(error.contains(words), "{error}");
}
