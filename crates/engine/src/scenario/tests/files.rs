//! Reading, writing and laying over one another.

use proptest::prelude::*;

use super::{EVERY_KEY, file, made_of, run};
use crate::scenario::file::{Span, assumptions, parse, patched, span_of, with_value, write};

fn written_alike(text: &str) {
    let read = file(text);
    let once = write(&read).unwrap();
    assert_eq!(file(&once), read, "what is written reads as what was there:\n{once}");
    assert_eq!(write(&file(&once)).unwrap(), once, "and is written the same again");
}

#[test]
fn every_key_is_written_and_read_alike() {
    written_alike(EVERY_KEY);
    let text = write(&file(EVERY_KEY)).unwrap();
    assert!(
        text.starts_with("[scenario]\nname = \"Every key\"\nstart = \"2026-11\"\nmonths = 14\n\n[demand]\n"),
        "{text}"
    );
    assert!(text.contains("\n[[component]]\nname = \"own v1.1\"\nkind = \"own-gpus\"\n"), "{text}");
    assert!(text.contains("\nspare_units = 1\n"), "numbers as people write them:\n{text}");
    assert!(text.contains("network = { kind = \"nat\", gb_per_request = 0.0001, usd_per_gb = 0.045, "), "{text}");
}

/// Keys that stand in the file of this test, by section, so that a key added to the grammar is added here.
#[test]
fn the_file_of_every_key_leaves_few_out() {
    let read = file(EVERY_KEY);
    // What cannot stand beside another way of saying the same, what needs actuals, and what is only looked up.
    let apart = [
        "requests_per_month",
        "month_of_year_percent",
        "usd_per_request_by_month",
        "percent",
        "base",
        "architecture",
        "service_tier",
        "cloud",
        "priced_at",
        "units",
        "region",
        // Read from the price book, the serving model and the workspace; with tests beside what reads them.
        "purchase",
        "instance",
        "serving",
        "lock",
        "upfront_percent",
        "fleet",
    ];
    let text = format!("{read:?}");
    let absent: Vec<&str> = text
        .match_indices(": None")
        .filter_map(|(at, _)| text[..at].rsplit([' ', '{']).next())
        .filter(|key| !apart.contains(key))
        .filter(|key| !EVERY_KEY.contains(&format!("{key} = ")) && !EVERY_KEY.contains(&format!("[{key}]")))
        .collect();
    assert!(absent.is_empty(), "not in every_key.toml: {absent:?}");
}

/// Patches over a base, each over the one before it.
fn over(base: &str, patches: &[&str]) -> String {
    let of = |id: &str| match id.parse::<usize>() {
        Ok(place) => Some(format!(
            "[base]\nscenario = \"{}\"\n{}",
            if place == 0 { "base".to_owned() } else { (place - 1).to_string() },
            patches[place]
        )),
        Err(_) => Some(base.to_owned()),
    };
    let top = patches.len() - 1;
    patched("top", &of(&top.to_string()).unwrap(), &of).unwrap()
}

/// A patch that states one number of the base anew.
fn stating(path: &str, value: f64) -> Option<String> {
    let empty = "[base]\nscenario = \"base\"\n";
    with_value(empty, path, &value.to_string()).ok().map(|text| text.replacen(empty, "", 1))
}

/// The same run but for its id.
fn without_id(text: &str) -> serde_json::Value {
    let mut json = run(text).json();
    json["scenario"] = serde_json::Value::Null;
    json
}

#[test]
fn entries_that_two_patches_add_stand_in_one_order() {
    let (a, b) = ("[[cost]]\nlabel = \"A\"\nusd_per_month = 1\n", "[[cost]]\nlabel = \"B\"\nusd_per_month = 2\n");
    let base = made_of(3);
    let labels = |text: &str| -> Vec<String> { file(text).cost.iter().map(|cost| cost.label.clone()).collect() };
    assert_eq!(labels(&over(&base, &[a, b])), labels(&over(&base, &[b, a])));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_file_is_written_and_read_alike(seed in any::<u64>()) {
        written_alike(&made_of(seed));
    }

    #[test]
    fn an_empty_patch_is_its_base(seed in any::<u64>()) {
        let base = made_of(seed);
        let patched = over(&base, &[""]);
        prop_assert_eq!(without_id(&patched), without_id(&base));
        prop_assert_eq!(run(&patched).resolved.hash, run(&base).resolved.hash);
    }

    #[test]
    fn patches_of_different_keys_commute(seed in any::<u64>(), one in any::<prop::sample::Index>(), two in any::<prop::sample::Index>(), by in 0.2..1.0f64) {
        let base = made_of(seed);
        let stated = assumptions(&file(&base));
        let (first, second) = (one.get(&stated), two.get(&stated));
        prop_assume!(first.0 != second.0);
        let patch = |(path, assumption): &(String, crate::scenario::file::Assumption)| {
            let Span { least, most, .. } = span_of(path);
            stating(path, (assumption.value * by).clamp(least, most))
        };
        // A commitment is stated with all the others of its component.
        let (Some(first), Some(second)) = (patch(first), patch(second)) else { return Ok(()) };
        let (one, other) = (over(&base, &[&first, &second]), over(&base, &[&second, &first]));
        prop_assert_eq!(file(&one), file(&other));
        prop_assert_eq!(without_id(&one), without_id(&other));
        prop_assert_ne!(&file(&one), &file(&base), "both do something: {} {}", first, second);
    }

    #[test]
    fn a_changed_number_leaves_comments_and_the_rest(seed in any::<u64>(), at in any::<prop::sample::Index>()) {
        let base = format!("# first\n{}# last\n", made_of(seed));
        let stated = assumptions(&file(&base));
        let (path, assumption) = at.get(&stated);
        let changed = with_value(&base, path, &assumption.value.to_string()).unwrap();
        prop_assert_eq!(parse(&changed).unwrap(), file(&base), "the same number changes nothing");
        prop_assert!(changed.starts_with("# first\n") && changed.ends_with("# last\n"));
        let Span { least, most, .. } = span_of(path);
        let (low, high) = assumption.range().unwrap_or((least, most));
        let other = if assumption.value * 0.75 >= low { assumption.value * 0.75 } else { high };
        let changed = with_value(&base, path, &other.to_string()).unwrap();
        let now = assumptions(&file(&changed)).into_iter().find(|(other, _)| other == path).unwrap().1;
        prop_assert_eq!(now.value, other);
        prop_assert_eq!(now.source, assumption.source.clone(), "only the number moves");
    }
}
