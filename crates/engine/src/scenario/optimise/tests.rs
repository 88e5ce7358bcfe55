//! Searches by hand: small files whose candidates can be summed on paper.

use toml::Value;

use super::path::{Names, same, settings};
use super::*;
use crate::prices::PriceBook;
use crate::scenario::file::patched;

/// A million requests of 100 output tokens in each of November and December, half a cent of revenue each. One GPU of 10
/// tokens a second serves 259,200 requests in November: 38.58 tokens a second need 4.
pub(super) const OWN: &str = r#"
[scenario]
name = "Own"
start = "2026-11"
months = 1

[demand]
requests_per_month = 1000000
input_tokens_per_request = 0
output_tokens_per_request = 100

[revenue]
usd_per_request = 0.02

[[component]]
name = "own"
kind = "own-gpus"
gpu = "H100 SXM"
output_tokens_per_s_per_gpu = { value = 10, evidence = "measured" }
usd_per_gpu_hour = { value = 2, evidence = "published" }
"#;

pub(super) fn book() -> PriceBook {
    PriceBook::default()
}

pub(super) fn found_by(text: &str, goal: Option<Goal>) -> Result<Optimised> {
    optimise(("own", (text, text, &parse(text)?)), given(&book()), (goal, &|_, _| true))
}

pub(super) fn given(prices: &PriceBook) -> Given<'_> {
    Given { facts: None, prices, benchmarks: &[] }
}

fn found(more: &str) -> Optimised {
    found_by(&format!("{OWN}\n{more}"), None).unwrap()
}

fn error(more: &str) -> String {
    found_by(&format!("{OWN}\n{more}"), None).unwrap_err().to_string()
}

fn usd(amount: &str) -> Money {
    Money::parse(amount).unwrap()
}

/// 4 GPUs for 720 hours: 5,760 USD at 2 USD an hour. A GPU of 20 tokens a second at 3 USD: 2 of them, 4,320 USD. Stated
/// numbers below that fail.
#[test]
fn the_cheaper_gpu_wins_and_too_few_fail() {
    let found = found(
        r#"
[[optimise.option]]
name = "H100"
set = { "component.own.usd_per_gpu_hour" = { value = 2, evidence = "published" } }

[[optimise.option]]
name = "B200"
set = { component.own.gpu = "B200", component.own.usd_per_gpu_hour = { value = 3, source = "offer", evidence = "published" }, component.own.output_tokens_per_s_per_gpu = { value = 20, evidence = "measured" } }

[[optimise.vary]]
path = "component.own.gpus"
values = [1, 2, 4]
"#,
    );
    assert!(found.proven);
    assert_eq!((found.candidates, found.tried), (6, 6));
    let told: Vec<(&str, Option<usize>, Money)> =
        found.ranked.iter().map(|each| (each.name.as_str(), each.rank, each.cost)).collect();
    assert_eq!(
        told,
        [
            ("gpus 2 · B200", Some(1), usd("4320")),
            ("gpus 4 · H100", Some(2), usd("5760")),
            ("gpus 4 · B200", Some(3), usd("8640"))
        ]
    );
    let best = found.winner.clone().unwrap();
    assert_eq!((best.margin, best.margin_percent.as_deref()), (usd("15680"), Some("78.4")));
    let lost: Vec<(&str, &str, usize)> =
        found.lost.iter().map(|lost| (lost.reason.as_str(), lost.verdict, lost.candidates)).collect();
    assert_eq!(lost, [("capacity", "fails", 3), ("beaten", "meets", 2)]);
    // As it stands: counted, 4 GPUs.
    assert_eq!(found.stated, (usd("20000"), usd("5760")));
    let bridge = found.bridge.as_ref().unwrap();
    assert_eq!(bridge.bridge.to - bridge.bridge.from, usd("1440"));
    assert_eq!(bridge.from.resolved.name, "gpus 4 · H100");
    // The result keeps the source of its price.
    let result = found.result.unwrap();
    assert!(result.contains("[base]\nscenario = \"own\"\n"), "{result}");
    assert!(result.contains("[[component]]\nname = \"own\"\ngpu = \"B200\"\ngpus = 2\n"), "{result}");
    assert!(result.contains("source = \"offer\""), "{result}");
}

