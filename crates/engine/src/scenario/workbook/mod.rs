//! A run or a comparison as a workbook that computes: inputs that may be changed, months whose cells are formulas over
//! them, and a page that compares. A cell is a formula only where that formula, computed here, comes to the engine's
//! figure; elsewhere it is that figure in italics. Imported words never become a formula.

mod book;
mod compare;
mod component;
mod differences;
mod expression;
mod inputs;
mod line;
mod months;
mod totals;

#[cfg(test)]
mod tests;

use book::Book;
use inputs::InputsPage;

use super::compare::{Asked, Comparison};
use crate::error::Result;
use crate::scenario::Run;

impl Comparison {
    /// The comparison as an XLSX file with live formulas.
    ///
    /// # Errors
    /// When an amount is beyond what is counted, or the file cannot be made.
    pub fn workbook(&self, asked: &Asked) -> Result<Vec<u8>> {
        self.book(asked)?.bytes()
    }

    fn book(&self, asked: &Asked) -> Result<Book> {
        let mut book = Book::default();
        let compares = (self.runs.len() > 1).then(|| book.page("Compare", (5, 1)));
        if compares.is_some() {
            differences::fill(&mut book, self);
        }
        let mut page = InputsPage::new(&mut book, &self.runs);
        let inputs: Vec<_> =
            self.runs.iter().enumerate().map(|(place, run)| page.fill(&mut book, run, place)).collect();
        let mut months = Vec::with_capacity(self.runs.len());
        for (place, (run, inputs)) in self.runs.iter().zip(&inputs).enumerate() {
            months.push(months::fill(&mut book, run, inputs, place)?);
        }
        if let Some(page) = compares {
            compare::fill(&mut book, self, (page, asked), (&inputs, &months))?;
        }
        Ok(book)
    }
}

impl Run {
    /// The run as an XLSX file with live formulas.
    ///
    /// # Errors
    /// As [`Comparison::workbook`].
    pub fn workbook(&self) -> Result<Vec<u8>> {
        Comparison { runs: vec![std::sync::Arc::new(self.clone())] }.workbook(&Asked::default())
    }
}
