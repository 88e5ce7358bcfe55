//! What can be wrong with uncertain inputs.

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum UncertaintyError {
    /// A figure of a distribution or of a question is out of range.
    #[error("{field} is {found}, expected {expected}")]
    Figure {
        /// The figure's name.
        field: &'static str,
        /// What it was.
        found: f64,
        /// What it must be.
        expected: &'static str,
    },
    /// Almost nothing of a distribution lies within its bounds.
    #[error(
        "only {share:e} of the distribution lies from {low} to {high}: state figures that fit the bounds, or other bounds"
    )]
    Outside {
        /// Probability between the bounds.
        share: f64,
        /// Lower bound.
        low: f64,
        /// Upper bound.
        high: f64,
    },
    /// Two inputs have the same name.
    #[error("the input {name:?} is given twice: give each name once")]
    Twice {
        /// The name.
        name: String,
    },
    /// There is no input to draw.
    #[error("there is no input: give at least one")]
    Empty,
    /// A correlation names no input that varies, the same input twice, or a pair that was given before.
    #[error("the correlation of {first:?} and {second:?} cannot be used: {why}")]
    Pair {
        /// One input.
        first: String,
        /// The other.
        second: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// No inputs can be correlated so.
    #[error(
        "the correlations contradict one another (least eigenvalue {eigenvalue:.4}): no inputs can have them all; weaken \
         some, or ask for the nearest that can be"
    )]
    Indefinite {
        /// The least eigenvalue of the matrix of correlations, below 0.
        eigenvalue: f64,
    },
    /// The model gave something that is no number.
    #[error("output {output} of draw {draw} is {found}: let the model give finite numbers for every draw")]
    Output {
        /// The draw, from 0.
        draw: usize,
        /// The output, from 0.
        output: usize,
        /// What it was.
        found: f64,
    },
    /// Outcomes are too large for their sums to be numbers.
    #[error("the outcomes are too large to be summed: use larger units")]
    TooLarge,
    /// Outcomes that should be compared draw by draw are not of the same draws.
    #[error("{left} outcomes cannot be compared with {right} draw by draw: simulate both with the same draws and seed")]
    Unpaired {
        /// Draws of one side.
        left: usize,
        /// Draws of the other.
        right: usize,
    },
    /// There is no variance to part among inputs.
    #[error("the output does not vary over the inputs: there is nothing to part among them")]
    Constant,
}

/// The largest figure of a distribution: sums of squares of so many stay numbers.
pub(super) const LARGEST: f64 = 1e30;

/// The value, when it is a number of usable size.
pub(super) fn usable(field: &'static str, value: f64) -> Result<f64, UncertaintyError> {
    if value.abs() <= LARGEST {
        return Ok(value);
    }
    Err(UncertaintyError::Figure { field, found: value, expected: "a number between -1e30 and 1e30" })
}

/// The value, when it is above 0 and of usable size.
pub(super) fn above_zero(field: &'static str, value: f64) -> Result<f64, UncertaintyError> {
    if value > 0.0 && value <= LARGEST {
        return Ok(value);
    }
    Err(UncertaintyError::Figure { field, found: value, expected: "a number above 0 and at most 1e30" })
}
