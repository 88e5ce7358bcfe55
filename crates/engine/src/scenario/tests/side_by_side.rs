//! Who wins where moving in costs, waiting forgoes, or a model has no score: by hand.

use std::sync::Arc;

use marginline_model::Money;

use super::run;
use crate::scenario::{Comparison, Run};

/// A million requests a month at a cent over two months, 1,500 a month for tokens, and one line of cost.
fn text(name: &str, usd_per_month: u32, more: &str) -> String {
    let api = served_by(name, "claude-haiku-4-5", "");
    format!("{api}\n[[cost]]\nlabel = \"the rest\"\nusd_per_month = {usd_per_month}\n{more}")
}

/// The same served by a model, and nothing else.
fn served_by(name: &str, model: &str, more: &str) -> String {
    format!(
        "[scenario]\nname = \"{name}\"\nstart = \"2026-11\"\nmonths = 2\n\n[demand]\nrequests_per_month = 1000000\n\
         input_tokens_per_request = 1000\noutput_tokens_per_request = 100\n\n[revenue]\nusd_per_request = 0.01\n\n\
         [architecture]\nkind = \"api\"\nprovider = \"anthropic\"\nmodel = \"{model}\"\n\
         priced_at = \"2026-10-31\"\n{more}"
    )
}

fn beside(texts: &[String]) -> Comparison {
    let named = |(at, text): (usize, &String)| {
        let mut run: Run = run(text);
        run.resolved.id = format!("s{at}");
        Arc::new(run)
    };
    Comparison::of(texts.iter().enumerate().map(named).collect())
}

/// Today earns 2 × 4,500. The other earns 2 × 7,500, costs 5,000 to move into, and begins after both months: it forgoes
/// 6,000 and leaves 4,000.
#[test]
fn what_moving_in_costs_and_waiting_forgoes_is_taken_off_before_anybody_wins() {
    let moving = "\n[migration]\nusd = 5000\nweeks_to_live = 60\n";
    let both = beside(&[text("Today", 4_000, ""), text("Moved", 1_000, moving)]);
    assert_eq!(both.margin_moved_in(0), (Money::parse("9000").unwrap(), false));
    assert_eq!(both.margin_moved_in(1), (Money::parse("4000").unwrap(), true));
    let places: Vec<_> = both.ranking().into_iter().map(|ranked| (ranked.scenario, ranked.rank)).collect();
    assert_eq!(places, [("s0".into(), Some(1)), ("s1".into(), Some(2))]);
    let words = both.ranking_words();
    assert!(words.starts_with("Today wins by $5"), "{words}");
    assert!(words.ends_with("over 2 months, moving in and waiting counted"), "{words}");
    let told = both.break_even();
    assert!(told[0].text.starts_with("Moved, once live, earns more than Today in every month"), "{}", told[0].text);
    let row = both.table().rows.into_iter().find(|row| row.key == "margin_moved_in").unwrap();
    let values: Vec<_> = row.cells[1..].iter().map(|cell| cell.value.clone().unwrap()).collect();
    assert_eq!(values, ["9000", "4000"]);
    assert!(row.cells[1].best && !row.cells[2].best);

    let alike = beside(&[text("Today", 4_000, ""), text("Other", 1_000, "")]);
    let words = alike.ranking_words();
    assert!(words.starts_with("Other wins by $6") && words.ends_with("over 2 months"), "{words}");
}

#[test]
fn beside_what_serves_today_another_model_without_a_score_is_never_first() {
    let (large, small) = ("claude-opus-4-5", "claude-haiku-4-5");
    let both = beside(&[served_by("Large", large, ""), served_by("Small", small, "")]);
    let places: Vec<_> = both.ranking().into_iter().map(|ranked| (ranked.scenario, ranked.rank)).collect();
    assert_eq!(places, [("s0".into(), Some(1)), ("s1".into(), Some(2))]);
    let words = both.ranking_words();
    assert!(words.contains("Small earns $") && words.contains("cannot be ranked first: quality unknown"), "{words}");
    let score = "quality = { task = \"answers\", score = 0.8, source = \"own cases\" }\n";
    let scored = beside(&[served_by("Large", large, ""), served_by("Small", small, score)]);
    assert!(scored.ranking_words().starts_with("Small wins by"), "{}", scored.ranking_words());
    let same = beside(&[served_by("Large", large, ""), served_by("Dearer", large, "price_level_percent = 120\n")]);
    assert!(same.ranking_words().starts_with("Large wins by"), "{}", same.ranking_words());
}
