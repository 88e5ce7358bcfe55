//! Charts of the screens: which figures each draws. Those of scenarios are in [`super::scenario_charts`], the drawing
//! itself is in [`crate::chart`].

use std::collections::{BTreeMap, BTreeSet};

use marginline_model::{Money, Month};

use super::margin::{month_of, plan, trend};
use crate::Engine;
use crate::chart::{self, ChartError, Frame, Lines, Series, StackedBars, Step, StepKind, Unit, Waterfall};
use crate::convert::Conversion;
use crate::error::{EngineError, Result};
use crate::number;
use crate::report::Period;
use crate::report::change::{change, percent_of};
use crate::report::costs::{CostsRequest, key_label};
use crate::report::headline::{headline, months_with_books};
use crate::view::{Chart, ChartRequest, CostsQuery, MarginQuery, Size, Theme};

/// Parts of a stacked chart before the rest becomes one.
const MOST_PARTS: usize = 6;

impl From<ChartError> for EngineError {
    fn from(error: ChartError) -> Self {
        Self::failed(error.to_string()).then("choose another size")
    }
}

/// How to draw.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// Size in CSS pixels.
    pub size: Size,
    /// Light or dark.
    pub theme: Theme,
    /// With title and ground, for files and slides.
    pub titled: bool,
}

impl Look {
    /// Is it a size that can be drawn and read?
    ///
    /// # Errors
    /// Below 80 or above 8,192 on a side.
    pub fn check(self) -> Result<()> {
        if (80..=8_192).contains(&self.size.width) && (80..=8_192).contains(&self.size.height) {
            return Ok(());
        }
        Err(EngineError::usage(format!("a chart of {} × {} cannot be drawn", self.size.width, self.size.height))
            .then("choose 80 to 8,192 on each side"))
    }

    pub(super) fn frame(self, id: &str, title: String, subtitle: String, alt: String) -> Frame {
        let Self { size, theme, titled } = self;
        Frame { id: id.into(), title, subtitle, alt, source: String::new(), size, theme, titled }
    }
}

impl Engine {
    /// Draws a chart.
    ///
    /// # Errors
    /// As the report it shows, or a size that cannot be drawn.
    pub async fn chart(&self, request: &ChartRequest, look: Look) -> Result<Chart> {
        look.check()?;
        match request {
            ChartRequest::MarginTrend { query } => self.margin_trend(query, look).await,
            ChartRequest::MarginChange { query } => self.margin_change(query, look).await,
            ChartRequest::Costs { query } => self.costs_chart(query, look).await,
            ChartRequest::PriceHistory { query } => self.price_history_chart(query, look).await,
            ChartRequest::PriceRegions { query } => self.price_regions_chart(query, look).await,
            _ => self.scenario_chart(request, look).await,
        }
    }

    async fn margin_trend(&self, query: &MarginQuery, look: Look) -> Result<Chart> {
        let facts = self.facts_in(Conversion::default(), query.basis).await?;
        let months = trend(&facts, month_of(&facts, query)?, query.basis)?;
        let percent = |value: Option<f64>| {
            value.map_or_else(|| number::UNKNOWN.into(), |v| format!("{}%", number::rounded(&format!("{v:.6}"), 1)))
        };
        let actual: Vec<Option<f64>> = months.iter().map(|(_, sums)| percent_of(sums)).collect();
        let planned: Vec<Option<f64>> = months
            .iter()
            .map(|(month, _)| plan(&facts, *month).filter(|(revenue, _)| *revenue > Money::ZERO))
            .map(|plan| plan.map(|(revenue, cost)| 100.0 * (revenue - cost).to_f64() / revenue.to_f64()))
            .collect();
        let bounds: Vec<bool> = months.iter().map(|(_, sums)| sums.cost_is_a_bound()).collect();
        let shown = |value: Option<f64>, bound: bool| format!("{}{}", if bound { "≤ " } else { "" }, percent(value));
        let series = |name: &str, values: Vec<Option<f64>>, is_plan: bool| Series {
            name: name.into(),
            colour: 0,
            shown: values.iter().zip(&bounds).map(|(value, bound)| shown(*value, *bound && !is_plan)).collect(),
            values,
            dashed: is_plan,
            muted: is_plan,
        };
        let with_plan = planned.iter().any(Option::is_some);
        let last = actual.last().copied().flatten();
        let mut all = vec![series("Actual", actual, false)];
        if with_plan {
            all.push(series("Plan", planned, true));
        }
        let shown_months: Vec<Month> = months.iter().map(|(month, _)| *month).collect();
        let with_books = match (shown_months.first(), shown_months.last()) {
            (Some(&from), Some(&to)) => months_with_books(&facts, Period { from, to }, query.basis),
            _ => BTreeSet::new(),
        };
        let name = headline(&with_books);
        let span = span(&shown_months);
        let frame = look.frame(
            "margin-trend",
            format!("{name}, {} months", months.len()),
            format!("percent of recognised revenue{} · {span}", if with_plan { "; plan dashed" } else { "" }),
            format!("{} by month, {span}, last {}", name.to_lowercase(), percent(last)),
        );
        let lines = Lines {
            labels: labels(months.iter().map(|(month, _)| *month)),
            series: all,
            unit: Unit::Percent,
            bands: Vec::new(),
        };
        Ok(chart::lines(&frame, &lines)?)
    }

