//! A JSON document read as a stream: the items of its list, or of the list `data` of a page, one at a time, so that
//! memory does not grow with the file. A document of another shape is read as a whole.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, BufRead, BufReader};

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::content::{self, Tap};
use super::node::Node;
use crate::error::{EngineError, Result};

/// Items that a format is recognised by, and their bytes.
const LOOKED_AT: usize = 100;
const MOST_LOOKED_AT: usize = 8 << 20;

/// What holds the items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// The document is a list of them.
    List,
    /// The document is a page: an object whose `data` is a list of them.
    Page,
}

impl Holder {
    /// A document that holds one item.
    #[must_use]
    pub fn around(self, item: Node) -> Node {
        self.of(vec![item], BTreeMap::new())
    }

    fn of(self, items: Vec<Node>, mut fields: BTreeMap<String, Node>) -> Node {
        match self {
            Self::List => Node::List(items),
            Self::Page => {
                fields.insert("data".to_owned(), Node::List(items));
                Node::Object(fields)
            }
        }
    }
}

/// What a document is recognised by: itself with the first of its items, and further ones that say more. Nothing where
/// it is no list or page, or no whole JSON: then it is read as a whole, and that says what is wrong.
pub fn outline(stream: Tap) -> Option<(Holder, Node)> {
    let (mut kept, mut bytes, mut longest) = (Vec::new(), 0, 0);
    let mut take = |text: &str| {
        // Buckets without results come before the first with some: a longer item may tell what shorter ones do not.
        let tells = kept.len() < LOOKED_AT / 2 || (kept.len() < LOOKED_AT && text.len() > longest);
        if tells && (kept.is_empty() || bytes + text.len() <= MOST_LOOKED_AT) {
            bytes += text.len();
            longest = longest.max(text.len());
            kept.push(Node::parse(text).map_err(|error| EngineError::failed(error.to_string()))?);
        }
        Ok(())
    };
    let (holder, fields) = walk(&mut open(stream).ok()?, &mut take).ok()??;
    Some((holder, holder.of(kept, fields)))
}

/// Reads every item.
///
/// # Errors
/// When the stream cannot be read on, when it is no whole JSON, and whatever `take` says.
pub fn each(stream: Tap, mut take: impl FnMut(&str) -> Result<()>) -> Result<()> {
    let mut input = open(stream).map_err(|error| content::unreadable(&error))?;
    walk(&mut input, &mut take)?;
    input.into_inner().drain().map_err(|error| content::unreadable(&error))
}

/// A document that is no JSON.
#[must_use]
pub fn broken(error: &serde_json::Error) -> EngineError {
    EngineError::failed(format!("is not whole JSON: {error}")).then("export the file again; it may have been cut")
}

fn open(stream: Tap) -> io::Result<BufReader<Tap>> {
    let mut input = BufReader::with_capacity(1 << 18, stream);
    while input.fill_buf()?.starts_with(b"\xef\xbb\xbf") {
        input.consume(3);
    }
    Ok(input)
}

type Take<'a> = &'a mut dyn FnMut(&str) -> Result<()>;

/// Who holds the items, and the other fields of a page.
type Walked = Option<(Holder, BTreeMap<String, Node>)>;

fn walk(input: &mut BufReader<Tap>, take: Take<'_>) -> Result<Walked> {
    let mut stopped = None;
    let mut json = serde_json::Deserializer::from_reader(input);
    let walked = Document { take, stopped: &mut stopped }.deserialize(&mut json);
    let walked = walked.and_then(|walked| json.end().map(|()| walked));
    match (walked, stopped) {
        (_, Some(error)) => Err(error),
        (Ok(walked), None) => Ok(walked),
        (Err(error), None) if error.is_io() => Err(content::unreadable(&error.into())),
        (Err(error), None) => Err(broken(&error)),
    }
}

struct Document<'a, 'b> {
    take: Take<'a>,
    /// What `take` said when it would go no further.
    stopped: &'b mut Option<EngineError>,
}

impl Document<'_, '_> {
    fn items<'de, A: SeqAccess<'de>>(&mut self, mut list: A) -> std::result::Result<(), A::Error> {
        while let Some(item) = list.next_element::<Box<RawValue>>()? {
            if let Err(error) = (self.take)(item.get()) {
                *self.stopped = Some(error);
                return Err(A::Error::custom("stopped"));
            }
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Document<'_, '_> {
    type Value = Walked;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<Walked, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Document<'_, '_> {
    type Value = Walked;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list or an object")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, list: A) -> std::result::Result<Walked, A::Error> {
        self.items(list)?;
        Ok(Some((Holder::List, BTreeMap::new())))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut object: A) -> std::result::Result<Walked, A::Error> {
        let (mut fields, mut paged) = (BTreeMap::new(), false);
        while let Some(name) = object.next_key::<String>()? {
            if name == "data" {
                // Of two lists the last would count, and the first is read by then.
                if std::mem::replace(&mut paged, true) {
                    return Err(A::Error::custom("it has `data` twice"));
                }
                object.next_value_seed(Data(&mut self))?;
            } else {
                let value = object.next_value::<Box<RawValue>>()?;
                fields.insert(name, Node::parse(value.get()).map_err(A::Error::custom)?);
            }
        }
        Ok(paged.then_some((Holder::Page, fields)))
    }
}

/// The list `data` of a page; anything else is no page.
struct Data<'c, 'a, 'b>(&'c mut Document<'a, 'b>);

impl<'de> DeserializeSeed<'de> for Data<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Data<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> std::result::Result<(), A::Error> {
        self.0.items(list)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outlined(text: &str) -> Option<(Holder, String)> {
        let stream = Tap::of(text.as_bytes().to_vec(), 7);
        outline(stream).map(|(holder, node)| (holder, node.to_string()))
    }

    #[test]
    fn lists_and_pages_are_read_item_by_item() {
        assert_eq!(outlined("\u{feff} [1.50,{\"a\":2}] "), Some((Holder::List, "[1.50,{\"a\":2}]".to_owned())));
        let page = "{\"data\":[{\"a\":1e-7}],\"has_more\":false}";
        assert_eq!(outlined(page), Some((Holder::Page, page.to_owned())));
        for other in ["{\"a\":[1]}", "{\"data\":{\"b\":[1]}}", "{\"data\":[],\"data\":[1]}", "[1", "[1] 2", "7", "null"]
        {
            assert_eq!(outlined(other), None, "{other}");
        }
    }

    #[test]
    fn what_came_after_many_empty_buckets_tells_the_format() {
        let empty = "{\"results\":[]},".repeat(1_000);
        let (_, outline) = outlined(&format!("{{\"data\":[{empty}{{\"results\":[{{\"amount\":1}}]}}]}}")).unwrap();
        assert!(outline.ends_with("{\"results\":[{\"amount\":1}]}]}") && outline.len() < 2_000, "{outline}");
    }

    #[test]
    fn what_stops_a_reading_is_told() {
        let stream = |text: &str| Tap::of(text.as_bytes().to_vec(), 16);
        let mut seen = 0;
        let stopped = each(stream("[1,2,3]"), |_| {
            seen += 1;
            if seen == 2 { Err(EngineError::cancelled()) } else { Ok(()) }
        });
        assert_eq!((seen, stopped.unwrap_err().what), (2, EngineError::cancelled().what));
        assert!(each(stream("[1,2"), |_| Ok(())).unwrap_err().what.contains("is not whole JSON"));
    }
}
