//! A scenario that changes another: the base's text with the patch laid over it, key by key.
//!
//! A patch that states nothing leaves the base as it is, and two patches that state different keys may be laid over it
//! in either order.

use toml::{Table, Value};

use crate::error::{EngineError, Result};

/// Scenarios that lie over one another.
const MOST: usize = 16;

/// Two keys of a table that say the same thing, series first; where a patch states one, the other gives way.
pub(super) const RIVALS: [(&str, &str); 5] = [
    ("requests_by_month", "requests_per_month"),
    ("usd_per_request_by_month", "usd_per_request"),
    ("usd_per_gpu_hour_by_month", "usd_per_gpu_hour"),
    ("usd_by_month", "usd_per_month"),
    ("hours_down_per_year", "percent"),
];

/// The id of the scenario that a text changes, if it changes one.
#[must_use]
pub fn base_of(text: &str) -> Option<String> {
    let table: Table = text.parse().ok()?;
    Some(table.get("base")?.get("scenario")?.as_str()?.to_owned())
}

/// Does a text start from a month of the ledger?
#[must_use]
pub fn starts_from_month(text: &str) -> bool {
    text.parse::<Table>().is_ok_and(|table| table.get("base").is_some_and(|base| base.get("month").is_some()))
}

/// The text with all the scenarios below it, as one that stands by itself. A text that changes none comes back as it is.
///
/// `text_of` finds a scenario by id. `[scenario]` of the patch lies over that of the base; its `[base]` only names it.
///
/// # Errors
/// When a base is not there, a scenario is its own base, or a text is no TOML.
pub fn patched(id: &str, text: &str, text_of: &dyn Fn(&str) -> Option<String>) -> Result<String> {
    if base_of(text).is_none() {
        return Ok(text.to_owned());
    }
    let mut layers = vec![read(id, text)?];
    let mut seen = vec![id.to_owned()];
    let mut next = base_of(text);
    while let Some(base) = next {
        if seen.len() > MOST {
            return Err(EngineError::failed(format!("it stands on more than {MOST} scenarios, one on another"))
                .at(format!("scenario {id}"))
                .then("let it change one further down"));
        }
        if seen.contains(&base) {
            let chain = format!("{} -> {base}", seen.join(" -> "));
            return Err(EngineError::failed(format!("the scenario is its own base: {chain}"))
                .at(format!("scenario {id}"))
                .then("let base.scenario name another"));
        }
        let text = text_of(&base).ok_or_else(|| {
            EngineError::failed(format!("base.scenario names {base:?}, which is not there"))
                .at(format!("scenario {id}"))
                .then("name its file as well, or import it")
        })?;
        layers.push(read(&base, &text)?);
        next = base_of(&text);
        seen.push(base);
    }
    for (layer, of) in layers.iter().zip(&seen).take(layers.len() - 1) {
        starts_elsewhere(layer, of, seen.last().map_or("", String::as_str))?;
    }
    let mut whole = layers.pop().unwrap_or_default();
    let root = whole.clone();
    let own = labels(&whole);
    while let Some(patch) = layers.pop() {
        // A lock is on one scenario, not on those that change it.
        whole.remove("lock");
        lay_over(&mut whole, patch);
    }
    in_order(&mut whole, &own);
    super::base_models::note_swap(&root, &mut whole);
    toml::to_string(&whole).map_err(|error| EngineError::failed(format!("the scenario cannot be written: {error}")))
}

/// What actuals a scenario starts from is for the one at the bottom to say: in a patch it would be read by nobody.
fn starts_elsewhere(layer: &Table, id: &str, root: &str) -> Result<()> {
    let Some(base) = layer.get("base").and_then(Value::as_table) else { return Ok(()) };
    let Some(key) = ["month", "product", "keep_lines"].into_iter().find(|key| base.contains_key(*key)) else {
        return Ok(());
    };
    Err(EngineError::failed(format!("base.{key} stands in a scenario that changes another, where it has no effect"))
        .at(format!("scenario {id}"))
        .then(format!("state it in {root}, from which this one starts, or leave base.scenario out")))
}

