//! Tables as CSV and XLSX. Values, not what is shown: a spreadsheet gets the figure, and the reader's rounding
//! is the reader's own. Imported words never become a formula.

use std::path::Path;

use marginline_model::Money;
use marginline_model::money::ATTOS;
use rust_xlsxwriter::{Format, FormatAlign, Workbook, Worksheet, XlsxError};

use crate::Engine;
use crate::error::{EngineError, Result};
use crate::report::margin::MarginReport;
use crate::scenario::compare::Asked;
use crate::screen::margin as margin_screen;
use crate::view::{Cell, Column, ColumnKind, CompareQuery, MarginQuery, RowKind, Size, Table, TableRequest};

impl Engine {
    /// The table of a request, as its screen shows it.
    ///
    /// # Errors
    /// As the screen's report.
    pub async fn table(&self, request: &TableRequest) -> Result<Table> {
        match request {
            TableRequest::Margin { query } => Ok(self.margin_view(query).await?.table),
            TableRequest::Costs { query } => Ok(self.costs_view(query).await?.table),
            TableRequest::Compare { query } => Ok(self.comparison(query).await?.0.table()),
            TableRequest::CompareMonths { query } => Ok(self.comparison(query).await?.0.months()),
            TableRequest::Differences { query } => Ok(self.comparison(query).await?.0.differences()),
            TableRequest::Bridge { query } => Ok(self.bridge(query).await?.table()),
            TableRequest::Sensitivity { query } => Ok(self.sensitivity(query).await?.table()),
            TableRequest::Simulate { query } => self.risk(query).await?.table(),
            TableRequest::Beats { query } => Ok(self.risk_view(query).await?.beats),
            TableRequest::Optimise { query } => Ok(self.optimised(query, |_, _| true).await?.table()),
            TableRequest::ScenarioCapacity { query } => Ok(self.capacity_view(query).await?.table),
            TableRequest::Explain { query } => Ok(self.explain_view(query).await?.table),
            TableRequest::Plan { query } => Ok(self.plan_compared(query).await?.drivers),
            TableRequest::PlanMonths { query } => Ok(self.plan_compared(query).await?.by_month),
            TableRequest::PlanMeasured { query } => Ok(self.plan_compared(query).await?.measured),
            TableRequest::Prices { query } => Ok(self.prices_view(query, None).await?.table),
            TableRequest::Quarantine { batch } => self.quarantine_table(i64::from(*batch)).await,
        }
    }
}

impl Engine {
    /// The CSV file of a request, with the rows that are shown.
    ///
    /// # Errors
    /// As the screen's report.
    pub async fn csv(&self, request: &TableRequest, rows: Option<&[u32]>) -> Result<Vec<u8>> {
        csv(&with_rows(self.table(request).await?, rows)?)
    }

    /// The XLSX file of a request: a comparison as the workbook that computes, the same as `scenario compare -o` writes,
    /// with the numbers changed on screen; any other table with the rows that are shown.
    ///
    /// # Errors
    /// As the screen's report, or when the file cannot be made.
    pub async fn xlsx(&self, request: &TableRequest, rows: Option<&[u32]>) -> Result<Vec<u8>> {
        match request {
            // A workbook that computes holds every row: those above are what the ones below are made of.
            TableRequest::Compare { query } | TableRequest::CompareMonths { query } => {
                let comparison = self.comparison(query).await?.0;
                comparison.workbook(&Asked { undo_month: Some(comparison.undo_month(None)?), chances: None })
            }
            _ => xlsx(&with_rows(self.table(request).await?, rows)?),
        }
    }
}

impl MarginReport {
    /// The table of the report alone, for the command line.
    #[must_use]
    pub fn table(&self) -> Table {
        margin_screen::table(self, None)
    }
}

