//! Names of a scenario file: every text is one line, and no two lines of cost have one name.

use toml::{Table, Value};

use super::ScenarioFile;
use crate::error::{EngineError, Result};
use crate::scenario::explain::{COST, MARGIN, REVENUE};
use crate::scenario::{component, lines};

/// Refuses texts that are not one line: they stand in heads of tables, in cells and in sentences. The file is read for
/// that only where it can hold such a text.
///
/// # Errors
/// When a text holds a line break or another character that does not show; the error names its key.
pub(super) fn check_texts(text: &str) -> Result<()> {
    let written = |sign: char| !shows(sign) && !matches!(sign, '\n' | '\r');
    if !text.contains(['\\', '\t']) && !text.contains("\"\"\"") && !text.contains("'''") && !text.contains(written) {
        return Ok(());
    }
    // What cannot be read is told by whoever reads it.
    let Ok(table) = text.parse::<Table>() else { return Ok(()) };
    match fault("", &table) {
        None => Ok(()),
        Some(what) => Err(EngineError::failed(what).then("write it in one line of plain letters")),
    }
}

/// Is it a letter, sign or blank that shows as such? Line breaks, control characters and what turns the direction of
/// letters do not.
fn shows(sign: char) -> bool {
    !sign.is_control()
        && !matches!(sign, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
}

fn fault(owner: &str, table: &Table) -> Option<String> {
    table.iter().find_map(|(key, value)| {
        if let Some(sign) = key.chars().find(|sign| !shows(*sign)) {
            return Some(format!("a key in {} holds {}", if owner.is_empty() { "it" } else { owner }, named(sign)));
        }
        in_value(&if owner.is_empty() { key.clone() } else { format!("{owner}.{key}") }, value)
    })
}

fn in_value(path: &str, value: &Value) -> Option<String> {
    match value {
        Value::String(text) => {
            let sign = text.chars().find(|sign| !shows(*sign))?;
            Some(format!("{path} holds {}", named(sign)))
        }
        Value::Table(table) => fault(path, table),
        // Places are counted from 1, as everywhere in a scenario.
        Value::Array(values) => {
            values.iter().enumerate().find_map(|(at, value)| in_value(&format!("{path}.{}", at + 1), value))
        }
        _ => None,
    }
}

fn named(sign: char) -> String {
    match sign {
        '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => "a line break".to_owned(),
        '\t' => "a tab".to_owned(),
        sign => format!("the character U+{:04X}, which does not show", u32::from(sign)),
    }
}

/// Refuses two lines of one name: rows, bridges and explanations know a line by its name.
///
/// # Errors
/// When two lines, or a line and a sum of lines, have one name; the error says where both stand.
pub(super) fn check_lines(file: &ScenarioFile) -> Result<()> {
    let mut known: Vec<(String, String)> =
        [REVENUE, COST, MARGIN].map(|sum| ("a sum of every scenario".to_owned(), sum.to_owned())).into();
    let kept = file.base.iter().flat_map(|base| &base.keep_lines);
    let components = file.components().into_iter();
    let own: Vec<(String, String)> = components
        .map(|(path, each)| (path, component::label(each)))
        .chain(kept.map(|label| ("base.keep_lines".to_owned(), label.clone())))
        .chain(lines::owners(file).into_iter().map(|(path, label, _)| (path, label)))
        .collect();
    for (path, label) in own {
        if let Some((other, _)) = known.iter().find(|(_, other)| other.trim() == label.trim()) {
            let sentence = format!("two lines are called {:?}: {other} and {path}", label.trim());
            return Err(EngineError::failed(sentence).then("give one of them another name"));
        }
        known.push((path, label));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use crate::scenario::tests::PLAIN;

    fn says(text: &str, words: &str) {
        let error = parse(text).unwrap_err().to_string();
        assert!(error.contains(words), "{words}: {error}");
    }

    #[test]
    fn two_lines_of_one_name_are_refused_with_both_places() {
        let line = |label: &str| format!("{PLAIN}\n[[cost]]\nlabel = \"{label}\"\nusd_per_month = 1\n");
        says(&line("GPU hours"), "two lines are called \"GPU hours\": architecture and cost.GPU hours");
        says(&line(" GPU hours "), "two lines are called \"GPU hours\"");
        says(
            &line("Gross margin"),
            "two lines are called \"Gross margin\": a sum of every scenario and cost.Gross margin",
        );
        let named = PLAIN.replace("[architecture]", "[[component]]\nname = \"own\"");
        says(&format!("{named}\n[[cost]]\nlabel = \"own\"\nusd_per_month = 1\n"), "component.own and cost.own");
        let retraining = "retraining = { every_months = 1, gpu_hours = 1, usd_per_gpu_hour = 2 }\n";
        says(
            &format!("{named}{retraining}\n[[cost]]\nlabel = \"own: retraining\"\nusd_per_month = 1\n"),
            "cost.own: retraining and component.own.retraining",
        );
        says(
            &format!("{}\n[availability]\npercent = 99\n", line("Expected outage")),
            "cost.Expected outage and availability",
        );
        let kept =
            |lines: &str| format!("{}\n[base]\nmonth = \"2026-10\"\nkeep_lines = [{lines}]\n", line("Databases"));
        says(&kept("\"Databases\""), "base.keep_lines and cost.Databases");
        says(&kept("\"Storage\", \"Storage\""), "base.keep_lines and base.keep_lines");
        assert!(parse(&line("GPU hours of tests")).is_ok());
    }

    #[test]
    fn a_text_is_one_line() {
        says(&PLAIN.replace("\"Plain\"", "\"Plain\\nor not\""), "scenario.name holds a line break");
        says(&PLAIN.replace("\"Plain\"", "\"\"\"Plain\nor not\"\"\""), "scenario.name holds a line break");
        says(&PLAIN.replace("\"Plain\"", "\"Plain\\u0007\""), "scenario.name holds the character U+0007");
        says(&PLAIN.replace("\"Plain\"", "\"Plain\u{202e}\""), "scenario.name holds the character U+202E");
        says(&PLAIN.replace("\"Plain\"", "\"a\tb\""), "scenario.name holds a tab");
        let cost = |text: &str| format!("{PLAIN}\n[[cost]]\nlabel = \"x\"\nusd_per_month = {text}\n");
        says(&cost("{ value = 1, source = \"me\\r\\nyou\" }"), "cost.1.usd_per_month.source holds a line break");
        says(&cost("1").replace("\"x\"", "\"x\\ty\""), "cost.1.label holds a tab");
        says(
            &format!("{PLAIN}\n[limits]\naccept_unknown = \"a\\u2028b\"\n"),
            "limits.accept_unknown holds a line break",
        );
        assert!(parse(&cost("{ value = 1, source = \"a \\\"quoted\\\" word: Größe, 価格\" }")).is_ok());
        assert!(parse(&PLAIN.replace('\n', "\r\n")).is_ok(), "line ends between keys are no part of a text");
    }
}