/// Labels of the lines of cost.
fn labels(whole: &Table) -> Vec<String> {
    let lines = whole.get("cost").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    lines.iter().filter_map(|line| name_of(line).map(str::to_owned)).collect()
}

/// Lines that patches added come after those of the first scenario and by label, whichever patch came first.
/// Components keep their order, because work moves on along it.
fn in_order(whole: &mut Table, own: &[String]) {
    let Some(lines) = whole.get_mut("cost").and_then(Value::as_array_mut) else { return };
    lines.sort_by_key(|line| {
        let label = name_of(line).unwrap_or_default().to_owned();
        let place = own.iter().position(|known| *known == label);
        (place.unwrap_or(usize::MAX), label)
    });
}

/// The text at the bottom of those that a text changes: itself where it changes none or one is not there.
#[must_use]
pub fn root_of(text: &str, text_of: &dyn Fn(&str) -> Option<String>) -> String {
    let mut root = text.to_owned();
    for _ in 0..=MOST {
        let Some(below) = base_of(&root).and_then(|base| text_of(&base)) else { break };
        root = below;
    }
    root
}

/// Lays a patch over a whole file.
pub(in crate::scenario) fn lay_over(whole: &mut Table, mut patch: Table) {
    patch.remove("base");
    // One component and several are two ways of saying the same: the patch's way wins.
    for (mine, other) in [("architecture", "component"), ("component", "architecture")] {
        if patch.contains_key(mine) && !whole.contains_key(mine) {
            whole.remove(other);
        }
    }
    lay(whole, patch);
}

fn read(id: &str, text: &str) -> Result<Table> {
    text.parse().map_err(|error: toml::de::Error| {
        EngineError::failed(format!("the scenario cannot be read: {}", error.message()))
            .at(format!("scenario {id}"))
            .then("see docs/scenarios.md")
    })
}

/// Tables are merged key by key; lists of named entries by name; everything else is replaced. An assumption is replaced
/// whole, so that a number never keeps the source of another.
fn lay(base: &mut Table, patch: Table) {
    for (key, new) in patch {
        for (series, number) in RIVALS {
            let rival = if key == series { number } else { series };
            if key == series || key == number {
                base.remove(rival);
            }
        }
        match (base.get_mut(&key), new) {
            (Some(Value::Table(old)), Value::Table(new)) if !is_assumption(old) && !is_assumption(&new) => {
                lay(old, new)
            }
            (Some(Value::Array(old)), Value::Array(new)) if is_named(&new) => lay_named(old, new),
            (_, new) => {
                base.insert(key, new);
            }
        }
    }
}

fn is_assumption(table: &Table) -> bool {
    table.contains_key("value") || table.contains_key("values")
}

/// The name of an entry of `[[component]]` or `[[cost]]`.
fn name_of(entry: &Value) -> Option<&str> {
    entry.get("name").or_else(|| entry.get("label"))?.as_str()
}

fn is_named(entries: &[Value]) -> bool {
    !entries.is_empty() && entries.iter().all(|entry| name_of(entry).is_some())
}

