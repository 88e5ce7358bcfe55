//! At which utilisation of its GPUs one architecture earns more than another.

use super::volume::{MarginByVolume, part};
use crate::scenario::{Inputs, Serving, Sheet, at_volume};

/// A stretch of utilisation of one fleet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UtilisationAhead {
    /// GPUs of the fleet in this stretch.
    pub gpus: u32,
    /// Mean load ÷ capacity where the stretch begins.
    pub from: f64,
    /// Where it ends.
    pub to: f64,
    /// Requests a month where it begins and ends.
    pub requests: (f64, f64),
}

/// Whose GPUs are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// Those of the scenario that is ahead.
    Own,
    /// Those of the other.
    Others,
}

impl MarginByVolume {
    /// Stretches of the utilisation of GPUs in which this earns a higher margin than the other, in their first month,
    /// fleet by fleet as volume grows up to `most` requests; utilisation rises inside a fleet and falls with each
    /// further unit, so there can be one stretch for each.
    ///
    /// `None` where margin is no straight line between units. Empty where there are no GPUs.
    #[must_use]
    pub fn utilisation_ahead(&self, other: &Self, whose: Whose, most: f64) -> Option<Vec<UtilisationAhead>> {
        let mut found: Vec<UtilisationAhead> = Vec::new();
        for (from, to, one, two) in self.pieces(other, most)? {
            let lead = |volume: f64| (volume, one.at(volume) - two.at(volume));
            let fleet = if whose == Whose::Own { one } else { two };
            let Some(span) = part(lead(from), lead(to)).filter(|(low, high)| low < high && fleet.gpus > 0) else {
                continue;
            };
            let at = |volume: f64| fleet.utilisation(volume);
            push(&mut found, UtilisationAhead { gpus: fleet.gpus, from: at(span.0), to: at(span.1), requests: span });
        }
        Some(found)
    }
}

/// Neighbouring stretches of one fleet are one.
fn push(found: &mut Vec<UtilisationAhead>, next: UtilisationAhead) {
    match found.last_mut() {
        Some(last) if last.gpus == next.gpus && next.requests.0 <= last.requests.1 * (1.0 + 1e-12) => {
            (last.to, last.requests.1) = (next.to, next.requests.1);
        }
        _ => found.push(next),
    }
}

/// The utilisation at which a GPU's cost per token equals that of the other scenario's APIs: what a request takes of a GPU
/// at full use × its price ÷ what the APIs ask for the request (domain §1.2 solved for utilisation), in the first month.
/// Above 1 the GPU never gets there. Spare GPUs, whole units and further lines are left out: those are in
/// [`MarginByVolume::utilisation_ahead`].
///
/// `None` unless the one serves by one fleet alone and the other by APIs alone, where nothing is asked for, or where an
/// API is free.
#[must_use]
pub fn break_even_utilisation(own: &Inputs, api: &Inputs) -> Option<f64> {
    let [component] = own.components.as_slice() else { return None };
    let Serving::OwnGpus(gpus) = &component.serving else { return None };
    if gpus.is_autoscaled || api.components.iter().any(|each| matches!(each.serving, Serving::OwnGpus(_))) {
        return None;
    }
    let requests = own.demand.requests_per_month;
    let sheet = &mut Sheet::default();
    at_volume(own, 0, requests, sheet);
    let provided = f64::from(sheet.capacity[0]?.gpus_provided);
    if provided <= 0.0 || requests <= 0.0 {
        return None;
    }
    let usd_per_gpu_second = sheet.lines[0] / (provided * own.hours(0) * 3_600.0);
    let attempts = 1.0 + own.demand.retry_share;
    let mine = attempts * gpus.gpu_seconds(component.tokens(own.demand.tokens)) * usd_per_gpu_second;
    at_volume(api, 0, requests, sheet);
    let theirs = sheet.lines.iter().take(api.components.len()).sum::<f64>() / requests;
    (theirs > 0.0).then(|| mine / theirs)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{api, inputs, own};
    use super::*;
    use crate::scenario::OwnGpus;
    use proptest::prelude::*;

    fn ahead(a: &Inputs, b: &Inputs, whose: Whose, most: f64, limit: u32) -> Option<Vec<UtilisationAhead>> {
        MarginByVolume::of(a, limit).utilisation_ahead(&MarginByVolume::of(b, limit), whose, most)
    }

    /// A request takes two GPU seconds at 2 USD an hour, 0.001111 USD, and 0.0015 USD from the API: 74.07 %.
    #[test]
    fn one_fleet_needs_the_same_utilisation_whatever_its_size() {
        let share = break_even_utilisation(&own(false), &api(0.0)).unwrap();
        assert!((share - 2.0 * 2.0 / 3_600.0 / 0.0015).abs() < 1e-12, "{share}");
        let found = ahead(&own(false), &api(0.0), Whose::Own, 6e6, 50).unwrap();
        // One GPU serves 1.296 M requests: 6 M need five.
        assert_eq!(found.iter().map(|each| each.gpus).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
        assert!((found[0].from - share).abs() < 1e-9 && (found[0].to - 1.0).abs() < 1e-9, "{found:?}");
        assert!((found[1].from - share).abs() < 1e-9, "{found:?}");
        // With five GPUs utilisation begins at four fifths, where they are ahead already.
        assert!((found[4].from - 0.8).abs() < 1e-9 && (found[4].to - 6.0 / 6.48).abs() < 1e-9, "{found:?}");
    }

    #[test]
    fn the_api_is_ahead_below_and_other_shapes_have_no_answer() {
        let found = ahead(&api(0.0), &own(false), Whose::Others, 2e6, 50).unwrap();
        assert!(found[0].from == 0.0 && (found[0].to - 0.740_740_740).abs() < 1e-6, "{found:?}");
        assert_eq!(ahead(&api(0.0), &api(0.1), Whose::Own, 2e6, 50), Some(vec![]), "no GPUs");
        assert_eq!(ahead(&own(true), &api(0.0), Whose::Own, 2e6, 50), None, "GPUs that follow the hours");
        assert_eq!(break_even_utilisation(&api(0.0), &own(false)), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]

        #[test]
        fn stretches_lie_inside_those_by_volume(
            rate in 10.0..200.0f64, price in 0.5..6.0f64, unit in 1..9u32, spare in 0..3u32, fee in 0.0..0.003f64,
        ) {
            let gpus = OwnGpus { gpus_per_unit: unit, spare_units: spare, ..OwnGpus::on_demand(rate, price) };
            let own = inputs(Serving::OwnGpus(gpus));
            let by_volume = MarginByVolume::of(&own, 60).ahead_of(&MarginByVolume::of(&api(fee), 60));
            let most = 5e6;
            let found = ahead(&own, &api(fee), Whose::Own, most, 60).unwrap();
            for each in &found {
                prop_assert!(each.from <= each.to && each.from >= 0.0 && each.to <= 1.0 + 1e-9, "{each:?}");
                let middle = f64::midpoint(each.requests.0, each.requests.1);
                let inside = |(from, to): &(f64, Option<f64>)| middle >= *from && to.is_none_or(|to| middle <= to);
                prop_assert!(by_volume.iter().any(inside), "{each:?} {by_volume:?}");
            }
            let length = |spans: Vec<(f64, f64)>| spans.iter().map(|(from, to)| to - from).sum::<f64>();
            let mine = length(found.iter().map(|each| each.requests).collect());
            let clipped = by_volume.iter().map(|(from, to)| (from.min(most), to.unwrap_or(most).min(most))).collect();
            prop_assert!((mine - length(clipped)).abs() < 1.0, "{mine}");
        }
    }
}
