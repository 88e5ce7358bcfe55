//! The page of inputs: one row a number, one column a scenario. Everything else computes from here.

use std::sync::Arc;

use marginline_model::scenario::{Component, OtherLine, OwnGpus, Serving, TokenPrices};

use super::book::{Book, Content, INPUTS, Near, Style};
use super::expression::{At, Expression, add, less, over, times};
use crate::scenario::Run;
use crate::scenario::file::assumptions;

/// First row of the numbers.
const FIRST_ROW: u32 = 4;
/// Column of the first scenario.
const FIRST_COLUMN: u16 = 2;

/// The page, while it is filled.
pub struct InputsPage {
    page: usize,
    labels: Vec<String>,
}

/// Where a scenario's numbers stand; `None` is a number that is not in play.
#[derive(Debug, Clone, Default)]
pub struct Inputs {
    /// Requests of the first month.
    pub requests: Option<At>,
    /// Growth, percent a month.
    pub growth: Option<At>,
    /// Churn, percent a month.
    pub churn: Option<At>,
    /// Retries, percent.
    pub retry: Option<At>,
    /// Tokens of a request of all classes, a formula.
    pub tokens: Option<At>,
    /// Revenue per request.
    pub price: Option<At>,
    /// Revenue beside requests, a month.
    pub fixed_revenue: Option<At>,
    /// Change of the price, percent a month.
    pub price_change: Option<At>,
    /// One entry a component.
    pub components: Vec<ComponentInputs>,
    /// One entry a further line.
    pub lines: Vec<LineInputs>,
    /// Discount rate, percent a year.
    pub discount: Option<At>,
    /// Paid once for moving in.
    pub one_off: Option<At>,
}

/// Tokens of a request by class, as a component counts them; `None` is a class that is not used.
type Class<'a> = &'a dyn Fn(usize) -> Option<Expression>;

/// Numbers of a component.
#[derive(Debug, Clone, Default)]
pub struct ComponentInputs {
    /// Share of the requests, percent.
    pub share: Option<At>,
    /// Change of its prices, percent a month.
    pub change: Option<At>,
    /// Price of a request of an API in the first month, a formula.
    pub usd_per_request: Option<At>,
    /// GPU seconds of a request, a formula.
    pub gpu_seconds: Option<At>,
    /// Busiest hour over the mean.
    pub peak: Option<At>,
    /// GPUs of a unit.
    pub unit: Option<At>,
    /// Spare units.
    pub spare: Option<At>,
    /// A stated number of GPUs.
    pub stated: Option<At>,
    /// Price of an hour of a GPU that is not committed.
    pub usd_per_gpu_hour: Option<At>,
}

/// Numbers of a further line.
#[derive(Debug, Clone, Default)]
pub struct LineInputs {
    /// Fixed part.
    pub usd_per_month: Option<At>,
    /// Part that grows with requests.
    pub usd_per_request: Option<At>,
    /// Part that grows with tokens.
    pub usd_per_mtok: Option<At>,
    /// Share of revenue, percent.
    pub revenue: Option<At>,
    /// Change of its prices, percent a month.
    pub change: Option<At>,
    /// Requests a second that a unit carries.
    pub carries: Option<At>,
    /// Price of a unit for a month.
    pub usd_per_unit: Option<At>,
    /// Spare units.
    pub spare: Option<At>,
    /// A stated number of units.
    pub stated: Option<At>,
    /// Busiest hour of all components over the mean.
    pub peak: Option<At>,
}

/// A scenario's column while it is filled.
struct Filled<'a> {
    page: &'a mut InputsPage,
    book: &'a mut Book,
    run: &'a Run,
    place: usize,
    /// Labels that it has used, so that two lines of one name stay two rows.
    used: Vec<String>,
    /// Tokens of a request: input, cache reads, cache writes, output.
    tokens: [Option<At>; 4],
}

impl InputsPage {
    /// An empty page with a column for each scenario.
    pub fn new(book: &mut Book, runs: &[Arc<Run>]) -> Self {
        let page = book.page(INPUTS, (FIRST_ROW, FIRST_COLUMN));
        let at = |row: u32, column: u16| At { page, row, column };
        book.text(at(0, 0), "Inputs", Style::Title);
        let how =
            "Blue may be changed, italic is given by the engine, the rest are formulas. Costs are projected, in USD.";
        book.text(at(1, 0), how, Style::Text);
        book.text(at(3, 0), "Input", Style::Title);
        book.text(at(3, 1), "Unit", Style::Title);
        for (place, run) in runs.iter().enumerate() {
            book.text(at(2, value_column(place)), &format!("Months {}", place + 1), Style::Head);
            book.text(at(3, value_column(place)), &run.resolved.name, Style::Head);
            book.text(at(3, value_column(place) + 1), "Source", Style::Title);
        }
        Self { page, labels: Vec::new() }
    }

