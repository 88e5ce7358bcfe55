//! Revenue recognition: how much of a revenue line belongs to each month.
//!
//! A subscription is earned evenly by civil day over its service period (ASC 606 / IFRS 15, ratable over
//! time); usage in the month it was used; a one-off at its invoice date; a prepaid credit only when it is
//! consumed: its purchase recognises nothing, and what consumes it is invoiced no second time.
//!
//! What is invoiced and not yet recognised is deferred: the balance of a month's end is that of its beginning plus
//! what was invoiced less what was recognised ([`roll`]).

use std::collections::BTreeMap;

use chrono::NaiveDate;
use thiserror::Error;

use crate::exact::divide_half_even;
use crate::{Money, Month};

/// Kind of a revenue line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RevenueKind {
    /// Earned by day over the service period.
    Subscription,
    /// Earned in the month of use.
    Usage,
    /// Bought ahead; earned when consumed.
    Prepaid,
    /// Consumes what was bought ahead: earned in the month of use, invoiced before.
    PrepaidUse,
    /// Earned at the invoice date.
    OneOff,
    /// Negative, in the period it corrects.
    CreditNote,
}

impl RevenueKind {
    /// All kinds with the words of the revenue CSV.
    pub const WORDS: [(&'static str, Self); 6] = [
        ("subscription", Self::Subscription),
        ("usage", Self::Usage),
        ("prepaid", Self::Prepaid),
        ("prepaid_use", Self::PrepaidUse),
        ("one_off", Self::OneOff),
        ("credit_note", Self::CreditNote),
    ];

    /// The kind a word names.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(name, _)| *name == word).map(|(_, kind)| *kind)
    }

    /// Its word in the revenue CSV.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, kind)| *kind == self).map_or("", |(name, _)| name)
    }
}

/// A revenue line that cannot be recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum RecogniseError {
    /// The period ends before it begins.
    #[error("a service period that ends after it begins")]
    EmptyPeriod,
    /// Longer than any contract.
    #[error("a service period of at most ten years")]
    TooLong,
}

/// Months with the amount earned in each; the amounts add up to `amount` exactly (to nothing for prepaid).
///
/// # Errors
/// When the service period `[start, end)` is empty or longer than ten years and the kind is earned by day.
pub fn recognise(
    kind: RevenueKind,
    amount: Money,
    invoiced: NaiveDate,
    start: NaiveDate,
    end: NaiveDate,
) -> Result<Vec<(Month, Money)>, RecogniseError> {
    match kind {
        RevenueKind::Usage | RevenueKind::PrepaidUse => Ok(vec![(Month::of(start), amount)]),
        RevenueKind::OneOff => Ok(vec![(Month::of(invoiced), amount)]),
        RevenueKind::Prepaid => Ok(Vec::new()),
        RevenueKind::Subscription | RevenueKind::CreditNote => by_day(amount, start, end),
    }
}

/// What a line asks the customer for, in the month of its invoice; `None` where it was asked for before.
#[must_use]
pub fn invoiced(kind: RevenueKind, amount: Money, date: NaiveDate) -> Option<(Month, Money)> {
    (kind != RevenueKind::PrepaidUse).then(|| (Month::of(date), amount))
}

/// A month of revenue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Balance {
    /// Invoiced and not recognised when the month began; negative where more was earned than invoiced.
    pub before: Money,
    /// Invoiced in the month.
    pub invoiced: Money,
    /// Recognised in the month.
    pub recognised: Money,
    /// Invoiced and not recognised when the month ended: `before + invoiced − recognised`.
    pub deferred: Money,
}

/// The balance of every month from the first of these months to the last of them; empty where there is none.
#[must_use]
pub fn roll(
    invoiced: impl IntoIterator<Item = (Month, Money)>,
    recognised: impl IntoIterator<Item = (Month, Money)>,
) -> BTreeMap<Month, Balance> {
    let mut moves: BTreeMap<Month, (Money, Money)> = BTreeMap::new();
    for (month, amount) in invoiced {
        moves.entry(month).or_default().0 += amount;
    }
    for (month, amount) in recognised {
        moves.entry(month).or_default().1 += amount;
    }
    let (Some(first), Some(last)) = (moves.keys().next().copied(), moves.keys().next_back().copied()) else {
        return BTreeMap::new();
    };
    let mut before = Money::ZERO;
    first
        .through(last)
        .map(|month| {
            let (invoiced, recognised) = moves.get(&month).copied().unwrap_or_default();
            let balance = Balance { before, invoiced, recognised, deferred: before + invoiced - recognised };
            before = balance.deferred;
            (month, balance)
        })
        .collect()
}

