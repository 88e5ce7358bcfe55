use super::*;
use crate::scenario::Evidence;

/// One layer, 1,000 wide, ten heads of 100, feed-forward 2,000 wide, 1,000 tokens: attention has 4 million weights, the
/// feed-forward 6 million and the head 1 million, so that a step reads 22 MB in BF16. A token keeps 4,000 bytes.
fn small() -> Model {
    Model {
        name: "small".to_owned(),
        layers: 1.0,
        hidden: 1000.0,
        vocabulary: 1000.0,
        attention: Attention::Grouped { heads: 10.0, kv_heads: 10.0, head_dim: 100.0, windows: None, linear: None },
        feed_forward: FeedForward::Dense { width: 2000.0 },
        fp4_format: Precision::Nvfp4,
    }
}

/// Arithmetic is free, memory reads 42 MB in a millisecond and holds 3.1 GB.
fn reader() -> Gpu {
    Gpu {
        name: "reader".to_owned(),
        hbm_bytes: 3.1e9,
        hbm_bytes_per_s: 42e9,
        bf16_flops: 1e24,
        fp8_flops: None,
        fp4_flops: None,
        link_bytes_per_s: 1e24,
    }
}

fn alone() -> Deployment {
    Deployment {
        tensor_parallel: 1,
        data_parallel: 1,
        expert_parallel: 1,
        weights: Precision::Bf16,
        cache: CachePrecision::Bf16,
        backend: Backend::Vllm,
    }
}

/// Prompts of 4,500 tokens and answers of 1,000: a step finds 5,000 tokens, which is 20 MB, in a request's cache.
fn load(concurrency: f64) -> Load {
    Load { input_tokens: 4500.0, output_tokens: 1000.0, concurrency, prefix_hit_share: 0.0 }
}

/// Everything at its peak, and a millisecond for each layer, half of one for each sequence.
fn plain() -> Constants {
    Constants {
        compute_share: 1.0,
        compute_fp8: 1.0,
        compute_fp4: 1.0,
        memory_share: 1.0,
        memory_fp8: 1.0,
        memory_fp4: 1.0,
        memory_int4: 1.0,
        layer_s: 1e-3,
        layer_trtllm: 0.5,
        layer_sglang: 2.0,
        reduce_s: 0.0,
        link_share: 1.0,
        sequence_s: 0.5e-3,
    }
}

fn near(found: f64, expected: f64) {
    assert!((found / expected - 1.0).abs() < 1e-9, "found {found}, expected {expected}");
}

#[test]
fn a_request_alone_takes_what_can_be_added_up_by_hand() {
    let timing = timing(&small(), &reader(), &alone(), &load(1.0), &plain()).unwrap();
    // A step: 22 MB + 20 MB = 1 ms, the layer 1 ms, the sequence 0.5 ms. A prompt: the layer's 1 ms, once per answer.
    near(timing.parts.memory_s, 0.999);
    near(timing.parts.layers_s, 0.999);
    near(timing.parts.sequences_s, 0.4995);
    near(timing.parts.prompts_s, 1e-3 * (1.0 + 0.999));
    near(timing.end_to_end_s, 0.999 + 0.999 + 0.4995 + 0.001_999);
    near(timing.tpot_s, 2.5e-3 + 1e-6);
    near(timing.own_prompt_s, 1e-3);
}

#[test]
fn memory_holds_what_is_left_after_weights_and_reserve() {
    // 90 % of 3.1 GB less 2 GB less 22 MB is 768 MB; 20 MB each makes 38, and 76 requests go through in two rounds.
    assert_eq!(batch_max(&small(), &reader(), &alone(), &load(1.0)), Ok(38.0));
    let one = timing(&small(), &reader(), &alone(), &load(38.0), &plain()).unwrap();
    let two = timing(&small(), &reader(), &alone(), &load(76.0), &plain()).unwrap();
    assert_eq!((one.rounds, two.rounds, two.batch), (1.0, 2.0, 38.0));
    near(two.end_to_end_s, 2.0 * one.end_to_end_s);
    assert_eq!(two.parts.bound(), Bound::Capacity, "half of the time is waiting");
}

