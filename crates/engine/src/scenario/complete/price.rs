//! Is a component sold where it stands, and what does its GPU hour cost by the price book?

use chrono::NaiveDate;
use marginline_model::scenario::Evidence;

use super::super::file::{ComponentFile, Kind};
use super::super::lines::{currency, in_usd};
use super::{found, instances};
use crate::error::{EngineError, Result};
use crate::prices::gpu_offers::{GpuAsked, Sold, bought_words};
use crate::prices::{Model, PriceBook};

fn date_of(component: &ComponentFile) -> Result<Option<NaiveDate>> {
    let read = |written: &str| {
        written.parse().map_err(|_| {
            EngineError::failed(format!("priced_at is {written:?}")).then("write a date such as 2026-10-31")
        })
    };
    component.priced_at.as_deref().map(read).transpose()
}

/// Fills in the price of own GPUs that the file leaves to the price book, and the number in which they are sold where
/// the file leaves that open (`stated_unit` is what it states), and says whether they are sold there.
///
/// # Errors
/// When there is no such price on that day, or it would be taken for one in another currency.
pub(super) fn fill(
    component: &mut ComponentFile,
    stated_unit: Option<u32>,
    prices: &PriceBook,
    notes: &mut Vec<String>,
) -> Result<Option<Sold>> {
    if component.kind == Kind::Api {
        return Ok(api(component, prices));
    }
    let Some(cloud) = component.cloud.clone() else { return Ok(stated_offer(component)) };
    let gpu = component.gpu.clone().unwrap_or_default();
    let region = component.region.clone().unwrap_or_default();
    let day = date_of(component)?;
    let asked = GpuAsked { cloud: &cloud, gpu: &gpu, region: &region, purchase: component.bought(), day };
    let mut part_of_instance = None;
    let offer = offer_in_hand(component);
    let is_billed = stated_price(component).is_some_and(|(evidence, ..)| evidence == Evidence::Billed);
    if component.usd_per_gpu_hour.is_none() && component.usd_per_gpu_hour_by_month.is_none() {
        if let Some(currency) = currency(component.currency.as_deref())? {
            return Err(in_usd(currency, "usd_per_gpu_hour"));
        }
        let unit = component.gpus_per_unit.unwrap_or(1);
        let price = prices.gpu_price(asked, component.instance.as_deref(), unit).map_err(|reason| {
            EngineError::failed(reason)
                .then("state usd_per_gpu_hour, import the seller's prices, or choose what is sold")
        })?;
        let class = if price.class.is_empty() { String::new() } else { format!(" as {}", price.class) };
        let others = match price.others {
            0 => String::new(),
            1 => ", the cheaper of two prices of instance types".to_owned(),
            more => format!(", the cheapest of {} prices of instance types", more + 1),
        };
        notes.push(format!(
            "price of {gpu} at {cloud} {region}, {}{class}: {} USD per GPU hour{others} ({}, seen {})",
            bought_words(asked.purchase),
            price.usd,
            price.source,
            price.observed
        ));
        if let Some(size) = price.gpus {
            let told = format!("{} holds {size} GPUs and costs {} USD an hour as a whole", price.class, price.whole());
            part_of_instance = instances::whole(component, stated_unit, (size, &told), notes);
        }
        let mut stated = found(price.usd.to_f64(), price.source.clone(), price.evidence);
        stated.observed = Some(price.observed.to_string());
        component.usd_per_gpu_hour = Some(stated);
    } else if let Some((size, class)) = prices.gpus_together(asked, component.instance.as_deref()) {
        let told = format!("{cloud} {region} sells {gpu} in whole instances of {size} GPUs ({class})");
        part_of_instance = instances::whole(component, stated_unit, (size, &told), notes);
    }
    let sale = part_of_instance.unwrap_or_else(|| prices.gpu_sale(asked));
    Ok(Some(match (sale, offer) {
        // Where the book knows nothing, whoever has an offer or a bill knows more; what it knows stays.
        (Sold::Unknown { .. }, Some(offer)) => {
            Sold::Yes { reason: format!("{cloud} {region} sells {gpu} {}: {offer}", bought_words(asked.purchase)) }
        }
        // A list may be short; a bill from there is not nothing.
        (Sold::No { reason, .. }, Some(offer)) if is_billed => Sold::Unknown {
            reason: format!("{reason}, and {offer}"),
            measure: format!("import the price list of {cloud}"),
        },
        (sale, _) => sale,
    }))
}

/// The evidence, source and day of the price that the file states.
fn stated_price(component: &ComponentFile) -> Option<(Evidence, &Option<String>, &Option<String>)> {
    let one = component.usd_per_gpu_hour.as_ref().map(|price| (price.evidence, &price.source, &price.observed));
    let series = component.usd_per_gpu_hour_by_month.as_ref();
    one.or(series.map(|series| (series.evidence, &series.source, &series.observed)))
}

/// A price that somebody offered or billed, by whom and when, in words.
fn offer_in_hand(component: &ComponentFile) -> Option<String> {
    let (evidence, source, observed) =
        stated_price(component).filter(|(evidence, ..)| *evidence <= Evidence::Published)?;
    Some(format!("its price is {} ({}, {})", evidence.word(), source.as_ref()?, observed.as_ref()?))
}

/// Nobody is named who sells the GPUs: a price that was paid or measured shows that somebody does, if it is said by whom and
/// when.
fn stated_offer(component: &ComponentFile) -> Option<Sold> {
    let (evidence, source, observed) = stated_price(component)?;
    if evidence > Evidence::Measured || (source.is_some() && observed.is_some()) {
        return None;
    }
    let lacks = match (source, observed) {
        (None, None) => "source and observed",
        (None, _) => "source",
        _ => "observed",
    };
    Some(Sold::Unknown {
        reason: format!("its price is called {}, and {lacks} of it is not stated", evidence.word()),
        measure: format!("state {lacks} of its price"),
    })
}

/// An API that has no price stops the run elsewhere; here it is asked whether it is sold in its region.
fn api(component: &ComponentFile, prices: &PriceBook) -> Option<Sold> {
    let day = date_of(component).ok().flatten()?;
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let (provider, model, tier, region) =
        (text(&component.provider), text(&component.model), text(&component.service_tier), text(&component.region));
    Some(prices.model_sale(Model { provider: &provider, model: &model, tier: &tier, region: &region }, day))
}
