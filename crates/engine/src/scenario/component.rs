//! From the components of a file to those of `month`: names become places, prices are looked up.

use chrono::NaiveDate;
use marginline_model::scenario::{
    Api, ClassRatios, Committed, Component, Evidence, Load, OwnGpus, PriceStep, Serving, Spot, TokensPerRequest,
    Unpriced, Waiting,
};

use super::actuals::Actuals;
use super::api_prices::Listed;
use super::complete::tokens_of;
use super::demand::{level, months, percent};
use super::file::{Assumption, ComponentFile, Kind, ScenarioFile};
use super::lines::currency;
use super::scale::Scale;
use crate::error::{EngineError, Result};
use crate::prices::gpu_offers::Sold;
use crate::prices::{Model, PriceBook};

/// The components of a file.
///
/// # Errors
/// When a price is unknown on its date, a date is none, or a name is not that of a later component.
pub(super) fn components(
    file: &ScenarioFile,
    prices: &PriceBook,
    tokens: TokensPerRequest,
    (load, base): (&Load, Option<&Actuals>),
    notes: &mut Vec<String>,
) -> Result<Vec<Component>> {
    let files = file.components();
    let (shares, takes_rest) = shares(&files)?;
    let mut found = Vec::with_capacity(files.len());
    for (place, (path, component)) in files.iter().enumerate() {
        // The scenario is the place; which of several components it was stands before what is wrong with it.
        let refuse = |error: EngineError| match path.as_str() {
            "architecture" => error,
            _ => EngineError { what: format!("{path}: {}", error.what), ..error },
        };
        let later = |key: &str, name: &Option<String>| later(&files, place, key, name.as_deref()).map_err(refuse);
        let (serving, evidence) = match component.kind {
            Kind::Api if component.is_unlisted() => {
                let evidence = component.usd_per_request.as_ref().map_or(Evidence::Assumed, |fee| fee.evidence);
                (Serving::Api(fees(component, Api::default())), evidence)
            }
            Kind::Api => {
                date_of(component).map_err(|error| EngineError { what: format!("{path}.{}", error.what), ..error })?;
                let own = tokens_of(component, tokens);
                (api(component, prices, own, notes).map_err(refuse)?, Evidence::Published)
            }
            Kind::OwnGpus => {
                let copies = component.copies.or(file.availability.copies).unwrap_or(1);
                let own = own(component, copies, later("overflow_to", &component.overflow_to)?).map_err(refuse)?;
                (Serving::OwnGpus(own), evidence(component))
            }
        };
        let load = week(path, component, (load, base), notes).map_err(refuse)?;
        found.push(Component {
            placement: placement(component),
            share: shares[place],
            takes_rest: takes_rest == Some(place) && files.len() > 1,
            currency: currency(component.currency.as_deref()).map_err(refuse)?,
            tokenizer_ratio: number(component.tokenizer_ratio.as_ref(), 1.0),
            verbosity: number(component.verbosity.as_ref(), 1.0),
            ratios: ratios(component),
            live_after_months: Scale::WEEKS.to_model(number(component.weeks_to_live.as_ref(), 0.0)),
            until_live: later("until_live", &component.until_live)?,
            failed_share: percent(component.failed_percent.as_ref()),
            fallback: later("fallback_to", &component.fallback_to)?,
            ..Component::whole(&label(component), evidence, load, serving)
        });
    }
    Ok(found)
}

/// The shape of its week, with the hours in which its batch work may be done.
fn week(
    path: &str,
    component: &ComponentFile,
    (load, base): (&Load, Option<&Actuals>),
    notes: &mut Vec<String>,
) -> Result<Load> {
    let own = match &component.hour_of_week {
        Some(week) => super::load::load(&format!("{path}.hour_of_week"), Some(week), base, notes)?,
        None => load.clone(),
    };
    if component.kind == Kind::Api {
        return Ok(own);
    }
    let window = component.batch_hours.as_ref().map(super::file::BatchHours::week).transpose();
    let window = window.map_err(|fault| EngineError::failed(format!("batch_hours: {fault}")))?;
    Ok(own.with_batch(percent(component.batch_percent.as_ref()), window))
}

/// How its prompts differ from those of the demand.
pub(super) fn ratios(component: &ComponentFile) -> ClassRatios {
    ClassRatios {
        input: number(component.input_ratio.as_ref(), 1.0),
        cache_read: number(component.cache_read_ratio.as_ref(), 1.0),
        cache_write: number(component.cache_write_ratio.as_ref(), 1.0),
    }
}

/// Name of its line of cost.
pub(super) fn label(component: &ComponentFile) -> String {
    let unnamed = match component.kind {
        Kind::Api => "AI provider",
        Kind::OwnGpus => "GPU hours",
    };
    component.name.clone().unwrap_or_else(|| unnamed.to_owned())
}

