//! What the margin may be called: gross margin once the general ledger's lines are part of cost of revenue, and
//! infrastructure margin before (design §7).

use std::collections::BTreeSet;

use marginline_model::Month;

use super::Period;
use crate::facts::Facts;
use crate::rules::CostClass;
use crate::subject::GENERAL_LEDGER;
use crate::view::MonthBasis;

/// Months of a period in which lines of the general ledger are cost of revenue.
#[must_use]
pub fn months_with_books(facts: &Facts, period: Period, basis: MonthBasis) -> BTreeSet<Month> {
    facts
        .costs
        .iter()
        .filter(|fact| fact.currency == facts.rules.currency && period.has(fact.month(basis)))
        .filter(|fact| {
            let subject = &facts.subjects[fact.subject];
            subject.class == CostClass::CostOfRevenue
                && subject.columns.get("source").is_some_and(|source| source == GENERAL_LEDGER)
        })
        .map(|fact| fact.month(basis))
        .collect()
}

/// The headline, by those months.
#[must_use]
pub fn headline(with_books: &BTreeSet<Month>) -> &'static str {
    if with_books.is_empty() { "Infrastructure margin" } else { "Gross margin" }
}

/// What the headline leaves open, in words; nothing where every month has the general ledger.
#[must_use]
pub fn caveat(with_books: &BTreeSet<Month>, period: Period) -> Option<String> {
    if with_books.is_empty() {
        return Some(
            "without a general ledger this is infrastructure margin: no people, payment fees or support cost".into(),
        );
    }
    let without: Vec<String> =
        period.months().filter(|month| !with_books.contains(month)).map(|month| month.to_string()).collect();
    (!without.is_empty()).then(|| {
        format!("no general ledger in {}: people, payment fees and support cost are missing there", without.join(", "))
    })
}
