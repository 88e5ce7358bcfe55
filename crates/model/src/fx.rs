//! Exchange rates: fixings by day, and the rates that follow from them.
//!
//! A table quotes currencies against one base, as the European Central Bank quotes against the euro: units of the
//! quoted currency for one unit of the base. Every other pair goes through the base. A rate is an exact ratio of
//! two integers; nothing is rounded until an amount is converted, and then once, half-even, to 10⁻¹⁸.
//!
//! The average of a month is the arithmetic mean of the month's fixings, as the ECB's own monthly averages are. A
//! pair that has the base on neither side is the ratio of its two means, so that rates of a month invert and
//! chain exactly: margin in percent is the same in whatever currency a month is reported.

use std::collections::BTreeMap;

use bigdecimal::num_bigint::{BigInt, Sign};
use chrono::{Days, NaiveDate};

use crate::{Currency, Exact, Money, Month};

/// How far back a fixing may lie and still stand for a day without one: longer than any run of holidays.
pub const DAYS_BACK: u64 = 10;

/// One fixing: units of `quote` for one unit of `base` on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fixing {
    /// Day.
    pub date: NaiveDate,
    /// Currency that one unit of is quoted.
    pub base: Currency,
    /// Currency it is quoted in.
    pub quote: Currency,
    /// Units of `quote` for one of `base`; above 0.
    pub rate: Exact,
    /// Who fixed it.
    pub source: String,
}

/// What a rate stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// The fixing of this day.
    Fixing(NaiveDate),
    /// The mean of so many fixings of this month.
    MonthAverage(Month, u32),
    /// Both currencies are the same.
    Identity,
}

/// A rate as an exact ratio: units of the wanted currency for one unit of the given one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rate {
    numerator: BigInt,
    denominator: BigInt,
    /// What it stands on.
    pub basis: Basis,
    /// Who fixed it; empty where nothing needed fixing.
    pub source: String,
}

impl Rate {
    fn identity() -> Self {
        Self { numerator: 1.into(), denominator: 1.into(), basis: Basis::Identity, source: String::new() }
    }

    /// An amount in the wanted currency, rounded half-even to 10⁻¹⁸. `None` when it is too large to hold.
    #[must_use]
    pub fn convert(&self, amount: Money) -> Option<Money> {
        let product = BigInt::from(amount.attos()) * &self.numerator;
        i128::try_from(divide(&product, &self.denominator)).ok().map(Money::from_attos)
    }

    /// As a decimal with at most 10 places, rounded half-even; to be shown, never to convert with.
    #[must_use]
    pub fn shown(&self) -> String {
        let scaled = divide(&(&self.numerator * BigInt::from(10u64.pow(10))), &self.denominator);
        let digits = format!("{scaled:0>11}");
        let (whole, fraction) = digits.split_at(digits.len() - 10);
        let fraction = fraction.trim_end_matches('0');
        if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") }
    }
}

/// `a / b` rounded half-even; `b` is above 0.
fn divide(a: &BigInt, b: &BigInt) -> BigInt {
    let (quotient, remainder) = (a / b, a % b);
    let twice = remainder.magnitude() * 2u32;
    let odd = &quotient % 2 != BigInt::from(0);
    match twice.cmp(b.magnitude()) {
        std::cmp::Ordering::Greater => quotient + away(a.sign()),
        std::cmp::Ordering::Equal if odd => quotient + away(a.sign()),
        _ => quotient,
    }
}

fn away(sign: Sign) -> i32 {
    if sign == Sign::Minus { -1 } else { 1 }
}

/// Quotes of one source against one base.
#[derive(Debug, Clone, Default)]
struct Table {
    quotes: BTreeMap<Currency, BTreeMap<NaiveDate, Exact>>,
}

/// Units of a currency for one of the base, as `numerator / denominator`.
type Leg = (BigInt, BigInt);

fn leg(rate: Exact) -> Leg {
    let (digits, exponent) = rate.parts();
    let power = BigInt::from(10).pow(exponent.unsigned_abs());
    if exponent < 0 { (BigInt::from(digits), power) } else { (BigInt::from(digits) * power, 1.into()) }
}

