//! A number of a scenario, with where it comes from and how far it may lie from that.

use marginline_model::scenario::Evidence;
use marginline_model::uncertainty::{Distribution, UncertaintyError};
use schemars::JsonSchema;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::scenario::scale::Scale;

use super::schema::EvidenceWord;
use super::written::either;

/// How a number is spread between `low` and `high`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// Between them, most likely at the value (PERT).
    #[default]
    Pert,
    /// Between them, most likely at the value, falling in straight lines.
    Triangular,
    /// Between them, all alike.
    Uniform,
    /// Around the value; one of ten lies below `low`, one of ten above `high`.
    Normal,
    /// As `normal`, of the logarithm: for what is never below zero.
    Lognormal,
}

impl Shape {
    /// Its word in the file.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Pert => "pert",
            Self::Triangular => "triangular",
            Self::Uniform => "uniform",
            Self::Normal => "normal",
            Self::Lognormal => "lognormal",
        }
    }
}

/// A number, with where it comes from.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(with = "Written")]
pub struct Assumption {
    /// The number, in the unit that its name says.
    pub value: f64,
    /// Who says so.
    pub source: Option<String>,
    /// When it was so.
    pub observed: Option<String>,
    /// How well it is known.
    pub evidence: Evidence,
    /// Lower end of its range, in the same unit.
    pub low: Option<f64>,
    /// Upper end of its range.
    pub high: Option<f64>,
    /// How it is spread over the range.
    pub shape: Shape,
}

#[derive(JsonSchema)]
#[schemars(untagged)]
#[allow(dead_code, reason = "it tells the schema; reading is `either`")]
enum Written {
    Plain(f64),
    Full(Full),
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
struct Full {
    /// The number, in the unit that its key says.
    value: f64,
    /// Who says so.
    source: Option<String>,
    /// When it was so, such as 2026-10-31.
    observed: Option<String>,
    /// How well it is known; `assumed` when absent.
    #[serde(default = "assumed")]
    #[schemars(with = "EvidenceWord")]
    evidence: Evidence,
    /// Lower end of its range, in the same unit, with the value inside.
    low: Option<f64>,
    /// Upper end.
    high: Option<f64>,
    /// How it is spread over the range.
    #[serde(default)]
    shape: Shape,
}

pub(super) fn assumed() -> Evidence {
    Evidence::Assumed
}

impl From<f64> for Assumption {
    fn from(value: f64) -> Self {
        Self {
            value,
            source: None,
            observed: None,
            evidence: Evidence::Assumed,
            low: None,
            high: None,
            shape: Shape::Pert,
        }
    }
}

impl From<Full> for Assumption {
    fn from(Full { value, source, observed, evidence, low, high, shape }: Full) -> Self {
        Self { value, source, observed, evidence, low, high, shape }
    }
}

impl<'de> Deserialize<'de> for Assumption {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        either::<f64, Full, Self, D>(
            from,
            "a number, or a table such as { value = 4, low = 2, high = 6, source = \"…\" }",
        )
    }
}

impl Serialize for Assumption {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if *self == Self::from(self.value) {
            return to.serialize_f64(self.value);
        }
        let mut table = to.serialize_struct("Assumption", 7)?;
        table.serialize_field("value", &self.value)?;
        table.serialize_field("low", &self.low)?;
        table.serialize_field("high", &self.high)?;
        // What is most often left out stays out.
        table.serialize_field("shape", &(self.shape != Shape::Pert).then_some(self.shape))?;
        table.serialize_field("source", &self.source)?;
        table.serialize_field("observed", &self.observed)?;
        table.serialize_field("evidence", &(self.evidence != Evidence::Assumed).then_some(self.evidence))?;
        table.end()
    }
}

impl Assumption {
    /// Source, date, evidence and range in words.
    #[must_use]
    pub fn provenance(&self) -> String {
        let mut words = vec![self.evidence.word().to_owned()];
        words.extend(self.source.clone());
        words.extend(self.observed.clone());
        words.extend(self.range().map(|(low, high)| format!("{low} to {high}")));
        words.join(" · ")
    }

    /// Its range, where it has one.
    #[must_use]
    pub fn range(&self) -> Option<(f64, f64)> {
        Some((self.low?, self.high?))
    }

    /// Says what is wrong with its range.
    #[must_use]
    pub fn fault(&self) -> Option<String> {
        match (self.low, self.high) {
            (None, None) => None,
            (Some(low), Some(high)) if low <= self.value && self.value <= high && low < high => {
                self.distribution(Scale::WHOLE).err().map(|error| error.to_string())
            }
            (Some(low), Some(high)) if low == high => {
                Some(format!("its range is {low} to {high}, which is none: leave low and high out, or part them"))
            }
            (Some(low), Some(high)) => {
                Some(format!("its range is {low} to {high}, expected a range with {} in it", self.value))
            }
            _ => Some("only one end of its range is stated; state low and high".into()),
        }
    }

    /// What it can be, in the unit of the model. Fixed without a range.
    ///
    /// # Errors
    /// When no such distribution has that range.
    pub fn distribution(&self, scale: Scale) -> Result<Distribution, UncertaintyError> {
        /// Standard deviations from the middle to the end that one of ten passes.
        const TENTH: f64 = 1.281_551_565_544_600_4;
        let value = scale.to_model(self.value);
        let Some((low, high)) = self.range().map(|(low, high)| (scale.to_model(low), scale.to_model(high))) else {
            return Distribution::fixed(value);
        };
        match self.shape {
            Shape::Pert => Distribution::pert(low, value, high),
            Shape::Triangular => Distribution::triangular(low, value, high),
            Shape::Uniform => Distribution::uniform(low, high),
            Shape::Normal => Distribution::normal(f64::midpoint(low, high), (high - low) / 2.0 / TENTH),
            Shape::Lognormal => Distribution::lognormal_between(low, high),
        }
    }
}
