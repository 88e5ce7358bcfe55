//! The bundled price list, crate `genai-prices`.
//!
//! Matching of models and dates stays with the crate; the arithmetic is ours and exact. It is asked for the price of
//! one class at a time, and that is read as a decimal. Where it guesses, this says that there is no price: a class
//! inside another one (cache inside input, reasoning inside output) that comes back at the outer one's price has none
//! of its own, a service tier that comes back at the standard price is not on the list, and a price of 0 is one that
//! the list lacks, because its free models are those that say so in their name. Thresholds of long prompts and hours of
//! the day are found by asking around them.

pub mod list;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::NaiveDate;
use genai_prices::{Calculator, ErrorKind, PriceCalculation, PriceRequest, Usage, UsageKey};
use marginline_model::prices::TokenClass;
use marginline_model::prices::tokens::{DAY, Hours, Ladder};
use marginline_model::{Currency, Money, Month};

/// Where the prices come from, for reports.
pub const SOURCE: &str = "genai-prices 0.2.1, list prices";

/// The first day of which the list can speak: its project began to keep prices then (first commit of
/// github.com/pydantic/genai-prices, 2025-06-21). A price without a date is what was found when it was written down; of
/// days before, the list would give the same one, and nobody says that it held.
pub const BEGINS: NaiveDate = match NaiveDate::from_ymd_opt(2025, 6, 21) {
    Some(day) => day,
    None => NaiveDate::MIN,
};

/// A prompt below every threshold.
const SHORT: u64 = 1_000;
/// A prompt above every threshold.
const LONG: u64 = 8_000_000;
/// Output asked for at a time.
const OUTPUT: f64 = 1_000_000.0;
/// Hours at which prices of a day are asked; what holds for less than an hour is not found.
const HOURS: [u16; 24] = {
    let mut hours = [0; 24];
    let mut hour = 0;
    while hour < 24 {
        hours[hour as usize] = hour * 60;
        hour += 1;
    }
    hours
};
const NOON: u16 = 720;

/// What the list says of a model in a service tier on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// From which minute of the day on which prices hold; the first from 0 on.
    pub hours: Vec<(u16, Hours)>,
    /// Model as the list calls it.
    pub model: String,
}

/// What it says, or why it says nothing, from a day of its month on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Period {
    pub from: NaiveDate,
    pub listed: Result<Arc<Listed>, String>,
}

/// Provider, model and service tier as asked for, standard being empty.
pub(super) type Name = (String, String, String);

/// Periods of each month, oldest first; the first begins with the month.
pub(super) type Months = BTreeMap<Month, Vec<Period>>;

#[derive(Debug, Default)]
pub(super) struct Known {
    pub names: HashMap<Name, Months>,
    /// The dearest price of each class by provider, or of all of them, and month.
    pub dearest: HashMap<(String, Month), [Option<Money>; 6]>,
    /// Was something asked since it was kept?
    pub is_new: bool,
    /// Was taken up what the workspace keeps?
    pub is_recalled: bool,
}

/// The list, and what was asked of it.
#[derive(Debug, Default)]
pub struct Bundled {
    known: Mutex<Known>,
}

impl Bundled {
    /// Prices of a model on a day.
    ///
    /// # Errors
    /// Why there are none, for people.
    pub fn listed(&self, provider: &str, model: &str, tier: &str, day: NaiveDate) -> Result<Arc<Listed>, String> {
        self.of_month(provider, model, tier, Month::of(day), |periods| {
            periods
                .iter()
                .rfind(|period| period.from <= day)
                .map_or_else(|| Err(format!("the price list says nothing of {day}")), |period| period.listed.clone())
        })
    }

    /// Days of a month on which its prices change.
    pub(super) fn changes(&self, provider: &str, model: &str, tier: &str, month: Month) -> Vec<NaiveDate> {
        self.of_month(provider, model, tier, month, |periods| {
            periods.iter().skip(1).map(|period| period.from).collect()
        })
    }

    pub(super) fn of_month<T>(
        &self,
        provider: &str,
        model: &str,
        tier: &str,
        month: Month,
        read: impl FnOnce(&[Period]) -> T,
    ) -> T {
        let name = (provider.to_owned(), model.to_owned(), standard(tier).to_owned());
        if let Some(periods) = self.known().names.get(&name).and_then(|months| months.get(&month)) {
            return read(periods);
        }
        // Asking takes milliseconds: others may ask for something else meanwhile. Who asks for the same gets the same.
        let periods = periods(&Question { provider, model, tier: standard(tier) }, month);
        let mut known = self.known();
        known.is_new = true;
        read(known.names.entry(name).or_default().entry(month).or_insert(periods))
    }

