//! Usage priced from the price book: which sums can be priced together, and what each costs.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use marginline_model::Money;
use marginline_model::prices::tokens::{
    Estimate, FreeTokens, Priced, Prompts, TokenCost, TokenCounts, Used, price_beyond,
};
use marginline_model::prices::{Price, TokenClass};
use marginline_store::cost::Grain;
use marginline_store::token_usage::{PROMPT_STEPS, UsageKey, UsageSum};

use super::free::Free;
use super::things::price_of;
use super::{Pricing, day_of, month_part};
use crate::alias::Aliases;
use crate::error::Result;
use crate::prices::{Model, PriceBook};
use crate::roles::{Unpriced, standing_in};

/// Sums by how they can be priced.
#[derive(Debug, Default)]
pub(super) struct Sorted {
    /// One price holds for all of it.
    pub even: Vec<UsageSum>,
    /// Keys and months in which a price changes.
    pub uneven: BTreeSet<(i64, String)>,
    /// Keys and months whose price steps at a prompt length that the sums do not keep apart.
    pub odd: BTreeSet<(i64, String)>,
    /// Keys and months of which something is free, and whether they are odd as well.
    pub free: BTreeMap<(i64, String), bool>,
}

/// Provider, model, service tier, region and unit; first and last day.
type Asked<'a> = ([&'a str; 5], (String, String));

/// How a sum can be priced.
#[derive(Debug, Clone, Copy)]
struct Look {
    /// One price holds on all its days.
    even: bool,
    /// A price steps where sums are not kept apart.
    odd: bool,
    /// Some of it is free on some day.
    free: bool,
}

impl Sorted {
    pub fn of(
        keys: &HashMap<i64, UsageKey>,
        sums: Vec<UsageSum>,
        grain: Grain,
        prices: &PriceBook,
        (aliases, prices_on): (&Aliases, Option<NaiveDate>),
    ) -> Self {
        let mut sorted = Self::default();
        let mut known: HashMap<Asked<'_>, Look> = HashMap::new();
        for sum in sums {
            let Some(key) = keys.get(&sum.key) else {
                sorted.even.push(sum);
                continue;
            };
            let names = [key.provider.as_str(), &key.model, &key.service_tier, &key.region, &key.unit];
            let asked = (names, (sum.first_day.clone(), sum.last_day.clone()));
            let look = *known.entry(asked).or_insert_with(|| looked_at(key, &sum, prices, (aliases, prices_on)));
            let place = (sum.key, month_part(&sum.first_day).to_owned());
            if look.free {
                *sorted.free.entry(place).or_default() |= look.odd;
            } else if look.odd {
                sorted.odd.insert(place);
            } else if look.even || grain == Grain::Day {
                sorted.even.push(sum);
            } else {
                sorted.uneven.insert(place);
            }
        }
        // Whole months of a key are read anew, or none of it.
        for (place, is_odd) in &mut sorted.free {
            *is_odd |= sorted.odd.contains(place);
        }
        let free = &sorted.free;
        sorted.odd.retain(|place| !free.contains_key(place));
        let odd = &sorted.odd;
        sorted.uneven.retain(|place| !odd.contains(place) && !free.contains_key(place));
        let elsewhere = |sum: &UsageSum| {
            let place = (sum.key, month_part(&sum.first_day).to_owned());
            odd.contains(&place) || free.contains_key(&place) || sorted.uneven.contains(&place)
        };
        sorted.even.retain(|sum| !elsewhere(sum));
        sorted
    }
}

pub(super) fn asked<'a>(key: &'a UsageKey, model: &'a str) -> Model<'a> {
    Model { provider: &key.provider, model, tier: &key.service_tier, region: &key.region }
}

/// Does it cost the same on every day of a sum, does a price step where sums are not kept apart, is some of it free?
fn looked_at(
    key: &UsageKey,
    sum: &UsageSum,
    prices: &PriceBook,
    (aliases, prices_on): (&Aliases, Option<NaiveDate>),
) -> Look {
    let (Ok(first), Ok(last)) = (sum.first_day.parse::<NaiveDate>(), sum.last_day.parse::<NaiveDate>()) else {
        return Look { even: false, odd: false, free: false };
    };
    if !key.unit.is_empty() {
        return looked_at_things(key, (first, last), prices, (aliases, prices_on));
    }
    let offer = |day: NaiveDate| prices.offer(asked(key, aliases.model(&key.model, day)), prices_on.unwrap_or(day));
    let steps = |day: NaiveDate| offer(day).is_ok_and(|offer| offer.prices.has_other_step(&PROMPT_STEPS));
    let days = || first.iter_days().take_while(|day| *day <= last);
    let model = aliases.model(&key.model, first);
    let even = if days().all(|day| aliases.model(&key.model, day) == model) {
        prices_on.is_some() || prices.is_even(asked(key, model), first, last)
    } else {
        let price = offer(first);
        days().all(|day| offer(day) == price)
    };
    let frees = |day: NaiveDate| offer(day).is_ok_and(|offer| offer.prices.free() != FreeTokens::default());
    if even {
        Look { even, odd: steps(first), free: frees(first) }
    } else {
        Look { even, odd: days().any(steps), free: days().any(frees) }
    }
}

