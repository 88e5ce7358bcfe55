//! The margin screen: headline figures, table, and why margin moved, for one month.

use std::collections::{BTreeMap, BTreeSet};

use marginline_model::exact::ratio;
use marginline_model::{Money, Month};
use marginline_store::budget::Measure;

use super::{choices, month_or_none};
use crate::Engine;
use crate::convert::{Conversion, rate_notes};
use crate::error::Result;
use crate::facts::Facts;
use crate::number;
use crate::report::change::{MarginChange, change};
use crate::report::headline::{caveat, headline};
use crate::report::margin::{MarginReport, MarginSums, UNASSIGNED, report};
use crate::report::{Period, margin};
use crate::view::{
    Cell, Column, ColumnKind, Kpi, MarginBy, MarginQuery, MarginView, MonthBasis, Notice, Range, Row, RowKind, Table,
    Tone,
};

/// Planned revenue and cost of revenue of a month in the reporting currency.
#[must_use]
pub fn plan(facts: &Facts, month: Month) -> Option<(Money, Money)> {
    let text = month.to_string();
    let mut sums = (None, None);
    for line in facts.budget.iter().filter(|line| line.month == text && line.currency == facts.rules.currency) {
        let sum = match line.measure {
            Measure::Revenue => &mut sums.0,
            Measure::CostOfRevenue => &mut sums.1,
        };
        *sum = Some(sum.unwrap_or(Money::ZERO) + line.amount);
    }
    sums.0.zip(sums.1)
}

/// Says that a month's budget is in a currency that has no rate to the reporting one.
fn plan_notice(facts: &Facts, month: Month) -> Option<Notice> {
    let text = month.to_string();
    let others = facts.budget.iter().filter(|line| line.month == text && line.currency != facts.rules.currency);
    let currencies: BTreeSet<&str> = others.map(|line| line.currency.as_str()).collect();
    let names = currencies.into_iter().collect::<Vec<_>>().join(" and ");
    (!names.is_empty()).then(|| Notice {
        id: "unconverted".into(),
        text: format!("the budget of {} in {names} is not converted and not shown: no exchange rate", month.label()),
        tone: Tone::Warn,
    })
}

/// The month a margin query means, within the ledger's months.
pub(super) fn month_of(facts: &Facts, query: &MarginQuery) -> Result<Month> {
    let asked = month_or_none(query.month.as_deref())?;
    Ok(Period::resolve(facts, query.basis, asked, asked)?.to)
}

impl Engine {
    /// The margin screen.
    ///
    /// # Errors
    /// A month that is none, or an empty ledger.
    pub async fn margin_view(&self, query: &MarginQuery) -> Result<MarginView> {
        let facts = self.facts_in(Conversion::default(), query.basis).await?;
        let month = month_of(&facts, query)?;
        let months = facts.months(query.basis);
        let period = match query.by {
            MarginBy::Month => Period { from: *months.first().unwrap_or(&month), to: *months.last().unwrap_or(&month) },
            _ => Period { from: month, to: month },
        };
        let shown = report(&facts, period, query.basis, query.by)?;
        let now = report(&facts, Period { from: month, to: month }, query.basis, MarginBy::Product)?;
        let moved = change(&facts, month, query.basis)?;
        let before = moved.as_ref().map(|moved| &moved.before);
        let before_rows = match (query.by, before) {
            (MarginBy::Month, _) | (_, None) => None,
            (by, Some(_)) => {
                let last = month.plus(-1);
                Some(report(&facts, Period { from: last, to: last }, query.basis, by)?)
            }
        };
        let mut notices = notices(&now);
        notices.extend(plan_notice(&facts, month));
        Ok(MarginView {
            month: month.to_string(),
            month_label: month.label(),
            months: choices(&months),
            headline: headline(&now.with_books).into(),
            currency: facts.rules.currency.clone(),
            basis_label: query.basis.label().into(),
            cost_label: "effective cost".into(),
            kpis: kpis(&now, before, plan(&facts, month), month),
            table: table(&shown, before_rows.as_ref()),
            words: moved.as_ref().map(|moved| moved.words(&facts)).unwrap_or_default(),
            words_title: words_title(month, moved.as_ref()),
            notices,
        })
    }
}

