//! What the optimiser looked at: margin against latency, and against cost to undo.

use super::short_usd;
use crate::chart::{self, Front, FrontPanel, FrontPoint, Unit};
use crate::error::Result;
use crate::number;
use crate::scenario::optimise::{Candidate, Optimised};
use crate::screen::charts::Look;
use crate::view::Chart;

/// Gross margin of the candidates against time to first token and against cost to undo, the winner marked.
///
/// # Errors
/// A size that cannot be drawn.
pub fn draw_front(found: &Optimised, look: Look) -> Result<Chart> {
    look.check()?;
    let latency = |each: &Candidate| each.latency_ms;
    let undo = |each: &Candidate| each.cost_to_undo.map(marginline_model::Money::to_f64);
    let milliseconds = |value: f64| format!("{} ms", number::rounded(&format!("{value:.0}"), 0));
    let front = Front {
        panels: vec![
            FrontPanel {
                x_title: "time to first token, ms".into(),
                x_unit: Unit::Count,
                points: points(found, &found.latency_front, &latency, &milliseconds),
                empty: "latency of no candidate is known".into(),
            },
            FrontPanel {
                x_title: "cost to undo, USD".into(),
                x_unit: Unit::Currency("USD".into()),
                points: points(found, &found.undo_front, &undo, &short_usd),
                empty: "cost to undo of no candidate is known".into(),
            },
        ],
        y_title: "gross margin, USD".into(),
        unit: Unit::Currency("USD".into()),
    };
    let (tried, all) = (number::count(found.tried as u64), number::count(found.candidates as u64));
    let tried = match found.proven {
        true => format!("all {all} candidates tried"),
        false => format!("{tried} of {all} candidates tried, a better one may be left"),
    };
    let frame = look.frame(
        "front",
        match &found.winner {
            Some(winner) => {
                format!("What {} could be: {} wins with {}", found.name, winner.name, short_usd(winner.margin.to_f64()))
            }
            None => format!("What {} could be: nothing keeps every limit", found.name),
        },
        format!("gross margin of all months, projected · {tried}"),
        alt(found),
    );
    Ok(chart::front(&frame, &front)?)
}

/// The front of a measure, and what is ranked and known on it besides.
fn points(
    found: &Optimised,
    front: &[Candidate],
    measure: &dyn Fn(&Candidate) -> Option<f64>,
    words: &dyn Fn(f64) -> String,
) -> Vec<FrontPoint> {
    let is_in = |each: &&Candidate| !front.iter().any(|other| other.set == each.set);
    let listed = found.ranked.iter().filter(|each| each.standing.may_win()).filter(is_in);
    let all = front.iter().map(|each| (each, true)).chain(listed.map(|each| (each, false)));
    let point = |(each, on_front): (&Candidate, bool)| {
        let (x, y) = (measure(each)?, each.margin.to_f64());
        Some(FrontPoint {
            name: each.name.clone(),
            x,
            y,
            shown: format!("gross margin {}, {}", short_usd(y), words(x)),
            on_front,
            chosen: found.winner.as_ref().is_some_and(|winner| winner.set == each.set),
        })
    };
    all.filter_map(point).collect()
}

fn alt(found: &Optimised) -> String {
    let winner = found.winner.as_ref().map_or_else(
        || "no candidate keeps every limit".to_owned(),
        |winner| format!("{} wins with a gross margin of {}", winner.name, short_usd(winner.margin.to_f64())),
    );
    format!(
        "{winner}; {} candidates on the front of margin against latency, {} on that against cost to undo",
        found.latency_front.len(),
        found.undo_front.len()
    )
}