/// A name for an exported file: `margin-2026-10.csv`.
#[must_use]
pub fn file_name(request: &TableRequest, extension: &str) -> String {
    let stem = match request {
        TableRequest::Margin { query: MarginQuery { month: Some(month), .. } } => format!("margin-{month}"),
        TableRequest::Margin { .. } => "margin".into(),
        TableRequest::Costs { query } => match (&query.from, &query.to) {
            (Some(from), Some(to)) if from != to => format!("costs-{from}-{to}"),
            (Some(month), _) | (None, Some(month)) => format!("costs-{month}"),
            (None, None) => "costs".into(),
        },
        TableRequest::Compare { query: CompareQuery { scenarios, .. } } => named("compare", scenarios),
        TableRequest::CompareMonths { query: CompareQuery { scenarios, .. } } => named("compare-months", scenarios),
        TableRequest::Differences { query: CompareQuery { scenarios, .. } } => named("differences", scenarios),
        TableRequest::Bridge { query } => format!("bridge-{}-{}", query.from, query.to),
        TableRequest::Sensitivity { query } => format!("sensitivity-{}", query.scenario),
        TableRequest::Simulate { query } => named("risk", &query.scenarios),
        TableRequest::Beats { query } => named("earns-more", &query.scenarios),
        TableRequest::Optimise { query } => format!("optimise-{}", query.scenario),
        TableRequest::ScenarioCapacity { query } => format!("capacity-{}", query.scenario),
        TableRequest::Explain { query } => {
            let parts = [Some(&query.scenario), query.line.as_ref(), query.month.as_ref()];
            named("explain", &parts.into_iter().flatten().cloned().collect::<Vec<_>>())
        }
        TableRequest::Plan { query } => named("plan", query.month.as_slice()),
        TableRequest::PlanMonths { .. } => "plan-months".into(),
        TableRequest::PlanMeasured { query } => named("plan-measured", query.month.as_slice()),
        TableRequest::Prices { query } => match &query.as_of {
            Some(day) => format!("prices-{day}"),
            None => "prices".into(),
        },
        TableRequest::Quarantine { batch } => format!("quarantine-{batch}"),
    };
    format!("{}.{extension}", safe(&stem))
}

fn named(stem: &str, scenarios: &[String]) -> String {
    if scenarios.is_empty() { stem.to_owned() } else { format!("{stem}-{}", scenarios.join("-")) }
}

/// Letters, digits and dashes only: a name that came from a file may not leave its folder.
#[must_use]
pub fn safe(stem: &str) -> String {
    stem.chars().map(|c| if c.is_alphanumeric() || c == '-' { c } else { '-' }).take(100).collect()
}

/// The size a chart is exported at: its shape on screen, at least as wide as a slide's half.
#[must_use]
pub fn slide(screen: Size) -> Size {
    let width = screen.width.clamp(960, 1_920);
    let height = u64::from(screen.height) * u64::from(width) / u64::from(screen.width.max(1));
    Size { width, height: u32::try_from(height).unwrap_or(540).clamp(400, 1_200) }
}

/// The table with only these rows, in this order: what a screen shows after sorting and filtering.
///
/// # Errors
/// When a row is asked for that the table does not have, because the ledger changed meanwhile.
pub fn with_rows(mut table: Table, rows: Option<&[u32]>) -> Result<Table> {
    if let Some(rows) = rows {
        let chosen: Option<Vec<_>> = rows.iter().map(|index| table.rows.get(*index as usize).cloned()).collect();
        table.rows = chosen.ok_or_else(|| {
            EngineError::failed("the table has changed meanwhile").then("look at it again, then export")
        })?;
    }
    Ok(table)
}

/// The sign of a figure that is shown as a bound.
fn bound(cell: &Cell) -> Option<&'static str> {
    let of_figure =
        |sign: &&str| cell.value.is_some() && cell.shown.strip_prefix(*sign).is_some_and(|rest| rest.starts_with(' '));
    ["\u{2265}", "\u{2264}"].into_iter().find(of_figure)
}

