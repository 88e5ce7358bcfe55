//! When a rule fits a row: values, patterns, lists of them, and their opposite.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Columns;

/// What a rule asks of a row: every column named here must have a value that fits, and nothing under `not` may fit.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Match {
    /// What must not fit as a whole; of several none.
    #[serde(default, rename = "not")]
    pub unless: Unless,
    /// Columns and what they must be.
    #[serde(flatten)]
    pub columns: BTreeMap<String, Pattern>,
}

/// What must not fit: one table, or several of which none may.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Unless {
    /// One, or none when it is empty.
    One(Box<Match>),
    /// Several.
    Each(Vec<Match>),
}

impl Default for Unless {
    fn default() -> Self {
        Self::Each(Vec::new())
    }
}

impl Unless {
    fn each(&self) -> &[Match] {
        match self {
            Self::One(one) => std::slice::from_ref(one.as_ref()),
            Self::Each(several) => several,
        }
    }
}

/// What a value must be: a word, a pattern in which `*` stands for any text, or one of several.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Pattern {
    /// A word or pattern; `*` alone is any known value.
    One(String),
    /// Any of these.
    Any(Vec<String>),
}

impl Pattern {
    fn fits(&self, found: &str) -> bool {
        match self {
            Self::One(wanted) => like(wanted, found),
            Self::Any(several) => several.iter().any(|wanted| like(wanted, found)),
        }
    }
}

/// Does a text look like a pattern? The first part must begin it, the last must end it, the others come in order.
fn like(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut left) = text.strip_prefix(first) else { return false };
    let (middle, last) = rest.rsplit_once('*').unwrap_or(("", rest));
    for part in middle.split('*').filter(|part| !part.is_empty()) {
        match left.find(part) {
            Some(at) => left = &left[at + part.len()..],
            None => return false,
        }
    }
    left.ends_with(last)
}

impl Match {
    /// Does it fit a row?
    #[must_use]
    pub fn fits(&self, columns: &Columns) -> bool {
        self.columns.iter().all(|(column, wanted)| value(columns, column).is_some_and(|found| wanted.fits(found)))
            && !self.unless.each().iter().any(|refused| refused.asks() && refused.fits(columns))
    }

    /// Does it ask for anything? A `not` without columns refuses nothing.
    fn asks(&self) -> bool {
        !self.columns.is_empty() || !self.unless.each().is_empty()
    }

    /// Every column it names, those under `not` included.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        let below = self.unless.each().iter().flat_map(Self::names);
        self.columns.keys().map(String::as_str).chain(below).collect()
    }

    /// A list that is empty can never fit; the column it stands at.
    #[must_use]
    pub fn hopeless(&self) -> Option<&str> {
        let empty =
            self.columns.iter().find(|(_, wanted)| matches!(wanted, Pattern::Any(several) if several.is_empty()));
        empty.map(|(column, _)| column.as_str()).or_else(|| self.unless.each().iter().find_map(Self::hopeless))
    }
}

/// A row's value in a column. Names of tags are compared without case, because sources spell them as they like.
#[must_use]
pub fn value<'a>(columns: &'a Columns, name: &str) -> Option<&'a String> {
    columns.get(name).or_else(|| {
        if !name.starts_with("tag:") {
            return None;
        }
        columns.iter().filter(|(have, _)| have.eq_ignore_ascii_case(name)).min_by_key(|(have, _)| *have).map(|(_, v)| v)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(rule: &str, pairs: &[(&str, &str)]) -> bool {
        let rule: Match = toml::from_str(rule).unwrap();
        rule.fits(&pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn stars_stand_for_any_text() {
        for (pattern, text) in
            [("gpu-*", "gpu-1"), ("*-prod", "a-prod"), ("a*c", "ac"), ("a*b*c", "axxbyyc"), ("*", "x"), ("**", "x")]
        {
            assert!(like(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("gpu-*", "cpu-1"), ("a*a", "a"), ("a*b*c", "acb"), ("gpu", "gpu-1"), ("*b*b", "ab")] {
            assert!(!like(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn lists_and_their_opposite() {
        let rule = r#"
            service = ["Compute", "Gpu*"]
            not = { region = "eu-*", "tag:env" = "dev" }
        "#;
        assert!(fits(rule, &[("service", "Gpu cloud"), ("region", "eu-1")]), "not all of `not` fits");
        assert!(!fits(rule, &[("service", "Gpu cloud"), ("region", "eu-1"), ("tag:env", "dev")]));
        assert!(!fits(rule, &[("service", "Storage")]));
        let none = r#"not = [{ region = "eu-*" }, { "tag:env" = "dev" }]"#;
        assert!(!fits(none, &[("region", "eu-1")]), "one of them is enough");
        assert!(fits(none, &[("region", "us-1")]));
        assert!(fits("not = {}", &[]), "an empty opposite refuses nothing");
    }

    #[test]
    fn names_of_tags_have_no_case() {
        assert!(fits("\"tag:team\" = \"a\"", &[("tag:Team", "a")]));
        assert!(!fits("Service = \"a\"", &[("service", "a")]));
    }
}
