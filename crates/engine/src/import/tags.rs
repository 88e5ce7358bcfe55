//! One dictionary of tags, however a source spells them: `user:team`, `resourceTags/user:team` and
//! `resource_tags_user_team` are all `team`.
//!
//! Tags that a provider made itself (`aws:createdBy`, `azure-…`, `goog-…`) keep their prefix, because nobody at the
//! company chose them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::Deserializer;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;

use super::field::{FieldError, known};
use super::node::Node;

/// A tag's own name: without the words that say that a user gave it.
#[must_use]
pub fn name(written: &str) -> Cow<'_, str> {
    let text = written.trim();
    let text = text.strip_prefix("resourceTags/").unwrap_or(text);
    if let Some(generated) = text.strip_prefix("resource_tags_aws_") {
        return Cow::Owned(format!("aws:{}", generated.trim()));
    }
    let text = text.strip_prefix("resource_tags_user_").or_else(|| text.strip_prefix("user:")).unwrap_or(text);
    Cow::Borrowed(text.trim())
}

/// Tags as a JSON object with sorted names, or nothing where there are none. Names that differ in case only are one
/// tag under the spelling that comes first; of equal names the last value counts, as JSON readers do.
pub fn dictionary<N: AsRef<str>>(pairs: impl IntoIterator<Item = (N, String)>) -> String {
    let mut spelled: BTreeMap<String, String> = BTreeMap::new();
    let mut tags: BTreeMap<String, String> = BTreeMap::new();
    for (written, value) in pairs {
        let name = name(written.as_ref());
        if !name.is_empty() {
            let first = spelled.entry(name.to_lowercase()).or_insert_with(|| name.into_owned());
            tags.insert(first.clone(), value);
        }
    }
    if tags.is_empty() {
        return String::new();
    }
    Node::Object(tags.into_iter().map(|(name, value)| (name, Node::Text(value))).collect()).to_string()
}

/// Tags from a field: a JSON object, one without its braces as Azure writes it, or a list of `{"key", "value"}`.
///
/// # Errors
/// When the text is neither, nor null.
pub fn of_text(column: &str, text: &str) -> Result<String, FieldError> {
    let Some(value) = known(text) else { return Ok(String::new()) };
    let expected = || FieldError::new(column, value, "a JSON object such as {\"team\": \"search\"}");
    let whole = if value.starts_with('"') { Cow::Owned(format!("{{{value}}}")) } else { Cow::Borrowed(value) };
    if whole.starts_with('[') {
        let list = Node::parse(&whole).map_err(|_| expected())?.into_items();
        let pair = |item: &Node| Some((item.get("key")?.text()?.to_owned(), value_of(item.get("value"))?));
        return Ok(dictionary(list.iter().filter_map(pair)));
    }
    let mut json = serde_json::Deserializer::from_str(&whole);
    let pairs = json.deserialize_map(InOrder).and_then(|pairs| json.end().map(|()| pairs)).map_err(|_| expected())?;
    let mut texts = Vec::with_capacity(pairs.len());
    for (name, raw) in pairs {
        let node = Node::parse(raw.get()).map_err(|_| expected())?;
        texts.extend(value_of(Some(&node)).map(|value| (name, value)));
    }
    Ok(dictionary(texts))
}

/// A value as text: words as they are, numbers as written, `true` as the word; null is no tag.
fn value_of(node: Option<&Node>) -> Option<String> {
    match node? {
        Node::Null => None,
        Node::Bool(value) => Some(value.to_string()),
        Node::Text(text) | Node::Number(text) => Some(text.trim().to_owned()),
        nested => Some(nested.to_string()),
    }
}

/// Reads an object's fields in the order of the text, because the first spelling of a name counts.
struct InOrder;

impl<'de> Visitor<'de> for InOrder {
    type Value = Vec<(String, Box<RawValue>)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(pairs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_name_are_one_tag() {
        for written in ["team", "user:team", " resourceTags/user:team ", "resource_tags_user_team"] {
            assert_eq!(name(written), "team", "{written}");
        }
        for (written, kept) in [
            ("aws:createdBy", "aws:createdBy"),
            ("resourceTags/aws:createdBy", "aws:createdBy"),
            ("resource_tags_aws_created_by", "aws:created_by"),
            ("goog-k8s-cluster", "goog-k8s-cluster"),
            ("azure-policy", "azure-policy"),
        ] {
            assert_eq!(name(written), kept);
        }
    }

    #[test]
    fn one_dictionary_whatever_the_shape() {
        let read = |text: &str| of_text("Tags", text).unwrap();
        assert_eq!(
            read(r#"{"user:team":"search","b":1.50,"spot":true,"none":null}"#),
            r#"{"b":"1.50","spot":"true","team":"search"}"#
        );
        assert_eq!(read(r#""team": "search","b": "c""#), r#"{"b":"c","team":"search"}"#);
        assert_eq!(
            read(r#"[{"key":"team","value":"search"},{"key":"b","value":"c"}]"#),
            r#"{"b":"c","team":"search"}"#
        );
        assert_eq!(read(r#"{"Team":"a","team":"b"}"#), r#"{"Team":"b"}"#, "the first spelling, the last value");
        assert_eq!(read(r#"{"team":"a","user:Team":"b"}"#), r#"{"team":"b"}"#);
        for nothing in ["", "{}", "NULL", "[]"] {
            assert_eq!(read(nothing), "", "{nothing}");
        }
        for bad in ["team=search", "{\"team\":", "{\"a\":1} x", "7"] {
            assert!(of_text("Tags", bad).is_err(), "{bad}");
        }
    }
}
