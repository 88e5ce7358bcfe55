//! Dotted paths of a scenario file: values become the patch that states them.

use toml::{Table, Value};

use crate::error::{EngineError, Result};

/// Values by dotted path, in the order in which they are stated.
pub type Settings = Vec<(String, Value)>;

/// Sections that no candidate may change: candidates are compared over the same months, base and limits.
const FIXED: [&str; 4] = ["scenario", "base", "limits", "optimise"];

/// The names of a file's listed entries, which may hold points.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    component: Vec<String>,
    cost: Vec<String>,
}

/// A path taken apart: the section, the name of an entry where the section is a list, and the keys below.
struct Parts<'a> {
    section: &'a str,
    entry: Option<(&'static str, &'a str)>,
    keys: Vec<&'a str>,
}

impl Names {
    /// The names of a file.
    pub(super) fn of(file: &Table) -> Self {
        let named = |section: &str, key: &str| {
            let entries = file.get(section).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            entries.iter().filter_map(|entry| entry.get(key)?.as_str().map(str::to_owned)).collect()
        };
        Self { component: named("component", "name"), cost: named("cost", "label") }
    }

    fn parts<'a>(&self, path: &'a str) -> Result<Parts<'a>> {
        let wrong = |what: String| EngineError::failed(what).at(path.to_owned());
        let Some((section, rest)) = path.split_once('.') else {
            return Err(wrong("this is no path to a key".into()).then("write it as component.own.gpu"));
        };
        if FIXED.contains(&section) {
            return Err(wrong(format!("[{section}] is the same for every candidate"))
                .then("vary demand, revenue, architecture, component or cost"));
        }
        let (names, key) = match section {
            "component" => (&self.component, "name"),
            "cost" => (&self.cost, "label"),
            _ => return Ok(Parts { section, entry: None, keys: keys(rest).ok_or_else(|| wrong(EMPTY.into()))? }),
        };
        let found = names.iter().filter_map(|name| {
            let rest = rest.strip_prefix(name.as_str())?.strip_prefix('.')?;
            Some((&path[section.len() + 1..section.len() + 1 + name.len()], rest))
        });
        // A name that begins with another one's name and a point is the one that is meant.
        let (name, rest) = found.max_by_key(|(name, _)| name.len()).ok_or_else(|| {
            let next = match names.is_empty() {
                true => format!("the file has no [[{section}]]"),
                false => format!("name one of {}", names.join(", ")),
            };
            wrong(format!("no {section} of the file has this name")).then(next)
        })?;
        Ok(Parts { section, entry: Some((key, name)), keys: keys(rest).ok_or_else(|| wrong(EMPTY.into()))? })
    }

    /// The patch that states these values.
    ///
    /// # Errors
    /// When a path names a section that no candidate may change, or an entry that is not there.
    pub(super) fn patch(&self, set: &[(String, Value)]) -> Result<Table> {
        let mut patch = Table::new();
        for (path, value) in set {
            let Parts { section, entry, keys } = self.parts(path)?;
            let mut table = match entry {
                None => section_of(&mut patch, section),
                Some((key, name)) => entry_of(&mut patch, section, (key, name)),
            };
            let (last, above) = keys.split_last().ok_or_else(|| EngineError::failed(EMPTY).at(path.clone()))?;
            for key in above {
                table = table.and_then(|table| section_of(table, key));
            }
            let clash = || EngineError::failed("a path leads through a value").at(path.clone());
            table.ok_or_else(clash)?.insert((*last).to_owned(), value.clone());
        }
        Ok(patch)
    }

    /// The value at a path of a file, the number of an assumption; `None` where nothing is stated.
    pub(super) fn value<'t>(&self, file: &'t Table, path: &str) -> Option<&'t Value> {
        let Parts { section, entry, keys } = self.parts(path).ok()?;
        let section = file.get(section)?;
        let mut found = match entry {
            None => section,
            Some((key, name)) => {
                section.as_array()?.iter().find(|entry| entry.get(key).and_then(Value::as_str) == Some(name))?
            }
        };
        for key in keys {
            found = found.get(key)?;
        }
        Some(plain(found))
    }
}

const EMPTY: &str = "a path ends in a key";

fn keys(rest: &str) -> Option<Vec<&str>> {
    let keys: Vec<&str> = rest.split('.').collect();
    keys.iter().all(|key| !key.is_empty()).then_some(keys)
}

fn section_of<'t>(table: &'t mut Table, key: &str) -> Option<&'t mut Table> {
    table.entry(key).or_insert_with(|| Value::Table(Table::new())).as_table_mut()
}

fn entry_of<'t>(patch: &'t mut Table, section: &str, (key, name): (&str, &str)) -> Option<&'t mut Table> {
    let entries = patch.entry(section).or_insert_with(|| Value::Array(Vec::new())).as_array_mut()?;
    let at = entries.iter().position(|entry| entry.get(key).and_then(Value::as_str) == Some(name));
    let at = at.unwrap_or_else(|| {
        entries.push(Value::Table(Table::from_iter([(key.to_owned(), Value::from(name))])));
        entries.len() - 1
    });
    entries.get_mut(at)?.as_table_mut()
}

/// The number of an assumption, or the value itself.
pub(super) fn plain(value: &Value) -> &Value {
    value.as_table().and_then(|table| table.get("value")).unwrap_or(value)
}

/// Whether two values are the same, whole numbers and others alike.
pub(super) fn same(one: &Value, other: &Value) -> bool {
    let number = |value: &Value| value.as_float().or_else(|| value.as_integer().map(|whole| whole as f64));
    let (one, other) = (plain(one), plain(other));
    match (number(one), number(other)) {
        (Some(one), Some(other)) => one == other,
        _ => one == other,
    }
}

/// A table of paths as a list: `{ "component.own.gpu" = … }` and `{ component.own.gpu = … }` say the same. An assumption
/// stays whole.
pub(super) fn settings(set: &Table) -> Settings {
    let mut found = Settings::new();
    flatten("", set, &mut found);
    found
}

fn flatten(above: &str, table: &Table, found: &mut Settings) {
    for (key, value) in table {
        let path = if above.is_empty() { key.clone() } else { format!("{above}.{key}") };
        match value {
            Value::Table(inner) if !inner.contains_key("value") => flatten(&path, inner, found),
            _ => found.push((path, value.clone())),
        }
    }
}
