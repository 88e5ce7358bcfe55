//! What may vary: axes of choices, and the candidate that a choice from each makes.

use toml::{Table, Value};

use super::path::{Names, Settings, plain, same, settings};
use crate::error::{EngineError, Result};
use crate::scenario::file::OptimiseFile;

/// One thing that is chosen.
#[derive(Debug, Clone)]
pub(super) struct Axis {
    choices: Vec<Choice>,
}

/// One of the values of an axis.
#[derive(Debug, Clone)]
struct Choice {
    name: String,
    set: Settings,
}

/// Values that follow from others.
#[derive(Debug, Clone)]
struct Rule {
    holds: Settings,
    set: Settings,
}

/// Everything that may vary in a file.
#[derive(Debug, Clone)]
pub(super) struct Space {
    axes: Vec<Axis>,
    rules: Vec<Rule>,
}

/// What a place of the space sets.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Chosen {
    /// Its choices in words.
    pub(super) name: String,
    /// Values by dotted path; each path once.
    pub(super) set: Settings,
}

impl Space {
    /// The space of a file whose whole text is `whole`.
    ///
    /// # Errors
    /// When a list is empty or says the same twice, two lists set the same key, or a path leads nowhere.
    pub(super) fn of(asked: &OptimiseFile, whole: &Table) -> Result<Self> {
        let names = Names::of(whole);
        let mut axes = Vec::new();
        for vary in &asked.vary {
            let place = |error: EngineError| error.at(format!("optimise.vary of {}", vary.path));
            axes.push(varied(vary.path.as_str(), vary.name.as_deref(), &vary.values).map_err(place)?);
        }
        let mut groups: Vec<&str> = Vec::new();
        for option in &asked.option {
            if !groups.contains(&option.of.as_str()) {
                groups.push(&option.of);
            }
        }
        for group in groups {
            let of = asked.option.iter().filter(|option| option.of == group);
            let choices: Vec<Choice> =
                of.map(|option| Choice { name: option.name.clone(), set: settings(&option.set) }).collect();
            for (place, choice) in choices.iter().enumerate() {
                if choice.name.trim().is_empty() || choices[..place].iter().any(|other| other.name == choice.name) {
                    return Err(EngineError::failed(format!("the name {:?} is empty or given twice", choice.name))
                        .at("optimise.option")
                        .then("give each option a name of its own"));
                }
            }
            axes.push(Axis { choices });
        }
        let rules: Vec<Rule> =
            asked.when.iter().map(|when| Rule { holds: settings(&when.holds), set: settings(&when.set) }).collect();
        if let Some(rule) = rules.iter().position(|rule| rule.holds.is_empty() || rule.set.is_empty()) {
            return Err(EngineError::failed("if or set is empty")
                .at(format!("optimise.when {}", rule + 1))
                .then("state what holds and what follows"));
        }
        let space = Self { axes, rules };
        space.check(&names, whole)?;
        Ok(space)
    }

    /// Every single value is laid over the file and read, so that a slip of the pen is told before anything is tried.
    fn check(&self, names: &Names, whole: &Table) -> Result<()> {
        for (place, axis) in self.axes.iter().enumerate() {
            let paths = |axis: &Axis| -> Vec<String> {
                axis.choices.iter().flat_map(|choice| choice.set.iter().map(|(path, _)| path.clone())).collect()
            };
            let mine = paths(axis);
            let other = self.axes[..place].iter().flat_map(paths).find(|path| mine.contains(path));
            if let Some(path) = other {
                return Err(EngineError::failed("two lists of [optimise] set the same key")
                    .at(path)
                    .then("vary it in one of them"));
            }
        }
        let choices = self.axes.iter().flat_map(|axis| axis.choices.iter().map(|choice| &choice.set));
        for set in choices.chain(self.rules.iter().map(|rule| &rule.set)) {
            super::ground::readable(whole, names, set)?;
        }
        for (path, _) in self.rules.iter().flat_map(|rule| &rule.holds) {
            names.patch(&[(path.clone(), Value::from(0))])?;
        }
        Ok(())
    }

    /// Values of each axis.
    pub(super) fn sizes(&self) -> Vec<usize> {
        self.axes.iter().map(|axis| axis.choices.len()).collect()
    }

    /// The choices of a place in words.
    pub(super) fn name(&self, place: &[usize]) -> String {
        let names = self.choices(place).map(|choice| choice.name.as_str());
        names.collect::<Vec<_>>().join(" · ")
    }

    fn choices<'a>(&'a self, place: &'a [usize]) -> impl Iterator<Item = &'a Choice> {
        self.axes.iter().zip(place).filter_map(|(axis, value)| axis.choices.get(*value))
    }

    /// What is chosen at a place, with what follows from it; `whole` is the file.
    pub(super) fn chosen(&self, place: &[usize], names: &Names, whole: &Table) -> Chosen {
        let mut set: Settings = self.choices(place).flat_map(|choice| choice.set.clone()).collect();
        for rule in &self.rules {
            let holds = rule.holds.iter().all(|(path, wanted)| {
                let stated = set.iter().rev().find(|(known, _)| known == path).map(|(_, value)| value);
                stated.or_else(|| names.value(whole, path)).is_some_and(|found| same(found, wanted))
            });
            if holds {
                set.extend(rule.set.iter().cloned());
            }
        }
        Chosen { name: self.name(place), set: once(set) }
    }
}

/// Each path once, with what was stated last.
fn once(set: Settings) -> Settings {
    let mut found = Settings::new();
    for (path, value) in set {
        match found.iter_mut().find(|(known, _)| *known == path) {
            Some((_, old)) => *old = value,
            None => found.push((path, value)),
        }
    }
    found
}

fn varied(path: &str, name: Option<&str>, values: &[Value]) -> Result<Axis> {
    if values.is_empty() {
        return Err(EngineError::failed("it has no values").then("list at least one"));
    }
    if let Some(again) = (1..values.len()).find(|place| values[..*place].contains(&values[*place])) {
        return Err(
            EngineError::failed(format!("{} is listed twice", shown(&values[again]))).then("list each value once")
        );
    }
    let key = path.rsplit('.').next().unwrap_or(path).replace('_', " ");
    let choices = values.iter().map(|value| Choice {
        name: format!("{} {}", name.unwrap_or(&key), shown(value)),
        set: vec![(path.to_owned(), value.clone())],
    });
    Ok(Axis { choices: choices.collect() })
}

/// A value for people: text without its quotes, the number of an assumption.
pub(super) fn shown(value: &Value) -> String {
    match plain(value) {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