    /// The dearest price of a million tokens of each class on the first day of a month: of a provider's models, or of
    /// all models where the list does not know the provider.
    pub fn dearest(&self, provider: &str, month: Month) -> [Option<Money>; 6] {
        let place = (provider.to_owned(), month);
        if let Some(found) = self.known().dearest.get(&place) {
            return *found;
        }
        let found = dearest(provider, month.first_day());
        let mut known = self.known();
        known.is_new = true;
        known.dearest.insert(place, found);
        found
    }

    pub(super) fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The service tier that prices are kept under: empty where it is the standard one.
#[must_use]
pub fn standard(tier: &str) -> &str {
    if matches!(tier, "standard" | "default" | "on_demand") { "" } else { tier }
}

/// How the list calls a service tier; `None` where it has no such thing.
fn context(tier: &str) -> Option<(&'static str, &'static str)> {
    match tier {
        "batch" => Some(("processing", "batch")),
        "flex" => Some(("service_tier", "flex")),
        "priority" => Some(("service_tier", "priority")),
        "fast" => Some(("service_tier", "fast")),
        _ => None,
    }
}

/// What is asked of the list.
struct Question<'a> {
    provider: &'a str,
    model: &'a str,
    tier: &'a str,
}

/// Why there is no answer, and whether that depends on the day.
enum Silence {
    Name(String),
    Day(String),
}

/// Asks for the prices of a month, in full only on the days that some price changes.
fn periods(question: &Question<'_>, month: Month) -> Vec<Period> {
    let (first, next) = (month.first_day(), month.plus(1).first_day());
    let last = next.pred_opt().unwrap_or(first);
    // Where prices of hours change, noon need not tell it.
    let hours = |day| [120, 480, NOON, 1_200].map(|minute| print(question, day, minute).ok());
    let at: &[u16] = if hours(first) == hours(last) { &[NOON] } else { &[120, 480, NOON, 1_200] };
    let mut periods: Vec<Period> = Vec::new();
    let mut before = None;
    for day in first.iter_days().take_while(|day| *day < next) {
        let print: Vec<_> = at.iter().map(|minute| print(question, day, *minute).ok()).collect();
        if before.as_ref() == Some(&print) && print.iter().all(Option::is_some) {
            continue;
        }
        let (listed, settled) = match ask(question, day) {
            Ok(listed) => (Ok(Arc::new(listed)), false),
            Err(Silence::Day(reason)) => (Err(reason), false),
            Err(Silence::Name(reason)) => (Err(reason), true),
        };
        if periods.last().is_none_or(|period| period.listed != listed) {
            periods.push(Period { from: day, listed });
        }
        if settled {
            break; // Names do not depend on the day.
        }
        before = Some(print);
    }
    periods
}

/// What tells the prices of one moment from those of another: the price of a request that uses every class, at prompts
/// of three lengths. The amounts are such that changes of two prices do not cancel out.
fn print(question: &Question<'_>, day: NaiveDate, minute: u16) -> Result<[u64; 3], Silence> {
    let total = |scale: f64| {
        let used = [
            (UsageKey::INPUT_TOKENS, 100_000.0 * scale),
            (UsageKey::CACHE_READ_TOKENS, 20_011.0 * scale),
            (UsageKey::CACHE_WRITE_TOKENS, 30_013.0 * scale),
            (UsageKey::CACHE_WRITE_1H_TOKENS, 10_007.0 * scale),
            (UsageKey::OUTPUT_TOKENS, 70_001.0 * scale),
            (UsageKey::OUTPUT_REASONING_TOKENS, 30_011.0 * scale),
        ];
        question.answer(day, minute, &used).map(|found| found.total_price.to_bits())
    };
    Ok([total(0.1)?, total(1.5)?, total(20.0)?])
}

/// Amounts of a million tokens of each class at a prompt length; `None` has no price of its own.
type Amounts = [Option<Money>; 6];

