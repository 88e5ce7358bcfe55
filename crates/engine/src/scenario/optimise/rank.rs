//! Who is ahead: by the goal among what may win, and the fronts of margin against latency and cost to undo.

use std::cmp::Ordering;

use marginline_model::Money;
use marginline_model::search::{largest_regrets, pareto};

use super::judge::Standing;
use super::trial::Trial;
use crate::scenario::file::Goal;

/// The order of trials by a goal; `regret` is asked where that is the goal. What may win goes before what is unknown,
/// that before what fails, that before what is refused; then the figure counts; of equals, what meets every limit goes
/// before what is at risk.
pub(super) fn ahead(
    goal: Goal,
    (one, one_regret): (&Trial, Money),
    (other, other_regret): (&Trial, Money),
) -> Ordering {
    let figure = |trial: &Trial, regret: Money| {
        let first = trial.sums.first();
        match goal {
            Goal::Margin => first.map(|sums| Money::ZERO - sums.margin()),
            Goal::Cost => first.map(|sums| sums.cost),
            Goal::Regret => first.map(|_| regret),
        }
    };
    let by_class = one.standing.class().cmp(&other.standing.class());
    let by_figure = || figure(one, one_regret).cmp(&figure(other, other_regret));
    // Equal regret: the higher margin as things stand.
    let by_margin = || {
        let margin = |trial: &Trial| trial.sums.first().map(|sums| sums.margin());
        margin(other).cmp(&margin(one))
    };
    let risk = |trial: &Trial| trial.standing != Standing::Meets;
    by_class.then_with(by_figure).then_with(by_margin).then_with(|| risk(one).cmp(&risk(other)))
}

/// Regret of each trial over all futures; only what may win counts as the best of a future.
pub(super) fn regrets(trials: &[&Trial]) -> Vec<Money> {
    let margins: Vec<Vec<Money>> =
        trials.iter().map(|trial| trial.sums.iter().map(|sums| sums.margin()).collect()).collect();
    let rivals: Vec<bool> = trials.iter().map(|trial| trial.standing.may_win()).collect();
    largest_regrets(&margins, &rivals)
}

/// Places of the trials on the front of margin against another measure, low is good; only what may win and has it.
pub(super) fn front<M: PartialOrd + Copy>(trials: &[&Trial], measure: impl Fn(&Trial) -> Option<M>) -> Vec<usize> {
    let points: Vec<(usize, M, Money)> = trials
        .iter()
        .enumerate()
        .filter(|(_, trial)| trial.standing.may_win())
        .filter_map(|(place, trial)| Some((place, measure(trial)?, trial.sums.first()?.margin())))
        .collect();
    let by_measure = |a: &(usize, M, Money), b: &(usize, M, Money)| a.1.partial_cmp(&b.1).unwrap_or(Ordering::Equal);
    pareto(&points, by_measure, |a, b| b.2.cmp(&a.2)).into_iter().map(|at| points[at].0).collect()
}

#[cfg(test)]
mod tests {
    use super::super::trial::Sums;
    use super::*;

    fn usd(amount: i64) -> Money {
        Money::from_units(amount)
    }

    fn trial(standing: Standing, revenue: i64, cost: i64) -> Trial {
        let sums = vec![Sums { revenue: usd(revenue), cost: usd(cost) }];
        Trial { standing, sums, latency_ms: None, cost_to_undo: None }
    }

    fn risk() -> Standing {
        Standing::AtRisk { why: "near".into() }
    }

    fn unknown() -> Standing {
        Standing::Unknown { reason: "quality".into(), why: "no score".into() }
    }

    #[test]
    fn limits_go_before_figures_and_at_risk_loses_among_equals() {
        let order = |goal, one: &Trial, other: &Trial| ahead(goal, (one, Money::ZERO), (other, Money::ZERO));
        let (safe, risky) = (trial(Standing::Meets, 100, 40), trial(risk(), 100, 40));
        assert_eq!(order(Goal::Margin, &safe, &risky), Ordering::Less);
        assert_eq!(order(Goal::Margin, &trial(risk(), 100, 39), &safe), Ordering::Less, "one dollar more wins");
        assert_eq!(order(Goal::Margin, &trial(unknown(), 100, 1), &safe), Ordering::Greater);
        // 120 − 70 = 50 of margin against 100 − 40 = 60, and 70 of cost against 40.
        let large = trial(Standing::Meets, 120, 55);
        assert_eq!(order(Goal::Margin, &large, &safe), Ordering::Less, "65 of margin against 60");
        assert_eq!(order(Goal::Cost, &large, &safe), Ordering::Greater, "55 of cost against 40");
        assert_eq!(ahead(Goal::Regret, (&large, usd(9)), (&safe, usd(3))), Ordering::Greater);
    }

    #[test]
    fn a_front_holds_only_what_may_win() {
        let with = |latency: Option<f64>, standing: Standing, cost: i64| Trial {
            latency_ms: latency,
            ..trial(standing, 100, cost)
        };
        let trials = [
            with(Some(200.0), Standing::Meets, 40),
            with(Some(100.0), Standing::Meets, 60),
            with(Some(150.0), Standing::Meets, 70),
            with(Some(10.0), unknown(), 1),
            with(None, Standing::Meets, 1),
        ];
        let trials: Vec<&Trial> = trials.iter().collect();
        assert_eq!(front(&trials, |trial| trial.latency_ms), [1, 0], "the third is slower and dearer than the second");
    }
}
