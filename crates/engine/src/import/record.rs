//! One record of a file, whether it stood in a table or in JSON.

use std::borrow::Cow;

use marginline_store::import::Place;

use super::field::known;
use super::header::Header;
use super::node::Node;

/// A record and where it stands.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    /// Where it stands.
    pub place: Place,
    body: Body<'a>,
}

#[derive(Debug, Clone, Copy)]
enum Body<'a> {
    Row { header: &'a Header, fields: &'a [&'a str] },
    Json(&'a Node),
}

impl<'a> Record<'a> {
    /// A row of a table.
    #[must_use]
    pub fn row(header: &'a Header, fields: &'a [&'a str], place: Place) -> Self {
        Self { place, body: Body::Row { header, fields } }
    }

    /// A JSON record.
    #[must_use]
    pub fn json(node: &'a Node, place: Place) -> Self {
        Self { place, body: Body::Json(node) }
    }

    /// The fields of a row by position; a JSON record has none.
    #[must_use]
    pub fn fields(&self) -> &'a [&'a str] {
        match self.body {
            Body::Row { fields, .. } => fields,
            Body::Json(_) => &[],
        }
    }

    /// The JSON value that a record is, for those that are no objects; a row of a table is none.
    #[must_use]
    pub fn value(&self) -> Option<&'a Node> {
        match self.body {
            Body::Row { .. } => None,
            Body::Json(node) => Some(node),
        }
    }

    /// The first of these fields that is there and not null: in a table by column name, in JSON by dotted path.
    #[must_use]
    pub fn text(&self, names: &[&'static str]) -> Option<&'a str> {
        match self.body {
            Body::Row { header, fields } => names.iter().find_map(|name| known(fields[header.column(name)?])),
            Body::Json(node) => names.iter().find_map(|name| node.at(name)?.text().and_then(known)),
        }
    }

    /// As [`Record::text`], and nothing for null.
    #[must_use]
    pub fn word(&self, names: &[&'static str]) -> &'a str {
        self.text(names).unwrap_or_default()
    }

    /// A field that holds a structure: an object or list in JSON, its JSON text in a table.
    #[must_use]
    pub fn node(&self, names: &[&'static str]) -> Option<Cow<'a, Node>> {
        match self.body {
            Body::Row { .. } => Node::parse(self.text(names)?).ok().map(Cow::Owned),
            Body::Json(node) => {
                let found = names.iter().find_map(|name| node.at(name))?;
                match found {
                    Node::Text(text) => Node::parse(text).ok().map(Cow::Owned),
                    other => Some(Cow::Borrowed(other)),
                }
            }
        }
    }

    /// Columns of a table whose name begins with `prefix` and that are not null: the rest of the name, and the field.
    pub fn columns(&self, prefix: &str) -> Vec<(&'a str, &'a str)> {
        match self.body {
            Body::Row { header, fields } => header
                .names()
                .iter()
                .zip(fields)
                .filter_map(|(name, field)| Some((name.strip_prefix(prefix)?, known(field)?)))
                .collect(),
            Body::Json(_) => Vec::new(),
        }
    }
}
