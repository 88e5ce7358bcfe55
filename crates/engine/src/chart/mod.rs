//! Pictures of figures: lines, stacked bars and waterfalls, drawn once as SVG for the window, the file and the
//! slide, with the places that answer to hover and keyboard.
//!
//! Pure: figures in, a [`Chart`] out; the same figures give the same bytes. What a figure means and how it is
//! rounded is decided by the caller (`shown`); only axis ticks are formatted here. `f64` is for positions, never
//! for money that is reported.

mod across;
mod advance;
mod axis;
mod curves;
mod fan;
mod front;
mod heat_map;
mod heat_shade;
mod labels;
mod lines;
mod picture;
mod png;
mod scale;
mod stacked_bars;
mod style;
mod text;
mod tornado;
mod turns;
mod unit;
mod waterfall;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod workbench_tests;

use crate::view::{Size, Theme};

pub use curves::{Curves, Stretch, Turn, curves};
pub use fan::{Fan, FanBand, FanSeries, fan};
pub use front::{Front, FrontPanel, FrontPoint, front};
pub use heat_map::heat_map;
pub use heat_shade::Shades;
pub use lines::lines;
pub use png::png;
pub use stacked_bars::stacked_bars;
pub use style::palette;
pub use tornado::{Tornado, TornadoBar, TornadoEnd, tornado};
pub use unit::Unit;
pub use waterfall::{fits_above_bars, waterfall};

/// Why a picture could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ChartError {
    /// The drawing library refused.
    #[error("chart could not be drawn: {0}")]
    Draw(String),
    /// The SVG could not be read back for the PNG.
    #[error("chart could not be read as SVG: {0}")]
    Svg(String),
    /// The PNG would be empty or larger than any screen or slide.
    #[error("picture of {width} × {height} pixels refused, expected 1 to {limit} on each side")]
    Size {
        /// Width asked, in pixels.
        width: f64,
        /// Height asked, in pixels.
        height: f64,
        /// Largest side accepted, in pixels.
        limit: u32,
    },
    /// The PNG could not be encoded.
    #[error("chart could not be written as PNG: {0}")]
    Png(String),
    /// A waterfall step has no value: it cannot be left out without breaking the sum.
    #[error("step `{0}` of the waterfall has no finite value")]
    Step(String),
    /// A bar has no value, and leaving it out would hide that.
    #[error("bar `{0}` has no finite value")]
    Value(String),
}

/// What every picture has, whatever it shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// Stable name; the export's file name begins with it.
    pub id: String,
    /// Title.
    pub title: String,
    /// Unit and period in words.
    pub subtitle: String,
    /// What the picture says, for a screen reader.
    pub alt: String,
    /// Where the figures come from, below an exported picture; empty where the subtitle says it.
    pub source: String,
    /// Size in CSS pixels.
    pub size: Size,
    /// Light or dark.
    pub theme: Theme,
    /// For files and slides: draws title and subtitle inside the picture, on an opaque ground, with type that
    /// grows with the size. On screen the card has the words and the ground, and type stays at 11 px.
    pub titled: bool,
}

/// A line, or the same-coloured part of every bar.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Series {
    /// Name; shortened in the picture when long, whole in the marks.
    pub name: String,
    /// Index into the palette of eight, counted round; the same index means the same thing in every chart.
    pub colour: usize,
    /// A value per label, in the chart's unit; `None` (and anything not finite) is unknown: it breaks a line and
    /// leaves a bar out, and never becomes zero.
    pub values: Vec<Option<f64>>,
    /// The same values as a person reads them, with unit; for marks and the direct label.
    pub shown: Vec<String>,
    /// Dashed line, for what is planned or assumed.
    pub dashed: bool,
    /// Grey instead of its colour, for what is only there to compare with.
    pub muted: bool,
}

/// A stretch of the horizontal axis that is worth a look, such as where two lines cross.
#[derive(Debug, Clone, PartialEq)]
pub struct Band {
    /// Start, as an index into the labels (3.5 is halfway between the fourth and the fifth).
    pub from: f64,
    /// End, as an index into the labels.
    pub to: f64,
    /// What it is, in a word.
    pub label: String,
    /// Index into the palette.
    pub colour: usize,
}

/// Values that move over time or volume.
#[derive(Debug, Clone, PartialEq)]
pub struct Lines {
    /// The horizontal axis, a label a point; thinned when there are many.
    pub labels: Vec<String>,
    /// The lines, in reading order.
    pub series: Vec<Series>,
    /// Unit of every value.
    pub unit: Unit,
    /// Stretches worth a look.
    pub bands: Vec<Band>,
}

/// A whole and its parts, bar by bar. Negative parts (credits) hang below zero.
#[derive(Debug, Clone, PartialEq)]
pub struct StackedBars {
    /// The horizontal axis, a label a bar; thinned when there are many.
    pub labels: Vec<String>,
    /// The parts, the first at the bottom. Merge small ones first: each gets a direct label.
    pub series: Vec<Series>,
    /// Unit of every value.
    pub unit: Unit,
}

/// A row of a heat map.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HeatRow {
    /// Name, left of the cells.
    pub name: String,
    /// A value per column; `None` is what does not exist or is not known.
    pub values: Vec<Option<f64>>,
    /// The same as a person reads it, without the unit; empty where there is none.
    pub shown: Vec<String>,
    /// What hover and screen reader say of each cell, with the unit; `shown` where empty.
    pub said: Vec<String>,
}

/// A table shaded by value, such as prices by GPU and region.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct HeatMap {
    /// Names above the cells.
    pub columns: Vec<String>,
    /// The rows, the first on top.
    pub rows: Vec<HeatRow>,
    /// What the colours mean, below the cells.
    pub legend: String,
    /// What an empty place means, for hover and screen reader: `not sold here`.
    pub absent: String,
    /// How values become colours.
    pub shades: Shades,
    /// Row and column of a cell with a heavy frame, such as the scenario as it is.
    pub marked: Option<(usize, usize)>,
    /// What the columns are, right above them; empty where it is plain.
    pub x_title: String,
    /// What the rows are, left above them; empty where it is plain.
    pub y_title: String,
}

/// What a waterfall's step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StepKind {
    /// Stands on the axis: where things were, or came to.
    Total,
    /// Moves on from the step before.
    #[default]
    Change,
}

/// A bar of a waterfall.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Step {
    /// What it is; up to two lines, three when bars are narrow.
    pub label: String,
    /// Level of a total, or size of a change, in the chart's unit.
    pub value: f64,
    /// The same as a person reads it. A change without a sign gets one.
    pub shown: String,
    /// Total or change.
    pub kind: StepKind,
    /// A rise is welcome (margin); false where a rise is unwelcome (cost).
    pub good_when_up: bool,
    /// What hover and screen reader say, a sentence; `shown` where empty.
    pub said: String,
}

/// How one level became another.
#[derive(Debug, Clone, PartialEq)]
pub struct Waterfall {
    /// The bars in order, usually a total, changes, and a total.
    pub steps: Vec<Step>,
    /// Unit of every value.
    pub unit: Unit,
}
