//! Scoring the serving model on measured runs, on invented ones (`fixtures/serving/runs.csv`) that can be followed by
//! hand: prompts of 1,000 tokens and answers of 101, so that a run takes its first token and a hundred more.

use std::fs;

use marginline_model::serving::{Class, Constants};
use marginline_tests::accuracy::runs::{Run, Runs, read};
use marginline_tests::accuracy::score::{Error, one_point, order, scored, summary};
use marginline_tests::accuracy::{chart, left_out, page};
use marginline_tests::cli::fixture;

fn runs() -> Runs {
    read(&fs::read(fixture("serving/runs.csv")).unwrap()).unwrap()
}

fn run<'a>(runs: &'a Runs, id: &str) -> &'a Run {
    runs.runs.iter().find(|run| run.id == id).unwrap_or_else(|| panic!("{id} was dropped: {:?}", runs.dropped))
}

#[test]
fn each_dropped_row_has_a_reason() {
    let runs = runs();
    assert_eq!(runs.rows, 16);
    let dropped: Vec<(&str, usize)> = runs.dropped.iter().map(|(why, count)| (why.as_str(), *count)).collect();
    assert_eq!(
        dropped,
        [
            ("GB200 runs of Qwen3-32B, whose number of replicas is unclear", 1),
            ("model not in the table", 1),
            ("more GPUs than a node has: looks like a job over several nodes", 1),
            ("no concurrency", 1),
            ("not aggregated serving", 1),
            ("the same run as another row", 1),
        ]
    );
    assert_eq!(runs.runs.len(), 10);
}

#[test]
fn a_count_of_gpus_that_cannot_be_is_mended_and_told() {
    let runs = runs();
    let grid = |id| {
        let deployment = run(&runs, id).measured.deployment;
        (deployment.gpus(), deployment.data_parallel)
    };
    assert_eq!(grid("counted-twice-by-experts"), (8, 1), "tensor parallel 64 is 8 × 8 of one node");
    assert_eq!(grid("counted-twice-by-ranks"), (4, 4), "four GPUs, each its own attention rank");
    assert_eq!(grid("larger-than-stated"), (2, 2), "235 GB of weights are not on one GPU of 141 GB");
    assert_eq!(grid("small-c1"), (1, 1));
    assert_eq!(run(&runs, "several-replicas").measured.load.concurrency, 28.0, "112 in flight on four replicas");
    assert_eq!(run(&runs, "counted-twice-by-ranks").measured.load.concurrency, 32.0);
    assert_eq!(runs.mended.values().sum::<usize>(), 4);
}

#[test]
fn time_and_throughput_follow_from_the_row() {
    let runs = runs();
    let one = run(&runs, "small-c4");
    assert!((one.measured.end_to_end_s - 0.58).abs() < 1e-12, "30 ms and a hundred times 5.5 ms");
    assert!((one.tokens_per_s_per_gpu(0.58) - 4.0 * 101.0 / 0.58).abs() < 1e-9);
    let two = run(&runs, "larger-than-stated");
    assert!((two.tokens_per_s_per_gpu(2.8) - 8.0 * 101.0 / 2.8 / 2.0).abs() < 1e-9);
    let fast: Vec<&str> = runs.runs.iter().filter(|run| run.unusually_fast).map(|run| run.id.as_str()).collect();
    assert_eq!(fast, ["small-c16-fast"], "0.5 s where another run of the same took 0.76 s");
}

#[test]
fn errors_are_summed_up_by_weight() {
    let errors: Vec<Error> = [(-0.1, 1.0), (0.3, 1.0), (0.0, 1.0), (0.2, 1.0), (-0.5, 0.5), (-0.6, 0.5)]
        .into_iter()
        .map(|(of_time, weight)| Error { of_time, weight, inside: Some(of_time.abs() < 0.25) })
        .collect();
    let summary = summary(&errors);
    // Absolute: 0, 0.1, 0.2, 0.3 with weight 1, then 0.5 and 0.6 with half: 2.5 of 5 is reached at 0.2, 4.5 at 0.5.
    assert_eq!((summary.runs, summary.median, summary.p90, summary.bias), (5, 0.2, 0.5, 0.0));
    assert_eq!(summary.covered, Some(0.6));
}

#[test]
fn every_run_is_scored_by_constants_that_have_not_seen_its_model() {
    let runs = runs();
    let fits = left_out::fits().unwrap();
    let scored = scored(&runs.runs, &fits).unwrap();
    for each in &scored {
        let fit = fits.iter().find(|fit| fit.left_out == each.run.model.name).unwrap();
        assert_eq!(each.constants, fit.constants);
        assert!(each.ideal_s < each.run.measured.end_to_end_s, "{} is faster than its ideal", each.run.id);
    }
    let dense: Vec<_> = scored.iter().filter(|each| each.run.model.class() == Class::Dense).collect();
    // Five runs of one group calibrate each other; the sixth has no other run of its engine and precision.
    assert_eq!(summary(&one_point(&dense, false)).runs, 5);
    // At 4 and at 16 in flight there are two runs each, 15 % or more apart; one that is always right is always right.
    assert_eq!(order(&dense, |each| each.run.measured.end_to_end_s), (2, 2));
    let between = scored.iter().find(|each| each.run.id == "small-c4").unwrap().between_s.unwrap();
    // 0.52 s at 1 and √(0.5 × 0.76) s at 16, a fifth of the way.
    let expected = 0.52 + 0.2 * ((0.5_f64 * 0.76).sqrt() - 0.52);
    assert!((between - expected).abs() < 1e-9, "{between} {expected}");
    assert!(scored.iter().find(|each| each.run.id == "small-c64").unwrap().between_s.is_none(), "nothing beyond it");
}

#[test]
fn shipped_constants_are_those_of_the_fit_that_saw_all_models() {
    for fit in left_out::fits().unwrap().iter().filter(|fit| fit.left_out.is_empty()) {
        for (shipped, fitted) in
            left_out::numbers(&Constants::of(fit.class)).iter().zip(left_out::numbers(&fit.constants))
        {
            assert!((shipped - fitted).abs() <= 1e-9 * fitted.abs(), "{:?}: {shipped} {fitted}", fit.class);
        }
    }
}

#[test]
fn the_tables_stand_between_the_markers_of_the_page() {
    let runs = runs();
    let scored = scored(&runs.runs, &left_out::fits().unwrap()).unwrap();
    let tables = page::tables(&runs, &scored);
    assert!(tables.contains("16 rows, of which 10 can be scored"), "{tables}");
    assert!(!tables.contains("NaN") && !tables.contains("inf %"), "{tables}");
    let page = "before\n<!-- tables: begin -->\nstale\n<!-- tables: end -->\nafter\n";
    let placed = page::placed(page, &tables).unwrap();
    assert!(placed.starts_with("before\n") && placed.ends_with("after\n") && !placed.contains("stale"), "{placed}");
    assert_eq!(page::placed(&placed, &tables).unwrap(), placed, "the same tables leave the page as it is");
    assert_eq!(page::placed("nothing", &tables).unwrap_err(), "the page has no line <!-- tables: begin -->");
    let svg = chart::svg(&scored);
    assert_eq!(svg.matches("<circle").count(), 10, "a dot for each run");
}

#[test]
fn a_file_without_a_column_says_which() {
    let why = read(b"id,backend\nx,vllm\n").unwrap_err();
    assert_eq!(why, "the file has no column model_path");
}
