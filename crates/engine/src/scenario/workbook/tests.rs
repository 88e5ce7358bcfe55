//! Every formula gives the engine's figure, names never become formulas, and inputs that change change the rest.

use std::collections::BTreeMap;

use marginline_model::Money;

use super::book::{Book, Content};
use super::expression::At;
use crate::prices::PriceBook;
use crate::scenario::Run;
use crate::scenario::compare::{Asked, Comparison};
use crate::scenario::file::parse;
use crate::scenario::resolve::resolve;

const OWN: &str = r#"
[scenario]
name = "=cmd|' /C calc'!A0"
start = "2026-11"
months = 12

[demand]
requests_per_month = { value = 1000000, source = "=HYPERLINK(\"x\")" }
growth_percent_per_month = 10
churn_percent_per_month = 2
retry_percent = 3
input_tokens_per_request = 1000
output_tokens_per_request = 100
hour_of_week = "consumer-chat"
month_of_year_percent = [90, 100, 100, 100, 100, 100, 100, 100, 100, 110, 120, 130]

[revenue]
usd_per_request = 0.01
price_change_percent_per_month = -1

[architecture]
kind = "own-gpus"
gpu = "H100 SXM"
output_tokens_per_s_per_gpu = 10
input_tokens_per_s_per_gpu = 5000
usd_per_gpu_hour = 2
price_change_percent_per_month = -2
gpus_per_unit = 2
spare_units = 1
committed = [{ gpus = 4, usd_per_gpu_hour = 1.3, to_month = 6, upfront_percent = 50 }]
spot = { share_percent = 30, usd_per_gpu_hour = 0.9, useful_percent = 90 }

[[cost]]
label = "Platform"
usd_per_month = 500
every_months = 3
price_change_percent_per_month = 1

[[cost]]
label = "Fees"
usd_per_request = 0.0001
usd_per_mtok = 0.02
revenue_percent = 3

[[cost]]
label = "Gateway"
units = { requests_per_s_per_unit = 0.2, usd_per_unit_month = 70, spare_units = 1 }
from_month = 2

[migration]
usd = 2000
people_weeks = 2
usd_per_person_week = 1500
weeks_to_live = 6
"#;

/// The same demand on two fleets that hand on: half of the formulas are not plain arithmetic.
const LINKED: &str = r#"
[scenario]
name = "Two"
start = "2026-11"
months = 12

[demand]
requests_per_month = 1000000
input_tokens_per_request = 1000
output_tokens_per_request = 100

[revenue]
usd_per_request = 0.01

[[component]]
name = "one"
kind = "own-gpus"
gpu = "H100 SXM"
output_tokens_per_s_per_gpu = 10
usd_per_gpu_hour = 2
gpus = 2
overflow_to = "two"

[[component]]
name = "two"
kind = "own-gpus"
gpu = "L40S"
output_tokens_per_s_per_gpu = 4
usd_per_gpu_hour = 0.7
autoscaled = true
share_percent = 0

[finance]
discount_percent_per_year = 8
"#;

const API: &str = r#"
[scenario]
name = "API"
start = "2026-11"
months = 12

[demand]
requests_per_month = 1000000
growth_percent_per_month = 3
retry_percent = 2
input_tokens_per_request = 700
cache_read_tokens_per_request = 300
output_tokens_per_request = 100

[revenue]
usd_per_request = 0.01

[architecture]
kind = "api"
provider = "anthropic"
model = "claude-haiku-4-5"
priced_at = "2026-10-31"
batch_percent = 20
usd_per_request = 0.00001
tokenizer_ratio = 1.1
verbosity = 1.3
price_change_percent_per_month = -1.5
"#;

fn comparison() -> Comparison {
    let prices = PriceBook::default();
    let run = |(id, text): (&str, &str)| Run::of(resolve(id, &parse(text).unwrap(), None, &prices).unwrap()).unwrap();
    Comparison { runs: [("two", LINKED), ("own", OWN), ("api", API)].map(|text| run(text).into()).to_vec() }
}

fn formulas(book: &Book) -> BTreeMap<String, (At, f64)> {
    let mut found = BTreeMap::new();
    for (page, sheet) in book.pages.iter().enumerate() {
        for ((row, column), (content, _)) in &sheet.cells {
            if let Content::Formula(_, result) = content {
                let at = At { page, row: *row, column: *column };
                found.insert(book.name(at, usize::MAX), (at, *result));
            }
        }
    }
    found
}

