//! The page of a scenario's months: requests, lines of cost, margin, all from the page of inputs.

use marginline_model::Money;
use marginline_model::scenario::{Component, OtherLine, Serving, UnitsOfLine};

use super::book::{Book, Content, Near, Style};
use super::expression::{At, Expression, add, grown, less, over, power, times};
use super::inputs::{ComponentInputs, Inputs, LineInputs};
use crate::error::Result;
use crate::scenario::Run;

/// Row of the heads, and that of the first month.
const HEAD: u32 = 3;
const FIRST: u32 = 4;

/// Where a scenario's months stand.
#[derive(Debug, Clone)]
pub struct Months {
    /// The page.
    pub page: usize,
    /// How many.
    pub count: u32,
    /// Column of revenue.
    pub revenue: u16,
    /// Column of the cost of revenue.
    pub cost: u16,
    /// Column of the margin.
    pub margin: u16,
    /// Column of the margin as a share of revenue.
    pub margin_share: u16,
    /// Column of USD per million tokens.
    pub usd_per_mtok: u16,
    /// Column of USD per request.
    pub usd_per_request: u16,
    /// Column of cash.
    pub cash: u16,
    /// Column of the discounted margin.
    pub discounted: u16,
    /// Columns of GPUs provided, one a fleet.
    pub gpus: Vec<u16>,
}

impl Months {
    /// The cell of a month (0 the first).
    pub fn at(&self, month: u32, column: u16) -> At {
        At { page: self.page, row: FIRST + month, column }
    }

    /// The cell of the total.
    pub fn total(&self, column: u16) -> At {
        self.at(self.count, column)
    }
}

/// One cell of a column.
pub enum Spec {
    /// A formula with the figure that it must come to.
    Formula(Expression, f64),
    /// A figure of the engine.
    Value(f64),
    /// Nothing.
    Empty,
}

/// A page of months while it is filled.
pub struct Filling<'a> {
    pub book: &'a mut Book,
    pub run: &'a Run,
    pub inputs: &'a Inputs,
    pub page: usize,
    next: u16,
}

impl Filling<'_> {
    fn months(&self) -> u32 {
        u32::try_from(self.run.months.len()).unwrap_or(u32::MAX)
    }

    fn at(&self, month: u32, column: u16) -> At {
        At { page: self.page, row: FIRST + month, column }
    }

    /// A column with its head and a cell a month.
    pub fn column(&mut self, head: &str, style: Style, near: Near, cell: impl Fn(&Self, u32) -> Spec) -> u16 {
        let column = self.next;
        self.next += 1;
        self.book.text(At { page: self.page, row: HEAD, column }, head, Style::Head);
        for month in 0..self.months() {
            let at = self.at(month, column);
            match cell(self, month) {
                Spec::Formula(formula, expected) => self.book.formula(at, formula, (expected, near), style),
                Spec::Value(value) => self.book.put(at, Content::Value(value), style),
                Spec::Empty => at,
            };
        }
        column
    }

    /// The sum of a column below it, where it comes to what is expected.
    fn sum(&mut self, column: u16, style: Style, expected: f64, near: Near) {
        let (from, to) = (self.at(0, column), self.at(self.months() - 1, column));
        self.book.formula(self.at(self.months(), column), Expression::Sum(from, to), (expected, near), style);
    }

    /// `(1+x/100)^(n−1)`, or nothing where nothing changes.
    fn since(&self, change: Option<At>, month: u32) -> Option<Expression> {
        Some(power(grown(change?), less(self.at(month, 1), 1.0)))
    }

    /// The share of attempts over requests: `1 + retries`.
    fn attempts(&self) -> Option<Expression> {
        self.inputs.retry.map(grown)
    }
}

fn money(amount: Money) -> f64 {
    amount.to_f64()
}

