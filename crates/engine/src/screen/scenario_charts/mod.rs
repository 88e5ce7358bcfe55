//! Charts of the scenario workbench: which figures each draws, from the same runs as the tables.

mod bridge;
mod capacity_week;
mod compare;
mod cost_by_volume;
mod fan;
mod front;
mod tornado;
mod two_way;

pub use bridge::draw_bridge;
pub use capacity_week::draw_capacity_week;
pub use compare::draw_comparison;
pub use cost_by_volume::draw_cost_by_volume;
pub use fan::draw_fan;
pub use front::draw_front;
pub use tornado::draw_tornado;
pub use two_way::draw_two_way;

use marginline_model::Money;

use super::charts::Look;
use super::workbench::draws_of;
use crate::Engine;
use crate::error::{EngineError, Result};
use crate::number;
use crate::scenario::{Comparison, Resolved, Run};
use crate::view::{Chart, ChartRequest, Override, ScenarioInfo};

impl Engine {
    /// Draws a chart of scenarios in the workspace.
    pub(super) async fn scenario_chart(&self, request: &ChartRequest, look: Look) -> Result<Chart> {
        match request {
            ChartRequest::Compare { query } => {
                let (comparison, infos) = self.comparison(query).await?;
                draw_comparison(&comparison, &infos, look)
            }
            ChartRequest::ScenarioBridge { query } => {
                let ids = [query.from.clone(), query.to.clone()];
                draw_bridge(&self.scenarios_run(&ids, &query.overrides).await?.0.bridge()?, look)
            }
            ChartRequest::Tornado { query } => {
                let comparison = self.one_run(&query.scenario, &query.overrides).await?;
                draw_tornado(only(&comparison)?, look)
            }
            ChartRequest::Fan { query } => {
                let (comparison, infos) = self.scenarios_run(&query.scenarios, &query.overrides).await?;
                draw_fan(&comparison, &infos, draws_of(query)?, look)
            }
            ChartRequest::CapacityWeek { query } => {
                let comparison = self.one_run(&query.scenario, &query.overrides).await?;
                draw_capacity_week(only(&comparison)?, query.month, query.fleet.as_deref(), look)
            }
            ChartRequest::TwoWay { query } => {
                let comparison = self.one_run(&query.scenario, &query.overrides).await?;
                let target = query.target_percent.as_deref().map(target).transpose()?;
                draw_two_way(only(&comparison)?, query.x.as_deref(), query.y.as_deref(), target, look)
            }
            ChartRequest::CostByVolume { query } => {
                let (comparison, infos) = self.comparison(query).await?;
                draw_cost_by_volume(&comparison, &infos, look)
            }
            ChartRequest::Front { query } => {
                // Drawn anew at every size and theme, looked for once.
                draw_front(&*self.optimised(query, |_, _| true).await?, look)
            }
            ChartRequest::MarginTrend { .. }
            | ChartRequest::MarginChange { .. }
            | ChartRequest::Costs { .. }
            | ChartRequest::PriceHistory { .. }
            | ChartRequest::PriceRegions { .. } => {
                Err(EngineError::failed("this is no chart of scenarios").then("ask for it by its screen"))
            }
        }
    }

    async fn one_run(&self, id: &str, overrides: &[Override]) -> Result<Comparison> {
        Ok(self.scenarios_run(&[id.to_owned()], overrides).await?.0)
    }
}

/// The one scenario that a chart is of.
///
/// # Errors
/// When there is none, or more than one.
pub fn only(comparison: &Comparison) -> Result<&Run> {
    match comparison.runs.as_slice() {
        [one] => Ok(one),
        runs => Err(EngineError::usage(format!("this chart shows one scenario, not {}", runs.len())).then("name one")),
    }
}

/// A target in percent, given as a decimal string.
fn target(text: &str) -> Result<f64> {
    let target: Option<f64> = text.trim().parse().ok().filter(|target: &f64| target.is_finite());
    target.ok_or_else(|| EngineError::usage(format!("target {text:?} is no number")).then("write it as 60 or 62.5"))
}

