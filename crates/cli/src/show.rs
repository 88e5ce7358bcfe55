//! Tables in a terminal: columns line up, figures to the right, and nothing from a file can steer the
//! terminal.

use std::io::Write;

use marginline_engine::view::{Cell, ColumnKind, RowKind, Table};

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

/// A column of whole sentences, by its id, is wrapped at this width instead: a sentence that is cut says nothing.
const SENTENCE: (&str, usize) = ("sentence", 72);

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
    let is_sentence = |index: usize| table.columns.get(index).is_some_and(|column| column.id == SENTENCE.0);
    let lines_of = |(index, cell): (usize, &Cell)| {
        let text = tame(&cell.shown).replace(['\n', '\t'], " ");
        if is_sentence(index) { wrapped(&text, SENTENCE.1) } else { vec![cut(&text)] }
    };
    let body: Vec<Vec<Vec<String>>> =
        table.rows.iter().map(|row| row.cells.iter().enumerate().map(lines_of).collect()).collect();
    let width = |index: usize| {
        body.iter()
            .filter_map(|row| row.get(index))
            .flatten()
            .map(|text| text.chars().count())
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
        for at in 0..cells.iter().map(Vec::len).max().unwrap_or(0) {
            let part: Vec<String> = cells.iter().map(|lines| lines.get(at).cloned().unwrap_or_default()).collect();
            writeln!(out, "{}", line(&part))?;
        }
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

/// Whole words on lines of at most so many letters; a longer word has a line of its own.
fn wrapped(text: &str, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = vec![String::new()];
    for word in text.split(' ') {
        let room = most.saturating_sub(word.chars().count());
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.chars().count() < room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::wrapped;

    #[test]
    fn a_sentence_is_wrapped_at_words_and_loses_none() {
        let text = "GPU rates from $2.35 to $2.00 a GPU hour: gross margin +1,234";
        let lines = wrapped(text, 20);
        assert!(lines.iter().all(|line| line.chars().count() <= 20), "{lines:?}");
        assert_eq!(lines.join(" "), text);
        assert_eq!(wrapped("short", 20), ["short"]);
        assert_eq!(wrapped("a longer-than-all-of-it b", 8), ["a", "longer-than-all-of-it", "b"]);
        assert_eq!(wrapped("12345 78", 8), ["12345 78"], "it fits exactly");
    }
}
