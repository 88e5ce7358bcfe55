//! Usage priced from the price book: which sums can be priced together, and what each costs.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;
use marginline_model::Money;
use marginline_model::prices::choice::Found;
use marginline_model::prices::tokens::{Estimate, Priced, Prompts, TokenCost, TokenCounts, Used, price};
use marginline_model::prices::{Purchase, Resource, TokenClass};
use marginline_store::cost::Grain;
use marginline_store::token_usage::{PROMPT_STEPS, UsageKey, UsageSum};

use super::{Pricing, day_of, month_part};
use crate::alias::Aliases;
use crate::error::Result;
use crate::prices::{Model, PriceBook, Single};
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
}

/// Provider, model, service tier and region; first and last day.
type Asked<'a> = ([&'a str; 4], (String, String));

impl Sorted {
    pub fn of(
        keys: &HashMap<i64, UsageKey>,
        sums: Vec<UsageSum>,
        grain: Grain,
        prices: &PriceBook,
        (aliases, prices_on): (&Aliases, Option<NaiveDate>),
    ) -> Self {
        let mut sorted = Self::default();
        let mut known: HashMap<Asked<'_>, (bool, bool)> = HashMap::new();
        for sum in sums {
            let Some(key) = keys.get(&sum.key).filter(|key| key.unit.is_empty()) else {
                sorted.even.push(sum);
                continue;
            };
            let names = [key.provider.as_str(), &key.model, &key.service_tier, &key.region];
            let asked = (names, (sum.first_day.clone(), sum.last_day.clone()));
            let (even, odd) = *known.entry(asked).or_insert_with(|| looked_at(key, &sum, prices, (aliases, prices_on)));
            let place = (sum.key, month_part(&sum.first_day).to_owned());
            if odd {
                sorted.odd.insert(place);
            } else if even || grain == Grain::Day {
                sorted.even.push(sum);
            } else {
                sorted.uneven.insert(place);
            }
        }
        // Whole months of a key are read anew, or none of it.
        let odd = &sorted.odd;
        sorted.uneven.retain(|place| !odd.contains(place));
        let elsewhere = |sum: &UsageSum| {
            let place = (sum.key, month_part(&sum.first_day).to_owned());
            odd.contains(&place) || sorted.uneven.contains(&place)
        };
        sorted.even.retain(|sum| !elsewhere(sum));
        sorted
    }
}

fn asked<'a>(key: &'a UsageKey, model: &'a str) -> Model<'a> {
    Model { provider: &key.provider, model, tier: &key.service_tier, region: &key.region }
}

/// Does a model cost the same on every day of a sum, and does a price step where sums are not kept apart?
fn looked_at(
    key: &UsageKey,
    sum: &UsageSum,
    prices: &PriceBook,
    (aliases, prices_on): (&Aliases, Option<NaiveDate>),
) -> (bool, bool) {
    let (Ok(first), Ok(last)) = (sum.first_day.parse::<NaiveDate>(), sum.last_day.parse::<NaiveDate>()) else {
        return (false, false);
    };
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
    (even, if even { steps(first) } else { days().any(steps) })
}

/// What usage costs by the price book, else by its source, else why it has no price.
pub(crate) fn priced(
    key: &UsageKey,
    model: &str,
    sum: &UsageSum,
    prices: &PriceBook,
    prices_on: Option<NaiveDate>,
) -> Result<Pricing> {
    let day = prices_on.map_or_else(|| day_of(&sum.first_day), Ok)?;
    let listed =
        if key.unit.is_empty() { tokens(key, model, sum, prices, day) } else { things(key, model, sum, prices, day) };
    Ok(standing_in(listed, sum))
}

fn tokens(
    key: &UsageKey,
    model: &str,
    sum: &UsageSum,
    prices: &PriceBook,
    day: NaiveDate,
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
    match price(&used, &offer.prices) {
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
    prices: &PriceBook,
    day: NaiveDate,
) -> std::result::Result<Estimate, Unpriced> {
    let open = |reason| Unpriced { class: "", reason, most: None };
    let of = Single {
        resource: Resource::Request,
        provider: &key.provider,
        item: model,
        class: &key.unit,
        region: &key.region,
        purchase: Purchase::OnDemand,
    };
    match prices.single(of, day) {
        Found::Price((amount, price)) => {
            let cost = amount.times(sum.quantity_nanos, 1_000_000_000);
            let cost = cost.ok_or_else(|| open("its cost is too large to compute".to_owned()))?;
            Ok(Estimate::known(TokenCost { input: cost, output: Money::ZERO }, price.currency))
        }
        Found::Withdrawn(reason) => Err(open(reason)),
        Found::Nothing => Err(open(format!("the price list has no price for {}", key.unit))),
    }
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
