//! What a run looks up by the tokens of a request follows them, whoever moves or draws them.

use marginline_model::scenario::{Knob, Uncertain};
use marginline_model::uncertainty::{Distribution, Plan};

use super::{bits, prices, resolved, run};
use crate::scenario::compare::Comparison;
use crate::scenario::file::parse;
use crate::scenario::resolve::resolve;
use crate::scenario::simulate::Draws;
use crate::scenario::{Run, follow};

const TOKENS: &str = "demand.input_tokens_per_request";

/// Claude Sonnet 4.5 costs 3 USD in and 15 out up to 200,000 tokens of prompt, 6 and 22.50 above (Anthropic's page of
/// prices). 10,000 requests a month for 0.01 USD each, of 200 tokens out, over two months.
fn long(tokens: &str, more: &str) -> String {
    format!(
        "[scenario]\nname = \"Long\"\nstart = \"2026-11\"\nmonths = 2\n[demand]\nrequests_per_month = 10000\n\
         input_tokens_per_request = {tokens}\noutput_tokens_per_request = 200\n[revenue]\nusd_per_request = 0.01\n\
         [architecture]\nkind = \"api\"\nprovider = \"anthropic\"\nmodel = \"claude-sonnet-4-5\"\n\
         priced_at = \"2026-11-20\"\n{more}"
    )
}

fn margin(run: &Run) -> f64 {
    run.projected.iter().map(|month| month.totals.margin_usd()).sum()
}

/// 152,000 × 3 ÷ 10⁶ + 200 × 15 ÷ 10⁶ = 0.459 a request; 228,000 × 6 ÷ 10⁶ + 200 × 22.5 ÷ 10⁶ = 1.3725.
#[test]
fn a_table_over_a_step_of_the_price_list() {
    let base = run(&long("190000", ""));
    assert!((margin(&base) - 2.0 * (100.0 - 5_730.0)).abs() < 1e-6, "{}", margin(&base));
    let found = base.two_way(Some(TOKENS), Some("demand.requests_per_month"), 3).unwrap();
    assert_eq!(found.x.values, [152_000.0, 190_000.0, 228_000.0]);
    let own: Vec<f64> = found.cells[1].iter().map(|cell| cell.margin_usd).collect();
    for (found, expected) in own.into_iter().zip([-8_980.0, -11_260.0, -27_250.0]) {
        assert!((found - expected).abs() < 1e-6, "{found}, expected {expected}");
    }
}

/// A tenth more is 209,000 tokens: 1.254 + 0.0045 a request. A tenth less 171,000: 0.513 + 0.003.
#[test]
fn a_tornado_over_a_step_of_the_price_list() {
    let found = run(&long("190000", "")).sensitivity().unwrap().tornado;
    let bar = found.bars.iter().find(|bar| bar.name == TOKENS).unwrap();
    assert!((bar.output.0 - 2.0 * (100.0 - 5_160.0)).abs() < 1e-3, "{bar:?}");
    assert!((bar.output.1 - 2.0 * (100.0 - 12_585.0)).abs() < 1e-3, "{bar:?}");
}

/// 150,000 + 100,000 × Beta(2.6, 3.4) tokens (PERT), 8 million draws with numpy, seed 7: mean −16,118.2, P10 −26,168.0,
/// standard deviation 7,145.7, so that 4,000 draws lie within 500 of the mean with four standard errors.
#[test]
fn draws_over_a_step_of_the_price_list() {
    let text = long("{ value = 190000, low = 150000, high = 250000 }", "");
    let comparison = Comparison { runs: vec![std::sync::Arc::new(run(&text))] };
    let found = comparison.simulate(Draws { draws: 4_000, seed: 1, target_percent: 0.0 }).unwrap();
    let margin = found.outlooks[0].margin_usd;
    assert!((margin.mean + 16_118.2).abs() < 500.0, "{margin:?}");
    assert!((margin.p10 + 26_168.0).abs() < 250.0, "{margin:?}");
    assert!(found.outlooks[0].notes.is_empty());
}