/// An input as a short figure: four digits that matter; `840 k` from a hundred thousand on.
fn figure(value: f64) -> String {
    if !value.is_finite() || value == 0.0 {
        return if value == 0.0 { "0".into() } else { number::UNKNOWN.into() };
    }
    if (1e5..1e18).contains(&value.abs()) {
        let minus = if value < 0.0 { "\u{2212}" } else { "" };
        return format!("{minus}{}", number::short_count(value.abs().round() as u64));
    }
    let digits = value.abs().log10().floor() as i32;
    let places = if value.fract() == 0.0 { 0 } else { (3 - digits).clamp(0, 12) as usize };
    let text = number::rounded(&format!("{value:.places$}"), u32::try_from(places).unwrap_or_default());
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A percentage with one decimal.
fn percent(value: Option<f64>) -> String {
    value.map_or_else(|| number::UNKNOWN.into(), |v| format!("{}%", number::rounded(&format!("{v:.6}"), 1)))
}

/// An amount of a projection in cents; `None` beyond what an amount can be.
fn amount(usd: f64) -> Option<Money> {
    usd.is_finite().then(|| Money::parse_wide(&format!("{usd:.2}")).ok()).flatten()
}

/// An amount in short: `$4.31 M`, and `$12.50` below a thousand.
fn short_usd(usd: f64) -> String {
    match amount(usd) {
        Some(amount) if usd.abs() >= 1_000.0 => number::short_money(amount, "USD"),
        Some(amount) => number::money(amount, "USD"),
        None => format!("${usd:.2e}"),
    }
}

/// An amount in full: `$4,312,870`.
fn whole_usd(usd: f64) -> String {
    amount(usd).map_or_else(|| format!("${usd:.2e}"), |amount| number::money(amount, "USD"))
}

/// `24 months from November 2026`, or the one month.
fn period(run: &Run) -> String {
    let inputs = &run.resolved.inputs;
    if inputs.months == 1 {
        return inputs.start.label();
    }
    format!("{} months from {}", inputs.months, inputs.start.label())
}

/// Where the figures of scenarios come from: the actuals that they start from, and their files.
fn source<'a>(scenarios: impl IntoIterator<Item = &'a Resolved>) -> String {
    let (mut bases, mut files) = (std::collections::BTreeSet::new(), Vec::new());
    for scenario in scenarios {
        if let Some(base) = scenario.file.base.as_ref()
            && let Some(month) = &base.month
        {
            let of = base.product.as_ref().map_or(String::new(), |product| format!(" of {product}"));
            bases.insert(format!("actuals{of} in {month}"));
        }
        files.push(format!("{}.toml", scenario.id));
    }
    let files = match files.len() {
        0..=3 => files.join(", "),
        more => format!("{more} scenario files"),
    };
    let parts: Vec<String> = bases.into_iter().chain([files, "projected by Marginline".to_owned()]).collect();
    format!("Source: {}", parts.join(" · "))
}

/// A colour of the palette for each scenario, as everywhere else.
fn colour(infos: &[ScenarioInfo], run: &Run) -> usize {
    infos.iter().find(|info| info.id == run.resolved.id).map_or(0, |info| info.colour as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short() {
        let found = [0.0, 2.35, 839_981.1, 1_250_000.0, 0.009, 0.012_344, -3.6, 758.61].map(figure);
        assert_eq!(found, ["0", "2.35", "840\u{a0}k", "1.25\u{a0}M", "0.009", "0.01234", "\u{2212}3.6", "758.6"]);
    }

    #[test]
    fn a_target_is_a_number() {
        assert_eq!(target(" 62.5 ").ok(), Some(62.5));
        for text in ["", "inf", "NaN", "60%"] {
            assert!(target(text).is_err(), "{text}");
        }
    }
}
