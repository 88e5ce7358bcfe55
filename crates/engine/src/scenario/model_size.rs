//! How large the models of a scenario are, as far as its file tells, and how much of the requests each serves: a smaller
//! model without a score never ranks first (design §7).

use marginline_model::scenario::Serving;

use super::complete::ServingKnown;
use super::file::BaseModel;
use super::model_name::is_same_model;
use super::resolve::Resolved;
use super::verdict::Verdict;
use super::{Run, verdict};

/// A share that rises by no more than half a point is the same: files hold rounded digits.
pub(super) const SAME: f64 = 0.005;

/// A model and its size.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ModelSize {
    pub(super) name: String,
    parameters: Option<f64>,
    list_price_of_output: Option<f64>,
    pub(super) is_scored: bool,
}

impl ModelSize {
    /// By parameters where both tell them, else by the list price of a token of output: sellers ask more for what takes
    /// more to serve. `None` where neither can be told.
    pub(super) fn is_smaller_than(&self, other: &Self) -> Option<bool> {
        let either = |of: fn(&Self) -> Option<f64>| of(self).zip(of(other)).map(|(own, its)| own < its);
        either(|model| model.parameters).or_else(|| either(|model| model.list_price_of_output))
    }

    pub(super) fn is(&self, name: &str) -> bool {
        is_same_model(&self.name, name)
    }
}

/// A model with the share of the requests that it serves over all months, what fails, flows over and waits elsewhere
/// included.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ModelShare {
    pub(super) size: ModelSize,
    share: f64,
}

fn share_of(models: &[ModelShare], name: &str) -> f64 {
    models.iter().filter(|model| model.size.is(name)).map(|model| model.share).sum()
}

impl Resolved {
    /// The model of each component, in their order; `None` where none is named.
    pub(super) fn model_sizes(&self) -> Vec<Option<ModelSize>> {
        let files = self.file.architecture.iter().chain(&self.file.component);
        let parts = files.zip(&self.inputs.components).zip(&self.findings.components);
        let sized = parts.map(|((file, component), finding)| {
            let parameters = match &finding.serving {
                ServingKnown::Asked(served) => Some(served.model.parameters()),
                ServingKnown::NotStated | ServingKnown::NoFigures(_) => None,
            };
            let list_price_of_output = match &component.serving {
                Serving::Api(api) => Some(api.prices.output_usd_per_mtok).filter(|price| *price > 0.0),
                Serving::OwnGpus(_) => None,
            };
            let name = file.served_model()?.to_owned();
            Some(ModelSize { name, parameters, list_price_of_output, is_scored: !file.quality.is_empty() })
        });
        sized.collect()
    }
}

impl Run {
    /// Models by what they serve.
    pub(super) fn model_shares(&self) -> Vec<ModelShare> {
        let served =
            |at: usize| -> f64 { self.projected.iter().filter_map(|month| month.sheet.requests.get(at)).sum() };
        let sizes = self.resolved.model_sizes();
        let all: f64 = (0..sizes.len()).map(served).sum();
        let mut found: Vec<ModelShare> = Vec::new();
        for (at, size) in sizes.into_iter().enumerate().filter(|(at, _)| served(*at) > 0.0) {
            let (Some(size), share) = (size, served(at) / all) else { continue };
            match found.iter_mut().find(|known| known.size.is(&size.name)) {
                Some(known) => {
                    known.share += share;
                    known.size.is_scored &= size.is_scored;
                }
                None => found.push(ModelShare { size, share }),
            }
        }
        found
    }

    /// The same, judged against what serves today: a model without a score that takes requests of one that is not known
    /// to be smaller is *unknown*, by whatever way they come to it. `None` where that changes nothing.
    pub(super) fn beside(&self, today: &[ModelShare]) -> Option<Self> {
        let is_judged = |found: &Verdict| found.limit == verdict::QUALITY && found.verdict != verdict::MEETS;
        if self.verdicts.iter().any(is_judged) {
            return None;
        }
        let now = self.model_shares();
        // Who states what served before need not be told by the scenario beside it.
        let stated = |name: &str| -> f64 {
            let base = self.resolved.findings.base_models.iter().filter(|model| is_same_model(model.name(), name));
            base.map(|model| model.share().unwrap_or(1.0)).sum()
        };
        let found = now.iter().filter(|model| !model.size.is_scored).find_map(|model| {
            let name = &model.size.name;
            let before = share_of(today, name);
            let has_grown = model.share > before.max(stated(name)) + SAME;
            let loses = |other: &&ModelShare| other.share > share_of(&now, &other.size.name) + SAME;
            let losers = today.iter().filter(|other| !other.size.is(name)).filter(loses);
            let taken = losers.filter(|other| model.size.is_smaller_than(&other.size) != Some(false));
            let from = taken.map(|other| other.size.name.as_str()).next().filter(|_| has_grown)?;
            let (was, is) = (before * 100.0, model.share * 100.0);
            let reason = format!(
                "{name} has no score and serves {is:.1}% of the requests instead of {was:.1}%, in place of {from}"
            );
            Some(verdict::unknown_quality(name, reason))
        })?;
        let mut judged = self.clone();
        judged.verdicts.retain(|verdict| verdict.limit != verdict::QUALITY);
        judged.verdicts.push(found);
        Some(judged)
    }

    /// Models that serve today: what the file stands on, else its own, each once, with their share of the requests.
    pub(super) fn served_models(&self) -> Vec<BaseModel> {
        let base = &self.resolved.findings.base_models;
        if !base.is_empty() {
            return base.clone();
        }
        let mut found: Vec<(String, f64)> = Vec::new();
        for (model, share) in self.resolved.shares_by_model() {
            match found.iter_mut().find(|(known, _)| is_same_model(known, &model)) {
                Some((_, sum)) => *sum += share,
                None => found.push((model, share)),
            }
        }
        found.retain(|(_, share)| *share > 0.0);
        found.into_iter().map(|(model, share)| BaseModel::shared(&model, share)).collect()
    }
}
