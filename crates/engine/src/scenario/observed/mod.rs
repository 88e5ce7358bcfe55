//! What the ledger observed of a period, in the words of a scenario: requests and tokens by model, fleets of own GPUs,
//! the other lines of cost, and revenue. `scenario new`, `report plan` and `scenario calibrate` start from it.
//!
//! Every cost of revenue is in exactly one of these: a model, a fleet, a provider whose bill names no model, or a kept
//! line; together they are the cost of `report margin`. Of a period of several months the figures are its monthly mean.

mod fleet;
mod lines;
mod paid;
mod usage;

pub use fleet::Fleet;
pub use lines::Kept;
pub use paid::{Paid, PaidBy, paid};
pub use usage::Served;

use std::collections::BTreeMap;

use marginline_model::scenario::TokensPerRequest;
use marginline_model::{Money, Month};
use marginline_store::batch::Batch;

use crate::Engine;
use crate::convert::Conversion;
use crate::error::{EngineError, Result};
use crate::facts::Facts;
use crate::prices::PriceBook;
use crate::report::Period;
use crate::view::MonthBasis;

/// What a period came to, a month on average.
#[derive(Debug, Clone)]
pub struct Observed {
    /// The period.
    pub period: Period,
    /// Only this product.
    pub product: Option<String>,
    /// Models of APIs that served tokens and whose price is known by a list or by the ledger, the most requests first.
    pub served: Vec<Served>,
    /// Providers whose bill names no model, with the USD of a month.
    pub providers: Vec<(String, f64)>,
    /// Own GPUs by type, that served self-hosted models.
    pub fleets: Vec<Fleet>,
    /// Other lines of cost of revenue.
    pub kept: Vec<Kept>,
    /// Lines below zero, such as credits, with the USD of a month: a scenario has none.
    pub below_zero: Vec<(String, f64)>,
    /// Recognised revenue of a month, USD.
    pub revenue_usd: f64,
    /// Cost of revenue of a month, USD.
    pub cost_usd: f64,
    /// Models that served and are not among the above for want of a price or of GPU hours: their cost is unknown, while
    /// the revenue holds theirs.
    pub unpriced: Vec<String>,
    /// What is in no figure above, in words.
    pub left_out: Vec<String>,
    /// Where the figures are from, in words.
    pub sources: Sources,
}

/// Reports and batches behind the figures.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// Tokens and requests.
    pub usage: String,
    /// Bills and accruals.
    pub cost: String,
    /// GPU hours.
    pub gpu_hours: String,
    /// Revenue.
    pub revenue: String,
}

impl Observed {
    /// Months of the period.
    #[must_use]
    pub fn months(&self) -> f64 {
        f64::from(self.period.to.since(self.period.from) + 1)
    }

    /// Requests of a month.
    #[must_use]
    pub fn requests(&self) -> f64 {
        self.served.iter().map(|each| each.requests).chain(self.fleets.iter().map(|each| each.requests)).sum()
    }

    /// Tokens of a request, over all of them.
    #[must_use]
    pub fn tokens(&self) -> TokensPerRequest {
        let all = self.served.iter().map(|each| (each.requests, each.tokens));
        let all = all.chain(self.fleets.iter().map(|each| (each.requests, each.tokens)));
        let requests = self.requests();
        let mut sum = TokensPerRequest::default();
        for (count, tokens) in all {
            // A fleet can stand idle for a month; its share of nothing is nothing.
            let share = if requests > 0.0 { count / requests } else { 0.0 };
            sum.input += share * tokens.input;
            sum.cache_read += share * tokens.cache_read;
            sum.cache_write += share * tokens.cache_write;
            sum.output += share * tokens.output;
        }
        sum
    }

    /// The last day of the period: evidence observed, and the day whose list prices hold.
    #[must_use]
    pub fn last_day(&self) -> chrono::NaiveDate {
        let next = self.period.to.plus(1).first_day();
        next.pred_opt().unwrap_or(next)
    }
}

impl Engine {
    /// What the ledger observed of a period.
    ///
    /// # Errors
    /// When it holds no requests there, reports in another currency than USD, or a cost cannot be shared out.
    pub async fn observed(&self, period: Period, product: Option<&str>) -> Result<Observed> {
        let mut found = self.observed_each(&[period], product).await?;
        found.pop().ok_or_else(|| EngineError::failed("no period was asked for"))
    }

