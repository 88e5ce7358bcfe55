//! Further lines of cost as the file states them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::span::of_assumption;
use super::{Assumption, Series, span};

/// A further line of cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CostFile {
    /// Its name.
    pub label: String,
    /// Currency of its prices instead of USD; one of `[exchange_rates]`.
    pub currency: Option<String>,
    /// Fixed part.
    pub usd_per_month: Option<Assumption>,
    /// The fixed part month by month instead.
    pub usd_by_month: Option<Series>,
    /// Part that grows with requests.
    pub usd_per_request: Option<Assumption>,
    /// Part that grows with tokens.
    pub usd_per_mtok: Option<Assumption>,
    /// Part that is a share of revenue.
    pub revenue_percent: Option<Assumption>,
    /// People who work on it, paid in the months in which it is due.
    pub people: Option<Assumption>,
    /// One of them for a month.
    pub usd_per_person_month: Option<Assumption>,
    /// Share of the requests that are traced, evaluated or judged.
    pub sampled_percent: Option<Assumption>,
    /// One of those.
    pub usd_per_sampled_request: Option<Assumption>,
    /// What each request adds to what is stored.
    pub gb_per_request: Option<Assumption>,
    /// A gigabyte stored for a month.
    pub usd_per_gb_month: Option<Assumption>,
    /// Months for which it is kept; for ever when absent.
    pub keep_months: Option<u32>,
    /// Data sent over a network.
    pub network: Option<NetworkFile>,
    /// A model trained anew from time to time.
    pub retraining: Option<RetrainingFile>,
    /// Part that is bought in whole units.
    pub units: Option<UnitsFile>,
    /// Does it stand once in each copy of `[availability]`?
    pub per_copy: Option<bool>,
    /// First month of the scenario in which it is due, counted from 1.
    pub from_month: Option<u32>,
    /// Last month.
    pub to_month: Option<u32>,
    /// Its fixed part is due every so many months.
    pub every_months: Option<u32>,
    /// Change of its prices per month.
    pub price_change_percent_per_month: Option<Assumption>,
}

/// Something bought in whole units: a database, a vector store, a gateway.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UnitsFile {
    /// Requests per second that one carries.
    pub requests_per_s_per_unit: Assumption,
    /// USD of one for a month.
    pub usd_per_unit_month: Assumption,
    /// Units beyond what the load needs.
    #[serde(default)]
    pub spare_units: u32,
    /// A fixed number instead of what the load needs.
    pub units: Option<u32>,
    /// Further copies of each unit.
    #[serde(default)]
    pub replicas: u32,
}

/// Where data goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Topology {
    /// To the internet.
    Egress,
    /// Between zones of a region.
    CrossZone,
    /// To another region.
    Replication,
    /// Through a NAT gateway.
    Nat,
    /// Through a private endpoint.
    PrivateLink,
}

impl Topology {
    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Egress => "egress",
            Self::CrossZone => "cross-zone",
            Self::Replication => "replication",
            Self::Nat => "nat",
            Self::PrivateLink => "private-link",
        }
    }

    /// What the price book calls it, where it has such prices.
    #[must_use]
    pub fn item(self) -> Option<&'static str> {
        match self {
            Self::Egress => Some("internet"),
            Self::Replication => Some("another region"),
            Self::CrossZone | Self::Nat | Self::PrivateLink => None,
        }
    }
}

/// Data sent over a network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NetworkFile {
    /// Where it goes.
    pub kind: Topology,
    /// What a request sends.
    pub gb_per_request: Option<Assumption>,
    /// A gigabyte; from the price book when absent.
    pub usd_per_gb: Option<Assumption>,
    /// Gateways or endpoints, 1 when absent.
    pub gateways: Option<Assumption>,
    /// One of them for an hour.
    pub usd_per_hour: Option<Assumption>,
    /// Provider whose price is looked up.
    pub cloud: Option<String>,
    /// Region that data leaves.
    pub region: Option<String>,
    /// Date whose price holds.
    pub priced_at: Option<String>,
}

