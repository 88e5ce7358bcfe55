//! Gross margin: recognised revenue less cost of revenue, on EffectiveCost, by month, product, customer or
//! region, with the unassigned row always in sight.
//!
//! Without a general ledger the cost of people, support and payment fees is missing; what the margin is called then,
//! [`headline`](super::headline) says.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use marginline_model::allocate::split;
use marginline_model::scenario::Evidence;
use marginline_model::{Money, Month};

use super::Period;
use super::gaps::Gaps;
use super::headline::months_with_books;
use super::priced::{Priced, Spread};
use crate::Engine;
use crate::convert::{Conversion, RateUsed};
use crate::error::Result;
use crate::facts::{CostFact, Facts, RevenueFact};
use crate::number;
use crate::rules::{AllocateRule, AllocationKey, Columns, CostClass, Target};
use crate::subject::Subject;
use crate::view::{MarginBy, MonthBasis};

mod json;

/// The row of what no rule gave to anybody.
pub const UNASSIGNED: &str = "Unassigned";

/// What is asked.
#[derive(Debug, Clone, Copy, Default)]
pub struct MarginRequest {
    /// First month.
    pub from: Option<Month>,
    /// Last month, included.
    pub to: Option<Month>,
    /// Which month a cost row belongs to.
    pub basis: MonthBasis,
    /// Grouping.
    pub by: MarginBy,
    /// Reporting currency and rates.
    pub conversion: Conversion,
}

/// Money and tokens of a group.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MarginSums {
    /// Recognised revenue.
    pub revenue: Money,
    /// Cost of revenue by line and evidence.
    pub lines: BTreeMap<String, BTreeMap<Evidence, Money>>,
    /// Quantities, and what of them has no price.
    pub priced: Priced,
    /// How far the cost may lie from the sum of its lines.
    pub spread: Spread,
    /// Cost of revenue in another currency is missing from it.
    pub lacks_cost: bool,
    /// Revenue in another currency is missing from it.
    pub lacks_revenue: bool,
}

impl MarginSums {
    /// Cost of revenue.
    #[must_use]
    pub fn cost(&self) -> Money {
        self.lines.values().flat_map(BTreeMap::values).copied().sum()
    }

    /// Cost of one line.
    #[must_use]
    pub fn line(&self, name: &str) -> Money {
        self.lines.get(name).map_or(Money::ZERO, |parts| parts.values().copied().sum())
    }

    /// Revenue less cost of revenue.
    #[must_use]
    pub fn margin(&self) -> Money {
        self.revenue - self.cost()
    }

    /// Margin as percent of revenue to 10 decimals; `None` without revenue.
    #[must_use]
    pub fn margin_percent(&self) -> Option<String> {
        number::percent(self.margin(), self.revenue)
    }

    /// Priced tokens as percent of all; `None` without tokens.
    #[must_use]
    pub fn priced_share(&self) -> Option<String> {
        self.priced.tokens_share()
    }

    /// Is the cost a lower bound, and so the margin an upper one?
    #[must_use]
    pub fn cost_is_a_bound(&self) -> bool {
        self.priced.is_open() || self.lacks_cost
    }

    /// How far the cost may lie from the sum of its lines; without a bound above where some of it is in no sum.
    #[must_use]
    pub fn spread(&self) -> Spread {
        Spread { is_open: self.spread.is_open || self.lacks_cost, ..self.spread }
    }

    fn add_cost(&mut self, line: &str, evidence: Evidence, amount: Money) {
        *self.lines.entry(line.to_owned()).or_default().entry(evidence).or_default() += amount;
    }
}

/// Margin of a period by group.
#[derive(Debug, Clone)]
pub struct MarginReport {
    /// The period.
    pub period: Period,
    /// Which month a cost row belongs to.
    pub basis: MonthBasis,
    /// Reporting currency.
    pub currency: String,
    /// Grouping.
    pub by: MarginBy,
    /// Groups by name, `None` being unassigned; by month in order of time.
    pub rows: Vec<(Option<String>, MarginSums)>,
    /// All of them.
    pub total: MarginSums,
    /// Months with lines of the general ledger among cost of revenue.
    pub with_books: BTreeSet<Month>,
    /// Cost that is no cost of revenue, by class.
    pub outside: BTreeMap<CostClass, Money>,
    /// Corrections of earlier months inside the period, by month of use.
    pub corrections: BTreeMap<(Month, Month), Money>,
    /// What is missing.
    pub gaps: Gaps,
    /// Exchange rates used.
    pub rates: Vec<RateUsed>,
}

