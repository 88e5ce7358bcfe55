//! How well a figure is known.

use serde::{Deserialize, Serialize};

/// Where a figure comes from, strongest first. A sum is labelled by the weakest part above 5 % of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// On a bill.
    Billed,
    /// Measured by the user.
    Measured,
    /// Published by its seller or a named source.
    Published,
    /// Computed from a model or a price list.
    Modelled,
    /// Somebody's assumption.
    Assumed,
}

impl Evidence {
    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Billed => "billed",
            Self::Measured => "measured",
            Self::Published => "published",
            Self::Modelled => "modelled",
            Self::Assumed => "assumed",
        }
    }

    /// From its word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Billed, Self::Measured, Self::Published, Self::Modelled, Self::Assumed]
            .into_iter()
            .find(|each| each.word() == word)
    }
}
