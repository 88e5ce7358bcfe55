//! What a screen, a chart or an export asks for.

use serde::{Deserialize, Serialize};
use specta::Type;

use super::{
    BridgeQuery, CapacityWeekQuery, ExplainQuery, PlanQuery, PricesQuery, RiskQuery, ScenarioQuery, TwoWayQuery,
};

/// Which month a cost row belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type, Default)]
#[serde(rename_all = "snake_case")]
pub enum MonthBasis {
    /// The issuer's billing period.
    #[default]
    BillingMonth,
    /// The civil date of use.
    UsageDate,
}

impl MonthBasis {
    /// The words for a person.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::BillingMonth => "billing month",
            Self::UsageDate => "usage date",
        }
    }
}

/// How margin is grouped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Type, Default)]
#[serde(rename_all = "snake_case")]
pub enum MarginBy {
    /// By month.
    Month,
    /// By product.
    #[default]
    Product,
    /// By customer.
    Customer,
    /// By region.
    Region,
}

/// What the margin screen asks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type, Default)]
pub struct MarginQuery {
    /// `YYYY-MM`; the last month with data when absent.
    pub month: Option<String>,
    /// Grouping of the table.
    pub by: MarginBy,
    /// Month basis.
    pub basis: MonthBasis,
}

/// A value that rows must have to be counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
pub struct Filter {
    /// A grouping key: `service`, `region`, `tag:product` …
    pub key: String,
    /// The value it must equal.
    pub value: String,
}

/// What the costs screen asks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type, Default)]
pub struct CostsQuery {
    /// First month, `YYYY-MM`; the first with data when absent.
    pub from: Option<String>,
    /// Last month, inclusive; the last with data when absent.
    pub to: Option<String>,
    /// Grouping keys, such as `month`, `service`, `product` and `tag:KEY`.
    pub by: Vec<String>,
    /// Month basis.
    pub basis: MonthBasis,
    /// Rows to count.
    pub filters: Vec<Filter>,
}

/// A number changed on screen but not yet saved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
pub struct Override {
    /// Scenario id.
    pub scenario: String,
    /// Dotted path in its file, such as `demand.growth_percent_per_month`.
    pub path: String,
    /// New value, a decimal string.
    pub value: String,
}

/// What the compare screen asks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type, Default)]
pub struct CompareQuery {
    /// Scenario ids in order; all of the workspace when empty.
    pub scenarios: Vec<String>,
    /// Values changed on screen.
    pub overrides: Vec<Override>,
}

/// A chart to draw; drawn at the size asked, on screen and in the file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
#[serde(tag = "chart", rename_all = "snake_case")]
pub enum ChartRequest {
    /// Margin of the last twelve months, plan dashed.
    MarginTrend {
        /// Which margin.
        query: MarginQuery,
    },
    /// Why margin moved since the month before, as a waterfall.
    MarginChange {
        /// Which margin.
        query: MarginQuery,
    },
    /// Cost by month, stacked by the first grouping key.
    Costs {
        /// Which costs.
        query: CostsQuery,
    },
    /// How the prices of one thing moved.
    PriceHistory {
        /// Which thing.
        query: PricesQuery,
    },
    /// Prices by region, as a heat map.
    PriceRegions {
        /// Which thing.
        query: PricesQuery,
    },
    /// Gross margin by month, a line a scenario, with the break-even band.
    Compare {
        /// Which scenarios.
        query: CompareQuery,
    },
    /// Why one scenario earns another margin than another, as a waterfall.
    ScenarioBridge {
        /// Between which.
        query: BridgeQuery,
    },
    /// What each assumption does to margin, as bars around it.
    Tornado {
        /// Which scenario.
        query: ScenarioQuery,
    },
    /// What margin can be by month, as bands around the median.
    Fan {
        /// Which scenarios, how often drawn.
        query: RiskQuery,
    },
    /// Margin over two inputs, as a heat map.
    TwoWay {
        /// Which scenario and inputs.
        query: TwoWayQuery,
    },
    /// Margin against latency and against cost to undo, of everything that the optimiser looked at.
    Front {
        /// Which scenario.
        query: ScenarioQuery,
    },
    /// Demand over capacity by hour of the week, as a heat map.
    CapacityWeek {
        /// Which scenario and month.
        query: CapacityWeekQuery,
    },
    /// Cost over requests a month, a line a scenario, with the stretches where one is ahead.
    CostByVolume {
        /// Which scenarios.
        query: CompareQuery,
    },
}

/// A table to export.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Type)]
#[serde(tag = "table", rename_all = "snake_case")]
pub enum TableRequest {
    /// The margin table.
    Margin {
        /// Which margin.
        query: MarginQuery,
    },
    /// The costs table.
    Costs {
        /// Which costs.
        query: CostsQuery,
    },
    /// The prices.
    Prices {
        /// Which prices.
        query: PricesQuery,
    },
    /// The comparison.
    Compare {
        /// Which scenarios.
        query: CompareQuery,
    },
    /// The comparison month by month.
    CompareMonths {
        /// Which scenarios.
        query: CompareQuery,
    },
    /// Inputs that differ between scenarios.
    Differences {
        /// Which scenarios.
        query: CompareQuery,
    },
    /// What lies between the margins of two scenarios.
    Bridge {
        /// Which two.
        query: BridgeQuery,
    },
    /// What moves a scenario's margin.
    Sensitivity {
        /// Which scenario.
        query: ScenarioQuery,
    },
    /// What margin can be.
    Simulate {
        /// Which scenarios.
        query: RiskQuery,
    },
    /// Which scenario earns more than which.
    Beats {
        /// Which scenarios.
        query: RiskQuery,
    },
    /// What the optimiser found.
    Optimise {
        /// In which scenario.
        query: ScenarioQuery,
    },
    /// A scenario's capacity by month.
    ScenarioCapacity {
        /// Which scenario.
        query: CapacityWeekQuery,
    },
    /// How a figure of a scenario comes about.
    Explain {
        /// Which figure.
        query: ExplainQuery,
    },
    /// Why a month's margin is not the plan's, driver by driver.
    Plan {
        /// Which month.
        query: PlanQuery,
    },
    /// Plan and actual of every month.
    PlanMonths {
        /// All months, whichever is looked at.
        query: PlanQuery,
    },
    /// What a month measured of the plan's assumptions.
    PlanMeasured {
        /// Which month.
        query: PlanQuery,
    },
    /// Rows of a batch that were not stored.
    Quarantine {
        /// Batch id.
        batch: u32,
    },
}
