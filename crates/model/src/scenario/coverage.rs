//! Commitment coverage: which share of the GPU hours that are paid for use is covered by commitments (domain §4).

use super::{Committed, Component, Inputs, MonthResult, OwnGpus, Serving};

/// Hours of a week.
const HOURS: usize = 168;

/// Share of the GPU hours of all months that commitments cover, 0 to 1; `None` where no GPU hour is needed.
///
/// Hours are those of the GPUs that the load and its spares need, or that are stated; a commitment beyond them covers
/// nothing. Where GPUs follow the hours, each hour of the week is looked at.
#[must_use]
pub fn commitment_coverage(inputs: &Inputs, months: &[MonthResult]) -> Option<f64> {
    let (mut covered, mut all) = (0.0, 0.0);
    for (index, month) in months.iter().enumerate() {
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        let hours = inputs.hours(index);
        for (place, component) in inputs.components.iter().enumerate() {
            let Serving::OwnGpus(gpus) = &component.serving else { continue };
            let held = gpus.committed(index).0;
            let served = month.sheet.requests.get(place).copied().unwrap_or(0.0);
            let needed = month.sheet.capacity.get(place).copied().flatten().map_or(0, |found| found.gpus_needed);
            let (mine, whole) = match gpus.is_autoscaled && gpus.stated_gpus.is_none() {
                true => by_hour(inputs, component, gpus, (served, hours, held)),
                false => {
                    let spare = gpus.spare_units * gpus.gpus_per_unit;
                    let live = component.live_share(index);
                    let wanted = gpus.stated_gpus.unwrap_or(if live > 0.0 { needed.saturating_add(spare) } else { 0 });
                    (f64::from(held.min(wanted)), f64::from(wanted))
                }
            };
            covered += mine * hours;
            all += whole * hours;
        }
    }
    (all > 0.0).then(|| covered / all)
}

/// Committed and needed GPUs as means over the hours of the week.
fn by_hour(
    inputs: &Inputs,
    component: &Component,
    gpus: &OwnGpus,
    (served, hours, held): (f64, f64, u32),
) -> (f64, f64) {
    let attempts = served * (1.0 + inputs.demand.retry_share);
    let mean = attempts / (hours * 3_600.0) * gpus.gpu_seconds(component.tokens(inputs.demand.tokens));
    let spare = gpus.spare_units * gpus.gpus_per_unit;
    let wanted = |hour: usize| {
        let units = gpus.units(mean * component.load.placed(hour));
        units.saturating_mul(gpus.gpus_per_unit).saturating_add(spare)
    };
    let (covered, all) = (0..HOURS)
        .map(wanted)
        .fold((0.0, 0.0), |(covered, all), wanted| (covered + f64::from(held.min(wanted)), all + f64::from(wanted)));
    (covered / HOURS as f64, all / HOURS as f64)
}

/// Does any component hold a commitment?
#[must_use]
pub fn holds_commitments(inputs: &Inputs) -> bool {
    let held = |component: &Component| -> bool {
        let committed: &[Committed] = match &component.serving {
            Serving::OwnGpus(gpus) => &gpus.committed,
            Serving::Api(_) => &[],
        };
        committed.iter().any(|held| held.gpus > 0)
    };
    inputs.components.iter().any(held)
}
