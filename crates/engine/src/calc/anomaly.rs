//! `anomaly` and `ks`.

use marginline_model::anomaly::{self, Method};
use marginline_model::drift::{self, Alternative};
use serde_json::Value;

use super::Refusal;
use super::answer::{Answer, figure, list};
use super::field::{Field, Notes};

/// Values that stand out of a series.
pub(super) fn anomaly(input: &Field, notes: &mut Notes) -> Result<Answer, Refusal> {
    input.knows(&["series", "method", "threshold"], notes)?;
    let method = input.get("method").choice(&[("double-mad", Method::DoubleMad), ("modified-z", Method::ModifiedZ)])?;
    let threshold = input.get("threshold").positive()?;
    let scores = anomaly::scores(&input.get("series").numbers()?, method);
    let indices = scores.iter().enumerate().filter(|(_, score)| score.abs() > threshold).map(|(index, _)| index);
    Ok(Answer::of("anomaly").put_in("from 0", "indices", Value::from_iter(indices)).put_in(
        "standard deviations of a normal series",
        "scores",
        list(scores),
    ))
}

/// Are two samples of one distribution?
pub(super) fn ks(input: &Field, notes: &mut Notes) -> Result<Answer, Refusal> {
    input.knows(&["a", "b", "alternative"], notes)?;
    let words = [("two-sided", Alternative::TwoSided), ("greater", Alternative::Greater), ("less", Alternative::Less)];
    let alternative =
        input.get("alternative").there().map_or(Ok(Alternative::TwoSided), |field| field.choice(&words))?;
    let found = drift::ks(&input.get("a").numbers()?, &input.get("b").numbers()?, alternative);
    Ok(Answer::of("ks").put_in("distance, 0 to 1", "d", figure(found.d)).put_in(
        "probability by chance, for large samples",
        "p",
        figure(found.p),
    ))
}
