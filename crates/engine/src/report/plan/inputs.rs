//! A month of the plan and the same month as it was, as inputs of the one month function: the bridge needs the same
//! components in both, so what only one of them has stands in the other with no requests and no GPUs.

use marginline_model::scenario::{
    Api, ClassRatios, Component, Demand, Inputs, Load, OtherLine, OwnGpus, Revenue, Serving, TokensPerRequest,
};

use crate::error::{EngineError, Result};
use crate::scenario::calibrate::{fleet_of, served_of};
use crate::scenario::observed::{Fleet, Observed, PaidBy, Served, paid};
use crate::scenario::resolve::Resolved;

/// Plan and actual of a month, aligned.
pub(super) struct Aligned {
    pub(super) plan: Inputs,
    pub(super) actual: Inputs,
    /// What an actual price is made of, in words.
    pub(super) notes: Vec<String>,
}

/// Builds both for the `index`th month of the plan.
///
/// # Errors
/// When the price of a model that served is unknown.
pub(super) fn aligned(resolved: &Resolved, observed: &Observed, index: u32) -> Result<Aligned> {
    let mut plan = Inputs { months: index + 1, ..resolved.inputs.clone() };
    let requests = observed.requests();
    let mut actual = Inputs {
        demand: Demand::growing(requests, 0.0, observed.tokens()),
        revenue: Revenue { usd_per_request: observed.revenue_usd / requests, ..Revenue::default() },
        other: observed.kept.iter().map(kept).collect(),
        ..plan.clone()
    };
    let mut notes = Vec::new();
    let (mut used_served, mut used_fleets) = (vec![false; observed.served.len()], vec![false; observed.fleets.len()]);
    let files = resolved.file.components();
    for (place, component) in actual.components.iter_mut().enumerate() {
        let file = files.get(place).map(|(_, file)| *file);
        let served = file.and_then(|file| served_of(file, observed)).filter(|(at, _)| !used_served[*at]);
        let fleet = file.and_then(|file| fleet_of(file, observed)).filter(|(at, _)| !used_fleets[*at]);
        *component = match (&component.serving, served, fleet) {
            (Serving::Api(_), Some((at, served)), _) => {
                used_served[at] = true;
                let api = price(served, observed, &mut notes)?;
                of_served(component, served, observed, api)
            }
            (Serving::OwnGpus(_), _, Some((at, fleet))) => {
                used_fleets[at] = true;
                of_fleet(component, fleet, observed, index, plan.start)
            }
            _ => silent(component),
        };
    }
    for (served, _) in observed.served.iter().zip(&used_served).filter(|(_, used)| !**used) {
        let api = price(served, observed, &mut notes)?;
        let blank = Component::whole(&served.placement(), served.evidence, Load::even(), Serving::Api(api.clone()));
        let blank = Component { placement: served.placement(), ..blank };
        actual.components.push(of_served(&blank, served, observed, api));
        plan.components.push(silent(&blank));
    }
    for (fleet, _) in observed.fleets.iter().zip(&used_fleets).filter(|(_, used)| !**used) {
        let price = fleet.usd_per_gpu_hour(observed.months());
        let own = Serving::OwnGpus(OwnGpus::on_demand(fleet.output_tokens_per_s_per_gpu, price));
        let blank = Component::whole(
            &format!("own {}", fleet.gpu),
            marginline_model::scenario::Evidence::Billed,
            Load::even(),
            own,
        );
        let blank = Component { placement: fleet.gpu.clone(), ..blank };
        actual.components.push(of_fleet(&blank, fleet, observed, index, plan.start));
        plan.components.push(silent(&blank));
    }
    Ok(Aligned { plan, actual, notes })
}

fn kept(line: &crate::scenario::observed::Kept) -> OtherLine {
    OtherLine { usd_per_month: line.usd, ..OtherLine::named(&line.label, line.evidence) }
}

