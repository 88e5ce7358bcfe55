//! What hardware costs a year, by the life that is assumed for it.

use thiserror::Error;

/// Lives that are shown side by side, in years: operators report from three to six (Meta 5.5, Microsoft and Alphabet
/// 6, Amazon 5 from 2025).
pub const LIVES: [f64; 4] = [3.0, 4.0, 5.0, 6.0];

/// Input that nothing can be written off by.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum DepreciationError {
    /// A cost that is none.
    #[error("the cost is {0}; give a number of 0 or more, up to 10^15")]
    Cost(f64),
    /// Salvage above the cost, or below zero.
    #[error("the salvage value is {salvage} of a cost of {cost}; give a number from 0 to the cost")]
    Salvage {
        /// Salvage value as given.
        salvage: f64,
        /// Cost as given.
        cost: f64,
    },
    /// A life that is none.
    #[error("a life of {0} years; give 1 month to 50 years")]
    Life(f64),
}

/// Straight-line depreciation over one life.
#[derive(Debug, Clone, PartialEq)]
pub struct Depreciation {
    /// Assumed life in years.
    pub life_years: f64,
    /// Currency a year.
    pub per_year: f64,
    /// Currency a month.
    pub per_month: f64,
    /// Value in the books at the end of each year, the last year cut at the end of life.
    pub book_value: Vec<f64>,
}

impl Depreciation {
    /// Gross margin of a year in which it is written off: (revenue − other cost − depreciation) ÷ revenue. `None`
    /// without revenue.
    #[must_use]
    pub fn margin(&self, revenue_per_year: f64, other_cost_per_year: f64) -> Option<f64> {
        let margin = (revenue_per_year - other_cost_per_year - self.per_year) / revenue_per_year;
        (revenue_per_year > 0.0 && margin.is_finite()).then_some(margin)
    }
}

/// Straight line over each of some lives: (cost − salvage) ÷ life.
///
/// # Errors
/// When cost, salvage value or a life is out of range.
pub fn depreciation(cost: f64, salvage: f64, lives: &[f64]) -> Result<Vec<Depreciation>, DepreciationError> {
    if !(0.0..=1e15).contains(&cost) {
        return Err(DepreciationError::Cost(cost));
    }
    if !(0.0..=cost).contains(&salvage) {
        return Err(DepreciationError::Salvage { salvage, cost });
    }
    let over = |life_years: &f64| {
        let life_years = *life_years;
        if !(1.0 / 12.0..=50.0).contains(&life_years) {
            return Err(DepreciationError::Life(life_years));
        }
        let per_year = (cost - salvage) / life_years;
        let years = life_years.ceil() as u32;
        let left = |year: u32| cost - (cost - salvage) * (f64::from(year) / life_years).min(1.0);
        let book_value = (1..=years).map(left).collect();
        Ok(Depreciation { life_years, per_year, per_month: per_year / 12.0, book_value })
    };
    lives.iter().map(over).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_gpu_of_forty_thousand() {
        // Published side by side: 13,333 a year over three years, 6,667 over six.
        let all = depreciation(40_000.0, 0.0, &LIVES).unwrap();
        let per_year: Vec<f64> = all.iter().map(|each| each.per_year.round()).collect();
        assert_eq!(per_year, [13_333.0, 10_000.0, 8_000.0, 6_667.0]);
        assert_eq!(all[1].book_value, [30_000.0, 20_000.0, 10_000.0, 0.0]);
        assert_eq!(all[1].margin(20_000.0, 4_000.0), Some(0.3));
        assert_eq!(all[1].margin(0.0, 4_000.0), None);
    }

    #[test]
    fn half_years_and_salvage() {
        let all = depreciation(110.0, 10.0, &[2.5]).unwrap();
        assert_eq!(all[0].per_year, 40.0);
        assert_eq!(all[0].book_value, [70.0, 30.0, 10.0], "half of the third year is left");
        assert_eq!(depreciation(1.0, 2.0, &[3.0]), Err(DepreciationError::Salvage { salvage: 2.0, cost: 1.0 }));
        assert_eq!(depreciation(1.0, 0.0, &[0.0]), Err(DepreciationError::Life(0.0)));
        assert!(depreciation(f64::NAN, 0.0, &[3.0]).is_err());
    }

    proptest! {
        #[test]
        fn all_of_it_is_written_off_and_no_more(cost in 0.0..1e15f64, kept in 0.0..=1.0f64, life in 0.1..50.0f64) {
            let salvage = cost * kept;
            let found = &depreciation(cost, salvage, &[life]).unwrap()[0];
            prop_assert!(found.per_year >= 0.0 && found.per_year.is_finite());
            let last = *found.book_value.last().unwrap();
            prop_assert!((last - salvage).abs() <= 1e-9 * cost.max(1.0));
            prop_assert!(found.book_value.windows(2).all(|pair| pair[1] <= pair[0]));
        }
    }
}
