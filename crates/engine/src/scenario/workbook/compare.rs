//! The page that compares: formulas over the pages of months, and in words what no formula gives.

use marginline_model::Money;

use super::book::{Book, Content, Near, Style};
use super::expression::{At, Expression, add, less, over, power};
use super::inputs::Inputs;
use super::months::Months;
use crate::error::Result;
use crate::scenario::compare::{Asked, Comparison};
use crate::scenario::{Run, RunMonth};
use crate::view::{Row, Table};

/// First row of the figures.
const FIRST: u32 = 5;

/// The page while it is filled.
struct Filling<'a> {
    book: &'a mut Book,
    comparison: &'a Comparison,
    months: &'a [Months],
    page: usize,
    row: u32,
    /// The table of the comparison, which says what is the best of each row.
    table: &'a Table,
}

/// A figure of a cell: the formula and what it must come to; `None` is unknown.
type Told = Option<(Expression, f64)>;

impl Filling<'_> {
    /// A row under its label; `key` is that of the comparison's table, empty where it has no such row.
    fn row(
        &mut self,
        (key, label): (&str, &str),
        near: Near,
        style: Style,
        cell: impl Fn(usize, &Run, &Months) -> Told,
    ) {
        self.book.text(At { page: self.page, row: self.row, column: 0 }, label, Style::Text);
        for (place, (run, months)) in self.comparison.runs.iter().zip(self.months).enumerate() {
            let at = At { page: self.page, row: self.row, column: column(place) };
            match cell(place, run, months) {
                Some((formula, expected)) => self.book.formula(at, formula, (expected, near), style),
                None => self.book.text(at, "–", Style::Text),
            };
        }
        if let Some(row) = self.table.rows.iter().find(|row| row.key == key) {
            self.mark_best(row);
        }
        self.row += 1;
    }

    /// Marks the best of a row of the table in the row that is filled.
    fn mark_best(&mut self, of: &Row) {
        for (place, _) in of.cells.iter().skip(1).enumerate().filter(|(_, cell)| cell.best) {
            self.book.mark_best(At { page: self.page, row: self.row, column: column(place) });
        }
    }
}

fn column(place: usize) -> u16 {
    u16::try_from(place).unwrap_or(u16::MAX - 1) + 1
}

/// Fills the page; where the scenario stands among the months is given.
///
/// # Errors
/// When an amount is beyond what is counted.
pub fn fill(
    book: &mut Book,
    comparison: &Comparison,
    (page, asked): (usize, &Asked),
    (inputs, months): (&[Inputs], &[Months]),
) -> Result<()> {
    let at = |row: u32, column: u16| At { page, row, column };
    book.text(at(0, 0), &format!("Compare {} scenarios", comparison.runs.len()), Style::Title);
    book.text(at(1, 0), &format!("{} · USD · projected", comparison.period_label()), Style::Text);
    book.text(at(2, 0), &comparison.ranking_words(), Style::Text);
    book.text(at(FIRST - 1, 0), "Measure", Style::Title);
    for (place, run) in comparison.runs.iter().enumerate() {
        book.text(at(FIRST - 1, column(place)), &run.resolved.name, Style::Head);
    }
    book.text(at(3, 0), "Bold on a ground: the best of its row when this was written", Style::Text);
    let table = comparison.table_of(asked);
    let mut filling = Filling { book, comparison, months, page, row: FIRST, table: &table };
    figures(&mut filling);
    let mut columns = Vec::with_capacity(comparison.runs.len());
    for place in 0..comparison.runs.len() {
        columns.push(gain_columns(&mut filling, place, inputs)?);
    }
    values(&mut filling, inputs, &columns)?;
    let undo = comparison.undo_month(asked.undo_month)?;
    gains(&mut filling, inputs, (&columns, undo))?;
    words(&mut filling);
    Ok(())
}

fn share(part: Money, whole: Money) -> Option<f64> {
    (whole > Money::ZERO).then(|| part.to_f64() / whole.to_f64())
}

