//! Further lines of cost: those of the base that go on, those that the file states, the retraining of components and
//! the expected outage, in this order.

use chrono::NaiveDate;
use marginline_model::Currency;
use marginline_model::prices::choice::Found;
use marginline_model::prices::{Per as PricePer, Purchase, Resource};
use marginline_model::scenario::{Evidence, ExchangeRate, Inputs, OtherLine, Part, Per, Schedule, UnitPrice};

use super::actuals::Actuals;
use super::demand::{months, percent};
use super::file::{Assumption, Availability, CostFile, NetworkFile, OUTAGE, RateFile, RetrainingFile, ScenarioFile};
use super::scale::Scale;
use crate::error::{EngineError, Result};
use crate::prices::{PriceBook, Single};

/// A quantity times a price of a line, with the keys that state them.
pub(super) struct Stated {
    /// Key of the quantity, and its unit; `None` where it is not of the file.
    pub(super) quantity: Option<(&'static str, Scale)>,
    /// Key of the price, and its unit.
    pub(super) price: Option<(&'static str, Scale)>,
    /// Both.
    pub(super) part: Part,
}

/// What a line of the file is, by its path.
pub(super) enum Owner<'a> {
    /// A `[[cost]]` entry.
    Cost(&'a CostFile),
    /// The retraining of a component.
    Retraining(&'a RetrainingFile),
    /// `[availability]`.
    Outage(&'a Availability),
}

impl Owner<'_> {
    /// Its parts, with prices that are looked up left at 0.
    pub(super) fn parts(&self) -> Vec<Stated> {
        match self {
            Self::Cost(cost) => cost_parts(cost),
            Self::Retraining(retraining) => retraining_parts(retraining, ""),
            Self::Outage(availability) => outage_parts(availability),
        }
    }
}

/// The lines that the file makes, by path and with their labels, in the order in which they come after those of the base.
pub(super) fn owners(file: &ScenarioFile) -> Vec<(String, String, Owner<'_>)> {
    let mut found: Vec<(String, String, Owner)> = Vec::new();
    found.extend(file.cost.iter().map(|cost| (format!("cost.{}", cost.label), cost.label.clone(), Owner::Cost(cost))));
    for (path, component) in file.components() {
        if let Some(retraining) = &component.retraining {
            let label = format!("{}: retraining", super::component::label(component));
            found.push((format!("{path}.retraining"), label, Owner::Retraining(retraining)));
        }
    }
    if file.availability.has_outage() {
        found.push(("availability".into(), OUTAGE.into(), Owner::Outage(&file.availability)));
    }
    found
}

/// The place of the first line that the file makes: those of the base come before.
pub(super) fn first_of_file(file: &ScenarioFile, inputs: &Inputs) -> usize {
    inputs.other.len().saturating_sub(owners(file).len())
}

/// All further lines.
///
/// # Errors
/// When a price that is looked up is not known there on that date, or a currency is none.
pub(super) fn other_lines(
    file: &ScenarioFile,
    base: Option<&Actuals>,
    prices: &PriceBook,
    notes: &mut Vec<String>,
) -> Result<Vec<OtherLine>> {
    let mut freed = Vec::new();
    let mut other: Vec<OtherLine> = base.map(|a| a.lines.clone()).unwrap_or_default();
    for (path, label, owner) in owners(file) {
        let refuse = |error: EngineError| EngineError { what: format!("{path}: {}", error.what), ..error };
        let stated = owner.parts();
        let is_sent = |stated: &Stated| stated.quantity.is_some_and(|(key, _)| key == "network.gb_per_request");
        let sent = stated.iter().position(is_sent).unwrap_or(usize::MAX);
        let parts: Vec<Part> = stated.into_iter().map(|stated| stated.part).collect();
        other.push(match owner {
            Owner::Cost(cost) => {
                let mut line = cost_line(cost, parts, &file.availability).map_err(refuse)?;
                if let Some(network) = &cost.network {
                    if let (true, Some(currency)) = (network.is_looked_up(), line.currency) {
                        return Err(refuse(in_usd(currency, "network.usd_per_gb")));
                    }
                    look_up(network, (&mut line, sent), prices, (notes, &mut freed)).map_err(refuse)?;
                }
                line
            }
            Owner::Retraining(retraining) => {
                let stated = retraining.assumptions();
                // It is a price of its component, and so in that one's currency.
                let of = file.components().into_iter().find(|(of, _)| path == format!("{of}.retraining"));
                let code = of.and_then(|(_, component)| component.currency.as_deref());
                let currency = currency(code).map_err(refuse)?;
                OtherLine {
                    parts,
                    currency,
                    ..OtherLine::named(&label, weakest(stated.into_iter().map(|(_, each)| each)))
                }
            }
            Owner::Outage(availability) => {
                let stated =
                    [&availability.hours_down_per_year, &availability.percent, &availability.revenue_at_risk_percent];
                OtherLine { parts, ..OtherLine::named(&label, weakest(stated.into_iter().flatten())) }
            }
        });
    }
    Ok(other)
}

/// A price of the book would be multiplied by the exchange rate of the prices that stand beside it.
pub(super) fn in_usd(currency: Currency, key: &str) -> EngineError {
    EngineError::failed(format!("its currency is {currency}, and prices of the book are in USD"))
        .then(format!("state {key} in {currency}, or leave currency out"))
}

fn weakest<'a>(stated: impl Iterator<Item = &'a Assumption>) -> Evidence {
    stated.map(|assumption| assumption.evidence).max().unwrap_or(Evidence::Assumed)
}

fn cost_line(cost: &CostFile, parts: Vec<Part>, availability: &Availability) -> Result<OtherLine> {
    let amount = |assumption: &Option<Assumption>| assumption.as_ref().map_or(0.0, |a| a.value);
    let all = cost.assumptions();
    let amounts = all.iter().filter(|(key, _)| key != "price_change_percent_per_month");
    let series = cost.usd_by_month.iter().map(|series| series.evidence);
    let evidence = amounts.map(|(_, each)| each.evidence).chain(series).max().unwrap_or(Evidence::Assumed);
    Ok(OtherLine {
        usd_per_month: amount(&cost.usd_per_month),
        by_month: months(cost.usd_by_month.as_ref()),
        usd_per_request: amount(&cost.usd_per_request),
        usd_per_mtok: amount(&cost.usd_per_mtok),
        revenue_share: percent(cost.revenue_percent.as_ref()),
        units: cost.units.as_ref().map(|units| UnitPrice {
            requests_per_s_per_unit: units.requests_per_s_per_unit.value,
            usd_per_unit_month: units.usd_per_unit_month.value,
            spare_units: units.spare_units,
            stated_units: units.units,
            replicas: units.replicas,
        }),
        parts,
        copies: if cost.per_copy == Some(true) { availability.copies.unwrap_or(1) } else { 1 },
        currency: currency(cost.currency.as_deref())?,
        schedule: Schedule {
            from: cost.from_month.unwrap_or(1).saturating_sub(1),
            to: cost.to_month.map(|to| to.saturating_sub(1)),
            every: cost.every_months.unwrap_or(1),
        },
        change_per_month: percent(cost.price_change_percent_per_month.as_ref()),
        ..OtherLine::named(&cost.label, evidence)
    })
}

fn part(
    per: Per,
    quantity: (&'static str, &Option<Assumption>, Scale),
    price: (&'static str, &Option<Assumption>),
) -> Option<Stated> {
    let (stated, cost) = (quantity.1.as_ref()?, price.1.as_ref());
    Some(Stated {
        quantity: Some((quantity.0, quantity.2)),
        price: cost.map(|_| (price.0, Scale::WHOLE)),
        part: Part::new(per, quantity.2.to_model(stated.value), cost.map_or(0.0, |cost| cost.value)),
    })
}

fn cost_parts(cost: &CostFile) -> Vec<Stated> {
    let due = Per::Due { every: cost.every_months.unwrap_or(1) };
    let kept = Per::Stored { keep: cost.keep_months };
    let whole = Scale::WHOLE;
    let mut found: Vec<Stated> = [
        part(due, ("people", &cost.people, whole), ("usd_per_person_month", &cost.usd_per_person_month)),
        part(
            Per::Request,
            ("sampled_percent", &cost.sampled_percent, Scale::PERCENT),
            ("usd_per_sampled_request", &cost.usd_per_sampled_request),
        ),
        part(kept, ("gb_per_request", &cost.gb_per_request, whole), ("usd_per_gb_month", &cost.usd_per_gb_month)),
    ]
    .into_iter()
    .flatten()
    .collect();
    if let Some(network) = &cost.network {
        found.extend(part(
            Per::Request,
            ("network.gb_per_request", &network.gb_per_request, whole),
            ("network.usd_per_gb", &network.usd_per_gb),
        ));
        if let Some(hour) = &network.usd_per_hour {
            let gateways = network.gateways.as_ref();
            found.push(Stated {
                quantity: gateways.map(|_| ("network.gateways", whole)),
                price: Some(("network.usd_per_hour", whole)),
                part: Part::new(Per::Hour, gateways.map_or(1.0, |gateways| gateways.value), hour.value),
            });
        }
    }
    if let Some(retraining) = &cost.retraining {
        found.extend(retraining_parts(retraining, "retraining."));
    }
    found
}

fn retraining_parts(retraining: &RetrainingFile, within: &str) -> Vec<Stated> {
    let due = Per::Due { every: retraining.every_months };
    let keys = match within {
        "" => ["gpu_hours", "usd_per_gpu_hour", "people_weeks", "usd_per_person_week"],
        _ => [
            "retraining.gpu_hours",
            "retraining.usd_per_gpu_hour",
            "retraining.people_weeks",
            "retraining.usd_per_person_week",
        ],
    };
    let gpus = part(due, (keys[0], &retraining.gpu_hours, Scale::WHOLE), (keys[1], &retraining.usd_per_gpu_hour));
    let people =
        part(due, (keys[2], &retraining.people_weeks, Scale::WHOLE), (keys[3], &retraining.usd_per_person_week));
    gpus.into_iter().chain(people).collect()
}

fn outage_parts(availability: &Availability) -> Vec<Stated> {
    let (per, key, scale, stated) = match (&availability.hours_down_per_year, &availability.percent) {
        (Some(hours), _) => (Per::HoursDown, "hours_down_per_year", Scale::WHOLE, hours),
        (None, Some(percent)) => (Per::Availability, "percent", Scale::PERCENT, percent),
        (None, None) => return Vec::new(),
    };
    let risk = availability.revenue_at_risk_percent.as_ref();
    vec![Stated {
        quantity: Some((key, scale)),
        price: risk.map(|_| ("revenue_at_risk_percent", Scale::PERCENT)),
        part: Part::new(per, scale.to_model(stated.value), super::demand::level(risk)),
    }]
}

/// Puts the price of the book, and what is free of it, into the part of a network line that states none.
fn look_up(
    network: &NetworkFile,
    (line, place): (&mut OtherLine, usize),
    prices: &PriceBook,
    (notes, freed): (&mut Vec<String>, &mut Vec<String>),
) -> Result<()> {
    let (true, Some(item), Some(cloud), Some(region), Some(day)) = (
        network.is_looked_up(),
        network.kind.item(),
        network.cloud.as_deref(),
        network.region.as_deref(),
        network.priced_at.as_deref(),
    ) else {
        return Ok(());
    };
    let day: NaiveDate = day.parse().map_err(|_| {
        EngineError::failed(format!("network.priced_at is {day:?}")).then("write a date such as 2026-10-31")
    })?;
    let asked =
        Single { resource: Resource::Egress, provider: cloud, item, class: "", region, purchase: Purchase::OnDemand };
    let (amount, price) = match prices.single(asked, day) {
        Found::Price(found) => found,
        Found::Withdrawn(reason) => return Err(unpriced(item, network, &reason)),
        Found::Nothing => {
            let first = prices.first_single_after(asked, day);
            let reason = first.map_or_else(
                || "no price list has it".to_owned(),
                |first| format!("the first price in the price book is of {first}, after {day}"),
            );
            return Err(unpriced(item, network, &reason));
        }
    };
    if price.currency != Currency::USD {
        return Err(unpriced(item, network, &format!("it is priced in {}", price.currency)));
    }
    if price.per != PricePer::Gb {
        return Err(unpriced(item, network, &format!("it is sold by the {}", price.per)));
    }
    let Some(part) = line.parts.get_mut(place) else { return Ok(()) };
    part.price = amount.to_f64();
    // What is free is so once for all that a provider carries.
    if !freed.contains(&cloud.to_owned()) {
        part.free = price.free_per_month_nanos as f64 / 1e9;
        freed.push(cloud.to_owned());
    }
    line.evidence = line.evidence.max(Evidence::Published);
    notes.push(format!("data to {item} from {region} of {cloud} at {amount} USD per GB on {day}: {}", price.source));
    Ok(())
}

fn unpriced(item: &str, network: &NetworkFile, reason: &str) -> EngineError {
    let of = |text: &Option<String>| text.clone().unwrap_or_default();
    EngineError::failed(format!(
        "unpriced: data to {item} from {} of {}: {reason}",
        of(&network.region),
        of(&network.cloud)
    ))
    .then("state network.usd_per_gb")
}

/// A currency of the file; `None` is USD.
///
/// # Errors
/// When it is no code.
pub(super) fn currency(code: Option<&str>) -> Result<Option<Currency>> {
    let Some(code) = code else { return Ok(None) };
    let found = Currency::parse(code).map_err(|_| {
        EngineError::failed(format!("{code:?} is no currency")).then("write a code of three letters, such as EUR")
    })?;
    Ok((found != Currency::USD).then_some(found))
}

/// The exchange rates of a file, by code.
///
/// # Errors
/// When a code is none.
pub(super) fn exchange(file: &ScenarioFile) -> Result<Vec<ExchangeRate>> {
    let of = |(code, rate): (&String, &RateFile)| {
        let currency = currency(Some(code)).transpose()?;
        let by_month = months(rate.months());
        // The first of several months is what a rate of all months would be.
        let usd_per_unit = rate.whole().map(|rate| rate.value).or(by_month.first().copied())?;
        Some(currency.map(|currency| ExchangeRate { currency, usd_per_unit, by_month }))
    };
    file.exchange_rates.iter().filter_map(of).collect()
}
