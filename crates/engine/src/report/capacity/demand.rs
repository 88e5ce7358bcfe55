//! Output tokens per second by UTC hour: from a day's tokens and the hours in which GPUs were busy, or from a trace.

use std::collections::BTreeMap;

use chrono::{NaiveDate, TimeDelta};
use marginline_model::{Month, Zone};
use marginline_store::cost::Grain;
use marginline_store::gpu_sample::Clock;
use marginline_store::request_trace::TracedRequest;

use super::{HourKey, Provided};
use crate::Engine;
use crate::error::Result;
use crate::import::SELF_HOSTED;
use crate::report::Period;
use crate::roles::Counted;

/// Where the demand of an hour is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DemandFrom {
    /// Tokens of the self-hosted models by day, in the hours in which GPUs were busy.
    Usage,
    /// Requests of load traces in universal time.
    Trace,
}

impl DemandFrom {
    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::Trace => "trace",
        }
    }
}

/// Least part of an hour that a trace must cover for a rate.
const LEAST_SECONDS: f64 = 600.0;

impl Engine {
    /// Output tokens per second by UTC hour, where they are known. Usage goes before traces: a trace is a sample.
    pub(super) async fn demand_by_hour(
        &self,
        hours: &BTreeMap<HourKey, Provided>,
        zone: Zone,
        period: Period,
    ) -> Result<(Option<DemandFrom>, BTreeMap<HourKey, f64>)> {
        let in_period = |key: &HourKey| period.has(Month::of(zone.civil(key.0, key.1).0));
        let mut found = split(&self.self_hosted_by_day().await?, hours);
        found.retain(|key, _| in_period(key));
        if !found.is_empty() {
            return Ok((Some(DemandFrom::Usage), found));
        }
        let mut found = traced(&self.ledger().traced_requests().await?);
        found.retain(|key, _| in_period(key) && hours.contains_key(key));
        let from = (!found.is_empty()).then_some(DemandFrom::Trace);
        Ok((from, found))
    }

    /// Output tokens of self-hosted models by UTC day; of several tellers of a month, one counts.
    async fn self_hosted_by_day(&self) -> Result<BTreeMap<NaiveDate, f64>> {
        let keys = self.ledger().usage_keys().await?;
        if !keys.values().any(|key| key.provider == SELF_HOSTED) {
            return Ok(BTreeMap::new());
        }
        let sums = self.ledger().usage_sums(Grain::Day).await?;
        let counted = Counted::of(&keys, &sums);
        let mut days: BTreeMap<NaiveDate, f64> = BTreeMap::new();
        for sum in &sums {
            let Some(key) = keys.get(&sum.key).filter(|key| key.provider == SELF_HOSTED) else { continue };
            if counted.has(key, sum) {
                *days.entry(crate::facts::day_of(&sum.first_day)?).or_default() += sum.tokens.output as f64;
            }
        }
        Ok(days)
    }
}

/// A day's tokens spread over its hours as busy GPU hours are; only over days with all 24 hours, each measured.
fn split(days: &BTreeMap<NaiveDate, f64>, hours: &BTreeMap<HourKey, Provided>) -> BTreeMap<HourKey, f64> {
    let mut found = BTreeMap::new();
    for (date, tokens) in days {
        let busy: Option<Vec<f64>> = (0..24).map(|hour| hours.get(&(*date, hour))?.busy()).collect();
        let Some(busy) = busy else { continue };
        let all: f64 = busy.iter().sum();
        if all > 0.0 {
            let rates = (0u32..).zip(&busy).map(|(hour, busy)| ((*date, hour), tokens * busy / all / 3_600.0));
            found.extend(rates);
        }
    }
    found
}

