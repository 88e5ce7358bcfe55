//! Why two scenarios earn different margins: the fixed tree of drivers, each one's effect by Shapley, in whole cents.
//!
//! Hybrids between the two run through [`month()`](super::month()) like any other inputs. A component that stands
//! elsewhere (another model, GPU, region or provider) takes its prices and rates with it, because nobody sells one
//! place at another's price; those drivers are then told as placement. A component that only one of the two has comes
//! or goes with the mix.

use std::ops::Range;

use thiserror::Error;

use super::bridge_words::sentence;
use super::{Component, InCents, Inputs, Serving, Sheet, in_cents};
use crate::Money;
use crate::bridge::{Driver, cents, of_cents, shapley, whole_cents};

/// Drivers that a bridge between scenarios can have, in the order of the tree.
pub(super) const DRIVERS: [Driver; 12] = [
    Driver::Requests,
    Driver::TokensPerRequest,
    Driver::Mix,
    Driver::CacheHit,
    Driver::ListPrice,
    Driver::NegotiatedRate,
    Driver::GpuRate,
    Driver::GpuUtilisation,
    Driver::Placement,
    Driver::ExchangeRates,
    Driver::OtherCost,
    Driver::RevenuePrice,
];

/// What a driver did to gross margin over all months.
#[derive(Debug, Clone, PartialEq)]
pub struct ScenarioEffect {
    /// The driver.
    pub driver: Driver,
    /// Change of gross margin.
    pub effect: Money,
    /// The same in a sentence.
    pub sentence: String,
}

/// From one scenario's gross margin to another's, over all months.
#[derive(Debug, Clone, PartialEq)]
pub struct ScenarioBridge {
    /// Gross margin of the first.
    pub from: Money,
    /// Gross margin of the second.
    pub to: Money,
    /// Effects in the order of the tree; they add up to `to − from`. Drivers that are alike in both are left out.
    pub effects: Vec<ScenarioEffect>,
    /// Components whose prices and rates moved with their placement.
    pub placed_elsewhere: Vec<String>,
}

/// No bridge.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ScenarioBridgeError {
    /// They run different months.
    #[error("the scenarios run different months: give them the same start and number of months")]
    Period,
    /// Margins beyond what cents can count.
    #[error("a margin is beyond 10^15: check growth and prices")]
    TooLarge,
}

/// Why `to` earns another margin than `from`.
///
/// # Errors
/// When they run different months, or a margin is beyond counting.
pub fn scenario_bridge(from: &Inputs, to: &Inputs) -> Result<ScenarioBridge, ScenarioBridgeError> {
    bridge_over(from, to, 0..from.months)
}

/// Why `to` earns another margin than `from` in the `index`th month alone, 0 the first.
///
/// # Errors
/// When they run different months or not as many, or a margin is beyond counting.
pub fn scenario_bridge_of_month(from: &Inputs, to: &Inputs, index: u32) -> Result<ScenarioBridge, ScenarioBridgeError> {
    if index >= from.months {
        return Err(ScenarioBridgeError::Period);
    }
    bridge_over(from, to, index..index + 1)
}