    async fn margin_change(&self, query: &MarginQuery, look: Look) -> Result<Chart> {
        let facts = self.facts_in(Conversion::default(), query.basis).await?;
        let month = month_of(&facts, query)?;
        let before = month.plus(-1);
        let Some(moved) = change(&facts, month, query.basis)? else {
            let frame = look.frame(
                "margin-change",
                "Why margin moved".into(),
                format!("no revenue in {}", before.label()),
                "no data".into(),
            );
            return Ok(chart::waterfall(&frame, &Waterfall { steps: Vec::new(), unit: Unit::Points })?);
        };
        let total = |month: Month, value: Option<f64>| Step {
            label: month.short(),
            value: value.unwrap_or_default(),
            shown: format!("{}%", number::rounded(&format!("{:.6}", value.unwrap_or_default()), 1)),
            kind: StepKind::Total,
            good_when_up: true,
            ..Step::default()
        };
        let step = |label: &str, value: f64| Step {
            label: label.into(),
            value,
            shown: number::signed(&format!("{value:.6}"), if value.abs() < 0.05 { 2 } else { 1 }),
            kind: StepKind::Change,
            good_when_up: true,
            ..Step::default()
        };
        let mut steps = vec![total(before, percent_of(&moved.before.total))];
        let large: Vec<_> = moved.lines.iter().take(MOST_PARTS).filter(|line| line.value.abs() >= 0.05).collect();
        let shown: f64 = large.iter().map(|line| line.value).sum();
        steps.extend(large.iter().map(|line| step(&line.line, line.value)));
        let rest = moved.lines.iter().map(|line| line.value).sum::<f64>() - shown;
        if rest.abs() >= 0.005 {
            steps.push(step("Other lines", rest));
        }
        steps.push(total(month, percent_of(&moved.now.total)));
        let frame = look.frame(
            "margin-change",
            format!("Why margin moved, {} to {}", before.first_day().format("%B"), month.label()),
            "percentage points of margin by cost line; they add up exactly".into(),
            moved
                .lines
                .iter()
                .take(3)
                .map(|line| format!("{} {} pp", line.line, number::signed(&line.points, 1)))
                .collect::<Vec<_>>()
                .join(", "),
        );
        Ok(chart::waterfall(&frame, &Waterfall { steps, unit: Unit::Points })?)
    }

