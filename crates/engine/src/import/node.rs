//! A JSON value that keeps its numbers as written, because money must not pass through a float.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

/// A JSON value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as written.
    Number(String),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// An object; of equal names the last counts.
    Object(BTreeMap<String, Node>),
}

/// Deeper than any export, and far below what the stack holds.
const DEEPEST: usize = 64;

impl Node {
    /// Reads a JSON document.
    ///
    /// # Errors
    /// When it is none; says where.
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        let raw: &RawValue = serde_json::from_str(text)?;
        Self::from_raw(raw, 0)
    }

    fn from_raw(raw: &RawValue, depth: usize) -> Result<Self, serde_json::Error> {
        let text = raw.get();
        if depth > DEEPEST {
            return Err(serde::de::Error::custom("it is nested too deeply"));
        }
        Ok(match text.as_bytes().first() {
            Some(b'{') => Self::Object(
                serde_json::from_str::<BTreeMap<String, &RawValue>>(text)?
                    .into_iter()
                    .map(|(name, value)| Ok((name, Self::from_raw(value, depth + 1)?)))
                    .collect::<Result<_, serde_json::Error>>()?,
            ),
            Some(b'[') => Self::List(
                serde_json::from_str::<Vec<&RawValue>>(text)?
                    .into_iter()
                    .map(|value| Self::from_raw(value, depth + 1))
                    .collect::<Result<_, serde_json::Error>>()?,
            ),
            Some(b'"') => Self::Text(serde_json::from_str(text)?),
            Some(b't') => Self::Bool(true),
            Some(b'f') => Self::Bool(false),
            Some(b'n') | None => Self::Null,
            Some(_) => Self::Number(text.to_owned()),
        })
    }

    /// A field of an object; of anything else there is none. `null` is none too.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(fields) => fields.get(name).filter(|node| **node != Self::Null),
            _ => None,
        }
    }

    /// A field by dotted path, such as `amount.value`; a field whose own name holds the dots comes first.
    #[must_use]
    pub fn at(&self, path: &str) -> Option<&Self> {
        self.get(path)
            .or_else(|| path.match_indices('.').find_map(|(dot, _)| self.get(&path[..dot])?.at(&path[dot + 1..])))
    }

    /// The items of a list; of anything else there are none.
    #[must_use]
    pub fn items(&self) -> &[Self] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }

    /// The items of a list, taken out.
    #[must_use]
    pub fn into_items(self) -> Vec<Self> {
        match self {
            Self::List(items) => items,
            _ => Vec::new(),
        }
    }

    /// A field taken out of an object.
    #[must_use]
    pub fn remove(&mut self, name: &str) -> Option<Self> {
        match self {
            Self::Object(fields) => fields.remove(name),
            _ => None,
        }
    }

    /// Text, number or truth value as text.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Number(text) => Some(text),
            Self::Bool(true) => Some("true"),
            Self::Bool(false) => Some("false"),
            _ => None,
        }
    }
}

/// Written back as JSON, names in order.
impl std::fmt::Display for Node {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Number(text) => f.write_str(text),
            Self::Text(text) => write!(f, "{}", serde_json::Value::from(text.as_str())),
            Self::List(items) => {
                f.write_str("[")?;
                for (index, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", if index > 0 { "," } else { "" })?;
                }
                f.write_str("]")
            }
            Self::Object(fields) => {
                f.write_str("{")?;
                for (index, (name, value)) in fields.iter().enumerate() {
                    let comma = if index > 0 { "," } else { "" };
                    write!(f, "{comma}{}:{value}", serde_json::Value::from(name.as_str()))?;
                }
                f.write_str("}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stay_as_written() {
        let node = Node::parse(r#"{"a":{"b.c":0.003835980000000000000000000000},"d":[1e-7,null,"x"]}"#).unwrap();
        assert_eq!(node.at("a.b.c").and_then(Node::text), Some("0.003835980000000000000000000000"));
        assert_eq!(node.get("d").unwrap().items()[0].text(), Some("1e-7"));
        assert_eq!(node.to_string(), r#"{"a":{"b.c":0.003835980000000000000000000000},"d":[1e-7,null,"x"]}"#);
    }

    #[test]
    fn depth_is_bounded() {
        let deep = format!("{}{}", "[".repeat(100), "]".repeat(100));
        assert!(Node::parse(&deep).is_err());
        assert!(Node::parse(&"[".repeat(100_000)).is_err());
    }
}
