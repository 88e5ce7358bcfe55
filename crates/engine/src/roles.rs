//! Who counts: of the same tokens a provider, a gateway and a tracer may tell, and a bill may cover them.
//!
//! For each provider and month exactly one origin of usage counts: the provider's own before the gateway's before
//! the tracer's. Of the provider's own counts its export comes before tables of the company. The others are compared
//! and never added. Where no bill covers the month, the usage that counts
//! stands in with its list price, and where there is none with what its source says it cost.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use marginline_model::scenario::Evidence;
use marginline_model::{Money, Month};
use marginline_store::cost::{CostKey, CostSum};
use marginline_store::token_usage::{UsageKey, UsageOrigin, UsageSum};

use crate::error::Result;
use crate::facts::{CostFact, Facts, month_of};
use crate::import::{SELF_HOSTED, is_own_table, provider_id};
use crate::prices::Estimate;
use crate::subject::{bill_columns, billed_model, is_provider};

/// Whether usage has a price, and whose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pricing {
    /// Its cost stands on a bill.
    OnBill,
    /// Priced from the price book.
    Priced(Estimate),
    /// The list has no price, for the reason told; what the source says it cost stands in.
    Claimed(Money, String),
    /// It has no price.
    Unpriced(Unpriced),
    /// Priced in a currency that has no rate to the reporting one.
    Unconverted(Estimate),
}

/// Usage without a price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unpriced {
    /// Class of tokens that has none, or `request`; empty where nothing of it has.
    pub class: &'static str,
    /// Why.
    pub reason: String,
    /// What it would cost at the dearest known prices of its classes, in USD until it is converted; `None` where there
    /// is no such bound.
    pub most: Option<Money>,
}

impl Pricing {
    /// What tells kinds apart, since usage of one kind adds up.
    pub(crate) fn kind(&self) -> (u8, String) {
        match self {
            Self::OnBill => (0, String::new()),
            Self::Priced(cost) => (1, cost.currency.code().to_owned()),
            Self::Claimed(..) => (2, String::new()),
            Self::Unpriced(gap) => (3, gap.reason.clone()),
            Self::Unconverted(cost) => (4, cost.currency.code().to_owned()),
        }
    }
}

/// What the price list says of usage that a bill covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Claimed {
    /// The part that has a price.
    pub priced: Money,
    /// Some of it has none.
    pub has_unpriced: bool,
}

/// A teller that does not count, and what it says of a provider's month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Told {
    /// Tokens of all classes.
    pub tokens: u64,
    /// What it says they cost, in USD, over the rows that tell.
    pub claimed: Money,
    /// Does any row tell?
    pub claims: bool,
}

/// Who told usage, the one to be believed first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Teller {
    /// An export of the provider.
    Provider,
    /// A table that the company made itself; several of them add up.
    OwnTable,
    /// A gateway.
    Gateway,
    /// A tracer.
    Tracer,
}

impl Teller {
    fn of(key: &UsageKey, sum: &UsageSum) -> Self {
        match key.origin {
            UsageOrigin::Provider if is_own_table(&sum.format) => Self::OwnTable,
            UsageOrigin::Provider => Self::Provider,
            UsageOrigin::Gateway => Self::Gateway,
            UsageOrigin::Tracer => Self::Tracer,
        }
    }

    /// Who it is, for people.
    fn word(self) -> &'static str {
        match self {
            Self::Provider => "provider",
            Self::OwnTable => "own table",
            Self::Gateway => "gateway",
            Self::Tracer => "tracer",
        }
    }
}

/// The teller that counts, by provider and month.
#[derive(Debug, Default)]
pub(crate) struct Counted(BTreeMap<(String, String), Teller>);

impl Counted {
    /// Finds it among all usage.
    pub fn of(keys: &HashMap<i64, UsageKey>, sums: &[UsageSum]) -> Self {
        let mut counted: BTreeMap<(String, String), Teller> = BTreeMap::new();
        for sum in sums {
            if let Some(key) = keys.get(&sum.key) {
                let place = (provider_id(&key.provider), month_part(&sum.first_day).to_owned());
                let teller = Teller::of(key, sum);
                counted.entry(place).and_modify(|first| *first = (*first).min(teller)).or_insert(teller);
            }
        }
        Self(counted)
    }