#[test]
fn every_formula_comes_to_what_stands_beside_it_when_all_is_filled() {
    let book = comparison().book(&Asked::default()).unwrap();
    let all = formulas(&book);
    for (name, (at, result)) in &all {
        let Content::Formula(formula, _) = &book.pages[at.page].cells[&(at.row, at.column)].0 else { panic!("{name}") };
        let text = formula.text(at.page, &book);
        assert_eq!(formula.value(&book), Some(*result), "{name}: {text}");
        assert!(!text.contains("cmd") && !text.contains("HYPERLINK"), "{text}");
    }
    assert!(all.len() > 300, "{} formulas", all.len());
}

/// The figures of the engine, found by head and row, to the cent; and each of them is a formula.
#[test]
fn months_are_formulas_and_equal_the_engine_to_the_cent() {
    let comparison = comparison();
    let book = comparison.book(&Asked::default()).unwrap();
    let page = book.pages.iter().position(|page| page.name == "Months 2").unwrap();
    let column = |head: &str| {
        let is_it = |(_, (content, _)): &(&(u32, u16), &(Content, _))| *content == Content::Text(head.to_owned());
        book.pages[page].cells.iter().filter(|((row, _), _)| *row == 3).find(is_it).unwrap().0.1
    };
    let run = &comparison.runs[1];
    let check = |head: &str, of: &dyn Fn(usize) -> f64| {
        for month in 0..12 {
            let at = (4 + u32::try_from(month).unwrap(), column(head));
            let Some((Content::Formula(_, found), _)) = book.pages[page].cells.get(&at) else {
                panic!("{head} of month {month} is a formula: {:?}", book.pages[page].cells.get(&at))
            };
            assert!((found - of(month)).abs() < 0.005, "{head} of month {month}: {found}");
        }
    };
    let usd = |amount: Money| amount.to_f64();
    check("Revenue", &|month| usd(run.months[month].revenue));
    check("GPU hours: cost", &|month| usd(run.months[month].lines[0].1));
    check("GPU hours: GPUs provided", &|month| f64::from(run.months[month].capacity.unwrap().gpus_provided));
    check("Cost of revenue", &|month| usd(run.months[month].cogs));
    check("Gross margin", &|month| usd(run.months[month].margin()));
    check("Cash paid", &|month| usd(run.cash().unwrap()[month]));
    let gain = comparison.gain(1).unwrap().unwrap();
    check("Gain over the first", &|month| gain.by_month_usd[month]);
}

/// A request of the API by hand: 770 tokens at 1 USD, 330 cached at 0.10, 143 out at 5, a fifth of it at half the price,
/// and a fee of 0.00001: 0.9 × (770 + 33 + 715) ÷ 10⁶ + 0.00001 = 0.0013762 USD; with 2 % retries 1,403.724 USD.
#[test]
fn an_api_by_hand() {
    let comparison = comparison();
    let book = comparison.book(&Asked::default()).unwrap();
    let page = book.pages.iter().find(|page| page.name == "Months 3").unwrap();
    let is_it = |content: &Content| *content == Content::Text("AI provider: cost".to_owned());
    let column = page.cells.iter().find(|((row, _), (content, _))| *row == 3 && is_it(content)).unwrap().0.1;
    for month in 0..12 {
        let Content::Formula(_, found) = page.cells[&(4 + month, column)].0 else {
            panic!("month {month} is a formula")
        };
        let exact = 1e6 * 1.02 * 0.001_376_2 * (1.03 * 0.985_f64).powi(i32::try_from(month).unwrap());
        assert!((found - exact).abs() <= 0.005 + 1e-9, "{found}, expected {exact}");
    }
}

#[test]
fn what_is_no_plain_arithmetic_is_a_value_and_its_sums_are_formulas() {
    let comparison = comparison();
    let book = comparison.book(&Asked::default()).unwrap();
    let page = book.pages.iter().find(|page| page.name == "Months 1").unwrap();
    let column = |head: &str| {
        let is_it = |content: &Content| *content == Content::Text(head.to_owned());
        page.cells.iter().find(|((row, _), (content, _))| *row == 3 && is_it(content)).unwrap().0.1
    };
    assert!(matches!(page.cells[&(4, column("two: cost"))].0, Content::Value(_)), "it follows the hours");
    assert!(matches!(page.cells[&(4, column("one: requests"))].0, Content::Value(_)), "it hands on");
    assert!(matches!(page.cells[&(4, column("Cost of revenue"))].0, Content::Formula(..)));
}

