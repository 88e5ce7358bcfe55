//! Columns by name, not by position.

use std::cell::RefCell;
use std::collections::HashMap;

use csv::ByteRecord;
use marginline_model::Currency;

/// A header line: names as written and as compared.
#[derive(Debug, Clone)]
pub struct Header {
    names: Vec<String>,
    columns: HashMap<String, usize>,
    /// The currency of every amount, where a person told it because no column does.
    pub given_currency: Option<Currency>,
    /// Names asked for before, by where the name's text lies.
    asked: RefCell<HashMap<(usize, usize), Option<usize>>>,
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

/// `SubscriptionGuid` of `Abonnement-GUID (SubscriptionGuid)`: localised exports keep the name in brackets.
fn bracketed(name: &str) -> Option<&str> {
    name.strip_suffix(')')?.rsplit_once('(').map(|(_, inner)| inner)
}

impl Header {
    /// From the first record of a file.
    #[must_use]
    pub fn new(record: &ByteRecord) -> Self {
        let names: Vec<String> = record
            .iter()
            .map(|name| String::from_utf8_lossy(name).trim_start_matches('\u{feff}').trim().to_owned())
            .collect();
        Self::of_names(names)
    }

    /// From names.
    #[must_use]
    pub fn of_names(names: Vec<String>) -> Self {
        let mut columns = HashMap::with_capacity(names.len());
        for (index, name) in names.iter().enumerate() {
            // Of equal names the first counts; a required column that is there twice is refused before this matters.
            columns.entry(plain(name)).or_insert(index);
            if let Some(inner) = bracketed(name) {
                columns.entry(plain(inner)).or_insert(index);
            }
        }
        Self { names, columns, given_currency: None, asked: RefCell::default() }
    }

    /// The names as written.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Where a column stands; quick when asked again.
    #[must_use]
    pub fn column(&self, name: &'static str) -> Option<usize> {
        *self
            .asked
            .borrow_mut()
            .entry((name.as_ptr() as usize, name.len()))
            .or_insert_with(|| self.columns.get(&plain(name)).copied())
    }

    /// Names that stand twice, among those asked for.
    #[must_use]
    pub fn twice(&self, names: &[&str]) -> Option<&str> {
        names.iter().find_map(|name| {
            let wanted = plain(name);
            let mut found = self.names.iter().filter(|have| plain(have) == wanted);
            found.next()?;
            found.next().map(String::as_str)
        })
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
        names.iter().find_map(|name| self.columns.get(&plain(name)).copied())
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
