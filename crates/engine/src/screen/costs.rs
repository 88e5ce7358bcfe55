//! The costs screen.

use std::collections::{BTreeMap, BTreeSet};

use marginline_model::Money;

use super::{choices, month_before, month_or_none};
use crate::Engine;
use crate::convert::Conversion;
use crate::error::Result;
use crate::number;
use crate::report::costs::{CostsReport, CostsRequest, KEYS, key_label};
use crate::view::{Choice, CostsQuery, CostsView, Kpi, Notice, Tone};

impl CostsQuery {
    pub(crate) fn request(&self) -> Result<CostsRequest> {
        Ok(CostsRequest {
            from: month_or_none(self.from.as_deref())?,
            to: month_or_none(self.to.as_deref())?,
            basis: self.basis,
            by: if self.by.is_empty() { vec!["service".into()] } else { self.by.clone() },
            filters: self.filters.clone(),
            conversion: Conversion::default(),
        })
    }
}

impl Engine {
    /// The costs screen.
    ///
    /// # Errors
    /// An unknown grouping key, a period that is none, an empty ledger.
    pub async fn costs_view(&self, query: &CostsQuery) -> Result<CostsView> {
        let facts = self.facts().await?;
        let request = query.request()?;
        let report = self.costs(&request).await?;
        let tags: BTreeSet<&str> = facts
            .subjects
            .iter()
            .flat_map(|subject| subject.columns.keys())
            .filter(|c| c.starts_with("tag:"))
            .collect();
        // Spellings that differ in case only are one key; one of them is shown.
        let tags: BTreeMap<String, String> = tags.into_iter().rev().map(|t| (t.to_lowercase(), t.to_owned())).collect();
        let keys = KEYS.iter().map(|(id, label)| Choice { id: (*id).into(), label: (*label).into() });
        let before = match month_before(report.period) {
            Some(month) if facts.months(query.basis).contains(&month) => Some(
                self.costs(&CostsRequest { from: Some(month), to: Some(month), by: Vec::new(), ..request.clone() })
                    .await?,
            ),
            _ => None,
        };
        let notices = notices(&report);
        Ok(CostsView {
            from: report.period.from.to_string(),
            to: report.period.to.to_string(),
            period_label: report.period.label(),
            months: choices(&facts.months(query.basis)),
            keys: keys.chain(tags.into_values().map(|tag| Choice { label: key_label(&tag), id: tag })).collect(),
            currency: report.currency.clone(),
            basis_label: report.basis.label().into(),
            kpis: kpis(&report, before.as_ref()),
            notices,
            table: report.table(),
        })
    }
}

fn kpis(report: &CostsReport, before: Option<&CostsReport>) -> Vec<Kpi> {
    let shown = |amount: Option<Money>| {
        amount.map_or_else(|| number::UNKNOWN.into(), |amount| number::money(amount, &report.currency))
    };
    let kpi = |id: &str, label: &str, amount: Option<Money>, note: String, tone: Tone| Kpi {
        id: id.into(),
        label: label.into(),
        value: amount.map(|amount| amount.to_string()),
        shown: shown(amount),
        note,
        tone,
    };
    let total = &report.total;
    let growth = before
        .and_then(|before| before.total.effective.zip(total.effective))
        .and_then(|(was, is)| number::percent(is - was, was))
        .map(|text| format!("{}% on {}", number::signed(&text, 1), report.period.from.plus(-1).short()));
    let saved = total
        .list
        .filter(|_| total.list_missing == 0)
        .zip(total.effective)
        .and_then(|(list, effective)| number::percent(list - effective, list));
    vec![
        effective_kpi(report, growth),
        kpi("billed", "Billed cost", total.billed, "as invoiced".into(), Tone::Neutral),
        kpi(
            "contracted",
            "Contracted cost",
            total.contracted,
            missing(total.contracted_missing),
            tone(total.contracted_missing),
        ),
        kpi(
            "list",
            "List cost",
            total.list,
            match (total.list_missing, saved) {
                (0, Some(saved)) => format!("effective is {}% below", number::rounded(&saved, 1)),
                (count, _) => missing(count),
            },
            tone(total.list_missing),
        ),
        share_kpi(report),
        Kpi {
            id: "rows".into(),
            label: "Bill lines".into(),
            value: Some(total.rows.to_string()),
            shown: number::count(total.rows),
            note: report.basis.label().into(),
            tone: Tone::Neutral,
        },
    ]
}

/// A bound is the end that is sure; an estimate says between which ends it lies.
fn effective_kpi(report: &CostsReport, growth: Option<String>) -> Kpi {
    let total = &report.total;
    let bound = total.is_a_bound();
    let mark = match (bound, total.spread.is_wide()) {
        (true, _) => "≥ ",
        (false, true) => "≈ ",
        (false, false) => "",
    };
    let sure = total.effective.map(|cost| if bound { total.spread.low(cost) } else { cost });
    let range = total.effective.and_then(|cost| total.spread.short(cost, &report.currency, bound));
    let note = growth.into_iter().chain(range).reduce(|growth, range| format!("{growth} · {range}"));
    Kpi {
        id: "effective".into(),
        label: "Effective cost".into(),
        value: total.effective.map(|cost| cost.to_string()),
        shown: sure
            .map_or_else(|| number::UNKNOWN.into(), |cost| format!("{mark}{}", number::money(cost, &report.currency))),
        note: note.unwrap_or_else(|| "amortised over use".into()),
        tone: if bound { Tone::Warn } else { Tone::Neutral },
    }
}

fn share_kpi(report: &CostsReport) -> Kpi {
    Kpi {
        id: "priced_share".into(),
        label: "Priced share of tokens".into(),
        shown: number::rounded_or_unknown(report.gaps.priced_share.as_deref(), 1)
            + if report.gaps.priced_share.is_some() { "%" } else { "" },
        value: report.gaps.priced_share.clone(),
        note: match report.gaps.unpriced.len() {
            0 => "nothing without a price".into(),
            1 => "1 model unpriced, cost ≥".into(),
            n => format!("{n} models unpriced, cost ≥"),
        },
        tone: if report.gaps.unpriced.is_empty() { Tone::Neutral } else { Tone::Warn },
    }
}

fn missing(count: u64) -> String {
    match count {
        0 => "at contract rates".into(),
        1 => "1 line does not hold it".into(),
        n => format!("{} lines do not hold it", number::count(n)),
    }
}

fn tone(count: u64) -> Tone {
    if count > 0 { Tone::Warn } else { Tone::Neutral }
}

fn notices(report: &CostsReport) -> Vec<Notice> {
    report.gaps.notices(&report.currency)
}