fn bridge_over(from: &Inputs, to: &Inputs, months: Range<u32>) -> Result<ScenarioBridge, ScenarioBridgeError> {
    if (from.start, from.months) != (to.start, to.months) {
        return Err(ScenarioBridgeError::Period);
    }
    let totals = |inputs: &Inputs| totals(inputs, months.clone());
    let moved: Vec<Driver> = DRIVERS.into_iter().filter(|driver| has_moved(*driver, from, to)).collect();
    let taken = |set: u32| -> Vec<Driver> {
        moved.iter().enumerate().filter(|(at, _)| set & (1 << at) != 0).map(|(_, driver)| *driver).collect()
    };
    let all = (1u32 << moved.len()) - 1;
    let total = |set: u32| match set {
        0 => totals(from),
        set if set == all => totals(to),
        set => totals(&hybrid(from, to, &taken(set))),
    };
    let cost = shapley(moved.len(), |set| total(set).1);
    let revenue = shapley(moved.len(), |set| total(set).0);
    let mut effects: Vec<(Driver, f64)> = Vec::new();
    let mut volume = 0.0;
    for ((driver, cost), revenue) in moved.iter().zip(&cost).zip(&revenue) {
        // What requests do to revenue is volume; what a price does to revenue and fees is one effect.
        let own = if *driver == Driver::Requests { 0.0 } else { *revenue };
        volume += revenue - own;
        effects.push((*driver, own - cost));
    }
    if moved.contains(&Driver::Requests) {
        effects.push((Driver::RevenueVolume, volume));
    }
    let margin = |inputs: &Inputs| {
        let (revenue, cost) = totals(inputs);
        cents(revenue - cost).ok_or(ScenarioBridgeError::TooLarge)
    };
    let (before, after) = (margin(from)?, margin(to)?);
    let sizes: Vec<f64> = effects.iter().map(|(_, effect)| *effect).collect();
    let whole = whole_cents(&sizes, after - before).ok_or(ScenarioBridgeError::TooLarge)?;
    let told = |((driver, _), cents): ((Driver, f64), i64)| {
        let effect = of_cents(cents);
        ScenarioEffect { driver, effect, sentence: sentence(driver, effect, from, to) }
    };
    Ok(ScenarioBridge {
        from: of_cents(before),
        to: of_cents(after),
        effects: effects.into_iter().zip(whole).map(told).collect(),
        placed_elsewhere: elsewhere(from, to),
    })
}

/// Is a driver's part of the inputs not the same in both?
fn has_moved(driver: Driver, from: &Inputs, to: &Inputs) -> bool {
    // A prompt of another length and the same composition is scaled, which leaves its last bits different: no cache moved.
    let shares = |tokens: super::TokensPerRequest| {
        let prompt = tokens.prompt();
        [tokens.input, tokens.cache_read, tokens.cache_write]
            .map(|class| if prompt > 0.0 { class / prompt } else { 0.0 })
    };
    let (mine, theirs) = (shares(from.demand.tokens), shares(to.demand.tokens));
    let is_scaled = driver == Driver::CacheHit && mine.iter().zip(theirs).all(|(a, b)| (a - b).abs() <= 1e-12);
    let mut own = hybrid(from, to, &[driver]);
    if own.components.len() == from.components.len() {
        // What a component is called moves no money.
        for (own, from) in own.components.iter_mut().zip(&from.components) {
            own.label.clone_from(&from.label);
        }
    }
    !is_scaled && own != *from
}

/// Revenue and cost over some months in USD, as a run has them; infinite beyond what cents can count.
fn totals(inputs: &Inputs, months: Range<u32>) -> (f64, f64) {
    let usd = |found: InCents| (found.revenue as f64 / 100.0, found.cost as f64 / 100.0);
    in_cents(inputs, months, &mut Sheet::default()).map_or((f64::INFINITY, f64::INFINITY), usd)
}

/// The first scenario with some drivers of the second.
pub(super) fn hybrid(from: &Inputs, to: &Inputs, drivers: &[Driver]) -> Inputs {
    let takes = |driver: Driver| drivers.contains(&driver);
    let mut own = from.clone();
    if takes(Driver::Requests) {
        let (tokens, composition) = (own.demand.tokens, own.demand.composition);
        own.demand = super::Demand { tokens, composition, ..to.demand.clone() };
    }
    let (mine, theirs) = (from.demand.tokens, to.demand.tokens);
    let length = if takes(Driver::TokensPerRequest) { theirs } else { mine };
    let cache = if takes(Driver::CacheHit) { theirs } else { mine };
    if takes(Driver::TokensPerRequest) || takes(Driver::CacheHit) {
        own.demand.tokens = super::TokensPerRequest { output: length.output, ..composed(cache, length.prompt()) };
    }
    own.components = components(from, to, &takes);
    if takes(Driver::OtherCost) {
        own.other.clone_from(&to.other);
    }
    if takes(Driver::RevenuePrice) {
        own.revenue.clone_from(&to.revenue);
    }
    exchange(&mut own, to, takes(Driver::ExchangeRates));
    own
}

