//! Columns by name, not by position.

use csv::ByteRecord;

/// A header line: names as written and as compared.
#[derive(Debug, Clone)]
pub struct Header {
    names: Vec<String>,
    plain: Vec<String>,
}

/// A name without BOM, case, space, `_`, `/`, `.`, `-` and brackets, so that dialects of one header agree.
#[must_use]
pub fn plain(name: &str) -> String {
    name.trim_start_matches('\u{feff}')
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '_' | '/' | '(' | ')' | '.' | '-' | '"'))
        .flat_map(char::to_lowercase)
        .collect()
}

impl Header {
    /// From the first record of a file.
    #[must_use]
    pub fn new(record: &ByteRecord) -> Self {
        let names: Vec<String> = record
            .iter()
            .map(|name| String::from_utf8_lossy(name).trim_start_matches('\u{feff}').trim().to_owned())
            .collect();
        let plain = names.iter().map(|name| plain(name)).collect();
        Self { names, plain }
    }

    /// Number of columns.
    #[must_use]
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Is there no column at all?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// Where the first of these names stands.
    #[must_use]
    pub fn find(&self, names: &[&str]) -> Option<usize> {
        names.iter().find_map(|name| {
            let wanted = plain(name);
            self.plain.iter().position(|have| *have == wanted)
        })
    }

    /// Does the file have this column?
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.find(&[name]).is_some()
    }

    /// The names as written, for messages.
    #[must_use]
    pub fn shown(&self) -> String {
        let mut text = self.names.iter().take(8).cloned().collect::<Vec<_>>().join(", ");
        if self.names.len() > 8 {
            text.push_str(&format!(" and {} more", self.names.len() - 8));
        }
        super::field::cut(&text)
    }
}
