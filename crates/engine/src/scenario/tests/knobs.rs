//! A knob moves what an edit of the file moves.

use proptest::prelude::*;

use super::{EVERY_KEY, bits, file, made_of, resolved, run};
use crate::scenario::file::{ScenarioFile, Span, assumptions, span_of, with_value};
use crate::scenario::{Resolved, Run, knob_of, uncertain};

#[test]
fn every_number_that_can_have_a_range_has_a_knob() {
    let every = resolved(EVERY_KEY);
    for (path, assumption) in assumptions(&every.file) {
        let (knob, scale) = knob_of(&every, &path).unwrap_or_else(|| panic!("{path} has no knob"));
        let found = knob.get(&every.inputs).unwrap_or_else(|error| panic!("{path}: {error}"));
        assert_eq!(found.to_bits(), scale.to_model(assumption.value).to_bits(), "{path}");
    }
    let ranged = assumptions(&every.file).into_iter().filter(|(_, each)| each.range().is_some()).count();
    assert_eq!(uncertain(&every).unwrap().len(), ranged);
    assert!(ranged >= 60, "{ranged} of them");
}

/// Sets a number by its knob and by an edit of the file: the same months, to the last bit.
fn moves_alike(text: &str, before: &Resolved, path: &str, value: f64) {
    let (knob, scale) = knob_of(before, path).unwrap_or_else(|| panic!("{path} has no knob"));
    let edited = with_value(text, path, &value.to_string()).unwrap_or_else(|error| panic!("{path} = {value}: {error}"));
    let edited: ScenarioFile = file(&edited);
    let Ok(edited) = crate::scenario::resolve::resolve("mine", &edited, None, super::prices()) else {
        // Shares beyond the whole, which only the file refuses.
        assert!(path.ends_with("share_percent"), "{path} = {value}");
        return;
    };
    let mut set = before.clone();
    knob.set(&mut set.inputs, scale.to_model(value)).unwrap_or_else(|error| panic!("{path} = {value}: {error}"));
    let (set, edited) = (Run::of(set).unwrap(), Run::of(edited).unwrap());
    assert_eq!(set.resolved.inputs, edited.resolved.inputs, "{path} = {value}");
    assert_eq!(bits(&set), bits(&edited), "{path} = {value}");
}

/// A value beside the one it has, within what the file may state and its range.
fn beside(path: &str, assumption: &crate::scenario::file::Assumption, share: f64) -> f64 {
    let Span { least, most, .. } = span_of(path);
    let (low, high) = assumption.range().unwrap_or((assumption.value * 0.8, assumption.value * 1.2 + 0.001));
    (low + (high - low) * share).clamp(least, most)
}

#[test]
fn a_knob_and_an_edit_of_every_key_give_the_same_months() {
    let before = resolved(EVERY_KEY);
    for (path, assumption) in assumptions(&before.file) {
        for share in [0.37, 1.0] {
            moves_alike(EVERY_KEY, &before, &path, beside(&path, &assumption, share));
        }
    }
}

#[test]
fn every_number_of_the_file_does_something() {
    let every = resolved(EVERY_KEY);
    let before = bits(&run(EVERY_KEY));
    // What the lengths and the cache's share stated over them leave no say.
    let silent = ["demand.input_tokens_per_request", "demand.cache_read_tokens_per_request"];
    for (path, assumption) in assumptions(&file(EVERY_KEY)) {
        if silent.contains(&path.as_str()) || path == "exchange_rates.GBP" {
            continue;
        }
        let Span { least, most, .. } = span_of(&path);
        let (low, high) = assumption.range().unwrap_or((assumption.value * 0.8, assumption.value * 1.2 + 0.001));
        // Whole units may hide a small step.
        let moves = [low, high, least, most.min(assumption.value * 2.0 + 50.0)].into_iter().any(|other| {
            // A range must hold the value, so the number stands alone.
            let (knob, scale) = knob_of(&every, &path).unwrap();
            let mut set = every.clone();
            knob.set(&mut set.inputs, scale.to_model(other)).is_ok()
                && Run::of(set).is_ok_and(|after| bits(&after) != before)
        });
        assert!(moves, "{path} beside {} moves nothing", assumption.value);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn a_knob_and_an_edit_give_the_same_months(seed in any::<u64>(), at in any::<prop::sample::Index>(), share in 0.0..=1.0f64) {
        let text = made_of(seed);
        let before = resolved(&text);
        let stated = assumptions(&before.file);
        let (path, assumption) = at.get(&stated);
        moves_alike(&text, &before, path, beside(path, assumption, share));
    }

    #[test]
    fn every_range_can_be_drawn(seed in any::<u64>()) {
        let before = resolved(&made_of(seed));
        let ranged = assumptions(&before.file).into_iter().filter(|(_, each)| each.range().is_some()).count();
        prop_assert_eq!(uncertain(&before).unwrap().len(), ranged);
    }
}
