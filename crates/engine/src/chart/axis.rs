//! The field of a chart: gridlines with ticks on the left, labels below.

use super::picture::{Align, Pen, Sheet};
use super::scale::Axis;
use super::style::SMALL;
use super::text::{Weight, clean, shorten, width};
use super::{ChartError, Unit};

/// Where values are drawn, in CSS pixels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field {
    /// First point or bar.
    pub left: f64,
    /// Last point or bar.
    pub right: f64,
    /// Top tick.
    pub top: f64,
    /// Bottom tick.
    pub bottom: f64,
}

/// Height below the field for one row of labels.
pub(super) const LABEL_ROW: f64 = 22.0;
/// Least ground between two labels, in CSS pixels.
const LABEL_GAP: f64 = 5.0;
/// A label wider than this is shortened; its mark has it whole.
const WIDEST_LABEL: f64 = 110.0;

/// Words in the tone of axes.
pub(super) fn soft(sheet: &Sheet<'_>, align: Align) -> Pen {
    Pen { size: SMALL, weight: Weight::Regular, colour: sheet.style.soft_ink, align }
}

/// The field's upper end: below the unit, where the ticks do not say it.
pub(super) fn top(sheet: &mut Sheet<'_>, unit: &Unit) -> Result<f64, ChartError> {
    match unit.caption() {
        Some(caption) => {
            let pen = soft(sheet, Align::Start);
            sheet.words(sheet.left, sheet.top + 9.0, &caption, pen)?;
            Ok(sheet.top + 24.0)
        }
        None => Ok(sheet.top + 8.0),
    }
}

/// Room for the ticks, left of the field.
pub(super) fn tick_room(axis: &Axis, unit: &Unit) -> f64 {
    let widths = axis.ticks().into_iter().map(|tick| width(&unit.tick(tick, axis.step), SMALL, Weight::Regular));
    widths.fold(0.0, f64::max).ceil() + 6.0
}

/// Hairlines and ticks; the zero line is stronger when values lie on both sides of it.
pub(super) fn grid(sheet: &mut Sheet<'_>, field: Field, axis: &Axis, unit: &Unit) -> Result<(), ChartError> {
    for tick in axis.ticks() {
        let y = axis.y(tick, field.top, field.bottom);
        let line = Sheet::sharp(y);
        let is_base = tick.abs() < axis.step * 1e-6 && axis.lo < 0.0;
        let colour = if is_base { sheet.style.faint_ink } else { sheet.style.hairline };
        sheet.path(&[(field.left, line), (field.right, line)], colour, 1.0)?;
        let pen = soft(sheet, Align::End);
        sheet.words(field.left - 6.0, y + 4.0, &unit.tick(tick, axis.step), pen)?;
    }
    Ok(())
}

/// Labels below the field at `xs`; every second, third … when they would touch, always with the last one.
pub(super) fn labels(sheet: &mut Sheet<'_>, bottom: f64, xs: &[f64], labels: &[String]) -> Result<(), ChartError> {
    let shorts: Vec<String> =
        labels.iter().map(|label| shorten(&clean(label), WIDEST_LABEL, SMALL, Weight::Regular)).collect();
    let widest = shorts.iter().map(|label| width(label, SMALL, Weight::Regular)).fold(0.0, f64::max);
    let slot = if xs.len() > 1 { (xs[xs.len() - 1] - xs[0]) / (xs.len() - 1) as f64 } else { f64::INFINITY };
    let stride = stride(xs.len(), ((widest + LABEL_GAP) / slot).ceil().max(1.0) as usize);
    let last = xs.len().saturating_sub(1);
    for (index, (&x, label)) in xs.iter().zip(&shorts).enumerate() {
        if (last - index).is_multiple_of(stride) {
            let half = width(label, SMALL, Weight::Regular) / 2.0;
            let x = x.min(sheet.right - half).max(sheet.left + half);
            let pen = soft(sheet, Align::Middle);
            sheet.words(x, bottom + 16.0, label, pen)?;
        }
    }
    Ok(())
}

/// The least stride that is wide enough; a little more if both ends are then labelled.
fn stride(count: usize, least: usize) -> usize {
    let last = count.saturating_sub(1);
    if least <= 1 {
        return 1;
    }
    (least..=least + least / 2 + 1).find(|&stride| last.is_multiple_of(stride)).unwrap_or(least)
}