#[test]
fn the_written_result_runs_to_the_same_bytes_as_its_candidate() {
    let text = format!(
        "{OWN}\n[[optimise.vary]]\npath = \"component.own.gpus_per_unit\"\nvalues = [8, 1, 4]\n\
         [[optimise.vary]]\npath = \"demand.growth_percent_per_month\"\nvalues = [3.5]\n"
    );
    let found = found_by(&text, None).unwrap();
    let result = found.result.unwrap();
    let whole = patched("best", &result, &|id| (id == "own").then(|| text.clone())).unwrap();
    let run =
        Run::of(crate::scenario::resolve::resolve("best", &parse(&whole).unwrap(), None, &book()).unwrap()).unwrap();
    let best = found.winner.unwrap();
    let (revenue, cost) = run.totals();
    assert_eq!((revenue - cost, cost), (best.margin, best.cost));
    let of = |run: &Run| serde_json::to_string(&run.json()["months"]).unwrap();
    let book = book();
    let ground = Ground::new("own", (&text, &text, &parse(&text).unwrap()), given(&book)).unwrap();
    let candidate = ground.run(&best.set, 0).unwrap();
    assert_eq!(of(&candidate), of(&run));
    assert_eq!(candidate.resolved.hash, run.resolved.hash);
    assert_eq!(run.resolved.name, "Own: gpus per unit 1 · growth percent per month 3.5");
}

/// Requests trebled need 12 GPUs of 10 tokens, or 6 of 20; stated numbers fail there.
#[test]
fn regret_is_the_largest_loss_over_the_futures_and_a_limit_counts_in_each() {
    let text = format!(
        r#"{OWN}
[[optimise.option]]
name = "by load"
set = {{ "component.own.usd_per_gpu_hour" = {{ value = 3, evidence = "published" }} }}

[[optimise.option]]
name = "committed"
set = {{ "component.own.committed" = [{{ gpus = 6, usd_per_gpu_hour = 1 }}] }}

[[optimise.option]]
name = "four"
set = {{ "component.own.gpus" = 4 }}

[[optimise.future]]
name = "demand trebles"
set = {{ "demand.requests_per_month" = 3000000 }}

[[optimise.future]]
name = "demand ends"
set = {{ "demand.requests_per_month" = 1 }}
"#
    );
    let found = found_by(&text, Some(Goal::Regret)).unwrap();
    assert_eq!(found.futures, ["as stated", "demand trebles", "demand ends"]);
    // Cost as stated, trebled, ended (1 GPU for one request): by load 8,640, 25,920, 2,160; committed 4,320,
    // 4,320 + 6 × 720 × 2 = 12,960, 4,320. Regrets: by load 25,920 − 12,960 = 12,960; committed 4,320 − 2,160 = 2,160.
    let told: Vec<(&str, Option<Money>)> = found.ranked.iter().map(|each| (each.name.as_str(), each.regret)).collect();
    assert_eq!(told, [("committed", Some(usd("2160"))), ("by load", Some(usd("12960")))]);
    let lost = &found.lost[0];
    assert_eq!((lost.reason.as_str(), lost.candidates), ("capacity", 1));
    assert!(lost.example.as_ref().unwrap().ends_with("(in future \"demand trebles\")"), "{lost:?}");
    // By margin, futures do not count: four GPUs at 2 USD are dearer than six committed at 1, and cheaper than by load.
    let names: Vec<String> = found_by(&text, None).unwrap().ranked.into_iter().map(|each| each.name).collect();
    assert_eq!(names, ["committed", "four", "by load"]);
    assert!(found_by(&text, None).unwrap().ranked.iter().all(|each| each.regret.is_none()));
}

#[test]
fn what_follows_from_a_choice_is_set_with_it() {
    let found = found(
        r#"
[[optimise.vary]]
path = "component.own.gpu"
values = ["H100 SXM", "B200"]

[[optimise.vary]]
path = "component.own.gpus_per_unit"
values = [1, 8]

[[optimise.when]]
if = { "component.own.gpu" = "B200" }
set = { "component.own.output_tokens_per_s_per_gpu" = { value = 20, evidence = "measured" }, "component.own.usd_per_gpu_hour" = { value = 3, evidence = "published" } }

[[optimise.when]]
if = { "component.own.gpu" = "B200", "component.own.gpus_per_unit" = 8.0, "revenue.usd_per_request" = 0.02 }
set = { "component.own.usd_per_gpu_hour" = { value = 0.5, evidence = "published" } }
"#,
    );
    let told: Vec<(&str, Money)> = found.ranked.iter().map(|each| (each.name.as_str(), each.cost)).collect();
    // Eight B200 at half a dollar: 2,880; two at 3: 4,320; four H100: 5,760; eight: 11,520.
    assert_eq!(
        told,
        [
            ("gpu B200 · gpus per unit 8", usd("2880")),
            ("gpu B200 · gpus per unit 1", usd("4320")),
            ("gpu H100 SXM · gpus per unit 1", usd("5760")),
            ("gpu H100 SXM · gpus per unit 8", usd("11520"))
        ]
    );
    assert_eq!(found.winner.unwrap().set.len(), 4, "each path once");
}

