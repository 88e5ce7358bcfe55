//! `[optimise.fleet]`: the cheapest GPUs for requests of several sizes, as components with a stated number of GPUs.
//!
//! The requests are those of the busiest hour of the busiest month at the component that the fleet replaces.

use marginline_model::Month;
use marginline_model::gpu_mix::{
    Bucket, FleetProblem, Gpu, NODES, Purchase, Replica, Sale, cheapest_fleet, cheapest_mix,
};
use marginline_model::scenario::{Serving, run};
use serde_json::{Value as Json, json};
use toml::{Table, Value};

use super::field::Plan;
use super::ground::Ground;
use super::judge::{Standing, standing_but_for_capacity};
use super::path::{Settings, plain, settings};
use super::space::Chosen;
use crate::error::{EngineError, Result};
use crate::scenario::Run;
use crate::scenario::complete::instances::common;
use crate::scenario::file::{FleetFile, FleetGpuFile, Kind};

/// Types beyond which slices would take minutes.
const LARGEST: usize = 20_000;

/// A fleet, and what it was chosen for.
#[derive(Debug, Clone, PartialEq)]
pub struct FleetFound {
    /// The month whose busiest hour it serves.
    pub month: Month,
    /// Requests per second of that hour, those sent again included.
    pub requests_per_s: f64,
    /// GPUs by component.
    pub gpus: Vec<(String, u64)>,
    /// USD per hour of all of them.
    pub usd_per_hour: f64,
    /// No fleet costs less than this an hour; `None` with slices, which the published programme solves to the end.
    pub bound_usd_per_hour: Option<f64>,
    /// Offers that a limit keeps out, with the reason and why.
    pub left_out: Vec<(String, Standing)>,
    /// Offers that are sold in whole instances only and were rounded up to them, in words.
    pub rounded: Vec<String>,
}

impl FleetFound {
    /// Its part of the JSON document.
    #[must_use]
    pub fn json(&self) -> Json {
        let gpus: serde_json::Map<String, Json> =
            self.gpus.iter().map(|(name, gpus)| (name.clone(), json!(gpus))).collect();
        let out = |(name, standing): &(String, Standing)| json!({"gpu": name, "verdict": standing.word(), "why": standing.why()});
        json!({
            "month": self.month.to_string(),
            "requests_per_s": self.requests_per_s,
            "gpus": gpus,
            "usd_per_hour": self.usd_per_hour,
            "bound_usd_per_hour": self.bound_usd_per_hour,
            "rounded": self.rounded,
            "left_out": self.left_out.iter().map(out).collect::<Vec<_>>(),
        })
    }
}

/// What the fleet has to serve.
struct Asked<'a> {
    file: &'a FleetFile,
    /// Name of the component that it replaces; `None` of `[architecture]`.
    replaces: Option<String>,
    month: Month,
    requests_per_s: f64,
    output_tokens: f64,
    share: f64,
    /// Components beside it that state no share.
    shareless: Vec<String>,
    /// By offer: the number in which the cloud sells it, 1 where one can be had.
    together: Vec<u32>,
}

/// GPUs by offer, and the share of each bucket that each offer serves.
struct Mix {
    gpus: Vec<u64>,
    shares: Vec<Vec<f64>>,
    bound: Option<f64>,
}

