//! A scenario that changes another: the base's text with the patch laid over it, key by key.
//!
//! A patch that states nothing leaves the base as it is, and two patches that state different keys may be laid over it
//! in either order.

use toml::{Table, Value};

use super::left_behind::leave_behind;
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

/// Kinds of components, which other tables with a `kind` do not have.
const KINDS: [&str; 2] = ["api", "own-gpus"];

/// Keys of a component that say which requests it gets; the others say what serves them, and go where its kind changes.
const OF_ITS_REQUESTS: [&str; 6] =
    ["name", "share_percent", "hour_of_week", "input_ratio", "cache_read_ratio", "cache_write_ratio"];

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
    let mut layers = vec![(id.to_owned(), read(id, text)?)];
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
        layers.push((base.clone(), read(&base, &text)?));
        next = base_of(&text);
        seen.push(base);
    }
    let (_, mut whole) = layers.pop().unwrap_or_default();
    let root = whole.clone();
    let own = labels(&whole);
    let mut patches = Vec::with_capacity(layers.len());
    while let Some((of, patch)) = layers.pop() {
        if let Some((what, now)) = fault(&whole, &patch) {
            return Err(EngineError::failed(what).at(format!("scenario {of}")).then(now));
        }
        // A lock is on one scenario, not on those that change it.
        whole.remove("lock");
        patches.push(patch.clone());
        lay_patch(&mut whole, patch);
    }
    leave_behind(&root, &patches, &mut whole);
    in_order(&mut whole, &own);
    super::base_models::note_swap(&root, &mut whole);
    toml::to_string(&whole).map_err(|error| EngineError::failed(format!("the scenario cannot be written: {error}")))
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

/// What a patch says that cannot be laid over this file, and what now.
fn fault(whole: &Table, patch: &Table) -> Option<(String, String)> {
    let based = patch.get("base").and_then(Value::as_table);
    let ledger = ["month", "product", "keep_lines"];
    if let Some(key) = ledger.into_iter().find(|key| based.is_some_and(|base| base.contains_key(*key))) {
        let what =
            format!("base.{key} is stated beside base.scenario, and the base month is that of the other scenario");
        return Some((what, format!("leave it out, or state base.{key} in the scenario that this changes")));
    }
    let without_kind = patch.get("architecture").and_then(Value::as_table).is_some_and(|one| !one.contains_key("kind"));
    if without_kind && !whole.contains_key("architecture") && whole.contains_key("component") {
        let what = "[architecture] would stand instead of all components of the scenario that this changes, and states no kind";
        return Some((what.to_owned(), "write [[component]] with the name of the one that changes".to_owned()));
    }
    for (list, named) in [("component", "name"), ("cost", "label")] {
        let names = |of: &Table| -> Vec<String> {
            let entries = of.get(list).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
            entries.iter().filter_map(|entry| name_of(entry).map(str::to_owned)).collect()
        };
        let there = names(whole);
        let known = match (there.is_empty(), list == "component" && whole.contains_key("architecture")) {
            (true, true) => "[architecture] alone".to_owned(),
            (true, false) => "none".to_owned(),
            (false, _) => there.join(", "),
        };
        for entry in patch.get(list).and_then(Value::as_array).map_or(&[][..], Vec::as_slice) {
            let Some(name) = name_of(entry).filter(|name| !there.iter().any(|known| known == name)) else { continue };
            if entry.get("remove") == Some(&Value::Boolean(true)) {
                let what = format!("{list} {name:?} is to be removed and is not there");
                return Some((what, format!("correct its {named}; there is {known}")));
            }
            if list == "component" && entry.get("kind").is_none() {
                let what = format!("component {name:?} is not in the scenario that this changes, and states no kind");
                return Some((what, format!("correct its name (there is {known}), or state the kind of a new one")));
            }
        }
    }
    None
}

/// Lays a patch over a whole file; what was told of something else falls away.
pub(in crate::scenario) fn lay_over(whole: &mut Table, patch: Table) {
    let before = whole.clone();
    lay_patch(whole, patch.clone());
    leave_behind(&before, &[patch], whole);
}

fn lay_patch(whole: &mut Table, mut patch: Table) {
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
    text.parse().map_err(|error| super::read_error(text, &error).at(format!("scenario {id}")))
}

