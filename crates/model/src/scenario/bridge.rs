//! Why two scenarios earn different margins: the fixed tree of drivers, each one's effect by Shapley, in whole cents.
//!
//! Hybrids between the two run through [`month()`](super::month()) like any other inputs. A component that stands
//! elsewhere (another model, GPU, region or provider) takes its prices and rates with it, because nobody sells one
//! place at another's price; those drivers are then told as placement.

use std::ops::Range;

use thiserror::Error;

use super::{Component, Inputs, OtherLine, Serving, Sheet, month};
use crate::Money;
use crate::bridge::{Driver, cents, of_cents, shapley, whole_cents};

/// Drivers that a bridge between scenarios can have, in the order of the tree.
const DRIVERS: [Driver; 12] = [
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
    let moved: Vec<Driver> = DRIVERS.into_iter().filter(|driver| hybrid(from, to, &[*driver]) != *from).collect();
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

/// Revenue and cost over some months in USD, each line of each month in whole cents, as a run has them; infinite beyond
/// what cents can count.
fn totals(inputs: &Inputs, months: Range<u32>) -> (f64, f64) {
    let mut sheet = Sheet::default();
    // Whole cents up to 2^53 add up exactly.
    let whole = |usd: f64| cents(usd).map_or(f64::INFINITY, |cents| cents as f64);
    let (revenue, cost) = months.fold((0.0, 0.0), |(revenue, cost), index| {
        let totals = month(inputs, index, &mut sheet);
        (revenue + whole(totals.revenue_usd), cost + sheet.lines.iter().map(|usd| whole(*usd)).sum::<f64>())
    });
    (revenue / 100.0, cost / 100.0)
}

/// The first scenario with some drivers of the second.
fn hybrid(from: &Inputs, to: &Inputs, drivers: &[Driver]) -> Inputs {
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

/// Do components of both stand at the same places, with the same links?
fn is_aligned(from: &Inputs, to: &Inputs) -> bool {
    let links = |each: &Component| {
        let overflow = match &each.serving {
            Serving::OwnGpus(gpus) => gpus.overflow,
            Serving::Api(_) => None,
        };
        (each.label.clone(), each.until_live, each.fallback, overflow)
    };
    from.components.len() == to.components.len()
        && from.components.iter().zip(&to.components).all(|(a, b)| links(a) == links(b))
}

/// Does a component stay where it is?
fn stays(from: &Component, to: &Component) -> bool {
    let is_same_kind = matches!(
        (&from.serving, &to.serving),
        (Serving::Api(_), Serving::Api(_)) | (Serving::OwnGpus(_), Serving::OwnGpus(_))
    );
    is_same_kind && from.placement == to.placement
}

fn elsewhere(from: &Inputs, to: &Inputs) -> Vec<String> {
    if !is_aligned(from, to) {
        return to.components.iter().map(|component| component.label.clone()).collect();
    }
    let pairs = from.components.iter().zip(&to.components);
    pairs.filter(|(a, b)| !stays(a, b)).map(|(_, b)| b.label.clone()).collect()
}

fn components(from: &Inputs, to: &Inputs, takes: &dyn Fn(Driver) -> bool) -> Vec<Component> {
    if !is_aligned(from, to) {
        // Shares mean nothing among other components: everything moves with placement.
        return if takes(Driver::Placement) { to.components.clone() } else { from.components.clone() };
    }
    let pairs = from.components.iter().zip(&to.components);
    pairs.map(|(a, b)| component(a, b, takes)).collect()
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
        (Serving::Api(own), Serving::Api(to)) => {
            // Who sends no batch states no price of one: then the other's is the price, and no driver of its own.
            let has_batch =
                |api: &super::Api| api.batch_share > 0.0 || api.batch_prices != super::TokenPrices::default();
            let is_priced = (has_batch(own), has_batch(to));
            if takes(Driver::Mix) {
                own.batch_share = to.batch_share;
                if !is_priced.0 {
                    own.batch_prices = to.batch_prices;
                }
            }
            if takes(Driver::ListPrice) {
                let batch_prices = if is_priced == (true, true) { to.batch_prices } else { own.batch_prices };
                let (batch_share, price_level) = (own.batch_share, own.price_level);
                *own = super::Api { batch_share, price_level, batch_prices, ..to.clone() };
            }
            if takes(Driver::NegotiatedRate) {
                own.price_level = to.price_level;
            }
        }
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

fn sentence(driver: Driver, effect: Money, from: &Inputs, to: &Inputs) -> String {
    let sign = if effect > Money::ZERO { "+" } else { "" };
    format!("{}: gross margin {sign}{}", what(driver, from, to), effect.shown(0))
}

fn what(driver: Driver, from: &Inputs, to: &Inputs) -> String {
    let (a, b) = (&from.demand, &to.demand);
    let label = driver.label();
    match driver {
        Driver::Requests => {
            let (a, b) = (a.requests_per_month, b.requests_per_month);
            if a == b {
                format!("{label}, by growth, season or retries")
            } else {
                format!("{label} from {a:.0} to {b:.0} a month")
            }
        }
        Driver::TokensPerRequest => {
            format!("{label} from {:.0} to {:.0}", a.tokens.total(), b.tokens.total())
        }
        Driver::CacheHit => {
            let (a, b) = (a.tokens.cache_hit_share(), b.tokens.cache_hit_share());
            format!("{label} from {:.1}% to {:.1}% of the prompt", a * 100.0, b * 100.0)
        }
        Driver::Placement if !elsewhere(from, to).is_empty() => {
            let of = |inputs: &Inputs| {
                inputs.components.iter().map(|each| each.placement.clone()).collect::<Vec<_>>().join(" + ")
            };
            format!("{label} from {} to {}, with prices and rates", of(from), of(to))
        }
        Driver::OtherCost => {
            let names = |one: &Inputs, other: &Inputs| -> Vec<String> {
                let is_in = |line: &&OtherLine| !other.other.iter().any(|each| each.label == line.label);
                one.other.iter().filter(is_in).map(|line| line.label.clone()).collect()
            };
            let told = |word: &str, names: Vec<String>| {
                if names.is_empty() { String::new() } else { format!(", {word} {}", names.join(", ")) }
            };
            format!("{label}{}{}", told("new", names(to, from)), told("ended", names(from, to)))
        }
        _ => label.to_owned(),
    }
}
