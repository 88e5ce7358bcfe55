//! What serves the requests: shares, prices, GPUs and where it stands.

use super::Moved;
use super::figure::{As, between};
use super::line::{counted, currency};
use crate::bridge::Driver;
use crate::scenario::bridge::{counterparts, stays};
use crate::scenario::{Api, Committed, Component, Inputs, OwnGpus, Serving, TokenPrices};

/// Inputs of components that both have.
pub(super) fn moved(driver: Driver, from: &Inputs, to: &Inputs) -> Vec<Moved> {
    let pairs = from.components.iter().zip(counterparts(from, to));
    let pairs: Vec<[&Component; 2]> = pairs.filter_map(|(a, at)| Some([a, &to.components[at?]])).collect();
    let is_alone = from.components.len() == 1 && to.components.len() == 1;
    let mut moved = Vec::new();
    if driver == Driver::Placement {
        moved.extend(placement(&pairs));
    }
    for [a, b] in pairs {
        let of = if is_alone { String::new() } else { format!(" of {}", b.label) };
        moved.extend(match (driver, &a.serving, &b.serving) {
            (Driver::Mix, ..) => mix([a, b], [from, to], &of),
            _ if !stays(a, b) => Vec::new(),
            (Driver::Placement, ..) => waits(a, b, &of),
            (Driver::GpuUtilisation, ..) => utilisation(a, b, &of),
            (Driver::ListPrice, Serving::Api(a), Serving::Api(b)) => list_prices(a, b, &of),
            (Driver::NegotiatedRate, Serving::Api(a), Serving::Api(b)) => {
                let name = format!("price level{of}");
                between(&name, a.price_level, b.price_level, As::Percent("of the list")).into_iter().collect()
            }
            (Driver::NegotiatedRate, Serving::OwnGpus(a), Serving::OwnGpus(b)) => commitments(a, b, &of),
            (Driver::GpuRate, Serving::OwnGpus(gpus), Serving::OwnGpus(other)) => {
                let mut moved = gpu_rates(gpus, other, &of);
                moved.extend(currency("", a.currency, b.currency));
                moved
            }
            _ => Vec::new(),
        });
    }
    moved
}

/// Which components stand elsewhere, together: their prices are no drivers of their own.
fn placement(pairs: &[[&Component; 2]]) -> Option<Moved> {
    let elsewhere: Vec<&[&Component; 2]> = pairs.iter().filter(|[a, b]| !stays(a, b)).collect();
    if elsewhere.is_empty() {
        return None;
    }
    let kind = |component: &Component| match component.serving {
        Serving::Api(_) => "an API",
        Serving::OwnGpus(_) => "own GPUs",
    };
    let place = |side: usize| -> Vec<String> {
        elsewhere
            .iter()
            .map(|pair| match pair[side].placement.as_str() {
                "" => kind(pair[side]).to_owned(),
                _ if pair[0].placement == pair[1].placement => {
                    format!("{} ({})", pair[side].placement, kind(pair[side]))
                }
                named => named.to_owned(),
            })
            .collect()
    };
    let to = format!("{}, with prices and rates", place(1).join(" + "));
    Some(Moved::between("", place(0).join(" + "), to).main())
}

fn waits(from: &Component, to: &Component, of: &str) -> Vec<Moved> {
    let months = (from.live_after_months, to.live_after_months);
    between(&format!("wait{of}"), months.0, months.1, As::Number("months")).into_iter().collect()
}

