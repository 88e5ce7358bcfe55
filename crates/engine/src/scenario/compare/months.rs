//! Gross margin of scenarios month by month.

use super::Comparison;
use crate::scenario::Run;
use crate::view::{Cell, Row, RowKind, Table};

/// The mark of a margin that may be less.
fn most(run: &Run) -> &'static str {
    if run.cost_is_lower_bound() { "≤ " } else { "" }
}

impl Comparison {
    /// Gross margin month by month, one column a scenario.
    #[must_use]
    pub fn months(&self) -> Table {
        let months = self.runs.first().map_or(0, |run| run.months.len());
        let rows = (0..months)
            .map(|index| {
                let month = self.runs[0].months[index].month.to_string();
                let mut cells = vec![Cell { value: Some(month.clone()), shown: month.clone(), ..Cell::default() }];
                cells.extend(self.runs.iter().map(|run| {
                    let margin = run.months[index].margin();
                    let cell = Cell { value: Some(margin.to_string()), shown: margin.shown(0), ..Cell::default() };
                    cell.marked(most(run))
                }));
                Row { key: month, kind: RowKind::Row, cells }
            })
            .chain(std::iter::once({
                let mut cells = vec![Cell { value: Some("Total".into()), shown: "Total".into(), ..Cell::default() }];
                cells.extend(self.runs.iter().map(|run| {
                    let (revenue, cogs) = run.totals();
                    let (value, shown) = (Some((revenue - cogs).to_string()), (revenue - cogs).shown(0));
                    Cell { value, shown, ..Cell::default() }.marked(most(run))
                }));
                Row { key: "total".into(), kind: RowKind::Total, cells }
            }))
            .collect();
        let mut columns = self.columns("Month");
        for column in columns.iter_mut().skip(1) {
            column.unit = "USD".into();
        }
        Table {
            id: "compare-months".into(),
            title: "Gross margin by month".into(),
            subtitle: format!("{} · USD", self.period_label()),
            columns,
            rows,
            notes: Vec::new(),
        }
    }
}
