//! Scores of a component's model by task, with where they come from; and lists that may be written as one.

use std::fmt;
use std::marker::PhantomData;

use marginline_model::scenario::Evidence;
use schemars::JsonSchema;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// A score of a model in a task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QualityFile {
    /// The task, as the floor names it.
    pub task: String,
    /// Its score; higher is better.
    pub score: f64,
    /// Lower end of what it may be.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
    /// Who says so.
    pub source: Option<String>,
    /// When it was so.
    pub observed: Option<String>,
    /// How well it is known.
    #[serde(default = "measured")]
    #[schemars(with = "super::schema::EvidenceWord")]
    pub evidence: Evidence,
}

fn measured() -> Evidence {
    Evidence::Measured
}

impl QualityFile {
    /// The ends of what it may be.
    #[must_use]
    pub fn band(&self) -> (f64, f64) {
        (self.low.unwrap_or(self.score), self.high.unwrap_or(self.score))
    }

    /// What is wrong with it.
    #[must_use]
    pub fn fault(&self) -> Option<String> {
        let (low, high) = self.band();
        let wrong = |(key, score): (&str, f64)| super::span::fault("QualityFile", key, Some(score));
        if let Some(fault) = [("score", self.score), ("low", low), ("high", high)].into_iter().find_map(wrong) {
            return Some(format!("of {:?} the {fault}", self.task));
        }
        if !(low <= self.score && self.score <= high) {
            return Some(format!("the score of {:?} is {}, outside {low} to {high}", self.task, self.score));
        }
        self.task.trim().is_empty().then(|| "a score names no task".into())
    }
}

struct OneOrMany<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for OneOrMany<T> {
    type Value = Vec<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a table or a list of tables")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, one: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(one)).map(|one| vec![one])
    }
}

/// Reads a table as a list of one.
///
/// # Errors
/// When it is neither a table nor a list of them.
pub(super) fn one_or_many<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Vec<T>, D::Error> {
    from.deserialize_any(OneOrMany(PhantomData))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_lies_inside_its_band() {
        let read = |text: &str| toml::from_str::<QualityFile>(text).unwrap();
        assert_eq!(read("task = \"a\"\nscore = 0.8").band(), (0.8, 0.8));
        assert_eq!(read("task = \"a\"\nscore = 0.8\nlow = 0.7\nhigh = 0.9").fault(), None);
        assert!(read("task = \"a\"\nscore = 0.8\nlow = 0.85").fault().unwrap().contains("outside 0.85 to 0.8"));
        assert!(read("task = \"a\"\nscore = nan").fault().is_some());
    }
}