/// 190,000 × 1.3 = 247,000 tokens of this model: (247,000 × 6 + 260 × 22.5) ÷ 10⁶ = 1.48785 a request.
#[test]
fn the_step_is_that_of_the_components_own_prompt() {
    let month = |more: &str| run(&long("190000", more)).projected[0].totals.cost_usd;
    assert!((month("tokenizer_ratio = 1.3\n") - 14_878.5).abs() < 1e-6, "{}", month("tokenizer_ratio = 1.3\n"));
    // 1.2 times 190,000 uncached tokens in: (228,000 × 6 + 200 × 22.5) ÷ 10⁶.
    assert!((month("input_ratio = 1.2\n") - 13_725.0).abs() < 1e-6);
    let noted = run(&long("190000", "tokenizer_ratio = 1.3\n")).resolved.notes;
    assert!(noted.iter().any(|note| note.contains("prices are those of prompts of 247000 tokens")), "{noted:?}");
    // A knob of the component passes the step as an edit of the file does, and comes back.
    let mut moved = resolved(&long("190000", "tokenizer_ratio = 1\n"));
    let before = moved.inputs.clone();
    Knob::TokenizerRatio(0).set(&mut moved.inputs, 1.3).unwrap();
    assert_eq!(moved.inputs, resolved(&long("190000", "tokenizer_ratio = 1.3\n")).inputs);
    Knob::TokenizerRatio(0).set(&mut moved.inputs, 1.0).unwrap();
    assert_eq!(moved.inputs, before);
}

/// One model on H100 at 32 requests in flight; the serving model gives the rate.
fn served(tokens: &str, more: &str) -> String {
    format!(
        "[scenario]\nname = \"Served\"\nstart = \"2026-11\"\nmonths = 1\n[demand]\nrequests_per_month = 100000000\n\
         input_tokens_per_request = {tokens}\noutput_tokens_per_request = 200\n[revenue]\nusd_per_request = 0.01\n\
         [architecture]\nkind = \"own-gpus\"\ngpu = \"H100\"\nusd_per_gpu_hour = 3\n{more}\n[architecture.serving]\n\
         model = \"Llama-3.1-8B\"\nweights = \"bf16\"\nin_flight = 32\n"
    )
}

fn rate(run: &Run) -> f64 {
    run.resolved.file.architecture.as_ref().unwrap().output_tokens_per_s_per_gpu.as_ref().unwrap().value
}

#[test]
fn tables_and_tornado_ask_the_serving_model_anew() {
    let base = run(&served("4000", ""));
    let (short, longer) = (run(&served("3600", "")), run(&served("4400", "")));
    assert!(margin(&short) > margin(&longer), "longer prompts need more GPUs");
    let found = base.two_way(Some(TOKENS), Some("architecture.usd_per_gpu_hour"), 5).unwrap();
    assert_eq!(found.x.values, [3_200.0, 3_600.0, 4_000.0, 4_400.0, 4_800.0]);
    let own = |at: usize| found.cells[2][at].margin_usd.to_bits();
    assert_eq!([own(1), own(2), own(3)], [&short, &base, &longer].map(|run| margin(run).to_bits()));
    let bars = base.sensitivity().unwrap().tornado.bars;
    let bar = bars.iter().find(|bar| bar.name == TOKENS).unwrap();
    assert!((bar.output.0 - margin(&short)).abs() < 1e-6 && (bar.output.1 - margin(&longer)).abs() < 1e-6, "{bar:?}");
}