/// The table with the ends of figures in columns of their own, after the figures: `…_low` and `…_high`, empty where
/// there is no bound. A column without ends whose figures are shown as bounds has `…_bound` after it: `≥` or `≤`.
fn with_ranges(table: &Table) -> Table {
    let any = |at: usize, of: &dyn Fn(&Cell) -> bool| table.rows.iter().any(|row| row.cells.get(at).is_some_and(of));
    let places: Vec<bool> = (0..table.columns.len()).map(|at| any(at, &|cell| cell.range.is_some())).collect();
    let bounds: Vec<bool> =
        places.iter().enumerate().map(|(at, ranged)| !ranged && any(at, &|cell| bound(cell).is_some())).collect();
    let end = |value: Option<&String>| Cell {
        value: value.cloned(),
        shown: value.map_or_else(|| crate::number::UNKNOWN.into(), Clone::clone),
        ..Cell::default()
    };
    let mut wide = Table { columns: Vec::new(), rows: Vec::new(), ..table.clone() };
    for ((column, ranged), bounded) in table.columns.iter().zip(&places).zip(&bounds) {
        wide.columns.push(column.clone());
        if *bounded {
            let (id, label) = (format!("{}_bound", column.id), format!("{}, bound", column.label));
            wide.columns.push(Column::new(&id, &label, "", ColumnKind::Text));
        }
        for (suffix, word) in [("low", "at least"), ("high", "at most")].into_iter().filter(|_| *ranged) {
            wide.columns.push(Column {
                id: format!("{}_{suffix}", column.id),
                label: format!("{}, {word}", column.label),
                ..column.clone()
            });
        }
    }
    for row in &table.rows {
        let mut cells = Vec::with_capacity(wide.columns.len());
        for ((cell, ranged), bounded) in row.cells.iter().zip(&places).zip(&bounds) {
            cells.push(cell.clone());
            if *bounded {
                let mark = bound(cell).map(str::to_owned);
                cells.push(Cell { shown: mark.clone().unwrap_or_default(), value: mark, ..Cell::default() });
            }
            if *ranged {
                let range = cell.range.as_ref();
                cells.push(end(range.and_then(|range| range.low.as_ref())));
                cells.push(end(range.and_then(|range| range.high.as_ref())));
            }
        }
        wide.rows.push(crate::view::Row { key: row.key.clone(), kind: row.kind, cells });
    }
    wide
}

/// Words that a spreadsheet would take for a formula get an apostrophe before them.
fn defused(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}

/// The table as CSV: column ids as header, exact values, empty where unknown.
///
/// # Errors
/// Never in practice; memory is written to.
pub fn csv(table: &Table) -> Result<Vec<u8>> {
    let table = &with_ranges(table);
    let failed = |error: csv::Error| EngineError::failed(format!("the CSV cannot be written: {error}"));
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(table.columns.iter().map(|column| defused(&column.id))).map_err(failed)?;
    for row in &table.rows {
        let cells = row.cells.iter().zip(&table.columns).map(|(cell, column)| field(cell, column));
        writer.write_record(cells).map_err(failed)?;
    }
    writer.into_inner().map_err(|error| EngineError::failed(format!("the CSV cannot be written: {error}")))
}

/// A number is written as it is; anything else is words.
fn field(cell: &Cell, column: &Column) -> String {
    let value = cell.value.as_deref().unwrap_or_default();
    let number = column.kind != ColumnKind::Text && marginline_model::Exact::parse(value).is_ok();
    if number { value.to_owned() } else { defused(value) }
}

/// The table as an Excel workbook: figures as numbers (of a spreadsheet's fifteen digits; the CSV has them all),
/// and totals as live sums over the cells above where they are sums.
///
/// # Errors
/// When the workbook cannot be made.
pub fn xlsx(table: &Table) -> Result<Vec<u8>> {
    build(table).map_err(|error| EngineError::failed(format!("the workbook cannot be written: {error}")))
}

fn build(table: &Table) -> std::result::Result<Vec<u8>, XlsxError> {
    let table = &with_ranges(table);
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name(safe(&table.id).chars().take(31).collect::<String>())?;
    let (bold, head) =
        (Format::new().set_bold(), Format::new().set_bold().set_border_bottom(rust_xlsxwriter::FormatBorder::Thin));
    sheet.write_string_with_format(0, 0, &table.title, &bold)?;
    sheet.write_string(1, 0, &table.subtitle)?;
    for (index, column) in table.columns.iter().enumerate() {
        let unit = if column.unit.is_empty() { String::new() } else { format!(" ({})", column.unit) };
        let format =
            if column.kind == ColumnKind::Text { head.clone() } else { head.clone().set_align(FormatAlign::Right) };
        sheet.write_string_with_format(3, place(index), format!("{}{unit}", column.label), &format)?;
    }
    for (index, row) in table.rows.iter().enumerate() {
        for (at, (cell, column)) in row.cells.iter().zip(&table.columns).enumerate() {
            let total = row.kind == RowKind::Total;
            write_cell(sheet, (4 + index as u32, place(at)), cell, column, total, sums(table, at).filter(|_| total))?;
        }
    }
    let below = 5 + table.rows.len() as u32;
    for (index, note) in table.notes.iter().enumerate() {
        sheet.write_string(below + index as u32, 0, note)?;
    }
    sheet.set_freeze_panes(4, 1)?;
    sheet.autofit();
    book.save_to_buffer()
}

