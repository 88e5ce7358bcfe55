//! What `cargo xtask bench model` times: each line is a name, seconds, and a figure that shows that the work was done.
//!
//! `model_speed draws N T` draws 8 lognormal inputs N times on T threads and adds them up; `model_speed months N T`
//! runs a model of twelve months over the same draws; both as the bench's NumPy script does. `model_speed mix` solves 4
//! GPU types × 64 buckets, `model_speed search` tries 10,000 configurations, `model_speed scenarios` draws 8 scenarios of
//! 36 months 10,000 times each on all threads and runs one of them once.
#![allow(clippy::print_stdout, reason = "a program of its own whose output is read by the bench")]

use std::error::Error;
use std::time::Instant;

use marginline_model::gpu_mix::{
    Bucket, FleetProblem, LatencyTarget, Purchase, Replica, RequestSize, Sale, Stance, capacity_from_serving,
    cheapest_fleet,
};
use marginline_model::scenario::{
    self, Api, Component, Demand as Requests, Evidence, Inputs, Knob, OtherLine, OwnGpus, Revenue, Serving, Spot,
    TokenPrices, TokensPerRequest, Uncertain, Waiting, run,
};
use marginline_model::search::{Demand, Latency, Limits, Served, Space, Unserved, search};
use marginline_model::serving::{
    Backend, CachePrecision, Deployment, Load, Precision, Question, ServingError, answer, gpu, model,
};
use marginline_model::uncertainty::{Distribution, Indefinite, Input, Plan, Sampler, simulate, summarise};

/// Mean and standard deviation of each input: requests, growth, tokens in and out, their prices, a factor, fixed cost.
const INPUTS: [(f64, f64); 8] =
    [(1e6, 2e5), (1.05, 0.02), (1_500.0, 400.0), (2e-6, 5e-7), (300.0, 90.0), (8e-6, 2e-6), (1.1, 0.1), (5e3, 1e3)];

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["draws", draws, threads] => pooled(threads.parse()?, || drawn(draws, false)),
        ["months", draws, threads] => pooled(threads.parse()?, || drawn(draws, true)),
        ["mix"] => mix(),
        ["search"] => searched(),
        ["scenarios"] => scenarios(),
        _ => Err("it is draws N T, months N T, mix, search or scenarios".into()),
    }
}

fn pooled(threads: usize, run: impl FnOnce() -> Result<(), String> + Send) -> Result<(), Box<dyn Error>> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    Ok(pool.install(run)?)
}

fn told(name: &str, start: Instant, figure: f64) {
    println!("{name} {:.6} {figure}", start.elapsed().as_secs_f64());
}

fn drawn(draws: &str, has_months: bool) -> Result<(), String> {
    let draws = draws.parse().map_err(|error| format!("{draws}: {error}"))?;
    let start = Instant::now();
    let input = |(index, (mean, sd)): (usize, &(f64, f64))| {
        Distribution::lognormal(*mean, *sd).map(|distribution| Input { name: format!("input {index}"), distribution })
    };
    let inputs: Result<Vec<Input>, _> = INPUTS.iter().enumerate().map(input).collect();
    let inputs = inputs.map_err(|error| error.to_string())?;
    let sampler = Sampler::new(&inputs, &[], Indefinite::Refuse).map_err(|error| error.to_string())?;
    let plan = Plan { draws, seed: 1, scenario: None };
    let outcomes = simulate(&sampler, plan, 1, |x, out| out[0] = if has_months { year(x) } else { x.iter().sum() });
    let outcomes = outcomes.map_err(|error| error.to_string())?;
    let summary = summarise(&outcomes.outputs[0]).map_err(|error| error.to_string())?;
    told(if has_months { "months" } else { "draws" }, start, summary.mean);
    Ok(())
}

/// Cost of twelve months of growing requests.
fn year(x: &[f64]) -> f64 {
    let per_request = (x[2] * x[3] + x[4] * x[5]) * x[6];
    let mut requests = x[0];
    let mut total = 0.0;
    for _ in 0..12 {
        total += requests * per_request + x[7];
        requests *= x[1];
    }
    total
}

fn deployment(tensor_parallel: u32) -> Deployment {
    Deployment {
        tensor_parallel,
        data_parallel: 1,
        expert_parallel: 1,
        weights: Precision::Fp8,
        cache: CachePrecision::Bf16,
        backend: Backend::Vllm,
    }
}

const GPUS: [(&str, f64); 4] = [("h100_sxm", 1.69), ("h200_sxm", 1.74), ("b200_sxm", 2.34), ("b300_sxm", 2.808)];