/// Cumulative rounding: what is earned up to a day is rounded once, a month is the difference of two of
/// those, so the parts always give back the whole.
fn by_day(amount: Money, start: NaiveDate, end: NaiveDate) -> Result<Vec<(Month, Money)>, RecogniseError> {
    let days = (end - start).num_days();
    if days <= 0 {
        return Err(RecogniseError::EmptyPeriod);
    }
    if days > 3_660 {
        return Err(RecogniseError::TooLong);
    }
    let earned = |until: NaiveDate| {
        let elapsed = (until.min(end) - start).num_days();
        Money::from_attos(divide_half_even(amount.attos() * i128::from(elapsed), i128::from(days)))
    };
    let (first, last) = (Month::of(start), Month::of(end.pred_opt().unwrap_or(start)));
    let mut before = Money::ZERO;
    Ok(first
        .through(last)
        .map(|month| {
            let after = earned(month.plus(1).first_day());
            let part = after - before;
            before = after;
            (month, part)
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn an_annual_plan_paid_in_january_is_earned_by_day() {
        let amount = Money::from_units(36_500);
        let months =
            recognise(RevenueKind::Subscription, amount, day("2026-01-01"), day("2026-01-01"), day("2027-01-01"))
                .unwrap();
        assert_eq!(months.len(), 12);
        assert_eq!(months[0].1, Money::from_units(3_100), "31 of 365 days at 100 a day");
        assert_eq!(months[1].1, Money::from_units(2_800));
        assert_eq!(months.iter().map(|(_, part)| *part).sum::<Money>(), amount);
    }

    #[test]
    fn prepaid_credit_earns_nothing_until_it_is_consumed() {
        let months = recognise(
            RevenueKind::Prepaid,
            Money::from_units(1),
            day("2026-01-01"),
            day("2026-01-01"),
            day("2026-02-01"),
        );
        assert_eq!(months, Ok(vec![]));
    }

    #[test]
    fn what_was_bought_ahead_is_deferred_until_it_is_used() {
        let (october, november): (Month, Month) = ("2026-10".parse().unwrap(), "2026-11".parse().unwrap());
        let usd = |whole: i128| Money::from_attos(whole * crate::money::ATTOS);
        let bought = invoiced(RevenueKind::Prepaid, usd(1000), day("2026-10-15"));
        assert_eq!(invoiced(RevenueKind::PrepaidUse, usd(300), day("2026-11-30")), None);
        let used =
            recognise(RevenueKind::PrepaidUse, usd(300), day("2026-11-30"), day("2026-11-01"), day("2026-12-01"));
        let months = roll(bought, used.unwrap());
        assert_eq!(months[&october].deferred, usd(1000));
        let after = Balance { before: usd(1000), invoiced: Money::ZERO, recognised: usd(300), deferred: usd(700) };
        assert_eq!(months[&november], after);
    }

    #[test]
    fn an_empty_period_is_refused() {
        let same = day("2026-01-01");
        assert_eq!(
            recognise(RevenueKind::Subscription, Money::ZERO, same, same, same),
            Err(RecogniseError::EmptyPeriod)
        );
    }

    proptest! {
        #[test]
        fn the_parts_give_back_the_whole(attos in -1_000_000_000_000_000_000_000_000i128..1_000_000_000_000_000_000_000_000, offset in 0i64..700, days in 1i64..800) {
            let start = day("2025-01-01") + chrono::Duration::days(offset);
            let end = start + chrono::Duration::days(days);
            let amount = Money::from_attos(attos);
            let months = recognise(RevenueKind::CreditNote, amount, start, start, end).unwrap();
            prop_assert_eq!(months.iter().map(|(_, part)| *part).sum::<Money>(), amount);
        }

        #[test]
        fn deferred_is_what_was_invoiced_and_not_yet_recognised(
            lines in proptest::collection::vec((0usize..6, -1_000_000_000_000_000_000_000i128..1_000_000_000_000_000_000_000, 0i64..700, -60i64..60, 1i64..800), 1..12)
        ) {
            let (mut asked, mut earned) = (Vec::new(), Vec::new());
            for (kind, attos, offset, late, days) in lines {
                let (_, kind) = RevenueKind::WORDS[kind];
                let start = day("2025-01-01") + chrono::Duration::days(offset);
                let (end, date) = (start + chrono::Duration::days(days), start + chrono::Duration::days(late));
                let amount = Money::from_attos(attos);
                asked.extend(invoiced(kind, amount, date));
                earned.extend(recognise(kind, amount, date, start, end).unwrap());
            }
            let mut before = Money::ZERO;
            for (month, balance) in roll(asked.clone(), earned.clone()) {
                prop_assert_eq!(balance.before, before, "{} begins where the month before ended", month);
                prop_assert_eq!(balance.deferred, balance.before + balance.invoiced - balance.recognised);
                before = balance.deferred;
            }
            let sum = |moves: &[(Month, Money)]| moves.iter().map(|(_, amount)| *amount).sum::<Money>();
            prop_assert_eq!(before, sum(&asked) - sum(&earned));
        }
    }
}
