//! What it costs to undo a choice, month by month: data moved out, embeddings made again, two systems in parallel, a new
//! evaluation, people, and what is left of contracts (domain §5.1, "migration").
//!
//! Leaving at month `n` means: `n` months have run, then it is left. What nobody stated is unknown, so a sum with such a
//! part is a lower bound.

use thiserror::Error;

use super::{Inputs, MonthResult, Serving};

/// Most of any count, price or amount.
const MOST: f64 = 1e12;

/// What leaving takes, as stated; `None` is not stated, and so not known.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Exit {
    /// Data to move out.
    pub data: Option<DataOut>,
    /// Text to embed again.
    pub re_embedding: Option<ReEmbedding>,
    /// Months in which the old one goes on beside the new, at its cost of the month.
    pub parallel_run_months: Option<f64>,
    /// Evaluation of what comes instead, USD.
    pub re_evaluation_usd: Option<f64>,
    /// People.
    pub people: Option<People>,
}

/// Data to move out, and its egress.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DataOut {
    /// Gigabytes at the start.
    pub gb: f64,
    /// Gigabytes that each request adds.
    pub gb_per_request: f64,
    /// Egress, USD per gigabyte.
    pub usd_per_gb: f64,
}

/// Text to embed again, because vectors of one model mean nothing to another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReEmbedding {
    /// Million tokens.
    pub mtok: f64,
    /// USD per million.
    pub usd_per_mtok: f64,
}

/// Work of people.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct People {
    /// Weeks of one person.
    pub weeks: f64,
    /// USD per week.
    pub usd_per_week: f64,
}

impl People {
    /// What their weeks cost, USD.
    #[must_use]
    pub fn usd(self) -> f64 {
        self.weeks * self.usd_per_week
    }
}

/// What leaving a scenario takes: as a whole, and each of its components.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ExitPlan {
    /// Beside its components.
    pub whole: Option<Exit>,
    /// By place of the component.
    pub components: Vec<Option<Exit>>,
}

impl ExitPlan {
    /// Places of the components that do not state a part, of [`ExitCost::PARTS`], where neither the whole nor all of them
    /// do. Empty where it is known.
    #[must_use]
    pub fn lacking(&self, part: &str) -> Vec<usize> {
        let states = |exit: &Option<Exit>| exit.is_some_and(|exit| exit.states(part));
        if states(&self.whole) {
            return Vec::new();
        }
        self.components.iter().enumerate().filter(|(_, exit)| !states(exit)).map(|(place, _)| place).collect()
    }
}

/// A statement that cannot be.
#[derive(Debug, Clone, PartialEq, Error)]
#[error("exit.{name} is {found}, expected 0 to {MOST:e}")]
pub struct ExitError {
    /// Which.
    pub name: &'static str,
    /// What it is.
    pub found: f64,
}

impl Exit {
    /// Is a part of [`ExitCost::PARTS`] stated? The remainder of contracts follows from them and always is.
    fn states(&self, part: &str) -> bool {
        match part {
            "egress" => self.data.is_some(),
            "re_embedding" => self.re_embedding.is_some(),
            "parallel_run" => self.parallel_run_months.is_some(),
            "re_evaluation" => self.re_evaluation_usd.is_some(),
            "people" => self.people.is_some(),
            _ => true,
        }
    }

    /// Looks at every number.
    ///
    /// # Errors
    /// The first that is negative, too large or none.
    pub fn check(&self) -> Result<(), ExitError> {
        let data = self.data.map(|data| [data.gb, data.gb_per_request, data.usd_per_gb]);
        let text = self.re_embedding.map(|text| [text.mtok, text.usd_per_mtok]);
        let people = self.people.map(|people| [people.weeks, people.usd_per_week]);
        let mut numbers: Vec<(&'static str, f64)> = Vec::new();
        numbers.extend(["data_gb", "gb_per_request", "egress_usd_per_gb"].into_iter().zip(data.into_iter().flatten()));
        numbers.extend(["re_embedding_mtok", "re_embedding_usd_per_mtok"].into_iter().zip(text.into_iter().flatten()));
        numbers.extend(["people_weeks", "usd_per_person_week"].into_iter().zip(people.into_iter().flatten()));
        numbers.extend(self.parallel_run_months.map(|months| ("parallel_run_months", months)));
        numbers.extend(self.re_evaluation_usd.map(|usd| ("re_evaluation_usd", usd)));
        match numbers.into_iter().find(|(_, found)| !(0.0..=MOST).contains(found)) {
            None => Ok(()),
            Some((name, found)) => Err(ExitError { name, found }),
        }
    }
}

/// Cost to undo at the end of a month, in USD, part by part; `None` is a part that nobody stated. A part that some components
/// state and others do not is the sum of those, a lower bound.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ExitCost {
    /// Data moved × egress.
    pub egress_usd: Option<f64>,
    /// Text embedded again.
    pub re_embedding_usd: Option<f64>,
    /// Old and new side by side.
    pub parallel_run_usd: Option<f64>,
    /// Evaluation of what comes instead.
    pub re_evaluation_usd: Option<f64>,
    /// People.
    pub people_usd: Option<f64>,
    /// What commitments still ask for: GPUs × hours × price of the months that are left. Always known.
    pub contract_remainder_usd: f64,
    /// Which of the parts, in the order of [`ExitCost::PARTS`], are not stated whole.
    pub open: [bool; 6],
}