    async fn costs_chart(&self, query: &CostsQuery, look: Look) -> Result<Chart> {
        let request = query.request()?;
        let key = request.by.iter().find(|key| !matches!(key.as_str(), "month" | "day")).cloned();
        let mut by = vec!["month".to_owned()];
        by.extend(key.clone());
        let report = self.costs(&CostsRequest { by, ..request }).await?;
        let months: Vec<Month> = report.period.months().collect();
        let mut parts: BTreeMap<String, BTreeMap<String, Money>> = BTreeMap::new();
        let mut marks: BTreeMap<(String, String), String> = BTreeMap::new();
        for (group, sums) in &report.rows {
            let month = group.first().cloned().flatten().unwrap_or_default();
            let name = match &key {
                Some(_) => group.get(1).cloned().flatten().unwrap_or_else(|| "(not stated)".into()),
                None => "Effective cost".into(),
            };
            if sums.effective.is_none() {
                continue; // Nothing but use without a price; it has no height, and the title says so.
            }
            if sums.is_a_bound() || sums.spread.is_wide() {
                let mark = if sums.is_a_bound() { "≥ " } else { "≈ " };
                marks.insert((name.clone(), month.clone()), mark.to_owned());
            }
            *parts.entry(name).or_default().entry(month).or_default() += sums.effective.unwrap_or_default();
        }
        let mut series = stacked(parts, &months, &report.currency);
        for part in &mut series {
            for (month, shown) in months.iter().zip(&mut part.shown) {
                if let Some(mark) = marks.get(&(part.name.clone(), month.to_string())) {
                    shown.insert_str(0, mark);
                }
            }
        }
        let bound = report.total.is_a_bound();
        let by = key.as_ref().map_or(String::new(), |key| format!(" by {}", key_label(key).to_lowercase()));
        let frame = look.frame(
            "costs",
            format!("Effective cost{by}"),
            format!(
                "{} by {} · {}{}",
                report.currency,
                report.basis.label(),
                span(&months),
                match &report.gaps.priced_share {
                    Some(share) if bound =>
                        format!(" · at least: {}% of tokens have a price", number::rounded(share, 1)),
                    _ if bound => " · at least: some use has no price".to_owned(),
                    _ => String::new(),
                }
            ),
            format!(
                "effective cost{by}, {}, total {}{}",
                span(&months),
                if bound { "≥ " } else { "" },
                report
                    .total
                    .effective
                    .map(|cost| if bound { report.total.spread.low(cost) } else { cost })
                    .map_or_else(|| number::UNKNOWN.into(), |total| number::money(total, &report.currency))
            ),
        );
        let bars =
            StackedBars { labels: labels(months.into_iter()), series, unit: Unit::Currency(report.currency.clone()) };
        Ok(chart::stacked_bars(&frame, &bars)?)
    }
}

/// The largest parts by name, in order of size, and the rest as one.
fn stacked(parts: BTreeMap<String, BTreeMap<String, Money>>, months: &[Month], currency: &str) -> Vec<Series> {
    let size = |part: &BTreeMap<String, Money>| part.values().map(|amount| amount.attos().abs()).sum::<i128>();
    let mut ordered: Vec<(String, BTreeMap<String, Money>)> = parts.into_iter().collect();
    ordered.sort_by(|a, b| size(&b.1).cmp(&size(&a.1)).then(a.0.cmp(&b.0)));
    if ordered.len() > MOST_PARTS + 1 {
        let mut rest: BTreeMap<String, Money> = BTreeMap::new();
        let small = ordered.split_off(MOST_PARTS);
        let name = format!("{} others", small.len());
        for (month, amount) in small.into_iter().flat_map(|(_, part)| part) {
            *rest.entry(month).or_default() += amount;
        }
        ordered.push((name, rest));
    }
    ordered
        .into_iter()
        .enumerate()
        .map(|(index, (name, part))| {
            let amounts: Vec<Option<Money>> =
                months.iter().map(|month| part.get(&month.to_string()).copied()).collect();
            Series {
                name,
                // The palette's fifth colour is the grey of what is merged.
                colour: if index < 4 { index } else { index + 1 },
                values: amounts.iter().map(|amount| amount.map(Money::to_f64)).collect(),
                shown: amounts
                    .iter()
                    .map(|amount| amount.map_or_else(|| number::UNKNOWN.into(), |a| number::money(a, currency)))
                    .collect(),
                muted: index == MOST_PARTS,
                ..Series::default()
            }
        })
        .collect()
}

/// `Nov`, `Dec`, `Jan` …; with the year where there is more than one of a name.
fn labels(months: impl Iterator<Item = Month>) -> Vec<String> {
    let months: Vec<Month> = months.collect();
    let long = months.len() > 12;
    months
        .iter()
        .map(|month| if long { month.first_day().format("%b %y").to_string() } else { month.short() })
        .collect()
}

fn span(months: &[Month]) -> String {
    match (months.first(), months.last()) {
        (Some(first), Some(last)) if first != last => format!("{} – {}", first.label(), last.label()),
        (Some(first), _) => first.label(),
        _ => String::new(),
    }
}
