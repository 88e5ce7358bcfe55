//! Names that tell the scenarios of a comparison apart: those of one name get their id, the stem of their file, behind it.

use std::sync::Arc;

use super::Comparison;
use crate::scenario::Run;
use crate::view::ScenarioInfo;

/// The names of scenarios given as (id, name), each with its id behind it where another is called the same.
fn told_apart(scenarios: &[(&str, &str)]) -> Vec<String> {
    let mut names: Vec<String> = scenarios.iter().map(|(_, name)| (*name).to_owned()).collect();
    // With its id one may be called as a third is by itself, so they are looked at until nothing is alike.
    for _ in scenarios {
        let is_shared = |at: usize| names.iter().enumerate().any(|(other, name)| other != at && *name == names[at]);
        let shared: Vec<usize> = (0..names.len()).filter(|at| is_shared(*at)).collect();
        if shared.is_empty() {
            break;
        }
        for at in shared {
            names[at] = format!("{} ({})", names[at], scenarios[at].0);
        }
    }
    names
}

/// Runs whose names tell them apart; a run whose name is its own stays what it is.
pub(in crate::scenario) fn named_apart(mut runs: Vec<Arc<Run>>) -> Vec<Arc<Run>> {
    let stated = |run: &Arc<Run>| (run.resolved.id.clone(), run.resolved.file.scenario.name.clone());
    let stated: Vec<(String, String)> = runs.iter().map(stated).collect();
    let pairs: Vec<(&str, &str)> = stated.iter().map(|(id, name)| (id.as_str(), name.as_str())).collect();
    for ((run, name), (_, own)) in runs.iter_mut().zip(told_apart(&pairs)).zip(&pairs) {
        if name != *own {
            Arc::make_mut(run).resolved.name = name;
        }
    }
    runs
}

impl Comparison {
    /// Scenarios in a line each, called as the words of this comparison call them.
    #[must_use]
    pub fn infos_named(&self, mut infos: Vec<ScenarioInfo>) -> Vec<ScenarioInfo> {
        for info in &mut infos {
            if let Some(run) = self.runs.iter().find(|run| run.resolved.id == info.id) {
                info.name.clone_from(&run.resolved.name);
            }
        }
        infos
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_name_of_two_gets_the_file_behind_it() {
        assert_eq!(told_apart(&[("api", "API"), ("own", "Own")]), ["API", "Own"]);
        let three = [("a", "Own"), ("b", "API"), ("c", "Own")];
        assert_eq!(told_apart(&three), ["Own (a)", "API", "Own (c)"]);
        let tricky = [("a", "Own"), ("b", "Own (a)"), ("c", "Own")];
        assert_eq!(told_apart(&tricky), ["Own (a) (a)", "Own (a) (b)", "Own (c)"]);
    }

    proptest! {
        #[test]
        fn names_differ_whatever_the_files_say(names in prop::collection::vec("(A|A \\(0\\)|A \\(1\\)|B|A \\(0\\) \\(0\\))", 1..8)) {
            let ids: Vec<String> = (0..names.len()).map(|at| at.to_string()).collect();
            let pairs: Vec<(&str, &str)> = ids.iter().map(String::as_str).zip(names.iter().map(String::as_str)).collect();
            let mut told = told_apart(&pairs);
            told.sort();
            told.dedup();
            prop_assert_eq!(told.len(), names.len());
        }
    }
}
