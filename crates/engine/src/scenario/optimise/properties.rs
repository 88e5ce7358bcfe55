//! What holds of any search: it finds what trying everything finds, with the same bytes on any number of threads.

use marginline_model::Money;
use proptest::prelude::*;

use super::tests::{OWN, book, found_by};
use super::*;
use crate::scenario::resolve::resolve;

/// A small case: values of four keys, and the least headroom.
#[derive(Debug, Clone)]
struct Case {
    per_unit: Vec<u32>,
    spare: Vec<u32>,
    price: Vec<u32>,
    gpus: Vec<u32>,
    growth: i32,
    headroom: u32,
}

fn cases() -> impl Strategy<Value = Case> {
    let some = |range: std::ops::Range<u32>, most: usize| {
        proptest::collection::btree_set(range, 1..=most)
            .prop_map(|set| set.into_iter().collect::<Vec<u32>>())
            .prop_shuffle()
    };
    (some(1..6, 3), some(0..3, 2), some(1..9, 3), some(1..12, 3), -20..30i32, 0..30u32).prop_map(
        |(per_unit, spare, price, gpus, growth, headroom)| Case { per_unit, spare, price, gpus, growth, headroom },
    )
}

impl Case {
    fn base(&self) -> String {
        let Self { growth, headroom, .. } = self;
        let text = OWN.replace("months = 1", "months = 3");
        let text = text.replace("[revenue]", &format!("growth_percent_per_month = {growth}\n\n[revenue]"));
        text.replace("[[component]]", &format!("[limits]\nheadroom_percent = {headroom}\n\n[[component]]"))
    }

    /// The file of one candidate, written out: a text of its own, and no patch.
    fn written(&self, (per_unit, spare, price, gpus): (u32, u32, u32, u32)) -> String {
        let text =
            self.base().replace("usd_per_gpu_hour = { value = 2,", &format!("usd_per_gpu_hour = {{ value = {price},"));
        format!("{text}gpus_per_unit = {per_unit}\nspare_units = {spare}\ngpus = {gpus}\n")
    }

    fn asked(&self, more: &str) -> String {
        let vary = |key: &str, values: &[u32]| {
            let written = |value: &u32| match key {
                "usd_per_gpu_hour" => format!("{{ value = {value}, evidence = \"published\" }}"),
                _ => value.to_string(),
            };
            let values: Vec<String> = values.iter().map(written).collect();
            format!("[[optimise.vary]]\npath = \"component.own.{key}\"\nvalues = [{}]\n", values.join(", "))
        };
        let axes = [("gpus_per_unit", &self.per_unit), ("spare_units", &self.spare), ("usd_per_gpu_hour", &self.price)];
        let axes: String =
            axes.into_iter().chain([("gpus", &self.gpus)]).map(|(key, values)| vary(key, values)).collect();
        format!("{}\n{more}\n{axes}", self.base())
    }
}

/// The first of the best by nested loops over whole runs, and how many fail.
fn oracle(case: &Case) -> (Option<(Money, String)>, usize) {
    let (mut best, mut fails): (Option<(Money, String)>, usize) = (None, 0);
    for per_unit in &case.per_unit {
        for spare in &case.spare {
            for price in &case.price {
                for gpus in &case.gpus {
                    let text = case.written((*per_unit, *spare, *price, *gpus));
                    let run = Run::of(resolve("x", &parse(&text).unwrap(), None, &book()).unwrap()).unwrap();
                    if run.verdicts.iter().any(|verdict| verdict.verdict == "fails") {
                        fails += 1;
                        continue;
                    }
                    let (revenue, cost) = run.totals();
                    if best.as_ref().is_none_or(|(margin, _)| revenue - cost > *margin) {
                        let name = format!(
                            "gpus per unit {per_unit} · spare units {spare} · usd per gpu hour {price} · gpus {gpus}"
                        );
                        best = Some((revenue - cost, name));
                    }
                }
            }
        }
    }
    (best, fails)
}

fn on_threads<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(work)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(50))]

    #[test]
    fn it_finds_what_nested_loops_find(case in cases()) {
        let found = found_by(&case.asked(""), None).unwrap();
        let (best, fails) = oracle(&case);
        let told = found.winner.as_ref().map(|winner| (winner.margin, winner.name.clone()));
        prop_assert_eq!(told, best);
        let counted = |verdict: &str| {
            found.lost.iter().filter(|lost| lost.verdict == verdict).map(|lost| lost.candidates).sum::<usize>()
        };
        prop_assert_eq!(counted("fails"), fails);
        let winners = usize::from(found.winner.is_some());
        prop_assert_eq!(fails + counted("meets") + winners, found.candidates, "each is the winner or lost");
        let margins: Vec<Money> = found.ranked.iter().map(|each| each.margin).collect();
        prop_assert!(margins.is_sorted_by(|higher, lower| higher >= lower));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn one_thread_and_two_give_the_same_bytes(case in cases(), runs in 3..20u32, regret in any::<bool>()) {
        let future = "[[optimise.future]]\nname = \"more\"\nset = { \"demand.requests_per_month\" = 1500000 }\n";
        let text = case.asked(&format!("[optimise]\nruns = {runs}\nseed = 7\n{future}"));
        let goal = Some(if regret { Goal::Regret } else { Goal::Cost });
        let told = |threads| on_threads(threads, || found_by(&text, goal).unwrap().json().to_string());
        prop_assert_eq!(told(1), told(2));
    }

    #[test]
    fn a_search_that_is_not_proven_says_so_and_is_never_better_than_all(case in cases()) {
        let all = found_by(&case.asked(""), None).unwrap();
        let some = found_by(&case.asked("[optimise]\nruns = 6\n"), None).unwrap();
        prop_assert_eq!(some.proven, all.candidates <= 6);
        prop_assert!(some.tried <= all.tried);
        let margin = |found: &Optimised| found.winner.as_ref().map(|winner| winner.margin);
        prop_assert!(margin(&some) <= margin(&all));
    }
}
