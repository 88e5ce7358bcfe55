//! What serves today, where no file says: side by side, the first scenario is what there is today, and another model
//! without a score is a swap (design §7: a smaller model without a score never ranks first).

use std::sync::Arc;

use super::{Comparison, named_apart};
use crate::scenario::Run;
use crate::scenario::file::BaseModel;
use crate::scenario::model_name::is_same_model;

impl Comparison {
    /// Runs side by side, in column order. Those whose file stands on nothing are judged on quality against the first.
    #[must_use]
    pub fn of(mut runs: Vec<Arc<Run>>) -> Self {
        let served = runs.first().map(|run| run.served_models()).unwrap_or_default();
        if !served.is_empty() {
            for run in runs.iter_mut().skip(1).filter(|run| run.resolved.findings.base_models.is_empty()) {
                if let Some(judged) = run.after(&served) {
                    *run = Arc::new(judged);
                }
            }
        }
        Self { runs: named_apart(runs) }
    }
}

impl Run {
    /// Models that serve today: what the file stands on, else its own, each once, with their share of the requests.
    fn served_models(&self) -> Vec<BaseModel> {
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
