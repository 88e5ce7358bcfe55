//! What a question about capacity can get wrong.

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CapacityError {
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
    /// More units than anybody could mean.
    #[error("a load of {load} needs more than {most} units: check its unit, or the capacity of one unit")]
    TooMany {
        /// The load, in the unit of the resource.
        load: f64,
        /// Most units that are looked at.
        most: u32,
    },
    /// Hours of the week that nothing was seen of.
    #[error("{missing} of the 168 hours of the week were not observed: import a whole week, or state the shape")]
    Unobserved {
        /// How many hours.
        missing: usize,
    },
}

fn refused(field: &'static str, found: f64, expected: &'static str) -> CapacityError {
    CapacityError::Figure { field, found: found.to_string(), expected }
}

/// Largest figure that is taken: squares and sums of them stay finite.
const LARGEST: f64 = 1e30;

/// The value, when it is finite and 0 or more.
pub(super) fn amount(field: &'static str, value: f64) -> Result<f64, CapacityError> {
    if (0.0..=LARGEST).contains(&value) { Ok(value) } else { Err(refused(field, value, "a number of 0 or more")) }
}

/// The value, when it is finite and above 0. Below 10⁻³⁰ it is no figure of this world, and its inverse no number.
pub(super) fn positive(field: &'static str, value: f64) -> Result<f64, CapacityError> {
    if (1.0 / LARGEST..=LARGEST).contains(&value) { Ok(value) } else { Err(refused(field, value, "a number above 0")) }
}

/// The value, when it is above 0 and at most 1.
pub(super) fn some_share(field: &'static str, value: f64) -> Result<f64, CapacityError> {
    if (1.0 / LARGEST..=1.0).contains(&value) {
        Ok(value)
    } else {
        Err(refused(field, value, "a share above 0 and at most 1"))
    }
}

/// The value, when it is from 0 to below 1.
pub(super) fn share_below_1(field: &'static str, value: f64) -> Result<f64, CapacityError> {
    if (0.0..1.0).contains(&value) { Ok(value) } else { Err(refused(field, value, "a share from 0 to below 1")) }
}

/// The count, when it is 1 or more.
pub(super) fn counted(field: &'static str, value: u32) -> Result<u32, CapacityError> {
    if value >= 1 { Ok(value) } else { Err(refused(field, f64::from(value), "a whole number of 1 or more")) }
}