#[test]
fn draws_ask_the_serving_model_anew() {
    let base = run(&served("4000", ""));
    let fixed = |name: &str, knob: Knob, value: f64| Uncertain {
        name: name.to_owned(),
        knob,
        distribution: Distribution::fixed(value).unwrap(),
    };
    let plan = Plan { draws: 3, seed: 1, scenario: None };
    let drawn = |uncertain: &[Uncertain]| {
        let (found, notes) = follow::drawn(&base.resolved, uncertain, plan).unwrap();
        assert!(notes.is_empty(), "{notes:?}");
        found.margin_usd(0).to_vec()
    };
    // Without spread the draws are the run of the file with that number, to the bit.
    let longer = run(&served("4400", ""));
    let found = drawn(&[fixed("tokens", Knob::InputTokens, 4_400.0)]);
    assert_eq!(found.iter().map(|usd| usd.to_bits()).collect::<Vec<_>>(), [margin(&longer).to_bits(); 3]);
    // A rate drawn at half of what the model says is half of what it says of the longer prompts.
    let half = [
        fixed("tokens", Knob::InputTokens, 4_400.0),
        fixed("rate", Knob::OutputTokensPerSPerGpu(0), rate(&base) / 2.0),
    ];
    let stated = served("4400", &format!("output_tokens_per_s_per_gpu = {}", rate(&longer) / 2.0));
    assert!((drawn(&half)[0] - margin(&run(&stated))).abs() < 1e-6);
}

#[test]
fn draws_that_cannot_ask_anew_say_so() {
    let points: Vec<String> =
        (1..=60).map(|at| format!("{{ output_tokens_per_s = {}, concurrency = {at} }}", 60 * at)).collect();
    let text = served("{ value = 4000, low = 3000, high = 5000 }", &format!("measured = [{}]", points.join(", ")));
    let base = run(&text);
    let uncertain: Vec<Uncertain> =
        crate::scenario::uncertain(&base.resolved).unwrap().into_iter().map(|(_, _, each)| each).collect();
    let notes =
        |draws: usize| follow::drawn(&base.resolved, &uncertain, Plan { draws, seed: 1, scenario: None }).unwrap().1;
    let found = notes(1_000);
    assert!(found.len() == 1 && found[0].contains("tokens/s of GPU hours are those of the stated tokens"), "{found:?}");
}

/// The serving model takes prompts of up to 10⁹ tokens: draws beyond have no answer, and are refused with the reason.
#[test]
fn draws_without_an_answer_are_refused() {
    let text = served("{ value = 4000, low = 3000, high = 1000000000000 }", "");
    let comparison = Comparison { runs: vec![std::sync::Arc::new(run(&text))] };
    let error = comparison.simulate(Draws { draws: 100, seed: 1, target_percent: 0.0 }).unwrap_err().to_string();
    assert!(error.contains("what is drawn has no answer: GPU hours: serving: "), "{error}");
}

fn refused(text: &str) -> String {
    resolve("mine", &parse(text).unwrap(), None, prices()).unwrap_err().to_string()
}

/// 10,000 requests of 200,000 tokens in, 0.603 USD each at the list price: 6,030, and a tenth more with the level.
#[test]
fn a_region_without_prices_of_its_own_is_unpriced() {
    let error = refused(&long("200000", "region = \"eu-central-1\"\n"));
    assert!(
        error.contains("unpriced: no price list says in which regions anthropic sells claude-sonnet-4-5"),
        "{error}"
    );
    assert!(error.contains("state price_level_percent"), "{error}");
    let month = |more: &str| run(&long("200000", more)).projected[0].totals.cost_usd;
    assert!((month("") - 6_030.0).abs() < 1e-6);
    assert!((month("region = \"eu-central-1\"\nprice_level_percent = 110\n") - 6_633.0).abs() < 1e-6);
    assert!((month("region = \"global\"\n") - 6_030.0).abs() < 1e-6, "the price list's own");
}

