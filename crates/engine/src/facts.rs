//! What every report starts from: bill, usage and revenue of the whole ledger, by month, with the rules
//! applied once to each distinct description instead of once to each row.
//!
//! Roles are settled here, by the rules of [`crate::roles`]. A bill is money; usage that counts is priced only where
//! no bill of that provider covers the month (then it stands in as an accrual, evidence *modelled*) and where no
//! `billed` rule says that a bill line holds it already.

mod fact;
pub(crate) mod free;
mod gpus;
mod pricing;
mod things;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use marginline_model::prices::Price;
use marginline_model::recognise::{invoiced, recognise};
use marginline_model::scenario::Evidence;
use marginline_model::{Currency, Money, Month, Zone};
use marginline_store::budget::BudgetSum;
use marginline_store::cost::{CostKey, CostSum, Detail, Grain, Origin};
use marginline_store::document::DocumentKind;
use marginline_store::gpu_hours::GpuHoursSum;
use marginline_store::token_usage::{UsageKey, UsageSum};

use crate::Engine;
use crate::alias::Aliases;
use crate::convert::Exchange;
use crate::error::{EngineError, Result};
use crate::import::GATEWAY_CACHE;
use crate::prices::{Estimate, Names, PriceBook, TokenCost};
use crate::report::hours::civil_sums;
pub use crate::roles::{Claimed, Pricing};
use crate::roles::{ClaimedLine, Compared, Counted, compare};
use crate::rules::{Columns, CostClass, DEFAULT_RULES, Rules, Target};
use crate::subject::{Subject, bill_columns, billed_model, is_provider, plain_name, usage_columns};
use crate::view::MonthBasis;
pub use fact::{CostFact, RevenueFact, UsageFact};
use free::Free;
pub use gpus::GpuFact;
use pricing::Sorted;
pub(crate) use pricing::priced as priced_usage;

/// Everything the reports need.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The rules that were applied.
    pub rules: Rules,
    /// Distinct descriptions.
    pub subjects: Vec<Subject>,
    /// Cost.
    pub costs: Vec<CostFact>,
    /// Lines of the general ledger that no rule makes a cost: in no report, and named beside the margin.
    pub set_aside: Vec<CostFact>,
    /// Usage.
    pub usage: Vec<UsageFact>,
    /// Revenue, in the months it is earned.
    pub revenue: Vec<RevenueFact>,
    /// Revenue, in the months it is invoiced.
    pub invoiced: Vec<RevenueFact>,
    /// GPU hours in UTC: months for sharing out money, hours for the shape of a day.
    pub gpu_hours: Vec<GpuHoursSum>,
    /// The same in the workspace's time zone, for views of usage.
    pub civil_gpu_hours: Vec<GpuHoursSum>,
    /// Budget.
    pub budget: Vec<BudgetSum>,
    /// GPU hours that no bill covers, and what they cost by the price book.
    pub gpus: Vec<GpuFact>,
    /// Usage whose provider's own bill covers the month: what it would cost by the price list, by provider id and
    /// month. Compared, never added.
    pub claims: BTreeMap<(String, Month), Claimed>,
    /// How they came to be in one currency; nothing where they are as the ledger has them.
    pub exchange: Exchange,
    /// What tellers say that do not count.
    pub compared: Compared,
    aliases: Aliases,
    /// Day whose prices all usage has, instead of each day's own.
    prices_on: Option<NaiveDate>,
}