    /// Fills a scenario's column.
    pub fn fill(&mut self, book: &mut Book, run: &Run, place: usize) -> Inputs {
        let inputs = &run.resolved.inputs;
        let mut filled = Filled { page: self, book, run, place, used: Vec::new(), tokens: [None; 4] };
        let mut found = filled.demand();
        for (at, component) in inputs.components.iter().enumerate() {
            let path = run.resolved.file.components().get(at).map_or_else(String::new, |(path, _)| path.clone());
            found.components.push(filled.component(component, &path));
        }
        let peak: f64 = inputs.components.iter().map(|component| component.share * component.load.peak()).sum();
        for line in &inputs.other {
            found.lines.push(filled.line(line, if peak > 0.0 { peak } else { 1.0 }));
        }
        let (rate, is_assumed) = run.resolved.file.yearly_rate();
        let why = if is_assumed { "assumed by Marginline" } else { "as stated" };
        found.discount = Some(filled.number("Discount rate", "% a year", percent(rate), why));
        let one_off = run.resolved.file.migration_usd();
        found.one_off = Some(filled.number("Moving in, once", "USD", one_off.unwrap_or(0.0), "[migration]"));
        found
    }
}

fn value_column(place: usize) -> u16 {
    FIRST_COLUMN + 2 * u16::try_from(place).unwrap_or(0)
}

/// A share as percent, without what a hundredfold leaves in the last digits.
pub fn percent(share: f64) -> f64 {
    (share * 1e14).round() / 1e12
}

