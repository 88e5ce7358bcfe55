//! How a price moved: when each class of a model changed, or a GPU's hour, by every source that tells.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use marginline_model::Month;
use marginline_model::prices::{Per, Price};

use super::bundled::list;
use super::listing::{Listed, Origin, PriceFilter, Thing};
use crate::Engine;
use crate::chart::{self, Frame, Lines, Series, Unit};
use crate::error::{EngineError, Result};
use crate::number;
use crate::screen::charts::Look;
use crate::view::Chart;

/// Days that a history may span: each is asked for.
const MOST_DAYS: u64 = 3_660;
/// Lines that a picture can name.
const MOST_LINES: usize = 8;

/// A price from a day on, until the next one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// First day; for the first step of the bundled list the first day asked for.
    pub from: NaiveDate,
    /// First day on which it does not hold any more; `None`: it still does.
    pub to: Option<NaiveDate>,
    /// The price.
    pub listed: Listed,
}

/// How prices of one item moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceHistory {
    /// The item as asked for.
    pub item: String,
    /// First day looked at.
    pub from: NaiveDate,
    /// Last day looked at.
    pub to: NaiveDate,
    /// Steps by thing and source, oldest first.
    pub lines: BTreeMap<(Thing, String), Vec<Step>>,
}

impl Engine {
    /// The history of one item between two days, both included.
    ///
    /// # Errors
    /// When the item is not named, the days are the wrong way round or too many, or the ledger cannot be read.
    pub async fn price_history(&self, filter: &PriceFilter, from: NaiveDate, to: NaiveDate) -> Result<PriceHistory> {
        let item = filter
            .item
            .clone()
            .ok_or_else(|| EngineError::usage("no item was named").then("name a model or a GPU with --item"))?;
        if from > to || (to - from).num_days().unsigned_abs() > MOST_DAYS {
            return Err(EngineError::usage(format!("{from} to {to} is no span of at most ten years"))
                .then("choose other days with --from and --to"));
        }
        let filter = PriceFilter { exact: true, ..filter.clone() };
        let mut lines: BTreeMap<(Thing, String), Vec<Step>> = BTreeMap::new();
        for listed in self.dated_prices(&filter).await? {
            let key = (listed.thing(), listed.price.source.clone());
            lines.entry(key).or_default().push(Step {
                from: listed.price.valid_from,
                to: listed.price.valid_to,
                listed,
            });
        }
        for steps in lines.values_mut() {
            settle(steps);
        }
        lines.extend(bundled_lines(&filter, from, to).await?);
        for steps in lines.values_mut() {
            steps.retain(|step| step.from <= to && step.to.is_none_or(|end| end > from));
        }
        lines.retain(|_, steps| !steps.is_empty());
        Ok(PriceHistory { item, from, to, lines })
    }
}

/// Oldest first; each ends where the next begins, and of one day the one given last counts.
fn settle(steps: &mut Vec<Step>) {
    let id = |step: &Step| if let Origin::Ledger { id, .. } = step.listed.origin { id } else { 0 };
    steps.sort_by_key(|step| (step.from, id(step)));
    let mut kept: Vec<Step> = Vec::with_capacity(steps.len());
    for step in steps.drain(..) {
        if kept.last().is_some_and(|before| before.from == step.from) {
            kept.pop();
        }
        if let Some(before) = kept.last_mut() {
            before.to = Some(before.to.map_or(step.from, |end| end.min(step.from)));
        }
        kept.push(step);
    }
    *steps = kept;
}

type HistoryLines = BTreeMap<(Thing, String), Vec<Step>>;

/// The bundled list is asked for each day, and in full only on the days on which something changed.
async fn bundled_lines(filter: &PriceFilter, from: NaiveDate, to: NaiveDate) -> Result<HistoryLines> {
    let filter = filter.clone();
    let asked = tokio::task::spawn_blocking(move || {
        let mut lines = HistoryLines::new();
        for (provider, model) in list::models(|provider, model| filter.may_name(provider, model)) {
            let mut before = None;
            for date in from.iter_days().take_while(|date| *date <= to) {
                let print = list::prints(&provider, &model, date);
                if before == Some(print) {
                    continue;
                }
                before = Some(print);
                close(&mut lines, &provider, &model, date);
                for price in list::prices(&provider, &model, date).into_iter().filter(|p| filter.takes(p)) {
                    push(&mut lines, price, date);
                }
            }
        }
        lines
    });
    asked.await.map_err(|_| EngineError::failed("asking for prices stopped unexpectedly").then("ask again"))
}

/// What a model cost before a day ends there, until the day's prices say that it goes on.
fn close(lines: &mut HistoryLines, provider: &str, model: &str, date: NaiveDate) {
    for steps in lines.values_mut() {
        if let Some(last) = steps.last_mut().filter(|last| last.to.is_none())
            && last.listed.price.provider == provider
            && last.listed.price.item == model
        {
            last.to = Some(date);
        }
    }
}

fn push(lines: &mut HistoryLines, price: Price, date: NaiveDate) {
    let listed = Listed { origin: Origin::Bundled, price };
    let steps = lines.entry((listed.thing(), listed.price.source.clone())).or_default();
    match steps.last_mut() {
        Some(last) if last.to == Some(date) && last.listed.price.amount == listed.price.amount => last.to = None,
        _ => steps.push(Step { from: date, to: None, listed }),
    }
}

