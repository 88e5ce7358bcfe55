//! A lock on a scenario: what it came to when it was agreed on. A locked file is not edited, and does not run when its
//! file, its base or its prices have changed since; it says which.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use marginline_model::scenario::Serving;
use marginline_store::document::DocumentKind;
use marginline_store::source::hash_of;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml_edit::{Item, Table, value};

use super::file::{Kind, ScenarioFile, base_of, document_of, parse, patched};
use super::resolve::{Resolved, resolve};
use crate::Engine;
use crate::convert::Conversion;
use crate::error::{EngineError, Result};
use crate::view::MonthBasis;

/// What a scenario came to when it was locked. `marginline scenario lock` writes it; nobody types it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    /// SHA-256 of everything that the projection read, as `scenario run` shows it.
    pub hash: String,
    /// SHA-256 of what the file states, with what it changes laid together; comments and order are not in it.
    pub file: String,
    /// SHA-256 of the actuals of the base month; none without one.
    pub base: Option<String>,
    /// SHA-256 of the prices that were looked up; none where all are stated.
    pub prices: Option<String>,
    /// The newest day whose list prices it has.
    pub prices_at: Option<String>,
    /// Version of marginline that locked it.
    pub engine: String,
    /// Day on which it was locked, UTC.
    pub locked_on: String,
}

/// Fingerprints of what a scenario reads.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fingerprints {
    /// Of what the file states.
    pub file: String,
    /// Of the base month's actuals.
    pub base: Option<String>,
    /// Of the prices looked up.
    pub prices: Option<String>,
}

impl Fingerprints {
    /// Of a resolved scenario, its file as written, and the actuals that it read, in words.
    #[must_use]
    pub fn of(resolved: &Resolved, written: &ScenarioFile, actuals: Option<String>) -> Self {
        let file = ScenarioFile { lock: None, ..written.clone() };
        Self {
            file: hash_of(&format!("{file:?}")),
            base: actuals.map(|words| hash_of(&words)),
            prices: prices_of(resolved, written).map(|words| hash_of(&words)),
        }
    }
}

/// A scenario with what it was resolved from.
pub(crate) struct Read {
    pub(crate) resolved: Resolved,
    /// The file as written.
    pub(crate) written: ScenarioFile,
    /// The actuals that it read, in words.
    pub(crate) actuals: Option<String>,
}

/// Prices that the file does not state itself, in words.
fn prices_of(resolved: &Resolved, written: &ScenarioFile) -> Option<String> {
    let files = written.components();
    let looked_up = resolved.inputs.components.iter().zip(files).filter_map(|(component, (path, file))| {
        match (&component.serving, file.kind) {
            (Serving::Api(api), Kind::Api) => Some(format!("{path} {:?} {:?}", api.prices, api.batch_prices)),
            (Serving::OwnGpus(gpus), Kind::OwnGpus)
                if file.usd_per_gpu_hour.is_none() && file.usd_per_gpu_hour_by_month.is_none() =>
            {
                Some(format!("{path} {}", gpus.usd_per_gpu_hour))
            }
            _ => None,
        }
    });
    let words: Vec<String> = looked_up.collect();
    (!words.is_empty()).then(|| words.join("\n"))
}

/// Does a locked scenario still come to what it was locked at? One without a lock always does.
///
/// # Errors
/// When it does not, with what has changed.
pub fn check(resolved: &Resolved, written: &ScenarioFile, actuals: Option<String>) -> Result<()> {
    let Some(lock) = &resolved.file.lock else { return Ok(()) };
    if lock.hash == resolved.hash {
        return Ok(());
    }
    let now = Fingerprints::of(resolved, written, actuals);
    let mut changed = Vec::new();
    if lock.file != now.file {
        changed.push("the file".to_owned());
    }
    if lock.base != now.base {
        changed.push("the actuals of its base month".to_owned());
    }
    if lock.prices != now.prices {
        changed.push("the prices it looks up".to_owned());
    }
    if lock.engine != env!("CARGO_PKG_VERSION") {
        changed.push(format!("marginline, which was {}", lock.engine));
    }
    if changed.is_empty() {
        changed.push("how its inputs are computed".to_owned());
    }
    Err(EngineError::failed(format!(
        "it was locked on {} and has changed since: {} (hash {} then, {} now)",
        lock.locked_on,
        changed.join(", "),
        short(&lock.hash),
        short(&resolved.hash)
    ))
    .then("put back what changed, or accept it with `marginline scenario lock --force FILE`"))
}

fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}

/// Is a text locked?
#[must_use]
pub fn is_locked(text: &str) -> bool {
    text.parse::<toml::Table>().is_ok_and(|table| table.contains_key("lock"))
}

/// The hash, short as reports tell it, and the day of a text's lock; `unknown` where the lock lacks them.
#[must_use]
pub fn stated_lock(text: &str) -> Option<(String, String)> {
    let table: toml::Table = text.parse().ok()?;
    let lock = table.get("lock")?;
    let word = |key: &str| lock.get(key).and_then(toml::Value::as_str).unwrap_or("unknown").to_owned();
    Some((short(&word("hash")).to_owned(), word("locked_on")))
}

/// Refuses to edit a locked text.
///
/// # Errors
/// When it is locked.
pub fn refuse_locked(text: &str) -> Result<()> {
    if !is_locked(text) {
        return Ok(());
    }
    Err(EngineError::usage("the scenario is locked, and is not edited, renamed or deleted")
        .then("copy it, change it by a file of its own with base.scenario, or run `marginline scenario unlock FILE`"))
}