fn ask(question: &Question<'_>, day: NaiveDate) -> Result<Listed, Silence> {
    let found = question.answer(day, NOON, &[(UsageKey::INPUT_TOKENS, 1_000.0)])?;
    let mut cuts = vec![0];
    let prints = HOURS.map(|minute| print(question, day, minute).ok());
    for (pair, hours) in prints.windows(2).zip(HOURS.windows(2)) {
        if pair[0] != pair[1] {
            let (mut same, mut other) = (hours[0], hours[1]);
            while other - same > 1 {
                let middle = u16::midpoint(same, other);
                if print(question, day, middle).ok() == pair[0] { same = middle } else { other = middle }
            }
            cuts.push(other);
        }
    }
    let plain = Question { tier: "", ..*question };
    let is_free = found.model_id.ends_with(":free");
    let mut hours = Vec::new();
    for (index, start) in cuts.iter().enumerate() {
        let end = cuts.get(index + 1).copied().unwrap_or(DAY);
        let asked = question.in_hours(day, *start, is_free)?;
        let classes = if question.tier.is_empty() {
            asked.classes
        } else {
            let usual = plain.in_hours(day, *start, is_free)?;
            let tier = question.tier;
            // A tier that the list does not have comes back at the standard price.
            std::array::from_fn(|class| match (&asked.classes[class], &usual.classes[class]) {
                (Ok(own), Ok(usual)) if own.steps == usual.steps => {
                    Err(format!("the price list has no price of its own for service tier {tier:?} on that day"))
                }
                (own, _) => own.clone(),
            })
        };
        hours.push((*start, Hours { minutes: end - start, classes, ..asked }));
    }
    if !question.tier.is_empty()
        && let Some(reason) = hours.iter().find_map(|(_, hours)| hours.classes[0].as_ref().err())
        && hours.iter().all(|(_, hours)| hours.classes.iter().all(Result::is_err))
    {
        return Err(Silence::Day(reason.clone()));
    }
    Ok(Listed { hours, model: found.model_id })
}