impl NetworkFile {
    /// Does it state a place at which prices are looked up?
    #[must_use]
    pub fn is_looked_up(&self) -> bool {
        self.usd_per_gb.is_none() && self.cloud.is_some()
    }
}

/// A model trained or fine-tuned anew from time to time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RetrainingFile {
    /// Months from one to the next, the first in the line's first month.
    pub every_months: u32,
    /// GPU hours of one.
    pub gpu_hours: Option<Assumption>,
    /// A GPU for an hour.
    pub usd_per_gpu_hour: Option<Assumption>,
    /// Weeks that people work on one.
    pub people_weeks: Option<Assumption>,
    /// A person for a week.
    pub usd_per_person_week: Option<Assumption>,
}

impl RetrainingFile {
    /// Its assumptions by key.
    #[must_use]
    pub fn assumptions(&self) -> Vec<(&'static str, &Assumption)> {
        let all = [
            ("gpu_hours", &self.gpu_hours),
            ("usd_per_gpu_hour", &self.usd_per_gpu_hour),
            ("people_weeks", &self.people_weeks),
            ("usd_per_person_week", &self.usd_per_person_week),
        ];
        stated(all)
    }

    /// Says what is wrong with it.
    #[must_use]
    pub fn fault(&self) -> Option<String> {
        if let Some(fault) = span::fault("RetrainingFile", "every_months", Some(f64::from(self.every_months))) {
            return Some(fault);
        }
        if self.gpu_hours.is_none() && self.people_weeks.is_none() {
            return Some("neither gpu_hours nor people_weeks is stated".into());
        }
        unpaired("gpu_hours", &self.gpu_hours, "usd_per_gpu_hour", &self.usd_per_gpu_hour)
            .or_else(|| unpaired("people_weeks", &self.people_weeks, "usd_per_person_week", &self.usd_per_person_week))
    }
}

impl NetworkFile {
    /// Its assumptions by key.
    #[must_use]
    pub fn assumptions(&self) -> Vec<(&'static str, &Assumption)> {
        let all = [
            ("gb_per_request", &self.gb_per_request),
            ("usd_per_gb", &self.usd_per_gb),
            ("gateways", &self.gateways),
            ("usd_per_hour", &self.usd_per_hour),
        ];
        stated(all)
    }

    fn fault(&self) -> Option<String> {
        let word = self.kind.word();
        if self.gb_per_request.is_none() && self.usd_per_hour.is_none() {
            return Some("neither gb_per_request nor usd_per_hour is stated".into());
        }
        if self.gateways.is_some() && self.usd_per_hour.is_none() {
            return Some("gateways needs usd_per_hour".into());
        }
        if self.usd_per_gb.is_some() && self.gb_per_request.is_none() {
            return Some("usd_per_gb needs gb_per_request".into());
        }
        if self.gb_per_request.is_some() && self.usd_per_gb.is_none() {
            if self.kind.item().is_none() {
                return Some(format!("usd_per_gb is missing: the price book has no prices of {word}"));
            }
            let place = [("cloud", &self.cloud), ("region", &self.region), ("priced_at", &self.priced_at)];
            let lacks = place.into_iter().find(|(_, stated)| stated.is_none());
            return lacks.map(|(key, _)| format!("state usd_per_gb, or {key} to look it up in the price book"));
        }
        None
    }
}

