//! Prices brought into a workspace as a person brings them: a CSV file, imported.

use crate::cli::Desk;

/// Columns of a price file, as `docs/formats.md` has them.
const COLUMNS: [&str; 15] = [
    "provider",
    "item",
    "valid_from",
    "resource",
    "class",
    "region",
    "above_tokens",
    "window",
    "per",
    "amount",
    "free_per_month",
    "currency",
    "valid_to",
    "source",
    "reason",
];

/// One row of a price file. Empty fields take the format's defaults.
#[derive(Debug, Clone, Default)]
pub struct PriceLine {
    fields: [String; COLUMNS.len()],
}

impl PriceLine {
    /// A list price of a million tokens of a class in USD, from a day on, for prompts of any length.
    #[must_use]
    pub fn of_tokens(provider: &str, model: &str, class: &str, from: &str, amount: &str) -> Self {
        Self::of("tokens", provider, model, from, amount).with("class", class)
    }

    /// A list price of one of anything in its usual unit, in USD.
    #[must_use]
    pub fn of(resource: &str, provider: &str, item: &str, from: &str, amount: &str) -> Self {
        let told = [("resource", resource), ("provider", provider), ("item", item), ("valid_from", from)];
        let more = [("amount", amount), ("currency", "USD"), ("source", "our list"), ("reason", "a test")];
        told.into_iter().chain(more).fold(Self::default(), |line, (column, value)| line.with(column, value))
    }

    /// The same with a field set.
    ///
    /// # Panics
    /// When there is no such column.
    #[must_use]
    pub fn with(mut self, column: &str, value: &str) -> Self {
        let at = COLUMNS.iter().position(|name| *name == column);
        let at = at.unwrap_or_else(|| panic!("a price file of these tests has no column {column:?}"));
        value.clone_into(&mut self.fields[at]);
        self
    }
}

/// Imports prices as a file of a format: `prices`, or `price-edit`.
///
/// # Panics
/// When a row is not taken.
pub fn import(desk: &Desk, format: &str, lines: &[PriceLine]) {
    let rows: Vec<String> = lines.iter().map(|line| line.fields.join(",")).collect();
    let file = desk.file(&format!("{format}.csv"), format!("{}\n{}\n", COLUMNS.join(","), rows.join("\n")));
    desk.run(&["import", &file, "--as", format, "--observed", "2026-01-01"]).ends(0);
}
