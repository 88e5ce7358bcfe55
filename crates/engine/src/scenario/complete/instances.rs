//! GPUs that a cloud sells only by the instance: they come, and are paid for, in whole ones.

use super::super::file::ComponentFile;
use crate::prices::gpu_offers::{Sold, common_divisor};

/// Most GPUs that a file may let come together.
const MOST: u32 = 1_024;

/// Lets the GPUs of a component come in whole instances of so many, where the file says nothing of it; where it says
/// something that no number of instances gives, be it of GPUs or of reserved ones, `Some` that they are not sold so. `told`
/// says what an instance is.
pub(super) fn whole(
    component: &mut ComponentFile,
    stated_unit: Option<u32>,
    (size, told): (u32, &str),
    notes: &mut Vec<String>,
) -> Option<Sold> {
    if size <= 1 {
        return None;
    }
    let unit = component.gpus_per_unit.unwrap_or(1);
    let mut refused = |key: &str, found: u32, least: u32| {
        let reason = format!("{told}: {key} = {found} is no whole number of it");
        notes.push(reason.clone());
        Some(Sold::No { reason, mend: Some(format!("{key} = {least}")) })
    };
    if let (Some(stated), true) = (stated_unit, !unit.is_multiple_of(size)) {
        return refused("gpus_per_unit", stated, common(stated, size));
    }
    if let Some(gpus) = component.gpus.filter(|gpus| !gpus.is_multiple_of(size)) {
        return refused("gpus", gpus, gpus.next_multiple_of(size));
    }
    let held = component.committed.iter().enumerate().find(|(_, held)| !held.gpus.is_multiple_of(size));
    if let Some((place, held)) = held {
        return refused(&format!("committed.{}.gpus", place + 1), held.gpus, held.gpus.next_multiple_of(size));
    }
    let whole = common(unit, size).min(MOST);
    if whole != unit {
        notes.push(format!("{told}: GPUs come in units of {whole}"));
        component.gpus_per_unit = Some(whole);
    }
    None
}

/// The least number that both are parts of: whole replicas on whole instances.
pub(in crate::scenario) fn common(a: u32, b: u32) -> u32 {
    let (a, b) = (a.max(1), b.max(1));
    (a / common_divisor(a, b)).saturating_mul(b)
}

#[cfg(test)]
mod tests {
    use super::common;

    #[test]
    fn whole_replicas_stand_on_whole_instances() {
        assert_eq!([common(1, 8), common(2, 8), common(8, 8), common(16, 8), common(6, 4)], [8, 8, 8, 16, 12]);
    }
}