    /// Does usage of this key and month count?
    pub fn has(&self, key: &UsageKey, sum: &UsageSum) -> bool {
        let place = (provider_id(&key.provider), month_part(&sum.first_day).to_owned());
        self.0.get(&place).is_none_or(|teller| *teller == Teller::of(key, sum))
    }
}

fn month_part(date: &str) -> &str {
    date.get(..7).unwrap_or(date)
}

/// What is compared, by provider, month and teller.
pub type Compared = BTreeMap<(String, Month, &'static str), Told>;

/// Adds what a teller says to what is compared.
pub(crate) fn compare(compared: &mut Compared, key: &UsageKey, month: Month, sum: &UsageSum) {
    let told = compared.entry((provider_id(&key.provider), month, Teller::of(key, sum).word())).or_default();
    told.tokens += sum.tokens.total();
    told.claimed += sum.claimed_usd;
    told.claims |= sum.claimed_missing == 0;
}

/// The cost of usage that no bill covers: by the price list, else as its source claims, else none. A source that
/// claims 0 for tokens it has no price for says nothing.
pub(crate) fn standing_in(listed: std::result::Result<Estimate, Unpriced>, sum: &UsageSum) -> Pricing {
    let nothing = sum.tokens.total() == 0 && sum.quantity_nanos == 0;
    let claimed = (sum.claimed_missing == 0 && (nothing || sum.claimed_usd != Money::ZERO)).then_some(sum.claimed_usd);
    match (listed, claimed) {
        // Without tokens the list says 0, which is no price for an image.
        (Ok(cost), None) => Pricing::Priced(cost),
        (Ok(cost), Some(claimed)) if !nothing || claimed == Money::ZERO => Pricing::Priced(cost),
        (Ok(_), Some(claimed)) => Pricing::Claimed(claimed, "it counts no tokens".to_owned()),
        (Err(gap), Some(claimed)) => Pricing::Claimed(claimed, gap.reason),
        (Err(gap), None) => Pricing::Unpriced(gap),
    }
}

/// Somebody else's sum of a month, which is no bill.
pub(crate) type ClaimedLine<'a> = (&'a CostKey, CostSum);

impl Facts {
    /// Compares a gateway's own sums of an AI provider's months; where neither a bill nor usage tells of the month,
    /// they stand in for the bill. Sums of other services have no provider to be held against.
    pub(crate) fn weigh_claims(&mut self, claims: Vec<ClaimedLine<'_>>) -> Result<()> {
        if claims.is_empty() {
            return Ok(());
        }
        let billed = self.billed_months();
        let used: BTreeSet<(String, Month)> = self
            .usage
            .iter()
            .filter_map(|fact| Some((provider_id(self.subjects[fact.subject].columns.get("provider")?), fact.month)))
            .collect();
        for (key, sum) in claims {
            if key.category != "AI and Machine Learning" || sum.currency != "USD" {
                continue;
            }
            let (provider, month) = (provider_id(&key.provider), month_of(&sum.used)?);
            let covered = billed.iter().any(|(name, at)| *at == month && is_provider(name, &provider));
            if covered || used.contains(&(provider.clone(), month)) || provider == SELF_HOSTED {
                let told = self.compared.entry((provider, month, "gateway's bill")).or_default();
                told.claimed += sum.effective;
                told.claims = true;
                continue;
            }
            let subject = self.subject(bill_columns(key, billed_model(key)));
            self.costs.push(CostFact {
                subject,
                billing_month: month,
                usage_month: month,
                day: (sum.used.len() > 7).then_some(sum.used),
                currency: sum.currency,
                rows: 0,
                billed: None,
                effective: sum.effective,
                below: Money::ZERO,
                above: Money::ZERO,
                contracted: None,
                contracted_missing: 0,
                list: None,
                list_missing: 0,
                evidence: Evidence::Modelled,
            });
        }
        Ok(())
    }
}