/// Margin, cost, unit costs and GPUs.
fn figures(filling: &mut Filling<'_>) {
    let last = |months: &Months| months.count - 1;
    let of = |run: &Run, month: u32| -> RunMonth { run.months[month as usize].clone() };
    filling.row(("margin_percent_first", "Gross margin, month 1"), Near::Digits, Style::Percent, |_, run, months| {
        let month = of(run, 0);
        Some((months.at(0, months.margin_share).into(), share(month.margin(), month.revenue)?))
    });
    filling.row(("margin_percent_last", "Gross margin, last month"), Near::Digits, Style::Percent, |_, run, months| {
        let month = of(run, last(months));
        Some((months.at(last(months), months.margin_share).into(), share(month.margin(), month.revenue)?))
    });
    filling.row(
        ("margin_percent_total", "Gross margin, all months"),
        Near::Digits,
        Style::Percent,
        |_, run, months| {
            let (revenue, cost) = run.totals();
            Some((months.total(months.margin_share).into(), share(revenue - cost, revenue)?))
        },
    );
    filling.row(("", "Revenue, USD"), Near::Cent, Style::Money, |_, run, months| {
        Some((months.total(months.revenue).into(), run.totals().0.to_f64()))
    });
    filling.row(("cost_total", "Cost of revenue, USD"), Near::Cent, Style::Money, |_, run, months| {
        Some((months.total(months.cost).into(), run.totals().1.to_f64()))
    });
    filling.row(("margin_total", "Gross margin, USD"), Near::Cent, Style::Money, |_, run, months| {
        let (revenue, cost) = run.totals();
        Some((months.total(months.margin).into(), (revenue - cost).to_f64()))
    });
    filling.row(("", "Cost per million tokens, all months, USD"), Near::Digits, Style::UnitCost, |_, run, months| {
        let tokens: f64 = run.months.iter().map(|month| month.tokens / 1e6).sum();
        (tokens > 0.0).then(|| (months.total(months.usd_per_mtok).into(), run.totals().1.to_f64() / tokens))
    });
    filling.row(("", "Cost per request, all months, USD"), Near::Digits, Style::UnitCost, |_, run, months| {
        let requests: f64 = run.months.iter().map(|month| month.requests).sum();
        (requests > 0.0).then(|| (months.total(months.usd_per_request).into(), run.totals().1.to_f64() / requests))
    });
    filling.row(("gpus_provided_peak", "GPUs provided at the most"), Near::Digits, Style::Count, |_, run, months| {
        let [column] = months.gpus.as_slice() else { return None };
        let most = run.months.iter().filter_map(|month| month.capacity).map(|each| each.gpus_provided).max()?;
        let span = Expression::Most(months.at(0, *column), months.at(last(months), *column));
        Some((span, f64::from(most)))
    });
}

/// Cash and present value.
fn values(filling: &mut Filling<'_>, inputs: &[Inputs], columns: &[Option<Gains>]) -> Result<()> {
    let runs = &filling.comparison.runs;
    let cash: Vec<f64> =
        runs.iter().map(|run| Ok(run.cash()?.into_iter().sum::<Money>().to_f64())).collect::<Result<_>>()?;
    let places = 0..runs.len();
    let npv: Vec<f64> = places.map(|place| Ok(filling.comparison.npv_usd(place)?.to_f64())).collect::<Result<_>>()?;
    filling.row(("cash_total", "Cash paid, USD"), Near::Cent, Style::Money, |place, _, months| {
        Some((months.total(months.cash).into(), cash[place]))
    });
    filling.row(
        ("npv", "Present value, moving in and waiting counted, USD"),
        Near::Cent,
        Style::Money,
        |place, _, months| {
            let sum = match columns[place] {
                Some(Gains { valued, .. }) => until(months, valued, months.count),
                None => months.total(months.discounted).into(),
            };
            let value = less(sum, inputs[place].one_off?);
            Some((Expression::Cents(Box::new(value)), npv[place]))
        },
    );
    Ok(())
}

/// What each gains over the first, month by month on its own page, and what leaving costs.
fn gains(filling: &mut Filling<'_>, inputs: &[Inputs], (spans, undo): (&[Option<Gains>], u32)) -> Result<()> {
    let comparison = filling.comparison;
    let one_offs = |place: usize| Some(less(inputs[place].one_off?, inputs[0].one_off?));
    let mut told = Vec::with_capacity(spans.len());
    for place in 0..spans.len() {
        told.push((comparison.gain(place)?, comparison.gained_by(place, undo)?));
    }
    filling.row(("npv_gain", "Present value against the first, USD"), Near::Cent, Style::Money, |place, _, months| {
        let Gains { discounted, .. } = spans[place]?;
        let value = less(until(months, discounted, months.count), one_offs(place)?);
        Some((Expression::Cents(Box::new(value)), cents(told[place].0.as_ref()?.npv_usd)))
    });
    let gained = format!("Margin gained by month {undo}, USD");
    filling.row(("margin_gained", &gained), Near::Cent, Style::Money, |place, _, months| {
        let Gains { gain, .. } = spans[place]?;
        let value = less(until(months, gain, undo), one_offs(place)?);
        Some((Expression::Cents(Box::new(value)), told[place].1?.to_f64()))
    });
    Ok(())
}

/// The sum of a column over the first so many months.
fn until(months: &Months, column: u16, count: u32) -> Expression {
    Expression::Sum(months.at(0, column), months.at(count - 1, column))
}