#[test]
fn candidates_that_come_to_the_same_are_told_once() {
    let found = found("[[optimise.vary]]\npath = \"demand.cache_hit_percent\"\nvalues = [0, 10, 20]\n");
    assert_eq!((found.ranked.len(), found.ranked[0].alike), (1, 2));
    assert!(found.bridge.is_none());
    assert!(
        found.why().iter().any(|line| line.starts_with("2 further candidates come to the same")),
        "{:?}",
        found.why()
    );
}

#[test]
fn what_is_not_priced_is_refused_and_the_others_are_ranked() {
    let base = OWN.replace(
        &OWN[OWN.find("kind = \"own-gpus\"").unwrap()..],
        "kind = \"api\"\nprovider = \"anthropic\"\nmodel = \"claude-haiku-4-5\"\npriced_at = \"2026-10-31\"\n",
    );
    let models =
        |models: &str| format!("{base}\n[[optimise.vary]]\npath = \"component.own.model\"\nvalues = {models}\n");
    let found = found_by(&models("[\"claude-haiku-4-5\", \"claude-nothing\"]"), None).unwrap();
    assert_eq!(found.winner.unwrap().name, "model claude-haiku-4-5");
    let lost = &found.lost[0];
    assert_eq!((lost.reason.as_str(), lost.verdict, lost.candidates), ("refused", "refused", 1));
    assert!(lost.example.as_ref().unwrap().contains("model claude-nothing: component.own: unpriced"), "{lost:?}");
    let error = found_by(&models("[\"claude-nothing\"]"), None).unwrap_err().to_string();
    assert!(error.contains("no candidate can be run; the first: component.own: unpriced"), "{error}");
}

#[test]
fn slips_of_the_pen_are_told_before_anything_is_tried() {
    let vary = |path: &str, values: &str| format!("[[optimise.vary]]\npath = \"{path}\"\nvalues = {values}\n");
    let says = |more: &str, words: &str| {
        let error = error(more);
        assert!(error.contains(words), "{more}\n{error}");
    };
    says("", "the file has no [optimise]");
    says("[optimise]\ngoal = \"margin\"\n", "nothing varies in [optimise]");
    says("[optimise]\ngoal = \"profit\"\n", "unknown variant `profit`");
    says(&vary("component.own.gpuz", "[1]"), "unknown field `gpuz`");
    says(&vary("component.own.gpu", "[1]"), "optimise, component.own.gpu");
    says(&vary("component.other.gpu", "[\"L4\"]"), "no component of the file has this name");
    says(&vary("gpu", "[\"L4\"]"), "this is no path to a key");
    says(&vary("component.own.", "[1]"), "a path ends in a key");
    says(&vary("limits.headroom_percent", "[1]"), "[limits] is the same for every candidate");
    says(&vary("scenario.months", "[1]"), "[scenario] is the same for every candidate");
    says(&vary("component.own.gpus", "[]"), "it has no values");
    says(&vary("component.own.gpus", "[1, 2, 1]"), "1 is listed twice");
    let twice = vary("component.own.gpus", "[4]");
    says(&format!("{twice}{twice}"), "two lists of [optimise] set the same key");
    says("[[optimise.option]]\nname = \"a\"\nset = {}\n[[optimise.option]]\nname = \"a\"\nset = {}\n", "given twice");
    says(&format!("{twice}[[optimise.when]]\nif = {{}}\nset = {{}}\n"), "if or set is empty");
    says(&format!("[optimise]\ngoal = \"regret\"\n{twice}"), "regret is taken over futures, and none is stated");
    says(
        &format!(
            "[optimise]\ngoal = \"regret\"\n{twice}[[optimise.future]]\nname = \"x\"\nset = {{ \"demand.churn\" = 1 }}\n"
        ),
        "unknown field `churn`",
    );
    says(&format!("[optimise]\nruns = 0\n{twice}"), "optimise.runs is 0, expected 1 to 1,000,000");
}