/// Tables are merged key by key; lists of named entries by name; everything else is replaced. An assumption is replaced
/// whole, so that a number never keeps the source of another.
fn lay(base: &mut Table, patch: Table) {
    give_way(base, &patch);
    for (key, new) in patch {
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

/// What a patch says otherwise goes before its own keys come, so that a patch that says the same twice is still refused.
fn give_way(base: &mut Table, patch: &Table) {
    for (series, number) in RIVALS {
        for (mine, other) in [(series, number), (number, series)] {
            if patch.contains_key(mine) {
                base.remove(other);
            }
        }
    }
    // Requests month by month hold their seasons.
    if patch.contains_key("requests_by_month") {
        base.remove("month_of_year_percent");
    }
    // Another kind is another thing in its place: nothing of the old one's model, seller and prices is true of it.
    let kind =
        |of: &Table| of.get("kind").and_then(Value::as_str).filter(|kind| KINDS.contains(kind)).map(str::to_owned);
    if kind(base).zip(kind(patch)).is_some_and(|(old, new)| old != new) {
        base.retain(|key, _| OF_ITS_REQUESTS.contains(&key));
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

    fn refused(patch: &str) -> String {
        let patch = format!("[base]\nscenario = \"base\"\n{patch}");
        patched("mine", &patch, &|id| (id == "base").then(|| BASE.to_owned())).unwrap_err().to_string()
    }

    #[test]
    fn requests_by_month_stand_instead_of_requests_and_seasons() {
        let base = "[demand]\nrequests_per_month = 5\nmonth_of_year_percent = [100]\ngrowth_percent_per_month = 2\n";
        let mut whole: Table = base.parse().unwrap();
        lay_over(&mut whole, "[demand]\nrequests_by_month = [1, 2]\n".parse().unwrap());
        let expected = "[demand]\nrequests_by_month = [1, 2]\ngrowth_percent_per_month = 2\n";
        assert_eq!(whole, expected.parse::<Table>().unwrap());
        // And back, without the seasons: they were those of other requests.
        lay_over(&mut whole, "[demand]\nrequests_per_month = 7\n".parse().unwrap());
        assert_eq!(whole, "[demand]\nrequests_per_month = 7\ngrowth_percent_per_month = 2\n".parse::<Table>().unwrap());
    }

    #[test]
    fn a_patch_that_says_the_same_twice_keeps_both_to_be_refused() {
        let mut whole = Table::new();
        lay_over(&mut whole, "[demand]\nrequests_per_month = 5\nrequests_by_month = [1]\n".parse().unwrap());
        lay_over(&mut whole, "[demand]\nrequests_per_month = 6\nrequests_by_month = [2]\n".parse().unwrap());
        assert_eq!(whole["demand"].as_table().unwrap().len(), 2);
    }

    #[test]
    fn another_kind_is_another_thing_in_its_place() {
        let base = "[architecture]\nkind = \"api\"\nprovider = \"p\"\nmodel = \"m\"\npriced_at = \"2026-10-31\"\n\
                    input_ratio = 1.5\nverbosity = 2\nportable = true\n";
        let laid = |patch: &str| {
            let mut whole: Table = base.parse().unwrap();
            lay_over(&mut whole, patch.parse().unwrap());
            whole
        };
        let own = "[architecture]\nkind = \"own-gpus\"\ngpu = \"H100\"\n";
        let expected = "[architecture]\nkind = \"own-gpus\"\ngpu = \"H100\"\ninput_ratio = 1.5\n";
        assert_eq!(laid(own), expected.parse::<Table>().unwrap());
        assert_eq!(laid("[architecture]\nkind = \"api\"\n"), base.parse::<Table>().unwrap(), "the same kind stays");
        let network = "[[cost]]\nlabel = \"x\"\nnetwork = { kind = \"egress\", usd_per_gb = 1 }\n";
        let mut found: Table = network.parse().unwrap();
        lay_over(&mut found, network.replace("egress\", usd_per_gb = 1", "nat\"").parse().unwrap());
        assert_eq!(found, network.replace("egress", "nat").parse::<Table>().unwrap(), "only of components");
        // One of several keeps its name, too.
        let found = laid("[[component]]\nname = \"a\"\nkind = \"api\"\nmodel = \"m\"\n");
        assert!(!found.contains_key("architecture"), "components stand instead of the architecture");
        let mut found = found;
        lay_over(&mut found, "[[component]]\nname = \"a\"\nkind = \"own-gpus\"\n".parse().unwrap());
        assert_eq!(found, "[[component]]\nname = \"a\"\nkind = \"own-gpus\"\n".parse::<Table>().unwrap());
    }

    #[test]
    fn what_is_not_there_is_named_with_what_is() {
        let misspelt = refused("[[component]]\nname = \"Gpus\"\nspare_units = 1\n");
        assert!(misspelt.contains("component \"Gpus\" is not in the scenario that this changes"), "{misspelt}");
        assert!(misspelt.contains("there is api, gpus") && misspelt.contains("scenario mine"), "{misspelt}");
        let gone = refused("[[cost]]\nlabel = \"Storage\"\nremove = true\n");
        assert!(gone.contains("cost \"Storage\" is to be removed and is not there"), "{gone}");
        assert!(gone.contains("there is none"), "{gone}");
        let gone = refused("[[component]]\nname = \"gpu\"\nremove = true\n");
        assert!(gone.contains("component \"gpu\" is to be removed and is not there"), "{gone}");
        laid("[[component]]\nname = \"new\"\nkind = \"api\"\n");
        let whole = refused("[architecture]\ngpu = \"B200\"\n");
        assert!(
            whole.contains("instead of all components") && whole.contains("[[component]] with the name"),
            "{whole}"
        );
        laid("[architecture]\nkind = \"api\"\n");
    }

    #[test]
    fn the_base_month_is_that_of_the_other_scenario() {
        for key in ["month = \"2026-09\"", "product = \"Chat\"", "keep_lines = [\"Storage\"]"] {
            let error = refused(key);
            let name = key.split(' ').next().unwrap();
            assert!(error.contains(&format!("base.{name} is stated beside base.scenario")), "{error}");
        }
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