/// Llama 3.1 70B under 50 ms a token, prompts of 128 to 16k tokens and answers of 16 to 2k.
fn mix() -> Result<(), Box<dyn Error>> {
    let llama = model("Llama-3.1-70B").ok_or("no such model")?;
    let start = Instant::now();
    let sizes: Vec<RequestSize> = (0..64)
        .map(|index| RequestSize {
            input_tokens: f64::from(128 << (index / 8)),
            output_tokens: f64::from(16 << (index % 8)),
            prefix_hit_share: 0.0,
        })
        .collect();
    let target = LatencyTarget { ttft_s: None, tpot_s: Some(0.05) };
    let mut replicas = Vec::new();
    for (name, _) in GPUS {
        let gpu = gpu(name).ok_or("no such GPU")?;
        let capacity: Result<Vec<Option<f64>>, _> = sizes
            .iter()
            .map(|size| capacity_from_serving((&llama, &gpu, deployment(4)), *size, target, Stance::Estimate, &[]))
            .map(|found| found.map(|found| found.map(|(rate, _)| rate)))
            .collect();
        replicas.push(Replica { gpu: name.to_owned(), group: 4, capacity: capacity? });
    }
    told("capacity", start, replicas.iter().flat_map(|replica| replica.capacity.iter().flatten()).sum());
    // Many short requests and few long ones, 300 a second in all.
    let weights: Vec<f64> = (0..64).map(|index| 1.0 / f64::from(1 + (index / 8) * (index % 8))).collect();
    let all: f64 = weights.iter().sum();
    let bucket = |(index, weight): (usize, &f64)| Bucket {
        name: index.to_string(),
        rate: 300.0 * weight / all,
        regions: (index % 8 == 7).then(|| vec!["east".to_owned(), "north".to_owned()]),
    };
    let buckets: Vec<Bucket> = weights.iter().enumerate().map(bucket).collect();
    let sale = |gpu: &str, region: &str, purchase, usd_per_hour, gpus| Sale {
        gpu: gpu.to_owned(),
        region: region.to_owned(),
        purchase,
        usd_per_hour,
        gpus,
    };
    let plain: Vec<Sale> = GPUS.iter().map(|(name, usd)| sale(name, "east", Purchase::OnDemand, *usd, None)).collect();
    let mut full = Vec::new();
    for (index, region) in ["east", "west", "north"].into_iter().enumerate() {
        for (name, usd) in GPUS {
            let usd = usd * (1.0 + 0.07 * index as f64);
            full.push(sale(name, region, Purchase::OnDemand, usd, None));
            full.push(sale(name, region, Purchase::Reserved, usd * 0.7, Some(16)));
            full.push(sale(name, region, Purchase::Spot, usd * 0.45, Some(24)));
        }
    }
    for (name, sales, spares) in [("mix", plain, 0), ("mix-full", full, 1)] {
        let asked = FleetProblem {
            buckets: buckets.clone(),
            replicas: replicas.clone(),
            sales,
            stocks: Vec::new(),
            spot_share: 0.3,
            spares,
            nodes: nodes(),
        };
        let start = Instant::now();
        let fleet = cheapest_fleet(&asked)?;
        told(name, start, fleet.usd_per_hour);
        println!("  gap {:.5}, {} nodes, {:?}", fleet.gap(), fleet.nodes, fleet.alternatives);
    }
    Ok(())
}

fn nodes() -> u64 {
    std::env::var("NODES").ok().and_then(|nodes| nodes.parse().ok()).unwrap_or(marginline_model::gpu_mix::NODES)
}

/// 4 GPUs × 4 groups × 25 numbers in flight × 5 regions × 5 contracts.
fn searched() -> Result<(), Box<dyn Error>> {
    let llama = model("Llama-3.1-70B").ok_or("no such model")?;
    let gpus: Result<Vec<_>, _> = GPUS.iter().map(|(name, _)| gpu(name).ok_or("no such GPU")).collect();
    let gpus = gpus?;
    let names = |prefix: &str| (0..5).map(|index| format!("{prefix} {index}")).collect::<Vec<_>>();
    let space = Space {
        gpus: GPUS.iter().map(|(name, _)| (*name).to_owned()).collect(),
        groups: vec![1, 2, 4, 8],
        in_flight: (1..=25).map(|step| step * step).collect(),
        regions: names("region"),
        contracts: names("contract"),
    };
    let serving = |name: &str, group: u32, in_flight: u32| {
        let gpu = gpus.iter().find(|gpu| gpu.name == name).ok_or(Unserved::Unknown)?;
        let load = Load {
            input_tokens: 2_000.0,
            output_tokens: 400.0,
            concurrency: f64::from(in_flight),
            prefix_hit_share: 0.0,
        };
        let found = answer(&Question { model: &llama, gpu, deployment: deployment(group), load }, &[]);
        let found = found.map_err(|error| match error {
            ServingError::Memory { .. } => Unserved::Memory,
            _ => Unserved::Unknown,
        })?;
        let requests_per_s = f64::from(in_flight) / found.end_to_end_s.value;
        Ok(Served {
            ttft_s: found.ttft_s.1,
            tpot_s: found.tpot_s.value,
            end_to_end_s: found.end_to_end_s.value,
            requests_per_s,
            output_tokens_per_s: requests_per_s * 400.0,
        })
    };
    let digit = |text: &str| text.bytes().last().map_or(0.0, |last| f64::from(last - b'0'));
    let price = |gpu: &str, region: &str, contract: &str| {
        let of = GPUS.iter().find(|(name, _)| *name == gpu)?;
        (digit(region) != digit(contract)).then(|| of.1 * (1.0 + 0.05 * digit(region)) * (1.0 - 0.1 * digit(contract)))
    };
    let limits = Limits { tpot_s: Some(0.05), ttft_s: Some(2.0), ..Limits::default() };
    let start = Instant::now();
    let found = search(&space, &limits, (Demand::RequestsPerS(100.0), Latency::Tpot), serving, price)?;
    told("search", start, found.front.iter().map(|one| one.cost).sum());
    println!("  {} tried, {} on the front, {:?}", found.tried, found.front.len(), found.lost);
    Ok(())
}

