//! `drift` and `ks`.

use marginline_model::drift::{self as model, Alternative, DriftError, Lengths, MOVED_D, MOVED_PSI};
use serde_json::{Value, json};

use super::Refusal;
use super::answer::{Answer, figure, maybe};
use super::field::{Field, Notes};

/// Are two samples of one distribution?
pub(super) fn ks(input: &Field, notes: &mut Notes) -> Result<Answer, Refusal> {
    input.knows(&["a", "b", "alternative"], notes)?;
    let words = [("two-sided", Alternative::TwoSided), ("greater", Alternative::Greater), ("less", Alternative::Less)];
    let alternative =
        input.get("alternative").there().map_or(Ok(Alternative::TwoSided), |field| field.choice(&words))?;
    let found = model::ks(&input.get("a").numbers()?, &input.get("b").numbers()?, alternative);
    Ok(Answer::of("ks").put_in("distance, 0 to 1", "d", figure(found.d)).put_in(
        "probability by chance, for large samples",
        "p",
        figure(found.p),
    ))
}

/// Has a mix of lengths moved, and what does that cost?
pub(super) fn drift(input: &Field, notes: &mut Notes) -> Result<Answer, Refusal> {
    input.knows(&["before", "after", "d_threshold", "psi_threshold", "requests", "usd_per_mtok"], notes)?;
    let (before, after) = (input.get("before"), input.get("after"));
    let or = |key: &str, otherwise: f64| input.get(key).there().map_or(Ok(otherwise), Field::positive);
    let (moved_d, moved_psi) = (or("d_threshold", MOVED_D)?, or("psi_threshold", MOVED_PSI)?);
    let found =
        model::drift(&before.amounts()?, &after.amounts()?, moved_d, moved_psi).map_err(|error| match error {
            DriftError::Few { side, found } => input.get(side).refuse_as(format!("{found} values"), "at least 20"),
            DriftError::Value { side, at } => {
                input.get(side).refuse_as(format!("value {at} out of range"), "lengths of 0 to 10^15")
            }
            DriftError::Threshold(name) => input.get(&format!("{name}_threshold")).refuse("a finite number above 0"),
        })?;
    let requests = input.get("requests").there().map(Field::amount).transpose()?;
    let price = input.get("usd_per_mtok").there().map(Field::amount).transpose()?;
    let effect =
        requests.zip(price).map(|(requests, usd)| (found.after.mean - found.before.mean) * requests / 1e6 * usd);
    Ok(Answer::of("drift")
        .put_in("distance, 0 to 1", "d", figure(found.d))
        .put_in("probability by chance, for large samples", "p", figure(found.p))
        .put_in("population stability index", "psi", figure(found.psi))
        .put("moved", found.moved.into())
        .put_in("lengths as given", "before", lengths(found.before))
        .put_in("lengths as given", "after", lengths(found.after))
        .put_in("USD, change of the mean × requests × price; null without both", "usd_effect", maybe(effect)))
}

fn lengths(lengths: Lengths) -> Value {
    json!({
        "count": lengths.count,
        "mean": figure(lengths.mean),
        "p50": figure(lengths.p50),
        "p95": figure(lengths.p95),
    })
}