#[test]
fn without_a_candidate_that_keeps_the_limits_there_is_no_winner() {
    let found = found("[[optimise.vary]]\npath = \"component.own.gpus\"\nvalues = [1, 2]\n");
    assert!(found.winner.is_none() && found.ranked.is_empty() && found.result.is_none() && found.bridge.is_none());
    assert_eq!(found.lost[0].candidates, 2);
    assert_eq!(found.why()[0], "no candidate keeps every limit, so none is the best");
}

#[test]
fn somebody_may_stop_it_and_hears_how_far_it_is() {
    let text = format!("{OWN}\n[[optimise.vary]]\npath = \"component.own.gpus\"\nvalues = [4, 5, 6]\n");
    let file = parse(&text).unwrap();
    let most = std::sync::atomic::AtomicUsize::new(0);
    let tell = |done: usize, of: usize| {
        assert_eq!(of, 3);
        most.fetch_max(done, std::sync::atomic::Ordering::Relaxed);
        true
    };
    optimise(("own", (&text, &text, &file)), given(&book()), (None, &tell)).unwrap();
    assert_eq!(most.into_inner(), 3);
    let stopped = optimise(("own", (&text, &text, &file)), given(&book()), (None, &|done, _| done < 2)).unwrap_err();
    assert_eq!(stopped.kind, crate::error::ErrorKind::Cancelled);
}

#[test]
fn names_with_points_are_found_and_an_assumption_stays_whole() {
    let file: toml::Table =
        "[[component]]\nname = \"a\"\n[[component]]\nname = \"a.b\"\nx = { value = 2 }\n".parse().unwrap();
    let names = Names::of(&file);
    let patch = names.patch(&[("component.a.b.x".into(), Value::from(3))]).unwrap();
    assert_eq!(patch["component"][0]["name"].as_str(), Some("a.b"));
    assert_eq!(names.value(&file, "component.a.b.x"), Some(&Value::from(2)), "the number of an assumption");
    assert_eq!(names.value(&file, "component.a.y"), None);
    let set: toml::Table = "a = { b = { value = 1, source = \"s\" }, c = { d = 2 } }\n\"e.f\" = 3\n".parse().unwrap();
    let paths: Vec<String> = settings(&set).into_iter().map(|(path, _)| path).collect();
    assert_eq!(paths, ["a.b", "a.c.d", "e.f"]);
    assert!(same(&Value::from(8), &Value::from(8.0)) && !same(&Value::from("8"), &Value::from(8)));
}

/// More requests at work on a replica give more tokens a second, so fewer GPUs, and each request waits longer for its
/// next token: every number in flight is on the front.
#[test]
fn the_front_leads_from_fast_and_dear_to_slow_and_cheap() {
    let text = OWN.replace("requests_per_month = 1000000", "requests_per_month = 40000000").replace(
        &OWN[OWN.find("gpu = ").unwrap()..],
        "gpu = \"H100\"\nusd_per_gpu_hour = { value = 2, evidence = \"published\" }\n\
         serving = { model = \"Llama-3.1-70B\", weights = \"fp8\", tensor_parallel = 4, in_flight = 8 }\n\
         [limits]\ntpot_ms_p50 = 10000\n[[optimise.vary]]\npath = \"component.own.serving.in_flight\"\n\
         values = [32, 2, 8]\n",
    );
    let found =
        found_by(&text.replace("input_tokens_per_request = 0", "input_tokens_per_request = 500"), None).unwrap();
    let names: Vec<&str> = found.latency_front.iter().map(|each| each.name.as_str()).collect();
    assert_eq!(names, ["in flight 2", "in flight 8", "in flight 32"], "{:?}", found.lost);
    let front = &found.latency_front;
    assert!(front.windows(2).all(|pair| pair[0].latency_ms < pair[1].latency_ms && pair[0].margin < pair[1].margin));
    assert!(front.iter().all(|each| each.on_front) && found.undo_front.is_empty());
    assert_eq!(found.winner.unwrap().name, "in flight 32");
}

/// With the bundled prices.
fn looked_up(text: &str) -> Optimised {
    let prices = crate::scenario::tests::prices();
    let file = parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    optimise(("mine", (text, text, &file)), given(prices), (None, &|_, _| true))
        .unwrap_or_else(|error| panic!("{error}"))
}