impl Engine {
    /// Margin by group.
    ///
    /// # Errors
    /// A period that is none, an empty ledger, a split that cannot be made.
    pub async fn margin(&self, request: &MarginRequest) -> Result<MarginReport> {
        of_facts(&*self.facts_in(request.conversion, request.basis).await?, request)
    }
}

/// What is asked, of these facts.
pub(crate) fn of_facts(facts: &Facts, request: &MarginRequest) -> Result<MarginReport> {
    let period = Period::resolve(facts, request.basis, request.from, request.to)?;
    report(facts, period, request.basis, request.by)
}

/// The report, from facts.
///
/// # Errors
/// When a cost cannot be shared out exactly.
pub fn report(facts: &Facts, period: Period, basis: MonthBasis, by: MarginBy) -> Result<MarginReport> {
    let mut work = Work { facts, basis, by, groups: BTreeMap::new(), keys: HashMap::new() };
    let mut outside: BTreeMap<CostClass, Money> = BTreeMap::new();
    let mut corrections: BTreeMap<(Month, Month), Money> = BTreeMap::new();
    for fact in facts.costs.iter().filter(|fact| fact.currency == facts.rules.currency && period.has(fact.month(basis)))
    {
        let subject = &facts.subjects[fact.subject];
        if subject.class != CostClass::CostOfRevenue {
            *outside.entry(subject.class).or_default() += fact.effective;
            continue;
        }
        if subject.columns.get("charge_class").is_some_and(|class| class == "Correction") {
            *corrections.entry((fact.billing_month, fact.usage_month)).or_default() += fact.effective;
        }
        work.add_cost(fact, subject)?;
    }
    let in_report = |fact: &&CostFact| fact.currency == facts.rules.currency && period.has(fact.month(basis));
    for fact in facts.set_aside.iter().filter(in_report) {
        *outside.entry(CostClass::Excluded).or_default() += fact.effective;
    }
    for fact in facts.revenue.iter().filter(|fact| fact.currency == facts.rules.currency && period.has(fact.month)) {
        work.groups.entry(revenue_group(by, fact)).or_default().revenue += fact.amount;
    }
    work.mark_unconverted(period);
    for fact in facts.usage.iter().filter(|fact| period.has(fact.month)) {
        let subject = &facts.subjects[fact.subject];
        let sums = work.groups.entry(group_of(by, fact.month, subject)).or_default();
        sums.priced.add_usage(fact);
        if let Some(spread) = Spread::of_usage(fact) {
            work.widen(fact.month, subject, spread)?;
        }
    }
    for fact in facts.gpus.iter().filter(|fact| period.has(fact.month)) {
        let subject = &facts.subjects[fact.subject];
        if subject.class == CostClass::CostOfRevenue {
            work.groups.entry(group_of(by, fact.month, subject)).or_default().priced.add_gpus(fact);
            if let Some(spread) = Spread::of_gpus(fact) {
                work.widen(fact.month, subject, spread)?;
            }
        }
    }
    if by == MarginBy::Month {
        for month in period.months() {
            work.groups.entry(Some(month.to_string())).or_default();
        }
    } else {
        work.groups.entry(None).or_default();
    }
    let total = total_of(work.groups.values());
    Ok(MarginReport {
        period,
        basis,
        currency: facts.rules.currency.clone(),
        by,
        rows: in_order(work.groups, by),
        total,
        with_books: months_with_books(facts, period, basis),
        outside,
        corrections,
        gaps: facts.gaps(period, basis),
        rates: facts.rates_used(period, basis, &|_| true, true),
    })
}

fn revenue_group(by: MarginBy, fact: &RevenueFact) -> Option<String> {
    match by {
        MarginBy::Month => Some(fact.month.to_string()),
        MarginBy::Product => known(&fact.product),
        MarginBy::Customer => known(&fact.customer),
        MarginBy::Region => known(&fact.region),
    }
}

