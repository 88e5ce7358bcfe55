//! When one architecture overtakes another: by month, and by volume.
//!
//! Whole GPUs make cost a staircase, so the lines can cross several times; the answer is a list of
//! intervals, never one number (domain §5.1).

use crate::scenario::{Architecture, Inputs, MonthResult, OwnGpus, api_usd_per_request};

/// Runs of consecutive months (1 = the first) in which `a` earns a higher margin than `b`.
#[must_use]
pub fn months_ahead(a: &[MonthResult], b: &[MonthResult]) -> Vec<(u32, u32)> {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for (index, (left, right)) in a.iter().zip(b).enumerate() {
        let month = u32::try_from(index).unwrap_or(u32::MAX) + 1;
        if left.margin_usd() <= right.margin_usd() {
            continue;
        }
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == month => *last = month,
            _ => runs.push((month, month)),
        }
    }
    runs
}

/// First month (1 = the first) in which the margin summed so far of `a` exceeds that of `b` and stays so.
#[must_use]
pub fn cumulative_month(a: &[MonthResult], b: &[MonthResult]) -> Option<u32> {
    let mut gap = 0.0;
    let mut since = None;
    for (index, (left, right)) in a.iter().zip(b).enumerate() {
        gap += left.margin_usd() - right.margin_usd();
        if gap <= 0.0 {
            since = None;
        } else if since.is_none() {
            since = Some(u32::try_from(index).unwrap_or(u32::MAX) + 1);
        }
    }
    since
}

/// Requests per month, as half-open intervals, at which own GPUs cost less than an API; the last may be open.
///
/// Exact for the staircase: with `n` units the API is dearer from `n × unit cost ÷ cost per request` on, and
/// `n` units serve up to `n × unit capacity`. At most `limit` units are looked at. Both scenarios must serve
/// the same request; other lines of cost are compared too.
#[must_use]
pub fn volumes_ahead(own: &Inputs, api: &Inputs, limit: u32) -> Vec<(f64, Option<f64>)> {
    let (Architecture::OwnGpus(gpus), Architecture::Api(prices)) = (own.architecture, api.architecture) else {
        return Vec::new();
    };
    let hours = (own.start.days() * 24) as f64;
    let fixed = |inputs: &Inputs| inputs.other.iter().map(|line| line.usd_per_month).sum::<f64>();
    let per_request = |inputs: &Inputs| inputs.other.iter().map(|line| line.usd_per_request).sum::<f64>();
    let saved = api_usd_per_request(api.tokens, prices) + per_request(api) - per_request(own);
    if saved <= 0.0 {
        return Vec::new();
    }
    let step = volume_of_a_unit(own, gpus, hours);
    let unit_usd = f64::from(gpus.gpus_per_unit) * hours * gpus.usd_per_gpu_hour;
    let mut intervals: Vec<(f64, Option<f64>)> = Vec::new();
    for units in 1..=limit {
        let paid = match gpus.stated_gpus {
            Some(stated) => f64::from(stated) * hours * gpus.usd_per_gpu_hour,
            None => f64::from(units + gpus.spare_units) * unit_usd,
        };
        let from = ((paid + fixed(own) - fixed(api)) / saved).max(f64::from(units - 1) * step);
        let to = f64::from(units) * step;
        if gpus.stated_gpus.is_some_and(|stated| units * gpus.gpus_per_unit > stated) {
            break;
        }
        if from < to {
            push(&mut intervals, from, to, units == limit);
        }
    }
    intervals
}

/// Requests per month that one more unit serves, given the shape of the week.
fn volume_of_a_unit(own: &Inputs, gpus: OwnGpus, hours: f64) -> f64 {
    let peak = own.hour_of_week.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
    f64::from(gpus.gpus_per_unit) * gpus.output_tokens_per_s_per_gpu * hours * 3600.0 / (own.tokens.output * peak)
}

fn push(intervals: &mut Vec<(f64, Option<f64>)>, from: f64, to: f64, open: bool) {
    let end = if open { None } else { Some(to) };
    match intervals.last_mut() {
        Some((_, last)) if last.is_some_and(|last| from <= last * (1.0 + 1e-12)) => *last = end,
        _ => intervals.push((from, end)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Evidence, TokenPrices, TokensPerRequest, at_volume, run};

    fn inputs(architecture: Architecture) -> Inputs {
        Inputs {
            start: "2026-11".parse().unwrap(),
            months: 24,
            requests_per_month: 1_000_000.0,
            growth_per_month: 0.10,
            tokens: TokensPerRequest { input: 1_000.0, output: 100.0, ..TokensPerRequest::default() },
            revenue_usd_per_request: 0.01,
            hour_of_week: vec![1.0; 168],
            architecture,
            evidence: Evidence::Published,
            line: "serving".into(),
            other: vec![],
        }
    }

    fn api() -> Inputs {
        inputs(Architecture::Api(TokenPrices {
            input_usd_per_mtok: 1.0,
            output_usd_per_mtok: 5.0,
            ..TokenPrices::default()
        }))
    }

    fn own() -> Inputs {
        inputs(Architecture::OwnGpus(OwnGpus {
            output_tokens_per_s_per_gpu: 50.0,
            usd_per_gpu_hour: 2.0,
            gpus_per_unit: 1,
            spare_units: 0,
            stated_gpus: None,
        }))
    }

    #[test]
    fn volume_intervals_agree_with_the_cost_at_every_volume() {
        // One GPU serves 50 tokens/s for 720 h = 1.296 M requests and costs 1,440 USD = 0.96 M API requests.
        let intervals = volumes_ahead(&own(), &api(), 50);
        assert!((intervals[0].0 - 960_000.0).abs() < 1.0);
        assert!(intervals.len() >= 3, "whole GPUs cross the API several times: {intervals:?}");
        for step in 1..400 {
            let volume = f64::from(step) * 50_000.0 + 7.0;
            let cheaper = at_volume(&own(), 0, volume).cost_usd < at_volume(&api(), 0, volume).cost_usd;
            let inside = intervals.iter().any(|(from, to)| volume > *from && to.is_none_or(|to| volume <= to));
            assert_eq!(cheaper, inside, "at {volume} requests");
        }
    }

    #[test]
    fn months_ahead_are_runs_of_months() {
        let (a, b) = (run(&own()), run(&api()));
        let runs = months_ahead(&a, &b);
        for (from, to) in &runs {
            for month in *from..=*to {
                let index = month as usize - 1;
                assert!(a[index].margin_usd() > b[index].margin_usd());
            }
        }
        assert!(!runs.is_empty());
        assert!(cumulative_month(&a, &b).is_some());
        assert!(months_ahead(&a, &a).is_empty(), "nothing overtakes itself");
    }
}
