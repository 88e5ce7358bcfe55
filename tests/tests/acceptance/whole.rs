//! The parts are the whole, as exact decimals: costs by every key, margin by product, customer and region.

use bigdecimal::BigDecimal;
use marginline_engine::view::{MarginBy, MonthBasis};
use marginline_tests::books::{self, ALL};
use marginline_tests::cli::text;
use serde_json::Value;

fn decimal(text: &str) -> BigDecimal {
    text.parse().unwrap_or_else(|_| panic!("{text:?} is no decimal"))
}

/// The sum of a field over rows, as an exact decimal.
fn sum<'a>(rows: impl IntoIterator<Item = &'a Value>, field: &str) -> BigDecimal {
    rows.into_iter().filter(|row| !row[field].is_null()).map(|row| decimal(text(row, field))).sum()
}

#[test]
fn the_parts_of_the_costs_are_the_whole_by_every_key() {
    let whole = books::costs("", None, MonthBasis::BillingMonth, ALL);
    for basis in [MonthBasis::BillingMonth, MonthBasis::UsageDate] {
        for by in [
            "month",
            "day",
            "provider",
            "service",
            "region",
            "account",
            "category",
            "tag:team",
            "service,region,tag:env",
        ] {
            let report = books::costs(by, None, basis, ALL);
            let rows = report["rows"].as_array().unwrap();
            for field in ["billed", "effective", "contracted", "list"] {
                let parts = sum(rows, field);
                assert_eq!(parts, decimal(text(&report["total"], field)), "{field} by {by}, {basis:?}");
                assert_eq!(parts, decimal(text(&whole["total"], field)), "{field} by {by}, {basis:?}: the whole year");
            }
            let lines: u64 = rows.iter().filter_map(|row| row["rows"].as_u64()).sum();
            assert_eq!(whole["total"]["rows"], lines, "no bill line is lost by {by}");
        }
    }
}

#[test]
fn the_parts_of_the_margin_are_the_whole_and_unassigned_is_in_sight() {
    for months in [Some(("2026-10", "2026-10")), Some(("2026-02", "2026-04")), ALL] {
        let whole = books::margin(MarginBy::Month, months)["total"].clone();
        for (by, key) in [
            (MarginBy::Month, "month"),
            (MarginBy::Product, "product"),
            (MarginBy::Customer, "customer"),
            (MarginBy::Region, "region"),
        ] {
            let report = books::margin(by, months);
            let rows = report["rows"].as_array().unwrap();
            for field in ["revenue", "cost_of_revenue", "gross_margin"] {
                assert_eq!(sum(rows, field), decimal(text(&whole, field)), "{field} by {key}, {months:?}");
            }
            let lines = |row: &Value| row["lines"].as_array().cloned().unwrap_or_default();
            for line in lines(&whole) {
                let name = text(&line, "line");
                let parts: Vec<Value> = rows.iter().flat_map(lines).filter(|part| part["line"] == name).collect();
                assert_eq!(sum(&parts, "amount"), decimal(text(&line, "amount")), "{name} by {key}, {months:?}");
            }
            if by != MarginBy::Month {
                assert!(rows.iter().any(|row| row[key].is_null()), "by {key}, what nobody was given has its row");
            }
        }
    }
}
