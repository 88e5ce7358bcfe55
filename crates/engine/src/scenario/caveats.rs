//! What whoever reads a margin must be told beside it: which limits fail, and whose cost is unknown. A margin of requests
//! that nobody can serve is no margin (design §7: failing is never cheap).

use marginline_model::scenario::{Inputs, run};

use super::Run;
use super::verdict::{FAILS, fails_capacity};

impl Run {
    /// A sentence for each limit that fails, and one where cost is a lower bound.
    pub(super) fn caveats(&self) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for verdict in self.verdicts.iter().filter(|verdict| verdict.verdict == FAILS) {
            let what = if verdict.limit == "capacity" {
                "the margin counts requests that nobody serves"
            } else {
                "it may not be chosen"
            };
            found.push(format!("{} fails, so {what}: {}", verdict.limit, verdict.reason));
        }
        if let Some(open) = self.resolved.file.unpriced() {
            found.push(format!("the cost of {open} is unknown and left out: each margin is at most what is told"));
        }
        found
    }

    /// Why what serves is too little at other numbers, where it is enough as the scenario stands.
    pub(super) fn short_at(&self, inputs: Inputs) -> Option<String> {
        if self.verdicts.iter().any(|verdict| verdict.limit == "capacity" && verdict.verdict == FAILS) {
            return None;
        }
        let mut moved = self.resolved.clone();
        let projected = run(&inputs);
        moved.inputs = inputs;
        fails_capacity(&moved, &projected)
    }
}
