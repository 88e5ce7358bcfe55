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

/// Whichever stands first: a smaller model wins only with a score, or where its file says that it serves today.
#[test]
fn a_smaller_model_without_a_score_is_never_first_in_any_order() {
    let models = ["claude-haiku-4-5", "claude-sonnet-4-5", "claude-opus-4-5"];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let texts = order.map(|at| served_by(models[at], models[at], ""));
        let told = beside(&texts);
        let ranking = told.ranking();
        let first = ranking.iter().find(|ranked| ranked.rank == Some(1)).unwrap();
        let place = order.iter().position(|at| models[*at] == "claude-opus-4-5").unwrap();
        assert_eq!(first.scenario, format!("s{place}"), "in order {order:?}: {}", told.ranking_words());
    }
    let small = |base: &str| format!("{base}{}", served_by("Small", models[0], ""));
    let large = served_by("Large", models[2], "");
    let alone = beside(&[small(""), large.clone()]);
    assert!(alone.ranking_words().contains("Small earns $"), "{}", alone.ranking_words());
    let says = |words: &str| alone.runs[0].verdicts.iter().any(|verdict| verdict.reason.contains(words));
    assert!(says("claude-haiku-4-5 instead of claude-opus-4-5"), "{:?}", alone.runs[0].verdicts);
    let serves = beside(&[small("[base]\nmodels = [\"claude-haiku-4-5\"]\n"), large]);
    assert!(serves.ranking_words().starts_with("Small wins,"), "{}", serves.ranking_words());
    let kept =
        served_by("Half", models[0], "").replace("[architecture]", "[[component]]\nname = \"a\"\nshare_percent = 50");
    let second = "[[component]]\nname = \"b\"\nkind = \"api\"\nprovider = \"anthropic\"\nmodel = \"claude-opus-4-5\"\n\
                  priced_at = \"2026-10-31\"\n";
    let routed = beside(&[kept + second, served_by("Large", models[2], "")]);
    assert!(routed.ranking_words().contains("Half earns $"), "{}", routed.ranking_words());
}

/// Nine of ten requests by the large model, then one of ten: by shares, by failing over and by overflow.
#[test]
fn requests_that_move_to_a_smaller_model_need_its_score_whatever_way_they_take() {
    let head = served_by("x", "claude-haiku-4-5", "");
    let head = head.split("[architecture]").next().unwrap();
    let api = |name: &str, model: &str, more: &str| {
        format!(
            "[[component]]\nname = \"{name}\"\nkind = \"api\"\nprovider = \"anthropic\"\nmodel = \"{model}\"\n\
             priced_at = \"2026-10-31\"\n{more}"
        )
    };
    let both = |large: &str, small: &str| {
        format!("{head}{}{}", api("large", "claude-opus-4-5", large), api("small", "claude-haiku-4-5", small))
    };
    let unscored = |texts: &[String; 2]| {
        let words = beside(texts).ranking_words();
        words.contains("quality unknown")
    };
    let today = both("", "share_percent = 10\n");
    assert!(unscored(&[today.clone(), both("", "share_percent = 90\n")]), "by its share");
    assert!(!unscored(&[today.clone(), both("", "share_percent = 5\n")]), "to the larger one");
    assert!(!unscored(&[today.clone(), both("", "share_percent = 10.4\n")]), "within half a point");
    let failing = both("failed_percent = 50\nfallback_to = \"small\"\n", "share_percent = 10\n");
    assert!(unscored(&[today.clone(), failing]), "by failing");
    let late = both("weeks_to_live = 60\nuntil_live = \"small\"\n", "share_percent = 10\n");
    assert!(unscored(&[today.clone(), late]), "by waiting");
    let scored = both("", "share_percent = 90\nquality = { task = \"answers\", score = 0.8 }\n");
    assert!(!unscored(&[today, scored]), "with a score");
    let fleet = |gpus: u32| {
        let own = format!(
            "[[component]]\nname = \"own\"\nkind = \"own-gpus\"\ngpu = \"H100\"\nmodel = \"acme/large\"\n\
             usd_per_gpu_hour = {{ value = 2, source = \"bill\", observed = \"2026-10-31\", evidence = \"billed\" }}\n\
             output_tokens_per_s_per_gpu = 10\ngpus = {gpus}\noverflow_to = \"small\"\n"
        );
        format!("{head}{own}{}", api("small", "claude-haiku-4-5", "share_percent = 0\n"))
    };
    assert!(unscored(&[fleet(100), fleet(1)]), "by overflow");
    assert!(!unscored(&[fleet(100), fleet(200)]), "more GPUs");
}
