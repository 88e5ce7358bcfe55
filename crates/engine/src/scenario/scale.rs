//! Units of the file and those of the model: percent and shares, weeks and months.

/// Weeks of a month, on average: 365.25 ÷ 12 ÷ 7.
const WEEKS_PER_MONTH: f64 = 365.25 / 12.0 / 7.0;

/// What a figure of the file is divided by to be one of the model. One division for both ways in which a number gets
/// there, from the file and by a knob, so that both give the same bytes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    per: f64,
}

impl Scale {
    /// The figure itself.
    pub const WHOLE: Self = Self { per: 1.0 };
    /// Percent, of which the model has shares.
    pub const PERCENT: Self = Self { per: 100.0 };
    /// Weeks, of which the model has months.
    pub const WEEKS: Self = Self { per: WEEKS_PER_MONTH };

    /// The model's figure of one of the file.
    #[must_use]
    pub fn to_model(self, figure: f64) -> f64 {
        figure / self.per
    }

    /// The file's figure of one of the model, for showing.
    #[must_use]
    pub fn to_file(self, figure: f64) -> f64 {
        figure * self.per
    }
}
