//! A figure month by month: a column pasted from a spreadsheet, with where it comes from.

use marginline_model::scenario::Evidence;
use schemars::JsonSchema;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::span::Span;
use super::written::either;

/// Most months of a series.
pub(super) const MOST_MONTHS: usize = 120;

/// Figures of the first months of a scenario, in the unit that their name says. The last goes on after the end.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(with = "Written")]
pub struct Series {
    /// The figures, the first month's first.
    pub values: Vec<f64>,
    /// Who says so.
    pub source: Option<String>,
    /// When it was so.
    pub observed: Option<String>,
    /// How well they are known.
    pub evidence: Evidence,
}

#[derive(JsonSchema)]
#[schemars(untagged)]
#[allow(dead_code, reason = "it tells the schema; reading is `either`")]
enum Written {
    Plain(Vec<f64>),
    Full(Full),
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
struct Full {
    /// The figures, the first month's first.
    values: Vec<f64>,
    /// Who says so.
    source: Option<String>,
    /// When it was so, such as 2026-10-31.
    observed: Option<String>,
    /// How well they are known; `assumed` when absent.
    #[serde(default = "super::assumption::assumed")]
    #[schemars(with = "super::schema::EvidenceWord")]
    evidence: Evidence,
}

impl From<Vec<f64>> for Series {
    fn from(values: Vec<f64>) -> Self {
        Self { values, source: None, observed: None, evidence: Evidence::Assumed }
    }
}

impl From<Full> for Series {
    fn from(Full { values, source, observed, evidence }: Full) -> Self {
        Self { values, source, observed, evidence }
    }
}

impl<'de> Deserialize<'de> for Series {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        either::<Vec<f64>, Full, Self, D>(
            from,
            "figures such as [1, 2], or a table such as { values = [1, 2], source = \"…\" }",
        )
    }
}

impl Serialize for Series {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if self.source.is_none() && self.observed.is_none() && self.evidence == Evidence::Assumed {
            return self.values.serialize(to);
        }
        let mut table = to.serialize_struct("Series", 4)?;
        table.serialize_field("values", &self.values)?;
        table.serialize_field("source", &self.source)?;
        table.serialize_field("observed", &self.observed)?;
        table.serialize_field("evidence", &self.evidence)?;
        table.end()
    }
}

impl Series {
    /// Says what is wrong with it, between the least and the most of a figure.
    #[must_use]
    pub fn fault(&self, span: Span) -> Option<String> {
        if self.values.is_empty() || self.values.len() > MOST_MONTHS {
            return Some(format!("it holds {} months, expected 1 to {MOST_MONTHS}", self.values.len()));
        }
        let bad = self.values.iter().enumerate().find(|(_, figure)| !span.holds(**figure));
        bad.map(|(month, figure)| format!("month {} is {figure}, expected {span}", month + 1))
    }
}
