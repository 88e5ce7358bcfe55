//! What keeps a total from being complete: usage without a price, and money in other currencies. Neither is
//! ever zero; both are named.

use std::collections::{BTreeMap, BTreeSet};

use marginline_model::{Money, Month};
use serde::Serialize;

use super::Period;
use super::priced::Priced;
use crate::facts::{Facts, Pricing};
use crate::number;
use crate::prices::Estimate;
use crate::subject::Subject;
use crate::view::{MonthBasis, Notice, Tone};

/// A model whose usage has no price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unpriced {
    /// Provider.
    pub provider: String,
    /// Model.
    pub model: String,
    /// Why.
    pub reason: String,
    /// Tokens of all classes.
    pub tokens: String,
    /// What is counted that is no token, such as `images`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub unit: String,
    /// How many of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quantity: Option<String>,
    /// Requests.
    pub requests: String,
    /// Months concerned.
    pub months: Vec<String>,
}

/// A model without a list price, for whose usage the cost that its source claims stands in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StandIn {
    /// Provider.
    pub provider: String,
    /// Model.
    pub model: String,
    /// What the source says it cost, in USD.
    pub claimed: String,
    /// Why the list has no price.
    pub reason: String,
}

/// A teller of usage that does not count, because another one does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Compared {
    /// Provider id.
    pub provider: String,
    /// Month.
    pub month: String,
    /// Who tells: `gateway`, `tracer` or `gateway's bill`.
    pub teller: &'static str,
    /// Tokens of all classes.
    pub tokens: String,
    /// What it says they cost, in USD; `None` where it does not say.
    pub claimed: Option<String>,
}

/// Usage of a model whose cost is an estimate: its export does not tell how long each prompt was, or at what hour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Estimated {
    /// Provider.
    pub provider: String,
    /// Model, or GPU.
    pub model: String,
    /// Lower end.
    pub low: String,
    /// What reports add up.
    pub point: String,
    /// Upper end.
    pub high: String,
    /// Currency.
    pub currency: String,
}

/// Cost in a currency that is not converted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unconverted {
    /// Currency.
    pub currency: String,
    /// BilledCost.
    pub billed: String,
    /// EffectiveCost.
    pub effective: String,
    /// Recognised revenue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revenue: Option<String>,
    /// Who bills it.
    pub issuers: Vec<String>,
    /// Reporting currency that it has no rate to.
    pub to: String,
    /// Months without a rate.
    pub months: Vec<String>,
}

/// Gaps of a period.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Gaps {
    /// Priced tokens as percent of all; `None` without usage.
    pub priced_share: Option<String>,
    /// Quantities, and what of them has no price.
    pub priced: Priced,
    /// Usage whose cost lies between two ends.
    pub estimated: Vec<Estimated>,
    /// Usage without a price.
    pub unpriced: Vec<Unpriced>,
    /// Money not converted.
    pub unconverted: Vec<Unconverted>,
    /// Usage that its provider's bill covers, beside what the price list says of it.
    pub claims: Vec<Claim>,
    /// Usage without a list price whose claimed cost stands in.
    pub stand_ins: Vec<StandIn>,
    /// What tellers say that do not count; compared, never added.
    pub compared: Vec<Compared>,
}

/// A provider's bill beside the price list's figure for the same month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Claim {
    /// Provider id of the usage.
    pub provider: String,
    /// Month.
    pub month: String,
    /// What the price list says; compared, never added. `None` where nothing of it has a price.
    pub claimed: Option<String>,
    /// Some of the usage has no price.
    pub has_unpriced: bool,
}

impl Estimated {
    fn of(((provider, model, currency), cost): (Used, Estimate)) -> Self {
        Self {
            provider,
            model,
            low: cost.low.total().to_string(),
            point: cost.point.total().to_string(),
            high: cost.high.total().to_string(),
            currency,
        }
    }
}

impl Unconverted {
    fn notice(&self, currency: &str) -> Notice {
        let mut parts = Vec::new();
        if !self.issuers.is_empty() {
            let effective = number::rounded(&self.effective, 2);
            parts.push(format!("{} {effective} billed by {}", self.currency, self.issuers.join(", ")));
        }
        parts.extend(
            self.revenue
                .as_ref()
                .map(|revenue| format!("{} {} of revenue", self.currency, number::rounded(revenue, 2))),
        );
        Notice {
            id: "unconverted".into(),
            text: format!(
                "{} is not converted to {currency} and in no total: no exchange rate from {} for {}",
                parts.join(" and "),
                self.currency,
                self.months.join(", ")
            ),
            tone: Tone::Warn,
        }
    }
}

impl Gaps {
    /// Is the cost a lower bound?
    #[must_use]
    pub fn cost_is_a_bound(&self) -> bool {
        !self.unpriced.is_empty() || self.unconverted.iter().any(|gap| !gap.issuers.is_empty())
    }

