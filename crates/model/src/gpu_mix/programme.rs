//! The integer programme: how it is written down for the solver, and what comes back.
//!
//! Shares of buckets in pools are real numbers, replicas by offer are whole. With spares, a pool that serves anything is
//! marked by a whole number 0 or 1.

use microlp::{ComparisonOp, LinearExpr, OptimizationDirection, Problem, SolveOptions, Variable};

use super::problem::{MOST_REPLICAS, Pool};
use super::{FleetProblem, MixError, Purchase};

/// A programme over some of the pools and offers.
pub(super) struct Programme<'a> {
    asked: &'a FleetProblem,
    pools: &'a [Pool],
    /// Is an offer used in a pool, both by their index?
    uses: &'a dyn Fn(usize, usize) -> bool,
    problem: Problem,
    /// Bucket, pool, load of the whole bucket, and the share's variable.
    shares: Vec<(usize, usize, f64, Variable)>,
    /// Pool, offer, and the number of replicas.
    counts: Vec<(usize, usize, Variable)>,
    used: Vec<Option<Variable>>,
    /// What stays unserved of each bucket, where that is asked.
    short: Vec<Variable>,
}

/// What the solver found.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Found {
    /// Bucket, pool and share.
    pub(super) shares: Vec<(usize, usize, f64)>,
    /// Pool, offer and replicas.
    pub(super) counts: Vec<(usize, usize, u64)>,
    /// Share of each bucket that stays unserved, where that was asked.
    pub(super) short: Vec<f64>,
    pub(super) objective: f64,
    /// No fleet costs less, by what the search has seen.
    pub(super) bound: f64,
    pub(super) nodes: u64,
}

/// What is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Goal {
    /// The least cost.
    Cost,
    /// The least unserved, whatever it costs: every bucket may fall short.
    Service,
    /// The least cost with parts of replicas, and spares in every pool: a start for whole ones.
    Relaxed,
    /// The same with parts of spares too.
    Loose,
}

/// Shares and replicas closer to a whole number than this are whole.
const ROUNDING: f64 = 1e-7;

