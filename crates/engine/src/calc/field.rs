//! Reading input: every value knows its path, so that a refusal can say where, what was found and what is expected.

use marginline_model::Money;
use serde_json::{Map, Value};

use super::Refusal;

type Read<T> = Result<T, Refusal>;

/// Things to tell beside an answer.
#[derive(Debug, Default)]
pub(super) struct Notes(pub Vec<String>);

impl Notes {
    /// Adds a sentence.
    pub(super) fn tell(&mut self, text: impl Into<String>) {
        self.0.push(text.into());
    }
}

/// The input as JSON. `NaN`, infinities and numbers beyond a binary double are no JSON; they are turned into texts
/// first, so that the refusal can name the field that holds them.
pub(super) fn parsed(text: &str) -> Read<Value> {
    let refused =
        |found: String| Refusal { path: "$".to_owned(), found, expected: "one JSON object".to_owned(), name: None };
    let value: Value = serde_json::from_str(&quoted(text)).map_err(|error| refused(format!("no JSON: {error}")))?;
    if value.is_object() { Ok(value) } else { Err(refused(shown(&value))) }
}

/// The text with quotes around everything outside of strings that looks like a number and is no finite one.
fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.' | '_');
        let length = match first {
            '"' => string_end(rest),
            first if is_word(first) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            first => first.len_utf8(),
        };
        let (part, after) = rest.split_at(length);
        if is_word(first) && part.parse::<f64>().is_ok_and(|number| !number.is_finite()) {
            out.extend(["\"", part, "\""]);
        } else {
            out.push_str(part);
        }
        rest = after;
    }
    out
}

/// Length of the string that `text` begins with, quotes included.
fn string_end(text: &str) -> usize {
    let mut is_escaped = false;
    for (index, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return index + 1,
            _ => {}
        }
    }
    text.len()
}

/// A value as an error shows it: short.
fn shown(value: &Value) -> String {
    match value {
        Value::Object(_) => "an object".to_owned(),
        Value::Array(items) => format!("a list of {}", items.len()),
        Value::String(text) if text.chars().count() > 60 => {
            format!("\"{}…\"", text.chars().take(60).collect::<String>())
        }
        other => other.to_string(),
    }
}

/// A place of the input: a value, or none, and its path.
#[derive(Debug, Clone)]
pub(super) struct Field<'a> {
    value: Option<&'a Value>,
    path: String,
}

impl<'a> Field<'a> {
    /// The input itself.
    pub(super) fn whole(value: &'a Value) -> Self {
        Self { value: Some(value), path: String::new() }
    }

    /// Where it stands.
    pub(super) fn path(&self) -> &str {
        if self.path.is_empty() { "$" } else { &self.path }
    }

    /// A refusal of what stands here.
    pub(super) fn refuse(&self, expected: impl Into<String>) -> Refusal {
        let found = self.value.map_or_else(|| "nothing".to_owned(), shown);
        self.refuse_as(found, expected)
    }

    /// A refusal of what stands here, told in other words.
    pub(super) fn refuse_as(&self, found: impl Into<String>, expected: impl Into<String>) -> Refusal {
        Refusal { path: self.path().to_owned(), found: found.into(), expected: expected.into(), name: None }
    }

