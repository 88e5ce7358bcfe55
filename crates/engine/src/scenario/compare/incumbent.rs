//! What serves today, where no file says: side by side, the first scenario is what there is today, and another model
//! without a score is a swap (design §7: a smaller model without a score never ranks first). A first scenario whose model
//! is smaller than that of another one would win by its place alone, so the larger one is taken for what there is today.

use std::sync::Arc;

use super::{Comparison, named_apart};
use crate::scenario::Run;
use crate::scenario::file::BaseModel;

impl Comparison {
    /// Runs side by side, in column order, judged on quality against what serves today.
    #[must_use]
    pub fn of(mut runs: Vec<Arc<Run>>) -> Self {
        let today = today(&runs);
        let Some((served, shares)) = runs.get(today).map(|run| (run.served_models(), run.model_shares())) else {
            return Self { runs };
        };
        for (_, run) in runs.iter_mut().enumerate().filter(|(place, _)| *place != today) {
            if let Some(judged) = run.after_models(&served) {
                *run = Arc::new(judged);
            }
            if let Some(judged) = run.beside(&shares) {
                *run = Arc::new(judged);
            }
        }
        Self { runs: named_apart(runs) }
    }
}

/// The place of the scenario that is taken for what serves today: the first, unless nobody says that it serves and
/// another one has a larger model.
fn today(runs: &[Arc<Run>]) -> usize {
    let mut today = 0;
    for (place, run) in runs.iter().enumerate() {
        if runs[today].stands_on_nothing() && runs[today].is_smaller_than(run) {
            today = place;
        }
    }
    today
}

impl Run {
    fn stands_on_nothing(&self) -> bool {
        self.resolved.findings.base_models.is_empty()
    }

    /// Judged on quality against these models, where the file says of none that it served.
    fn after_models(&self, served: &[BaseModel]) -> Option<Self> {
        (self.stands_on_nothing() && !served.is_empty()).then(|| self.after(served)).flatten()
    }

    /// Does it serve by a model without a score that is smaller than one of the other, where the other does not?
    fn is_smaller_than(&self, other: &Self) -> bool {
        let (own, theirs) = (self.model_shares(), other.model_shares());
        let served_there = |name: &str| theirs.iter().any(|model| model.size.is(name));
        own.iter()
            .map(|own| &own.size)
            .filter(|own| !own.is_scored && !served_there(&own.name))
            .any(|own| theirs.iter().any(|model| own.is_smaller_than(&model.size) == Some(true)))
    }
}