fn cents(usd: f64) -> f64 {
    (usd * 100.0).round() / 100.0
}

/// Columns on the page of a scenario's months that look at the first scenario.
#[derive(Clone, Copy)]
struct Gains {
    /// Its gain over the first.
    gain: u16,
    /// That discounted at the first one's rate.
    discounted: u16,
    /// Its own margin, that of the first until it is live, discounted at its own rate.
    valued: u16,
}

/// Fills them; `None` for the first.
fn gain_columns(filling: &mut Filling<'_>, place: usize, inputs: &[Inputs]) -> Result<Option<Gains>> {
    let comparison = filling.comparison;
    let Some(found) = comparison.gain(place)? else { return Ok(None) };
    let (own, first) = (&filling.months[place], &filling.months[0]);
    let head = own.discounted;
    let run = &comparison.runs[place];
    let wait = run.resolved.file.wait_months();
    let (live, gain, discounted, valued) = (head + 1, head + 2, head + 3, head + 4);
    let heads = [
        (live, "Live"),
        (gain, "Gain over the first"),
        (discounted, "Discounted gain"),
        (valued, "Discounted margin, waiting counted"),
    ];
    for (column, text) in heads {
        let at = At { row: own.at(0, 0).row - 1, ..own.at(0, column) };
        filling.book.text(at, text, Style::Head);
    }
    let rate = |place: usize| comparison.runs[place].resolved.file.yearly_rate().0;
    let before = comparison.runs[0].margins_usd();
    for ((month, usd), before) in (0..own.count).zip(&found.by_month_usd).zip(&before) {
        let share = (f64::from(month) + 1.0 - wait).clamp(0.0, 1.0);
        filling.book.put(own.at(month, live), Content::Value(share), Style::Percent);
        let lead = less(own.at(month, own.margin), first.at(month, first.margin));
        let formula = Expression::Times(vec![lead, own.at(month, live).into()]);
        filling.book.formula(own.at(month, gain), formula, (*usd, Near::Cent), Style::Money);
        let years = (f64::from(month) + 1.0) / 12.0;
        let at_rate = |value: Expression, discount: Option<At>| match discount {
            Some(percent) => over(value, power(super::expression::grown(percent), over(own.at(month, 1), 12.0))),
            None => value,
        };
        let value = usd / (1.0 + rate(0)).powf(years);
        let formula = at_rate(own.at(month, gain).into(), inputs[0].discount);
        filling.book.formula(own.at(month, discounted), formula, (value, Near::Cent), Style::Money);
        let value = (before + usd) / (1.0 + rate(place)).powf(years);
        let margin = add(vec![first.at(month, first.margin).into(), own.at(month, gain).into()]);
        let formula = at_rate(margin, inputs[place].discount);
        filling.book.formula(own.at(month, valued), formula, (value, Near::Cent), Style::Money);
    }
    Ok(Some(Gains { gain, discounted, valued }))
}

/// Rows that no formula gives, as the table has them: payback, cost to leave, portability, verdicts; then the places and
/// what they rest on.
fn words(filling: &mut Filling<'_>) {
    let (comparison, table) = (filling.comparison, filling.table);
    let by_formula = [
        "margin_percent_first",
        "margin_percent_last",
        "margin_percent_total",
        "margin_total",
        "cost_total",
        "cash_total",
        "npv",
        "npv_gain",
        "margin_gained",
        "gpus_provided_peak",
    ];
    filling.row += 1;
    let page = filling.page;
    let at = |row: u32, column: u16| At { page, row, column };
    filling.book.text(at(filling.row, 0), "Given by the engine, not by a formula", Style::Title);
    filling.row += 1;
    for row in table.rows.iter().filter(|row| !by_formula.contains(&row.key.as_str())) {
        for (place, cell) in row.cells.iter().enumerate() {
            let place = u16::try_from(place).unwrap_or(u16::MAX);
            filling.book.text(at(filling.row, place), &cell.shown, Style::Text);
        }
        filling.mark_best(row);
        filling.row += 1;
    }
    filling.row += 1;
    for ranked in comparison.ranking() {
        let place = ranked.rank.map_or_else(|| "not ranked".to_owned(), |rank| format!("place {rank}"));
        let name = comparison.runs.iter().find(|run| run.resolved.id == ranked.scenario);
        let name = name.map_or(ranked.scenario.clone(), |run| run.resolved.name.clone());
        filling.book.text(at(filling.row, 0), &format!("{name}: {place}; {}", ranked.why), Style::Text);
        filling.row += 1;
    }
    let told = comparison.break_even().into_iter().map(|each| each.text);
    for note in told.chain(table.notes.iter().cloned()) {
        filling.book.text(at(filling.row, 0), &note, Style::Text);
        filling.row += 1;
    }
}