/// Fills the page of a scenario; `None` for a scenario without months, which there is none of.
///
/// # Errors
/// When cash is beyond what is counted.
pub fn fill(book: &mut Book, run: &Run, inputs: &Inputs, place: usize) -> Result<Months> {
    let page = book.page(&format!("Months {}", place + 1), (FIRST, 1));
    book.text(At { page, row: 0, column: 0 }, &run.resolved.name, Style::Title);
    let told = format!("{} · USD · projected · hash {}", run.resolved.kind, run.resolved.hash);
    book.text(At { page, row: 1, column: 0 }, &told, Style::Text);
    let mut filling = Filling { book, run, inputs, page, next: 1 };
    let count = filling.months();
    filling.book.text(At { page, row: HEAD, column: 0 }, "Month", Style::Title);
    for (index, month) in (0..).zip(&run.months) {
        let at = filling.at(index, 0);
        filling.book.text(at, &month.month.to_string(), Style::Text);
    }
    let at = filling.at(count, 0);
    filling.book.text(at, "Total", Style::Title);
    filling.column("No.", Style::Count, Near::Digits, |_, month| Spec::Value(f64::from(month) + 1.0));
    let hours = filling.column("Hours", Style::Count, Near::Digits, |filling, month| {
        Spec::Value(filling.run.resolved.inputs.hours(month))
    });
    let requests = requests(&mut filling);
    let revenue = filling.column("Revenue", Style::Money, Near::Cent, |filling, month| {
        let expected = money(filling.run.months[month as usize].revenue);
        Spec::Formula(Expression::Cents(Box::new(revenue(filling, requests, month))), expected)
    });
    let (mut costs, mut gpus) = (Vec::new(), Vec::new());
    for at in 0..run.resolved.inputs.components.len() {
        let component = Part { place: at, requests, hours };
        costs.push(component.fill(&mut filling, &mut gpus));
    }
    for at in 0..run.resolved.inputs.other.len() {
        costs.push(line(&mut filling, at, (requests, hours)));
    }
    let months = money_columns(&mut filling, (requests, revenue), &costs)?;
    Ok(Months { gpus, ..months })
}

/// `requests × ((1+growth)·(1−churn))^(n−1) × season`.
fn requests(filling: &mut Filling<'_>) -> u16 {
    let seasons = filling.run.resolved.inputs.demand.month_of_year;
    let season = seasons.iter().any(|factor| *factor != 1.0).then(|| {
        filling.column("Season", Style::Number, Near::Digits, |filling, month| {
            Spec::Value(seasons[filling.run.resolved.inputs.month(month).of_year() % 12])
        })
    });
    filling.column("Requests", Style::Count, Near::Digits, |filling, month| {
        let expected = filling.run.projected[month as usize].totals.requests;
        let (Some(first), Some(growth)) = (filling.inputs.requests, filling.inputs.growth) else {
            return Spec::Value(expected);
        };
        let mut trend = vec![grown(growth)];
        trend.extend(filling.inputs.churn.map(|churn| less(1.0, over(churn, 100.0))));
        let mut factors = vec![first.into(), power(times(trend), less(filling.at(month, 1), 1.0))];
        factors.extend(season.map(|column| filling.at(month, column).into()));
        Spec::Formula(times(factors), expected)
    })
}

/// Revenue before it is rounded.
fn revenue(filling: &Filling<'_>, requests: u16, month: u32) -> Expression {
    let mut terms = Vec::new();
    if let Some(price) = filling.inputs.price {
        let mut factors = vec![filling.at(month, requests).into(), price.into()];
        factors.extend(filling.since(filling.inputs.price_change, month));
        terms.push(times(factors));
    }
    terms.extend(filling.inputs.fixed_revenue.map(Expression::Cell));
    if terms.is_empty() { 0.0.into() } else { add(terms) }
}

/// A component and the columns that it reads.
struct Part {
    place: usize,
    requests: u16,
    hours: u16,
}

impl Part {
    fn component<'a>(&self, filling: &'a Filling<'_>) -> &'a Component {
        &filling.run.resolved.inputs.components[self.place]
    }