impl PriceHistory {
    /// Draws it, a point a month (of a span of three months or less, a point a day): the price on its last day.
    ///
    /// # Errors
    /// When nothing is sold under that name, prices in several units or currencies are asked for at once, or the size
    /// cannot be drawn.
    pub fn chart(&self, look: Look) -> Result<Chart> {
        look.check()?;
        let Some(first) = self.lines.values().flatten().next().map(|step| step.listed.price.clone()) else {
            return Err(EngineError::failed(format!("nothing has a price under the name {:?}", self.item))
                .then("see `marginline prices list --item` with part of the name"));
        };
        let (currency, per) = (first.currency, first.per);
        let same = |step: &Step| step.listed.price.currency == currency && step.listed.price.per == per;
        if !self.lines.values().flatten().all(same) {
            return Err(EngineError::usage(format!("{} has prices in several units or currencies", self.item))
                .then("choose some with --resource, --class or --source"));
        }
        let (days, labels) = self.points();
        let unit = match per {
            Per::Mtok => Unit::PerMtok(currency.code().to_owned()),
            _ => Unit::Currency(currency.code().to_owned()),
        };
        let series: Vec<Series> = self
            .drawn()
            .into_iter()
            .enumerate()
            .map(|(index, steps)| line(index, steps, &days, self.differs()))
            .collect();
        let left_out = self.lines.len().saturating_sub(MOST_LINES);
        let more = if left_out > 0 { format!(" · {left_out} more lines not drawn") } else { String::new() };
        let frame = Frame {
            id: "prices".into(),
            title: format!("Price of {}", self.item),
            subtitle: format!("{currency} per {} · {} to {}{more}", words(per), self.from, self.to),
            alt: self.says(),
            source: String::new(),
            size: look.size,
            theme: look.theme,
            titled: look.titled,
        };
        Ok(chart::lines(&frame, &Lines { labels, series, unit, bands: Vec::new() })?)
    }

    /// The lines drawn: those of the standard tier and of short prompts before others.
    fn drawn(&self) -> Vec<&Vec<Step>> {
        let mut lines: Vec<&Vec<Step>> = self.lines.values().collect();
        lines.sort_by_key(|steps| {
            steps.last().map(|step| (step.listed.price.service_tier.clone(), step.listed.price.above_tokens))
        });
        lines.truncate(MOST_LINES);
        lines
    }

    /// Days drawn, and what the axis calls them.
    fn points(&self) -> (Vec<NaiveDate>, Vec<String>) {
        if (self.to - self.from).num_days() <= 92 {
            let days: Vec<NaiveDate> = self.from.iter_days().take_while(|day| *day <= self.to).collect();
            let labels = days.iter().map(|day| day.format("%e %b").to_string().trim().to_owned()).collect();
            return (days, labels);
        }
        let (first, last) = (Month::of(self.from), Month::of(self.to));
        let months: Vec<Month> = (0..).map(|n| first.plus(n)).take_while(|month| *month <= last).collect();
        let end = |month: &Month| (month.plus(1).first_day() - Days::new(1)).min(self.to);
        let labels = months.iter().map(|month| month.first_day().format("%b %y").to_string()).collect();
        (months.iter().map(end).collect(), labels)
    }

    /// Which words of a line's name tell it from the others: provider, source.
    fn differs(&self) -> [bool; 2] {
        let prices = || self.lines.values().flatten().map(|step| &step.listed.price);
        let several = |of: fn(&Price) -> &str| {
            let first = prices().next().map(of);
            prices().any(|price| Some(of(price)) != first)
        };
        [several(|price| &price.provider), several(|price| &price.source)]
    }

    /// The first and the last price of each line, for a screen reader.
    fn says(&self) -> String {
        let line = |steps: &Vec<Step>| {
            let (first, last) = (steps.first()?, steps.last()?);
            let name = name(&last.listed.price, self.differs());
            Some(format!("{name}: {} to {}", first.listed.price.amount, last.listed.price.amount))
        };
        let said: Vec<String> = self.drawn().into_iter().filter_map(line).collect();
        format!("price of {} from {} to {}: {}", self.item, self.from, self.to, said.join("; "))
    }
}

/// The unit as a person says it.
#[must_use]
pub fn words(per: Per) -> &'static str {
    match per {
        Per::Mtok => "million tokens",
        Per::GpuHour => "GPU hour",
        Per::Hour => "hour",
        Per::GbMonth => "GB month",
        Per::Gb => "GB",
        Per::Request => "request",
        Per::UnitHour => "unit hour",
        Per::Month => "month",
        Per::Item => "item",
        Per::Percent => "percent",
    }
}

fn name(price: &Price, [provider, source]: [bool; 2]) -> String {
    let above =
        if price.above_tokens == 0 { String::new() } else { format!("> {}", number::count(price.above_tokens)) };
    let parts = [
        if provider { price.provider.as_str() } else { "" },
        price.class.as_str(),
        price.region.as_str(),
        price.service_tier.as_str(),
        above.as_str(),
        if price.purchase.id() == "on_demand" { "" } else { price.purchase.id() },
        if source { short(&price.source) } else { "" },
    ];
    let named: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    if named.is_empty() { price.item.clone() } else { named.join(" ") }
}

/// The name of a list without its version and the rest.
fn short(source: &str) -> &str {
    source.split([',', ' ', ';']).next().unwrap_or(source)
}

fn line(index: usize, steps: &[Step], days: &[NaiveDate], differs: [bool; 2]) -> Series {
    let on = |day: &NaiveDate| {
        steps
            .iter()
            .rfind(|step| step.from <= *day && step.to.is_none_or(|end| *day < end))
            .map(|step| &step.listed.price)
    };
    let found: Vec<Option<&Price>> = days.iter().map(on).collect();
    Series {
        name: steps.last().map(|step| name(&step.listed.price, differs)).unwrap_or_default(),
        colour: index,
        values: found.iter().map(|price| price.map(|price| price.amount.to_f64())).collect(),
        shown: found
            .iter()
            .map(|price| price.map_or_else(String::new, |price| format!("{} {}", price.currency, price.amount)))
            .collect(),
        ..Series::default()
    }
}