    /// As notices for the screen.
    #[must_use]
    pub fn notices(&self, currency: &str) -> Vec<Notice> {
        let mut notices = Vec::new();
        for gap in &self.unpriced {
            let short = |text: &String| text.parse().map_or_else(|_| text.clone(), number::short_count);
            let (count, unit) = match &gap.quantity {
                Some(quantity) => (short(quantity), gap.unit.as_str()),
                None => (short(&gap.tokens), "tokens"),
            };
            let name = if gap.model.is_empty() { &gap.provider } else { &gap.model };
            notices.push(Notice {
                id: "unpriced".into(),
                text: format!("{name} has no price: {count} {unit} are in no cost ({})", gap.reason),
                tone: Tone::Warn,
            });
        }
        notices.extend(self.estimated.iter().map(|gap| Notice {
            id: "estimated".into(),
            text: format!(
                "cost of {} is an estimate: usage does not tell which prompts were long or at what hour, so {} {} lies between {} and {}",
                gap.model,
                gap.currency,
                number::rounded(&gap.point, 2),
                number::rounded(&gap.low, 2),
                number::rounded(&gap.high, 2),
            ),
            tone: Tone::Warn,
        }));
        notices.extend(self.stand_ins.iter().map(|gap| Notice {
            id: "stand-in".into(),
            text: format!(
                "{} has no list price ({}): USD {}, which is what its source says it cost, stands in",
                if gap.model.is_empty() { &gap.provider } else { &gap.model },
                gap.reason,
                number::rounded(&gap.claimed, 2)
            ),
            tone: Tone::Neutral,
        }));
        notices.extend(self.unconverted.iter().map(|gap| gap.notice(currency)));
        // The price list is in USD, whatever the report is in.
        let unit = if currency == "USD" { "" } else { "USD " };
        for claim in &self.claims {
            notices.push(Notice {
                id: "claim".into(),
                text: format!(
                    "a bill of {} covers {}, so its usage is not priced again; the price list {}",
                    claim.provider,
                    claim.month,
                    match (&claim.claimed, claim.has_unpriced) {
                        (None, _) => "has no price for it".to_owned(),
                        (Some(claimed), true) => format!("says ≥ {unit}{}", number::rounded(claimed, 2)),
                        (Some(claimed), false) => format!("says {unit}{}", number::rounded(claimed, 2)),
                    }
                ),
                tone: Tone::Neutral,
            });
        }
        notices.extend(self.compared.iter().map(|told| Notice {
            id: "compared".into(),
            text: format!(
                "what the {} tells of {} in {} is compared and not added: {}{}",
                told.teller,
                if told.provider.is_empty() { "an unknown provider" } else { &told.provider },
                told.month,
                told.tokens.parse().map_or_else(|_| told.tokens.clone(), number::short_count) + " tokens",
                told.claimed.as_ref().map_or_else(String::new, |cost| format!(", USD {}", number::rounded(cost, 2)))
            ),
            tone: Tone::Neutral,
        }));
        notices
    }
}

/// Usage of one model that has no price.
#[derive(Default)]
struct OpenUsage {
    reason: String,
    tokens: u64,
    requests: u64,
    quantity_nanos: i128,
    months: BTreeSet<Month>,
}

/// Money of one currency that has no rate.
#[derive(Default)]
struct OpenMoney {
    billed: Money,
    effective: Money,
    revenue: Money,
    issuers: BTreeSet<String>,
    months: BTreeSet<Month>,
}

/// The unit of GPU hours.
const GPU_HOURS: &str = "GPU hours";

/// Provider, model and unit.
type Used = (String, String, String);

impl OpenUsage {
    fn told(self, (provider, model, unit): Used) -> Unpriced {
        // 10⁻⁹ of a unit are 10⁹ of the 10⁻¹⁸ that money counts in, which shows quantities just as well.
        let quantity = (!unit.is_empty()).then(|| Money::from_attos(self.quantity_nanos * 1_000_000_000).to_string());
        Unpriced {
            provider,
            model,
            reason: self.reason,
            tokens: self.tokens.to_string(),
            unit,
            quantity,
            requests: self.requests.to_string(),
            months: self.months.iter().map(ToString::to_string).collect(),
        }
    }
}

impl Facts {
    /// Gaps of a period.
    #[must_use]
    pub fn gaps(&self, period: Period, basis: MonthBasis) -> Gaps {
        self.gaps_of(period, basis, &|_| true)
    }