fn place(index: usize) -> u16 {
    u16::try_from(index).unwrap_or(u16::MAX)
}

fn write_cell(
    sheet: &mut Worksheet,
    at: (u32, u16),
    cell: &Cell,
    column: &Column,
    total: bool,
    sum_rows: Option<u32>,
) -> std::result::Result<(), XlsxError> {
    let pattern = match column.kind {
        ColumnKind::Money => "#,##0.00",
        ColumnKind::Percent | ColumnKind::Points => "0.0",
        ColumnKind::UnitCost => "0.000###",
        ColumnKind::Measure => "#,##0.###",
        ColumnKind::Count => "#,##0",
        ColumnKind::Text => "@",
    };
    let mut format = Format::new().set_num_format(pattern);
    if total {
        format = format.set_bold();
    }
    let Some(value) = &cell.value else { return Ok(()) };
    match value.parse::<f64>().ok().filter(|_| column.kind != ColumnKind::Text) {
        None => sheet.write_string_with_format(at.0, at.1, fitting(value), &format)?,
        Some(number) => match sum_rows {
            Some(rows) => {
                let letter = rust_xlsxwriter::utility::column_number_to_name(at.1);
                let formula =
                    rust_xlsxwriter::Formula::new(format!("=SUM({letter}5:{letter}{})", 4 + rows)).set_result(value);
                sheet.write_formula_with_format(at.0, at.1, formula, &format)?
            }
            None => sheet.write_number_with_format(at.0, at.1, number, &format)?,
        },
    };
    Ok(())
}

/// A cell of a workbook holds 32,767 characters.
fn fitting(text: &str) -> String {
    if text.chars().count() <= 32_000 { text.to_owned() } else { text.chars().take(32_000).chain(['…']).collect() }
}

/// How many rows a column's total adds up, when it does so exactly.
fn sums(table: &Table, at: usize) -> Option<u32> {
    let parse = |cell: Option<&Cell>| {
        cell.and_then(|cell| cell.value.as_deref()).map_or(Some(Money::ZERO), |text| Money::parse_wide(text).ok())
    };
    if !matches!(table.columns[at].kind, ColumnKind::Money | ColumnKind::Count) {
        return None;
    }
    let (total, parts): (Vec<_>, Vec<_>) = table.rows.iter().partition(|row| row.kind == RowKind::Total);
    let sum = parts.iter().try_fold(Money::ZERO, |sum, row| parse(row.cells.get(at)).map(|more| sum + more))?;
    let whole = parse(total.first()?.cells.get(at))?;
    let fits = whole.attos().abs() < 1_000_000_000_000 * ATTOS;
    (sum == whole && fits).then(|| u32::try_from(parts.len()).ok()).flatten()
}

/// Writes bytes to a file that only its owner can read, whole or not at all. A scenario that somebody wrote is not replaced
/// by another text: there may be no other copy of it.
///
/// # Errors
/// When the folder cannot be written to, or the file is another scenario.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let there = std::fs::read_to_string(path).ok().filter(|text| text.as_bytes() != bytes);
    let table = there.and_then(|text| text.parse::<toml::Table>().ok());
    if let Some(table) = table.filter(|table| table.contains_key("scenario")) {
        let what = if table.contains_key("lock") { "is a locked scenario" } else { "is a scenario" };
        return Err(EngineError::failed(format!("{what}, and would be replaced"))
            .at(path.display().to_string())
            .then("name another file, or move this one away first"));
    }
    replace(path, bytes)
}

/// As [`write`], in place of whatever is there.
///
/// # Errors
/// When the folder cannot be written to.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    let failed = |error: std::io::Error| {
        let why = match error.kind() {
            std::io::ErrorKind::NotFound => "there is no such folder".to_owned(),
            std::io::ErrorKind::PermissionDenied => "may not be written there".to_owned(),
            kind => format!("cannot be written: {kind}"),
        };
        EngineError::failed(why).at(path.display().to_string()).then("choose another folder")
    };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    std::io::Write::write_all(&mut file, bytes).map_err(failed)?;
    file.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