impl ExitCost {
    /// Names of the parts, in the order of [`ExitCost::parts`].
    pub const PARTS: [&'static str; 6] =
        ["egress", "re_embedding", "parallel_run", "re_evaluation", "people", "contract_remainder"];

    /// Its parts by name.
    #[must_use]
    pub fn parts(&self) -> [(&'static str, Option<f64>); 6] {
        let found = [
            self.egress_usd,
            self.re_embedding_usd,
            self.parallel_run_usd,
            self.re_evaluation_usd,
            self.people_usd,
            Some(self.contract_remainder_usd),
        ];
        std::array::from_fn(|at| (Self::PARTS[at], found[at]))
    }

    /// Sum of the parts that are known, USD; `None` where nothing is: no part is stated and no contract is left.
    #[must_use]
    pub fn known_usd(&self) -> Option<f64> {
        let stated = self.parts().iter().filter(|(_, usd)| usd.is_some()).count();
        let is_known = self.contract_remainder_usd > 0.0 || stated > 1;
        is_known.then(|| self.parts().iter().filter_map(|(_, usd)| *usd).sum())
    }

    /// Parts that are not stated, or not of every component; with one of them the sum is a lower bound.
    #[must_use]
    pub fn unknown(&self) -> Vec<&'static str> {
        Self::PARTS.into_iter().zip(self.open).filter(|(_, is_open)| *is_open).map(|(name, _)| name).collect()
    }
}

/// Cost to undo at the end of each month.
///
/// A part is known when it is stated for the whole, or for every component; of some of them it is a lower bound. A
/// commitment counts once it has begun; one
/// without an end runs to the end of the scenario.
///
/// # Errors
/// A statement that cannot be.
pub fn exit_costs(inputs: &Inputs, months: &[MonthResult], plan: &ExitPlan) -> Result<Vec<ExitCost>, ExitError> {
    for exit in plan.whole.iter().chain(plan.components.iter().flatten()) {
        exit.check()?;
    }
    let places = inputs.components.len();
    let mut stored = Stored { whole: 0.0, components: vec![0.0; places] };
    let mut costs = Vec::with_capacity(months.len());
    for (index, month) in months.iter().enumerate() {
        stored.whole += month.totals.requests;
        for (sum, served) in stored.components.iter_mut().zip(&month.sheet.requests) {
            *sum += served;
        }
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        costs.push(cost_of(plan, &stored, month, places, contract_remainder_usd(inputs, index)));
    }
    Ok(costs)
}

/// Requests served so far.
struct Stored {
    whole: f64,
    components: Vec<f64>,
}

fn cost_of(plan: &ExitPlan, stored: &Stored, month: &MonthResult, places: usize, contract: f64) -> ExitCost {
    let usd = |place: usize| month.sheet.lines.get(place).copied().unwrap_or(0.0);
    let all: f64 = (0..places).map(usd).sum();
    // (statement, requests served so far, cost of the month)
    let whole = (plan.whole, stored.whole, all);
    let each: Vec<(Option<Exit>, f64, f64)> =
        (0..places).map(|at| (plan.components.get(at).copied().flatten(), stored.components[at], usd(at))).collect();
    let part = |of: &dyn Fn(&Exit, f64, f64) -> Option<f64>| {
        let usd = |(exit, requests, usd): (Option<Exit>, f64, f64)| exit.and_then(|exit| of(&exit, requests, usd));
        let (whole, each): (Option<f64>, Vec<Option<f64>>) = (usd(whole), each.iter().copied().map(usd).collect());
        let is_stated = whole.is_some() || each.iter().any(Option::is_some);
        is_stated.then(|| whole.unwrap_or(0.0) + each.iter().flatten().sum::<f64>())
    };
    let states = |exit: Option<Exit>, part: &str| exit.is_some_and(|exit| exit.states(part));
    // Without a component only the whole can state anything.
    let is_open = |part: &str| {
        let lacks = |at: usize| !states(plan.components.get(at).copied().flatten(), part);
        part != ExitCost::PARTS[5] && !states(plan.whole, part) && (0..places.max(1)).any(lacks)
    };
    ExitCost {
        open: ExitCost::PARTS.map(is_open),
        egress_usd: part(&|exit, requests, _| {
            exit.data.map(|data| (data.gb + data.gb_per_request * requests) * data.usd_per_gb)
        }),
        re_embedding_usd: part(&|exit, _, _| exit.re_embedding.map(|text| text.mtok * text.usd_per_mtok)),
        parallel_run_usd: part(&|exit, _, usd| exit.parallel_run_months.map(|months| months * usd)),
        re_evaluation_usd: part(&|exit, _, _| exit.re_evaluation_usd),
        people_usd: part(&|exit, _, _| exit.people.map(People::usd)),
        contract_remainder_usd: contract,
    }
}

/// What commitments that have begun still ask for after the `index`th month, USD.
#[must_use]
pub fn contract_remainder_usd(inputs: &Inputs, index: u32) -> f64 {
    let hours_left = |to: u32| (index + 1..=to).map(|later| inputs.hours(later)).sum::<f64>();
    let held = inputs.components.iter().filter_map(|component| match &component.serving {
        Serving::OwnGpus(gpus) => Some(&gpus.committed),
        Serving::Api(_) => None,
    });
    held.flatten()
        .filter(|held| held.from <= index)
        .map(|held| {
            let to = held.to.unwrap_or(inputs.months.saturating_sub(1));
            f64::from(held.gpus) * held.usd_per_gpu_hour * hours_left(to.min(index.saturating_add(1_200)))
        })
        // From 0 up: a sum of nothing is 0 and not −0.
        .fold(0.0, |sum, usd| sum + usd)
}