/// Dated exchange rates of any number of sources.
///
/// Where several sources know a pair, tables of one's own come first, in order of name, and the ECB's last; one
/// rate never mixes two sources.
#[derive(Debug, Clone, Default)]
pub struct Rates {
    tables: BTreeMap<(bool, String, Currency), Table>,
}

/// The source that gives way to tables of one's own.
pub const ECB: &str = "ECB";

impl Rates {
    /// From fixings; of two for the same day, pair and source the later in order counts. A rate that is not above 0
    /// is left out.
    #[must_use]
    pub fn new(fixings: impl IntoIterator<Item = Fixing>) -> Self {
        let mut rates = Self::default();
        for fixing in fixings.into_iter().filter(|fixing| fixing.rate.parts().0 > 0 && fixing.base != fixing.quote) {
            let key = (fixing.source == ECB, fixing.source, fixing.base);
            let quotes = &mut rates.tables.entry(key).or_default().quotes;
            quotes.entry(fixing.quote).or_default().insert(fixing.date, fixing.rate);
        }
        rates
    }

    /// Is there no rate at all?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tables.is_empty()
    }

    /// The rate of a day: its fixing, or the previous one, at most [`DAYS_BACK`] days back. Both currencies are taken
    /// from the same day's fixings.
    #[must_use]
    pub fn on(&self, date: NaiveDate, from: Currency, to: Currency) -> Option<Rate> {
        if from == to {
            return Some(Rate::identity());
        }
        let first = date.checked_sub_days(Days::new(DAYS_BACK))?;
        self.tables.iter().find_map(|((_, source, base), table)| {
            let day = |currency: Currency, day: NaiveDate| {
                if currency == *base {
                    Some((1.into(), 1.into()))
                } else {
                    table.quotes.get(&currency)?.get(&day).copied().map(leg)
                }
            };
            let known = if from == *base { to } else { from };
            table
                .quotes
                .get(&known)?
                .range(first..=date)
                .rev()
                .find_map(|(&at, _)| Some(through(day(from, at)?, day(to, at)?, Basis::Fixing(at), source)))
        })
    }

    /// The average rate of a month: the mean of its fixings against the base, and for other pairs the ratio of the
    /// two means.
    #[must_use]
    pub fn month_average(&self, month: Month, from: Currency, to: Currency) -> Option<Rate> {
        if from == to {
            return Some(Rate::identity());
        }
        self.tables.iter().find_map(|((_, source, base), table)| {
            let mean = |currency: Currency| table.mean(month, currency, *base);
            let ((from, one), (to, other)) = (mean(from)?, mean(to)?);
            let fixings = [one, other].into_iter().flatten().min().unwrap_or_default();
            Some(through(from, to, Basis::MonthAverage(month, fixings), source))
        })
    }
}

impl Table {
    /// Mean of a currency's fixings of a month and how many there are; the base itself needs none.
    fn mean(&self, month: Month, currency: Currency, base: Currency) -> Option<(Leg, Option<u32>)> {
        if currency == base {
            return Some(((1.into(), 1.into()), None));
        }
        let days = self.quotes.get(&currency)?.range(month.first_day()..month.plus(1).first_day());
        let (mut sum, mut count): (Leg, u32) = ((0.into(), 1.into()), 0);
        for (_, rate) in days {
            let (numerator, denominator) = leg(*rate);
            // Denominators are powers of ten: the larger is a multiple of the smaller.
            sum = match sum.1 >= denominator {
                true => (sum.0 + numerator * (&sum.1 / denominator), sum.1),
                false => (sum.0 * (&denominator / &sum.1) + numerator, denominator),
            };
            count += 1;
        }
        (count > 0).then(|| ((sum.0, sum.1 * count), Some(count)))
    }
}