fn words_title(month: Month, moved: Option<&MarginChange>) -> String {
    match moved {
        Some(_) => format!("What moved since {}", month.plus(-1).label()),
        None => format!("No revenue in {} to compare with", month.plus(-1).label()),
    }
}

/// Change in percent since before, signed; `None` from nothing.
fn growth(now: Money, before: Money) -> Option<String> {
    ratio(now - before, before, 100, 4)
}

fn kpis(now: &MarginReport, before: Option<&MarginReport>, plan: Option<(Money, Money)>, month: Month) -> Vec<Kpi> {
    let currency = &now.currency;
    let last = month.plus(-1).short();
    let since =
        |value: Option<String>, unit: &str| value.map(|text| format!("{}{unit} on {last}", number::signed(&text, 1)));
    let tone = |text: Option<&String>, good_up: bool| match text.and_then(|t| Money::parse_wide(t).ok()) {
        Some(moved) if moved == Money::ZERO => Tone::Neutral,
        Some(moved) => {
            if (moved > Money::ZERO) == good_up {
                Tone::Good
            } else {
                Tone::Bad
            }
        }
        None => Tone::Neutral,
    };
    let total = &now.total;
    let bound = total.cost_is_a_bound();
    let revenue_growth = before.and_then(|b| growth(total.revenue, b.total.revenue));
    let cost_growth = before.and_then(|b| growth(total.cost(), b.total.cost()));
    let kpi = |id: &str, label: &str, value: Option<String>, shown: String, note: Option<String>, tone: Tone| Kpi {
        id: id.into(),
        label: label.into(),
        value,
        shown,
        note: note.unwrap_or_else(|| "no month before".into()),
        tone,
    };
    let unpriced = now.gaps.unpriced.len();
    vec![
        kpi(
            "revenue",
            "Recognised revenue",
            Some(total.revenue.to_string()),
            format!("{}{}", if now.total.lacks_revenue { "≥ " } else { "" }, number::money(total.revenue, currency)),
            since(revenue_growth.clone(), "%"),
            tone(revenue_growth.as_ref(), true),
        ),
        cost_kpi(now, since(cost_growth.clone(), "%"), tone(cost_growth.as_ref(), false)),
        margin_kpi(now, before, plan, bound),
        unit_kpi(now, before),
        kpi(
            "priced_share",
            "Priced share of tokens",
            now.gaps.priced_share.clone(),
            number::rounded_or_unknown(now.gaps.priced_share.as_deref(), 1)
                + if now.gaps.priced_share.is_some() { "%" } else { "" },
            Some(match (unpriced, now.gaps.priced_share.is_some()) {
                (0, true) => "every model has a price".into(),
                (0, false) => "no token usage imported".into(),
                (1, _) => "1 model unpriced, margin ≤".into(),
                (n, _) => format!("{n} models unpriced, margin ≤"),
            }),
            if unpriced > 0 { Tone::Warn } else { Tone::Neutral },
        ),
    ]
}

/// A bound is the end that is sure; an estimate says between which ends it lies.
fn cost_kpi(now: &MarginReport, since: Option<String>, tone: Tone) -> Kpi {
    let (total, spread) = (&now.total, now.total.spread());
    let (cost, mark) = match (total.cost_is_a_bound(), spread.is_wide()) {
        (true, _) => (spread.low(total.cost()), "≥ "),
        (false, true) => (total.cost(), "≈ "),
        (false, false) => (total.cost(), ""),
    };
    let range = spread.short(total.cost(), &now.currency, total.cost_is_a_bound());
    let note = since.into_iter().chain(range).reduce(|since, range| format!("{since} · {range}"));
    Kpi {
        id: "cost".into(),
        label: "Cost of revenue".into(),
        value: Some(total.cost().to_string()),
        shown: format!("{mark}{}", number::money(cost, &now.currency)),
        note: note.unwrap_or_else(|| "no month before".into()),
        tone,
    }
}

fn points(now: &MarginSums, before: &MarginSums) -> Option<Money> {
    let parse = |sums: &MarginSums| sums.margin_percent().and_then(|text| Money::parse_wide(&text).ok());
    Some(parse(now)? - parse(before)?)
}

