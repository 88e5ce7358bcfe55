//! What may count twice and the ledger cannot know: exports of AI providers that tell the same days under another
//! name, or under none. They are added and said; a person decides.

use std::collections::{BTreeMap, BTreeSet};

use marginline_store::import::{Claimed, Settled};

use super::{anthropic_costs, anthropic_usage, openai_costs, openai_usage};

/// Why two files may tell the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Why {
    /// One names its organization, the other does not.
    Organization,
    /// One names workspaces, the other tells their ids.
    Workspace,
    /// One is the older activity file, the other of the Usage API.
    Activity,
}

impl Why {
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Organization => (
                "only one of them names its organization",
                "if both are of one organization, undo one of them; else export both with the organization's id",
            ),
            Self::Workspace => (
                "one names its workspaces and the other tells their ids",
                "if they are the same workspaces, undo one of them",
            ),
            Self::Activity => (
                "one is the older activity file and the other of the Usage API",
                "the two tell the same use: undo one of them",
            ),
        }
    }
}

/// What may count twice with a batch in the ledger, in words; nothing where all is known.
pub fn doubts(format: &str, settled: &Settled) -> Vec<String> {
    let mut found: BTreeMap<Why, (BTreeSet<i64>, BTreeSet<&str>)> = BTreeMap::new();
    for now in &settled.claims {
        for other in settled.beside.iter().filter(|other| (&other.kind, &other.month) == (&now.kind, &now.month)) {
            if let Some(why) = why(format, now, other) {
                let (batches, months) = found.entry(why).or_default();
                batches.insert(other.batch);
                months.insert(&now.month);
            }
        }
    }
    found.into_iter().map(|(why, (batches, months))| told(why, &batches, &months)).collect()
}

fn told(why: Why, batches: &BTreeSet<i64>, months: &BTreeSet<&str>) -> String {
    let batches: Vec<String> = batches.iter().map(|batch| format!("batch {batch}")).collect();
    let months: Vec<&str> = months.iter().copied().collect();
    let (reason, then) = why.words();
    format!("may count twice in {} beside {}: {reason}; {then}", months.join(", "), batches.join(", "))
}

fn why(format: &str, now: &Claimed, other: &Claimed) -> Option<Why> {
    let is = |id: &str| format == id;
    let (one, two) = (now.account.as_str(), other.account.as_str());
    if is(openai_costs::OPENAI_COSTS.id) || is(anthropic_costs::ANTHROPIC_COSTS.id) {
        return (now.source == other.source && one.is_empty() != two.is_empty()).then_some(Why::Organization);
    }
    if is(openai_usage::OPENAI_USAGE.id) {
        let activity = |claimed: &Claimed| !claimed.source.contains(' ');
        return (activity(now) != activity(other)).then_some(Why::Activity);
    }
    if is(anthropic_usage::ANTHROPIC_USAGE.id) {
        let is_id = |account: &str| account.starts_with("wrkspc_");
        let named = !one.is_empty() && !two.is_empty();
        return (named && is_id(one) != is_id(two)).then_some(Why::Workspace);
    }
    None
}
