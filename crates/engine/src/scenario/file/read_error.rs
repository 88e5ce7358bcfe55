//! What is wrong with a text that is no scenario, in plain words and with its line.

use crate::error::EngineError;

/// Where reading stopped, why, and what to do. The reader's own words stay where they say what a person needs.
pub(super) fn read_error(text: &str, error: &toml::de::Error) -> EngineError {
    let at = error.span().map_or(0, |span| span.start.min(text.len()));
    let before = text.get(..at).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let written = text.lines().nth(line - 1).unwrap_or_default();
    let what = format!("the scenario cannot be read at line {line}: {}", both_ends(&plain(error.message())));
    match comma(written) {
        Some(advice) => EngineError::failed(what).then(advice),
        None => EngineError::failed(what).then("see docs/scenarios.md"),
    }
}

/// Words of the reader for kinds of values, as a person calls them.
fn plain(message: &str) -> String {
    const WORDS: [(&str, &str); 7] = [
        ("expected u32", "expected a whole number, 0 or more"),
        ("expected f64", "expected a number"),
        ("expected a sequence", "expected a list such as [1, 2]"),
        ("expected a boolean", "expected true or false"),
        ("expected a string", "expected a text in quotes"),
        ("invalid type: map", "invalid type: a table, or a date without quotes"),
        (
            "unknown field `remove`",
            "`remove` is for a file that changes another by base.scenario; unknown field `remove`",
        ),
    ];
    let message = message.trim();
    WORDS.iter().fold(message.to_owned(), |told, (word, plain)| told.replace(word, plain))
}

/// What to write instead of a number with commas: `0,01` is `0.01`, and `1,000,000` is `1000000`.
fn comma(line: &str) -> Option<String> {
    let (_, after) = line.split_once('=')?;
    let after = after.trim_start();
    // Inside a table the number follows another sign of equality.
    let number = match after.strip_prefix('{') {
        Some(table) => table.split_once('=')?.1.trim_start(),
        None => after,
    };
    let number = number.strip_prefix(['-', '+']).unwrap_or(number);
    let end = number.find(|c: char| !c.is_ascii_digit() && c != ',').unwrap_or(number.len());
    let groups: Vec<&str> = number[..end].trim_end_matches(',').split(',').collect();
    let (whole, rest) = groups.split_first()?;
    if whole.is_empty() || rest.is_empty() || rest.iter().any(|group| group.is_empty()) {
        return None;
    }
    let is_thousands = rest.iter().all(|group| group.len() == 3) && !whole.starts_with('0') && whole.len() <= 3;
    let (thousands, decimals) = (groups.concat(), format!("{whole}.{}", rest[0]));
    match (is_thousands, rest.len()) {
        (true, 1) => {
            Some(format!("write {thousands} if the comma parts thousands, and {decimals} if it parts decimals"))
        }
        (true, _) => Some(format!("write thousands without commas: {thousands}")),
        (false, 1) => Some(format!("write decimals with a point, such as {decimals}")),
        (false, _) => None,
    }
}

/// A message that quotes a long text keeps its beginning and its end, which says what was expected.
fn both_ends(message: &str) -> String {
    const HEAD: usize = 120;
    const TAIL: usize = 240;
    let letters = message.chars().count();
    if letters <= HEAD + TAIL {
        return message.to_owned();
    }
    let head: String = message.chars().take(HEAD).collect();
    let tail: String = message.chars().skip(letters - TAIL).collect();
    format!("{head} … {tail}")
}

#[cfg(test)]
mod tests {
    use super::super::parse;

    fn says(months: &str, price: &str) -> String {
        let text = format!(
            "[scenario]\nname = \"a\"\nstart = \"2026-11\"\nmonths = {months}\n[revenue]\nusd_per_request = {price}\n"
        );
        parse(&text).unwrap_err().to_string()
    }

    #[test]
    fn kinds_of_values_are_told_in_plain_words() {
        let error = says("2.5", "1");
        assert!(error.contains("at line 4") && error.contains("expected a whole number, 0 or more"), "{error}");
        assert!(!error.contains("u32"), "{error}");
        let error = says("2026-11-01", "1");
        assert!(error.contains("a table, or a date without quotes"), "{error}");
        let error = parse("[scenario]\nname = \"a\"\nstart = 2026-11-01\n").unwrap_err().to_string();
        assert!(
            error.contains("at line 3") && error.contains("a date without quotes, expected a text in quotes"),
            "{error}"
        );
    }

    #[test]
    fn commas_in_a_number_are_named_with_what_to_write() {
        for price in ["0,01", "{ value = 0,01 }"] {
            let error = says("2", price);
            assert!(error.contains("at line 6"), "{error}");
            assert!(error.contains("write decimals with a point, such as 0.01"), "{error}");
        }
        assert!(!says("2.5", "1").contains("with a point"), "only where there is a comma");
        assert!(says("2", "1,000,000").contains("write thousands without commas: 1000000"));
        let error = says("2", "1,250");
        assert!(error.contains("write 1250 if the comma parts thousands, and 1.250 if it parts decimals"), "{error}");
    }

    #[test]
    fn removing_belongs_to_a_file_that_changes_another() {
        let error = parse("[scenario]\nname = \"a\"\nstart = \"2026-11\"\n[[cost]]\nlabel = \"x\"\nremove = true\n");
        let error = error.unwrap_err().to_string();
        assert!(error.contains("`remove` is for a file that changes another by base.scenario"), "{error}");
    }
}