impl Filled<'_> {
    fn cell(&mut self, label: &str, unit: &str) -> At {
        let same = self.used.iter().filter(|used| *used == label).count();
        self.used.push(label.to_owned());
        let label = &if same == 0 { label.to_owned() } else { format!("{label} ({})", same + 1) };
        let known = self.page.labels.iter().position(|other| other == label);
        let row = known.unwrap_or_else(|| {
            self.page.labels.push(label.to_owned());
            self.page.labels.len() - 1
        });
        let row = FIRST_ROW + u32::try_from(row).unwrap_or(u32::MAX);
        let at = At { page: self.page.page, row, column: value_column(self.place) };
        self.book.text(At { column: 0, ..at }, label, Style::Text);
        self.book.text(At { column: 1, ..at }, unit, Style::Text);
        at
    }

    /// A number that may be changed, with who says so.
    fn number(&mut self, label: &str, unit: &str, value: f64, source: &str) -> At {
        let at = self.cell(label, unit);
        self.book.text(At { column: at.column + 1, ..at }, source, Style::Text);
        self.book.put(at, Content::Input(value), Style::Number)
    }

    /// The same, if it is in play.
    fn some(&mut self, label: &str, unit: &str, value: f64, path: &str) -> Option<At> {
        let source = self.source(path);
        (value != 0.0).then(|| self.number(label, unit, value, &source))
    }

    fn formula(&mut self, label: &str, unit: &str, formula: Expression, expected: f64) -> At {
        let at = self.cell(label, unit);
        self.book.formula(at, formula, (expected, Near::Digits), Style::Number)
    }

    /// Who says a number of the file; what it does not state comes from the base or a price list.
    fn source(&self, path: &str) -> String {
        let found = assumptions(&self.run.resolved.file).into_iter().find(|(name, _)| name == path);
        found.map_or_else(String::new, |(_, assumption)| assumption.provenance())
    }

    fn demand(&mut self) -> Inputs {
        let inputs = &self.run.resolved.inputs;
        let (demand, revenue) = (&inputs.demand, &inputs.revenue);
        let mut found = Inputs::default();
        let requests = self.source("demand.requests_per_month");
        found.requests = Some(self.number("Requests, month 1", "a month", demand.requests_per_month, &requests));
        let growth = percent(demand.growth_per_month);
        let source = self.source("demand.growth_percent_per_month");
        found.growth = Some(self.number("Growth", "% a month", growth, &source));
        let churn = percent(demand.churn_per_month);
        found.churn = self.some("Churn", "% a month", churn, "demand.churn_percent_per_month");
        found.retry = self.some("Retries", "%", percent(demand.retry_share), "demand.retry_percent");
        let classes = self.token_classes();
        self.tokens = classes;
        let all = add(classes.iter().flatten().map(|at| Expression::Cell(*at)).collect());
        if classes.iter().any(Option::is_some) {
            found.tokens = Some(self.formula("Tokens, all classes", "a request", all, demand.tokens.total()));
        }
        found.price = self.some("Revenue", "USD a request", revenue.usd_per_request, "revenue.usd_per_request");
        found.fixed_revenue = self.some("Revenue, fixed", "USD a month", revenue.usd_per_month, "");
        let path = "revenue.price_change_percent_per_month";
        found.price_change = self.some("Revenue, change", "% a month", percent(revenue.change_per_month), path);
        found
    }

    /// Tokens of a request: input, cache reads, cache writes, output.
    fn token_classes(&mut self) -> [Option<At>; 4] {
        let tokens = self.run.resolved.inputs.demand.tokens;
        [
            self.some("Input tokens", "a request", tokens.input, "demand.input_tokens_per_request"),
            self.some("Cached tokens", "a request", tokens.cache_read, "demand.cache_read_tokens_per_request"),
            self.some("Cache writes", "a request", tokens.cache_write, "demand.cache_write_tokens_per_request"),
            self.some("Output tokens", "a request", tokens.output, "demand.output_tokens_per_request"),
        ]
    }

    fn component(&mut self, component: &Component, path: &str) -> ComponentInputs {
        let label = |what: &str| format!("{}: {what}", component.label);
        let path = |key: &str| format!("{path}.{key}");
        let share = self.source(&path("share_percent"));
        let mut found = ComponentInputs {
            share: Some(self.number(&label("share"), "% of requests", percent(component.share), &share)),
            ..ComponentInputs::default()
        };
        let mut factor = |what: &str, key: &str, value: f64| {
            let source = self.source(&path(key));
            (value != 1.0).then(|| self.number(&label(what), "", value, &source))
        };
        let ratio = factor("tokenizer ratio", "tokenizer_ratio", component.tokenizer_ratio);
        let verbosity = factor("verbosity", "verbosity", component.verbosity);
        let tokens = self.tokens;
        // Tokens of a class as this component counts them.
        let class = |at: usize| -> Option<Expression> {
            let mut factors = vec![Expression::Cell(tokens[at]?)];
            factors.extend(ratio.map(Expression::Cell));
            factors.extend(verbosity.filter(|_| at == 3).map(Expression::Cell));
            Some(times(factors))
        };
        let counted = component.tokens(self.run.resolved.inputs.demand.tokens);
        let change = match &component.serving {
            Serving::Api(api) => {
                let interactive = self.prices(&component.label, "", api.prices, &class);
                let share =
                    self.some(&label("batch"), "% of requests", percent(api.batch_share), &path("batch_percent"));
                let mut price = add(interactive);
                if let Some(share) = share {
                    let batch = self.prices(&component.label, ", batch", api.batch_prices, &class);
                    let of = || over(share, 100.0);
                    price = add(vec![times(vec![price, less(1.0, of())]), times(vec![add(batch), of()])]);
                }
                if let Some(fee) =
                    self.some(&label("fee"), "USD a request", api.usd_per_request, &path("usd_per_request"))
                {
                    price = add(vec![price, fee.into()]);
                }
                let expected = api.usd_per_request(counted, 0);
                found.usd_per_request = Some(self.formula(&label("price of a request"), "USD", price, expected));
                api.change_per_month
            }
            Serving::OwnGpus(gpus) => {
                self.gpus(component, gpus, (&path, &class), &mut found);
                gpus.change_per_month
            }
        };
        found.change =
            self.some(&label("price change"), "% a month", percent(change), &path("price_change_percent_per_month"));
        found
    }

    /// Tokens of each class × price ÷ 10⁶.
    fn prices(&mut self, owner: &str, kind: &str, prices: TokenPrices, class: Class<'_>) -> Vec<Expression> {
        let named = [
            ("input", prices.input_usd_per_mtok),
            ("cached", prices.cache_read_usd_per_mtok),
            ("cache writes", prices.cache_write_usd_per_mtok),
            ("output", prices.output_usd_per_mtok),
        ];
        let mut terms = Vec::new();
        for (at, (name, price)) in named.into_iter().enumerate() {
            if let Some(tokens) = class(at) {
                let label = format!("{owner}: price of {name}{kind}");
                let price = self.number(&label, "USD a million tokens", price, "price list");
                terms.push(over(times(vec![tokens, price.into()]), 1e6));
            }
        }
        if terms.is_empty() { vec![0.0.into()] } else { terms }
    }

    fn gpus(
        &mut self,
        component: &Component,
        gpus: &OwnGpus,
        (path, class): (&dyn Fn(&str) -> String, Class<'_>),
        found: &mut ComponentInputs,
    ) {
        let label = |what: &str| format!("{}: {what}", component.label);
        let rate = self.source(&path("output_tokens_per_s_per_gpu"));
        let rate = self.number(&label("output rate"), "tokens a second a GPU", gpus.output_tokens_per_s_per_gpu, &rate);
        let mut seconds: Vec<Expression> = class(3).into_iter().map(|tokens| over(tokens, rate)).collect();
        if let Some(prompts) = gpus.input_tokens_per_s_per_gpu {
            let source = self.source(&path("input_tokens_per_s_per_gpu"));
            let prompts = self.number(&label("prompt rate"), "tokens a second a GPU", prompts, &source);
            let uncached = [class(0), class(2)].into_iter().flatten();
            seconds.extend(uncached.map(|tokens| over(tokens, prompts)));
        }
        let seconds = if seconds.is_empty() { 0.0.into() } else { add(seconds) };
        let expected = gpus.gpu_seconds(component.tokens(self.run.resolved.inputs.demand.tokens));
        found.gpu_seconds = Some(self.formula(&label("GPU seconds"), "a request", seconds, expected));
        found.peak = Some(self.number(&label("busiest hour over mean"), "", component.load.peak(), "hour of week"));
        found.unit = Some(self.number(&label("GPUs come in units of"), "", f64::from(gpus.gpus_per_unit), ""));
        found.spare = self.some(&label("spare units"), "", f64::from(gpus.spare_units), "");
        found.stated = gpus.stated_gpus.map(|stated| self.number(&label("GPUs, stated"), "", f64::from(stated), ""));
        let price = self.source(&path("usd_per_gpu_hour"));
        let price = self.number(&label("GPU price"), "USD an hour", gpus.usd_per_gpu_hour, &price);
        found.usd_per_gpu_hour = Some(match gpus.spot {
            None => price,
            Some(spot) => {
                let share = self.number(&label("spot"), "% of GPUs not committed", percent(spot.share), "");
                let usd = self.number(&label("spot price"), "USD an hour", spot.usd_per_gpu_hour, "");
                let useful = self.number(&label("spot time of use"), "%", percent(spot.useful_share), "");
                let (part, time) = (|| over(share, 100.0), over(useful, 100.0));
                let mixed = add(vec![
                    times(vec![price.into(), less(1.0, part())]),
                    over(times(vec![part(), usd.into()]), time),
                ]);
                let expected = gpus.open_usd_per_gpu_hour(0);
                self.formula(&label("price of a GPU not committed"), "USD an hour", mixed, expected)
            }
        });
    }

    fn line(&mut self, line: &OtherLine, peak: f64) -> LineInputs {
        let label = |what: &str| format!("{}: {what}", line.label);
        let path = |key: &str| format!("cost.{}.{key}", line.label);
        let mut found = LineInputs {
            usd_per_month: self.some(&label("fixed"), "USD a month", line.usd_per_month, &path("usd_per_month")),
            usd_per_request: self.some(
                &label("by request"),
                "USD a request",
                line.usd_per_request,
                &path("usd_per_request"),
            ),
            usd_per_mtok: self.some(
                &label("by token"),
                "USD a million tokens",
                line.usd_per_mtok,
                &path("usd_per_mtok"),
            ),
            revenue: self.some(&label("share of revenue"), "%", percent(line.revenue_share), &path("revenue_percent")),
            change: self.some(
                &label("price change"),
                "% a month",
                percent(line.change_per_month),
                &path("price_change_percent_per_month"),
            ),
            ..LineInputs::default()
        };
        if let Some(units) = line.units {
            let number = |filled: &mut Self, what: &str, unit: &str, value: f64| {
                Some(filled.number(&label(what), unit, value, ""))
            };
            found.carries = number(self, "a unit carries", "requests a second", units.requests_per_s_per_unit);
            found.usd_per_unit = number(self, "price of a unit", "USD a month", units.usd_per_unit_month);
            found.spare = self.some(&label("spare units"), "", f64::from(units.spare_units), "");
            found.stated = units.stated_units.and_then(|stated| number(self, "units, stated", "", f64::from(stated)));
            found.peak = number(self, "busiest hour over mean", "", peak);
        }
        found
    }
}
