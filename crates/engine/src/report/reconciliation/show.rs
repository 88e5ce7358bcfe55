//! The reconciliation as people and programs read it.

use marginline_model::Money;
use serde_json::{Map, Value, json};

use super::{Gap, Line, Place, ReconciliationReport};
use crate::number;
use crate::view::{Cell, Column, ColumnKind, Row, RowKind, Table, Tone};

/// Parts of a gap: stable name, label, and how to take it.
type Part = (&'static str, &'static str, fn(&Gap) -> Money);

const PARTS: [Part; 5] = [
    ("gap", "Gap", |gap| gap.gap),
    ("unpriced", "Unpriced", |gap| gap.unpriced),
    ("price_difference", "Price", |gap| gap.price),
    ("tokens_difference", "Tokens", |gap| gap.tokens),
    ("unexplained", "Unexplained", |gap| gap.unexplained),
];

fn words(place: &Place) -> [(&'static str, Option<String>); 5] {
    [
        ("provider", Some(place.provider.clone())),
        ("month", Some(place.month.to_string())),
        ("day", place.day.map(|day| day.to_string())),
        ("model", place.model.clone()),
        ("project", place.project.clone()),
    ]
}

impl ReconciliationReport {
    /// The JSON document of `report reconciliation`.
    #[must_use]
    pub fn json(&self) -> Value {
        let parts = |object: &mut Map<String, Value>, gap: &Gap| {
            for (name, _, of) in PARTS {
                object.insert(name.into(), Value::from(of(gap).to_string()));
            }
        };
        let text = |money: Option<Money>| money.map_or(Value::Null, |money| Value::from(money.to_string()));
        let rows: Vec<Value> = self
            .rows
            .iter()
            .map(|(place, line)| {
                let mut object = Map::new();
                for (name, word) in words(place) {
                    object.insert(name.into(), word.map_or(Value::Null, Value::from));
                }
                let computed = line.computed;
                object.insert("billed".into(), text(line.billed));
                object.insert("computed".into(), text(computed.map(|cost| cost.point.total())));
                object.insert("computed_low".into(), text(computed.map(|cost| cost.low.total())));
                let bounded = computed.filter(|_| line.reasons.is_empty());
                object.insert("computed_high".into(), text(bounded.map(|cost| cost.high.total())));
                object.insert("billed_tokens".into(), line.billed_tokens.map_or(Value::Null, |n| n.to_string().into()));
                object.insert("tokens".into(), Value::from(line.used_tokens.to_string()));
                object.insert("unpriced_tokens".into(), Value::from(line.unpriced_tokens.to_string()));
                parts(&mut object, &line.parted());
                if !line.reasons.is_empty() {
                    object.insert("reasons".into(), json!(line.reasons));
                }
                Value::from(object)
            })
            .collect();
        let (billed, computed) = self.sums();
        let mut total = Map::new();
        total.insert("billed".into(), Value::from(billed.to_string()));
        total.insert("computed".into(), Value::from(computed.to_string()));
        parts(&mut total, &self.total());
        json!({
            "period": self.period.words(),
            "currency": "USD",
            "rows": rows,
            "total": total,
            "not_compared": self.other_currencies.iter().map(|(currency, lines)| json!({"currency": currency, "lines": lines})).collect::<Vec<_>>(),
        })
    }

    /// The table shown and exported.
    #[must_use]
    pub fn table(&self) -> Table {
        let column = Column::new;
        let mut columns: Vec<Column> =
            [("provider", "Provider"), ("month", "Month"), ("day", "Day"), ("model", "Model"), ("project", "Project")]
                .iter()
                .map(|(id, label)| column(id, label, "", ColumnKind::Text))
                .collect();
        columns.push(column("billed", "Billed", "USD", ColumnKind::Money));
        columns.push(column("computed", "Computed", "USD", ColumnKind::Money));
        columns.extend(PARTS.iter().map(|(id, label, _)| column(id, label, "USD", ColumnKind::Money)));
        let mut rows: Vec<Row> = self.rows.iter().map(|(place, line)| row(place, line)).collect();
        let (billed, computed) = self.sums();
        let mut cells: Vec<Cell> =
            ["Total", "", "", "", ""].iter().map(|text| word(Some((*text).to_owned()))).collect();
        cells.extend([money(Some(billed)), money(Some(computed))]);
        let total = self.total();
        cells.extend(PARTS.iter().map(|(.., of)| money(Some(of(&total)))));
        rows.push(Row { key: "total".into(), kind: RowKind::Total, cells });
        Table {
            id: "reconciliation".into(),
            title: "Computed against billed".into(),
            subtitle: format!("{} · usage date · USD", self.period.label()),
            columns,
            rows,
            notes: self.notes(),
        }
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.rows.is_empty() {
            notes.push("no provider has both a bill and usage in these months".into());
        }
        let reasons: std::collections::BTreeSet<&String> =
            self.rows.iter().flat_map(|(_, line)| &line.reasons).collect();
        notes.extend(reasons.into_iter().map(|reason| format!("unpriced: {reason}")));
        notes.extend(self.other_currencies.iter().map(|(currency, lines)| {
            format!("{lines} bill lines in {currency} are not compared: computed cost is in USD")
        }));
        notes
    }
}

fn word(value: Option<String>) -> Cell {
    Cell { shown: value.clone().unwrap_or_else(|| "(all)".into()), value, ..Cell::default() }
}

fn money(amount: Option<Money>) -> Cell {
    Cell {
        value: amount.map(|amount| amount.to_string()),
        shown: amount.map_or_else(|| number::UNKNOWN.into(), |amount| amount.shown(2)),
        ..Cell::default()
    }
}

fn row(place: &Place, line: &Line) -> Row {
    let mut cells: Vec<Cell> = words(place).into_iter().map(|(_, value)| word(value)).collect();
    cells.push(money(line.billed));
    let computed = money(line.computed.map(|cost| cost.point.total()));
    cells.push(match line.reasons.is_empty() {
        true => computed,
        false => Cell { shown: format!("≥ {}", computed.shown), tone: Tone::Warn, ..computed },
    });
    let gap = line.parted();
    cells.extend(PARTS.iter().map(|(id, _, of)| {
        let amount = of(&gap);
        let open = matches!(*id, "unpriced" | "unexplained") && amount != Money::ZERO;
        Cell { tone: if open { Tone::Warn } else { Tone::Neutral }, ..money(Some(amount)) }
    }));
    let key = words(place).map(|(_, value)| value.unwrap_or_else(|| "\u{0}".into())).join("\u{1f}");
    Row { key, kind: RowKind::Row, cells }
}
