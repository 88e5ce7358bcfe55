//! What leaving a scenario or a component costs, what moving in costs, and at which rate money is discounted, as the file
//! says it.

use marginline_model::scenario::{DataOut, Exit, ExitPlan, Inputs, People, ReEmbedding, Serving, Upfront};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::component::CommittedFile;
use super::span::of_assumption;
use super::{Assumption, ScenarioFile, span};
use crate::scenario::Scale;

/// Discount rate where none is stated: an assumption, and told as one.
const DISCOUNT_PERCENT_PER_YEAR: f64 = 10.0;

/// `[exit]`, or `exit = { … }` of a component. What is not stated is not known; 0 is a statement.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExitFile {
    /// Gigabytes to move out at the start.
    pub data_gb: Option<Assumption>,
    /// Gigabytes that each request adds.
    pub gb_per_request: Option<Assumption>,
    /// Egress.
    pub egress_usd_per_gb: Option<Assumption>,
    /// Million tokens to embed again.
    pub re_embedding_mtok: Option<Assumption>,
    /// Price of embedding.
    pub re_embedding_usd_per_mtok: Option<Assumption>,
    /// Months in which the old one goes on beside the new.
    pub parallel_run_months: Option<Assumption>,
    /// Evaluation of what comes instead.
    pub re_evaluation_usd: Option<Assumption>,
    /// Weeks of one person.
    pub people_weeks: Option<Assumption>,
    /// Price of such a week.
    pub usd_per_person_week: Option<Assumption>,
}

/// `[migration]`: what moving in takes.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MigrationFile {
    /// Paid once, at the start.
    pub usd: Option<Assumption>,
    /// Weeks of one person.
    pub people_weeks: Option<Assumption>,
    /// Price of such a week.
    pub usd_per_person_week: Option<Assumption>,
    /// Weeks until the scenario begins; until then the first scenario of a comparison goes on.
    pub weeks_to_live: Option<Assumption>,
}

/// `[finance]`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FinanceFile {
    /// Rate at which later money counts less.
    pub discount_percent_per_year: Option<Assumption>,
}

type Numbers<'a> = Vec<(&'static str, &'a Assumption)>;

fn stated<const N: usize>(
    all: [(&'static str, &'static str, &'_ Option<Assumption>); N],
) -> Vec<(&'static str, &'static str)> {
    all.iter().filter(|(.., number)| number.is_some()).map(|(key, needs, _)| (*key, *needs)).collect()
}

impl ExitFile {
    /// Its numbers by key.
    #[must_use]
    pub fn numbers(&self) -> Numbers<'_> {
        [
            ("data_gb", &self.data_gb),
            ("gb_per_request", &self.gb_per_request),
            ("egress_usd_per_gb", &self.egress_usd_per_gb),
            ("re_embedding_mtok", &self.re_embedding_mtok),
            ("re_embedding_usd_per_mtok", &self.re_embedding_usd_per_mtok),
            ("parallel_run_months", &self.parallel_run_months),
            ("re_evaluation_usd", &self.re_evaluation_usd),
            ("people_weeks", &self.people_weeks),
            ("usd_per_person_week", &self.usd_per_person_week),
        ]
        .into_iter()
        .filter_map(|(key, number)| Some((key, number.as_ref()?)))
        .collect()
    }

    /// What leaving takes, for the model.
    #[must_use]
    pub fn exit(&self) -> Exit {
        let value = |number: &Option<Assumption>| number.as_ref().map(|number| number.value);
        let gb = value(&self.data_gb).or(value(&self.gb_per_request).map(|_| 0.0));
        let data = gb.zip(value(&self.egress_usd_per_gb).or(gb.filter(|gb| *gb == 0.0)));
        let text = value(&self.re_embedding_mtok);
        let weeks = value(&self.people_weeks);
        Exit {
            data: data.map(|(gb, usd_per_gb)| DataOut {
                gb,
                gb_per_request: value(&self.gb_per_request).unwrap_or(0.0),
                usd_per_gb,
            }),
            re_embedding: text
                .map(|mtok| ReEmbedding { mtok, usd_per_mtok: value(&self.re_embedding_usd_per_mtok).unwrap_or(0.0) }),
            parallel_run_months: value(&self.parallel_run_months),
            re_evaluation_usd: value(&self.re_evaluation_usd),
            people: weeks.map(|weeks| People { weeks, usd_per_week: value(&self.usd_per_person_week).unwrap_or(0.0) }),
        }
    }

    /// What is wrong with it, with its key.
    #[must_use]
    pub fn fault(&self) -> Option<String> {
        let needs = stated([
            ("data_gb", "egress_usd_per_gb", &self.data_gb),
            ("gb_per_request", "egress_usd_per_gb", &self.gb_per_request),
            ("re_embedding_mtok", "re_embedding_usd_per_mtok", &self.re_embedding_mtok),
            ("people_weeks", "usd_per_person_week", &self.people_weeks),
        ]);
        unpriced(&self.numbers(), &needs).or_else(|| out_of_range(&self.numbers(), "ExitFile"))
    }
}

impl MigrationFile {
    /// Its numbers by key.
    #[must_use]
    pub fn numbers(&self) -> Numbers<'_> {
        [
            ("usd", &self.usd),
            ("people_weeks", &self.people_weeks),
            ("usd_per_person_week", &self.usd_per_person_week),
            ("weeks_to_live", &self.weeks_to_live),
        ]
        .into_iter()
        .filter_map(|(key, number)| Some((key, number.as_ref()?)))
        .collect()
    }

    fn fault(&self) -> Option<String> {
        let needs = stated([("people_weeks", "usd_per_person_week", &self.people_weeks)]);
        unpriced(&self.numbers(), &needs).or_else(|| out_of_range(&self.numbers(), "MigrationFile"))
    }
}