impl<'a> Programme<'a> {
    pub(super) fn new(
        asked: &'a FleetProblem,
        pools: &'a [Pool],
        uses: &'a dyn Fn(usize, usize) -> bool,
        goal: Goal,
    ) -> Programme<'a> {
        let mut programme = Self {
            asked,
            pools,
            uses,
            problem: Problem::new(OptimizationDirection::Minimize),
            shares: Vec::new(),
            counts: Vec::new(),
            used: Vec::new(),
            short: Vec::new(),
        };
        programme.add_variables(goal);
        programme.serve_buckets();
        programme.carry_loads();
        programme.use_what_is_bought();
        programme.keep_stock();
        programme.cap_spot();
        programme
    }

    fn add_variables(&mut self, goal: Goal) {
        let weight = f64::from(u8::from(goal != Goal::Service));
        let served = |bucket: &usize| self.asked.buckets[*bucket].rate > 0.0;
        for bucket in (0..self.asked.buckets.len()).filter(served) {
            for (index, pool) in self.pools.iter().enumerate() {
                let is_sold = pool.sales.iter().any(|sale| (self.uses)(index, *sale));
                if let Some(load) = self.asked.load(bucket, pool).filter(|_| is_sold) {
                    self.shares.push((bucket, index, load, self.problem.add_var(0.0, (0.0, 1.0))));
                }
            }
        }
        for (index, pool) in self.pools.iter().enumerate() {
            let whole: f64 = self.shares.iter().filter(|share| share.1 == index).map(|share| share.2).sum();
            let most = whole.min(MOST_REPLICAS).ceil() + f64::from(self.asked.spares);
            let group = f64::from(self.asked.replicas[pool.replica].group);
            for sale in pool.sales.iter().copied().filter(|sale| (self.uses)(index, *sale)) {
                let usd = self.asked.sales[sale].usd_per_hour * group * weight;
                let limit = self.asked.sales[sale].gpus.map_or(most, |gpus| most.min((gpus as f64 / group).floor()));
                let count = match goal {
                    Goal::Relaxed | Goal::Loose => self.problem.add_var(usd, (0.0, limit)),
                    Goal::Cost | Goal::Service => self.problem.add_integer_var(usd, (0, limit as i32)),
                };
                self.counts.push((index, sale, count));
            }
            let has_spares = self.asked.spares > 0 && whole > 0.0;
            let used = has_spares.then(|| match goal {
                Goal::Relaxed => self.problem.add_var(0.0, (1.0, 1.0)),
                Goal::Loose => self.problem.add_var(0.0, (0.0, 1.0)),
                Goal::Cost | Goal::Service => self.problem.add_integer_var(0.0, (0, 1)),
            });
            self.used.push(used);
        }
        if goal == Goal::Service {
            self.short = self.asked.buckets.iter().map(|_| self.problem.add_var(1.0, (0.0, 1.0))).collect();
        }
    }

    fn serve_buckets(&mut self) {
        for bucket in 0..self.asked.buckets.len() {
            if self.asked.buckets[bucket].rate == 0.0 {
                continue;
            }
            let mut all = LinearExpr::empty();
            for share in self.shares.iter().filter(|share| share.0 == bucket) {
                all.add(share.3, 1.0);
            }
            if let Some(short) = self.short.get(bucket) {
                all.add(*short, 1.0);
            }
            self.problem.add_constraint(all, ComparisonOp::Eq, 1.0);
        }
    }

    /// Load and spares of a pool fit into its replicas; a pool that is not marked as used carries nothing.
    fn carry_loads(&mut self) {
        for (pool, used) in self.used.iter().enumerate() {
            let here = || self.shares.iter().filter(move |share| share.1 == pool);
            if here().next().is_none() {
                continue;
            }
            let mut taken = LinearExpr::empty();
            here().for_each(|share| taken.add(share.3, share.2));
            self.counts.iter().filter(|count| count.0 == pool).for_each(|count| taken.add(count.2, -1.0));
            if let Some(used) = used {
                taken.add(*used, f64::from(self.asked.spares));
                let mut load = LinearExpr::empty();
                here().for_each(|share| load.add(share.3, 1.0));
                load.add(*used, -(here().count() as f64));
                self.problem.add_constraint(load, ComparisonOp::Le, 0.0);
            }
            self.problem.add_constraint(taken, ComparisonOp::Le, 0.0);
        }
    }

    /// What is bought of a limited offer stands in a pool that serves something: idle GPUs must not widen the cap on
    /// spot. Said of parts of replicas, it brings the bound on cost much closer, since a pool's spares count in full as
    /// soon as its cheap offers are used up.
    fn use_what_is_bought(&mut self) {
        for (pool, sale, count) in &self.counts {
            let (Some(used), Some(gpus)) = (self.used[*pool], self.asked.sales[*sale].gpus) else { continue };
            let most = (gpus as f64 / self.group(*pool)).floor().min(MOST_REPLICAS);
            self.problem.add_constraint([(*count, 1.0), (used, -most)], ComparisonOp::Le, 0.0);
        }
    }

    fn group(&self, pool: usize) -> f64 {
        f64::from(self.asked.replicas[self.pools[pool].replica].group)
    }

    fn keep_stock(&mut self) {
        let mut limits: Vec<(LinearExpr, u64)> = Vec::new();
        for stock in &self.asked.stocks {
            let is_of = |sale: usize| {
                let sale = &self.asked.sales[sale];
                sale.gpu == stock.gpu && sale.region == stock.region
            };
            limits.push((self.gpus(&is_of), stock.gpus));
        }
        for (index, sale) in self.asked.sales.iter().enumerate() {
            if let Some(gpus) = sale.gpus {
                limits.push((self.gpus(&|other| other == index), gpus));
            }
        }
        for (taken, gpus) in limits {
            self.problem.add_constraint(taken, ComparisonOp::Le, gpus as f64);
        }
    }

    /// GPUs bought by some offers.
    fn gpus(&self, is_of: &dyn Fn(usize) -> bool) -> LinearExpr {
        let mut taken = LinearExpr::empty();
        for (pool, _, count) in self.counts.iter().filter(|count| is_of(count.1)) {
            taken.add(*count, self.group(*pool));
        }
        taken
    }

    fn cap_spot(&mut self) {
        if self.asked.spot_share >= 1.0 {
            return;
        }
        let mut over = LinearExpr::empty();
        for (pool, sale, count) in &self.counts {
            let spot = f64::from(u8::from(self.asked.sales[*sale].purchase == Purchase::Spot));
            over.add(*count, self.group(*pool) * (spot - self.asked.spot_share));
        }
        self.problem.add_constraint(over, ComparisonOp::Le, 0.0);
    }

    /// Solves it in so many steps, starting from a fleet that is known where there is one. `None` when there is none.
    pub(super) fn solve(&self, nodes: u64, known: Option<&Found>) -> Result<Option<Found>, MixError> {
        let mut options = SolveOptions::default();
        options.node_limit = Some(nodes);
        options.warm_start = known.map(|known| self.values(known));
        let outcome = match self.problem.solve_with(options) {
            Ok(outcome) => outcome,
            Err(microlp::Error::Infeasible) => return Ok(None),
            Err(error) => return Err(MixError::Solver { what: error.to_string() }),
        };
        let stats = outcome.stats();
        let Ok(solution) = outcome.into_solution() else { return Err(MixError::Unfinished { nodes }) };
        let whole = |value: f64| if (value - value.round()).abs() < ROUNDING { value.round() } else { value };
        let share = |share: &(usize, usize, f64, Variable)| (share.0, share.1, whole(solution.var_value_raw(share.3)));
        let count = |count: &(usize, usize, Variable)| {
            (count.0, count.1, solution.var_value_raw(count.2).round().max(0.0) as u64)
        };
        let objective = solution.objective();
        Ok(Some(Found {
            shares: self.shares.iter().map(share).filter(|share| share.2 > 0.0).collect(),
            counts: self.counts.iter().map(count).filter(|count| count.2 > 0).collect(),
            short: self.short.iter().map(|short| whole(solution.var_value_raw(*short))).collect(),
            objective,
            bound: stats.best_bound.unwrap_or(0.0).clamp(0.0, objective.max(0.0)),
            nodes: stats.nodes_solved,
        }))
    }

    /// A known fleet as values of the variables.
    fn values(&self, known: &Found) -> Vec<(Variable, f64)> {
        let share = |share: &(usize, usize, f64, Variable)| {
            let of = known.shares.iter().find(|of| (of.0, of.1) == (share.0, share.1));
            (share.3, of.map_or(0.0, |of| of.2))
        };
        let count = |count: &(usize, usize, Variable)| {
            let of = known.counts.iter().find(|of| (of.0, of.1) == (count.0, count.1));
            (count.2, of.map_or(0.0, |of| of.2 as f64))
        };
        let used = |(pool, variable): (usize, &Option<Variable>)| {
            let is_used = known.shares.iter().any(|share| share.1 == pool);
            variable.map(|variable| (variable, f64::from(u8::from(is_used))))
        };
        let whole = self.shares.iter().map(share).chain(self.counts.iter().map(count));
        whole.chain(self.used.iter().enumerate().filter_map(used)).collect()
    }
}
