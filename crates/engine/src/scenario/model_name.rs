//! Names of models as bills, usage and scenario files write them.

use crate::subject::plain_name;

/// Are these names of one model? A seller before it, a date or `latest` behind it, case and punctuation do not matter.
pub(super) fn is_same_model(one: &str, other: &str) -> bool {
    bare(one) == bare(other)
}

fn bare(name: &str) -> String {
    let name = name.rsplit('/').next().unwrap_or(name);
    let name = name.split('@').next().unwrap_or(name).to_lowercase();
    let name = name.trim_end_matches("-latest");
    let mut parts: Vec<&str> = name.split('-').collect();
    let digits = |part: &&str, count: usize| part.len() == count && part.chars().all(|c| c.is_ascii_digit());
    let is_date = |parts: &[&str]| match parts {
        [.., last] if digits(last, 8) => 1,
        [.., year, month, day] if digits(year, 4) && digits(month, 2) && digits(day, 2) => 3,
        _ => 0,
    };
    let dated = is_date(&parts);
    if parts.len() > dated {
        parts.truncate(parts.len() - dated);
    }
    plain_name(&parts.join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_one_model() {
        assert!(is_same_model("claude-haiku-4-5", "anthropic/claude-haiku-4-5-20251001"));
        assert!(is_same_model("gpt-4o-2024-08-06", "GPT-4o"));
        assert!(!is_same_model("claude-haiku-4-5", "claude-haiku-4"));
        assert!(!is_same_model("llama-3.1-8b", "llama-3.1-70b"));
    }
}