#[test]
fn the_engine_has_its_own_time_per_layer() {
    let time = |backend| {
        let deployment = Deployment { backend, ..alone() };
        timing(&small(), &reader(), &deployment, &load(1.0), &plain()).unwrap().parts.layers_s
    };
    near(time(Backend::TrtLlm), 0.4995);
    near(time(Backend::Sglang), 1.998);
    near(time(Backend::Other), 0.999);
}

#[test]
fn a_small_batch_does_not_touch_every_expert() {
    let experts = FeedForward::Experts {
        experts: 4.0,
        active: 2.0,
        width: 2000.0,
        shared: 0.0,
        dense_layers: 0.0,
        dense_width: 0.0,
    };
    let model = Model { feed_forward: experts, ..small() };
    let memory =
        |concurrency| timing(&model, &reader(), &alone(), &load(concurrency), &plain()).unwrap().parts.memory_s / 999.0;
    // Attention 4 million weights, router 4,000, head 1 million; four experts of 6 million: half of them, then 3/4.
    near(memory(1.0), (2.0 * (4e6 + 4e3 + 1e6 + 12e6) + 20e6) / 42e9);
    near(memory(2.0), (2.0 * (4e6 + 4e3 + 1e6 + 18e6) + 40e6) / 42e9);
}

#[test]
fn two_gpus_share_weights_and_cache_and_talk() {
    let pair = Deployment { tensor_parallel: 2, ..alone() };
    let gpu = Gpu { link_bytes_per_s: 4e9, ..reader() };
    let constants = Constants { reduce_s: 1e-3, ..plain() };
    let parts = timing(&small(), &gpu, &pair, &load(1.0), &constants).unwrap().parts;
    near(parts.memory_s, 0.4995);
    // Two all-reduces of 1 ms, and 8 × 1 layer × 1,000 × ½ = 4,000 bytes per token over 4 GB/s: a microsecond.
    near(parts.reduce_s, 999.0 * (2e-3 + 1e-6));
}

#[test]
fn a_prefix_cache_saves_arithmetic_of_the_prompt_only() {
    let gpu = Gpu { bf16_flops: 1e12, ..reader() };
    let time = |share| {
        let load = Load { prefix_hit_share: share, ..load(1.0) };
        timing(&small(), &gpu, &alone(), &load, &plain()).unwrap()
    };
    // 2 × 10 million weights × 4,500 tokens and 4,500² × 2,000 for looking back, at 10¹² per second.
    near(time(0.0).own_prompt_s, 1e-3 + 0.09 + 0.0405);
    near(time(0.5).own_prompt_s, 1e-3 + 0.045 + 0.75 * 0.0405);
    near(time(0.5).parts.memory_s, time(0.0).parts.memory_s);
}

#[test]
fn published_sizes_come_out_of_the_table() {
    let sizes = [
        ("meta-llama/Llama-3.1-70B", 70.6),
        ("nvidia/Llama-3.1-8B-Instruct-FP8", 8.0),
        ("Qwen/Qwen3-32B", 32.8),
        ("Qwen/Qwen3-235B-A22B-FP8", 235.1),
        ("MiniMaxAI/MiniMax-M2.5", 228.7),
        ("openai/gpt-oss-120b", 116.8),
        ("nvidia/DeepSeek-V3.1-NVFP4", 671.0),
        ("moonshotai/Kimi-K2.5", 1026.4),
        ("zhipuai/GLM-5", 743.9),
        ("Qwen/Qwen3.5-397B-A17B", 396.3),
    ];
    for (path, billions) in sizes {
        let found = model(path).unwrap().parameters() / 1e9;
        assert!((found - billions).abs() < 0.051, "{path}: {found}");
    }
    assert_eq!(models().len(), sizes.len());
    assert!(model("meta-llama/Llama-2-70b").is_none());
}