impl CostFile {
    /// Its assumptions by key; those of a table within it by both, `units.usd_per_unit_month`.
    #[must_use]
    pub fn assumptions(&self) -> Vec<(String, &Assumption)> {
        let all = [
            ("usd_per_month", &self.usd_per_month),
            ("usd_per_request", &self.usd_per_request),
            ("usd_per_mtok", &self.usd_per_mtok),
            ("revenue_percent", &self.revenue_percent),
            ("people", &self.people),
            ("usd_per_person_month", &self.usd_per_person_month),
            ("sampled_percent", &self.sampled_percent),
            ("usd_per_sampled_request", &self.usd_per_sampled_request),
            ("gb_per_request", &self.gb_per_request),
            ("usd_per_gb_month", &self.usd_per_gb_month),
            ("price_change_percent_per_month", &self.price_change_percent_per_month),
        ];
        let mut found: Vec<(String, &Assumption)> =
            stated(all).into_iter().map(|(key, assumption)| (key.to_owned(), assumption)).collect();
        let network = self.network.iter().flat_map(|network| network.assumptions());
        found.extend(network.map(|(key, assumption)| (format!("network.{key}"), assumption)));
        let retraining = self.retraining.iter().flat_map(|retraining| retraining.assumptions());
        found.extend(retraining.map(|(key, assumption)| (format!("retraining.{key}"), assumption)));
        if let Some(units) = &self.units {
            found.push(("units.requests_per_s_per_unit".into(), &units.requests_per_s_per_unit));
            found.push(("units.usd_per_unit_month".into(), &units.usd_per_unit_month));
        }
        found
    }

    /// Says what is missing or does not fit together.
    #[must_use]
    pub fn fault(&self) -> Option<String> {
        if self.usd_per_month.is_some() && self.usd_by_month.is_some() {
            return Some("both usd_per_month and usd_by_month are stated; leave one out".into());
        }
        if let Some(fault) =
            self.usd_by_month.as_ref().and_then(|series| series.fault(of_assumption("CostFile", "usd_by_month")))
        {
            return Some(format!("usd_by_month: {fault}"));
        }
        if let Some(fault) = span::fault("CostFile", "keep_months", self.keep_months.map(f64::from)) {
            return Some(fault);
        }
        if self.keep_months.is_some() && self.gb_per_request.is_none() {
            return Some("keep_months needs gb_per_request".into());
        }
        let pairs = [
            ("people", &self.people, "usd_per_person_month", &self.usd_per_person_month),
            ("sampled_percent", &self.sampled_percent, "usd_per_sampled_request", &self.usd_per_sampled_request),
            ("gb_per_request", &self.gb_per_request, "usd_per_gb_month", &self.usd_per_gb_month),
        ];
        let unpaired = pairs.into_iter().find_map(|(a, first, b, second)| unpaired(a, first, b, second));
        let network = self.network.as_ref().and_then(NetworkFile::fault);
        let retraining = self.retraining.as_ref().and_then(RetrainingFile::fault);
        unpaired
            .or_else(|| network.map(|fault| format!("network: {fault}")))
            .or_else(|| retraining.map(|fault| format!("retraining: {fault}")))
            .or_else(|| self.span_fault())
    }

    fn span_fault(&self) -> Option<String> {
        let from = self.from_month.unwrap_or(1);
        if from == 0 || self.to_month.is_some_and(|to| to < from) {
            return Some(format!("from_month {from} is not a month up to to_month, counted from 1"));
        }
        let every = span::fault("CostFile", "every_months", self.every_months.map(f64::from));
        every.or_else(|| {
            let units = self.units.as_ref()?;
            let fault = span::fault("UnitsFile", "replicas", Some(f64::from(units.replicas)))?;
            Some(format!("units.{fault}"))
        })
    }
}

fn stated<'a, const N: usize>(all: [(&'static str, &'a Option<Assumption>); N]) -> Vec<(&'static str, &'a Assumption)> {
    all.into_iter().filter_map(|(key, assumption)| Some((key, assumption.as_ref()?))).collect()
}

/// A quantity without its price, or the other way round, would cost nothing in silence.
fn unpaired(a: &str, first: &Option<Assumption>, b: &str, second: &Option<Assumption>) -> Option<String> {
    match (first, second) {
        (Some(_), None) => Some(format!("{a} needs {b}")),
        (None, Some(_)) => Some(format!("{b} needs {a}")),
        _ => None,
    }
}
