//! Control totals lose nothing: one amount of 12,345,678.91 beside 10,000 amounts of 24 to 28 decimals gives one
//! total in any order, and ledger + residue is that total.
//!
//! The expected total is integer arithmetic of this test alone: every amount is a whole number of 10⁻²⁸.

use bigdecimal::BigDecimal;
use bigdecimal::num_bigint::BigInt;
use marginline_tests::cli::{Desk, text};
use serde_json::Value;

const LARGE: &str = "12345678.91";
const PLACES: usize = 28;

/// A small generator with a fixed seed (the constants of Knuth's MMIX), so that the file is the same everywhere.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 11
    }
}

/// 10,000 amounts with 24 to 28 decimals, some negative, and the large one in their middle.
fn amounts() -> Vec<String> {
    let mut dice = Dice(20_261_102);
    let mut amounts: Vec<String> = (0..10_000usize)
        .map(|index| {
            let places = 24 + index % 5;
            let digits = format!("{:014}{:014}", dice.next() % 10u64.pow(14), dice.next() % 10u64.pow(14));
            let sign = if dice.next().is_multiple_of(10) { "-" } else { "" };
            format!("{sign}{}.{}", dice.next() % 3, &digits[..places])
        })
        .collect();
    amounts.insert(5_000, LARGE.to_owned());
    amounts
}

fn shuffled(amounts: &[String]) -> Vec<String> {
    let (mut dice, mut amounts) = (Dice(7), amounts.to_vec());
    for index in (1..amounts.len()).rev() {
        amounts.swap(index, (dice.next() % (index as u64 + 1)) as usize);
    }
    amounts
}

/// Whole 10⁻²⁸ of an amount.
fn units(amount: &str) -> BigInt {
    let (sign, magnitude) = amount.strip_prefix('-').map_or((1, amount), |rest| (-1, rest));
    let (whole, decimals) = magnitude.split_once('.').unwrap();
    let digits = format!("{whole}{decimals:0<PLACES$}");
    digits.parse::<BigInt>().unwrap() * sign
}

fn bill(amounts: &[String]) -> String {
    let mut text = String::from(
        "BilledCost,EffectiveCost,ListCost,BillingCurrency,BillingPeriodStart,ChargePeriodStart,ChargeCategory,ServiceName,RegionId\n",
    );
    for (index, amount) in amounts.iter().enumerate() {
        let (service, day) = (index % 7, index % 28 + 1);
        text.push_str(&format!(
            "{amount},{amount},{amount},USD,2026-10-01T00:00:00Z,2026-10-{day:02}T00:00:00Z,Usage,Service {service},eu-west-1\n"
        ));
    }
    text
}

fn decimal(text: &str) -> BigDecimal {
    text.parse().unwrap_or_else(|_| panic!("{text:?} is no decimal"))
}