/// A component that serves nothing and costs nothing, where it stands.
fn silent(component: &Component) -> Component {
    let serving = match &component.serving {
        Serving::Api(api) => Serving::Api(api.clone()),
        Serving::OwnGpus(gpus) => {
            Serving::OwnGpus(OwnGpus { stated_gpus: Some(0), committed: Vec::new(), ..gpus.clone() })
        }
    };
    Component {
        share: 0.0,
        failed_share: 0.0,
        live_after_months: 0.0,
        load: Load::even(),
        serving,
        ..component.clone()
    }
}

/// How the requests of a part differ from the mean.
fn differing(own: TokensPerRequest, all: TokensPerRequest) -> (ClassRatios, f64) {
    let ratio = |own: f64, all: f64| if all > 0.0 { own / all } else { 1.0 };
    let ratios = ClassRatios {
        input: ratio(own.input, all.input),
        cache_read: ratio(own.cache_read, all.cache_read),
        cache_write: ratio(own.cache_write, all.cache_write),
    };
    (ratios, ratio(own.output, all.output))
}

fn of_served(component: &Component, served: &Served, observed: &Observed, api: Api) -> Component {
    let (ratios, verbosity) = differing(served.tokens, observed.tokens());
    Component {
        share: served.requests / observed.requests(),
        tokenizer_ratio: 1.0,
        verbosity,
        ratios,
        failed_share: 0.0,
        live_after_months: 0.0,
        load: Load::even(),
        serving: Serving::Api(api),
        ..component.clone()
    }
}

/// What a model was paid; list prices and what was negotiated stay apart, so that each has its driver.
///
/// # Errors
/// When nothing tells it; such a model is left out of the served by name.
fn price(served: &Served, observed: &Observed, notes: &mut Vec<String>) -> Result<Api> {
    let unknown = || {
        EngineError::failed(format!("neither a list price nor the ledger tells what {} costs", served.model))
            .then("import its bill or a price of it")
    };
    let paid = paid(observed, served).ok_or_else(unknown)?;
    let model = &served.model;
    if paid.by == PaidBy::List {
        notes.push(format!("no line of the ledger tells the cost of {model}; its list price stands in"));
    }
    if paid.is_unlisted() {
        let usd = crate::number::rounded(&format!("{:.6}", paid.usd_per_request), 6);
        notes.push(format!("{model} has no list price; by the ledger a request cost {usd} USD"));
    } else if (paid.level - 1.0).abs() > 5e-4 {
        notes.push(format!("{model} was paid at {:.1}% of the list price", paid.level * 100.0));
    }
    Ok(paid.api())
}

fn of_fleet(
    component: &Component,
    fleet: &Fleet,
    observed: &Observed,
    index: u32,
    start: marginline_model::Month,
) -> Component {
    let (ratios, verbosity) = differing(fleet.tokens, observed.tokens());
    let seconds = (start.plus(i32::try_from(index).unwrap_or(0)).days() * 86_400) as f64;
    // They did serve it: rounding of rates must not hand requests on.
    let least = fleet.requests * fleet.tokens.output / (seconds * f64::from(fleet.gpus())) * (1.0 + 1e-9);
    let overflow = match &component.serving {
        Serving::OwnGpus(gpus) => gpus.overflow,
        Serving::Api(_) => None,
    };
    let rate = fleet.output_tokens_per_s_per_gpu.max(least).max(1e-9);
    let gpus = OwnGpus {
        stated_gpus: Some(fleet.gpus()),
        overflow,
        ..OwnGpus::on_demand(rate, fleet.usd_per_gpu_hour(observed.months()))
    };
    Component {
        share: fleet.requests / observed.requests(),
        tokenizer_ratio: 1.0,
        verbosity,
        ratios,
        failed_share: 0.0,
        live_after_months: 0.0,
        load: Load::even(),
        serving: Serving::OwnGpus(gpus),
        ..component.clone()
    }
}
