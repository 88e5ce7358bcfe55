//! What holds for every question.

use proptest::prelude::*;

use super::*;

fn questions() -> impl Strategy<Value = (Model, Gpu, Deployment, Load)> {
    let grids = prop::sample::select(vec![(1, 1), (2, 1), (4, 1), (8, 1), (1, 2), (2, 2), (1, 4), (1, 8), (4, 2)]);
    let weights = prop::sample::select(vec![
        Precision::Bf16,
        Precision::Fp8,
        Precision::Nvfp4,
        Precision::Mxfp4,
        Precision::Int4,
    ]);
    let backends = prop::sample::select(vec![Backend::Vllm, Backend::Sglang, Backend::TrtLlm, Backend::Other]);
    let lengths = (1.0..40_000.0_f64, 1.0..10_000.0_f64, 0.0..0.95_f64, 0.0..10.0_f64);
    (prop::sample::select(models()), prop::sample::select(gpus()), grids, weights, backends, lengths).prop_map(
        |(model, gpu, (tensor_parallel, data_parallel), weights, backend, (input, output, hit, doublings))| {
            let cache = if weights == Precision::Bf16 { CachePrecision::Bf16 } else { CachePrecision::Fp8 };
            let deployment = Deployment { tensor_parallel, data_parallel, expert_parallel: 1, weights, cache, backend };
            let load = Load {
                input_tokens: input,
                output_tokens: output,
                concurrency: libm::exp2(doublings).floor(),
                prefix_hit_share: hit,
            };
            (model, gpu, deployment, load)
        },
    )
}

fn asked(model: &Model, gpu: &Gpu, deployment: Deployment, load: Load) -> Option<Answer> {
    answer(&Question { model, gpu, deployment, load }, &[]).ok()
}

proptest! {
    #[test]
    fn figures_are_finite_ordered_and_never_better_than_ideal((model, gpu, deployment, load) in questions()) {
        let Some(answer) = asked(&model, &gpu, deployment, load) else { return Ok(()) };
        for each in [answer.end_to_end_s, answer.tpot_s, answer.tokens_per_s_per_gpu] {
            prop_assert!(each.low.is_finite() && each.high.is_finite() && each.low > 0.0, "{answer:?}");
            prop_assert!(each.low <= each.value && each.value <= each.high, "{answer:?}");
        }
        prop_assert!(answer.ideal_end_to_end_s.is_finite() && answer.ideal_end_to_end_s >= 0.0);
        prop_assert!(answer.ttft_s.0 > 0.0 && answer.ttft_s.0 <= answer.ttft_s.1 && answer.ttft_s.1.is_finite());
        // Also without the floor that an answer has.
        let constants = Constants::of(model.class());
        let time = timing(&model, &gpu, &deployment, &load, &constants).unwrap();
        prop_assert!(answer.ideal_end_to_end_s <= time.end_to_end_s * (1.0 + 1e-12), "{answer:?}");
        prop_assert!((time.parts.total_s() / time.end_to_end_s - 1.0).abs() < 1e-9, "the parts add up");
    }

    #[test]
    fn faster_memory_never_slows_decoding((model, gpu, deployment, load) in questions(), factor in 1.0..4.0_f64) {
        let faster = Gpu { hbm_bytes_per_s: gpu.hbm_bytes_per_s * factor, ..gpu.clone() };
        let (Some(before), Some(after)) =
            (asked(&model, &gpu, deployment, load), asked(&model, &faster, deployment, load)) else { return Ok(()) };
        prop_assert!(after.tpot_s.value <= before.tpot_s.value);
        prop_assert!(after.end_to_end_s.value <= before.end_to_end_s.value);
    }

    #[test]
    fn more_in_flight_never_lowers_throughput((model, gpu, deployment, load) in questions(), more in 1.0..64.0_f64) {
        let busier = Load { concurrency: load.concurrency + more.floor(), ..load };
        let (Some(before), Some(after)) =
            (asked(&model, &gpu, deployment, load), asked(&model, &gpu, deployment, busier)) else { return Ok(()) };
        let (before, after) = (before.tokens_per_s_per_gpu.value, after.tokens_per_s_per_gpu.value);
        prop_assert!(after >= before * (1.0 - 1e-9), "{before} then {after}");
    }

    #[test]
    fn a_longer_hit_never_slows_a_request((model, gpu, deployment, load) in questions(), hit in 0.0..0.95_f64) {
        let other = Load { prefix_hit_share: hit, ..load };
        let (Some(a), Some(b)) =
            (asked(&model, &gpu, deployment, load), asked(&model, &gpu, deployment, other)) else { return Ok(()) };
        if hit >= load.prefix_hit_share {
            prop_assert!(b.end_to_end_s.value <= a.end_to_end_s.value * (1.0 + 1e-12));
        }
    }

    #[test]
    fn a_measured_point_pulls_towards_itself((model, gpu, deployment, load) in questions(), ratio in 0.3..3.0_f64) {
        let Some(free) = asked(&model, &gpu, deployment, load) else { return Ok(()) };
        let point = Measured { deployment, load, end_to_end_s: free.end_to_end_s.value * ratio };
        let there = answer(&Question { model: &model, gpu: &gpu, deployment, load }, &[point]).unwrap();
        let moved = libm::log(there.end_to_end_s.value / free.end_to_end_s.value);
        let asked = libm::log(ratio);
        prop_assert!(moved.abs() <= asked.abs() + 1e-9, "{moved} {asked}");
        prop_assert!(moved * asked >= -1e-9, "{moved} {asked}");
        let width = |answer: &Answer| answer.end_to_end_s.high / answer.end_to_end_s.value;
        prop_assert!(width(&there) <= width(&free) + 1e-12, "a measured point never widens the band");
    }

    #[test]
    fn time_and_throughput_that_rise_from_point_to_point_rise_in_between(
        steps in prop::collection::vec((0.1..3.0_f64, 0.01..0.99_f64), 1..12),
        at in prop::collection::vec(0.0..1.0_f64, 2..20),
    ) {
        // Each step raises throughput by less than the requests in flight, so that a user waits longer.
        let mut points = vec![(1.0, 100.0)];
        for (more, share) in steps {
            let last = points[points.len() - 1];
            points.push((last.0 * (1.0 + more), last.1 * (1.0 + more * share)));
        }
        let front = Front::new(&points).unwrap();
        let last = points[points.len() - 1].0;
        let mut at: Vec<f64> = at.iter().map(|share| 1.0 + share * (last - 1.0)).collect();
        at.sort_by(f64::total_cmp);
        let found: Vec<(f64, f64)> = at.iter().filter_map(|at| Some((*at, front.at_concurrency(*at)?))).collect();
        for pair in found.windows(2) {
            let ((before, low), (after, high)) = (pair[0], pair[1]);
            prop_assert!(high >= low * (1.0 - 1e-9), "throughput {found:?}");
            prop_assert!(after / high >= before / low * (1.0 - 1e-9), "time {found:?}");
        }
        for (at, rate) in found {
            let same = front.at_interactivity(rate / at, 1.0);
            // At the very ends rounding may put the rate outside.
            prop_assert!(same.is_none_or(|same| (same / rate - 1.0).abs() < 1e-6), "{same:?} {rate}");
        }
    }
}