fn margin_kpi(now: &MarginReport, before: Option<&MarginReport>, plan: Option<(Money, Money)>, bound: bool) -> Kpi {
    let percent = now.total.margin_percent();
    let moved = before.and_then(|before| points(&now.total, &before.total));
    let mut words = Vec::new();
    words.extend(moved.map(|moved| format!("{} pp", number::signed(&moved.to_string(), 1))));
    let planned = plan.and_then(|(revenue, cost)| number::percent(revenue - cost, revenue));
    words.extend(planned.map(|planned| format!("plan {}%", number::rounded(&planned, 1))));
    let spread = now.total.spread();
    let mark = match (now.total.lacks_revenue, bound) {
        (true, true) => "~ ",
        (true, false) => "≥ ",
        (false, true) => "≤ ",
        (false, false) if spread.is_wide() => "≈ ",
        (false, false) => "",
    };
    let sure = match bound {
        true => number::percent(now.total.revenue - spread.low(now.total.cost()), now.total.revenue),
        false => percent.clone(),
    };
    Kpi {
        id: "gross_margin".into(),
        label: headline(&now.with_books).into(),
        shown: match &sure {
            Some(percent) => format!("{mark}{}%", number::rounded(percent, 1)),
            None => number::UNKNOWN.into(),
        },
        value: percent,
        note: if words.is_empty() { "no month before".into() } else { words.join(" · ") },
        tone: match moved {
            Some(moved) if moved < Money::ZERO => Tone::Bad,
            Some(moved) if moved > Money::ZERO => Tone::Good,
            _ => Tone::Neutral,
        },
    }
}

fn unit_kpi(now: &MarginReport, before: Option<&MarginReport>) -> Kpi {
    let of = |report: &MarginReport| number::per_mtok(report.total.cost(), report.total.priced.tokens);
    let (total, spread) = (&now.total, now.total.spread());
    let sure = number::per_mtok(
        if total.cost_is_a_bound() { spread.low(total.cost()) } else { total.cost() },
        total.priced.tokens,
    );
    let mark = match (total.cost_is_a_bound(), spread.is_wide()) {
        (true, _) => "≥ ",
        (false, true) => "≈ ",
        (false, false) => "",
    };
    let value = of(now);
    let moved = before
        .and_then(of)
        .and_then(|before| Some(Money::parse_wide(value.as_deref()?).ok()? - Money::parse_wide(&before).ok()?));
    let sign = number::sign(&now.currency);
    Kpi {
        id: "usd_per_mtok".into(),
        label: "Cost per M tokens".into(),
        shown: sure
            .as_deref()
            .map_or_else(|| number::UNKNOWN.into(), |value| format!("{mark}{sign}{}", number::rounded(value, 2))),
        value,
        note: match moved {
            Some(moved) => {
                let text = number::signed(&moved.to_string(), 2);
                let (mark, digits) = text.split_at(text.len() - text.trim_start_matches(['+', '\u{2212}']).len());
                format!("{mark}{sign}{digits} · blended")
            }
            None => "blended".into(),
        },
        tone: match moved {
            Some(moved) if moved > Money::ZERO => Tone::Bad,
            Some(moved) if moved < Money::ZERO => Tone::Good,
            _ => Tone::Neutral,
        },
    }
}

/// What keeps the month's figures from being complete, and what is booked for an earlier month.
fn notices(now: &MarginReport) -> Vec<Notice> {
    let mut notices = now.gaps.notices(&now.currency);
    if now.total.lacks_cost && now.gaps.unconverted.is_empty() {
        notices.push(Notice {
            id: "no-cost".into(),
            text: "some revenue is in a month that no bill and no usage covers; its cost is unknown, not zero".into(),
            tone: Tone::Warn,
        });
    }
    for ((booked, used), amount) in &now.corrections {
        notices.push(Notice {
            id: "corrections".into(),
            text: format!(
                "{} includes a correction of {} for {}",
                booked.label(),
                number::money(*amount, &now.currency),
                used.label()
            ),
            tone: Tone::Neutral,
        });
    }
    notices
}

