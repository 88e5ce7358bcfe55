//! The page of differences of input: words, so that the reader knows what is compared.

use super::book::{Book, Style};
use super::expression::At;
use crate::scenario::compare::Comparison;

/// Fills the page.
pub fn fill(book: &mut Book, comparison: &Comparison) {
    let page = book.page("Differences", (4, 1));
    let table = comparison.differences();
    let at = |row: u32, column: usize| At { page, row, column: u16::try_from(column).unwrap_or(u16::MAX) };
    book.text(at(0, 0), &table.title, Style::Title);
    book.text(at(1, 0), &table.subtitle, Style::Text);
    for (index, column) in table.columns.iter().enumerate() {
        book.text(at(3, index), &column.label, Style::Title);
    }
    for (row, cells) in (4..).zip(&table.rows) {
        for (index, cell) in cells.cells.iter().enumerate() {
            // A page has room for what a screen cuts.
            book.text(at(row, index), cell.value.as_ref().unwrap_or(&cell.shown), Style::Text);
        }
    }
}
