//! What commitments cover in an hour, in the order that a provider states.

use thiserror::Error;

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

/// Whose order commitments are laid in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provider {
    /// Reserved instances, then EC2 instance savings plans, then compute savings plans.
    Aws,
    /// Reservations, then the savings plan.
    Azure,
    /// Resource-based committed-use discounts, then flexible (spend-based) ones.
    Google,
}

/// Why commitments cannot be laid over an hour.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum WaterfallError {
    /// Plans of a family, where the provider sells none.
    #[error("plans of one family are sold by AWS alone; give reserved units or the plan for all of compute")]
    NoInstancePlans,
}

/// Lays commitments over an hour's usage in the order of a provider. `reserved` are its reservations or resource-based
/// commitments, `compute_plan` its plan for all of compute, in USD per hour at the plan's rates (after the discount).
///
/// - AWS: [`waterfall`].
/// - Azure: reservations before the savings plan, because they are narrower; the plan goes to the greatest discount
///   first, and where the negotiated price is no dearer than the plan's rate, that price counts and the plan is left
///   alone (Microsoft Learn, "How an Azure savings plan discount is applied").
/// - Google: resource-based commitments before flexible ones; a flexible commitment is given after its discount
///   (Google Cloud, "Committed use discounts" and "Choose the correct amount of CUD to buy"). The documentation does
///   not give an order inside a flexible commitment; the greatest discount first is taken, as with the others.
///   Discounts for sustained use are by the month and come on what is left on demand: [`super::sustained_use`].
///
/// Ties go to the lowest rate with all three.
///
/// # Errors
/// [`WaterfallError`]: plans of a family at a provider that sells none.
pub fn waterfall_of(provider: Provider, usage: &[Line], commitments: &Commitments) -> Result<Hour, WaterfallError> {
    if provider == Provider::Aws {
        return Ok(waterfall(usage, commitments));
    }
    if !commitments.instance_plans.is_empty() {
        return Err(WaterfallError::NoInstancePlans);
    }
    let has_lower_rate = |line: &Line| provider == Provider::Google || line.compute_rate < Some(line.on_demand);
    let usage: Vec<Line> = usage
        .iter()
        .map(|line| Line { compute_rate: line.compute_rate.filter(|_| has_lower_rate(line)), ..line.clone() })
        .collect();
    Ok(waterfall(&usage, commitments))
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
