//! Texts that are kept whole, manifests, guesses at unknown tables, and names of models.

use chrono::NaiveDate;

use super::chance::Chance;
use super::{Seed, engine, files, hold, hunt, mutate, of_rows, seed};
use crate::alias::{Alias, Aliases};
use crate::import::mapping::Mappings;
use crate::import::{manifest, parts};
use crate::prices::PriceBook;
use crate::rules::{Columns, Rules, Target};
use crate::scenario::{file as scenario, resolve, run};

/// Every TOML there is: rules, scenarios and mappings, good and bad.
fn tomls() -> Vec<Seed> {
    let mut seeds = Vec::new();
    for folder in ["demo", "demo/scenarios", "errors", "mapped"] {
        let tomls = files(folder).into_iter().filter(|file| file.extension().is_some_and(|ending| ending == "toml"));
        seeds.extend(tomls.map(|file| seed(folder, &file)));
    }
    assert!(seeds.len() > 20, "{} texts", seeds.len());
    seeds
}

/// A row that has a value in every column.
fn columns(chance: &mut Chance) -> Columns {
    let names =
        ["source", "provider", "service", "category", "account", "model", "project", "line", "tag:team", "pool"];
    let values = ["", "AWS", "*", "search", "É\u{301}", "\u{130}", "team-a/b", "claude-haiku-4-5"];
    names.iter().map(|name| ((*name).to_owned(), (*chance.one(&values)).to_owned())).collect()
}

#[test]
fn spoilt_texts_are_refused_or_mean_something() {
    let prices = PriceBook::default();
    hunt("texts", 30, tomls(), move |seed, path| {
        hold::file(path, None, &Mappings::default());
        let Ok(text) = std::fs::read_to_string(path) else { return };
        // Each is also read as what it is not.
        match Rules::parse(&text) {
            Err(error) => hold::said(&error),
            Ok(rules) => rules_mean(&rules, &mut Chance::of(&seed.name, text.len() as u64)),
        }
        let _ = crate::import::mapping::Mapping::parse(&text).map_err(|error| hold::said(&error));
        match scenario::parse(&text) {
            Err(error) => hold::said(&error),
            Ok(file) => {
                scenario_means(&text, &file, &prices);
            }
        }
    });
}

/// Rules that were taken answer for every row.
fn rules_mean(rules: &Rules, chance: &mut Chance) {
    for _ in 0..3 {
        let mut columns = columns(chance);
        rules.tag(&mut columns);
        let _ = (rules.line(&columns), rules.billed(&columns));
        for target in [Target::Product, Target::Customer, Target::Team, Target::Region] {
            let _ = rules.target(target, &columns);
            if let Some((_, rule)) = rules.allocation(target, &columns) {
                assert!(rule.by.is_some() || rule.weights().is_some(), "a rule that shares nothing: {rule:?}");
            }
        }
    }
    let _ = (rules.zone(), rules.hold(), rules.asks_for_detail());
    let _ = rules.aliases().model("Our Chat", NaiveDate::from_ymd_opt(2026, 10, 31).unwrap());
}

/// A scenario that was taken runs, or says why not, and so it does with any number changed.
fn scenario_means(text: &str, file: &scenario::ScenarioFile, prices: &PriceBook) {
    let runs =
        |file: &scenario::ScenarioFile| match resolve::resolve("spoilt", file, None, prices).and_then(run::Run::of) {
            Err(error) => hold::said(&error),
            Ok(run) => {
                let _ = (run.totals(), run.table(), run.json());
            }
        };
    runs(file);
    for (path, _) in scenario::assumptions(file) {
        for value in ["0", "1e15", "-1", "1e308", "1e-300", "nan", ""] {
            match scenario::with_value(text, &path, value).and_then(|changed| scenario::parse(&changed)) {
                Err(error) => hold::said(&error),
                Ok(file) => runs(&file),
            }
        }
    }
}