impl Question<'_> {
    /// What the list says of a request.
    fn answer(&self, day: NaiveDate, minute: u16, used: &[(UsageKey, f64)]) -> Result<PriceCalculation, Silence> {
        let usage: Usage = used.iter().map(|(key, tokens)| (key.clone(), *tokens)).collect();
        let moment = day.and_hms_opt(u32::from(minute / 60), u32::from(minute % 60), 0).unwrap_or_default().and_utc();
        let mut request = PriceRequest::new(self.model, &usage).with_provider_id(self.provider).with_timestamp(moment);
        if !self.tier.is_empty() {
            let Some((key, value)) = context(self.tier) else {
                return Err(Silence::Name(format!("service tier {:?} is not in the price list", self.tier)));
            };
            request = request.with_price_context(key, value);
        }
        let Self { provider, model, .. } = self;
        Calculator::bundled().calculate(&request).map_err(|error| match error.kind() {
            ErrorKind::ProviderNotFound => Silence::Name(format!("provider {provider:?} is not in the price list")),
            ErrorKind::ModelNotFound => {
                Silence::Name(format!("model {model:?} of {provider} is not in the price list"))
            }
            _ => Silence::Day(format!("the price list answers: {error}")),
        })
    }

    /// Ladders of every class at a minute of a day.
    fn in_hours(&self, day: NaiveDate, minute: u16, is_free: bool) -> Result<Hours, Silence> {
        let base = self.amounts(day, minute, SHORT)?;
        let top = self.amounts(day, minute, LONG)?;
        let mut steps: Vec<(u64, Amounts)> = vec![(0, base.0)];
        let (mut low, mut below) = (SHORT, base.0);
        // Prices that differ at the two ends step somewhere between; then once more above that, until the top.
        while below != top.0 {
            let (mut same, mut other) = (low, LONG);
            while other - same > 1 {
                let middle = u64::midpoint(same, other);
                if self.amounts(day, minute, middle)?.0 == below { same = middle } else { other = middle }
            }
            below = self.amounts(day, minute, other)?.0;
            steps.push((same, below));
            low = other;
        }
        let ladder = |class: TokenClass| -> Result<Ladder, String> {
            let outer = outer(class, &steps);
            let of = |amounts: &Amounts| amounts[class as usize];
            let own = outer.is_none_or(|outer| steps.iter().any(|(_, at)| of(at) != at[outer as usize]));
            let mut found: Vec<(u64, Money)> = Vec::new();
            for (above, amounts) in &steps {
                let amount = match of(amounts) {
                    Some(amount) if amount > Money::ZERO && own => amount,
                    // Its outer class is free as well.
                    Some(amount) if is_free => amount,
                    _ => return Err("the price list has no price of its own for it".to_owned()),
                };
                if found.last().is_none_or(|(_, last)| *last != amount) {
                    found.push((*above, amount));
                }
            }
            Ok(Ladder { steps: found, currency: Currency::USD, source: SOURCE.to_owned(), free: 0 })
        };
        let all: [TokenClass; 6] = std::array::from_fn(|index| TokenClass::ALL[index]);
        let request = (base.1 > Money::ZERO).then(|| Ladder {
            steps: vec![(0, base.1)],
            currency: Currency::USD,
            source: SOURCE.to_owned(),
            free: 0,
        });
        Ok(Hours { minutes: DAY, classes: all.map(ladder), request })
    }

    /// Amounts of a million tokens by class at a prompt length, and the fee of the request.
    fn amounts(&self, day: NaiveDate, minute: u16, prompt: u64) -> Result<(Amounts, Money), Silence> {
        let length = prompt as f64;
        let input = |inner: &[UsageKey]| -> Result<Option<Money>, Silence> {
            let mut used = vec![(UsageKey::INPUT_TOKENS, length)];
            used.extend(inner.iter().map(|key| (key.clone(), length)));
            Ok(decimal(self.answer(day, minute, &used)?.input_price * (1_000_000.0 / length)))
        };
        let output = |inner: &[UsageKey]| -> Result<PriceCalculation, Silence> {
            let mut used = vec![(UsageKey::INPUT_TOKENS, length), (UsageKey::OUTPUT_TOKENS, OUTPUT)];
            used.extend(inner.iter().map(|key| (key.clone(), OUTPUT)));
            self.answer(day, minute, &used)
        };
        let said = output(&[])?;
        let fee = decimal(said.total_price - said.input_price - said.output_price).unwrap_or_default();
        let amounts = [
            input(&[])?,
            input(&[UsageKey::CACHE_READ_TOKENS])?,
            input(&[UsageKey::CACHE_WRITE_TOKENS])?,
            input(&[UsageKey::CACHE_WRITE_TOKENS, UsageKey::CACHE_WRITE_1H_TOKENS])?,
            decimal(said.output_price),
            decimal(output(&[UsageKey::OUTPUT_REASONING_TOKENS])?.output_price),
        ];
        Ok((amounts, fee))
    }
}

/// An amount of a million tokens, read to 10⁻⁹.
fn decimal(amount: f64) -> Option<Money> {
    Money::parse(&format!("{amount:.9}")).ok()
}

/// The class at whose price one without a price of its own comes back.
fn outer(class: TokenClass, steps: &[(u64, Amounts)]) -> Option<TokenClass> {
    let differs = |a: TokenClass, b: TokenClass| steps.iter().any(|(_, at)| at[a as usize] != at[b as usize]);
    match class {
        TokenClass::Input | TokenClass::Output => None,
        TokenClass::CacheRead | TokenClass::CacheWrite5m => Some(TokenClass::Input),
        TokenClass::CacheWrite1h if differs(TokenClass::CacheWrite5m, TokenClass::Input) => {
            Some(TokenClass::CacheWrite5m)
        }
        TokenClass::CacheWrite1h => Some(TokenClass::Input),
        TokenClass::Reasoning => Some(TokenClass::Output),
    }
}

fn dearest(provider: &str, day: NaiveDate) -> [Option<Money>; 6] {
    let list = Calculator::bundled();
    let of_provider = list.providers().filter(|each| each.id() == provider).count() > 0;
    let mut most = [None; 6];
    for each in list.providers().filter(|each| !of_provider || each.id() == provider) {
        for model in each.models() {
            for tier in ["", "priority"] {
                let question = Question { provider: each.id(), model: model.id(), tier };
                // Long prompts are the dearest.
                let Ok((amounts, _)) = question.amounts(day, NOON, LONG) else { continue };
                for (most, amount) in most.iter_mut().zip(amounts) {
                    *most = (*most).max(amount.filter(|amount| *amount > Money::ZERO));
                }
            }
        }
    }
    most
}