/// Ten H100 for 720 hours at the book's 2.95 USD are 21,240, whatever a euro is worth.
#[test]
fn a_price_of_the_book_is_never_one_in_another_currency() {
    let own = |price: &str| {
        long("1000", "").replace("months = 2", "months = 1").split("[architecture]").next().unwrap().to_owned()
            + "[exchange_rates]\nEUR = 2\n[architecture]\nkind = \"own-gpus\"\ngpu = \"H100\"\ncloud = \"nebius\"\n\
               region = \"eu-north1\"\npriced_at = \"2026-11-22\"\noutput_tokens_per_s_per_gpu = 500\ngpus = 10\n\
               instance = \"gpu-h100-sxm_1gpu-16vcpu-200gb\"\n"
            + price
    };
    let error = refused(&own("currency = \"EUR\"\n"));
    assert!(error.contains("its currency is EUR, and prices of the book are in USD"), "{error}");
    assert!(error.contains("state usd_per_gpu_hour in EUR, or leave currency out"), "{error}");
    assert!((run(&own("")).projected[0].totals.cost_usd - 21_240.0).abs() < 1e-6);
    // Ten for 720 hours at 1 euro of 2 USD.
    let stated = own("usd_per_gpu_hour = 1\ncurrency = \"EUR\"\n");
    assert!((run(&stated).projected[0].totals.cost_usd - 14_400.0).abs() < 1e-6);
    // 100 GPU hours at 1 euro, and a week of one person at 100: 200 euros.
    let retrained = format!(
        "{stated}retraining = {{ every_months = 2, gpu_hours = 100, usd_per_gpu_hour = 1, people_weeks = 1, \
         usd_per_person_week = 100 }}\n"
    );
    let line =
        run(&retrained).projected[0].lines.iter().find(|line| line.label.contains("retraining")).cloned().unwrap();
    assert_eq!(line.usd, 400.0);
    let egress = format!(
        "{stated}[[cost]]\nlabel = \"Egress\"\ncurrency = \"EUR\"\nnetwork = {{ kind = \"egress\", gb_per_request = 0.1, \
         cloud = \"aws\", region = \"us-east-1\", priced_at = \"2026-11-22\" }}\n"
    );
    let error = refused(&egress);
    assert!(error.contains("cost.Egress: its currency is EUR"), "{error}");
    // 10,000 × 0.1 GB less 100 free ones, at 0.09.
    let in_usd = run(&egress.replace("label = \"Egress\"\ncurrency = \"EUR\"", "label = \"Egress\""));
    let line = in_usd.projected[0].lines.iter().find(|line| line.label == "Egress").cloned().unwrap();
    assert!((line.usd - 81.0).abs() < 1e-9, "{}", line.usd);
}

/// AWS sells H200 eight at a time, as p5en.48xlarge at 7.912 USD a GPU hour: one whole is 8 × 720 × 7.912 = 45,573.12.
#[test]
fn gpus_come_in_whole_instances() {
    let own = |more: &str| {
        long("1000", "").replace("months = 2", "months = 1").split("[architecture]").next().unwrap().to_owned()
            + "[architecture]\nkind = \"own-gpus\"\ngpu = \"H200\"\ncloud = \"aws\"\nregion = \"us-east-2\"\n\
               priced_at = \"2026-11-22\"\noutput_tokens_per_s_per_gpu = 500\n"
            + more
    };
    let whole = run(&own(""));
    assert_eq!(whole.resolved.file.architecture.as_ref().unwrap().gpus_per_unit, Some(8));
    assert!((whole.projected[0].totals.cost_usd - 45_573.12).abs() < 1e-6, "{}", whole.projected[0].totals.cost_usd);
    let note = "p5en.48xlarge holds 8 GPUs and costs 63.296 USD an hour as a whole: GPUs come in units of 8";
    assert!(whole.resolved.notes.iter().any(|told| told == note), "{:?}", whole.resolved.notes);
    assert_eq!(bits(&whole), bits(&run(&own("gpus_per_unit = 8\n"))));
    assert_eq!(bits(&run(&own("gpus = 16\n"))), bits(&run(&own("gpus_per_unit = 8\ngpus = 16\n"))));

    let sold = |more: &str| run(&own(more)).verdicts.into_iter().find(|verdict| verdict.limit == "sold_where").unwrap();
    assert_eq!(sold("").verdict, "meets");
    for (stated, mend) in [("gpus_per_unit = 3\n", "gpus_per_unit = 24"), ("gpus = 3\n", "gpus = 8")] {
        let found = sold(stated);
        assert_eq!((found.verdict, found.mend.as_deref()), ("fails", Some(mend)), "{found:?}");
        assert!(
            found.reason.contains("p5en.48xlarge holds 8 GPUs and costs 63.296 USD an hour as a whole"),
            "{found:?}"
        );
    }
    // Replicas of two stand on the whole instance.
    let replicas =
        own("serving = { model = \"Llama-3.1-8B\", weights = \"fp8\", tensor_parallel = 2, in_flight = 8 }\n");
    assert_eq!(run(&replicas).resolved.file.architecture.unwrap().gpus_per_unit, Some(8));
    // Nebius sells H200 one at a time: nothing changes.
    let single = own("").replace("aws", "nebius").replace("us-east-2", "eu-north1");
    assert_eq!(run(&single).resolved.file.architecture.unwrap().gpus_per_unit, None);
}

