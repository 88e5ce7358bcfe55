//! Regret: what a choice loses against the best one, at worst.

use crate::Money;

/// The largest regret of each candidate over all futures: max over futures of (best value there − its own value there),
/// 0 or more. `values` holds a row for each candidate with its value in each future; `rivals` says whose values count as
/// the best, so that a candidate that may not be chosen raises nobody's regret. A future without a rival is left out.
///
/// Source: L. J. Savage, "The Theory of Statistical Decision", Journal of the American Statistical Association 46 (1951),
/// the minimax regret criterion.
#[must_use]
pub fn largest_regrets(values: &[Vec<Money>], rivals: &[bool]) -> Vec<Money> {
    let futures = values.iter().map(Vec::len).max().unwrap_or(0);
    let best: Vec<Option<Money>> = (0..futures)
        .map(|future| {
            let may_win = values.iter().zip(rivals).filter(|(_, is_rival)| **is_rival);
            may_win.filter_map(|(row, _)| row.get(future).copied()).max()
        })
        .collect();
    regrets_against(values, &best)
}

/// As [`largest_regrets`], against values that are known to be the best of each future.
#[must_use]
pub fn regrets_against(values: &[Vec<Money>], best: &[Option<Money>]) -> Vec<Money> {
    let regret = |row: &Vec<Money>| {
        let losses = row.iter().zip(best).filter_map(|(value, best)| best.map(|best| best - *value));
        losses.max().unwrap_or(Money::ZERO).max(Money::ZERO)
    };
    values.iter().map(regret).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn usd(amounts: &[&str]) -> Vec<Money> {
        amounts.iter().map(|amount| Money::parse(amount).unwrap()).collect()
    }

    #[test]
    fn the_choice_between_two_bets_and_the_middle() {
        // Best: 100 when demand grows, 40 when it does not. Regrets: 0 and 50; 70 and 0; 20 and 15: the middle is chosen.
        let values = [usd(&["100", "-10"]), usd(&["30", "40"]), usd(&["80", "25"])];
        assert_eq!(largest_regrets(&values, &[true; 3]), usd(&["50", "70", "20"]));
        // Without the second, which may not be chosen, 25 is the best of the second future.
        assert_eq!(largest_regrets(&values, &[true, false, true]), usd(&["35", "70", "20"]));
        assert_eq!(largest_regrets(&values, &[false; 3]), usd(&["0", "0", "0"]));
    }

    proptest! {
        #[test]
        fn never_negative_and_the_best_of_one_future_regrets_nothing_there(
            cents in proptest::collection::vec(proptest::collection::vec(-1_000..1_000i32, 1), 1..8),
        ) {
            let values: Vec<Vec<Money>> = cents
                .iter()
                .map(|row| row.iter().map(|cents| Money::parse(&cents.to_string()).unwrap()).collect())
                .collect();
            let regrets = largest_regrets(&values, &vec![true; values.len()]);
            prop_assert!(regrets.iter().all(|regret| *regret >= Money::ZERO));
            let best = values.iter().map(|row| row[0]).max().unwrap();
            for (row, regret) in values.iter().zip(regrets) {
                prop_assert_eq!(regret, best - row[0]);
            }
        }
    }
}
