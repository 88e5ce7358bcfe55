//! `gpu-mix`: the programme as published, or with offers, groups, stock, spot, residency and spares where one of these
//! is given.

use marginline_model::gpu_mix::{
    self as model, Bucket, FleetProblem, Gpu, MixError, NODES, Purchase, Replica, Sale, Stock, Why,
};
use serde_json::Value;

use super::Refusal;
use super::answer::{Answer, figure, maybe, named};
use super::field::{Field, Notes};

/// Most buckets × types × slices: what is solved in about a second.
const LARGEST: usize = 20_000;
/// Most steps of the search.
const MOST_NODES: f64 = 100_000.0;

/// Fields that ask for more than the published programme.
const MORE: [&str; 4] = ["spot_share", "spares", "residency", "search_steps"];
/// The same, of a type of GPU.
const MORE_OF_GPU: [&str; 3] = ["offers", "group", "stock"];

/// The cheapest mix of GPU types.
pub(super) fn gpu_mix(input: &Field, notes: &mut Notes) -> Result<Answer, Refusal> {
    input.knows(&[&["request_rate", "distribution", "gpus", "slice_factor"], MORE.as_slice()].concat(), notes)?;
    let rate = input.get("request_rate").amount()?;
    let distribution = input.get("distribution");
    let (shape, shares) = grid(&distribution)?;
    let all: f64 = shares.iter().sum();
    if (all - 1.0).abs() > 1e-6 {
        return Err(distribution.refuse_as(format!("shares that add up to {all}"), "shares that add up to 1"));
    }
    let rates: Vec<f64> = shares.iter().map(|share| share * rate).collect();
    let gpus = input.get("gpus").some_items()?;
    let has = |field: &Field, names: &[&str]| names.iter().any(|name| field.get(name).there().is_some());
    if has(input, &MORE) || gpus.iter().any(|gpu| has(gpu, &MORE_OF_GPU)) {
        return fleet(input, &shape, &rates, notes);
    }
    let slices = input.get("slice_factor");
    let slice_factor = slices.whole_number()?;
    let mut names = Vec::new();
    let mut types = Vec::new();
    for gpu in &gpus {
        gpu.knows(&["name", "usd_per_hour", "tputs"], notes)?;
        let (name, capacity) = type_of(gpu, &shape)?;
        if names.contains(&name) {
            return Err(gpu.get("name").refuse("each name once"));
        }
        names.push(name);
        types.push(Gpu { usd_per_hour: gpu.get("usd_per_hour").amount()?, capacity });
    }
    if shares.len() as f64 * types.len() as f64 * slice_factor > LARGEST as f64 {
        return Err(slices.refuse(format!("at most {LARGEST} slices over all buckets and types")));
    }
    let found = model::cheapest_mix(&rates, &types, slice_factor as u32);
    if found.is_none() {
        notes.tell("there is a bucket that no type can serve");
    }
    let counts =
        found.iter().flat_map(|mix| names.iter().zip(&mix.counts)).map(|(name, count)| (*name, (*count).into()));
    Ok(Answer::of("gpu-mix")
        .put_in("GPUs by type", "counts", named(counts))
        .put("usd_per_hour", maybe(found.as_ref().map(|mix| mix.usd_per_hour)))
        .put_in("requests per second", "request_rate", figure(rate)))
}

/// Name of a type, and requests per second by bucket.
fn type_of<'a>(gpu: &Field<'a>, shape: &[usize]) -> Result<(&'a str, Vec<f64>), Refusal> {
    let tputs = gpu.get("tputs");
    let (found, capacity) = grid(&tputs)?;
    if found != shape {
        return Err(tputs.refuse_as(format!("rows of {found:?}"), format!("rows of {shape:?}, as distribution has")));
    }
    Ok((gpu.get("name").text()?, capacity))
}

/// Numbers of 0 or more in rows: the lengths of the rows, and all numbers.
fn grid(field: &Field) -> Result<(Vec<usize>, Vec<f64>), Refusal> {
    let rows = field.some_items()?.iter().map(Field::amounts).collect::<Result<Vec<_>, _>>()?;
    Ok((rows.iter().map(Vec::len).collect(), rows.concat()))
}