/// The cheapest fleet first, then each type alone, where it can serve everything.
pub(super) fn fleets(file: &FleetFile, ground: &Ground<'_>, stated: &Run) -> Result<(FleetFound, Vec<Plan>)> {
    let place = |error: EngineError| if error.place.is_none() { error.at("optimise.fleet") } else { error };
    check(file).map_err(place)?;
    let mut asked = asked(file, stated).map_err(place)?;
    for (offer, gpu) in file.gpu.iter().enumerate() {
        asked.together[offer] = ground.together(asked.patch(&asked.probe(offer))?.patch, name(gpu))?;
    }
    let asked = asked;
    let (mut allowed, mut left_out) = (Vec::new(), Vec::new());
    for (offer, gpu) in file.gpu.iter().enumerate() {
        let probe = asked.patch(&asked.probe(offer))?;
        let run = ground
            .run_patch(probe.patch, 0)
            .map_err(|error| EngineError { what: format!("{}: {}", name(gpu), error.what), ..error })?;
        match standing_but_for_capacity(&run) {
            standing if standing.may_win() => allowed.push(offer),
            standing => left_out.push((name(gpu).to_owned(), standing)),
        }
    }
    if allowed.is_empty() {
        let why: Vec<String> =
            left_out.iter().map(|(name, standing)| format!("{name}: {}", standing.why().unwrap_or_default())).collect();
        return Err(place(
            EngineError::failed(format!("no GPU of the fleet keeps the limits; {}", why.join("; ")))
                .then("add GPUs that do, or change [limits]"),
        ));
    }
    let (mix, rounded) = asked.in_instances(solve(&asked, &allowed).map_err(place)?).map_err(place)?;
    let mut plans = vec![asked.patch(&mix)?];
    for offer in allowed.iter().filter(|_| allowed.len() > 1) {
        // A type that cannot serve everything alone is no candidate.
        if let Ok((alone, _)) = solve(&asked, &[*offer]).and_then(|mix| asked.in_instances(mix)) {
            plans.push(asked.patch(&alone)?);
        }
    }
    plans.dedup_by(|later, first| later.chosen == first.chosen);
    let gpus: Vec<(String, u64)> = file.gpu.iter().map(|gpu| name(gpu).to_owned()).zip(mix.gpus.clone()).collect();
    let usd_per_hour = file.gpu.iter().zip(&mix.gpus).map(|(gpu, gpus)| usd(gpu) * *gpus as f64).sum();
    let found = FleetFound {
        month: asked.month,
        requests_per_s: asked.requests_per_s,
        gpus: gpus.into_iter().filter(|(_, gpus)| *gpus > 0).collect(),
        usd_per_hour,
        bound_usd_per_hour: mix.bound,
        left_out,
        rounded,
    };
    Ok((found, plans))
}

fn name(gpu: &FleetGpuFile) -> &str {
    gpu.name.as_deref().unwrap_or(&gpu.gpu)
}

/// USD of a GPU for an hour; what is no number is none, which no range holds.
fn usd(gpu: &FleetGpuFile) -> f64 {
    let price = plain(&gpu.usd_per_gpu_hour);
    price.as_float().or_else(|| price.as_integer().map(|whole| whole as f64)).unwrap_or(f64::NAN)
}

fn group(gpu: &FleetGpuFile) -> u32 {
    gpu.gpus_per_unit.unwrap_or(1)
}

fn check(file: &FleetFile) -> Result<()> {
    let wrong = |what: String, next: &str| Err(EngineError::failed(what).then(next));
    if file.bucket.is_empty() || file.gpu.is_empty() {
        return wrong("bucket or gpu is empty".into(), "state at least one of each");
    }
    let all: f64 = file.bucket.iter().map(|bucket| bucket.share_percent).sum();
    if file.bucket.iter().any(|bucket| !(0.0..=100.0).contains(&bucket.share_percent)) || (all - 100.0).abs() > 1e-6 {
        return wrong(format!("shares of the buckets add up to {all:.4} percent"), "let them add up to 100");
    }
    for (place, bucket) in file.bucket.iter().enumerate() {
        if file.bucket[..place].iter().any(|other| other.name == bucket.name) {
            return wrong(format!("two buckets are named {:?}", bucket.name), "give each a name of its own");
        }
    }
    for (place, gpu) in file.gpu.iter().enumerate() {
        if file.gpu[..place].iter().any(|other| name(other) == name(gpu)) {
            return wrong(format!("two GPUs are named {:?}", name(gpu)), "give each a name of its own");
        }
        if gpu.requests_per_s.len() != file.bucket.len() {
            let (found, buckets) = (gpu.requests_per_s.len(), file.bucket.len());
            let what = format!("requests_per_s of {} holds {found} numbers for {buckets} buckets", name(gpu));
            return wrong(what, "state one for each bucket, 0 where it cannot serve it");
        }
        let ranges = gpu.requests_per_s.iter().all(|rate| *rate == 0.0 || (1e-9..=1e9).contains(rate));
        if !ranges || !(0.0..=1e9).contains(&usd(gpu)) || !(1..=1_024).contains(&group(gpu)) {
            let what = format!("a figure of {} is out of range", name(gpu));
            return wrong(what, "requests_per_s is 0 or 1e-9 to 1e9, a price 0 to 1e9, gpus_per_unit 1 to 1024");
        }
    }
    let Some(slices) = file.slice_factor else {
        return match file.spot_percent {
            Some(percent) if !(0.0..=100.0).contains(&percent) => {
                wrong(format!("spot_percent is {percent}"), "state 0 to 100")
            }
            _ if file.spare_units > 1_000 => wrong(format!("spare_units is {}", file.spare_units), "state 0 to 1000"),
            _ => Ok(()),
        };
    };
    let more =
        file.spare_units > 0 || file.spot_percent.is_some() || file.gpu.iter().any(|gpu| gpu.available.is_some());
    if more {
        return wrong(
            "slice_factor is of the published programme, which knows no spare_units, spot_percent or available".into(),
            "leave slice_factor out: any share of a bucket may then go anywhere",
        );
    }
    if slices == 0 || file.bucket.len() * file.gpu.len() * slices as usize > LARGEST {
        return wrong(
            format!("slice_factor is {slices}"),
            "state 1 or more, at most 20,000 slices over buckets and GPUs",
        );
    }
    Ok(())
}