    fn inputs<'a>(&self, filling: &'a Filling<'_>) -> &'a ComponentInputs {
        &filling.inputs.components[self.place]
    }

    /// Its columns; the last is its cost, which comes back.
    fn fill(&self, filling: &mut Filling<'_>, gpus: &mut Vec<u16>) -> u16 {
        let label = self.component(filling).label.clone();
        let head = |what: &str| format!("{label}: {what}");
        let served = filling.column(&head("requests"), Style::Count, Near::Digits, |filling, month| {
            let expected = filling.run.projected[month as usize].sheet.requests[self.place];
            let share = self.inputs(filling).share.map(|share| over(share, 100.0));
            let all = filling.at(month, self.requests).into();
            match share {
                Some(share) if !self.is_linked(filling) => Spec::Formula(times(vec![all, share]), expected),
                _ => Spec::Value(expected),
            }
        });
        let cost = match self.component(filling).serving {
            Serving::Api(_) => filling.column(&head("cost"), Style::Money, Near::Cent, |filling, month| {
                let expected = money(filling.run.months[month as usize].lines[self.place].1);
                let inputs = self.inputs(filling);
                let Some(price) = inputs.usd_per_request else { return Spec::Value(expected) };
                let mut factors = vec![filling.at(month, served).into(), price.into()];
                factors.extend(filling.attempts());
                factors.extend(filling.since(inputs.change, month));
                Spec::Formula(Expression::Cents(Box::new(times(factors))), expected)
            }),
            Serving::OwnGpus(_) => self.fleet(filling, &head, served, gpus),
        };
        let expected = money(filling.run.months.iter().map(|month| month.lines[self.place].1).sum());
        filling.sum(cost, Style::Money, expected, Near::Cent);
        cost
    }

    /// Does work move to or from it?
    fn is_linked(&self, filling: &Filling<'_>) -> bool {
        let all = &filling.run.resolved.inputs.components;
        let links = |each: &Component| {
            let overflow = match &each.serving {
                Serving::OwnGpus(gpus) => gpus.overflow,
                Serving::Api(_) => None,
            };
            [each.until_live, each.fallback, overflow]
        };
        let own = &all[self.place];
        links(own).iter().any(Option::is_some) || all.iter().any(|each| links(each).contains(&Some(self.place)))
    }

