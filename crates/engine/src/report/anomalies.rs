//! Days that cost more, or less, than a forecast of the days around them expects, by service and model.
//!
//! A day counts by date of use. A day on which nothing of a provider is known is unknown, not free; a day on which others
//! of its services cost something and this one did not is zero. Only charges for usage are watched: purchases, tax and
//! credits come when they come.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
pub use marginline_model::anomaly::Direction;
use marginline_model::anomaly::{Anomaly, DriverSeries, Watch, watch};
use marginline_model::{Money, Month};
use serde_json::{Value, json};

use super::measured;
use crate::Engine;
use crate::convert::Conversion;
use crate::error::{EngineError, Result};
use crate::facts::{Facts, day_of};
use crate::number;
use crate::rules::CostClass;
use crate::subject::{Subject, is_provider, plain_name};
use crate::view::{Cell, Column, ColumnKind, MonthBasis, Row, RowKind, Table};

/// Days of history that expectations are made from, the month included: half a year of weeks.
const HISTORY: u64 = 182;
/// Known days that a series must have to be watched: two weeks and a day.
const LEAST_DAYS: usize = 15;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AnomaliesRequest {
    /// Month whose days are judged; the last one of the ledger when absent.
    pub month: Option<Month>,
    /// Score that is too large.
    pub threshold: f64,
    /// Least impact in the reporting currency.
    pub least_impact: f64,
    /// Least impact in percent of what was expected.
    pub least_percent: f64,
    /// Which side.
    pub direction: Direction,
    /// Reporting currency and rates.
    pub conversion: Conversion,
}

impl Default for AnomaliesRequest {
    fn default() -> Self {
        Self {
            month: None,
            threshold: 3.5,
            least_impact: 10.0,
            least_percent: 10.0,
            direction: Direction::Both,
            conversion: Conversion::default(),
        }
    }
}

/// What is watched: provider, service and model.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    provider: String,
    service: String,
    model: String,
}

impl Place {
    fn of(subject: &Subject) -> Self {
        let word = |column: &str| subject.columns.get(column).cloned().unwrap_or_default();
        Self { provider: word("provider"), service: word("service"), model: word("model") }
    }
}

/// A day that stands out.
#[derive(Debug, Clone, PartialEq)]
struct Found {
    place: Place,
    day: NaiveDate,
    actual: Money,
    anomaly: Anomaly,
    method: &'static str,
}

/// Anomalies of a month.
#[derive(Debug, Clone, PartialEq)]
pub struct AnomaliesReport {
    /// The month.
    pub month: Month,
    /// Reporting currency.
    pub currency: String,
    found: Vec<Found>,
    watched: usize,
    too_short: usize,
    rare: usize,
    undated: Money,
    unconverted: BTreeSet<String>,
}

/// Tokens and requests of each day; requests are `None` where some row does not count them.
type UsedByDay = BTreeMap<NaiveDate, (u64, Option<u64>)>;

/// Effective cost of usage by place and day, and the days of which something of a provider is known.
#[derive(Default)]
struct Daily {
    costs: BTreeMap<Place, BTreeMap<NaiveDate, Money>>,
    known: BTreeMap<String, BTreeSet<NaiveDate>>,
    /// Use by provider and model.
    usage: BTreeMap<(String, String), UsedByDay>,
}

impl Engine {
    /// Days of a month whose cost stands out, by provider, service and model.
    ///
    /// # Errors
    /// A threshold that is none, an empty ledger.
    pub async fn anomalies(&self, request: &AnomaliesRequest) -> Result<AnomaliesReport> {
        for (name, found) in [
            ("threshold", request.threshold),
            ("min-impact", request.least_impact),
            ("min-percent", request.least_percent),
        ] {
            if !(0.0..=1e15).contains(&found) {
                return Err(EngineError::usage(format!("--{name} is {found}")).then("give a number of 0 or more"));
            }
        }
        let daily = self.daily_facts(request.conversion.prices_on).await?;
        let converted = self.converted(&daily, request.conversion, MonthBasis::UsageDate).await?;
        let facts = converted.as_ref().unwrap_or(&daily);
        let last = facts.costs.iter().filter(|fact| fact.day.is_some()).map(|fact| fact.usage_month).max();
        let month = request.month.or(last).ok_or_else(|| {
            EngineError::failed("the workspace holds no cost by day yet")
                .then("import a bill with days, or token usage")
        })?;
        report(facts, month, request)
    }
}

