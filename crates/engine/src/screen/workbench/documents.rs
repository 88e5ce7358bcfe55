//! Scenarios written from the window: numbers saved, and scenarios copied as a patch, renamed and deleted. Each answers
//! with the texts before and after, so that one step back or forward writes them as they were.

use chrono::{DateTime, Utc};
use marginline_store::document::{Change, DocumentKind, Placed};
use toml_edit::{DocumentMut, Item, value};

use crate::Engine;
use crate::error::{EngineError, Result};
use crate::scenario::Workbench;
use crate::scenario::file::{base_of, edited, parse, patched};
use crate::scenario::lock::{refuse_locked, unlocked};
use crate::view::{Override, ScenarioText, ScenariosChanged};

/// Longest name, in letters: what a table's header can show.
const LONGEST: usize = 80;

impl Engine {
    /// Writes changed numbers into the scenarios.
    ///
    /// # Errors
    /// When a change names a scenario or a number that is not there, or a scenario could not be read any more.
    pub async fn save_scenario(&self, overrides: &[Override]) -> Result<ScenariosChanged> {
        let workbench = self.workbench().await?;
        let changed = workbench.changed(overrides)?;
        let after: Vec<ScenarioText> = changed
            .iter()
            .filter(|(id, text)| workbench.text(id).is_ok_and(|kept| kept.body != **text))
            .map(|(id, text)| ScenarioText { id: (*id).to_owned(), text: Some(text.clone()), place: None })
            .collect();
        let scenario = after.first().map(|text| text.id.clone());
        let done = format!("saved {}", names(&workbench, &after).join(", "));
        let asked = asked(&workbench, after)?;
        drop(workbench);
        self.written(done, scenario, asked).await
    }

    /// A new scenario that changes this one, with the numbers that were changed on screen and nothing else.
    ///
    /// # Errors
    /// When there is no such scenario, the name is empty or too long, or a change cannot be made.
    pub async fn copy_scenario(&self, of: &str, name: &str, overrides: &[Override]) -> Result<ScenariosChanged> {
        let workbench = self.workbench().await?;
        let (name, base) = (proper(name)?, workbench.text(of)?);
        let mut document = DocumentMut::new();
        document["scenario"] = toml_edit::table();
        document["scenario"]["name"] = value(name.as_str());
        document["base"] = toml_edit::table();
        document["base"]["scenario"] = value(of);
        let text_of = |wanted: &str| workbench.text(wanted).ok().map(|text| text.body.clone());
        let whole = patched(of, &base.body, &text_of)?;
        let mine: Vec<(&str, &str)> = overrides
            .iter()
            .filter(|change| change.scenario == of)
            .map(|change| (change.path.as_str(), change.value.as_str()))
            .collect();
        let text = edited(&document.to_string(), &whole, &mine)?;
        drop(workbench);
        self.add_scenario(&name, text).await
    }

    /// Keeps a text as a new scenario of this name.
    pub(super) async fn add_scenario(&self, name: &str, text: String) -> Result<ScenariosChanged> {
        let workbench = self.workbench().await?;
        let name = proper(name)?;
        let id = free_id(&workbench, &name);
        let asked = asked(&workbench, vec![ScenarioText { id: id.clone(), text: Some(text), place: None }])?;
        drop(workbench);
        self.written(format!("added {name}"), Some(id), asked).await
    }

    /// Gives a scenario another name; its id, by which others name it, stays.
    ///
    /// # Errors
    /// When there is no such scenario, it is locked, or the name is empty or too long.
    pub async fn rename_scenario(&self, id: &str, name: &str) -> Result<ScenariosChanged> {
        let workbench = self.workbench().await?;
        let name = proper(name)?;
        let mut document: DocumentMut = open(&workbench, id)?.body.parse().map_err(|error| {
            EngineError::failed(format!("the scenario cannot be read: {error}")).at(format!("scenario {id}"))
        })?;
        let about = document.entry("scenario").or_insert_with(toml_edit::table);
        match about.get_mut("name").and_then(Item::as_value_mut) {
            Some(old) => {
                let decor = old.decor().clone();
                *old = name.as_str().into();
                *old.decor_mut() = decor;
            }
            None => about["name"] = value(name.as_str()),
        }
        let text = ScenarioText { id: id.to_owned(), text: Some(document.to_string()), place: None };
        let asked = asked(&workbench, vec![text])?;
        drop(workbench);
        self.written(format!("renamed to {name}"), Some(id.to_owned()), asked).await
    }

    /// Takes a scenario away.
    ///
    /// # Errors
    /// When there is no such scenario, it is locked, or another one changes it.
    pub async fn delete_scenario(&self, id: &str) -> Result<ScenariosChanged> {
        let workbench = self.workbench().await?;
        let gone = vec![ScenarioText { id: id.to_owned(), text: None, place: None }];
        let name = names(&workbench, &gone).join("");
        open(&workbench, id)?;
        let others = workbench.standing_on(id);
        if !others.is_empty() {
            return Err(EngineError::failed(format!("{name} is the base of {}", others.join(", ")))
                .at(format!("scenario {id}"))
                .then("delete those first, or give them another base"));
        }
        let asked = asked(&workbench, gone)?;
        drop(workbench);
        self.written(format!("deleted {name}"), None, asked).await
    }

    /// Locks a scenario at what it comes to now, as `scenario lock` does.
    ///
    /// # Errors
    /// When there is no such scenario, it is locked already, or cannot be resolved.
    pub async fn lock_kept_scenario(&self, id: &str, now: DateTime<Utc>) -> Result<ScenariosChanged> {
        let workbench = self.workbench().await?;
        let kept = workbench.text(id)?.body.clone();
        drop(workbench);
        let (text, _) = self.lock_scenario(&[(id.to_owned(), kept)], id, now, false).await?;
        self.rewritten("locked", id, text).await
    }