/// Rows as they stood in a file, under their columns; rows without columns a line each.
///
/// # Errors
/// When they cannot be written as CSV.
pub fn raw_rows(rows: &[&[(String, String)]]) -> Result<Vec<u8>> {
    let names: Vec<&str> =
        rows.first().map(|row| row.iter().map(|(name, _)| name.as_str()).collect()).unwrap_or_default();
    if names.iter().all(|name| name.is_empty()) {
        let lines: Vec<&str> = rows.iter().filter_map(|row| Some(row.first()?.1.as_str())).collect();
        return Ok(format!("{}\n", lines.join("\n")).into_bytes());
    }
    let failed = |error: &dyn std::fmt::Display| EngineError::failed(format!("the rows cannot be written: {error}"));
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    writer.write_record(&names).map_err(|error| failed(&error))?;
    for row in rows {
        writer.write_record(row.iter().map(|(_, value)| value)).map_err(|error| failed(&error))?;
    }
    writer.into_inner().map_err(|error| failed(&error))
}

/// Reads back what [`raw_rows`] wrote, after somebody mended it.
///
/// # Errors
/// When the file cannot be read.
pub fn read_raw_rows(path: &Path) -> Result<Vec<Vec<String>>> {
    let place = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| {
        EngineError::failed(format!("cannot be read: {error}")).at(place.clone()).then("check the path")
    })?;
    if text.trim_start().starts_with(['{', '[']) {
        let lines = text.lines().filter(|line| !line.trim().is_empty());
        return Ok(lines.map(|line| vec![line.to_owned()]).collect());
    }
    csv::ReaderBuilder::new()
        .flexible(true)
        .from_reader(text.as_bytes())
        .records()
        .map(|record| {
            let record =
                record.map_err(|error| EngineError::failed(format!("cannot be read: {error}")).at(place.clone()))?;
            Ok(record.iter().map(str::to_owned).collect())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::Row;

    fn table(name: &str, amount: &str) -> Table {
        let column = |id: &str, kind| Column { id: id.into(), label: id.into(), unit: String::new(), kind };
        let cell = |text: &str| Cell { value: Some(text.into()), shown: text.into(), ..Cell::default() };
        let row = |kind, name: &str| Row { key: name.into(), kind, cells: vec![cell(name), cell(amount)] };
        Table {
            id: "t".into(),
            title: "T".into(),
            subtitle: String::new(),
            columns: vec![column("name", ColumnKind::Text), column("amount", ColumnKind::Money)],
            rows: vec![row(RowKind::Row, name), row(RowKind::Total, "Total")],
            notes: vec![],
        }
    }

    #[test]
    fn imported_words_never_become_a_formula() {
        let text = String::from_utf8(csv(&table("=cmd|' /C calc'!A0", "-12.5")).unwrap()).unwrap();
        assert_eq!(text, "name,amount\n'=cmd|' /C calc'!A0,-12.5\nTotal,-12.5\n");
    }

    #[test]
    fn a_bound_stays_one_in_a_file() {
        let mut bounded = table("a", "12.5");
        bounded.rows[0].cells[1] = bounded.rows[0].cells[1].clone().marked("\u{2265} ");
        let text = String::from_utf8(csv(&bounded).unwrap()).unwrap();
        assert_eq!(text, "name,amount,amount_bound\na,12.5,\u{2265}\nTotal,12.5,\n");
    }

    #[test]
    fn only_the_rows_shown_are_exported() {
        let shown = with_rows(table("a", "1"), Some(&[1])).unwrap();
        assert_eq!(shown.rows.len(), 1);
        assert!(with_rows(table("a", "1"), Some(&[9])).is_err());
    }

    #[test]
    fn a_workbook_is_a_zip_with_a_live_total() {
        let bytes = xlsx(&table("a", "1")).unwrap();
        assert!(bytes.starts_with(b"PK\x03\x04"));
        assert_eq!(sums(&table("a", "1"), 1), Some(1));
    }

    #[test]
    fn file_names_stay_in_their_folder() {
        let request = TableRequest::Compare {
            query: CompareQuery { scenarios: vec!["../../etc".into()], ..CompareQuery::default() },
        };
        assert_eq!(file_name(&request, "csv"), "compare-------etc.csv");
    }
}