fn asked<'a>(file: &'a FleetFile, stated: &Run) -> Result<Asked<'a>> {
    let components = stated.resolved.file.components();
    let own: Vec<usize> = (0..components.len()).filter(|at| components[*at].1.kind == Kind::OwnGpus).collect();
    let place = match (&file.component, own.as_slice()) {
        (Some(wanted), _) => own.iter().copied().find(|at| components[*at].1.name.as_ref() == Some(wanted)),
        (None, [one]) => Some(*one),
        (None, _) => None,
    };
    let place = place.ok_or_else(|| {
        EngineError::failed("it does not name one component of own GPUs that it replaces")
            .then("state component in [optimise.fleet], or kind = \"own-gpus\" in the file")
    })?;
    let mut inputs = stated.resolved.inputs.clone();
    let component = &mut inputs.components[place];
    if let Serving::OwnGpus(gpus) = &mut component.serving {
        // What it has now does not limit what it is asked to serve.
        gpus.stated_gpus = None;
    }
    let output_tokens = component.tokens(inputs.demand.tokens).output;
    let share = component.share;
    let busiest = run(&inputs)
        .into_iter()
        .filter_map(|month| Some((month.month, month.sheet.capacity.get(place).copied().flatten()?)))
        .max_by(|a, b| {
            let peaks = a.1.peak_output_tokens_per_s.total_cmp(&b.1.peak_output_tokens_per_s);
            peaks.then(b.0.cmp(&a.0))
        });
    let (month, requests_per_s) = busiest
        .map(|(month, capacity)| (month, capacity.peak_output_tokens_per_s / output_tokens))
        .filter(|(_, rate)| rate.is_finite() && *rate > 0.0)
        .ok_or_else(|| EngineError::failed("no request comes to the component that it replaces"))?;
    let replaces = components[place].1.name.clone();
    let others = components.iter().enumerate().filter(|(at, _)| *at != place);
    let mut shareless = Vec::new();
    for (_, (_, other)) in others {
        let other_name = other.name.clone().unwrap_or_default();
        if file.gpu.iter().any(|gpu| name(gpu) == other_name) {
            return Err(EngineError::failed(format!("a component is named {other_name:?} already"))
                .then("give the GPU of the fleet a name of its own"));
        }
        if other.share_percent.is_none() {
            shareless.push(other_name);
        }
    }
    let together = vec![1; file.gpu.len()];
    Ok(Asked { file, replaces, month, requests_per_s, output_tokens, share, shareless, together })
}