/// H100 of AWS in Stockholm come by eight (p5.48xlarge): a count that is no whole number of them costs least, and may not
/// win, be its price looked up or stated; nor may a commitment of four.
#[test]
fn what_is_no_whole_instance_never_wins() {
    let text = |more: &str, vary: &str| {
        format!(
            "[scenario]\nname = \"Whole\"\nstart = \"2026-11\"\nmonths = 1\n\n[demand]\nrequests_per_month = 1000000\n\
             input_tokens_per_request = 0\noutput_tokens_per_request = 100\n\n[revenue]\nusd_per_request = 0.05\n\n\
             [architecture]\nkind = \"own-gpus\"\ngpu = \"H100\"\ncloud = \"aws\"\nregion = \"eu-north-1\"\n\
             priced_at = \"2026-11-21\"\n\
             output_tokens_per_s_per_gpu = {{ value = 10, evidence = \"measured\" }}\n{more}\n\
             [[optimise.vary]]\n{vary}\n"
        )
    };
    let gpus = "path = \"architecture.gpus\"\nvalues = [4, 5, 8, 16]";
    let stated =
        "usd_per_gpu_hour = { value = 6, source = \"offer\", observed = \"2026-11-20\", evidence = \"published\" }\n";
    for price in ["", stated] {
        let found = looked_up(&text(price, gpus));
        let winner = found.winner.unwrap();
        assert_eq!(winner.name, "gpus 8", "{price}");
        let sold = found.lost.iter().find(|lost| lost.reason == "sold_where").unwrap();
        assert_eq!((sold.verdict, sold.candidates), ("fails", 2), "{price}");
        let why = sold.example.clone().unwrap();
        assert!(why.contains("gpus = 4 is no whole number of it") && why.contains("p5.48xlarge"), "{why}");
    }
    let committed = "path = \"architecture.committed\"\nname = \"committed\"\nvalues = [\
        [{ gpus = 4, usd_per_gpu_hour = 1 }], [{ gpus = 8, usd_per_gpu_hour = 1 }]]";
    let found = looked_up(&text("gpus = 8", committed));
    let sold = found.lost.iter().find(|lost| lost.reason == "sold_where").unwrap();
    assert!(sold.example.as_ref().unwrap().contains("committed.1.gpus = 4 is no whole number"), "{sold:?}");
    assert!(found.winner.is_some());
}

/// 38.58 tokens a second need four GPUs of ten; they come by eight, so the fleet is one whole instance.
#[test]
fn a_fleet_is_rounded_up_to_whole_instances() {
    let gpu = |set: &str| {
        format!(
            "[scenario]\nname = \"Fleet\"\nstart = \"2026-11\"\nmonths = 1\n\n[demand]\nrequests_per_month = 1000000\n\
             input_tokens_per_request = 0\noutput_tokens_per_request = 100\n\n[revenue]\nusd_per_request = 0.05\n\n\
             [[component]]\nname = \"own\"\nkind = \"own-gpus\"\ngpu = \"H100\"\n\
             output_tokens_per_s_per_gpu = {{ value = 10, evidence = \"measured\" }}\n\
             usd_per_gpu_hour = {{ value = 6, evidence = \"published\" }}\n\n\
             [optimise.fleet]\n[[optimise.fleet.bucket]]\nname = \"all\"\nshare_percent = 100\n\
             [[optimise.fleet.gpu]]\ngpu = \"H100\"\nrequests_per_s = [0.1]\nevidence = \"measured\"\n\
             usd_per_gpu_hour = {{ value = 6, evidence = \"published\" }}\nset = {{ {set} }}\n"
        )
    };
    let plain = looked_up(&gpu(""));
    assert_eq!(plain.fleet.as_ref().unwrap().gpus, [("H100".to_owned(), 4)]);
    assert!(plain.fleet.unwrap().rounded.is_empty());
    let whole = looked_up(&gpu("cloud = \"aws\", region = \"eu-north-1\", priced_at = \"2026-11-21\""));
    let fleet = whole.fleet.unwrap();
    assert_eq!(fleet.gpus, [("H100".to_owned(), 8)]);
    assert_eq!(fleet.usd_per_hour, 48.0, "eight at 6 USD");
    assert_eq!(fleet.rounded, ["4 × H100 are rounded up to 8: whole instances of 8"]);
    assert!(whole.winner.is_some(), "{:?}", whole.lost);
}