fn report(facts: &Facts, month: Month, request: &AnomaliesRequest) -> Result<AnomaliesReport> {
    let mut report = AnomaliesReport {
        month,
        currency: facts.rules.currency.clone(),
        found: Vec::new(),
        watched: 0,
        too_short: 0,
        rare: 0,
        undated: Money::ZERO,
        unconverted: BTreeSet::new(),
    };
    let daily = collected(facts, month, &mut report)?;
    for (place, costs) in &daily.costs {
        let Some((first, known)) = costs.keys().next().zip(daily.known.get(&place.provider)) else { continue };
        let end = month.plus(1).first_day();
        let days: Vec<NaiveDate> = first.iter_days().take_while(|day| *day < end).collect();
        let cost = |day: &NaiveDate| known.contains(day).then(|| costs.get(day).copied().unwrap_or_default());
        let amounts: Vec<Option<Money>> = days.iter().map(cost).collect();
        let given = amounts.iter().flatten().count();
        if given < LEAST_DAYS {
            report.too_short += 1;
            continue;
        }
        if 2 * amounts.iter().flatten().filter(|amount| **amount != Money::ZERO).count() < given {
            report.rare += 1;
            continue;
        }
        let series: Vec<Option<f64>> = amounts.iter().map(|amount| amount.map(Money::to_f64)).collect();
        let drivers = drivers(&daily, place, &days, &series);
        let told: Vec<DriverSeries> = drivers.iter().map(|(name, series)| DriverSeries { name, series }).collect();
        let asked = Watch {
            season: 7,
            threshold: request.threshold,
            direction: request.direction,
            least_impact: request.least_impact,
            least_percent: request.least_percent,
        };
        let Ok(watched) = watch(&series, asked, &told) else {
            report.too_short += 1;
            continue;
        };
        report.watched += 1;
        for anomaly in watched.anomalies {
            let (day, actual) = (days[anomaly.index], amounts[anomaly.index].unwrap_or_default());
            if day >= month.first_day() {
                report.found.push(Found { place: place.clone(), day, actual, anomaly, method: watched.method.word() });
            }
        }
    }
    report.found.sort_by(|a, b| {
        b.anomaly
            .impact
            .abs()
            .total_cmp(&a.anomaly.impact.abs())
            .then_with(|| (a.day, &a.place).cmp(&(b.day, &b.place)))
    });
    Ok(report)
}

/// Facts of the days up to the month's end, by place.
fn collected(facts: &Facts, month: Month, report: &mut AnomaliesReport) -> Result<Daily> {
    let end = month.plus(1).first_day();
    let begin = end.checked_sub_days(Days::new(HISTORY)).unwrap_or(NaiveDate::MIN);
    let mut daily = Daily::default();
    for fact in &facts.costs {
        let subject = &facts.subjects[fact.subject];
        let is_usage = subject.columns.get("charge_category").is_none_or(|category| category == "Usage");
        if !is_usage || subject.class == CostClass::Excluded {
            continue;
        }
        if fact.currency != facts.rules.currency {
            report.unconverted.insert(fact.currency.clone());
            continue;
        }
        let Some(day) = &fact.day else {
            report.undated += if fact.usage_month == month { fact.effective } else { Money::ZERO };
            continue;
        };
        let day = day_of(day)?;
        if day < begin || day >= end {
            continue;
        }
        let place = Place::of(subject);
        daily.known.entry(place.provider.clone()).or_default().insert(day);
        *daily.costs.entry(place).or_default().entry(day).or_default() += fact.effective;
    }
    for fact in &facts.usage {
        let Some(day) = &fact.day else { continue };
        let day = day_of(day)?;
        if day < begin || day >= end {
            continue;
        }
        let Place { provider, model, .. } = Place::of(&facts.subjects[fact.subject]);
        let (tokens, requests) = daily.usage.entry((provider, model)).or_default().entry(day).or_insert((0, Some(0)));
        *tokens += fact.tokens.total();
        *requests = requests.filter(|_| fact.requests_missing == 0).map(|requests| requests + fact.requests);
    }
    Ok(daily)
}

/// Series that may tell why a model's cost moved: requests, tokens, tokens per request, cost per million tokens.
fn drivers(
    daily: &Daily,
    place: &Place,
    days: &[NaiveDate],
    costs: &[Option<f64>],
) -> Vec<(&'static str, Vec<Option<f64>>)> {
    if place.model.is_empty() {
        return Vec::new();
    }
    let is_same = |provider: &str| provider == place.provider || is_provider(&plain_name(&place.provider), provider);
    let mut usage = UsedByDay::new();
    for ((provider, model), by_day) in &daily.usage {
        if *model == place.model && is_same(provider) {
            for (day, (more, asked)) in by_day {
                let (tokens, requests) = usage.entry(*day).or_insert((0, Some(0)));
                *tokens += more;
                *requests = requests.zip(*asked).map(|(sum, more)| sum + more);
            }
        }
    }
    if usage.is_empty() {
        return Vec::new();
    }
    let tokens: Vec<Option<f64>> = days.iter().map(|day| usage.get(day).map(|(tokens, _)| *tokens as f64)).collect();
    let requests: Vec<Option<f64>> = days
        .iter()
        .map(|day| usage.get(day).and_then(|(_, requests)| requests.map(|requests| requests as f64)))
        .collect();
    let over = |above: &[Option<f64>], below: &[Option<f64>], unit: f64| -> Vec<Option<f64>> {
        let ratio = |(above, below): (&Option<f64>, &Option<f64>)| {
            above.zip(below.filter(|below| *below > 0.0)).map(|(above, below)| above / below * unit)
        };
        above.iter().zip(below).map(ratio).collect()
    };
    vec![
        ("cost per Mtok", over(costs, &tokens, 1e6)),
        ("tokens per request", over(&tokens, &requests, 1.0)),
        ("requests", requests),
        ("tokens", tokens),
    ]
}