/// What is sold as one: provider and model, or GPU and model, with tier and region.
fn placement(component: &ComponentFile) -> String {
    let parts = [&component.provider, &component.gpu, &component.model, &component.service_tier, &component.region];
    parts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(" ")
}

fn number(assumption: Option<&Assumption>, absent: f64) -> f64 {
    assumption.map_or(absent, |assumption| assumption.value)
}

/// Shares of the requests, and which component takes the rest: the first one without a share.
fn shares(files: &[(String, &ComponentFile)]) -> Result<(Vec<f64>, Option<usize>)> {
    let stated: f64 = files.iter().map(|(_, component)| percent(component.share_percent.as_ref())).sum();
    let takes_rest = files.iter().position(|(_, component)| component.share_percent.is_none());
    if stated > 1.0 + 1e-9 || (takes_rest.is_none() && (stated - 1.0).abs() > 1e-9) {
        let all = stated * 100.0;
        return Err(EngineError::failed(format!("shares add up to {all:.4} percent"))
            .then("let them add up to 100, or leave one out to take the rest"));
    }
    let is_link = |name: &Option<String>| {
        let links = |each: &ComponentFile| {
            [&each.until_live, &each.fallback_to, &each.overflow_to].iter().any(|link| link.is_some() && *link == name)
        };
        files.iter().any(|(_, each)| links(each))
    };
    let idle = files.iter().enumerate().find(|(place, (_, component))| {
        component.share_percent.is_none() && takes_rest != Some(*place) && !is_link(&component.name)
    });
    if let Some((_, (path, _))) = idle {
        return Err(EngineError::failed(format!(
            "{path} has no share of the requests, and no other passes any on to it"
        ))
        .then("state share_percent, or name it in until_live, fallback_to or overflow_to"));
    }
    let share = |place: usize, component: &ComponentFile| match &component.share_percent {
        Some(stated) => percent(Some(stated)),
        None if takes_rest == Some(place) => (1.0 - stated).max(0.0),
        None => 0.0,
    };
    Ok((files.iter().enumerate().map(|(place, (_, component))| share(place, component)).collect(), takes_rest))
}

/// The place of a later component by name.
fn later(files: &[(String, &ComponentFile)], place: usize, key: &str, name: Option<&str>) -> Result<Option<usize>> {
    let Some(name) = name else { return Ok(None) };
    let found = files.iter().position(|(_, component)| component.name.as_deref() == Some(name));
    match found {
        Some(found) if found > place => Ok(Some(found)),
        Some(_) => Err(EngineError::failed(format!("{key} names {name:?}, which does not come later"))
            .then("order components as work moves on from one to the next")),
        None => Err(EngineError::failed(format!("{key} names {name:?}, which is no component"))
            .then("name one of the [[component]] entries")),
    }
}

/// The weaker of what its load and its price rest on.
fn evidence(component: &ComponentFile) -> Evidence {
    let inputs = [&component.output_tokens_per_s_per_gpu, &component.usd_per_gpu_hour, &component.speedup];
    let series = component.usd_per_gpu_hour_by_month.iter().map(|series| series.evidence);
    let inputs = inputs.into_iter().flatten().map(|assumption| assumption.evidence);
    inputs.chain(series).max().unwrap_or(Evidence::Assumed)
}

fn own(component: &ComponentFile, copies: u32, overflow: Option<usize>) -> Result<OwnGpus> {
    let by_month = months(component.usd_per_gpu_hour_by_month.as_ref());
    let price = component.usd_per_gpu_hour.as_ref().map(|price| price.value).or(by_month.first().copied());
    let (Some(rate), Some(price)) = (&component.output_tokens_per_s_per_gpu, price) else {
        let wanted = [
            ("output_tokens_per_s_per_gpu", component.output_tokens_per_s_per_gpu.is_none()),
            ("usd_per_gpu_hour", price.is_none()),
        ];
        let missing: Vec<&str> = wanted.into_iter().filter(|(_, is_missing)| *is_missing).map(|(key, _)| key).collect();
        return Err(EngineError::failed(format!("own GPUs need {}", missing.join(" and "))).then(
            "state it of this GPU and place, or cloud, region and priced_at for a price, and serving or measured for a \
             rate; what a base states of another GPU, place, purchase or model is not taken over",
        ));
    };
    let committed = component.committed.iter().map(|held| Committed {
        gpus: held.gpus,
        usd_per_gpu_hour: held.usd_per_gpu_hour.value,
        from: held.from_month.saturating_sub(1),
        to: held.to_month.map(|to| to.saturating_sub(1)),
    });
    Ok(OwnGpus {
        input_tokens_per_s_per_gpu: component.input_tokens_per_s_per_gpu.as_ref().map(|rate| rate.value),
        speedup: number(component.speedup.as_ref(), 1.0),
        by_month,
        change_per_month: percent(component.price_change_percent_per_month.as_ref()),
        price_level: level(component.price_level_percent.as_ref()),
        gpus_per_unit: component.gpus_per_unit.unwrap_or(1),
        spare_units: component.spare_units.unwrap_or(0),
        copies,
        stated_gpus: component.gpus,
        committed: committed.collect(),
        spot: component.spot.as_ref().map(|spot| Spot {
            share: percent(Some(&spot.share_percent)),
            usd_per_gpu_hour: spot.usd_per_gpu_hour.value,
            useful_share: percent(Some(&spot.useful_percent)),
        }),
        is_autoscaled: component.autoscaled.unwrap_or(false),
        waiting: component.waiting.as_ref().map(|waiting| Waiting {
            slots_per_unit: waiting.slots_per_unit,
            longest: waiting.longest_in_service_times.value,
            share_in_time: percent(Some(&waiting.in_time_percent)),
            max_occupancy: level(waiting.max_occupancy_percent.as_ref()),
        }),
        overflow,
        ..OwnGpus::on_demand(rate.value, price)
    })
}