#[test]
fn changing_an_input_changes_the_margin_as_running_it_anew_does() {
    let mut comparison = comparison();
    let mut book = comparison.book(&Asked::default()).unwrap();
    let page = book.pages.iter().position(|page| page.name == "Inputs").unwrap();
    let is_it = |content: &Content| *content == Content::Text("Growth".to_owned());
    let (row, _) = *book.pages[page].cells.iter().find(|(_, (content, _))| is_it(content)).unwrap().0;
    // The second scenario stands in the fifth column.
    let cell = book.pages[page].cells.get_mut(&(row, 4)).unwrap();
    assert_eq!(cell.0, Content::Input(10.0));
    cell.0 = Content::Input(4.0);
    // As a spreadsheet does: again and again until nothing moves.
    for _ in 0..12 {
        for (at, _) in formulas(&book).into_values() {
            let Content::Formula(formula, _) = book.pages[at.page].cells[&(at.row, at.column)].0.clone() else {
                continue;
            };
            let Some(value) = formula.value(&book) else { continue };
            book.pages[at.page].cells.get_mut(&(at.row, at.column)).unwrap().0 = Content::Formula(formula, value);
        }
    }
    let text = OWN.replace("growth_percent_per_month = 10", "growth_percent_per_month = 4");
    let prices = PriceBook::default();
    comparison.runs[1] = Run::of(resolve("own", &parse(&text).unwrap(), None, &prices).unwrap()).unwrap().into();
    let again = comparison.book(&Asked::default()).unwrap();
    let (moved, anew) = (formulas(&book), formulas(&again));
    // The same change made in the written file and recomputed by another program: Python's `formulas` 1.3.4 over the
    // workbook of these three scenarios, cells of the second on the page that compares. Present value in Python from the
    // margins of both: −5,000 + Σ (live × own + (1 − live) × first) ÷ 1.1^(t/12), live after 6 ÷ (365.25 ÷ 84) months.
    let compare = book.pages.iter().position(|page| page.name == "Compare").unwrap();
    let recomputed = [
        ("Revenue, USD", 131_240.06),
        ("Cost of revenue, USD", 129_948.46),
        ("Gross margin, USD", 1_291.60),
        ("Cash paid, USD", 134_948.46),
        ("Present value, moving in and waiting counted, USD", 2_220.01),
        ("Present value against the first, USD", -49_406.29),
        ("Margin gained by month 12, USD", -51_508.76),
    ];
    for (label, expected) in recomputed {
        let is_it = |content: &Content| *content == Content::Text(label.to_owned());
        let row = book.pages[compare].cells.iter().find(|(_, (content, _))| is_it(content)).unwrap().0.0;
        let found = book.number(At { page: compare, row, column: 2 }).unwrap();
        assert!((found - expected).abs() < 0.005, "{label}: {found}, recomputed {expected}");
    }
    let months: Vec<_> = moved.iter().filter(|(name, _)| name.contains("Months 2")).collect();
    assert!(months.len() > 100);
    for (name, (_, found)) in months {
        let expected = anew.get(name).unwrap_or_else(|| panic!("{name} is a formula in both")).1;
        assert!((found - expected).abs() <= 0.005 + 1e-9 * expected.abs(), "{name}: {found}, expected {expected}");
    }
}

#[test]
fn the_file_is_a_workbook_and_words_stay_words() {
    let comparison = comparison();
    let bytes = comparison.workbook(&Asked::default()).unwrap();
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut formulas = 0;
    for at in 0..archive.len() {
        let mut file = archive.by_index(at).unwrap();
        let mut text = String::new();
        if file.name().unwrap().starts_with("xl/worksheets/") {
            std::io::Read::read_to_string(&mut file, &mut text).unwrap();
            for part in text.split("<f>").skip(1) {
                let formula = part.split("</f>").next().unwrap();
                assert!(!formula.contains("cmd") && !formula.contains("HYPERLINK"), "{formula}");
                formulas += 1;
            }
        }
    }
    assert!(formulas > 300, "{formulas}");
    assert!(comparison.runs[0].workbook().unwrap().starts_with(b"PK"));
}
