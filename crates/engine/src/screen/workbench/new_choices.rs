//! What a new scenario may begin from: periods of the ledger, products, patches.

use std::collections::{BTreeMap, BTreeSet};

use marginline_model::Month;
use marginline_store::cost::Grain;

use crate::Engine;
use crate::convert::Conversion;
use crate::error::Result;
use crate::facts::Facts;
use crate::report::Period;
use crate::rules::Target;
use crate::scenario::new::Alternative;
use crate::screen::choices;
use crate::view::{Choice, MonthBasis, NewChoices, PatchChoice, PeriodChoice};

/// Months of a run where the workspace has no scenario that says how long its own is.
const MONTHS: u32 = 24;
/// Months after the ledger's last one that a run may start in.
const AHEAD: i32 = 12;

impl Engine {
    /// What a new scenario of this workspace may begin from.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn new_choices(&self) -> Result<NewChoices> {
        let facts = self.facts_in(Conversion::default(), MonthBasis::BillingMonth).await?;
        let served = served(&facts);
        let full = full(&facts, &served, &self.last_days().await?);
        let starts: Vec<Month> = match (served.first(), served.last()) {
            (Some(first), Some(last)) => first.through(last.plus(AHEAD)).collect(),
            _ => Vec::new(),
        };
        let mut workbench = self.workbench().await?;
        let able: Vec<String> =
            workbench.infos().iter().filter(|info| info.problem.is_none()).map(|info| info.id.clone()).collect();
        // Scenarios are compared over the same months: a new one takes those of the first that runs.
        let run = able.iter().find_map(|id| workbench.run(id, &[]).ok());
        let patch = |each: Alternative| PatchChoice {
            id: each.word().into(),
            label: each.label().into(),
            about: each.about().into(),
        };
        Ok(NewChoices {
            periods: periods(&served, &full),
            products: products(&facts),
            starts: choices(&starts),
            start: run.as_ref().map(|run| run.resolved.inputs.start.to_string()),
            months: run.map_or(MONTHS, |run| run.resolved.inputs.months),
            patches: Alternative::ALL.map(patch).into(),
        })
    }

    /// The last day of usage in each month, as `YYYY-MM-DD`.
    async fn last_days(&self) -> Result<BTreeMap<String, String>> {
        let mut days: BTreeMap<String, String> = BTreeMap::new();
        for sum in self.ledger().usage_sums(Grain::Month).await? {
            let month = sum.last_day.get(..7).unwrap_or_default().to_owned();
            let known = days.entry(month).or_default();
            if *known < sum.last_day {
                *known = sum.last_day;
            }
        }
        Ok(days)
    }
}

/// Months with requests, oldest first: a scenario can be written from no other.
fn served(facts: &Facts) -> Vec<Month> {
    let with_requests = facts.usage.iter().filter(|fact| fact.requests > 0).map(|fact| fact.month);
    with_requests.collect::<BTreeSet<_>>().into_iter().collect()
}

/// Those of them that have revenue and usage up to their last day.
fn full(facts: &Facts, served: &[Month], last_days: &BTreeMap<String, String>) -> Vec<Month> {
    let earned: BTreeSet<Month> = facts.revenue.iter().map(|fact| fact.month).collect();
    let reaches = |month: &Month| {
        let next = month.plus(1).first_day();
        let last = next.pred_opt().unwrap_or(next).to_string();
        last_days.get(&month.to_string()).is_some_and(|day| *day >= last)
    };
    served.iter().copied().filter(|month| earned.contains(month) && reaches(month)).collect()
}

fn products(facts: &Facts) -> Vec<Choice> {
    let used = facts.usage.iter().filter(|fact| fact.requests > 0).map(|fact| &facts.subjects[fact.subject]);
    let names: BTreeSet<&String> = used.filter_map(|subject| subject.targets.get(&Target::Product)).collect();
    names.into_iter().map(|name| Choice { id: name.clone(), label: name.clone() }).collect()
}

/// The last full months first, up to three of them; then whole quarters and months, newest first.
fn periods(served: &[Month], full: &[Month]) -> Vec<PeriodChoice> {
    let choice = |group: &str, from: Month, to: Month, label: String| PeriodChoice {
        id: format!("{group} {from} {to}"),
        label,
        group: group.to_owned(),
        from: from.to_string(),
        to: to.to_string(),
        next: to.plus(1).to_string(),
    };
    let mut found = Vec::new();
    if let Some(last) = full.last().or(served.last()) {
        let mut from = *last;
        while last.since(from) < 2 && full.contains(last) && full.contains(&from.plus(-1)) {
            from = from.plus(-1);
        }
        let group = if full.contains(last) { "Last full months" } else { "Last month" };
        found.push(choice(group, from, *last, Period { from, to: *last }.label()));
    }
    let quarters: BTreeSet<(Month, Month)> = served.iter().map(|month| month.quarter()).collect();
    for (from, to) in quarters.into_iter().rev() {
        if from.through(to).all(|month| served.contains(&month)) {
            let year_and_month = from.to_string();
            let year = year_and_month.get(..4).unwrap_or_default();
            found.push(choice("Quarters", from, to, format!("Q{} {year}", from.of_year() / 3 + 1)));
        }
    }
    found.extend(served.iter().rev().map(|month| choice("Months", *month, *month, month.label())));
    found
}

#[cfg(test)]
mod tests {
    use super::periods;
    use marginline_model::Month;

    fn months(from: &str, to: &str) -> Vec<Month> {
        let month = |text: &str| text.parse::<Month>().unwrap();
        month(from).through(month(to)).collect()
    }

    #[test]
    fn the_last_three_full_months_come_first_then_whole_quarters_then_months() {
        let served = months("2026-05", "2026-11");
        // November has not ended, so it is no full month.
        let found = periods(&served, &months("2026-05", "2026-10"));
        assert_eq!(
            (found[0].from.as_str(), found[0].to.as_str(), found[0].next.as_str()),
            ("2026-08", "2026-10", "2026-11")
        );
        assert_eq!(
            (found[0].group.as_str(), found[0].label.as_str()),
            ("Last full months", "August 2026 – October 2026")
        );
        let of = |group: &str| {
            found.iter().filter(|each| each.group == group).map(|each| each.label.as_str()).collect::<Vec<_>>()
        };
        assert_eq!(of("Quarters"), ["Q3 2026"], "Q2 lacks April, Q4 lacks December");
        assert_eq!(of("Months").len(), 7);
        assert_eq!(of("Months")[0], "November 2026");
    }

    #[test]
    fn fewer_full_months_are_fewer_and_none_is_the_last_one_there_is() {
        let two = periods(&months("2026-09", "2026-10"), &months("2026-09", "2026-10"));
        assert_eq!((two[0].from.as_str(), two[0].to.as_str()), ("2026-09", "2026-10"));
        let gap: Vec<Month> = [months("2026-07", "2026-07"), months("2026-09", "2026-10")].concat();
        assert_eq!(periods(&gap, &gap)[0].from, "2026-09", "August is missing, so July is not reached");
        let none = periods(&months("2026-09", "2026-10"), &[]);
        assert_eq!((none[0].from.as_str(), none[0].group.as_str()), ("2026-10", "Last month"));
        assert!(periods(&[], &[]).is_empty());
    }
}
