//! Commitments: what they cover in an hour, how their cost is spread, and how much to commit.

/// Usage of one thing in an hour, and its rates.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Line {
    /// What is used.
    pub sku: String,
    /// How much.
    pub quantity: f64,
    /// USD per unit on demand.
    pub on_demand: f64,
    /// USD per unit under the compute plan; none where it does not apply.
    pub compute_rate: Option<f64>,
    /// USD per unit under an instance plan of its family.
    pub instance_rate: Option<f64>,
    /// Family of instances.
    pub family: Option<String>,
}

/// What is committed for the hour.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Commitments {
    /// Reserved units by sku.
    pub reserved: Vec<(String, f64)>,
    /// Plans of a family, as (family, USD per hour).
    pub instance_plans: Vec<(String, f64)>,
    /// The compute plan, USD per hour.
    pub compute_plan: f64,
}

/// Who covers a part of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// A reservation.
    Reserved,
    /// An instance plan.
    InstancePlan,
    /// The compute plan.
    ComputePlan,
}

/// A covered part of a line.
#[derive(Debug, Clone, PartialEq)]
pub struct Covered {
    /// What is used.
    pub sku: String,
    /// How much of it.
    pub quantity: f64,
    /// By what.
    pub by: By,
    /// USD of the commitment that it takes; nothing for a reservation, whose fee is paid apart.
    pub usd: f64,
}

/// What an hour costs.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Hour {
    /// Covered parts, in the order in which they were covered.
    pub covered: Vec<Covered>,
    /// Reserved units that nothing used, by sku.
    pub unused_reserved: Vec<(String, f64)>,
    /// USD of the plans that nothing used.
    pub unused: f64,
    /// USD on demand for the rest.
    pub on_demand_usd: f64,
    /// Plans in full and the rest on demand; fees of reservations are not in it.
    pub total_usd: f64,
}

/// What is left of lines to be covered.
struct Open<'a> {
    line: &'a Line,
    quantity: f64,
}

/// The compute plan that would cover all of the usage that it applies to: Σ quantity × plan rate.
#[must_use]
pub fn compute_plan_need(usage: &[Line]) -> f64 {
    usage.iter().filter_map(|line| Some(line.quantity * line.compute_rate?)).sum()
}

/// Lays commitments over an hour's usage in the order of AWS (Savings Plans user guide, "how Savings Plans apply to
/// your usage"): reservations, then instance plans, then the compute plan; inside a plan the highest saving in percent
/// first, of equal ones the lowest rate. A commitment is charged in full; a line can be covered in part.
#[must_use]
pub fn waterfall(usage: &[Line], commitments: &Commitments) -> Hour {
    let mut hour = Hour::default();
    let mut open: Vec<Open> = usage.iter().map(|line| Open { line, quantity: line.quantity }).collect();
    for (sku, quantity) in &commitments.reserved {
        let mut left = *quantity;
        for each in open.iter_mut().filter(|each| each.line.sku == *sku) {
            let taken = left.min(each.quantity);
            if taken > 0.0 {
                hour.covered.push(Covered { sku: sku.clone(), quantity: taken, by: By::Reserved, usd: 0.0 });
            }
            each.quantity -= taken;
            left -= taken;
        }
        if left > 0.0 {
            hour.unused_reserved.push((sku.clone(), left));
        }
    }
    for (family, committed) in &commitments.instance_plans {
        let rate = |line: &Line| line.instance_rate.filter(|_| line.family.as_deref() == Some(family));
        hour.unused += spend(&mut open, *committed, By::InstancePlan, rate, &mut hour.covered);
    }
    let rate = |line: &Line| line.compute_rate;
    hour.unused += spend(&mut open, commitments.compute_plan, By::ComputePlan, rate, &mut hour.covered);
    hour.on_demand_usd = open.iter().map(|each| each.quantity * each.line.on_demand).sum();
    let plans = commitments.instance_plans.iter().map(|(_, usd)| usd).sum::<f64>() + commitments.compute_plan;
    hour.total_usd = plans + hour.on_demand_usd;
    hour
}