/// The table of a margin report; `before` adds the change since the month before.
#[must_use]
pub fn table(report: &MarginReport, before: Option<&MarginReport>) -> Table {
    let (id, label) = match report.by {
        MarginBy::Month => ("month", "Month"),
        MarginBy::Product => ("product", "Product"),
        MarginBy::Customer => ("customer", "Customer"),
        MarginBy::Region => ("region", "Region"),
    };
    let column = Column::new;
    let currency = report.currency.as_str();
    let mut columns = vec![
        column(id, label, "", ColumnKind::Text),
        column("revenue", "Revenue", currency, ColumnKind::Money),
        column("cost_of_revenue", "Cost of revenue", currency, ColumnKind::Money),
        column("gross_margin", "Margin", currency, ColumnKind::Money),
        column("gross_margin_percent", "Margin", "%", ColumnKind::Percent),
    ];
    if let Some(before) = before {
        columns.push(column("points", &format!("On {}", before.period.from.short()), "pp", ColumnKind::Points));
    }
    columns.push(column(
        &number::named_in("usd_per_mtok", currency),
        "Cost",
        &format!("{currency}/Mtok"),
        ColumnKind::UnitCost,
    ));
    columns.push(column("priced_share", "Priced", "%", ColumnKind::Percent));
    let earlier: BTreeMap<&Option<String>, &MarginSums> =
        before.map(|before| before.rows.iter().map(|(name, sums)| (name, sums)).collect()).unwrap_or_default();
    let line = |name: &str, kind: RowKind, sums: &MarginSums, was: Option<&MarginSums>| {
        row(name, kind, sums, before.map(|_| was))
    };
    let mut rows: Vec<Row> = report
        .rows
        .iter()
        .map(|(name, sums)| {
            let kind = if name.is_some() { RowKind::Row } else { RowKind::Unassigned };
            line(name.as_deref().unwrap_or(UNASSIGNED), kind, sums, earlier.get(name).copied())
        })
        .collect();
    rows.push(line("Total", RowKind::Total, &report.total, before.map(|before| &before.total)));
    Table {
        id: "margin".into(),
        title: format!("{} by {}", headline(&report.with_books), label.to_lowercase()),
        subtitle: format!("{} · {} · effective cost · {currency}", report.period.label(), report.basis.label()),
        columns,
        rows,
        notes: notes(report),
    }
}

fn notes(report: &MarginReport) -> Vec<String> {
    let mut notes: Vec<String> = notices(report).into_iter().map(|notice| notice.text).collect();
    notes.extend(rate_notes(&report.rates));
    for (class, amount) in &report.outside {
        notes.push(format!("{} is {} and in no line here", number::money(*amount, &report.currency), class.label()));
    }
    let credits = report.total.line("Credits");
    if credits != Money::ZERO {
        let without = number::percent(report.total.margin() + credits, report.total.revenue);
        notes.push(format!(
            "credits of {} are in it; margin without them is {}%",
            number::money(-credits, &report.currency),
            number::rounded_or_unknown(without.as_deref(), 1)
        ));
    }
    notes.extend(caveat(&report.with_books, report.period));
    notes
}

/// `was` is absent where the table has no change column, and holds nothing where the row is new.
fn row(name: &str, kind: RowKind, sums: &MarginSums, was: Option<Option<&MarginSums>>) -> Row {
    let bound = sums.cost_is_a_bound();
    // Missing revenue bounds margin from below; with cost missing as well it has no bound on either side.
    let open = sums.lacks_revenue;
    let spread = sums.spread();
    let estimated = !bound && spread.is_wide();
    let mark = |text: String, sign: &str| match (sign, bound, open) {
        ("≤", true, true) => format!("~ {text}"),
        ("≤", false, true) => format!("≥ {text}"),
        (_, true, _) => format!("{sign} {text}"),
        _ if estimated => format!("≈ {text}"),
        _ => text,
    };
    // A bound is the end that is sure, not what is added up.
    let (cost, margin) = match bound {
        true => (spread.low(sums.cost()), sums.revenue - spread.low(sums.cost())),
        false => (sums.cost(), sums.margin()),
    };
    let warn = if bound || open { Tone::Warn } else { Tone::Neutral };
    let money = |amount: Money| Cell { value: Some(amount.to_string()), shown: amount.shown(0), ..Cell::default() };
    let percent = sums.margin_percent();
    let shown_percent = number::rounded_or_unknown(number::percent(margin, sums.revenue).as_deref(), 1);
    let notes: Vec<String> = evidence_note(sums).into_iter().chain(spread.words(sums.cost(), "")).collect();
    let mut cells = vec![
        Cell { value: Some(name.to_owned()), shown: name.to_owned(), ..Cell::default() },
        match open {
            true => Cell { shown: format!("≥ {}", sums.revenue.shown(0)), tone: Tone::Warn, ..money(sums.revenue) },
            false => money(sums.revenue),
        },
        Cell {
            shown: mark(cost.shown(0), "≥"),
            tone: warn,
            note: (!notes.is_empty()).then(|| notes.join("; ")),
            range: Some(spread.range(sums.cost())),
            ..money(sums.cost())
        },
        Cell {
            shown: mark(margin.shown(0), "≤"),
            tone: if sums.margin() < Money::ZERO { Tone::Bad } else { warn },
            range: Some(spread.rest(sums.revenue, sums.cost())),
            ..money(sums.margin())
        },
        Cell {
            shown: if percent.is_some() { mark(shown_percent, "≤") } else { shown_percent },
            tone: if sums.margin() < Money::ZERO { Tone::Bad } else { warn },
            value: percent,
            range: Some(spread.rest_percent(sums.revenue, sums.cost())),
            ..Cell::default()
        },
    ];
    cells.extend(was.map(|was| points_cell(sums, was)));
    cells.push(per_mtok_cell(sums));
    let share = sums.priced_share();
    cells.push(Cell {
        shown: number::rounded_or_unknown(share.as_deref(), 1),
        tone: if sums.priced.unpriced_tokens > 0 { Tone::Warn } else { Tone::Neutral },
        value: share,
        ..Cell::default()
    });
    let key = if kind == RowKind::Row { name.to_owned() } else { format!("\u{0}{name}") };
    Row { key, kind, cells }
}