/// A count without its price, unless the count is 0.
fn unpriced(numbers: &Numbers<'_>, needs: &[(&str, &str)]) -> Option<String> {
    let of = |key: &str| numbers.iter().find(|(name, _)| *name == key).map(|(_, number)| number.value);
    let lacks = |(key, price): &&(&str, &str)| of(key).is_some_and(|count| count != 0.0) && of(price).is_none();
    needs.iter().find(lacks).map(|(key, price)| format!("{price} is missing, the price of {key}"))
}

fn out_of_range(numbers: &Numbers<'_>, table: &str) -> Option<String> {
    numbers.iter().find_map(|(key, number)| beyond(table, key, number).or_else(|| has_range(key, number)))
}

fn beyond(table: &str, key: &str, number: &Assumption) -> Option<String> {
    let span = of_assumption(table, key);
    (!span.holds(number.value)).then(|| format!("{key} is {}, expected {span}", number.value))
}

fn has_range(key: &str, number: &Assumption) -> Option<String> {
    let is_ranged = number.low.is_some() || number.high.is_some();
    is_ranged.then(|| format!("{key} has a range, which is not drawn for it; leave low and high out"))
}

/// Is anything stated by the file of leaving, moving in and finance that cannot be?
#[must_use]
pub fn fault(file: &ScenarioFile) -> Option<String> {
    let named = |owner: String, fault: Option<String>| fault.map(|fault| format!("{owner}.{fault}"));
    let whole = file.exit.iter().map(|exit| named("exit".into(), exit.fault()));
    let components = file.components();
    let each = components.iter().filter_map(|(path, component)| {
        let exit = component.exit.as_ref()?;
        Some(named(format!("{path}.exit"), exit.fault()))
    });
    let rate = file.finance.as_ref().and_then(|finance| finance.discount_percent_per_year.as_ref());
    let key = "discount_percent_per_year";
    let rate = rate.and_then(|rate| beyond("FinanceFile", key, rate).or_else(|| has_range(key, rate)));
    let rate = rate.map(|fault| format!("finance.{fault}"));
    let moving = file.migration.as_ref().and_then(|moving| named("migration".into(), moving.fault()));
    let shares = components.iter().find_map(|(path, component)| {
        let wrong = |held: &CommittedFile| span::fault("CommittedFile", "upfront_percent", held.upfront_percent);
        Some(format!("{path}.committed: {}", component.committed.iter().find_map(wrong)?))
    });
    whole.chain(each).flatten().next().or(moving).or(rate).or(shares)
}

impl ScenarioFile {
    /// What leaving takes, as a whole and by component.
    #[must_use]
    pub fn exit_plan(&self) -> ExitPlan {
        ExitPlan {
            whole: self.exit.as_ref().map(ExitFile::exit),
            components: self
                .components()
                .iter()
                .map(|(_, component)| component.exit.as_ref().map(ExitFile::exit))
                .collect(),
        }
    }

    /// What moving in costs once, USD; `None` where nothing is stated of it.
    #[must_use]
    pub fn migration_usd(&self) -> Option<f64> {
        let value = |number: &Option<Assumption>| number.as_ref().map(|number| number.value);
        let moving = self.migration.as_ref()?;
        let people = value(&moving.people_weeks)
            .map(|weeks| People { weeks, usd_per_week: value(&moving.usd_per_person_week).unwrap_or(0.0) }.usd());
        match (value(&moving.usd), people) {
            (None, None) => None,
            (usd, people) => Some(usd.unwrap_or(0.0) + people.unwrap_or(0.0)),
        }
    }

    /// Months until the scenario as a whole begins.
    #[must_use]
    pub fn wait_months(&self) -> f64 {
        let weeks = self.migration.as_ref().and_then(|moving| moving.weeks_to_live.as_ref());
        weeks.map_or(0.0, |weeks| Scale::WEEKS.to_model(weeks.value))
    }

    /// Discount rate per year as a share, and whether it is our assumption.
    #[must_use]
    pub fn yearly_rate(&self) -> (f64, bool) {
        let stated = self.finance.as_ref().and_then(|finance| finance.discount_percent_per_year.as_ref());
        (stated.map_or(DISCOUNT_PERCENT_PER_YEAR, |rate| rate.value) / 100.0, stated.is_none())
    }