impl Engine {
    /// The facts of the ledger as it is now; made once for each version of the ledger.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn facts(&self) -> Result<std::sync::Arc<Facts>> {
        let version = self.ledger().version().await?;
        let mut kept = self.kept_facts().lock().await;
        if let Some((_, facts)) = kept.as_ref().filter(|(at, _)| *at == version) {
            return Ok(facts.clone());
        }
        let facts = std::sync::Arc::new(self.build_facts((Grain::Month, Detail::Outline), None, Vec::new()).await?);
        *kept = Some((version, facts.clone()));
        Ok(facts)
    }

    /// The rules of the workspace, or the default ones.
    ///
    /// # Errors
    /// When the kept rules cannot be read.
    pub async fn rules(&self) -> Result<Rules> {
        let kept = self.ledger().document(DocumentKind::Rules, "rules").await?;
        Rules::parse(kept.as_deref().unwrap_or(DEFAULT_RULES))
    }

    /// The facts by day of use, for the one report that groups by day; at the prices of one day, if one is given.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn daily_facts(&self, prices_on: Option<NaiveDate>) -> Result<Facts> {
        self.build_facts((Grain::Day, Detail::Outline), prices_on, Vec::new()).await
    }

    /// The facts with all usage at the prices of one day.
    pub(crate) async fn facts_priced_on(&self, day: NaiveDate) -> Result<Facts> {
        self.build_facts((Grain::Month, Detail::Outline), Some(day), Vec::new()).await
    }

    /// The facts as they would be with these prices set by hand.
    pub(crate) async fn facts_with(&self, laid: Vec<Price>) -> Result<Facts> {
        self.build_facts((Grain::Month, Detail::Outline), None, laid).await
    }

    /// The facts in which a bill line tells its model. Most reports group by nothing that names one, so that facts hold
    /// bills without it; these are as they are where no bill names a model.
    pub(crate) async fn facts_by_model(&self) -> Result<std::sync::Arc<Facts>> {
        let facts = self.facts().await?;
        let names_one = |fact: &CostFact| {
            let columns = &facts.subjects[fact.subject].columns;
            columns.get("resource_type").is_some_and(|kind| kind == "Model") && columns.get("model").is_none()
        };
        if !facts.costs.iter().any(names_one) {
            return Ok(facts);
        }
        Ok(std::sync::Arc::new(self.build_facts((Grain::Month, Detail::Full), None, Vec::new()).await?))
    }

    async fn build_facts(
        &self,
        (grain, least): (Grain, Detail),
        prices_on: Option<NaiveDate>,
        laid: Vec<Price>,
    ) -> Result<Facts> {
        let rules = self.rules().await?;
        let ledger = self.ledger();
        let mut facts = Facts {
            subjects: Vec::new(),
            costs: Vec::new(),
            set_aside: Vec::new(),
            usage: Vec::new(),
            revenue: Vec::new(),
            invoiced: Vec::new(),
            gpu_hours: ledger.gpu_hours_sums().await?,
            civil_gpu_hours: Vec::new(),
            budget: ledger.budget_sums().await?,
            gpus: Vec::new(),
            claims: BTreeMap::new(),
            exchange: Exchange::default(),
            compared: Compared::new(),
            aliases: rules.aliases(),
            prices_on,
            rules,
        };
        facts.civil_gpu_hours = match facts.rules.zone() {
            Zone::UTC => facts.gpu_hours.clone(),
            zone => civil_sums(ledger.gpu_hours_by_hour().await?, zone),
        };
        let detail = if facts.rules.asks_for_detail() { Detail::Full } else { least };
        let cost_keys = ledger.cost_keys(detail).await?;
        let claims = facts.add_bills(&cost_keys, ledger.cost_sums(detail, grain).await?)?;
        self.recall_prices().await?;
        let keys = ledger.usage_keys().await?;
        let sums = ledger.usage_sums(grain).await?;
        let names = Names::of(&keys, &sums, &facts.gpu_hours, &facts.aliases, prices_on);
        let prices = self.price_book_of(names, &facts.rules.prices.order(), laid).await?;
        self.add_priced_usage(&mut facts, (&keys, sums), &prices, grain).await?;
        facts.weigh_claims(claims)?;
        facts.accrue();
        facts.add_gpus(&prices)?;
        for row in ledger.revenue_rows().await? {
            let months = recognise(row.kind, row.amount, row.invoice_date, row.service_start, row.service_end)
                .map_err(|error| EngineError::failed(format!("invoice {} needs {error}", row.invoice_id)))?;
            let fact = |(month, amount)| RevenueFact {
                month,
                product: row.product.clone(),
                customer: row.customer.clone(),
                region: row.region.clone(),
                currency: row.currency.clone(),
                amount,
            };
            facts.invoiced.extend(invoiced(row.kind, row.amount, row.invoice_date).map(fact));
            facts.revenue.extend(months.into_iter().map(fact));
        }
        Ok(facts)
    }

    /// Usage, read as finely as its prices need it: by month, by day, or by the length of its prompts.
    async fn add_priced_usage(
        &self,
        facts: &mut Facts,
        (keys, sums): (&HashMap<i64, UsageKey>, Vec<UsageSum>),
        prices: &PriceBook,
        grain: Grain,
    ) -> Result<()> {
        let ledger = self.ledger();
        let counted = Counted::of(keys, &sums);
        let sorted = Sorted::of(keys, sums, grain, prices, (&facts.aliases, facts.prices_on));
        facts.add_usage(keys, unfree(sorted.even), &counted, prices, grain)?;
        let mut free = Vec::new();
        if !sorted.uneven.is_empty() || !sorted.free.is_empty() {
            // A price changed inside these months, so each of their days has its own.
            let days = ledger.usage_sums(Grain::Day).await?;
            let place = |sum: &UsageSum| (sum.key, month_part(&sum.first_day).to_owned());
            let (uneven, others) = days.into_iter().partition(|sum| sorted.uneven.contains(&place(sum)));
            facts.add_usage(keys, unfree(uneven), &counted, prices, grain)?;
            free = others;
            free.retain(|sum| sorted.free.get(&place(sum)) == Some(&false));
        }
        for (key, month) in &sorted.odd {
            let rows = ledger.usage_sums_by_prompt(*key, month).await?;
            facts.add_usage(keys, unfree(rows), &counted, prices, grain)?;
        }
        for ((key, month), _) in sorted.free.iter().filter(|(_, is_odd)| **is_odd) {
            free.extend(ledger.usage_sums_by_prompt(*key, month).await?);
        }
        let shares = free::of(keys, &free, &counted, prices, (&facts.aliases, facts.prices_on))?;
        facts.add_usage(keys, free.into_iter().zip(shares).collect(), &counted, prices, grain)?;
        Ok(())
    }
}