fn known(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn group_of(by: MarginBy, month: Month, subject: &Subject) -> Option<String> {
    match target_of(by) {
        None => Some(month.to_string()),
        Some(target) => subject.targets.get(&target).cloned(),
    }
}

fn target_of(by: MarginBy) -> Option<Target> {
    match by {
        MarginBy::Month => None,
        MarginBy::Product => Some(Target::Product),
        MarginBy::Customer => Some(Target::Customer),
        MarginBy::Region => Some(Target::Region),
    }
}

fn total_of<'a>(groups: impl Iterator<Item = &'a MarginSums>) -> MarginSums {
    let mut total = MarginSums::default();
    for sums in groups {
        total.revenue += sums.revenue;
        total.priced.add(&sums.priced);
        total.spread.add(sums.spread);
        total.lacks_cost |= sums.lacks_cost;
        total.lacks_revenue |= sums.lacks_revenue;
        for (line, parts) in &sums.lines {
            for (evidence, amount) in parts {
                total.add_cost(line, *evidence, *amount);
            }
        }
    }
    total
}

/// By month in order of time; else the largest revenue first and unassigned last.
fn in_order(groups: BTreeMap<Option<String>, MarginSums>, by: MarginBy) -> Vec<(Option<String>, MarginSums)> {
    let mut rows: Vec<_> = groups.into_iter().collect();
    if by != MarginBy::Month {
        rows.sort_by(|a, b| (a.0.is_none(), b.1.revenue, &a.0).cmp(&(b.0.is_none(), a.1.revenue, &b.0)));
    }
    rows
}

type KeyOf = (usize, Month);

struct Work<'a> {
    facts: &'a Facts,
    basis: MonthBasis,
    by: MarginBy,
    groups: BTreeMap<Option<String>, MarginSums>,
    keys: HashMap<KeyOf, Vec<(String, u64)>>,
}

impl Work<'_> {
    /// Money in other currencies is in no sum; the groups it belongs to say so.
    fn mark_unconverted(&mut self, period: Period) {
        let facts = self.facts;
        let foreign = |currency: &str| currency != facts.rules.currency;
        for fact in facts.costs.iter().filter(|fact| foreign(&fact.currency) && period.has(fact.month(self.basis))) {
            let subject = &facts.subjects[fact.subject];
            if subject.class == CostClass::CostOfRevenue {
                let group = group_of(self.by, fact.month(self.basis), subject);
                self.groups.entry(group).or_default().lacks_cost = true;
            }
        }
        for fact in facts.revenue.iter().filter(|fact| foreign(&fact.currency) && period.has(fact.month)) {
            self.groups.entry(revenue_group(self.by, fact)).or_default().lacks_revenue = true;
        }
        // Revenue in a month that no bill and no usage covers: its cost is unknown, not zero.
        let covered: BTreeSet<Month> = facts.costs.iter().map(|fact| fact.month(self.basis)).collect();
        for fact in facts.revenue.iter().filter(|fact| period.has(fact.month) && !covered.contains(&fact.month)) {
            self.groups.entry(revenue_group(self.by, fact)).or_default().lacks_cost = true;
        }
    }

    fn add_cost(&mut self, fact: &CostFact, subject: &Subject) -> Result<()> {
        let month = fact.month(self.basis);
        self.share_out(month, subject, fact.effective, |sums, share| {
            sums.add_cost(&subject.line, fact.evidence, share);
        })?;
        match Spread::of_cost(fact) {
            spread if spread.is_wide() => self.widen(month, subject, spread),
            _ => Ok(()),
        }
    }

    /// Gives whoever bears the cost of a description its part in how far that cost may lie off.
    fn widen(&mut self, month: Month, subject: &Subject, spread: Spread) -> Result<()> {
        self.share_out(month, subject, spread.below, |sums, share| sums.spread.below += share)?;
        self.share_out(month, subject, spread.above, |sums, share| {
            sums.spread.above += share;
            sums.spread.is_open |= spread.is_open;
        })
    }

    /// Gives an amount to the group of a description, or shares it out where a rule says how.
    fn share_out(
        &mut self,
        month: Month,
        subject: &Subject,
        amount: Money,
        mut give: impl FnMut(&mut MarginSums, Money),
    ) -> Result<()> {
        let direct = group_of(self.by, month, subject);
        let rule = target_of(self.by).filter(|_| direct.is_none()).and_then(|target| {
            self.facts.rules.allocation(target, &subject.columns).map(|(index, rule)| (target, index, rule))
        });
        let Some((target, index, rule)) = rule else {
            give(self.groups.entry(direct).or_default(), amount);
            return Ok(());
        };
        if !self.keys.contains_key(&(index, month)) {
            let weights = weights(self.facts, rule, target, month);
            self.keys.insert((index, month), weights);
        }
        let weights = self.keys.get(&(index, month)).map_or(&[][..], Vec::as_slice);
        let numbers: Vec<u64> = weights.iter().map(|(_, weight)| *weight).collect();
        let Some(shares) = split(amount, &numbers) else {
            give(self.groups.entry(None).or_default(), amount);
            return Ok(());
        };
        for ((name, _), share) in weights.iter().zip(shares) {
            give(self.groups.entry(Some(name.clone())).or_default(), share);
        }
        Ok(())
    }
}