#[test]
fn a_paid_price_says_who_paid_it_and_when() {
    let own = |price: &str| {
        long("1000", "").split("[architecture]").next().unwrap().to_owned()
            + "[architecture]\nkind = \"own-gpus\"\ngpu = \"H200\"\noutput_tokens_per_s_per_gpu = 500\nusd_per_gpu_hour = "
            + price
            + "\n"
    };
    let sold =
        |price: &str| run(&own(price)).verdicts.into_iter().find(|verdict| verdict.limit == "sold_where").unwrap();
    let whole = "{ value = 2, evidence = \"measured\", source = \"invoice 12\", observed = \"2026-10-02\" }";
    assert_eq!(sold(whole).verdict, "meets");
    let bare = sold("{ value = 2, evidence = \"measured\" }");
    assert_eq!((bare.verdict, bare.measure.as_deref()), ("unknown", Some("state source and observed of its price")));
    assert_eq!(sold("{ value = 2, evidence = \"published\" }").verdict, "meets", "anybody can look it up");
    let undated = sold("{ value = 2, evidence = \"billed\", source = \"invoice 12\" }");
    assert_eq!((undated.verdict, undated.measure.as_deref()), ("unknown", Some("state observed of its price")));
}

/// A tenth of what is stated, with the value inside its bar; of availability a tenth of the hours down.
#[test]
fn bars_of_percents_lie_around_their_value() {
    let more = "[availability]\npercent = 99.5\nrevenue_at_risk_percent = 95\n";
    let text = long("{ value = 1000, low = 900, high = 1100 }", more).replace(
        "requests_per_month = 10000",
        "requests_per_month = 10000\ngrowth_percent_per_month = 0\nretry_percent = 0",
    );
    let found = run(&text).sensitivity().unwrap();
    let ends = |name: &str| found.tornado.bars.iter().find(|bar| bar.name == name).unwrap().input;
    let near = |found: (f64, f64), low: f64, high: f64| {
        assert!((found.0 - low).abs() < 1e-9 && (found.1 - high).abs() < 1e-9, "{found:?}, expected {low} to {high}");
    };
    near(ends("availability.percent"), 99.45, 99.55);
    near(ends("availability.revenue_at_risk_percent"), 90.0, 100.0);
    near(ends("demand.requests_per_month"), 9_000.0, 11_000.0);
    assert_eq!(found.not_moved, ["demand.growth_percent_per_month", "demand.retry_percent"]);
    let notes = found.table().notes;
    assert!(notes.iter().any(|note| note.starts_with("not moved, because a tenth of 0 is 0: ")), "{notes:?}");
    // From the edge of what it may be there is one side.
    let full = run(&text.replace("= 95", "= 100")).sensitivity().unwrap();
    let bar = full.tornado.bars.iter().find(|bar| bar.name == "availability.revenue_at_risk_percent").unwrap();
    near(bar.input, 90.0, 100.0);
}