/// Rates of the hours that traces cover for ten minutes or more. Two traces of an hour are two loads, and add up.
fn traced(requests: &[TracedRequest]) -> BTreeMap<HourKey, f64> {
    let mut found: BTreeMap<HourKey, f64> = BTreeMap::new();
    let in_utc = |request: &&TracedRequest| request.moment.clock == Clock::Utc;
    for trace in requests.chunk_by(|a, b| a.batch == b.batch) {
        let times = || trace.iter().filter(in_utc).map(|request| request.moment.ms);
        let (Some(first), Some(last)) = (times().min(), times().max()) else { continue };
        let mut tokens: BTreeMap<i64, f64> = BTreeMap::new();
        for request in trace.iter().filter(in_utc) {
            *tokens.entry(request.moment.ms.div_euclid(3_600_000)).or_default() += request.output_tokens as f64;
        }
        for hour in first.div_euclid(3_600_000)..=last.div_euclid(3_600_000) {
            let covered = (last.min((hour + 1) * 3_600_000) - first.max(hour * 3_600_000)) as f64 / 1_000.0;
            let Some(date) = NaiveDate::from_ymd_opt(1970, 1, 1)
                .and_then(|start| start.checked_add_signed(TimeDelta::days(hour.div_euclid(24))))
            else {
                continue;
            };
            if covered >= LEAST_SECONDS {
                let rate = tokens.get(&hour).copied().unwrap_or(0.0) / covered;
                *found.entry((date, hour.rem_euclid(24) as u32)).or_default() += rate;
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use marginline_store::gpu_sample::Moment;
    use marginline_store::request_trace::RequestTraceKey;

    fn day() -> NaiveDate {
        "2026-10-01".parse().unwrap()
    }

    fn hours(busy: impl Fn(u32) -> Option<f64>) -> BTreeMap<HourKey, Provided> {
        let hour = |hour| {
            let busy = busy(hour);
            let measured = if busy.is_some() { 8.0 } else { 0.0 };
            ((day(), hour), Provided { gpus: 8.0, busy: busy.unwrap_or(0.0), measured })
        };
        (0..24).map(hour).collect()
    }

    #[test]
    fn a_day_of_tokens_goes_where_gpus_were_busy() {
        // 12 hours with 6 busy, 12 with 2: 96 busy GPU hours share 34.56 million tokens, 100 per second and GPU.
        let days = BTreeMap::from([(day(), 34_560_000.0)]);
        let found = split(&days, &hours(|hour| Some(if hour < 12 { 6.0 } else { 2.0 })));
        assert!((found[&(day(), 0)] - 600.0).abs() < 1e-9 && (found[&(day(), 23)] - 200.0).abs() < 1e-9);
        let all: f64 = found.values().map(|rate| rate * 3_600.0).sum();
        assert!((all - 34_560_000.0).abs() < 1e-3, "nothing is lost");
    }

    #[test]
    fn a_day_that_is_not_measured_whole_is_unknown() {
        let days = BTreeMap::from([(day(), 1e6)]);
        assert!(split(&days, &hours(|hour| (hour != 3).then_some(1.0))).is_empty());
        let mut missing = hours(|_| Some(1.0));
        missing.remove(&(day(), 5));
        assert!(split(&days, &missing).is_empty());
        assert!(split(&days, &hours(|_| Some(0.0))).is_empty(), "tokens without work have no hour");
    }

    #[test]
    fn a_trace_counts_for_the_part_of_an_hour_that_it_covers() {
        let request = |second: i64, clock| TracedRequest {
            batch: 1,
            key: RequestTraceKey::default(),
            moment: Moment { ms: second * 1_000, clock },
            input_tokens: 1,
            output_tokens: 600,
        };
        // From 00:30:00 to 01:05:00 on 1 January 1970, 600 tokens a minute: 36 requests.
        let trace: Vec<TracedRequest> = (0..36).map(|minute| request(1_800 + minute * 60, Clock::Utc)).collect();
        let found = traced(&trace);
        let new_year: NaiveDate = "1970-01-01".parse().unwrap();
        assert_eq!(found.len(), 1, "five minutes are too few");
        assert!((found[&(new_year, 0)] - 10.0).abs() < 1e-9, "30 requests of 600 in half an hour");
        let local: Vec<TracedRequest> = (0..36).map(|minute| request(minute * 60, Clock::Local)).collect();
        assert!(traced(&local).is_empty(), "a clock of no zone has no hour");
    }
}
