//! What a question can get wrong.

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ServingError {
    /// A figure is not a usable number.
    #[error("{field} is {found}, expected {expected}")]
    Figure {
        /// The figure's name.
        field: &'static str,
        /// What it was.
        found: String,
        /// What it must be.
        expected: &'static str,
    },
    /// The weights are larger than the GPU's memory.
    #[error(
        "the weights of {model} take {needed_gb:.1} GB on each GPU and {gpu} has {there_gb:.1} GB: use more GPUs, \
         a narrower precision or a larger GPU"
    )]
    Memory {
        /// The model.
        model: String,
        /// The GPU.
        gpu: String,
        /// Bytes of weights on each GPU, in 10⁹.
        needed_gb: f64,
        /// Its memory, in 10⁹ bytes.
        there_gb: f64,
    },
    /// A measured point belongs to something else.
    #[error("measured point {index} has another {what} than the question: calibrate each by its own points")]
    Foreign {
        /// The point, counted from 1.
        index: usize,
        /// What differs.
        what: &'static str,
    },
}

/// The value, when it is finite and at least `least`.
pub(super) fn at_least(
    field: &'static str,
    value: f64,
    least: f64,
    expected: &'static str,
) -> Result<f64, ServingError> {
    if value.is_finite() && value >= least {
        return Ok(value);
    }
    Err(ServingError::Figure { field, found: value.to_string(), expected })
}

/// The value, when it is finite and above 0 and below 10³⁰.
pub(super) fn positive(field: &'static str, value: f64) -> Result<f64, ServingError> {
    if value > 0.0 && value < 1e30 {
        return Ok(value);
    }
    Err(ServingError::Figure { field, found: value.to_string(), expected: "a number above 0" })
}
