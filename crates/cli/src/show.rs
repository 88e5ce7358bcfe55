//! Tables in a terminal: columns line up, figures to the right, and nothing from a file can steer the
//! terminal.

use std::io::Write;

use marginline_engine::view::{ColumnKind, RowKind, Table};

/// Letters only: neither control characters nor marks that turn the direction of text may reach the terminal
/// from an imported file. Line ends and tabs are ours.
pub(crate) fn tame(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars()
        .map(|c| if (c.is_control() && !matches!(c, '\n' | '\t')) || turns(c) { '\u{fffd}' } else { c })
        .collect()
}

/// Longest word column; longer names are cut in the terminal, never in files.
const WIDEST: usize = 44;

/// Prints a table.
///
/// # Errors
/// When the output is closed.
pub fn table(out: &mut dyn Write, table: &Table) -> std::io::Result<()> {
    writeln!(out, "{}", tame(&table.title))?;
    if !table.subtitle.is_empty() {
        writeln!(out, "{}", tame(&table.subtitle))?;
    }
    writeln!(out)?;
    let heads: Vec<String> =
        table
            .columns
            .iter()
            .map(|column| {
                if column.unit.is_empty() { column.label.clone() } else { format!("{} {}", column.label, column.unit) }
            })
            .map(|text| cut(&tame(&text).replace(['\n', '\t'], " ")))
            .collect();
    let body: Vec<Vec<String>> = table
        .rows
        .iter()
        .map(|row| row.cells.iter().map(|cell| cut(&tame(&cell.shown).replace(['\n', '\t'], " "))).collect())
        .collect();
    let width = |index: usize| {
        body.iter()
            .map(|row| row.get(index).map_or(0, |text| text.chars().count()))
            .chain([heads[index].chars().count()])
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..heads.len()).map(width).collect();
    let line = |cells: &[String]| -> String {
        let padded: Vec<String> = cells
            .iter()
            .enumerate()
            .map(|(index, text)| {
                let pad = " ".repeat(widths[index].saturating_sub(text.chars().count()));
                if table.columns[index].kind == ColumnKind::Text {
                    format!("{text}{pad}")
                } else {
                    format!("{pad}{text}")
                }
            })
            .collect();
        padded.join("  ").trim_end().to_owned()
    };
    writeln!(out, "{}", line(&heads))?;
    let rule = "─".repeat(widths.iter().sum::<usize>() + 2 * widths.len().saturating_sub(1));
    writeln!(out, "{rule}")?;
    for (row, cells) in table.rows.iter().zip(&body) {
        if row.kind == RowKind::Total {
            writeln!(out, "{rule}")?;
        }
        writeln!(out, "{}", line(cells))?;
    }
    if !table.notes.is_empty() {
        writeln!(out)?;
    }
    for note in &table.notes {
        writeln!(out, "· {}", tame(note))?;
    }
    Ok(())
}

fn cut(text: &str) -> String {
    if text.chars().count() <= WIDEST {
        text.to_owned()
    } else {
        text.chars().take(WIDEST - 1).chain(['…']).collect()
    }
}