/// Who gets which requests, and how its tokens differ from those of the demand.
fn mix([a, b]: [&Component; 2], [from, to]: [&Inputs; 2], of: &str) -> Vec<Moved> {
    let mut moved = Vec::new();
    let mut figure = |name: &str, a: f64, b: f64, unit| moved.extend(between(&format!("{name}{of}"), a, b, unit));
    figure("share", a.share, b.share, As::Percent("of the requests"));
    figure("failed requests", a.failed_share, b.failed_share, As::Percent(""));
    if stays(a, b) {
        figure("tokenizer ratio", a.tokenizer_ratio, b.tokenizer_ratio, As::Number(""));
        figure("verbosity", a.verbosity, b.verbosity, As::Number(""));
        figure("input ratio", a.ratios.input, b.ratios.input, As::Number(""));
        figure("cache read ratio", a.ratios.cache_read, b.ratios.cache_read, As::Number(""));
        figure("cache write ratio", a.ratios.cache_write, b.ratios.cache_write, As::Number(""));
        if let (Serving::Api(a), Serving::Api(b)) = (&a.serving, &b.serving) {
            figure("batch", a.batch_share, b.batch_share, As::Percent("of the requests"));
        }
    }
    let target = |inputs: &Inputs, place: Option<usize>| {
        let found = place.and_then(|place| inputs.components.get(place));
        found.map_or_else(|| "nobody".to_owned(), |component| component.label.clone())
    };
    let overflow = |component: &Component| match &component.serving {
        Serving::OwnGpus(gpus) => gpus.overflow,
        Serving::Api(_) => None,
    };
    let links = [
        ("who serves until it is live", a.until_live, b.until_live),
        ("who serves what fails", a.fallback, b.fallback),
        ("who takes what it cannot serve", overflow(a), overflow(b)),
    ];
    for (name, mine, theirs) in links {
        let (before, after) = (target(from, mine), target(to, theirs));
        if before != after {
            moved.push(Moved::between(&format!("{name}{of}"), before, after));
        }
    }
    if a.label != b.label {
        moved.push(Moved::between("name", a.label.clone(), b.label.clone()));
    }
    moved
}

fn list_prices(from: &Api, to: &Api, of: &str) -> Vec<Moved> {
    let mut moved = classes("", &from.prices, &to.prices, of);
    let is_priced = |api: &Api| api.batch_share > 0.0 || api.batch_prices != TokenPrices::default();
    if is_priced(from) && is_priced(to) {
        moved.extend(classes("batch ", &from.batch_prices, &to.batch_prices, of));
    }
    moved.extend(between(&format!("fee{of}"), from.usd_per_request, to.usd_per_request, As::Usd("a request")));
    let change = (from.change_per_month, to.change_per_month);
    moved.extend(between(&format!("price change{of}"), change.0, change.1, As::Percent("a month")));
    if from.steps != to.steps && moved.is_empty() {
        moved.push(Moved::named(&format!("prices by length of the prompt{of}")));
    }
    if from.unpriced != to.unpriced && moved.is_empty() {
        moved.push(Moved::named(&format!("classes with a price{of}")));
    }
    moved
}

fn classes(kind: &str, from: &TokenPrices, to: &TokenPrices, of: &str) -> Vec<Moved> {
    [
        ("input", from.input_usd_per_mtok, to.input_usd_per_mtok),
        ("cache reads", from.cache_read_usd_per_mtok, to.cache_read_usd_per_mtok),
        ("cache writes", from.cache_write_usd_per_mtok, to.cache_write_usd_per_mtok),
        ("output", from.output_usd_per_mtok, to.output_usd_per_mtok),
    ]
    .into_iter()
    .filter_map(|(class, a, b)| between(&format!("{kind}{class}{of}"), a, b, As::Usd("per M tokens")))
    .collect()
}

fn commitments(from: &OwnGpus, to: &OwnGpus, of: &str) -> Vec<Moved> {
    if from.committed == to.committed {
        return Vec::new();
    }
    if let ([a], [b]) = (from.committed.as_slice(), to.committed.as_slice()) {
        let mut moved = Vec::new();
        moved.extend(between(&format!("committed GPUs{of}"), f64::from(a.gpus), f64::from(b.gpus), As::Number("")));
        let usd = (a.usd_per_gpu_hour, b.usd_per_gpu_hour);
        moved.extend(between(&format!("committed price{of}"), usd.0, usd.1, As::Usd("a GPU hour")));
        if (a.from, a.to) != (b.from, b.to) {
            moved.push(Moved::between(&format!("committed months{of}"), term(a), term(b)));
        }
        return moved;
    }
    let told = |held: &[Committed]| match held {
        [] => "none".to_owned(),
        [one] => format!("{} GPUs at ${} an hour", one.gpus, one.usd_per_gpu_hour),
        all => format!("{} of {} GPUs", all.len(), all.iter().map(|each| u64::from(each.gpus)).sum::<u64>()),
    };
    let (before, after) = (told(&from.committed), told(&to.committed));
    let name = format!("commitments{of}");
    vec![if before == after { Moved::named(&name) } else { Moved::between(&name, before, after) }]
}

