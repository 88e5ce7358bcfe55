//! A rate that the serving model gave follows the tokens that are tried: a number that is moved or drawn has the months of
//! a file with that number.

use std::sync::Mutex;

use marginline_model::scenario::{Inputs, Knob, Serving, Simulated, SimulationError, TokensPerRequest, Uncertain};
use marginline_model::scenario::{simulate, simulate_following};
use marginline_model::uncertainty::{Plan, UncertaintyError};

use super::Resolved;
use super::complete::{Served, ServingKnown, rate_at};
use super::component::label;
use super::file::{ComponentFile, LatencyLimit};
use crate::error::{EngineError, Result};

/// Answers of the serving model to which the draws of a scenario may come; above it they would take minutes.
const MOST_ANSWERS: usize = 500_000;
/// Answers that the search for requests in flight under a latency limit takes, about: halvings of 8,192.
const SEARCHED: usize = 14;

/// A component whose rate was looked up.
struct Looked<'a> {
    place: usize,
    file: &'a ComponentFile,
    served: &'a Served,
    /// For which requests it was.
    tokens: TokensPerRequest,
    /// What came of it.
    rate: f64,
}

/// The rates of a scenario that follow its requests.
pub(super) struct Following<'a> {
    looked: Vec<Looked<'a>>,
    limits: Vec<LatencyLimit>,
}

impl<'a> Following<'a> {
    /// Those of a scenario.
    pub(super) fn of(resolved: &'a Resolved) -> Self {
        let components = resolved.file.components().into_iter().zip(&resolved.findings.components).enumerate();
        let looked = components.filter_map(|(place, ((_, file), finding))| {
            let (ServingKnown::Asked(served), true) = (&finding.serving, finding.rate_follows) else { return None };
            let component = resolved.inputs.components.get(place)?;
            let Serving::OwnGpus(gpus) = &component.serving else { return None };
            let tokens = component.tokens(resolved.inputs.demand.tokens);
            Some(Looked { place, file, served, tokens, rate: gpus.output_tokens_per_s_per_gpu })
        });
        Self { looked: looked.collect(), limits: resolved.file.limits.latencies() }
    }

    /// Looks up the rates anew for what the inputs ask now. One that was itself moved keeps its proportion to what the
    /// serving model said before: its band is one of proportions.
    ///
    /// # Errors
    /// When the serving model has no answer for such requests.
    pub(super) fn follow(&self, inputs: &mut Inputs) -> Result<()> {
        for looked in &self.looked {
            let Some(component) = inputs.components.get_mut(looked.place) else { continue };
            let tokens = component.tokens(inputs.demand.tokens);
            if tokens == looked.tokens {
                continue;
            }
            let found = rate_at(looked.file, looked.served, tokens, &self.limits)
                .map_err(|error| EngineError { what: format!("{}: {}", label(looked.file), error.what), ..error })?;
            if let Serving::OwnGpus(gpus) = &mut component.serving {
                let rate = &mut gpus.output_tokens_per_s_per_gpu;
                let moved = *rate / looked.rate;
                *rate = if rate.to_bits() == looked.rate.to_bits() { found } else { moved * found };
            }
        }
        Ok(())
    }

    /// Answers that one look-up takes.
    fn answers(&self) -> usize {
        let of = |looked: &Looked<'_>| {
            let points = looked.file.measured.points().len();
            let is_searched = !self.limits.is_empty() && looked.served.searches(looked.file);
            // Points are solved together: their number counts twice.
            (1 + points * (1 + points / 8)) * if is_searched { SEARCHED } else { 2 }
        };
        self.looked.iter().map(of).sum()
    }
}

/// Does a number change the tokens of a request?
fn changes_tokens(knob: Knob) -> bool {
    matches!(
        knob,
        Knob::InputTokens
            | Knob::CacheReadTokens
            | Knob::CacheWriteTokens
            | Knob::PromptTokens
            | Knob::CacheHitShare
            | Knob::OutputTokens
            | Knob::TokenizerRatio(_)
            | Knob::Verbosity(_)
            | Knob::InputRatio(_)
            | Knob::CacheReadRatio(_)
            | Knob::CacheWriteRatio(_)
    )
}

/// Draws of a scenario, and what the reader of them should know.
///
/// # Errors
/// When something cannot be drawn, or the serving model has no answer for what is.
pub(super) fn drawn(resolved: &Resolved, uncertain: &[Uncertain], plan: Plan) -> Result<(Simulated, Vec<String>)> {
    let failed = |error: SimulationError| EngineError::failed(error.to_string());
    let following = Following::of(resolved);
    let inputs = &resolved.inputs;
    if following.looked.is_empty() || !uncertain.iter().any(|each| changes_tokens(each.knob)) {
        return Ok((simulate(inputs, uncertain, &[], plan).map_err(failed)?, Vec::new()));
    }
    if following.answers().saturating_mul(plan.draws) > MOST_ANSWERS {
        let names: Vec<String> = following.looked.iter().map(|looked| label(looked.file)).collect();
        let note = format!(
            "tokens/s of {} are those of the stated tokens in every draw: with that many measured points and draws the \
             serving model cannot be asked anew for each; take fewer of either, or state output_tokens_per_s_per_gpu",
            names.join(", ")
        );
        return Ok((simulate(inputs, uncertain, &[], plan).map_err(failed)?, vec![note]));
    }
    // Of several reasons the first by its words, which does not depend on threads.
    let refused: Mutex<Option<EngineError>> = Mutex::new(None);
    let follow = |own: &mut Inputs| match following.follow(own) {
        Ok(()) => true,
        Err(error) => {
            if let Ok(mut first) = refused.lock()
                && first.as_ref().is_none_or(|first| error.what < first.what)
            {
                *first = Some(error);
            }
            false
        }
    };
    let simulated = simulate_following(inputs, uncertain, &[], plan, follow);
    match (simulated, refused.into_inner().ok().flatten()) {
        (Err(SimulationError::Uncertainty(UncertaintyError::Output { .. })), Some(error)) => Err(EngineError {
            what: format!("what is drawn has no answer: {}", error.what),
            next: Some("narrow the ranges of its tokens, or correct serving in the scenario file".into()),
            ..error
        }),
        (simulated, _) => Ok((simulated.map_err(failed)?, Vec::new())),
    }
}