    /// Busy, needed and provided GPUs, what is committed, and the cost.
    fn fleet(&self, filling: &mut Filling<'_>, head: &dyn Fn(&str) -> String, served: u16, gpus: &mut Vec<u16>) -> u16 {
        let Serving::OwnGpus(own) = self.component(filling).serving.clone() else { return served };
        let capacity =
            |filling: &Filling<'_>, month: u32| filling.run.projected[month as usize].sheet.capacity[self.place];
        let busy = filling.column(&head("GPUs busy"), Style::Number, Near::Digits, |filling, month| {
            let Some(found) = capacity(filling, month) else { return Spec::Empty };
            let expected = found.utilisation * f64::from(found.gpus_provided);
            let Some(seconds) = self.inputs(filling).gpu_seconds else { return Spec::Value(expected) };
            let mut factors = vec![filling.at(month, served).into(), seconds.into()];
            factors.extend(filling.attempts());
            Spec::Formula(
                over(times(factors), times(vec![filling.at(month, self.hours).into(), 3_600.0.into()])),
                expected,
            )
        });
        let is_counted = own.waiting.is_none();
        let needed = filling.column(&head("GPUs needed"), Style::Count, Near::Digits, |filling, month| {
            let Some(found) = capacity(filling, month) else { return Spec::Empty };
            let expected = f64::from(found.gpus_needed);
            let inputs = self.inputs(filling);
            match (inputs.peak, inputs.unit) {
                (Some(peak), Some(unit)) if is_counted => {
                    let load = over(times(vec![filling.at(month, busy).into(), peak.into()]), unit);
                    Spec::Formula(times(vec![Expression::Up(Box::new(load)), unit.into()]), expected)
                }
                _ => Spec::Value(expected),
            }
        });
        let held = (!own.committed.is_empty()).then(|| {
            let count = filling.column(&head("GPUs committed"), Style::Count, Near::Digits, |_, month| {
                Spec::Value(f64::from(own.committed(month).0))
            });
            let usd = filling.column(&head("committed, USD an hour"), Style::UnitCost, Near::Digits, |_, month| {
                Spec::Value(own.committed(month).1)
            });
            (count, usd)
        });
        let provided = filling.column(&head("GPUs provided"), Style::Count, Near::Digits, |filling, month| {
            let Some(found) = capacity(filling, month) else { return Spec::Empty };
            let inputs = self.inputs(filling);
            let wanted = match (inputs.stated, inputs.spare, inputs.unit) {
                (Some(stated), ..) => stated.into(),
                (None, Some(spare), Some(unit)) => {
                    add(vec![filling.at(month, needed).into(), times(vec![spare.into(), unit.into()])])
                }
                _ => filling.at(month, needed).into(),
            };
            let formula = match held {
                Some((count, _)) => Expression::Max(Box::new(wanted), Box::new(filling.at(month, count).into())),
                None => wanted,
            };
            Spec::Formula(formula, f64::from(found.gpus_provided))
        });
        gpus.push(provided);
        filling.column(&head("cost"), Style::Money, Near::Cent, |filling, month| {
            let expected = money(filling.run.months[month as usize].lines[self.place].1);
            let inputs = self.inputs(filling);
            let Some(price) = inputs.usd_per_gpu_hour.filter(|_| !own.is_autoscaled) else {
                return Spec::Value(expected);
            };
            let open = match held {
                Some((count, _)) => less(filling.at(month, provided), filling.at(month, count)),
                None => filling.at(month, provided).into(),
            };
            let mut factors = vec![open, price.into()];
            factors.extend(filling.since(inputs.change, month));
            let mut hourly = vec![times(factors)];
            hourly.extend(held.map(|(_, usd)| filling.at(month, usd).into()));
            let usd = times(vec![filling.at(month, self.hours).into(), add(hourly)]);
            Spec::Formula(Expression::Cents(Box::new(usd)), expected)
        })
    }
}

/// A further line; its column comes back.
fn line(filling: &mut Filling<'_>, at: usize, (requests, hours): (u16, u16)) -> u16 {
    let of = filling.run.resolved.inputs.other[at].clone();
    let inputs = filling.inputs.lines[at].clone();
    let components = filling.run.resolved.inputs.components.len();
    let units = of.units.map(|_| {
        filling.column(&format!("{}: units", of.label), Style::Count, Near::Digits, |filling, month| {
            let found = filling.run.projected[month as usize].sheet.units[at];
            found.map_or(Spec::Empty, |found| units_of(filling, &inputs, found, (month, requests, hours)))
        })
    });
    let column = filling.column(&of.label, Style::Money, Near::Cent, |filling, month| {
        let expected = money(filling.run.months[month as usize].lines[components + at].1);
        if !of.schedule.runs(month) {
            return Spec::Value(expected);
        }
        let formula = usd_of_line(filling, (&of, &inputs), (month, requests), units);
        Spec::Formula(Expression::Cents(Box::new(formula)), expected)
    });
    let expected = money(filling.run.months.iter().map(|month| month.lines[components + at].1).sum());
    filling.sum(column, Style::Money, expected, Near::Cent);
    column
}

