//! Mappings: how the columns of an unknown table are read.

use super::detect::Found;
use super::header::Header;
use crate::Engine;
use crate::error::Result;

/// Format id of batches that came through a mapping.
pub const FORMAT_ID: &str = "mapped";

/// Is this the format of a batch that came through a mapping?
#[must_use]
pub fn is_one(format: &str) -> bool {
    format == FORMAT_ID
}

/// The mappings of a workspace.
#[derive(Debug, Default)]
pub struct Mappings {}

impl Mappings {
    /// The mapping for a header, if there is one.
    ///
    /// # Errors
    /// When the mapping does not fit its header.
    pub fn find(&self, _header: &Header, _wanted: Option<&str>) -> Result<Option<Found>> {
        Ok(None)
    }
}

impl Engine {
    /// The mappings of the workspace.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn mappings(&self) -> Result<Mappings> {
        Ok(Mappings::default())
    }
}