    /// Which commitments are paid upfront, and to which share.
    #[must_use]
    pub fn upfront(&self, inputs: &Inputs) -> Vec<Upfront> {
        let mut found = Vec::new();
        for (place, (_, component)) in self.components().iter().enumerate() {
            let held = match inputs.components.get(place).map(|component| &component.serving) {
                Some(Serving::OwnGpus(gpus)) => gpus.committed.len(),
                _ => 0,
            };
            for (commitment, stated) in component.committed.iter().enumerate().take(held) {
                if let Some(percent) = stated.upfront_percent {
                    found.push(Upfront { component: place, commitment, share: percent / 100.0 });
                }
            }
        }
        found
    }

    /// `portable`, `proprietary` or what is not known of it, in words.
    #[must_use]
    pub fn portability(&self) -> (Option<bool>, String) {
        let components = self.components();
        let count = |wanted: Option<bool>| components.iter().filter(|(_, each)| each.portable == wanted).count();
        let named = |wanted: Option<bool>| {
            let of = components.iter().filter(|(_, each)| each.portable == wanted);
            of.map(|(_, each)| each.name.clone().unwrap_or_else(|| each.words())).collect::<Vec<_>>().join(", ")
        };
        match (count(Some(false)), count(None)) {
            (0, 0) => (Some(true), "portable".into()),
            (0, _) => (
                None,
                format!("whether proprietary features of {} are used is not stated: state portable", named(None)),
            ),
            (_, 0) => (Some(false), format!("proprietary: {}", named(Some(false)))),
            _ => (Some(false), format!("proprietary: {}; not stated: {}", named(Some(false)), named(None))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;

    const BASE: &str = r#"
[scenario]
name = "Own"
start = "2026-11"

[demand]
requests_per_month = 100
input_tokens_per_request = 1
output_tokens_per_request = 1

[revenue]
usd_per_request = 0.01

[architecture]
kind = "own-gpus"
gpu = "H100 SXM"
output_tokens_per_s_per_gpu = 500
usd_per_gpu_hour = 2
"#;

    #[test]
    fn what_is_stated_is_taken_and_the_rest_is_unknown() {
        let file = parse(&format!(
            "{BASE}portable = true\nexit = {{ gb_per_request = 0.5, egress_usd_per_gb = 0.09 }}\n\
             [exit]\npeople_weeks = 0\nre_evaluation_usd = 100\n\
             [migration]\npeople_weeks = 2\nusd_per_person_week = 4000\nweeks_to_live = 8.6964285714285714\n"
        ))
        .unwrap();
        let plan = file.exit_plan();
        let (whole, own) = (plan.whole.unwrap(), plan.components[0].unwrap());
        assert_eq!((whole.re_evaluation_usd, whole.data, whole.parallel_run_months), (Some(100.0), None, None));
        assert_eq!(whole.people.map(|people| people.usd()), Some(0.0), "none is a statement");
        assert_eq!(own.data.map(|data| (data.gb, data.gb_per_request)), Some((0.0, 0.5)));
        assert_eq!(file.migration_usd(), Some(8_000.0));
        assert!((file.wait_months() - 2.0).abs() < 1e-12, "365.25 ÷ 12 ÷ 7 weeks a month");
        assert_eq!(file.portability().0, Some(true));
        assert_eq!(file.yearly_rate(), (0.1, true));
        let plain = parse(BASE).unwrap();
        assert_eq!((plain.exit_plan().whole, plain.migration_usd(), plain.portability().0), (None, None, None));
    }

    #[test]
    fn what_cannot_be_is_named_with_its_key() {
        let says = |more: &str, words: &str| {
            let error = parse(&format!("{BASE}{more}")).unwrap_err().to_string();
            assert!(error.contains(words), "{words}: {error}");
        };
        says("[exit]\ndata_gb = 5\n", "exit.egress_usd_per_gb is missing, the price of data_gb");
        says("[exit]\npeople_weeks = 5\n", "exit.usd_per_person_week is missing, the price of people_weeks");
        says("exit = { re_evaluation_usd = -1 }\n", "architecture.exit.re_evaluation_usd is -1, expected 0 to");
        says("[exit]\nre_evaluation_usd = nan\n", "exit.re_evaluation_usd is NaN, expected 0 to");
        says("[exit]\nre_evaluation_usd = { value = 1, low = 0, high = 2 }\n", "re_evaluation_usd has a range");
        says("[migration]\nweeks_to_live = 521\n", "migration.weeks_to_live is 521, expected 0 to 520");
        says(
            "[finance]\ndiscount_percent_per_year = -100\n",
            "finance.discount_percent_per_year is -100, expected -99",
        );
        says(
            "committed = [{ gpus = 1, usd_per_gpu_hour = 1, upfront_percent = 101 }]\n",
            "architecture.committed: upfront_percent is 101, expected 0 to 100",
        );
    }
}