/// The whole programme.
fn fleet(input: &Field, shape: &[usize], rates: &[f64], notes: &mut Notes) -> Result<Answer, Refusal> {
    let mut asked = FleetProblem {
        buckets: buckets(&input.get("residency"), shape, rates)?,
        replicas: Vec::new(),
        sales: Vec::new(),
        stocks: Vec::new(),
        spot_share: input.get("spot_share").there().map_or(Ok(1.0), Field::share)?,
        spares: small(&input.get("spares"), 0.0, 1_000.0)? as u32,
        nodes: small(&input.get("search_steps"), NODES as f64, MOST_NODES)? as u64,
    };
    for gpu in input.get("gpus").some_items()? {
        gpu.knows(&[&["name", "usd_per_hour", "tputs"], MORE_OF_GPU.as_slice()].concat(), notes)?;
        let (name, capacity) = type_of(&gpu, shape)?;
        let group = small(&gpu.get("group"), 1.0, 1_024.0)?;
        if group < 1.0 {
            return Err(gpu.get("group").refuse("a whole number of 1 or more"));
        }
        let is_new = asked.replicas.iter().all(|replica| replica.gpu != name);
        let capacity = capacity.into_iter().map(|rate| (rate > 0.0).then_some(rate)).collect();
        if asked.replicas.iter().any(|replica| replica.gpu == name && f64::from(replica.group) == group) {
            return Err(gpu.get("group").refuse("each name and group once"));
        }
        asked.replicas.push(Replica { gpu: name.to_owned(), group: group as u32, capacity });
        let (offers, stock) = (gpu.get("offers"), gpu.get("stock"));
        if is_new {
            asked.sales.extend(sales(&gpu, name, notes)?);
        } else if let Some(again) = [&offers, &stock].into_iter().find_map(|field| field.there()) {
            return Err(again.refuse("nothing, since an earlier group of this type has its offers and stock"));
        }
        if stock.there().is_some() {
            for (region, gpus) in stock.fields()? {
                let gpus = small(&gpus, 0.0, 1e9)? as u64;
                asked.stocks.push(Stock { gpu: name.to_owned(), region: region.to_owned(), gpus });
            }
        }
    }
    answered(input, &asked, notes)
}

/// A whole number from 0, or what stands for an absent one.
fn small(field: &Field, absent: f64, most: f64) -> Result<f64, Refusal> {
    let Some(field) = field.there() else { return Ok(absent) };
    let number = field.amount()?;
    let fits = number.fract() == 0.0 && number <= most;
    if fits { Ok(number) } else { Err(field.refuse(format!("a whole number from 0 to {most}"))) }
}

/// Buckets by place in the grid, row before column, both from 1.
fn buckets(residency: &Field, shape: &[usize], rates: &[f64]) -> Result<Vec<Bucket>, Refusal> {
    let places = shape.iter().enumerate().flat_map(|(row, columns)| (0..*columns).map(move |column| (row, column)));
    let rows = residency.there().map(Field::items).transpose()?;
    let mut buckets = Vec::new();
    for ((row, column), rate) in places.zip(rates) {
        let mut regions = None;
        if let Some(rows) = &rows {
            let wrong = || residency.refuse(format!("rows of {shape:?}, as distribution has"));
            let cells = rows.get(row).ok_or_else(wrong)?.items()?;
            let cell = cells.get(column).ok_or_else(wrong)?;
            // A null in a list is a value: every region is allowed.
            if let Ok(words) = cell.items() {
                regions = Some(words.iter().map(|word| word.text().map(str::to_owned)).collect::<Result<_, _>>()?);
            } else if !cell.is_null() {
                return Err(cell.refuse("a list of regions, or null for all"));
            }
        }
        buckets.push(Bucket { name: format!("{}/{}", row + 1, column + 1), rate: *rate, regions });
    }
    Ok(buckets)
}