#[test]
fn every_gpu_of_the_table_can_be_computed_with_and_names_its_sources() {
    for gpu in gpus() {
        assert_eq!(gpu.check(), Ok(()), "{}", gpu.name);
        let figures = [
            ("hbm_bytes", true),
            ("hbm_bytes_per_s", true),
            ("bf16_flops", true),
            ("link_bytes_per_s", true),
            ("fp8_flops", gpu.fp8_flops.is_some()),
            ("fp4_flops", gpu.fp4_flops.is_some()),
        ];
        for (figure, there) in figures {
            assert_eq!(source(&gpu.name, figure).is_some(), there, "{} {figure}", gpu.name);
        }
    }
}

#[test]
fn one_measured_point_pulls_by_a_power_that_falls_with_distance() {
    let (model, gpu) = (small(), reader());
    let predicted = timing(&model, &gpu, &alone(), &load(1.0), &plain()).unwrap().end_to_end_s;
    let point = Measured { deployment: alone(), load: load(1.0), end_to_end_s: 2.0 * predicted };
    let calibration = Calibration::new(&model, &gpu, &plain(), &[point]).unwrap();
    let pull = |concurrency| calibration.pull(&alone(), &load(concurrency));
    near(pull(1.0).weight, 0.95);
    near(pull(1.0).ratio, libm::pow(2.0, 0.95));
    // Two doublings of the requests in flight: 0.95 × e^−0.4.
    near(pull(4.0).weight, 0.95 * libm::exp(-0.4));
    near(pull(4.0).ratio, libm::pow(2.0, 0.95 * libm::exp(-0.4)));
    let none = Calibration::new(&model, &gpu, &plain(), &[]).unwrap();
    assert_eq!(none.pull(&alone(), &load(1.0)), Pull { ratio: 1.0, weight: 0.0 });
}

#[test]
fn equal_points_share_their_pull() {
    let (model, gpu) = (small(), reader());
    let predicted = timing(&model, &gpu, &alone(), &load(1.0), &plain()).unwrap().end_to_end_s;
    let point = Measured { deployment: alone(), load: load(1.0), end_to_end_s: 2.0 * predicted };
    let calibration = Calibration::new(&model, &gpu, &plain(), &[point, point]).unwrap();
    // Each weighs 0.95 ÷ 1.95: together hardly more than one, and never more than the points themselves say.
    near(calibration.pull(&alone(), &load(1.0)).ratio, libm::pow(2.0, 2.0 * 0.95 / 1.95));
}

#[test]
fn measured_points_of_the_same_deployment_beat_the_model() {
    let (model, gpu) = (small(), reader());
    let measured: Vec<Measured> = [(1.0, 10.0), (4.0, 20.0)]
        .into_iter()
        .map(|(concurrency, seconds)| Measured { deployment: alone(), load: load(concurrency), end_to_end_s: seconds })
        .collect();
    let ask = |concurrency| {
        let question = Question { model: &model, gpu: &gpu, deployment: alone(), load: load(concurrency) };
        answer(&question, &measured).unwrap()
    };
    // 10 s at 1 and 20 s at 4: a third of the way it is 13⅓ s at 2, which is 150 tokens/s.
    let between = ask(2.0);
    assert_eq!(between.evidence, Evidence::Measured);
    near(between.end_to_end_s.value, 40.0 / 3.0);
    near(between.tokens_per_s_per_gpu.value, 150.0);
    let outside = ask(8.0);
    assert_eq!(outside.evidence, Evidence::Modelled, "nothing is extrapolated");
    assert!(outside.notes.iter().any(|note| note.contains("outside the measured points")), "{:?}", outside.notes);
}