/// Entries of the same name are merged, `remove = true` takes one away, and new ones are added at the end.
fn lay_named(base: &mut Vec<Value>, patch: Vec<Value>) {
    for mut entry in patch {
        let name = name_of(&entry).map(str::to_owned);
        let place = base.iter().position(|old| name_of(old).map(str::to_owned) == name);
        let removes = entry.as_table_mut().and_then(|table| table.remove("remove")) == Some(Value::Boolean(true));
        match (place, entry) {
            (Some(place), _) if removes => {
                base.remove(place);
            }
            (None, _) if removes => {}
            (Some(place), Value::Table(new)) => {
                if let Value::Table(old) = &mut base[place] {
                    lay(old, new);
                }
            }
            (_, entry) => base.push(entry),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BASE: &str = r#"
[scenario]
name = "Base"
start = "2026-11"

[demand]
requests_per_month = { value = 100, source = "log" }
output_tokens_per_request = 10

[[component]]
name = "api"
kind = "api"

[[component]]
name = "gpus"
kind = "own-gpus"
usd_per_gpu_hour = 2
"#;

    fn laid(patch: &str) -> Table {
        let patch = format!("[base]\nscenario = \"base\"\n{patch}");
        patched("mine", &patch, &|id| (id == "base").then(|| BASE.to_owned())).unwrap().parse().unwrap()
    }

    #[test]
    fn an_empty_patch_is_its_base() {
        assert_eq!(laid(""), BASE.parse::<Table>().unwrap());
    }

    #[test]
    fn numbers_are_replaced_with_their_source_and_entries_by_name() {
        let found = laid(
            "[demand]\nrequests_per_month = 200\n[[component]]\nname = \"gpus\"\nusd_per_gpu_hour = 3\n\
             [[component]]\nname = \"api\"\nremove = true\n[[cost]]\nlabel = \"new\"\n",
        );
        assert_eq!(found["demand"]["requests_per_month"], Value::Integer(200), "without the old source");
        assert_eq!(found["demand"]["output_tokens_per_request"], Value::Integer(10));
        let components = found["component"].as_array().unwrap();
        assert_eq!(components.len(), 1);
        assert_eq!(components[0]["usd_per_gpu_hour"], Value::Integer(3));
        assert_eq!(found["cost"].as_array().unwrap().len(), 1);
    }

    #[test]
    fn a_missing_base_and_a_circle_are_named() {
        let text = "[base]\nscenario = \"other\"\n";
        let error = patched("mine", text, &|_| None).unwrap_err().to_string();
        assert!(error.contains("base.scenario names \"other\", which is not there"), "{error}");
        let error = patched("mine", text, &|_| Some("[base]\nscenario = \"mine\"\n".into())).unwrap_err().to_string();
        assert!(error.contains("mine -> other -> mine"), "{error}");
    }

    #[test]
    fn a_patch_does_not_say_from_which_actuals_it_starts() {
        for (key, value) in [("month", "\"2026-09\""), ("product", "\"Assistant\""), ("keep_lines", "[\"Storage\"]")] {
            let text = format!("[base]\nscenario = \"below\"\n{key} = {value}\n");
            let error = patched("mine", &text, &|id| (id == "below").then(|| BASE.to_owned())).unwrap_err();
            assert_eq!(error.place.as_deref(), Some("scenario mine"));
            let error = error.to_string();
            assert!(error.contains(&format!("base.{key} stands in a scenario that changes another")), "{error}");
            assert!(error.contains("state it in below"), "{error}");
        }
        // In the one at the bottom it is where it belongs.
        let root = format!("[base]\nmonth = \"2026-09\"\n{BASE}");
        assert!(patched("mine", "[base]\nscenario = \"below\"\n", &|_| Some(root.clone())).is_ok());
    }

    proptest! {
        #[test]
        fn patches_of_different_keys_may_come_in_either_order(a in 1..1000i64, b in 1..1000i64, c in 1..1000i64) {
            let first = format!("[demand]\nrequests_per_month = {a}\n[[component]]\nname = \"gpus\"\nspare_units = {c}\n");
            let second = format!("[demand]\noutput_tokens_per_request = {b}\n[[cost]]\nlabel = \"x\"\n");
            let both = |one: &str, other: &str| {
                let mut whole: Table = BASE.parse().unwrap();
                lay(&mut whole, one.parse().unwrap());
                lay(&mut whole, other.parse().unwrap());
                whole
            };
            prop_assert_eq!(both(&first, &second), both(&second, &first));
        }
    }
}