/// Spends a plan on what it applies to; what is left of it.
fn spend(
    open: &mut [Open],
    committed: f64,
    by: By,
    rate: impl Fn(&Line) -> Option<f64>,
    covered: &mut Vec<Covered>,
) -> f64 {
    let mut order: Vec<(usize, f64, f64)> = open
        .iter()
        .enumerate()
        .filter_map(|(index, each)| {
            let rate = rate(each.line)?;
            let share = if each.line.on_demand > 0.0 { rate / each.line.on_demand } else { 1.0 };
            Some((index, share, rate))
        })
        .collect();
    // The lower the rate beside the price on demand, the higher the saving. Stable: then as they were given.
    order.sort_by(|a, b| if (a.1 - b.1).abs() < 1e-12 { a.2.total_cmp(&b.2) } else { a.1.total_cmp(&b.1) });
    let mut left = committed;
    for (index, _, rate) in order {
        let each = &mut open[index];
        let affordable = if rate > 0.0 { left / rate } else { each.quantity };
        let quantity = affordable.min(each.quantity);
        if quantity <= 0.0 {
            continue;
        }
        let usd = if quantity < each.quantity { left } else { quantity * rate };
        covered.push(Covered { sku: each.line.sku.clone(), quantity, by, usd });
        each.quantity -= quantity;
        left = (left - usd).max(0.0);
    }
    left
}

/// A commitment to spend an amount each hour of a term.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Commitment {
    /// USD per hour.
    pub usd_per_hour: f64,
    /// Hours of the term.
    pub hours: f64,
    /// Share paid at the beginning.
    pub upfront_share: f64,
    /// Price on demand over the plan's.
    pub on_demand_ratio: f64,
}

/// An hour of a commitment (FOCUS 1.2, commitment discounts): EffectiveCost used and unused, and what is on demand.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AmortisedHour {
    /// EffectiveCost of what was used of it.
    pub used: f64,
    /// EffectiveCost of what was not.
    pub unused: f64,
    /// Cost on demand of what lay above.
    pub standard: f64,
    /// Billed in this hour: the recurring part and what is on demand.
    pub billed: f64,
}

impl Commitment {
    /// BilledCost at the purchase; its EffectiveCost is zero, because the hours carry it.
    #[must_use]
    pub fn purchase_billed(&self) -> f64 {
        self.usd_per_hour * self.hours * self.upfront_share
    }

    /// BilledCost of each hour.
    #[must_use]
    pub fn recurring(&self) -> f64 {
        self.usd_per_hour * (1.0 - self.upfront_share)
    }

    /// An hour in which eligible use would cost this much at the plan's rates.
    #[must_use]
    pub fn hour(&self, eligible: f64) -> AmortisedHour {
        let used = eligible.min(self.usd_per_hour);
        let standard = (eligible - used) * self.on_demand_ratio;
        AmortisedHour { used, unused: self.usd_per_hour - used, standard, billed: self.recurring() + standard }
    }

    /// Σ EffectiveCost (used and unused) − Σ BilledCost of the commitment over these hours, each bearing its part of
    /// what was paid at the beginning: always zero.
    #[must_use]
    pub fn invariant(&self, hours: &[AmortisedHour]) -> f64 {
        let effective: f64 = hours.iter().map(|hour| hour.used + hour.unused).sum();
        let billed = hours.len() as f64 * (self.purchase_billed() / self.hours + self.recurring());
        effective - billed
    }
}

/// How much to commit to, and what it brings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Level {
    /// Units committed in every hour.
    pub level: f64,
    /// Cost of all hours.
    pub cost: f64,
    /// Less than all on demand.
    pub saving: f64,
    /// Commitment used over commitment bought; none when nothing is committed.
    pub utilisation: Option<f64>,
    /// Use covered over use; none without use.
    pub coverage: Option<f64>,
}

/// The level of commitment that costs least for a demand by hour: the newsvendor's lower quantile. Commit up to the
/// demand that is exceeded in at most (committed ÷ on demand) of the hours; nothing when the commitment is no cheaper.
#[must_use]
pub fn best_level(demand: &[f64], on_demand: f64, committed: f64) -> Level {
    let mut sorted = demand.to_vec();
    sorted.sort_by(f64::total_cmp);
    let hours = demand.len() as f64;
    let exceeded = |level: f64| (sorted.len() - sorted.partition_point(|each| *each <= level)) as f64;
    let is_enough = |level: &f64| exceeded(*level) * on_demand <= hours * committed * (1.0 + 1e-12);
    let level = if committed < on_demand { sorted.iter().copied().find(is_enough).unwrap_or(0.0) } else { 0.0 };
    let all: f64 = demand.iter().sum();
    let covered: f64 = demand.iter().map(|each| each.min(level)).sum();
    let bought = level * hours;
    let cost = bought * committed + (all - covered) * on_demand;
    Level {
        level,
        cost,
        saving: all * on_demand - cost,
        utilisation: (bought > 0.0).then(|| covered / bought),
        coverage: (all > 0.0).then(|| covered / all),
    }
}

#[cfg(test)]
#[path = "commitment/tests.rs"]
mod tests;
