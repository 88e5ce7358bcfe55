//! Several names of one model: what a console calls it, what an API calls it, what a deployment is called. Bill and
//! usage meet under one of them. Dated, because a name may come to mean another model.

use std::collections::HashMap;

use chrono::NaiveDate;

/// Names that consoles show, and the id that usage has; the rules add to them and come first.
///
/// Source: Anthropic's list of models: names beside ids.
const BUILT_IN: [(&str, &str); 15] = [
    ("Claude Haiku 4.5", "claude-haiku-4-5-20251001"),
    ("Claude Sonnet 4.5", "claude-sonnet-4-5-20250929"),
    ("Claude Opus 4.5", "claude-opus-4-5-20251101"),
    ("Claude Opus 4.1", "claude-opus-4-1-20250805"),
    ("Claude Opus 4", "claude-opus-4-20250514"),
    ("Claude Sonnet 4", "claude-sonnet-4-20250514"),
    ("Claude Sonnet 3.7", "claude-3-7-sonnet-20250219"),
    ("Claude Sonnet 3.5", "claude-3-5-sonnet-20241022"),
    ("Claude Haiku 3.5", "claude-3-5-haiku-20241022"),
    ("Claude Haiku 3", "claude-3-haiku-20240307"),
    ("Claude Opus 3", "claude-3-opus-20240229"),
    ("Claude Sonnet 4.6", "claude-sonnet-4-6"),
    ("Claude Opus 4.6", "claude-opus-4-6"),
    ("Claude Opus 4.7", "claude-opus-4-7"),
    ("Claude Opus 4.8", "claude-opus-4-8"),
];

/// One name of a model, and when it means that model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias {
    /// The name; case does not matter.
    pub name: String,
    /// The model's id.
    pub model: String,
    /// First day; always when absent.
    pub from: Option<NaiveDate>,
    /// The day it ends, excluded; never when absent.
    pub to: Option<NaiveDate>,
}

/// Names of models.
#[derive(Debug, Clone)]
pub struct Aliases {
    by_name: HashMap<String, Vec<Alias>>,
}

impl Aliases {
    /// Those of the rules, first match first, and after them the ones that are built in.
    #[must_use]
    pub fn new(of_rules: Vec<Alias>) -> Self {
        let mut by_name: HashMap<String, Vec<Alias>> = HashMap::new();
        let built_in = BUILT_IN.iter().map(|(name, model)| Alias {
            name: (*name).to_owned(),
            model: (*model).to_owned(),
            from: None,
            to: None,
        });
        for alias in of_rules.into_iter().chain(built_in) {
            by_name.entry(alias.name.to_lowercase()).or_default().push(alias);
        }
        Self { by_name }
    }

    /// Every model that a name means on some day, and the name itself.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let aliases = self.by_name.get(&name.to_lowercase()).map_or(&[][..], Vec::as_slice);
        std::iter::once(name).chain(aliases.iter().map(|alias| alias.model.as_str()))
    }

    /// The model that a name meant on a day; a name that is no alias is the model itself.
    #[must_use]
    pub fn model<'a>(&'a self, name: &'a str, day: NaiveDate) -> &'a str {
        let aliases = self.by_name.get(&name.to_lowercase()).map_or(&[][..], Vec::as_slice);
        let holds = |alias: &&Alias| alias.from.is_none_or(|from| from <= day) && alias.to.is_none_or(|to| day < to);
        aliases.iter().find(holds).map_or(name, |alias| &alias.model)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_means_what_it_meant_on_the_day() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let alias = |model: &str, from: Option<&str>, to: Option<&str>| Alias {
            name: "Our Chat".into(),
            model: model.into(),
            from: from.map(day),
            to: to.map(day),
        };
        let aliases = Aliases::new(vec![
            alias("gpt-4o-mini", None, Some("2026-03-01")),
            alias("gpt-5-mini", Some("2026-03-01"), None),
        ]);
        assert_eq!(aliases.model("our chat", day("2026-02-28")), "gpt-4o-mini");
        assert_eq!(aliases.model("OUR CHAT", day("2026-03-01")), "gpt-5-mini", "the day it changes is the new one's");
        assert_eq!(aliases.model("claude haiku 4.5", day("2026-03-01")), "claude-haiku-4-5-20251001");
        assert_eq!(aliases.model("no such name", day("2026-03-01")), "no such name");
    }
}
