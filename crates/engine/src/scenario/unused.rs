//! What a file states and a run does not reach: months of a series beyond its end, cost that is never due, and keys that
//! another one leaves without effect. Where a series
//! ends before the run does, what goes on is said.

use super::file::{ScenarioFile, series};

/// A sentence for each.
pub(super) fn notes(file: &ScenarioFile) -> Vec<String> {
    let months = file.scenario.months;
    let mut found = Vec::new();
    for (path, stated) in series(file) {
        let held = stated.values.len();
        match held.cmp(&(months as usize)) {
            std::cmp::Ordering::Less if path.starts_with("exchange_rates.") => found.push(format!(
                "{path} holds {held} of {months} months: from month {} on the last rate goes on; state the others as they \
                 become known",
                held + 1
            )),
            std::cmp::Ordering::Less => found.push(format!(
                "{path} holds {held} of {months} months: from month {} on the last goes on, with the change that is stated \
                 beside it",
                held + 1
            )),
            std::cmp::Ordering::Greater => {
                let beyond = match held - months as usize {
                    1 => "the last is".to_owned(),
                    more => format!("the last {more} are"),
                };
                found.push(format!("{path} holds {held} months and the run {months}: {beyond} not used"));
            }
            std::cmp::Ordering::Equal => {}
        }
    }
    let late = |what: String, from: u32| {
        (from > months).then(|| format!("{what} begins in month {from} and the run has {months}: it is never due"))
    };
    let lines = file.cost.iter().filter_map(|cost| late(format!("cost {}", cost.label), cost.from_month?));
    found.extend(lines);
    for (path, component) in file.components() {
        if component.autoscaled == Some(true) && component.gpus.is_some() {
            found.push(format!(
                "{path}.autoscaled has no effect beside a stated number of GPUs: each is paid in every hour"
            ));
        }
        let held = component.committed.iter().enumerate();
        found.extend(held.filter_map(|(at, held)| late(format!("{path}.committed.{}", at + 1), held.from_month)));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::file::parse;

    fn told(demand: &str, cost: &str) -> Vec<String> {
        let text = format!(
            "[scenario]\nname = \"a\"\nstart = \"2026-11\"\nmonths = 3\n[demand]\n{demand}\n\
             input_tokens_per_request = 1\noutput_tokens_per_request = 1\n[revenue]\nusd_per_request = 1\n\
             [architecture]\nkind = \"own-gpus\"\ngpu = \"H100\"\noutput_tokens_per_s_per_gpu = 1\nusd_per_gpu_hour = 1\n{cost}"
        );
        super::notes(&parse(&text).unwrap())
    }

    #[test]
    fn a_stated_number_of_gpus_does_not_follow_the_hours() {
        let series = "requests_by_month = [1, 2, 3]";
        let found = told(series, "gpus = 2\nautoscaled = true\n");
        assert!(found.len() == 1 && found[0].contains("autoscaled has no effect"), "{found:?}");
        assert_eq!(told(series, "autoscaled = true\n"), Vec::<String>::new());
    }

    #[test]
    fn a_series_that_is_not_as_long_as_the_run_is_told() {
        assert_eq!(told("requests_by_month = [1, 2, 3]", ""), Vec::<String>::new());
        let short = told("requests_by_month = [1, 2]", "");
        assert_eq!(short.len(), 1);
        assert!(short[0].starts_with("demand.requests_by_month holds 2 of 3 months: from month 3 on"), "{short:?}");
        let long = told("requests_by_month = [1, 2, 3, 4, 5]", "");
        assert_eq!(long, ["demand.requests_by_month holds 5 months and the run 3: the last 2 are not used"]);
        let long = told("requests_by_month = [1, 2, 3, 4]", "");
        assert_eq!(long, ["demand.requests_by_month holds 4 months and the run 3: the last is not used"]);
    }

    #[test]
    fn cost_that_is_never_due_is_told() {
        let cost = |from: u32| format!("[[cost]]\nlabel = \"x\"\nusd_per_month = 10\nfrom_month = {from}\n");
        assert_eq!(told("requests_per_month = 1", &cost(3)), Vec::<String>::new());
        assert_eq!(
            told("requests_per_month = 1", &cost(4)),
            ["cost x begins in month 4 and the run has 3: it is never due"]
        );
        let held = "committed = [{ gpus = 1, usd_per_gpu_hour = 1, from_month = 4 }]\n";
        assert_eq!(
            told("requests_per_month = 1", held),
            ["architecture.committed.1 begins in month 4 and the run has 3: it is never due"]
        );
    }
}