/// Units of `to` for one of `from`, when both are known for one of the base.
fn through(from: Leg, to: Leg, basis: Basis, source: &str) -> Rate {
    Rate { numerator: to.0 * from.1, denominator: to.1 * from.0, basis, source: source.to_owned() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn currency(code: &str) -> Currency {
        Currency::parse(code).unwrap()
    }

    fn fixing(date: &str, quote: &str, rate: &str) -> Fixing {
        Fixing {
            date: date.parse().unwrap(),
            base: currency("EUR"),
            quote: currency(quote),
            rate: Exact::parse(rate).unwrap(),
            source: ECB.into(),
        }
    }

    fn money(text: &str) -> Money {
        Money::parse(text).unwrap()
    }

    /// Fixings of June 2024: day, then USD, GBP and JPY for one euro (ECB euro reference rates).
    const JUNE_2024: [(&str, &str, &str, &str); 20] = [
        ("03", "1.0842", "0.85175", "170.09"),
        ("04", "1.0865", "0.85143", "168.29"),
        ("05", "1.0872", "0.85048", "169.72"),
        ("06", "1.0865", "0.85088", "169.74"),
        ("07", "1.0898", "0.8512", "169.52"),
        ("10", "1.0756", "0.84565", "168.74"),
        ("11", "1.073", "0.84198", "168.46"),
        ("12", "1.0765", "0.84365", "169.35"),
        ("13", "1.0784", "0.84468", "169.58"),
        ("14", "1.0686", "0.84205", "167.8"),
        ("17", "1.0712", "0.84573", "169.11"),
        ("18", "1.0715", "0.8454", "169.41"),
        ("19", "1.0749", "0.84455", "169.78"),
        ("20", "1.0719", "0.84513", "169.82"),
        ("21", "1.0688", "0.84531", "169.82"),
        ("24", "1.073", "0.8473", "171.17"),
        ("25", "1.0714", "0.84465", "170.84"),
        ("26", "1.0689", "0.84453", "171.42"),
        ("27", "1.0696", "0.8459", "171.66"),
        ("28", "1.0705", "0.84638", "171.94"),
    ];

    fn june() -> Rates {
        Rates::new(JUNE_2024.iter().flat_map(|(day, usd, gbp, jpy)| {
            let date = format!("2024-06-{day}");
            [fixing(&date, "USD", usd), fixing(&date, "GBP", gbp), fixing(&date, "JPY", jpy)]
        }))
    }

    /// Averages of June 2024 as the German finance ministry published them for turnover tax (BStBl 2024 I p. 1060),
    /// which takes them from the ECB: USD 1.0759, GBP 0.84643, JPY 169.81 for one euro.
    #[test]
    fn the_mean_of_the_fixings_is_the_published_average() {
        let month: Month = "2024-06".parse().unwrap();
        for (quote, published, places) in [("USD", "1.0759", 4), ("GBP", "0.84643", 5), ("JPY", "169.81", 2)] {
            let rate = june().month_average(month, currency("EUR"), currency(quote)).unwrap();
            assert_eq!(rate.convert(Money::from_units(1)).unwrap().shown(places), published, "{quote}");
            assert_eq!(rate.basis, Basis::MonthAverage(month, 20));
            assert_eq!(rate.source, "ECB");
        }
    }

    #[test]
    fn a_day_without_a_fixing_takes_the_one_before_but_none_older_than_ten_days() {
        let rates = Rates::new([
            fixing("2026-01-02", "USD", "1.25"),
            fixing("2026-01-02", "GBP", "0.5"),
            fixing("2026-01-05", "USD", "1.6"),
        ]);
        let on = |day: &str, from: &str, to: &str| {
            rates.on(day.parse().unwrap(), currency(from), currency(to)).map(|rate| (rate.shown(), rate.basis))
        };
        let second = Basis::Fixing("2026-01-02".parse().unwrap());
        let fifth = Basis::Fixing("2026-01-05".parse().unwrap());
        assert_eq!(on("2026-01-02", "EUR", "USD"), Some(("1.25".into(), second)));
        assert_eq!(on("2026-01-04", "EUR", "USD"), Some(("1.25".into(), second)), "a Sunday has the Friday's");
        assert_eq!(on("2026-01-05", "USD", "EUR"), Some(("0.625".into(), fifth)), "1 / 1.6");
        assert_eq!(
            on("2026-01-06", "USD", "GBP"),
            Some(("0.4".into(), second)),
            "the last day that has both: 0.5 / 1.25"
        );
        assert_eq!(on("2026-01-15", "EUR", "USD"), Some(("1.6".into(), fifth)), "ten days back");
        assert_eq!(on("2026-01-16", "EUR", "USD"), None, "eleven days back");
        assert_eq!(on("2026-01-01", "EUR", "USD"), None, "before the first");
        assert_eq!(on("2026-01-05", "EUR", "CHF"), None, "never quoted");
        assert_eq!(on("1999-01-05", "CHF", "CHF"), Some(("1".into(), Basis::Identity)));
    }

    #[test]
    fn a_table_of_ones_own_comes_before_the_ecb() {
        let own =
            Fixing { source: "treasury".into(), rate: Exact::parse("2").unwrap(), ..fixing("2026-01-02", "USD", "1") };
        let rates = Rates::new([fixing("2026-01-02", "USD", "1.25"), own, fixing("2026-01-02", "JPY", "160")]);
        let rate = |to: &str| rates.on("2026-01-02".parse().unwrap(), currency("EUR"), currency(to)).unwrap();
        assert_eq!((rate("USD").shown().as_str(), rate("USD").source.as_str()), ("2", "treasury"));
        assert_eq!((rate("JPY").shown().as_str(), rate("JPY").source.as_str()), ("160", "ECB"));
    }

    #[test]
    fn a_tie_goes_to_the_even_neighbour_on_both_sides_of_zero() {
        let half = Rates::new([fixing("2026-01-02", "USD", "0.5")]);
        let rate = half.on("2026-01-02".parse().unwrap(), currency("EUR"), currency("USD")).unwrap();
        for (attos, wanted) in [(1, 0), (3, 2), (5, 2), (-1, 0), (-3, -2), (-5, -2)] {
            assert_eq!(rate.convert(Money::from_attos(attos)), Some(Money::from_attos(wanted)), "{attos}");
        }
        assert_eq!(rate.convert(money("12.34")).unwrap().to_string(), "6.17");
    }

    proptest! {
        #[test]
        fn identity_changes_nothing(attos in any::<i64>()) {
            let amount = Money::from_attos(i128::from(attos) * 1_000_003);
            let same = june().month_average("1999-01".parse().unwrap(), Currency::USD, Currency::USD).unwrap();
            prop_assert_eq!(same.convert(amount), Some(amount));
        }

        /// There and back, the first rounding of half an atto grows by the rate back, the second adds half an atto.
        #[test]
        fn there_and_back_is_the_same_but_for_roundings(attos in any::<i64>(), day in 0usize..20, average: bool) {
            let (rates, amount) = (june(), Money::from_attos(i128::from(attos) * 1_000_003));
            let codes = ["EUR", "USD", "GBP", "JPY"].map(currency);
            let date = format!("2024-06-{}", JUNE_2024[day].0).parse().unwrap();
            let rate = |from, to| if average { rates.month_average(Month::of(date), from, to) } else { rates.on(date, from, to) }.unwrap();
            for from in codes {
                for to in codes {
                    let (there, back) = (rate(from, to), rate(to, from));
                    let again = back.convert(there.convert(amount).unwrap()).unwrap();
                    let lost = (again.attos() - amount.attos()).unsigned_abs();
                    let factor = back.convert(Money::from_attos(1_000_000)).unwrap().attos().unsigned_abs();
                    prop_assert!(lost * 2_000_000 <= factor + 2 + 1_000_000, "{from} {to}: {lost} attos");
                }
            }
        }

        #[test]
        fn chains_are_the_direct_rate(month in Just("2024-06")) {
            let (rates, month): (Rates, Month) = (june(), month.parse().unwrap());
            let rate = |from: &str, to: &str| rates.month_average(month, currency(from), currency(to)).unwrap();
            let (one, two, direct) = (rate("USD", "GBP"), rate("GBP", "JPY"), rate("USD", "JPY"));
            prop_assert_eq!(one.numerator * two.numerator * direct.denominator, one.denominator * two.denominator * direct.numerator);
        }

        #[test]
        fn parts_differ_from_the_whole_by_half_an_atto_each(parts in proptest::collection::vec(any::<i32>(), 1..40)) {
            let rate = june().month_average("2024-06".parse().unwrap(), currency("USD"), currency("GBP")).unwrap();
            let parts: Vec<Money> = parts.into_iter().map(|part| Money::from_attos(part.into())).collect();
            let apart: Money = parts.iter().map(|part| rate.convert(*part).unwrap()).sum();
            let whole = rate.convert(parts.iter().copied().sum()).unwrap();
            prop_assert!((apart - whole).attos().unsigned_abs() * 2 <= parts.len() as u128 + 1);
        }
    }
}