/// `1–12`, or `1 to the end`.
fn term(held: &Committed) -> String {
    let from = held.from + 1;
    held.to.map_or_else(|| format!("{from} on"), |to| format!("{from}\u{2013}{}", to + 1))
}

fn gpu_rates(from: &OwnGpus, to: &OwnGpus, of: &str) -> Vec<Moved> {
    let mut moved = Vec::new();
    if from.by_month == to.by_month {
        let usd = (from.usd_per_gpu_hour, to.usd_per_gpu_hour);
        let name = if of.is_empty() { String::new() } else { format!("price{of}") };
        moved.extend(between(&name, usd.0, usd.1, As::Usd("a GPU hour")));
    } else {
        moved.push(Moved::named(&format!("price by month{of}")));
    }
    let change = (from.change_per_month, to.change_per_month);
    moved.extend(between(&format!("price change{of}"), change.0, change.1, As::Percent("a month")));
    moved.extend(between(&format!("price level{of}"), from.price_level, to.price_level, As::Percent("")));
    match (from.spot, to.spot) {
        (Some(a), Some(b)) => {
            moved.extend(between(&format!("spot share{of}"), a.share, b.share, As::Percent("")));
            let usd = (a.usd_per_gpu_hour, b.usd_per_gpu_hour);
            moved.extend(between(&format!("spot price{of}"), usd.0, usd.1, As::Usd("a GPU hour")));
            let useful = (a.useful_share, b.useful_share);
            moved.extend(between(&format!("useful spot time{of}"), useful.0, useful.1, As::Percent("")));
        }
        (a, b) => {
            let share = (a.map_or(0.0, |spot| spot.share), b.map_or(0.0, |spot| spot.share));
            moved.extend(between(&format!("spot share{of}"), share.0, share.1, As::Percent("")));
            if a.is_some() != b.is_some() && share.0 == share.1 {
                moved.push(Moved::named(&format!("spot{of}")));
            }
        }
    }
    moved
}

/// What makes a GPU busy: its rate, how many there are, and the shape of the week.
fn utilisation(a: &Component, b: &Component, of: &str) -> Vec<Moved> {
    let mut moved = Vec::new();
    if let (Serving::OwnGpus(a), Serving::OwnGpus(b)) = (&a.serving, &b.serving) {
        let rates = (a.output_tokens_per_s_per_gpu, b.output_tokens_per_s_per_gpu);
        moved.extend(between(&format!("output tokens a second of a GPU{of}"), rates.0, rates.1, As::Number("")));
        match (a.input_tokens_per_s_per_gpu, b.input_tokens_per_s_per_gpu) {
            (Some(mine), Some(theirs)) => {
                moved.extend(between(&format!("prompt tokens a second of a GPU{of}"), mine, theirs, As::Number("")));
            }
            (None, None) => {}
            _ => moved.push(Moved::named(&format!("prompts counted apart{of}"))),
        }
        moved.extend(between(&format!("engine speed-up{of}"), a.speedup, b.speedup, As::Number("")));
        let count =
            |name: &str, a: u32, b: u32| between(&format!("{name}{of}"), f64::from(a), f64::from(b), As::Number(""));
        moved.extend(counted(&format!("GPUs{of}"), a.stated_gpus, b.stated_gpus));
        moved.extend(count("GPUs of a unit", a.gpus_per_unit, b.gpus_per_unit));
        moved.extend(count("spare units", a.spare_units, b.spare_units));
        moved.extend(count("copies", a.copies, b.copies));
        if a.is_autoscaled != b.is_autoscaled {
            let words = |is: bool| if is { "by the hour" } else { "for the month" }.to_owned();
            moved.push(Moved::between(&format!("GPUs{of} paid"), words(a.is_autoscaled), words(b.is_autoscaled)));
        }
        if a.waiting != b.waiting {
            moved.push(Moved::named(&format!("the target for waiting{of}")));
        }
    }
    if a.load != b.load {
        let name = format!("busiest hour over the mean{of}");
        let told = between(&name, a.load.peak(), b.load.peak(), As::Number(""));
        moved.push(told.unwrap_or_else(|| Moved::named(&format!("load by hour{of}"))));
    }
    moved
}