/// The day whose prices hold.
fn date_of(component: &ComponentFile) -> Result<NaiveDate> {
    let written = component.priced_at.as_deref().unwrap_or_default();
    written
        .parse()
        .map_err(|_| EngineError::failed(format!("priced_at is {written:?}")).then("write a date such as 2026-10-31"))
}

fn api(
    component: &ComponentFile,
    prices: &PriceBook,
    tokens: TokensPerRequest,
    notes: &mut Vec<String>,
) -> Result<Serving> {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let (provider, model, tier, region) =
        (text(&component.provider), text(&component.model), text(&component.service_tier), text(&component.region));
    let date = date_of(component)?;
    regional(component, prices, date)?;
    let listed = |tier: &str, notes: &mut Vec<String>| {
        Listed::of(prices, Model { provider: &provider, model: &model, tier, region: &region }, date, tokens, notes)
    };
    // Wherever a batch is spoken of it has prices, so that no draw and no slider gets one for nothing.
    let batch = component.batch_percent.as_ref().map(|_| listed("batch", notes)).transpose()?;
    let one = listed(&tier, notes)?;
    let (prices, unpriced) = one.at(one.prompt, tokens)?;
    let of_batch = |prompt: u64| batch.as_ref().map(|batch| batch.at(prompt, tokens)).transpose();
    let (batch_prices, batch_unpriced) = of_batch(one.prompt)?.unwrap_or_default();
    let mut steps = one.offer.steps();
    steps.extend(batch.iter().flat_map(|batch| batch.offer.steps()));
    let step = |above: u64| {
        let batch_prices = of_batch(above + 1)?.unwrap_or_default().0;
        Ok(PriceStep { above_tokens: above as f64, prices: one.at(above + 1, tokens)?.0, batch_prices })
    };
    // The first step is there only where others are: it is what a shorter prompt comes back to.
    let steps: Vec<u64> = steps.first().map(|_| 0).into_iter().chain(steps.iter().copied()).collect();
    let listed = Api {
        batch_share: percent(component.batch_percent.as_ref()),
        batch_prices,
        unpriced: Unpriced {
            input: unpriced.input || batch_unpriced.input,
            cache_read: unpriced.cache_read || batch_unpriced.cache_read,
            cache_write: unpriced.cache_write || batch_unpriced.cache_write,
            output: unpriced.output || batch_unpriced.output,
        },
        steps: steps.into_iter().map(step).collect::<Result<_>>()?,
        ..Api::at(prices)
    };
    Ok(Serving::Api(fees(component, listed)))
}

/// A region has prices of its own, or what they are over those listed is stated: many providers ask a tenth more for
/// regional endpoints (domain §1.1), and the price of elsewhere is never taken for them (design §4).
fn regional(component: &ComponentFile, prices: &PriceBook, date: NaiveDate) -> Result<()> {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let (provider, model, region) = (text(&component.provider), text(&component.model), text(&component.region));
    let everywhere = region.is_empty() || region.eq_ignore_ascii_case("global");
    if everywhere || component.price_level_percent.is_some() {
        return Ok(());
    }
    let reason = match prices.model_sale(Model { provider: &provider, model: &model, tier: "", region: &region }, date)
    {
        Sold::Yes { .. } => return Ok(()),
        Sold::No { reason, .. } | Sold::Unknown { reason, .. } => reason,
    };
    Err(EngineError::failed(format!("unpriced: {reason}; the price of elsewhere is not that of {region}")).then(
        "state price_level_percent with its source (100 where the region costs as much, 110 where a tenth more), or \
         import a price list that names the region",
    ))
}

/// With its fee, and what its prices are over those listed.
fn fees(component: &ComponentFile, api: Api) -> Api {
    Api {
        usd_per_request: number(component.usd_per_request.as_ref(), 0.0),
        change_per_month: percent(component.price_change_percent_per_month.as_ref()),
        price_level: level(component.price_level_percent.as_ref()),
        ..api
    }
}
