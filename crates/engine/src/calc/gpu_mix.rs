//! `gpu-mix`.

use marginline_model::gpu_mix::{self as model, Gpu};

use super::Refusal;
use super::answer::{Answer, figure, maybe, named};
use super::field::{Field, Notes};

/// Most buckets × types × slices: what is solved in about a second.
const LARGEST: usize = 20_000;

/// The cheapest mix of GPU types.
pub(super) fn gpu_mix(input: &Field, notes: &mut Notes) -> Result<Answer, Refusal> {
    input.knows(&["request_rate", "distribution", "gpus", "slice_factor"], notes)?;
    let rate = input.get("request_rate").amount()?;
    let distribution = input.get("distribution");
    let (shape, shares) = grid(&distribution)?;
    let all: f64 = shares.iter().sum();
    if (all - 1.0).abs() > 1e-6 {
        return Err(distribution.refuse_as(format!("shares that add up to {all}"), "shares that add up to 1"));
    }
    let slices = input.get("slice_factor");
    let slice_factor = slices.whole_number()?;
    let mut names = Vec::new();
    let mut gpus = Vec::new();
    for gpu in input.get("gpus").some_items()? {
        gpu.knows(&["name", "usd_per_hour", "tputs"], notes)?;
        let name = gpu.get("name").text()?;
        if names.contains(&name) {
            return Err(gpu.get("name").refuse("each name once"));
        }
        names.push(name);
        let tputs = gpu.get("tputs");
        let (found, capacity) = grid(&tputs)?;
        if found != shape {
            return Err(
                tputs.refuse_as(format!("rows of {found:?}"), format!("rows of {shape:?}, as distribution has"))
            );
        }
        gpus.push(Gpu { usd_per_hour: gpu.get("usd_per_hour").amount()?, capacity });
    }
    if shares.len() as f64 * gpus.len() as f64 * slice_factor > LARGEST as f64 {
        return Err(slices.refuse(format!("at most {LARGEST} slices over all buckets and types")));
    }
    let rates: Vec<f64> = shares.iter().map(|share| share * rate).collect();
    let found = model::cheapest_mix(&rates, &gpus, slice_factor as u32);
    if found.is_none() {
        notes.tell("there is a bucket that no type can serve");
    }
    let counts =
        found.iter().flat_map(|mix| names.iter().zip(&mix.counts)).map(|(name, count)| (*name, (*count).into()));
    Ok(Answer::of("gpu-mix")
        .put_in("GPUs by type", "counts", named(counts))
        .put("usd_per_hour", maybe(found.as_ref().map(|mix| mix.usd_per_hour)))
        .put_in("requests per second", "request_rate", figure(rate)))
}

/// Numbers of 0 or more in rows: the lengths of the rows, and all numbers.
fn grid(field: &Field) -> Result<(Vec<usize>, Vec<f64>), Refusal> {
    let rows = field.some_items()?.iter().map(Field::amounts).collect::<Result<Vec<_>, _>>()?;
    Ok((rows.iter().map(Vec::len).collect(), rows.concat()))
}