fn solve(asked: &Asked<'_>, allowed: &[usize]) -> Result<Mix> {
    let file = asked.file;
    let rates: Vec<f64> =
        file.bucket.iter().map(|bucket| asked.requests_per_s * bucket.share_percent / 100.0).collect();
    let (offers, buckets) = (file.gpu.len(), file.bucket.len());
    let mut gpus = vec![0; offers];
    let mut shares = vec![vec![0.0; offers]; buckets];
    if let Some(slices) = file.slice_factor {
        let types: Vec<Gpu> = allowed
            .iter()
            .map(|offer| {
                let gpu = &file.gpu[*offer];
                let usd_per_hour = usd(gpu) * f64::from(group(gpu));
                Gpu { usd_per_hour, capacity: gpu.requests_per_s.clone() }
            })
            .collect();
        let found = cheapest_mix(&rates, &types, slices).ok_or_else(|| {
            EngineError::failed("there is a bucket that no GPU can serve").then("add a GPU that serves it")
        })?;
        for (at, offer) in allowed.iter().enumerate() {
            gpus[*offer] = found.counts[at] * u64::from(group(&file.gpu[*offer]));
            for (bucket, served) in shares.iter_mut().zip(&found.shares) {
                bucket[*offer] = served[at];
            }
        }
        return Ok(Mix { gpus, shares, bound: None });
    }
    let found =
        cheapest_fleet(&problem(file, &rates, allowed)).map_err(|error| EngineError::failed(error.to_string()))?;
    // Each offer is a type of its own, named by its place.
    let offer = |gpu: &str| gpu.parse::<usize>().unwrap_or_default();
    for held in &found.held {
        gpus[offer(&held.gpu)] += held.gpus();
    }
    for part in &found.parts {
        if let Some(bucket) = file.bucket.iter().position(|bucket| bucket.name == part.bucket) {
            shares[bucket][offer(&part.gpu)] += part.share;
        }
    }
    Ok(Mix { gpus, shares, bound: Some(found.bound_usd_per_hour) })
}

fn problem(file: &FleetFile, rates: &[f64], allowed: &[usize]) -> FleetProblem {
    let anywhere = "anywhere";
    let bucket = |(bucket, rate): (&crate::scenario::file::BucketFile, &f64)| Bucket {
        name: bucket.name.clone(),
        rate: *rate,
        regions: None,
    };
    let replica = |offer: &usize| Replica {
        gpu: offer.to_string(),
        group: group(&file.gpu[*offer]),
        capacity: file.gpu[*offer].requests_per_s.iter().map(|rate| (*rate > 0.0).then_some(*rate)).collect(),
    };
    let sale = |offer: &usize| Sale {
        gpu: offer.to_string(),
        region: anywhere.to_owned(),
        purchase: if file.gpu[*offer].spot { Purchase::Spot } else { Purchase::OnDemand },
        usd_per_hour: usd(&file.gpu[*offer]),
        gpus: file.gpu[*offer].available.map(u64::from),
    };
    FleetProblem {
        buckets: file.bucket.iter().zip(rates).map(bucket).collect(),
        replicas: allowed.iter().map(replica).collect(),
        sales: allowed.iter().map(sale).collect(),
        stocks: Vec::new(),
        spot_share: file.spot_percent.unwrap_or(100.0) / 100.0,
        spares: file.spare_units,
        nodes: NODES,
    }
}