/// Rates of the second where they are its driver's turn, and of a currency that only the second has.
fn exchange(own: &mut Inputs, to: &Inputs, takes: bool) {
    for rate in &to.exchange {
        match own.exchange.iter().position(|mine| mine.currency == rate.currency) {
            Some(place) if takes => own.exchange[place].clone_from(rate),
            Some(_) => {}
            // A line that came from the second brought its currency.
            None if own.currencies().any(|(_, currency)| currency == rate.currency) => own.exchange.push(rate.clone()),
            None => {}
        }
    }
}

/// A prompt of this composition and length; of its own length it stays as it is, to the last bit.
fn composed(tokens: super::TokensPerRequest, prompt: f64) -> super::TokensPerRequest {
    if tokens.prompt() == prompt { tokens } else { tokens.with_prompt(prompt) }
}

/// Does a component stay where it is?
pub(super) fn stays(from: &Component, to: &Component) -> bool {
    let is_same_kind = matches!(
        (&from.serving, &to.serving),
        (Serving::Api(_), Serving::Api(_)) | (Serving::OwnGpus(_), Serving::OwnGpus(_))
    );
    is_same_kind && from.placement == to.placement
}

/// Which component of the second each of the first is: the one of the same name, else the one that stands at the same
/// place, else the only one left over on both sides.
pub(super) fn counterparts(from: &Inputs, to: &Inputs) -> Vec<Option<usize>> {
    let mut found: Vec<Option<usize>> = vec![None; from.components.len()];
    let is_same: [fn(&Component, &Component) -> bool; 2] =
        [|a, b| a.label == b.label, |a, b| !a.placement.is_empty() && stays(a, b)];
    for same in is_same {
        for (place, one) in from.components.iter().enumerate() {
            let is_free = |at: &usize| !found.contains(&Some(*at));
            let mut others = (0..to.components.len()).filter(is_free).filter(|at| same(one, &to.components[*at]));
            if found[place].is_none()
                && let Some(other) = others.next()
            {
                found[place] = Some(other);
            }
        }
    }
    let mut left = (0..to.components.len()).filter(|at| !found.contains(&Some(*at)));
    let mut open = (0..found.len()).filter(|place| found[*place].is_none());
    if let (Some(one), None, Some(other), None) = (open.next(), open.next(), left.next(), left.next()) {
        found[one] = Some(other);
    }
    found
}

/// Components that stand elsewhere in the second.
fn elsewhere(from: &Inputs, to: &Inputs) -> Vec<String> {
    let pairs = from.components.iter().zip(counterparts(from, to));
    let other = pairs.filter_map(|(a, at)| Some((a, &to.components[at?])));
    other.filter(|(a, b)| !stays(a, b)).map(|(_, b)| b.label.clone()).collect()
}

/// Components that only the second has, and those that only the first has.
pub(super) fn new_and_ended(from: &Inputs, to: &Inputs) -> (Vec<String>, Vec<String>) {
    let found = counterparts(from, to);
    let label = |component: &Component| component.label.clone();
    let is_new = |(at, _): &(usize, &Component)| !found.contains(&Some(*at));
    let new = to.components.iter().enumerate().filter(is_new).map(|(_, component)| label(component)).collect();
    let ended =
        from.components.iter().zip(&found).filter(|(_, at)| at.is_none()).map(|(component, _)| label(component));
    (new, ended.collect())
}