impl AnomaliesReport {
    /// Is there none?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// The JSON document of `report anomalies`.
    #[must_use]
    pub fn json(&self) -> Value {
        let text = |text: &str| if text.is_empty() { Value::Null } else { text.into() };
        let row = |found: &Found| {
            let Anomaly { expected, impact, percent, score, driver, .. } = &found.anomaly;
            json!({
                "day": found.day.to_string(),
                "provider": text(&found.place.provider),
                "service": text(&found.place.service),
                "model": text(&found.place.model),
                "actual": found.actual.to_string(),
                "expected": measured::decimal(*expected),
                "impact": measured::decimal(*impact),
                "impact_percent": percent.map(measured::decimal),
                "score": score,
                "driver": driver.as_ref().map(|driver| json!({
                    "name": driver.name,
                    "actual": measured::decimal(driver.actual),
                    "expected": measured::decimal(driver.expected),
                })),
                "method": found.method,
            })
        };
        json!({
            "month": self.month.to_string(),
            "currency": self.currency,
            "rows": self.found.iter().map(row).collect::<Vec<_>>(),
            "watched": self.watched,
            "too_short": self.too_short,
            "not_daily": self.rare,
            "without_day": self.undated.to_string(),
            "unconverted": self.unconverted,
        })
    }

    /// The table shown and exported.
    #[must_use]
    pub fn table(&self) -> Table {
        let column = Column::new;
        let currency = self.currency.as_str();
        Table {
            id: "anomalies".into(),
            title: format!("Cost anomalies, {}", self.month.label()),
            subtitle: format!("{currency} of effective cost by day of use, beside what a forecast expects"),
            columns: vec![
                column("day", "Day", "", ColumnKind::Text),
                column("provider", "Provider", "", ColumnKind::Text),
                column("service", "Service", "", ColumnKind::Text),
                column("model", "Model", "", ColumnKind::Text),
                column("actual", "Actual", currency, ColumnKind::Money),
                column("expected", "Expected", currency, ColumnKind::Money),
                column("impact", "Impact", currency, ColumnKind::Money),
                column("impact_percent", "Impact", "%", ColumnKind::Percent),
                column("score", "Score", "", ColumnKind::Measure),
                column("driver", "Driver", "", ColumnKind::Text),
                column("driver_actual", "Driver actual", "", ColumnKind::Measure),
                column("driver_expected", "Driver expected", "", ColumnKind::Measure),
                column("method", "Expected by", "", ColumnKind::Text),
            ],
            rows: self.found.iter().map(row).collect(),
            notes: self.notes(),
        }
    }

    fn notes(&self) -> Vec<String> {
        let plural = |count: usize| if count == 1 { "series" } else { "series, each a service and model," };
        let mut notes = vec![format!(
            "{} {} watched; expected values are forecasts, a score is a modified z of what they missed",
            self.watched,
            plural(self.watched)
        )];
        if self.too_short > 0 {
            notes.push(format!(
                "{} not watched: fewer than {LEAST_DAYS} known days, or too many missing",
                self.too_short
            ));
        }
        if self.rare > 0 {
            notes.push(format!("{} not watched: no cost on most days", self.rare));
        }
        if self.undated != Money::ZERO {
            let amount = number::money(self.undated, &self.currency);
            notes.push(format!("{amount} of the month's cost has no day and is not watched"));
        }
        if !self.unconverted.is_empty() {
            let all: Vec<&str> = self.unconverted.iter().map(String::as_str).collect();
            notes.push(format!("not watched, for want of a rate: {}", all.join(", ")));
        }
        notes
    }
}

fn row(found: &Found) -> Row {
    let Anomaly { expected, impact, percent, score, driver, .. } = &found.anomaly;
    let actual =
        Cell { value: Some(found.actual.to_string()), shown: number::plain_money(found.actual), ..Cell::default() };
    let driver = driver.as_ref();
    let cells = vec![
        measured::words(&found.day.to_string()),
        measured::words(&found.place.provider),
        measured::words(&found.place.service),
        if found.place.model.is_empty() { measured::unknown() } else { measured::words(&found.place.model) },
        actual,
        measured::figure(Some(*expected), 2),
        measured::figure(Some(*impact), 2),
        measured::figure(*percent, 1),
        measured::figure(Some(*score), 1),
        driver.map_or_else(measured::unknown, |driver| measured::words(&driver.name)),
        measured::figure(driver.map(|driver| driver.actual), 2),
        measured::figure(driver.map(|driver| driver.expected), 2),
        measured::words(found.method),
    ];
    let Place { provider, service, model } = &found.place;
    Row { key: format!("{}\u{1f}{provider}\u{1f}{service}\u{1f}{model}", found.day), kind: RowKind::Row, cells }
}