impl Asked<'_> {
    /// GPUs that come together: whole replicas, on whole instances.
    fn unit(&self, offer: usize) -> u32 {
        common(group(&self.file.gpu[offer]), self.together[offer])
    }

    /// A mix rounded up to what is sold, with what was rounded in words.
    fn in_instances(&self, mut mix: Mix) -> Result<(Mix, Vec<String>)> {
        let mut rounded = Vec::new();
        for (offer, gpu) in self.file.gpu.iter().enumerate().filter(|(offer, _)| self.together[*offer] > 1) {
            let (needed, size) = (mix.gpus[offer], self.together[offer]);
            let whole = needed.next_multiple_of(u64::from(self.unit(offer)));
            if let Some(most) = gpu.available.filter(|most| whole > u64::from(*most)) {
                let what = format!("{whole} GPUs of {} in whole instances of {size}, and {most} can be had", name(gpu));
                return Err(EngineError::failed(format!("the fleet needs {what}"))
                    .then("state available in whole instances, or add another GPU"));
            }
            if whole != needed {
                rounded.push(format!("{needed} × {} are rounded up to {whole}: whole instances of {size}", name(gpu)));
                mix.gpus[offer] = whole;
            }
        }
        Ok((mix, rounded))
    }

    /// A fleet of one offer that serves everything, to ask its limits and keys.
    fn probe(&self, offer: usize) -> Mix {
        let offers = self.file.gpu.len();
        let only = |value: f64| -> Vec<f64> { (0..offers).map(|at| if at == offer { value } else { 0.0 }).collect() };
        let mut gpus = vec![0; offers];
        gpus[offer] = u64::from(self.unit(offer));
        Mix { gpus, shares: vec![only(1.0); self.file.bucket.len()], bound: None }
    }

    /// The fleet as a patch: a component for each offer in use, in place of the one that it replaces.
    ///
    /// A component's rate is what its GPUs give while they work on its part of the requests, so that as many of them are
    /// busy as in the fleet: requests per second × output tokens of one ÷ GPUs busy.
    fn patch(&self, mix: &Mix) -> Result<Plan> {
        let mut components: Vec<Value> = Vec::new();
        if let Some(name) = &self.replaces {
            let gone = [("name".to_owned(), Value::from(name.as_str())), ("remove".to_owned(), Value::from(true))];
            components.push(Value::Table(Table::from_iter(gone)));
        }
        for name in &self.shareless {
            let rest = [("name".to_owned(), Value::from(name.as_str())), ("share_percent".to_owned(), Value::from(0))];
            components.push(Value::Table(Table::from_iter(rest)));
        }
        let (mut set, mut words) = (Settings::new(), Vec::new());
        for (offer, gpu) in self.file.gpu.iter().enumerate().filter(|(offer, _)| mix.gpus[*offer] > 0) {
            let (mut share, mut busy_units) = (0.0, 0.0);
            for ((bucket, shares), carries) in self.file.bucket.iter().zip(&mix.shares).zip(&gpu.requests_per_s) {
                let part = bucket.share_percent / 100.0 * shares[offer];
                share += part;
                // A probe may be asked for what it cannot serve; its capacity is not looked at.
                busy_units += self.requests_per_s * part / if *carries > 0.0 { *carries } else { 1.0 };
            }
            if share <= 0.0 {
                continue;
            }
            let busy_gpus = busy_units * f64::from(group(gpu));
            let rate = self.requests_per_s * share * self.output_tokens / busy_gpus;
            let component = self.component((offer, gpu), (mix.gpus[offer], share, rate))?;
            words.push(format!("{} × {}", mix.gpus[offer], name(gpu)));
            set.extend(
                settings(&component).into_iter().map(|(key, value)| (format!("component.{}.{key}", name(gpu)), value)),
            );
            components.push(Value::Table(component));
        }
        let chosen = Chosen { name: words.join(" + "), set };
        Ok(Plan { chosen, patch: Table::from_iter([("component".to_owned(), Value::Array(components))]) })
    }

    fn component(&self, (offer, gpu): (usize, &FleetGpuFile), (gpus, share, rate): (u64, f64, f64)) -> Result<Table> {
        let rate = [
            ("value".to_owned(), Value::from(rate)),
            ("source".to_owned(), Value::from(gpu.source.as_deref().unwrap_or("requests_per_s of [optimise.fleet]"))),
            ("evidence".to_owned(), Value::from(gpu.evidence.word())),
        ];
        let gpus = i64::try_from(gpus).map_err(|_| EngineError::failed("the fleet has too many GPUs"))?;
        let mut table = gpu.set.clone();
        table.extend([
            ("name".to_owned(), Value::from(name(gpu))),
            ("kind".to_owned(), Value::from("own-gpus")),
            ("gpu".to_owned(), Value::from(gpu.gpu.as_str())),
            ("gpus".to_owned(), Value::from(gpus)),
            ("gpus_per_unit".to_owned(), Value::from(i64::from(self.unit(offer)))),
            ("share_percent".to_owned(), Value::from(100.0 * self.share * share)),
            ("output_tokens_per_s_per_gpu".to_owned(), Value::Table(Table::from_iter(rate))),
            ("usd_per_gpu_hour".to_owned(), gpu.usd_per_gpu_hour.clone()),
        ]);
        Ok(table)
    }
}