/// Components on their way from the first to the second. Which there are, and who serves what another cannot, is the mix:
/// a component that only one of both has comes or goes with it, at its own prices.
fn components(from: &Inputs, to: &Inputs, takes: &dyn Fn(Driver) -> bool) -> Vec<Component> {
    let found = counterparts(from, to);
    let linked = |mut own: Component, as_in: &Component| {
        own.label.clone_from(&as_in.label);
        (own.until_live, own.fallback) = (as_in.until_live, as_in.fallback);
        if let (Serving::OwnGpus(gpus), Serving::OwnGpus(other)) = (&mut own.serving, &as_in.serving) {
            gpus.overflow = other.overflow;
        }
        own
    };
    if !takes(Driver::Mix) {
        let moved = |(a, at): (&Component, &Option<usize>)| match at {
            Some(at) => linked(component(a, &to.components[*at], takes), a),
            None => a.clone(),
        };
        return from.components.iter().zip(&found).map(moved).collect();
    }
    let moved = |(at, b): (usize, &Component)| match found.iter().position(|other| *other == Some(at)) {
        Some(place) => linked(component(&from.components[place], b, takes), b),
        None => b.clone(),
    };
    to.components.iter().enumerate().map(moved).collect()
}

/// An API that stays where it is.
fn api(own: &mut super::Api, to: &super::Api, takes: &dyn Fn(Driver) -> bool) {
    // Who sends no batch states no price of one: then the other's is the price, and no driver of its own.
    let has_batch = |api: &super::Api| api.batch_share > 0.0 || api.batch_prices != super::TokenPrices::default();
    let is_priced = (has_batch(own), has_batch(to));
    if takes(Driver::Mix) {
        own.batch_share = to.batch_share;
        if !is_priced.0 {
            own.batch_prices = to.batch_prices;
        }
    }
    if takes(Driver::ListPrice) {
        let batch_prices = if is_priced == (true, true) { to.batch_prices } else { own.batch_prices };
        *own = super::Api { batch_share: own.batch_share, price_level: own.price_level, batch_prices, ..to.clone() };
    }
    if takes(Driver::NegotiatedRate) {
        own.price_level = to.price_level;
    }
}

fn component(from: &Component, to: &Component, takes: &dyn Fn(Driver) -> bool) -> Component {
    let mut own = from.clone();
    if !stays(from, to) {
        if takes(Driver::Placement) {
            own = Component { share: own.share, failed_share: own.failed_share, ..to.clone() };
        }
    } else if takes(Driver::Placement) {
        own.live_after_months = to.live_after_months;
    }
    if takes(Driver::Mix) {
        (own.share, own.failed_share) = (to.share, to.failed_share);
    }
    if !stays(from, to) {
        return own;
    }
    if takes(Driver::Mix) {
        (own.tokenizer_ratio, own.verbosity, own.ratios) = (to.tokenizer_ratio, to.verbosity, to.ratios);
    }
    match (&mut own.serving, &to.serving) {
        (Serving::Api(own), Serving::Api(to)) => api(own, to, takes),
        (Serving::OwnGpus(gpus), Serving::OwnGpus(to_gpus)) => {
            if takes(Driver::NegotiatedRate) {
                gpus.committed.clone_from(&to_gpus.committed);
            }
            if takes(Driver::GpuRate) {
                gpus.usd_per_gpu_hour = to_gpus.usd_per_gpu_hour;
                gpus.by_month.clone_from(&to_gpus.by_month);
                gpus.change_per_month = to_gpus.change_per_month;
                gpus.price_level = to_gpus.price_level;
                gpus.spot = to_gpus.spot;
                own.currency = to.currency;
            }
            if takes(Driver::GpuUtilisation) {
                *gpus = super::OwnGpus {
                    committed: std::mem::take(&mut gpus.committed),
                    usd_per_gpu_hour: gpus.usd_per_gpu_hour,
                    by_month: std::mem::take(&mut gpus.by_month),
                    price_level: gpus.price_level,
                    change_per_month: gpus.change_per_month,
                    spot: gpus.spot,
                    ..to_gpus.clone()
                };
            }
        }
        _ => {}
    }
    if takes(Driver::GpuUtilisation) {
        // Of an API it says how high units of further lines must reach.
        own.load = to.load.clone();
    }
    own
}
