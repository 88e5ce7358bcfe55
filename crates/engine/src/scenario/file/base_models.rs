//! Which models served before and what share of the requests, so that a patch that swaps one needs a score.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::{Table, Value};

/// A model that served before: its name, or the name with the share of the requests that it served.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum BaseModel {
    /// Its name; nobody says how much it served.
    Named(String),
    /// Name and share.
    Shared(SharedModel),
}

/// A model with its share of the requests.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SharedModel {
    /// Its name.
    pub model: String,
    /// Requests that it served, of a hundred.
    pub share_percent: f64,
}

impl BaseModel {
    /// With a share between 0 and 1.
    pub(in crate::scenario) fn shared(model: &str, share: f64) -> Self {
        Self::Shared(SharedModel { model: model.to_owned(), share_percent: share * 100.0 })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Named(name) => name,
            Self::Shared(shared) => &shared.model,
        }
    }

    /// Its share of the requests, 0 to 1.
    #[must_use]
    pub fn share(&self) -> Option<f64> {
        match self {
            Self::Named(_) => None,
            Self::Shared(shared) => Some(shared.share_percent / 100.0),
        }
    }

    /// What is wrong with it.
    #[must_use]
    pub fn fault(&self) -> Option<String> {
        let share = self.share()?;
        let fault = super::span::fault("SharedModel", "share_percent", Some(share * 100.0))?;
        Some(format!("of {:?} the {fault}", self.name()))
    }
}

/// Shares of the requests that components end up with: what fails on one is served by a later one. What is live later and
/// what overflows is not in it. Each part is a share, the share of it that fails, and who serves that.
pub(in crate::scenario) fn shares(parts: &[(f64, f64, Option<usize>)]) -> Vec<f64> {
    let mut found: Vec<f64> = parts.iter().map(|(share, ..)| *share).collect();
    for (place, (_, failed, fallback)) in parts.iter().enumerate() {
        if let Some(later) = fallback.filter(|later| *later > place && *later < parts.len()) {
            let passed = found[place] * failed;
            found[place] -= passed;
            found[later] += passed;
        }
    }
    found
}

/// A share of a component's text between 0 and 1: plain, or the value of an assumption.
fn share_of(component: &Value, key: &str) -> Option<f64> {
    let written = component.get(key)?;
    let number = written.get("value").unwrap_or(written);
    number.as_float().or_else(|| number.as_integer().map(|whole| whole as f64)).map(|percent| percent / 100.0)
}

/// The models that a text's components name, each once, with their shares.
fn models(table: &Table) -> Vec<BaseModel> {
    let several = table.get("component").and_then(Value::as_array).into_iter().flatten();
    let all: Vec<&Value> = table.get("architecture").into_iter().chain(several).collect();
    let stated: f64 = all.iter().filter_map(|component| share_of(component, "share_percent")).sum();
    let rest = all.iter().position(|component| component.get("share_percent").is_none());
    let name = |component: &Value| component.get("name").and_then(Value::as_str).map(str::to_owned);
    let part = |(place, component): (usize, &&Value)| {
        let open = if rest == Some(place) { (1.0 - stated).max(0.0) } else { 0.0 };
        let later = component.get("fallback_to").and_then(Value::as_str);
        let fallback = later.and_then(|later| all.iter().position(|other| name(other).as_deref() == Some(later)));
        let failed = share_of(component, "failed_percent").unwrap_or(0.0);
        (share_of(component, "share_percent").unwrap_or(open), failed, fallback)
    };
    let shares = shares(&all.iter().enumerate().map(part).collect::<Vec<_>>());
    let mut found: Vec<(String, f64)> = Vec::new();
    for (component, share) in all.iter().zip(shares) {
        let served = component.get("model").or_else(|| component.get("serving")?.get("model"));
        let Some(model) = served.and_then(Value::as_str) else { continue };
        match found.iter_mut().find(|(known, _)| known == model) {
            Some((_, sum)) => *sum += share,
            None => found.push((model.to_owned(), share)),
        }
    }
    found.into_iter().map(|(model, share)| BaseModel::shared(&model, share)).collect()
}

/// Notes in `base.models` what `before` was served by, where `after` is served by something else and neither states it
/// already. A text that swaps no model stays as it is.
pub(in crate::scenario) fn note_swap(before: &Table, after: &mut Table) {
    let (old, new) = (models(before), models(after));
    let stated = |table: &Table| table.get("base").and_then(|base| base.get("models")).is_some();
    let has_month = before.get("base").and_then(|base| base.get("month")).is_some();
    // The models of a base month are asked of the ledger; the file that stands on it may have swapped already.
    let has = |all: &[BaseModel], one: &BaseModel| all.iter().any(|each| each.name() == one.name());
    let same = new.iter().all(|model| has(&old, model)) && old.iter().all(|model| has(&new, model));
    if old.is_empty() || has_month || stated(after) || same {
        return;
    }
    let base = after.entry("base").or_insert_with(|| Value::Table(Table::new()));
    if let Some(base) = base.as_table_mut() {
        let noted = old.iter().filter_map(|model| Value::try_from(model).ok());
        base.insert("models".into(), Value::Array(noted.collect()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(before: &str, text: &str) -> Table {
        let mut table: Table = text.parse().unwrap();
        note_swap(&before.parse().unwrap(), &mut table);
        table
    }

    #[test]
    fn a_swap_is_noted_and_nothing_else_is() {
        let old = "[architecture]\nmodel = \"large\"";
        let swapped = after(old, "[architecture]\nmodel = \"small\"");
        assert_eq!(swapped["base"]["models"].to_string(), "[{ model = \"large\", share_percent = 100.0 }]");
        assert_eq!(after(old, old), old.parse::<Table>().unwrap());
        let both = "[[component]]\nmodel = \"large\"\n[[component]]\nmodel = \"small\"";
        assert!(after(both, "[[component]]\nmodel = \"small\"").contains_key("base"), "the small one takes all");
        let stated = "[base]\nmodels = [\"larger\"]\n[architecture]\nmodel = \"small\"";
        assert_eq!(after(old, stated), stated.parse::<Table>().unwrap());
    }

    #[test]
    fn what_fails_is_served_by_another() {
        let text = "[[component]]\nname = \"a\"\nmodel = \"large\"\nfailed_percent = { value = 10 }\nfallback_to = \"c\"\n\
                    [[component]]\nname = \"b\"\nmodel = \"small\"\nshare_percent = 40\n\
                    [[component]]\nname = \"c\"\nmodel = \"small\"\n";
        let found = models(&text.parse().unwrap());
        let told: Vec<(&str, f64)> =
            found.iter().map(|model| (model.name(), (model.share().unwrap() * 100.0).round())).collect();
        assert_eq!(told, [("large", 54.0), ("small", 46.0)], "a tenth of 60 goes to the small one");
    }
}