/// Sums of which nothing is free.
fn unfree(sums: Vec<UsageSum>) -> Vec<(UsageSum, Free)> {
    sums.into_iter().map(|sum| (sum, Free::default())).collect()
}

/// Subject, month, day, and the kind of pricing.
type UsagePlace = (usize, Month, Option<String>, (u8, String));

fn month_part(date: &str) -> &str {
    date.get(..7).unwrap_or(date)
}

/// The day that a day or a month begins with.
pub(crate) fn day_of(text: &str) -> Result<NaiveDate> {
    let day = if text.len() == 7 { format!("{text}-01").parse() } else { text.parse() };
    day.map_err(|_| {
        EngineError::failed(format!("the ledger holds a date {text:?} that is none")).then("run `marginline check`")
    })
}

pub(crate) fn month_of(text: &str) -> Result<Month> {
    text.get(..7).and_then(|month| month.parse().ok()).ok_or_else(|| {
        EngineError::failed(format!("the ledger holds a month {text:?} that is none")).then("run `marginline check`")
    })
}

impl Facts {
    pub(crate) fn subject(&mut self, mut columns: Columns) -> usize {
        self.rules.tag(&mut columns);
        let (line, class) = self.rules.line(&columns);
        columns.insert("line".into(), line.clone());
        let targets = [Target::Product, Target::Customer, Target::Team, Target::Region]
            .into_iter()
            .filter_map(|target| self.rules.target(target, &columns).map(|value| (target, value)))
            .collect();
        self.subjects.push(Subject { columns, line, class, targets });
        self.subjects.len() - 1
    }

