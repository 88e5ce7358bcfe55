//! Colours and type sizes of every picture, light and dark.
//!
//! Eight hues, told apart with normal sight, deuteranopia and protanopia (least distance in OKLab about 0.05), each
//! with a darker or lighter twin for words, which need more contrast than areas.

use crate::view::Theme;

/// Colours of one theme, `0xRRGGBB`.
#[derive(Debug)]
pub(super) struct Style {
    /// Ground of exported pictures; on screen the card shows through.
    pub ground: u32,
    /// Figures and titles.
    pub ink: u32,
    /// Axis words.
    pub soft_ink: u32,
    /// Connectors, leaders and the zero line.
    pub faint_ink: u32,
    /// Gridlines.
    pub hairline: u32,
    /// Moves margin up.
    pub good: u32,
    /// Moves margin down.
    pub bad: u32,
    /// Totals, and lines that are there to compare with.
    pub grey: u32,
    /// Least and largest value of a heat map.
    pub heat: (u32, u32),
    /// Far below, at, and far above the middle of a heat map with two sides: orange and blue, told apart by everybody.
    pub apart: (u32, u32, u32),
    /// Just over and far over what there is.
    pub over: (u32, u32),
    palette: [u32; 8],
    words: [u32; 8],
}

/// Ticks, labels and direct labels, in CSS pixels.
pub(super) const SMALL: f64 = 11.0;
/// Title of an exported picture.
pub(super) const TITLE: f64 = 14.0;
/// Source of an exported picture.
pub(super) const SOURCE: f64 = 9.5;
/// Subtitle of an exported picture.
pub(super) const SUBTITLE: f64 = 11.5;

const LIGHT: Style = Style {
    ground: 0xffffff,
    ink: 0x16181d,
    soft_ink: 0x5b616b,
    faint_ink: 0x8b919b,
    hairline: 0xe6e6e2,
    good: 0x0a7d55,
    bad: 0xb3362b,
    grey: 0x6b7280,
    heat: (0xe8eefb, 0x1d3f9e),
    apart: (0xb45309, 0xf6f6f3, 0x1d3f9e),
    over: (0xf7b267, 0xa83a06),
    palette: [0x2457d6, 0xd97706, 0x0f8f6b, 0xb85adf, 0x6b7280, 0x09a5c1, 0x950b4a, 0x5c5410],
    words: [0x2457d6, 0xb45309, 0x0b7a5b, 0x9a35c6, 0x5f6672, 0x087a96, 0x950b4a, 0x5c5410],
};

const DARK: Style = Style {
    ground: 0x1a1d21,
    ink: 0xeceef1,
    soft_ink: 0xa4abb6,
    faint_ink: 0x747c88,
    hairline: 0x2a2e34,
    good: 0x4cc38a,
    bad: 0xf2777a,
    grey: 0x9aa3af,
    heat: (0x23304a, 0x9dbbff),
    apart: (0xf5a742, 0x25282d, 0x7aa2ff),
    over: (0xb86a1a, 0xffc98a),
    palette: [0x7aa2ff, 0xf5a742, 0x4cc38a, 0xc065f5, 0x9aa3af, 0xb5e7f3, 0xdb4482, 0xa07a38],
    words: [0x7aa2ff, 0xf5a742, 0x4cc38a, 0xcb82f7, 0x9aa3af, 0xb5e7f3, 0xea6d9f, 0xb8924f],
};

impl Style {
    pub(super) const fn of(theme: Theme) -> &'static Self {
        match theme {
            Theme::Light => &LIGHT,
            Theme::Dark => &DARK,
        }
    }

    /// Colour of a line or an area.
    pub(super) fn area(&self, index: usize, muted: bool) -> u32 {
        if muted { self.grey } else { self.palette[index % 8] }
    }

    /// Colour of words about that line or area.
    pub(super) fn word(&self, index: usize, muted: bool) -> u32 {
        self.words[if muted { 4 } else { index % 8 }]
    }
}

/// The eight colours of series, `#rrggbb`, in order; the window's legends and dots use the same.
#[must_use]
pub fn palette(theme: Theme) -> [String; 8] {
    Style::of(theme).palette.map(|colour| format!("#{colour:06x}"))
}
