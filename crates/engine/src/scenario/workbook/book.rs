//! The workbook before it is written: pages of texts, numbers and formulas with what they come to.

use std::collections::{BTreeMap, BTreeSet};

use rust_xlsxwriter::{
    Color, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Formula, Workbook, Worksheet, XlsxError,
    utility::column_number_to_name,
};

use super::expression::{At, Expression};
use crate::error::{EngineError, Result};

/// Name of the page of inputs.
pub const INPUTS: &str = "Inputs";

/// How a cell is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Words.
    Text,
    /// A title.
    Title,
    /// A head of a column.
    Head,
    /// USD and cents.
    Money,
    /// USD with the decimals that it has.
    UnitCost,
    /// A share, 0.5 shown as 50.0 %.
    Percent,
    /// A count.
    Count,
    /// Any number.
    Number,
}

/// What a cell holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// Words; never a formula, whatever they begin with.
    Text(String),
    /// A number that may be changed.
    Input(f64),
    /// A number that comes from the engine and not from a formula.
    Value(f64),
    /// A formula and what it comes to.
    Formula(Expression, f64),
}

/// One page.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// Name of the sheet; ours, never the user's.
    pub name: String,
    /// Cells by row and column.
    pub cells: BTreeMap<(u32, u16), (Content, Style)>,
    /// Rows and columns that stay in sight.
    pub frozen: (u32, u16),
    /// Cells that are the best of their row.
    pub best: BTreeSet<(u32, u16)>,
}

/// How near a formula must come to the engine's figure to be written.
#[derive(Debug, Clone, Copy)]
pub enum Near {
    /// The same cent.
    Cent,
    /// To the ninth digit.
    Digits,
}

impl Near {
    fn holds(self, found: f64, expected: f64) -> bool {
        match self {
            Self::Cent => (found - expected).abs() < 0.001,
            Self::Digits => (found - expected).abs() <= 1e-9 * expected.abs(),
        }
    }
}

/// All pages.
#[derive(Debug, Clone, Default)]
pub struct Book {
    /// In the order of the sheets.
    pub pages: Vec<Page>,
}

impl Book {
    /// A page at the end.
    pub fn page(&mut self, name: &str, frozen: (u32, u16)) -> usize {
        self.pages.push(Page { name: name.to_owned(), frozen, ..Page::default() });
        self.pages.len() - 1
    }

    /// Puts something into a cell.
    pub fn put(&mut self, at: At, content: Content, style: Style) -> At {
        self.pages[at.page].cells.insert((at.row, at.column), (content, style));
        at
    }

    /// Marks a cell as the best of its row.
    pub fn mark_best(&mut self, at: At) {
        self.pages[at.page].best.insert((at.row, at.column));
    }

    /// Words.
    pub fn text(&mut self, at: At, text: &str, style: Style) -> At {
        self.put(at, Content::Text(text.to_owned()), style)
    }

    /// A formula, if it comes to the engine's figure; that figure as a value otherwise.
    pub fn formula(&mut self, at: At, formula: Expression, (expected, near): (f64, Near), style: Style) -> At {
        let content = match formula.value(self).filter(|found| near.holds(*found, expected)) {
            Some(found) => Content::Formula(formula, found),
            None => Content::Value(expected),
        };
        self.put(at, content, style)
    }

    /// The number in a cell.
    pub fn number(&self, at: At) -> Option<f64> {
        match &self.pages.get(at.page)?.cells.get(&(at.row, at.column))?.0 {
            Content::Text(_) => None,
            Content::Input(number) | Content::Value(number) | Content::Formula(_, number) => Some(*number),
        }
    }

    /// `B5`.
    pub fn local(at: At) -> String {
        format!("{}{}", column_number_to_name(at.column), at.row + 1)
    }

    /// `B5`, `'Months 1'!B5` on another page, and `'Inputs'!$B$5` there, so that a formula can be copied down.
    pub fn name(&self, at: At, own: usize) -> String {
        let page = &self.pages[at.page].name;
        match (at.page == own, page == INPUTS) {
            (true, _) => Self::local(at),
            (false, true) => format!("'{page}'!${}${}", column_number_to_name(at.column), at.row + 1),
            (false, false) => format!("'{page}'!{}", Self::local(at)),
        }
    }

    /// The file.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn bytes(&self) -> Result<Vec<u8>> {
        self.write().map_err(|error| EngineError::failed(format!("the workbook cannot be written: {error}")))
    }

    fn write(&self) -> std::result::Result<Vec<u8>, XlsxError> {
        let mut file = Workbook::new();
        // The time of writing would make the same comparison another file at every second.
        let always = ExcelDateTime::from_ymd(2000, 1, 1)?;
        file.set_properties(&DocProperties::new().set_creation_datetime(&always));
        for (own, page) in self.pages.iter().enumerate() {
            let sheet = file.add_worksheet().set_name(&page.name)?;
            for ((row, column), (content, style)) in &page.cells {
                let format = match page.best.contains(&(*row, *column)) {
                    true => best_of(format_of(*style)),
                    false => format_of(*style),
                };
                self.cell(sheet, At { page: own, row: *row, column: *column }, content, format)?;
            }
            sheet.set_freeze_panes(page.frozen.0, page.frozen.1)?;
            sheet.set_autofit_max_width(420).autofit();
        }
        file.save_to_buffer()
    }

    fn cell(
        &self,
        sheet: &mut Worksheet,
        at: At,
        content: &Content,
        format: Format,
    ) -> std::result::Result<(), XlsxError> {
        match content {
            Content::Text(text) => sheet.write_string_with_format(at.row, at.column, fitting(text), &format)?,
            // Blue is what may be changed, italic what is given and not computed: the usage of financial models.
            Content::Input(number) => {
                let format = format.set_font_color(Color::RGB(0x1F_4E_C8));
                sheet.write_number_with_format(at.row, at.column, *number, &format)?
            }
            Content::Value(number) => {
                sheet.write_number_with_format(at.row, at.column, *number, &format.set_italic())?
            }
            Content::Formula(formula, result) => {
                let text = format!("={}", formula.text(at.page, self));
                let formula = Formula::new(text).set_result(format!("{result}"));
                sheet.write_formula_with_format(at.row, at.column, formula, &format)?
            }
        };
        Ok(())
    }
}

fn format_of(style: Style) -> Format {
    let of = |pattern: &str| Format::new().set_num_format(pattern);
    match style {
        Style::Text => of("@"),
        Style::Title => of("@").set_bold(),
        Style::Head => of("@").set_bold().set_border_bottom(FormatBorder::Thin).set_align(FormatAlign::Right),
        Style::Money => of("#,##0.00"),
        Style::UnitCost => of("0.000######"),
        Style::Percent => of("0.0%"),
        Style::Count => of("#,##0"),
        Style::Number => of("#,##0.######"),
    }
}

/// Bold on a ground, so that it is seen without colour too.
fn best_of(format: Format) -> Format {
    format.set_bold().set_background_color(Color::RGB(0xE2_F0_D9))
}

/// A cell of a workbook holds 32,767 characters.
fn fitting(text: &str) -> String {
    if text.chars().count() <= 32_000 { text.to_owned() } else { text.chars().take(32_000).chain(['…']).collect() }
}