/// Points of margin since the month before.
fn points_cell(sums: &MarginSums, was: Option<&MarginSums>) -> Cell {
    let moved = was.and_then(|was| points(sums, was));
    Cell {
        shown: moved.map_or_else(|| number::UNKNOWN.into(), |moved| number::signed(&moved.to_string(), 1)),
        tone: match moved {
            Some(moved) if moved.shown(1).starts_with('\u{2212}') => Tone::Bad,
            Some(moved) if moved > Money::ZERO => Tone::Good,
            _ => Tone::Neutral,
        },
        value: moved.map(|moved| moved.to_string()),
        ..Cell::default()
    }
}

/// Cost of a million tokens, with its ends.
fn per_mtok_cell(sums: &MarginSums) -> Cell {
    let (spread, tokens, bound) = (sums.spread(), sums.priced.tokens, sums.cost_is_a_bound());
    let value = number::per_mtok(sums.cost(), tokens);
    let low = number::per_mtok(spread.low(sums.cost()), tokens);
    let text = |value: Option<&String>| number::rounded_or_unknown(value.map(String::as_str), 2);
    Cell {
        shown: match (&value, bound, spread.is_wide()) {
            (Some(_), true, _) => format!("≥ {}", text(low.as_ref())),
            (Some(_), false, true) => format!("≈ {}", text(value.as_ref())),
            _ => text(value.as_ref()),
        },
        tone: if bound { Tone::Warn } else { Tone::Neutral },
        range: Some(Range { low, high: spread.high(sums.cost()).and_then(|high| number::per_mtok(high, tokens)) }),
        value,
        ..Cell::default()
    }
}

/// Money share by evidence, for the tooltip.
fn evidence_note(sums: &MarginSums) -> Option<String> {
    let mut shares: BTreeMap<_, Money> = BTreeMap::new();
    for (evidence, amount) in sums.lines.values().flatten() {
        *shares.entry(*evidence).or_default() += *amount;
    }
    let whole = sums.cost();
    let words: Vec<String> = shares
        .into_iter()
        .filter_map(|(evidence, amount)| {
            number::percent(amount, whole).map(|share| format!("{}% {}", number::rounded(&share, 0), evidence.word()))
        })
        .collect();
    (!words.is_empty()).then(|| words.join(", "))
}

/// Margin of every month of the ledger up to `last`, twelve at most, for the trend.
pub(super) fn trend(facts: &Facts, last: Month, basis: MonthBasis) -> Result<Vec<(Month, MarginSums)>> {
    let months: Vec<Month> = facts.months(basis).into_iter().filter(|month| *month <= last).collect();
    let first = months.iter().rev().take(12).next_back().copied().unwrap_or(last);
    let report = margin::report(facts, Period { from: first, to: last }, basis, MarginBy::Month)?;
    Ok(report.rows.into_iter().filter_map(|(name, sums)| Some((name?.parse().ok()?, sums))).collect())
}