#[test]
fn a_front_runs_through_its_points_and_nowhere_else() {
    let front = Front::new(&[(8.0, 300.0), (1.0, 100.0), (2.0, 180.0), (2.0, 180.0)]).unwrap();
    for (concurrency, rate) in [(1.0, 100.0), (2.0, 180.0), (8.0, 300.0)] {
        near(front.at_concurrency(concurrency).unwrap(), rate);
    }
    assert_eq!(front.at_concurrency(0.9), None);
    assert_eq!(front.at_concurrency(8.1), None);
    // A user gets 100 tokens/s at 1, 90 at 2 and 37.5 at 8; a token takes 10, 11.1 and 26.7 ms. At 5 it takes half of
    // the way between the last two, 18.9 ms.
    near(front.at_concurrency(5.0).unwrap(), 5.0 / ((2.0 / 180.0 + 8.0 / 300.0) / 2.0));
    near(front.at_interactivity(90.0, 1.0).unwrap(), 180.0);
    assert_eq!(front.at_interactivity(101.0, 1.0), None, "faster than anything measured");
    assert_eq!(front.at_interactivity(30.0, 1.0), None, "slower than anything measured");
    assert!(Front::new(&[(2.0, 180.0), (2.0, 181.0)]).is_none(), "one concurrency is no curve");
    assert!(Front::new(&[(1.0, 0.0), (2.0, 181.0)]).is_none());
}

#[test]
fn what_cannot_be_asked_is_refused_with_field_found_and_expected() {
    let says = |deployment: Deployment, load: Load| {
        timing(&small(), &reader(), &deployment, &load, &plain()).unwrap_err().to_string()
    };
    let none = Deployment { tensor_parallel: 0, ..alone() };
    assert_eq!(says(none, load(1.0)), "deployment.tensor_parallel is 0, expected a whole number from 1");
    let wide = Deployment { tensor_parallel: 8, data_parallel: 2, ..alone() };
    assert_eq!(
        says(wide, load(1.0)),
        "deployment.tensor_parallel × deployment.data_parallel is 16, expected at most 8 GPUs: the model covers one node"
    );
    let nothing = Load { output_tokens: f64::NAN, ..load(1.0) };
    assert_eq!(says(alone(), nothing), "load.output_tokens is NaN, expected at least 1");
    let all = Load { prefix_hit_share: 1.0, ..load(1.0) };
    assert_eq!(says(alone(), all), "load.prefix_hit_share is 1, expected 0 to below 1");
    let card = Gpu { name: "card".to_owned(), hbm_bytes: 20e6, ..reader() };
    assert_eq!(
        timing(&small(), &card, &alone(), &load(1.0), &plain()).unwrap_err().to_string(),
        "the weights of small take 0.0 GB on each GPU and card has 0.0 GB: use more GPUs, a narrower precision or a \
         larger GPU"
    );
    let other = Deployment { backend: Backend::Sglang, ..alone() };
    let (model, gpu) = (small(), reader());
    let question = Question { model: &model, gpu: &gpu, deployment: alone(), load: load(1.0) };
    let point = Measured { deployment: other, load: load(1.0), end_to_end_s: 1.0 };
    assert_eq!(
        answer(&question, &[point]).unwrap_err().to_string(),
        "measured point 1 has another serving engine than the question: calibrate each by its own points"
    );
}

#[test]
fn a_public_run_is_inside_its_band() {
    // DeepSeek-R1 FP8 on eight H200, SGLang, 1024/1024 tokens, 16 in flight: 0.286 s to the first token, then 16.63 ms
    // each (ai-dynamo/aiconfigurator, silicon_refs.csv).
    let (model, gpu) = (model("deepseek-ai/DeepSeek-R1").unwrap(), gpu("h200_sxm").unwrap());
    let deployment = Deployment {
        tensor_parallel: 8,
        weights: Precision::Fp8,
        cache: CachePrecision::Fp8,
        backend: Backend::Sglang,
        ..alone()
    };
    let load = Load { input_tokens: 1024.0, output_tokens: 1024.0, concurrency: 16.0, prefix_hit_share: 0.0 };
    let answer = answer(&Question { model: &model, gpu: &gpu, deployment, load }, &[]).unwrap();
    let measured = 0.285_88 + 1023.0 * 0.016_63;
    assert!(answer.end_to_end_s.low < measured && measured < answer.end_to_end_s.high, "{answer:?}");
    assert!(answer.ttft_s.0 < 0.286 && 0.286 < answer.ttft_s.1, "{answer:?}");
    assert!(answer.ideal_end_to_end_s < measured);
}