    /// Gaps of a period among some descriptions only.
    #[must_use]
    pub fn gaps_of(&self, period: Period, basis: MonthBasis, wanted: &dyn Fn(&Subject) -> bool) -> Gaps {
        let mut priced = Priced::default();
        let mut estimated: BTreeMap<Used, Estimate> = BTreeMap::new();
        let mut open: BTreeMap<Used, OpenUsage> = BTreeMap::new();
        let mut stand_ins: BTreeMap<Used, (Money, String)> = BTreeMap::new();
        for fact in self.usage.iter().filter(|fact| period.has(fact.month) && wanted(&self.subjects[fact.subject])) {
            let tokens = fact.tokens.total();
            priced.add_usage(fact);
            let word = |name: &str| self.subjects[fact.subject].columns.get(name).cloned().unwrap_or_default();
            let used = || (word("provider"), word("model"), fact.unit.clone());
            let reason = match &fact.pricing {
                Pricing::Unpriced(gap) => &gap.reason,
                Pricing::Claimed(cost, reason) if *cost != Money::ZERO => {
                    stand_ins.entry(used()).or_insert_with(|| (Money::ZERO, reason.clone())).0 += *cost;
                    continue;
                }
                Pricing::Priced(cost) if !cost.is_known() => {
                    let (provider, model, _) = used();
                    let used = (provider, model, cost.currency.code().to_owned());
                    estimated.entry(used).and_modify(|sum| sum.add(cost)).or_insert(*cost);
                    continue;
                }
                Pricing::Claimed(..) | Pricing::Priced(_) | Pricing::OnBill | Pricing::Unconverted(_) => continue,
            };
            let entry =
                open.entry(used()).or_insert_with(|| OpenUsage { reason: reason.clone(), ..OpenUsage::default() });
            entry.tokens += tokens;
            entry.requests += fact.requests;
            entry.quantity_nanos += fact.quantity_nanos;
            entry.months.insert(fact.month);
        }
        self.gpu_gaps(period, wanted, &mut priced, &mut open);
        Gaps {
            priced_share: priced.tokens_share(),
            priced,
            estimated: estimated.into_iter().map(Estimated::of).collect(),
            unpriced: open.into_iter().map(|(used, usage)| usage.told(used)).collect(),
            stand_ins: stand_ins
                .into_iter()
                .map(|((provider, model, _), (claimed, reason))| StandIn {
                    provider,
                    model,
                    claimed: claimed.to_string(),
                    reason,
                })
                .collect(),
            compared: self.compared_in(period),
            unconverted: self.unconverted(period, basis, wanted),
            claims: self
                .claims
                .iter()
                .filter(|((_, month), _)| period.has(*month))
                .map(|((provider, month), claimed)| Claim {
                    provider: provider.clone(),
                    month: month.to_string(),
                    claimed: (claimed.priced != Money::ZERO || !claimed.has_unpriced)
                        .then(|| claimed.priced.to_string()),
                    has_unpriced: claimed.has_unpriced,
                })
                .collect(),
        }
    }

    fn compared_in(&self, period: Period) -> Vec<Compared> {
        let in_period = self.compared.iter().filter(|((_, month, _), _)| period.has(*month));
        in_period
            .map(|((provider, month, teller), told)| Compared {
                provider: provider.clone(),
                month: month.to_string(),
                teller,
                tokens: told.tokens.to_string(),
                claimed: told.claims.then(|| told.claimed.to_string()),
            })
            .collect()
    }

    /// GPU hours that no bill covers and that have no price.
    fn gpu_gaps(
        &self,
        period: Period,
        wanted: &dyn Fn(&Subject) -> bool,
        priced: &mut Priced,
        open: &mut BTreeMap<Used, OpenUsage>,
    ) {
        for fact in self.gpus.iter().filter(|fact| period.has(fact.month) && wanted(&self.subjects[fact.subject])) {
            priced.add_gpus(fact);
            let Some(reason) = &fact.unpriced else { continue };
            let provider = self.subjects[fact.subject].columns.get("provider").cloned().unwrap_or_default();
            let entry = open
                .entry((provider, fact.gpu.clone(), GPU_HOURS.to_owned()))
                .or_insert_with(|| OpenUsage { reason: reason.clone(), ..OpenUsage::default() });
            entry.quantity_nanos += fact.nanos;
            entry.months.insert(fact.month);
        }
    }

    fn unconverted(&self, period: Period, basis: MonthBasis, wanted: &dyn Fn(&Subject) -> bool) -> Vec<Unconverted> {
        let mut open: BTreeMap<&str, OpenMoney> = BTreeMap::new();
        let rate_of = |month: Month| self.exchange.hold.unwrap_or(month);
        for fact in self.costs.iter().filter(|fact| {
            fact.currency != self.rules.currency
                && period.has(fact.month(basis))
                && wanted(&self.subjects[fact.subject])
        }) {
            let entry = open.entry(&fact.currency).or_default();
            entry.billed += fact.billed.unwrap_or_default();
            entry.effective += fact.effective;
            entry.months.insert(rate_of(fact.month(basis)));
            let columns = &self.subjects[fact.subject].columns;
            entry.issuers.extend(columns.get("issuer").or_else(|| columns.get("provider")).cloned());
        }
        for fact in self.revenue.iter().filter(|fact| fact.currency != self.rules.currency && period.has(fact.month)) {
            let entry = open.entry(&fact.currency).or_default();
            entry.revenue += fact.amount;
            entry.months.insert(rate_of(fact.month));
        }
        open.into_iter()
            .map(|(currency, money)| Unconverted {
                currency: currency.to_owned(),
                billed: money.billed.to_string(),
                effective: money.effective.to_string(),
                revenue: (money.revenue != Money::ZERO).then(|| money.revenue.to_string()),
                issuers: money.issuers.into_iter().collect(),
                to: self.rules.currency.clone(),
                months: money.months.iter().map(ToString::to_string).collect(),
            })
            .collect()
    }
}