#[test]
fn spoilt_manifests_are_refused_or_name_their_parts() {
    let of = |name: &str, text: &str| Seed {
        name: name.to_owned(),
        file: "export-Manifest.json".to_owned(),
        wanted: None,
        bytes: text.as_bytes().to_vec(),
        spoil: mutate::text,
    };
    let seeds = vec![
        of(
            "legacy",
            r#"{"account":"1","reportName":"r","billingPeriod":{"start":"20261001T000000.000Z"},"reportKeys":["r/20261001-20261101/a/r-1.csv.gz","r-2.csv.gz"]}"#,
        ),
        of(
            "data exports",
            r#"{"executionId":"2026","dataFiles":["s3://bucket/e/data/BILLING_PERIOD=2026-10/e-1.csv.gz"]}"#,
        ),
        of(
            "azure",
            r#"{"dataRowCount":3,"exportConfig":{"exportName":"e","type":"ActualCost","resourceId":"/subscriptions/1/providers/Microsoft.CostManagement/exports/e"},"runInfo":{"submittedTime":"2026-11-01T00:00:00Z","startDate":"2026-10-01"},"blobs":[{"blobName":"a/b/part_0.csv","dataRowCount":3}]}"#,
        ),
    ];
    hunt("manifests", 1_000, seeds, |_, path| {
        match manifest::read(path) {
            Err(error) => hold::said(&error),
            Ok(found) => {
                let found: Vec<_> = found.into_iter().chain(manifest::read(path).ok().flatten()).collect();
                let _ = manifest::one_kind(found.iter()).map_err(|error| hold::said(&error));
                let _ = manifest::latest(found).map_err(|error| hold::said(&error));
            }
        }
        let _ = parts::gather(&[path.to_owned()]).map_err(|error| hold::said(&error));
    });
}

/// What no format knows is shown through a guess, and through a mapping that may be spoilt as well.
#[test]
fn spoilt_tables_are_shown() {
    let mut seeds = of_rows();
    seeds.retain(|seed| seed.file.ends_with(".csv"));
    seeds.extend(files("mapped").iter().filter(|file| file.extension().unwrap() == "csv").map(|f| seed("mapped", f)));
    let mappings: Vec<Vec<u8>> =
        tomls().into_iter().filter(|s| s.name.starts_with("mapped/")).map(|s| s.bytes).collect();
    let (folder, runtime, engine) = engine();
    hunt("previews", 1, seeds, move |seed, path| {
        // The workspace lies in this folder.
        let _ = &folder;
        let mut chance = Chance::of(&seed.name, std::fs::metadata(path).unwrap().len());
        let mapping = chance.one(&mappings);
        let mapping = if chance.once_in(2) { mutate::text(&mut chance, mapping, &mappings) } else { mapping.clone() };
        let mapping = String::from_utf8_lossy(&mapping).into_owned();
        for text in [None, Some(mapping.as_str())] {
            match runtime.block_on(engine.preview_mapping(path, text)) {
                Err(error) => hold::said(&error),
                Ok(view) => {
                    assert!(view.rows.len() <= 20, "{} rows are shown", view.rows.len());
                    assert!(view.columns.iter().all(|column| (0.0..=1.0).contains(&column.confidence)));
                    assert!(view.guessed == text.is_none(), "nothing is kept for this header");
                    if let Some(problem) = view.problem.filter(|_| text.is_none()) {
                        assert!(!problem.what.is_empty());
                    }
                }
            }
        }
    });
}

/// Any names, days in any order, and names that lower case makes longer or shorter.
#[test]
fn names_of_models_mean_something_on_every_day() {
    let names = ["", " ", "İstanbul", "ǅ", "gpt-4o", "GPT-4O", "Claude Haiku 4.5", "\u{0}", "ﬁ", "ſ"];
    for number in 0..3_000 * super::rounds() {
        let mut chance = Chance::of("aliases", number);
        let days = [None, Some(NaiveDate::MIN), Some(NaiveDate::MAX), NaiveDate::from_ymd_opt(2026, 3, 1)];
        let [from, to, asked] = [(); 3].map(|()| *chance.one(&days));
        let alias = |chance: &mut Chance| Alias {
            name: (*chance.one(&names)).to_owned(),
            model: (*chance.one(&names)).to_owned(),
            from,
            to,
        };
        let list: Vec<Alias> = (0..chance.below(5)).map(|_| alias(&mut chance)).collect();
        let aliases = Aliases::new(list.clone());
        let name = *chance.one(&names);
        let model = aliases.model(name, asked.unwrap_or_default());
        let known = list.iter().any(|alias| alias.model == model && alias.name.to_lowercase() == name.to_lowercase());
        assert!(known || model == name || model.starts_with("claude-"), "{number}: {name:?} means {model:?}");
    }
}
