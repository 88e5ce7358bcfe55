//! The days on which figures were so, as a file states them.

use chrono::{Datelike, NaiveDate};
use marginline_model::Month;

use super::{ScenarioFile, assumptions, series};

/// Years after its last month up to which a scenario may cite what was seen: a plan of the past may be looked up later,
/// and a slip of the pen in the century or decade is found. The clock is not asked: a file means the same at any time.
const YEARS: i32 = 2;

/// A date that is none, or lies far after what the file is about.
pub(super) fn fault(file: &ScenarioFile) -> Option<String> {
    let numbers = assumptions(file).into_iter().map(|(path, each)| (path, each.observed));
    let columns = series(file).into_iter().map(|(path, each)| (path, each.observed));
    let last = last_year(file);
    numbers.chain(columns).find_map(|(path, observed)| {
        let written = observed?;
        let Some(year) = year_of(&written) else {
            return Some(format!("{path}: observed is {written:?}, expected a date such as 2026-10-31"));
        };
        let late = last.is_some_and(|last| year > last + YEARS);
        late.then(|| {
            format!("{path}: observed is {written:?}, more than {YEARS} years after the last month of the scenario")
        })
    })
}

/// The year of the scenario's last month; `None` where its start is no month, which is refused elsewhere.
fn last_year(file: &ScenarioFile) -> Option<i32> {
    let start: Month = file.scenario.start.parse().ok()?;
    let first = format!("{start}-01").parse::<NaiveDate>().ok()?;
    let months = first.month0().saturating_add(file.scenario.months.saturating_sub(1));
    Some(first.year() + i32::try_from(months / 12).ok()?)
}

/// The year of a day, `2026-10-31`, or of a month, `2026-10`.
fn year_of(written: &str) -> Option<i32> {
    let day = written.parse::<NaiveDate>().or_else(|_| format!("{written}-01").parse());
    day.ok().map(|day| day.year())
}

#[cfg(test)]
mod tests {
    use super::super::parse;

    /// Two years from November 2026 on: the last month is October 2028.
    fn parsed(observed: &str) -> Result<(), String> {
        let text = format!(
            "[scenario]\nname = \"T\"\nstart = \"2026-11\"\nmonths = 24\n[demand]\nrequests_per_month = {{ value = 1, \
             observed = \"{observed}\" }}\noutput_tokens_per_request = 1\ninput_tokens_per_request = 1\n[revenue]\n\
             usd_per_request = 1\n[architecture]\nkind = \"own-gpus\"\ngpu = \"H100\"\nusd_per_gpu_hour = 1\n\
             output_tokens_per_s_per_gpu = 1\n"
        );
        parse(&text).map(|_| ()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_day_is_a_day_and_not_far_after_the_scenario() {
        for good in ["2026-10-20", "2026-10", "2019-01-01", "2030-12-31"] {
            assert_eq!(parsed(good), Ok(()), "{good}");
        }
        let says = |observed: &str, words: &str| {
            let error = parsed(observed).unwrap_err();
            assert!(error.contains(words), "{error}");
        };
        says("20.10.2026", "demand.requests_per_month: observed is \"20.10.2026\", expected a date");
        says("last week", "expected a date");
        says("2026-13-01", "expected a date");
        says("2031-10-20", "more than 2 years after the last month");
    }
}