    fn add_bills<'a>(&mut self, keys: &'a HashMap<i64, CostKey>, sums: Vec<CostSum>) -> Result<Vec<ClaimedLine<'a>>> {
        let mut claims = Vec::new();
        let mut subjects: HashMap<(i64, String), usize> = HashMap::new();
        for sum in sums {
            let Some(key) = keys.get(&sum.key) else { continue };
            // Somebody else's computed cost is no bill.
            if key.origin == Origin::Claim {
                claims.push((key, sum));
                continue;
            }
            let model = match billed_model(key) {
                "" => String::new(),
                name => self.aliases.model(name, day_of(&sum.used)?).to_owned(),
            };
            let place = (sum.key, model);
            let subject = match subjects.get(&place) {
                Some(&subject) => subject,
                None => {
                    let subject = self.subject(bill_columns(key, &place.1));
                    subjects.insert(place, subject);
                    subject
                }
            };
            // FOCUS: List and ContractedCost of a purchase that covers later usage would count twice.
            let cover = key.charge_category == "Purchase" && !key.commitment.is_empty();
            let unless_cover = |money: Money, missing: u64| {
                if cover { Some(Money::ZERO) } else { (missing < sum.rows).then_some(money) }
            };
            // The general ledger holds what bills hold too, so only what a rule makes a cost is one.
            let excluded = self.subjects[subject].class == CostClass::Excluded;
            let costs = if key.origin == Origin::Books && excluded { &mut self.set_aside } else { &mut self.costs };
            costs.push(CostFact {
                subject,
                billing_month: month_of(&sum.billing_month)?,
                usage_month: month_of(&sum.used)?,
                day: (sum.used.len() > 7).then(|| sum.used.clone()),
                currency: sum.currency,
                rows: sum.rows,
                billed: Some(sum.billed),
                effective: sum.effective,
                below: Money::ZERO,
                above: Money::ZERO,
                contracted: unless_cover(sum.contracted, sum.contracted_missing),
                contracted_missing: if cover { 0 } else { sum.contracted_missing },
                list: unless_cover(sum.list, sum.list_missing),
                list_missing: if cover { 0 } else { sum.list_missing },
                evidence: Evidence::Billed,
            });
        }
        Ok(claims)
    }

    fn add_usage(
        &mut self,
        keys: &HashMap<i64, UsageKey>,
        sums: Vec<(UsageSum, Free)>,
        counted: &Counted,
        prices: &PriceBook,
        grain: Grain,
    ) -> Result<()> {
        if sums.is_empty() {
            return Ok(());
        }
        let billed = self.billed_months();
        let mut covered: HashMap<(&str, Month), bool> = HashMap::new();
        let mut subjects: HashMap<(i64, String), usize> = HashMap::new();
        let mut places: HashMap<UsagePlace, usize> = HashMap::new();
        for (sum, free) in sums {
            let Some(key) = keys.get(&sum.key) else { continue };
            let month = month_of(&sum.first_day)?;
            if !counted.has(key, &sum) {
                compare(&mut self.compared, key, month, &sum);
                continue;
            }
            let model = self.aliases.model(&key.model, day_of(&sum.first_day)?).to_owned();
            let place = (sum.key, model);
            let subject = match subjects.get(&place) {
                Some(&subject) => subject,
                None => {
                    let subject = self.subject(usage_columns(key, &place.1));
                    subjects.insert(place.clone(), subject);
                    subject
                }
            };
            // What a gateway answers from its own cache no provider was asked for.
            let is_cached = key.service_tier == GATEWAY_CACHE;
            let pricing = if is_cached || self.rules.billed(&self.subjects[subject].columns) {
                Pricing::OnBill
            } else {
                let pricing = pricing::priced(key, &place.1, &sum, &free, (prices, self.prices_on))?;
                let is_covered = || billed.iter().any(|(name, at)| *at == month && is_provider(name, &key.provider));
                if *covered.entry((&key.provider, month)).or_insert_with(is_covered) {
                    self.claim(&key.provider, month, &pricing);
                    Pricing::OnBill
                } else {
                    pricing
                }
            };
            let day = (grain == Grain::Day).then(|| sum.first_day.clone());
            let place = (subject, month, day.clone(), pricing.kind());
            match places.get(&place) {
                Some(&index) => self.usage[index].merge(&sum, &pricing),
                None => {
                    places.insert(place, self.usage.len());
                    self.usage.push(UsageFact {
                        subject,
                        month,
                        day,
                        tokens: sum.tokens,
                        requests: sum.requests,
                        requests_missing: sum.requests_missing,
                        unit: key.unit.clone(),
                        quantity_nanos: sum.quantity_nanos,
                        pricing,
                    });
                }
            }
        }
        Ok(())
    }

    /// What the price list says of usage that a bill covers; kept to be compared.
    fn claim(&mut self, provider: &str, month: Month, pricing: &Pricing) {
        let claim = self.claims.entry((provider.to_owned(), month)).or_default();
        match pricing {
            Pricing::Priced(cost) if cost.currency == Currency::USD => claim.priced += cost.point.total(),
            Pricing::Priced(_)
            | Pricing::Claimed(..)
            | Pricing::Unpriced(_)
            | Pricing::OnBill
            | Pricing::Unconverted(_) => {
                claim.has_unpriced = true;
            }
        }
    }

    /// Who bills, and for which months. A publisher whose product somebody else sells is not a biller: a
    /// marketplace line says nothing of usage bought from the publisher itself.
    pub(crate) fn billed_months(&self) -> BTreeSet<(String, Month)> {
        // Thousands of descriptions name a handful of billers.
        let mut named: HashMap<&str, BTreeSet<Month>> = HashMap::new();
        let mut last = None;
        for fact in &self.costs {
            let pays = fact.effective != Money::ZERO || fact.billed.is_some_and(|billed| billed != Money::ZERO);
            if !pays || last == Some((fact.subject, fact.billing_month)) {
                continue;
            }
            last = Some((fact.subject, fact.billing_month));
            let subject = &self.subjects[fact.subject];
            let columns = &subject.columns;
            let charge = columns.get("charge_category").map_or("", String::as_str);
            // Tax, a credit or a line of nothing is no bill for usage.
            if !matches!(charge, "Usage" | "Purchase") || subject.class != CostClass::CostOfRevenue {
                continue;
            }
            for name in ["provider", "issuer"].iter().filter_map(|column| columns.get(column)) {
                named.entry(name).or_default().insert(fact.billing_month);
            }
        }
        let plain = |(name, months): (&str, BTreeSet<Month>)| {
            let name = plain_name(name);
            months.into_iter().map(move |month| (name.clone(), month))
        };
        named.into_iter().flat_map(plain).collect()
    }

    /// Usage that has a cost stands in for the bill that is missing.
    fn accrue(&mut self) {
        for fact in &self.usage {
            let (cost, list) = match &fact.pricing {
                Pricing::Priced(cost) => (*cost, Some(cost.point.total())),
                Pricing::Claimed(cost, _) => {
                    (Estimate::known(TokenCost { input: *cost, output: Money::ZERO }, Currency::USD), None)
                }
                Pricing::OnBill | Pricing::Unpriced(_) | Pricing::Unconverted(_) => continue,
            };
            self.costs.push(CostFact {
                subject: fact.subject,
                billing_month: fact.month,
                usage_month: fact.month,
                day: fact.day.clone(),
                currency: cost.currency.code().to_owned(),
                rows: 0,
                billed: None,
                effective: cost.point.total(),
                below: cost.point.total() - cost.low.total(),
                above: cost.high.total() - cost.point.total(),
                contracted: None,
                contracted_missing: 0,
                list,
                list_missing: 0,
                evidence: Evidence::Modelled,
            });
        }
    }

    /// Months with any cost, usage or revenue that has come to pass, oldest first. Revenue is earned ahead
    /// (an annual plan), so it does not extend the period beyond cost and usage where there are any.
    #[must_use]
    pub fn months(&self, basis: MonthBasis) -> Vec<Month> {
        let spent: BTreeSet<Month> =
            self.costs.iter().map(|fact| fact.month(basis)).chain(self.usage.iter().map(|fact| fact.month)).collect();
        if spent.is_empty() {
            return self.revenue.iter().map(|fact| fact.month).collect::<BTreeSet<_>>().into_iter().collect();
        }
        spent.into_iter().collect()
    }
}