    /// Takes the lock off a scenario.
    ///
    /// # Errors
    /// When there is no such scenario, or it is not locked.
    pub async fn unlock_scenario(&self, id: &str) -> Result<ScenariosChanged> {
        let workbench = self.workbench().await?;
        let text = unlocked(&workbench.text(id)?.body).map_err(|error| error.at(format!("scenario {id}")))?;
        drop(workbench);
        self.rewritten("unlocked", id, text).await
    }

    /// Writes one text; `done` is said before the scenario's name.
    async fn rewritten(&self, done: &str, id: &str, text: String) -> Result<ScenariosChanged> {
        let workbench = self.workbench().await?;
        let texts = vec![ScenarioText { id: id.to_owned(), text: Some(text), place: None }];
        let done = format!("{done} {}", names(&workbench, &texts).join(""));
        drop(workbench);
        self.change_scenarios(done, Some(id.to_owned()), texts).await
    }

    /// Writes scenarios back as a change before had them: its undo and redo.
    ///
    /// # Errors
    /// When a text is no scenario, or one that is to go is the base of another.
    pub async fn write_scenarios(&self, texts: &[ScenarioText]) -> Result<()> {
        let workbench = self.workbench().await?;
        let asked = asked(&workbench, texts.to_vec())?;
        drop(workbench);
        self.written(String::new(), None, asked).await.map(|_| ())
    }

    /// Writes texts, checked with those that stand on them.
    pub(super) async fn change_scenarios(
        &self,
        done: String,
        scenario: Option<String>,
        texts: Vec<ScenarioText>,
    ) -> Result<ScenariosChanged> {
        let workbench = self.workbench().await?;
        let asked = asked(&workbench, texts)?;
        drop(workbench);
        self.written(done, scenario, asked).await
    }

    async fn written(&self, done: String, scenario: Option<String>, asked: Asked) -> Result<ScenariosChanged> {
        let Asked { before, after } = asked;
        let change = |text: &ScenarioText| Change {
            name: text.id.clone(),
            body: text.text.clone(),
            place: text.place.map(i64::from),
        };
        let changes: Vec<Change> = after.iter().map(change).collect();
        if !changes.is_empty() {
            self.ledger().change_documents(DocumentKind::Scenario, &changes).await?;
        }
        Ok(ScenariosChanged { done, scenario, before, after })
    }
}

/// The text of a scenario that may be changed: what is locked was agreed on, name and all.
fn open<'a>(workbench: &'a Workbench, id: &str) -> Result<&'a Placed> {
    let text = workbench.text(id)?;
    refuse_locked(&text.body).map_err(|error| error.at(format!("scenario {id}")))?;
    Ok(text)
}

/// Texts as they are and as they are to be.
struct Asked {
    before: Vec<ScenarioText>,
    after: Vec<ScenarioText>,
}

/// Checks texts that are to be written, with those that stand on them.
fn asked(workbench: &Workbench, after: Vec<ScenarioText>) -> Result<Asked> {
    let text_of = |wanted: &str| match after.iter().find(|text| text.id == wanted) {
        Some(text) => text.text.clone(),
        None => workbench.text(wanted).ok().map(|text| text.body.clone()),
    };
    let touched = |id: &str| after.iter().any(|text| text.id == id);
    let kept = workbench
        .texts()
        .iter()
        .filter(|text| touched(&text.name) || base_of(&text.body).is_some_and(|base| touched(&base)));
    let ids = kept.map(|text| text.name.as_str()).chain(after.iter().map(|text| text.id.as_str()));
    for (id, text) in ids.filter_map(|id| Some((id, text_of(id)?))) {
        let place = |error: EngineError| error.at(format!("scenario {id}"));
        parse(&patched(id, &text, &text_of)?).map_err(place)?;
    }
    let was = |text: &ScenarioText| match workbench.text(&text.id) {
        Ok(Placed { place, body, .. }) => {
            ScenarioText { id: text.id.clone(), text: Some(body.clone()), place: u32::try_from(*place).ok() }
        }
        Err(_) => ScenarioText { id: text.id.clone(), text: None, place: None },
    };
    Ok(Asked { before: after.iter().map(was).collect(), after })
}

/// Names of scenarios, as cards have them.
fn names(workbench: &Workbench, texts: &[ScenarioText]) -> Vec<String> {
    let name = |text: &ScenarioText| {
        let info = workbench.infos().iter().find(|info| info.id == text.id);
        info.map_or_else(|| text.id.clone(), |info| info.name.clone())
    };
    texts.iter().map(name).collect()
}

/// A name without blanks around it.
fn proper(name: &str) -> Result<String> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > LONGEST || name.chars().any(char::is_control) {
        return Err(EngineError::usage("a scenario's name is 1 to 80 letters").at("name").then("type another name"));
    }
    Ok(name.to_owned())
}

/// An id made of a name: small letters, digits and dashes, and no other scenario's.
fn free_id(workbench: &Workbench, name: &str) -> String {
    let mut stem = String::new();
    for letter in name.chars().flat_map(char::to_lowercase) {
        match letter {
            letter if letter.is_alphanumeric() => stem.push(letter),
            _ if !stem.is_empty() && !stem.ends_with('-') => stem.push('-'),
            _ => {}
        }
    }
    let stem = match stem.trim_end_matches('-') {
        "" => "scenario".to_owned(),
        stem => stem.to_owned(),
    };
    let is_free = |id: &String| workbench.text(id).is_err();
    let numbered = (2..u32::MAX).map(|number| format!("{stem}-{number}"));
    std::iter::once(stem.clone()).chain(numbered).find(is_free).unwrap_or(stem)
}