fn units_of(
    filling: &Filling<'_>,
    inputs: &LineInputs,
    found: UnitsOfLine,
    (month, requests, hours): (u32, u16, u16),
) -> Spec {
    let expected = f64::from(found.provided);
    if let Some(stated) = inputs.stated {
        return Spec::Formula(stated.into(), expected);
    }
    let (Some(carries), Some(peak)) = (inputs.carries, inputs.peak) else { return Spec::Value(expected) };
    let mut factors = vec![filling.at(month, requests).into(), peak.into()];
    factors.extend(filling.attempts());
    let seconds = times(vec![filling.at(month, hours).into(), 3_600.0.into(), carries.into()]);
    let mut units = vec![Expression::Up(Box::new(over(times(factors), seconds)))];
    units.extend(inputs.spare.map(Expression::Cell));
    Spec::Formula(add(units), expected)
}

fn usd_of_line(
    filling: &Filling<'_>,
    (of, inputs): (&OtherLine, &LineInputs),
    (month, requests): (u32, u16),
    units: Option<u16>,
) -> Expression {
    let asked = || Expression::Cell(filling.at(month, requests));
    let mut priced: Vec<Expression> = Vec::new();
    if of.schedule.is_due(month) {
        priced.extend(inputs.usd_per_month.map(Expression::Cell));
    }
    priced.extend(inputs.usd_per_request.map(|usd| times(vec![asked(), usd.into()])));
    if let (Some(usd), Some(tokens)) = (inputs.usd_per_mtok, filling.inputs.tokens) {
        priced.push(over(times(vec![asked(), tokens.into(), usd.into()]), 1e6));
    }
    if let (Some(units), Some(usd)) = (units, inputs.usd_per_unit) {
        priced.push(times(vec![filling.at(month, units).into(), usd.into()]));
    }
    let mut terms = Vec::new();
    if !priced.is_empty() {
        let mut factors = vec![add(priced)];
        factors.extend(filling.since(inputs.change, month));
        terms.push(times(factors));
    }
    if let Some(share) = inputs.revenue {
        terms.push(times(vec![revenue(filling, requests, month), over(share, 100.0)]));
    }
    if terms.is_empty() { 0.0.into() } else { add(terms) }
}

