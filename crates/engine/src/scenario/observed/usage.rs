//! Requests and tokens of a period by the model that served them.

use std::collections::BTreeMap;

use marginline_model::scenario::{Evidence, TokenPrices, TokensPerRequest};

use super::Observed;
use crate::error::{EngineError, Result};
use crate::facts::Facts;
use crate::import::{GATEWAY_CACHE, SELF_HOSTED};
use crate::number;
use crate::prices::{Model, PriceBook};
use crate::rules::Target;
use crate::scenario::api_prices::api_prices;

/// Requests that one model of an API served in a month.
#[derive(Debug, Clone, PartialEq)]
pub struct Served {
    /// Provider id.
    pub provider: String,
    /// Model id.
    pub model: String,
    /// Service tier; empty is the standard one.
    pub tier: String,
    /// Requests of a month.
    pub requests: f64,
    /// Tokens of one.
    pub tokens: TokensPerRequest,
    /// List prices of the period's last day, or why a class that they use has none.
    pub list: std::result::Result<TokenPrices, String>,
    /// What they cost in a month by bill or accrual; `None` where no line names the model.
    pub cost_usd: Option<f64>,
    /// How well that is known.
    pub evidence: Evidence,
}

impl Served {
    /// Provider, model and tier as one.
    #[must_use]
    pub fn placement(&self) -> String {
        let parts = [&self.provider, &self.model, &self.tier];
        parts.into_iter().filter(|part| !part.is_empty()).map(String::as_str).collect::<Vec<_>>().join(" ")
    }
}

/// Sums of a model.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sum {
    pub(super) requests: u64,
    pub(super) input: u64,
    pub(super) cache_read: u64,
    pub(super) cache_write: u64,
    pub(super) output: u64,
}

impl Sum {
    /// Tokens of one request.
    pub(super) fn each(&self) -> TokensPerRequest {
        let each = |tokens: u64| tokens as f64 / self.requests as f64;
        TokensPerRequest {
            input: each(self.input),
            cache_read: each(self.cache_read),
            cache_write: each(self.cache_write),
            output: each(self.output),
        }
    }
}

/// Provider, model, tier.
type Place = (String, String, String);

/// Usage of a period by model; only that of the product, if one is named.
pub(super) fn by_model(
    facts: &Facts,
    found: &Observed,
    own: bool,
    product: Option<&str>,
) -> Result<BTreeMap<Place, Sum>> {
    let mut sums: BTreeMap<Place, Sum> = BTreeMap::new();
    for fact in facts.usage.iter().filter(|fact| found.period.has(fact.month) && fact.unit.is_empty()) {
        let subject = &facts.subjects[fact.subject];
        let word = |name: &str| subject.columns.get(name).cloned().unwrap_or_default();
        let is_wanted =
            product.is_none_or(|wanted| subject.targets.get(&Target::Product).is_some_and(|is| is == wanted));
        if !is_wanted || (word("provider") == SELF_HOSTED) != own {
            continue;
        }
        if fact.requests_missing > 0 {
            return Err(EngineError::failed(format!(
                "some usage of {} in {} does not count requests",
                word("model"),
                fact.month
            ))
            .then("import usage that counts them, or write the scenario by hand"));
        }
        let sum = sums.entry((word("provider"), word("model"), word("service_tier"))).or_default();
        sum.requests += fact.requests;
        sum.input += fact.tokens.input;
        sum.cache_read += fact.tokens.cache_read;
        sum.cache_write += fact.tokens.cache_write_5m + fact.tokens.cache_write_1h;
        sum.output += fact.tokens.output;
    }
    sums.retain(|_, sum| sum.requests > 0);
    Ok(sums)
}

/// Models of APIs, each with its list prices where a list knows them.
pub(super) fn add(found: &mut Observed, facts: &Facts, prices: &PriceBook) -> Result<()> {
    let product = found.product.clone();
    if let Some(product) = &product {
        let has = |fact: &crate::facts::UsageFact| {
            facts.subjects[fact.subject].targets.get(&Target::Product) == Some(product) && found.period.has(fact.month)
        };
        if !facts.usage.iter().any(has) {
            return Err(EngineError::usage(format!("product {product:?} has no usage in {}", found.period.label()))
                .then("see `marginline report margin --by product`"));
        }
    }
    let (months, date) = (found.months(), found.last_day());
    for ((provider, model, tier), sum) in by_model(facts, found, false, product.as_deref())? {
        let requests = number::count(sum.requests);
        if tier == GATEWAY_CACHE {
            found.left_out.push(format!("{requests} requests that a gateway answered from its own cache"));
            continue;
        }
        let tokens = sum.each();
        let asked = Model { provider: &provider, model: &model, tier: &tier, region: "" };
        let list = api_prices(prices, asked, date, tokens, &mut Vec::new());
        let requests = sum.requests as f64 / months;
        found.served.push(Served {
            provider,
            model,
            tier,
            requests,
            tokens,
            list: list.map(|(list, _)| list).map_err(|error| error.what),
            cost_usd: None,
            evidence: Evidence::Modelled,
        });
    }
    found.served.sort_by(|a, b| b.requests.total_cmp(&a.requests).then_with(|| a.placement().cmp(&b.placement())));
    Ok(())
}
