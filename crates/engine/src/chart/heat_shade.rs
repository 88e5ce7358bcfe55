//! What the colours of a heat map mean, and how a cell is told apart without them.

use super::style::Style;

/// How values become colours.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Shades {
    /// Dear is dark, and the least of a row is framed.
    #[default]
    LeastOfRow,
    /// One hue below the middle and another from it on, and a line drawn between the two.
    Around {
        /// The middle, such as a target.
        middle: f64,
    },
    /// A share of what there is: dark is nearly all, and what is over it is hatched in another hue.
    Over {
        /// All that there is, such as 100.
        limit: f64,
    },
}

/// A cell's ground.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Shade {
    /// Its colour.
    pub colour: u32,
    /// Frame and bold figure.
    pub is_framed: bool,
    /// Strokes across it.
    pub is_hatched: bool,
}

impl Shades {
    /// A cell's ground, among values from `min` to `max`.
    pub(super) fn of(self, value: f64, (min, max): (f64, f64), is_least: bool, style: &Style) -> Shade {
        let plain = |colour| Shade { colour, is_framed: false, is_hatched: false };
        match self {
            Self::LeastOfRow => {
                Shade { is_framed: is_least, ..plain(blend(style.heat.0, style.heat.1, share(value, min, max))) }
            }
            Self::Around { middle } => {
                let reach = (max - middle).max(middle - min).max(f64::MIN_POSITIVE);
                // The palest cell of each side still shows its side.
                let part = |distance: f64| 0.12 + 0.88 * (distance / reach).clamp(0.0, 1.0);
                let (low, neutral, high) = style.apart;
                plain(if value < middle {
                    blend(neutral, low, part(middle - value))
                } else {
                    blend(neutral, high, part(value - middle))
                })
            }
            Self::Over { limit } if value > limit => {
                let part = if max > limit { (value - limit) / (max - limit) } else { 0.0 };
                Shade { colour: blend(style.over.0, style.over.1, part), is_framed: false, is_hatched: true }
            }
            Self::Over { limit } => {
                let part = if limit > 0.0 { (value / limit).clamp(0.0, 1.0) } else { 1.0 };
                plain(blend(style.heat.0, style.heat.1, part * 0.85))
            }
        }
    }
}

/// Place between the least and the largest value, by ratio where all are above 0: prices differ by factors.
fn share(value: f64, min: f64, max: f64) -> f64 {
    let (value, min, max) = if min > 0.0 { (value.ln(), min.ln(), max.ln()) } else { (value, min, max) };
    if max > min { ((value - min) / (max - min)).clamp(0.0, 1.0) } else { 0.5 }
}

/// A colour between two, channel by channel.
pub(super) fn blend(from: u32, to: u32, share: f64) -> u32 {
    let part = |shift: u32| {
        let (a, b) = (f64::from((from >> shift) & 0xff), f64::from((to >> shift) & 0xff));
        ((a + (b - a) * share).round() as u32) << shift
    };
    part(16) | part(8) | part(0)
}

/// Ink that can be read on a colour.
pub(super) fn ink_on(colour: u32) -> u32 {
    // Black and white have the same contrast on a ground of luminance 0.18 (WCAG 2.2); dark ink is easier to read.
    if luminance(colour) > 0.2 { 0x16181d } else { 0xffffff }
}

/// Relative luminance of a colour, 0 to 1 (WCAG 2.2).
pub(super) fn luminance(colour: u32) -> f64 {
    let part = |shift: u32| {
        let value = f64::from((colour >> shift) & 0xff) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * part(16) + 0.7152 * part(8) + 0.0722 * part(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::Theme;

    fn contrast(a: u32, b: u32) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn figures_can_be_read_on_every_ground() {
        for theme in [Theme::Light, Theme::Dark] {
            let style = Style::of(theme);
            for shades in [Shades::LeastOfRow, Shades::Around { middle: 40.0 }, Shades::Over { limit: 60.0 }] {
                for value in 0..=100 {
                    let shade = shades.of(f64::from(value), (0.0, 100.0), false, style);
                    let found = contrast(shade.colour, ink_on(shade.colour));
                    assert!(found >= 4.0, "{theme:?} {shades:?} at {value}: {found:.2}");
                }
            }
        }
    }

    #[test]
    fn sides_of_the_middle_and_of_the_limit_never_share_a_colour() {
        let style = Style::of(Theme::Light);
        let around = |value| Shades::Around { middle: 60.0 }.of(value, (59.0, 61.0), false, style).colour;
        assert_ne!(around(59.999), around(60.0));
        let over = |value| Shades::Over { limit: 100.0 }.of(value, (0.0, 130.0), false, style);
        assert!(!over(100.0).is_hatched && over(100.01).is_hatched, "all of it is not over it");
    }
}