/// The text without its lock; comments and order stay.
///
/// # Errors
/// When it cannot be read, or is not locked.
pub fn unlocked(text: &str) -> Result<String> {
    let mut document = document_of(text)?;
    if document.remove("lock").is_none() {
        return Err(EngineError::usage("the scenario is not locked"));
    }
    if let Some(base) = document.get_mut("base").and_then(Item::as_table_like_mut) {
        base.remove("hash");
    }
    Ok(document.to_string())
}

impl Engine {
    /// Locks a scenario: its text with `[lock]` and the hash in it, and with the hash of the scenario that it changes. `texts` holds it and
    /// those below it that the workspace does not hold; `force` locks anew what has changed.
    ///
    /// # Errors
    /// When it is locked already, is not among the texts, or cannot be resolved.
    pub async fn lock_scenario(
        &self,
        texts: &[(String, String)],
        id: &str,
        now: DateTime<Utc>,
        force: bool,
    ) -> Result<(String, String)> {
        let missing = || EngineError::usage(format!("there is no scenario {id:?}"));
        let text = texts.iter().find(|(name, _)| name == id).map(|(_, text)| text).ok_or_else(missing)?;
        if is_locked(text) && !force {
            return Err(EngineError::usage("the scenario is locked already")
                .at(format!("scenario {id}"))
                .then("`--force` locks it anew as it is now"));
        }
        let mut document = document_of(&if is_locked(text) { unlocked(text)? } else { text.clone() })?;
        let others = |mine: &str| -> Vec<(String, String)> {
            texts
                .iter()
                .map(|(name, old)| (name.clone(), if name == id { mine.to_owned() } else { old.clone() }))
                .collect()
        };
        if let Some(base) = base_of(text) {
            if let Some(table) = document.get_mut("base").and_then(Item::as_table_like_mut) {
                table.remove("hash");
            }
            let hash = self.resolved_of(&others(&document.to_string()), &base).await?.resolved.hash;
            if let Some(table) = document.get_mut("base").and_then(Item::as_table_like_mut) {
                table.insert("hash", value(hash));
            }
        }
        let Read { resolved, written, actuals } = self.resolved_of(&others(&document.to_string()), id).await?;
        let prints = Fingerprints::of(&resolved, &written, actuals);
        let mut lock = Table::new();
        lock.insert("hash", value(&resolved.hash));
        lock.insert("file", value(prints.file));
        for (key, hash) in [("base", prints.base), ("prices", prints.prices)] {
            if let Some(hash) = hash {
                lock.insert(key, value(hash));
            }
        }
        let days = resolved.file.components();
        if let Some(day) = days.iter().filter_map(|(_, component)| component.priced_at.as_ref()).max() {
            lock.insert("prices_at", value(day));
        }
        lock.insert("engine", value(env!("CARGO_PKG_VERSION")));
        lock.insert("locked_on", value(now.format("%Y-%m-%d").to_string()));
        document.insert("lock", Item::Table(lock));
        Ok((document.to_string(), resolved.hash))
    }

    /// A scenario of some texts or of the workspace, resolved, with what it was resolved from.
    ///
    /// # Errors
    /// When it is not there, or cannot be resolved.
    pub(crate) async fn resolved_of(&self, texts: &[(String, String)], id: &str) -> Result<Read> {
        let kept = self.ledger().documents(DocumentKind::Scenario).await?;
        let text_of =
            |wanted: &str| texts.iter().chain(&kept).find(|(name, _)| name == wanted).map(|(_, text)| text.clone());
        let text = text_of(id).ok_or_else(|| EngineError::usage(format!("there is no scenario {id:?}")))?;
        let file = parse(&patched(id, &text, &text_of)?).map_err(|error| error.at(format!("scenario {id}")))?;
        let mut files = self.with_benchmarks(vec![(id.to_owned(), file)]).await?;
        let written = files.pop().map(|(_, file)| file).ok_or_else(|| EngineError::failed("a scenario was lost"))?;
        let prices = self.price_book().await?;
        let facts = match written.base.as_ref().is_some_and(|base| base.month.is_some()) {
            true => Some(self.facts_in(Conversion::default(), MonthBasis::BillingMonth).await?),
            false => None,
        };
        let resolved = resolve(id, &written, facts.as_deref(), &prices)?;
        let actuals = super::resolve::actuals_words(&written, facts.as_deref())?;
        Ok(Read { resolved, written, actuals })
    }

    /// Refuses texts whose base is no longer the one that they need, by `base.hash`.
    ///
    /// # Errors
    /// When a base has another hash, is not there, or cannot be resolved.
    pub async fn check_base_hashes(&self, texts: &[(String, String)]) -> Result<()> {
        let kept = self.ledger().documents(DocumentKind::Scenario).await?;
        let mut open = texts.to_vec();
        let mut seen = BTreeSet::new();
        while let Some((id, text)) = open.pop() {
            let Some(base) = base_of(&text).filter(|_| seen.insert(id.clone())) else { continue };
            // What it changes may itself need another.
            open.extend(texts.iter().chain(&kept).find(|(name, _)| *name == base).cloned());
            let Some(needed) = needs(&text) else { continue };
            let found = self.resolved_of(texts, &base).await?.resolved.hash;
            // A hash may be written short, as it is shown; not so short that it says nothing.
            if needed.len() < 12 || !found.starts_with(&needed) {
                return Err(EngineError::failed(format!(
                    "base.hash needs {base:?} with hash {}, and it has {}",
                    short(&needed),
                    short(&found)
                ))
                .at(format!("scenario {id}"))
                .then("put the base back, or take base.hash out to go with it as it is"));
            }
        }
        Ok(())
    }
}

/// The hash that a text needs of the scenario that it changes.
fn needs(text: &str) -> Option<String> {
    let table: toml::Table = text.parse().ok()?;
    Some(table.get("base")?.get("hash")?.as_str()?.to_owned())
}