/// Recognised revenue of each name in whole cents, credit notes taken off first.
fn by_revenue(facts: &Facts, target: Target, month: Month) -> Vec<(String, u64)> {
    let mut sums: BTreeMap<&str, Money> = BTreeMap::new();
    for fact in facts.revenue.iter().filter(|fact| fact.month == month && fact.currency == facts.rules.currency) {
        let name = match target {
            Target::Product => &fact.product,
            Target::Customer => &fact.customer,
            Target::Region | Target::Team => &fact.region,
        };
        *sums.entry(name).or_default() += fact.amount;
    }
    let cents = |sum: Money| u64::try_from(sum.attos() / 10_000_000_000_000_000).unwrap_or(0);
    sums.into_iter()
        .map(|(name, sum)| (name.to_owned(), cents(sum)))
        .filter(|(name, weight)| !name.is_empty() && *weight > 0)
        .collect()
}

/// Whom an allocate rule gives to in a month, and in what proportion. Nobody: the cost stays unassigned.
pub(super) fn weights(facts: &Facts, rule: &AllocateRule, target: Target, month: Month) -> Vec<(String, u64)> {
    let Some(by) = rule.by else { return rule.weights().unwrap_or_default() };
    let mut weights: BTreeMap<String, u64> = BTreeMap::new();
    match by {
        AllocationKey::Revenue => return by_revenue(facts, target, month),
        AllocationKey::BusyGpuHours => {
            for sum in facts.gpu_hours.iter().filter(|sum| sum.month == month.to_string()) {
                let mut columns: Columns = [
                    ("provider", &sum.key.provider),
                    ("region", &sum.key.region),
                    ("project", &sum.key.project),
                    ("pool", &sum.key.pool),
                ]
                .into_iter()
                .filter(|(_, value)| !value.is_empty())
                .map(|(name, value)| (name, value.clone()))
                .collect();
                facts.rules.tag(&mut columns);
                if let Some(name) = facts.rules.target(target, &columns).filter(|_| rule.usage.fits(&columns)) {
                    *weights.entry(name).or_default() += sum.busy_nanos.unsigned_abs() / 1_000_000;
                }
            }
        }
        quantity => {
            for fact in facts.usage.iter().filter(|fact| fact.month == month) {
                let subject = &facts.subjects[fact.subject];
                if let Some(name) = subject.targets.get(&target).filter(|_| rule.usage.fits(&subject.columns)) {
                    *weights.entry(name.clone()).or_default() += match quantity {
                        AllocationKey::InputTokens => fact.tokens.all_input(),
                        AllocationKey::OutputTokens => fact.tokens.output,
                        AllocationKey::Requests => fact.requests,
                        _ => fact.tokens.total(),
                    };
                }
            }
        }
    }
    weights.retain(|name, weight| !name.is_empty() && *weight > 0);
    weights.into_iter().collect()
}

impl MarginReport {
    /// Cost lines, dearest first.
    #[must_use]
    pub fn line_names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.total.lines.keys().cloned().collect();
        names.sort_by(|a, b| self.total.line(b).cmp(&self.total.line(a)).then(a.cmp(b)));
        names
    }
}

/// The weakest evidence that makes up more than 5 % of an amount.
#[must_use]
pub fn weakest(parts: &BTreeMap<Evidence, Money>) -> Evidence {
    let whole: i128 = parts.values().map(|amount| amount.attos().abs()).sum();
    parts
        .iter()
        .rev()
        .find(|(_, amount)| amount.attos().abs() * 20 > whole)
        .or_else(|| parts.iter().next())
        .map_or(Evidence::Assumed, |(evidence, _)| *evidence)
}