/// A scenario of 36 months: an API, own GPUs, those with a target for waiting, or a hybrid that overflows to the API.
fn scenario(kind: usize) -> Result<Inputs, Box<dyn Error>> {
    let prices = TokenPrices { input_usd_per_mtok: 1.0, output_usd_per_mtok: 5.0, ..TokenPrices::default() };
    let api = Serving::Api(Api::at(prices));
    let gpus = OwnGpus { gpus_per_unit: 8, spare_units: 1, ..OwnGpus::on_demand(140.0, 2.35) };
    let waiting = Waiting { slots_per_unit: 16, longest: 0.1, share_in_time: 0.95, max_occupancy: 0.9 };
    let load = scenario::Load::of_week(&scenario::week_of(&scenario::CONSUMER_CHAT_DAY)).ok_or("no week")?;
    let serving = match kind % 4 {
        0 => api.clone(),
        1 => Serving::OwnGpus(OwnGpus {
            spot: Some(Spot { share: 0.3, usd_per_gpu_hour: 1.2, useful_share: 0.9 }),
            ..gpus
        }),
        2 => Serving::OwnGpus(OwnGpus { waiting: Some(waiting), ..gpus }),
        _ => Serving::OwnGpus(OwnGpus { stated_gpus: Some(64), overflow: Some(1), ..gpus }),
    };
    let mut components = vec![Component::whole("first", Evidence::Published, load.clone(), serving)];
    if kind % 4 == 3 {
        components.push(Component { share: 0.0, ..Component::whole("rest", Evidence::Published, load, api) });
    }
    let inputs = Inputs {
        start: "2026-11".parse()?,
        months: 36,
        demand: Requests::growing(
            20e6,
            0.03,
            TokensPerRequest { input: 1_500.0, output: 300.0, ..TokensPerRequest::default() },
        ),
        revenue: Revenue { usd_per_request: 0.01, ..Revenue::default() },
        components,
        other: (0..5)
            .map(|line| OtherLine {
                usd_per_request: 1e-5,
                ..OtherLine::named(&format!("line {line}"), Evidence::Billed)
            })
            .collect(),
        exchange: Vec::new(),
    };
    inputs.check()?;
    Ok(inputs)
}

fn scenarios() -> Result<(), Box<dyn Error>> {
    let all: Vec<Inputs> = (0..8).map(scenario).collect::<Result<_, _>>()?;
    let mut sum = 0.0;
    let start = Instant::now();
    for inputs in &all {
        let mut knobs = vec![
            (Knob::RequestsPerMonth, Distribution::lognormal(20e6, 4e6)?),
            (Knob::GrowthPerMonth, Distribution::normal(0.03, 0.01)?),
            (Knob::PromptTokens, Distribution::lognormal(1_500.0, 300.0)?),
            (Knob::OutputTokens, Distribution::pert(200.0, 300.0, 450.0)?),
            (Knob::RevenueUsdPerRequest, Distribution::triangular(0.008, 0.01, 0.011)?),
        ];
        match inputs.components[0].serving {
            Serving::Api(_) => knobs.push((Knob::OutputUsdPerMtok(0), Distribution::uniform(3.0, 6.0)?)),
            Serving::OwnGpus(_) => knobs.extend([
                (Knob::OutputTokensPerSPerGpu(0), Distribution::lognormal_between(110.0, 170.0)?),
                (Knob::UsdPerGpuHour(0), Distribution::pert(1.9, 2.35, 3.2)?),
            ]),
        }
        let uncertain: Vec<Uncertain> = knobs
            .into_iter()
            .map(|(knob, distribution): (Knob, _)| Uncertain { name: knob.to_string(), knob, distribution })
            .collect();
        let plan = Plan { draws: 10_000, seed: 1, scenario: None };
        let simulated = scenario::simulate(inputs, &uncertain, &[], plan)?;
        sum += summarise(&simulated.total_margin_usd())?.mean;
    }
    told("scenarios", start, sum);
    let start = Instant::now();
    let months = run(&all[3]);
    told("run", start, months.iter().map(|month| month.totals.cost_usd).sum());
    Ok(())
}