    /// The field of an object; absent when there is none, or when it is null.
    pub(super) fn get(&self, key: &str) -> Self {
        let path = if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) };
        Self { value: self.value.and_then(|value| value.get(key)).filter(|value| !value.is_null()), path }
    }

    /// Itself when something stands here.
    pub(super) fn there(&self) -> Option<&Self> {
        self.value.is_some().then_some(self)
    }

    /// Does a null stand here, as an item of a list can?
    pub(super) fn is_null(&self) -> bool {
        self.value.is_some_and(Value::is_null)
    }

    fn map(&self) -> Read<&'a Map<String, Value>> {
        self.value.and_then(Value::as_object).ok_or_else(|| self.refuse("an object"))
    }

    /// The fields of an object, by name.
    pub(super) fn fields(&self) -> Read<Vec<(&'a str, Self)>> {
        Ok(self.map()?.keys().map(|key| (key.as_str(), self.get(key))).collect())
    }

    /// The items of a list.
    pub(super) fn items(&self) -> Read<Vec<Self>> {
        let items = self.value.and_then(Value::as_array).ok_or_else(|| self.refuse("a list"))?;
        let item = |(index, value)| Self { value: Some(value), path: format!("{}[{index}]", self.path) };
        Ok(items.iter().enumerate().map(item).collect())
    }

    /// The items of a list that is not empty.
    pub(super) fn some_items(&self) -> Read<Vec<Self>> {
        let items = self.items()?;
        if items.is_empty() { Err(self.refuse("at least one item")) } else { Ok(items) }
    }

    /// Finite numbers, at least one.
    pub(super) fn numbers(&self) -> Read<Vec<f64>> {
        self.some_items()?.iter().map(Self::number).collect()
    }

    /// Numbers of 0 or more, at least one.
    pub(super) fn amounts(&self) -> Read<Vec<f64>> {
        self.some_items()?.iter().map(Self::amount).collect()
    }

    /// Finite numbers, or null for what is not known; at least one item.
    pub(super) fn known_numbers(&self) -> Read<Vec<Option<f64>>> {
        let known =
            |item: &Self| if item.value.is_some_and(Value::is_null) { Ok(None) } else { item.number().map(Some) };
        self.some_items()?.iter().map(known).collect()
    }

    /// Named numbers of 0 or more.
    pub(super) fn amounts_by_name(&self) -> Read<Vec<(&'a str, f64)>> {
        self.fields()?.into_iter().map(|(name, field)| Ok((name, field.amount()?))).collect()
    }

    fn held(&self, expected: &str, holds: impl Fn(f64) -> bool) -> Read<f64> {
        let number = self.value.and_then(Value::as_f64).filter(|number| number.is_finite() && holds(*number));
        number.ok_or_else(|| self.refuse(expected))
    }

    /// Any finite number.
    pub(super) fn number(&self) -> Read<f64> {
        self.held("a finite number", |_| true)
    }

    /// 0 or more.
    pub(super) fn amount(&self) -> Read<f64> {
        self.held("a finite number of 0 or more", |number| number >= 0.0)
    }

    /// An amount of money, exact: digits below 10⁻¹⁸ are rounded, and what the ledger could not hold is refused.
    pub(super) fn money(&self) -> Read<Money> {
        let number = self.number()?;
        Money::parse(&number.to_string()).map_err(|_| self.refuse("an amount of less than 9,223,372,036"))
    }

    /// More than 0.
    pub(super) fn positive(&self) -> Read<f64> {
        self.held("a finite number above 0", |number| number > 0.0)
    }

    /// 1 or more, whole.
    pub(super) fn whole_number(&self) -> Read<f64> {
        self.held("a whole number of 1 or more", |number| number >= 1.0 && number.fract() == 0.0 && number < 1e15)
    }

    /// From 0 to 1, both included.
    pub(super) fn share(&self) -> Read<f64> {
        self.held("a share from 0 to 1", |number| (0.0..=1.0).contains(&number))
    }

    /// Above 0 and at most 1.
    pub(super) fn some_share(&self) -> Read<f64> {
        self.held("a share above 0 and at most 1", |number| number > 0.0 && number <= 1.0)
    }

    /// From 0, below 1.
    pub(super) fn share_below_1(&self) -> Read<f64> {
        self.held("a share of at least 0 and below 1", |number| (0.0..1.0).contains(&number))
    }

    /// A text.
    pub(super) fn text(&self) -> Read<&'a str> {
        self.value.and_then(Value::as_str).ok_or_else(|| self.refuse("a text"))
    }

    /// One of a few words.
    pub(super) fn choice<T: Copy>(&self, words: &[(&str, T)]) -> Read<T> {
        let found = self.value.and_then(Value::as_str);
        let chosen = words.iter().find(|(word, _)| found == Some(word)).map(|(_, meaning)| *meaning);
        chosen.ok_or_else(|| {
            let all: Vec<String> = words.iter().map(|(word, _)| format!("{word:?}")).collect();
            self.refuse(format!("one of {}", all.join(", ")))
        })
    }

    /// `true` or `false`; absent is `false`.
    pub(super) fn flag(&self) -> Read<bool> {
        match self.value {
            None => Ok(false),
            Some(value) => value.as_bool().ok_or_else(|| self.refuse("true or false")),
        }
    }

    /// Tells of fields that the function does not know: a misspelt one must not be left out in silence.
    pub(super) fn knows(&self, known: &[&str], notes: &mut Notes) -> Read<()> {
        for key in self.map()?.keys().filter(|key| !known.contains(&key.as_str())) {
            notes.tell(format!("{} is not known here and was not used", self.get(key).path()));
        }
        Ok(())
    }
}
