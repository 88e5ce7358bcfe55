//! GPUs that a cloud sells only by the instance: they come, and are paid for, in whole ones.

use super::super::file::ComponentFile;
use crate::prices::gpu_offers::{GpuPrice, Sold};

/// Most GPUs that a file may let come together.
const MOST: u32 = 1_024;

/// Lets the GPUs of a component come in whole instances of the price that is taken, where the file says nothing of it;
/// where it says something that no number of instances gives, `Some` that they are not sold so.
pub(super) fn whole(
    component: &mut ComponentFile,
    stated_unit: Option<u32>,
    price: &GpuPrice,
    notes: &mut Vec<String>,
) -> Option<Sold> {
    let size = price.gpus.filter(|size| *size > 1)?;
    let unit = component.gpus_per_unit.unwrap_or(1);
    let class = &price.class;
    let told = format!("{class} holds {size} GPUs and costs {} USD an hour as a whole", price.whole());
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
    let whole = common(unit, size).min(MOST);
    if whole != unit {
        notes.push(format!("{told}: GPUs come in units of {whole}"));
        component.gpus_per_unit = Some(whole);
    }
    None
}

/// The least number that both are parts of: whole replicas on whole instances.
fn common(a: u32, b: u32) -> u32 {
    let (mut divisor, mut rest) = (a.max(1), b.max(1));
    while rest > 0 {
        (divisor, rest) = (rest, divisor % rest);
    }
    (a.max(1) / divisor).saturating_mul(b.max(1))
}

#[cfg(test)]
mod tests {
    use super::common;

    #[test]
    fn whole_replicas_stand_on_whole_instances() {
        assert_eq!([common(1, 8), common(2, 8), common(8, 8), common(16, 8), common(6, 4)], [8, 8, 8, 16, 12]);
    }
}