/// Cost, margin, unit costs, cash and present value, with their totals.
fn money_columns(filling: &mut Filling<'_>, (requests, revenue): (u16, u16), costs: &[u16]) -> Result<Months> {
    let (page, count) = (filling.page, filling.months());
    let run = filling.run;
    let (revenue_total, cost_total) = run.totals();
    let of = |month: u32| &run.months[month as usize];
    let cost = filling.column("Cost of revenue", Style::Money, Near::Cent, |filling, month| {
        let lines: Vec<Expression> = costs.iter().map(|column| filling.at(month, *column).into()).collect();
        Spec::Formula(add(lines), money(of(month).cogs))
    });
    let margin = filling.column("Gross margin", Style::Money, Near::Cent, |filling, month| {
        Spec::Formula(less(filling.at(month, revenue), filling.at(month, cost)), money(of(month).margin()))
    });
    let ratio = |what: At, by: At| Expression::Ratio(Box::new(what.into()), Box::new(by.into()));
    let share = |margin: f64, revenue: f64| if revenue > 0.0 { Some(margin / revenue) } else { None };
    let spec = |formula: Expression, expected: Option<f64>| {
        expected.map_or(Spec::Empty, |found| Spec::Formula(formula, found))
    };
    let margin_share = filling.column("Margin", Style::Percent, Near::Digits, |filling, month| {
        let expected = share(money(of(month).margin()), money(of(month).revenue));
        spec(ratio(filling.at(month, margin), filling.at(month, revenue)), expected)
    });
    let mtok = filling.column("Million tokens", Style::Number, Near::Digits, |filling, month| {
        let expected = of(month).tokens / 1e6;
        match filling.inputs.tokens {
            Some(tokens) => {
                let asked = filling.at(month, requests).into();
                Spec::Formula(over(times(vec![asked, tokens.into()]), 1e6), expected)
            }
            None => Spec::Value(expected),
        }
    });
    let usd_per_mtok = filling.column("USD per million tokens", Style::UnitCost, Near::Digits, |filling, month| {
        let expected = share(money(of(month).cogs), of(month).tokens / 1e6);
        spec(ratio(filling.at(month, cost), filling.at(month, mtok)), expected)
    });
    let usd_per_request = filling.column("USD per request", Style::UnitCost, Near::Digits, |filling, month| {
        let expected = share(money(of(month).cogs), of(month).requests);
        spec(ratio(filling.at(month, cost), filling.at(month, requests)), expected)
    });
    let cash = cash(filling, cost)?;
    let (rate, _) = run.resolved.file.yearly_rate();
    let factor = |month: u32| (1.0 + rate).powf(-(f64::from(month) + 1.0) / 12.0);
    let discount = filling.column("Discount factor", Style::Number, Near::Digits, |filling, month| {
        let Some(rate) = filling.inputs.discount else { return Spec::Value(factor(month)) };
        let years = over(filling.at(month, 1), 12.0);
        Spec::Formula(over(1.0, power(grown(rate), years)), factor(month))
    });
    let discounted = filling.column("Discounted margin", Style::Money, Near::Digits, |filling, month| {
        let formula = times(vec![filling.at(month, margin).into(), filling.at(month, discount).into()]);
        Spec::Formula(formula, money(of(month).margin()) * factor(month))
    });
    let months = Months {
        page,
        count,
        revenue,
        cost,
        margin,
        margin_share,
        usd_per_mtok,
        usd_per_request,
        cash,
        discounted,
        gpus: Vec::new(),
    };
    let sum = |each: &dyn Fn(&crate::scenario::RunMonth) -> f64| run.months.iter().map(each).sum::<f64>();
    filling.sum(requests, Style::Count, sum(&|month| month.requests), Near::Digits);
    filling.sum(mtok, Style::Number, sum(&|month| month.tokens / 1e6), Near::Digits);
    filling.sum(revenue, Style::Money, money(revenue_total), Near::Cent);
    filling.sum(cost, Style::Money, money(cost_total), Near::Cent);
    filling.sum(margin, Style::Money, money(revenue_total - cost_total), Near::Cent);
    let present = (0..count).map(|month| money(of(month).margin()) * factor(month)).sum();
    filling.sum(discounted, Style::Money, present, Near::Cent);
    let totals = [
        (margin_share, margin, revenue, Style::Percent, share(money(revenue_total - cost_total), money(revenue_total))),
        (usd_per_mtok, cost, mtok, Style::UnitCost, share(money(cost_total), sum(&|month| month.tokens / 1e6))),
        (usd_per_request, cost, requests, Style::UnitCost, share(money(cost_total), sum(&|month| month.requests))),
    ];
    for (column, what, by, style, expected) in totals {
        if let Some(expected) = expected {
            let formula = ratio(months.total(what), months.total(by));
            filling.book.formula(months.total(column), formula, (expected, Near::Digits), style);
        }
    }
    Ok(months)
}

/// Cash: the cost, and what is paid at another time than it costs.
fn cash(filling: &mut Filling<'_>, cost: u16) -> Result<u16> {
    let run = filling.run;
    let paid = run.cash()?;
    let moved: Vec<f64> = paid.iter().zip(&run.months).map(|(paid, month)| money(*paid - month.cogs)).collect();
    let elsewhen = moved.iter().any(|usd| *usd != 0.0).then(|| {
        let head = "Paid at another time than it costs, moving in included";
        filling.column(head, Style::Money, Near::Cent, |_, month| Spec::Value(moved[month as usize]))
    });
    let column = filling.column("Cash paid", Style::Money, Near::Cent, |filling, month| {
        let mut terms = vec![filling.at(month, cost).into()];
        terms.extend(elsewhen.map(|column| filling.at(month, column).into()));
        Spec::Formula(add(terms), money(paid[month as usize]))
    });
    filling.sum(column, Style::Money, money(paid.iter().copied().sum()), Near::Cent);
    Ok(column)
}
