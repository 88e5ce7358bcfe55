//! What a row describes itself by.

use std::borrow::Cow;

/// Columns by name: `provider`, `service`, `tag:team` … Absent is unknown.
///
/// There are a dozen or two of them and a set for each description of a ledger, so they are looked through and not
/// hashed; names that the program itself gives are not copied.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Columns(Vec<(Cow<'static, str>, String)>);

impl Columns {
    /// The value of a column, by its exact name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&String> {
        self.iter().find(|(have, _)| *have == name).map(|(_, value)| value)
    }

    /// Sets a column.
    pub fn insert(&mut self, name: Cow<'static, str>, value: String) {
        match self.0.iter_mut().find(|(have, _)| *have == name) {
            Some((_, had)) => *had = value,
            None => self.0.push((name, value)),
        }
    }

    /// Takes the columns away whose name is not wanted.
    pub fn retain(&mut self, mut is_wanted: impl FnMut(&str) -> bool) {
        self.0.retain(|(name, _)| is_wanted(name));
    }

    /// Names and values, in no order that means anything.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &String)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value))
    }

    /// Names.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_ref())
    }
}

/// Of columns of one name the last counts.
impl<N: Into<Cow<'static, str>>> FromIterator<(N, String)> for Columns {
    fn from_iter<I: IntoIterator<Item = (N, String)>>(pairs: I) -> Self {
        let mut columns = Self::default();
        for (name, value) in pairs {
            columns.insert(name.into(), value);
        }
        columns
    }
}