/// A sum as it is written: no exponent, no zeros at the end.
fn plain(value: &BigDecimal) -> String {
    let text = value.with_scale(40).to_plain_string();
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[test]
fn one_total_in_three_orders_and_ledger_plus_residue_is_it() {
    let amounts = amounts();
    let sum: BigInt = amounts.iter().map(|amount| units(amount)).sum();
    let expected = plain(&BigDecimal::new(sum, PLACES as i64));
    assert!(expected.split_once('.').unwrap().1.len() > 20, "the total itself needs many digits: {expected}");

    let reversed: Vec<String> = amounts.iter().rev().cloned().collect();
    for (order, amounts) in [("as written", amounts.clone()), ("reversed", reversed), ("shuffled", shuffled(&amounts))]
    {
        let desk = Desk::new();
        let batches = desk.import(&[&desk.file("many.csv", bill(&amounts))]);
        assert_eq!(batches[0]["rows_stored"], 10_001, "{order}: every row is stored");
        let totals: &Value = &batches[0]["totals"][0];
        for measure in ["billed", "effective", "list"] {
            assert_eq!(text(totals, measure), expected, "{order}: {measure} of the file");
        }

        let report = desk.json(&["report", "costs", "--by", "service"]);
        for measure in ["billed", "effective", "list"] {
            let ledger = decimal(text(&report["total"], measure));
            let residue = decimal(totals[format!("{measure}_residue")].as_str().unwrap_or("0"));
            assert_eq!(plain(&(&ledger + residue)), expected, "{order}: {measure} of ledger and residue");
            let parts: BigDecimal =
                report["rows"].as_array().unwrap().iter().map(|row| decimal(text(row, measure))).sum();
            assert_eq!(parts, ledger, "{order}: the seven services are the whole");
        }
        desk.run(&["check"]).ends(0);
    }
}

#[test]
fn no_amount_vanishes_and_none_comes_from_nowhere() {
    // Ten times 4·10⁻¹⁹ is 4·10⁻¹⁸; each row rounds to nothing, so all of it is residue.
    let desk = Desk::new();
    let tiny = vec!["0.0000000000000000004".to_owned(); 10];
    let totals = desk.import(&[&desk.file("tiny.csv", bill(&tiny))])[0]["totals"][0].clone();
    assert_eq!(text(&totals, "billed"), "0.000000000000000004");
    assert_eq!(text(&totals, "billed_residue"), "0.000000000000000004", "what the ledger cannot hold is named");
    // Half a unit rounds to the even neighbour: 0.5 to 0, 1.5 to 2, so the two together have no residue.
    let desk = Desk::new();
    let halves = ["0.0000000000000000005".to_owned(), "0.0000000000000000015".to_owned()];
    let totals = desk.import(&[&desk.file("halves.csv", bill(&halves))])[0]["totals"][0].clone();
    assert_eq!(text(&totals, "billed"), "0.000000000000000002");
    assert!(totals.get("billed_residue").is_none(), "up and down cancel: {totals:#}");
    assert_eq!(text(&desk.json(&["report", "costs"])["total"], "billed"), "0.000000000000000002");
}

/// Rows of days long past are written while the rest of the file is read; one that comes late is a row of its own.
#[test]
fn a_long_file_in_order_of_time_comes_to_the_same_as_in_disorder() {
    let mut lines: Vec<(usize, String)> = (0..50_000)
        .map(|index| {
            let (day, service) = (index / 10_000 + 1, index % 5);
            (day, format!("0.{:06},USD,2026-10-01,2026-10-{day:02},Usage,Service {service}", index % 1_000 + 1))
        })
        .collect();
    lines.insert(45_000, (1, "0.5,USD,2026-10-01,2026-10-01,Usage,Service 0".to_owned()));
    let file = |lines: &[(usize, String)]| {
        let rows: Vec<String> =
            lines.iter().map(|(_, line)| format!("{},{line}", &line[..line.find(',').unwrap()])).collect();
        let header =
            "EffectiveCost,BilledCost,BillingCurrency,BillingPeriodStart,ChargePeriodStart,ChargeCategory,ServiceName";
        format!("{header}\n{}\n", rows.join("\n"))
    };
    let ordered = Desk::new();
    ordered.import(&[&ordered.file("bill.csv", file(&lines))]);
    let mut mixed = lines.clone();
    mixed.sort_by_key(|(day, line)| (line.len(), line.clone(), *day));
    let desk = Desk::new();
    desk.import(&[&desk.file("bill.csv", file(&mixed))]);
    for by in ["service", "day"] {
        let (left, right) = (ordered.run(&["report", "costs", "--by", by]), desk.run(&["report", "costs", "--by", by]));
        assert_eq!(left.ends(0).out, right.ends(0).out, "by {by}");
    }
    // Ten thousand lines a day are ten times 0.0005005 × 1,000; fifty thousand come to 25.025, and the late one.
    let total = ordered.json(&["report", "costs", "--by", "service"])["total"].clone();
    assert_eq!(text(&total, "billed"), "25.525");
    ordered.run(&["check"]).ends(0);

    // The same lines in another order: none is new, none is gone.
    let batch = ordered.import(&[&ordered.file("again.csv", file(&mixed))])[0].clone();
    let difference = &batch["difference"];
    assert_eq!((difference["same"].as_u64(), difference["added"].as_u64()), (Some(50_001), Some(0)), "{batch:#}");
    ordered.run(&["check"]).ends(0);
    ordered.run(&["undo", "2"]).ends(0);
    assert_eq!(ordered.json(&["report", "costs", "--by", "service"])["total"], total);
    ordered.run(&["check"]).ends(0);
    ordered.run(&["undo", "1"]).ends(0);
}