/// The offers of a type; a bare price is one on demand in a region without a name.
fn sales(gpu: &Field, name: &str, notes: &mut Notes) -> Result<Vec<Sale>, Refusal> {
    let offers = gpu.get("offers");
    let sale = |region: &str, purchase, usd_per_hour, gpus| Sale {
        gpu: name.to_owned(),
        region: region.to_owned(),
        purchase,
        usd_per_hour,
        gpus,
    };
    if offers.there().is_none() {
        return Ok(vec![sale("", Purchase::OnDemand, gpu.get("usd_per_hour").amount()?, None)]);
    }
    if let Some(price) = gpu.get("usd_per_hour").there() {
        return Err(price.refuse("nothing, since offers are given"));
    }
    let words = [Purchase::OnDemand, Purchase::Reserved, Purchase::Spot].map(|purchase| (purchase.word(), purchase));
    let mut sales = Vec::new();
    for offer in offers.some_items()? {
        offer.knows(&["region", "purchase", "usd_per_hour", "gpus"], notes)?;
        let region = offer.get("region").there().map_or(Ok(""), Field::text)?;
        let purchase = offer.get("purchase").there().map_or(Ok(Purchase::OnDemand), |field| field.choice(&words))?;
        let gpus = offer.get("gpus").there().map(|field| small(field, 0.0, 1e9)).transpose()?;
        sales.push(sale(region, purchase, offer.get("usd_per_hour").amount()?, gpus.map(|gpus| gpus as u64)));
    }
    Ok(sales)
}

fn answered(input: &Field, asked: &FleetProblem, notes: &mut Notes) -> Result<Answer, Refusal> {
    let answer = Answer::of("gpu-mix").put_in(
        "requests per second",
        "request_rate",
        figure(asked.buckets.iter().map(|bucket| bucket.rate).sum()),
    );
    let fleet = match model::cheapest_fleet(asked) {
        Ok(fleet) => fleet,
        Err(MixError::Unserved { bucket, why }) => {
            notes.tell(format!("bucket {bucket} cannot be served: {why}"));
            let fields = [("bucket", Value::from(bucket)), ("reason", reason(&why).into())];
            let empty = named(Vec::<(String, Value)>::new());
            return Ok(answer.put("counts", empty).put("usd_per_hour", Value::Null).put("infeasible", named(fields)));
        }
        Err(error @ MixError::Figure { .. }) => return Err(input.refuse_as(error.to_string(), "figures of usual size")),
        Err(error) => {
            return Err(input.get("search_steps").refuse_as(error.to_string(), "more steps, or fewer buckets"));
        }
    };
    if fleet.gap() > 0.0 {
        notes.tell(format!("the search ended early: a fleet up to {:.2} % cheaper may exist", fleet.gap() * 100.0));
    }
    let mut counts: Vec<(String, u64)> = Vec::new();
    for held in &fleet.held {
        match counts.iter_mut().find(|(gpu, _)| *gpu == held.gpu) {
            Some((_, count)) => *count += held.gpus(),
            None => counts.push((held.gpu.clone(), held.gpus())),
        }
    }
    let held = |held: &model::Held| {
        named([
            ("gpu", held.gpu.as_str().into()),
            ("region", held.region.as_str().into()),
            ("purchase", held.purchase.word().into()),
            ("group", held.group.into()),
            ("replicas", held.replicas.into()),
            ("gpus", held.gpus().into()),
            ("usd_per_hour", figure(held.usd_per_hour)),
        ])
    };
    let part = |part: &model::Part| {
        named([
            ("bucket", part.bucket.as_str().into()),
            ("gpu", part.gpu.as_str().into()),
            ("region", part.region.as_str().into()),
            ("group", part.group.into()),
            ("share", figure(part.share)),
        ])
    };
    let alternative = |one: &model::Alternative| {
        let gpu = one.gpu.as_deref().map_or(Value::Null, Value::from);
        named([("gpu", gpu), ("usd_per_hour", maybe(one.usd_per_hour))])
    };
    Ok(answer
        .put_in("GPUs by type", "counts", named(counts.into_iter().map(|(gpu, count)| (gpu, count.into()))))
        .put("usd_per_hour", figure(fleet.usd_per_hour))
        .put("fleet", fleet.held.iter().map(held).collect())
        .put_in("share of a bucket's requests", "parts", fleet.parts.iter().map(part).collect())
        .put_in(
            "one type alone; gpu null is all types on demand",
            "alternatives",
            fleet.alternatives.iter().map(alternative).collect(),
        )
        .put_in("share of the cost", "gap", figure(fleet.gap())))
}

fn reason(why: &Why) -> &'static str {
    match why {
        Why::Latency => "latency",
        Why::NotSold { .. } => "not_sold",
        Why::Residency { .. } => "residency",
        Why::Stock { .. } => "stock",
        Why::SpotShare { .. } => "spot_share",
        Why::Spares { .. } => "spares",
    }
}