    /// What the ledger observed of each of some periods, in their order.
    ///
    /// # Errors
    /// As [`Engine::observed`].
    pub async fn observed_each(&self, periods: &[Period], product: Option<&str>) -> Result<Vec<Observed>> {
        let facts = self.facts_by_model().await?;
        let converted = self.converted(&facts, Conversion::default(), MonthBasis::BillingMonth).await?;
        let facts = converted.map_or(facts, std::sync::Arc::new);
        let prices = self.price_book().await?;
        let batches = self.ledger().batches().await?;
        let best = match facts.gpu_hours.is_empty() {
            true => vec![BTreeMap::new(); periods.len()],
            false => self.best_hours(periods).await?,
        };
        let of = |(period, best): (&Period, &BTreeMap<String, f64>)| {
            observed(&facts, &prices, *period, product, (sources(&batches, *period), best))
        };
        periods.iter().zip(&best).map(of).collect()
    }
}

/// What these facts hold of a period.
pub(crate) fn observed(
    facts: &Facts,
    prices: &PriceBook,
    period: Period,
    product: Option<&str>,
    (sources, best): (Sources, &BTreeMap<String, f64>),
) -> Result<Observed> {
    period.check()?;
    if facts.rules.currency != "USD" {
        return Err(EngineError::failed(format!(
            "the workspace reports in {}, and scenarios are in USD",
            facts.rules.currency
        ))
        .then("let the rules report in USD, or write the scenario by hand"));
    }
    let mut found = Observed {
        period,
        product: product.map(str::to_owned),
        served: Vec::new(),
        providers: Vec::new(),
        fleets: Vec::new(),
        kept: Vec::new(),
        below_zero: Vec::new(),
        revenue_usd: 0.0,
        cost_usd: 0.0,
        unpriced: Vec::new(),
        left_out: Vec::new(),
        sources,
    };
    usage::add(&mut found, facts, prices)?;
    fleet::add(&mut found, facts, best)?;
    served_at_all(&found)?;
    lines::add(&mut found, facts)?;
    found.leave_unknown_out();
    served_at_all(&found)?;
    Ok(found)
}

fn served_at_all(found: &Observed) -> Result<()> {
    if found.requests() > 0.0 {
        return Ok(());
    }
    let period = found.period.label();
    Err(EngineError::failed(format!("the ledger counts no requests that a scenario could serve in {period}"))
        .then("import token usage of that period, name another, or write the scenario by hand"))
}

/// A mean over months, in USD.
fn mean(sum: Money, months: f64) -> f64 {
    sum.to_f64() / months
}

fn sources(batches: &[Batch], period: Period) -> Sources {
    let of = |what: &str, roles: &[&str], format: Option<&str>| {
        let covers = |batch: &&Batch| {
            let month = |text: &Option<String>| text.as_deref().and_then(|text| text.parse::<Month>().ok());
            batch.state == "live"
                && roles.contains(&batch.role.as_str())
                && format.is_none_or(|format| (batch.format == "gpu_hours") == (format == "gpu_hours"))
                && month(&batch.first_month).is_none_or(|first| first <= period.to)
                && month(&batch.last_month).is_none_or(|last| last >= period.from)
        };
        let mut ids: Vec<i64> = batches.iter().filter(covers).map(|batch| batch.id).collect();
        ids.sort_unstable();
        let label = match period.from == period.to {
            true => period.from.to_string(),
            false => format!("{} to {}", period.from, period.to),
        };
        let words: Vec<String> = ids.iter().take(4).map(i64::to_string).collect();
        let more = ids.len().saturating_sub(4);
        match (ids.len(), more) {
            (0, _) => format!("{what} {label}"),
            (1, _) => format!("{what} {label}, batch {}", words[0]),
            (_, 0) => format!("{what} {label}, batches {}", words.join(", ")),
            _ => format!("{what} {label}, batches {} and {more} more", words.join(", ")),
        }
    };
    Sources {
        usage: of("token usage", &["usage"], Some("tokens")),
        cost: of("report margin", &["bill", "usage"], None),
        gpu_hours: of("GPU hours", &["usage", "measurement"], Some("gpu_hours")),
        revenue: of("recognised revenue", &["revenue"], None),
    }
}