/// The same of things that are no tokens: only changes in the ledger's prices tell days apart.
fn looked_at_things(
    key: &UsageKey,
    (first, last): (NaiveDate, NaiveDate),
    prices: &PriceBook,
    (aliases, prices_on): (&Aliases, Option<NaiveDate>),
) -> Look {
    let model = aliases.model(&key.model, first);
    let on = |day: NaiveDate| price_of(key, model, prices, prices_on.unwrap_or(day));
    let begins = on(first);
    let changed: Vec<_> = prices.changes(&key.provider, first, last).into_iter().map(on).collect();
    let same_name = first.iter_days().take_while(|day| *day <= last).all(|day| aliases.model(&key.model, day) == model);
    let has_free = |found: &std::result::Result<(Money, Price), String>| {
        found.as_ref().is_ok_and(|(_, price)| price.free_per_month_nanos > 0)
    };
    let free = has_free(&begins) || changed.iter().any(has_free);
    Look { even: same_name && changed.iter().all(|found| *found == begins), odd: false, free }
}

/// What usage costs beyond what is free of it by the price book, else by its source, else why it has no price.
pub(crate) fn priced(
    key: &UsageKey,
    model: &str,
    sum: &UsageSum,
    free: &Free,
    (prices, prices_on): (&PriceBook, Option<NaiveDate>),
) -> Result<Pricing> {
    let day = prices_on.map_or_else(|| day_of(&sum.first_day), Ok)?;
    let listed = if key.unit.is_empty() {
        tokens(key, model, sum, free, (prices, day))
    } else {
        things(key, model, sum, free, (prices, day))
    };
    Ok(standing_in(listed, sum))
}

fn tokens(
    key: &UsageKey,
    model: &str,
    sum: &UsageSum,
    free: &Free,
    (prices, day): (&PriceBook, NaiveDate),
) -> std::result::Result<Estimate, Unpriced> {
    let open = |class, reason| Unpriced { class, reason, most: most(key, sum, prices, day) };
    if model.is_empty() {
        return Err(open("", "its source does not say which model it was".to_owned()));
    }
    let offer = prices.offer(asked(key, model), day).map_err(|reason| open("", reason))?;
    let named = Prompts::of_window(&key.context_window).filter(|_| !matches!(sum.prompts, Prompts::Within { .. }));
    let used = Used {
        tokens: TokenCounts {
            input: sum.tokens.input,
            cache_read: sum.tokens.cache_read,
            cache_write_5m: sum.tokens.cache_write_5m,
            cache_write_1h: sum.tokens.cache_write_1h,
            output: sum.tokens.output,
            reasoning: sum.reasoning,
            output_untold: sum.output_untold,
        },
        requests: (sum.requests_missing == 0).then_some(sum.requests),
        prompts: named.unwrap_or(sum.prompts),
    };
    match price_beyond(&used, &free.tokens, &offer.prices) {
        Priced::Known(cost) | Priced::Estimated(cost) => Ok(cost),
        Priced::Unpriced { class, reason } => Err(open(class, format!("{} of {model}: {reason}", class_words(class)))),
    }
}

/// A class for people.
fn class_words(class: &str) -> &str {
    match class {
        "cache_read" => "cache reads",
        "cache_write_5m" => "5-minute cache writes",
        "cache_write_1h" => "1-hour cache writes",
        "request" => "requests",
        other => other,
    }
}

/// Things that are counted and are no tokens, such as searches or images.
fn things(
    key: &UsageKey,
    model: &str,
    sum: &UsageSum,
    free: &Free,
    (prices, day): (&PriceBook, NaiveDate),
) -> std::result::Result<Estimate, Unpriced> {
    let open = |reason| Unpriced { class: "", reason, most: None };
    let (amount, price) = price_of(key, model, prices, day).map_err(open)?;
    let cost = amount.times(sum.quantity_nanos - free.quantity_nanos, 1_000_000_000);
    let cost = cost.ok_or_else(|| open("its cost is too large to compute".to_owned()))?;
    Ok(Estimate::known(TokenCost { input: cost, output: Money::ZERO }, price.currency))
}

/// What tokens would cost at the dearest known price of each class.
fn most(key: &UsageKey, sum: &UsageSum, prices: &PriceBook, day: NaiveDate) -> Option<Money> {
    let used = sum.tokens;
    [
        (TokenClass::Input, used.input),
        (TokenClass::CacheRead, used.cache_read),
        (TokenClass::CacheWrite5m, used.cache_write_5m),
        (TokenClass::CacheWrite1h, used.cache_write_1h),
        (TokenClass::Output, used.output),
    ]
    .into_iter()
    .filter(|(_, count)| *count > 0)
    .try_fold(Money::ZERO, |total, (class, count)| {
        let dearest = prices.dearest(&key.provider, class, day)?;
        Some(total + dearest.times(i128::from(count), 1_000_000)?)
    })
}
